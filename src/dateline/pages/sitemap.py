"""The sitemap, which search engines read: one file, or several and a list of them (https://www.sitemaps.org)."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from html import escape
from itertools import chain
from urllib.parse import quote

from dateline.feeds import archive_folder
from dateline.hashing import digest
from dateline.output import Output
from dateline.pages import SITEMAP_FILE, Versions
from dateline.pages.context import PageContext, month_of, versions_of

MAX_LOCATIONS = 50_000  # URLs that a sitemap may hold

# A URL, when its page was last changed, in seconds since 1970, if that is known, and the versions of the page.
_Location = tuple[str, int | None, Versions]


def sitemaps(contexts: Sequence[PageContext]) -> Iterator[Output]:
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


def _locations(context: PageContext) -> Iterator[_Location]:
    home = context.publication.url
    yield home, None, context.homes
    months = sorted({month_of(post) for post in context.out}, reverse=True)
    years = dict.fromkeys(month[:4] for month in months)
    publication = context.publication
    folders = [publication.folder_of("archive"), publication.folder_of("subscribe")]
    folders += [archive_folder(unit, publication) for unit in (*years, *months)]
    folders += [quote(feed.folder) for feed in context.labels]
    yield from ((home + folder, None, ()) for folder in folders)
    pages = (page._replace(updated_at=max(page.updated_at, 0)) for page in context.own_pages)
    here = (post for post in chain(context.out, pages) if post.has_page and not post.canonical)
    yield from ((post.url, post.updated_at or None, versions_of(context, post)) for post in here)


def _sitemap(file: str, root: str, locations: Sequence[_Location]) -> Output:
    work = partial(map, partial(_write_sitemap, root))
    key = digest((root, locations))
    # It names pages, and is read by programs that come for it, like a feed.
    return Output(file, "the sitemap", key, lambda: locations, work, is_page=True, stage="more feeds")


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
