"""Small functions on text: character references, control characters, and lists and numbers in sentences.

When a file is read, each control character becomes a noncharacter, which YAML, TOML and the Markdown engines treat as
an ordinary one. So positions and lines stay those of the file, an id or a URL that contains one is still refused after
parsing, and any other text loses it. Noncharacters in the file are errors, as is all that no feed can carry (XML 1.0,
section 2.2).
"""

import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from dateline.errors import printable
from dateline.lazy_patterns import lazy_pattern

# No character has a number this long, and Python refuses to convert more than 4,300 digits.
ENDLESS = lazy_pattern(r"&#[0-9]{100,};?")
# Ends before an ASCII character, which never combines with the one before, unless none comes for 1,000 characters.
_PIECE = lazy_pattern(r".{1,1000}[^\x00-\x7f]{0,1000}", re.DOTALL)

CONTROL = "\ufdd2"  # replaces a control character without a meaning
LINE_END = "\ufdd3"  # replaces one that ends a line: VT, FF or NEL
LOST = "\ufffd"  # what decoders write for unreadable bytes; published, since XML allows it

# Controls are those of C0, except tab and line feed, DEL, and C1.
_CONTROL = lazy_pattern(f"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{CONTROL}{LINE_END}]")
_FORBIDDEN = lazy_pattern("[\x00\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
_UNUSUAL = lazy_pattern("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
_ORDINARY = bytes([*b"\t\n\r", *range(0x20, 0x7F)])
_LOWER = bytes(range(256)).lower()
# With one of the others begins each unusual character in UTF-8.
_HARMLESS = bytes({*_ORDINARY, *range(0x80, 0x100)} - {0xC2, 0xED, 0xEF})
_MARKS = dict.fromkeys((*range(1, 9), *range(14, 32), *range(127, 160)), CONTROL)
_MARKS |= {ord(c): LINE_END for c in "\x0b\x0c\x85"}
_WITHOUT = {code: "\n" if mark == LINE_END else None for code, mark in _MARKS.items()}
_WITHOUT |= {ord(CONTROL): None, ord(LINE_END): "\n"}
_IN_URL = lazy_pattern(
    rf"""((?:\]\(<?|\b(?:href|src|poster|cite)\s{{0,9}}=\s{{0,9}}["']?)[^\s()<>"'{LINE_END}]{{0,2000}}+){LINE_END}"""
)

MAX_LISTED = 3
_FIRST_WORDS = 70  # characters, or half as many that are twice as wide

Style = Callable[[str, str], str]


def unescape(text: str) -> str:
    """Replace HTML's character references; one to no character, of any length, becomes U+FFFD."""
    return html.unescape(ENDLESS.sub("&#xFFFD;", text) if "&#" in text else text)


def normalize(text: str, form: Literal["NFC", "NFKC"]) -> str:
    """Normalise text in pieces, since a run of combining marks takes time in the square of its length."""
    return "".join([unicodedata.normalize(form, piece) for piece in _PIECE.findall(text)])


def marked(text: str) -> str:
    """Replace control characters by CONTROL and LINE_END."""
    return text.translate(_MARKS) if is_unusual(text) else text


def with_line_ends(text: str) -> str:
    """Replace LINE_END by line feeds in marked text, for a Markdown engine.

    In a URL, where no line can end, it becomes CONTROL, which is an error there.
    """
    if LINE_END not in text:
        return text
    return _IN_URL.sub(lambda match: match[1] + CONTROL, text).replace(LINE_END, "\n")


def without_controls(text: str) -> str:
    """Replace VT, FF and NEL by line feeds and drop other control characters, in marked text or any other."""
    return _CONTROL.sub(lambda match: _WITHOUT[ord(match[0])] or "", text) if is_unusual(text) else text


def controls(text: str) -> set[str]:
    """Return the control characters of a text, marked ones included."""
    return set(_CONTROL.findall(text)) if is_unusual(text) else set()


def odd(text: str) -> list[str]:
    """Return the characters to warn of, each once: controls that are dropped, and U+FFFD."""
    found = {c for c in controls(text) if _WITHOUT[ord(c)] is None} - {CONTROL}
    return sorted(found | {LOST} if LOST in text else found)


def forbidden_character(text: str) -> re.Match[str] | None:
    """Find the first character that a feed cannot carry in a text without controls."""
    return _FORBIDDEN.search(text) if is_unusual(text) else None


def without_forbidden(text: str) -> str:
    """Drop the characters that a feed cannot carry."""
    return _FORBIDDEN.sub("", text) if is_unusual(text) else text


def is_unusual(text: str) -> bool:
    """Return whether a text has control characters, marked or not, or characters that a feed cannot carry."""
    return not text.isprintable() and is_unusual_utf8(text.encode("utf-8", "surrogatepass"))


def is_unusual_utf8(raw: bytes) -> bool:
    """Return what `is_unusual` does, for a text in UTF-8."""
    # Faster than a search of the whole text, since few characters are not ordinary bytes.
    if not raw.translate(None, _HARMLESS):
        return False
    rest = raw.translate(None, _ORDINARY)
    return _UNUSUAL.search(rest.decode("utf-8", "surrogatepass")) is not None


def names(raw: bytes, word: str) -> bool:
    """Return whether a text in UTF-8 contains a word of ASCII in lower case, in any case."""
    # Two other letters have letters of ASCII in lower case: \u0130 and \u212a. A search for one byte is the fastest.
    if (b"\xb0" in raw and b"\xc4\xb0" in raw) or (b"\xaa" in raw and b"\xe2\x84\xaa" in raw):
        return word in raw.decode(errors="replace").lower()
    return word.encode() in raw.translate(_LOWER)


def unstyled(text: str, _colour: str) -> str:
    """Return text as it is: a `Style` without colours."""
    return text


def joined(names: Sequence[str]) -> str:
    """Return the first three names, and how many more there are."""
    more = len(names) - MAX_LISTED
    return printable(", ".join(names[:MAX_LISTED])) + (f" and {more:,} more" if more > 0 else "")


def titles(names: Iterable[str]) -> str:
    """Return the first three titles in quotation marks, and how many more there are."""
    return joined([f"“{name}”" for name in names])


def cut(text: str, length: int) -> str:
    """Return a text of at most this length, cut between words if it has spaces."""
    if len(text) <= length:
        return text
    head = text[: length - 1]
    kept = head if text[len(head)].isspace() else head.rpartition(" ")[0]
    # Scripts without spaces have no word to cut at.
    return (kept if len(kept) > length // 2 else head).rstrip(" ,;:–—-") + "…"


def first_words(text: str) -> str:
    """Return the beginning of plain text, about a line, in place of a title."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text[:_FIRST_WORDS])
    words = cut(text, _FIRST_WORDS - wide // 2)
    end = len(words) - 1
    if words == text:
        return text
    # No mark or joiner is cut off from the letter before it.
    while end and (unicodedata.category(text[end])[0] == "M" or "\u200d" in text[end - 1 : end + 1]):
        end -= 1
    return f"{text[:end]}…"


def edited(text: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """Return text with other text between some positions, which are in order and do not overlap."""
    parts, position = [], 0
    for start, end, new in edits:
        parts += [text[position:start], new]
        position = end
    return "".join((*parts, text[position:]))


def counted(number: int, noun: str, nouns: str = "") -> str:
    """Return ``1 post`` or ``1,000 posts``; `nouns` is the plural, if that is another."""
    return f"{number:,} {noun if number == 1 else nouns or f'{noun}s'}"


def clock(seconds: int) -> str:
    """Return a duration like ``42:30`` or ``1:02:30``."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
