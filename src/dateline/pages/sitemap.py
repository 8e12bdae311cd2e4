"""Addresses ─▶ sitemaps (https://www.sitemaps.org/protocol.html), which search engines read."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

SITEMAP_FILE = "sitemap.xml"
MOST = 50_000  # addresses that one file may hold
_NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'

# An address, and the second since 1970 at which what is there was last changed, where somebody knows.
Place = tuple[str, int | None]


def part_file(number: int) -> str:
    """The file of the part with this number, from 1, where there are several."""
    return f"sitemap-{number}.xml"


def sitemap(places: Sequence[Place]) -> bytes:
    """A sitemap of at most MOST addresses."""
    lines = [f"<url><loc>{escape(url)}</loc>{_changed(moment)}</url>\n" for url, moment in places]
    return f"{_XML}<urlset {_NAMESPACE}>\n{''.join(lines)}</urlset>\n".encode()


def sitemap_index(urls: Sequence[str]) -> bytes:
    """A list of sitemaps."""
    lines = [f"<sitemap><loc>{escape(url)}</loc></sitemap>\n" for url in urls]
    return f"{_XML}<sitemapindex {_NAMESPACE}>\n{''.join(lines)}</sitemapindex>\n".encode()


def _changed(moment: int | None) -> str:
    return f"<lastmod>{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}</lastmod>" if moment else ""
