"""What a request for a file is answered with: all of it, a part, or that it is as it was (RFC 9110). Pure functions."""

import gzip
import re
from collections.abc import Mapping
from email.utils import formatdate, parsedate_to_datetime
from typing import NamedTuple

_TOO_SHORT = 500  # bytes; to compress less saves nothing
_TOO_LONG = 20_000_000  # bytes; nobody waits for that to be compressed
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
_COMPRESSIBLE = re.compile(r"text/|application/(?:[\w.-]+\+)?(?:json|xml)\b|image/svg\+xml|application/javascript")
_TAG = re.compile(r'(?:W/)?("[^"]*")')


class Content(NamedTuple):
    """What stands at an address: its size in bytes, its type, its entity tag, and when it was written (seconds)."""

    size: int
    media_type: str
    tag: str
    written: float


class Reply(NamedTuple):
    """A status, headers, and which bytes to send, from and up to; `compressed` says that they go through gzip."""

    status: int
    headers: dict[str, str]
    start: int = 0
    end: int = 0
    compressed: bool = False


def reply(content: Content, method: str, request: Mapping[str, str], now: float) -> Reply:
    """How to answer a GET or HEAD with these headers, their names in small letters."""
    asked = _asked(content, method, request)
    compressed = asked is None and is_compressed(content, request)
    tag = f'"{content.tag}-gzip"' if compressed else f'"{content.tag}"'
    headers = {"cache-control": "no-cache", "etag": tag, "last-modified": formatdate(_dated(content, now), usegmt=True)}
    if may_be_compressed(content):
        headers["vary"] = "Accept-Encoding"
    if _is_known(content, tag, request):
        return Reply(304, headers)
    headers |= {"content-type": content.media_type, "accept-ranges": "bytes"}
    if asked is None:
        if compressed:
            headers["content-encoding"] = "gzip"
        return Reply(200, headers, 0, content.size, compressed)
    start, end = asked
    if start >= end:
        return Reply(416, {**headers, "content-range": f"bytes */{content.size}"})
    return Reply(206, {**headers, "content-range": f"bytes {start}-{end - 1}/{content.size}"}, start, end)


def compress(content: bytes) -> bytes:
    """The same bytes for the same content."""
    return gzip.compress(content, compresslevel=6, mtime=0)


def may_be_compressed(content: Content) -> bool:
    """Whether this is text, and neither too little nor too much of it."""
    return _TOO_SHORT <= content.size <= _TOO_LONG and bool(_COMPRESSIBLE.match(content.media_type))


def is_compressed(content: Content, request: Mapping[str, str]) -> bool:
    """Whether the client takes gzip, and it is worthwhile."""
    if not may_be_compressed(content):
        return False
    weights: dict[str, float] = {}
    for word in request.get("accept-encoding", "").lower().split(","):
        coding, *parameters = (part.strip() for part in word.split(";"))
        weights[coding] = _weight(parameters)
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _weight(parameters: list[str]) -> float:
    found = next((parameter[2:] for parameter in parameters if parameter.startswith("q=")), "1")
    return float(found) if re.fullmatch(r"[01](?:\.\d{0,3})?", found) else 0.0


def _dated(content: Content, now: float) -> int:
    """When it was written, in whole seconds; one less as long as it may be written again within that second."""
    written = int(content.written)
    return written if now >= written + 1 else written - 1


def _is_known(content: Content, tag: str, request: Mapping[str, str]) -> bool:
    """Whether the client has it already; where it names tags, dates do not count (RFC 9110, 13.2.2)."""
    tags = request.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or tag in _TAG.findall(tags)
    since = _moment(request.get("if-modified-since"))
    return since is not None and int(content.written) <= since


def _moment(date: str | None) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() if date else None
    except (ValueError, OverflowError):
        return None


def _asked(content: Content, method: str, request: Mapping[str, str]) -> tuple[int, int] | None:
    """The range that is asked for, of the bytes as they are; None for all: several ranges are answered so too."""
    match = _RANGE.fullmatch(request.get("range", "").replace(" ", ""))
    if method != "GET" or not match or match[0] == "bytes=-" or not _is_same(content, request.get("if-range")):
        return None
    first, last = match[1], match[2]
    if not first:
        return max(content.size - int(last), 0) if int(last) else content.size, content.size
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last) + 1, content.size) if last else content.size


def _is_same(content: Content, condition: str | None) -> bool:
    """Whether the client's part is of this very content (If-Range)."""
    if condition is None or condition.strip() == f'"{content.tag}"':
        return True
    return '"' not in condition and _moment(condition) == int(content.written)
