"""The benchmark: what it measures and reports, at sizes that say nothing about speed."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parent / "bench"
sys.path.append(str(BENCH))

from cases import COLD, EDITED  # noqa: E402
from corpus import ONE_MONTH, write_corpus, write_drafts  # noqa: E402
from limits import LIMITS, verdicts, verdicts_on_growth  # noqa: E402
from measure import Cost  # noqa: E402
from programs.dateline import DATELINE, MAIN, PAGES  # noqa: E402
from programs.hugo import CURRENT, FEED_ONLY, HUGO  # noqa: E402
from programs.pelican import PELICAN  # noqa: E402
from run import PEERS  # noqa: E402
from schedule import Costs  # noqa: E402
from table import SUMMARY, in_markdown, summary  # noqa: E402
from trash import open_trash  # noqa: E402


def bench(*options: object, **env: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(BENCH / "run.py"), *map(str, options)],
        env={**os.environ, **env},
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=300,
    )


def costs(*seconds: float, mebibytes: float = 50) -> list[Cost]:
    return [Cost(each, mebibytes) for each in seconds]


@pytest.mark.slow
def test_the_benchmark_measures_everything_that_is_installed(tmp_path: Path) -> None:
    done = bench("--posts", 5, 2, "--runs", 1, "--large", "--json", tmp_path / "bench.json")
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "bench.json").read_text("utf-8"))
    assert max(map(len, done.stdout.splitlines())) <= 100
    assert [measured["corpus"]["posts"] for measured in results["measured"]] == [5, 2, 50]
    for case in [case for measured in results["measured"] for case in measured["cases"]]:
        assert len(case["runs"]) == 1
        assert f"{case['name']} " in done.stdout
    assert {peer.name for peer in PEERS if not peer.find(peer.command)} == {*results["missing"]} - {"Zola"}
    for name, remedy in results["missing"].items():
        assert f"Not measured: {name}; {remedy}\n" in done.stdout
    assert {limit["posts"] for limit in results["limits"]} == {5, 50}
    for limit in results["limits"]:
        assert len(limit["figures"]) == 1, limit
        assert limit["verdict"] in ("reached", "missed")


def test_every_limit_is_about_cases_that_are_measured(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "posts", 5)
    keys = {
        case.key
        for program in (DATELINE, HUGO, PELICAN)
        for case in program.cases("program", tmp_path / program.name, corpus)
    }
    assert {limit.of for limit in LIMITS} <= keys
    assert {limit.against for limit in LIMITS if limit.against} <= keys


def test_a_limit_is_missed_if_the_median_is_above_it() -> None:
    measured: Costs = {(MAIN, COLD): costs(1.1, 1.3, 9), (FEED_ONLY, COLD): costs(1, 1, 1)}
    words = {(verdict.limit.of, verdict.limit.against): verdict.word for verdict in verdicts(1_000, measured)}
    assert words[(MAIN, COLD), (FEED_ONLY, COLD)] == "missed"
    assert words[(PAGES, COLD), ("Hugo, full site", COLD)] == "not measured"
    measured[MAIN, COLD] = costs(1.1, 1.2, 9)
    assert verdicts(1_000, measured)[0].word == "reached"
    assert verdicts(1_001, measured) == []


def test_a_current_hugo_is_shown_where_it_is_faster() -> None:
    current = (CURRENT + FEED_ONLY, COLD)
    measured: Costs = {(MAIN, COLD): costs(1), (FEED_ONLY, COLD): costs(2), current: costs(4)}
    assert len(verdicts(1_000, measured)) == 2
    measured[current] = costs(1.6)
    _, shown, _ = verdicts(1_000, measured)
    assert (shown.limit.against, shown.limit.most, shown.figures, shown.word) == (current, None, [0.625], "")


def test_growth_and_memory_of_a_large_publication_are_limited() -> None:
    small: Costs = {(MAIN, COLD): costs(1), (MAIN, EDITED): costs(1)}
    large: Costs = {(MAIN, COLD): costs(12, mebibytes=250), (MAIN, EDITED): costs(11, mebibytes=251)}
    found = verdicts_on_growth(100_000, small, large, small)
    assert [verdict.word for verdict in found] == ["missed", "reached", "reached", "missed"]


def test_the_summary_has_seconds_and_the_ratio_of_first_builds() -> None:
    measured: Costs = {(MAIN, COLD): costs(1, 3, 9), (MAIN, EDITED): costs(0.123), (FEED_ONLY, COLD): costs(2, 4, 9)}
    assert in_markdown(SUMMARY, summary(measured)).splitlines()[2:] == [
        "| Dateline, main feeds | 3.0 | 0.12 |  | 0.75 × Hugo, feed only |",
        "| Hugo, feed only | 4.0 |  |  |  |",
    ]


def test_posts_link_to_the_web_and_to_earlier_posts(tmp_path: Path) -> None:
    write_corpus(tmp_path / "posts", 100)
    texts = {file.name: file.read_text("utf-8") for file in (tmp_path / "posts").iterdir()}
    targets = [(name, target) for name, text in texts.items() for target in re.findall(r"\]\(([^)]+)\)", text)]
    posts = [(name, target) for name, target in targets if not target.startswith("https://example.com/")]
    assert 0.07 < len(posts) / len(targets) < 0.13
    assert all(target in texts and target < name for name, target in posts)


def test_posts_of_one_month_and_drafts_differ_in_nothing_else(tmp_path: Path) -> None:
    years, month = write_corpus(tmp_path / "years", 50), write_corpus(tmp_path / "month", 50, span=ONE_MONTH)
    assert {file.name[:7] for file in month.folder.iterdir()} == {"2025-05"}
    assert len({file.name[:4] for file in years.folder.iterdir()}) > 9
    draft = write_drafts(years.folder)
    words = set(re.findall("[a-z]{5,}", years.newest.read_text("utf-8").partition("\n---\n")[2]))
    head, _, body = draft.read_text("utf-8").partition("\n---\n")
    assert "draft: true" in head.splitlines()
    assert not words & set(re.findall("[a-z]{5,}", re.sub(r"\(\S+\)", "", body)))


def test_old_output_is_moved_aside_and_deleted_at_the_end(tmp_path: Path) -> None:
    old = tmp_path / "public"
    with open_trash(tmp_path / "trash") as trash:
        for _ in range(2):
            old.mkdir()
            inode = old.stat().st_ino
            trash.move(old)
            assert not old.exists()
            assert inode in {path.stat().st_ino for path in (tmp_path / "trash").iterdir()}
        trash.move(old)  # there is none
    assert list(tmp_path.iterdir()) == []


def test_the_benchmark_does_not_use_an_existing_folder(tmp_path: Path) -> None:
    done = bench("--posts", 1, "--folder", tmp_path)
    assert done.returncode == 1
    assert done.stderr == f"error: {tmp_path} exists; name a new folder with --folder, or remove it\n"


@pytest.mark.slow
def test_the_benchmark_fails_if_a_program_fails(tmp_path: Path) -> None:
    hugo = tmp_path / "hugo"
    hugo.write_text('#!/bin/sh\n[ "$1" = version ] && echo v1.2 && exit\necho "out of ink" >&2\nexit 3\n', "utf-8")
    hugo.chmod(0o755)
    done = bench("--posts", 2, "--runs", 1, PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"error: exit code 3 of: {hugo} --quiet" in done.stderr
    assert done.stderr.endswith("out of ink\n")
