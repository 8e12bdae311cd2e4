"""The benchmark, at a size that shows that it works and not how fast anything is."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parent / "bench" / "run.py"
PEERS = {"Hugo": "hugo", "Pelican": "pelican", "Eleventy": "eleventy"}


def bench(*options: object, **env: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(RUN), *map(str, options)],
        env={**os.environ, **env},
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=300,
    )


def here(program: str) -> bool:
    return bool(shutil.which(program, path=str(Path(sys.executable).parent)) or shutil.which(program))


@pytest.mark.slow
def test_the_benchmark_measures_all_that_it_can(tmp_path: Path) -> None:
    done = bench("--posts", 200, "--runs", 2, "--large", "--json", tmp_path / "bench.json")
    assert done.returncode == 0, done.stderr
    told = json.loads((tmp_path / "bench.json").read_text("utf-8"))
    assert max(map(len, done.stdout.splitlines())) <= 100
    assert [measured["corpus"]["posts"] for measured in told["measured"]] == [200, 2000]
    for case in [case for measured in told["measured"] for case in measured["cases"]]:
        assert len(case["runs"]) == 2
        assert f"{case['name']} " in done.stdout
    assert {name for name in PEERS if name in told["lacking"]} == {name for name in PEERS if not here(PEERS[name])}
    for name, remedy in told["lacking"].items():
        assert f"Not measured: {name}; {remedy}\n" in done.stdout
    assert sorted({limit["number"] for limit in told["limits"]}) == [*range(1, 11)]
    for limit in told["limits"]:
        names = [name for name, _ in [limit["of"], *limit["against"]]]
        lacks = any(name.startswith(tuple(told["lacking"])) for name in names)
        runs = 1 if limit["number"] == 9 else 2  # growth is a figure of medians
        assert len(limit["figures"]) == (0 if lacks else runs), limit
        assert limit["verdict"] in (["not measured"] if lacks else ["reached", "missed"])


def test_the_benchmark_keeps_out_of_a_folder_that_is_there(tmp_path: Path) -> None:
    done = bench("--posts", 1, "--folder", tmp_path)
    assert done.returncode == 1
    assert done.stderr == f"error: {tmp_path} is there already; name a new folder with --folder, or remove it\n"


@pytest.mark.slow
def test_the_benchmark_fails_with_a_program_that_it_measures(tmp_path: Path) -> None:
    hugo = tmp_path / "hugo"
    hugo.write_text('#!/bin/sh\n[ "$1" = version ] && echo v1.2 && exit\necho "out of ink" >&2\nexit 3\n', "utf-8")
    hugo.chmod(0o755)
    done = bench("--posts", 2, "--runs", 1, PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"error: exit code 3 of: {hugo} --quiet" in done.stderr
    assert done.stderr.endswith("out of ink\n")
