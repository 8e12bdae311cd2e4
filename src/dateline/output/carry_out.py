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

from dateline.output.manifest import STAGING, folders_above, mendable, write_manifest
from dateline.output.plan import Plan
from dateline.reading.files import stamp_of


def carry_out(folder: Path, plan: Plan) -> dict[str, tuple[str, str]]:
    """Put what differs in place and remove what is stale; gives the key and stamp of each file as it stands now.

    Raises OutputError where the folder cannot be written; each file is then the old or the new one, whole.
    """
    after = {planned.product.path: planned.digest for planned in plan.files}
    written = {}
    _end_interruptions()
    with mendable(folder):
        if plan.stale or any(planned.differs for planned in plan.files):
            write_manifest(folder, {**plan.manifest, **after})
        made: set[str] = set()
        for planned in plan.files:
            product, stamp = planned.product, planned.stamp
            if planned.differs and planned.staged:
                place = os.path.join(folder, product.path)
                _put(planned.staged, place, made)
                stamp = stamp_of(place)
            written[product.path] = (product.key, stamp)
        for path in plan.stale:
            _remove(folder, path)
        write_manifest(folder, after)
    return written


@contextmanager
def swept(folder: Path) -> Iterator[None]:
    """Leave nothing behind of what was staged, now or by a build that was killed."""
    staging = folder / STAGING
    try:
        with mendable(folder):
            if staging.exists():
                shutil.rmtree(staging)
        yield
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _put(staged: Path, place: str, made: set[str]) -> None:
    """Let a file take its place, in a folder that is there or among those `made`."""
    parent = os.path.dirname(place)
    if parent not in made:
        os.makedirs(parent, exist_ok=True)
        made.add(parent)
    try:
        try:
            os.replace(staged, place)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _put_from_elsewhere(staged, place, os.path.join(parent, STAGING))
    except OSError as error:
        error.filename = place
        raise


def _put_from_elsewhere(staged: Path, place: str, beside: str) -> None:
    """Into a folder that is on another file system: only from there can a file take its place whole."""
    try:
        shutil.copyfile(staged, beside)
        os.replace(beside, place)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(beside)


def _remove(folder: Path, path: str) -> None:
    """Remove a file of ours, and the folders that it leaves empty."""
    (folder / path).unlink(missing_ok=True)
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
