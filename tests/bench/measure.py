"""What a run of a program costs: seconds from start to end, and peak memory."""

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
    """A program is missing, failed, or wrote the wrong output. The message is for the terminal."""


@dataclass(frozen=True)
class Cost:
    """What one run cost: seconds from start to end, and the peak resident memory of its largest process in MiB."""

    seconds: float
    mebibytes: float | None


@dataclass(frozen=True)
class Spread:
    """Three figures for several runs."""

    min: float
    median: float
    max: float


def spread(values: list[float]) -> Spread:
    """Return the minimum, median and maximum of one value or more."""
    return Spread(min(values), median(values), max(values))


def run(command: tuple[str, ...], folder: Path) -> Cost:
    """Run a command, given by its absolute path, in a folder, and wait for it. Raises BenchError if it fails.

    Before the clock starts, everything that earlier runs wrote is on disk.
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
            message = errors.read_text("utf-8", "replace").strip()[-2000:]
            raise BenchError(f"exit code {code} of: {' '.join(command)}\n{message}")
        return Cost(float(seconds), int(kibibytes) / 1024)


def scan(folder: Path) -> Cost:
    """List a folder and stat each file, in this process."""
    start = perf_counter()
    with os.scandir(folder) as entries:
        for entry in entries:
            entry.stat()
    return Cost(perf_counter() - start, None)


def _environment() -> dict[str, str]:
    """Return our own environment without what would change what a program does, in UTF-8 and UTC."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATELINE_", "HUGO_", "PYTHON"))}
    return {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
