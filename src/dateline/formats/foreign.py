"""Read feeds in XML that others wrote. The only module that uses feedparser."""

import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import feedparser

from dateline.errors import InputError
from dateline.feed_formats import FORMATS
from dateline.formats.items import (
    Document,
    Item,
    ItemEnclosure,
    absolute,
    aware_or_none,
    iso_datetime,
    mail_datetime,
    not_a_feed,
)
from dateline.formats.xml import in_utf8, parse
from dateline.formats.xml_feed import older_document
from dateline.lazy_patterns import lazy_pattern
from dateline.render.html import text_to_html
from dateline.render.limits import TIME_LIMIT, time_limit
from dateline.render.paragraphs import with_paragraphs

_REFERENCE = lazy_pattern(rb"&#(x[0-9a-f]+|[0-9]+);?", re.IGNORECASE)
_MAX_NAME = 1000  # characters; feedparser looks for addresses in quadratic time
_ENCLOSURE = ("href", "type", "length", "title")
_NAMED = ("author", "contributor", "creator", "editor", "email", "manag", "name", "owner", "publisher", "webmaster")


def read_foreign(content: bytes, address: str, read_ours: Callable[[bytes, str], Document]) -> Document:
    """Read RSS or Atom of any kind that feedparser knows, well-formed or not. Raises InputError if it is neither.

    What feedparser cannot read in linear time is refused first; the rest may take as long as a rendering. feedparser
    doesn't get the address: it would resolve a guid such as ``12``, which readers know as it is written. `read_ours`
    reads what Dateline writes, and the details that feedparser leaves out of other well-formed feeds.
    """
    content = in_utf8(content)
    root = parse(content)
    own = None
    if root is None:
        content = _REFERENCE.sub(_replace_reference, content)
    else:
        _refuse_long_names(root)
        with suppress(InputError):
            own = read_ours(content, address)
            if own.is_ours:
                return own
    parsed = _parse_with_feedparser(content)
    document = _completed(_document(parsed, address), own)
    return _published_posts(document, parsed, _bylines(root)) if parsed.feed.get("wp_wxr_version") else document


def _refuse_long_names(root: Any) -> None:
    tags = ((element, element.tag.rpartition("}")[2].lower()) for element in root.iter())
    names = (element for element, tag in tags if any(word in tag for word in _NAMED))
    if any(len("".join(name.itertext())) > _MAX_NAME for name in names):
        problem = f"not a feed (a name of more than {_MAX_NAME:,} characters)"
        raise InputError(problem, "shorten it in a copy of the feed")


def _parse_with_feedparser(content: bytes) -> Any:
    try:
        with time_limit():
            # As a stream: feedparser would open bytes as the name of a file first.
            parsed = feedparser.parse(BytesIO(content), sanitize_html=False, resolve_relative_uris=False)
    except TimeoutError:
        raise not_a_feed(f"not read within {TIME_LIMIT:.0f} seconds") from None
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        raise not_a_feed("feedparser fails to read it") from None  # it has no error of its own
    if not parsed.get("version"):
        raise not_a_feed("neither RSS nor Atom")
    return parsed


def _replace_reference(reference: re.Match[bytes]) -> bytes:
    """Replace a reference to no character, on which feedparser fails, by U+FFFD."""
    number = reference[1].lower()
    is_known = len(number) < 8 and int(number.lstrip(b"x"), 16 if number.startswith(b"x") else 10) <= sys.maxunicode
    return reference[0] if is_known else "\ufffd".encode()


def _document(parsed: Any, address: str) -> Document:
    """Return what feedparser found."""
    links = {link.get("rel"): link.get("href") for link in reversed(parsed.feed.get("links", []))}
    format = "atom" if parsed.version.startswith("atom") else "rss"
    has_one_enclosure = FORMATS[format].has_one_enclosure
    return Document(
        address=address,
        format=format,
        id=parsed.feed.get("id") or None,
        own_address=absolute(address, links.get("self")) or None,
        previous=absolute(address, older_document(links)) or None,
        items=tuple(_item(entry, address)._replace(has_one_enclosure=has_one_enclosure) for entry in parsed.entries),
    )


def _completed(document: Document, own: Document | None) -> Document:
    """Add to what feedparser found what our `own` reader found, if it could read the document."""
    if own is None:
        return document
    items = document.items
    if len(own.items) == len(items):
        pairs = zip(items, own.items, strict=True)
        items = tuple(item._replace(episode=known.episode, details=known.details) for item, known in pairs)
    return document._replace(items=items, guid=own.guid, details=own.details)


def _bylines(root: Any) -> dict[str, str]:
    """Return the names of the authors in an export of WordPress, whose items have only what they log in with.

    Empty if the export is not well-formed (`root` is None).
    """
    elements = () if root is None else root.iter()
    authors = (element for element in elements if element.tag.endswith("}author"))
    fields = [{child.tag.rpartition("}")[2]: child.text or "" for child in author} for author in authors]
    return {
        author["author_login"]: author.get("author_display_name", "") for author in fields if "author_login" in author
    }


def _published_posts(document: Document, parsed: Any, bylines: Mapping[str, str]) -> Document:
    """Leave out of an export of WordPress whatever its visitors don't see as a post: pages, files, drafts."""
    kinds = [_kind(entry) for entry in parsed.entries]
    posts = [item for item, kind in zip(document.items, kinds, strict=True) if not kind]
    items = (
        item._replace(
            authors=tuple(bylines.get(name) or name for name in item.authors),
            html=item.html if re.search(r"<p[\s>]", item.html) else with_paragraphs(item.html),
        )
        for item in posts
    )
    return document._replace(items=tuple(items), left_out=Counter(filter(None, kinds)))


def _kind(entry: Any) -> str:
    """Return what an item of an export is, if it isn't a published post: its type, or its status."""
    type, status, password = _texts(entry, "wp_post_type", "wp_status", "wp_post_password")
    if type != "post":
        return type or "unknown"
    return "with a password" if password and status == "publish" else status if status != "publish" else ""


def _item(entry: Any, address: str) -> Item:
    url, summary = absolute(address, entry.get("link")), _texts(entry, "summary")[0]
    if entry.get("summary_detail", {}).get("type") == "text/plain":
        summary = text_to_html(summary)
    html = next((content.value for content in entry.get("content", []) if content.get("value")), "")
    enclosures = (ItemEnclosure(*_texts(link, *_ENCLOSURE)) for link in entry.get("enclosures", []))
    return Item(
        id=entry.get("id") or url,
        url=url,
        title=_texts(entry, "title")[0],
        published=_moment(entry, "published"),
        updated=_moment(entry, "updated"),
        authors=tuple(filter(None, _names(entry))),
        html=html or summary,
        summary=summary,
        tags=tuple(_texts(tag, "term")[0] for tag in entry.get("tags", [])),
        enclosures=tuple(found._replace(url=absolute(address, found.url)) for found in enclosures),
        only_summary=not html,
    )


def _texts(fields: Any, *names: str) -> list[str]:
    """Return the values of fields, each of which may be missing or None."""
    return [fields.get(name) or "" for name in names]


def _names(entry: Any) -> list[str]:
    """Return the authors of an entry. RSS has ``e-mail (name)``, where feedparser misses some e-mail addresses."""
    match _texts(entry, "author")[0].split(None, 1):
        case [email, name] if "@" in email and name.startswith("(") and name.endswith(")"):
            return [name[1:-1]]
    return [author.get("name") or author.get("email") or "" for author in entry.get("authors", [])]


def _moment(entry: Any, name: str) -> datetime | None:
    """Read a date with its offset as written, else as feedparser understands it, in UTC."""
    written = dict.get(entry, name) or ""  # feedparser gives the one date for the other
    if moment := iso_datetime(written) or mail_datetime(written):
        return moment
    year, month, day, hour, minute, second, *_ = dict.get(entry, f"{name}_parsed") or (0,) * 6
    with suppress(ValueError):  # there is none, or no such day
        return aware_or_none(datetime(year, month, day, hour, minute, second, tzinfo=UTC))
    return None
