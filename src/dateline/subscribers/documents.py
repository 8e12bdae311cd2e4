"""Bytes ─▶ Document. JSON Feed, and the RSS and Atom that Dateline itself writes, without the help of a library.

A build that has changed one post reads what stood there before, and to load feedparser takes as long as that build.
"""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from dateline.errors import Unreadable
from dateline.subscribers.items import Document, Enclosed, Item

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_ATOM = "{http://www.w3.org/2005/Atom}"
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
_MEDIA = "{http://search.yahoo.com/mrss/}"
# What an attachment says of itself beside its address.
_TOLD = ("mime_type", "size_in_bytes", "title", "duration_in_seconds")
# By what a document leads to older ones (RFC 5005, sections 3 and 4); archives go before pages.
OLDER = ("prev-archive", "next")
# No zone is a day or more from UTC.
_FIRST, _LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


def is_json(content: bytes) -> bool:
    """Whether this is JSON, if it is a feed."""
    return content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def read_ours(content: bytes, address: str) -> Document:
    """Read a JSON Feed, or the RSS or Atom that Dateline wrote. Raises Unreadable where it is none of these."""
    return _read_json(content, address) if is_json(content) else _read_xml(content, address)


def no_feed(said: str) -> Unreadable:
    """What to say of a text that is no feed."""
    return Unreadable(f"not a feed ({said})", "name one in RSS, Atom or JSON Feed")


def _read_json(content: bytes, address: str) -> Document:
    """JSON Feed 1.0 or 1.1."""
    try:
        feed = json.loads(content)
        if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
            raise no_feed("JSON without items")
        return Document(
            address=address,
            format="json",
            id=None,
            title=_text(feed.get("title")),
            own_address=_text(feed.get("feed_url")) or None,
            home=_text(feed.get("home_page_url")) or None,
            previous=absolute(address, _text(feed.get("next_url"))) or None,
            items=tuple(_json_item(item, address) for item in feed["items"] if isinstance(item, dict)),
        )
    except (ValueError, RecursionError) as error:
        if isinstance(error, Unreadable):
            raise
        raise no_feed("JSON that cannot be read") from None


def _json_item(item: dict[str, Any], address: str) -> Item:
    url, whole = _text(item.get("url")), _text(item.get("content_html") or item.get("content_text"))
    authors = _list(item.get("authors")) or [item.get("author")]
    return Item(
        id=_text(item.get("id")) or url,
        url=absolute(address, url),
        title=_text(item.get("title")),
        published=iso_moment(_text(item.get("date_published"))),
        updated=iso_moment(_text(item.get("date_modified"))),
        authors=tuple(filter(None, (_text(author.get("name")) for author in authors if isinstance(author, dict)))),
        html=whole or _text(item.get("summary")),
        summary=_text(item.get("summary")),
        tags=tuple(_text(tag) for tag in _list(item.get("tags"))),
        enclosures=tuple(
            Enclosed(absolute(address, _text(attachment.get("url"))), *(_text(attachment.get(key)) for key in _TOLD))
            for attachment in _list(item.get("attachments"))
            if isinstance(attachment, dict)
        ),
        image=_text(item.get("image")),
        only_summary=not whole,
    )


def _text(value: object) -> str:
    """A value as text; ids in JSON may be numbers (JSON Feed 1.1: "should be a string", readers take others).

    JSON can hold halves of characters, which nothing can print.
    """
    return "" if value is None or isinstance(value, (dict, list)) else str(value).encode(errors="replace").decode()


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def absolute(address: str, link: str) -> str:
    """A link of the document at an address; as it stands where nobody could follow it, and nothing where it is none."""
    try:
        return urljoin(address, link) if link else ""
    except ValueError:
        return link


def iso_moment(text: str) -> datetime | None:
    """A date of RFC 3339 to the second, which is all that RSS has, or None. One without an offset is no moment."""
    try:
        return known_moment(datetime.fromisoformat(text).replace(microsecond=0))
    except ValueError:
        return None


def _read_xml(content: bytes, address: str) -> Document:
    from xml.etree import ElementTree

    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - expat bounds the expansion of entities
    except ElementTree.ParseError:
        raise no_feed("XML that is not well-formed") from None
    channel = root.find("channel")
    if root.tag == f"{_ATOM}feed":
        return _atom(root, address)
    if channel is None:
        raise no_feed(f"XML, but neither RSS nor Atom: {root.tag}")
    return _rss(channel, address)


def _links(element: "Element") -> dict[str, str]:
    """Addresses by relation; the first of each counts."""
    links: dict[str, str] = {}
    for link in element.iterfind(f"{_ATOM}link"):
        links.setdefault(link.get("rel", "alternate"), link.get("href", ""))
    return links


def _older(links: dict[str, str]) -> str | None:
    return next((links[relation] for relation in OLDER if relation in links), None)


def _atom(feed: "Element", address: str) -> Document:
    """Atom 1.0 (RFC 4287)."""
    links = _links(feed)
    return Document(
        address=address,
        format="atom",
        id=_found(feed, f"{_ATOM}id"),
        title=_found(feed, f"{_ATOM}title"),
        own_address=links.get("self"),
        home=links.get("alternate"),
        previous=_older(links),
        items=tuple(_atom_item(entry) for entry in feed.iterfind(f"{_ATOM}entry")),
    )


def _atom_item(entry: "Element") -> Item:
    summary, whole = _found(entry, f"{_ATOM}summary"), _found(entry, f"{_ATOM}content")
    names = (_found(author, f"{_ATOM}name") for author in entry.iterfind(f"{_ATOM}author"))
    return Item(
        id=_found(entry, f"{_ATOM}id"),
        url=_links(entry).get("alternate", ""),
        title=_found(entry, f"{_ATOM}title"),
        published=iso_moment(_found(entry, f"{_ATOM}published")),
        updated=iso_moment(_found(entry, f"{_ATOM}updated")),
        authors=tuple(names),
        html=whole or summary,
        summary=summary,
        tags=tuple(category.get("term", "") for category in entry.iterfind(f"{_ATOM}category")),
        enclosures=tuple(
            _enclosed(link, "href") for link in entry.iterfind(f"{_ATOM}link") if link.get("rel") == "enclosure"
        ),
        image=_image(entry),
        only_summary=not whole,
    )


def _rss(channel: "Element", address: str) -> Document:
    """RSS 2.0."""
    links = _links(channel)
    return Document(
        address=address,
        format="rss",
        id=None,
        title=_found(channel, "title"),
        own_address=links.get("self"),
        home=_found(channel, "link"),
        previous=_older(links),
        items=tuple(_rss_item(item) for item in channel.iterfind("item")),
    )


def _rss_item(item: "Element") -> Item:
    url, summary, creator = _found(item, "link"), _found(item, "description"), _found(item, _CREATOR)
    whole = _found(item, _ENCODED)
    return Item(
        id=_found(item, "guid") or url,
        url=url,
        title=_found(item, "title"),
        published=mail_moment(_found(item, "pubDate")),
        updated=iso_moment(_found(item, f"{_ATOM}updated")),
        authors=(creator,) if creator else (),
        html=whole or summary,
        summary=summary,
        tags=tuple(category.text or "" for category in item.iterfind("category")),
        enclosures=tuple(_enclosed(enclosure, "url") for enclosure in item.iterfind("enclosure"))[:1],
        first_alone=True,
        image=_image(item),
        only_summary=not whole,
    )


def _enclosed(element: "Element", url: str) -> Enclosed:
    return Enclosed(*(element.get(name, "") for name in (url, "type", "length")))


def _image(element: "Element") -> str:
    """The picture of an item, as Dateline writes it."""
    content = element.find(f"{_MEDIA}content[@medium='image']")
    return "" if content is None else content.get("url", "")


def mail_moment(text: str) -> datetime | None:
    """A date of RFC 822, as RSS has it, or None. One without an offset is no moment."""
    from email.utils import parsedate_to_datetime

    try:
        return known_moment(parsedate_to_datetime(text))
    except (ValueError, IndexError, OverflowError):
        return None


def known_moment(written: datetime) -> datetime | None:
    """What was written, where that is a moment, and one that every zone has a date for."""
    return written if written.tzinfo and _FIRST <= written <= _LAST else None


def _found(element: "Element", tag: str) -> str:
    return element.findtext(tag) or ""
