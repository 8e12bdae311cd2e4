"""Bytes ─▶ Document, for feeds that others wrote. The one fence around feedparser."""

import re
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import feedparser

from dateline.subscribers.documents import OLDER, absolute, iso_moment, known_moment, mail_moment, no_feed
from dateline.subscribers.episodes import episodes
from dateline.subscribers.items import Document, Enclosed, Episode, Item

_MAILED = re.compile(r"\S+@\S+\s+\((.*)\)")


def read_foreign(content: bytes, address: str) -> Document:
    """Read RSS or Atom of any kind that feedparser knows, well-formed or not. Raises Unreadable where it is neither.

    feedparser is not told the address: it would make one of a guid such as ``12``, which readers know as it stands.
    """
    # As a stream: bytes are taken for the name of a file first, and that is opened.
    parsed = feedparser.parse(BytesIO(content), sanitize_html=False, resolve_relative_uris=False)
    if not parsed.get("version"):
        raise no_feed("neither RSS nor Atom")
    feed = parsed.feed
    links = {link.get("rel"): link.get("href") for link in reversed(feed.get("links", []))}
    guid, told = episodes(content)
    if len(told) != len(parsed.entries):
        told = [Episode()] * len(parsed.entries)
    older = next((links[relation] for relation in OLDER if links.get(relation)), None)
    return Document(
        address=address,
        format="atom" if parsed.version.startswith("atom") else "rss",
        id=feed.get("id") or None,
        title=feed.get("title") or "",
        own_address=absolute(address, links.get("self") or "") or None,
        home=feed.get("link") or None,
        previous=absolute(address, older or "") or None,
        items=tuple(
            _item(entry, address)._replace(first_alone=parsed.version.startswith("rss"), episode=episode)
            for entry, episode in zip(parsed.entries, told, strict=True)
        ),
        guid=guid,
    )


def _item(entry: Any, address: str) -> Item:
    url = absolute(address, entry.get("link") or "")
    summary = entry.get("summary") or ""
    whole = next((content.value for content in entry.get("content", []) if content.get("value")), "")
    return Item(
        id=entry.get("id") or url,
        url=url,
        title=entry.get("title") or "",
        published=_moment(entry, "published"),
        updated=_moment(entry, "updated"),
        authors=tuple(filter(None, _names(entry))),
        html=whole or summary,
        summary=summary,
        tags=tuple(tag.get("term") or "" for tag in entry.get("tags", [])),
        enclosures=tuple(
            Enclosed(
                absolute(address, enclosure.get("href") or ""),
                *(enclosure.get(name) or "" for name in ("type", "length", "title")),
            )
            for enclosure in entry.get("enclosures", [])
        ),
        only_summary=not whole,
    )


def _names(entry: Any) -> list[str]:
    """Who signed an entry. RSS has ``e-mail (name)``, of which feedparser finds only some e-mail addresses."""
    if mailed := _MAILED.fullmatch(entry.get("author") or ""):
        return [mailed[1]]
    return [author.get("name") or author.get("email") or "" for author in entry.get("authors", [])]


def _moment(entry: Any, name: str) -> datetime | None:
    """A date with the offset that was written, else as feedparser understands it, which is in UTC."""
    written = dict.get(entry, name) or ""  # feedparser gives the one date for the other
    parsed = dict.get(entry, f"{name}_parsed")
    moment = iso_moment(written) or mail_moment(written)
    if moment or not parsed:
        return moment
    try:
        year, month, day, hour, minute, second = parsed[:6]
        return known_moment(datetime(year, month, day, hour, minute, second, tzinfo=UTC))
    except ValueError:
        return None
