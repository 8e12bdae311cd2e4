"""``dateline preview``: build, serve, and build again after changes. The only module that imports watchfiles."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import watchfiles

from dateline.building.folders import cache_for, with_output
from dateline.cache import maintenance
from dateline.content.source import load_settings
from dateline.content.urls import INDEX_PAGE
from dateline.errors import OutputError, printable
from dateline.messages.console import print_errors, print_line
from dateline.messages.progress import show_progress
from dateline.options import BuildOptions, Stage
from dateline.paths import MANIFEST, OLD_CACHE, REPOSITORIES, CachePaths, cache_paths
from dateline.preview.app import HOME, Preview, application
from dateline.preview.builder import Builder, BuildResult
from dateline.preview.live_reload import Broadcast, State
from dateline.preview.server import Listener, is_own_host, listen, serve
from dateline.text import counted

# In milliseconds: how long to wait for further changes, in which steps, and how often to check for a replaced folder.
_DEBOUNCE, _STEP, _TIMEOUT = 40, 10, 500
_MISSING_DELAY = 0.1  # seconds between two checks for a folder that is gone
_DELETE_DELAY = 0.3  # seconds; building in a folder while it is being deleted would bring parts of it back
_IGNORED = REPOSITORIES | {OLD_CACHE}


def preview(posts: Path, host: str, port: int | None, *, drafts: bool, cache: str | None, now: str | None) -> None:
    """Build, serve, and build again after each change, until interrupted. Raises DatelineError.

    `host` and `port` say where to listen (see `listen`), `cache` is the folder that the user named for caches, and
    `now` a date as people write it, in place of the clock.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        publication, _ = load_settings(posts)  # with wrong settings, nothing can be previewed
        published = with_output(BuildOptions(posts, now=now, cache_parent=cache), publication.output)
        listener = listen(host, port)
        name = f"{host.replace('/', '_')}-{listener.port}{'-drafts' if drafts else ''}"
        with listener.socket, preview_cache(published, name) as paths:
            output = Path(paths.output)
            stage = Stage(listener.origin, paths, drafts)
            options = BuildOptions(posts, output, now, accept=True, stage=stage)
            builder = Builder(options, published)
            try:
                first, state = _first_build(builder, output, listener)
                served = Preview(output, drafts, builder, Broadcast(state), asyncio.Event())
                asyncio.run(_serve(served, posts, listener, first.notes))
            finally:
                builder.end()


@contextmanager
def preview_cache(options: BuildOptions, name: str) -> Iterator[CachePaths]:
    """Yield the cache of previews with this name, given the options of a build that publishes. Raises OutputError.

    It is kept for the next preview of the same name, unless it cannot be used: then it is in a temporary folder.
    """
    cache = cache_for(options)
    if cache and _is_usable(cache := cache.for_preview(name)):
        yield cache
        return
    with TemporaryDirectory(prefix="dateline-preview-", ignore_cleanup_errors=True) as folder:
        cache = cache_paths(options.posts, folder)
        assert cache
        yield cache.for_preview(name)


def _is_usable(cache: CachePaths) -> bool:
    with suppress(OSError):
        maintenance.prepare(cache)
        return all(os.access(folder, os.W_OK | os.X_OK) for folder in (cache.folder, cache.output))
    return False


def _first_build(builder: Builder, output: Path, listener: Listener) -> tuple[BuildResult, State]:
    """Build, and print the addresses."""
    with show_progress(hidden=False) as progress:
        result = builder.build(progress)
    state = State(f"{time.time_ns():x}-0", 0, (), BuildResult(home=f"{listener.origin}/")).after(result)
    if (output / INDEX_PAGE).is_file():
        print_line(f"Open       {state.good.home}")
    print_line(f"Overview   {listener.origin}{HOME}")
    for url in state.good.main_feeds:
        print_line(f"Subscribe  {url}")
    others, waiting = len(state.good.other_feeds), sum(bool(post.waits) for post in builder.posts())
    if others:
        print_line(f"The overview lists {counted(others, 'more feed')}, of tags and authors.")
    if waiting:
        print_line(
            f"Not published yet: {counted(waiting, 'post')}. To see drafts and scheduled posts, run with --drafts."
        )
    _print_outcome(result)
    print_line("Nothing here is published. Press Ctrl-C to stop.")
    return result, state


def _print_outcome(result: BuildResult) -> None:
    print_errors(result.errors)
    for note in result.notes:
        print_line(f"Note: {printable(note)}.", sys.stderr)


async def _serve(preview: Preview, posts: Path, listener: Listener, notes: tuple[str, ...]) -> None:
    app = application(preview, lambda header: is_own_host(header, listener.host, listener.port))
    jobs = serve(app, listener.socket), _watch(posts, preview.wanted), _rebuild(preview, notes)
    tasks = [asyncio.create_task(job) for job in jobs]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()  # the server ends after a signal, the others only by an error, which is raised here
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        preview.builder.end()  # so that no thread waits for it any longer
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _rebuild(preview: Preview, notes: tuple[str, ...]) -> None:
    """Build after changes, and when a scheduled post comes out, and print what is new.

    Errors and `notes` that are the same as after the last build are not printed again.
    """
    due: float | None = None
    while True:
        # A little late rather than too early, and at least once an hour, since clocks are adjusted.
        wait = min(max(due - time.time(), 0) + 0.05, 3600) if due else None
        with suppress(TimeoutError):
            await asyncio.wait_for(preview.wanted.wait(), wait)
        preview.wanted.clear()
        try:
            result = await asyncio.to_thread(preview.builder.build)
        except OutputError as error:
            result = BuildResult(error.problems)
        before, state = preview.broadcast.state, preview.broadcast.state.after(result)
        if result.changed:
            print_line(f"Built in {result.seconds * 1000:.0f} ms.")
        if state.errors != before.errors or result.notes != notes:
            _print_outcome(result)
        notes, due = result.notes, result.next_due
        preview.broadcast.publish(state)


async def _watch(folder: Path, wanted: asyncio.Event) -> None:
    """Set `wanted` after each burst of changes, and when the watch begins. The folder may disappear and come back."""
    polls = False
    while True:
        try:
            await _watch_once(folder, wanted, polls=polls)
        except OSError:  # more folders than the system can watch
            if polls:
                raise
            polls = True
            continue
        wanted.set()
        while _identity(folder) is None:
            await asyncio.sleep(_MISSING_DELAY)
        wanted.set()


async def _watch_once(folder: Path, wanted: asyncio.Event, *, polls: bool) -> None:
    """Set `wanted` after changes, until the folder disappears or another one takes its place."""
    watched, root = _identity(folder), os.path.realpath(folder)
    changes = watchfiles.awatch(
        root,
        watch_filter=lambda _, path: _is_watched(Path(os.path.relpath(path, root)), root),
        step=_STEP,
        debounce=_DEBOUNCE,
        rust_timeout=_TIMEOUT,
        yield_on_timeout=True,
        recursive=True,
        ignore_permission_denied=True,
        force_polling=polls or None,
    )
    is_new = True
    with suppress(FileNotFoundError):
        async for found in changes:
            if found and all(change is watchfiles.Change.deleted for change, _ in found):
                await asyncio.sleep(_DELETE_DELAY)
            if _identity(folder) != watched:
                break
            # A change made before the watch began is not reported.
            if found or is_new:
                wanted.set()
            is_new = False


def _is_watched(path: Path, root: str) -> bool:
    """Return whether a change at a path below `root` may change the output: not in an output folder, for instance."""
    folders = (os.path.join(root, folder) for folder in path.parents[:-1])
    return _IGNORED.isdisjoint(path.parts) and not any(os.path.lexists(f"{folder}/{MANIFEST}") for folder in folders)


def _identity(folder: Path) -> tuple[int, int] | None:
    """Return what distinguishes a folder from another of the same name; None if it does not exist."""
    with suppress(OSError):
        status = os.stat(folder)
        return status.st_dev, status.st_ino
    return None
