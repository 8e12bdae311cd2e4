"""Markdown ─▶ HTML fit for a feed reader. A pure function of text; what it takes is loaded when it is first called."""

import re
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from dateline.errors import Unreadable
from dateline.model import Publication, Reference, Rendering
from dateline.parallel import Executor, in_order
from dateline.render.placeholders import shifted
from dateline.text import ENDLESS, with_line_ends

if TYPE_CHECKING:
    from dateline.render.sanitise import Cleaned

# What feed.toml calls an engine, and the module here that is the fence around its library.
_ENGINES = {"python-markdown": "dateline.render.python_markdown", "commonmark": "dateline.render.commonmark"}
_HEADING = re.compile(r"<h[1-6](?: [^>]*)?>((?:(?!</?h[1-6]).)*)</h[1-6]>", re.DOTALL)


class _Fence(Protocol):
    def convert(self, body: str, footnote_prefix: str, smart_quotes: bool, math: bool) -> str:
        """Markdown as raw HTML."""


class Passage(NamedTuple):
    """A note below a text: the id of its element, the HTML that it begins with, and its Markdown."""

    anchor: str
    lead: str
    body: str


class Text(NamedTuple):
    """The Markdown of a post, and how to render it; `footnote_prefix` sets its footnotes apart from other posts'."""

    body: str
    engine: str
    footnote_prefix: str
    smart_quotes: bool
    math: bool = False
    notes: tuple[Passage, ...] = ()


def manner(publication: Publication) -> str:
    """What of the settings decides on renderings, as the end of the keys under which those are kept."""
    return f" {publication.markdown} {publication.smart_quotes} {publication.math}"


def render_all(texts: Iterable[Sequence[Text]], executor: Executor | None) -> Iterator[list[Rendering | Unreadable]]:
    """Render lists of texts, which are taken as they are needed, in order; None renders them here.

    Any concurrent.futures.Executor will do: it gets text and returns text, and needs of its machine this program alone.
    """
    return in_order(executor, _render_each, texts)


def _render_each(texts: Sequence[Text]) -> list[Rendering | Unreadable]:
    found: list[Rendering | Unreadable] = []
    for body, engine, prefix, smart, math, notes in texts:
        try:
            found.append(
                render(body, engine=engine, footnote_prefix=prefix, smart_quotes=smart, math=math, notes=notes)
            )
        except Unreadable as error:
            found.append(error)
    return found


def render(
    body: str,
    *,
    engine: str,
    footnote_prefix: str,
    smart_quotes: bool,
    math: bool = False,
    notes: Sequence[Passage] = (),
) -> Rendering:
    """Render the Markdown of one post, and of the notes below it, by an engine, named as in feed.toml.

    `footnote_prefix` sets its footnotes apart from those of other posts.
    Raises Unreadable where that takes too long, becomes too long, nests too deep, or holds a character that XML
    forbids.
    """
    from dateline.render import text

    html, found, dropped = _clean(body, engine, footnote_prefix, smart_quotes, math)
    references = tuple(Reference(target, embeds) for target, embeds in found)
    rendering = Rendering(html, references, text.first_paragraph(html), dropped)
    for anchor, lead, words in notes:
        prefix = f"{footnote_prefix}-{anchor}"
        note = render(words, engine=engine, footnote_prefix=prefix, smart_quotes=smart_quotes, math=math)
        rendering = _with_note(rendering, note._replace(html=_aside(anchor, lead, note.html)))
    return rendering


def _aside(anchor: str, lead: str, html: str) -> str:
    """An element that readers show as a part of its own, or as a paragraph where they do not know it."""
    begun = f"<p>{lead} {html[3:]}" if html.startswith("<p>") else f"<p>{lead}</p>\n{html}"
    return f'<aside id="{anchor}">\n{begun}\n</aside>'


def _with_note(rendering: Rendering, note: Rendering) -> Rendering:
    """Both, the note last. They were sanitised apart, so that no tag left open in one reaches into the other."""
    from dateline.render import text

    html = shifted(note.html, len(rendering.references))
    return Rendering(
        html="\n".join(filter(None, (rendering.html, html))),
        references=rendering.references + note.references,
        summary=rendering.summary,
        dropped=tuple(sorted({*rendering.dropped, *note.dropped})),
        note=" ".join(filter(None, (rendering.note, text.plain(html)))),
    )


def heading_text(block: str, engine: str) -> str | None:
    """The plain text of the heading that some Markdown is; None where the engine takes it for something else."""
    from dateline.render import text

    heading = _HEADING.fullmatch(_clean(block, engine, "", smart_quotes=False, math=False).html)
    return text.plain(heading[1]) if heading else None


def _clean(body: str, engine: str, footnote_prefix: str, smart_quotes: bool, math: bool) -> "Cleaned":
    """Sanitised HTML of Markdown. Raises Unreadable."""
    from dateline.render import sanitise, time_limit
    from dateline.render.limits import check_length, check_tables

    if endless := ENDLESS.search(body):  # the engines' libraries fail on it, and so does html.parser
        raise Unreadable("text: a character reference of more than 100 digits", "remove it", endless[0])
    try:
        with time_limit.time_limit():
            body = with_line_ends(body)
            check_tables(body)
            raw = _fence(engine).convert(body, footnote_prefix, smart_quotes, math)
            check_length(len(raw))
            return sanitise.clean(raw)
    except TimeoutError:
        raise Unreadable(
            f"text: rendering takes longer than {time_limit.TIME_LIMIT:.0f} seconds",
            "look for long runs of brackets or marks, and put code into a fenced block",
        ) from None


def _fence(engine: str) -> _Fence:
    """The module of an engine, imported only now: a publication uses one, and each takes time to load."""
    return cast("_Fence", import_module(_ENGINES[engine]))
