"""What RSS and Atom share: namespaces, and how they carry titles, links, pictures and history."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import NamedTuple
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from dateline.feed_formats import STYLE_FILE
from dateline.formats.items import ItemEnclosure
from dateline.model import Entry, Feed, Publication
from dateline.text import unescape

ATOM = "{http://www.w3.org/2005/Atom}"
HISTORY = "{http://purl.org/syndication/history/1.0}"
MEDIA = "{http://search.yahoo.com/mrss/}"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
PODCAST = "{https://podcastindex.org/namespace/1.0}"
TOMBSTONES = "{http://purl.org/atompub/tombstones/1.0}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
RELATIONS = ("current", "prev-archive", "next-archive")  # of documents to those around them (RFC 5005, section 4)
# In titles, "<" and "&" are written as numeric references, which lxml cannot do. These two noncharacters, valid in XML
# and refused in posts, stand in for them until the document is bytes.
_LESS_THAN, _AMPERSAND = "\ufdd0", "\ufdd1"


class Tag(NamedTuple):
    """An element that feedgen does not write, or writes wrongly: its namespace's prefix and name, and its content."""

    name: str
    text: str | None = None
    attributes: Mapping[str, str] = {}
    children: "tuple[Tag, ...]" = ()

    def shape(self) -> tuple[str, ...]:
        """Return what it has in common with tags that differ in nothing but texts."""
        inner = [part for child in self.children for part in child.shape()]
        return (self.name, "text" if self.text is not None else "", *self.attributes, "(", *inner, ")")

    def texts(self) -> list[str]:
        """Return its texts, those of its attributes, and those of its children."""
        inner = [text for child in self.children for text in child.texts()]
        return [*([] if self.text is None else [self.text]), *self.attributes.values(), *inner]

    def with_texts(self, texts: Iterator[str]) -> "Tag":
        """Return a tag of the same shape, with as many of these texts as it has."""
        text = None if self.text is None else next(texts)
        attributes = {name: next(texts) for name in self.attributes}
        return Tag(self.name, text, attributes, tuple(child.with_texts(texts) for child in self.children))


def in_title(text: str) -> str:
    """Mark plain text for a title, which readers and the validator would take for HTML; see `numeric_references`."""
    return text.replace("&", _AMPERSAND).replace("<", _LESS_THAN)


def numeric_references(document: bytes) -> bytes:
    """Put in the numeric references of titles."""
    return document.replace(_LESS_THAN.encode(), b"&#x3C;").replace(_AMPERSAND.encode(), b"&#x26;")


def with_stylesheet(document: bytes, publication: Publication) -> bytes:
    """Put in the instruction that names the stylesheet (W3C, xml-stylesheet), given at least a document's beginning.

    The stylesheet's address has no host, so that it works wherever the feed is served.
    """
    if not publication.stylesheet:
        return document
    declaration, end, rest = document.partition(b"?>\n")
    style = escape(urlsplit(publication.site_url).path + STYLE_FILE)
    return declaration + end + f'<?xml-stylesheet type="text/css" href="{style}"?>\n'.encode() + rest


def related_documents(feed: Feed, format: str) -> tuple[str | None, str | None, str | None]:
    """Return the addresses of the documents around a feed's, in the same format and in the order of RELATIONS."""

    def address(base: str | None) -> str | None:
        return feed.publication.feed_url(base, format) if base else None

    return address(feed.current), address(feed.previous), address(feed.next)


def history_mark(current: str | None, *, complete: bool) -> str | None:
    """Return the name of the element that marks an archive or a complete feed (RFC 5005, sections 2 and 4)."""
    return "archive" if current else "complete" if complete else None


def picture_tags(entry: Entry, *, has_title: bool = True) -> Iterator[Tag]:
    """Yield the picture of an entry, if it has one, as Media RSS.

    The alternative text is its ``media:title``: readers take a ``media:description`` for the text of the entry. If the
    entry has no title in the feed, they would take the picture's for that, so it is left out.
    """
    picture = entry.attached.image
    if picture:
        size = {"width": picture.width and str(picture.width), "height": picture.height and str(picture.height)}
        attributes = {"url": picture.url, "type": picture.media_type, "medium": "image", **size}
        alt = picture.alt if has_title else None
        title = (Tag("media:title", alt, {"type": "plain"}),) if alt else ()
        yield Tag("media:content", None, {key: value for key, value in attributes.items() if value}, title)


def text_of(element: Element, tag: str) -> str:
    """Return the text of the first child with a tag; empty if there is none."""
    return element.findtext(tag) or ""


def all_text(element: Element) -> str:
    """Return the text of an element and all elements in it, on one line."""
    return " ".join("".join(element.itertext()).split())


def all_values(element: Element) -> str:
    """Return all attributes and texts of an element and of those in it, on one line."""
    parts: list[str] = []
    for inner in element.iter():
        parts += (f"{name}={text}" for name, text in sorted(inner.items()))
        parts.append(inner.text or "")
    return " ".join(" ".join(parts).split())


def links_of(element: Element) -> dict[str, str]:
    """Return the addresses of Atom links by relation; the first of each counts."""
    links: dict[str, str] = {}
    for link in element.iterfind(f"{ATOM}link"):
        links.setdefault(link.get("rel", "alternate"), link.get("href", ""))
    return links


def older_document(links: Mapping[str, str]) -> str | None:
    """Return the address of the document with older items, archives before pages (RFC 5005, sections 3 and 4)."""
    return links.get("prev-archive") or links.get("next") or None


def enclosure_of(element: Element, *attributes: str) -> ItemEnclosure:
    """Read an enclosure from the attributes that hold its address, type, length and perhaps title."""
    return ItemEnclosure(*(element.get(name, "") for name in attributes))


def read_picture(item: Element) -> tuple[str, dict[str, str]]:
    """Return the address of an item's picture in Media RSS, and as fields all its attributes and alternative text."""
    content = item.find(f"{MEDIA}content[@medium='image']")
    if content is None:
        return "", {"image": "", "image_alt": ""}
    alt = content.find(f"{MEDIA}title")
    if alt is None:
        alt = content.find(f"{MEDIA}description")  # earlier releases wrote this
    text = "" if alt is None else alt.text or ""
    if alt is not None and alt.get("type") == "html":
        text = unescape(text)  # escaped once more
    attributes = " ".join(f"{name}={value}" for name, value in sorted(content.items()))
    return content.get("url", ""), {"image": attributes, "image_alt": text}
