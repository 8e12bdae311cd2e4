"""Read what is published: a feed with all its archives, from a folder, a file or an address."""

import os
import time
from collections.abc import Callable, Container, Iterator
from contextlib import suppress
from errno import EFBIG
from functools import partial
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from dateline import formats
from dateline.errors import FeedError, InputError, reason_of
from dateline.feed_formats import FORMATS
from dateline.fileio import open_regular
from dateline.formats.items import MAX_SIZE, Document, absolute

MAX_DOCUMENTS = 1200  # as many as a feed with an archive a month has after a hundred years
MAX_TIME = 120.0  # seconds for a feed with all its archives
MAX_FILES = 200  # of a folder, and subfolders, that are searched for feeds
_HEAD = 64 * 1024  # bytes in which the first element of XML is looked for
_ENDINGS = tuple({os.path.splitext(format.filename)[1] for format in FORMATS.values()})


def published_at(location: str, folder: Path | None = None) -> Iterator[Document]:
    """Yield the feed at an http(s) address or in a file, and then its archives, newest first. Raises FeedError.

    Archives of a file are files in the folder that was published, by default the one that the file is in.
    """
    if is_address(location):
        from dateline.http_client import Client

        yield from walk(location, Client().fetch)
        return
    file = Path(location)
    try:
        content = _read(file)
    except OSError as error:
        problem = f"cannot be read: {reason_of(error)}"
        raise FeedError(location, None, problem, "name a file, or an address with http:// or https://") from None
    folder = folder or file.parent
    yield from walk_files(folder, file.relative_to(folder).as_posix(), content)


def _read(file: Path) -> bytes:
    """Return the bytes of a file of at most MAX_SIZE. Raises OSError."""
    # A shell passes <(a command) as a pipe below /dev. Any other pipe may be a trap that nobody writes to.
    is_meant = file.is_relative_to("/dev")
    with file.open("rb") if is_meant else open(open_regular(file), "rb") as opened:
        content = opened.read(MAX_SIZE + 1)
    if len(content) > MAX_SIZE:
        raise OSError(EFBIG, f"larger than {MAX_SIZE // 1024 // 1024} MiB")
    return content


def other_feeds(folder: Path, known: Container[str]) -> list[str]:
    """List the paths of feeds in a folder and its subfolders, except those that are `known`. Follows no link.

    A feed is recognised by its content, among the files whose names end like those of our feeds.
    """
    folders = ["", *(f"{name}/" for name in _names(folder, os.DirEntry.is_dir, ""))]
    paths = (parent + name for parent in folders for name in _names(folder / parent, os.DirEntry.is_file, *_ENDINGS))
    return [path for path in paths if path not in known and is_feed(folder / path)]


def _names(folder: Path, is_wanted: Callable[..., bool], *endings: str) -> list[str]:
    """Return the first MAX_FILES names in a folder, sorted, with one of the endings and not hidden."""
    with suppress(OSError), os.scandir(folder) as entries:
        return sorted(
            entry.name
            for entry in entries
            if entry.name.endswith(endings) and entry.name[0] != "." and is_wanted(entry, follow_symlinks=False)
        )[:MAX_FILES]
    return []


def is_feed(file: Path) -> bool:
    """Return whether a file is there and is a feed, whatever its name."""
    with suppress(OSError), open(open_regular(file), "rb") as opened:
        head = opened.read(_HEAD)
        return formats.is_feed(head + opened.read(MAX_SIZE) if formats.is_json(head) else head)
    return False


def is_address(location: str) -> bool:
    """Return whether a location is an http(s) address rather than a file."""
    return location.lower().startswith(("http://", "https://"))


def walk_files(folder: Path, path: str, content: bytes, *, ours: bool = False) -> Iterator[Document]:
    """Yield the feed at a path of a published folder, and its archives: files there, by their addresses."""
    main = document(content, str(folder / path), ours=ours)
    yield main
    here = absolute(str(folder / "x"), "x").removesuffix("x")
    address = main.own_address or str(folder / path)
    there = folder_url(address, quote(os.fsencode(path))) or absolute(address, "x").removesuffix("x")

    def get(address: str) -> tuple[bytes, str] | None:
        base = there if address.startswith(there) else here
        try:
            path = os.path.normpath(unquote(urlsplit(address.removeprefix(base)).path))
            if not address.startswith(base) or path.startswith((os.sep, "..")):
                return None
            return _read(folder / path), address
        except (OSError, ValueError):
            return None

    if main.previous:
        yield from walk(main.previous, get, partial(document, ours=ours))


def folder_url(address: str, path: str) -> str:
    """Return where a folder is published, by the address of the feed at a percent-encoded path there, or nothing."""
    base = address.removesuffix(path)
    return base if base.endswith("/") and base != address else ""


def walk(
    address: str,
    get: Callable[[str], tuple[bytes, str] | None],
    read: Callable[[bytes, str], Document] | None = None,
) -> Iterator[Document]:
    """Yield the document at an address and those with older items, each once. Raises FeedError.

    `get` returns the content at an address and the address where it was found, or None to end the walk. `read` makes a
    document of them, by default with `document`.
    """
    seen: set[str] = set()
    until = time.monotonic() + MAX_TIME
    following: str | None = address
    while following and following not in seen and len(seen) < MAX_DOCUMENTS:
        seen.add(following)
        found = get(following)
        if found is None:
            return
        yield (one := (read or document)(*found))
        following = one.previous
        if time.monotonic() > until:
            problem = f"not complete after {MAX_TIME:.0f} seconds"
            raise FeedError(address, None, problem, "check that the server answers fast enough")


def document(content: bytes, location: str, *, ours: bool = False) -> Document:
    """Read a feed, which Dateline wrote if it is `ours`. Raises FeedError if it isn't a feed."""
    try:
        return formats.read(content, location, ours=ours)
    except InputError as error:
        raise error.at(FeedError, location) from None
