"""Markdown ─▶ HTML fit for a feed reader. A pure function of text; what it takes is loaded when it is first called."""

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from typing import NamedTuple, Protocol, cast

from dateline.errors import Unreadable
from dateline.jobs import Submits, in_order
from dateline.model import Publication, Reference, Rendering

# What feed.toml calls an engine, and the module here that is the fence around its library.
_ENGINES = {"python-markdown": "dateline.render.markdown", "commonmark": "dateline.render.commonmark"}


class _Fence(Protocol):
    def convert(self, body: str, footnote_prefix: str, smart_quotes: bool) -> str:
        """Markdown as raw HTML."""


class Text(NamedTuple):
    """The Markdown of a post, and how to render it; `footnote_prefix` sets its footnotes apart from other posts'."""

    body: str
    engine: str
    footnote_prefix: str
    smart_quotes: bool


def manner(publication: Publication) -> str:
    """What of the settings decides on renderings, as the end of the keys under which those are kept."""
    return f" {publication.markdown} {publication.smart_quotes}"


def render_all(texts: Iterable[Sequence[Text]], executor: Submits | None) -> Iterator[list[Rendering | Unreadable]]:
    """Render lists of texts, which are taken as they are needed, in order; None renders them here.

    Any concurrent.futures.Executor will do: it gets text and returns text, and needs of its machine this program alone.
    """
    return in_order(executor, _render_each, texts)


def _render_each(texts: Sequence[Text]) -> list[Rendering | Unreadable]:
    found: list[Rendering | Unreadable] = []
    for body, engine, prefix, smart in texts:
        try:
            found.append(render(body, engine=engine, footnote_prefix=prefix, smart_quotes=smart))
        except Unreadable as error:
            found.append(error)
    return found


def render(body: str, *, engine: str, footnote_prefix: str, smart_quotes: bool) -> Rendering:
    """Render the Markdown of one post by an engine, named as in feed.toml.

    `footnote_prefix` sets its footnotes apart from those of other posts.
    Raises Unreadable where that takes too long, nests too deep, or leaves a character that XML forbids.
    """
    from dateline.render import sanitise, text
    from dateline.render.time_limit import time_limit

    with time_limit():
        raw = _fence(engine).convert(body, footnote_prefix, smart_quotes)
        html, found, dropped = sanitise.clean(raw)
    references = tuple(Reference(target, embeds) for target, embeds in found)
    return Rendering(html, references, text.first_paragraph(html), dropped)


def heading_text(heading: str, engine: str) -> str:
    """The Markdown of a heading as plain text."""
    from dateline.render import sanitise, text
    from dateline.render.time_limit import time_limit

    with time_limit():
        return text.plain(sanitise.clean(_fence(engine).convert("# " + heading, "", smart_quotes=False)).html)


def _fence(engine: str) -> _Fence:
    """The module of an engine, imported only now: a publication uses one, and each takes time to load."""
    return cast("_Fence", import_module(_ENGINES[engine]))
