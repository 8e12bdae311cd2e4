"""What a run of a program costs: time and peak memory of the whole process."""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

_SPAWN = Path(__file__).parent / "spawn.py"


class BenchError(Exception):
    """A program that failed, is missing, or did not make what it should. Its text is for the person at the terminal."""


@dataclass(frozen=True)
class Cost:
    """Of one run: seconds from start to end, and peak resident memory of its largest process in MiB."""

    seconds: float
    mebibytes: float | None


@dataclass(frozen=True)
class Spread:
    """Of several runs."""

    min: float
    median: float
    max: float


def spread(values: list[float]) -> Spread:
    """The least, the middle and the greatest of at least one value."""
    return Spread(min(values), median(values), max(values))


def run(command: tuple[str, ...], folder: Path) -> Cost:
    """Run a command, its path absolute, in a folder, and wait for it. Raises BenchError where it fails.

    Whatever earlier runs wrote is on disk before the clock starts.
    """
    with tempfile.TemporaryDirectory(prefix="dateline-bench-") as temporary:
        errors = Path(temporary) / "errors"
        os.sync()
        spawned = subprocess.run(
            [sys.executable, "-I", "-S", str(_SPAWN), str(errors), *command],
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if spawned.returncode:
            raise BenchError(f"{command[0]} cannot be run: {spawned.stderr.strip().splitlines()[-1]}")
        seconds, kibibytes, code = spawned.stdout.split()
        if code != "0":
            said = errors.read_text("utf-8", "replace").strip()[-2000:]
            raise BenchError(f"exit code {code} of: {' '.join(command)}\n{said}")
        return Cost(float(seconds), int(kibibytes) / 1024)


def scan(folder: Path) -> Cost:
    """One pass over a folder that asks for the stat of each file, in this process."""
    start = perf_counter()
    with os.scandir(folder) as entries:
        for entry in entries:
            entry.stat()
    return Cost(perf_counter() - start, None)


def _environment() -> dict[str, str]:
    """This one's without what would change what a program does, and in UTF-8."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATELINE_", "HUGO_", "PYTHON"))}
    return {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
