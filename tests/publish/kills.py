"""Kill real processes that publish, at random points, and see that the next one puts everything right.

A test of a target writes ``[publish]`` into the feed.toml of a `PublishedSite`, and then:

    def test_killed_anywhere(published: PublishedSite) -> None:
        published.publish_to('to = "sftp://127.0.0.1:2222/srv/site"')
        survive_kills(published, tree=lambda: files_in(Path("/srv/site")))

where `tree` returns the files on the target, by path, without ``.dateline.json``. Each process is killed with SIGKILL
in, or shortly after, a call of its store; if the target is no store, some time after it has begun to send. Keys that
the target's libraries need come from the environment, which processes inherit.
"""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock, Timer
from typing import Any

from conftest import NOW

from dateline.content.source import load_settings
from dateline.options import BuildOptions, no_progress
from dateline.pipeline import build
from dateline.publish.model import SendOptions
from dateline.publish.targets import open_target
from dateline.publish.upload import local_files

from .conftest import PublishedSite
from .watching import dead_links

_TESTS = Path(__file__).resolve().parents[1]


def survive_kills(
    site: PublishedSite, tree: Callable[[], dict[str, bytes]], kills: int = 50, pause: float = 0.005
) -> None:
    """Edit a publication again and again, kill what publishes it, and publish it then.

    After each kill, what the feeds on the target name is there, and after each publish, the target is the output.
    `pause` is for how many seconds at most a process lives on after the call in which it is killed.
    """
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    _publish(site.posts, site.public)
    assert tree() == site.output
    _edit(site, chance, kills)
    calls, killed = _publish(site.posts, site.public), 0
    with _publisher(site) as is_killed:
        for number in range(kills):
            _edit(site, chance, number)
            killed += is_killed(chance.randint(1, calls), chance.choice([0.0, chance.uniform(0, pause)]))
            files = tree()
            assert dead_links(files.get) == [], f"seed {seed}, kill {number}"
            if chance.random() < 0.7:  # else more changes come before the next one
                _publish(site.posts, site.public)
                assert tree() == site.output, f"seed {seed}, kill {number}"
    _publish(site.posts, site.public)
    assert tree() == site.output, f"seed {seed}"
    assert killed > kills / 3


def files_in(folder: Path) -> dict[str, bytes]:
    """Return the files in a folder, by path, without ``.dateline.json``."""
    found = (file for file in folder.rglob("*") if file.is_file())
    tree = {file.relative_to(folder).as_posix(): file.read_bytes() for file in found}
    tree.pop(".dateline.json", None)
    return {path: content for path, content in tree.items() if not path.startswith(".dateline-")}


def _edit(site: PublishedSite, chance: random.Random, number: int) -> None:
    """Add, change or remove a post or two."""
    for _ in range(chance.randint(1, 2)):
        month, name = chance.randint(1, 5), chance.choice("abc")
        file = f"2025-0{month}-20-{name}.md"
        if chance.random() < 0.3:
            (site.posts / file).unlink(missing_ok=True)
        else:
            tags = chance.choice(["[news]", "[audio, other]", "[]"])
            site.post(file, f"Text {number}.\n" * chance.randint(1, 2000), title=f"Post {name} {number}", tags=tags)


@contextmanager
def _publisher(site: PublishedSite) -> Iterator[Callable[[int, float], bool]]:
    """Run a process that has imported everything, and forks those that publish.

    Gives what publishes and is killed `pause` seconds after this call of its store has begun, from 1, and says whether
    it came to that.
    """
    command = [sys.executable, "-m", "publish.kills", str(site.posts), str(site.public), "forked"]
    with subprocess.Popen(command, cwd=_TESTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        orders, ends = process.stdin, process.stdout

        def is_killed(call: int, pause: float) -> bool:
            print(call, pause, file=orders, flush=True)
            code = int(ends.readline())
            assert code in (0, -signal.SIGKILL)
            return code != 0

        yield is_killed


class _Mortal:
    """A store that kills its process."""

    def __init__(self, store: Any, call: int, pause: float) -> None:
        self._store, self._call, self._pause = store, call, pause
        self.calls = 0
        self._lock = Lock()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if not callable(found):
            return found

        def call(*arguments: Any) -> Any:
            with self._lock:
                self.calls += 1
                if self.calls == self._call:
                    _die_after(self._pause)
            return found(*arguments)

        return call


def _die_after(seconds: float) -> None:
    if not seconds:
        os.kill(os.getpid(), signal.SIGKILL)
    timer = Timer(seconds, lambda: os.kill(os.getpid(), signal.SIGKILL))
    timer.daemon = True  # a process that is done sooner is done
    timer.start()


def _publish(posts: Path, output: Path, call: int = 0, pause: float = 0.0) -> int:
    """Build and publish, without the questions and checks of the command; return how many calls that took."""
    publication, _ = load_settings(posts)
    assert publication.publish
    report = build(BuildOptions(posts, output, NOW, jobs=1, accept=True))
    with closing(open_target(publication.publish, posts)) as opened:
        target: Any = opened
        store = _Mortal(getattr(target, "_store", None), call, pause)
        if hasattr(target, "_store"):
            target._store = store
        elif call:
            _die_after(pause)
        target.send(local_files(output, report), SendOptions(publication.id), no_progress)
    return store.calls or 1


def _fork_publishers(posts: Path, output: Path) -> None:
    publication, _ = load_settings(posts)
    assert publication.publish
    open_target(publication.publish, posts).close()  # which imports what it needs
    for line in sys.stdin:
        call, pause = line.split()
        signal.alarm(120)  # ends this process if the other one hangs
        child = os.fork()
        if not child:
            _publish(posts, output, int(call), float(pause))
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    (_fork_publishers if sys.argv[3:] else _publish)(Path(sys.argv[1]), Path(sys.argv[2]))
