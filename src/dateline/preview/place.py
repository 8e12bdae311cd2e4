"""Where a preview keeps what it builds: in the cache of the posts, or in a temporary folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from dateline.cache import directory
from dateline.options import BuildOptions, default_output
from dateline.paths import CachePaths, cache_paths
from dateline.pipeline import cache_for


@contextmanager
def place_for(posts: Path, name: str, parent: str | None) -> Iterator[CachePaths]:
    """A cache that the next preview of this `name` finds again, in the folder `parent` if the user named one.

    Where there is no place for it, or none that can be used, it is in a temporary folder. Raises OutputError.
    """
    cache = cache_for(BuildOptions(posts, default_output(posts), cache_parent=parent))
    if cache and _can_be_used(cache.for_preview(name)):
        yield cache.for_preview(name)
        return
    with TemporaryDirectory(prefix="dateline-preview-", ignore_cleanup_errors=True) as folder:
        temporary = cache_paths(posts, folder)
        assert temporary
        yield temporary.for_preview(name)


def _can_be_used(cache: CachePaths) -> bool:
    try:
        directory.prepare(cache)
    except OSError:
        return False
    return all(os.access(folder, os.W_OK | os.X_OK) for folder in (cache.folder, cache.output))
