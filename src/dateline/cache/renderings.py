"""What was made of the texts of posts, and read of the files that they name, under keys of what it was made from."""

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dateline.cache.connection import Damaged, Drawer
from dateline.cache.rows import Values
from dateline.cache.serialize import encode, seal
from dateline.model import Reference, Rendering

KEEP = """
    INSERT OR REPLACE INTO renderings
    (number, key, html, "references", summary, dropped, note, seal, urls, media, attached)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


class Measured(NamedTuple):
    """What was read of a file, of one `kind` of things that can be, when it had this stamp."""

    path: str
    kind: str
    stamp: str
    found: Sequence[int | None]


class Renderings(Drawer):
    """Renderings, by the number of the post and the key of its text."""

    def get(self, number: int, key: str) -> Rendering | None:
        """The rendering, under this key, of a post. Raises CatalogueError."""
        row = self._connection.first(
            """
            SELECT seal, html, "references", summary, dropped, note FROM renderings
            WHERE number = :number AND key = :key
            """,
            number=number,
            key=key,
        )
        if row is None:
            return None
        sealed, html, references, summary, dropped, note = row
        if sealed != seal(html, references, summary, dropped, note):
            raise Damaged
        try:
            found = tuple(Reference(*item) for item in json.loads(references))
            return Rendering(html, found, summary, tuple(json.loads(dropped)), note)
        except (ValueError, TypeError):
            raise Damaged from None

    def keep(self, renderings: Iterable[tuple[int, str, Rendering]]) -> None:
        """Keep renderings, each with number and key, of posts that have no entries."""
        self._connection.executemany(KEEP, [row_of(*rendering, "[]", "[]", "") for rendering in renderings])


def row_of(number: int, key: str, rendering: Rendering, urls: str, media: str, attached: str) -> Values:
    """A rendering as it is kept, with what the entry adds to it."""
    html, references, summary, dropped, note = rendering
    kept = (html, encode(references), summary, encode(dropped), note)
    return (number, key, *kept, seal(*kept), urls, media, attached)


class MeasuredFiles(Drawer):
    """What was read of files."""

    def get(self, path: str, kind: str, stamp: str) -> list[int | None] | None:
        """What was read of a file when it had this stamp."""
        row = self._connection.first(
            "SELECT found FROM measures WHERE path = :path AND kind = :kind AND stamp = :stamp",
            path=path,
            kind=kind,
            stamp=stamp,
        )
        return json.loads(row[0]) if row else None

    def keep(self, measured: Iterable[Measured]) -> None:
        """Keep what was read of files."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO measures VALUES (?, ?, ?, ?)",
            [(*one[:3], encode(one.found)) for one in measured],
        )
