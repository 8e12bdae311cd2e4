"""Read JSON into Fields, with every value as text: an object, or its members without the brackets, as in Hexo."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from dateline.content.key_values import (
    TOO_DEEP,
    Edit,
    Fields,
    Language,
    Span,
    Value,
    as_text,
    between_quotes,
    sort_changes,
)
from dateline.errors import DatelineError, InputError, quoted
from dateline.lazy_patterns import lazy_pattern

_SPACE = lazy_pattern(r"[ \t\n\r]*")
_SURROGATE = lazy_pattern("[\ud800-\udfff]")
_REMEDY = 'write "key": "value", with commas between'


def object_end(text: str) -> int | None:
    """Return where the object ends that begins a text; None if it is not one."""
    try:
        value, end = json.JSONDecoder(parse_int=str).raw_decode(text)
    except (json.JSONDecodeError, RecursionError):
        return None
    return end if isinstance(value, dict) else None


def _read(path: str, text: str, error_type: type[DatelineError], first_line: int) -> Fields:
    fields = Fields(path, error_type, {}, {}, {})
    position = 0
    try:
        for name, value, (position, *_) in _members(text):
            key = name.lower()
            if key in fields.values:
                raise InputError(f"duplicate key {quoted(name)}", "keep one of them")
            if _SURROGATE.search(json.dumps({name: value}, ensure_ascii=False)):
                raise InputError("half a character (\\ud800 to \\udfff)", "write the character itself")
            fields.values[key] = as_text(value)
            fields.lines[key] = text.count("\n", 0, position) + first_line
            fields.names[key] = name
    except json.JSONDecodeError as error:
        problem = f"{error.msg[0].lower()}{error.msg[1:]}"
        raise error_type(path, error.lineno + first_line - 1, f"JSON: {problem}", _REMEDY) from None
    except RecursionError:
        raise error_type(path, first_line, f"JSON: {TOO_DEEP[0]}", TOO_DEEP[1]) from None
    except InputError as error:
        line = text.count("\n", 0, position) + first_line
        raise error_type(path, line, f"JSON: {error.problem}", error.remedy) from None
    return fields


def _members(text: str) -> Iterator[tuple[str, Any, Span]]:
    """Yield the keys of an object, with or without its brackets, their values, and where they are.

    Raises JSONDecodeError and RecursionError.
    """
    decoder = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
    position = _skip(text, 0)
    closing = "}" if text[position : position + 1] == "{" else ""
    position = _skip(text, position + len(closing))
    ends = text[position : position + 1] == closing
    while not ends:
        key = position
        if text[key : key + 1] != '"':
            raise json.JSONDecodeError("a key without quotation marks, or none after a comma", text, key)
        name, position = decoder.raw_decode(text, key)
        position = _skip(text, position)
        if text[position : position + 1] != ":":
            raise json.JSONDecodeError("no colon after a key", text, position)
        value, end = decoder.raw_decode(text, _skip(text, position + 1))
        yield name, value, Span(key, position + 1, end)
        position = _skip(text, end)
        ends = text[position : position + 1] != ","
        position = position if ends else _skip(text, position + 1)
    if text[position : position + 1] != closing or _skip(text, position + len(closing)) < len(text):
        raise json.JSONDecodeError("no comma after a value, or nothing that ends the object", text, position)


def _skip(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return space.end() if space else position


def _edits(text: str, values: Mapping[str, Value | None]) -> Iterator[list[Edit]]:
    spans = {name.lower(): span for name, _, span in _members(text)}
    in_order = [*spans.values()]
    removed, changed, added = sort_changes(spans, values)
    edits = [_removal(in_order, in_order.index(span)) for span in removed]
    edits += [(span.after, span.end, f" {between_quotes(value)}") for span, value in changed]
    yield [*edits, _addition(text, in_order, added)] if added else edits


def _removal(spans: Sequence[Span], at: int) -> Edit:
    """Return the edit that removes a member, with the comma after it, or before it if it is the last one."""
    if at + 1 < len(spans):
        return spans[at].key, spans[at + 1].key, ""
    return spans[at - 1].end if at else spans[at].key, spans[at].end, ""


def _addition(text: str, spans: Sequence[Span], added: Iterable[tuple[str, Value]]) -> Edit:
    """Return the edit that adds members at the end, separated by white space like that before the last one."""
    items = [f"{between_quotes(key)}: {between_quotes(value)}" for key, value in added]
    if not spans:
        position = text.find("{") + 1
        return position, position, ", ".join(items)
    last = spans[-1]
    space = text[len(text[: last.key].rstrip()) : last.key] or " "
    return last.end, last.end, "".join(f",{space}{item}" for item in items)


JSON = Language(_read, _edits)
