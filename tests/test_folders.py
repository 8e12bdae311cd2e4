"""Folders that cannot be used, given to each command: one line, and no traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import NOW, Site
from test_output import as_nobody_special

# Runs many commands in one process, for which permissions count; gives their exit codes and what they print.
DRIVER = """
import io, json, os, sys, traceback
from dateline.cli import fastpath
found = []
for folder, arguments in json.load(sys.stdin):
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)
    if os.path.basename(folder) == "removed":
        os.rmdir(folder)
    sys.argv = ["dateline", *arguments]
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
    code = 0
    try:
        fastpath.run()
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:
        code = traceback.format_exc()
    out, err = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = before
    found.append((code, sys.argv[1:], err._stream.getvalue()))
print(json.dumps(found))
"""
LOCKED = "permission denied"
# The name of POSTS or of the output, and the error.
POSTS = {
    "locked/posts": f"cannot be read: {LOCKED}",
    "linked": f"cannot be read: {LOCKED}",
    "closed": f"feed.toml: cannot be read: {LOCKED}",
    "file": "not a folder",
    "file/below": "no such folder",
    "dangling": "no such folder",
    "loop": "cannot be read: too many levels of symbolic links",
    "x" * 300: "cannot be read: file name too long",
    "x/" * 3000: "cannot be read: file name too long",
    "p\udcff": "no such folder",
    "/dev/null": "not a folder",
    "pipe": "not a folder",
}
OUTPUTS = {
    "locked/public": f"cannot be read: {LOCKED}",
    "closed": f"cannot be read: {LOCKED}",
    "file": "a file, and the output is a folder",
    "loop": "cannot be read: too many levels of symbolic links",
    "x" * 300: "cannot be read: file name too long",
}
OF_POSTS: list[list[str]] = [
    ["build"],
    ["build", "--quiet", "--no-cache"],
    ["build", "--dry-run"],
    ["diff"],
    ["pin"],
    ["check"],
    ["due"],
    ["new", "Title"],
]
OF_OUTPUT: list[list[str]] = [["build"], ["build", "--dry-run"], ["diff"], ["pin"], ["check"]]


class Ran(NamedTuple):
    code: object
    arguments: list[str]
    err: str


def run_all(calls: list[tuple[Path, list[str]]]) -> list[Ran]:
    done = subprocess.run(
        # -P: like the script dateline, it does not look for modules in the working directory, which may be gone.
        as_nobody_special(sys.executable, "-P", "-c", DRIVER),
        input=json.dumps([(str(folder), arguments) for folder, arguments in calls]),
        env={**os.environ, "DATELINE_NOW": NOW},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return [Ran(*found) for found in json.loads(done.stdout)]


@pytest.fixture
def hostile(site: Site) -> Site:
    """Folders of all kinds beside a publication that is as it should be."""
    site.post()
    for name in ("locked/posts", "closed"):
        other = Site(site.root)
        other.posts = site.root / name
        other.settings()
        other.post()
    (site.root / "file").write_text("text")
    for name, target in {"linked": "locked/posts", "dangling": "nowhere", "loop": "loop"}.items():
        (site.root / name).symlink_to(target)
    os.mkfifo(site.root / "pipe")
    (site.root / "removed").mkdir()
    (site.root / "locked").chmod(0o600)
    (site.root / "closed").chmod(0o600)
    return site


def test_posts_that_cannot_be_used_are_a_line(hostile: Site) -> None:
    calls = [(hostile.root, [*command, name]) for name in POSTS for command in OF_POSTS]
    problems = [problem for problem in POSTS.values() for _ in OF_POSTS]
    for ran, problem in zip(run_all(calls), problems, strict=True):
        assert (ran.code, ran.err.count("\n")) == (1, 1), ran
        assert ran.err.startswith("error: ")
        assert problem in ran.err, ran


def test_outputs_that_cannot_be_used_are_a_line(hostile: Site) -> None:
    calls = [(hostile.root, [*command, "posts", "--output", name]) for name in OUTPUTS for command in OF_OUTPUT]
    problems = [problem for problem in OUTPUTS.values() for _ in OF_OUTPUT]
    for ran, problem in zip(run_all(calls), problems, strict=True):
        assert ran.code == 1, ran
        assert ran.err.splitlines()[0].startswith(f"error: {ran.arguments[-1]}: {problem}; "), ran


def test_other_arguments_that_cannot_be_used_are_a_line(hostile: Site) -> None:
    names = ["locked/posts", "file/below", "loop", "x" * 300]
    begun = ["init", "--title", "T", "--url", "https://example.org/"]
    commands = [*([*begun, name] for name in names), *(["adopt", "file", name] for name in names)]
    commands += [["diff", "--against", name] for name in [*names, "closed", "p\udcff"]]
    for ran in run_all([(hostile.root, command) for command in commands]):
        assert (ran.code, ran.err.count("\n"), ran.err[:7]) == (1, 1, "error: "), ran


def test_a_working_directory_that_was_removed_is_a_line(hostile: Site) -> None:
    others = [["adopt", "old.xml"], ["init", "posts", "--title", "T", "--url", "https://example.org/"]]
    for ran in run_all([(hostile.root / "removed", command) for command in [*OF_POSTS, *others]]):
        assert (ran.code, ran.err.count("\n"), ran.err[:7]) == (1, 1, "error: "), ran


def test_an_output_whose_name_is_not_utf_8_is_written(hostile: Site) -> None:
    calls = [(hostile.root, ["build", "--output", "p\udcff"])] * 2
    assert [(ran.code, ran.err) for ran in run_all(calls)] == [(0, "")] * 2
    assert Path(os.fsdecode(os.fsencode(hostile.root) + b"/p\xff"), "rss.xml").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["locked/posts", "file", "dangling", "x" * 300])
def test_a_preview_of_posts_that_cannot_be_used_is_a_line(hostile: Site, name: str) -> None:
    (ran,) = run_all([(hostile.root, ["preview", name])])
    assert (ran.code, ran.err.count("\n")) == (1, 1), ran
    assert POSTS[name] in ran.err
