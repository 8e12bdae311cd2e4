"""Markdown ─▶ HTML fit for a feed reader. A pure function of text.

References that are not absolute stay open, as numbered slots, so that a rendering does not depend on the
publication's address or on any other file; `fill` closes them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from dateline.render import markdown, sanitise, text
from dateline.render.time_limit import time_limit

ENGINES = f"{markdown.ENGINE}, {sanitise.ENGINE}"
SLOT = re.compile(sanitise.SLOT.format(r"(\d+)"))


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


def render(body: str, *, footnote_prefix: str, smart_quotes: bool) -> Rendering:
    """Render the Markdown of one post. `footnote_prefix` sets its footnotes apart from those of other posts.

    Raises Unreadable where that takes too long, nests too deep, or leaves a character that XML forbids.
    """
    with time_limit():
        raw = markdown.convert(body, footnote_prefix, smart_quotes)
        html, found = sanitise.clean(raw)
    references = tuple(Reference(target, embeds) for target, embeds in found)
    return Rendering(html, references, text.first_paragraph(html), sanitise.dropped_tags(raw))


def fill(html: str, urls: Sequence[str]) -> str:
    """Put `urls` into the slots of a rendering's HTML."""
    return SLOT.sub(lambda match: escape(urls[int(match[1])]), html)


def heading_text(heading: str) -> str:
    """The Markdown of a heading as plain text."""
    with time_limit():
        return text.plain(sanitise.clean(markdown.convert("# " + heading, "", smart_quotes=False))[0])
