"""What moving in has to say, in words and as JSON. Nothing here prints."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dateline.errors import openable, printable
from dateline.importer.matching import plain_title
from dateline.text import Style, unstyled

if TYPE_CHECKING:
    from dateline.importer.adopt import Adoption, Step
    from dateline.importer.matching import Match

_WIDTH = 40  # of titles, in a table
_COLOURS = {"written": "green", "created": "green", "in doubt": "yellow", "another id": "yellow", "refused": "red"}
# How a sentence counts entries by what they came to.
_COUNTED = {
    "written": "written",
    "created": "created",
    "there already": "there already",
    "in doubt": "in doubt",
    "another id": "with another id in the post",
    "no post": "without a post",
    "no id": "without an id or an address",
    "refused": "refused",
}
_ADVICE = {
    "in doubt": "To decide on those in doubt, call this with --interactive, or write id: into the post yourself.",
    "no post": "To have a draft of each without a post, call this with --create.",
}


def adoption_lines(adoption: "Adoption", posts: Path, *, dry_run: bool, style: Style = unstyled) -> Iterator[str]:
    """What became of each entry: a line, and under it what else there is to know; then all in sentences."""
    rows = [(_title(step), _status(step, dry_run), _post(step, posts)) for step in adoption.steps]
    width, wide = (max((len(row[column]) for row in rows), default=0) for column in (0, 1))
    for (title, told, post), step in zip(rows, adoption.steps, strict=True):
        shown = style(told, _COLOURS.get(step.status, ""))
        yield f"{title:<{width}}  {shown}{' ' * (wide - len(told))}  {post}".rstrip()
        for line in _more(step, posts):
            yield f"{'':<{width}}  {line}"
    yield from _sentences(adoption, dry_run)


def _title(step: "Step") -> str:
    title = printable(" ".join((plain_title(step.item.title) or step.item.url or step.item.id).split()))
    return title if len(title) <= _WIDTH else title[: _WIDTH - 1] + "…"


def _status(step: "Step", dry_run: bool) -> str:
    if step.status not in ("written", "created"):
        return step.status
    what = ", ".join(step.written) if step.status == "written" else "draft"
    return f"{what} {'would be ' if dry_run else ''}{step.status}"


def _post(step: "Step", posts: Path) -> str:
    if step.post is None:
        return ""
    path = printable(openable(posts, step.post.path))
    return f"{path} ({', '.join(step.pairs[0].reasons)})" if step.pairs else path


def _more(step: "Step", posts: Path) -> Iterator[str]:
    if step.post is None:
        for pair in step.pairs:
            yield f"perhaps {printable(openable(posts, pair.path))} ({', '.join(pair.reasons)})"
    yield from map(printable, step.notes)


def _sentences(adoption: "Adoption", dry_run: bool) -> Iterator[str]:
    counts = {status: sum(step.status == status for step in adoption.steps) for status in _COUNTED}
    would = "would be " if dry_run else ""
    told = [
        f"{count:,} {would if status in ('written', 'created') else ''}{_COUNTED[status]}"
        for status, count in counts.items()
        if count
    ]
    number = len(adoption.steps)
    yield f"{number:,} {'entry' if number == 1 else 'entries'}{': ' if told else ''}{', '.join(told)}."
    for note in adoption.notes:
        yield printable(note[0].upper() + note[1:]) + "."
    yield from (advice for status, advice in _ADVICE.items() if counts[status])


def adoption_as_json(adoption: "Adoption", posts: Path, dry_run: bool) -> dict[str, Any]:
    """What became of each entry, for programs to read."""
    return {
        "dry_run": dry_run,
        "entries": [
            {
                "id": step.item.id,
                "title": step.item.title,
                "url": step.item.url,
                "status": step.status,
                "post": openable(posts, step.post.path) if step.post else None,
                "reasons": list(step.pairs[0].reasons) if step.post and step.pairs else [],
                "candidates": [
                    {"post": openable(posts, pair.path), "reasons": list(pair.reasons)} for pair in step.pairs
                ]
                if step.post is None
                else [],
                "written": dict(step.written),
                "notes": list(step.notes),
            }
            for step in adoption.steps
        ],
        "notes": adoption.notes,
    }


def question_lines(match: "Match", posts: Path) -> Iterator[str]:
    """An entry in doubt, and the posts that it may be, by numbers."""
    item = match.item
    moment = item.published or item.updated
    about = ", ".join(filter(None, (f"{moment:%Y-%m-%d}" if moment else "", item.url)))
    yield printable(f"{item.title or item.id} ({about})")
    for number, pair in enumerate(match.pairs, 1):
        yield printable(f"  {number}  {openable(posts, pair.path)} ({', '.join(pair.reasons)})")
    yield "  0  none of these"
