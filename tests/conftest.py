"""What all tests share: publications in real folders, and the command line as a user calls it."""

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pytest
from hypothesis import settings

from dateline.cli import fastpath
from dateline.content import scan
from dateline.options import BuildOptions
from dateline.paths import CACHE_VARIABLE, CachePaths, cache_paths
from dateline.pipeline import build

# What CI says of a commit, it says again; everywhere else, each run looks for other examples. How long an example takes
# says more of the machine than of us.
settings.register_profile("ours", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("ours")

SETTINGS = """\
title = "The Daily Example"
url = "https://example.org/"
id = "tag:example.org,2025-01-01:daily"
author = "Ana Díaz"
generator = false
tag_feeds = false
author_feeds = false
pages = false
stylesheet = false
"""
EVERYTHING = SETTINGS.replace("tag_feeds = false\nauthor_feeds = false\n", "")
PAGES = EVERYTHING.replace("pages = false\nstylesheet = false\n", "")
NOW = "2025-06-01 12:00 Z"


def few_and_many(few: int, many: int) -> pytest.MarkDecorator:
    """Gives a test `drawn`: settings for a few examples and, among the slow tests, for many.

    A failure of these says how to have it again.
    """
    return pytest.mark.parametrize(
        "drawn",
        [
            pytest.param(settings(max_examples=few), id="few"),
            pytest.param(settings(max_examples=many, print_blob=True), id="many", marks=pytest.mark.slow),
        ],
    )


class Result(NamedTuple):
    """How a run of the command line ended, and what it printed."""

    code: int
    out: str
    err: str

    def __repr__(self) -> str:
        return f"exit {self.code}\n{self.out}\n{self.err}"


def dateline(*arguments: object, cwd: Path | None = None, now: str = NOW, answers: str = "") -> Result:
    """Run the command line in this process, as on a machine with one core: no process is forked beside a thread.

    An empty `now` leaves that to the clock. `answers` are what a person types.
    """
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", errors) for errors in ("strict", "backslashreplace"))
    code = 0
    with (
        contextlib.chdir(cwd or os.curdir),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch.dict(os.environ, DATELINE_NOW=now),
        mock.patch("os.sched_getaffinity", return_value={0}, create=True),
        mock.patch("sys.argv", ["dateline", *map(str, arguments)]),
        mock.patch("sys.stdin", io.StringIO(answers)),
    ):
        try:
            fastpath.run()
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Result(code, *(_written(stream) for stream in (out, err)))


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def started(*arguments: object, cwd: Path | None = None, now: str = NOW, **env: str) -> Result:
    """Run the command line as a user does, in a process of its own."""
    process = subprocess.run(
        [sys.executable, "-m", "dateline", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "DATELINE_NOW": now, **env},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        stdin=subprocess.DEVNULL,
    )
    return Result(process.returncode, process.stdout, process.stderr)


class Site:
    """A publication in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.posts = root / "posts"
        self.public = root / "public"

    @property
    def database(self) -> Path:
        """The file that holds its cache, which a build has made."""
        return Path(self.cache.folder, Path(self.cache.pointer).read_text().strip())

    @property
    def cache(self) -> CachePaths:
        """Where its cache is."""
        found = cache_paths(self.posts)
        assert found
        return found

    def forget(self) -> None:
        """Delete its cache, if there is one."""
        shutil.rmtree(self.cache.root, ignore_errors=True)

    def write(self, path: str, content: str | bytes) -> Path:
        """Put a file among the posts."""
        file = self.posts / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def settings(self, more: str = "") -> None:
        """Write feed.toml: SETTINGS, and `more`."""
        self.write("feed.toml", SETTINGS + more)

    def post(self, path: str = "2025-04-14-first.md", body: str = "Text.\n", **front_matter: str) -> Path:
        """Write a post with a title and the given front matter."""
        fields = {"title": "First", **front_matter}
        lines = "".join(f"{key}: {value}\n" for key, value in fields.items())
        return self.write(path, f"---\n{lines}---\n{body}")

    def run(self, command: str, *options: object) -> Result:
        """Run a command from the folder above, as the README has it."""
        return dateline(command, *options, cwd=self.root)

    def build(self, *options: object) -> Result:
        """Run ``dateline build``."""
        return self.run("build", *options)

    def problem_lines(self, problems: Iterable[object]) -> list[str]:
        """Return problems as lines, with paths relative to the folder of posts."""
        return [str(problem).removeprefix(f"{self.posts}/") for problem in problems]

    def json(self) -> Any:
        """The JSON feed that stands in the output."""
        return json.loads((self.public / "feed.json").read_text("utf-8"))

    def tree(self) -> dict[str, bytes]:
        """Every file of the output, by path."""
        files = (file for file in self.public.rglob("*") if file.is_file())
        return {file.relative_to(self.public).as_posix(): file.read_bytes() for file in files}


def cold(site: Site, name: str = "cold", now: str = NOW) -> dict[str, bytes]:
    """What a build without a cache into an empty folder gives."""
    fresh = Site(site.root)
    fresh.public = site.root / name
    build(BuildOptions(site.posts, fresh.public, now, cache=False))
    tree = fresh.tree()
    shutil.rmtree(fresh.public)
    return tree


# In place of two seconds, so that a test need not wait for files to be old enough; a clock may tick 4 ms.
TICK_NS = 8_000_000


@contextlib.contextmanager
def settling() -> Iterator[Callable[[], None]]:
    """Files are known by their stamps when they are 8 ms old; gives what waits until all are."""
    with mock.patch.object(scan, "CLOCK_TICK_NS", TICK_NS):
        yield lambda: time.sleep(0.012)


@pytest.fixture(scope="session", autouse=True)
def _caches(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test touches the cache or the settings of whoever runs it. (`site` has its own, beside its posts.)"""
    os.environ[CACHE_VARIABLE] = str(tmp_path_factory.mktemp("caches"))
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path_factory.mktemp("config"))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """An empty publication, with settings, and its cache in `cache/` beside the posts."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    site = Site(tmp_path)
    site.settings()
    return site
