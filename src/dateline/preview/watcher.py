"""The watcher: changes in the folder of posts that call for a build. The only module that imports watchfiles."""

import asyncio
import os
from pathlib import Path

import watchfiles

from dateline.paths import OLD_CACHE, REPOSITORIES

# In milliseconds: how long to wait for further changes, in which steps, and how often to look for a replaced folder.
_DEBOUNCE, _STEP, _TIMEOUT = 40, 10, 500
_MISSING_DELAY = 0.1  # seconds between two looks for a folder that is gone
_DELETE_DELAY = 0.3  # seconds; building in a folder while it is being deleted would bring parts of it back
_IGNORED = REPOSITORIES | {OLD_CACHE}


async def watch(folder: Path, wanted: asyncio.Event) -> None:
    """Set `wanted` after each burst of changes, and when the watch begins. The folder may disappear and come back."""
    is_polled = False
    while True:
        watched, is_new = _identity(folder), True
        root = os.path.realpath(folder)
        try:
            async for found in watchfiles.awatch(
                root,
                watch_filter=lambda _, path, root=root: _matters(root, path),  # type: ignore[misc]
                step=_STEP,
                debounce=_DEBOUNCE,
                rust_timeout=_TIMEOUT,
                yield_on_timeout=True,
                recursive=True,
                ignore_permission_denied=True,
                force_polling=is_polled or None,
            ):
                if found and all(change is watchfiles.Change.deleted for change, _ in found):
                    await asyncio.sleep(_DELETE_DELAY)
                if _identity(folder) != watched:
                    break
                # A change made before the watch began is not reported.
                if found or is_new:
                    wanted.set()
                is_new = False
        except FileNotFoundError:
            pass
        except OSError:  # more folders than the system can watch
            if is_polled:
                raise
            is_polled = True
            continue
        wanted.set()
        while _identity(folder) is None:
            await asyncio.sleep(_MISSING_DELAY)
        wanted.set()


def _matters(root: str, path: str) -> bool:
    return _IGNORED.isdisjoint(Path(os.path.relpath(path, root)).parts)


def _identity(folder: Path) -> tuple[int, int] | None:
    """Return what distinguishes a folder from another of the same name; None if it does not exist."""
    try:
        status = os.stat(folder)
    except OSError:
        return None
    return status.st_dev, status.st_ino
