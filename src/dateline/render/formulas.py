r"""Formulas: ``$…$`` in a sentence, ``$$…$$`` apart from it, and, where they are asked for, ``\(…\)`` and ``\[…\]``.

They come out as they were typed, to be set by whatever shows them: no engine finds emphasis or quotation marks in
them. After an opening ``$`` comes no space, before a closing one neither, and after that no digit, so prices are none.
"""

import re
from functools import cache
from html import escape

from dateline.text import unescape

# In all, a placeholder of Python-Markdown ends the search, and so does an empty line.
_LINES = r"[^\\\n{}\x02\x03]|\n(?![ >]*\n)"
# What shows that a tag is one, and that the dollars around it are no formula: a<b alone may be part of one.
_MARKUP = r"""/[A-Za-z]|br\b|[A-Za-z][\w-]*\s+[\w-]+=["']"""
_PLAIN = rf"{_LINES.format('<{}')}|<(?!{_MARKUP})"
_TAG = r"<[A-Za-z/!][^<>]*>"
_MATHML = rf"(?P<mathml><math[\s>](?:{_LINES.format('<')}|\\|<(?!/?math\b))*+</math>)"
_BRACKETS = (
    rf"(?P<round>\\\((?:{_PLAIN.format('')}|\\[^()\n\x02\x03])++\\\))"
    rf"|(?P<square>\\\[(?:{_PLAIN.format('')}|\\[^\[\]\n\x02\x03])++\\\])"
)
_DOLLARS = (
    # What is escaped, and longer runs, are none.
    r"\\[\s\S]|\${3,}"
    rf"|(?P<display>\$\$(?:{_PLAIN.format('$')}|\\[^\x02\x03]|\$(?!\$))++\$\$(?!\$))|\$\$"
    rf"|(?P<inline>\$(?!\s)(?:{_PLAIN.format('$')}|\\[^\x02\x03])++(?<![\s\\])\$(?![$0-9]))"
)

# Refused in posts, and used for nothing else: they mark what comrak is to leave alone as a formula.
_MARKS = {"round": "\ufdd4", "square": "\ufdd5", "mathml": "\ufdd6"}
_SIGNS = {"\ufdd4": (r"\(", r"\)"), "\ufdd5": (r"\[", r"\]"), "\ufdd6": ("", "")}
_REFERENCE = re.compile("&amp;(#?[A-Za-z0-9]{1,40};)")
_HTML = re.compile(f"<(?:{_MARKUP})")
_SPAN = re.compile(r'<span data-math-style="(inline|display)">([^<]*)</span>')
_LEFT = re.compile("\\$\\$([\ufdd4-\ufdd6])|([\ufdd4-\ufdd6])\\$\\$|[\ufdd4-\ufdd6]")
_LEFT_IN_ADDRESS = re.compile(r"(\$\$)?%EF%B7%9([45])(?:\$\$)?")


@cache
def pattern(brackets: bool) -> re.Pattern[str]:
    r"""What finds formulas, in groups by their kind; `brackets` says whether ``\(…\)`` and ``\[…\]`` are some."""
    return re.compile("|".join([_MATHML, _TAG, *([_BRACKETS] if brackets else []), _DOLLARS]))


def marked(body: str, brackets: bool) -> str:
    """Markdown for comrak, which knows formulas between dollars only: others are marked, and put between those."""
    if not (brackets and "\\" in body) and "<math" not in body:
        return body

    def mark(match: re.Match[str]) -> str:
        sign = _MARKS.get(match.lastgroup or "")
        if sign is None or (sign == _MARKS["mathml"] and _is_block(match)):
            return match[0]
        inside = match[0] if sign == _MARKS["mathml"] else match[0][2:-2]
        return f"$${sign}{inside}{sign}$$"

    return pattern(brackets).sub(mark, body)


def _is_block(match: re.Match[str]) -> bool:
    """Whether a line begins with the formula and holds its first tag only: CommonMark leaves that alone."""
    line = match.string.rfind("\n", 0, match.start()) + 1
    return not match.string[line : match.start()].strip(" >") and match[0].partition(">")[2].startswith("\n")


def unmarked(html: str) -> str:
    """The HTML of comrak with formulas as they were typed."""
    if "data-math-style" in html:
        html = _SPAN.sub(_typed, html)
    if any(sign in html for sign in _SIGNS):
        html = _LEFT.sub(lambda match: _SIGNS[match[1]][0] if match[1] else _SIGNS.get(match[2], ("", ""))[1], html)
    if "%EF%B7%9" in html:
        html = _LEFT_IN_ADDRESS.sub(lambda match: ("([" if match[1] else ")]")[match[2] == "5"], html)
    return html


def as_html(formula: str) -> str:
    """HTML that shows a formula as it was typed, save that character references are read."""
    return _REFERENCE.sub(r"&\1", escape(formula, quote=False))


def _typed(match: re.Match[str]) -> str:
    formula = unescape(match[2])
    sign, dollars = formula[:1], "$" if match[1] == "inline" else "$$"
    opening, closing = _SIGNS.get(sign, (dollars, dollars))
    if sign in _SIGNS:
        formula = formula[1:-1]
    # comrak takes text between dollars for a formula, whatever tags are in it.
    shown = formula if sign == _MARKS["mathml"] or _HTML.search(formula) else as_html(formula)
    return f"{opening}{shown}{closing}"
