"""JSON Feed: written as 1.1, read as 1.0 or 1.1."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import lru_cache, partial
from typing import Any
from urllib.parse import quote

from dateline.content.ids import profile_of
from dateline.content.urls import MAIL_SAFE, picture_url
from dateline.feed_formats import FORMATS
from dateline.formats.items import (
    Document,
    Item,
    ItemEnclosure,
    absolute,
    details,
    iso_datetime,
    not_a_feed,
    split_footer,
)
from dateline.model import Author, Enclosure, Entry, Feed, Publication

_JSON = FORMATS["json"]
_VERSION = "https://jsonfeed.org/version/"
_dumps = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode
_CONTROLS = bytes({*range(32)} - {10})
_MOST_AUTHORS = 1000
# The keys of an attachment, in the order of Enclosure and ItemEnclosure.
_ATTACHMENT = ("url", "mime_type", "size_in_bytes", "title", "duration_in_seconds")


def write(feed: Feed, _known: object, *, slow: bool) -> Iterator[bytes]:
    """Yield the feed as JSON Feed in UTF-8, each item with its authors, date_published and date_modified.

    Each item is one line: to indent within them takes ten times as long.
    """
    publication = feed.publication
    document = {
        "version": f"{_VERSION}1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": publication.feed_url(feed.base, "json"),
        "next_url": feed.previous and publication.feed_url(feed.previous, "json"),
        "description": publication.description,
        "icon": feed.logo,
        "favicon": feed.icon,
        "authors": [_author(author, publication) for author in feed.authors],
        "language": publication.language,
        "expired": feed.moved is not None,
        "hubs": [{"type": "WebSub", "url": publication.hub}] if publication.hub else None,
    }
    fields = [f'"{key}": {_dumps(value)}' for key, value in _not_empty(document).items()]
    authors = lru_cache(_MOST_AUTHORS)(partial(_author, publication=publication))
    yield ",\n".join(["{\n" + fields[0], *fields[1:], '"items": [\n']).encode()
    separator = b""
    for entry in feed.entries:
        item = _item(entry, publication, authors)
        yield separator + (_dumps(item).encode() if slow else _in_bytes(item))
        separator = b",\n"
    yield b"\n]\n}\n"


def _in_bytes(item: dict[str, Any]) -> bytes:
    """Return an item as JSON, faster than the library does: its HTML, the last value, is much longer than the rest."""
    html = item.pop("content_html", "").encode()
    text: bytes = _dumps(item).encode()
    if not html:
        return text
    if len(html.translate(None, _CONTROLS)) < len(html):
        quoted = _dumps(html.decode()).encode()
    else:
        quoted = b'"' + html.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n") + b'"'
    return text[:-1] + b', "content_html": ' + quoted + b"}"


def _item(entry: Entry, publication: Publication, authors: Callable[[Author], dict[str, Any]]) -> dict[str, Any]:
    post = entry.post
    item = {
        "id": post.id,
        "url": post.canonical_url,
        "external_url": post.related,
        "title": post.title,
        "summary": entry.summary,
        "image": entry.attached.image and entry.attached.image.url,
        "date_published": _rfc3339(post.published),
        "date_modified": _rfc3339(post.updated),
        "authors": list(map(authors, post.authors)),
        "tags": post.tags,
        "language": post.language if post.language != publication.language else None,
        "attachments": [_attachment(enclosure) for enclosure in entry.attached.enclosures],
        # An item must have content of one kind.
        "content_text": None if entry.html else entry.summary,
        "content_html": entry.html,
    }
    return _not_empty(item)


def _attachment(enclosure: Enclosure) -> dict[str, Any]:
    values = dict(zip(_ATTACHMENT, enclosure, strict=True))
    return _not_empty({key: values[key] for key in ("url", "mime_type", "title", *_ATTACHMENT)})


def _author(author: Author, publication: Publication) -> dict[str, Any]:
    profile = profile_of(publication, author.name)
    url = author.url or (author.email and "mailto:" + quote(author.email, safe=MAIL_SAFE))
    avatar = picture_url(profile.picture, publication.site_url)
    return _not_empty({"name": author.name, "url": url, "avatar": avatar})


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _not_empty(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value}


def is_feed(content: bytes) -> bool:
    """Return whether a document is JSON Feed: JSON that says which version of it."""
    try:
        feed = json.loads(content) if b"jsonfeed.org" in content else None  # other data may be large
    except (ValueError, RecursionError):
        return False
    return isinstance(feed, dict) and str(feed.get("version")).startswith(_VERSION)


def read(content: bytes, address: str) -> Document:
    """Read JSON Feed, whether it says its version or not. Raises InputError if it is not JSON with items."""
    try:
        feed = json.loads(content)
    except (ValueError, RecursionError):
        raise not_a_feed("JSON that cannot be read") from None
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        raise not_a_feed("JSON without items")
    return Document(
        address=address,
        format="json",
        id=None,
        own_address=_text(feed.get("feed_url")) or None,
        previous=absolute(address, _text(feed.get("next_url"))) or None,
        items=tuple(_read_item(item, address) for item in _objects(feed, "items")),
        details=details("json", _feed_fields(feed)),
    )


def _feed_fields(feed: dict[str, Any]) -> dict[str, str]:
    names = {field: field for field in ("title", "description", "language")}
    names |= {"url": "home_page_url", "logo": "icon", "icon": "favicon"}
    return {
        **{field: _text(feed.get(name)) for field, name in names.items()},
        "author": _authors(feed),
        "hub": " ".join(_text(hub.get("url")) for hub in _objects(feed, "hubs")),
        "moved_to": _text(feed.get("expired") or None),
    }


def _read_item(item: dict[str, Any], address: str) -> Item:
    url = _text(item.get("url"))
    html, footer = split_footer(_text(item.get("content_html") or item.get("content_text")))
    summary, author = _text(item.get("summary")), item.get("author")  # one author in version 1.0
    attachments = _objects(item, "attachments")
    enclosures = (ItemEnclosure(*(_text(found.get(key)) for key in _ATTACHMENT)) for found in attachments)
    authors = _objects(item, "authors") or ([author] if isinstance(author, dict) else [])
    fields = {
        "author": _authors(item),
        "language": _text(item.get("language")),
        "related": _text(item.get("external_url")),
    }
    return Item(
        id=_text(item.get("id")) or url,
        url=absolute(address, url),
        title=_text(item.get("title")),
        published=iso_datetime(_text(item.get("date_published"))),
        updated=iso_datetime(_text(item.get("date_modified"))),
        authors=tuple(filter(None, (_text(author.get("name")) for author in authors))),
        html=html or summary,
        summary=summary,
        tags=tuple(map(_text, _objects(item, "tags", object))),
        enclosures=tuple(found._replace(url=absolute(address, found.url)) for found in enclosures),
        image=_text(item.get("image")),
        details=details("json", fields),
        only_summary=not html,
        footer=footer,
    )


def _authors(object: dict[str, Any]) -> str:
    """Return the authors of a feed or an item with their addresses and pictures, as one text."""
    parts = ((_text(author.get(key)) for key in ("name", "url", "avatar")) for author in _objects(object, "authors"))
    return ", ".join(" ".join(filter(None, author)) for author in parts)


def _text(value: object) -> str:
    """Return a value as text; ids may be numbers (JSON Feed 1.1: "should be a string", so readers take others).

    JSON can hold lone surrogates, which cannot be printed.
    """
    return "" if value is None or isinstance(value, (dict, list)) else str(value).encode(errors="replace").decode()


def _objects(parent: dict[str, Any], key: str, type: type = dict) -> list[Any]:
    """Return the values of an array that are objects, or of another type."""
    values = parent.get(key)
    return [value for value in values if isinstance(value, type)] if isinstance(values, list) else []


def texts(content: bytes) -> Iterator[str]:
    """Yield every string of a document of ours."""
    values = [json.loads(content)]
    while values:
        value = values.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, (dict, list)):
            values += value.values() if isinstance(value, dict) else value
