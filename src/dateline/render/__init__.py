"""Renders Markdown as HTML fit for a feed reader. A pure function of text; libraries are loaded at the first call."""

import re
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from dateline.errors import InputError
from dateline.hashing import digest
from dateline.lazy_patterns import lazy_pattern
from dateline.model import Publication, Rendering, TemplateCode
from dateline.parallel import Jobs, map_in_order
from dateline.render.html import Cleaned, first_paragraph, html_to_text, shift_slots, text_of_picture
from dateline.render.limits import TIME_LIMIT, check_length, check_tables, time_limit, time_limits
from dateline.render.link_constructs import with_links
from dateline.render.marks import html_tag, marked, unmarked, with_lists_marked
from dateline.render.plain_html import clean_plain
from dateline.render.template_code import Construct, constructs
from dateline.text import ENDLESS, first_words, with_line_ends

if TYPE_CHECKING:
    from concurrent.futures import Executor


# The engines, as feed.toml names them, and their modules. A publication uses one, and each takes time to load.
_ENGINES = {"python-markdown": "dateline.render.python_markdown", "commonmark": "dateline.render.commonmark"}
MAX_LISTED = 200  # constructs that are listed of one post
MAX_KEPT = 80  # characters of each
_HEADING = lazy_pattern(r"<h[1-6](?: [^>]*)?>((?:(?!</?h[1-6]).)*)</h[1-6]>", re.DOTALL)


class Aside(NamedTuple):
    """A note below a text: the id of its element, the HTML that it begins with, and its Markdown."""

    anchor: str
    lead: str
    body: str


class RenderTask(NamedTuple):
    """The arguments of `render`."""

    body: str
    engine: str
    footnote_prefix: str
    smart_quotes: bool
    math: bool = False
    notes: tuple[Aside, ...] = ()
    accepts_template_code: bool = False
    host: str = "-"


def host_of(publication: Publication) -> str:
    """Return the host of the publication on the web, as links may name it."""
    return urlsplit(publication.url_on_the_web or publication.url).netloc.lower()


def render_key(publication: Publication) -> str:
    """Return a key of the settings that renderings depend on, to be added to that of a text."""
    own = digest(publication.own_words) if publication.own_words else ""  # a correction begins with some
    return f" {publication.markdown} {publication.smart_quotes} {publication.math} {own}"


def render_all(
    batches: Iterable[Sequence[RenderTask]], executor: "Jobs | Executor | None"
) -> Iterator[list[Rendering | InputError]]:
    """Render batches in order, taking each only when it is needed; without an executor, in this process.

    Any concurrent.futures.Executor will do: tasks and results are text, and workers need nothing but this program.
    """
    return map_in_order(executor, _render_batch, batches)


def _render_batch(tasks: Sequence[RenderTask]) -> list[Rendering | InputError]:
    results: list[Rendering | InputError] = []
    with time_limits():
        for task in tasks:
            try:
                results.append(render(*task))
            except InputError as error:
                results.append(error)
    return results


def render(
    body: str,
    engine: str,
    footnote_prefix: str,
    smart_quotes: bool,
    math: bool = False,
    notes: Sequence[Aside] = (),
    accepts_template_code: bool = False,
    host: str = "-",
) -> Rendering:
    """Render the Markdown of one post, and of the notes below it, by an engine named as in feed.toml.

    `footnote_prefix` sets its footnotes apart from those of other posts. Addresses on `host` are references to resolve.
    Raises InputError for text that takes too long, becomes too long, nests too deep, or holds a character that XML
    forbids.
    """
    rendering = _render_text(body, engine, footnote_prefix, smart_quotes, math, accepts_template_code, host)
    for anchor, lead, text in notes:
        # Sanitised apart, so that no tag left open in one reaches into the other.
        prefix = f"{footnote_prefix}-{anchor}"
        note = _render_text(text, engine, prefix, smart_quotes, math, accepts_template_code, host)
        # Readers that don't know the element show a paragraph.
        begun = f"<p>{lead} {note.html[3:]}" if note.html.startswith("<p>") else f"<p>{lead}</p>\n{note.html}"
        html = shift_slots(f'<aside id="{anchor}">\n{begun}\n</aside>', len(rendering.references))
        rendering = rendering._replace(
            html="\n".join(filter(None, (rendering.html, html))),
            references=rendering.references + note.references,
            dropped=tuple(sorted({*rendering.dropped, *note.dropped})),
            note=" ".join(filter(None, (rendering.note, html_to_text(html)))),
            template_code=(*rendering.template_code, *(one._replace(line=0) for one in note.template_code)),
        )
    return rendering


def beginning(text: str, engine: str) -> tuple[str | None, str]:
    """Return the plain text of Markdown that is one heading, else None, and the first words of any.

    The first words are those of the first paragraph, of code if there is nothing else, or of what a picture shows.
    """
    rendering = _render_text(text, engine, "")
    heading = _HEADING.fullmatch(rendering.html)
    words = first_words(rendering.summary or text_of_picture(rendering.html))
    return html_to_text(heading[1]) if heading else None, words


def _render_text(
    body: str,
    engine: str,
    footnote_prefix: str,
    smart_quotes: bool = False,
    math: bool = False,
    accepts_template_code: bool = False,
    host: str = "-",
) -> Rendering:
    """Render Markdown, and put its template code back once the HTML is safe and the summary is known.

    Of that, links to posts become links first.
    """
    found = list(constructs(body))
    if found and (linked := with_links(body, found)) != body:
        body, found = linked, list(constructs(linked))
    cleaned = _clean(marked(body, found), engine, footnote_prefix, smart_quotes, math, host)
    if not found:
        return Rendering(cleaned.html, cleaned.references, first_paragraph(cleaned.html), cleaned.dropped)
    marked_html, in_attributes = with_lists_marked(cleaned.html, found)
    html, in_text = unmarked(marked_html, found)
    if accepts_template_code:
        return Rendering(html, cleaned.references, first_paragraph(html), cleaned.dropped)
    tags = {number: tag for number, one in enumerate(found) if (tag := html_tag(one)) in cleaned.dropped}
    seen = sorted({*in_text, *in_attributes, *cleaned.marks, *tags} & {*range(len(found))})
    return Rendering(
        html,
        cleaned.references,
        first_paragraph(marked_html),
        tuple(sorted({*cleaned.dropped} - {*tags.values()})),
        template_code=tuple(_template_code(body, found[number]) for number in seen[:MAX_LISTED]),
    )


def _template_code(body: str, one: Construct) -> TemplateCode:
    return TemplateCode(one.kind, " ".join(one.text.split())[:MAX_KEPT], body.count("\n", 0, one.start) + 1)


def _clean(body: str, engine: str, footnote_prefix: str, smart_quotes: bool, math: bool, host: str) -> Cleaned:
    # The engines' libraries fail on it, and so does html.parser.
    if "&" in body and (endless := ENDLESS.search(body)):
        raise InputError("text: a character reference of more than 100 digits", "remove it", endless[0])
    try:
        with time_limit():
            body = with_line_ends(body)
            check_tables(body)
            raw = import_module(_ENGINES[engine]).convert(body, footnote_prefix, smart_quotes, math)
            check_length(len(raw))
            return clean_plain(raw, host) or _sanitised(raw, host)
    except TimeoutError:
        raise InputError(
            f"text: rendering takes longer than {TIME_LIMIT:.0f} seconds",
            "look for long runs of brackets or marks, and put code into a fenced block",
        ) from None


def _sanitised(html: str, host: str) -> Cleaned:
    from dateline.render import sanitise

    return sanitise.clean(html, host)
