"""Report what an import did, as text and as JSON. Nothing here prints."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dateline.errors import openable, printable
from dateline.importer.matching import KNOWN
from dateline.messages.adopt import settings_lines
from dateline.messages.problems import problem_as_json, problem_lines
from dateline.text import counted, joined

if TYPE_CHECKING:
    from dateline.errors import Problem
    from dateline.importer.steps import Step
    from dateline.sites.import_site import Report
    from dateline.sites.target import FileChanges

_FILES = {
    "added": "new",
    "renewed": "renewed",
    "same": "as before",
    "edited": "left alone, as edited since the last import",
    "deleted": "not written again, as deleted since the last import",
    "gone": "no longer in the source, but kept here",
}
_NAMED = ("edited", "deleted", "gone")  # files of these kinds are named


def import_lines(report: "Report", posts: Path, *, dry_run: bool, is_verbose: bool = False) -> Iterator[str]:
    """Yield what was imported and converted, what is left to do by hand, and what to do next."""
    verb = "Would import" if dry_run else "Imported"
    drafts = f" ({counted(report.drafts, 'draft')} among them)" if report.drafts else ""
    media = f", and {counted(len(report.media), 'media file')}" if report.media else ""
    yield f"{verb} {report.label} to {printable(str(posts))}: {counted(len(report.posts), 'post')}{drafts}{media}."
    yield from _file_lines(report.files, posts)
    if report.converted:
        shown = (f"{printable(name)} ({number:,})" for name, number in report.converted.most_common())
        yield f"Converted: {', '.join(shown)}."
    yield from _id_lines(report.adoption.steps, report.feeds)
    if report.adoption.settings:
        yield "Added to feed.toml, so that dates, addresses and ids stay as subscribers know them:"
        yield from (f"  {line}" for line in settings_lines(report.adoption.settings))
    yield from (printable(note[0].upper() + note[1:]) + "." for note in report.adoption.notes)
    if report.pages:
        yield f"Pages are not imported yet: {joined(report.pages)}."
    problems = [problem.below(posts) for problem in (*report.problems, *report.adoption.refused, *report.left)]
    if problems:
        yield "Left for you:"
        yield from problem_lines(problems, "  ", is_verbose=is_verbose)


def _file_lines(files: "FileChanges", posts: Path) -> Iterator[str]:
    """Yield what became of the files, unless all are new."""
    if len(files.added) == sum(map(len, files)):
        return
    numbers = ((len(paths), _FILES[kind]) for kind, paths in files._asdict().items() if kind not in _NAMED)
    yield f"Files: {', '.join(f'{number:,} {words}' for number, words in numbers if number)}."
    for kind in _NAMED:
        if paths := getattr(files, kind):
            yield f"{counted(len(paths), 'file')} {_FILES[kind]}: {joined([openable(posts, path) for path in paths])}."


def _id_lines(steps: "Sequence[Step]", feeds: Sequence[str]) -> Iterator[str]:
    """Yield where the ids of posts come from, and which entries of feeds have no post."""
    in_feed = sum(bool(step.post) and step.pairs[0].reasons != (KNOWN,) for step in steps)
    own = sum("id" in step.written and step.pairs[0].reasons == (KNOWN,) for step in steps)
    if feeds:
        yield f"Ids of posts: {in_feed:,} as in {joined(feeds)}, {own:,} as the generator writes them in feeds."
    elif own:
        yield f"No old feed was found: {counted(own, 'id')} as the generator writes them in feeds."
    lost = [step for step in steps if not step.post and step.status != "refused"]
    if lost:
        names = joined([step.item.name for step in lost])
        yield f"{counted(len(lost), 'entry', 'entries')} of the old feed without a post: {names}."


def import_as_json(report: "Report", posts: Path, *, dry_run: bool) -> dict[str, Any]:
    """Return what was imported, for programs to read."""

    def as_json(problems: "Sequence[Problem]") -> list[dict[str, Any]]:
        return [problem_as_json(problem.below(posts)) for problem in problems]

    settings = {f"{table}.{key}" if table else key: value for table, key, value, _ in report.adoption.settings}
    return {
        "dry_run": dry_run,
        "from": report.kind,
        "posts": [openable(posts, path) for path in report.posts],
        "drafts": report.drafts,
        "media": [openable(posts, path) for path in report.media],
        "pages": report.pages,
        "converted": dict(report.converted.most_common()),
        "template_code": as_json(report.left),
        "refused": as_json(report.adoption.refused),
        "problems": as_json(report.problems),
        "feeds": [*report.feeds],
        "settings": settings,
        "notes": report.adoption.notes,
        "files": {kind: [openable(posts, path) for path in paths] for kind, paths in report.files._asdict().items()},
    }
