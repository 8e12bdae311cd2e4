"""TOML ─▶ Fields, every value as text. The one fence around tomllib."""

import re
import tomllib
from typing import Any

from dateline.content.fields import MAX_DEPTH, Fields, Layout, Place, Value, between_quotes
from dateline.errors import DatelineError, quoted

# Of more digits, Python makes neither a number nor text.
_MAX_DIGITS = 4300
_ENDLESS = re.compile(rf"^[^\"'#\n]*?(?<![\d_])\d(?:_?\d){{{_MAX_DIGITS},}}", re.MULTILINE)
_KEY = re.compile(r"""\s*+\[{0,2}+\s*+["']?([\w-]++)["']?\s*+[].=]""")
# A key of many parts, which tomllib takes time in the square of.
_DOTTED = re.compile(r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+)++""")
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)| \(at end of document\)")

_STRING = r"""
    "{3}(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5} | '{3}(?:[^']|'{1,2}(?!'))*'{3,5} | "(?:[^"\\]|\\.)*" | '[^']*'
"""
_BLANK = re.compile(r"(?:\s|\#[^\n]*)+", re.VERBOSE)
_NAME = re.compile(rf"""((?:{_STRING}|[^=#\n"'])+)=""", re.VERBOSE | re.DOTALL)
_PART = re.compile(rf"{_STRING} | \#[^\n]* | [\[{{] | [\]}}] | \n | [^\n\[\]{{}}\#\"']+", re.VERBOSE | re.DOTALL)
_MAX_PARTS = 1000
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d[+-]\d\d:\d\d)?")


def written(text: str) -> str:
    """How a text is written as a value, on one line."""
    return text if _DATE.fullmatch(text) else between_quotes(text)


def layout(text: str) -> Layout:
    """Where the keys of a document stand that `read_toml` can read; those of its tables not."""
    places: dict[str, Place] = {}
    position = room = 0
    while True:
        if blank := _BLANK.match(text, position):
            position = blank.end()
        name = None if text[position : position + 1] == "[" else _NAME.match(text, position)
        if name is None:
            break
        end = _end(text, name.end())
        key = name[1].strip()
        places[key.strip("\"'").lower()] = Place(position, name.end(), end)
        position = end
        room = text.find("\n", end) + 1 or len(text)
    return Layout(places, room if position < len(text) else len(text))


def _end(text: str, position: int) -> int:
    """Where the value ends that begins at `position`."""
    depth = 0
    end = position
    while (part := _PART.match(text, position)) and (depth or part[0][0] not in "#\n"):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(part[0], 0)
        position = part.end()
        end = position if part[0].strip() else end
    return len(text[:end].rstrip())


def read_toml(path: str, text: str, fault: type[DatelineError], first_line: int) -> Fields:
    """The keys of a document, the first line of which is line `first_line` of the file. Raises `fault`."""
    for dotted in _DOTTED.finditer(text):
        if dotted[0].count(".") > _MAX_PARTS:
            line = text.count("\n", 0, dotted.start()) + first_line
            raise fault(path, line, f"TOML: a key of more than {_MAX_PARTS} parts", "write it shorter")
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
    except ValueError:  # of a number, which tomllib leaves to Python to read
        endless = _ENDLESS.search(text)
        raise _endless(path, fault, first_line + text.count("\n", 0, endless.end() if endless else 0)) from None
    except RecursionError:
        raise fault(path, first_line, f"TOML: nested more than {MAX_DEPTH} levels deep", "write it flatter") from None
    lines = _lines(text, first_line)
    values: dict[str, Value] = {}
    for key, value in table.items():
        if key.lower() in values:
            line = lines.get(key.lower(), first_line)
            raise fault(path, line, f"TOML: the key {quoted(key)} stands twice", "keep one of them")
        values[key.lower()] = _as_text(value, path, fault, lines.get(key.lower(), first_line), 1)
    return Fields(path, fault, values, lines, {key.lower(): key for key in table})


def _lines(text: str, first_line: int) -> dict[str, int]:
    """Where each top-level key stands first."""
    lines: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), first_line):
        if match := _KEY.match(line):
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
    if isinstance(value, int) and abs(value) >= 10**_MAX_DIGITS:
        raise _endless(path, fault, line)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _endless(path: str, fault: type[DatelineError], line: int) -> DatelineError:
    return fault(path, line, f"TOML: a number of more than {_MAX_DIGITS:,} digits", "write it shorter")
