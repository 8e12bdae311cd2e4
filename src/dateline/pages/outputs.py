"""Choose the pages: each is an output with a key of all that it shows, so that an unchanged one is not rendered."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import chain, groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dateline.cache.database import Cache, Location, reopened
from dateline.cache.published_posts import PublishedPost
from dateline.content.urls import INDEX_PAGE, page_path
from dateline.feeds import Edition, Selection, archive_folder
from dateline.hashing import checksum, digest_bytes
from dateline.output import Output, Work
from dateline.pages import (
    CORRECTIONS_FOLDER,
    MISSING_PAGE,
    MISSING_PAGE_ORIGIN,
    EntryAround,
    EntryPage,
    ListedPost,
    Site,
)
from dateline.pages.assets import bare_missing_page, feed_assets, page_assets
from dateline.pages.context import PageContext, month_of, page_contexts, user_templates, versions_of
from dateline.pages.related import related_posts
from dateline.pages.sitemap import sitemaps

AT_ONCE = 25  # pages of posts that are made before they are written
MOST_BYTES = 2_000_000  # of such pages, or one of more
LISTED_PER_PAGE = 4  # posts that are listed in the time that the page of one takes
MAX_LISTED = 100  # posts on the page of a tag or an author; the archive has them all


def pages(
    editions: Sequence[Edition], now: datetime, folder: Path, files: Sequence[Output], *, slow: bool = False
) -> tuple[list[Output], dict[str, str]]:
    """Return all pages and what goes with them, and the stamps of the user's templates. Raises PostError.

    Files of _static, which are among `files`, replace pages of the same path. If `slow`, no page is made from a
    template of bytes.
    """
    main = editions[0].publication
    own = {output.path for output in files if output.is_static}
    found: list[Output] = [*feed_assets(main)]
    contexts: Sequence[PageContext] = ()
    watched: dict[str, str] = {}
    if main.pages:
        templates, watched = user_templates(folder, main.language)
        contexts = page_contexts(editions, now, templates._replace(slow_path=slow), own)
        found += page_assets(main, own)
        for context in contexts:
            found += [*_lists(context), *_post_pages(context)]
        found.append(_page(contexts[0], MISSING_PAGE, MISSING_PAGE_ORIGIN, "missing", None, partial(_values, ())))
        found += sitemaps(contexts)
    elif main.publish:
        found.append(bare_missing_page(main))
    found = [output for output in found if output.path not in own]
    # A page of the user's own and a file at its address are an error.
    return [*found, *chain.from_iterable(map(_own_pages, contexts))], watched


# What reads all that a page shows from the cache, in the process that writes the page.
_Read = Callable[[Cache], Sequence[Any]]


def write_page(writer: str, site: Site, location: Location | None, read: _Read) -> bytes:
    """Write a page with a function of `writers`, which loads Jinja: only if there is a page to write."""
    from dateline.pages.writers import WRITERS

    return WRITERS[writer](site, *read(reopened(location)))


def write_entry_pages(site: Site, location: Location | None, pages: Sequence[EntryPage]) -> Iterator[bytes]:
    """Write the pages of posts, or the user's own, some at a time: to read an entry by itself takes twice as long."""
    from dateline.pages.writers import write_entry

    cache = reopened(location)
    for start in range(0, len(pages), AT_ONCE):
        some = pages[start : start + AT_ONCE]
        entries = {cached.number: cached for cached in cache.entries.cached([page.number for page in some])}
        # Made before the first of them is yielded, and so written: the processor's caches do not hold the code of both.
        made: list[bytes] = []
        for page in some:
            made.append(write_entry(site, page, entries.pop(page.number)))
            if sum(map(len, made)) >= MOST_BYTES:
                yield from made
                made.clear()
        yield from made


def _page(
    context: PageContext, path: str, origin: str, writer: str, shows: object, read: _Read, listed: int = 0
) -> Output:
    """Return a page.

    The text of `shows` is a key of all that it shows besides what all pages do; `read` reads that. `listed` is how many
    posts it lists.
    """
    work = partial(map, partial(write_page, writer, context.site, context.cache.location))
    return _output(context, path, origin, shows, read, work)._replace(weight=1 + listed // LISTED_PER_PAGE)


def _output(context: PageContext, path: str, origin: str, shows: object, content: object, work: Work) -> Output:
    path = context.publication.folder + path
    key = digest_bytes(f"{context.key} {shows}".encode(errors="surrogatepass"))
    return Output(path, origin, key, lambda: content, work, is_page=True, stage="pages")


def _values(values: Sequence[Any], _cache: Cache) -> Sequence[Any]:
    return values


def _teasers(numbers: Sequence[int], others: Sequence[Any], cache: Cache) -> Sequence[Any]:
    """Read posts without their text; `others` are passed on after them."""
    return cache.entries.teasers(numbers), *others


# Lists of posts


def _lists(context: PageContext) -> Iterator[Output]:
    """Yield all pages except those of posts."""
    shown = context.out[: context.publication.limit]
    key = ([post.entry_key for post in shown], context.homes)
    teasers = partial(_teasers, _numbers(shown), (context.homes,))
    yield _page(context, INDEX_PAGE, "the home page", "home", key, teasers, len(shown))
    yield from (_label_page(context, feed) for feed in context.labels)
    yield from _archive(context)
    with_feed = [feed for feed in context.labels if feed.size]
    labels = [(feed.folder.partition("/")[0], quote(feed.folder), _name(context, feed)) for feed in with_feed]
    path = context.publication.folder_of("subscribe") + INDEX_PAGE
    yield _page(context, path, "the page to subscribe from", "subscribe", labels, partial(_values, (labels,)))


def _label_page(context: PageContext, feed: Selection) -> Output:
    cache, now, name, has_feed = context.cache, context.now, _name(context, feed), feed.size > 0
    # The key of a tag's or an author's feed covers all its posts, that of the corrections only the newest.
    is_corrections = feed.folder == CORRECTIONS_FOLDER
    newest = cache.published.corrections(now, MAX_LISTED + 1) if is_corrections else ()
    shown = cache.published.entry_keys(newest) if is_corrections else feed.shown
    path, shows = f"{feed.folder}{INDEX_PAGE}", (feed.heading.title, shown, has_feed)
    read = partial(_label, context.publication.edition, now, feed.folder, name, feed.total, has_feed)
    listed = min(feed.total or MAX_LISTED, MAX_LISTED)
    return _page(context, path, f"the page of the {feed.what}", "label", shows, read, listed)


def _label(
    edition: str, now: datetime, folder: str, name: str, total: int, has_feed: bool, cache: Cache
) -> Sequence[Any]:
    """Read the newest posts of a tag or an author, of which there are `total`, or the newest corrections."""
    kind, _, slug = folder.rstrip("/").partition("/")
    cache, limit = cache.of(edition), MAX_LISTED + 1
    if slug:
        numbers = cache.labels.newest(kind, slug, now, limit, listed=True)
    else:
        numbers = cache.published.corrections(now, limit)
    entries = cache.entries.teasers(numbers[:MAX_LISTED])
    return kind.removesuffix("s"), quote(folder), name, entries, total or len(numbers), has_feed


def _name(context: PageContext, feed: Selection) -> str:
    """Return the name of a tag or an author, or what a page calls the corrections."""
    if feed.folder == CORRECTIONS_FOLDER:
        return context.publication.words().text("corrections")
    return feed.heading.title.removeprefix(f"{context.publication.title} · ")


def _archive(context: PageContext) -> Iterator[Output]:
    """Yield a page for each calendar month and year, by dates as written, and the list of them."""
    by_month = sorted(context.out, key=month_of, reverse=True)
    months = [(month, list(posts)) for month, posts in groupby(by_month, month_of)]
    years = [(year, list(within)) for year, within in groupby(months, _year)]
    for (year, within), *around in _with_neighbours(years):
        listed = [(month, [_listed(post) for post in posts]) for month, posts in within]
        shows, count = (year, listed, *around), sum(len(posts) for _, posts in within)
        path = archive_folder(year, context.publication) + INDEX_PAGE
        yield _page(context, path, f"the page of {year}", "year", shows, partial(_values, shows), count)
    for (month, posts), *around in _with_neighbours(months):
        shows = (month, [post.entry_key for post in posts], *around)
        read = partial(_teasers, _numbers(posts), (month, *around))
        path = archive_folder(month, context.publication) + INDEX_PAGE
        yield _page(context, path, f"the page of {month}", "month", shows, read, len(posts))
    counts = [(month, len(posts)) for month, posts in months]
    path = context.publication.folder_of("archive") + INDEX_PAGE
    yield _page(context, path, "the archive's page", "archive", counts, partial(_values, (counts,)))


def _year(month: tuple[str, Sequence[PublishedPost]]) -> str:
    return month[0][:4]


def _with_neighbours(named: Sequence[tuple[str, Any]]) -> Iterator[tuple[tuple[str, Any], str | None, str | None]]:
    """Yield each pair of a name and a value, newest first, with the names of the older and the newer one."""
    names = [name for name, _ in named]
    return zip(named, [*names[1:], None], [None, *names], strict=False)


def _numbers(posts: Sequence[PublishedPost]) -> list[int]:
    return [post.number for post in posts]


def _listed(post: PublishedPost) -> ListedPost:
    return ListedPost(post.name, post.language, post.canonical_url, post.day)


# Posts


def _post_pages(context: PageContext) -> Iterator[Output]:
    """Yield the page of each post that has one here. It also links to the posts published before and after it."""
    out = [post for post in context.out if not post.part]  # the items of notes link to the pages of their posts
    listed = [_listed(post) for post in out]
    keys = [checksum(*post) for post in listed]
    links, keys_of_links = [None, *listed, None], [0, *keys, 0]
    related = related_posts(context.publication, context.cache.labels.tags(), out)
    home, work = context.publication.url, _entry_pages(context)
    for index, post in enumerate(out):
        if post.has_page:
            others, versions = related(index), versions_of(context, post)
            around = EntryAround(links[index + 2], links[index], tuple([listed[other] for other in others]))
            keys_around = [keys_of_links[index + 2], keys_of_links[index], *[keys[other] for other in others]]
            shows = f"{post.entry_key} {keys_around} {versions}"
            path, page = page_path(post.url.removeprefix(home)), EntryPage(post.number, versions, around)
            yield _output(context, path, f"the page of {post.path}", shows, page, work)


def _own_pages(context: PageContext) -> Iterator[Output]:
    """Yield the user's own pages."""
    home, work = context.publication.url, _entry_pages(context)
    for post in context.own_pages:
        if post.has_page:
            path, versions = page_path(post.url.removeprefix(home)), versions_of(context, post)
            page = EntryPage(post.number, versions)
            yield _output(context, path, f"the page of {post.path}", (post.entry_key, versions), page, work)


def _entry_pages(context: PageContext) -> Work:
    return partial(write_entry_pages, context.site, context.cache.location)
