"""YAML to Fields, every value as the text that was written. Only this module uses PyYAML."""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from dateline.content.fields import MAX_DEPTH, Fields, Layout, Place, Value, between_quotes
from dateline.errors import DatelineError, quoted

ASSIGN = ":"
# What YAML reads, without quotation marks, as the same text and nothing else (a number, yes or no, nothing); or a date.
_PLAIN = re.compile(
    r"(?!(?:true|false|yes|no|on|off|null|none|y|n|nan|inf)$)"
    r"(?:/(?=\w)|[^\W\d_])(?:[\w./?&=+@%;~()'-]|[,:](?=\S)| (?=[\w(]))*"
    r"|\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?(?: ?Z| ?[+-]\d\d:\d\d)?",
    re.IGNORECASE,
)


def read_yaml(path: str, text: str, error_type: type[DatelineError], first_line: int) -> Fields:
    """Read a document that begins on line `first_line` of the file. Raises `error_type`."""
    reader = _Reader(path, error_type, first_line)
    try:
        values = reader.document(iter(yaml.CBaseLoader(text).get_event, None))
    except yaml.MarkedYAMLError as error:
        mark, problem, remedy = _explain(error, text)
        line = (mark.line if mark is not None else 0) + first_line
        raise error_type(path, line, f"front matter: {problem}", remedy) from None
    except yaml.YAMLError:
        raise error_type(path, first_line, "front matter: not YAML", "write one key: value on each line") from None
    return Fields(path, error_type, values, reader.lines, reader.names)


class _Reader:
    """Makes values of YAML's events, which come without recursion, so that no input can exhaust the C stack."""

    def __init__(self, path: str, error_type: type[DatelineError], first_line: int) -> None:
        self._path = path
        self._error_type = error_type
        self._first_line = first_line
        self.lines: dict[str, int] = {}
        self.names: dict[str, str] = {}

    def document(self, events: Iterator[Any]) -> dict[str, Value]:
        """Return the keys and values of the one document, which is a mapping or empty."""
        values: dict[str, Value] | None = None
        for event in events:
            if isinstance(event, yaml.NodeEvent):
                if not isinstance(event, yaml.MappingStartEvent):
                    if getattr(event, "value", None) == "":
                        continue
                    raise self._error(event, "no keys", "write one key: value on each line")
                if values is not None:
                    raise self._error(event, "a second YAML document starts here", "keep one, between two lines ---")
                values = self._mapping(events, 0)
        return values or {}

    def _value(self, event: Any, events: Iterator[Any], depth: int) -> Value:
        if depth > MAX_DEPTH:
            raise self._error(event, f"nested more than {MAX_DEPTH} levels deep", "flatten it")
        kind = type(event)
        if kind is yaml.ScalarEvent:
            return str(event.value)
        if kind is yaml.SequenceStartEvent:
            found = []
            while type(item := next(events)) is not yaml.SequenceEndEvent:
                found.append(self._value(item, events, depth + 1))
            return found
        if kind is yaml.MappingStartEvent:
            return self._mapping(events, depth)
        raise self._error(event, "aliases (*name) are not supported", "write the text itself")

    def _mapping(self, events: Iterator[Any], depth: int) -> dict[str, Value]:
        found: dict[str, Value] = {}
        while type(key := next(events)) is not yaml.MappingEndEvent:
            if type(key) is not yaml.ScalarEvent:
                raise self._error(key, "a key is not plain text", "write key: value")
            if key.value == "<<":
                raise self._error(key, "merge keys (<<) are not supported", "write the keys themselves")
            name = key.value if depth else key.value.lower()
            if name in found:
                raise self._error(key, f"duplicate key {quoted(key.value)}", "keep one of them")
            if not depth:
                self.lines[name] = self._line(key)
                self.names[name] = key.value
            found[name] = self._value(next(events), events, depth + 1)
        return found

    def _error(self, event: Any, problem: str, remedy: str) -> DatelineError:
        return self._error_type(self._path, self._line(event), f"front matter: {problem}", remedy)

    def _line(self, event: Any) -> int:
        return int(event.start_mark.line) + self._first_line


_QUOTE = "put quotation marks around values that contain : # [ ] { } or start with punctuation"
# What libyaml says, what it means, and the remedy. The mark is where the mistake shows, or where it began.
_EXPLANATIONS = (
    ("mapping values are not allowed", "second colon on one line", 'put quotation marks around the value: "A: b"'),
    ("found a tab", "tab instead of spaces", "use spaces"),
    ("cannot start any token", "a value cannot start with this character", "put quotation marks around it"),
    ("found unexpected end of stream", "quotation mark never closed", "close it"),
    ("did not find expected ',' or", "bracket never closed", "close it"),
    ("exceeded maximum nesting depth", f"nested more than {MAX_DEPTH} levels deep", "flatten it"),
    ("did not find expected key", "not a key: value line", _QUOTE),
    ("could not find expected ':'", "not a key: value line", _QUOTE),
)


def _explain(error: yaml.MarkedYAMLError, text: str) -> tuple[Any, str, str]:
    """Return the mark, the problem and the remedy for what libyaml says."""
    message = error.problem or ""
    mark = error.problem_mark
    line = text.split("\n")[mark.line] if mark is not None and mark.line <= text.count("\n") else ""
    if "cannot start any token" in message and "\t" in line:
        message = "found a tab"
    if "mapping values are not allowed" in message and line.startswith(" ") and line.count(":") == 1:
        return mark, "spaces before a key", "remove them"
    for part, problem, remedy in _EXPLANATIONS:
        if part in message:
            return (error.context_mark or mark) if "never closed" in problem else mark, problem, remedy
    return mark or error.context_mark, ", ".join(filter(None, (error.context, message))), _QUOTE


def written(text: str) -> str:
    """Return a text as a value on one line, in quotation marks unless it can only be read as that text."""
    return text if _PLAIN.fullmatch(text) else between_quotes(text)


def layout(text: str) -> Layout:
    """Return where the keys of a document are that `read_yaml` can read."""
    events: Iterator[Any] = iter(yaml.CBaseLoader(text).get_event, None)
    places: dict[str, Place] = {}
    indent = ""
    for event in events:
        if _is(event, yaml.MappingStartEvent):
            indent = " " * event.start_mark.column
            while not _is(key := next(events), yaml.MappingEndEvent):
                after = text.find(":", key.end_mark.index) + 1
                end = max(after, _end(next(events), events, text, indent))
                places[key.value.lower()] = Place(key.start_mark.index, after, end)
    return Layout(places, len(text), indent)


def _is(event: Any, *kinds: type[yaml.Event]) -> bool:
    return isinstance(event, kinds)


def _end(event: Any, events: Iterator[Any], text: str, indent: str) -> int:
    """Return where the value ends that begins with `event`, without the comments and blank lines after it."""
    if _is(event, yaml.ScalarEvent):
        end = int(event.end_mark.index)
        if event.style in ("|", ">"):
            lines = text[:end].split("\n")
            while len(lines) > 1 and (not lines[-1].strip() or lines[-1].startswith(f"{indent}#")):
                lines.pop()
            end = len("\n".join(lines))
        return end
    end = int(event.start_mark.index)
    while not _is(inner := next(events), yaml.SequenceEndEvent, yaml.MappingEndEvent):
        end = max(end, _end(inner, events, text, indent))
    return int(inner.end_mark.index) if event.flow_style else end
