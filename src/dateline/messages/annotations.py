"""Report problems as workflow commands of GitHub Actions, which shows them next to the lines of a pull request.

A step that prints nothing else of what posts say runs no command that a post contains: GitHub obeys ``::…`` at the
start of any line that a step prints, and ``##[…]`` anywhere in it, but nothing within another command.
"""

import os
from collections.abc import Iterable, Iterator

from dateline.errors import Problem, printable

# As https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands has it, and actions/toolkit.
_IN_TEXT = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTIES = _IN_TEXT | str.maketrans({":": "%3A", ",": "%2C"})


def annotation_lines(problems: Iterable[Problem], repository: str) -> Iterator[str]:
    """Yield a command for each problem, an error or a warning, given the root of the repository.

    What is in no file of the repository, such as an option, has its place in the text.
    """
    for problem in problems:
        properties = {"title": "Dateline"}
        text = f"{problem.problem}; {problem.remedy}"
        if file := _within(repository, problem.path):
            properties = {"file": file} | ({"line": str(problem.line)} if problem.line else {}) | properties
        else:
            text = f"{problem.where}: {text}"
        written = ",".join(f"{key}={printable(value).translate(_IN_PROPERTIES)}" for key, value in properties.items())
        yield f"::{problem.severity} {written}::{printable(text).translate(_IN_TEXT)}"


def _within(repository: str, path: str) -> str | None:
    """Return the path of a file or folder relative to the root of the repository; None if it is not there."""
    root, real = os.path.realpath(repository), os.path.realpath(path)
    if not os.path.lexists(path) or os.path.commonpath([root, real]) != root:
        return None
    return os.path.relpath(real, root)
