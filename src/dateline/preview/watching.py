"""Which changes among the posts call for a build. The one fence around watchfiles."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import watchfiles

from dateline.paths import OLD_CACHE, REPOSITORIES

# Milliseconds: how often to look for more of the changes that come together, and how long to go on with that.
_STEP, _TOGETHER = 10, 40
_LOOK = 500  # milliseconds after which to look whether the folder is still the one that is watched
_WAIT = 0.1  # seconds between two looks for a folder that is gone
_REMOVAL = 0.3  # seconds; a folder that is being removed is better not written to
_NOT_OURS = REPOSITORIES | {OLD_CACHE}


async def changes(folder: Path) -> AsyncIterator[None]:
    """Once for all changes that come together, as long as somebody asks. The folder may go, and come again."""
    is_polled = False
    while True:
        watched, is_new = _identity(folder), True
        root = os.path.realpath(folder)
        try:
            async for found in watchfiles.awatch(
                root,
                watch_filter=lambda _, path, root=root: _counts(root, path),  # type: ignore[misc]
                step=_STEP,
                debounce=_TOGETHER,
                rust_timeout=_LOOK,
                yield_on_timeout=True,
                recursive=True,
                ignore_permission_denied=True,
                force_polling=is_polled or None,
            ):
                if found and all(change is watchfiles.Change.deleted for change, _ in found):
                    await asyncio.sleep(_REMOVAL)
                if _identity(folder) != watched:
                    break
                # What changed before the watch began is told by nobody else.
                if found or is_new:
                    yield
                is_new = False
        except FileNotFoundError:
            pass
        except OSError:  # more folders than the system lets us watch: we look for ourselves, now and then
            if is_polled:
                raise
            is_polled = True
            continue
        yield
        while _identity(folder) is None:
            await asyncio.sleep(_WAIT)
        yield


def _counts(root: str, path: str) -> bool:
    """Whether a path may matter to a build."""
    return _NOT_OURS.isdisjoint(Path(os.path.relpath(path, root)).parts)


def _identity(folder: Path) -> tuple[int, int] | None:
    """What tells a folder from another one of its name; None where there is none."""
    try:
        status = os.stat(folder)
    except OSError:
        return None
    return status.st_dev, status.st_ino
