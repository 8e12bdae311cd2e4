"""The checks of any file: unknown keys, and characters that no editor shows."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from dateline.content.front_matter_keys import SEARCH
from dateline.content.key_values import Fields, texts
from dateline.content.source import odd_characters
from dateline.text import odd

# What a check yields: a key of the front matter, a line or None; then the problem and the remedy.
Found = Iterator[tuple[str | int | None, str, str]]


def unknown_keys(fields: Fields, known: Collection[str], correct: Collection[str] = ()) -> Found:
    """Report keys that are not `known`; one of `correct` is not a misspelling."""
    for key in fields.unknown(known, correct):
        if key in SEARCH:
            problem = "hides a post from search in other tools, but Dateline publishes it"
            yield key, problem, "to hide the post, write draft: true"
        else:
            yield key, "unknown key, ignored", "remove it or check its spelling"


def characters(folder: Path, fields: Fields, codes: Iterable[str] = ()) -> Found:
    """Report what no editor shows: characters of a file, escapes in front matter, and `codes` of references in text."""
    known: set[str] = set()
    for line, character in odd_characters(folder, fields.path):
        known.add(code := f"U+{ord(character):04X}")
        yield line, *_odd_character(code)
    for key, value in fields.values.items():
        for code in (f"U+{ord(character):04X}" for character in odd("".join(texts(value)))):
            if code not in known:
                known.add(code)
                yield key, *_odd_character(code)
    for code in codes:
        if code not in known:
            problem, remedy = _odd_character(code)
            yield None, f"text: {problem}", remedy


def _odd_character(code: str) -> tuple[str, str]:
    if code == "U+FFFD":
        return "U+FFFD, which stands for a lost character", "write the right character"
    return f"control character {code}, ignored", "remove it"
