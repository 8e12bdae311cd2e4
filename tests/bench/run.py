"""Measure Dateline beside other programs on posts made for it: ``python tests/bench/run.py``.

Everything that is printed while it runs goes to standard error, the tables to standard output. Exits with 1 where a
program fails or makes something else than it should, and not because a limit is missed.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from textwrap import fill
from typing import Any

from cases import Key, Program
from corpus import SEED, Corpus, write_corpus
from limits import LARGER, Verdict, growth, verdicts
from machine import machine
from measure import BenchError
from programs.dateline import COMMONMARK, DATELINE
from programs.eleventy import ELEVENTY
from programs.hugo import HUGO
from programs.pelican import PELICAN
from schedule import Costs, measure_all
from table import TIMES, VERDICTS, in_markdown, in_terminal, limits, times

# Hugo and Pelican are what the limits are set against; in this order they meet our cases.
PEERS = (HUGO, PELICAN, ELEVENTY)
_WITHOUT_SITE = {"Zola": "a site for it is still to be written, in tests/bench/programs/"}
# A larger corpus is measured for how the cost grows, which fewer runs show.
_LARGE_RUNS = 3


@dataclass(frozen=True)
class Found:
    """A program that is here, by its path, with what it says of its version."""

    program: Program
    path: str
    version: str


@dataclass(frozen=True)
class Measured:
    """What one corpus was measured with, and what came of it."""

    corpus: Corpus
    ours: list[Key]
    costs: Costs


@dataclass
class Results:
    """All that is told at the end."""

    date: datetime
    versions: dict[str, str]
    machine: dict[str, str | int | float]
    lacking: dict[str, str]
    measured: list[Measured] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        results = _measure(options)
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(_told(results, markdown=options.markdown))
    if options.json:
        options.json.write_text(json.dumps(_as_json(results), indent=1, ensure_ascii=False) + "\n", "utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tests/bench/run.py", description="Measure Dateline beside other programs.")
    add = parser.add_argument
    add("--posts", type=_count, default=10_000, metavar="N", help="how many posts (default: 10000)")
    add("--runs", type=_count, default=5, metavar="N", help="how often everything is run (default: 5)")
    add("--seed", type=int, default=SEED, metavar="N", help=f"what the posts are made from (default: {SEED})")
    add("--large", action="store_true", help=f"measure Dateline on {LARGER} times as many posts too; takes long")
    add("--folder", type=Path, metavar="DIR", help="work in this new folder and keep it (default: a temporary one)")
    add("--json", type=Path, metavar="FILE", help="write every single figure there")
    add("--markdown", action="store_true", help="print the tables as Markdown")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1")
    return int(text)


def _measure(options: argparse.Namespace) -> Results:
    dateline = _find(DATELINE)
    if dateline is None:
        raise BenchError(f"Dateline is not installed with this Python; in a copy of its repository: {DATELINE.install}")
    peers = [found for found in map(_find, PEERS) if found]
    here = [dateline, *peers]
    versions = {found.program.name: found.version for found in here}
    lacking = {peer.name: f"install it by `{peer.install}`" for peer in PEERS if peer.name not in versions}
    lacking |= _WITHOUT_SITE
    results = Results(datetime.now(UTC), versions, machine(), lacking)
    if options.folder and options.folder.exists():
        raise BenchError(f"{options.folder} is there already; name a new folder with --folder, or remove it")
    with nullcontext(options.folder) if options.folder else tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        small = _measure_corpus(folder / "small", options.posts, options, here, options.runs)
        results.measured.append(small)
        results.verdicts += verdicts(small.costs)
        if COMMONMARK not in {name for name, _ in small.ours}:
            lacking[COMMONMARK] = "install it by `pip install -e '.[commonmark]'`"
        if options.large:
            runs = min(options.runs, _LARGE_RUNS)
            large = _measure_corpus(folder / "large", options.posts * LARGER, options, [dateline], runs)
            results.measured.append(large)
            results.verdicts += growth(small.costs, large.costs, small.ours)
    return results


def _measure_corpus(folder: Path, posts: int, options: argparse.Namespace, here: list[Found], runs: int) -> Measured:
    _say(f"writing {posts:,} posts")
    corpus = write_corpus(folder / "content", posts, options.seed)
    ours, *theirs = [[*found.program.cases(found.path, folder / found.program.command, corpus)] for found in here]
    costs = measure_all(ours, [case for cases in theirs for case in cases], corpus, runs, _say)
    return Measured(corpus, [case.key for case in ours], costs)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _find(program: Program) -> Found | None:
    """Look beside this Python first, where what is installed with it lies."""
    path = shutil.which(program.command, path=str(Path(sys.executable).parent)) or shutil.which(program.command)
    if path is None:
        return None
    said = subprocess.run([path, *program.version], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    version = re.search(r"\d+(?:\.\d+)+", said.stdout)
    if said.returncode or not version:
        raise BenchError(f"{path} does not say its version; mend or remove it: {said.stderr.strip()}")
    return Found(program, path, version[0])


def _told(results: Results, markdown: bool) -> str:
    table = in_markdown if markdown else in_terminal
    posts = " and ".join(f"{measured.corpus.posts:,}" for measured in results.measured)
    runs = max(len(costs) for costs in results.measured[0].costs.values())
    its = results.machine
    programs = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    measured_on = (
        f"{results.date:%Y-%m-%d}: {posts} posts, runs: {runs}; {programs}, Python {its['python']}; "
        f"{its['processor']}, {its['cores']} cores, {its['memory_gib']} GiB, {its['kernel']}."
    )
    lines = [
        fill(measured_on, 100, break_on_hyphens=False),
        "",
        *(f"- Not measured: {name}; {remedy}" for name, remedy in results.lacking.items()),
    ]
    for measured in results.measured:
        if len(results.measured) > 1:
            lines += ["", f"With {measured.corpus.posts:,} posts:"]
        lines += ["", table(TIMES, times(measured.costs))]
    return "\n".join([*lines, "", table(VERDICTS, limits(results.verdicts))])


def _as_json(results: Results) -> dict[str, Any]:
    return {
        "date": results.date.isoformat(timespec="seconds"),
        "versions": results.versions,
        "machine": results.machine,
        "lacking": results.lacking,
        "measured": [
            {
                "corpus": {name: asdict(measured.corpus)[name] for name in ("posts", "seed", "bytes", "digest")},
                "cases": [
                    {"name": name, "state": state, "runs": [asdict(cost) for cost in costs]}
                    for (name, state), costs in measured.costs.items()
                ],
            }
            for measured in results.measured
        ],
        "limits": [
            {
                "number": verdict.limit.number,
                "of": verdict.limit.of,
                "against": verdict.limit.against,
                "unit": verdict.limit.called if not verdict.limit.against else "ratio",
                "at_most": verdict.limit.most,
                "figures": verdict.figures,
                "verdict": verdict.said,
            }
            for verdict in results.verdicts
        ],
    }


if __name__ == "__main__":
    sys.exit(main())
