"""The process that builds, beside the one that serves.

It is one with a single thread, since feedgen changes the locale of the whole process while it writes, and builds start
processes of their own. It answers one question after the other, until nobody is there to ask.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from dateline.build import BuildContext
from dateline.build.report import Report
from dateline.cache.database import open_cache
from dateline.cache.sqlite import CacheError
from dateline.commands.check import Remark, check_one
from dateline.content.dates import date_and_time
from dateline.content.ids import atom_id
from dateline.diff.published import walk_files
from dateline.errors import DatelineError, FeedError, Refused
from dateline.feed_formats import FORMATS
from dateline.formats.items import Document, Item
from dateline.model import Post, Publication
from dateline.options import BuildOptions
from dateline.parallel import open_jobs
from dateline.pipeline import build, opened
from dateline.render import render
from dateline.render.sanitise import bare
from dateline.versions import versions


class Build(NamedTuple):
    """Build what is there now."""


class Built(NamedTuple):
    """What came of it. `home` and the addresses of `feeds`, the main ones first, are the preview's.

    `changed`: some file of the output is another one. `next_due` is when the next post comes out, in seconds since
    1970. Where there are `errors`, the output is as it was.
    """

    errors: tuple[DatelineError, ...] = ()
    home: str | None = None
    feeds: tuple[str, ...] = ()
    changed: bool = False
    next_due: float | None = None
    notes: tuple[str, ...] = ()
    seconds: float = 0.0


class List(NamedTuple):
    """List the posts."""


class Listed(NamedTuple):
    """A post as the list of all has it; `waits` says why it is not out, and is empty where it is."""

    path: str
    title: str
    published: datetime
    url: str
    waits: str


class Listing(NamedTuple):
    """All posts, newest first; none where that cannot be said now."""

    posts: tuple[Listed, ...] = ()


class View(NamedTuple):
    """Show a post as readers do."""

    path: str


class Viewed(NamedTuple):
    """A post, as the feed that was built has it, and what there is to say of it.

    `html` is what the plainest readers leave of the item's; `feed` is the address of the document that it is in.
    """

    listed: Listed
    language: str
    item: Item | None
    html: str
    feed: str
    errors: tuple[DatelineError, ...]
    remarks: tuple[Remark, ...]


class Progress(NamedTuple):
    """How far a build is."""

    phase: str
    done: int
    total: int


Question = Build | List | View
Answer = Built | Listing | Viewed | None


def answer_all(connection: Connection, options: BuildOptions) -> None:
    """Answer questions about the preview that `options` ask for."""
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            connection.send(_answer(connection, options, connection.recv()))


def _answer(connection: Connection, options: BuildOptions, question: Question) -> Answer:
    match question:
        case Build():
            return _built(connection, options)
        case List():
            with suppress(DatelineError, CacheError), _desk(options) as desk:
                return Listing(tuple(_listed(post.post, desk.now) for post in desk.cache.posts.all()))
            return Listing()
        case View(path):
            with suppress(DatelineError, CacheError), _desk(options) as desk:
                return _viewed(options, desk, path)
            return None


def _built(connection: Connection, options: BuildOptions) -> Built:
    started = time.monotonic()

    def progress(phase: str, done: int, total: int) -> None:
        connection.send(Progress(phase, done, total))

    try:
        report = build(options, progress)
    except Refused as refused:
        return Built(refused.errors, seconds=time.monotonic() - started)
    built = _told(options, report, time.monotonic() - started)
    _warm(options)
    return built


def _warm(options: BuildOptions) -> None:
    """Load what renders, lest each of the processes that builds begin for that load it for themselves."""
    publication, _ = opened(options)
    render("", engine=publication.markdown, footnote_prefix="", smart_quotes=False)


def _told(options: BuildOptions, report: Report, seconds: float) -> Built:
    publication, _ = opened(options)
    due = report.next_due if options.now is None else None
    return Built(
        home=publication.url,
        feeds=tuple(
            publication.url + quote(file.path) for file in report.files if _is_subscribed(file.path, file.items)
        ),
        changed=any(file.status != "unchanged" for file in report.files),
        next_due=due.due.timestamp() if due else None,
        notes=report.notes,
        seconds=seconds,
    )


def _is_subscribed(path: str, items: int | None) -> bool:
    return bool(items) and not path.startswith("archive/")


@contextmanager
def _desk(options: BuildOptions) -> Iterator[BuildContext]:
    """The catalogue of the last build, and what is at hand for asking it. Raises DatelineError and CacheError."""
    assert options.stage
    publication, now = opened(options)
    with open_jobs(1) as jobs, open_cache(options.stage.cache, versions()) as cache:
        yield BuildContext(cache, Path(options.posts), publication, now, jobs)


def _listed(post: Post, now: datetime) -> Listed:
    waits = "draft" if post.draft else f"held until {date_and_time(post.due)}" if post.due > now else ""
    return Listed(post.path, post.title, post.published, post.canonical_url, waits)


def _viewed(options: BuildOptions, desk: BuildContext, path: str) -> Viewed | None:
    post = desk.cache.posts.by_path(path)
    if post is None:
        return None
    document, item = _as_subscribed(Path(options.output), desk.publication, post) or (None, None)
    findings = check_one(desk, path)
    return Viewed(
        listed=_listed(post, desk.now),
        language=post.language,
        item=item,
        html=bare(item.html) if item else "",
        feed=(document.own_address or document.address) if document else "",
        errors=findings.errors,
        remarks=findings.remarks,
    )


def _as_subscribed(output: Path, publication: Publication, post: Post) -> tuple[Document, Item] | None:
    """The item of a post in the feed that stands in the output, or in one of its archives."""
    ids = {post.id, atom_id(publication.id, post.id)}
    file = output / FORMATS[publication.formats[0]].filename
    try:
        documents = walk_files(file, file.read_bytes(), ours=True)
        return next(((found, item) for found in documents for item in found.items if item.id in ids), None)
    except (OSError, FeedError):
        return None
