"""Applies a plan: staged files move to their paths, and stale ones are removed."""

import errno
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

from dateline.content.scan import stamp_of
from dateline.fileio import is_regular, write_new
from dateline.output.manifest import folders_above, obstacle, write_manifest, writing_to
from dateline.output.plan import Plan
from dateline.paths import is_temporary, temporary_name

_ONE_AT_A_TIME = Lock()


def apply(folder: Path, plan: Plan) -> dict[str, tuple[str, str]]:
    """Move staged files to their paths and remove stale ones; return the key and stamp of each file by its path.

    Interrupts from the keyboard are ignored from here on. Raises OutputError if the folder cannot be written; each file
    is then either the old or the new one.
    """
    digests = {planned.output.path: planned.digest for planned in plan.files}
    written = {}
    with suppress(ValueError):  # only the main thread may, and only it is interrupted
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    with writing_to(folder):
        if plan.stale or any(planned.differs for planned in plan.files):
            write_manifest(folder, {**plan.manifest, **digests})
        checked: set[str] = set()
        for planned in plan.files:
            path, stamp = planned.output.path, planned.stamp
            if planned.differs and planned.staged:
                move_into(planned.staged, folder, path, checked)
                stamp = stamp_of(os.path.join(folder, path))
            written[path] = (planned.output.key, stamp)
        for path in plan.stale:
            remove_file(folder, path)
        write_manifest(folder, digests)
    return written


def move_into(staged: Path, folder: Path, path: str, checked: set[str]) -> None:
    """Move a file to its path; the folder is made and checked for links unless it is among those `checked`.

    Raises OutputError for what is in the way above it, and OSError.
    """
    target = os.path.join(folder, path)
    parent = os.path.dirname(target)
    if parent not in checked:
        if error := obstacle(folder, path):
            raise error
        os.makedirs(parent, exist_ok=True)
        checked.add(parent)
    try:
        try:
            os.replace(staged, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _move_across(staged, target)
    except OSError as error:
        error.filename = target
        raise


def _move_across(staged: Path, target: str) -> None:
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
