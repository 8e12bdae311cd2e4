"""The text of a post file becomes fields with line numbers, and a body."""

import re

from dateline.content.fields import Fields
from dateline.errors import PostError
from dateline.model import Body, Source
from dateline.text import LINE_END

MAX_FRONT_MATTER = 16 * 1024

# The line that closes front matter, by the one that opens it.
_CLOSING = {fence: re.compile(rf"^{re.escape(fence)}[^\S\n]*$", re.MULTILINE) for fence in ("---", "+++")}
# After it, blank lines and what looks like a heading.
_HEADING = re.compile(rf"\n(?:(?:[^\S\n]|{LINE_END})*\n)*{LINE_END}*(?:#.*|.*\n(?:=+|-+)[ \t]*(?=\n|\Z))")


def split(source: Source) -> tuple[Fields, Body]:
    """Take a post file apart. Raises PostError where its front matter is missing or malformed."""
    text = source.text
    fence, start, end, rest = ends(source)
    if end - start > MAX_FRONT_MATTER:
        raise PostError(
            source.path, 1, f"front matter: more than {MAX_FRONT_MATTER // 1024} KiB", "move the text below it"
        )
    fields = _read(fence, source.path, text[start : max(start, end - 1)])
    return fields, Body(text[rest:], text.count("\n", 0, end) + 2)


def head_of(source: Source) -> str:
    """All of a text that a post is made of: its front matter, and a heading that may be its title."""
    _, _, _, rest = ends(source)
    heading = _HEADING.match(source.text, max(0, rest - 1))
    return source.text[: heading.end() if heading else rest]


def ends(source: Source) -> tuple[str, int, int, int]:
    """The fence, where the front matter begins, where the line after it begins, and where the body does."""
    text = source.text
    first = text.find("\n")
    opening = text if first < 0 else text[:first]
    fence = opening.rstrip()
    if fence not in _CLOSING:
        raise PostError(
            source.path, 1, "front matter: missing", "begin the file with a line ---, then title: and date:, then ---"
        )
    closing = _CLOSING[fence].search(text, len(opening) + 1)
    if closing is None:
        raise PostError(source.path, 1, "front matter: never closed", f"put a line {fence} after the last key")
    return fence, len(opening) + 1, closing.start(), min(closing.end() + 1, len(text))


def _read(fence: str, path: str, text: str) -> Fields:
    """Each language has a module of its own, loaded where it is read."""
    if fence == "+++":
        from dateline.content.toml import read_toml

        return read_toml(path, text, PostError, 2)
    from dateline.content.yaml import read_yaml

    return read_yaml(path, text, PostError, 2)
