"""Apply kramdown's lists of attributes, like ``{: #id .class width="300"}``, as far as Dateline's engines can. Pure."""

import re

from dateline.render.template_code import Construct
from dateline.sites.conversion.places import is_alone, line_before

_TAIL = 500  # characters of the text above that a list may refer to
_TOC = re.compile(r"\{:[ \t]*toc\b")
_ID = re.compile(r"[\s:]#([\w:.-]+)")
_SIZE = re.compile(r"\b(width|height)=[\"']?(\d+%?)(?:px)?[\"']?(?=[\s}])")
_PICTURE = re.compile(r"!\[[^\[\]]*\]\([^()]*\)\Z")
_HEADING = re.compile(r"[ ]{0,3}#{1,6}[ \t]")
_HEADING_ABOVE = re.compile(
    r"(?:\A|(?<=\n))(?P<text>#{1,6}[ \t]+[^\n{}]*[^\s{}#]|[^\s#>|][^\n{}]*(?=\n(?:=+|-+)[ \t]*\n))"
    r"(?P<rest>[ \t#]*\n(?:(?:=+|-+)[ \t]*\n)?)\Z"
)
_ITEM_ABOVE = re.compile(r"(?:\A|(?<=\n))[ \t]*(?:[-+*]|\d{1,9}\.)[ \t]+[^\n]*\n\Z")


def apply_attributes(markdown: str, parts: list[str], found: Construct) -> str | None:
    """Return what stands for a list of attributes, usually nothing; None if kramdown takes it for text.

    An id is written into the heading in the last of `parts`, which are the text before the list, as Dateline reads it,
    and that text loses the item of a list that stands for a table of contents.
    """
    id = _ID.search(found.text)
    if is_alone(markdown, found.start, found.end):
        _apply_to_block(parts, found.text, id[1] if id else "")
        return ""
    before = line_before(markdown, found.start)
    if _PICTURE.search(before):
        sizes = " ".join(f"{name}={size}" for name, size in _SIZE.findall(found.text))
        return f"{{{sizes}}}" if sizes else ""
    if _HEADING.match(before):
        return f"{{#{id[1]}}}" if id else ""
    return "" if before[-1:].strip() else None


def _apply_to_block(parts: list[str], attributes: str, id: str) -> None:
    text, tail = parts[-1][:-_TAIL], parts[-1][-_TAIL:]
    if _TOC.match(attributes):
        tail = _ITEM_ABOVE.sub("", tail)
    elif id:
        tail = _HEADING_ABOVE.sub(rf"\g<text> {{#{id}}}\g<rest>", tail)
    parts[-1] = text + tail
