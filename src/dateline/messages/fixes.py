"""Report what `check --fix` changes, as text and as JSON. Nothing here prints."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dateline.errors import openable, printable
from dateline.lazy_patterns import lazy_pattern
from dateline.text import Style, counted, joined

if TYPE_CHECKING:
    from dateline.commands.fix import Edit, Fixes

_BREAK = lazy_pattern(r"\r\n|\r|\n")


def edit_lines(edit: "Edit", posts: Path, style: Style) -> Iterator[str]:
    """Yield a unified diff of a file, with the changed lines alone."""
    path = printable(openable(posts, edit.path))
    yield f"--- {path}"
    yield f"+++ {path}"
    for number, before, after in _changed_lines(edit):
        yield f"@@ -{number} @@"
        if before is not None:
            yield style(printable(f"-{before}"), "red")
        if after is not None:
            yield style(printable(f"+{after}"), "green")


def _changed_lines(edit: "Edit") -> Iterator[tuple[int, str | None, str | None]]:
    """Yield each line that is replaced, removed or added, with its number, as it was and as it is."""
    before, after = _BREAK.split(edit.before), _BREAK.split(edit.after)
    if len(before) >= len(after):
        yield from _replaced_lines(before, after)
    else:
        yield from ((number, old, new) for number, new, old in _replaced_lines(after, before))


def _replaced_lines(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[int, str, str | None]]:
    """Yield each line that is replaced, or removed, with its number and what replaces it. No lines are added."""
    removed = len(before) - len(after)
    shift = 0
    for number, line in enumerate(before):
        new = after[number - shift] if number - shift < len(after) else None
        if line == new:
            continue
        if removed > shift and (new is None or new[:2] != line[:2]):
            shift += 1
            new = None
        yield number + 1, line, new


def fixes_lines(fixes: "Fixes", *, is_rehearsal: bool) -> Iterator[str]:
    """Yield how many files were changed by which remedies, and where problems of these kinds need judgement."""
    counts = Counter(name for edit in fixes.edits for name in edit.remedies)
    shown = ", ".join(f"{name} ({number:,})" for name, number in counts.most_common())
    files = counted(len({edit.path for edit in fixes.edits}), "file")
    verb = "Would fix" if is_rehearsal else "Fixed"
    more = " More may be found then." if is_rehearsal else ""
    yield f"{verb} {files}: {shown}.{more}" if counts else "Nothing to fix."
    if places := dict.fromkeys(problem.where for problem in fixes.left):
        yield f"Not fixed, as it needs judgement: {joined([*places])}."


def fixes_as_json(edits: "Sequence[Edit]", posts: Path) -> list[dict[str, Any]]:
    """Return the changed files for programs to read."""
    return [
        {
            "path": openable(posts, edit.path),
            "fixes": [*edit.remedies],
            "lines": [
                {"line": number, "before": before, "after": after} for number, before, after in _changed_lines(edit)
            ],
        }
        for edit in edits
    ]
