"""``dateline preview`` from its start to its end."""

import asyncio
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from dateline.content.urls import INDEX_PAGE
from dateline.errors import OutputError, Refused, SettingsError, printable
from dateline.messages.console import progress_shown, say, say_errors
from dateline.options import BuildOptions, Stage
from dateline.preview.app import Preview, application
from dateline.preview.asking import Builder
from dateline.preview.board import Board, State, after
from dateline.preview.builder import Build, Built, List, Listing
from dateline.preview.listening import Listening, is_meant, listen
from dateline.preview.pages import HOME
from dateline.preview.place import place_for
from dateline.preview.serving import serve
from dateline.preview.watching import changes
from dateline.text import counted


class Call(NamedTuple):
    """``dateline preview`` with all its arguments."""

    posts: Path
    host: str
    port: int | None
    drafts: bool
    cache: str | None
    now: str | None


class _Work(NamedTuple):
    """What a preview consists of, once it has begun."""

    call: Call
    listening: Listening
    output: Path
    builder: Builder


def preview(call: Call) -> None:
    """Build, serve, and build again after each change, until somebody interrupts. Raises Refused and DatelineError."""
    with (
        _interruptible(),
        _listening(call) as listening,
        place_for(call.posts, _name(call, listening), call.cache) as cache,
    ):
        output = Path(cache.output)
        stage = Stage(listening.origin, cache, call.drafts)
        builder = Builder(BuildOptions(call.posts, output, call.now, accept=True, stage=stage))
        try:
            work = _Work(call, listening, output, builder)
            asyncio.run(_serve(work, *_first_build(work)))
        finally:
            builder.end()


@contextmanager
def _interruptible() -> Iterator[None]:
    """End the block at Ctrl-C, or when told to end; to do so again while it ends changes nothing."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        yield


@contextmanager
def _listening(call: Call) -> Iterator[Listening]:
    """Listen as it was asked for. Raises OutputError."""
    listening = listen(call.host, call.port)
    with listening.socket:
        yield listening


def _name(call: Call, listening: Listening) -> str:
    """What tells one preview of these posts from another that is shown at the same time."""
    return f"{call.host.replace('/', '_')}-{listening.port}{'-drafts' if call.drafts else ''}"


def _first_build(work: _Work) -> tuple[State, tuple[str, ...]]:
    """The state to begin with, and the notes that were told. Raises Refused where there is no publication to build."""
    with progress_shown(hidden=False) as progress:
        built = work.builder.ask(Build(), progress)
    assert isinstance(built, Built)
    if any(isinstance(error, SettingsError) for error in built.errors):
        raise Refused(built.errors)
    begun = State(f"{time.time_ns():x}-0", 0, (), work.listening.origin + "/", ())
    state = after(begun, built, _lines(built))
    _say_start(work, state)
    _say_outcome(built)
    say("Nothing of this is published. Ctrl-C ends it.")
    return state, built.notes


def _say_start(work: _Work, state: State) -> None:
    if (work.output / INDEX_PAGE).is_file():
        say(f"Open       {state.home}")
    say(f"Overview   {work.listening.origin}{HOME}")
    for url in state.main_feeds():
        say(f"Subscribe  {url}")
    others = len(state.other_feeds())
    if others:
        say(f"{counted(others, 'more feed')}, of tags and authors, are listed in the overview.")
    _say_waiting(work)


def _say_waiting(work: _Work) -> None:
    listing = work.builder.ask(List())
    waiting = [post for post in listing.posts if post.waits] if isinstance(listing, Listing) else []
    if waiting:
        say(f"{counted(len(waiting), 'post')} not out yet: dateline preview --drafts shows what is a draft or held.")


def _say_outcome(built: Built) -> None:
    say_errors(built.errors)
    for note in built.notes:
        say(f"Note: {printable(note)}.", sys.stderr)


def _lines(built: Built) -> tuple[str, ...]:
    return tuple(map(str, built.errors))


async def _serve(work: _Work, state: State, notes: tuple[str, ...]) -> None:
    board, asked = Board(state), asyncio.Event()
    shown = Preview(work.output, work.call.drafts, board, work.builder, asked.set)
    host, port = work.listening.host, work.listening.port
    app = application(shown, lambda header: is_meant(header, host, port))
    server, watcher = serve(app, work.listening.socket), _watch(work.call.posts, asked)
    tasks = [asyncio.create_task(task) for task in (server, watcher, _rebuild(work, board, asked, notes))]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()  # the server ends when it is told to; the others only by a fault, which is raised here
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        work.builder.end()  # whoever waits for its answer goes on, and ends
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _watch(posts: Path, asked: asyncio.Event) -> None:
    async for _ in changes(posts):
        asked.set()


async def _rebuild(work: _Work, board: Board, asked: asyncio.Event, notes: tuple[str, ...]) -> None:
    """Build whenever that is asked for, or the next post comes out, and tell what came of it.

    Errors and `notes` that were told and are the same again are not told again.
    """
    due = None
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(asked.wait(), _until(due))
        asked.clear()
        built = await asyncio.to_thread(_built, work)
        lines = _lines(built)
        if built.changed:
            say(f"Built in {built.seconds * 1000:.0f} ms.")
        if lines != board.state.errors or built.notes != notes:
            _say_outcome(built)
        notes = built.notes
        board.publish(after(board.state, built, lines))
        due = built.next_due


def _built(work: _Work) -> Built:
    try:
        built = work.builder.ask(Build())
    except OutputError as error:
        return Built((error,))
    assert isinstance(built, Built)
    return built


def _until(due: float | None) -> float | None:
    """Seconds until a moment, a little more lest it be too early; at most an hour, for clocks are put right."""
    return min(max(due - time.time(), 0) + 0.05, 3600) if due else None
