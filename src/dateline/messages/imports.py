"""Report what an import did, as text and as JSON. Nothing here prints."""

import os
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dateline.errors import openable, printable
from dateline.importer.matching import KNOWN
from dateline.messages.adopt import settings_lines
from dateline.messages.problems import problem_as_json, problem_lines
from dateline.options import command_line
from dateline.sites.registry import WITHOUT_FEEDS
from dateline.text import counted, joined

if TYPE_CHECKING:
    from dateline.errors import Problem
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
    yield f"{verb} {report.label} to {printable(str(posts))}: {_found(report)}."
    yield from _file_lines(report.files, posts)
    if report.converted:
        shown = (f"{printable(name)} ({number:,})" for name, number in report.converted.most_common())
        yield f"Converted: {', '.join(shown)}."
    yield from _id_lines(report)
    yield from _lost_lines(report, posts)
    yield from _settings_lines(report)
    yield from (printable(note[0].upper() + note[1:]) + "." for note in report.adoption.notes)
    if report.other_pages:
        yield f"Pages that are not imported, such as home pages and lists: {joined(report.other_pages)}."
    for heading, problems in (
        ("Fix these first, since a build refuses them:", report.adoption.refused),
        ("Left for you:", (*report.problems, *report.left)),
    ):
        if problems:
            yield heading
            yield from problem_lines([problem.below(posts) for problem in problems], "  ", is_verbose=is_verbose)
    yield from _next_lines(report, posts, dry_run=dry_run)


def _found(report: "Report") -> str:
    """Return how many posts, pages and media files there are."""
    others = ((report.pages, "page"), (report.media, "media file"))
    *found, last = [
        f"{counted(len(report.posts), 'post')}{_drafts(report)}",
        *(counted(len(paths), name) for paths, name in others if paths),
    ]
    return f"{', '.join(found)}, and {last}" if found else last


def _settings_lines(report: "Report") -> Iterator[str]:
    """Yield what feed.toml says to keep addresses, dates and ids, and how many posts keep theirs by themselves."""
    if report.slugs:
        names = [f"{name} ({slug})" for (_, name), slug in report.slugs.items()]
        yield f"Tags or authors that would share a feed have addresses of their own in feed.toml: {joined(names)}."
    if report.adoption.settings:
        yield "Added to feed.toml, so that dates, addresses and ids stay as subscribers know them:"
        yield from (f"  {line}" for line in settings_lines(report.adoption.settings))
    if written := sum(not step.written.keys().isdisjoint(("slug", "url")) for step in report.adoption.steps):
        yield f"Addresses that do not follow from permalink are kept by slug: or url: in {counted(written, 'post')}."


def _drafts(report: "Report") -> str:
    if report.drafts == len(report.posts):
        return ", a draft" if report.drafts == 1 else ", all drafts"
    return f" ({counted(report.drafts, 'draft')} among them)" if report.drafts else ""


def _next_lines(report: "Report", posts: Path, *, dry_run: bool) -> Iterator[str]:
    """Yield what to do next."""
    if dry_run:
        yield "Nothing was written. To import, run the same command without --dry-run."
        return
    if report.drafts == len(report.posts):
        yield f"Look at it with: {command_line('preview', posts, '--drafts')}"
        build = command_line("build", posts)
        yield f"Drafts are not published. Where all is well, remove draft: true, then publish: {build}"
        return
    yield f"Now see what is left to fix with: {command_line('check', posts)}"
    yield f"Look at it with: {command_line('preview', posts)}"
    for feed in report.feeds[:1]:
        if "://" in feed or os.path.exists(feed):
            diff = command_line("diff", posts, "--against", shlex.quote(feed))
            yield f"See what subscribers would notice with: {diff}"
    yield f"Once check finds no errors, publish it with: {command_line('build', posts)}"


def _file_lines(files: "FileChanges", posts: Path) -> Iterator[str]:
    """Yield what became of the files, unless all are new."""
    if len(files.added) == sum(map(len, files)):
        return
    numbers = ((len(paths), _FILES[kind]) for kind, paths in files._asdict().items() if kind not in _NAMED)
    yield f"Files: {', '.join(f'{number:,} {words}' for number, words in numbers if number)}."
    for kind in _NAMED:
        if paths := getattr(files, kind):
            yield f"{counted(len(paths), 'file')} {_FILES[kind]}: {joined([openable(posts, path) for path in paths])}."


def _id_lines(report: "Report") -> Iterator[str]:
    """Yield where the ids of posts come from."""
    steps, feeds = report.adoption.steps, report.feeds
    in_feed = sum(bool(step.post) and step.pairs[0].reasons != (KNOWN,) for step in steps)
    own = sum("id" in step.written and step.pairs[0].reasons == (KNOWN,) for step in steps)
    name = next((word for word in report.label.split() if word[0].isupper()), "the source")
    if feeds:
        others = f", {own:,} as {name} writes them" if own else ""
        yield f"Ids of posts: {in_feed:,} as in {joined(feeds)}{others}."
    elif own and report.kind not in WITHOUT_FEEDS:
        yield f"No old feed was found, so ids are those that {name} writes in feeds ({counted(own, 'post')})."
        yield "If yours has others, import again with --feed and its address, or a file."


def _lost_lines(report: "Report", posts: Path) -> Iterator[str]:
    """Yield which entries of feeds have no post, and how to get one."""
    lost = [step.item.name for step in report.adoption.steps if not step.post and step.status != "refused"]
    if lost:
        yield f"{counted(len(lost), 'entry', 'entries')} of the old feed without a post: {joined(lost)}."
        adopt = command_line(f"adopt {shlex.quote(report.feeds[0])}", posts, "--create")
        yield f"To get a draft of each, once all is imported: {adopt}"


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
        "pages": [openable(posts, path) for path in report.pages],
        "other_pages": report.other_pages,
        "converted": dict(report.converted.most_common()),
        "template_code": as_json(report.left),
        "refused": as_json(report.adoption.refused),
        "problems": as_json(report.problems),
        "feeds": [*report.feeds],
        "settings": settings,
        "slugs": {f"{table}.{name}": slug for (table, name), slug in report.slugs.items()},
        "notes": report.adoption.notes,
        "files": {kind: [openable(posts, path) for path in paths] for kind, paths in report.files._asdict().items()},
    }
