"""What every post of a publication says, in one SQLite file. The one fence around sqlite3.

It is disposable: it saves time, and holds nothing that the posts do not say. Selection is SQL over indexed
columns, so that a feed costs what its entries cost, however many posts there are.
"""

import json
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from dateline.model import (
    Attached,
    Author,
    Enclosure,
    Entry,
    Episode,
    Medium,
    Note,
    Picture,
    Post,
    Reference,
    Rendering,
    Transcript,
    Withdrawal,
)
from dateline.reading.files import make_cache, stamp_of

Error = sqlite3.Error


class Damaged(sqlite3.DatabaseError):
    """What the catalogue holds is not what was put into it."""

    def __init__(self, *_: object) -> None:  # made again where it comes from another process
        super().__init__("it is damaged")


# Where a row is shown: in the main feed, in that of corrections alone, in none; or it was withdrawn, and is in none.
_MAIN, _ASIDE, _DRAFT, _WITHDRAWN = range(4)
_SCHEMA = """
    CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE files (path TEXT PRIMARY KEY, stamp TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE posts (
        number INTEGER PRIMARY KEY,
        path TEXT NOT NULL, part TEXT NOT NULL, key TEXT NOT NULL, head_key TEXT NOT NULL, text_key TEXT NOT NULL,
        id TEXT NOT NULL, atom_id TEXT NOT NULL, url TEXT NOT NULL, canonical_url TEXT NOT NULL,
        place INTEGER NOT NULL, day TEXT NOT NULL, aliases TEXT NOT NULL,
        published_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, due_at INTEGER NOT NULL,
        shown INTEGER,
        fields TEXT NOT NULL, seal INTEGER NOT NULL,
        UNIQUE (path, part)
    );
    CREATE TABLE labels ( -- in the order of the key, lest SQLite 3.40 take the others for NULL when it looks through
        kind TEXT NOT NULL, slug TEXT NOT NULL,
        number INTEGER NOT NULL REFERENCES posts ON DELETE CASCADE,
        folded TEXT NOT NULL, name TEXT NOT NULL,
        PRIMARY KEY (kind, slug, number, folded)
    ) WITHOUT ROWID;
    CREATE TABLE renderings (
        number INTEGER PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
        key TEXT NOT NULL, html TEXT NOT NULL, "references" TEXT NOT NULL, summary TEXT NOT NULL,
        dropped TEXT NOT NULL, note TEXT NOT NULL, seal INTEGER NOT NULL,
        urls TEXT NOT NULL DEFAULT '[]', media TEXT NOT NULL DEFAULT '[]', attached TEXT NOT NULL DEFAULT ''
    );
    CREATE TABLE measures ( -- what was read of a file that had this stamp
        path TEXT NOT NULL, kind TEXT NOT NULL, stamp TEXT NOT NULL, found TEXT NOT NULL,
        PRIMARY KEY (path, kind)
    ) WITHOUT ROWID;
    CREATE TABLE consulted (
        path TEXT NOT NULL, number INTEGER NOT NULL REFERENCES posts ON DELETE CASCADE,
        post TEXT, stamp TEXT NOT NULL,
        PRIMARY KEY (path, number)
    ) WITHOUT ROWID;
    CREATE TABLE outputs (
        folder TEXT NOT NULL, path TEXT NOT NULL, key TEXT NOT NULL, stamp TEXT NOT NULL,
        PRIMARY KEY (folder, path)
    ) WITHOUT ROWID;
    CREATE TABLE secrets ( -- what hidden posts say, and that no published post says it, under a key of the former
        number INTEGER PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
        key TEXT NOT NULL, title TEXT NOT NULL, kept TEXT NOT NULL, windows BLOB NOT NULL
    );
    CREATE TABLE blocks ( -- of what published posts say, by the key of what they show
        number INTEGER PRIMARY KEY REFERENCES posts ON DELETE CASCADE, shown INTEGER NOT NULL, blocks BLOB NOT NULL
    );
    CREATE TABLE texts (number INTEGER PRIMARY KEY REFERENCES posts ON DELETE CASCADE, text TEXT NOT NULL)
"""
# SQLite reads whole posts of its own accord where an index has all that is asked for, hence INDEXED BY in queries.
# Not kept up while a new catalogue is filled: to make them of all rows at once takes a fifth of the time.
_INDEXES = f"""
    CREATE INDEX IF NOT EXISTS posts_newest ON posts (published_at DESC, id) WHERE place = {_MAIN};
    CREATE INDEX IF NOT EXISTS posts_notes ON posts (published_at DESC, id) WHERE part != '';
    CREATE INDEX IF NOT EXISTS posts_withdrawn ON posts (updated_at DESC, id) WHERE place = {_WITHDRAWN};
    CREATE INDEX IF NOT EXISTS posts_out ON posts (due_at, published_at, id, day, shown) WHERE place = {_MAIN};
    CREATE INDEX IF NOT EXISTS posts_drafts ON posts (number) WHERE place = {_DRAFT};
    CREATE INDEX IF NOT EXISTS posts_number ON posts (number, place, due_at, shown);
    CREATE INDEX IF NOT EXISTS posts_updated ON posts (updated_at) WHERE updated_at > due_at OR place = {_WITHDRAWN};
    CREATE INDEX IF NOT EXISTS posts_aliases ON posts (path) WHERE aliases != '[]';
    CREATE INDEX IF NOT EXISTS posts_atom_id ON posts (atom_id);
    CREATE INDEX IF NOT EXISTS posts_url ON posts (url);
    CREATE INDEX IF NOT EXISTS labels_number ON labels (number);
    CREATE INDEX IF NOT EXISTS renderings_media ON renderings (number) WHERE media != '[]';
    CREATE INDEX IF NOT EXISTS consulted_number ON consulted (number)
"""
_COLUMNS = """
    path part key head_key text_key id atom_id url canonical_url place day aliases
    published_at updated_at due_at fields seal
""".split()
_PUT = f"""
    INSERT INTO posts ({", ".join(_COLUMNS)}) VALUES ({", ".join("?" for _ in _COLUMNS)})
    ON CONFLICT (path, part) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)}, shown = NULL
"""
_TOUCH = "INSERT OR REPLACE INTO files VALUES (?, ?)"
_LABEL = """
    INSERT OR IGNORE INTO labels (number, kind, slug, name, folded) SELECT number, ?, ?, ?, ? FROM posts
    WHERE path = ? AND part = ''
"""
_encode = json.JSONEncoder(ensure_ascii=False).encode
_KEEP = """
    INSERT OR REPLACE INTO renderings
    (number, key, html, "references", summary, dropped, note, seal, urls, media, attached)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_UNLABEL = "DELETE FROM labels WHERE number = (SELECT number FROM posts WHERE path = ? AND part = '')"
_UNNOTE = "DELETE FROM posts WHERE path = ? AND part != '' AND part NOT IN (SELECT value FROM json_each(?))"
_OUT = f"place = {_MAIN} AND due_at <= :now"
_OUT_SOMEWHERE = f"place < {_DRAFT} AND due_at <= :now"
_NEWEST_FIRST = "ORDER BY published_at DESC, id"
# What a link to a post leads to, as far as that post decides it.
_ANSWER = f"CASE WHEN place >= {_DRAFT} THEN 'kept out' WHEN due_at > :now THEN 'held' ELSE canonical_url END"


class Label(NamedTuple):
    """A subject or a person by which posts are collected; `folded` tells two that share a slug apart."""

    kind: str
    slug: str
    name: str
    folded: str


class Before(NamedTuple):
    """What was known of a post file: the key of all of it, that of what the post is made of, and the post."""

    key: str
    head_key: str
    post: Post


class Row(NamedTuple):
    """A post file as it was read, in the form in which it is kept: it is made in whatever process.

    `labels` and `notes`, the values of the items that its notes make, are None where they are as they were.
    """

    path: str
    stamp: str
    values: tuple[str | int, ...]
    labels: tuple[Label, ...] | None
    notes: tuple[tuple[str | int, ...], ...] | None


class Numbered(NamedTuple):
    """A post, its number in the catalogue, the keys of its file and of its text, and what it says as one text."""

    number: int
    key: str
    text_key: str
    fields: str
    post: Post


class Consulted(NamedTuple):
    """What a reference was looked up under: the answer of a post there, or None, and the stamp of a file."""

    path: str
    post: str | None
    stamp: str


class Kept(NamedTuple):
    """An entry as it is kept: what its post says and where references lead, as JSON, and HTML with slots for those."""

    number: int
    shown: int | None
    place: int
    due_at: int
    fields: str
    html: str
    summary: str
    note: str
    urls: str
    attached: str


# Puts addresses into the HTML of a rendering.
Fill = Callable[[str, Sequence[str]], str]


class Measured(NamedTuple):
    """What was read of a file, of one `kind` of things that can be, when it had this stamp."""

    path: str
    kind: str
    stamp: str
    found: Sequence[int | None]


class Made(NamedTuple):
    """An entry that was made: its rendering, which is None where that was kept before, and how it was resolved.

    `urls` and `media` are lists as JSON; `attached` is what `attached_text` makes.
    """

    number: int
    text_key: str
    rendering: Rendering | None
    urls: str
    media: str
    consulted: list[Consulted]
    shown: int | None
    attached: str = ""
    measured: Sequence[Measured] = ()


class Out(NamedTuple):
    """What others know of a post that is out. `day` is its date as written, `shown` all that its entry shows."""

    number: int
    path: str
    part: str
    title: str
    url: str
    canonical_url: str
    day: str
    updated_at: int
    shown: int | None

    @property
    def is_here(self) -> bool:
        """Whether it has a page of its own, in the output."""
        return not self.part and self.url == self.canonical_url


@contextmanager
def open_catalogue(file: Path | None, version: str) -> Iterator["Catalogue"]:
    """The catalogue in `file`, or one in memory. One that another version wrote is begun anew.

    One that was changed since it was last closed, or that was never closed, is looked through. Raises Error.
    """
    if file is None:
        with closing(_connect(None, version)) as connection:
            yield Catalogue(connection)
        return
    _make_folder(file.parent)
    mark = file.with_suffix(".closed")
    is_as_left = is_good = False
    with suppress(OSError):
        is_as_left = mark.read_text(errors="replace") == stamp_of(file) != ""
    try:
        with closing(_connect(file, version)) as connection:
            if not is_as_left:
                _look_through(connection)
            is_good = True
            yield Catalogue(connection)
    except Error:
        is_good = False
        raise
    except UnicodeDecodeError:
        if is_good:
            raise
        raise Damaged from None
    finally:
        with suppress(OSError):
            mark.write_text(stamp_of(file) if is_good else "")


def discard(file: Path, error: Error) -> None:
    """Remove a catalogue that is broken; one that is locked, or on a full disk, may serve again."""
    if isinstance(error, sqlite3.OperationalError):
        return
    for suffix in ("", "-wal", "-shm"):
        try:
            Path(f"{file}{suffix}").unlink(missing_ok=True)
        except OSError:
            return


def _look_through(connection: sqlite3.Connection) -> None:
    """Raise Damaged where something is not as it was put in. Renderings are looked at when they are used."""
    if connection.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
        raise Damaged
    # What was proven by what cannot be looked through is proven again.
    for table in ("secrets", "blocks", "texts"):
        connection.execute(f"DELETE FROM {table}")
    labels: dict[int, list[Label]] = {}
    for number, *label in connection.execute("SELECT number, kind, slug, name, folded FROM labels"):
        labels.setdefault(number, []).append(Label(*label))
    for number, sealed, *values in connection.execute(f"SELECT number, seal, {', '.join(_COLUMNS[:-1])} FROM posts"):
        if sealed != seal(*values, *sorted(labels.get(number, ()))):
            raise Damaged


def _make_folder(folder: Path) -> None:
    try:
        make_cache(folder)
    except OSError as error:
        raise sqlite3.OperationalError(f"{folder}: {error.strerror}") from None


def _connect(file: Path | None, version: str) -> sqlite3.Connection:
    connection = sqlite3.connect(file or ":memory:", timeout=10, isolation_level=None)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("BEGIN IMMEDIATE")
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        about = dict(connection.execute("SELECT name, value FROM about")) if "about" in tables else {}
        if about.get("version") != version:
            for table in tables:
                connection.execute(f'DROP TABLE "{table}"')
            for statement in _SCHEMA.split(";"):
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

    # Posts

    def stamps(self) -> dict[str, str]:
        """The stamp of each post file; an empty one where it could not tell of a later edit."""
        return dict(self._connection.execute("SELECT path, stamp FROM files"))

    def before(self, paths: Collection[str]) -> dict[str, Before]:
        """What is known of post files from the last time that they were read."""
        rows = self._connection.execute(
            """
            SELECT path, key, head_key, fields FROM posts
            WHERE part = '' AND path IN (SELECT value FROM json_each(?))
            """,
            (json.dumps(list(paths)),),
        )
        return {path: Before(key, head_key, _post(fields)) for path, key, head_key, fields in rows}

    def put(self, rows: Sequence[Row], known: Collection[str]) -> None:
        """Keep what post files say; of `known` paths, in place of what they said before."""
        relabelled = [row for row in rows if row.labels is not None]
        self._connection.executemany(_UNLABEL, [(row.path,) for row in relabelled if row.path in known])
        self._connection.executemany(_TOUCH, [(row.path, row.stamp) for row in rows])
        self._connection.executemany(_PUT, [row.values for row in rows])
        self._connection.executemany(_LABEL, [(*label, row.path) for row in relabelled for label in row.labels or ()])
        self._put_notes([row for row in rows if row.notes is not None], known)

    def _put_notes(self, rows: Sequence[Row], known: Collection[str]) -> None:
        kept = [(row.path, json.dumps([values[1] for values in row.notes or ()])) for row in rows if row.path in known]
        self._connection.executemany(_UNNOTE, kept)
        self._connection.executemany(_PUT, [values for row in rows for values in row.notes or ()])

    def index(self) -> None:
        """Have the indexes that queries go by, which are made sooner when most rows are there already."""
        for index in _INDEXES.split(";"):
            self._connection.execute(index)

    def touch(self, path: str, stamp: str) -> None:
        """Keep the new stamp of a file."""
        self._connection.execute(_TOUCH, (path, stamp))

    def forget(self, path: str) -> None:
        """Drop a post file that is gone, or can no longer be read."""
        for table in ("files", "posts"):
            self._connection.execute(f"DELETE FROM {table} WHERE path = ?", (path,))

    def count(self) -> int:
        """How many post files there are, drafts and held ones too."""
        return int(self._connection.execute("SELECT count(*) FROM posts WHERE part = ''").fetchone()[0])

    def all(self) -> list[Numbered]:
        """Every post, newest first, without the items that notes make."""
        return self._numbered(f"WHERE part = '' {_NEWEST_FIRST}")

    def at(self, path: str) -> Post | None:
        """The post that `path` holds."""
        return next((found.post for found in self._numbered("WHERE path = :path AND part = ''", path=path)), None)

    def of_id(self, atom_id: str) -> Post | None:
        """The post that has this id in Atom, be it out or not."""
        return next((found.post for found in self._numbered("WHERE atom_id = :id", id=atom_id)), None)

    def number_of(self, atom_id: str) -> int | None:
        """The number of the post that has this id in Atom."""
        row = self._connection.execute("SELECT number FROM posts WHERE atom_id = ?", (atom_id,)).fetchone()
        return row[0] if row else None

    def pages(self, now: datetime) -> set[str]:
        """The addresses at which published posts are to be read."""
        rows = self._connection.execute(f"SELECT canonical_url FROM posts WHERE {_OUT}", {"now": now.timestamp()})
        return {url for (url,) in rows}

    def next_due(self, now: datetime) -> Post | None:
        """The held post that comes out first."""
        where = f"WHERE place = {_MAIN} AND part = '' AND due_at > :now ORDER BY due_at, id LIMIT 1"
        return next((found.post for found in self._numbered(where, now=now.timestamp())), None)

    def updated_after(self, now: datetime) -> list[Post]:
        """The posts that are out and say that they changed later than now, and those that are withdrawn later."""
        # Of its own accord SQLite reads through all posts that are out.
        where = f"""
            INDEXED BY posts_updated WHERE (updated_at > due_at OR place = {_WITHDRAWN}) AND updated_at > :now
            AND (place = {_WITHDRAWN} OR {_OUT}) AND part = '' ORDER BY path
        """
        return [found.post for found in self._numbered(where, now=now.timestamp())]

    def clashes(self, column: str, paths: Collection[str] | None) -> list[list[Post]]:
        """Posts that share, among them or with one at `paths`, their ``atom_id`` or ``url``, which no two may."""
        theirs = f"SELECT {column} FROM posts WHERE path IN (SELECT value FROM json_each(:paths))"
        among = "" if paths is None else f"WHERE {column} IN ({theirs})"
        shared = self._connection.execute(
            f"SELECT {column} FROM posts {among} GROUP BY {column} HAVING count(*) > 1",
            {"paths": json.dumps(list(paths or ()))},
        )
        return [
            [found.post for found in self._numbered(f"WHERE {column} = :shared ORDER BY path", shared=value)]
            for (value,) in shared.fetchall()
        ]

    def shared_slugs(self) -> list[tuple[str, str]]:
        """Kind and slug of labels that differ and yet share a slug, whether or not their posts are out."""
        return self._connection.execute(
            "SELECT kind, slug FROM labels GROUP BY kind, slug HAVING min(folded) < max(folded)"
        ).fetchall()

    def names_of(self, kind: str, slug: str, now: datetime) -> list[tuple[str, str]]:
        """The names, of published posts, that share a slug, each with the path of a post."""
        return self._connection.execute(
            f"""
            SELECT name, min(path) FROM labels JOIN posts USING (number)
            WHERE kind = :kind AND slug = :slug AND {_OUT} GROUP BY folded ORDER BY 2, 1
            """,
            {"kind": kind, "slug": slug, "now": now.timestamp()},
        ).fetchall()

    def aliases(self, now: datetime) -> list[tuple[str, str, list[str]]]:
        """The posts that are out and had other addresses: path, address, and the paths of pages that lead there."""
        rows = self._connection.execute(
            f"""
            SELECT path, canonical_url, aliases FROM posts INDEXED BY posts_aliases
            WHERE aliases != '[]' AND {_OUT} ORDER BY path
            """,
            {"now": now.timestamp()},
        )
        return [(path, url, json.loads(aliases)) for path, url, aliases in rows]

    def owners(self, urls: Collection[str], now: datetime) -> dict[str, str]:
        """The paths of posts that are out, by those of their addresses that are among `urls`."""
        return dict(
            self._connection.execute(
                f"SELECT url, path FROM posts WHERE url IN (SELECT value FROM json_each(:urls)) AND {_OUT}",
                {"urls": json.dumps(list(urls)), "now": now.timestamp()},
            )
        )

    # Which posts go where

    def newest(self, now: datetime, limit: int) -> list[int]:
        """The numbers of the newest posts that are out, ties broken by id."""
        rows = self._connection.execute(
            f"SELECT number FROM posts WHERE {_OUT} {_NEWEST_FIRST} LIMIT :limit",
            {"now": now.timestamp(), "limit": limit},
        )
        return [number for (number,) in rows]

    def out(self, now: datetime) -> list[Out]:
        """Every post that is out, newest first."""
        rows = self._connection.execute(
            f"""
            SELECT number, path, part, json_extract(fields, '$[3]'), url, canonical_url, day, updated_at, shown
            FROM posts WHERE {_OUT} {_NEWEST_FIRST}
            """,
            {"now": now.timestamp()},
        )
        return list(map(Out._make, rows))

    def shown(self, numbers: Collection[int]) -> str:
        """All that the entries of posts show, as a key."""
        rows = self._connection.execute(
            f"SELECT shown FROM posts WHERE number IN (SELECT value FROM json_each(?)) {_NEWEST_FIRST}",
            (json.dumps(list(numbers)),),
        )
        return ",".join(str(shown) for (shown,) in rows)

    def as_they_came_out(self, now: datetime) -> list[tuple[int, str, int | None]]:
        """Every post that is out, in the order in which they came out: number, day as written, and what it shows."""
        return self._connection.execute(
            f"SELECT number, day, shown FROM posts INDEXED BY posts_out WHERE {_OUT} ORDER BY due_at, published_at, id",
            {"now": now.timestamp()},
        ).fetchall()

    def labels(self, now: datetime) -> list[tuple[str, str, str, int, str]]:
        """Labels of posts that are out, in order: kind, slug, name, how many posts, and all that those show."""
        return self._connection.execute(
            f"""
            SELECT kind, slug, min(name), count(*), group_concat(ifnull(shown, ''))
            FROM labels JOIN posts INDEXED BY posts_number USING (number)
            WHERE {_OUT} GROUP BY kind, slug ORDER BY kind, slug
            """,
            {"now": now.timestamp()},
        ).fetchall()

    def labelled(self, kind: str, slug: str, now: datetime, limit: int) -> list[int]:
        """The numbers of the newest posts under a label."""
        rows = self._connection.execute(
            f"""
            SELECT number FROM labels JOIN posts USING (number)
            WHERE kind = :kind AND slug = :slug AND {_OUT} {_NEWEST_FIRST} LIMIT :limit
            """,
            {"kind": kind, "slug": slug, "now": now.timestamp(), "limit": limit},
        )
        return [number for (number,) in rows]

    def corrections(self, now: datetime, limit: int) -> list[int]:
        """The numbers of the newest corrections and retractions of posts that are out."""
        rows = self._connection.execute(
            f"""
            SELECT number FROM posts INDEXED BY posts_notes WHERE part != '' AND {_OUT_SOMEWHERE}
            {_NEWEST_FIRST} LIMIT :limit
            """,
            {"now": now.timestamp(), "limit": limit},
        )
        return [number for (number,) in rows]

    def withdrawn(self, limit: int) -> list[tuple[str, Withdrawal]]:
        """The posts withdrawn last, of those that had been out: the id of each in Atom."""
        rows = self._connection.execute(
            f"""
            SELECT atom_id, fields FROM posts INDEXED BY posts_withdrawn
            WHERE place = {_WITHDRAWN} AND due_at <= updated_at ORDER BY updated_at DESC, id LIMIT ?
            """,
            (limit,),
        ).fetchall()
        found = [(atom_id, _post(fields).withdrawn) for atom_id, fields in rows]
        return [(atom_id, withdrawal) for atom_id, withdrawal in found if withdrawal]

    # Entries

    def forget_shown(self) -> None:
        """Have every entry made anew, from renderings where they still fit."""
        self._connection.execute("UPDATE posts SET shown = NULL")

    def forget_answers(self, now: datetime, stamps: Mapping[str, str]) -> None:
        """Have those entries made anew whose references lead elsewhere now. `stamps` are those of consulted files."""
        rows = self._connection.execute(
            f"""
            SELECT DISTINCT consulted.number FROM consulted
            LEFT JOIN posts ON posts.path = consulted.path AND posts.part = ''
            WHERE ifnull(CASE WHEN posts.path IS NOT NULL THEN {_ANSWER} END, '') != ifnull(consulted.post, '')
            """,
            {"now": now.timestamp()},
        ).fetchall()
        rows += [
            (number,)
            for number, path, stamp in self._connection.execute(
                """
                SELECT number, consulted.path, consulted.stamp FROM consulted CROSS JOIN posts USING (number)
                WHERE post IS NULL AND shown IS NOT NULL
                """
            )
            if stamps[path] != stamp
        ]
        self._connection.executemany("UPDATE posts SET shown = NULL WHERE number = ?", rows)

    def answer(self, path: str, now: datetime) -> str | None:
        """What a link to the post at `path` leads to: its address, ``kept out`` or ``held``; None where none is."""
        row = self._connection.execute(
            f"SELECT {_ANSWER} FROM posts WHERE path = :path AND part = ''", {"path": path, "now": now.timestamp()}
        ).fetchone()
        return row[0] if row else None

    def consulted_files(self) -> dict[str, str]:
        """Paths, under the folder of posts, that the references of entries were looked up under, and are no posts.

        Each with the stamp that it had, which is none of a file's where that could not tell of a later change.
        """
        return dict(
            self._connection.execute(
                """
                SELECT consulted.path, max(consulted.stamp) FROM consulted CROSS JOIN posts USING (number)
                WHERE post IS NULL AND shown IS NOT NULL GROUP BY consulted.path
                """
            )
        )

    def unmade(self, now: datetime, numbers: Collection[int] | None) -> list[int]:
        """The posts, of all that are out or of `numbers`, whose entries have to be made; newest first."""
        where, values = self._among(numbers)
        rows = self._connection.execute(
            f"""
            SELECT number FROM posts WHERE number IN (
                SELECT number FROM posts INDEXED BY posts_number WHERE shown IS NULL AND {where}
            ) {_NEWEST_FIRST}
            """,
            {"now": now.timestamp(), **values},
        )
        return [number for (number,) in rows]

    def get(self, numbers: Collection[int]) -> list[Numbered]:
        """Posts by their numbers, newest first."""
        among = "WHERE number IN (SELECT value FROM json_each(:numbers))"
        return self._numbered(f"{among} {_NEWEST_FIRST}", numbers=json.dumps(list(numbers)))

    def rendering(self, number: int, key: str) -> Rendering | None:
        """The rendering, under this key, of a post."""
        row = self._connection.execute(
            'SELECT seal, html, "references", summary, dropped, note FROM renderings WHERE number = ? AND key = ?',
            (number, key),
        ).fetchone()
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

    def keep_made(self, made: Sequence[Made]) -> None:
        """Keep entries in place of the last ones of those posts."""
        numbers = [(entry.number,) for entry in made]
        self._connection.executemany("DELETE FROM consulted WHERE number = ?", numbers)
        self._connection.executemany(
            "INSERT INTO consulted (number, path, post, stamp) VALUES (?, ?, ?, ?)",
            [(entry.number, *consulted) for entry in made for consulted in entry.consulted],
        )
        self._connection.executemany(_KEEP, [_kept(entry, entry.rendering) for entry in made if entry.rendering])
        self._connection.executemany(
            "UPDATE renderings SET urls = ?, media = ?, attached = ? WHERE number = ?",
            [(entry.urls, entry.media, entry.attached, entry.number) for entry in made if not entry.rendering],
        )
        self._connection.executemany(
            "INSERT OR REPLACE INTO measures VALUES (?, ?, ?, ?)",
            [(*measured[:3], _encode(measured.found)) for entry in made for measured in entry.measured],
        )
        self._connection.executemany(
            "UPDATE posts SET shown = ? WHERE number = ?", [(entry.shown, entry.number) for entry in made]
        )

    def measures(self, path: str, kind: str, stamp: str) -> list[int | None] | None:
        """What was read of a file when it had this stamp."""
        row = self._connection.execute(
            "SELECT found FROM measures WHERE path = ? AND kind = ? AND stamp = ?", (path, kind, stamp)
        ).fetchone()
        return json.loads(row[0]) if row else None

    def media(self, now: datetime, numbers: Collection[int] | None) -> dict[str, str]:
        """The files that the entries of published posts, all or `numbers`, want; each with the path of one post."""
        where, values = self._among(numbers)
        rows = self._connection.execute(
            f"""
            SELECT media, path FROM renderings INDEXED BY renderings_media CROSS JOIN posts USING (number)
            WHERE media != '[]' AND {where} ORDER BY published_at, id DESC
            """,
            {"now": now.timestamp(), **values},
        )
        return {wanted: path for media, path in rows for wanted in json.loads(media)}

    def entries(self, numbers: Collection[int], fill: Fill | None) -> list[Entry]:
        """The entries of posts, newest first. `fill` puts addresses into the HTML of a rendering.

        Without it there is no HTML, and the notes that it ends with are in the summary. Raises Error.
        """
        return [entry_of(kept, fill) for kept in self.kept(numbers)]

    def kept(self, numbers: Collection[int]) -> list[Kept]:
        """Entries as they are kept, newest first. Raises Error where one is not there."""
        rows = self._connection.execute(
            f"""
            SELECT number, shown, place, due_at, fields, html, renderings.summary, note, urls, attached FROM posts
            JOIN renderings USING (number)
            WHERE number IN (SELECT value FROM json_each(:numbers)) {_NEWEST_FIRST}
            """,
            {"numbers": json.dumps(list(numbers))},
        ).fetchall()
        if len(rows) != len(numbers):
            raise Damaged
        return list(map(Kept._make, rows))

    def teasers(self, numbers: Collection[int]) -> list[Entry]:
        """The entries of posts without their text, newest first, for lists of them. Raises Error."""
        rows = self._connection.execute(
            f"""
            SELECT place, due_at, fields, renderings.summary, note FROM posts JOIN renderings USING (number)
            WHERE number IN (SELECT value FROM json_each(:numbers)) {_NEWEST_FIRST}
            """,
            {"numbers": json.dumps(list(numbers))},
        ).fetchall()
        if len(rows) != len(numbers):
            raise Damaged
        entries = []
        for place, due_at, fields, summary, note in rows:
            post = _shown_post(fields, place, due_at)
            entries.append(Entry(post, "", post.summary or summary or note or post.title))
        return entries

    # What nobody may know of yet

    def hidden(self, now: datetime) -> list[int]:
        """The numbers of drafts and of posts that are held, newest first. Forgets what was kept of others' secrets."""
        rows = self._connection.execute(
            f"""
            SELECT number FROM posts INDEXED BY posts_drafts WHERE place = {_DRAFT} UNION ALL
            SELECT number FROM posts INDEXED BY posts_out WHERE place = {_MAIN} AND part = '' AND due_at > :now
            """,
            {"now": now.timestamp()},
        )
        numbers = [number for (number,) in rows]
        self._connection.execute(
            "DELETE FROM secrets WHERE number NOT IN (SELECT value FROM json_each(?))", (json.dumps(numbers),)
        )
        return numbers

    def shown_by(self, now: datetime, numbers: Collection[int]) -> dict[int, int | None]:
        """What those of some posts that are out show, as keys."""
        where, values = self._among(numbers)
        rows = self._connection.execute(
            f"SELECT number, shown FROM posts INDEXED BY posts_number WHERE {where}", {"now": now.timestamp(), **values}
        )
        return dict(rows.fetchall())

    def secrets(self) -> dict[int, tuple[str, str, str]]:
        """By number, the key under which a hidden post was looked for, its title, and what was kept of it then."""
        rows = self._connection.execute("SELECT number, key, title, kept FROM secrets")
        return {number: (key, title, kept) for number, key, title, kept in rows}

    def windows(self) -> Iterator[bytes]:
        """The digests, as they were kept, of all that hidden posts say and no other post may."""
        return (windows for (windows,) in self._connection.execute("SELECT windows FROM secrets"))

    def keep_secrets(self, secrets: Sequence[tuple[int, str, str, str, bytes]]) -> None:
        """Keep of hidden posts that they were looked for: number, key, title, what was found out, and digests."""
        self._connection.executemany("INSERT OR REPLACE INTO secrets VALUES (?, ?, ?, ?, ?)", secrets)

    def forget_secrets(self, numbers: Collection[int]) -> None:
        """Forget that hidden posts were looked for."""
        self._connection.executemany("DELETE FROM secrets WHERE number = ?", [(number,) for number in numbers])

    def keep_renderings(self, renderings: Sequence[tuple[int, str, Rendering]]) -> None:
        """Keep renderings, under their keys, of posts that have no entries."""
        made = [Made(number, key, rendering, "[]", "[]", [], None) for number, key, rendering in renderings]
        self._connection.executemany(_KEEP, [_kept(one, one.rendering) for one in made if one.rendering])

    def compared(self) -> dict[int, int]:
        """The key of what each post showed when digests of it were kept, by its number."""
        return dict(self._connection.execute("SELECT number, shown FROM blocks").fetchall())

    def forget_compared(self, numbers: Collection[int]) -> None:
        """Forget the digests of what posts say."""
        self._connection.executemany("DELETE FROM blocks WHERE number = ?", [(number,) for number in numbers])

    def blocks(self) -> Iterator[tuple[int, int, bytes]]:
        """Digests of what posts say: number, the key of what the post showed then, and digests as they were kept."""
        return self._connection.execute("SELECT number, shown, blocks FROM blocks")

    def text(self, number: int) -> str:
        """What a post says, as it was kept to be compared."""
        row = self._connection.execute("SELECT text FROM texts WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise Damaged
        return str(row[0])

    def texts(self) -> Iterator[tuple[int, str]]:
        """What each post says, by its number, as it was kept to be compared."""
        return self._connection.execute("SELECT number, text FROM texts")

    def html_with(self, *parts: str) -> list[int]:
        """The posts in whose rendering one of some parts of HTML stands."""
        anywhere = " OR ".join("instr(html, ?)" for _ in parts)
        return [
            number for (number,) in self._connection.execute(f"SELECT number FROM renderings WHERE {anywhere}", parts)
        ]

    def forget_texts(self) -> None:
        """Forget what published posts say, for now they say more or less of it."""
        for table in ("blocks", "texts"):
            self._connection.execute(f"DELETE FROM {table}")

    def keep_texts(self, texts: Sequence[tuple[int, int, bytes, str]]) -> None:
        """Keep what published posts say: number, the key of what each shows, digests, and the text."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO blocks VALUES (?, ?, ?)", [(number, *rest) for number, *rest, _ in texts]
        )
        self._connection.executemany(
            "INSERT OR REPLACE INTO texts VALUES (?, ?)", [(number, text) for number, *_, text in texts]
        )

    # Outputs

    def outputs(self, folder: str) -> dict[str, tuple[str, str]]:
        """Under which key each file of an output folder was written, and its stamp since."""
        rows = self._connection.execute("SELECT path, key, stamp FROM outputs WHERE folder = ?", (folder,))
        return {path: (key, stamp) for path, key, stamp in rows}

    def keep_outputs(self, folder: str, outputs: Mapping[str, tuple[str, str]]) -> None:
        """Keep what an output folder holds now."""
        before = self.outputs(folder)
        with self.transaction():
            self._connection.executemany(
                "DELETE FROM outputs WHERE folder = ? AND path = ?",
                [(folder, path) for path in before.keys() - outputs],
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO outputs VALUES (?, ?, ?, ?)",
                [(folder, path, *output) for path, output in outputs.items() if before.get(path) != output],
            )

    def _among(self, numbers: Collection[int] | None) -> tuple[str, dict[str, str]]:
        if numbers is None:
            return _OUT_SOMEWHERE, {}
        where = f"{_OUT_SOMEWHERE} AND posts.number IN (SELECT value FROM json_each(:numbers))"
        return where, {"numbers": json.dumps(list(numbers))}

    def _numbered(self, where: str, **values: Any) -> list[Numbered]:
        rows = self._connection.execute(f"SELECT number, key, text_key, fields FROM posts {where}", values)
        return [Numbered(number, key, text_key, fields, _post(fields)) for number, key, text_key, fields in rows]


def _kept(entry: Made, rendering: Rendering) -> tuple[str | int, ...]:
    html, references, summary, dropped, note = rendering
    kept = (html, _encode(references), summary, _encode(dropped), note)
    return (entry.number, entry.text_key, *kept, seal(*kept), entry.urls, entry.media, entry.attached)


def entry_of(kept: Kept, fill: Fill | None) -> Entry:
    """The entry, in whatever process it is wanted.

    Raises Error where it is not what was kept: nothing else would notice, and feeds would say it.
    """
    if kept.shown != seal(kept.fields, kept.html, kept.summary, kept.note, kept.urls, kept.attached):
        raise Damaged
    post = _shown_post(kept.fields, kept.place, kept.due_at)
    summary, attached = post.summary or kept.summary, attached_of(kept.attached)
    if fill is None:
        return Entry(post, "", f"{summary} {kept.note}".strip() or post.title, attached)
    return Entry(post, fill(kept.html, json.loads(kept.urls)), summary or kept.note or post.title, attached)


def values_of(
    keys: tuple[str, str, str], post: Post, atom_id: str, labels: tuple[Label, ...] = ()
) -> tuple[str | int, ...]:
    """What is kept of a post: `keys` are those of all of its file, of what it is made of, and of its text."""
    values = (
        post.path,
        post.part,
        *keys,
        post.id,
        atom_id,
        post.url,
        post.canonical_url,
        _place(post),
        post.published.date().isoformat(),
        _encode(post.aliases),
        int(post.published.timestamp()),
        int(post.updated.timestamp()),
        int(post.due.timestamp()),
        fields_of(post),
    )
    return (*values, seal(*values, *sorted(set(labels))))


def _place(post: Post) -> int:
    if post.kept_out:
        return _DRAFT if post.draft else _WITHDRAWN
    return _ASIDE if post.part and not post.notes[0].announced else _MAIN


def fields_of(post: Post) -> str:
    """All that a post says, as text from which it can be made again."""
    return _encode(
        (
            post.path,
            post.id,
            post.url,
            post.title,
            post.published.isoformat(),
            post.updated.isoformat(),
            post.due.isoformat(),
            post.timed,
            post.summary,
            [(author.name, author.email, author.url) for author in post.authors],
            post.tags,
            post.language,
            post.draft,
            post.link,
            post.aliases,
            post.body_line,
            post.embargo,
            post.part,
            [(kind, date, published.isoformat(), *rest) for kind, date, published, *rest in post.notes],
            post.withdrawn and (post.withdrawn.moment.isoformat(), post.withdrawn.reason),
            post.image,
            post.image_alt,
            post.enclosures,
            post.episode,
        )
    )


def attached_text(attached: Attached) -> str:
    """All that an entry carries beside its text, as text to make it from again; empty where that is nothing."""
    return _encode(attached) if any(attached) else ""


def attached_of(text: str) -> Attached:
    """What `attached_text` made a text of."""
    if not text:
        return Attached()
    image, enclosures, transcripts = json.loads(text)
    return Attached(
        Picture(*image) if image else None,
        tuple(Enclosure(*enclosure) for enclosure in enclosures),
        tuple(Transcript(*transcript) for transcript in transcripts),
    )


def seal(*parts: object) -> int:
    """A digest of values, as a number that SQLite can hold."""
    whole = "\0".join(map(str, parts)).encode(errors="surrogatepass")
    return int.from_bytes(blake2b(whole, digest_size=8).digest()) >> 1


def _shown_post(fields: str, place: int, due_at: int) -> Post:
    """A post that is not kept out, and is due when the query that chose it took it to be."""
    post = _post(fields)
    if place >= _DRAFT or post.kept_out or due_at != int(post.due.timestamp()):
        raise Damaged
    return post


def _post(text: str) -> Post:
    try:
        return _post_of(*json.loads(text))
    except (ValueError, TypeError):
        raise Damaged from None


def _post_of(
    path: str,
    id: str,
    url: str,
    title: str,
    published: str,
    updated: str,
    due: str,
    timed: bool,
    summary: str | None,
    authors: list[list[str]],
    tags: list[str],
    language: str,
    draft: bool,
    link: str | None,
    aliases: list[str],
    body_line: int,
    embargo: bool,
    part: str,
    notes: list[tuple[str, str, str, str, bool]],
    withdrawn: tuple[str, str | None] | None,
    image: list[Any] | None,
    image_alt: str | None,
    enclosures: list[list[Any]],
    episode: list[Any] | None,
) -> Post:
    return Post(
        path=path,
        id=id,
        url=url,
        title=title,
        published=datetime.fromisoformat(published),
        updated=datetime.fromisoformat(updated),
        due=datetime.fromisoformat(due),
        timed=timed,
        summary=summary,
        authors=tuple(Author(*author) for author in authors),
        tags=tuple(tags),
        language=language,
        draft=draft,
        link=link,
        aliases=tuple(aliases),
        body_line=body_line,
        embargo=embargo,
        part=part,
        notes=tuple(
            Note(kind, date, datetime.fromisoformat(moment), text, announced)
            for kind, date, moment, text, announced in notes
        ),
        withdrawn=withdrawn and Withdrawal(datetime.fromisoformat(withdrawn[0]), withdrawn[1]),
        image=Medium(*image) if image else None,
        image_alt=image_alt,
        enclosures=tuple(Medium(*enclosure) for enclosure in enclosures),
        episode=_episode(*episode) if episode else None,
    )


def _episode(
    number: int | None,
    season: int | None,
    explicit: bool | None,
    duration: int | None,
    kind: str | None,
    transcripts: list[list[Any]],
) -> Episode:
    return Episode(number, season, explicit, duration, kind, tuple(Medium(*one) for one in transcripts))
