"""Find texts without which a regular expression cannot match, so that it need not be tried where there is none of them.

This reads the pattern as Python's own `re` does. Where a release of Python has no such parser, or a pattern has parts
that are not known here, the empty text is needed, which is in every text: that is slower, but never wrong.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module
from typing import Any


class SparingPattern:
    """Finds what a pattern finds, and does not try it where it cannot match."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern
        self.needed = needed_texts(pattern)

    def search(self, text: str) -> re.Match[str] | None:
        """Find the first match in a text."""
        return self.pattern.search(text) if has_any(self.needed, text) else None

    def match(self, text: str) -> re.Match[str] | None:
        """Find a match at the beginning of a text."""
        return self.pattern.match(text) if has_any(self.needed, text) else None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.pattern, name)


def has_any(needed: Iterable[str], text: str) -> bool:
    """Return whether a text contains one of those that are needed."""
    for one in needed:  # noqa: SIM110 - a generator would take longer than the search
        if one in text:
            return True
    return False


def needed_texts(pattern: re.Pattern[str]) -> tuple[str, ...]:
    """Return texts of which each match of a pattern has at least one: as few as can be found, and without letters."""
    with suppress(ImportError, AttributeError):
        return _needed(import_module("re._parser").parse(pattern.pattern, pattern.flags))
    return ("",)


def _needed(parts: Iterable[tuple[object, Any]]) -> tuple[str, ...]:
    found: list[tuple[str, ...]] = [("",)]
    run = ""
    for kind, value in parts:
        if str(kind) == "LITERAL":
            run += chr(value)
            found.append((run,))
        else:
            run = run if str(kind) in ("ASSERT", "ASSERT_NOT", "AT") else ""  # these take up no text
            found.append(_needed_by(str(kind), value))
    # A pattern may match letters in upper and lower case.
    usable = [texts for texts in found if all(text.upper() == text.lower() for text in texts)]
    return max(usable, key=lambda texts: ("" not in texts, -len(texts), min(map(len, texts))))


def _needed_by(kind: str, value: Any) -> tuple[str, ...]:
    match kind:
        case "ASSERT" | "SUBPATTERN":
            return _needed(value[-1])
        case "IN":
            return tuple(chr(member) if str(of) == "LITERAL" else "" for of, member in value)
        case "BRANCH":
            return tuple(text for branch in value[1] for text in _needed(branch))
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT" if value[0]:
            repeated = value[2]
            times = value[0] if len(repeated) == 1 and str(repeated[0][0]) == "LITERAL" else 1
            return tuple(text * times for text in _needed(repeated))
    return ("",)
