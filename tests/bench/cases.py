"""What is measured: a case is a command, run in a given state of the posts and of what earlier runs left."""

import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from corpus import Corpus
from measure import BenchError

# The states; a command that reads no posts has none.
COLD, SAME, EDITED, DRAFT, STATELESS = "cold", "nothing changed", "one post edited", "one draft edited", ""
Key = tuple[str, str]
LIMIT = 20
TITLE = "The Measured Gazette"
HOME = "https://example.org/"


@dataclass(frozen=True)
class Case:
    """One row of the table of times.

    Before each run, what is in `fresh` is moved away, and `draft` gets a new first sentence. `check` gets the first
    sentence of the newest post, or None before its first edit, and raises BenchError if the output is wrong.
    """

    name: str
    state: str
    command: tuple[str, ...]
    folder: Path
    check: Callable[[str | None], None] = lambda _: None
    fresh: tuple[Path, ...] = ()
    draft: Path | None = None

    @property
    def key(self) -> Key:
        """Name and state, which no other case has."""
        return self.name, self.state


def find_next_to_python(command: str) -> str | None:
    """The path of a program: among those installed with this Python, or else on PATH."""
    return shutil.which(command, path=str(Path(sys.executable).parent)) or shutil.which(command)


@dataclass(frozen=True)
class Program:
    """A program to measure: how to find it, install it and ask for its version.

    `cases` gets the program's path, a new folder to make its sites in, and the posts.
    """

    name: str
    command: str
    install: str
    version: tuple[str, ...]
    cases: Callable[[str, Path, Corpus], Iterator[Case]]
    find: Callable[[str], str | None] = find_next_to_python


def expect_entries(feed: Path, expected: int, sentence: str | None, more: bool = False) -> None:
    """Raise unless an RSS, Atom or JSON feed has `expected` entries (or `more`), and contains the sentence."""
    text = read(feed)
    found = len(json.loads(text)["items"]) if feed.suffix == ".json" else len(re.findall("<(?:item|entry)[ >]", text))
    if found < expected or (found > expected and not more):
        raise BenchError(f"{feed} has {found} entries, not {expected}")
    if sentence is not None and sentence not in text:
        raise BenchError(f"{feed} lacks the last edit: {sentence}")


def expect_files(folder: Path, pattern: str, expected: int) -> None:
    """Raise unless at least `expected` files in a folder match a pattern."""
    found = sum(1 for _ in folder.glob(pattern))
    if found < expected:
        raise BenchError(f"{folder} has {found} files {pattern}, not {expected} or more")


def read(file: Path) -> str:
    """Return the text of a file that a program should have written."""
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise BenchError(f"cannot read {file}, which should have been written: {error.strerror}") from None
