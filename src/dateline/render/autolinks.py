"""Links bare addresses as GitHub does (the extended autolinks of its Markdown), and removes links inside links."""

import re

from dateline.lazy_patterns import lazy_pattern
from dateline.text import unescape

# A placeholder of Python-Markdown, which may be for an escaped character, counts as a character.
_REST = r"(?:[^\s<\x02\x03]|\x02klzzwxh:[0-9]+\x03)*"
ADDRESS = lazy_pattern(
    rf"(?<![A-Za-z\[])https?://(?=[^\W_]){_REST}"
    rf"|(?<![^\s*_~(])www\.(?=[\w-]+\.){_REST}"
    r"|(?<![A-Za-z0-9.+_@-])(?:mailto:)?[A-Za-z0-9+_-]+(?:\.[A-Za-z0-9+_-]+)*@[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+(?<![_-])(?![\w@-])",
    re.IGNORECASE,
)
_HOST = lazy_pattern(r"(?:[^/]*//)?([\w.-]*)")
_ENTITY = lazy_pattern(r"&[A-Za-z0-9]+;\Z")
_PUNCTUATION = "?!.,:*_~'\"”’»"

_TAGS = lazy_pattern(
    r'<a href="[^"]*">([^<\s]*)</a>|<(a)\s[^<>]*\bhref\b[^<>]*>|<(code|pre)\b[^<>]*>'
    r"|</(?:(code|pre)|a|p|li|h[1-6]|td|th)>",
    re.IGNORECASE,
)
_LINKED = lazy_pattern(r"www\.|[\w+.-]+:|[^@]+@")
_RAW_HTML = lazy_pattern("<(?:a|code|pre)", re.IGNORECASE)


def link(found: str) -> tuple[str, str] | None:
    """Return the part of a match of ADDRESS that becomes a link, and its target; None if the host cannot be one."""
    text = _trimmed(found)
    head = text[:8].lower()
    if not head.startswith(("http://", "https://", "www.")):
        return text, text if head.startswith("mailto:") else f"mailto:{text}"
    host = _HOST.match(text)
    if not host or "_" in "".join(host[1].split(".")[-2:]) or not host[1]:
        return None
    return text, unescape(text) if "//" in head else f"http://{unescape(text)}"


def _trimmed(text: str) -> str:
    """Remove from the end of an address what belongs to the sentence around it."""
    end, excess = len(text), text.count(")") - text.count("(")
    while end:
        last = text[end - 1]
        if last in _PUNCTUATION:
            end -= 1
        elif last == ")" and excess > 0:
            end, excess = end - 1, excess - 1
        elif last == ";":
            entity = _ENTITY.search(text, max(0, end - 40), end)
            end = entity.start() if entity else end - 1
        else:
            break
    return text[:end]


def without_nested_links(html: str, body: str) -> str:
    """Remove links of bare addresses in an ``<a>``, which they would end, or code of raw HTML in `body`."""
    if "<" not in body or not _RAW_HTML.search(body):
        return html
    link = code = False

    def keep_outer(match: re.Match[str]) -> str:
        nonlocal link, code
        if match[1] is None:
            if match[3] or match[4]:
                code = bool(match[3])
            else:
                link = bool(match[2])
        elif (link or code) and _LINKED.match(match[1]):
            return match[1]
        return match[0]

    return _TAGS.sub(keep_outer, html)
