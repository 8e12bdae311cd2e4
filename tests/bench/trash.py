"""Where old output goes before a cold run.

ext4 creates files up to ten times more slowly for half a minute after thousands were deleted, so nothing is deleted
while programs are measured, unless the disk is nearly full.
"""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FREE_BYTES = 8 << 30
_SETTLED = 60.0  # seconds


class Trash:
    """A folder, on the same file system as what is thrown away."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def move(self, *paths: Path) -> None:
        """Move those files and folders here that exist."""
        for path in filter(Path.exists, paths):
            self._folder.mkdir(parents=True, exist_ok=True)
            path.rename(self._folder / str(self._count))
            self._count += 1

    def make_room(self) -> None:
        """Empty the trash if the disk is nearly full, and wait until that slows down nothing anymore."""
        if self._folder.exists() and shutil.disk_usage(self._folder).free < _FREE_BYTES:
            shutil.rmtree(self._folder)
            time.sleep(_SETTLED)


@contextmanager
def open_trash(folder: Path) -> Iterator[Trash]:
    """Yield a Trash that is deleted at the end."""
    try:
        yield Trash(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
