"""Read lines of keys and values that are plain text: ``Title: …`` as in Pelican, or ``.. title: …`` as in Nikola."""

import re
from collections.abc import Iterator, Mapping
from functools import partial

from dateline.content.key_values import Edit, Fields, Language, Value
from dateline.errors import DatelineError, quoted

# Keys whose values are lists, with semicolons between, or else commas.
_LISTS = ("authors", "keywords", "tags")
# A line with its continuation, and a comment of reStructuredText, which may be in one of HTML.
HEADER_LINE = r"(?P<key>[^\W\d_][\w -]*):(?!//)(?P<value>.*(?:\n[ \t]+\S.*)*)"
COMMENT_LINE = r"[ \t]*\.\. (?P<key>[\w-]+):(?P<value>(?:(?!-->).)*+)"
_HEADER_LINE = re.compile(rf"^{HEADER_LINE}", re.MULTILINE)
_COMMENT_LINE = re.compile(rf"^{COMMENT_LINE}", re.MULTILINE)
# Tags by which older versions of Nikola hide a post.
_HIDING_TAGS = {"draft", "private"}


def _read(pattern: re.Pattern[str], path: str, text: str, error_type: type[DatelineError], first_line: int) -> Fields:
    fields = Fields(path, error_type, {}, {}, {})
    for match in pattern.finditer(text):
        name = match["key"].strip()
        key = name.lower()
        line = text.count("\n", 0, match.start("key")) + first_line
        if key in fields.values:
            raise error_type(path, line, f"front matter: duplicate key {quoted(name)}", "keep one of them")
        value = "\n".join(line.strip() for line in match["value"].strip().split("\n"))
        fields.values[key] = _items(value) if value and key in _LISTS else value
        fields.lines[key], fields.names[key] = line, name
    return fields


def _read_comments(path: str, text: str, error_type: type[DatelineError], first_line: int) -> Fields:
    fields = _read(_COMMENT_LINE, path, text, error_type, first_line)
    if fields.get("draft") is None and not _HIDING_TAGS.isdisjoint(fields.values.get("tags", ())):
        fields.values["draft"] = "true"
    return fields


def _items(text: str) -> Value:
    return [item.strip() for item in text.split(";" if ";" in text else ",") if item.strip()]


def _edits(
    pattern: re.Pattern[str], prefix: str, text: str, values: Mapping[str, Value | None]
) -> Iterator[list[Edit]]:
    lines = {match["key"].strip().lower(): match for match in pattern.finditer(text)}
    kept = [line for key, line in lines.items() if values.get(key, "") is not None]
    end = max((len(text[: line.end()].rstrip()) for line in kept), default=0)
    edits: list[Edit] = []
    added = ""
    for key, value in values.items():
        line = lines.get(key)
        if line and value is None:
            edits.append((line.start(), line.end() + text.startswith("\n", line.end()), ""))
        elif line:
            edits.append((line.start("value"), len(text[: line.end()].rstrip()), f" {_written(value)}"))
        elif value is not None:
            added += f"\n{prefix}{key}: {_written(value)}"
    yield [*edits, (end, end, added)]


def _written(value: Value | None) -> str:
    """Return a value as text that `_read` may read back; not all values can be written so."""
    if isinstance(value, list):
        items = [_written(item) for item in value]
        return "".join(f"{item}; " for item in items).strip() if "," in "".join(items) else ", ".join(items)
    return str(value).replace("\n", "\n    ")


HEADER_LINES = Language(partial(_read, _HEADER_LINE), partial(_edits, _HEADER_LINE, ""))
COMMENT_LINES = Language(_read_comments, partial(_edits, _COMMENT_LINE, ".. "))
