"""The path of a request ─▶ a file of the output folder, and of none beside it."""

import os
import stat
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

from dateline.content.media_files import media_type_of
from dateline.content.scan import leads_inside
from dateline.content.urls import INDEX_PAGE
from dateline.feed_formats import FORMATS
from dateline.formats.opml import OPML_FILE
from dateline.paths import LOCK, MANIFEST, is_temporary

# As static hosts send them; that of a feed in XML lets browsers show it.
_BY_NAME = {OPML_FILE: "text/x-opml", **{format.filename: format.served_as for format in FORMATS.values()}}
_NOT_SERVED = frozenset({MANIFEST, LOCK})


class Served(NamedTuple):
    """An open file, as it is whatever takes its place, and its status."""

    file: BufferedReader
    status: os.stat_result
    media_type: str


class Folder(NamedTuple):
    """A folder that was asked for by a path that does not end in a slash."""


def find(output: Path, path: str) -> Served | Folder | None:
    """What a path, decoded once, leads to; None where that is nothing that is served.

    A folder's is its index.html, and ``x`` leads to ``x.html`` where there is no ``x``, as on static hosts.
    """
    parts = path.split("/")
    is_folder = parts[-1] == ""
    names = parts[1:-1] if is_folder else parts[1:]
    if parts[0] or "\0" in path or "\\" in path or any(name in ("", ".", "..") for name in names):
        return None
    if names and (names[0] in _NOT_SERVED or is_temporary(names[0])):
        return None
    root = os.path.realpath(output)
    place = os.path.join(root, *names)
    try:
        if not leads_inside(place, root):
            return None
        if not is_folder and os.path.isdir(place):
            return Folder()
        if is_folder:
            return _opened(os.path.join(place, INDEX_PAGE), root)
        return _opened(place if os.path.lexists(place) else f"{place}.html", root)
    except (OSError, ValueError):
        return None


def _opened(place: str, root: str) -> Served | None:
    if not leads_inside(place, root):
        return None
    # A pipe that nobody writes to would keep an open waiting.
    descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    file = open(descriptor, "rb")  # noqa: SIM115 - whoever sends it closes it
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        file.close()
        return None
    return Served(file, status, media_type(place))


def media_type(path: str) -> str:
    """The media type of a file, by its name; of text with the charset."""
    name = os.path.basename(path).lower()
    found = _BY_NAME.get(name) or media_type_of(name) or "application/octet-stream"
    return f"{found}; charset=utf-8" if found.startswith("text/") or found == "application/xml" else found
