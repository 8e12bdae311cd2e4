"""Live reload: the state of the last build, sent to open pages, and the script in them that receives it."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from html import escape
from typing import NamedTuple

from dateline.preview.builder import BuildResult
from dateline.text import unescape

_HEAD = re.compile(rb"<head(?:\s[^>]*)?>|<html(?:\s[^>]*)?>|<!doctype[^>]*>", re.IGNORECASE)
_META = re.compile(rb"<meta\s[^<>]*+>", re.IGNORECASE)
_POLICY = re.compile(rb"""http-equiv\s*=\s*["']?content-security-policy["'\s/>]""", re.IGNORECASE)
_CONTENT = re.compile(rb"""(\scontent\s*=\s*)("[^"]*"|'[^']*')""", re.IGNORECASE)


class State(NamedTuple):
    """The state after a build attempt.

    `build` identifies the contents of the output and is never used twice; `attempt` counts build attempts; `errors`
    has a line for each error of the last attempt; `good` is the last build without errors.
    """

    build: str
    attempt: int
    errors: tuple[str, ...]
    good: BuildResult

    def after(self, result: BuildResult) -> "State":
        """Return the state after another build attempt."""
        attempt = self.attempt + 1
        if result.errors:
            return self._replace(errors=tuple(map(str, result.errors)), attempt=attempt)
        build = f"{self.build.partition('-')[0]}-{attempt}" if result.changed else self.build
        return State(build, attempt, (), result)

    def event(self) -> str:
        """Return the state as an event for open pages (Server-sent events, 9.2.5 of the HTML standard)."""
        return f"data: {json.dumps({'build': self.build, 'attempt': self.attempt, 'errors': self.errors})}\n\n"


class Broadcast:
    """The current state, which any number of pages follow."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._changed = asyncio.Event()

    def publish(self, state: State) -> None:
        """Replace the state and wake everyone who follows it."""
        self.state = state
        self._changed.set()
        self._changed = asyncio.Event()

    async def states(self) -> AsyncIterator[State]:
        """Yield the current state, then each new one; a slow consumer skips those in between."""
        shown = None
        while True:
            changed = self._changed
            if self.state == shown:
                await changed.wait()
            else:
                yield (shown := self.state)


def with_script(page: bytes, build: str, attempt: int | None = None) -> bytes:
    """Return a page with the reload script in it, and a Content-Security-Policy that lets the script run.

    The page reloads when the output is no longer that of `build`; given `attempt`, also after every later attempt.
    """
    data = f' data-attempt="{attempt}"' if attempt is not None else ""
    script = f'<script src="/.dateline/reload.js" data-build="{escape(build)}"{data} defer></script>'.encode()
    page = _META.sub(
        lambda meta: _CONTENT.sub(_relaxed, meta[0], count=1) if _POLICY.search(meta[0]) else meta[0], page
    )
    # After the policy, so that the script runs under it; before anything that could be text.
    ends = [meta.end() for meta in _META.finditer(page) if _POLICY.search(meta[0])]
    end = max(ends or [tag.end() for tag in _HEAD.finditer(page[:10_000])], default=0)
    return page[:end] + script + page[end:]


def _relaxed(content: re.Match[bytes]) -> bytes:
    policy = unescape(content[2][1:-1].decode("utf-8", "replace"))
    return content[1] + f'"{escape(permissive(policy))}"'.encode()


def permissive(policy: str) -> str:
    """Return a Content-Security-Policy that also allows scripts from, and connections to, the page's own origin."""
    directives: dict[str, list[str]] = {}
    for directive in policy.split(";"):
        name, *sources = directive.split() or [""]
        if name:
            directives.setdefault(name.lower(), sources)
    default = directives.get("default-src")
    for name in ("script-src", "script-src-elem", "connect-src"):
        allowed = directives.get(name, default if name != "script-src-elem" else None)
        if allowed is not None:
            directives[name] = [*(source for source in allowed if source not in ("'none'", "'self'")), "'self'"]
    return "; ".join(" ".join([name, *sources]) for name, sources in directives.items())
