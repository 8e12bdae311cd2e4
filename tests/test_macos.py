"""What differs on macOS, as far as Linux can stand in for it: test_robust has processes, and test_output copies."""

import errno
import os
import sys
from pathlib import Path
from typing import Any, NoReturn
from unicodedata import normalize

import pytest
from conftest import PAGES, Site

from dateline import paths, system
from dateline.fileio import NotRegularError, read_regular
from dateline.parallel import cores
from dateline.render.limits import memory_limit


def test_own_files_are_in_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATELINE_CACHE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "darwin")
    cache = paths.cache_paths("posts")
    assert cache
    assert cache.base == f"{tmp_path}/Library/Caches"
    assert paths.config_home() == f"{tmp_path}/Library/Application Support"


def test_names_that_the_file_system_decomposes_give_the_same_ids_addresses_and_links(tmp_path: Path) -> None:
    trees = []
    for form in ("NFC", "NFD"):
        site = Site(tmp_path / form)
        site.write("feed.toml", PAGES)
        site.post(normalize(form, "2025-04-14-café.md"), title="Café", tags='["Café"]')
        site.post(normalize(form, "日記/2025-04-15-ガ.md"), "[Café](../2025-04-14-café.md)\n", title="Diary")
        done = site.build("--no-cache")
        assert done.code == 0, done
        trees.append({path: content for path, content in site.tree().items() if not path.endswith(".dateline.json")})
    assert trees[0] == trees[1]
    assert len(trees[0]) > 10


def test_without_a_list_of_processors_all_of_them_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    assert cores() == os.cpu_count()


def test_where_no_file_says_how_much_memory_is_in_use_none_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    def missing(path: str, *_: Any) -> NoReturn:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)

    before = resource.getrlimit(resource.RLIMIT_AS)
    monkeypatch.setattr(system, "open", missing, raising=False)
    with memory_limit():
        assert resource.getrlimit(resource.RLIMIT_AS) == before
    monkeypatch.undo()
    with memory_limit():
        assert resource.getrlimit(resource.RLIMIT_AS) != before
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_a_socket_is_no_file_whatever_the_system_calls_that(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(path: str, *_: Any) -> NoReturn:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP), path)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(NotRegularError):
        read_regular(tmp_path / "socket")
