"""Apply the remedies that need no judgement to the files of a folder of posts, and check it again."""

import os
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from dateline.commands.check import Findings, check
from dateline.commands.remedies import REMEDIES, Fault, fixed, remedy_for
from dateline.content.edit import read_bytes, replace
from dateline.content.posts import parse_post
from dateline.content.scan import is_post_file
from dateline.content.source import load_settings
from dateline.errors import PostError, Problem
from dateline.model import Publication
from dateline.options import BuildOptions, Progress
from dateline.render import beginning

_MOST_ROUNDS = 5  # what one remedy uncovers, the next round fixes


class Edit(NamedTuple):
    """A file below the folder of posts, its text before and after, and the remedies that were applied."""

    path: str
    before: str
    after: str
    remedies: tuple[str, ...]


class Fixes(NamedTuple):
    """The edits, in the order in which they were made; the problems left, since they need judgement; and a check."""

    edits: tuple[Edit, ...]
    left: tuple[Problem, ...]
    findings: Findings


def fix(
    options: BuildOptions,
    names: Collection[str],
    progress: Progress,
    show: Callable[[Sequence[Edit]], None],
    *,
    is_rehearsal: bool,
) -> Fixes:
    """Check a folder of posts, apply the remedies with these names, and check it again.

    `show` gets the edits before the files are written; a rehearsal ends then. Raises what `check` does, and PostError
    for a file that cannot be written.
    """
    folder = Path(options.posts)
    done: list[Edit] = []
    for _ in range(_MOST_ROUNDS):
        findings = check(options, progress)
        edits, left = _plan(folder, findings, names)
        show(edits)
        done += edits
        if is_rehearsal or not edits:
            break
        for edit in edits:
            replace(folder, edit.path, edit.before.encode(), edit.after.encode())
    else:
        findings = check(options, progress)
    return Fixes(tuple(done), tuple(left), findings)


def _plan(folder: Path, findings: Findings, names: Collection[str]) -> tuple[list[Edit], list[Problem]]:
    """Return what the remedies would change, and the problems that they would leave."""
    publication, _ = load_settings(folder)
    publication = publication._replace(slugs=publication.slugs + findings.slugs)
    by_path: dict[str, list[Problem]] = {}
    for problem in findings.errors + findings.remarks:
        if is_post_file(problem.path) and (name := remedy_for(problem)) in names:
            path = REMEDIES[name].file or os.path.relpath(problem.path, folder)
            by_path.setdefault(path, []).append(problem)
    edits: list[Edit] = []
    left: list[Problem] = []
    seen: set[str] = set()
    for path, group in by_path.items():
        real = os.path.realpath(folder / path)
        if real in seen:  # a link may lead to another post
            continue
        seen.add(real)
        edit = _edit(folder, path, publication, group, names)
        left += [problem for problem in group if remedy_for(problem) not in edit.remedies]
        if edit.remedies:
            edits.append(edit)
    return edits, left


def _edit(folder: Path, path: str, publication: Publication, problems: list[Problem], names: Collection[str]) -> Edit:
    try:
        before = text = read_bytes(folder, path).decode()
    except (PostError, UnicodeDecodeError):
        return Edit(path, "", "", ())
    applied: dict[str, None] = {}
    for name in (name for name in REMEDIES if name in names):
        for problem in problems:
            if remedy_for(problem) == name:
                after = fixed(Fault(path, text, problem, publication), name)
                if after != text:
                    text, applied[name] = after, None
        if name == "yaml" and name in applied:
            problems = _problems(Fault(path, text, problems[0], publication))
    return Edit(path, before, text, tuple(applied))


def _problems(fault: Fault) -> list[Problem]:
    """Return what is wrong with the front matter of a file that could not be read before."""
    try:
        return parse_post(fault.source(), fault.publication, beginning)[1].problems
    except PostError:
        return []
