"""What is published: a feed with all its archives, from a folder, a file or an address."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dateline.errors import FeedError, Unreadable, reason_of
from dateline.fileio import read_regular
from dateline.subscribers.documents import absolute, is_json, read_ours
from dateline.subscribers.items import Document

# More than a publication of a post a day has in months after a hundred years.
MAX_DOCUMENTS = 1200
MAX_TIME = 120.0  # seconds for a feed with all its archives

Get = Callable[[str], tuple[bytes, str] | None]


def published_at(place: str) -> Iterator[Document]:
    """The feed at an http(s) address or in a file, and then its archives, newest first, as far as they lead.

    Archives of a file are files beside it. Raises FeedError.
    """
    if is_address(place):
        from dateline.subscribers.fetching import Client

        yield from walk(place, Client().fetch)
        return
    try:
        # What a shell gives for <(a command) is a pipe, and meant; any other may be planted, and have no writer.
        content = Path(place).read_bytes() if place.startswith("/dev/") else read_regular(place)
    except OSError as error:
        problem = f"cannot be read: {reason_of(error)}"
        raise FeedError(place, None, problem, "name a file, or an address with http:// or https://") from None
    yield from walk_files(Path(place), content)


def is_address(place: str) -> bool:
    """Whether a place is on the web, and not in a file."""
    return place.lower().startswith(("http://", "https://"))


def walk_files(file: Path, content: bytes, *, ours: bool = False) -> Iterator[Document]:
    """The feed in a file and its archives, which lie beside it as their addresses do beside the feed's."""
    main = document(content, str(file), ours=ours)
    yield main
    here, there = _beside(str(file)), _beside(main.own_address or str(file))

    def get(address: str) -> tuple[bytes, str] | None:
        base = there if address.startswith(there) else here
        try:
            path = os.path.normpath(unquote(urlsplit(address.removeprefix(base)).path))
            if not address.startswith(base) or path.startswith((os.sep, "..")):
                return None
            return read_regular(file.parent / path), address
        except (OSError, ValueError):
            return None

    if main.previous:
        yield from walk(main.previous, get, ours=ours)


def _beside(address: str) -> str:
    """What the addresses of documents beside the one at an address begin with."""
    return absolute(address, "x").removesuffix("x")


def walk(address: str, get: Get, *, ours: bool = False) -> Iterator[Document]:
    """The document at an address and those with older items, each once. Ends where `get` gives None."""
    seen: set[str] = set()
    until = time.monotonic() + MAX_TIME
    following: str | None = address
    while following and following not in seen and len(seen) < MAX_DOCUMENTS:
        seen.add(following)
        found = get(following)
        if found is None:
            return
        read = document(*found, ours=ours)
        yield read
        following = read.previous
        if time.monotonic() > until:
            problem = f"with its archives, not there in whole after {MAX_TIME:.0f} seconds"
            raise FeedError(address, None, problem, "see that the server answers soon enough")


def document(content: bytes, place: str, *, ours: bool = False) -> Document:
    """Read a feed; `ours` says that Dateline wrote it. Raises FeedError where it is none."""
    try:
        return _reader(content, ours=ours)(content, place)
    except Unreadable as error:
        raise FeedError(place, None, error.problem, error.remedy) from None


def _reader(content: bytes, *, ours: bool) -> Callable[[bytes, str], Document]:
    if ours or is_json(content):
        return read_ours
    from dateline.subscribers.foreign import read_foreign

    return read_foreign
