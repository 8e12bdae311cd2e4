"""Report errors and remarks, as text and as JSON. The same one in many files is one paragraph. Nothing here prints."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from dateline.content.scan import is_post_file
from dateline.errors import Problem, printable
from dateline.lazy_patterns import lazy_pattern
from dateline.text import MAX_LISTED, counted

# What differs between messages of one kind: values in quotation marks, paths, names of files and addresses, characters
# and numbers.
_PART = lazy_pattern(
    r"""
    (?<!\w)(?P<quoted>'[^\n]{0,400}?'(?=$|[,;:)]|[ ][a-z(])|“[^”\n]{0,400}”)
  | (?<!\S)[^\s'/:]{0,200}/[^';,]{0,200}?\.md\b
  | [^\s']{1,200}(?:[/@]|\.md\b)[^\s';,]{0,200}
  | U\+[0-9A-F]{4,6}
  | \d[\d.,:-]{0,30}(?<=\d)
    """,
    re.VERBOSE,
)
_SUBJECT = lazy_pattern(r"([^:'“]{1,60}): ")  # a key, a tag or a part of a post
_SEVERAL = lazy_pattern(r"…(?:(?:,| and) …)+")
_LONGEST_VALUE = 40
_MOST_LINES = 20  # for one kind of problem in few files


class Group(NamedTuple):
    """Problems that differ only in key, values, numbers and names of files, and the remedy for them, if any."""

    problems: tuple[Problem, ...]
    fix: str

    @property
    def first(self) -> list[Problem]:
        """The first problem of each file."""
        return list({problem.path: problem for problem in reversed(self.problems)}.values())[::-1]

    @property
    def is_wide(self) -> bool:
        """Whether it is one paragraph rather than a line for each problem."""
        return len(self.first) > MAX_LISTED or len(self.problems) > _MOST_LINES


def grouped(problems: Iterable[Problem]) -> list[Group]:
    """Return problems by kind, errors before warnings, and the kind that is in the most files first."""
    from dateline.commands.remedies import remedy_for  # only where there are problems, since it takes time to load

    groups: dict[tuple[str, ...], list[Problem]] = {}
    for problem in problems:
        text = _kind(_without_subject(problem.problem))
        groups.setdefault((problem.severity, text, _kind(problem.remedy), remedy_for(problem)), []).append(problem)
    found = [Group(tuple(group), fix) for (*_, fix), group in groups.items()]
    return sorted(found, key=lambda group: (group.problems[0].severity, -len(group.first), group.problems[0].sort_key))


def problem_lines(
    problems: Sequence[Problem], label: str = "", *, fix: str = "", is_verbose: bool = False
) -> Iterator[str]:
    """Yield a paragraph for each problem that is in many files, then a line for each other, with `label` before them.

    `fix` is the command that can fix some, but for the option. If `is_verbose`, each problem has a line.
    """
    groups = [] if is_verbose or not problems else [group for group in grouped(problems) if group.is_wide]
    for group in groups:
        yield label + "\n    ".join(_paragraph(group, fix))
    in_groups = {problem for group in groups for problem in group.problems}
    for problem in problems:
        if problem not in in_groups:
            yield f"{label}{problem}"


def number_fixable(problems: Iterable[Problem]) -> int:
    """Return how many problems have a remedy that may need no judgement."""
    from dateline.commands.remedies import remedy_for

    return sum(bool(remedy_for(problem)) for problem in problems)


def problem_as_json(problem: Problem) -> dict[str, Any]:
    """Return a problem for programs to read."""
    return {"path": problem.path, "line": problem.line, "problem": problem.problem, "remedy": problem.remedy}


def groups_as_json(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Return the kinds of problems for programs to read."""
    return [
        {
            "severity": group.problems[0].severity,
            "problem": _common([problem.problem for problem in group.problems]),
            "remedy": _common([problem.remedy for problem in group.problems]),
            "count": len(group.problems),
            "files": len(group.first),
            "fix": group.fix or None,
            "first": [{"path": problem.path, "line": problem.line} for problem in group.first[:MAX_LISTED]],
        }
        for group in grouped(problems)
    ]


def _paragraph(group: Group, fix: str) -> Iterator[str]:
    """Yield how often and what, the first files, and how to fix all."""
    problems, first = group.problems, group.first
    files = counted(len(first), "post" if all(is_post_file(problem.path) for problem in first) else "file")
    number = files if len(problems) == len(first) else f"{len(problems):,} times in {files}"
    texts = [_without_subject(problem.problem) for problem in problems]
    remedy = _common([problem.remedy for problem in problems])
    yield printable(f"{number}: {_subjects(problems)}{_common(texts)}; {remedy}")
    same = len(set(texts)) == 1
    listed = first if len(first) > MAX_LISTED else problems
    shown = ", ".join(problem.where + ("" if same else _value(problem)) for problem in listed[:MAX_LISTED])
    yield printable(f"{shown} and {len(listed) - MAX_LISTED:,} more")
    if fix and group.fix:
        yield f"Fix all: {fix} --fix {group.fix}"


def _subjects(problems: Iterable[Problem]) -> str:
    """Return what the problems are about, the most common first, each with its number if there are several."""
    subjects = Counter(match[1] for problem in problems if (match := _SUBJECT.match(problem.problem)))
    names = [name if len(subjects) == 1 else f"{name} ({number:,})" for name, number in subjects.most_common()]
    more = f" and {len(names) - MAX_LISTED:,} more" if len(names) > MAX_LISTED else ""
    return ", ".join(names[:MAX_LISTED]) + more + ": " if names else ""


def _without_subject(text: str) -> str:
    return _SUBJECT.sub("", text, count=1)


def _kind(text: str) -> str:
    return _SEVERAL.sub("…", _PART.sub("…", text))


def _common(texts: Sequence[str]) -> str:
    """Return a text that differs only in parts, with an ellipsis in place of each part that does."""
    values = zip(*([match[0] for match in _PART.finditer(text)] for text in texts), strict=False)
    same = iter([len(set(found)) == 1 for found in values])
    return _SEVERAL.sub("…", _PART.sub(lambda match: match[0] if next(same, False) else "…", texts[0]))


def _value(problem: Problem) -> str:
    """Return the first value that a problem quotes."""
    found = next((match["quoted"] for match in _PART.finditer(problem.problem) if match["quoted"]), "")
    return f" ({found if len(found) <= _LONGEST_VALUE else found[: _LONGEST_VALUE - 1] + '…'})" if found else ""
