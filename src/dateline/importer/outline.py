"""Sanitised HTML ─▶ an outline, which is equal for two ways of writing the same."""

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from dateline.text import unescape

_PART = re.compile(r"<(/?)([a-z][a-z0-9]*)([^>]*)>|([^<]+)")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_SPACE = re.compile(r"[ \t\n\r\f]+")
_SAME = {"b": "strong", "i": "em", "s": "del"}
# Without attributes, these only separate texts.
_PARTING = set("article div footer header main p section tbody tfoot thead".split())
_BLOCKS = _PARTING | set(
    "address aside audio blockquote br caption dd details dl dt figcaption figure h1 h2 h3 h4 h5 h6 hr li ol pre "
    "summary table td th tr ul video".split()
)
_VOID = set("br col hr img source track wbr".split())
_EMPTY_SAYS_NOTHING = set("a b code del em i s span strong".split())
# These are not shown.
_UNSEEN = {"cite", "class", "hreflang"}
# White space is kept in preformatted text, where it is replaced by these to set it apart from other white space.
_IN_PRE = str.maketrans({" ": "\x1f", "\n": "\x1e"})


class Outline(NamedTuple):
    """The text, a line for each block; and the elements: name with attributes, and the letters before start and end.

    What makes no difference to a reader is left out, such as spaces at the ends of blocks, or ``b`` for ``strong``.
    """

    text: str
    elements: list[tuple[str, int, int]]


class _Element(NamedTuple):
    name: str
    shown: str
    place: int
    start: int
    first_text: int
    address: str


def outline(html: str, ids: Collection[str]) -> Outline:
    """Return the outline of sanitised HTML; `ids` are those of elements that links lead to."""
    texts: list[str] = []
    elements: list[tuple[str, int, int] | None] = []
    opened: list[_Element] = []
    letters = in_pre = 0
    for end, name, attributes, text in _PART.findall(html):
        if text:
            plain = unescape(text)
            texts.append(plain.expandtabs(4).translate(_IN_PRE) if in_pre else plain.replace("\n", " "))
            letters += len("".join(plain.split()))
            continue
        if name in _BLOCKS:
            texts.append("\n")
        if end and opened:
            in_pre -= name == "pre"
            element = opened.pop()
            if element.shown:
                elements[element.place] = _closed(element, letters, len(elements), texts)
        elif not end:
            in_pre += name == "pre"
            found = _attributes(attributes, ids)
            shown = " ".join([_SAME.get(name, name), *(f"{key}={value}" for key, value in sorted(found.items()))])
            if not found and (name in _PARTING or name in ("a", "span") or (name == "code" and in_pre)):
                shown = ""
            if name not in _VOID:
                opened.append(_Element(name, shown, len(elements), letters, len(texts), found.get("href", "")))
            if shown:
                elements.append((shown, letters, letters))
    lines = (_SPACE.sub(" ", line).strip(" \xa0\x1e") for line in "".join(texts).split("\n"))
    return Outline("\n".join(filter(None, lines)), [element for element in elements if element])


def _closed(element: _Element, letters: int, elements: int, texts: Sequence[str]) -> tuple[str, int, int] | None:
    """An element of the outline; None for an empty one, and for a link whose text is its address."""
    if element.start == letters and element.place == elements - 1 and element.name in _EMPTY_SAYS_NOTHING:
        return None
    if element.name == "a":
        text = "".join(texts[element.first_text :]).strip()
        if element.shown == f"a href={element.address}" and element.address in (
            text,
            f"mailto:{text}",
            f"http://{text}",
        ):
            return None
    return element.shown, element.start, letters


def _attributes(written: str, ids: Collection[str]) -> dict[str, str]:
    found = ((key, " ".join(unescape(value).split())) for key, value in _ATTRIBUTE.findall(written))
    return {
        key: value
        for key, value in found
        if key not in _UNSEEN and (key != "id" or value in ids) and (key, value) != ("start", "1")
    }
