"""Report what subscribers will see, as text and as JSON. Nothing here prints."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dateline.comparison.changes import KINDS, Change, ChangeReport, Kind, fill
from dateline.errors import printable
from dateline.formats.items import Item
from dateline.options import command_line
from dateline.text import counted

if TYPE_CHECKING:
    from dateline.commands.pin import Pinned

_ROWS = 20  # of one kind, in a table
NOT_LIVE = "Not live yet, says feed.toml"


def surprise_lines(report: ChangeReport, posts: Path, *, with_advice: bool = True) -> Iterator[str]:
    """Yield what each kind of surprise is, how to prevent it, and what else is worth knowing: one line a kind."""
    for key, kind in KINDS.items():
        changes = report.of(key) if kind.is_surprise else ()
        if changes:
            # If the publication's id changed, put that back rather than write an id into every post.
            is_advised = with_advice and (key != "shown_again" or not report.of("publication"))
            more = (kind.advice, kind.background) if is_advised else ()
            texts = (*_explanations(kind, changes, posts), *(fill(text, changes, posts) for text in more if text))
            yield printable(" ".join(texts))


def _explanations(kind: Kind, changes: Sequence[Change], posts: Path) -> Iterator[str]:
    for intro, in_archive in (("", False), ("In the archive, which few readers read: ", True)):
        if found := [change for change in changes if change.in_archive == in_archive]:
            yield intro + fill(kind.explanation, found, posts)


def online_line(report: ChangeReport, posts: Path) -> str:
    """Return that a publication is online, although feed.toml says otherwise; empty if that is not known."""
    address = report.online_at
    return printable(f"{address} is online already; run {command_line('live', posts)}.") if address else ""


def table_rows(report: ChangeReport) -> Iterator[tuple[str, str, str]]:
    """Yield what subscribers would see, in the order of KINDS: the label of the kind, a colour, and the subject."""
    for key, kind in KINDS.items():
        changes, colour = report.of(key), "yellow" if kind.is_surprise else "green"
        for change in changes[:_ROWS]:
            parts = [kind.detail(change)]
            if change.in_archive:
                parts.append("in the archive" if change.now else "no longer in the archive")
            if change.post and change.post.path not in parts[0]:
                parts.append(change.post.path)
            subject = f"“{change.subject}”" if change.item else change.subject
            yield kind.label, colour, printable(": ".join(filter(None, (subject, "; ".join(filter(None, parts))))))
        if len(changes) > _ROWS:
            yield kind.label, colour, f"and {len(changes) - _ROWS:,} more; --json lists all"


def summary(report: ChangeReport, posts: Path) -> str:
    """Return how many surprises there are, and whether they stop a build."""
    if report.compared_with is None:
        return printable(report.unchecked)
    found = counted(len(report.surprises), "surprise") if report.surprises else "No surprises"
    text = f"{found} for subscribers, compared with {report.compared_with}. {report.unchecked}".rstrip()
    if report.surprises and not report.is_live:
        text += f" {NOT_LIVE}, so a build goes on."
    return printable(" ".join(filter(None, (text, online_line(report, posts)))))


def changes_as_json(report: ChangeReport) -> dict[str, Any]:
    """Return what subscribers would see: a list for each kind of change, empty if there is none."""
    found: dict[str, Any] = {kind: [_as_json(change) for change in report.of(kind)] for kind in KINDS}
    return {
        "compared_with": report.compared_with,
        "live": report.is_live,
        "online_at": report.online_at or None,
        "surprises": len(report.surprises),
        **found,
    }


def _as_json(change: Change) -> dict[str, Any]:
    item = change.item
    if item is None:
        field = {"field": change.subject} if change.kind == "feed_updated" else {}
        return {**field, "was": change.was, "now": change.now}
    was = change.was if isinstance(change.was, Item) else item
    more = {
        "published": change.now if isinstance(change.now, str) else _iso(item),
        "was_id": was.id if was.id != item.id else None,
        "was_published": _iso(was) if change.kind == "redated" else None,
        "fields": list(change.fields),
        "because": change.reason,
        "in_archive": change.in_archive,
        "path": change.post and change.post.path,
    }
    always = {"id": item.id, "title": item.title, "url": item.url}
    return always | {key: value for key, value in more.items() if value}


def _iso(item: Item) -> str | None:
    return item.published.isoformat() if item.published else None


def pinned_lines(pinned: "Pinned", *, is_rehearsal: bool) -> Iterator[str]:
    """Yield what was written into a post, or would be, and which address that cannot keep."""
    keys = ", ".join(f"{key}: {value}" for key, value in pinned.keys.items())
    yield printable(f"{pinned.path}: {'would get ' if is_rehearsal else ''}{keys}")
    if pinned.address:
        yield printable(f"{pinned.path}: no slug gives {pinned.address} again; add it to aliases:")
