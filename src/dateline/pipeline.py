"""The whole way from posts to output: read this module first.

    posts/*.md -> Source -> Post -> cache -> Entry -> Feed, page -> bytes -> public/
                 `-- content --'  (SQLite) `render'  `feeds, formats, pages'  output

`build` runs these steps, 1 to 4 in `_compose` and the rest in `_build`. Each maps values to values; only reading, the
cache, the output and the network do I/O. Nothing depends on the clock, the locale, the working directory or the order
of files.

1. Scan the folder of posts, read the files that changed, render their texts if all posts are shown, and put both into
   the cache (`building.index`).
2. Render what is still missing, and resolve links and media, of the entries to be shown (`building.entries`).
3. Choose the posts of each feed (`feeds`), and list everything that goes into the output: feeds, pages, redirects,
   files (`building.outputs`, `pages.outputs`).
4. Prove that none of it reveals a draft or a scheduled post (`embargo`).
5. Compare it with the output folder and stage what differs (`output.plan`).
6. Compare the feeds with the published ones, and stop if subscribers would be surprised (`comparison`).
7. Move what was staged into place (`output.apply`).

Steps 1 and 5 are shared among processes (`parallel`). A text passes from one to another once: whichever reads a post
renders it, this one puts that into the cache, and whichever writes a feed or a page reads its entries from there. The
steps between see all posts, and no text unless one is hidden; every error ends the build before anything is staged.

A publication in several languages has an edition for each, and they share one output folder. All posts are indexed and
rendered together; feeds and pages are then made, and compared, for one edition after the other (`feeds.editions`).

The errors in posts that steps 1 to 3 find are raised together. With `--skip-invalid`, these posts are marked as invalid
in the cache instead, and steps 2 and 3 are taken again without them, since others may link to them.

Folders import only from those below them: cli, preview, messages, commands, pipeline, pages, embargo, publish and
verify, building and sites, importer, comparison, feeds, formats with output and cache, render, content. Lint checks it.

A glossary:

- **Source**: a post file as text. **Post**: what its front matter says, with every default filled in.
- **Publication**: what feed.toml says. **Edition**: the publication in one of its languages, with its feeds.
- **Rendering**: the sanitised HTML of a post, with numbered slots for links. **Entry**: the post as a feed carries it.
- **Selection**: the posts of one feed. **Feed**: its entries and metadata. **Format**: a row of `feed_formats.FORMATS`.
- **Output**: a path in the output folder, a key of all that its bytes depend on, and how to make them.
- **Plan**: the outputs that differ from the output folder. **Manifest**: `.dateline.json` there, which lists our files.
- **Change**: one thing that subscribers will see, of a kind in `comparison.changes.KINDS`.
- **Problem**: something to fix, an error or a warning, with path, line and remedy.
"""

import os
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from dateline import output
from dateline.building import BuildContext
from dateline.building.entries import apply_settings, build_entries, check_texts
from dateline.building.folders import cache_for, check_output, with_output
from dateline.building.index import PostChangedError, clashes, leave_out, update_index
from dateline.building.labels import read_labels
from dateline.building.lookup import watched_files
from dateline.building.outputs import feed_outputs, file_outputs, redirect_outputs, rss_image
from dateline.building.report import Report, dates_in_future, make_report, nothing_published, without_feeds
from dateline.cache.database import Cache, open_cache
from dateline.cache.receipt import BuildStamp, build_stamp
from dateline.cache.sqlite import CacheError
from dateline.comparison.changes import ChangeReport, UnexpectedChangesError
from dateline.comparison.editions import contexts_of, detect_changes
from dateline.comparison.live import changes_of_live
from dateline.comparison.online import address_online
from dateline.content.dates import AFTER_ALL_POSTS, read_now, zone_file
from dateline.content.scan import CLOCK_TICK_NS, Scan, stamp_of
from dateline.content.source import load_settings
from dateline.content.urls import page_path
from dateline.errors import BuildError, DatelineError, OutputError, Problem, openable
from dateline.feeds import Edition, editions, shows_all, to_show
from dateline.hashing import digest
from dateline.model import Publication
from dateline.options import BuildOptions, Progress, no_progress
from dateline.output import Output, Plan
from dateline.pages.outputs import pages
from dateline.parallel import Jobs, cores, open_jobs
from dateline.paths import CACHE_VARIABLE, MANIFEST, SETTINGS_FILE, CachePaths, temporary_name
from dateline.text import joined


def build(options: BuildOptions, progress: Progress = no_progress) -> Report:
    """Publish a folder of posts.

    Raises BuildError with everything to fix, or UnexpectedChangesError with changes that would surprise subscribers;
    then nothing was written. All paths can be opened.
    """
    try:
        with output.interruptible(), open_jobs(options.jobs or cores()) as jobs:
            work = _begin(options, jobs, progress)
            check_output(work.options, work.publication.output)
            report = _with_cache(work)
            return report._replace(notes=(*report.notes, str(jobs.note))) if jobs.note else report
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


def _begin(options: BuildOptions, jobs: Jobs, progress: Progress) -> _Build:
    started = options.scan.started if options.scan else time.time_ns()
    posts = Path(options.posts)
    settings = stamp_of(posts / SETTINGS_FILE)
    publication, now = read_publication(options)
    options = with_output(options, publication.output)
    rules = zone_file(publication.timezone)
    watched = {SETTINGS_FILE: settings, rules: stamp_of(rules)}
    return _Build(options, posts, Path(options.output or ""), publication, now, started, watched, jobs, progress)


def read_publication(options: BuildOptions) -> tuple[Publication, datetime]:
    """Return the publication as it is built, and the present moment. Raises SettingsError."""
    publication, _ = load_settings(Path(options.posts))
    now = read_now(options.now, publication.timezone, publication.default_time)
    stage = options.stage
    if stage is None:
        return publication, now
    # A preview needs nothing from the web, and must not make a hub fetch what only this machine can.
    staged = publication._replace(
        url=stage.origin + urlsplit(publication.url).path,
        url_on_the_web=publication.url,
        drafts=stage.drafts,
        guard="output",
        hub=None,
    )
    return staged, AFTER_ALL_POSTS if stage.drafts else now


class _Composed(NamedTuple):
    """Everything that goes into the output folder, and the stamps of all files that decide what that is.

    More `notes` may be added while the outputs are planned. `left_out` has the errors of the posts that are not in it.
    """

    outputs: list[Output]
    editions: list[Edition]
    found: Scan
    watched: dict[str, str]
    notes: list[Problem]
    left_out: Sequence[Problem] = ()


def _with_cache(work: _Build) -> Report:
    """Build with the cache on disk, or with a temporary one if the user wants none or it cannot be used."""
    options, in_memory = work.options, False
    paths = cache_for(options)
    if not options.cache or (options.dry_run and not (paths and os.path.lexists(paths.pointer))):
        return _build(work, None)
    if paths is None:
        problem = "no cache is kept, since HOME names no folder outside the posts and the output"
        note = f"{problem}; to keep one, name a folder with --cache or {CACHE_VARIABLE}"
    else:
        try:
            return _build(work, paths)
        except CacheError as error:
            in_memory = True  # the disk may be full
            note = f"the cache in {paths.folder} cannot be used ({error}), so this build did without it"
    report = _build(work, None, in_memory=in_memory)
    return report._replace(notes=(*report.notes, note))


def _build(work: _Build, paths: CachePaths | None, *, in_memory: bool = False) -> Report:
    options = work.options
    with ExitStack() as stack:
        folder = digest(os.path.realpath(work.output))
        if not options.dry_run:
            # Locked before the posts are read: of two builds, the later one has read the later posts.
            beat = stack.enter_context(
                output.locked(work.output, partial(work.progress, "waiting for another build", 0, 1))
            )
            stack.enter_context(output.without_leftovers(work.output))
            work = work._replace(progress=_with_beat(work.progress, beat))
        cache = stack.enter_context(open_cache(paths, in_memory=in_memory))
        composed = _compose(work, cache)
        known = cache.outputs.of(folder)
        staging = _staging(work, stack)
        # Worker processes end before the folder that they write to is removed.
        stack.callback(work.jobs.stop)
        plan = output.plan(
            work.output,
            composed.outputs,
            known,
            _readers(work.jobs, cache),
            work.progress,
            staging,
            is_rehearsal=options.dry_run,
        )
        leftovers = tuple(_leftovers(work, cache, plan))
        changes = _changes(work, composed, plan)
        if changes.stops_build and not options.accept:
            raise UnexpectedChangesError(changes)
        notes = (
            *(str(note.below(options.posts)) for note in composed.notes),
            *leftovers,
            *_abandoned_feeds(work.output, changes),
        )
        left_out = tuple(error.below(options.posts) for error in composed.left_out)
        report = make_report(work.posts, plan, changes, cache, work.now, composed.found)
        report = report._replace(output=str(work.output), notes=notes, left_out=left_out)
        if options.dry_run:
            return report
        written = output.apply(work.output, plan)
        with suppress(CacheError):  # without this note, the next build compares bytes
            cache.outputs.keep(folder, written, known)
        return report._replace(stamp=_stamp(work, composed, written))


def _readers(jobs: Jobs, cache: Cache) -> Jobs:
    """Return the processes that can read the cache: this one alone if it is in its memory."""
    return jobs if cache.location else Jobs(1)


def _staging(work: _Build, stack: ExitStack) -> Path:
    """Return the folder for what differs: in the output folder, so that it can be moved into place."""
    if work.options.dry_run:
        from tempfile import TemporaryDirectory

        return Path(stack.enter_context(TemporaryDirectory(prefix="dateline-")))
    return work.output / temporary_name()


def _with_beat(progress: Progress, beat: Callable[[], None]) -> Progress:
    """Report progress to builds that wait for the output folder, too."""

    def report(name: str, done: int, total: int) -> None:
        beat()
        progress(name, done, total)

    return report


def _leftovers(work: _Build, cache: Cache, plan: Plan) -> Iterator[str]:
    """Yield notes on files that stay in the output although no build writes them any more.

    Raises BuildError if one of them is the page of a post that is hidden now.
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


def _changes(work: _Build, composed: _Composed, plan: Plan) -> ChangeReport:
    """Report what subscribers will see, compared with the output folder or with the live feeds."""
    options = work.options
    if options.stage:
        return ChangeReport(None, unchecked="Nobody is subscribed to a preview.")
    contexts = contexts_of(work.posts, work.output, plan, composed.editions, work.now)
    has_changed = plan.stale or any(planned.differs for planned in plan.files)
    if options.target or (work.publication.guard == "live" and has_changed and not options.against):
        return changes_of_live(contexts, options)
    return _with_liveness(work, detect_changes(contexts, options.against))


def _with_liveness(work: _Build, changes: ChangeReport) -> ChangeReport:
    """Return changes with whether the publication is live; if feed.toml says no and it matters, ask the web."""
    options, publication = work.options, work.publication
    if publication.live or options.against:
        return changes
    online_at = ""
    if changes.surprises and changes.compared_with and (options.dry_run or not options.accept):
        work.progress("asking whether it is online", 0, 1)
        online_at = address_online(publication, changes.compared_with)
    return changes._replace(is_live=bool(online_at), online_at=online_at)


def _abandoned_feeds(output: Path, changes: ChangeReport) -> Iterator[str]:
    """Yield a note on feeds in the output that another program wrote, and that nobody updates any more."""
    if changes.abandoned:
        named = joined(changes.abandoned)
        verb, it = ("is a feed", "it") if len(changes.abandoned) == 1 else ("are feeds", "them")
        yield (
            f"{named} in {output} {verb} that Dateline does not write, so nobody updates {it} any more;"
            f" redirect {it} to one of Dateline's feeds, or delete {it}"
        )


def rehearse(
    options: BuildOptions, cache: Cache, jobs: Jobs, progress: Progress
) -> tuple[list[Problem], list[Problem]]:
    """Return the errors and the notes of a build that writes only to the cache, which has to be a copy."""
    notes: list[Problem] = []
    try:
        work = _begin(options, jobs, progress)
        check_output(work.options, work.publication.output)
        composed = _compose(work, cache)
        notes = composed.notes
        output.plan(work.output, composed.outputs, {}, _readers(jobs, cache), progress, None)
    except DatelineError as error:
        return list(error.problems), notes
    return [], notes


def _compose(work: _Build, cache: Cache) -> _Composed:
    """Return everything that goes into the output folder; start again if a post is edited meanwhile."""
    for scan in (_current_scan(work), None):
        with suppress(PostChangedError):
            return _compose_once(work, cache, scan)
    return _compose_once(work, cache, None)


def _current_scan(work: _Build) -> Scan | None:
    """Return the scan that was made before the output was locked, unless another build has ended since."""
    scan, inside = work.options.scan, f"{work.publication.output}/"
    with suppress(OSError):
        ended = (work.output / MANIFEST).stat().st_mtime_ns
        is_current = scan and ended < scan.started - CLOCK_TICK_NS
        return scan if scan and is_current and not any(path.startswith(inside) for path in scan.posts) else None
    return None


def _compose_once(work: _Build, cache: Cache, scan: Scan | None) -> _Composed:
    """Index the posts, and return everything that goes into the output folder, perhaps without posts with errors."""
    context = BuildContext(
        cache, work.posts, work.publication, work.now, work.jobs, work.progress, sizes={}, failures={}
    )
    apply_settings(context)
    renders = shows_all(context.publication) and not work.options.cluster
    found, errors = update_index(context, scan, renders=renders)
    left_out: list[Problem] = []
    while True:
        try:
            return _list_outputs(work, context, found, errors)._replace(left_out=left_out)
        except BuildError as refused:
            invalid = {error.path for error in refused.problems if error.path in found.posts} - context.broken
            if not work.options.skip_invalid or not invalid:
                raise
            leave_out(context, invalid)
            left_out += [error for error in refused.problems if error.path in invalid]
            context = context._replace(broken=context.broken | invalid)
            errors = [*(error for error in errors if error.path not in invalid), *clashes(context, None)]


def _list_outputs(work: _Build, context: BuildContext, found: Scan, errors: list[Problem]) -> _Composed:
    """Return everything that goes into the output folder, given the index of posts and the `errors` in it.

    Raises BuildError with these and all further ones.
    """
    cache, folder, now = context.cache, context.folder, context.now
    # What is staged is not published.
    publication, shared = read_labels(context, None if work.options.stage else work.output)
    errors = [*errors, *dates_in_future(context), *shared]
    invalid = {error.path for error in errors}
    context = context._replace(publication=publication, broken=context.broken | invalid)
    shown = to_show(cache, publication, now)
    helped = _rendered_elsewhere(work.options, context, shown)
    errors += build_entries(context, shown)
    files, watched, wrong_files = file_outputs(context, cache.entries.media(now, shown))
    redirects, wrong_redirects = redirect_outputs(context)
    errors += [*check_texts(context, invalid), *wrong_files, *wrong_redirects]
    if not errors and not cache.of("").published.newest(now, 1):
        errors.append(nothing_published(cache, publication.language, now, found).problem)
    if errors:
        raise BuildError(dict.fromkeys(errors))
    cache.settle()
    published = list(editions(cache, publication, now, rss_image(folder, publication)))
    page_outputs, templates = pages(published, now, folder, files, slow=work.options.slow_path)
    outputs = [*files, *redirects, *page_outputs, *feed_outputs(published, slow=work.options.slow_path)]
    outputs, notes = _guarded(context, shown, outputs, work.output)
    notes += [*helped, *without_feeds(cache, publication, now)]
    consulted = watched_files(folder, cache.dependencies.files())
    return _Composed(outputs, published, found, {**watched, **templates, **consulted}, notes)


def _rendered_elsewhere(
    options: BuildOptions, context: BuildContext, shown: Collection[int] | None
) -> Sequence[Problem]:
    """Have a cluster, if the user names one, fill the cache with renderings; return notes."""
    if not options.cluster:
        return ()
    from dateline.building.cluster import render_on_cluster

    return render_on_cluster(options.cluster, context, shown)


def _guarded(
    context: BuildContext, shown: Collection[int] | None, outputs: list[Output], output: Path
) -> tuple[list[Output], list[Problem]]:
    """Return outputs that are searched for hidden posts when they are made, and notes."""
    hidden = context.cache.hidden_posts.numbers(context.now)
    if not hidden:
        return outputs, []
    from dateline.embargo.proof import guard

    return guard(context, hidden, shown, outputs, output)


def _stamp(work: _Build, composed: _Composed, written: dict[str, tuple[str, str]]) -> BuildStamp | None:
    """Return what the build read and wrote, for the next one's fast path."""
    if not work.options.cache:
        return None
    outputs = {path: stamp for path, (_, stamp) in written.items()}
    return build_stamp(work.output, composed.found, {**work.watched, **composed.watched}, outputs, work.started)
