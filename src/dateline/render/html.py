"""Functions on sanitised HTML: its plain text and first paragraph, and the addresses of what it refers to.

References that are not absolute are left open in a rendering, as numbered slots, until `fill_slots` puts addresses into
them. So a rendering depends neither on the publication's address, apart from its host, nor on any other file.
"""

import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

from dateline.lazy_patterns import lazy_pattern
from dateline.model import Reference
from dateline.render.marks import is_interrupted, without_marks
from dateline.text import cut, unescape

SUMMARY_LENGTH = 300

# Two noncharacters around a number: valid in XML, refused in posts, so that no text can look like a slot.
SLOT = "\ufdd0{}\ufdd1"
_NUMBER = SLOT.format(r"(\d+)")
_SLOT = lazy_pattern(_NUMBER)

# Links and pictures that have a slot, which is all that nh3 writes between < and >.
_SLOTTED = (
    lazy_pattern(rf"<img [^<>]*?{_NUMBER}[^<>]*>()"),
    lazy_pattern(rf"<a [^<>]*?{_NUMBER}[^<>]*>(.*?)</a>", re.DOTALL),
)

_PARAGRAPH = lazy_pattern(r"<p(?: [^>]*)?>((?:[^<]++|<(?!/p>))*+)</p>")
# Footnote marks and pronunciations are not part of the sentence. No match runs into the next one, so that many without
# an end don't take quadratic time.
_ASIDE = lazy_pattern(
    r'<sup id="fnref[^<>]*+>(?:(?!<sup id="fnref).)*?</sup>|<r[pt]>(?:(?!<r[pt]>).)*?</r[pt]>', re.DOTALL
)
_BREAK = lazy_pattern(r"<br>|</(?:p|li|h\d|div|td|th|dd|dt|pre|figcaption|summary)>")
_TAG = lazy_pattern(r"<[^<>]*+>")
_DISCLOSURE = lazy_pattern(r"(</?(?:details|summary)(?: [^>]*)?>)")
# No part of it can match in two ways.
_ALT = lazy_pattern(r'<img [^<>]*?alt="([^"]+)"')
_NOT_IN_ID, _BETWEEN_WORDS = lazy_pattern(r"[^\w\s-]"), lazy_pattern(r"[-\s]+")
_FORMULAS = lazy_pattern(r"(?:(?:\$\$(?:(?!\$\$).)+\$\$|\\\[(?:(?!\\\]).)*\\\])\s*)+")


class Cleaned(NamedTuple):
    """Sanitised HTML; the reference for each slot in it; and what was dropped.

    `dropped` has names of tags and codes of odd characters, such as ``U+0007``; ``U+FFFD`` is listed too, but kept.
    `marks` are the numbers of marks that were removed from attributes.
    """

    html: str
    references: tuple[Reference, ...]
    dropped: tuple[str, ...]
    marks: frozenset[int]


def html_to_text(html: str) -> str:
    """Return the text of sanitised HTML, in whose attributes ``<`` and ``>`` are escaped, on one line."""
    text = _TAG.sub("", _BREAK.sub(" ", _ASIDE.sub("", html)))
    return " ".join(unescape(text).split())


def heading_id(text: str) -> str:
    """Return the id of a heading with this text, as Python-Markdown makes it."""
    return _BETWEEN_WORDS.sub("-", _NOT_IN_ID.sub("", text).strip().lower())


def text_to_html(text: str) -> str:
    """Return HTML that shows plain text, with as few escapes as possible, since some readers show them as they are."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


def fill_slots(html: str, urls: Sequence[str]) -> str:
    """Return the HTML of a rendering with `urls` in its slots.

    Where one is empty there is no link, only its text; one that begins with a space is shown in place of the link.
    """

    def without_link(match: re.Match[str]) -> str:
        url = urls[int(match[1])]
        return match[0] if url[:1].strip() else escape(url[1:], quote=False) or match[2]

    if not all(url[:1].strip() for url in urls):
        for slotted in _SLOTTED:
            html = slotted.sub(without_link, html)
    parts = _SLOT.split(html)
    parts[1::2] = [escape(urls[int(number)]) for number in parts[1::2]]
    return "".join(parts)


def shift_slots(html: str, by: int) -> str:
    """Return HTML with `by` added to its slot numbers, to follow other HTML with that many slots."""
    return _SLOT.sub(lambda match: SLOT.format(int(match[1]) + by), html) if by else html


def first_paragraph(html: str) -> str:
    """Return the plain text of the first paragraph that has any, or else of all, cut to SUMMARY_LENGTH between words.

    Text that is folded away and formulas that stand alone don't count, nor does template code, for which there are
    marks; a paragraph without any comes first.
    """
    return cut(next(filter(None, map(_text, _candidates(_without_folded(html)))), ""), SUMMARY_LENGTH)


def _candidates(shown: str) -> Iterator[str]:
    """Yield what could be the first paragraph, the best first; mostly that is the first one already."""
    has_formulas = "$" in shown or "\\" in shown
    interrupted: list[str] = []
    for match in _PARAGRAPH.finditer(shown):
        if not (has_formulas and _is_formulas(match)):
            if not is_interrupted(match[1]):
                yield match[1]
            else:
                interrupted.append(match[1])
    yield from interrupted
    yield _PARAGRAPH.sub(lambda match: "" if _is_formulas(match) else match[0], shown) if has_formulas else shown


def _is_formulas(paragraph: re.Match[str]) -> bool:
    return _FORMULAS.fullmatch(_text(paragraph[1])) is not None


def text_of_picture(html: str) -> str:
    """Return what the first picture shows that says so, as plain text."""
    found = _ALT.search(html)
    return " ".join(unescape(found[1]).split()) if found else ""


def _text(html: str) -> str:
    return html_to_text(without_marks(html))


def _without_folded(html: str) -> str:
    """Remove everything but the <summary> of closed <details>."""
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
