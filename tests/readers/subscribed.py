"""Readers that subscribed before an edit: what they have, and what they take for new or changed when they update."""

import os
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import reader

from readers.conftest import Server, program


class Seen(NamedTuple):
    """What an update brought, by ids: entries that are new, that changed, and that the feed holds no more.

    A reader keeps those: what they are is known by what somebody gets who subscribes only now.
    """

    new: set[str]
    changed: set[str]
    gone: set[str]


class Reader:
    """The package `reader`, subscribed to documents of one server."""

    def __init__(self, server: Server, names: Sequence[str]) -> None:
        self.server, self.names = server, names
        self.reader = reader.make_reader(":memory:")
        self.reader.after_entry_update_hooks.append(self._meet)
        self._met: list[tuple[str, str]] = []
        for name in names:
            self.reader.add_feed(server.url + name)

    def update(self) -> dict[str, Seen | None]:
        """What each document brings; None where it cannot be had any more."""
        return {name: self._update(self.server.url + name) for name in self.names}

    def ids(self, name: str) -> set[str]:
        """The entries that it has of a document."""
        return {entry.id for entry in self.reader.get_entries(feed=self.server.url + name)}

    def close(self) -> None:
        self.reader.close()

    def _meet(self, _: reader.Reader, entry: Any, status: reader.EntryUpdateStatus) -> None:
        self._met.append((entry.id, status.value))

    def _update(self, url: str) -> Seen | None:
        self._met.clear()
        name = url.removeprefix(self.server.url)
        had = self.ids(name)
        try:
            self.reader.update_feed(url)
        except reader.ParseError:
            return None
        new, changed = ({id for id, status in self._met if status == what} for what in ("new", "modified"))
        return Seen(new, changed, had and had - self._in_the_document(url))

    def _in_the_document(self, url: str) -> set[str]:
        with reader.make_reader(":memory:") as newcomer:
            newcomer.add_feed(url)
            newcomer.update_feed(url)
            return {entry.id for entry in newcomer.get_entries()}


class Newsboat:
    """newsboat, subscribed to one document of a server, in a folder of its own."""

    _ITEMS = "SELECT guid, title, author, url, pubDate, content FROM rss_item WHERE NOT deleted"

    def __init__(self, server: Server, name: str, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "urls").write_text(f"{server.url}{name}\n", "utf-8")
        (folder / "config").write_text("", "utf-8")
        self._had: dict[str, tuple[Any, ...]] = {}

    def update(self) -> Seen:
        """What differs in its cache after a reload."""
        ran = subprocess.run(
            [program("newsboat"), "-u", "urls", "-c", "cache.db", "-C", "config", "-x", "reload"],
            cwd=self.folder,
            env={**os.environ, "HOME": str(self.folder), "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ran.returncode == 0, ran
        with closing(sqlite3.connect(self.folder / "cache.db")) as cache:
            has = {guid: tuple(rest) for guid, *rest in cache.execute(self._ITEMS)}
        had, self._had = self._had, has
        changed = {id for id in had.keys() & has.keys() if had[id] != has[id]}
        return Seen(has.keys() - had.keys(), changed, had.keys() - has.keys())
