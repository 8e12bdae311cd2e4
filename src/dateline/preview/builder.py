"""A process that builds, and reads the posts for the preview's own pages, while another process serves.

It has a single thread: feedgen changes the locale of the whole process while it writes, and builds start processes of
their own.
"""

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from threading import Lock
from typing import NamedTuple, TypeVar
from urllib.parse import quote

from dateline.building import BuildContext
from dateline.building.folders import cache_for
from dateline.building.report import Report
from dateline.cache.database import open_cache
from dateline.cache.sqlite import CacheError
from dateline.commands.check import Findings, check_one
from dateline.comparison.published import walk_files
from dateline.content.dates import date_and_time
from dateline.content.ids import atom_id
from dateline.errors import BuildError, DatelineError, FeedError, OutputError, Problem
from dateline.feed_formats import FORMATS
from dateline.feeds import is_in_archive
from dateline.formats.items import Item
from dateline.messages.changes import summary, table_rows
from dateline.model import Post, Publication
from dateline.options import BuildOptions, Progress, no_progress
from dateline.parallel import open_jobs
from dateline.paths import MANIFEST
from dateline.pipeline import build, read_publication
from dateline.render import render
from dateline.render.sanitise import bare
from dateline.system import interrupts_blocked

_T = TypeVar("_T")


class BuildResult(NamedTuple):
    """What a build did. If there are `errors`, the output has not changed.

    `home` and the feeds are URLs in the preview; `main_feeds` are those of the publication itself, one per format,
    `other_feeds` those of tags and authors. `feed_types` has the media type of each feed, by its path in the output.
    `changed`: at least one file of the output changed. `next_due` is when the next scheduled post comes out, in seconds
    since 1970.
    """

    errors: tuple[Problem, ...] = ()
    home: str = ""
    main_feeds: tuple[str, ...] = ()
    other_feeds: tuple[str, ...] = ()
    feed_types: Mapping[str, str] = {}
    changed: bool = False
    next_due: float | None = None
    notes: tuple[str, ...] = ()
    seconds: float = 0.0


class ListedPost(NamedTuple):
    """A post or a page in the overview; `waits` says why it is not published yet, and is empty if it is."""

    path: str
    title: str
    published: datetime
    url: str
    waits: str
    is_page: bool
    in_feeds: bool


class ViewedPost(NamedTuple):
    """A post as the feed has it, and what ``check`` finds.

    `item` is None for a post that is in no feed. `html` is its content without anything that basic readers drop;
    `feed` is the URL of the feed or archive that it is in.
    """

    listed: ListedPost
    language: str
    item: Item | None
    html: str
    feed: str
    findings: Findings


class Differences(NamedTuple):
    """What ``diff`` says of the posts: rows with a label, a colour and a text, and a sentence."""

    rows: tuple[tuple[str, str, str], ...]
    summary: str


class Builder:
    """A process that builds with `options`; `published` are those of a build that publishes.

    Any thread may call the methods; calls run one at a time.

    If the process ends during a call, the next call starts a new one.
    """

    def __init__(self, options: BuildOptions, published: BuildOptions) -> None:
        self._options = options
        self._published = published
        self._compared: tuple[object, Differences | None] = (None, None)
        self._lock = Lock()
        self._running: tuple[SpawnProcess, Connection] | None = None
        self._is_ended = False

    def build(self, progress: Progress = no_progress) -> BuildResult:
        """Build what there is now. Raises OutputError if the process ends."""
        return self._call(_build, progress=progress)

    def posts(self) -> tuple[ListedPost, ...]:
        """Return all posts, newest first; none if they cannot be read."""
        return self._query(_list_posts) or ()

    def view(self, path: str) -> ViewedPost | None:
        """Return the post of a source file; None if there is none or it cannot be read."""
        return self._query(_view, Path(self._options.output or ""), path)

    def differences(self, attempt: int) -> Differences | None:
        """Return what a build that publishes would change; None if there was none yet, or the posts have errors.

        `attempt` is that of the last build here: until the next, or until something is published, nothing changes.
        """
        with suppress(OSError, OutputError):
            when = attempt, os.stat(os.path.join(self._published.output or "", MANIFEST)).st_mtime_ns
            if when != self._compared[0]:
                self._compared = when, self._call(_compare, self._published)
            return self._compared[1]
        return None

    def end(self) -> None:
        """Kill the process; the next build cleans up after a killed one."""
        self._is_ended = True
        self._stop()

    def _call(self, function: Callable[..., _T], *args: object, progress: Progress = no_progress) -> _T:
        with self._lock:
            try:
                _, connection = self._running = self._running or _start(self._options)
                if self._is_ended:
                    raise EOFError
                connection.send((function, args))
                is_done, value = connection.recv()
                while not is_done:
                    progress(*value)
                    is_done, value = connection.recv()
                return value  # type: ignore[no-any-return]
            except (EOFError, OSError):
                self._stop()
                problem = "the build process ended unexpectedly"
                raise OutputError("preview", None, problem, "see the terminal, then save a post") from None

    def _query(self, function: Callable[..., _T], *args: object) -> _T | None:
        with suppress(OutputError):
            return self._call(_with_cache, function, *args)
        return None

    def _stop(self) -> None:
        running, self._running = self._running, None
        if running:
            process, connection = running
            process.kill()
            process.join()
            with suppress(OSError):
                connection.close()


def _start(options: BuildOptions) -> tuple[SpawnProcess, Connection]:
    # A new interpreter rather than a fork, since threads are running in this one.
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_answer, args=(theirs, options))
    with interrupts_blocked():  # Ctrl-C signals the whole process group, but it is for this process to end its children
        process.start()
    theirs.close()
    return process, ours


# These run in the process that builds.


def _answer(connection: Connection, options: BuildOptions) -> None:
    """Call the functions that the other end sends, until it closes the connection."""
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            function, args = connection.recv()
            connection.send((True, function(connection, options, *args)))


def _build(connection: Connection, options: BuildOptions) -> BuildResult:
    started = time.monotonic()
    try:
        report = build(options, lambda *progress: connection.send((False, progress)))
    except BuildError as refused:
        return BuildResult(refused.problems)
    seconds = time.monotonic() - started
    publication, _ = read_publication(options)
    # Load the renderer now, or each worker process of every later build would load it for itself.
    render("", engine=publication.markdown, footnote_prefix="", smart_quotes=False)
    due = report.next_due if options.now is None else None
    return _result(report, publication)._replace(next_due=due.due.timestamp() if due else None, seconds=seconds)


def _result(report: Report, publication: Publication) -> BuildResult:
    feeds = [file for file in report.files if file.format]
    main = [publication.feed_path(name) for name in publication.formats]
    listed = [file.path for file in feeds if not file.is_copy and not is_in_archive(file.path)]
    return BuildResult(
        home=publication.url,
        main_feeds=tuple(publication.url + quote(path) for path in main),
        other_feeds=tuple(publication.url + quote(path) for path in listed if path not in main),
        feed_types={file.path: FORMATS[file.format].served_as for file in feeds},
        changed=any(file.status != "unchanged" for file in report.files),
        notes=report.notes,
    )


def _with_cache(
    _connection: Connection, options: BuildOptions, function: Callable[..., _T], *args: object
) -> _T | None:
    """Call a function with the cache of the last build; return None if the cache or the posts cannot be read."""
    assert options.stage
    with suppress(DatelineError, CacheError):
        publication, now = read_publication(options)
        with open_jobs(1) as jobs, open_cache(options.stage.cache) as cache:
            return function(BuildContext(cache, Path(options.posts), publication, now, jobs), *args)
    return None


def _list_posts(context: BuildContext) -> tuple[ListedPost, ...]:
    return tuple(_listed(row.post, context.now) for row in context.cache.posts.all())


def _compare(_connection: Connection, _options: BuildOptions, published: BuildOptions) -> Differences | None:
    paths = cache_for(published)
    if not paths or not os.path.lexists(paths.pointer):
        return None  # everything would have to be rendered, each time
    with suppress(BuildError):
        changes = build(published._replace(dry_run=True, accept=True, first=True, unguarded=True)).changes
        return Differences(tuple(table_rows(changes)), summary(changes, Path(published.posts)))
    return None


def _view(context: BuildContext, output: Path, path: str) -> ViewedPost | None:
    post = context.cache.posts.by_path(path)
    if post is None:
        return None
    feed, item = _find_item(output, context.publication, post)
    return ViewedPost(
        listed=_listed(post, context.now),
        language=post.language,
        item=item,
        html=bare(f"{item.html}\n{item.footer}") if item else "",
        feed=feed,
        findings=check_one(context, path),
    )


def _listed(post: Post, now: datetime) -> ListedPost:
    waits = "draft" if post.draft else f"scheduled for {date_and_time(post.due)}" if post.due > now else ""
    return ListedPost(post.path, post.name, post.published, post.canonical_url, waits, post.is_page, post.in_feeds)


def _find_item(output: Path, publication: Publication, post: Post) -> tuple[str, Item | None]:
    """Find the item of a post in the feed that was built, or in one of its archives; return the URL of that too."""
    ids = {post.id, atom_id(publication.id, post.id)}
    folder, path = output / post.edition, publication.feed_path(publication.formats[0])
    with suppress(OSError, FeedError):
        for document in walk_files(folder, path, (folder / path).read_bytes(), ours=True):
            for item in document.items:
                if item.id in ids:
                    return document.own_address or document.address, item
    return "", None
