"""The text of a file becomes fields with line numbers, and a body. The one fence around YAML and TOML.

Both languages come out as the same thing: text, lists and mappings of text. So ``title: 1984`` and
``author: No`` are what was written, and a date is read by one reader wherever it stands.
"""

import difflib
import re
import tomllib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import yaml

from dateline.errors import DatelineError, PostError, SettingsError, Unreadable, quoted
from dateline.model import Body, Source

ENGINE = f"PyYAML {yaml.__version__}"
MAX_FRONT_MATTER = 16 * 1024
MAX_DEPTH = 50

T = TypeVar("T")
Value = str | list["Value"] | dict[str, "Value"]

_FENCES = {"---": "YAML", "+++": "TOML"}
_TOML_KEY = re.compile(r"""\s*\[{0,2}\s*["']?([\w-]+)["']?\s*[].=]""")
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)| \(at end of document\)")


@dataclass(frozen=True, slots=True)
class Fields:
    """The keys of a file, in lower case, with what was written for them, where, and how the key was spelt."""

    path: str
    fault: type[DatelineError]
    values: dict[str, Value]
    lines: dict[str, int]
    names: dict[str, str]

    def get(self, key: str) -> Value | None:
        """What was written for `key`; a key with nothing after it counts as not written."""
        value = self.values.get(key)
        return None if value == "" else value

    def take(self, key: str, read: Callable[[Value], T]) -> T | None:
        """What `read` makes of the value of `key`, or None where none was written.

        An Unreadable that it raises becomes an error with path, line and key.
        """
        value = self.get(key)
        if value is None:
            return None
        try:
            return read(value)
        except Unreadable as error:
            raise self.error(key, error.problem, error.remedy) from None

    def error(self, key: str, problem: str, remedy: str) -> DatelineError:
        """The error to raise for what was written for `key`."""
        return self.fault(self.path, self.lines.get(key, 1), f"{self.names.get(key, key)}: {problem}", remedy)

    def unknown(self, known: Collection[str]) -> list[str]:
        """The keys that nobody reads. Raises where one is a near miss of a known one."""
        names = [name for name in self.values if name not in known]
        for name in names:
            if meant := _near_miss(name, known):
                raise self.error(name, "unknown key", f"did you mean {meant}?")
        return names


def _near_miss(name: str, known: Collection[str]) -> str | None:
    swapped = (key for key in known if sorted(key) == sorted(name))
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
    return next(swapped, None) or (close[0] if close else None)


def split(source: Source) -> tuple[Fields, Body]:
    """Take a post file apart. Raises PostError where its front matter is missing or malformed."""
    lines = source.text.split("\n")
    fence = lines[0].rstrip()
    if fence not in _FENCES:
        raise PostError(
            source.path, 1, "front matter: missing", "begin the file with a line ---, then title: and date:, then ---"
        )
    end = next((n for n, line in enumerate(lines) if n and line.rstrip() == fence), None)
    if end is None:
        raise PostError(source.path, 1, "front matter: never closed", f"put a line {fence} after the last key")
    text = "\n".join(lines[1:end])
    if len(text) > MAX_FRONT_MATTER:
        raise PostError(
            source.path, 1, f"front matter: more than {MAX_FRONT_MATTER // 1024} KiB", "move the text below it"
        )
    read = _read_yaml if _FENCES[fence] == "YAML" else _read_toml
    return read(source.path, text, PostError, 2), Body("\n".join(lines[end + 1 :]), end + 2)


def read_settings_text(path: str, text: str) -> Fields:
    """Read a settings file, which is TOML. Raises SettingsError."""
    return _read_toml(path, text, SettingsError, 1)


def _read_yaml(path: str, text: str, fault: type[DatelineError], first_line: int) -> Fields:
    reader = _YamlReader(path, fault, first_line)
    try:
        values = reader.document(iter(yaml.parse(text, Loader=yaml.CBaseLoader)))
    except yaml.MarkedYAMLError as error:
        mark, problem, remedy = _in_plain_words(error, text)
        line = (mark.line if mark is not None else 0) + first_line
        raise fault(path, line, f"front matter: {problem}", remedy) from None
    except yaml.YAMLError:
        raise fault(path, first_line, "front matter: not readable as YAML", "write key: value lines") from None
    return Fields(path, fault, values, reader.lines, reader.names)


class _YamlReader:
    """Makes values of YAML's events: they come without recursion, so that no input can exhaust the C stack."""

    def __init__(self, path: str, fault: type[DatelineError], first_line: int) -> None:
        self._path = path
        self._fault = fault
        self._first_line = first_line
        self.lines: dict[str, int] = {}
        self.names: dict[str, str] = {}

    def document(self, events: Iterator[Any]) -> dict[str, Value]:
        """The keys and values of the one document, which is a mapping or empty."""
        values: dict[str, Value] | None = None
        for event in events:
            if isinstance(event, yaml.NodeEvent):
                if not isinstance(event, yaml.MappingStartEvent):
                    if getattr(event, "value", None) == "":
                        continue
                    raise self._wrong(event, "not a list of keys", "write one key: value on each line")
                if values is not None:
                    raise self._wrong(event, "a second document begins", "keep one, between two lines ---")
                values = self._mapping(events, 0)
        return values or {}

    def _value(self, event: Any, events: Iterator[Any], depth: int) -> Value:
        if depth > MAX_DEPTH:
            raise self._wrong(event, f"nested more than {MAX_DEPTH} levels deep", "write it flatter")
        if isinstance(event, yaml.ScalarEvent):
            return str(event.value)
        if isinstance(event, yaml.SequenceStartEvent):
            return [self._value(item, events, depth + 1) for item in _until(yaml.SequenceEndEvent, events)]
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, depth)
        raise self._wrong(event, "an alias (*name) stands for other text", "write the text itself")

    def _mapping(self, events: Iterator[Any], depth: int) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for key in _until(yaml.MappingEndEvent, events):
            if not isinstance(key, yaml.ScalarEvent):
                raise self._wrong(key, "a key is not plain text", "write key: value")
            if key.value == "<<":
                raise self._wrong(key, "<< takes text from elsewhere", "write the text itself")
            name = key.value if depth else key.value.lower()
            if name in found:
                raise self._wrong(key, f"the key {quoted(key.value)} stands twice", "keep one of them")
            if not depth:
                self.lines[name] = self._line(key)
                self.names[name] = key.value
            found[name] = self._value(next(events), events, depth + 1)
        return found

    def _wrong(self, event: Any, problem: str, remedy: str) -> DatelineError:
        return self._fault(self._path, self._line(event), f"front matter: {problem}", remedy)

    def _line(self, event: Any) -> int:
        return int(event.start_mark.line) + self._first_line


def _until(end: type[Any], events: Iterator[Any]) -> Iterator[Any]:
    for event in events:
        if isinstance(event, end):
            return
        yield event


_QUOTE = "put quotation marks around a value that holds : # [ ] { } or begins with a mark"
# What libyaml says, what is meant by it, and the remedy. The mark is where the fault shows, or where it began.
_PLAIN_WORDS = (
    ("mapping values are not allowed", "a second colon in one line", 'put quotation marks around the value: "A: b"'),
    ("found a tab", "a tab where spaces should be", "use spaces instead of the tab"),
    ("cannot start any token", "a value cannot begin with this mark", "put quotation marks around it"),
    ("found unexpected end of stream", "a quotation mark opens here and never closes", "close it"),
    ("did not find expected ',' or", "a bracket opens here and never closes", "close it"),
    ("exceeded maximum nesting depth", f"nested more than {MAX_DEPTH} levels deep", "write it flatter"),
    ("did not find expected key", "a line that is no key: value", _QUOTE),
    ("could not find expected ':'", "a line that is no key: value", _QUOTE),
)


def _in_plain_words(error: yaml.MarkedYAMLError, text: str) -> tuple[Any, str, str]:
    said = error.problem or ""
    mark = error.problem_mark
    line = text.split("\n")[mark.line] if mark is not None and mark.line <= text.count("\n") else ""
    if "cannot start any token" in said and "\t" in line:
        said = "found a tab"
    if "mapping values are not allowed" in said and line.startswith(" ") and line.count(":") == 1:
        return mark, "a key with spaces before it", "take them away"
    for part, problem, remedy in _PLAIN_WORDS:
        if part in said:
            return (error.context_mark or mark) if "opens here" in problem else mark, problem, remedy
    told = ", ".join(part for part in (error.context, said) if part)
    return mark or error.context_mark, told, _QUOTE


def _read_toml(path: str, text: str, fault: type[DatelineError], first_line: int) -> Fields:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = _AT_LINE.search(str(error))
        line = int(at[1] or text.count("\n") + 1) if at else 1
        problem = _AT_LINE.sub("", str(error))
        remedy = 'write key = "value", one on each line'
        if problem == "Cannot overwrite a value":
            problem, remedy = "a key stands twice", "keep one of them"
        elif problem == "Invalid value":
            remedy = 'put quotation marks around text, like title = "A"'
        raise fault(path, line + first_line - 1, f"TOML: {problem}", remedy) from None
    except RecursionError:
        raise fault(path, first_line, f"TOML: nested more than {MAX_DEPTH} levels deep", "write it flatter") from None
    lines = _toml_lines(text, first_line)
    values: dict[str, Value] = {}
    for key, value in table.items():
        if key.lower() in values:
            line = lines.get(key.lower(), first_line)
            raise fault(path, line, f"TOML: the key {quoted(key)} stands twice", "keep one of them")
        values[key.lower()] = _as_text(value, path, fault, lines.get(key.lower(), first_line), 1)
    return Fields(path, fault, values, lines, {key.lower(): key for key in table})


def _toml_lines(text: str, first_line: int) -> dict[str, int]:
    """Where each top-level key stands first."""
    lines: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), first_line):
        if match := _TOML_KEY.match(line):
            lines.setdefault(match[1].lower(), number)
    return lines


def _as_text(value: Any, path: str, fault: type[DatelineError], line: int, depth: int) -> Value:
    if depth > MAX_DEPTH:
        raise fault(path, line, f"TOML: nested more than {MAX_DEPTH} levels deep", "write it flatter")
    if isinstance(value, list):
        return [_as_text(item, path, fault, line, depth + 1) for item in value]
    if isinstance(value, dict):
        return {key: _as_text(item, path, fault, line, depth + 1) for key, item in value.items()}
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
