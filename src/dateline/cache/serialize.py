"""A post as text, and back; and what is attached to its entry."""

import json
from datetime import datetime
from typing import Any

from dateline.cache.connection import Damaged
from dateline.model import (
    Attached,
    Author,
    Enclosure,
    Episode,
    Medium,
    Note,
    Picture,
    Post,
    Transcript,
    Withdrawal,
)

# All that a post says, or what an entry has attached, as text from which it can be made again.
encode = json.JSONEncoder(ensure_ascii=False, default=datetime.isoformat).encode


def post_of(text: str) -> Post:
    """The post that `encode` made a text of. Raises CatalogueError."""
    try:
        said = dict(zip(Post._fields, json.loads(text), strict=True))
        for name in ("published", "updated", "due"):
            said[name] = datetime.fromisoformat(said[name])
        for name in ("tags", "aliases"):
            said[name] = tuple(said[name])
        said["authors"] = tuple(Author(*author) for author in said["authors"])
        said["notes"] = tuple(_note(*note) for note in said["notes"])
        said["withdrawn"] = said["withdrawn"] and _withdrawal(*said["withdrawn"])
        said["image"] = said["image"] and Medium(*said["image"])
        said["enclosures"] = _media(said["enclosures"])
        said["episode"] = said["episode"] and _episode(*said["episode"])
        return Post(**said)
    except (ValueError, TypeError):
        raise Damaged from None


def _note(kind: str, date: str, published: str, text: str, announced: bool) -> Note:
    return Note(kind, date, datetime.fromisoformat(published), text, announced)


def _withdrawal(moment: str, reason: str | None) -> Withdrawal:
    return Withdrawal(datetime.fromisoformat(moment), reason)


def _episode(*said: Any) -> Episode:
    *rest, transcripts = said
    return Episode._make([*rest, _media(transcripts)])


def _media(media: list[list[Any]]) -> tuple[Medium, ...]:
    return tuple(Medium(*medium) for medium in media)


def attached_text(attached: Attached) -> str:
    """All that an entry carries beside its text, as text to make it from again; empty where that is nothing."""
    return encode(attached) if any(attached) else ""


def attached_of(text: str) -> Attached:
    """What `attached_text` made a text of."""
    if not text:
        return Attached()
    image, enclosures, transcripts = json.loads(text)
    return Attached(
        Picture(*image) if image else None,
        tuple(Enclosure(*enclosure) for enclosure in enclosures),
        tuple(Transcript(*transcript) for transcript in transcripts),
    )
