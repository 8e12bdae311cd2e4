"""Choose the pages: each is an output with a key of all that it shows, so that an unchanged one is not rendered."""

import os
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from dateline.cache.database import Cache
from dateline.cache.entry_tables import CachedEntry
from dateline.cache.published_posts import PublishedPost
from dateline.content.scan import TEMPLATES_FOLDER, stamp_of
from dateline.content.source import file_kind, read
from dateline.content.urls import INDEX_PAGE, page_path
from dateline.errors import PostError
from dateline.feed_formats import FORMATS
from dateline.feed_formats import STYLE_FILE as FEED_STYLE_FILE
from dateline.feeds import Selection, archive_folder
from dateline.hashing import digest, digest_bytes
from dateline.model import Entry, Publication
from dateline.output import Output
from dateline.pages.site import (
    ARCHIVE_FOLDER,
    MISSING_PAGE,
    SCRIPT_FILE,
    STYLE_FILE,
    SUBSCRIBE_FOLDER,
    Link,
    PageContext,
    Site,
    Templates,
)
from dateline.pages.sitemap import sitemaps
from dateline.pages.translations import words

MOST = 100  # posts on the page of a tag or an author; the archive has them all
BATCH = 25  # posts that are read from the cache at a time
_HERE = os.path.dirname(os.path.abspath(__file__))


def pages(
    catalogue: Cache,
    publication: Publication,
    now: datetime,
    feeds: Sequence[Selection],
    folder: Path,
    files: Sequence[Output],
) -> tuple[list[Output], dict[str, str]]:
    """Return all pages and what goes with them, and the stamps of the user's templates. Raises PostError.

    Files of _static, which are among `files`, replace pages of the same path.
    """
    own = {product.path for product in files if product.is_static}
    found: list[Output] = []
    watched: dict[str, str] = {}
    if publication.stylesheet and any(FORMATS[name].is_xml for name in publication.formats):
        found += _assets(FEED_STYLE_FILE)
    if publication.pages:
        templates, watched = _user_templates(folder, publication.language)
        site = Site(publication, urlsplit(publication.url).path, templates, "favicon.ico" in own)
        key = digest((publication, templates.digest, site.has_icon))
        context = PageContext(catalogue, site, now, feeds, catalogue.published.all(now), key)
        found += [*_assets(STYLE_FILE, SCRIPT_FILE), *_lists(context), *_post_pages(context)]
    return [product for product in found if product.path not in own], watched


def _user_templates(folder: Path, language: str) -> tuple[Templates, dict[str, str]]:
    """Return the user's templates, and the stamps by which a change of them is noticed. Raises PostError."""
    top = folder / TEMPLATES_FOLDER
    watched = {TEMPLATES_FOLDER: stamp_of(top)}
    if not watched[TEMPLATES_FOLDER]:
        return Templates(None, "", language), watched
    contents = []
    seen: set[str] = set()
    for root, folders, names in os.walk(top, followlinks=True):
        path, real = os.path.relpath(root, folder), os.path.realpath(root)
        _check_inside(folder, path)
        if real in seen:  # a link to a folder that has been read, perhaps in a circle
            contents.append((path, real))
            folders.clear()
            continue
        seen.add(real)
        folders.sort()
        for path in (os.path.relpath(os.path.join(root, name), folder) for name in [*sorted(names), *folders]):
            watched[path] = stamp_of(folder / path)
            if os.path.isfile(folder / path):
                _check_inside(folder, path)
                contents.append((path, read(folder, path)[0].text))
    return Templates(os.path.abspath(top), digest(contents), language), watched


def _check_inside(folder: Path, path: str) -> None:
    """Raise PostError for a link that leads outside the folder of posts: what is there must not be published."""
    if file_kind(folder, path) == "outside":
        raise PostError(path, None, "links outside the folder of posts", "put the file itself here")


def _assets(*names: str) -> Iterator[Output]:
    for name in names:
        path = os.path.join(_HERE, name)
        is_page = name != FEED_STYLE_FILE
        yield Output(name, f"Dateline's {name}", stamp_of(path), partial(Path, path), is_page=is_page)


def write_page(writer: str, site: Site, values: Sequence[Any]) -> bytes:
    """Write a page with a function of `writers`, which loads Jinja: only if there is a page to write."""
    from dateline.pages.writers import WRITERS

    return WRITERS[writer](site, *values)


def _page(
    context: PageContext, path: str, origin: str, writer: str, shows: object, values: Callable[[], Sequence[Any]]
) -> Output:
    """Return a page that is written from `values`; `shows` is all that it shows besides what all pages do, as a key."""
    work = partial(write_page, writer, context.site)
    return Output(path, origin, digest((context.key, shows)), values, work, is_page=True)


# Lists of posts


def _lists(context: PageContext) -> Iterator[Output]:
    """Yield all pages except those of posts, and the sitemap of both."""
    by_month = sorted(context.out, key=lambda post: post.day[:7], reverse=True)
    months = [(month, list(posts)) for month, posts in groupby(by_month, lambda post: post.day[:7])]
    labels = [
        (feed.folder.partition("/")[0], quote(feed.folder), _name(context, feed)) for feed in context.label_feeds()
    ]
    shown = context.out[: context.publication.limit]
    key = [post.entry_key for post in shown]
    yield _page(context, INDEX_PAGE, "the home page", "home", key, _teasers(context, shown))
    yield from (_label_page(context, feed) for feed in context.label_feeds())
    yield from _archive(context, months)
    path = f"{SUBSCRIBE_FOLDER}{INDEX_PAGE}"
    yield _page(context, path, "the page to subscribe from", "subscribe", labels, lambda: (labels,))
    yield _page(context, MISSING_PAGE, "the page for what is not there", "missing", None, lambda: ())
    yield from sitemaps(context, [month for month, _ in months])


def _teasers(context: PageContext, posts: Sequence[PublishedPost], *others: Any) -> Callable[[], Sequence[Any]]:
    """Return a function that reads posts from the cache; `others` are passed on after them."""
    numbers = [post.number for post in posts]
    return lambda: (context.catalogue.entries.teasers(numbers), *others)


def _name(context: PageContext, feed: Selection) -> str:
    """Return the name of a tag or an author; in its place for corrections, what they are called."""
    if feed.folder == "corrections/":
        return words(context.publication.language)["corrections"]
    return feed.heading.title.removeprefix(f"{context.publication.title} · ")


def _label_page(context: PageContext, feed: Selection) -> Output:
    kind, _, slug = feed.folder.rstrip("/").partition("/")
    out = context.catalogue.published
    # The key of a tag's or an author's feed covers all its posts, that of the corrections only the newest.
    shown = feed.shown if slug else out.entry_keys(out.corrections(context.now, MOST + 1))
    name = _name(context, feed)

    def values() -> tuple[str, str, str, Sequence[Entry], bool]:
        if slug:
            numbers = context.catalogue.labels.newest(kind, slug, context.now, MOST + 1)
        else:
            numbers = out.corrections(context.now, MOST + 1)
        entries = context.catalogue.entries.teasers(numbers[:MOST])
        return kind.removesuffix("s"), quote(feed.folder), name, entries, len(numbers) > MOST

    path, shows = f"{feed.folder}{INDEX_PAGE}", (feed.heading.title, shown)
    return _page(context, path, f"the page of the {feed.what}", "label", shows, values)


def _archive(context: PageContext, months: Sequence[tuple[str, list[PublishedPost]]]) -> Iterator[Output]:
    """Yield a page for each calendar month, by dates as written, and the list of them."""
    names = [month for month, _ in months]
    for newer, (month, posts), older in zip([None, *names], months, [*names[1:], None], strict=False):
        shows = (month, [post.entry_key for post in posts], older, newer)
        path = f"{archive_folder(month)}{INDEX_PAGE}"
        yield _page(
            context, path, f"the page of {month}", "month", shows, _teasers(context, posts, month, older, newer)
        )
    counts = [(month, len(posts)) for month, posts in months]
    yield _page(context, f"{ARCHIVE_FOLDER}{INDEX_PAGE}", "the archive's page", "archive", counts, lambda: (counts,))


# Posts


def _post_pages(context: PageContext) -> Iterator[Output]:
    """Yield the page of each post that has one here. It also links to the posts published before and after it."""
    home, site = context.publication.url, context.site
    out = [post for post in context.out if not post.part]  # the items of notes link to the pages of their posts
    here = [index for index, post in enumerate(out) if post.has_page]
    paths = {out[index].number: page_path(out[index].url.removeprefix(home)) for index in here}
    entries = _PostReader(context, out, paths)
    links = [f"{post.title}\0{post.canonical_url}" for post in out]
    newer, older = ["", *links], [*links[1:], ""]
    work = partial(write_page, "post", site)
    for index in here:
        post = out[index]
        shows = f"{context.key}\0{post.entry_key}\0{newer[index]}\0{older[index]}".encode()
        key = digest_bytes(shows)
        values = partial(entries.values, index)
        yield Output(paths[post.number], f"the page of {post.path}", key, values, work, is_page=True)


class _PostReader:
    """Reads posts from the cache in the order in which their pages are written, several at a time."""

    def __init__(self, context: PageContext, out: Sequence[PublishedPost], paths: dict[int, str]) -> None:
        self._context = context
        self._out = out
        self._paths = paths
        self._order: list[tuple[str, int]] = []
        self._batch: dict[int, CachedEntry] = {}

    def values(self, index: int) -> tuple[CachedEntry, Link | None, Link | None]:
        """Return what the page of a post shows: the post, and links to the next older and newer one."""
        number = self._out[index].number
        if number not in self._batch:
            self._order = self._order or sorted((path, number) for number, path in self._paths.items())
            first = bisect_left(self._order, (self._paths[number], -1))
            numbers = [number for _, number in self._order[first : first + BATCH]]
            self._batch = {kept.number: kept for kept in self._context.catalogue.entries.cached(numbers)}
        return self._batch.pop(number), self._link(index + 1), self._link(index - 1)

    def _link(self, index: int) -> Link | None:
        if not 0 <= index < len(self._out):
            return None
        return self._out[index].title, self._out[index].canonical_url
