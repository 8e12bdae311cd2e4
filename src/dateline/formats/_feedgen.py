"""The only module that uses feedgen and lxml: writes what feedgen cannot write, or writes wrongly."""

from datetime import datetime
from typing import Any

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from dateline.content.dates import in_utc
from dateline.formats.xml_feed import ATOM, HISTORY, ITUNES, MEDIA, PODCAST, TOMBSTONES, XML_LANG, Tag, in_title

_PREFIXES = {"": "", "at": TOMBSTONES, "atom": ATOM, "itunes": ITUNES, "media": MEDIA, "podcast": PODCAST}


def _add(parent: Any, tag: Tag) -> None:
    prefix, name = tag.name.split(":")
    element = etree.SubElement(parent, _PREFIXES[prefix] + name, tag.attributes)
    element.text = in_title(tag.text) if tag.name == "media:title" and tag.text else tag.text
    for child in tag.children:
        _add(element, child)


class _EntryExtension(BaseEntryExtension):  # type: ignore[misc] # feedgen has no types
    """Complete an entry: its tags, and in Atom the attributes of its links, its language, and dates in UTC."""

    def __init__(self) -> None:
        self.links: list[dict[str, str]] = []
        self.language: str | None = None
        self.tags: tuple[Tag, ...] = ()

    def extend_rss(self, item: Any) -> Any:
        for tag in self.tags:
            _add(item, tag)
        return item

    def extend_atom(self, entry: Any) -> Any:
        for element, link in zip(entry.findall("link"), self.links, strict=True):
            element.attrib.update(link)
        if self.language:
            entry.set(XML_LANG, self.language)
        for tag in self.tags:
            _add(entry, tag)
        _write_dates_in_utc(entry)
        return entry


class _FeedExtension(BaseExtension):  # type: ignore[misc] # feedgen has no types
    """Complete a feed: its tags and RFC 5005's mark, in RSS its links, in Atom dates in UTC."""

    def __init__(self) -> None:
        self.links: list[dict[str, str]] = []
        self.history: str | None = None
        self.tags: tuple[Tag, ...] = ()
        self.prefixes: set[str] = set()  # of the tags of the feed and its entries

    def extend_ns(self) -> dict[str, str]:
        return {
            **({"fh": HISTORY[1:-1]} if self.history else {}),
            **{prefix: _PREFIXES[prefix][1:-1] for prefix in sorted(self.prefixes)},
        }

    def extend_rss(self, rss: Any) -> Any:
        own = rss[0].find(f"{ATOM}link")
        if self.history:
            own.addnext(etree.Element(HISTORY + self.history))
        for link in reversed(self.links):
            own.addnext(etree.Element(f"{ATOM}link", link))
        for tag in self.tags:
            _add(rss[0], tag)
        return rss

    def extend_atom(self, feed: Any) -> Any:
        _write_dates_in_utc(feed)
        if self.history:
            feed.find("link[last()]").addnext(etree.Element(HISTORY + self.history))
        for tag in self.tags:
            _add(feed, tag)
        return feed


def new_rss() -> Any:
    """Return an empty RSS feed, a FeedGenerator with our extension as its attribute `dateline`."""
    from feedgen.ext.dc import DcEntryExtension, DcExtension  # which needs lxml to be loaded

    rss = FeedGenerator()
    rss.register_extension("dc", DcExtension, DcEntryExtension, atom=False, rss=True)
    rss.register_extension("dateline", _FeedExtension, _EntryExtension, atom=False, rss=True)
    return rss


def new_atom(language: str) -> Any:
    """Return an empty Atom feed, a FeedGenerator with our extension as its attribute `dateline`."""
    atom = FeedGenerator()
    atom.language(language)
    # Registered last, so that it runs after all else is written.
    atom.register_extension("dateline", _FeedExtension, _EntryExtension, atom=True, rss=False)
    return atom


def _write_dates_in_utc(element: Any) -> None:
    for child in element:
        if child.tag in ("published", "updated"):
            child.text = in_utc(datetime.fromisoformat(child.text))
