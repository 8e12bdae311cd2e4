"""Split a post file into front matter, with the line of each key, and body."""

import re

from dateline.content.key_values import Fields
from dateline.errors import PostError
from dateline.model import Body, Source
from dateline.text import LINE_END

MAX_FRONT_MATTER = 16 * 1024

# The line that closes front matter, by the one that opens it.
_CLOSING = {fence: re.compile(rf"^{re.escape(fence)}[^\S\n]*$", re.MULTILINE) for fence in ("---", "+++")}
_BLANK = re.compile(rf"(?:(?:[^\S\n]|{LINE_END})*\n)*{LINE_END}*")
# What some engine may take for a heading: a line that begins with marks, or lines above a line of marks.
_HEADING = re.compile(r" {0,3}#.*|(?:(?![^\S\n]*\n).+\n)+? {0,3}(?:=+|-+)[ \t]*$", re.MULTILINE)


def split(source: Source) -> tuple[Fields, Body]:
    """Return the fields and the body of a post file. Raises PostError if its front matter is missing or malformed."""
    text = source.text
    fence, start, end, rest = boundaries(source)
    if end - start > MAX_FRONT_MATTER:
        raise PostError(source.path, 1, f"front matter: more than {MAX_FRONT_MATTER // 1024} KiB", "move text below it")
    # Each language has a module of its own, loaded when it is needed.
    if fence == "+++":
        from dateline.content.toml import read_toml as read_fields
    else:
        from dateline.content.yaml import read_yaml as read_fields
    fields = read_fields(source.path, text[start : max(start, end - 1)], PostError, 2)
    return fields, Body(text[rest:], text.count("\n", 0, end) + 2)


def head_of(source: Source) -> str:
    """Return the part of a file that a post is made from: front matter, and a heading that may be its title."""
    *_, start = boundaries(source)
    heading = leading_heading(source.text, start)
    return source.text[: heading.end() if heading else start]


def leading_heading(text: str, start: int) -> re.Match[str] | None:
    """Find a block that some engine may take for a heading, with nothing but blank lines before it."""
    blank = _BLANK.match(text, start)
    return _HEADING.match(text, blank.end() if blank else start)


def boundaries(source: Source) -> tuple[str, int, int, int]:
    """Return the opening fence, and the positions of the front matter, the closing fence and the body."""
    text = source.text
    first = text.find("\n")
    opening = text if first < 0 else text[:first]
    fence = opening.rstrip()
    if fence not in _CLOSING:
        remedy = "start the file with a line ---, title:, date: and a line ---"
        raise PostError(source.path, 1, "front matter: missing", remedy)
    closing = _CLOSING[fence].search(text, len(opening) + 1)
    if closing is None:
        raise PostError(source.path, 1, "front matter: not closed", f"add a line {fence} after the last key")
    return fence, len(opening) + 1, closing.start(), min(closing.end() + 1, len(text))
