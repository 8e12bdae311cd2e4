"""Choose the pages: each is an output with a key of all that it shows, so that an unchanged one is not rendered."""

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache, partial
from html import escape
from itertools import chain, groupby
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from dateline.cache.database import Cache
from dateline.cache.entry_tables import CachedEntry
from dateline.cache.published_posts import PublishedPost
from dateline.cache.sqlite import SITE
from dateline.content.languages import direction
from dateline.content.scan import TEMPLATES_FOLDER, stamp_of
from dateline.content.source import file_kind, read
from dateline.content.urls import INDEX_PAGE, page_path
from dateline.errors import PostError
from dateline.feed_formats import FORMATS
from dateline.feed_formats import STYLE_FILE as FEED_STYLE_FILE
from dateline.feeds import Edition, Selection, archive_folder, labels_on_site
from dateline.hashing import digest
from dateline.model import Entry, Publication, Theme
from dateline.output import Output
from dateline.pages import CORRECTIONS_FOLDER, MISSING_PAGE, SITEMAP_FILE, ListedPost, Site, Templates, Versions
from dateline.pages.menu import site_menu
from dateline.pages.related import related_posts
from dateline.pages.theme import STYLE_FILE, favicon, stylesheet
from dateline.words import words

EXTRA_STYLE = "extra.css"
FAVICONS = ("favicon.svg", "favicon.ico", "favicon.png")  # the first is made if the user has none of them
MAX_LISTED = 100  # posts on the page of a tag or an author; the archive has them all
MAX_LOCATIONS = 50_000  # URLs that a sitemap may hold (https://www.sitemaps.org/protocol.html)
BATCH = 25  # posts that are read from the cache at a time
_HERE = os.path.dirname(os.path.abspath(__file__))
_LABEL_FOLDERS = ("tags/", "authors/", CORRECTIONS_FOLDER)  # of the feeds that have a page

# A URL, when its page was last changed, in seconds since 1970, if that is known, and the versions of the page.
_Location = tuple[str, int | None, Versions]


class _PageContext(NamedTuple):
    """What the pages of an edition are chosen from. `key` stands for everything that all of them have in common.

    `labels` are the tags and authors that have a page, and the corrections. `out` are the posts in lists, newest first,
    and `own_pages` the user's own pages. `homes` are the versions of the home page, `versions` those of posts by their
    translation keys.
    """

    cache: Cache
    publication: Publication
    site: Site
    now: datetime
    labels: Sequence[Selection]
    out: Sequence[PublishedPost]
    own_pages: Sequence[PublishedPost]
    key: str
    homes: Versions
    versions: Mapping[str, Versions]


def pages(
    editions: Sequence[Edition], now: datetime, folder: Path, files: Sequence[Output]
) -> tuple[list[Output], dict[str, str]]:
    """Return all pages and what goes with them, and the stamps of the user's templates. Raises PostError.

    Files of _static, which are among `files`, replace pages of the same path.
    """
    main = editions[0].publication
    own = {output.path for output in files if output.is_static}
    found: list[Output] = []
    contexts: Sequence[_PageContext] = ()
    watched: dict[str, str] = {}
    if main.stylesheet and any(FORMATS[name].is_xml for name in main.formats):
        found.append(_feed_style(main))
    if main.pages:
        templates, watched = _user_templates(folder, main.language)
        contexts = _contexts(editions, now, templates, own)
        found += [*_look(main, own), _asset("copy.js")]
        for context in contexts:
            found += [*_lists(context), *_post_pages(context)]
        found.append(_page(contexts[0], MISSING_PAGE, "the page for what is not there", "missing", None, lambda: ()))
        found += _sitemaps(contexts)
    found = [output for output in found if output.path not in own]
    # A page of the user's own and a file at its address are an error.
    return [*found, *chain.from_iterable(map(_own_pages, contexts))], watched


def _contexts(
    editions: Sequence[Edition], now: datetime, templates: Templates, own: Collection[str]
) -> Sequence[_PageContext]:
    publications = [edition.publication for edition in editions]

    def versions(urls: Mapping[str, str]) -> Versions:
        found = tuple((each.language, urls[each.edition]) for each in publications if each.edition in urls)
        return found if len(found) > 1 else ()

    homes = versions({publication.edition: publication.url for publication in publications})
    translations = editions[0].cache.published.translations(now) if homes else {}
    of_posts = {key: found for key, urls in translations.items() if (found := versions(urls))}
    icon = next((name for name in FAVICONS if name in own), FAVICONS[0])
    contexts = []
    for publication, cache, feeds in editions:
        out, own_pages = cache.published.all(now), cache.published.pages(now)
        labels = _labels(feeds, cache, now, out)
        site = Site(
            publication,
            urlsplit(publication.site_url).path,
            templates._replace(
                language=publication.language,
                own_words=publication.words_replaced(),
                is_podcast=publication.is_podcast,
            ),
            icon,
            EXTRA_STYLE in own,
            any(feed.folder == CORRECTIONS_FOLDER for feed in labels),
        )
        site = site._replace(menu=site_menu(site, cache.published.menu(now)))
        key = digest((publication._replace(theme=Theme()), templates.digest, *site[3:]))
        contexts.append(_PageContext(cache, publication, site, now, labels, out, own_pages, key, homes, of_posts))
    return contexts


def _labels(
    feeds: Sequence[Selection], cache: Cache, now: datetime, out: Sequence[PublishedPost]
) -> Sequence[Selection]:
    """Return what has a page as well as feeds: the corrections, tags and authors; those of posts outside feeds, too."""
    labels = [feed for feed in feeds if feed.folder.startswith(_LABEL_FOLDERS)]
    if not any(post.status == SITE for post in out):
        return labels
    corrections = [feed for feed in labels if feed.folder == CORRECTIONS_FOLDER]
    return [*corrections, *labels_on_site(feeds, cache, now)]


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


def _asset(name: str) -> Output:
    path = os.path.join(_HERE, name)
    return Output(name, f"Dateline's {name}", stamp_of(path), partial(Path, path), is_page=True)


def _feed_style(publication: Publication) -> Output:
    """Return the stylesheet of feeds, with its sentence in the publication's language."""
    style = _asset(FEED_STYLE_FILE)._replace(is_page=False)
    notice, ours = (words.text("feed_notice") for words in (publication.words(), words("en")))
    if notice == ours:
        return style
    told = (ours, notice, direction(publication.language))
    return style._replace(key=digest((style.key, told)), content=lambda: told, work=_write_feed_style)


def _write_feed_style(told: tuple[str, str, str]) -> bytes:
    ours, notice, way = told
    # A string of CSS ends at a quotation mark or the end of the line.
    notice = re.sub(r'["\\\n]', lambda match: f"\\{ord(match[0]):x} ", notice)
    css = Path(_HERE, FEED_STYLE_FILE).read_text("utf-8").replace(ours, notice)
    return css.replace("  display: block;\n", f"  direction: {way};\n  display: block;\n", 1).encode()


def _look(publication: Publication, own: Collection[str]) -> Iterator[Output]:
    """Yield the stylesheet, which has the theme in it, and a favicon if the user has none."""
    key = digest((stamp_of(STYLE_FILE), publication.theme))
    yield Output("style.css", "the stylesheet", key, lambda: publication.theme, stylesheet, is_page=True)
    if not publication.icon and not any(name in own for name in FAVICONS):
        title, accent = publication.title, publication.theme.accent
        work = partial(favicon, accent=accent)
        yield Output(FAVICONS[0], "the favicon", digest((title, accent)), lambda: title, work, is_page=True)


def write_page(writer: str, site: Site, values: Sequence[Any]) -> bytes:
    """Write a page with a function of `writers`, which loads Jinja: only if there is a page to write."""
    from dateline.pages.writers import WRITERS

    return WRITERS[writer](site, *values)


def _page(
    context: _PageContext, path: str, origin: str, writer: str, shows: object, values: Callable[[], Sequence[Any]]
) -> Output:
    """Return a page that is written from `values`; `shows` is all that it shows besides what all pages do, as a key."""
    work = partial(write_page, writer, context.site)
    path = context.publication.folder + path
    return Output(path, origin, digest((context.key, shows)), values, work, is_page=True)


# Lists of posts


def _lists(context: _PageContext) -> Iterator[Output]:
    """Yield all pages except those of posts."""
    shown = context.out[: context.publication.limit]
    key = ([post.entry_key for post in shown], context.homes)
    yield _page(context, INDEX_PAGE, "the home page", "home", key, _teasers(context, shown, context.homes))
    yield from (_label_page(context, feed) for feed in context.labels)
    yield from _archive(context)
    with_feed = [feed for feed in context.labels if feed.size]
    labels = [(feed.folder.partition("/")[0], quote(feed.folder), _name(context, feed)) for feed in with_feed]
    path = context.publication.folder_of("subscribe") + INDEX_PAGE
    yield _page(context, path, "the page to subscribe from", "subscribe", labels, lambda: (labels,))


def _month(post: PublishedPost) -> str:
    return post.day[:7]


def _year(month: tuple[str, Sequence[PublishedPost]]) -> str:
    return month[0][:4]


def _teasers(context: _PageContext, posts: Sequence[PublishedPost], *others: Any) -> Callable[[], Sequence[Any]]:
    """Return a function that reads posts from the cache; `others` are passed on after them."""
    numbers = [post.number for post in posts]
    return lambda: (context.cache.entries.teasers(numbers), *others)


def _name(context: _PageContext, feed: Selection) -> str:
    """Return the name of a tag or an author, or what a page calls the corrections."""
    if feed.folder == CORRECTIONS_FOLDER:
        return context.publication.words().text("corrections")
    return feed.heading.title.removeprefix(f"{context.publication.title} · ")


def _label_page(context: _PageContext, feed: Selection) -> Output:
    kind, _, slug = feed.folder.rstrip("/").partition("/")
    cache, now, name = context.cache, context.now, _name(context, feed)
    # The key of a tag's or an author's feed covers all its posts, that of the corrections only the newest.
    shown = feed.shown if slug else cache.published.entry_keys(cache.published.corrections(now, MAX_LISTED + 1))

    def values() -> tuple[str, str, str, Sequence[Entry], int, bool]:
        limit = MAX_LISTED + 1
        if slug:
            numbers = cache.labels.newest(kind, slug, now, limit, listed=True)
        else:
            numbers = cache.published.corrections(now, limit)
        entries = cache.entries.teasers(numbers[:MAX_LISTED])
        return kind.removesuffix("s"), quote(feed.folder), name, entries, feed.total or len(numbers), feed.size > 0

    path, shows = f"{feed.folder}{INDEX_PAGE}", (feed.heading.title, shown, feed.size > 0)
    return _page(context, path, f"the page of the {feed.what}", "label", shows, values)


def _archive(context: _PageContext) -> Iterator[Output]:
    """Yield a page for each calendar month and year, by dates as written, and the list of them."""
    by_month = sorted(context.out, key=_month, reverse=True)
    months = [(month, list(posts)) for month, posts in groupby(by_month, _month)]
    years = [(year, list(within)) for year, within in groupby(months, _year)]
    for (year, within), *around in _with_neighbours(years):
        listed = [(month, [_listed(post) for post in posts]) for month, posts in within]
        shows = (year, listed, *around)
        path = archive_folder(year, context.publication) + INDEX_PAGE
        yield _page(context, path, f"the page of {year}", "year", shows, partial(tuple, shows))
    for (month, posts), *around in _with_neighbours(months):
        shows = (month, [post.entry_key for post in posts], *around)
        values = _teasers(context, posts, month, *around)
        path = archive_folder(month, context.publication) + INDEX_PAGE
        yield _page(context, path, f"the page of {month}", "month", shows, values)
    counts = [(month, len(posts)) for month, posts in months]
    path = context.publication.folder_of("archive") + INDEX_PAGE
    yield _page(context, path, "the archive's page", "archive", counts, lambda: (counts,))


def _with_neighbours(named: Sequence[tuple[str, Any]]) -> Iterator[tuple[tuple[str, Any], str | None, str | None]]:
    """Yield each pair of a name and a value, newest first, with the names of the older and the newer one."""
    names = [name for name, _ in named]
    return zip(named, [*names[1:], None], [None, *names], strict=False)


def _listed(post: PublishedPost) -> ListedPost:
    return ListedPost(post.name, post.language, post.canonical_url, post.day)


# Posts


def _post_pages(context: _PageContext) -> Iterator[Output]:
    """Yield the page of each post that has one here. It also links to the posts published before and after it."""
    out = [post for post in context.out if not post.part]  # the items of notes link to the pages of their posts
    listed = [_listed(post) for post in out]
    links = [None, *listed, None]
    related = related_posts(context.publication, context.cache.labels.tags(), out)
    home = context.publication.url
    # In the order in which pages are written.
    here = sorted((page_path(post.url.removeprefix(home)), index) for index, post in enumerate(out) if post.has_page)

    @lru_cache(maxsize=1)
    def batch(first: int) -> dict[int, CachedEntry]:
        """Read several posts whose pages are written one after another."""
        numbers = [out[index].number for _, index in here[first : first + BATCH]]
        return {entry.number: entry for entry in context.cache.entries.cached(numbers)}

    def shown(index: int) -> tuple[ListedPost | None, ListedPost | None, Sequence[ListedPost], Versions]:
        others = [listed[other] for other in related(index)]
        return links[index + 2], links[index], others, _versions(context, out[index])

    def values(position: int) -> tuple[Any, ...]:
        index = here[position][1]
        return batch(position - position % BATCH)[out[index].number], *shown(index)

    for position, (path, index) in enumerate(here):
        post = out[index]
        shows = (post.entry_key, *shown(index))
        yield _page(context, path, f"the page of {post.path}", "post", shows, partial(values, position))


def _own_pages(context: _PageContext) -> Iterator[Output]:
    """Yield the user's own pages."""
    home = context.publication.url
    for page in context.own_pages:
        if page.has_page:
            versions = _versions(context, page)

            def values(page: PublishedPost = page, versions: Versions = versions) -> tuple[CachedEntry, Versions]:
                return context.cache.entries.cached([page.number])[0], versions

            path, shows = page_path(page.url.removeprefix(home)), (page.entry_key, versions)
            yield _page(context, path, f"the page of {page.path}", "page", shows, values)


def _versions(context: _PageContext, post: PublishedPost) -> Versions:
    """Return the versions of a post that has a page here."""
    versions = context.versions.get(post.translation_key, ())
    # Two posts of one language that have a key in common are no versions of one text.
    return versions if any(url == post.url for _, url in versions) else ()


# The sitemap, which search engines read


def _sitemaps(contexts: Sequence[_PageContext]) -> Iterator[Output]:
    """Yield the sitemap of all pages: one file, or several and a list of them."""
    locations = list(chain.from_iterable(map(_locations, contexts)))
    # A file must not be too large, and each URL comes with those of its other versions.
    size = MAX_LOCATIONS // len(contexts)
    parts = [locations[first : first + size] for first in range(0, len(locations), size)]
    if len(parts) == 1:
        yield _sitemap(SITEMAP_FILE, "urlset", parts[0])
        return
    files = [f"sitemap-{number}.xml" for number, _ in enumerate(parts, 1)]
    yield from (_sitemap(file, "urlset", part) for file, part in zip(files, parts, strict=True))
    site = contexts[0].publication.url
    yield _sitemap(SITEMAP_FILE, "sitemapindex", [(site + file, None, ()) for file in files])


def _locations(context: _PageContext) -> Iterator[_Location]:
    home = context.publication.url
    yield home, None, context.homes
    months = sorted({_month(post) for post in context.out}, reverse=True)
    years = dict.fromkeys(month[:4] for month in months)
    publication = context.publication
    folders = [publication.folder_of("archive"), publication.folder_of("subscribe")]
    folders += [archive_folder(unit, publication) for unit in (*years, *months)]
    folders += [quote(feed.folder) for feed in context.labels]
    yield from ((home + folder, None, ()) for folder in folders)
    pages = (page._replace(updated_at=max(page.updated_at, 0)) for page in context.own_pages)
    here = (post for post in chain(context.out, pages) if post.has_page and not post.canonical)
    yield from ((post.url, post.updated_at or None, _versions(context, post)) for post in here)


def _sitemap(file: str, root: str, locations: Sequence[_Location]) -> Output:
    work = partial(_write_sitemap, root)
    return Output(file, "the sitemap", digest((root, locations)), lambda: locations, work, is_page=True)


def _write_sitemap(root: str, locations: Sequence[_Location]) -> bytes:
    name = {"urlset": "url", "sitemapindex": "sitemap"}[root]
    lines = []
    for url, moment, versions in locations:
        changed = f"<lastmod>{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}</lastmod>" if moment else ""
        links = (f'hreflang="{language}" href="{escape(other)}"' for language, other in versions)
        others = "".join(f'<xhtml:link rel="alternate" {link}/>' for link in links)
        lines.append(f"<{name}><loc>{escape(url)}</loc>{changed}{others}</{name}>\n")
    xhtml = ' xmlns:xhtml="http://www.w3.org/1999/xhtml"' if any(versions for *_, versions in locations) else ""
    opening = f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"{xhtml}>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{opening}\n{"".join(lines)}</{root}>\n'.encode()
