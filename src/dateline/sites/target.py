"""Write what was imported into the folder of posts, and renew it without touching what was edited since."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from dateline.content.scan import leads_inside
from dateline.errors import OutputError, openable, reason_of
from dateline.fileio import open_regular, read_regular, replace_whole
from dateline.hashing import sha256
from dateline.paths import IMPORTED

_MAX_RECORD = 64 * 1024 * 1024
Content = bytes | Path  # of a file to write, or the file to copy


class FileChanges(NamedTuple):
    """What an import did with the files of a folder, or would do, by path.

    - `added`: new; `renewed`: replaced, since nobody had edited them; `same`: as they are.
    - `edited`: left alone, since somebody edited them after the last import; `deleted`: not written again.
    - `gone`: no longer in the source; they stay.
    """

    added: list[str]
    renewed: list[str]
    same: list[str]
    edited: list[str]
    deleted: list[str]
    gone: list[str]


def check_target(folder: Path, source: Path) -> None:
    """Raise OutputError unless `folder` is new or empty, or has been imported into, and is not within `source`."""
    if leads_inside(str(folder), os.path.realpath(source)):
        problem = "lies in the site to import, which is only read"
        raise OutputError(str(folder), None, problem, "name a folder elsewhere: dateline import SOURCE POSTS")
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise OutputError(str(folder), None, f"cannot be read: {reason_of(error)}", "name another folder") from None
    if IMPORTED not in names and any(not name.startswith(".") for name in names):
        remedy = "name a new or an empty folder: dateline import SOURCE POSTS"
        raise OutputError(str(folder), None, "is not empty, and nothing was imported into it before", remedy)


def apply(folder: Path, files: Mapping[str, Content], *, dry_run: bool) -> FileChanges:
    """Bring the files of a folder up to date: write those that are new, and renew those that nobody edited.

    The folder keeps a record of the digests of what was written, so an import that was interrupted can be run again.
    Raises OutputError.
    """
    before = _record(folder)
    changes = FileChanges([], [], [], [], [], [])
    digests: dict[str, str] = {}
    for path, content in sorted(files.items()):
        new = _digest(content)
        status = _status(_digest(folder / path), new, before.get(path))
        getattr(changes, status).append(path)
        if status not in ("edited", "deleted"):
            digests[path] = new
        elif path in before:
            digests[path] = before[path]
    changes.gone.extend(path for path in sorted(before.keys() - files.keys()) if os.path.lexists(folder / path))
    if not dry_run:
        _write_record(folder, before)
        for path in (*changes.added, *changes.renewed):
            _write(folder, path, files[path])
        _write_record(folder, digests | {path: before[path] for path in changes.gone})
    return changes


def add(folder: Path, files: Mapping[str, Content], *, dry_run: bool) -> FileChanges:
    """Write new files among those of a publication. Raises OutputError if there are others at their paths."""
    changes = FileChanges([], [], [], [], [], [])
    for path, content in sorted(files.items()):
        status = _status(_digest(folder / path), _digest(content), None)
        if status == "edited":
            problem = "is there already with other contents, and is not overwritten"
            raise OutputError(openable(folder, path), None, problem, "rename or delete it to import the article again")
        getattr(changes, status).append(path)
    for path in () if dry_run else changes.added:
        _write(folder, path, files[path])
    return changes


def _status(there: str, new: str, before: str | None) -> str:
    """Return what becomes of a file, by the digests of what is there, of what is new, and of what was imported."""
    if there == new:
        return "same"
    if not there:
        return "deleted" if before else "added"
    return "renewed" if there == before else "edited"


def _digest(content: Content) -> str:
    """Return the digest of bytes or of a file; empty if that is not there."""
    if isinstance(content, bytes):
        return sha256(content)
    try:
        with open(open_regular(content), "rb") as file:
            return sha256(file)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise OutputError(str(content), None, f"cannot be read: {reason_of(error)}", "move it away") from None


def _write(folder: Path, path: str, content: Content) -> None:
    """Write a file under a folder; no folder on the way may be a link."""
    file = folder / path
    try:
        os.makedirs(file.parent, exist_ok=True)
        if os.path.realpath(file.parent) != os.path.join(os.path.realpath(folder), os.path.dirname(path)).rstrip("/"):
            raise OutputError(openable(folder, path), None, "its folder is a link", "replace the link by a folder")
        if isinstance(content, bytes):
            replace_whole(file, content)
        else:
            with open(open_regular(content), "rb") as media:
                replace_whole(file, media)
    except OSError as error:
        remedy = "check that you may write there"
        raise OutputError(openable(folder, path), None, f"cannot be written: {reason_of(error)}", remedy) from None


def _record(folder: Path) -> dict[str, str]:
    """Return the digests of what the last import wrote, by path; none if there is no record that can be read."""
    with suppress(OSError, ValueError, RecursionError):
        record = json.loads(read_regular(folder / IMPORTED, _MAX_RECORD, follow=False))
        files = record["files"].items() if isinstance(record, dict) and isinstance(record.get("files"), dict) else ()
        return {path: digest for path, digest in files if isinstance(digest, str)}
    return {}


def _write_record(folder: Path, digests: Mapping[str, str]) -> None:
    text = json.dumps({"files": dict(sorted(digests.items()))}, ensure_ascii=False, indent=1)
    _write(folder, IMPORTED, f"{text}\n".encode())
