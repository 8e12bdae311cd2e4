"""Sanitised HTML ─▶ plain text."""

import re
from html import unescape
from typing import Literal
from unicodedata import normalize

SUMMARY_LENGTH = 300

_PARAGRAPH = re.compile(r"<p(?: [^>]*)?>(.*?)</p>", re.DOTALL)
# The marks of footnotes, and pronunciations, are not part of the sentence.
# None reaches into the next, so that those without an end don't take time in the square of their number.
_ASIDE = re.compile(
    r'<sup id="fnref[^<>]*+>(?:(?!<sup id="fnref).)*?</sup>|<r[pt]>(?:(?!<r[pt]>).)*?</r[pt]>', re.DOTALL
)
_BREAK = re.compile(r"<br>|</(?:p|li|h\d|div|td|th|dd|dt|pre|figcaption|summary)>")
_TAG = re.compile(r"<[^<>]*+>")
# Ends before a character of ASCII, which never belongs to the one before it, unless there is none for long.
_PIECE = re.compile(r".{1,1000}[^\x00-\x7f]{0,1000}", re.DOTALL)


def plain(html: str) -> str:
    """The text of sanitised HTML on one line. (In that, ``<`` and ``>`` in values are escaped.)"""
    text = _TAG.sub("", _BREAK.sub(" ", _ASIDE.sub("", html)))
    return " ".join(unescape(text).split())


def normal(text: str, form: Literal["NFC", "NFKC"]) -> str:
    """Text in a normal form of Unicode. By pieces, since a run of combining marks takes time in its square."""
    return "".join([normalize(form, piece) for piece in _PIECE.findall(text)])


def first_paragraph(html: str) -> str:
    """The first paragraph that has text, or where there is none all text, cut at a word to SUMMARY_LENGTH."""
    paragraphs = (plain(match[1]) for match in _PARAGRAPH.finditer(html))
    return _cut(next(filter(None, paragraphs), None) or plain(html))


def _cut(text: str) -> str:
    if len(text) <= SUMMARY_LENGTH:
        return text
    head = text[: SUMMARY_LENGTH - 1]
    cut = head if text[len(head)].isspace() else head.rpartition(" ")[0]
    # Scripts without spaces have no word to cut at.
    return (cut if len(cut) > SUMMARY_LENGTH // 2 else head).rstrip(" ,;:–—-") + "…"
