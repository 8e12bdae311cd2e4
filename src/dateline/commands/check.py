"""Report what to fix before publishing, and what an editor would want to know, without writing anything."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from dateline.building import BuildContext
from dateline.building.entries import MOST_ERRORS, render_posts, resolve_rendering
from dateline.building.folders import cache_for, with_output
from dateline.building.index import PostChangedError
from dateline.building.labels import free_slugs, read_labels
from dateline.cache.database import Cache, open_cache, open_copy
from dateline.cache.serialize import PostRow
from dateline.cache.sqlite import CacheError
from dateline.commands.dead_links import DeadLinks
from dateline.commands.file_checks import Found, characters
from dateline.commands.post_checks import ENTRY_CHECKS, POST_CHECKS, CheckedPost
from dateline.commands.settings_checks import check_settings
from dateline.content.dates import AFTER_ALL_POSTS, read_now
from dateline.content.ids import label_key
from dateline.content.key_values import Fields
from dateline.content.posts import parse_post
from dateline.content.scan import scan
from dateline.content.source import load_settings, read
from dateline.errors import BuildError, PostError, Problem, openable, quoted
from dateline.model import Post, Rendering
from dateline.options import BuildOptions, Progress
from dateline.parallel import Jobs, cores, open_jobs
from dateline.paths import OLD_CACHE
from dateline.pipeline import rehearse
from dateline.render import beginning

_NOTHING = Rendering("", (), "", ())


class Findings(NamedTuple):
    """Errors, for which a build would write nothing, and remarks, which are warnings, of a number of posts.

    They are in the order of paths and lines, and their paths can be opened. `slugs` are those with which no two tags,
    and no two authors, would share a feed.
    """

    errors: tuple[Problem, ...]
    remarks: tuple[Problem, ...]
    posts: int
    slugs: tuple[tuple[str, str, str], ...] = ()


def check(options: BuildOptions, progress: Progress) -> Findings:
    """Do all that a build does except writing, and check drafts and scheduled posts too.

    What is wrong with those is a remark. Raises SettingsError and OutputError.
    """
    publication, _ = load_settings(Path(options.posts))  # an error here comes before any error of the cache
    options = with_output(options, publication.output)
    paths = cache_for(options)
    with open_jobs(options.jobs or cores()) as jobs:
        with suppress(CacheError):  # there is none, or it is damaged
            if paths:
                with open_copy(paths) as cache:
                    return _check(options, cache, jobs, progress)
        with open_cache(None) as cache:
            return _check(options, cache, jobs, progress)


def _check(options: BuildOptions, cache: Cache, jobs: Jobs, progress: Progress) -> Findings:
    folder = Path(options.posts)
    publication, fields = load_settings(folder)
    now = read_now(options.now, publication.timezone, publication.default_time)
    errors, notes = rehearse(options, cache, jobs, progress)
    found = scan(folder, publication.output)
    context = BuildContext(cache, folder, publication, now, jobs, broken=frozenset(error.path for error in errors))
    problems = [*errors, *_warnings(notes), *found.ignored]
    problems += _remarks(fields, chain(check_settings(folder, publication, fields), characters(folder, fields)))
    if os.path.lexists(folder / OLD_CACHE):
        problems.append(Problem(OLD_CACHE, None, "the cache of an older version, no longer used", "delete it"))
    rows, dead_links = cache.posts.all(), DeadLinks(context)
    try:
        problems += _remarks(fields, dead_links.in_menu())
        for done, (row, rendering, _) in enumerate(render_posts(context, [row.number for row in rows])):
            progress("checking", done, len(rows))
            problems += _check_post(context, row, rendering, dead_links)
    except PostChangedError as error:
        problems.append(error.problem)
    if jobs.note:
        problems.append(jobs.note)
    problems += _shared_values(folder, [row.post for row in rows], now)
    at_last, output = context._replace(now=AFTER_ALL_POSTS), Path(options.output or "")
    problems += _warnings(problem for problem in read_labels(at_last, output)[1] if problem not in errors)
    return _findings(problems, found.number, folder)._replace(slugs=tuple(free_slugs(at_last, output)))


def check_one(context: BuildContext, path: str) -> Findings:
    """Check one post of a cache that is up to date."""
    everything = context.cache.posts.all()
    rows = [row for row in everything if row.post.path == path]
    shared = _shared_values(context.folder, [row.post for row in everything], context.now)
    problems = [problem for problem in shared if problem.path == path]
    for row, rendering, _ in render_posts(context, [row.number for row in rows]):
        problems += _check_post(context, row, rendering, DeadLinks(context))
    return _findings(problems, len(rows), context.folder)


def _findings(problems: Iterable[Problem], posts: int, folder: Path) -> Findings:
    shown = [problem.below(folder) for problem in sorted(problems, key=lambda problem: problem.sort_key)]
    # The rehearsal of a build reports some errors that the check of a post finds again.
    errors = dict.fromkeys(problem for problem in shown if problem.severity == "error")
    return Findings(tuple(errors), tuple(problem for problem in shown if problem.severity == "warning"), posts)


def _warnings(problems: Iterable[Problem]) -> list[Problem]:
    return [problem._replace(severity="warning") for problem in problems]


def _check_post(
    context: BuildContext, row: PostRow, rendering: Rendering | PostError, dead_links: DeadLinks
) -> list[Problem]:
    post = row.post
    source = read(context.folder, post.path)[0]
    _, fields = parse_post(source, context.publication, beginning)
    if fields.errors:  # something else is in place of what is wrong, and would cause odd remarks
        return []
    rendered = _NOTHING if isinstance(rendering, PostError) else rendering
    checked = CheckedPost(post, source, fields, context.publication, rendered, dead_links)
    codes = [name for name in rendered.dropped if name.startswith("U+")]
    found = chain.from_iterable(_first_few(check(checked)) for check in POST_CHECKS)
    remarks = [problem for problem in fields.problems if problem.severity == "warning"]
    remarks += _remarks(fields, chain(characters(context.folder, fields, codes), found))
    try:
        entry, links = resolve_rendering(context, row, rendering)
    except BuildError as refused:
        is_published = not post.kept_out and post.due <= context.now
        return [*remarks, *(refused.problems if is_published else _warnings(refused.problems))]
    for check_entry in ENTRY_CHECKS:
        remarks += _remarks(fields, _first_few(check_entry(checked._replace(links=links), entry)))
    return remarks


def _remarks(fields: Fields, found: Found) -> list[Problem]:
    remarks = []
    for where, problem, remedy in found:
        if isinstance(where, str):
            where, problem = fields.line(where), f"{where}: {problem}"
        remarks.append(Problem(fields.path, where, problem, remedy))
    return remarks


def _first_few(found: Found) -> Found:
    """Yield the first few remarks of one kind, since finding the line of each takes time."""
    yield from islice(found, MOST_ERRORS)
    if next(found, None):
        yield None, "text: more remarks than are listed", "fix the listed ones first"


def _shared_values(folder: Path, posts: Iterable[Post], now: datetime) -> Iterator[Problem]:
    """Report tags that differ only in a space or hyphen, and posts of the same second, among published posts."""
    spelling: dict[str, tuple[str, str]] = {}
    moments: dict[datetime, str] = {}
    published = [post for post in posts if not post.kept_out and post.due <= now]
    for post in sorted(published, key=lambda post: (post.published, post.path)):
        for tag in post.tags:
            first, path = spelling.setdefault(label_key(tag).replace("-", ""), (tag, post.path))
            if label_key(first) != label_key(tag):
                problem = f"tags: {quoted(tag)} is not the same tag as {quoted(first)} in {openable(folder, path)}"
                yield Problem(post.path, None, problem, "choose one spelling")
    for post in (post for post in published if post.in_feeds):
        other = moments.setdefault(post.updated, post.path)
        if other != post.path:
            problem = f"date: the same second as {openable(folder, other)}, so the W3C validator warns"
            yield Problem(post.path, None, problem, "change one a little")
