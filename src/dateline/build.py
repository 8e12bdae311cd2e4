"""The pipeline, and the only place that wires the stages together.

posts/*.md ─▶ Source ─▶ Post ─▶ catalogue ─▶ entries ─▶ Feed ─▶ bytes ─▶ public/
"""

import os
import time
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from dateline import catalogue, output
from dateline.catalogue import Catalogue, open_catalogue
from dateline.changes import Changes, Item, compare
from dateline.entries import Changed, Desk, make_entries
from dateline.errors import DatelineError, OutputError, PostError, Refused, SettingsError
from dateline.feeds import main_feed
from dateline.formats import FORMATS
from dateline.media import rss_image_size
from dateline.model import Feed, Image, Post, Publication
from dateline.output import Plan, Planned, Product
from dateline.reading.dates import read_now, told
from dateline.reading.posts import updated_too_early
from dateline.reading.settings import SETTINGS_FILE, read_settings
from dateline.reading.sources import (
    STATIC_FOLDER,
    file_kind,
    file_stat,
    line_of,
    read,
    read_settings_file,
    static_files,
)
from dateline.refresh import CATALOGUE, Progress, digest, refresh, version


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asks for. `now` is a date as people write it; None is the clock."""

    posts: Path
    output: Path
    now: str | None = None
    cache: bool = True
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """A file of the output: `status` is ``written``, ``unchanged`` or ``removed``."""

    path: str
    status: str
    size: int
    items: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did, or would do. `past_limit` are items that are still out, and too old for the feed."""

    files: tuple[Written, ...]
    now: datetime
    first: bool
    changes: Changes
    past_limit: tuple[Item, ...]
    next_due: Post | None
    notes: tuple[str, ...] = field(default=())


def default_output(posts: Path) -> Path:
    """``public/`` beside the folder of posts."""
    return Path(os.path.normpath(posts / ".." / "public"))


def build(request: Request, progress: Progress = lambda *_: None) -> Report:
    """Publish a folder of posts. Raises Refused, with all that has to be mended, and has then written nothing."""
    try:
        publication, _ = read_settings(read_settings_file(request.posts))
        now = read_now(request.now, publication.timezone, publication.default_time)
        _check_output(request)
    except DatelineError as error:
        raise Refused([error]) from None
    file = request.posts / CATALOGUE if request.cache and not request.dry_run else None
    try:
        return _build(request, publication, now, file, progress)
    except DatelineError as error:
        raise Refused([error]) from None
    except catalogue.Error as error:
        # It is disposable: what it would have saved is done again.
        assert file is not None
        catalogue.discard(file, error)
        note = f"the cache in {file.parent} cannot be used ({error}), so this build did without it"
        report = _build(request, publication, now, None, progress)
        return replace(report, notes=(*report.notes, note))


def _build(request: Request, publication: Publication, now: datetime, file: Path | None, progress: Progress) -> Report:
    with open_catalogue(file, version()) as posts:
        products = _compose(request, posts, publication, now, progress)
        folder = digest(os.path.realpath(request.output))
        with nullcontext() if request.dry_run else output.locked(request.output):
            plan = output.plan(request.output, products, posts.outputs(folder))
            if not request.dry_run:
                posts.keep_outputs(folder, output.carry_out(request.output, plan))
        return _report(request, plan, posts, now)


def _compose(
    request: Request, posts: Catalogue, publication: Publication, now: datetime, progress: Progress
) -> list[Product]:
    """Everything that goes into the output folder, from the posts as they stand."""
    for _ in range(3):
        _, errors = refresh(posts, request.posts, publication, progress)
        errors += too_early(request.posts, posts, now)
        desk = Desk(posts, request.posts, publication, now, frozenset(error.path for error in errors))
        try:
            made = make_entries(desk, posts.newest(now, publication.limit), progress)
        except Changed as changed:
            again = str(changed)
            continue
        errors += made.errors
        if not errors and not made.entries:
            errors.append(nothing_due(posts, now))
        image, pictures = _pictures(request.posts, publication, errors)
        copies = _copies(request.posts, {**pictures, **made.media}, errors)
        if errors:
            raise Refused(errors)
        return [*copies, *_documents(publication, main_feed(publication, made.entries, image))]
    raise Refused([PostError(again, None, "it changes while it is being read", "build again when it is saved")])


def too_early(folder: Path, posts: Catalogue, now: datetime) -> list[DatelineError]:
    """The posts that say that they changed in the future."""
    return [updated_too_early(read(folder, post.path)[0], post) for post in posts.updated_after(now)]


def nothing_due(posts: Catalogue, now: datetime) -> DatelineError:
    """The error for a feed that would be empty."""
    first = posts.next_due(now)
    if first:
        problem = f"no post is out yet, and this is the first, on {told(first.due)}"
        sooner = f"write a time to publish sooner, like date: {now.astimezone(first.due.tzinfo):%Y-%m-%d %H:%M}"
        return PostError(first.path, None, problem, sooner if _a_day(first) else "wait, or give it an earlier date")
    if posts.count():
        return PostError(".", None, "every post is a draft", "remove draft: true from one")
    return PostError(".", None, "no posts here", 'write one with dateline new "Title"')


def _a_day(post: Post) -> bool:
    """Whether a post is held for nothing but the time that its date does not say."""
    return not post.timed and post.due == post.published


def _documents(publication: Publication, feed: Feed) -> Iterable[Product]:
    for format in (FORMATS[name] for name in publication.formats):
        yield Product(
            path=format.filename,
            origin=f"the {format.name} feed",
            key=digest((format.name, feed)),
            make=lambda serialise=format.serialise: serialise(feed),  # type: ignore[misc]
            items=len(feed.entries),
        )


def _copies(folder: Path, named: Mapping[str, str], errors: list[DatelineError]) -> list[Product]:
    """Files that are published as they are: those that posts and settings name, and all of _static."""
    products = []
    looked_at = time.time_ns()
    static = {path: path.removeprefix(f"{STATIC_FOLDER}/") for path in static_files(folder)}
    for source, path in ({path: path for path in named} | static).items():
        origin = f"{source} (named by {named[source]})" if source in named else source
        try:
            stat = file_stat(folder, source)
        except PostError as error:
            errors.append(error)
        else:
            key = digest(stat) if stat.settled(looked_at) else ""
            products.append(Product(path, origin, key, lambda file=folder / source: file))  # type: ignore[misc]
    return products


def _pictures(
    folder: Path, publication: Publication, errors: list[DatelineError]
) -> tuple[Image | None, dict[str, str]]:
    """The logo as RSS can carry it, and the files that feed.toml names."""
    pictures = {}
    for key, path in (("icon", publication.icon), ("logo", publication.logo)):
        if not path or ":" in path:
            continue
        if file_kind(folder, path) == "file":
            pictures[path] = SETTINGS_FILE
        else:
            line = line_of(folder, SETTINGS_FILE, f"{key} =", f"{key}=")
            errors.append(
                SettingsError(SETTINGS_FILE, line, f"{key}: there is no file '{path}' here", "correct the path")
            )
    logo = publication.logo
    size = rss_image_size(folder / logo) if logo in pictures and logo else None
    return (Image(publication.url + quote(logo), *size) if size and logo else None), pictures


def _check_output(request: Request) -> None:
    folder, posts = Path(os.path.realpath(request.output)), Path(os.path.realpath(request.posts))
    name = str(request.output)
    if folder.exists() and not folder.is_dir():
        raise OutputError(name, None, "a file, and the output is a folder", "name another with --output")
    if folder.is_relative_to(posts):
        raise OutputError(name, None, "inside the folder of posts", "name another with --output")


def _report(request: Request, plan: Plan, posts: Catalogue, now: datetime) -> Report:
    files = [
        Written(p.product.path, "written" if p.differs else "unchanged", _size(request.output, p), p.product.items)
        for p in plan.files
    ]
    files += [Written(path, "removed", 0) for path in plan.stale]
    feeds = [p for p in plan.files if p.product.is_feed]
    # Any format tells what changed, but not one that is new itself.
    feed = next((p for p in feeds if p.before is not None or not p.differs), feeds[0])
    changes = compare(feed.before, feed.content) if feed.differs and isinstance(feed.content, bytes) else Changes()
    past_limit = tuple(item for item in changes.gone if posts.is_out(item.id, now))
    return Report(
        files=tuple(files),
        now=now,
        first=feed.differs and feed.before is None,
        changes=replace(changes, gone=tuple(item for item in changes.gone if item not in past_limit)),
        past_limit=past_limit,
        next_due=posts.next_due(now),
    )


def _size(folder: Path, planned: Planned) -> int:
    content = planned.content
    if isinstance(content, bytes):
        return len(content)
    return (content or folder / planned.product.path).stat().st_size
