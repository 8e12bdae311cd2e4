"""What is measured: a case is a command in a state of the posts and of what earlier runs left behind."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from corpus import Corpus
from measure import BenchError

COLD, SAME, EDITED = "cold", "nothing changed", "one post edited"
Key = tuple[str, str]
LIMIT = 20
TITLE = "The Measured Gazette"
HOME = "https://example.org/"


@dataclass(frozen=True)
class Case:
    """One line of the table of times.

    What is in `fresh` is removed before each run. `check` gets the sentence that the newest post has to begin with,
    or None before the first edit, and raises BenchError where the output is not what it should be.
    """

    name: str
    state: str
    command: tuple[str, ...]
    folder: Path
    fresh: tuple[Path, ...]
    check: Callable[[str | None], None]

    @property
    def key(self) -> Key:
        """Its name and state, which tell it from all others."""
        return self.name, self.state


@dataclass(frozen=True)
class Program:
    """A program to measure: where to look for it, how to install it, how it says its version.

    `cases` gets the program's path, a folder to make its sites in that is not there yet, and the posts.
    """

    name: str
    command: str
    install: str
    version: tuple[str, ...]
    cases: Callable[[str, Path, Corpus], Iterator[Case]]


def expect_entries(feed: Path, expected: int, sentence: str | None, more: bool = False) -> None:
    """A feed, RSS or Atom or JSON, has so many entries, or `more`, of which one has the sentence in it."""
    text = read(feed)
    found = len(json.loads(text)["items"]) if feed.suffix == ".json" else len(re.findall("<(?:item|entry)[ >]", text))
    if found < expected or (found > expected and not more):
        raise BenchError(f"{feed} has {found} entries, not {expected}")
    if sentence is not None and sentence not in text:
        raise BenchError(f"{feed} does not hold the last edit: {sentence}")


def expect_files(folder: Path, pattern: str, expected: int) -> None:
    """At least so many files under a folder match a pattern."""
    found = sum(1 for _ in folder.glob(pattern))
    if found < expected:
        raise BenchError(f"{folder} has {found} files {pattern}, not {expected} or more")


def read(file: Path) -> str:
    """The text of a file that a program should have made."""
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise BenchError(f"{file} should have been made, and cannot be read: {error.strerror}") from None
