"""Read YAML into Fields, with every value as the text that was written. Only this module uses PyYAML."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from dateline.content.key_values import (
    MAX_DEPTH,
    TOO_DEEP,
    Edit,
    Fields,
    Language,
    Layout,
    Plain,
    Span,
    Value,
    between_quotes,
)
from dateline.errors import DatelineError, InputError, quoted
from dateline.lazy_patterns import lazy_pattern

# Text that YAML reads as such without quotation marks, and not as a number, a truth value or null; or a date.
_PLAIN = lazy_pattern(
    r"(?!(?:true|false|yes|no|on|off|null|none|y|n|nan|inf)$)"
    r"(?:/(?=\w)|[^\W\d_])(?:[\w./?&=+@%;~()'-]|[,:](?=\S)| (?=[\w(]))*"
    r"|\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?(?: ?Z| ?[+-]\d\d:\d\d)?",
    re.IGNORECASE,
)
# A block scalar, in which every character counts, or the tabs that a line begins with.
_INDENTED = lazy_pattern(
    r"""
    ^(?P<indent>[ \t]*)(?![ \t]*\#) .*? [:-][ \t]+ (?:[!&]\S+[ \t]+){0,2} [|>][-+\d]{0,2} [ \t]* (?:\#.*)? \n
      (?: (?:(?P=indent)[ \t].*|[ \t]*) (?:\n|\Z) )*
  | ^(?P<tabs>\t+)
    """,
    re.MULTILINE | re.VERBOSE,
)


def read_yaml(path: str, text: str, error_type: type[DatelineError], first_line: int) -> Fields:
    """Read a document that begins on line `first_line` of the file. Raises `error_type`."""
    text = _with_spaces(text)
    reader = _Reader()
    try:
        values = reader.document(text)
    except _RefusedError as error:
        raise error.at(error_type, path, error.line + first_line) from None
    except yaml.MarkedYAMLError as error:
        mark, problem, remedy = _explain(error, text)
        line = (mark.line if mark is not None else 0) + first_line
        raise error_type(path, line, f"front matter: {problem}", remedy) from None
    except yaml.YAMLError:
        raise error_type(path, first_line, "front matter: not YAML", "write one key: value on each line") from None
    lines = {name: key.start_mark.line + first_line for name, key in reader.keys.items()}
    return Fields(path, error_type, values, lines, {name: key.value for name, key in reader.keys.items()})


def _with_spaces(text: str) -> str:
    """Indent lines by two spaces for each tab, as Hexo does, except in block scalars."""
    return _INDENTED.sub(lambda match: "  " * len(match["tabs"] or "") or match[0], text) if "\t" in text else text


class _RefusedError(InputError):
    """YAML that Dateline does not accept; `line` counts from 0."""

    def __init__(self, event: Any, problem: str, remedy: str) -> None:
        super().__init__(f"front matter: {problem}", remedy)
        self.line: int = event.start_mark.line


class _Reader:
    """Make values of the events of the parser, which does not recurse, so that no input can exhaust the C stack.

    `keys` are the events of the document's keys, and `ends` the last events of their values.
    """

    def __init__(self) -> None:
        self.keys: dict[str, Any] = {}
        self.ends: dict[str, Any] = {}
        self._last: Any = None
        self._anchored: dict[str, str] = {}

    def document(self, text: str) -> dict[str, Value]:
        """Return the keys and values of the one document, which is a mapping or empty."""
        values: dict[str, Value] | None = None
        events = iter(yaml.CBaseLoader(text).get_event, None)
        for event in events:
            if isinstance(event, yaml.NodeEvent):
                if not isinstance(event, yaml.MappingStartEvent):
                    if getattr(event, "value", None) == "":
                        continue
                    raise _RefusedError(event, "no keys", "write one key: value on each line")
                if values is not None:
                    raise _RefusedError(event, "a second YAML document starts here", "keep one, between two lines ---")
                values = self._mapping(event, events, 0)
        return values or {}

    def _value(self, event: Any, events: Iterator[Any], depth: int) -> Value:
        if depth > MAX_DEPTH:
            raise _RefusedError(event, *TOO_DEEP)
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._last = event
            text = Plain(event.value) if event.implicit[0] else str(event.value)
            if event.anchor:
                self._anchored[event.anchor] = text
            return text
        if kind is yaml.SequenceStartEvent:
            found = []
            while type(item := next(events)) is not yaml.SequenceEndEvent:
                found.append(self._value(item, events, depth + 1))
            self._last = item if event.flow_style else self._last
            return found
        if kind is yaml.MappingStartEvent:
            return self._mapping(event, events, depth)
        if event.anchor in self._anchored:  # text alone, since lists of aliases of lists grow without end
            self._last = event
            return self._anchored[event.anchor]
        raise _RefusedError(event, "aliases (*name) are not supported", "write the text itself")

    def _mapping(self, start: Any, events: Iterator[Any], depth: int) -> dict[str, Value]:
        found: dict[str, Value] = {}
        while type(key := next(events)) is not yaml.MappingEndEvent:
            if type(key) is not yaml.ScalarEvent:
                raise _RefusedError(key, "a key is not plain text", "write key: value")
            if key.value == "<<":
                raise _RefusedError(key, "merge keys (<<) are not supported", "write the keys themselves")
            name = key.value if depth else key.value.lower()
            if name in found:
                raise _RefusedError(key, f"duplicate key {quoted(key.value)}", "keep one of them")
            found[name] = self._value(next(events), events, depth + 1)
            if not depth:
                self.keys[name], self.ends[name] = key, self._last
        self._last = key if start.flow_style else self._last
        return found


_QUOTE = "put quotation marks around values that contain : # [ ] { } or start with punctuation"
# Part of a message of libyaml, a pattern for the line with the mistake, the problem, and the remedy.
_EXPLANATIONS = (
    ("mapping values are not allowed", " [^:]*:[^:]*$", "spaces before a key", "remove them"),
    ("mapping values are not allowed", "", "second colon on one line", 'put quotation marks around the value: "A: b"'),
    ("found a tab", "", "tab instead of spaces", "use spaces"),
    ("cannot start any token", ".*\t", "tab instead of spaces", "use spaces"),
    ("cannot start any token", "", "a value cannot start with this character", "put quotation marks around it"),
    ("found unexpected end of stream", "", "quotation mark never closed", "close it"),
    ("did not find expected ',' or", "", "bracket never closed", "close it"),
    ("exceeded maximum nesting depth", "", *TOO_DEEP),
    ("did not find expected key", "", "not a key: value line", _QUOTE),
    ("could not find expected ':'", "", "not a key: value line", _QUOTE),
)


def _explain(error: yaml.MarkedYAMLError, text: str) -> tuple[Any, str, str]:
    message, mark = error.problem or "", error.problem_mark
    line = text.split("\n")[mark.line] if mark is not None and mark.line <= text.count("\n") else ""
    for part, pattern, problem, remedy in _EXPLANATIONS:
        if part in message and re.match(pattern, line):
            # The context is where what was never closed began.
            return (error.context_mark or mark) if "never closed" in problem else mark, problem, remedy
    return mark or error.context_mark, ", ".join(filter(None, (error.context, message))), _QUOTE


def _edits(text: str, values: Mapping[str, Value | None]) -> Iterator[list[Edit]]:
    return layout(text).edits(text, values, ":", _format_text)


YAML = Language(read_yaml, _edits)


def _format_text(text: str) -> str:
    """Return text as a value on one line, in quotation marks if it could be read as anything else."""
    return text if _PLAIN.fullmatch(text) else between_quotes(text)


def layout(text: str) -> Layout:
    """Return where the keys of a document are."""
    reader = _Reader()
    spaced = _with_spaces(text)
    reader.document(spaced)
    # Where a space was added for a tab, as positions in the text that was read.
    tabs = (tab for match in _INDENTED.finditer(text) for tab in range(*match.span("tabs")))
    added = [tab + number for number, tab in enumerate(tabs)]

    def original(position: int) -> int:
        return position - bisect_left(added, position)

    indent = " " * min((key.start_mark.column for key in reader.keys.values()), default=0)
    spans = {}
    for name, key in reader.keys.items():
        after = spaced.find(":", key.end_mark.index) + 1
        end = reader.ends[name].end_mark.index
        if getattr(reader.ends[name], "style", None) in ("|", ">"):  # libyaml counts comments and blank lines to it
            lines = spaced[:end].split("\n")
            while len(lines) > 1 and (not lines[-1].strip() or lines[-1].startswith(f"{indent}#")):
                lines.pop()
            end = len("\n".join(lines))
        spans[name] = Span(original(key.start_mark.index), original(after), original(max(after, end)))
    return Layout(spans, len(text), indent)
