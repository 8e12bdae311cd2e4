"""The one fence around feedgen and lxml: what feedgen cannot write, or writes wrongly, is put right here."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from html import escape
from typing import Any, NamedTuple, Protocol, cast

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from dateline.content.dates import in_utc
from dateline.model import Entry, Feed, Tombstone

_ATOM = "http://www.w3.org/2005/Atom"
_HISTORY = "http://purl.org/syndication/history/1.0"
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_MEDIA = "http://search.yahoo.com/mrss/"
_ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
_PODCAST = "https://podcastindex.org/namespace/1.0"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# In titles, "<" and "&" are written as numeric references, which lxml does not do. These two noncharacters are
# valid in XML and refused in posts, so they can stand in for them until the document is bytes.
_LESS_THAN, _AMPERSAND = "\ufdd0", "\ufdd1"


class _DublinCore(Protocol):
    def dc_creator(self, creator: str) -> object: ...
    def dc_language(self, language: str) -> object: ...


class RssItem(Protocol):
    """What we use of feedgen's entry for RSS."""

    dc: _DublinCore
    dateline: "_EntryExtension"

    def title(self, title: str) -> object: ...
    def link(self, *, href: str) -> object: ...
    def guid(self, guid: str, permalink: bool) -> object: ...
    def published(self, published: datetime) -> object: ...
    def description(self, description: str) -> object: ...
    def content(self, content: str, *, type: str) -> object: ...
    def category(self, *, term: str) -> object: ...
    def enclosure(self, url: str, length: str, type: str) -> object: ...


class AtomEntry(Protocol):
    """What we use of feedgen's entry for Atom."""

    dateline: "_EntryExtension"

    def id(self, id: str) -> object: ...
    def title(self, title: str) -> object: ...
    def published(self, published: datetime) -> object: ...
    def updated(self, updated: datetime) -> object: ...
    def author(self, author: dict[str, str]) -> object: ...
    def link(self, **attributes: str) -> object: ...
    def summary(self, summary: str, type: str) -> object: ...
    def content(self, content: str, *, type: str) -> object: ...
    def category(self, *, term: str) -> object: ...


class _Generator(Protocol):
    def title(self, title: str) -> object: ...
    def updated(self, updated: datetime) -> object: ...
    def link(self, **attributes: str) -> object: ...
    def register_extension(self, name: str, feed: type, entry: type, *, atom: bool, rss: bool) -> object: ...


class Rss(_Generator, Protocol):
    """What we use of feedgen's feed for RSS."""

    dateline: "_FeedExtension"

    def description(self, description: str) -> object: ...
    def language(self, language: str) -> object: ...
    def copyright(self, copyright: str | None) -> object: ...
    def docs(self, docs: str) -> object: ...
    def generator(self, generator: str) -> object: ...
    def image(self, **attributes: str) -> object: ...
    def load_extension(self, name: str, *, atom: bool, rss: bool) -> object: ...
    def add_entry(self, *, order: str) -> RssItem: ...
    def rss_str(self, *, pretty: bool) -> bytes: ...


class Atom(_Generator, Protocol):
    """What we use of feedgen's feed for Atom."""

    dateline: "_FeedExtension"

    def id(self, id: str) -> object: ...
    def subtitle(self, subtitle: str) -> object: ...
    def language(self, language: str) -> object: ...
    def rights(self, rights: str | None) -> object: ...
    def icon(self, icon: str | None) -> object: ...
    def logo(self, logo: str | None) -> object: ...
    def generator(self, name: str, version: str | None = None) -> object: ...
    def add_entry(self, *, order: str) -> AtomEntry: ...
    def atom_str(self, *, pretty: bool) -> bytes: ...


class Tag(NamedTuple):
    """An element that feedgen does not write, or not rightly, by its name in one of the namespaces below."""

    name: str
    text: str | None = None
    attributes: Mapping[str, str] = {}
    children: "tuple[Tag, ...]" = ()


_SPACES = {"media": _MEDIA, "itunes": _ITUNES, "podcast": _PODCAST}


def _add(parent: Any, tag: Tag) -> None:
    prefix, name = tag.name.split(":")
    element = etree.SubElement(parent, f"{{{_SPACES[prefix]}}}{name}", tag.attributes)
    element.text = tag.text
    for child in tag.children:
        _add(element, child)


class _FeedExtension(BaseExtension):  # type: ignore[misc] # feedgen has no types
    """Links in RSS beside the one to itself; dates of an Atom feed in UTC, and tombstones; RFC 5005's mark in both."""

    def __init__(self) -> None:
        self.links: list[dict[str, str]] = []
        self.history: str | None = None
        self.tombstones: tuple[Tombstone, ...] = ()
        self.tags: tuple[Tag, ...] = ()
        self.spaces: set[str] = set()  # of `_SPACES`, those of which a tag of the feed or of an entry is

    def extend_ns(self) -> dict[str, str]:
        return {
            **({"fh": _HISTORY} if self.history else {}),
            **({"at": _TOMBSTONES} if self.tombstones else {}),
            **{prefix: _SPACES[prefix] for prefix in sorted(self.spaces)},
        }

    def extend_rss(self, rss: Any) -> Any:
        own = rss[0].find(f"{{{_ATOM}}}link")
        if self.history:
            own.addnext(etree.Element(f"{{{_HISTORY}}}{self.history}"))
        for link in reversed(self.links):
            own.addnext(etree.Element(f"{{{_ATOM}}}link", link))
        for tag in self.tags:
            _add(rss[0], tag)
        return rss

    def extend_atom(self, feed: Any) -> Any:
        _dates_in_utc(feed)
        if self.history:
            feed.find("link[last()]").addnext(etree.Element(f"{{{_HISTORY}}}{self.history}"))
        for tombstone in self.tombstones:
            attributes = {"ref": tombstone.id, "when": in_utc(tombstone.when)}
            element = etree.SubElement(feed, f"{{{_TOMBSTONES}}}deleted-entry", attributes)
            if tombstone.comment:
                etree.SubElement(element, f"{{{_TOMBSTONES}}}comment").text = tombstone.comment
        return feed


Whole = _FeedExtension


class _EntryExtension(BaseEntryExtension):  # type: ignore[misc] # feedgen has no types
    """Links of an Atom entry with all their attributes, its language, its dates in UTC; updates in RSS; media."""

    def __init__(self) -> None:
        self.links: list[dict[str, str]] = []
        self.language: str | None = None
        self.updated: datetime | None = None
        self.tags: tuple[Tag, ...] = ()

    def extend_rss(self, item: Any) -> Any:
        for tag in self.tags:
            _add(item, tag)
        if self.updated:
            etree.SubElement(item, f"{{{_ATOM}}}updated").text = in_utc(self.updated)
        return item

    def extend_atom(self, entry: Any) -> Any:
        for element, link in zip(entry.findall("link"), self.links, strict=True):
            element.attrib.update(link)
        if self.language:
            entry.set(_XML_LANG, self.language)
        for tag in self.tags:
            _add(entry, tag)
        _dates_in_utc(entry)
        return entry


def new_rss() -> tuple[Rss, Whole]:
    """An empty RSS feed, and what is to be put into it past feedgen."""
    rss = cast(Rss, FeedGenerator())
    rss.load_extension("dc", atom=False, rss=True)
    rss.register_extension("dateline", _FeedExtension, _EntryExtension, atom=False, rss=True)
    return rss, rss.dateline


def new_atom(language: str) -> tuple[Atom, Whole]:
    """An empty Atom feed, and what is to be put into it past feedgen."""
    atom = cast(Atom, FeedGenerator())
    atom.language(language)
    # Registered last, so that it runs after all else was written.
    atom.register_extension("dateline", _FeedExtension, _EntryExtension, atom=True, rss=False)
    return atom, atom.dateline


def tag_feed(whole: Whole, tags: Iterable[Tag]) -> None:
    """Give a feed elements of other namespaces."""
    found = tuple(tags)
    whole.tags += found
    whole.spaces |= {tag.name.partition(":")[0] for tag in found}


def tag_entry(whole: Whole, entry: RssItem | AtomEntry, tags: Iterable[Tag]) -> None:
    """Give an entry of a feed elements of other namespaces."""
    found = tuple(tags)
    entry.dateline.tags += found
    whole.spaces |= {tag.name.partition(":")[0] for tag in found}


def picture_tags(entry: Entry) -> Iterator[Tag]:
    """Yield the picture of an entry, if it has one, as Media RSS has it.

    What the picture shows is its ``media:title``: readers take a ``media:description`` for the text of the entry. They
    would take a title of the picture for that of the entry, too, where the entry has none.
    """
    picture = entry.attached.image
    if picture:
        size = {"width": picture.width and str(picture.width), "height": picture.height and str(picture.height)}
        attributes = {"url": picture.url, "type": picture.media_type, "medium": "image", **size}
        alt = picture.alt if entry.post.title else None
        title = (Tag("media:title", in_title(alt), {"type": "plain"}),) if alt else ()
        yield Tag("media:content", None, {key: value for key, value in attributes.items() if value}, title)


def history_mark(feed: Feed) -> str | None:
    """The element that says what kind of document a feed's is (RFC 5005, sections 2 and 4), if one does."""
    return "archive" if feed.current else "complete" if feed.complete else None


def add_link(entry: AtomEntry, **attributes: str) -> None:
    """Give an Atom entry a link; feedgen writes its address, and the extension the rest."""
    entry.link(**attributes)
    entry.dateline.links.append(attributes)


def in_title(text: str) -> str:
    """Return plain text for a title, in which readers that look for HTML find none, and the W3C validator less."""
    return text.replace("&", _AMPERSAND).replace("<", _LESS_THAN)


def write_rss(rss: Rss, style: str | None) -> bytes:
    """The document, indented, with no white space added inside text. `style` is the address of a stylesheet."""
    return _finished(rss.rss_str(pretty=True), style)


def write_atom(atom: Atom, style: str | None) -> bytes:
    """The document, indented, with no white space added inside text. `style` is the address of a stylesheet."""
    return _finished(atom.atom_str(pretty=True), style)


def _finished(written: bytes, style: str | None) -> bytes:
    """The document with its numeric references, and an instruction (xml-stylesheet, W3C) by which browsers show it."""
    document = written.replace(_LESS_THAN.encode(), b"&#x3C;").replace(_AMPERSAND.encode(), b"&#x26;")
    if style is None:
        return document
    declaration, end, rest = document.partition(b"?>\n")
    instruction = f'<?xml-stylesheet type="text/css" href="{escape(style)}"?>\n'
    return declaration + end + instruction.encode() + rest


def _dates_in_utc(element: Any) -> None:
    for child in element:
        if child.tag in ("published", "updated"):
            child.text = in_utc(datetime.fromisoformat(child.text))
