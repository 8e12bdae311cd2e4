"""Markdown ─▶ HTML fit for a feed reader. A pure function of text.

References that are not absolute stay open, as numbered slots, so that a rendering does not depend on the
publication's address or on any other file; `fill` closes them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib import import_module
from importlib.metadata import version
from typing import Protocol, cast

from dateline.render import sanitise, text
from dateline.render.time_limit import time_limit

# What feed.toml calls an engine, the module here that is its fence, and the library under it.
_ENGINES = {
    "python-markdown": ("dateline.render.markdown", "markdown"),
    "commonmark": ("dateline.render.commonmark", "comrak-ext"),
}
SLOT = re.compile(sanitise.SLOT.format(r"(\d+)"))


class _Fence(Protocol):
    def convert(self, body: str, footnote_prefix: str, smart_quotes: bool) -> str:
        """Markdown as raw HTML."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference that has to be resolved. `embeds` is true where the thing is shown in place (src, poster)."""

    target: str
    embeds: bool


@dataclass(frozen=True, slots=True)
class Rendering:
    """Sanitised HTML with a slot for each of `references`, its first paragraph as plain text, and `dropped` tags."""

    html: str
    references: tuple[Reference, ...]
    summary: str
    dropped: tuple[str, ...]


def render(body: str, *, engine: str, footnote_prefix: str, smart_quotes: bool) -> Rendering:
    """Render the Markdown of one post by an engine, named as in feed.toml.

    `footnote_prefix` sets its footnotes apart from those of other posts.
    Raises Unreadable where that takes too long, nests too deep, or leaves a character that XML forbids.
    """
    with time_limit():
        raw = _fence(engine).convert(body, footnote_prefix, smart_quotes)
        html, found = sanitise.clean(raw)
    references = tuple(Reference(target, embeds) for target, embeds in found)
    return Rendering(html, references, text.first_paragraph(html), sanitise.dropped_tags(raw))


def fill(html: str, urls: Sequence[str]) -> str:
    """Put `urls` into the slots of a rendering's HTML."""
    return SLOT.sub(lambda match: escape(urls[int(match[1])]), html)


def heading_text(heading: str, engine: str) -> str:
    """The Markdown of a heading as plain text."""
    with time_limit():
        return text.plain(sanitise.clean(_fence(engine).convert("# " + heading, "", smart_quotes=False))[0])


@cache
def library(engine: str) -> str:
    """The library under an engine, and its version: what a rendering by it depends on. Imports neither."""
    name = _ENGINES[engine][1]
    return f"{name} {version(name)}"


def _fence(engine: str) -> _Fence:
    """The module of an engine, imported only now: a publication uses one, and each takes time to load."""
    return cast("_Fence", import_module(_ENGINES[engine][0]))


ENGINES = f"{library('python-markdown')}, {sanitise.ENGINE}"
