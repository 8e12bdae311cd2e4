"""Bare addresses, as GitHub links them (the extended autolinks of its Markdown)."""

import re

from dateline.text import unescape

# A placeholder of Python-Markdown, which may be for an escaped character, counts as a character.
_REST = r"(?:[^\s<\x02\x03]|\x02klzzwxh:[0-9]+\x03)*"
ADDRESS = re.compile(
    rf"(?<![A-Za-z\[])https?://(?=[^\W_]){_REST}"
    rf"|(?<![^\s*_~(])www\.(?=[\w-]+\.){_REST}"
    r"|(?<![A-Za-z0-9.+_@-])(?:mailto:)?[A-Za-z0-9+_-]+(?:\.[A-Za-z0-9+_-]+)*@[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+(?<![_-])(?![\w@-])",
    re.IGNORECASE,
)
_HOST = re.compile(r"(?:[^/]*//)?([\w.-]*)")
_ENTITY = re.compile(r"&[A-Za-z0-9]+;\Z")
_PUNCTUATION = "?!.,:*_~'\"”’»"


def link(found: str) -> tuple[str, str] | None:
    """Return the part of what ADDRESS found that is linked, and where to; None if its host cannot be one."""
    text = trimmed(found)
    head = text[:8].lower()
    if not head.startswith(("http://", "https://", "www.")):
        return text, text if head.startswith("mailto:") else f"mailto:{text}"
    host = _HOST.match(text)
    if not host or "_" in "".join(host[1].split(".")[-2:]) or not host[1]:
        return None
    return text, unescape(text) if "//" in head else f"http://{unescape(text)}"


def trimmed(text: str) -> str:
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
