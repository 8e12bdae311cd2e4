"""The pipeline, and the only place that wires the stages together.

posts/*.md ─▶ Source ─▶ Post ─▶ catalogue ─▶ entries ─▶ Feed ─▶ bytes ─▶ public/
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
from dateline.build.entries import Changed, Desk, make_entries, stale
from dateline.build.index import Progress, clashing_labels, digest, refresh
from dateline.build.outputs import copies, documents, image, redirects
from dateline.build.report import Report, report
from dateline.build.schedule import moved_too_early, nothing_out, too_early
from dateline.cache import directory
from dateline.cache.connection import CatalogueError
from dateline.cache.database import Catalogue, discard, open_catalogue
from dateline.cache.receipt import Glance, Look, look
from dateline.content import zones
from dateline.content.config import SETTINGS_FILE, read_settings
from dateline.content.dates import read_now
from dateline.content.scan import CLOCK_TICK_NS, leads_inside, stamp_of
from dateline.content.source import read_settings_file
from dateline.diff.changes import Forecast, Surprised
from dateline.diff.context import Scene
from dateline.diff.forecast import foresee
from dateline.errors import DatelineError, FeedError, OutputError, Refused, openable, reason_of
from dateline.feeds import Selection, selections, to_show
from dateline.formats import FORMATS
from dateline.model import Publication
from dateline.output import Plan, Product
from dateline.pages.locations import file_of
from dateline.pages.outputs import pages
from dateline.parallel import Jobs, at_work, cores
from dateline.paths import CACHE_VARIABLE, MANIFEST, Cache, cache_of, temporary_name
from dateline.versions import versions
from dateline.words import joined

# No date of a post lies after this.
_WHEN_ALL_IS_OUT = datetime(2102, 1, 1, tzinfo=UTC)


class Stage(NamedTuple):
    """Where a preview is built for: the origin that takes the place of the publication's, and a cache of its own.

    `drafts`: with drafts and posts that are held, as if they were out. `origin` is like ``http://127.0.0.1:8000``.
    """

    origin: str
    cache: Cache
    drafts: bool = False


class Request(NamedTuple):
    """What the user asks for. `now` is a date as people write it; None is the clock. `jobs` None is all cores.

    `accept`: whatever subscribers will see is meant. `against` is what to compare with in place of what stands in the
    output: an address, or a file. `first` says that no feed is published yet, and `unguarded` that it does not matter
    if it cannot be fetched. `glance` is a scan of the posts that has been made already. `stage` makes a preview of it.
    `cache_parent` is the folder that the user named for caches.
    """

    posts: Path
    output: Path
    now: str | None = None
    cache: bool = True
    dry_run: bool = False
    jobs: int | None = None
    accept: bool = False
    against: str | None = None
    first: bool = False
    unguarded: bool = False
    glance: Glance | None = None
    stage: Stage | None = None
    cache_parent: str | None = None


def cache_for(request: Request) -> Cache | None:
    """Return the cache of a build; None where it is to do without, or has no place for one. Raises OutputError.

    A cache holds the text of drafts, so none is kept in the posts or the output, where it could be published. To name
    a folder there is an error.
    """
    if request.stage:
        return request.stage.cache
    cache = cache_of(request.posts, request.cache_parent) if request.cache else None
    for what, folder in (("posts", request.posts), ("output", request.output)):
        if cache and leads_inside(cache.root, os.path.realpath(folder)):
            if not cache.option:
                return None
            problem = f"inside the {what} folder, and a cache holds the text of drafts"
            remedy = f"name another folder with --cache or {CACHE_VARIABLE}"
            raise OutputError(cache.option, None, problem, remedy)
    return cache


def default_output(posts: Path) -> Path:
    """``public/`` beside the folder of posts."""
    return Path(os.path.normpath(posts / ".." / "public"))


def build(request: Request, progress: Progress = lambda *_: None) -> Report:
    """Publish a folder of posts.

    Raises Refused, with all that has to be mended, or Surprised, with what subscribers would see that nobody said was
    meant. Has then written nothing. The paths of posts and settings, in all of these, are as they can be opened.
    """
    try:
        with output.interruptible(), at_work(request.jobs or cores()) as jobs:
            work = _begun(request, jobs, progress)
            _check_output(request)
            done = _with_cache(work)
            return done._replace(notes=(*done.notes, str(jobs.note))) if jobs.note else done
    except Refused as refused:
        raise Refused(error.below(request.posts) for error in refused.errors) from None
    except DatelineError as error:
        raise Refused([error.below(request.posts)]) from None
    except Changed as changed:
        raise Refused([changed.error().below(request.posts)]) from None


class _Build(NamedTuple):
    """A request, and what was found out when work on it began."""

    request: Request
    publication: Publication
    now: datetime
    started: int
    watched: dict[str, str]
    jobs: Jobs
    progress: Progress


def _begun(request: Request, jobs: Jobs, progress: Progress) -> _Build:
    started = request.glance.started if request.glance else time.time_ns()
    settings = stamp_of(request.posts / SETTINGS_FILE)
    publication, now = opened(request)
    rules = zones.file_of(publication.timezone)
    return _Build(request, publication, now, started, {SETTINGS_FILE: settings, rules: stamp_of(rules)}, jobs, progress)


def opened(request: Request) -> tuple[Publication, datetime]:
    """The publication of a request, as it is to be built, and the present moment. Raises SettingsError."""
    publication, _ = read_settings(read_settings_file(request.posts))
    now = read_now(request.now, publication.timezone, publication.default_time)
    stage = request.stage
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

    tree: list[Product]
    feeds: list[Selection]
    posts: dict[str, str]
    watched: dict[str, str]
    notes: list[DatelineError]


def _with_cache(work: _Build) -> Report:
    """Build with the catalogue on disk where one is wanted and can be used, else with one in memory."""
    request = work.request
    cache = cache_for(request)
    if not request.cache or (request.dry_run and not (cache and os.path.lexists(cache.database))):
        return _build(work, None)
    if cache is None:
        problem = "no cache is kept, since HOME names no folder outside the posts and the output"
        note = f"{problem}; to keep one, name a folder with --cache or {CACHE_VARIABLE}"
    else:
        try:
            return _build(work, cache)
        except CatalogueError as error:
            # It is disposable: what it would have saved is done again.
            discard(cache, error)
            note = f"the cache in {cache.folder} cannot be used ({error}), so this build did without it"
    done = _build(work, None)
    return done._replace(notes=(*done.notes, note))


def _build(work: _Build, cache: Cache | None) -> Report:
    request = work.request
    with ExitStack() as stack:
        catalogue = stack.enter_context(open_catalogue(cache, versions()))
        folder = digest(os.path.realpath(request.output))
        if not request.dry_run:
            # The lock is held from the first look at the posts: of two builds, the later one saw the later posts.
            beat = stack.enter_context(
                output.locked(request.output, partial(work.progress, "waiting for another build", 0, 1))
            )
            stack.enter_context(output.swept(request.output))
            work = work._replace(progress=_with_beat(work.progress, beat))
        composed = _compose(work, catalogue)
        known = catalogue.outputs.of(folder)
        staging = _staging(request, stack)
        # Before what is staged goes, whoever writes there has ended.
        stack.callback(work.jobs.stop)
        plan = output.plan(
            request.output, composed.tree, known, work.jobs, work.progress, staging, is_rehearsal=request.dry_run
        )
        left = tuple(_left(work, catalogue, plan))
        foreseen = _foresee(work, catalogue, composed, plan)
        if foreseen.surprises and not request.accept:
            raise Surprised(foreseen.below(request.posts))
        notes = (*(str(note.below(request.posts)) for note in composed.notes), *left, *_on_abandoned(request, foreseen))
        done = report(plan, foreseen, catalogue, work.now).below(request.posts)._replace(notes=notes)
        if request.dry_run:
            return done
        written = output.carry_out(request.output, plan)
        with suppress(CatalogueError):  # without this note, the next build compares bytes
            catalogue.outputs.keep(folder, written)
        return done._replace(look=_look(work, composed, written))


def _staging(request: Request, stack: ExitStack) -> Path:
    """Where what differs is written: in the output folder, from where it can take its place, if it is to."""
    if request.dry_run:
        from tempfile import TemporaryDirectory

        return Path(stack.enter_context(TemporaryDirectory(prefix="dateline-")))
    return request.output / temporary_name()


def _with_beat(progress: Progress, beat: Callable[[], None]) -> Progress:
    """Report progress to those who wait for the output folder too."""

    def report(name: str, done: int, total: int) -> None:
        beat()
        progress(name, done, total)

    return report


def _left(work: _Build, catalogue: Catalogue, plan: Plan) -> Iterator[str]:
    """Notes on files that stay in the output though no build writes them any more.

    Raises Refused where one of them is the page of a post that is hidden now.
    """
    folder = work.request.output
    if plan.problem:
        yield f"{folder / MANIFEST} {plan.problem}, so it was written anew"
    if not plan.kept:
        return
    pages = catalogue.hidden_posts.pages(work.now)
    hidden = {file_of(url.removeprefix(work.publication.url)): path for path, url in pages}
    problem = "the page of a post that must not be seen now ({}), changed by another program since it was written"
    errors = [
        OutputError(str(folder / path), None, problem.format(openable(work.request.posts, hidden[path])), "delete it")
        for path in plan.kept
        if path in hidden
    ]
    if errors:
        raise Refused(errors)
    shown = joined([str(folder / path) for path in plan.kept])
    yield f"{shown}: not removed, as it may be yours: it is no longer needed, but not known to be unchanged"


def _foresee(work: _Build, catalogue: Catalogue, composed: _Composed, plan: Plan) -> Forecast:
    """What subscribers will see: compared with the output folder, or with what is published on the web."""
    request, publication = work.request, work.publication
    if request.stage:
        return Forecast(None, unchecked="Nobody is subscribed to a preview.")
    scene = Scene(request.output, plan, composed.feeds, catalogue, publication, work.now)
    has_changed = plan.stale or any(planned.differs for planned in plan.files)
    if request.against or publication.guard != "live" or not has_changed:
        return foresee(scene, request.against)
    try:
        return foresee(scene, publication.url + FORMATS[publication.formats[0]].filename)
    except FeedError as error:
        if not (request.first if error.gone else request.unguarded):
            option = "--first, if none is published yet" if error.gone else "--unguarded, to build without comparing"
            raise FeedError(error.path, None, error.problem, f"see why, or build with {option}") from None
        unchecked = f"The feed on the web was not looked at ({error.path}: {error.problem})."
        return foresee(scene, None)._replace(unchecked=unchecked)


def _on_abandoned(request: Request, foreseen: Forecast) -> Iterator[str]:
    """Say which feeds in the output are another program's, and out of date from now on."""
    if foreseen.abandoned:
        named = joined(foreseen.abandoned)
        verb, it = ("is a feed", "it") if len(foreseen.abandoned) == 1 else ("are feeds", "them")
        yield (
            f"{named} in {request.output} {verb} that Dateline does not write, so nobody updates {it} any more;"
            f" redirect {it} to one of Dateline's feeds, or delete {it}"
        )


class Rehearsal(NamedTuple):
    """All for which a build would refuse, and what it would note."""

    errors: list[DatelineError]
    notes: list[DatelineError]


def rehearse(request: Request, catalogue: Catalogue, jobs: Jobs, progress: Progress) -> Rehearsal:
    """What a build would come to, found out without writing anything but into a catalogue that is a copy."""
    notes: list[DatelineError] = []
    try:
        work = _begun(request, jobs, progress)
        _check_output(request)
        composed = _compose(work, catalogue)
        notes = composed.notes
        output.plan(request.output, composed.tree, {}, jobs, progress, None)
    except DatelineError as error:
        return Rehearsal([error], notes)
    except Changed as changed:
        return Rehearsal([changed.error()], notes)
    except Refused as refused:
        return Rehearsal(list(refused.errors), notes)
    return Rehearsal([], notes)


def _compose(work: _Build, catalogue: Catalogue) -> _Composed:
    """Everything that goes into the output folder; begun again where a post is edited meanwhile."""
    for glance in (_still_good(work.request), None):
        with suppress(Changed):
            return _compose_once(work, catalogue, glance)
    return _compose_once(work, catalogue, None)


def _still_good(request: Request) -> Glance | None:
    """The scan that was made before the output was held, unless another build has ended since."""
    glance = request.glance
    with suppress(OSError):
        ended = (request.output / MANIFEST).stat().st_mtime_ns
        return glance if glance and ended < glance.started - CLOCK_TICK_NS else None
    return None


def _compose_once(work: _Build, catalogue: Catalogue, glance: Glance | None) -> _Composed:
    folder, publication, now = work.request.posts, work.publication, work.now
    found, errors = refresh(catalogue, folder, publication, work.jobs, work.progress, glance)
    errors += moved_too_early(folder, publication, now)
    errors += [*too_early(folder, catalogue, now), *clashing_labels(folder, catalogue, now)]
    desk = Desk(catalogue, folder, publication, now, work.jobs, frozenset(error.path for error in errors))
    stale(desk)
    shown = to_show(catalogue, publication, now)
    errors += make_entries(desk, shown, work.progress)
    files, watched, more_errors = copies(folder, publication, catalogue.entries.media(now, shown))
    leading, wrong = redirects(folder, catalogue, publication, now)
    errors += [*more_errors, *wrong]
    if not errors and not catalogue.out.newest(now, 1):
        errors.append(nothing_out(catalogue, now))
    if errors:
        raise Refused(errors)
    feeds = list(selections(catalogue, publication, now, image(folder, publication)))
    read, templates = pages(catalogue, publication, now, feeds, folder, files)
    tree = [*files, *leading, *read, *documents(catalogue, publication, feeds)]
    tree, notes = _guarded(work, desk, shown, tree)
    return _Composed(tree, feeds, found.posts, {**watched, **templates, **catalogue.consulted.files()}, notes)


def _guarded(
    work: _Build, desk: Desk, shown: Collection[int] | None, tree: list[Product]
) -> tuple[list[Product], list[DatelineError]]:
    """Everything, each document of which has to be proven to tell of no hidden post, and what there is to note."""
    hidden = desk.catalogue.hidden_posts.numbers(desk.now)
    if not hidden:
        return tree, []
    from dateline.embargo.proof import guard

    return guard(desk, hidden, shown, tree, work.request.output, work.progress)


def _look(work: _Build, composed: _Composed, written: dict[str, tuple[str, str]]) -> Look | None:
    """What was looked at, where there is a cache to keep it in."""
    request = work.request
    if not request.cache:
        return None
    outputs = {path: stamp for path, (_, stamp) in written.items()}
    return look(request.output, composed.posts, {**work.watched, **composed.watched}, outputs, work.started)


def _check_output(request: Request) -> None:
    folder, posts = Path(os.path.realpath(request.output)), Path(os.path.realpath(request.posts))
    name = str(request.output)
    if request.stage:
        try:
            directory.check(request.stage.cache)
        except OSError as error:
            raise OutputError(str(error.filename), None, reason_of(error), "remove it") from None
    try:
        os.stat(os.path.join(folder, "."))
    except FileNotFoundError:  # it is made, unless a link leads to it
        for place in (request.output, *request.output.parents):
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
    if folder.is_relative_to(posts) and not request.stage:
        raise OutputError(name, None, "inside the folder of posts", "name another with --output")
