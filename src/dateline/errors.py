"""Everything that a user can cause and mend.

    DatelineError
    ├── SettingsError   feed.toml
    ├── PostError       a file among the posts
    ├── OutputError     the output folder, or what is to go into it
    └── FeedError       a feed that was to be read, in a file or at an address
    Refused             one or several of these, reported together
    Unreadable          a value, before anybody knows where it stands

Each names the path, the line where there is one, the problem and the remedy. The paths of settings and
posts are relative to the folder of posts, until `below` makes them such as somebody can open who named it so: in all
that a build or a check gives, and else where they are told.
"""

import os
from collections.abc import Iterable
from typing import Self


class DatelineError(Exception):
    """A problem that the user can mend, on one line. `is_complete` says that the path can be opened as it stands."""

    is_complete = False

    def __init__(self, path: str, line: int | None, problem: str, remedy: str) -> None:
        super().__init__(path, line, problem, remedy)
        self.path = path
        self.line = line
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return one_line(self.path, self.line, self.problem, self.remedy)

    def below(self, folder: "str | os.PathLike[str]") -> Self:
        """The same with a path that can be opened, of a file below a folder unless it is complete, or an option."""
        if self.is_complete or self.path.startswith("--"):
            return self
        found = type(self)(openable(folder, self.path), self.line, self.problem, self.remedy)
        found.is_complete = True
        return found


class SettingsError(DatelineError):
    """Something in feed.toml, or its absence."""


class PostError(DatelineError):
    """Something in a post, or in a file that one refers to."""


class OutputError(DatelineError):
    """The output folder cannot take the output. Its path is complete, as the user knows it."""

    is_complete = True


class FeedError(DatelineError):
    """A feed that was to be read. Its path is complete, or an address; `gone` says that there is nothing there."""

    is_complete = True

    def __init__(self, path: str, line: int | None, problem: str, remedy: str, *, gone: bool = False) -> None:
        super().__init__(path, line, problem, remedy)
        self.gone = gone


class Refused(Exception):  # noqa: N818 - it is an outcome, and holds the errors
    """Nothing was written, for all of these reasons. Sorted by path and line."""

    def __init__(self, errors: Iterable[DatelineError]) -> None:
        self.errors = tuple(sorted(errors, key=lambda e: (e.path, e.line or 0, e.problem)))
        super().__init__(*self.errors)


def openable(folder: "str | os.PathLike[str]", path: str) -> str:
    """The path of a file below a folder, as somebody can open it who named that so."""
    return os.path.normpath(os.path.join(folder, path))


def one_line(path: str, line: int | None, problem: str, remedy: str) -> str:
    """How everything that is to be mended is told: ``path:line: problem; remedy``."""
    return printable(f"{path}:{line}: {problem}; {remedy}" if line else f"{path}: {problem}; {remedy}")


def reason_of(error: OSError) -> str:
    """What the system has against something, in small letters, for the middle of a sentence."""
    return printable(error.strerror or str(error)).lower()


def printable(text: str) -> str:
    """`text` with all that would break or disturb a line of a terminal written as an escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


def quoted(value: object, limit: int = 60) -> str:
    """A value that the user wrote, fit to be named in a message."""
    text = str(value)
    return "'" + (text if len(text) <= limit else text[: limit - 1] + "…") + "'"


class Unreadable(ValueError):  # noqa: N818 - it says of the value what it is
    """A value or text that cannot be read; who knows its place makes an error of it.

    `culprit` is the part of a text, as it was written, that is to blame.
    """

    def __init__(self, problem: str, remedy: str, culprit: str = "") -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy
        self.culprit = culprit
