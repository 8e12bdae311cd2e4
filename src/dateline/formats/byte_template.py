"""A text cut into pieces, with slots between them: how it is filled with values, and how it is kept."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from dateline.content.dates import in_utc
from dateline.formats.items import MONTHS
from dateline.hashing import digest_bytes

_DIGEST = 32  # characters
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

# The place of a slot among the pieces, and the number of the value that goes there.
Slot = tuple[int, int]
# What is replaced in a text, one after the other: a special character or several, after their first byte, and by what.
References = list[tuple[bytes, bytes, bytes]]


def mail_date(moment: datetime) -> str:
    """Return a moment as in RFC 2822."""
    iso = moment.isoformat(timespec="seconds")
    day, month = _DAYS[moment.weekday()], MONTHS[moment.month - 1]
    return f"{day}, {iso[8:10]} {month} {iso[:4]} {iso[11:19]} {iso[19:].replace(':', '')}"


# How dates are written.
DATES: dict[str, Callable[[datetime], str]] = {"utc": in_utc, "mail": mail_date}


class ByteTemplate(NamedTuple):
    """Pieces, those empty that are slots: for texts to escape, for dates in a form of DATES, and for bytes."""

    pieces: list[bytes]
    texts: list[tuple[Slot, References]]
    dates: list[tuple[Slot, str]]
    parts: list[Slot]

    def fill(self, values: Sequence[Any]) -> bytes:
        """Return the text with values in it. Raises ValueError for half a surrogate pair."""
        pieces = self.pieces.copy()
        for (place, number), references in self.texts:
            text: bytes = values[number].encode()
            for first, special, reference in references:
                if first in text:
                    text = text.replace(special, reference)
            pieces[place] = text
        for (place, number), form in self.dates:
            pieces[place] = DATES[form](values[number]).encode()
        for place, number in self.parts:
            pieces[place] = values[number]
        return b"".join(pieces)


def encode(template: ByteTemplate) -> bytes:
    """Return a template as JSON, after a digest of it."""
    content = json.dumps(template, default=bytes.decode).encode()
    return digest_bytes(content).encode() + content


def decode(value: bytes | None, count: int) -> ByteTemplate | None:
    """Return a template for this number of values; None if there is none, or if it is damaged."""
    digest, content = (value or b"")[:_DIGEST], (value or b"")[_DIGEST:]
    if digest_bytes(content).encode() != digest:
        return None
    try:
        return _decode(content, count)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return None


def _decode(content: bytes, count: int) -> ByteTemplate:
    pieces, texts, dates, parts = json.loads(content)
    places, numbers = range(len(pieces)), range(count)

    if not {form for _, form in dates} <= DATES.keys():
        raise ValueError

    def slot(place: int, number: int) -> Slot:
        return places[place], numbers[number]

    return ByteTemplate(
        [piece.encode() for piece in pieces],
        [(slot(*at), [(a.encode(), b.encode(), c.encode()) for a, b, c in references]) for at, references in texts],
        [(slot(*at), form) for at, form in dates],
        [slot(*at) for at in parts],
    )
