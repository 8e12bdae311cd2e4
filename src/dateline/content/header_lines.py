"""Read lines of keys and values that are plain text.

They are ``Title: …`` as in Pelican, ``.. title: …`` as in Nikola, or ``@def title = "…"`` as in Franklin.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import NamedTuple

from dateline.content.key_values import Edit, Fields, Language, Value, sort_changes
from dateline.errors import DatelineError, quoted
from dateline.lazy_patterns import lazy_pattern

# Keys whose values are lists, with semicolons between, or else commas.
_LISTS = ("authors", "keywords", "tags")
# A line with its continuation; a comment of reStructuredText, which may be in one of HTML; and a definition.
HEADER_LINE = r"(?P<key>[^\W\d_][\w -]*):(?!//)(?P<value>.*(?:\n[ \t]+\S.*)*)"
COMMENT_LINE = r"[ \t]*\.\. (?P<key>[\w-]+):(?P<value>(?:(?!-->).)*+)"
DEFINITION = r"@def[ \t]+(?P<key>\w+)[ \t]*=(?P<value>.*)"


class _LineKind(NamedTuple):
    """A kind of line: its pattern, and what is before a key, after it, and around a value."""

    pattern: re.Pattern[str]
    prefix: str = ""
    assign: str = ":"
    quote: str = ""


_HEADER = _LineKind(lazy_pattern(rf"^{HEADER_LINE}", re.MULTILINE))
_COMMENT = _LineKind(lazy_pattern(rf"^{COMMENT_LINE}", re.MULTILINE), ".. ")
_DEFINITION = _LineKind(lazy_pattern(rf"^{DEFINITION}", re.MULTILINE), "@def ", " =", '"')
# Tags by which older versions of Nikola hide a post.
_HIDING_TAGS = {"draft", "private"}


def _read(kind: _LineKind, path: str, text: str, error_type: type[DatelineError], first_line: int) -> Fields:
    fields = Fields(path, error_type, {}, {}, {})
    for match in kind.pattern.finditer(text):
        name = match["key"].strip()
        key = name.lower()
        line = text.count("\n", 0, match.start("key")) + first_line
        if key in fields.values:
            raise error_type(path, line, f"front matter: duplicate key {quoted(name)}", "keep one of them")
        value = "\n".join(line.strip() for line in match["value"].strip().split("\n"))
        value = value.strip(kind.quote).strip() if kind.quote else value
        fields.values[key] = _items(value) if value and key in _LISTS else value
        fields.lines[key], fields.names[key] = line, name
    return fields


def _read_comments(path: str, text: str, error_type: type[DatelineError], first_line: int) -> Fields:
    fields = _read(_COMMENT, path, text, error_type, first_line)
    if fields.get("draft") is None and not _HIDING_TAGS.isdisjoint(fields.values.get("tags", ())):
        fields.values["draft"] = "true"
    return fields


def _items(text: str) -> Value:
    return [item.strip() for item in text.split(";" if ";" in text else ",") if item.strip()]


def _edits(kind: _LineKind, text: str, values: Mapping[str, Value | None]) -> Iterator[list[Edit]]:
    lines = {match["key"].strip().lower(): match for match in kind.pattern.finditer(text)}
    removed, changed, added = sort_changes(lines, values)

    def written(value: Value) -> str:
        return f" {kind.quote}{_as_text(value)}{kind.quote}"

    def end(line: re.Match[str]) -> int:
        return len(text[: line.end()].rstrip())

    new_at = max((end(line) for line in lines.values() if line not in removed), default=0)
    yield [
        *((line.start(), line.end() + text.startswith("\n", line.end()), "") for line in removed),
        *((line.start("value"), end(line), written(value)) for line, value in changed),
        (new_at, new_at, "".join(f"\n{kind.prefix}{key}{kind.assign}{written(value)}" for key, value in added)),
    ]


def _as_text(value: Value) -> str:
    """Return a value as text that `_read` may read back; not all values can be written so."""
    if isinstance(value, list):
        items = [_as_text(item) for item in value]
        return "".join(f"{item}; " for item in items).strip() if "," in "".join(items) else ", ".join(items)
    return str(value).replace("\n", "\n    ")


HEADER_LINES = Language(partial(_read, _HEADER), partial(_edits, _HEADER))
COMMENT_LINES = Language(_read_comments, partial(_edits, _COMMENT))
DEFINITIONS = Language(partial(_read, _DEFINITION), partial(_edits, _DEFINITION))
