"""The keys of a file, with text, and lists and mappings of text, as values, in YAML, TOML or JSON.

So ``title: 1984`` and ``author: No`` stay what was written, and dates have one reader for all languages. What was
written without quotation marks is `Plain`, from which `typed` makes numbers and truth values.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple, TypeVar

from dateline.errors import DatelineError, InputError, Problem
from dateline.lazy_patterns import lazy_pattern

T = TypeVar("T")
V = TypeVar("V")
Value = str | list["Value"] | dict[str, "Value"]
Edit = tuple[int, int, str]  # the start and the end of a part of a text, and what to write there

MAX_DEPTH = 50
MAX_DIGITS = 4300  # Python neither reads nor prints longer numbers
TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep", "flatten it"
ENDLESS_NUMBER = f"number of more than {MAX_DIGITS:,} digits", "shorten it"
# JSON leaves these as they are in strings; YAML and TOML refuse or change them.
_TO_ESCAPE = lazy_pattern("[\x7f-\x9f\u2028\u2029\ufdd0-\ufdef\ufeff\ufffd-\uffff]")

_BOOLEANS = ("true", "false")  # in YAML and in TOML
_NULLS = ("~", "null")
_NUMBER = lazy_pattern(r"[-+]?(?:0|[1-9][0-9]{0,14})(\.[0-9]{1,15}(?:e[-+]?[0-9]{1,2})?)?", re.IGNORECASE)


class Plain(str):
    """Text that was written without quotation marks: a word, a number, a truth value, a date, or nothing."""


class Fields:
    """The values of a file by key in lower case, with the line and the spelling of each key.

    `lines` may also have the keys of tables, like ``allow.script``.
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
        found = self.among(keys)
        return found[0] if found else None

    def among(self, keys: Iterable[str]) -> list[str]:
        """Return those of `keys` that have a value, in their order."""
        values = self.values
        if values.keys().isdisjoint(keys):
            return []
        return [key for key in keys if key in values and values[key] != ""]

    def take(self, key: str, read: Callable[[Value], T]) -> T | None:
        """Return what `read` makes of the value of `key`; None if it is absent, or wrong as in `Fields.read`."""
        value = self.values.get(key)
        if value is None or value == "":
            return None
        try:
            return read(value)
        except InputError as error:
            self._add_errors(key, error)
            return None

    def read(self, key: str, read: Callable[[V], T], value: V, where: str = "", remedy: str = "") -> T | None:
        """Return what `read` makes of a value for `key`; None for an InputError, all of which becomes problems.

        For a value from elsewhere, `where` goes before the problem, and `remedy` replaces that of the error.
        """
        try:
            return read(value)
        except InputError as error:
            self._add_errors(key, error, where, remedy)
            return None

    def _add_errors(self, key: str, error: InputError, where: str = "", remedy: str = "") -> None:
        for each in (error, *error.others):
            self.wrong(key, where + each.problem, remedy or each.remedy)

    def read_table(self, key: str, table: Value, readers: Mapping[str, Callable[[Value], Any]]) -> dict[str, Any]:
        """Return what `readers` make of values in the table under `key`, by their keys.

        What is empty or wrong is left out, as is all that is no table.
        """
        written = table.items() if isinstance(table, dict) else ()
        found = {
            name: self.read(key, readers[name], value, f"{name}: ")
            for name, value in written
            if name in readers and value
        }
        return {name: value for name, value in found.items() if value is not None}

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
        return self.error_type(self.path, self.line(key), f"{self.names.get(key, key)}: {problem}", remedy)

    def line(self, key: str) -> int:
        """Return the line of a key, or of the table that it is in."""
        return self.lines.get(key) or self.lines.get(key.partition(".")[0], 1)

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


def typed(value: Value) -> object:
    """Return a value with the types that YAML, TOML and JSON have: text, numbers, truth values, lists and tables."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    if not isinstance(value, Plain):
        return value
    if value in _BOOLEANS:
        return value == "true"
    if value in _NULLS:
        return ""
    number = _NUMBER.fullmatch(value)
    return str(value) if number is None else float(value) if number[1] else int(value)


def texts(value: Value) -> Iterator[str]:
    """Yield all text in a value."""
    if isinstance(value, str):
        yield value
    else:
        for item in value.values() if isinstance(value, dict) else value:
            yield from texts(item)


class Language(NamedTuple):
    """A language of keys and values.

    `read` reads a document, given the path of its file, the type of errors to raise, and the line that it begins on.
    `edits` yields ways to write values into one that was read, each a list of edits, the best first; a value of None
    removes the key. The caller has to check the edits by reading what they make.
    """

    read: Callable[[str, str, type[DatelineError], int], Fields]
    edits: Callable[[str, Mapping[str, Value | None]], Iterator[list[Edit]]]


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

    def edits(
        self, text: str, values: Mapping[str, Value | None], assign: str, format_text: Callable[[str], str]
    ) -> Iterator[list[Edit]]:
        """Yield ways to write values into the document, with lines of their own for new keys."""

        def written(value: Value) -> str:
            if not isinstance(value, str):
                return _inline(value, assign)
            return value if value in _BOOLEANS else format_text(value)

        removed, changed, added = sort_changes(self.spans, values)
        edits = [without_lines(text, span.key, span.end) for span in removed]
        edits += [(span.after, span.end, f" {written(value)}") for span, value in changed]
        lines = "".join(f"{self.indent}{key}{assign} {written(value)}\n" for key, value in added)
        positions = [self.new_at]
        if self.spans:  # in case the last value would swallow what follows it
            positions.append(text.rfind("\n", 0, max(span.key for span in self.spans.values())) + 1)
        for position in positions:
            opening = "\n" if lines and position and text[position - 1] != "\n" else ""
            yield [*edits, (position, position, opening + lines)]


def sort_changes(
    places: Mapping[str, T], values: Mapping[str, Value | None]
) -> tuple[list[T], list[tuple[T, Value]], list[tuple[str, Value]]]:
    """Return the places of keys to remove, the places of keys to change with their values, and the keys to add."""
    removed = [places[key] for key, value in values.items() if value is None and key in places]
    written = {key: value for key, value in values.items() if value is not None}
    changed = [(places[key], value) for key, value in written.items() if key in places]
    return removed, changed, [(key, value) for key, value in written.items() if key not in places]


def without_lines(text: str, start: int, end: int) -> Edit:
    """Return the edit that removes the lines of a part of a text."""
    return text.rfind("\n", 0, start) + 1, text.find("\n", end) + 1 or len(text), ""


def between_quotes(value: Value) -> str:
    """Return a value as JSON on one line; text is read by YAML and TOML, too."""
    return _TO_ESCAPE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False))


def _inline(value: Value, assign: str) -> str:
    """Return a value on one line, as YAML and TOML have it with their signs of assignment."""
    if isinstance(value, list):
        return f"[{', '.join(_inline(item, assign) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}{assign} {_inline(item, assign)}' for key, item in value.items())}}}"
    return between_quotes(value)


def as_text(value: Any, depth: int = 1) -> Value:
    """Return what a parser made of a value as text, and lists and mappings of text. Raises InputError."""
    if depth > MAX_DEPTH:
        raise InputError(*TOO_DEEP)
    if isinstance(value, list):
        return [as_text(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {key: as_text(item, depth + 1) for key, item in value.items()}
    if isinstance(value, str):
        return value
    if value is None:
        return Plain()
    if isinstance(value, bool):
        return Plain(str(value).lower())
    if isinstance(value, int) and abs(value) >= 10**MAX_DIGITS:
        raise InputError(*ENDLESS_NUMBER)
    return Plain(value.isoformat() if hasattr(value, "isoformat") else value)


@lru_cache
def _near_miss(name: str, known: frozenset[str]) -> str | None:
    import difflib

    swapped = (key for key in known if sorted(key) == sorted(name))
    meant = next(chain(swapped, difflib.get_close_matches(name, known, n=1, cutoff=0.8)), None)
    has_more_words = meant and re.search(rf"[-_]{re.escape(meant)}$|^{re.escape(meant)}[-_]", name)
    return None if has_more_words else meant
