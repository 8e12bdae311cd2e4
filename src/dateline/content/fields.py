"""What was written in a file, by key: text, lists and mappings of text, whatever language it was written in.

So ``title: 1984`` and ``author: No`` are what was written, and a date is read by one reader wherever it stands.
"""

import json
import re
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import NamedTuple, TypeVar

from dateline.errors import DatelineError, Unreadable

T = TypeVar("T")
Value = str | list["Value"] | dict[str, "Value"]

MAX_DEPTH = 50
# Between quotation marks, JSON leaves these as they are; YAML and TOML do not take them, or not for themselves.
_TO_ESCAPE = re.compile("[\x7f-\x9f\u2028\u2029\ufdd0-\ufdef\ufeff\ufffd-\uffff]")


class Fields(NamedTuple):
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

    def unknown(self, known: Collection[str], meant_otherwise: Collection[str] = ()) -> list[str]:
        """The keys that nobody reads. Raises where one is a near miss of a known one, and not `meant_otherwise`."""
        names = [name for name in self.values if name not in known]
        for name in names:
            if name not in meant_otherwise and (meant := _near_miss(name, frozenset(known))):
                raise self.error(name, "unknown key", f"did you mean {meant}?")
        return names


class Place(NamedTuple):
    """Where a key stands in a text: the key, what comes after its ``:`` or ``=``, and the end of its value."""

    key: int
    after: int
    end: int


class Layout(NamedTuple):
    """Where the keys of a document stand, by key in lower case; and where others may be put, before what is there.

    Lines of others begin with `indent`.
    """

    places: dict[str, Place]
    room: int
    indent: str = ""


def between_quotes(text: str) -> str:
    """Text between quotation marks, on one line, as YAML and TOML both read it."""
    whole = json.dumps(text, ensure_ascii=False)
    return _TO_ESCAPE.sub(lambda match: f"\\u{ord(match[0]):04x}", whole)


@lru_cache
def _near_miss(name: str, known: frozenset[str]) -> str | None:
    import difflib

    swapped = (key for key in known if sorted(key) == sorted(name))
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
    return next(swapped, None) or (close[0] if close else None)
