"""What a build survives: a kill, an interruption, a broken cache, a full disk, a clock that went back."""

import contextlib
import errno
import os
import pickle
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from conftest import EVERYTHING, NOW, Result, Site, cold
from test_cost import children_of
from test_output import as_nobody_special

from dateline import parallel, render
from dateline.building import index
from dateline.errors import BuildError, PostError
from dateline.model import Rendering
from dateline.options import BuildOptions
from dateline.pipeline import build

ENOUGH = index.WORTHWHILE_TO_RENDER + 10  # posts
COMMAND = [sys.executable, "-m", "dateline", "build"]
# A build that takes its time to render and to write, so that it is at that when somebody interrupts it.
SLOWLY = """\
import time
from importlib import import_module
from dateline import render
from dateline.cli import fastpath
def slow(real):
    def slowly(*arguments, **options):
        time.sleep(0.015)
        return real(*arguments, **options)
    return slowly
render.render = slow(render.render)
staging = import_module("dateline.output.staging")
staging._written = slow(staging._written)
fastpath.run()
"""


def begin(site: Site, *options: str, command: Sequence[str] = COMMAND) -> "subprocess.Popen[str]":
    """Begin a build in a process of its own, to which its workers belong."""
    return subprocess.Popen(
        [*command, *options],
        cwd=site.root,
        env={**os.environ, "DATELINE_NOW": NOW},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def begin_slowly(site: Site) -> "subprocess.Popen[str]":
    """Begin a build by two processes that takes seconds."""
    return begin(site, "--jobs", "2", command=[sys.executable, "-c", SLOWLY, "build"])


@pytest.fixture
def large(site: Site) -> Site:
    """Posts enough for two processes to render."""
    return with_posts(site, 240)


@pytest.fixture
def enough(site: Site) -> Site:
    """No more posts than it takes for several processes to render and write."""
    return with_posts(site, ENOUGH)


@pytest.fixture(scope="module")
def tree_of_enough(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one process makes of the same posts, without a cache."""
    site = Site(tmp_path_factory.mktemp("enough"))
    site.posts.mkdir()
    return cold(with_posts(site, ENOUGH))


def with_posts(site: Site, count: int) -> Site:
    """The same with posts of each month, archives, tags and a picture."""
    site.write("feed.toml", EVERYTHING + "limit = 3\n")
    site.write("pic.png", b"picture")
    for number in range(count):
        day = f"2024-{number % 12 + 1:02}-{number // 12 + 1:02}"
        body = f"Text *{number}*, and more of it. " * 40 + f"\n\n[Before]({day}-post-{number}.md) ![Pic](pic.png)\n"
        site.post(f"{day}-post-{number}.md", body, title=f"Post {number}", tags=f"[tag {number % 5}]")
    return site


def kill_often(site: Site, times: int) -> None:
    """Kill builds at random moments, with edits in between; each file that stands is whole all the while."""
    chance = random.Random(times)
    for round_ in range(times):
        number = chance.randrange(240)
        path = f"2024-{number % 12 + 1:02}-{number // 12 + 1:02}-post-{number}.md"
        site.post(
            path, f"Edit {round_}. ![Pic](pic.png)\n", title=f"Post {number}", tags=f"[tag {chance.randrange(5)}]"
        )
        if round_ % 10 == 0:
            site.forget()
        process = begin(site, "--quiet", "--jobs", "2")
        time.sleep(chance.uniform(0.05, 0.6))
        process.kill()
        process.communicate()
        for path, content in site.tree().items() if site.public.exists() else ():
            if path.endswith(("rss.xml", "atom.xml", "feed.json")):
                assert content.rstrip().endswith((b"</rss>", b"</feed>", b"}")), path
    assert site.build("--quiet").code == 0
    assert site.tree() == cold(site)
    assert site.build("--quiet").code == 0
    assert site.tree() == cold(site)


@pytest.mark.slow
def test_killed_builds_leave_whole_files_and_the_next_one_finishes(large: Site) -> None:
    kill_often(large, 6)


@pytest.mark.slow
def test_hundreds_of_killed_builds_leave_nothing_behind(large: Site) -> None:
    kill_often(large, 300)


@pytest.mark.slow
def test_an_interrupted_build_leaves_the_output_and_keeps_what_it_rendered(large: Site) -> None:
    assert large.build("--quiet").code == 0
    before = large.tree()
    large.forget()
    for file in large.posts.glob("*.md"):
        file.write_text(file.read_text().replace("more of it", "much more of it"))
    process = begin_slowly(large)
    while count(large) < 25 and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, out, err) == (130, "", "Stopped: the output is as it was.\n")
    assert large.tree() == before
    kept = count(large)
    assert 25 <= kept < 240
    rendered: list[object] = []
    real = render.render

    def render_and_tell(*task: Any) -> Rendering:
        rendered.append(task)
        return real(*task)

    with mock.patch.object(render, "render", render_and_tell):
        build(BuildOptions(large.posts, large.public, NOW, jobs=1))
    assert len(rendered) == 240 - kept
    assert large.tree() == cold(large)


def count(site: Site) -> int:
    """How many renderings its only cache holds, which may be a new one that is still being filled."""
    for file in Path(site.cache.folder).glob("cache-*.sqlite"):
        with (
            contextlib.suppress(sqlite3.Error),
            contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as found,
        ):
            return int(found.execute("SELECT count(*) FROM renderings").fetchone()[0])
    return 0


def test_an_interrupt_ends_the_workers_too(large: Site) -> None:
    """A terminal sends it to all of them."""
    process = begin_slowly(large)
    while count(large) < 1 and process.poll() is None:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "Stopped: the output is as it was.\n")
    assert not large.public.exists() or large.tree() == {}


@pytest.mark.slow
def test_an_interrupt_while_files_are_staged_leaves_none_behind(large: Site) -> None:
    for _ in range(2):
        process = begin_slowly(large)
        while not any(large.public.glob(".dateline-*/*")) and process.poll() is None:
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
        assert (process.returncode, out, err) == (130, "", "Stopped: the output is as it was.\n")
        assert not large.public.exists()


@pytest.mark.slow
def test_an_interrupt_while_files_are_moved_lets_the_build_finish(large: Site) -> None:
    process = begin(large, "--jobs", "2")
    while not (large.public / ".dateline.json").exists() and process.poll() is None:
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode in (0, 130)  # it may be telling already what it did
    assert err == ""
    assert large.tree() == cold(large)


def limited(limit: str) -> list[str]:
    """What begins a build with a limit; the superuser is bound by none on processes, but others are."""
    someone = ["--reuid=65534", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    user = ["setpriv", "--clear-groups", *someone] if os.geteuid() == 0 else []
    program = (
        f"import resource, sys; resource.setrlimit(resource.{limit}); from dateline.cli.fastpath import run; run()"
    )
    return [*user, sys.executable, "-c", program, "build"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere such limits count otherwise")
def test_one_process_does_the_work_if_no_other_can_be_started(enough: Site, tree_of_enough: dict[str, bytes]) -> None:
    process = begin(enough, "--jobs", "2", "--no-cache", command=limited("RLIMIT_NPROC, (1, 1)"))
    _, err = process.communicate(timeout=60)
    (note,) = err.splitlines() if err.count("\n") == 1 else [err]
    assert re.fullmatch(
        r"Note: --jobs: another process could not be started \([a-z ]+\), so this took longer;"
        r" raise the limit, or build with --jobs 1\.",
        note,
    )
    assert process.returncode == 0
    assert enough.tree() == tree_of_enough


@pytest.mark.parametrize("limit", [8, 10, 16])
def test_a_build_short_of_file_descriptors_ends_with_one_line_at_most(
    enough: Site, tree_of_enough: dict[str, bytes], limit: int
) -> None:
    process = begin(enough, "--jobs", "2", "--no-cache", command=limited(f"RLIMIT_NOFILE, ({limit}, {limit})"))
    _, err = process.communicate(timeout=60)
    if process.returncode:
        assert (process.returncode, limit < 16) == (1, True)
        assert err == "error: dateline: too many open files; raise the limit, or build with --jobs 1\n"
        assert not enough.tree()
    else:
        assert err.count("\n") <= 1
        assert enough.tree() == tree_of_enough


def test_some_processes_do_the_work_if_no_more_can_be_started(enough: Site, tree_of_enough: dict[str, bytes]) -> None:
    real = os.fork
    started: list[int] = []

    def fork() -> int:
        if started:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        started.append(1)
        return real()

    # Whatever threads other tests have left.
    with mock.patch("os.fork", fork), mock.patch.object(parallel, "_can_fork", return_value=True):
        report = build(BuildOptions(enough.posts, enough.public, NOW, jobs=3))
    (note,) = report.notes
    assert note.startswith("--jobs: another process could not be started (resource temporarily unavailable)")
    assert enough.tree() == tree_of_enough


def test_a_process_that_is_killed_ends_the_build_with_an_error(large: Site) -> None:
    process = begin_slowly(large)
    while not (helpers := children_of(process.pid)) and process.poll() is None:
        time.sleep(0.005)
    os.kill(helpers[0], signal.SIGKILL)
    out, err = process.communicate(timeout=60)
    problem = "a process that helped with the build was killed"
    remedy = "check that there is enough memory, or build with --jobs 1"
    assert (process.returncode, out, err) == (1, "", f"error: --jobs: {problem}; {remedy}\n")
    assert not large.public.exists()


@pytest.mark.parametrize("forks", [True, False])
def test_forked_and_new_processes_give_the_same_result(
    enough: Site, tree_of_enough: dict[str, bytes], forks: bool
) -> None:
    with mock.patch.object(parallel, "_can_fork", return_value=forks):  # as on Linux, and as on macOS or beside threads
        report = build(BuildOptions(enough.posts, enough.public, NOW, jobs=2))
    assert report.notes == ()
    assert enough.tree() == tree_of_enough


def negative(number: Any) -> Any:
    return -number


def test_result_raises_the_exception_of_the_task() -> None:
    with parallel.open_jobs(2) as jobs:
        pool = jobs.executor(worthwhile=True)
        assert list(parallel.map_in_order(pool, negative, [-1, 2, -3])) == [1, -2, 3]
        with pytest.raises(TypeError, match="bad operand"):
            list(parallel.map_in_order(pool, negative, [1, "x", 2]))
        assert list(parallel.map_in_order(pool, negative, range(50))) == [-number for number in range(50)]


def test_folders_made_for_a_failed_build_are_removed(site: Site) -> None:
    site.post(date="soon")
    assert site.build("--output", "a/b/c").code == 1
    assert not (site.root / "a").exists()


def damaged(site: Site, chance: random.Random) -> None:
    """Write over a part of the cache, as a failing disk might."""
    file = site.database
    content = bytearray(file.read_bytes())
    start = chance.randrange(len(content))
    length = chance.choice([1, 100, 5000])
    content[start : start + length] = chance.randbytes(min(length, len(content) - start))
    file.write_bytes(content)


def damage_often(site: Site, times: int) -> None:
    """Damage the cache at random places, each time starting from an intact copy."""
    site.write("feed.toml", EVERYTHING + "limit = 3\n")
    for number in range(40):
        day = f"2024-{number % 4 + 1:02}-{number // 4 + 1:02}"
        site.post(f"{day}-post-{number}.md", f"Text {number}. " * 30, title=f"Post {number}", tags="[a]")
    assert site.build("--quiet").code == 0
    expected = site.tree()
    shutil.copytree(site.cache.root, site.root / "good")
    chance = random.Random(times)
    for _ in range(times):
        site.forget()
        shutil.copytree(site.root / "good", site.cache.root)
        shutil.rmtree(site.public)
        damaged(site, chance)
        build(BuildOptions(site.posts, site.public, NOW, jobs=1))
        assert site.tree() == expected


@pytest.mark.slow
def test_a_damaged_cache_gives_no_wrong_feed(site: Site) -> None:
    damage_often(site, 40)


@pytest.mark.slow
def test_a_cache_damaged_hundreds_of_times_gives_no_wrong_feed(site: Site) -> None:
    damage_often(site, 400)


@pytest.mark.parametrize(
    "content",
    [b"", b"x" * 9000, b"SQLite format 3\0" + b"\0" * 9000],
    ids=["empty", "no database", "nothing behind its head"],
)
def test_a_file_that_is_no_cache_is_replaced(site: Site, content: bytes) -> None:
    site.post()
    assert site.build().code == 0
    site.database.write_bytes(content)
    site.post(title="Other")
    result = site.build()
    assert result.code == 0
    assert len(result.err.splitlines()) <= 1
    assert site.tree() == cold(site)
    assert site.build().err == ""


def test_a_cache_with_other_tables_is_replaced(site: Site) -> None:
    site.post()
    assert site.build().code == 0
    with contextlib.closing(sqlite3.connect(site.database)) as other:
        other.execute("UPDATE about SET value = 'another' WHERE name = 'version'")
        other.execute("DROP TABLE labels")
        other.execute("CREATE TABLE more (x)")
        other.commit()
    site.post(title="Other")
    result = site.build()
    assert (result.code, result.err) == (0, "")
    assert site.tree() == cold(site)


def test_a_cache_on_a_disk_that_is_read_only_is_done_without(site: Site) -> None:
    site.post()
    assert site.build().code == 0
    cache = Path(site.cache.root)
    site.post(title="Other")
    for file in cache.iterdir():
        file.chmod(0o444)
    cache.chmod(0o555)
    try:
        result = subprocess.run(
            as_nobody_special(*COMMAND),
            cwd=site.root,
            env={**os.environ, "DATELINE_NOW": NOW},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        cache.chmod(0o755)
    assert result.returncode == 0, result.stderr
    assert result.stderr.startswith(f"Note: the cache in {site.cache.root} cannot be used (")
    assert len(result.stderr.splitlines()) == 1
    assert site.tree() == cold(site)


def test_a_mark_beside_the_cache_that_may_not_be_read_says_nothing(site: Site) -> None:
    site.post()
    assert site.build().code == 0
    os.chmod(site.cache.closed, 0)
    site.post(title="Other")
    result = subprocess.run(
        as_nobody_special(*COMMAND),
        cwd=site.root,
        env={**os.environ, "DATELINE_NOW": NOW},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert site.tree() == cold(site)


def test_a_cache_on_a_disk_that_is_full_is_done_without(site: Site) -> None:
    for number in range(40):
        site.post(f"2025-01-{number % 28 + 1:02}-post-{number}.md", f"Text {number}. " * 20, title=str(number))
    site.settings('archives = "off"\nlimit = 5\n')
    result = subprocess.run(
        COMMAND,
        cwd=site.root,
        env={**os.environ, "DATELINE_NOW": NOW},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000)),
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr.startswith(f"Note: the cache in {site.cache.root} cannot be used (")
    assert len(result.stderr.splitlines()) == 1
    assert site.tree() == cold(site)


def test_a_clock_that_went_back_holds_posts_again(site: Site) -> None:
    with_posts(site, 24)
    for now in ("2024-12-31 23:00 Z", "2024-06-02", "2024-06-01", "2024-12-31 23:00 Z"):
        build(BuildOptions(site.posts, site.public, now, accept=True))
        assert site.tree() == cold(site, now=now)


def test_a_link_to_a_post_that_a_clock_holds_again_is_refused_again(site: Site) -> None:
    site.post("2025-01-01-a.md", "[b](2025-02-01-b.md)\n", date="2025-03-01")
    site.post("2025-02-01-b.md", date="2025-02-01", publishDate="2025-02-20")
    site.post("2024-01-01-c.md", "[a](2025-01-01-a.md)\n", date="2025-04-01")
    assert site.build("--now", "2025-05-01").code == 0
    site.post("2025-02-01-b.md", date="2025-02-01", publishDate="2025-04-20")
    refused: Result = site.build("--now", "2025-04-02")
    assert "leads to a post that is scheduled for 2025-04-20" in refused.err
    assert site.build("--now", "2025-05-01").code == 0
    assert site.tree() == cold(site, now="2025-05-01")


def test_a_new_post_for_which_there_is_no_room_leaves_no_file(site: Site) -> None:
    before = sorted(site.posts.iterdir())
    done = subprocess.run(
        [*COMMAND[:-1], "new", "A title " * 20],
        cwd=site.root,
        env={**os.environ, "DATELINE_NOW": NOW},
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10)),
    )
    assert done.returncode == 1
    assert "cannot be written: file too large" in done.stderr
    assert sorted(site.posts.iterdir()) == before


def test_an_error_with_several_problems_passes_between_processes() -> None:
    error = BuildError([PostError(f"{name}.md", 1, "wrong", "fix it").problem for name in "ab"])
    assert pickle.loads(pickle.dumps(error)).problems == error.problems
