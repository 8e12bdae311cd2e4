"""Put Markdown in the place of what was converted: in lists, quotations and lines. Pure.

The functions append to `parts`, whose last one is the text right before the place, and return where the text goes on.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence

_LOOK_BACK = 1000  # characters; no line is indented more
_LEAD = re.compile(r"[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*")  # of a line: the marks of quotations and items
_ITEM = re.compile(r"[ \t]*(?:[-+*]|\d{1,9}[.)])[ \t]")
_REST = re.compile(r"[ \t]*(?=\n|\Z)")
_REST_OF_LINE = re.compile(r"[ \t]*(?:\n|\Z)")
_BLOCK_TAG = re.compile(
    r"<(?P<end>/?)(?:article|aside|center|dd|details|div|dl|figcaption|figure|footer|header|main|nav|ol|section|table|ul)"
    r"(?=[\s>])[^<>]*>",
    re.IGNORECASE,
)
_BLANK = re.compile(r"[ \t>]*(?:\n|\Z)")


def html_blocks(markdown: str, code: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return where elements of HTML begin and end in which no Markdown is read, given where code is."""
    blocks: list[tuple[int, int]] = []
    depth = start = number = 0
    for tag in _BLOCK_TAG.finditer(markdown):
        while number < len(code) and code[number][1] <= tag.start():
            number += 1
        if (number < len(code) and code[number][0] <= tag.start()) or "markdown=" in tag[0]:
            continue
        if not tag["end"]:
            start = start if depth else tag.start()
            depth += 1
        elif depth:
            depth -= 1
            if not depth:
                blocks.append((start, tag.end()))
    return blocks


def is_within(ranges: Sequence[tuple[int, int]], at: int) -> bool:
    """Return whether a position is inside one of several ranges, which are in order."""
    number = bisect_left(ranges, (at,)) - 1
    return number >= 0 and at < ranges[number][1]


def line_before(markdown: str, at: int) -> str:
    """Return what the line of a position begins with, up to that."""
    return markdown[max(0, at - _LOOK_BACK) : at].rpartition("\n")[2]


def is_alone(markdown: str, start: int, end: int) -> bool:
    """Return whether nothing else is on the lines of a text, apart from marks of quotations."""
    return not line_before(markdown, start).strip(" \t>") and _REST.match(markdown, end) is not None


def remove(markdown: str, parts: list[str], start: int, end: int) -> int:
    """Leave out a text with its line, if nothing else is on that; of what is around it, paragraphs stay apart."""
    before = line_before(markdown, start)
    rest = _REST_OF_LINE.match(markdown, end)
    if before.strip(" \t") or not rest or not parts[-1].endswith(before):
        return end
    parts[-1] = parts[-1].removesuffix(before)
    is_below_blank = _is_below_blank(markdown, start - len(before))
    next_line = _REST_OF_LINE.match(markdown, rest.end())
    if next_line and is_below_blank:
        return next_line.end()
    if not (next_line or is_below_blank or _ITEM.match(markdown, rest.end())):
        parts.append("\n")
    return rest.end()


def place(markdown: str, parts: list[str], start: int, end: int, block: str) -> int:
    """Put a block in the place of a text: indented as that, and with empty lines around it."""
    before = line_before(markdown, start)
    lead, inner = _lead(before), _continued(before)
    if before != lead:
        parts[-1] = parts[-1].rstrip(" \t")
        parts.append(f"\n{inner.rstrip()}\n{inner}")
    elif not lead.strip(" \t>") and not _is_below_blank(markdown, start - len(before)):
        parts.append(f"\n{inner}")
    first, *others = block.split("\n")
    parts.append("\n".join([first, *(inner + line if line else inner.rstrip() for line in others)]))
    rest = _REST.match(markdown, end)
    if rest is None:
        parts.append(f"\n{inner.rstrip()}\n{inner}")
        return end + markdown.startswith(" ", end)
    if not _BLANK.match(markdown, rest.end() + 1) and rest.end() < len(markdown):
        parts.append(f"\n{inner.rstrip()}")
    return rest.end()


def unindented(markdown: str, start: int, text: str) -> str:
    """Return text that follows a construct without the indentation and the marks that the line of that has."""
    inner = _continued(line_before(markdown, start))
    first, *others = text.split("\n")
    if not inner or not all(line.startswith(inner) or not line.strip(" \t>") for line in others):
        return text
    return "\n".join([first, *(line.removeprefix(inner) if line.startswith(inner) else "" for line in others)])


def _lead(before: str) -> str:
    match = _LEAD.match(before)
    return match[0] if match else ""


def _continued(before: str) -> str:
    """Return what further lines of a block begin with, given what comes before its first one."""
    return re.sub(r"[^ \t>]", " ", _lead(before))


def _is_below_blank(markdown: str, line_start: int) -> bool:
    above = markdown[max(0, line_start - _LOOK_BACK) : line_start]
    return not above[:-1].rpartition("\n")[2].strip(" \t>")
