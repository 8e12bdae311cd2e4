r"""Formulas: inline ``$…$``, display ``$$…$$``, and, if asked for, ``\(…\)`` and ``\[…\]``.

They stay as typed, for the page or the reader to typeset: no engine may find emphasis or quotation marks in them.
After an opening ``$`` and before a closing one there is no space, and after that one no digit: prices are no formulas.
"""

import re
from functools import cache
from html import escape

from dateline.lazy_patterns import lazy_pattern
from dateline.text import unescape

# No formula holds a placeholder of Python-Markdown or an empty line.
_LINES = r"[^\\\n{}\x02\x03]|\n(?![ >]*\n)"
# What makes a "<" the start of a tag, so that the dollars around it are no formula. (The "<b" of a<b can be in one.)
_MARKUP = r"""/[A-Za-z]|br\b|[A-Za-z][\w-]*\s+[\w-]+=["']"""
_PLAIN = rf"{_LINES.format('<{}')}|<(?!{_MARKUP})"
_TAG = r"<[A-Za-z/!][^<>]*>"
_MATHML = rf"(?P<mathml><math[\s>](?:{_LINES.format('<')}|\\|<(?!/?math\b))*+</math>)"
_BRACKETS = (
    rf"(?P<round>\\\((?:{_PLAIN.format('')}|\\[^()\n\x02\x03])++\\\))"
    rf"|(?P<square>\\\[(?:{_PLAIN.format('')}|\\[^\[\]\n\x02\x03])++\\\])"
)
_DOLLARS = (
    # Escaped dollars, and three or more, are text.
    r"\\[\s\S]|\${3,}"
    rf"|(?P<display>\$\$(?:{_PLAIN.format('$')}|\\[^\x02\x03]|\$(?!\$))++\$\$(?!\$))|\$\$"
    rf"|(?P<inline>\$(?!\s)(?:{_PLAIN.format('$')}|\\[^\x02\x03])++(?<![\s\\])\$(?![$0-9]))"
)

PATTERN = "|".join((_MATHML, _BRACKETS, _DOLLARS))  # of every kind

# Refused in posts, and used for nothing else: marks of formulas that comrak does not know.
_MARKS = {"round": "\ufdd4", "square": "\ufdd5", "mathml": "\ufdd6"}
_SIGNS = {"\ufdd4": (r"\(", r"\)"), "\ufdd5": (r"\[", r"\]"), "\ufdd6": ("", "")}
_REFERENCE = lazy_pattern("&amp;(#?[A-Za-z0-9]{1,40};)")
_HTML = lazy_pattern(f"<(?:{_MARKUP})")
_SPAN = lazy_pattern(r'<span data-math-style="(inline|display)">([^<]*)</span>')
_LEFT = lazy_pattern("\\$\\$([\ufdd4-\ufdd6])|([\ufdd4-\ufdd6])\\$\\$|[\ufdd4-\ufdd6]")
_LEFT_IN_ADDRESS = lazy_pattern(r"(\$\$)?%EF%B7%9([45])(?:\$\$)?")


@cache
def pattern(brackets: bool) -> re.Pattern[str]:
    r"""Return a pattern with a group for each kind of formula; `brackets` adds ``\(…\)`` and ``\[…\]``."""
    return re.compile("|".join([_MATHML, _TAG, *([_BRACKETS] if brackets else []), _DOLLARS]))


def marked(body: str, brackets: bool) -> str:
    """Put other formulas between dollars and marks, since comrak only knows those between dollars."""
    if not (brackets and "\\" in body) and not ("<" in body and "<math" in body):
        return body

    def mark(match: re.Match[str]) -> str:
        sign = _MARKS.get(match.lastgroup or "")
        if sign is None or (sign == _MARKS["mathml"] and _is_block(match)):
            return match[0]
        inside = match[0] if sign == _MARKS["mathml"] else match[0][2:-2]
        return f"$${sign}{inside}{sign}$$"

    return pattern(brackets).sub(mark, body)


def _is_block(match: re.Match[str]) -> bool:
    """Return whether the first tag of a formula is alone on its line, which makes it an HTML block."""
    line = match.string.rfind("\n", 0, match.start()) + 1
    return not match.string[line : match.start()].strip(" >") and match[0].partition(">")[2].startswith("\n")


def unmarked(html: str) -> str:
    """Restore formulas, as they were typed, in the HTML of comrak."""
    if "data-math-style" in html:
        html = _SPAN.sub(_typed, html)
    if not html.isascii() and any(sign in html for sign in _SIGNS):
        html = _LEFT.sub(lambda match: _SIGNS[match[1]][0] if match[1] else _SIGNS.get(match[2], ("", ""))[1], html)
    if "%" in html and "%EF%B7%9" in html:
        html = _LEFT_IN_ADDRESS.sub(lambda match: ("([" if match[1] else ")]")[match[2] == "5"], html)
    return html


def as_html(formula: str) -> str:
    """Return HTML that shows a formula as it was typed, character references included."""
    return _REFERENCE.sub(r"&\1", escape(formula, quote=False))


def _typed(match: re.Match[str]) -> str:
    formula = unescape(match[2])
    sign, dollars = formula[:1], "$" if match[1] == "inline" else "$$"
    opening, closing = _SIGNS.get(sign, (dollars, dollars))
    if sign in _SIGNS:
        formula = formula[1:-1]
    # To comrak, text between dollars is a formula even if there are tags in it.
    shown = formula if sign == _MARKS["mathml"] or _HTML.search(formula) else as_html(formula)
    return f"{opening}{shown}{closing}"
