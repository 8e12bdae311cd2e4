"""Removes links that engines make of bare addresses where there may be none."""

import re

_TAGS = re.compile(
    r'<a href="[^"]*">([^<\s]*)</a>|<(a)\s[^<>]*\bhref\b[^<>]*>|<(code|pre)\b[^<>]*>'
    r"|</(?:(code|pre)|a|p|li|h[1-6]|td|th)>",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"www\.|[\w+.-]+:|[^@]+@")
_HTML = re.compile("<(?:a|code|pre)", re.IGNORECASE)


def without_links_in_links(html: str, body: str) -> str:
    """Remove links of bare addresses in an ``<a>`` of raw HTML in `body`, which they would end, or in its code."""
    if not _HTML.search(body):
        return html
    link = code = False

    def outermost(match: re.Match[str]) -> str:
        nonlocal link, code
        if match[1] is None:
            if match[3] or match[4]:
                code = bool(match[3])
            else:
                link = bool(match[2])
        elif (link or code) and _ADDRESS.match(match[1]):
            return match[1]
        return match[0]

    return _TAGS.sub(outermost, html)
