"""The pipeline, and the only place that wires the stages together.

posts/*.md ─▶ Source ─▶ Post ─▶ catalogue ─▶ entries ─▶ Feed ─▶ bytes ─▶ public/
"""

import os
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from dateline import catalogue, output
from dateline.catalogue import Catalogue, open_catalogue
from dateline.due import nothing_out, too_early
from dateline.entries import Changed, Desk, make_entries
from dateline.errors import DatelineError, OutputError, Refused
from dateline.model import Publication
from dateline.output import Product
from dateline.products import products
from dateline.reading.dates import read_now
from dateline.reading.settings import read_settings
from dateline.reading.sources import read_settings_file
from dateline.refresh import CATALOGUE, Progress, digest, refresh, version
from dateline.report import Report, report


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asks for. `now` is a date as people write it; None is the clock."""

    posts: Path
    output: Path
    now: str | None = None
    cache: bool = True
    dry_run: bool = False


def default_output(posts: Path) -> Path:
    """``public/`` beside the folder of posts."""
    return Path(os.path.normpath(posts / ".." / "public"))


def build(request: Request, progress: Progress = lambda *_: None) -> Report:
    """Publish a folder of posts. Raises Refused, with all that has to be mended, and has then written nothing."""
    try:
        publication, _ = read_settings(read_settings_file(request.posts))
        now = read_now(request.now, publication.timezone, publication.default_time)
        _check_output(request)
        return _with_cache(request, publication, now, progress)
    except DatelineError as error:
        raise Refused([error]) from None
    except Changed as changed:
        raise Refused([changed.error()]) from None


def _with_cache(request: Request, publication: Publication, now: datetime, progress: Progress) -> Report:
    """Build with the catalogue on disk where one is wanted and can be used, else with one in memory."""
    if not request.cache or request.dry_run:
        return _build(request, publication, now, None, progress)
    file = request.posts / CATALOGUE
    try:
        return _build(request, publication, now, file, progress)
    except catalogue.Error as error:
        # It is disposable: what it would have saved is done again.
        catalogue.discard(file, error)
        note = f"the cache in {file.parent} cannot be used ({error}), so this build did without it"
        done = _build(request, publication, now, None, progress)
        return replace(done, notes=(*done.notes, note))


def _build(request: Request, publication: Publication, now: datetime, file: Path | None, progress: Progress) -> Report:
    with open_catalogue(file, version()) as posts:
        folder = digest(os.path.realpath(request.output))
        # The lock is held from the first look at the posts: of two builds, the later one saw the later posts.
        with nullcontext() if request.dry_run else output.locked(request.output):
            tree = _compose(request, posts, publication, now, progress)
            plan = output.plan(request.output, tree, posts.outputs(folder))
            written = {} if request.dry_run else output.carry_out(request.output, plan)
        with suppress(catalogue.Error):  # without this note, the next build compares bytes
            posts.keep_outputs(folder, written)
        return report(request.output, plan, posts, now)


def _compose(
    request: Request, posts: Catalogue, publication: Publication, now: datetime, progress: Progress
) -> list[Product]:
    """Everything that goes into the output folder; begun again where a post is edited meanwhile."""
    for _ in range(2):
        with suppress(Changed):
            return _compose_once(request, posts, publication, now, progress)
    return _compose_once(request, posts, publication, now, progress)


def _compose_once(
    request: Request, posts: Catalogue, publication: Publication, now: datetime, progress: Progress
) -> list[Product]:
    _, errors = refresh(posts, request.posts, publication, progress)
    errors += too_early(request.posts, posts, now)
    desk = Desk(posts, request.posts, publication, now, frozenset(error.path for error in errors))
    made = make_entries(desk, posts.newest(now, publication.limit), progress)
    errors += made.errors
    if not errors and not made.entries:
        errors.append(nothing_out(posts, now))
    tree, more_errors = products(request.posts, publication, made)
    if errors or more_errors:
        raise Refused([*errors, *more_errors])
    return tree


def _check_output(request: Request) -> None:
    folder, posts = Path(os.path.realpath(request.output)), Path(os.path.realpath(request.posts))
    name = str(request.output)
    if folder.exists() and not folder.is_dir():
        raise OutputError(name, None, "a file, and the output is a folder", "name another with --output")
    if folder.is_relative_to(posts):
        raise OutputError(name, None, "inside the folder of posts", "name another with --output")
