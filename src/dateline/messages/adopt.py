"""Report what adopt did, as text and as JSON. Nothing here prints."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dateline.content.edit_settings import format_value
from dateline.errors import openable, printable
from dateline.importer.matching import moment_of, plain_title
from dateline.messages.problems import problem_as_json, problem_lines
from dateline.text import Style, counted, unstyled

if TYPE_CHECKING:
    from dateline.importer.adopt import Adoption
    from dateline.importer.matching import Match, Pair
    from dateline.importer.settings import Setting
    from dateline.importer.steps import Status, Step

_MAX_TITLE = 40
# The colour of each status, and the words in which the last line counts it.
_STATUSES: "dict[Status, tuple[str, str]]" = {
    "written": ("green", "written"),
    "created": ("green", "created"),
    "there already": ("", "there already"),
    "in doubt": ("yellow", "in doubt"),
    "another id": ("yellow", "with another id in the post"),
    "no post": ("", "without a post"),
    "no id": ("", "without an id or an address"),
    "refused": ("red", "refused"),
}
_CHANGING = ("written", "created")
_ADVICE: "dict[Status, str]" = {
    "in doubt": "To decide on entries in doubt, use --interactive, or write id: into the posts yourself.",
    "no post": "To get a draft for each entry without a post, use --create.",
}


def adoption_lines(adoption: "Adoption", posts: Path, *, dry_run: bool, style: Style = unstyled) -> Iterator[str]:
    """Yield a line for each entry, with notes on it indented below, then a summary, and what is left to do."""
    would_be = "would be " if dry_run else ""
    yield from _entry_lines(adoption.steps, posts, would_be, style)
    yield _summary(adoption.steps, would_be)
    yield from (printable(note[0].upper() + note[1:]) + "." for note in adoption.notes)
    if adoption.refused:
        yield "These posts cannot be read, so they were left alone:"
        yield from problem_lines([problem.below(posts) for problem in adoption.refused], "  ")
    if adoption.settings:
        verb = f"These settings {would_be or 'were '}written to feed.toml" if adoption.accepted else "Set in feed.toml"
        yield f"{verb}, so that dates, addresses and ids stay as subscribers know them:"
        yield from (f"  {line}" for line in settings_lines(adoption.settings))
    yield from _advice(adoption)
    if adoption.goes_live:
        yield f"live = false {would_be or 'was '}removed from feed.toml, since people are subscribed."


def _entry_lines(steps: "Sequence[Step]", posts: Path, would_be: str, style: Style) -> Iterator[str]:
    rows = [(_title(step), _result(step, would_be), step) for step in steps]
    width, result_width = (max((len(row[column]) for row in rows), default=0) for column in (0, 1))
    for title, result, step in rows:
        padding = " " * (result_width - len(result))
        post, notes = _post_and_notes(step, posts)
        yield f"{title:<{width}}  {style(result, _STATUSES[step.status][0])}{padding}  {post}".rstrip()
        yield from (f"{'':<{width}}  {line}" for line in notes)


def _advice(adoption: "Adoption") -> Iterator[str]:
    statuses = {step.status for step in adoption.steps}
    yield from (advice for status, advice in _ADVICE.items() if status in statuses)
    if adoption.settings and not adoption.accepted:
        yield "To have these settings written, use --settings."


def settings_lines(settings: "Sequence[Setting]") -> Iterator[str]:
    """Yield settings as lines of feed.toml, each with the reason as a comment."""
    table, lines = "", [f"{setting.key} = {format_value(setting.value)}" for setting in settings]
    width = max(map(len, lines))
    for setting, line in zip(settings, lines, strict=True):
        if setting.table != table:
            table = setting.table
            yield f"[{table}]"
        yield printable(f"{line:<{width}}  # {setting.reason}")


def _summary(steps: "Sequence[Step]", would_be: str) -> str:
    numbers = Counter(step.status for step in steps)
    counts = [
        f"{numbers[status]:,} {would_be if status in _CHANGING else ''}{words}"
        for status, (_, words) in _STATUSES.items()
        if numbers[status]
    ]
    entries = counted(len(steps), "entry", "entries")
    return f"{entries}: {', '.join(counts)}." if counts else f"{entries}."


def _post_and_notes(step: "Step", posts: Path) -> tuple[str, list[str]]:
    """Return the post of an entry, empty if there is none, and the lines below: the posts that it may be, and notes."""
    pairs, notes = _pair_lines(step.pairs, posts), [printable(note) for note in step.notes]
    if step.post is None:
        return "", [*(f"perhaps {pair}" for pair in pairs), *notes]
    return pairs[0] if pairs else printable(openable(posts, step.post.path)), notes


def _title(step: "Step") -> str:
    title = printable(" ".join((plain_title(step.item.title) or step.item.name).split()))
    return title if len(title) <= _MAX_TITLE else title[: _MAX_TITLE - 1] + "…"


def _result(step: "Step", would_be: str) -> str:
    if step.status not in _CHANGING:
        return step.status
    what = ", ".join(step.written) if step.status == "written" else "draft"
    return f"{what} {would_be}{step.status}"


def _pair_lines(pairs: "Sequence[Pair]", posts: Path) -> list[str]:
    return [printable(f"{openable(posts, path)} ({', '.join(reasons)})") for path, reasons in pairs]


def adoption_as_json(adoption: "Adoption", posts: Path, dry_run: bool) -> dict[str, Any]:
    """Return what became of each entry, for programs to read."""
    entries = [_step_as_json(step, posts) for step in adoption.steps]
    settings = {f"{table}.{key}" if table else key: value for table, key, value, _ in adoption.settings}
    return {
        "dry_run": dry_run,
        "entries": entries,
        "settings": settings,
        "settings_written": adoption.accepted,
        "goes_live": adoption.goes_live,
        "refused": [problem_as_json(problem.below(posts)) for problem in adoption.refused],
        "notes": adoption.notes,
    }


def _step_as_json(step: "Step", posts: Path) -> dict[str, Any]:
    candidates = [{"post": openable(posts, path), "reasons": list(reasons)} for path, reasons in step.pairs]
    return {
        "id": step.item.id,
        "title": step.item.title,
        "url": step.item.url,
        "status": step.status,
        "post": openable(posts, step.post.path) if step.post else None,
        "reasons": list(step.pairs[0].reasons) if step.post and step.pairs else [],
        "candidates": [] if step.post else candidates,
        "written": dict(step.written),
        "notes": list(step.notes),
    }


def question_lines(match: "Match", posts: Path) -> Iterator[str]:
    """Yield a question about an entry in doubt: which of the posts, by number, it is."""
    moment = moment_of(match.item)
    about = ", ".join(filter(None, (f"{moment:%Y-%m-%d}" if moment else "", match.item.url)))
    yield printable(f"{match.item.name} ({about})")
    yield from (f"  {number}  {line}" for number, line in enumerate(_pair_lines(match.pairs, posts), 1))
    yield "  0  none of these"
