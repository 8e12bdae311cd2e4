"""Every error that a user can cause, and fix.

    DatelineError          one problem or several, which stop a command
    ├── SettingsError      in feed.toml
    ├── PostError          in a file among the posts
    ├── OutputError        with the output folder, or what goes into it
    ├── FeedError          with a feed to read, in a file or at an address
    ├── SiteError          with a site or an export to import
    ├── TargetError        with the place to which a publication is published
    └── BuildError         all the problems for which a build wrote nothing
    InputError             with a value, before it is known where it was written

The paths of settings and posts are relative to the folder of posts; `Problem.below` makes one that users can open.
"""

import errno
import os
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, Self, TypeVar


class Problem(NamedTuple):
    """Something to fix, on one line: where it is, what is wrong, and how to fix it.

    `line` counts from 1. An error stops a build, a warning does not. A path that is not relative to the folder of posts
    is one that the user named, an option, or an address.
    """

    path: str
    line: int | None
    problem: str
    remedy: str
    severity: Literal["error", "warning"] = "warning"
    is_relative: bool = True

    def __str__(self) -> str:
        return printable(f"{self.where}: {self.problem}; {self.remedy}")

    @property
    def where(self) -> str:
        """The path, and the line if it is known."""
        return f"{self.path}:{self.line}" if self.line else self.path

    def below(self, folder: "str | os.PathLike[str]") -> "Problem":
        """Return the problem with a path that can be opened, given the folder of posts."""
        return self._replace(path=openable(folder, self.path), is_relative=False) if self.is_relative else self

    @property
    def sort_key(self) -> tuple[str, int, str]:
        """The path, the line and the text, by which problems are sorted."""
        return self.path, self.line or 0, self.problem


class DatelineError(Exception):
    """A problem that the user can fix, `problem`, or several: `problems`, of which that is the first."""

    problem: Problem
    problems: tuple[Problem, ...]
    is_relative = True

    def __init__(self, path: str, line: int | None, problem: str, remedy: str) -> None:
        super().__init__(path, line, problem, remedy)
        is_relative = self.is_relative and not path.startswith("--")
        self.problem = Problem(path, line, problem, remedy, "error", is_relative)
        self.problems = (self.problem,)

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> Self:
        """Return the error to raise for several problems of one file."""
        error = cls(*problems[0][:4])
        error.problem, error.problems = problems[0], tuple(problems)
        return error

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class SettingsError(DatelineError):
    """Something in feed.toml, or its absence."""


class PostError(DatelineError):
    """Something in a post, or in a file that a post refers to."""


class OutputError(DatelineError):
    """Something about the output folder, a cache, or an option."""

    is_relative = False


class SiteError(DatelineError):
    """Something in a site or an export that is to be imported."""

    is_relative = False


class TargetError(DatelineError):
    """Something about the place to which a publication is published. If it is `temporary`, trying again may help."""

    is_relative = False

    def __init__(self, path: str, line: int | None, problem: str, remedy: str, *, temporary: bool = False) -> None:
        super().__init__(path, line, problem, remedy)
        self.temporary = temporary


class FeedError(DatelineError):
    """A feed that cannot be read. `gone` says that there is nothing at its address."""

    is_relative = False

    def __init__(self, path: str, line: int | None, problem: str, remedy: str, *, gone: bool = False) -> None:
        super().__init__(path, line, problem, remedy)
        self.gone = gone


class BuildError(DatelineError):
    """The problems, sorted by path and line, for which a build wrote nothing."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        found = sorted(problems, key=lambda problem: problem.sort_key)
        super().__init__(*found[0][:4])
        self.problems = tuple(found)
        self.args = (self.problems,)  # which another process makes the error from


ErrorT = TypeVar("ErrorT", bound=DatelineError)


# Codes of errors that say that the system is short of something, wherever that is noticed.
SHORTAGES = (errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOMEM)


class InputError(ValueError):
    """A value or text that cannot be read. `culprit` is the part of a text, as written, that caused it.

    `others` are further errors in the same value.
    """

    others: "tuple[InputError, ...]" = ()

    def __init__(self, problem: str, remedy: str, culprit: str = "") -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy
        self.culprit = culprit

    def at(self, error_type: type[ErrorT], path: str, line: int | None = None) -> ErrorT:
        """Return the error to raise, now that it is known where the value was written."""
        return error_type(path, line, self.problem, self.remedy)


def openable(folder: "str | os.PathLike[str]", path: str) -> str:
    """Return the path of a file below a folder as the user named that."""
    return os.path.normpath(os.path.join(folder, path))


def reason_of(error: OSError) -> str:
    """Return the system's reason in lower case, for the middle of a sentence."""
    return printable(error.strerror or str(error)).lower()


def printable(text: str) -> str:
    """Return text with escapes in place of characters that would break or disturb a line on a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


def quoted(value: object, limit: int = 60) -> str:
    """Return what the user wrote, in quotation marks and cut to `limit` characters."""
    text = str(value)
    return "'" + (text if len(text) <= limit else text[: limit - 1] + "…") + "'"
