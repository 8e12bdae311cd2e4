"""The pipeline, and the only place that wires the stages together.

posts/*.md ─▶ Source ─▶ Post ─▶ cache ─▶ entries ─▶ Feed ─▶ bytes ─▶ public/
"""

import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from dateline import output
from dateline.build import BuildContext, Progress, no_progress
from dateline.build.entries import PostChangedError, build_entries, invalidate_entries
from dateline.build.index import label_clashes, update_index
from dateline.build.outputs import feed_outputs, file_outputs, redirect_outputs, rss_image
from dateline.build.report import Report, make_report
from dateline.build.schedule import dates_in_future, nothing_published
from dateline.cache import directory
from dateline.cache.database import Cache, discard, open_cache
from dateline.cache.receipt import BuildStamp, build_stamp
from dateline.cache.sqlite import CacheError
from dateline.content.config import SETTINGS_FILE, read_settings
from dateline.content.dates import read_now, zone_file
from dateline.content.scan import CLOCK_TICK_NS, Scan, leads_inside, stamp_of
from dateline.content.source import read_settings_file
from dateline.content.urls import page_path
from dateline.diff.changes import ChangeReport, UnexpectedChangesError
from dateline.diff.context import DiffContext
from dateline.diff.forecast import forecast
from dateline.errors import BuildError, DatelineError, FeedError, OutputError, Problem, openable, reason_of
from dateline.feed_formats import FORMATS
from dateline.feeds import Selection, selections, to_show
from dateline.hashing import digest
from dateline.model import Publication
from dateline.options import BuildOptions
from dateline.output import Output, Plan
from dateline.pages.outputs import pages
from dateline.parallel import Jobs, cores, open_jobs
from dateline.paths import CACHE_VARIABLE, MANIFEST, CachePaths, cache_paths, temporary_name
from dateline.text import joined
from dateline.versions import versions

# No date of a post lies after this.
_WHEN_ALL_IS_OUT = datetime(2102, 1, 1, tzinfo=UTC)


def cache_for(options: BuildOptions) -> CachePaths | None:
    """Return the cache of a build; None where it is to do without, or has no place for one. Raises OutputError.

    A cache holds the text of drafts, so none is kept in the posts or the output, where it could be published. To name
    a folder there is an error.
    """
    if options.stage:
        return options.stage.cache
    paths = cache_paths(options.posts, options.cache_parent) if options.cache else None
    for what, folder in (("posts", options.posts), ("output", options.output)):
        if paths and leads_inside(paths.root, os.path.realpath(folder)):
            if not paths.option:
                return None
            problem = f"inside the {what} folder, and a cache holds the text of drafts"
            remedy = f"name another folder with --cache or {CACHE_VARIABLE}"
            raise OutputError(paths.option, None, problem, remedy)
    return paths


def build(options: BuildOptions, progress: Progress = no_progress) -> Report:
    """Publish a folder of posts.

    Raises BuildError, with all that has to be mended, or UnexpectedChangesError, with changes that would surprise
    subscribers. Has then written nothing. The paths of posts and settings, in all of these, are as they can be opened.
    """
    try:
        with output.interruptible(), open_jobs(options.jobs or cores()) as jobs:
            work = _begun(options, jobs, progress)
            _check_output(options)
            done = _with_cache(work)
            return done._replace(notes=(*done.notes, str(jobs.note))) if jobs.note else done
    except DatelineError as error:
        raise BuildError(problem.below(options.posts) for problem in error.problems) from None


class _Build(NamedTuple):
    """A build in progress: its options, and what was found out when it began."""

    options: BuildOptions
    posts: Path
    output: Path
    publication: Publication
    now: datetime
    started: int
    watched: dict[str, str]
    jobs: Jobs
    progress: Progress


def _begun(options: BuildOptions, jobs: Jobs, progress: Progress) -> _Build:
    started = options.scan.started if options.scan else time.time_ns()
    posts, output = Path(options.posts), Path(options.output)
    settings = stamp_of(posts / SETTINGS_FILE)
    publication, now = opened(options)
    rules = zone_file(publication.timezone)
    watched = {SETTINGS_FILE: settings, rules: stamp_of(rules)}
    return _Build(options, posts, output, publication, now, started, watched, jobs, progress)


def opened(options: BuildOptions) -> tuple[Publication, datetime]:
    """The publication, as it is to be built, and the present moment. Raises SettingsError."""
    publication, _ = read_settings(read_settings_file(Path(options.posts)))
    now = read_now(options.now, publication.timezone, publication.default_time)
    stage = options.stage
    if stage is None:
        return publication, now
    # A preview asks nothing of the web, and has no hub fetch what only this machine can.
    staged = publication._replace(
        url=stage.origin + urlsplit(publication.url).path,
        url_on_the_web=publication.url,
        drafts=stage.drafts,
        guard="output",
        hub=None,
    )
    return staged, _WHEN_ALL_IS_OUT if stage.drafts else now


class _Composed(NamedTuple):
    """Everything that goes into the output folder, and the stamps of what was looked at to know it.

    `notes` may become more while the tree is planned.
    """

    tree: list[Output]
    feeds: list[Selection]
    posts: dict[str, str]
    watched: dict[str, str]
    notes: list[Problem]


def _with_cache(work: _Build) -> Report:
    """Build with the cache on disk where one is wanted and can be used, else with one in memory."""
    options = work.options
    paths = cache_for(options)
    if not options.cache or (options.dry_run and not (paths and os.path.lexists(paths.database))):
        return _build(work, None)
    if paths is None:
        problem = "no cache is kept, since HOME names no folder outside the posts and the output"
        note = f"{problem}; to keep one, name a folder with --cache or {CACHE_VARIABLE}"
    else:
        try:
            return _build(work, paths)
        except CacheError as error:
            # It is disposable: what it would have saved is done again.
            discard(paths, error)
            note = f"the cache in {paths.folder} cannot be used ({error}), so this build did without it"
    done = _build(work, None)
    return done._replace(notes=(*done.notes, note))


def _build(work: _Build, paths: CachePaths | None) -> Report:
    options = work.options
    with ExitStack() as stack:
        cache = stack.enter_context(open_cache(paths, versions()))
        folder = digest(os.path.realpath(options.output))
        if not options.dry_run:
            # The lock is held from the first look at the posts: of two builds, the later one saw the later posts.
            beat = stack.enter_context(
                output.locked(work.output, partial(work.progress, "waiting for another build", 0, 1))
            )
            stack.enter_context(output.without_leftovers(work.output))
            work = work._replace(progress=_with_beat(work.progress, beat))
        composed = _compose(work, cache)
        known = cache.outputs.of(folder)
        staging = _staging(work, stack)
        # Before what is staged goes, whoever writes there has ended.
        stack.callback(work.jobs.stop)
        plan = output.plan(
            work.output, composed.tree, known, work.jobs, work.progress, staging, is_rehearsal=options.dry_run
        )
        left = tuple(_left(work, cache, plan))
        foreseen = _foresee(work, cache, composed, plan)
        if foreseen.surprises and not options.accept:
            raise UnexpectedChangesError(foreseen)
        notes = (
            *(str(note.below(options.posts)) for note in composed.notes),
            *left,
            *_on_abandoned(work.output, foreseen),
        )
        done = make_report(work.posts, plan, foreseen, cache, work.now)._replace(notes=notes)
        if options.dry_run:
            return done
        written = output.apply(work.output, plan)
        with suppress(CacheError):  # without this note, the next build compares bytes
            cache.outputs.keep(folder, written)
        return done._replace(stamp=_stamp(work, composed, written))


def _staging(work: _Build, stack: ExitStack) -> Path:
    """Where what differs is written: in the output folder, from where it can take its place, if it is to."""
    if work.options.dry_run:
        from tempfile import TemporaryDirectory

        return Path(stack.enter_context(TemporaryDirectory(prefix="dateline-")))
    return work.output / temporary_name()


def _with_beat(progress: Progress, beat: Callable[[], None]) -> Progress:
    """Report progress to those who wait for the output folder too."""

    def report(name: str, done: int, total: int) -> None:
        beat()
        progress(name, done, total)

    return report


def _left(work: _Build, cache: Cache, plan: Plan) -> Iterator[str]:
    """Notes on files that stay in the output though no build writes them any more.

    Raises BuildError where one of them is the page of a post that is hidden now.
    """
    folder = work.output
    if plan.problem:
        yield f"{folder / MANIFEST} {plan.problem}, so it was written anew"
    if not plan.left_alone:
        return
    home = work.publication.url
    hidden = {page_path(url.removeprefix(home)): path for path, url in cache.hidden_posts.pages(work.now)}
    problem = "the page of a post that must not be seen now ({}), changed by another program since it was written"
    errors = [
        OutputError(str(folder / path), None, problem.format(openable(work.posts, hidden[path])), "delete it").problem
        for path in plan.left_alone
        if path in hidden
    ]
    if errors:
        raise BuildError(errors)
    shown = joined([str(folder / path) for path in plan.left_alone])
    yield f"{shown}: not removed, as it may be yours: it is no longer needed, but not known to be unchanged"


def _foresee(work: _Build, cache: Cache, composed: _Composed, plan: Plan) -> ChangeReport:
    """What subscribers will see: compared with the output folder, or with what is published on the web."""
    options, publication = work.options, work.publication
    if options.stage:
        return ChangeReport(None, unchecked="Nobody is subscribed to a preview.")
    context = DiffContext(work.posts, work.output, plan, composed.feeds, cache, publication, work.now)
    has_changed = plan.stale or any(planned.differs for planned in plan.files)
    if options.against or publication.guard != "live" or not has_changed:
        return forecast(context, options.against)
    try:
        return forecast(context, publication.url + FORMATS[publication.formats[0]].filename)
    except FeedError as error:
        place, _, problem, *_ = error.problem
        if not (options.first if error.gone else options.unguarded):
            option = "--first, if none is published yet" if error.gone else "--unguarded, to build without comparing"
            raise FeedError(place, None, problem, f"see why, or build with {option}") from None
        unchecked = f"The feed on the web was not looked at ({place}: {problem})."
        return forecast(context, None)._replace(unchecked=unchecked)


def _on_abandoned(output: Path, foreseen: ChangeReport) -> Iterator[str]:
    """Say which feeds in the output are another program's, and out of date from now on."""
    if foreseen.abandoned:
        named = joined(foreseen.abandoned)
        verb, it = ("is a feed", "it") if len(foreseen.abandoned) == 1 else ("are feeds", "them")
        yield (
            f"{named} in {output} {verb} that Dateline does not write, so nobody updates {it} any more;"
            f" redirect {it} to one of Dateline's feeds, or delete {it}"
        )


class Rehearsal(NamedTuple):
    """All for which a build would refuse, and what it would note."""

    errors: list[Problem]
    notes: list[Problem]


def rehearse(options: BuildOptions, cache: Cache, jobs: Jobs, progress: Progress) -> Rehearsal:
    """What a build would come to, found out without writing anything but into a cache that is a copy."""
    notes: list[Problem] = []
    try:
        work = _begun(options, jobs, progress)
        _check_output(options)
        composed = _compose(work, cache)
        notes = composed.notes
        output.plan(work.output, composed.tree, {}, jobs, progress, None)
    except DatelineError as error:
        return Rehearsal(list(error.problems), notes)
    return Rehearsal([], notes)


def _compose(work: _Build, cache: Cache) -> _Composed:
    """Everything that goes into the output folder; begun again where a post is edited meanwhile."""
    for scan in (_current_scan(work), None):
        with suppress(PostChangedError):
            return _compose_once(work, cache, scan)
    return _compose_once(work, cache, None)


def _current_scan(work: _Build) -> Scan | None:
    """The scan that was made before the output was locked, unless another build has ended since."""
    scan = work.options.scan
    with suppress(OSError):
        ended = (work.output / MANIFEST).stat().st_mtime_ns
        return scan if scan and ended < scan.started - CLOCK_TICK_NS else None
    return None


def _compose_once(work: _Build, cache: Cache, scan: Scan | None) -> _Composed:
    folder, publication, now = work.posts, work.publication, work.now
    context = BuildContext(cache, folder, publication, now, work.jobs, work.progress)
    found, errors = update_index(context, scan)
    errors += [*dates_in_future(context), *label_clashes(context)]
    context = context._replace(broken=frozenset(error.path for error in errors))
    invalidate_entries(context)
    shown = to_show(cache, publication, now)
    errors += build_entries(context, shown)
    files, watched, more_errors = file_outputs(context, cache.entries.media(now, shown))
    redirects, wrong = redirect_outputs(context)
    errors += [*more_errors, *wrong]
    if not errors and not cache.published.newest(now, 1):
        errors.append(nothing_published(cache, now).problem)
    if errors:
        raise BuildError(errors)
    feeds = list(selections(cache, publication, now, rss_image(folder, publication)))
    read, templates = pages(cache, publication, now, feeds, folder, files)
    tree = [*files, *redirects, *read, *feed_outputs(context, feeds)]
    tree, notes = _guarded(context, shown, tree, work.output)
    return _Composed(tree, feeds, found.posts, {**watched, **templates, **cache.dependencies.files()}, notes)


def _guarded(
    context: BuildContext, shown: Collection[int] | None, tree: list[Output], output: Path
) -> tuple[list[Output], list[Problem]]:
    """Everything, each document of which has to be proven to tell of no hidden post, and what there is to note."""
    hidden = context.cache.hidden_posts.numbers(context.now)
    if not hidden:
        return tree, []
    from dateline.embargo.proof import guard

    return guard(context, hidden, shown, tree, output, context.progress)


def _stamp(work: _Build, composed: _Composed, written: dict[str, tuple[str, str]]) -> BuildStamp | None:
    """What the build read and wrote, where there is a cache to keep it in."""
    if not work.options.cache:
        return None
    outputs = {path: stamp for path, (_, stamp) in written.items()}
    return build_stamp(work.output, composed.posts, {**work.watched, **composed.watched}, outputs, work.started)


def _check_output(options: BuildOptions) -> None:
    output = Path(options.output)
    folder, posts = Path(os.path.realpath(output)), Path(os.path.realpath(options.posts))
    name = str(output)
    if options.stage:
        try:
            directory.check(options.stage.cache)
        except OSError as error:
            raise OutputError(str(error.filename), None, reason_of(error), "remove it") from None
    try:
        os.stat(os.path.join(folder, "."))
    except FileNotFoundError:  # it is made, unless a link leads to it
        for place in (output, *output.parents):
            if os.path.islink(place) and not os.path.exists(place):
                problem = f"a link to {os.path.realpath(place)}, which does not exist"
                remedy = "create that folder, or name another with --output"
                raise OutputError(str(place), None, problem, remedy) from None
    except NotADirectoryError:
        above = next((above for above in (folder, *folder.parents) if os.path.lexists(above)), folder)
        problem = "a file, and the output is a folder" if above == folder else f"{above} is a file, not a folder"
        raise OutputError(name, None, problem, "name another with --output") from None
    except OSError as error:
        problem = f"cannot be read: {reason_of(error)}"
        raise OutputError(name, None, problem, "name another with --output") from None
    if folder.is_relative_to(posts) and not options.stage:
        raise OutputError(name, None, "inside the folder of posts", "name another with --output")
