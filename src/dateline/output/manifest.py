"""``OUTPUT/.dateline.json``, the list of our files in the output folder, and checks before writing there.

`dateline publish` keeps the same list where it publishes, with more about each file (`publish.manifest`), so that a
build can write to that folder, too, and an output folder that was copied to a server is known there.
"""

import errno
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from dateline.content.scan import is_text
from dateline.errors import SHORTAGES, OutputError, reason_of
from dateline.fileio import NotRegularError, StrPath, read_regular, replace_whole
from dateline.paths import LOCK, MANIFEST, is_temporary

PUBLISHED = "."  # the entry that only publishing needs; no path of a file
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",\n", ": ")).encode
_MAX_PATH = 4000  # bytes; systems take 4,096 with the output folder before it
_MAX_SIZE = 2**28  # bytes; a million files take fewer
_MAX_NAME = 255  # bytes, of each part


def read_manifest(folder: Path) -> tuple[dict[str, str], str]:
    """Return the paths of our files in an output folder, with their digests, and why part of the manifest is ignored.

    Raises OutputError if something other than a file has its name.
    """
    try:
        with writing_to(folder):
            try:
                content = read_regular(folder / MANIFEST, _MAX_SIZE, follow=False)
            except (FileNotFoundError, NotADirectoryError):
                return {}, ""
            except OSError as error:
                if error.errno != errno.EFBIG:
                    raise
                return {}, "is too large to be one that a build writes"
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        return {}, "cannot be read"
    if isinstance(found.get(PUBLISHED), dict):
        pending = found.pop(PUBLISHED).get("pending")
        found = {**(pending if isinstance(pending, dict) else {}), **found}  # a broken-off upload wrote some of these
    ours = {path: digest_in(entry) for path, entry in found.items() if may_be_ours(path)}
    wrong = len(found) - len(ours)
    return ours, (f"names {wrong} path{'s' * (wrong > 1)} that no build writes" if wrong else "")


def digest_in(entry: object) -> str:
    """Return the digest that an entry of a manifest begins with; an empty one, which no file has, if it has none."""
    digest = entry.partition(" ")[0] if isinstance(entry, str) else ""
    return digest if len(digest) == 64 else ""


def may_be_ours(path: str) -> bool:
    """Return whether a path in a manifest, which can be anybody's, is one that a build may have written."""
    if "//" in f"/{path}/" or "\0" in path or not is_text(path) or is_too_long(path):
        return False
    if not is_hidden(path):
        return True
    parts = path.split("/")
    return {".", ".."}.isdisjoint(parts) and not is_reserved(parts[0])


def is_too_long(path: str) -> bool:
    """Return whether a path, or a name in it, is too long for the usual file systems."""
    if len(path) * (1 if path.isascii() else 4) <= _MAX_NAME:  # a character has four bytes at most
        return False
    encoded = os.fsencode(path)
    return len(encoded) > _MAX_PATH or any(len(name) > _MAX_NAME for name in encoded.split(b"/"))


def is_hidden(path: str) -> bool:
    """Return whether a path leads through a name that begins with a dot."""
    return path.startswith(".") or "/." in path


def is_reserved(name: str) -> bool:
    """Return whether Dateline needs a name at the top of the output folder for itself. All of them are hidden."""
    return name in (MANIFEST, LOCK) or is_temporary(name)


def write_manifest(folder: Path, manifest: Mapping[str, str]) -> None:
    """Write the manifest, unless it is there already."""
    content = f"{{\n{_encode(dict(sorted(manifest.items())))[1:-1]}\n}}\n".encode()
    with suppress(OSError):  # it is not there, or longer
        if read_regular(folder / MANIFEST, len(content), follow=False) == content:
            return
    replace_whole(folder / MANIFEST, content)


@contextmanager
def writing_to(folder: StrPath) -> Iterator[None]:
    """Raise an OutputError that says how to fix it in place of an OSError, except one of SHORTAGES."""
    try:
        yield
    except (NotRegularError, IsADirectoryError) as error:
        remedy = "move it away: Dateline writes a file of that name"
        raise OutputError(os.fsdecode(error.filename), None, "not a regular file", remedy) from None
    except OSError as error:
        if error.errno in SHORTAGES:
            raise
        path = Path(os.fsdecode(error.filename or folder))
        if (path.parent == Path(folder) and is_reserved(path.name)) or any(map(is_temporary, path.parts)):
            path = Path(folder)
        remedy = "check that there is space and that you may write there"
        raise OutputError(str(path), None, f"cannot be written: {reason_of(error)}", remedy) from None
