"""Have the user allow each target once: a setting of a cloned repository must not run programs or write anywhere.

What was allowed is kept in the user's own folder for configuration, by the real path of the posts. Another target or
endpoint is not allowed yet.
"""

import json
import os
import re
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from dateline.content.scan import leads_inside
from dateline.errors import TargetError, printable
from dateline.fileio import read_regular, replace_whole
from dateline.model import PublishTo
from dateline.options import command_line
from dateline.paths import SETTINGS_FILE, allowed_targets_file
from dateline.publish.targets import FOLDER, check_kind, folder_of

_MAX_SIZE = 2**22  # bytes
# Letters and marks that show nothing.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_Allowed = dict[str, list[str]]  # targets by real path of the posts


class Question(NamedTuple):
    """Whether a folder of posts may be published to a target: what that would do, and what answers it with --yes."""

    posts: str
    does: str
    answer: str
    real: str  # the target, as the answer is kept


def question_of(publish: PublishTo, posts: Path) -> Question:
    """Return whether `posts` may be published where feed.toml says. Raises TargetError if that is nowhere."""
    kind, more = check_kind(publish, posts), _more(publish)
    place = publish.to
    if kind is FOLDER:
        place = os.path.realpath(folder_of(place, posts))  # which a link among the posts may change
    shown = place.removeprefix("command:").strip()
    real = " ".join([place, *more])
    return Question(
        os.path.realpath(posts),
        kind.does.format(_plainly(" ".join([shown, *more]), is_folder=kind is FOLDER)),
        _answer(publish),
        real,
    )


def _plainly(text: str, *, is_folder: bool) -> str:
    """Return a target with nothing in it that could pass for something else, or fill a line so that another begins.

    Letters of any script stay in the name of a folder; elsewhere, they may look like those of a known host or program.
    """
    text = re.sub(" {2,}", lambda spaces: "\\x20" * len(spaces[0]), text)
    return "".join(
        character if character.isascii() or (is_folder and _is_visible(character)) else _escaped(character)
        for character in text
    )


def _is_visible(character: str) -> bool:
    is_letter = character.isalnum() or unicodedata.category(character) in ("Mn", "Mc")
    return is_letter and not _INVISIBLE.match(character)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode()


def _answer(publish: PublishTo) -> str:
    return " ".join([publish.to, *_more(publish)])


def _more(publish: PublishTo) -> list[str]:
    """Return the settings besides `to` that say where things go."""
    return [f"endpoint={publish.endpoint}"] if publish.endpoint else []


def is_allowed(question: Question) -> bool:
    """Return whether the user has allowed this before."""
    return question.real in _read(_file(question)).get(question.posts, [])


def allow(question: Question) -> str:
    """Keep the answer; return a note if that is not possible."""
    file = _file(question)
    if file is None:
        return "your answer is not kept, since HOME names no folder outside the posts"
    allowed = _read(file)
    if question.real not in allowed.setdefault(question.posts, []):
        allowed[question.posts].append(question.real)
    content = json.dumps(allowed, indent=2, sort_keys=True).encode()
    try:
        os.makedirs(os.path.dirname(file), 0o700, exist_ok=True)
        replace_whole(file, content + b"\n", 0o600)
    except OSError as error:
        return f"your answer is not kept: {file} cannot be written ({printable(error.strerror or str(error))})"
    return ""


def _file(question: Question) -> str | None:
    """Return the file of answers; None if there can be none, or it would be among the posts, with which it may come."""
    file = allowed_targets_file()
    return None if file is None or leads_inside(file, question.posts) else file


def _read(file: str | None) -> _Allowed:
    """Return what was allowed. What is damaged allows nothing."""
    found = None
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads(read_regular(file, _MAX_SIZE)) if file else None
    return {
        posts: [target for target in targets if isinstance(target, str)]
        for posts, targets in (found.items() if isinstance(found, dict) else ())
        if isinstance(targets, list)
    }


def not_allowed(question: Question, posts: Path) -> TargetError:
    """Return the error where nobody can be asked: it has the command that answers."""
    file = str(posts / SETTINGS_FILE)
    problem = f"publish: would {question.does}, which you have not allowed yet"
    command = command_line("publish", posts, "--yes", _shell(question.answer))
    return TargetError(file, None, problem, f"if that is right, run {command}")


def wrong_answer(given: str, question: Question, posts: Path) -> TargetError:
    """Return the error for --yes with another target than that of feed.toml."""
    problem = f"is not the target in {posts / SETTINGS_FILE}, which would {question.does}"
    return TargetError(
        f"--yes {_shell(given)}", None, problem, f"if that is right, write --yes {_shell(question.answer)}"
    )


def _shell(text: str) -> str:
    import shlex

    return shlex.quote(text)
