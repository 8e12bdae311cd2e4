"""What everybody who serves or looks at the preview has to know: the last build, and what is wrong."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import NamedTuple

from dateline.preview.builder import Built


class State(NamedTuple):
    """`build` names what stands in the output, differently from all before it; `errors` are lines.

    `home` and `feeds` are those of the last build that was good.
    """

    build: str
    errors: tuple[str, ...]
    home: str
    feeds: tuple[str, ...]

    def message(self) -> str:
        """An event for pages that are open (Server-sent events, 9.2.5 of the HTML standard)."""
        return f"data: {json.dumps({'build': self.build, 'errors': self.errors})}\n\n"


def after(state: State, built: Built, errors: tuple[str, ...], number: int) -> State:
    """The state after a build; `errors` are its errors as lines, `number` how many builds there were before it."""
    build = f"{state.build.partition('-')[0]}-{number}" if built.changed else state.build
    if errors:
        return state._replace(errors=errors)
    return State(build, (), built.home or state.home, built.feeds or state.feeds)


class Board:
    """The present state, and those to come."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._changed = asyncio.Event()

    def publish(self, state: State) -> None:
        """Tell all who wait."""
        if state == self.state:
            return
        self.state = state
        self._changed.set()
        self._changed = asyncio.Event()

    async def states(self) -> AsyncIterator[State]:
        """The present state, and then each one that differs, save those that came while the last was looked at."""
        shown = None
        while True:
            changed = self._changed
            if self.state != shown:
                shown = self.state
                yield shown
            else:
                await changed.wait()
