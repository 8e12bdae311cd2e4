"""The file of a cache: how other processes open it, how a new one is filled, and what becomes of old ones."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
from conftest import EVERYTHING, Site, cold
from test_robust import begin, limited, with_posts

from dateline.cache import database
from dateline.cache.database import open_cache, reopened
from dateline.cache.sqlite import CacheError, reopen
from dateline.parallel import map_in_order, open_jobs

READ = "import sys; from dateline.cache.database import *; print(reopened(Location(sys.argv[1])).metadata('a'))"


def read_elsewhere(task: tuple[database.Location, str]) -> tuple[int, str | None]:
    """What a worker reads, and puts; the number of its process shows that it is another one."""
    location, key = task
    cache = reopened(location)
    assert reopened(location) is cache
    cache.templates.put(key, key.encode())
    return os.getpid(), cache.metadata("a")


@pytest.mark.parametrize("kind", ["temporary", "on disk"])
def test_workers_read_a_settled_cache_and_put_templates(site: Site, kind: str) -> None:
    with open_jobs(2) as jobs, open_cache(site.cache if kind == "on disk" else None) as cache:
        cache.set_metadata("a", "1")
        cache.settle()
        cache.settle()
        location = cache.location
        assert location
        assert reopened(location) is cache
        executor = jobs.executor(worthwhile=True)
        for value in "12":
            cache.set_metadata("a", value)
            found = list(map_in_order(executor, read_elsewhere, [(location, f"k{number}") for number in range(8)]))
            assert {read for _, read in found} == {value}
            assert os.getpid() not in {pid for pid, _ in found}
        assert cache.templates.get("k0") == b"k0"
        done = subprocess.run([sys.executable, "-c", READ, location.file], capture_output=True, text=True, check=True)
        assert done.stdout == "2\n"


def test_what_a_forked_process_inherits_is_neither_used_nor_closed(site: Site) -> None:
    with open_cache(site.cache) as cache:
        cache.settle()
        location = cache.location
        child = os.fork()
        if not child:
            os._exit(0 if reopened(location) is not cache else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert reopened(location) is cache


def test_a_location_that_is_gone_is_an_error_and_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(CacheError):
        reopened(database.Location(str(tmp_path / "none")))
    with pytest.raises(CacheError):
        reopened(None)
    assert not any(tmp_path.iterdir())


def test_a_temporary_cache_is_removed_after_errors_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with contextlib.suppress(KeyboardInterrupt), open_cache(None) as cache:
        assert cache.location
        assert Path(cache.location.file).is_relative_to(tmp_path)
        raise KeyboardInterrupt
    assert not any(tmp_path.iterdir())


def test_a_temporary_cache_is_in_memory_where_no_folder_can_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    with open_cache(None) as cache:
        assert cache.location is None
        assert reopened(None) is cache
        cache.settle()
        cache.templates.put("a", b"1")
        assert cache.templates.get("a") == b"1"


def test_a_damaged_template_is_none() -> None:
    with open_cache(None) as cache:
        cache.templates.put("a", b"1")
        cache._connection.execute("UPDATE templates SET value = '2'")
        assert cache.templates.get("a") is None
        assert cache.templates.get("b") is None
        cache.templates.put("a", b"3")
        assert cache.templates.get("a") == b"3"


def test_the_oldest_of_too_many_templates_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "MOST_TEMPLATES", 2)
    with open_cache(None) as cache:
        for key in ("a", "b", "a", "c"):
            cache.templates.put(key, key.encode())
        assert [cache.templates.get(key) for key in "abc"] == [b"a", None, b"c"]


def test_a_template_is_not_put_while_another_process_writes(site: Site) -> None:
    with open_cache(site.cache) as cache:
        cache.settle()
        location = cache.location
        assert location
        other = database.Cache(reopen(location.file))
        with cache.transaction():
            other.templates.put("a", b"1")
        assert other.templates.get("a") is None
        other.templates.put("a", b"1")
        other.close()
        assert cache.templates.get("a") == b"1"


# A new cache takes the place of the old one


def databases(site: Site) -> list[str]:
    """The names of all files of databases in the cache."""
    return sorted(file.name for file in Path(site.cache.folder).iterdir() if ".sqlite" in file.name)


def assert_tidy(site: Site) -> None:
    """There is one database, which the pointer names, and it is undamaged."""
    assert databases(site) == [site.database.name]
    with contextlib.closing(sqlite3.connect(site.database)) as found:
        assert found.execute("PRAGMA integrity_check").fetchone() == ("ok",)


WRITE_AND_DIE = """
import os, sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.execute("UPDATE renderings SET html = '<p>old</p>'")
if sys.argv[2] == "another":
    database.execute("UPDATE about SET value = 'another' WHERE name = 'version'")
database.commit()
os.kill(os.getpid(), 9)
"""


def write_and_die(site: Site, version: str) -> str:
    """Change the cache in a process that is killed, so that its write-ahead log stays; return the database's name."""
    done = subprocess.run([sys.executable, "-c", WRITE_AND_DIE, str(site.database), version])
    assert done.returncode == -signal.SIGKILL
    log = site.database.with_name(f"{site.database.name}-wal")
    assert log.stat().st_size > 0
    return site.database.name


def test_an_upgrade_after_a_kill_begins_with_a_new_file(site: Site) -> None:
    site.post()
    assert site.build().err == ""
    old = write_and_die(site, "another")
    Path(site.cache.folder, "cache.sqlite").write_text("that of an older version")
    Path(site.cache.folder, "cache.sqlite-wal").write_text("and its log")
    site.post(title="Other")
    assert site.build().err == ""
    assert site.tree() == cold(site)
    assert site.database.name != old
    assert_tidy(site)
    site.post(title="Third")
    assert site.build().err == ""
    assert site.tree() == cold(site)


def test_what_stays_in_the_log_after_a_kill_is_used_only_if_it_is_undamaged(site: Site) -> None:
    site.post()
    assert site.build().err == ""
    write_and_die(site, "this")
    site.post("2025-04-15-second.md", title="Second")
    site.build()
    assert site.tree() == cold(site)
    assert site.build().err == ""
    assert site.tree() == cold(site)
    assert_tidy(site)


def test_whoever_has_the_old_cache_open_goes_on_with_it(site: Site) -> None:
    site.post()
    with mock.patch("dateline.cache.sqlite.versions", return_value="another"), open_cache(site.cache) as old:
        old.set_metadata("a", "1")
    before = site.database
    with contextlib.ExitStack() as stack:
        with mock.patch("dateline.cache.sqlite.versions", return_value="another"):
            old = stack.enter_context(open_cache(site.cache))
        assert site.build().err == ""
        assert site.database != before
        assert before.name in databases(site), "somebody uses it"
        assert old.metadata("a") == "1"
        old.set_metadata("a", "2")
        closed = Path(site.cache.closed).read_text()
    assert Path(site.cache.closed).read_text() == closed != "", "that of the new one"
    assert_tidy(site)
    site.post(title="Other")
    assert site.build().err == ""
    assert site.tree() == cold(site)


def test_a_connection_of_another_program_to_the_old_cache_meets_nothing_new(site: Site) -> None:
    site.post()
    assert site.build().err == ""
    with contextlib.closing(sqlite3.connect(site.database, isolation_level=None)) as other:
        other.execute("UPDATE about SET value = 'another' WHERE name = 'version'")
        other.execute("BEGIN")
        assert other.execute("SELECT count(*) FROM posts").fetchone() == (1,)
        site.post("2025-04-15-second.md", title="Second")
        assert site.build().err == ""
        assert other.execute("SELECT count(*) FROM posts").fetchone() == (1,)
        other.execute("COMMIT")
        other.execute("DELETE FROM posts")
    assert_tidy(site)
    with open_cache(site.cache) as cache:
        assert cache.posts.count() == 2


def test_two_new_caches_are_filled_at_once_and_the_last_one_stays(site: Site) -> None:
    with open_cache(site.cache) as first:
        first.set_metadata("a", "1")
        with open_cache(site.cache) as second:
            second.set_metadata("a", "2")
            assert len(databases(site)) == 2
        assert len(databases(site)) == 2, "the first one is still being filled"
        first.set_metadata("b", "1")
        with open_cache(site.cache) as third:
            assert third.metadata("a") == "2"
    assert_tidy(site)
    with open_cache(site.cache) as last:
        assert (last.metadata("a"), last.metadata("b")) == ("1", "1")


def test_two_builds_at_once_without_a_cache_both_work(site: Site) -> None:
    with_posts(site, 8)
    builds = [begin(site, "--output", name) for name in ("public", "other")]
    for process in builds:
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
    assert site.tree() == cold(site)
    site.public = site.root / "other"
    assert site.tree() == cold(site)
    assert_tidy(site)


def test_what_was_committed_before_an_interrupt_is_kept(site: Site) -> None:
    with contextlib.suppress(KeyboardInterrupt), open_cache(site.cache) as cache:
        with cache.transaction():
            cache.set_metadata("a", "1")
        with cache.transaction():
            cache.set_metadata("a", "2")
            raise KeyboardInterrupt
    assert_tidy(site)
    with open_cache(site.cache) as cache:
        assert cache.metadata("a") == "1"


def test_a_new_cache_that_is_damaged_is_not_kept(site: Site) -> None:
    with pytest.raises(sqlite3.DatabaseError), open_cache(site.cache) as cache:
        cache._connection.execute("SELECT 1 FROM nothing")
    assert databases(site) == []
    assert not os.path.exists(site.cache.pointer)


KILLED = """
import os
from dateline import render
from dateline.cli import fastpath
real, posts = render.render, []
def last(*arguments, **options):
    posts.append(1)
    return real(*arguments, **options) if len(posts) < 28 else os.kill(os.getpid(), 9)
render.render = last
fastpath.run()
"""


def test_a_killed_build_loses_its_new_cache_and_nothing_else(site: Site) -> None:
    with_posts(site, 30)
    for _ in range(2):
        process = begin(site, "--jobs", "1", command=[sys.executable, "-c", KILLED, "build"])
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert not os.path.exists(site.cache.pointer)
        assert len(databases(site)) == 1, "the next build removes what the one before has left"
    assert site.build().err == ""
    assert site.tree() == cold(site)
    assert_tidy(site)


@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 5000, b"../{}", b"/{}", b"cache.closed", b"{}\n\n", b"{}-wal", b"cache-0123456789abcdef.sqlite\n"],
    ids=["empty", "large", "a path", "from the root", "another file", "lines", "a log", "a file that is missing"],
)
def test_a_damaged_pointer_names_no_cache(site: Site, content: bytes) -> None:
    site.post()
    assert site.build().err == ""
    old = site.database.name
    Path(site.cache.pointer).write_bytes(content.replace(b"{}", old.encode()))
    site.post(title="Other")
    assert site.build().err == ""
    assert site.tree() == cold(site)
    assert site.database.name != old
    assert_tidy(site)


def test_a_temporary_cache_for_which_there_is_no_room_is_an_error(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with_posts(site, 40)
    (site.root / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(site.root / "tmp"))
    process = begin(site, "--jobs", "1", "--no-cache", command=limited("RLIMIT_FSIZE, (60000, 60000)"))
    _, err = process.communicate()
    problem = "no temporary file can be written there: disk I/O error"
    remedy = "make room, or name another folder with TMPDIR"
    assert (process.returncode, err) == (1, f"error: {site.root / 'tmp'}: {problem}; {remedy}\n")
    assert not any((site.root / "tmp").iterdir())


def test_a_worker_that_still_reads_delays_nothing_and_loses_nothing(site: Site) -> None:
    with open_jobs(2) as jobs:
        with open_cache(site.cache) as cache:
            cache.settle()
            location = cache.location
            assert location
            cache.set_metadata("a", "1")
            list(map_in_order(jobs.executor(worthwhile=True), read_elsewhere, [(location, "k")] * 4))
            cache.set_metadata("a", "2")
        assert site.database == Path(location.file)
        with open_cache(site.cache) as cache:
            assert cache.metadata("a") == "2"
            assert cache.templates.get("k") == b"k"
    with open_cache(site.cache) as cache:
        assert cache.metadata("a") == "2"
    assert_tidy(site)


def test_everything_that_belongs_to_a_post_goes_with_it(site: Site) -> None:
    """Else the next post that gets its number would have it."""
    site.write("feed.toml", EVERYTHING)
    site.post("2025-04-14-a.md", "[b](2025-04-15-b.md) Text.\n", title="A", tags="[x]")
    site.post("2025-04-15-b.md", title="B")
    site.post("2025-04-16-c.md", title="C, which nobody may see", draft="true")
    assert site.build().err == ""
    before = owners(site)
    assert set(before) == {"posts", "labels", "link_keys", "renderings", "dependencies", "hidden_posts", "post_texts"}
    for name in ("2025-04-14-a.md", "2025-04-16-c.md"):
        (site.posts / name).unlink()
    assert site.build("--accept").code == 0
    after = owners(site)
    assert len(after["posts"]) == 1
    for table in before:
        assert before[table] - after["posts"], table
        assert after[table] <= after["posts"], table


def owners(site: Site) -> dict[str, set[int]]:
    """The numbers of the posts that tables have rows of."""
    with contextlib.closing(sqlite3.connect(site.database)) as found:
        tables = [name for (name,) in found.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = {table: {row[1] for row in found.execute(f"PRAGMA table_info({table})")} for table in tables}
        named = {table: "number" for table in tables if "number" in columns[table]} | {"post_texts": "owner"}
        return {
            table: {number for (number,) in found.execute(f"SELECT {column} FROM {table}")}
            for table, column in named.items()
        }
