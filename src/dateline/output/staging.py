"""Makes outputs in any process, compares them with the output folder, and stages what differs."""

import hashlib  # loaded now, since `sha256` may need it when no more files can be opened
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import BufferedReader
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from dateline.content.scan import stamp
from dateline.errors import DatelineError, OutputError, Problem, reason_of
from dateline.fileio import open_regular, write_new
from dateline.hashing import sha256
from dateline.output.manifest import writing_to

# What an output is made of: its bytes, a file to copy, or the pieces of a document that need not fit into the memory.
Content = bytes | Path | Iterable[bytes]


class Target(NamedTuple):
    """Where an output goes; if `is_ours`, it may replace the file there, and if `is_new`, there cannot be one.

    Content that differs is written to `staged`, or nowhere if that is empty. What `is_guarded` has to be proven first.
    """

    path: str
    origin: str
    is_ours: bool
    is_new: bool
    is_guarded: bool
    staged: str


class Staged(NamedTuple):
    """An output, compared with the file at its path: the stamp, digest and size of whichever of them stays.

    What differs and was not to be staged has no stamp, and perhaps no digest.
    """

    differs: bool
    stamp: str
    digest: str
    size: int


Outcome = Staged | list[Problem]
# Makes outputs, one after another, from what each of them is made from.
Work = Callable[[Sequence[Any]], Iterable[Content]]
Task = tuple[Work, Any, Target]


def make(folder: str, tasks: Iterable[Task]) -> list[Outcome | bytes]:
    """Make outputs and stage what differs. What is guarded is returned as it was made."""
    outcomes: list[Outcome | bytes] = []
    for work, group in groupby(tasks, itemgetter(0)):
        contents, targets = zip(*((content, target) for _, content, target in group), strict=True)
        for target, made in zip(targets, work(contents), strict=True):
            outcomes.append(_whole(made) if target.is_guarded else stage(folder, target, made))
    return outcomes


def _whole(content: Content) -> bytes:
    if isinstance(content, bytes):
        return content
    if isinstance(content, Path):
        return read_whole(content)
    return b"".join(content)


def read_whole(file: Path) -> bytes:
    """Return the bytes of a file to copy. Raises OutputError."""
    with _opened(file) as opened:
        return opened.read()


def _opened(file: Path) -> BufferedReader:
    """Open a file to copy. Raises OutputError if it cannot be read."""
    try:
        return open(open_regular(file), "rb")
    except OSError as error:
        problem = f"cannot be read: {reason_of(error)}"
        raise OutputError(str(file), None, problem, "build again when it is there") from None


def stage(folder: str, target: Target, content: Content) -> Outcome:
    """Compare the content of an output with the file at its path, and stage it if they differ."""
    place = f"{folder}/{target.path}"
    try:
        with writing_to(folder):
            before = None if target.is_new else _status(place)
            if isinstance(content, bytes):
                return _stage_bytes(target, place, before, content)
            if isinstance(content, Path):
                with _opened(content) as source:
                    return _stage_copy(target, place, before, source)
            return _stage_pieces(target, place, before, content)
    except DatelineError as error:
        return list(error.problems)


def _status(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except (OSError, ValueError):
        return None


def _stage_bytes(target: Target, place: str, before: os.stat_result | None, content: bytes) -> Staged:
    digest = sha256(content)
    if before and _holds(place, before, len(content), digest):
        return Staged(False, stamp(before), digest, len(content))
    _check_ours(target, place, before)
    return Staged(True, _written(target, place, content), digest, len(content))


def _stage_copy(target: Target, place: str, before: os.stat_result | None, source: BufferedReader) -> Staged:
    size = os.fstat(source.fileno()).st_size
    if before and before.st_size == size and _holds(place, before, size, digest := sha256(source)):
        return Staged(False, stamp(before), digest, size)
    _check_ours(target, place, before)
    written = _written(target, place, source)
    if not target.staged:
        return Staged(True, "", "", size)
    with _opened(Path(target.staged)) as copy:  # the file that was copied may have changed since
        return Staged(True, written, sha256(copy), os.fstat(copy.fileno()).st_size)


def _stage_pieces(target: Target, place: str, before: os.stat_result | None, pieces: Iterable[bytes]) -> Staged:
    """Write a document before it is compared: only then is it known."""
    digester, size = hashlib.sha256(), 0

    def digested() -> Iterator[bytes]:
        nonlocal size
        for piece in pieces:
            digester.update(piece)
            size += len(piece)
            yield piece

    rest = digested()
    written = _written(target, place, rest)
    for _ in rest:  # if they were not to be staged
        pass
    digest = digester.hexdigest()
    if before and _holds(place, before, size, digest):
        if target.staged:
            os.unlink(target.staged)
        return Staged(False, stamp(before), digest, size)
    _check_ours(target, place, before)
    return Staged(True, written, digest, size)


def _holds(place: str, before: os.stat_result, size: int, digest: str) -> bool:
    """Return whether there is a file of this size and digest at a place, and no link to one."""
    if not stat.S_ISREG(before.st_mode) or before.st_size != size:
        return False
    with open(open_regular(place, follow=False), "rb") as file:
        return sha256(file) == digest


def _check_ours(target: Target, place: str, before: os.stat_result | None) -> None:
    """Raise OutputError if what is at the place of an output must stay.

    A link is replaced like a file, and its target stays; a folder or a pipe is never ours.
    """
    if before and not (target.is_ours and (stat.S_ISREG(before.st_mode) or stat.S_ISLNK(before.st_mode))):
        what = "a folder" if os.path.isdir(place) else "a file that Dateline did not write"
        raise OutputError(place, None, f"{what} is where {target.origin} goes", "move it away")


def _written(target: Target, place: str, content: bytes | BufferedReader | Iterator[bytes]) -> str:
    """Stage content that moves to a place later, and return the stamp of the new file. Errors name that place."""
    if not target.staged:
        return ""
    try:
        _make_folder(os.path.dirname(target.staged))
        return stamp(write_new(target.staged, content))
    except OSError as error:
        error.filename = place
        raise


def _make_folder(folder: str) -> None:
    """Make a folder; mostly, only the innermost one is missing."""
    try:
        os.mkdir(folder)
    except FileExistsError:
        pass
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)
