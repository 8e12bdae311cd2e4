"""The table of formats, by the name that feed.toml knows them by, and in the order in which they are recommended.

RSS comes first: it has one byline an item, of which readers show all; of an Atom entry's authors many show one.
"""

from urllib.parse import urlsplit

from dateline.model import Feed, Format, Publication

FORMATS = {
    "rss": Format("RSS", "rss.xml", "application/rss+xml"),
    "atom": Format("Atom", "atom.xml", "application/atom+xml"),
    "json": Format("JSON", "feed.json", "application/feed+json"),
}

STYLE_FILE = "feed.css"  # which browsers show feeds by


def stylesheet(publication: Publication) -> str | None:
    """The address of the stylesheet of feeds, where there is one; without a host, so that any may serve them."""
    return urlsplit(publication.url).path + STYLE_FILE if publication.stylesheet else None


def history(feed: Feed, format: Format) -> dict[str, str]:
    """The documents of the same format around that of `feed`, by their relation to it (RFC 5005, section 4)."""
    bases = {"current": feed.current, "prev-archive": feed.previous, "next-archive": feed.next}
    return {relation: base + format.filename for relation, base in bases.items() if base}
