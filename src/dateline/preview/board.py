"""What everybody who serves or looks at the preview has to know: the last build, and what is wrong."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import NamedTuple

from dateline.preview.builder import Built


class State(NamedTuple):
    """`build` names what stands in the output, differently from all before it; `errors` are lines.

    `look` counts how often the posts have been looked at. `home` and `feeds` are those of the last build that was good.
    """

    build: str
    look: int
    errors: tuple[str, ...]
    home: str
    feeds: tuple[str, ...]

    def main_feeds(self) -> list[str]:
        """The addresses of the publication's own feed, in each format."""
        return [url for url in self.feeds if "/" not in url.removeprefix(self.home)]

    def other_feeds(self) -> list[str]:
        """The addresses of the feeds of tags and authors."""
        return [url for url in self.feeds if "/" in url.removeprefix(self.home)]

    def message(self) -> str:
        """An event for pages that are open (Server-sent events, 9.2.5 of the HTML standard)."""
        return f"data: {json.dumps({'build': self.build, 'look': self.look, 'errors': self.errors})}\n\n"


def after(state: State, built: Built, errors: tuple[str, ...]) -> State:
    """The state after a build; `errors` are its errors as lines."""
    look = state.look + 1
    if errors:
        return state._replace(errors=errors, look=look)
    build = f"{state.build.partition('-')[0]}-{look}" if built.changed else state.build
    return State(build, look, (), built.home or state.home, built.feeds)


class Board:
    """The present state, and those to come."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._changed = asyncio.Event()

    def publish(self, state: State) -> None:
        """Tell all who wait."""
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
