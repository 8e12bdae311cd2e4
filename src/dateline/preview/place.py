"""Where a preview keeps what it builds: beside the catalogue of the posts, or in a temporary folder."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from dateline.reading.files import CACHE_FOLDER, make_cache
from dateline.reading.settings import SETTINGS_FILE

_REMOVAL = 0.3  # seconds in which a folder of posts is removed as a whole, mostly


class Place(NamedTuple):
    """A folder of a preview's own."""

    folder: Path

    @property
    def output(self) -> Path:
        """What is served."""
        return self.folder / "public"

    @property
    def catalogue(self) -> Path:
        """What saves time when it is built again."""
        return self.folder / "catalogue.sqlite"


@contextmanager
def place_for(posts: Path, name: str) -> Iterator[Place]:
    """A folder that previews of this `name` find again; one for the time being where posts cannot be written to."""
    folder = posts / CACHE_FOLDER / "preview" / name
    try:
        make(posts, folder)
        can_be_used = os.access(folder, os.W_OK | os.X_OK)
    except OSError:
        can_be_used = False
    if can_be_used:
        yield Place(folder)
        return
    with TemporaryDirectory(prefix="dateline-preview-", ignore_cleanup_errors=True) as temporary:
        yield Place(Path(temporary))


def remake(posts: Path, folder: Path) -> None:
    """Make the folder of a preview anew where somebody removed it, and only it. Raises OSError."""
    if not folder.is_dir():
        time.sleep(_REMOVAL)
        make(posts, folder)


def make(posts: Path, folder: Path) -> None:
    """Make the folder of a preview, where there is a publication. Raises OSError."""
    cache = posts / CACHE_FOLDER
    if not folder.is_relative_to(cache) or not (posts / SETTINGS_FILE).is_file():
        return
    make_cache(cache)
    folder.mkdir(parents=True, exist_ok=True)
