"""Post files as they were scanned: what is put into the catalogue."""

from collections.abc import Collection, Sequence

from dateline.cache.connection import Drawer
from dateline.cache.rows import COLUMNS, Before, Row
from dateline.cache.schema import INDEXES
from dateline.cache.serialize import post_of
from dateline.cache.sql import listed

_PART = COLUMNS.index("part")
_TOUCH = "INSERT OR REPLACE INTO files VALUES (?, ?)"
_PUT = f"""
    INSERT INTO posts ({", ".join(COLUMNS)}) VALUES ({", ".join("?" for _ in COLUMNS)})
    ON CONFLICT (path, part) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in COLUMNS)}, shown = NULL
"""
_LABEL = """
    INSERT OR IGNORE INTO labels (number, kind, slug, name, folded) SELECT number, ?, ?, ?, ? FROM posts
    WHERE path = ? AND part = ''
"""
_UNLABEL = "DELETE FROM labels WHERE number = (SELECT number FROM posts WHERE path = ? AND part = '')"
_UNNOTE = "DELETE FROM posts WHERE path = ? AND part != '' AND part NOT IN (SELECT value FROM json_each(?))"


class Files(Drawer):
    """Post files, by path: the stamp of each, and its post."""

    def stamps(self) -> dict[str, str]:
        """The stamp of each post file; an empty one where it could not tell of a later edit."""
        return dict(self._connection.rows("SELECT path, stamp FROM files"))

    def before(self, paths: Collection[str]) -> dict[str, Before]:
        """What is known of post files from the last time that they were read."""
        rows = self._connection.rows(
            """
            SELECT path, key, head_key, fields FROM posts
            WHERE part = '' AND path IN (SELECT value FROM json_each(:paths))
            """,
            paths=listed(paths),
        )
        return {path: Before(key, head_key, post_of(fields)) for path, key, head_key, fields in rows}

    def put(self, rows: Sequence[Row], known: Collection[str]) -> None:
        """Keep what post files say; of `known` paths, in place of what they said before."""
        relabelled = [row for row in rows if row.labels is not None]
        self._connection.executemany(_UNLABEL, [(row.path,) for row in relabelled if row.path in known])
        self._connection.executemany(_TOUCH, [(row.path, row.stamp) for row in rows])
        self._connection.executemany(_PUT, [row.values for row in rows])
        self._connection.executemany(_LABEL, [(*label, row.path) for row in relabelled for label in row.labels or ()])
        self._put_notes([row for row in rows if row.notes is not None], known)

    def _put_notes(self, rows: Sequence[Row], known: Collection[str]) -> None:
        kept = [(row.path, listed([values[_PART] for values in row.notes or ()])) for row in rows if row.path in known]
        self._connection.executemany(_UNNOTE, kept)
        self._connection.executemany(_PUT, [values for row in rows for values in row.notes or ()])

    def touch(self, path: str, stamp: str) -> None:
        """Keep the new stamp of a file."""
        self._connection.execute(_TOUCH, (path, stamp))

    def forget(self, path: str) -> None:
        """Drop a post file that is gone, or can no longer be read."""
        for table in ("files", "posts"):
            self._connection.execute(f"DELETE FROM {table} WHERE path = ?", (path,))

    def index(self) -> None:
        """Have the indexes that queries go by, which are made sooner when most rows are there already."""
        for index in INDEXES.split(";"):
            self._connection.execute(index)
