"""The HTML of a post as its page shows it; feeds have it as it was rendered. The only module that imports Pygments."""

import re
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from dateline.lazy_patterns import lazy_pattern
from dateline.render.limits import time_limit
from dateline.text import unescape

if TYPE_CHECKING:
    from pygments.lexer import Lexer

MAX_CODE_LENGTH = 50_000  # characters; more is data rather than something to read
_HEADING = lazy_pattern(r"<(/?)h([1-6])(?=[ >])")
# What `page_html` changes: one search for all of them takes much less time than one for each.
_CHANGED = lazy_pattern(r"<(h[1-6]|pre|table)[ >]")
_CODE = lazy_pattern(r'(<pre><code class="language-([^" ]+)">)([^<]*+)(?=</code></pre>)')
_TABLE = lazy_pattern(r"<(/?)table(?=[ >])[^>]*>")


def page_html(html: str, label: str = "Table") -> str:
    """Return sanitised HTML with headings in order below the title, highlighted code, and wide parts that scroll.

    Highlighting stops where it takes too long. `label` names a table to those who cannot see it.
    """
    found = _CHANGED.findall(html)
    if levels := [int(name[1]) for name in found if name[0] == "h"]:
        html = _lower_headings(html, levels)
    if "pre" in found:
        html = _highlight_all(html).replace("<pre>", '<pre tabindex="0">')
    if "table" in found:
        html = _wrap_tables(html, escape(label))
    return html


def _lower_headings(html: str, levels: Sequence[int]) -> str:
    """Begin headings at the second level and leave no gaps: each is one below the nearest higher one before it."""
    above: list[int] = []
    lowered: list[int] = []
    for level in levels:
        while above and above[-1] >= level:
            above.pop()
        above.append(level)
        lowered.append(min(len(above) + 1, 6))
    if lowered == levels:
        return html
    following = iter(lowered)
    current = 1  # of an end tag without a beginning

    def lower(match: re.Match[str]) -> str:
        nonlocal current
        if not match[1]:
            current = next(following)
        return f"<{match[1]}h{current}"

    return _HEADING.sub(lower, html)


def _wrap_tables(html: str, label: str) -> str:
    """Put tables into elements that scroll, also by keyboard; nested tables scroll with the outer one."""
    depth = 0

    def wrap(match: re.Match[str]) -> str:
        nonlocal depth
        if match[1]:
            depth -= 1
            return match[0] if depth else f"{match[0]}</div>"
        depth += 1
        opening = f'<div class="scroll" role="group" aria-label="{label}" tabindex="0">'
        return match[0] if depth > 1 else opening + match[0]

    return _TABLE.sub(wrap, html)


def _highlight_all(html: str) -> str:
    if '<code class="language-' not in html:
        return html
    from pygments import highlight  # loaded only for a page with code, and before the time limit begins
    from pygments.formatters.html import HtmlFormatter

    highlighted: dict[int, str] = {}
    with suppress(TimeoutError), time_limit():
        for match in _CODE.finditer(html):
            code, lexer = unescape(match[3]), _lexer(unescape(match[2]))
            if lexer and len(code) <= MAX_CODE_LENGTH:
                highlighted[match.start()] = str(highlight(code, lexer, HtmlFormatter(nowrap=True)))
    return _CODE.sub(lambda match: match[1] + highlighted.get(match.start(), match[3]), html)


@lru_cache
def _lexer(language: str) -> "Lexer | None":
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
