"""Read TOML into Fields, with every value as text. Only this module uses tomllib."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dateline.content.key_values import (
    ENDLESS_NUMBER,
    MAX_DIGITS,
    TOO_DEEP,
    Edit,
    Fields,
    Language,
    Layout,
    Span,
    Value,
    as_text,
    between_quotes,
)
from dateline.errors import DatelineError, InputError, quoted
from dateline.lazy_patterns import lazy_pattern

ASSIGN = " ="
_TOO_LONG = lazy_pattern(rf"^[^\"'#\n]*?(?<![\d_])\d(?:_?\d){{{MAX_DIGITS},}}", re.MULTILINE)
_KEY = lazy_pattern(r"""\s*+\[{0,2}+\s*+["']?([\w-]++)["']?\s*+[].=]""")
# Keys of many parts; tomllib takes quadratic time for them.
_DOTTED = lazy_pattern(r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+)++""")
_MAX_PARTS = 1000
_AT_LINE = lazy_pattern(r" \(at line (\d+), column \d+\)| \(at end of document\)")

_STRING = r"""
    "{3}(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5} | '{3}(?:[^']|'{1,2}(?!'))*'{3,5} | "(?:[^"\\]|\\.)*" | '[^']*'
"""
_BLANK = lazy_pattern(r"(?:\s|\#[^\n]*)*", re.VERBOSE)
_NAME = lazy_pattern(rf"""((?:{_STRING}|[^=#\n"'])+)=""", re.VERBOSE | re.DOTALL)
_PART = lazy_pattern(rf"{_STRING} | \#[^\n]* | [\[{{] | [\]}}] | \n | [^\n\[\]{{}}\#\"']+", re.VERBOSE | re.DOTALL)
_DATE = lazy_pattern(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d[+-]\d\d:\d\d)?")

Error = Callable[[int, str, str], DatelineError]


def read_toml(path: str, text: str, error_type: type[DatelineError], first_line: int) -> Fields:
    """Read a document that begins on line `first_line` of the file. Raises `error_type`."""

    def error(line: int, problem: str, remedy: str) -> DatelineError:
        return error_type(path, line + first_line - 1, f"TOML: {problem}", remedy)

    table = _load(text, error)
    lines: dict[str, int] = {}
    header = ""  # of the table that a line is in
    for number, written_line in enumerate(text.split("\n"), 1):
        if match := _KEY.match(written_line):
            key = match[1].lower()
            lines.setdefault(key, number)
            if "[" in match[0]:
                header = key
            elif header:
                lines.setdefault(f"{header}.{key}", number)
    values: dict[str, Value] = {}
    for key, value in table.items():
        line = lines.get(key.lower(), 1)
        if key.lower() in values:
            raise error(line, f"duplicate key {quoted(key)}", "keep one of them")
        try:
            values[key.lower()] = as_text(value)
        except InputError as wrong:
            raise error(line, wrong.problem, wrong.remedy) from None
    lines = {key: line + first_line - 1 for key, line in lines.items()}
    return Fields(path, error_type, values, lines, {key.lower(): key for key in table})


def _load(text: str, error: Error) -> dict[str, Any]:
    for dotted in _DOTTED.finditer(text):
        if dotted[0].count(".") > _MAX_PARTS:
            line = text.count("\n", 0, dotted.start()) + 1
            raise error(line, f"key of more than {_MAX_PARTS} parts", "shorten it")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise error(*_explain(str(wrong), text)) from None
    except ValueError:  # from Python, of a number
        found = _TOO_LONG.search(text)
        line = text.count("\n", 0, found.end() if found else 0) + 1
        raise error(line, *ENDLESS_NUMBER) from None
    except RecursionError:
        raise error(1, *TOO_DEEP) from None


def _explain(message: str, text: str) -> tuple[int, str, str]:
    at = _AT_LINE.search(message)
    line = int(at[1] or text.count("\n") + 1) if at else 1
    problem = _AT_LINE.sub("", message)
    if problem == "Cannot overwrite a value":
        return line, "duplicate key", "keep one of them"
    if problem == "Invalid value":
        return line, problem, 'put quotation marks around text, like title = "A"'
    return line, problem, 'write key = "value", one on each line'


def _edits(text: str, values: Mapping[str, Value | None]) -> Iterator[list[Edit]]:
    return layout(text).edits(text, values, ASSIGN, _format_text)


TOML = Language(read_toml, _edits)


def _format_text(text: str) -> str:
    """Return text as a value on one line, in quotation marks unless it is a date."""
    return text if _DATE.fullmatch(text) else between_quotes(text)


def layout(text: str) -> Layout:
    """Return where the keys of a document are, except those in tables."""
    spans: dict[str, Span] = {}
    position = new_at = 0
    while True:
        if blank := _BLANK.match(text, position):
            position = blank.end()
        name = None if text[position : position + 1] == "[" else _NAME.match(text, position)
        if name is None:
            break
        end = _end(text, name.end())
        spans[name[1].strip().strip("\"'").lower()] = Span(position, name.end(), end)
        position = end
        new_at = text.find("\n", end) + 1 or len(text)
    return Layout(spans, new_at if position < len(text) else len(text))


def _end(text: str, position: int) -> int:
    """Return where the value ends that begins at `position`."""
    depth = 0
    end = position
    while (part := _PART.match(text, position)) and (depth or part[0][0] not in "#\n"):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(part[0], 0)
        position = part.end()
        end = position if part[0].strip() else end
    return len(text[:end].rstrip())
