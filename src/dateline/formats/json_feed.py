"""JSON Feed 1.1."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import quote

from dateline.formats.table import FORMATS, history
from dateline.model import Author, Enclosure, Entry, Feed

_JSON = FORMATS["json"]
_IN_MAILTO = "@!$'*+"


def serialise(feed: Feed) -> bytes:
    """The feed as a JSON Feed document in UTF-8, each item with its authors, date_published and date_modified."""
    publication = feed.publication
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.base + _JSON.filename,
        "next_url": history(feed, _JSON).get("prev-archive"),
        "description": publication.description,
        "icon": feed.logo,
        "favicon": feed.icon,
        "authors": [_author(author) for author in feed.authors],
        "language": publication.language,
        "expired": feed.moved is not None,
        "hubs": [{"type": "WebSub", "url": publication.hub}] if publication.hub else None,
    }
    fields = [f'"{key}": {_text(value)}' for key, value in _written(document).items()]
    items = [_text(_item(entry, publication.language)) for entry in feed.entries]
    # A line for each: to indent within them takes ten times as long.
    return ("{\n" + ",\n".join([*fields, '"items": [\n' + ",\n".join(items) + "\n]"]) + "\n}\n").encode()


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _item(entry: Entry, language: str) -> dict[str, Any]:
    post = entry.post
    return _written(
        {
            "id": post.id,
            "url": post.canonical_url,
            "title": post.title,
            "summary": entry.summary,
            "image": entry.attached.image and entry.attached.image.url,
            "date_published": _rfc3339(post.published),
            "date_modified": _rfc3339(post.updated),
            "authors": [_author(author) for author in post.authors],
            "tags": list(post.tags),
            "language": post.language if post.language != language else None,
            "attachments": [_attachment(enclosure) for enclosure in entry.attached.enclosures],
            # An item has to have content of one kind.
            **({"content_html": entry.html} if entry.html else {"content_text": entry.summary}),
        }
    )


def _attachment(enclosure: Enclosure) -> dict[str, Any]:
    return _written(
        {
            "url": enclosure.url,
            "mime_type": enclosure.media_type,
            "title": enclosure.title,
            "size_in_bytes": enclosure.size,
            "duration_in_seconds": enclosure.duration,
        }
    )


def _author(author: Author) -> dict[str, str]:
    # What an address may hold and a URI may not is percent-encoded (RFC 6068, section 2).
    url = author.url or (f"mailto:{quote(author.email, safe=_IN_MAILTO)}" if author.email else None)
    return {"name": author.name, **({"url": url} if url else {})}


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _written(fields: dict[str, Any]) -> dict[str, Any]:
    """Without what there is nothing to say of."""
    return {key: value for key, value in fields.items() if value}
