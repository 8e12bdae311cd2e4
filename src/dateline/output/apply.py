"""A plan is carried out: files take their places, and stale ones go."""

import errno
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dateline.content.scan import stamp_of
from dateline.fileio import create_new, is_regular
from dateline.output.copy import copy
from dateline.output.manifest import folders_above, in_the_way, write_manifest, writing_to
from dateline.output.plan import Plan
from dateline.paths import is_temporary, temporary_name


def carry_out(folder: Path, plan: Plan) -> dict[str, tuple[str, str]]:
    """Put what differs in place and remove what is stale; gives the key and stamp of each file as it stands now.

    Raises OutputError where the folder cannot be written; each file is then the old or the new one, whole.
    """
    after = {planned.product.path: planned.digest for planned in plan.files}
    written = {}
    _end_interruptions()
    with writing_to(folder):
        if plan.stale or any(planned.differs for planned in plan.files):
            write_manifest(folder, {**plan.manifest, **after})
        made: set[str] = set()
        for planned in plan.files:
            product, stamp = planned.product, planned.stamp
            if planned.differs and planned.staged:
                place = os.path.join(folder, product.path)
                _put(planned.staged, folder, product.path, made)
                stamp = stamp_of(place)
            written[product.path] = (product.key, stamp)
        for path in plan.stale:
            _remove(folder, path)
        write_manifest(folder, after)
    return written


@contextmanager
def swept(folder: Path) -> Iterator[None]:
    """Remove temporary files before and after, those of builds that were killed too. Needs the lock."""
    try:
        with writing_to(folder):
            _sweep(folder)
        yield
    finally:
        with suppress(OSError):
            _sweep(folder)


def _sweep(folder: str | Path) -> None:
    with os.scandir(folder) as entries:
        found = [entry for entry in entries if is_temporary(entry.name)]
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        elif entry.is_file(follow_symlinks=False):
            os.unlink(entry.path)


def _put(staged: Path, folder: Path, path: str, made: set[str]) -> None:
    """Let a file take its place below `folder`, in a folder that is made unless it is among those `made`."""
    place = os.path.join(folder, path)
    parent = os.path.dirname(place)
    if parent not in made:
        if error := in_the_way(folder, path):
            raise error
        os.makedirs(parent, exist_ok=True)
        made.add(parent)
    try:
        try:
            os.replace(staged, place)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _put_from_elsewhere(staged, place, parent)
    except OSError as error:
        error.filename = place
        raise


def _put_from_elsewhere(staged: Path, place: str, parent: str) -> None:
    """Put a file into a folder on another file system: only from there can it take its place whole."""
    _sweep(parent)
    beside = os.path.join(parent, temporary_name())
    try:
        copy(staged, create_new(beside))
        os.replace(beside, place)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(beside)


def _remove(folder: Path, path: str) -> None:
    """Remove a file of ours, and the folders that it leaves empty."""
    if in_the_way(folder, path) or not is_regular(folder / path):
        return
    (folder / path).unlink()
    with suppress(OSError):  # one that is not empty ends this
        for parent in folders_above(path):
            (folder / parent).rmdir()


@contextmanager
def interruptible() -> Iterator[None]:
    """What can be interrupted from the keyboard until a plan is carried out, and from then on no more.

    That is short, and half of it is worse than either end; nor is what comes after it as it was.
    """
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        _on_interruption(before)


def _end_interruptions() -> None:
    _on_interruption(signal.SIG_IGN)


def _on_interruption(answer: Any) -> None:
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, answer)
