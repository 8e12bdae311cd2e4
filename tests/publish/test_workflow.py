"""The workflow of the guide is run step by step, as GitHub runs it, in a new clone and with a home of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE
from threading import Lock
from typing import Any

import pytest
import yaml
from conftest import SETTINGS, Site
from test_docs import REPOSITORY, blocks

from publish.web import Reply, Request, right_reply, serving

pytestmark = pytest.mark.slow

FROM = "git+https://git.example/dateline.git"


class Runner:
    """A machine that runs the steps of a workflow, each in a shell of its own."""

    def __init__(self, folder: Path, site: Path, tools: Path | None = None) -> None:
        self._site, self._work = site, folder / "work" / "harbour" / "harbour"
        self.tools = tools or folder / "tools"
        self._env = {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self._work),
            "HOME": str(folder / "home"),
            "LANG": "C.UTF-8",
            "PATH": f"{self.tools / 'bin'}{os.pathsep}{os.environ['PATH']}",
        }
        (folder / "home").mkdir(parents=True)

    def run(self, step: Mapping[str, Any]) -> str:
        """Run a step; actions of others do here what they are for."""
        action = str(step.get("uses", "")).partition("@")[0]
        if action == "actions/checkout":
            self._shell(f"git clone --depth 1 file://{self._site} {self._work}", self._work.parent)
        elif action == "actions/setup-python":
            subprocess.run([sys.executable, "-m", "venv", self.tools], check=True)
        else:
            assert action in ("actions/cache", "")
        return self._shell(step["run"], self._work, **step.get("env", {})) if "run" in step else ""

    def _shell(self, script: str, folder: Path, **env: str) -> str:
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=folder,
            env=self._env | env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout


def git(folder: Path, *arguments: str) -> None:
    name = ("-c", "user.name=Ana", "-c", "user.email=ana@harbour.example")
    subprocess.run(["git", "-C", str(folder), *name, *arguments], check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "publish")


def dateline_repository(folder: Path) -> Path:
    """A repository that has this Dateline."""
    for name in ("src", "posts/guide", "pyproject.toml", "README.md", "LICENSE"):
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, place)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder)
    return folder


@contextmanager
def github_pages(bare: Path, folder: Path) -> Iterator[str]:
    """Serve the branch gh-pages of a repository, as GitHub does; yield the address."""

    served: set[bytes] = set()
    lock = Lock()

    def newest(request: Request, _reply: Reply) -> Reply:
        tip = subprocess.run(["git", "-C", str(bare), "rev-parse", "gh-pages"], capture_output=True)
        with lock:
            if tip.returncode == 0 and tip.stdout not in served:
                files = subprocess.run(["git", "-C", str(bare), "archive", "gh-pages"], stdout=PIPE, check=True)
                subprocess.run(["tar", "-x", "-C", str(folder)], input=files.stdout, check=True)
                served.add(tip.stdout)
        return right_reply(folder, request)

    folder.mkdir()
    with serving() as web:
        web.quirk = newest
        yield web.url


def test_the_workflow_of_the_guide_publishes(site: Site) -> None:
    (text,) = blocks("yaml", "name: publish")
    text = text.replace(FROM, f"git+file://{dateline_repository(site.root / 'dateline')}")
    steps = yaml.safe_load(text)["jobs"]["publish"]["steps"]
    bare, work = site.root / "harbour.git", site.root / "harbour"
    with github_pages(bare, site.root / "pages") as url:
        site.write("feed.toml", SETTINGS.replace("https://example.org/", url) + '[publish]\nto = "git:.#gh-pages"\n')
        site.post()
        work.mkdir()
        shutil.move(site.posts, work)
        git(work, "init", "--quiet", "--initial-branch", "main")
        commit(work)
        git(site.root, "clone", "--quiet", "--bare", str(work), str(bare))
        runner = Runner(site.root / "first", bare)
        *_, said = [runner.run(step) for step in steps]
        assert " files sent, " in said
        assert (site.root / "pages" / "rss.xml").read_bytes().count(b"<item>") == 1
        checkout, *_, publish = steps
        runner = Runner(site.root / "second", bare, runner.tools)
        runner.run(checkout)
        assert ": 6 unchanged.\n" in runner.run(publish)
