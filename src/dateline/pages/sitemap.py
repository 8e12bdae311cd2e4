"""Sitemaps, which search engines read (https://www.sitemaps.org/protocol.html)."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote

from dateline.feeds import archive_folder
from dateline.hashing import digest
from dateline.output import Output
from dateline.pages.site import ARCHIVE_FOLDER, SUBSCRIBE_FOLDER, PageContext

SITEMAP_FILE = "sitemap.xml"
MOST = 50_000  # URLs that one file may hold
_NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'

# A URL, and when its page was last changed, in seconds since 1970, if that is known.
Location = tuple[str, int | None]


def sitemaps(context: PageContext, months: Sequence[str]) -> Iterator[Output]:
    """Yield the sitemap of all pages: one file, or several and a list of them."""
    home = context.publication.url
    folders = ["", ARCHIVE_FOLDER, SUBSCRIBE_FOLDER, *map(archive_folder, months)]
    folders += [quote(feed.folder) for feed in context.label_feeds()]
    locations: list[Location] = [(home + folder, None) for folder in folders]
    locations += [(post.url, post.updated_at) for post in context.out if post.has_page]
    parts = [locations[first : first + MOST] for first in range(0, len(locations), MOST)]
    if len(parts) == 1:
        yield _sitemap(SITEMAP_FILE, parts[0])
        return
    files = [f"sitemap-{number}.xml" for number, _ in enumerate(parts, 1)]
    yield from map(_sitemap, files, parts)
    urls = [home + file for file in files]
    yield Output(SITEMAP_FILE, "the sitemap", digest(urls), lambda: urls, _write_index, is_page=True)


def _sitemap(file: str, locations: Sequence[Location]) -> Output:
    return Output(file, "the sitemap", digest(locations), lambda: locations, _write_sitemap, is_page=True)


def _write_sitemap(locations: Sequence[Location]) -> bytes:
    lines = [f"<url><loc>{escape(url)}</loc>{_last_changed(moment)}</url>\n" for url, moment in locations]
    return f"{_XML}<urlset {_NAMESPACE}>\n{''.join(lines)}</urlset>\n".encode()


def _last_changed(moment: int | None) -> str:
    return f"<lastmod>{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}</lastmod>" if moment else ""


def _write_index(urls: Sequence[str]) -> bytes:
    lines = [f"<sitemap><loc>{escape(url)}</loc></sitemap>\n" for url in urls]
    return f"{_XML}<sitemapindex {_NAMESPACE}>\n{''.join(lines)}</sitemapindex>\n".encode()
