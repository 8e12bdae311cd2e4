"""Map the path of a request to a file of the output folder, and to nothing outside it."""

import os
import stat
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

from dateline.content.media import media_type_of
from dateline.content.scan import leads_inside
from dateline.content.urls import INDEX_PAGE
from dateline.feed_formats import FORMATS
from dateline.formats.opml import OPML_FILE
from dateline.paths import LOCK, MANIFEST, is_temporary

# As static hosts send them; feeds in XML get the type that browsers display.
_BY_NAME = {OPML_FILE: "text/x-opml", **{format.filename: format.served_as for format in FORMATS.values()}}
_NOT_SERVED = frozenset({MANIFEST, LOCK})


class OpenFile(NamedTuple):
    """An open file and its status, which stay the same if another file takes its place."""

    file: BufferedReader
    status: os.stat_result
    media_type: str


class Folder(NamedTuple):
    """A folder that was requested without the slash at the end."""


def find(output: Path, path: str) -> OpenFile | Folder | None:
    """Open the file for a path, which has been decoded once; None if nothing is served there.

    As on static hosts, a folder stands for its index.html, and ``x`` for ``x.html`` if there is no ``x``.
    """
    parts = path.split("/")
    is_folder = parts[-1] == ""
    names = parts[1:-1] if is_folder else parts[1:]
    if parts[0] or "\0" in path or "\\" in path or any(name in ("", ".", "..") for name in names):
        return None
    if names and (names[0] in _NOT_SERVED or is_temporary(names[0])):
        return None
    root = os.path.realpath(output)
    file = os.path.join(root, *names)
    try:
        if not leads_inside(file, root):
            return None
        if is_folder:
            file = os.path.join(file, INDEX_PAGE)
        elif os.path.isdir(file):
            return Folder()
        elif not os.path.lexists(file):
            file += ".html"
        return _open(file, root)
    except (OSError, ValueError):
        return None


def _open(path: str, root: str) -> OpenFile | None:
    if not leads_inside(path, root):
        return None
    # Opening a named pipe would wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    file = open(descriptor, "rb")  # noqa: SIM115 - closed when it has been sent
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        file.close()
        return None
    return OpenFile(file, status, media_type(path))


def media_type(path: str) -> str:
    """Return the media type of a file by its name, with the charset for text."""
    name = os.path.basename(path).lower()
    found = _BY_NAME.get(name) or media_type_of(name) or "application/octet-stream"
    return f"{found}; charset=utf-8" if found.startswith("text/") or found == "application/xml" else found
