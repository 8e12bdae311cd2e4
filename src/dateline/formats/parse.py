"""Bytes ─▶ Document. JSON Feed, and RSS and Atom that are well-formed, without the help of a library.

A build that has changed one post reads what stood there before, and to load feedparser takes as long as that build.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from dateline.errors import Unreadable
from dateline.formats.items import Document, Enclosed, Episode, Item, details
from dateline.formats.xml import in_utf8, no_feed, parse
from dateline.render.html import text_to_html

_ATOM = "{http://www.w3.org/2005/Atom}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
_MEDIA = "{http://search.yahoo.com/mrss/}"
_ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
_PODCAST = (
    "{https://podcastindex.org/namespace/1.0}",
    "{https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md}",
)
_DELETED = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
# What Apple's tags are called in front matter, and in the table [podcast].
_EPISODE = {
    "episode": "episode",
    "season": "season",
    "title": "episode_title",
    "explicit": "explicit",
    "duration": "duration",
    "episodeType": "episode_type",
}
_SHOW = ("author", "category", "explicit", "image", "owner", "type")
# What an attachment says of itself besides its address.
_ATTACHED = ("mime_type", "size_in_bytes", "title", "duration_in_seconds")
# No zone is a day or more from UTC.
_FIRST, _LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


def is_json(content: bytes) -> bool:
    """Whether this is JSON, if it is a feed."""
    return content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def read_ours(content: bytes, address: str) -> Document:
    """Read a JSON Feed, or RSS or Atom that is well-formed. Raises Unreadable where it is none of these."""
    if is_json(content):
        return _read_json(content, address)
    root = parse(in_utf8(content))
    if root is None:
        raise no_feed("XML that is not well-formed")
    document = read_xml(root, address)
    if document is None:
        raise no_feed(f"XML, but neither RSS nor Atom: {root.tag}")
    return document


def read_xml(root: Element, address: str) -> Document | None:
    """Read RSS 2.0 or Atom 1.0 from its root element; None where it is neither."""
    channel = root.find("channel")
    if root.tag == f"{_ATOM}feed":
        return _atom(root, address)
    return None if channel is None else _rss(channel, address)


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
            own_address=_text(feed.get("feed_url")) or None,
            previous=absolute(address, _text(feed.get("next_url"))) or None,
            items=tuple(_json_item(item, address) for item in feed["items"] if isinstance(item, dict)),
            details=details("json", _json_feed(feed)),
        )
    except (ValueError, RecursionError) as error:
        if isinstance(error, Unreadable):
            raise
        raise no_feed("JSON that cannot be read") from None


def _json_feed(feed: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((field, _text(feed.get(field))) for field in ("title", "description", "language"))
    yield "url", _text(feed.get("home_page_url"))
    yield "logo", _text(feed.get("icon"))
    yield "icon", _text(feed.get("favicon"))
    yield "author", _persons(feed)
    yield "hub", " ".join(_text(hub.get("url")) for hub in _list(feed.get("hubs")) if isinstance(hub, dict))
    yield "moved_to", _text(feed.get("expired") or None)


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
            Enclosed(
                absolute(address, _text(attachment.get("url"))), *(_text(attachment.get(key)) for key in _ATTACHED)
            )
            for attachment in _list(item.get("attachments"))
            if isinstance(attachment, dict)
        ),
        image=_text(item.get("image")),
        details=details("json", [("author", _persons(item)), ("language", _text(item.get("language")))]),
        only_summary=not whole,
    )


def _persons(object: dict[str, Any]) -> str:
    """The authors of a feed or an item, with their addresses."""
    authors = (author for author in _list(object.get("authors")) if isinstance(author, dict))
    return ", ".join(" ".join(filter(None, (_text(author.get(key)) for key in ("name", "url")))) for author in authors)


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


def _links(element: Element) -> dict[str, str]:
    """Addresses by relation; the first of each counts."""
    links: dict[str, str] = {}
    for link in element.iterfind(f"{_ATOM}link"):
        links.setdefault(link.get("rel", "alternate"), link.get("href", ""))
    return links


def older(links: Mapping[str, str]) -> str | None:
    """Return the address of the document with older items, of links by relation; archives go before pages.

    RFC 5005, sections 3 and 4.
    """
    return next((links[relation] for relation in ("prev-archive", "next") if links.get(relation)), None)


def _atom(feed: Element, address: str) -> Document:
    """Atom 1.0 (RFC 4287)."""
    links = _links(feed)
    return Document(
        address=address,
        format="atom",
        id=_found(feed, f"{_ATOM}id"),
        own_address=links.get("self"),
        previous=older(links),
        items=tuple(_atom_item(entry) for entry in feed.iterfind(f"{_ATOM}entry")),
        is_ours=_found(feed, f"{_ATOM}generator") == "Dateline",
        details=details("atom", _atom_feed(feed, links)),
    )


def _atom_feed(feed: Element, links: dict[str, str]) -> Iterator[tuple[str, str]]:
    names = {"title": "title", "description": "subtitle", "rights": "rights", "icon": "icon", "logo": "logo"}
    yield from ((field, _found(feed, _ATOM + name)) for field, name in names.items())
    yield "language", feed.get(_LANGUAGE, "")
    yield "url", links.get("alternate", "")
    yield "hub", links.get("hub", "")
    if authors := _people(feed):  # of entries that name none; that they all do is no change
        yield "author", authors
    deleted = (f"{entry.get('ref')} {entry.get('when')} {_all_text(entry)}" for entry in feed.iterfind(_DELETED))
    yield "tombstones", "\n".join(deleted)


def _people(element: Element) -> str:
    """The authors of a feed or an entry, with their addresses."""
    return ", ".join(" ".join(map(_all_text, author)) for author in element.iterfind(f"{_ATOM}author"))


def _atom_item(entry: Element) -> Item:
    summary, whole = _summary(entry.find(f"{_ATOM}summary")), _found(entry, f"{_ATOM}content")
    names = (_found(author, f"{_ATOM}name") for author in entry.iterfind(f"{_ATOM}author"))
    links = (link for link in entry.iterfind(f"{_ATOM}link") if link.get("rel") == "enclosure")
    enclosures = tuple(_enclosed(link, "href", "title") for link in links)
    picture = _picture(entry)
    said = [
        ("author", _people(entry)),
        ("language", entry.get(_LANGUAGE, "")),
        ("enclosure", "\n".join(" ".join(enclosure) for enclosure in enclosures)),
        *_of_picture(picture),
    ]
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
        enclosures=enclosures,
        image=picture.get("url", ""),
        details=details("atom", said),
        only_summary=not whole,
    )


def _summary(element: Element | None) -> str:
    """The summary of an Atom entry as HTML, which is how Dateline writes it today; it was plain text before."""
    text = "" if element is None else element.text or ""
    return text if element is not None and element.get("type") == "html" else text_to_html(text)


def _rss(channel: Element, address: str) -> Document:
    """RSS 2.0."""
    links = _links(channel)
    return Document(
        address=address,
        format="rss",
        id=None,
        own_address=links.get("self"),
        previous=older(links),
        items=tuple(_rss_item(item) for item in channel.iterfind("item")),
        guid=next((_all_text(element) for element in _of_podcast(channel, "guid")), ""),
        is_ours=_found(channel, "generator").partition(" ")[0] == "Dateline",
        details=details("rss", _rss_feed(channel, links)),
    )


def _rss_feed(channel: Element, links: dict[str, str]) -> Iterator[tuple[str, str]]:
    names = {"title": "title", "url": "link", "description": "description", "language": "language"}
    yield from ((field, _found(channel, name)) for field, name in {**names, "rights": "copyright"}.items())
    yield "hub", links.get("hub", "")
    yield "moved_to", _found(channel, f"{_ITUNES}new-feed-url")
    picture = channel.find("image")
    size = () if picture is None else (_found(picture, name) for name in ("url", "width", "height"))
    yield "logo", " ".join(filter(None, size))
    for name in _SHOW:
        yield from ((f"podcast.{name}", _whole(element)) for element in channel.iterfind(_ITUNES + name))
        yield f"podcast.{name}", ""


def _rss_item(item: Element) -> Item:
    url, summary, creator = _found(item, "link"), _found(item, "description"), _found(item, f"{_DC}creator")
    whole, episode, picture = _found(item, _ENCODED), _episode(item), _picture(item)
    said = [
        ("language", _found(item, f"{_DC}language")),
        *((key, dict(episode.said).get(key, "")) for key in _EPISODE.values()),
        ("transcript", "\n".join(_whole(element) for element in _of_podcast(item, "transcript"))),
        ("image", "".join(_whole(element) for element in item.iterfind(f"{_ITUNES}image"))),
        *_of_picture(picture),
    ]
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
        image=picture.get("url", ""),
        episode=episode,
        details=details("rss", said),
        only_summary=not whole,
    )


def _episode(item: Element) -> Episode:
    said = {key: " ".join(_found(item, _ITUNES + name).split()) for name, key in _EPISODE.items()}
    transcripts = [(element.get("url", ""), element.get("type", "")) for element in _of_podcast(item, "transcript")]
    return Episode(tuple((key, text) for key, text in said.items() if text), tuple(transcripts))


def _of_podcast(parent: Element, name: str) -> Iterator[Element]:
    """The children of a name in the namespace of Podcasting 2.0, which goes by two."""
    return (element for space in _PODCAST for element in parent.iterfind(space + name))


def _enclosed(element: Element, url: str, *more: str) -> Enclosed:
    return Enclosed(*(element.get(name, "") for name in (url, "type", "length", *more)))


def _picture(element: Element) -> Element:
    """The picture of an item as Media RSS has it and Dateline writes it; an empty element where there is none."""
    content = element.find(f"{_MEDIA}content[@medium='image']")
    return Element("content") if content is None else content


def _of_picture(content: Element) -> Iterator[tuple[str, str]]:
    """What is said of a picture: its address, type and size, and what it shows."""
    yield "image", " ".join(f"{name}={text}" for name, text in sorted(content.items()))
    shown = (content.find(_MEDIA + name) for name in ("title", "description"))  # which earlier releases wrote
    yield "image_alt", next((_shown(found) for found in shown if found is not None), "")


def _shown(element: Element) -> str:
    """A text of Media RSS as people read it: one of the type ``html`` has what markup is made of escaped once more."""
    text = element.text or ""
    if element.get("type") != "html":
        return text
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _whole(element: Element) -> str:
    """All attributes and texts of an element and of those in it, on one line."""
    parts: list[str] = []
    for inner in element.iter():
        parts += (f"{name}={text}" for name, text in sorted(inner.items()))
        parts.append(inner.text or "")
    return " ".join(" ".join(parts).split())


def _all_text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


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


def _found(element: Element, tag: str) -> str:
    return element.findtext(tag) or ""
