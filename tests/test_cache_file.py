"""The file of a cache: how other processes open it, how a new one is filled, and what becomes of old ones."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Site

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
