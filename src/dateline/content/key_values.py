"""The keys of a file, with text, and lists and mappings of text, as values, in YAML, TOML or JSON.

So ``title: 1984`` and ``author: No`` stay what was written, and dates have one reader for all languages.
"""

import json
import re
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import NamedTuple, TypeVar

from dateline.errors import DatelineError, InputError, Problem

T = TypeVar("T")
V = TypeVar("V")
Value = str | list["Value"] | dict[str, "Value"]

MAX_DEPTH = 50
# JSON leaves these as they are in strings; YAML and TOML refuse or change them.
_TO_ESCAPE = re.compile("[\x7f-\x9f\u2028\u2029\ufdd0-\ufdef\ufeff\ufffd-\uffff]")


class Fields:
    """The values of a file by key in lower case, with the line and the spelling of each key.

    `problems` are the errors and remarks found while values were taken: reading goes on after an error, so that all
    are found in one run.
    """

    def __init__(
        self,
        path: str,
        error_type: type[DatelineError],
        values: dict[str, Value],
        lines: dict[str, int],
        names: dict[str, str],
    ) -> None:
        self.path = path
        self.error_type = error_type
        self.values = values
        self.lines = lines
        self.names = names
        self.problems: list[Problem] = []

    def get(self, key: str) -> Value | None:
        """Return the value of `key`, or None; a key without a value counts as absent."""
        value = self.values.get(key)
        return None if value == "" else value

    def first(self, *keys: str) -> str | None:
        """Return the first of `keys` that has a value, or None."""
        return next((key for key in keys if self.get(key) is not None), None)

    def take(self, key: str, read: Callable[[Value], T]) -> T | None:
        """Return what `read` makes of the value of `key`; None if it is absent, or wrong as in `Fields.read`."""
        value = self.get(key)
        return None if value is None else self.read(key, read, value)

    def read(self, key: str, read: Callable[[V], T], value: V, where: str = "", remedy: str = "") -> T | None:
        """Return what `read` makes of a value for `key`; None for an InputError, which is added to the problems.

        For a value from elsewhere, `where` goes before the problem, and `remedy` replaces that of the error.
        """
        try:
            return read(value)
        except InputError as error:
            self.wrong(key, where + error.problem, remedy or error.remedy)
            return None

    def wrong(self, key: str, problem: str, remedy: str) -> None:
        """Add an error in the value of `key`."""
        self._add(self.error(key, problem, remedy).problem)

    def remark(self, key: str, problem: str, remedy: str) -> None:
        """Add a remark on the value of `key`."""
        self._add(self.error(key, problem, remedy).problem._replace(severity="warning"))

    def _add(self, problem: Problem) -> None:
        if problem not in self.problems:  # a value may be read twice
            self.problems.append(problem)

    def error(self, key: str, problem: str, remedy: str) -> DatelineError:
        """Return the error to raise for the value of `key`."""
        return self.error_type(self.path, self.lines.get(key, 1), f"{self.names.get(key, key)}: {problem}", remedy)

    @property
    def errors(self) -> list[Problem]:
        """The problems that are errors, in the order of lines."""
        errors = (problem for problem in self.problems if problem.severity == "error")
        return sorted(errors, key=lambda problem: problem.sort_key)

    def raise_errors(self) -> None:
        """Raise all errors that were found."""
        if self.errors:
            raise self.error_type.of(self.errors)

    def unknown(self, known: Collection[str], correct: Collection[str] = ()) -> list[str]:
        """Return the keys that are not `known`; one that is misspelt and not in `correct` is wrong."""
        names = [name for name in self.values if name not in known]
        for name in names:
            if name not in correct and (meant := _near_miss(name, frozenset(known))):
                self.wrong(name, "unknown key", f"did you mean {meant}?")
        return names


class Span(NamedTuple):
    """Positions in a text: of a key, after its ``:`` or ``=``, and of the end of its value."""

    key: int
    after: int
    end: int


class Layout(NamedTuple):
    """The spans of a document's keys in lower case, and where new lines go, which begin with `indent`."""

    spans: dict[str, Span]
    new_at: int
    indent: str = ""


def between_quotes(text: str) -> str:
    """Return text in quotation marks, on one line, as YAML and TOML both read it."""
    return _TO_ESCAPE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))


@lru_cache
def _near_miss(name: str, known: frozenset[str]) -> str | None:
    import difflib

    swapped = (key for key in known if sorted(key) == sorted(name))
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
    return next(swapped, None) or (close[0] if close else None)
