"""A post's HTML as its page shows it. In feeds it stays as it was rendered."""

import re
from contextlib import suppress

from dateline.render.limits import time_limit
from dateline.text import unescape

_HEADING = re.compile(r"<(/?)h([1-6])(?=[ >])")
_CODE = re.compile(r'<pre><code class="language-([^" ]+)">([^<]*+)</code></pre>')
_TABLE = re.compile(r"<(/?)table(?=[ >])[^>]*>")
# What may be wider than the page scrolls by itself, and with the keyboard too.
_SCROLLING = '<div class="scroll" role="group" aria-label="Table" tabindex="0">'


def page_html(html: str) -> str:
    """Sanitised HTML with its headings in order below the title, code in colours, and wide things that scroll.

    Code stays plain from where it takes too long to find out what is what in it.
    """
    if "<h" in html:
        html = _below_title(html)
    if "<pre" in html:
        html = _coloured(html).replace("<pre>", '<pre tabindex="0">')
    if "<table" in html:
        html = _scrolling(html)
    return html


def _below_title(html: str) -> str:
    """Headings from the second level on, without a gap: each is one below the last that was above it."""
    above: list[int] = []

    def lower(match: re.Match[str]) -> str:
        if not match[1]:
            level = int(match[2])
            while above and above[-1] >= level:
                above.pop()
            above.append(level)
        return f"<{match[1]}h{min(len(above) + 1, 6)}"

    return _HEADING.sub(lower, html)


def _scrolling(html: str) -> str:
    """Tables in elements that scroll; one that stands in another scrolls with it."""
    depth = 0

    def wrap(match: re.Match[str]) -> str:
        nonlocal depth
        if match[1]:
            depth -= 1
            return match[0] if depth else f"{match[0]}</div>"
        depth += 1
        return match[0] if depth > 1 else f"{_SCROLLING}{match[0]}"

    return _TABLE.sub(wrap, html)


def _coloured(html: str) -> str:
    if '<code class="language-' not in html:
        return html
    from dateline.pages.highlight import highlighted

    coloured: list[tuple[int, int, str]] = []
    with suppress(TimeoutError), time_limit():
        for match in _CODE.finditer(html):
            found = highlighted(unescape(match[2]), unescape(match[1]))
            if found is not None:
                coloured.append((*match.span(2), found))
    parts: list[str] = []
    end = 0
    for start, after, code in coloured:
        parts += [html[end:start], code]
        end = after
    return "".join([*parts, html[end:]])
