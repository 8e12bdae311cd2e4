"""Report what was published, as text and as JSON, and ask whether to. Nothing here prints."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dateline.errors import printable
from dateline.messages.build import report_as_json, sentences
from dateline.messages.verify import verified_as_json, verified_lines
from dateline.options import command_line
from dateline.paths import SETTINGS_FILE
from dateline.text import Style, counted, unstyled

if TYPE_CHECKING:
    from dateline.commands.publish import Published
    from dateline.publish.model import Sent
    from dateline.publish.trust import Question

SURPRISED = "Nothing was published. If that is meant, publish with --accept."
INTERRUPTED = "Stopped. What was sent is there; to go on: dateline publish"
_LISTED = 5  # files that are named where they were sent


def ask_lines(question: "Question") -> Iterator[str]:
    """Yield what publishing would do, before the user is asked about it."""
    yield f"{printable(question.posts)} has not been published from here to this target before. Publishing would"
    yield f"  {printable(question.does)}"


def published_lines(
    done: "Published", posts: Path, *, dry_run: bool, is_quiet: bool, style: Style = unstyled
) -> Iterator[str]:
    """Yield what subscribers will see, what was sent where, and what the live site and the hub say of it.

    If that is to be quiet, only what is wrong with the site.
    """
    if is_quiet:
        if done.verified and done.verified.faults:
            yield from verified_lines(done.verified, "the live site", style)
        return
    yield from sentences(done.report, posts)
    yield from _sent(done.sent, done.target, dry_run=dry_run, style=style)
    for note in (*done.report.notes, *done.sent.notes, *done.notes):
        yield f"Note: {printable(note)}."
    if done.went_live:
        yield printable(f"Removed live = false from {posts / SETTINGS_FILE}: from now on, builds stop at surprises.")
    if done.verified:
        yield from verified_lines(done.verified, "the live site", style)
    yield from _pinged(done)


def _sent(sent: "Sent", target: str, *, dry_run: bool, style: Style) -> Iterator[str]:
    would = "would be " if dry_run else ""
    for paths, verb, colour in ((sent.written, "sent", "green"), (sent.removed, "removed", "yellow")):
        if dry_run or len(paths) <= _LISTED:
            yield from (f"{style(would + verb, colour)}  {printable(path)}" for path in paths)
    counts = {
        f"{counted(len(sent.written), 'file')} {would}sent, {sent.size:,} bytes": sent.written,
        f"{len(sent.removed):,} {would}removed": sent.removed,
        f"{sent.unchanged:,} unchanged": sent.unchanged,
    }
    done = ", ".join(text for text, is_any in counts.items() if is_any)
    yield printable(f"{target}: {done or 'nothing to send'}.")
    if sent.left:
        yield printable(f"Left alone, since somebody changed them there: {', '.join(sent.left)}.")


def _pinged(done: "Published") -> Iterator[str]:
    told = [pinged for pinged in done.pinged if pinged.ok]
    if told:
        yield f"Told the hub about {counted(len(told), 'feed')}."


def unpinged_line(done: "Published", posts: Path) -> str | None:
    """Return the error if the hub was not told about all feeds."""
    failed = [pinged for pinged in done.pinged if not pinged.ok]
    if not failed:
        return None
    what = failed[0].topic if len(failed) == 1 else f"{counted(len(failed), 'feed')}, like {failed[0].topic}"
    again = command_line("publish", posts, "--ping")
    return printable(f"the hub was not told about {what}: {failed[0].said}; to tell it later: {again}")


def published_as_json(done: "Published", *, dry_run: bool) -> dict[str, Any]:
    """Return what was published, for programs to read."""
    sent = done.sent
    return {
        "dry_run": dry_run,
        "target": done.target,
        "sent": list(sent.written),
        "removed": list(sent.removed),
        "unchanged": sent.unchanged,
        "bytes": sent.size,
        "left": list(sent.left),
        "went_live": done.went_live,
        "site": verified_as_json(done.verified) if done.verified else None,
        "hub": [pinged._asdict() for pinged in done.pinged],
        "notes": [*sent.notes, *done.notes],
        "build": report_as_json(done.report, dry_run=False),
    }
