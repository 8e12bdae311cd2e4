"""Control characters, and the characters that no feed can carry (XML 1.0, section 2.2).

Text is read with its length and its lines as they are in the file: a control character becomes a noncharacter, which
YAML, TOML and the Markdown engines take for an ordinary one. So an id or an address that holds one is still refused
after parsing, and any other text loses it. A noncharacter that somebody wrote is an error.
"""

import re

CONTROL = "\ufdd2"  # a control character that says nothing
LINE_END = "\ufdd3"  # one that ends a line: VT, FF or NEL
LOST = "\ufffd"  # what decoders write for bytes that they cannot read; published, since XML allows it

# Controls are those of C0, except tab and line feed, DEL, and C1.
_CONTROL = re.compile(f"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{CONTROL}{LINE_END}]")
_FORBIDDEN = re.compile("[\x00\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
_UNUSUAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
_ORDINARY = bytes([*b"\t\n\r", *range(0x20, 0x7F)])
_ENDS_LINE = {ord(c): LINE_END for c in "\x0b\x0c\x85"}
_MARKS = dict.fromkeys((*range(1, 9), *range(14, 32), *range(127, 160)), CONTROL) | _ENDS_LINE
_IN_ADDRESS = re.compile(
    rf"""((?:\]\(<?|\b(?:href|src|poster|cite)\s{{0,9}}=\s{{0,9}}["']?)[^\s()<>"'{LINE_END}]{{0,2000}}+){LINE_END}"""
)
_TEXT = {code: "\n" if mark == LINE_END else None for code, mark in _MARKS.items()}
_TEXT |= {ord(CONTROL): None, ord(LINE_END): "\n"}


def marked(text: str) -> str:
    """Replace control characters by CONTROL and LINE_END."""
    return text.translate(_MARKS) if _is_unusual(text) else text


def with_line_ends(text: str) -> str:
    """Replace LINE_END by line feeds in marked text, for a Markdown engine.

    In an address, where no line can end, it becomes CONTROL, which is an error there.
    """
    if LINE_END not in text:
        return text
    return _IN_ADDRESS.sub(lambda match: match[1] + CONTROL, text).replace(LINE_END, "\n")


def without_controls(text: str) -> str:
    """Replace VT, FF and NEL by line feeds and drop other control characters, in text that is marked or not."""
    return text.translate(_TEXT) if _is_unusual(text) else text


def controls(text: str) -> set[str]:
    """Return the control characters of a text, marked ones included."""
    return set(_CONTROL.findall(text)) if _is_unusual(text) else set()


def odd(text: str) -> list[str]:
    """Return characters that an author should know of, each once: controls that are dropped, and U+FFFD."""
    found = {c for c in controls(text) if _TEXT[ord(c)] is None} - {CONTROL}
    return sorted(found | {LOST} if LOST in text else found)


def forbidden_character(text: str) -> re.Match[str] | None:
    """Find the first character, of a text without controls, that a feed cannot carry."""
    return _FORBIDDEN.search(text) if _is_unusual(text) else None


def _is_unusual(text: str) -> bool:
    # To take ordinary bytes away leaves whole characters of the others, which are few.
    rest = text.encode("utf-8", "surrogatepass").translate(None, _ORDINARY)
    return bool(rest) and _UNUSUAL.search(rest.decode("utf-8", "surrogatepass")) is not None
