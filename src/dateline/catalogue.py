"""What every post of a publication says, in one SQLite file. The one fence around sqlite3.

It is disposable: it saves time, and holds nothing that the posts do not say. Selection is SQL over indexed
columns, so that a feed costs what its entries cost, however many posts there are.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from dateline.model import Author, Post
from dateline.reading.sources import Stat
from dateline.render import Reference, Rendering

Error = sqlite3.Error

_SCHEMA = """
    CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE posts (
        path TEXT PRIMARY KEY,
        size INTEGER, mtime_ns INTEGER, ctime_ns INTEGER, mode INTEGER, inode INTEGER,
        key TEXT NOT NULL,
        id TEXT NOT NULL, atom_id TEXT NOT NULL, url TEXT NOT NULL, title TEXT NOT NULL,
        published TEXT NOT NULL, updated TEXT NOT NULL, due TEXT NOT NULL, timed INTEGER NOT NULL,
        summary TEXT, authors TEXT NOT NULL, tags TEXT NOT NULL, language TEXT NOT NULL,
        draft INTEGER NOT NULL, link TEXT,
        published_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, due_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX posts_newest ON posts (published_at DESC, id) WHERE NOT draft;
    CREATE INDEX posts_due ON posts (due_at) WHERE NOT draft;
    CREATE INDEX posts_updated ON posts (updated_at) WHERE NOT draft;
    CREATE INDEX posts_id ON posts (id);
    CREATE INDEX posts_atom_id ON posts (atom_id);
    CREATE INDEX posts_url ON posts (url);
    CREATE TABLE renderings (
        path TEXT PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
        key TEXT NOT NULL, html TEXT NOT NULL, "references" TEXT NOT NULL, summary TEXT NOT NULL, dropped TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE outputs (
        folder TEXT NOT NULL, path TEXT NOT NULL, key TEXT NOT NULL,
        size INTEGER, mtime_ns INTEGER, ctime_ns INTEGER, mode INTEGER, inode INTEGER,
        PRIMARY KEY (folder, path)
    ) WITHOUT ROWID;
"""
_STAT = "size, mtime_ns, ctime_ns, mode, inode"
_POST = "path, id, url, title, published, updated, due, timed, summary, authors, tags, language, draft, link"
_COLUMNS = [*_POST.split(", "), *_STAT.split(", "), "atom_id", "key", "published_at", "updated_at", "due_at"]
_PUT = f"""
    INSERT INTO posts ({", ".join(_COLUMNS)}) VALUES ({", ".join(":" + name for name in _COLUMNS)})
    ON CONFLICT (path) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)}
"""
_OUT = "NOT draft AND due_at <= ?"


@contextmanager
def open_catalogue(file: Path | None, version: str) -> Iterator["Catalogue"]:
    """The catalogue in `file`, or one in memory. One that another version wrote is begun anew. Raises Error."""
    if file is not None:
        _make_folder(file.parent)
    with closing(_connect(file, version)) as connection:
        yield Catalogue(connection)


def discard(file: Path, error: Error) -> None:
    """Remove a catalogue that is broken; one that is locked, or on a full disk, may serve again."""
    if isinstance(error, sqlite3.OperationalError):
        return
    for suffix in ("", "-wal", "-shm"):
        try:
            Path(f"{file}{suffix}").unlink(missing_ok=True)
        except OSError:
            return


def _make_folder(folder: Path) -> None:
    try:
        if not folder.is_dir():
            folder.mkdir()
            (folder / ".gitignore").write_text("*\n")
    except OSError as error:
        raise sqlite3.OperationalError(f"{folder}: {error.strerror}") from None


def _connect(file: Path | None, version: str) -> sqlite3.Connection:
    connection = sqlite3.connect(file or ":memory:", timeout=10, isolation_level=None)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("BEGIN IMMEDIATE")
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        about = dict(connection.execute("SELECT name, value FROM about")) if "about" in tables else {}
        if about.get("version") != version:
            for table in tables:
                connection.execute(f'DROP TABLE "{table}"')
            for statement in filter(str.strip, _SCHEMA.split(";")):
                connection.execute(statement)
            connection.execute("INSERT INTO about VALUES ('version', ?)", (version,))
        connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


class Catalogue:
    """Posts, renderings and outputs, by their keys. Whatever it answers was put in under the same key."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is put in here, or nothing."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def about(self, name: str) -> str | None:
        """A fact about the last scan."""
        row = self._connection.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def note(self, name: str, value: str) -> None:
        """Keep a fact about this scan."""
        self._connection.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))

    def stats(self) -> dict[str, tuple[Stat, str]]:
        """The stat and the key under which each post file was last read."""
        rows = self._connection.execute(f"SELECT path, key, {_STAT} FROM posts")
        return {path: (Stat(*stat), key) for path, key, *stat in rows}

    def put(self, post: Post, atom_id: str, stat: Stat, key: str) -> None:
        """Keep what a post file says, and the id that it has in Atom."""
        row = {**_row(post), **stat._asdict(), "atom_id": atom_id, "key": key}
        self._connection.execute(_PUT, row)

    def touch(self, path: str, stat: Stat) -> None:
        """Keep the new stat of a file whose bytes are the same."""
        self._connection.execute(f"UPDATE posts SET ({_STAT}) = (?, ?, ?, ?, ?) WHERE path = ?", (*stat, path))

    def forget(self, path: str) -> None:
        """Drop a post file that is gone, or can no longer be read."""
        self._connection.execute("DELETE FROM posts WHERE path = ?", (path,))

    def count(self) -> int:
        """How many post files there are, drafts and held ones too."""
        return int(self._connection.execute("SELECT count(*) FROM posts").fetchone()[0])

    def key(self, path: str) -> str | None:
        """The key under which the post at `path` was last read."""
        row = self._connection.execute("SELECT key FROM posts WHERE path = ?", (path,)).fetchone()
        return row[0] if row else None

    def all(self) -> list[Post]:
        """Every post, in the order of paths."""
        return list(self._posts("ORDER BY path"))

    def at(self, path: str) -> Post | None:
        """The post that `path` holds."""
        return next(self._posts("WHERE path = ?", path), None)

    def newest(self, now: datetime, limit: int) -> list[Post]:
        """The newest posts that are out, ties broken by id."""
        return list(self._posts(f"WHERE {_OUT} ORDER BY published_at DESC, id LIMIT ?", now.timestamp(), limit))

    def is_out(self, id: str, now: datetime) -> bool:
        """Whether a published post has this id, in Atom or elsewhere."""
        return any(self._posts(f"WHERE {_OUT} AND (id = ? OR atom_id = ?)", now.timestamp(), id, id))

    def next_due(self, now: datetime) -> Post | None:
        """The held post that comes out first."""
        return next(self._posts("WHERE NOT draft AND due_at > ? ORDER BY due_at, id LIMIT 1", now.timestamp()), None)

    def updated_after(self, now: datetime) -> list[Post]:
        """The posts that are out and say that they changed later than now."""
        return list(self._posts(f"WHERE {_OUT} AND updated_at > ? ORDER BY path", now.timestamp(), now.timestamp()))

    def clashes(self, column: str) -> list[list[Post]]:
        """Posts that share what no two may share: their ``atom_id`` or their ``url``."""
        shared = self._connection.execute(f"SELECT {column} FROM posts GROUP BY {column} HAVING count(*) > 1")
        return [list(self._posts(f"WHERE {column} = ? ORDER BY path", *row)) for row in shared.fetchall()]

    def rendering(self, path: str, manner: str) -> Rendering | None:
        """The rendering, made in this manner, of what the post at `path` says now."""
        row = self._connection.execute(
            'SELECT html, "references", renderings.summary, dropped FROM renderings JOIN posts USING (path)'
            " WHERE path = ? AND renderings.key = posts.key || ?",
            (path, manner),
        ).fetchone()
        if row is None:
            return None
        html, references, summary, dropped = row
        found = tuple(Reference(*item) for item in json.loads(references))
        return Rendering(html, found, summary, tuple(json.loads(dropped)))

    def keep_rendering(self, path: str, manner: str, rendering: Rendering) -> None:
        """Keep a rendering in place of the last one of that post."""
        references = json.dumps([(reference.target, reference.embeds) for reference in rendering.references])
        self._connection.execute(
            "INSERT OR REPLACE INTO renderings SELECT path, key || ?, ?, ?, ?, ? FROM posts WHERE path = ?",
            (manner, rendering.html, references, rendering.summary, json.dumps(rendering.dropped), path),
        )

    def outputs(self, folder: str) -> dict[str, tuple[str, Stat]]:
        """Under which key each file of an output folder was written, and its stat since."""
        rows = self._connection.execute(f"SELECT path, key, {_STAT} FROM outputs WHERE folder = ?", (folder,))
        return {path: (key, Stat(*stat)) for path, key, *stat in rows}

    def keep_outputs(self, folder: str, outputs: dict[str, tuple[str, Stat]]) -> None:
        """Keep what an output folder holds now."""
        with self.transaction():
            self._connection.execute("DELETE FROM outputs WHERE folder = ?", (folder,))
            self._connection.executemany(
                "INSERT INTO outputs VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                ((folder, path, key, *stat) for path, (key, stat) in outputs.items()),
            )

    def _posts(self, where: str, *values: Any) -> Iterator[Post]:
        for row in self._connection.execute(f"SELECT {_POST} FROM posts {where}", values):
            yield _post(*row)


def _row(post: Post) -> dict[str, Any]:
    row = {name: getattr(post, name) for name in _POST.split(", ")}
    return row | {
        "published": post.published.isoformat(),
        "updated": post.updated.isoformat(),
        "due": post.due.isoformat(),
        "authors": json.dumps([(author.name, author.email, author.url) for author in post.authors]),
        "tags": json.dumps(post.tags),
        "published_at": int(post.published.timestamp()),
        "updated_at": int(post.updated.timestamp()),
        "due_at": int(post.due.timestamp()),
    }


def _post(
    path: str,
    id: str,
    url: str,
    title: str,
    published: str,
    updated: str,
    due: str,
    timed: int,
    summary: str | None,
    authors: str,
    tags: str,
    language: str,
    draft: int,
    link: str | None,
) -> Post:
    return Post(
        path=path,
        id=id,
        url=url,
        title=title,
        published=datetime.fromisoformat(published),
        updated=datetime.fromisoformat(updated),
        due=datetime.fromisoformat(due),
        timed=bool(timed),
        summary=summary,
        authors=tuple(Author(*author) for author in json.loads(authors)),
        tags=tuple(json.loads(tags)),
        language=language,
        draft=bool(draft),
        link=link,
    )
