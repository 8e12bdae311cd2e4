"""What all tests share: publications in real folders, and the command line as a user calls it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from dateline.build import Request, build

# What CI says of a commit, it says again; other examples are looked for by whoever runs the tests elsewhere.
settings.register_profile("ci", derandomize=True)
if "CI" in os.environ:
    settings.load_profile("ci")

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


class Result:
    """What a run of the command line printed, and how it ended."""

    def __init__(self, process: "subprocess.CompletedProcess[str]") -> None:
        self.code = process.returncode
        self.out = process.stdout
        self.err = process.stderr

    def __repr__(self) -> str:
        return f"exit {self.code}\n{self.out}\n{self.err}"


def dateline(
    *arguments: object, cwd: Path | None = None, env: Mapping[str, str] | None = None, answers: str | None = None
) -> Result:
    """Run the command line in a process of its own; --now is NOW unless the environment says otherwise.

    `answers` are what a person types.
    """
    process = subprocess.run(
        [sys.executable, "-m", "dateline", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "DATELINE_NOW": NOW, **(env or {})},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        input=answers or "",
    )
    return Result(process)


class Site:
    """A publication in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.posts = root / "posts"
        self.public = root / "public"

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
        """Write a post with a title, and whatever front matter is given."""
        fields = {"title": "First", **front_matter}
        lines = "".join(f"{key}: {value}\n" for key, value in fields.items())
        return self.write(path, f"---\n{lines}---\n{body}")

    def build(self, *options: object, **env: str) -> Result:
        """Run ``dateline build`` from the folder above, as its README has it."""
        return dateline("build", *options, cwd=self.root, env=env)

    def told(self, problems: Iterable[object]) -> list[str]:
        """What is to be mended as lines, as somebody reads them who stands in the folder of posts."""
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
    build(Request(site.posts, fresh.public, now, cache=False))
    tree = fresh.tree()
    shutil.rmtree(fresh.public)
    return tree


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """An empty publication, with settings."""
    site = Site(tmp_path)
    site.settings()
    return site
