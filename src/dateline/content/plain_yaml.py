"""Read the YAML of most front matter without PyYAML: lines ``key: value`` that can have no other meaning.

A line is a key at the left edge, with text, text in quotation marks without escapes, or a list of these on the same
line; or it is an item of a list below its key; or it is empty or a comment. Characters that libyaml may refuse, fold or
take for the end of a line are none that Python calls printable. At anything else, from a tab to a second colon,
`read_plain` gives up, and PyYAML reads the document. What is read here, it reads in the same way, as a test proves on
random documents.
"""

import re

from dateline.content.key_values import Fields, Plain, Value
from dateline.errors import DatelineError
from dateline.lazy_patterns import lazy_pattern

_KEY = lazy_pattern(r"([A-Za-z_][\w-]{0,99}):(?: +|$)", re.ASCII)
_ITEM = lazy_pattern(r"( *)- +(?=[^ ])")
_SPECIAL = frozenset("-?:,[]{}#&*!|>'\"%@`")  # what begins with one of these may be more than text
_NOT_IN_LIST = lazy_pattern(r"[:?\[\]{}]")


def read_plain(path: str, text: str, error_type: type[DatelineError], first_line: int) -> Fields | None:
    """Return the same as the reader of YAML; None if that has to read the document."""
    if not text.replace("\n", "").isprintable():
        return None
    values: dict[str, Value] = {}
    lines: dict[str, int] = {}
    names: dict[str, str] = {}
    indents: dict[str, str] = {}  # of the items below a key
    key = ""
    for number, line in enumerate(text.split("\n"), first_line):
        if match := _KEY.match(line):
            name = match[1]
            key = name.lower()
            value = _value(line[match.end() :].rstrip(" "))
            if value is None or key in values:
                return None
            values[key], lines[key], names[key] = value, number, name
        elif line and line[0] != "#" and not _add_item(line, key, values, indents):
            return None
    return Fields(path, error_type, values, lines, names)


def _add_item(line: str, key: str, values: dict[str, Value], indents: dict[str, str]) -> bool:
    """Add the item on a line to those of `key`; return whether it is plain, and can belong to them."""
    match = _ITEM.match(line)
    item = _value(line[match.end() :].rstrip(" ")) if match else None
    found = values.get(key)
    if match is None or item is None:
        return False
    if isinstance(found, Plain) and found == "":
        values[key], indents[key] = [item], match[1]
        return True
    if isinstance(found, list) and indents.get(key) == match[1]:
        found.append(item)
        return True
    return False


def _value(written: str) -> Value | None:
    """Return the value that is written on one line, without spaces around it; None if it is not plain."""
    first = written[:1]
    if first not in _SPECIAL:
        return None if ": " in written or " #" in written or written[-1:] == ":" else Plain(written)
    if first in ('"', "'"):
        return _between_quotes(written)
    if first != "[" or written[-1] != "]":
        return None
    items: list[Value] = []
    inside = written[1:-1].strip(" ")
    for part in inside.split(",") if inside else ():
        item = _item_in_brackets(part.strip(" "))
        if item is None:
            return None
        items.append(item)
    return items


def _item_in_brackets(written: str) -> str | None:
    first = written[:1]
    if first in ('"', "'"):
        return _between_quotes(written)
    is_plain = first not in _SPECIAL and " #" not in written and not _NOT_IN_LIST.search(written)
    return Plain(written) if written and is_plain else None


def _between_quotes(written: str) -> str | None:
    mark, text = written[0], written[1:-1]
    if len(written) == 1 or written[-1] != mark:
        return None
    if mark == "'":
        return None if "'" in text.replace("''", "") else text.replace("''", "'")
    return None if '"' in text or "\\" in text else text
