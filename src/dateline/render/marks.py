"""Marks that stand for template code while Markdown is rendered, so that no engine finds quotes or emphasis in it.

A mark is a number in noncharacters, which are refused in posts. Attribute lists and tags that engines read get none;
lists that they have left as text get theirs afterwards.
"""

import re
from collections.abc import Sequence
from html import escape
from urllib.parse import quote, unquote

from dateline.lazy_patterns import lazy_pattern
from dateline.render.template_code import ATTRIBUTES, COMPONENT, EMOJI, Construct
from dateline.text import unescape, without_controls

# A mark that begins with `_ASIDE` stands for what a sentence can do without.
_BEGIN, _ASIDE, _END = "\ufdd7", "\ufde8", "\ufde9"
_DIGITS = {ord(digit): chr(0xFDD8 + value) for value, digit in enumerate("0123456789abcdef")}
_VALUES = {ord(mark): chr(digit) for digit, mark in _DIGITS.items()}
_MARK = lazy_pattern("[\ufdd7\ufde8](?P<number>[\ufdd8-\ufde7]+)\ufde9")
_ENCODED = tuple(map(quote, (_BEGIN, _ASIDE)))
# These are for sanitised HTML, in whose attributes < and > are escaped.
_MARK_OR_CODE = lazy_pattern(rf"{_MARK.pattern}|<(?P<end>/?)(?:code|pre)\b")
_LIST = lazy_pattern(r"\{:[^{}<>\n]*\}")
_LIST_OR_CODE = lazy_pattern(rf"<(code|pre)\b.*?</\1>|<[^<>]*>|{_LIST.pattern}", re.DOTALL)
# A tag that every engine reads as HTML (CommonMark 6.6).
_TAG = lazy_pattern(
    r"""</?([A-Za-z][A-Za-z0-9]*)(?:\s+[A-Za-z_:][\w.:-]*(?:=(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?)*\s*/?>"""
)


def marked(markdown: str, found: Sequence[Construct]) -> str:
    """Replace constructs of a text by marks."""
    parts, position = [], 0
    for number, one in enumerate(found):
        if not _is_list(one) and html_tag(one) is None:
            parts += [markdown[position : one.start], _mark(number, one.kind)]
            position = one.end
    return "".join((*parts, markdown[position:]))


def with_lists_marked(html: str, found: Sequence[Construct]) -> tuple[str, set[int]]:
    """Find the attribute lists that an engine has left in the HTML of a text, even with smart quotes.

    Returns the HTML with marks for them, or without those that were in attributes, which are returned as numbers.
    """
    numbers: dict[str, list[int]] = {}  # of equal lists, the last one first
    for number in reversed(range(len(found))):
        if _is_list(found[number]):
            numbers.setdefault(_without_quotes(found[number].text), []).append(number)
    in_attributes: set[int] = set()

    def number_of(written: str) -> int | None:
        equal = numbers.get(_without_quotes(unescape(written)), [None])
        return equal.pop() if len(equal) > 1 else equal[0]

    def remove(match: re.Match[str]) -> str:
        if (number := number_of(match[0])) is None:
            return match[0]
        in_attributes.add(number)
        return ""

    def mark(match: re.Match[str]) -> str:
        if match[0].startswith("{"):
            number = number_of(match[0])
            return match[0] if number is None else _mark(number, ATTRIBUTES)
        return match[0] if match[1] else _LIST.sub(remove, match[0])

    return (_LIST_OR_CODE.sub(mark, html) if numbers else html), in_attributes


def marks_in(value: str) -> list[int]:
    """Return the numbers of the marks in the value of an attribute, in which they may be percent-encoded."""
    if _END not in value and ("%" not in value or not any(encoded in value for encoded in _ENCODED)):
        return []
    return [_number(mark) for mark in _MARK.finditer(unquote(value))]


def without_marks(text: str) -> str:
    """Remove all marks."""
    return _MARK.sub("", text) if _END in text else text


def is_interrupted(text: str) -> bool:
    """Return whether a text has marks without which it may be no sentence."""
    return _BEGIN in text


def unmarked(html: str, found: Sequence[Construct]) -> tuple[str, set[int]]:
    """Put the constructs of a text into its HTML as written. Returns also the numbers of those outside code."""
    left = dict(enumerate(found))  # each is written once, since character references can look like marks
    outside: set[int] = set()
    depth = 0

    def put(match: re.Match[str]) -> str:
        nonlocal depth
        if not match["number"]:
            depth += -1 if match["end"] else 1
            return match[0]
        number = _number(match)
        if not depth and number in left:
            outside.add(number)
        return _as_html(left.pop(number)) if number in left else ""

    return (_MARK_OR_CODE.sub(put, html) if found else html), outside


def _is_list(construct: Construct) -> bool:
    """Return whether a construct is an attribute list that some engine could read."""
    return construct.kind == ATTRIBUTES and "{{" not in construct.text


def html_tag(construct: Construct) -> str | None:
    """Return the name, in lower case, of a tag that an HTML parser reads as one."""
    name = _TAG.fullmatch(construct.text) if construct.kind == COMPONENT else None
    return name[1].lower() if name else None


def _as_html(construct: Construct) -> str:
    if construct.kind == COMPONENT:  # as if it were of HTML's form
        return ""
    return escape(without_controls(construct.text), quote=False).replace("\xa0", "&nbsp;")


def _without_quotes(attributes: str) -> str:
    """Return what smart quotes do not change of an attribute list."""
    return re.sub(r"[^\w=:#/]", "", attributes)


def _mark(number: int, kind: str) -> str:
    begin = _ASIDE if kind in (ATTRIBUTES, EMOJI) else _BEGIN
    return f"{begin}{f'{number:x}'.translate(_DIGITS)}{_END}"


def _number(mark: re.Match[str]) -> int:
    return int(mark["number"].translate(_VALUES), 16)
