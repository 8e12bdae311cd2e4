"""Applies a plan: staged files move to their paths, and stale ones are removed."""

import errno
import os
import shutil
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

from dateline.content.scan import stamp_of
from dateline.fileio import StrPath, is_regular, write_new
from dateline.output.folders import Folders, folders_above, obstacle
from dateline.output.manifest import write_manifest, writing_to
from dateline.output.plan import Plan, PlannedFile
from dateline.paths import is_temporary, temporary_name

_ONE_AT_A_TIME = Lock()


def apply(folder: Path, plan: Plan) -> dict[str, tuple[str, str]]:
    """Move staged files to their paths and remove stale ones; return the key and stamp of each file by its path.

    Interrupts from the keyboard are ignored from here on. Raises OutputError if the folder cannot be written; each file
    is then either the old or the new one.
    """
    digests = {planned.output.path: planned.digest for planned in plan.files}
    written = {planned.output.path: (planned.output.key, planned.stamp) for planned in plan.files}
    with suppress(ValueError):  # only the main thread may, and only it is interrupted
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    with writing_to(folder):
        has_changed = bool(plan.stale) or any(planned.differs for planned in plan.files)
        before = {**plan.manifest, **digests} if has_changed else digests
        write_manifest(folder, before)
        folders = Folders(folder)
        for unit in _units(plan.files):
            if not _move_folder(unit[0], folders):
                for planned in unit:
                    path = planned.output.path
                    move_into(planned.staged, folders, path)
                    written[path] = (planned.output.key, stamp_of(f"{folder}/{path}"))
        for path in plan.stale:
            remove_file(folder, path)
        if before != digests:
            write_manifest(folder, digests)
    return written


def _units(files: Iterable[PlannedFile]) -> Iterator[list[PlannedFile]]:
    """Yield staged files in the order of moving: one, or all in a new folder, in place of the last of them."""
    staged = [planned for planned in files if planned.staged]
    last = {planned.new_folder: planned for planned in staged}
    within: dict[str, list[PlannedFile]] = {}
    for planned in staged:
        folder = planned.new_folder
        if not folder:
            yield [planned]
            continue
        within.setdefault(folder, []).append(planned)
        if last[folder] is planned:
            yield within[folder]


def _move_folder(planned: PlannedFile, folders: Folders) -> bool:
    """Move the new folder that a file is staged in, with all that is in it, which keeps its stamps.

    Return whether that was possible: not if there is one by now, or on another file system.
    """
    new = planned.new_folder
    if not new or folders.new_above(new):
        return False
    try:
        os.rename(planned.staged.removesuffix(planned.output.path) + new, f"{folders.output}/{new}")
    except OSError:
        return False
    return True


def move_into(staged: StrPath, folders: Folders, path: str) -> None:
    """Move a file to its path, in a folder that is made if it is missing.

    Raises OutputError for what is in the way above it, and OSError.
    """
    target = f"{folders.output}/{path}"
    try:
        folders.make(path)
        try:
            os.replace(staged, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _move_across(staged, target)
    except OSError as error:
        error.filename = target
        raise


def _move_across(staged: StrPath, target: str) -> None:
    """Replace a file on another file system, where the new one has to be copied to first."""
    parent = os.path.dirname(target)
    new = os.path.join(parent, temporary_name())
    with _ONE_AT_A_TIME:  # else one thread would remove what another one is copying
        _remove_temporary(parent)
        try:
            with open(staged, "rb") as source:
                write_new(new, source)
            os.replace(new, target)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(new)


def remove_file(folder: Path, path: str) -> None:
    """Remove a file of ours, and the folders that it leaves empty."""
    if obstacle(folder, path) or not is_regular(folder / path):
        return
    (folder / path).unlink()
    with suppress(OSError):  # the first one that is not empty
        for parent in folders_above(path):
            (folder / parent).rmdir()


@contextmanager
def without_leftovers(folder: Path) -> Iterator[None]:
    """Remove temporary files before and after, also those of builds that were killed. Needs the lock."""
    try:
        with writing_to(folder):
            _remove_temporary(folder)
        yield
    finally:
        with suppress(OSError):
            _remove_temporary(folder)


def _remove_temporary(folder: str | Path) -> None:
    with os.scandir(folder) as entries:
        found = [entry for entry in entries if is_temporary(entry.name)]
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        elif entry.is_file(follow_symlinks=False):
            os.unlink(entry.path)


@contextmanager
def interruptible() -> Iterator[None]:
    """Restore at the end how interrupts from the keyboard are handled.

    `apply` ignores them, since it takes little time, and stopping halfway is worse than either end.
    """
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        with suppress(TypeError, ValueError):  # it was not set in Python, or this is not the main thread
            signal.signal(signal.SIGINT, before)
