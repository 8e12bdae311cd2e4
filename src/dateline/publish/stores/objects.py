"""How files are stored where their headers are stored with them, as on S3: no web server adds any there."""

import gzip
import zlib
from pathlib import Path
from typing import NamedTuple

from dateline.content.media import content_type, is_text, media_type_of
from dateline.feed_formats import FORMATS
from dateline.fileio import read_regular
from dateline.formats import format_of

# Texts change at the same address: feeds, pages, stylesheets. By their ETag a reader learns cheaply whether they did,
# and a subscriber whom a hub calls gets the new feed, not one from a cache. Media hardly ever change.
_CACHE_TEXT, _CACHE_MEDIA = "no-cache", "max-age=86400"
_LARGEST_TEXT = 2**26  # bytes
_GZIP = b"\x1f\x8b"  # which no text begins with


class StoredObject(NamedTuple):
    """What to store for a file: the bytes, or the file that has them, and the headers to serve it with."""

    body: bytes | Path
    content_type: str
    cache_control: str
    content_encoding: str = ""


def to_object(path: str, content: bytes | Path, *, compress: bool) -> StoredObject:
    """Return what to store for a file. With `compress`, texts are compressed, always to the same bytes."""
    kind = content_type(path)
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    if not _may_be_text(path, kind) or size > _LARGEST_TEXT:
        return StoredObject(content, kind, _CACHE_MEDIA)
    text = content if isinstance(content, bytes) else read_regular(content)
    if found := format_of(text):  # by its content, since feed.toml may give it any name
        kind = content_type(path, FORMATS[found].served_as)
    if not is_text(kind):
        return StoredObject(text, kind, _CACHE_MEDIA)
    if compress:
        return StoredObject(gzip.compress(text, mtime=0), kind, _CACHE_TEXT, "gzip")
    return StoredObject(text, kind, _CACHE_TEXT)


def from_object(path: str, stored: bytes, limit: int) -> bytes:
    """Return the content of a file as it was before `to_object`, or more than `limit` bytes of it.

    Raises zlib.error if it was compressed, and is damaged.
    """
    if not stored.startswith(_GZIP) or not _may_be_text(path, content_type(path)):
        return stored
    return zlib.decompressobj(wbits=31).decompress(stored, limit + 1)


def _may_be_text(path: str, kind: str) -> bool:
    return is_text(kind) or media_type_of(path) is None
