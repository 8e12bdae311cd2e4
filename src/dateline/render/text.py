"""Sanitised HTML ─▶ plain text, and back."""

import re
from typing import Literal
from unicodedata import normalize

from dateline.text import unescape

SUMMARY_LENGTH = 300

_PARAGRAPH = re.compile(r"<p(?: [^>]*)?>(.*?)</p>", re.DOTALL)
# The marks of footnotes, and pronunciations, are not part of the sentence.
# None reaches into the next, so that those without an end don't take time in the square of their number.
_ASIDE = re.compile(
    r'<sup id="fnref[^<>]*+>(?:(?!<sup id="fnref).)*?</sup>|<r[pt]>(?:(?!<r[pt]>).)*?</r[pt]>', re.DOTALL
)
_BREAK = re.compile(r"<br>|</(?:p|li|h\d|div|td|th|dd|dt|pre|figcaption|summary)>")
_TAG = re.compile(r"<[^<>]*+>")
_DISCLOSURE = re.compile(r"(</?(?:details|summary)(?: [^>]*)?>)")
# Text that is meant for a program: shortcodes, a table of contents, formulas. Nothing in it can match in two ways.
_FOR_PROGRAMS = re.compile(
    r"""(?:(?:
      \{\{ (?:(?!\}\}).)* \}\} | \{% (?:(?!%\}).)* %\}
    | \[ \[?_? (?i:toc) _?\]? \] | \[ /? (?:audio|caption|embed|gallery|more|playlist|video) \]
    | \[ [a-z][\w-]* \s [\w-]+ = [^\]]* \]
    | \$\$ (?:(?!\$\$).)+ \$\$ | \\\[ (?:(?!\\\]).)* \\\]
    )\s*)+""",
    re.VERBOSE,
)
# Ends before an ASCII character, which never combines with the one before it, unless there is none for long.
_PIECE = re.compile(r".{1,1000}[^\x00-\x7f]{0,1000}", re.DOTALL)


def plain(html: str) -> str:
    """The text of sanitised HTML on one line. (In that, ``<`` and ``>`` in values are escaped.)"""
    text = _TAG.sub("", _BREAK.sub(" ", _ASIDE.sub("", html)))
    return " ".join(unescape(text).split())


def as_html(text: str) -> str:
    """Return HTML that shows plain text. Only what has to be is escaped, since some readers show escapes as such."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


def normal(text: str, form: Literal["NFC", "NFKC"]) -> str:
    """Normalise text, piece by piece, since a run of combining marks takes time in the square of its length."""
    return "".join([normalize(form, piece) for piece in _PIECE.findall(text)])


def first_paragraph(html: str) -> str:
    """Return the first paragraph that has text, or else all text, cut at a word to SUMMARY_LENGTH.

    Text that a reader has to unfold is left out, and so are paragraphs meant for a program.
    """
    shown = _PARAGRAPH.sub(_for_people, _unfolded(html))
    paragraphs = (plain(match[1]) for match in _PARAGRAPH.finditer(shown))
    return _cut(next(filter(None, paragraphs), None) or plain(shown))


def _for_people(paragraph: re.Match[str]) -> str:
    return "" if _FOR_PROGRAMS.fullmatch(plain(paragraph[1])) else paragraph[0]


def _unfolded(html: str) -> str:
    """Remove all but the <summary> of closed <details>."""
    if "<details" not in html:
        return html
    shown: list[str] = []
    closed: list[bool] = []
    in_summary = False
    for part in _DISCLOSURE.split(html):
        if part.startswith("<details"):
            closed.append(' open="' not in part)
        elif part == "</details>":
            del closed[-1:]
        elif part.startswith(("<summary", "</summary")):
            in_summary = part[1] == "s"
            shown.append("</summary>")  # a break
        elif not any(closed) or (in_summary and closed[-1] and not any(closed[:-1])):
            shown.append(part)
    return "".join(shown)


def _cut(text: str) -> str:
    if len(text) <= SUMMARY_LENGTH:
        return text
    head = text[: SUMMARY_LENGTH - 1]
    cut = head if text[len(head)].isspace() else head.rpartition(" ")[0]
    # Scripts without spaces have no word to cut at.
    return (cut if len(cut) > SUMMARY_LENGTH // 2 else head).rstrip(" ,;:–—-") + "…"
