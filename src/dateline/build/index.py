"""Files ─▶ catalogue: reads what has changed since the last time, and nothing else."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from dateline.cache.database import Catalogue
from dateline.cache.receipt import Glance
from dateline.cache.rows import Before, Label, Row, Values, values_of
from dateline.content import zones
from dateline.content.config import SETTINGS_FILE
from dateline.content.corrections import items_of
from dateline.content.front_matter import head_of
from dateline.content.posts import read_post
from dateline.content.scan import Scan, scan, settled
from dateline.content.source import read
from dateline.content.urls import atom_id, feed_slug, fold
from dateline.errors import DatelineError, PostError, openable
from dateline.hashing import digest, digest_bytes
from dateline.model import Post, Publication
from dateline.parallel import Jobs, map_in_order
from dateline.render import heading_text

CHUNK = 100  # posts that are read in one go
WORTHWHILE = 1000  # posts; to read fewer takes less time than to start processes

Progress = Callable[[str, int, int], None]


def reading_key(publication: Publication) -> str:
    """A digest of the settings that go into what the catalogue says of a post."""
    return digest(
        (
            publication.id,
            publication.url,
            publication.language,
            publication.timezone.key,
            zones.rules(publication.timezone),
            publication.default_time,
            publication.authors,
            publication.named_authors,
            publication.permalink,
            publication.tag_feeds,
            publication.author_feeds,
            publication.markdown,
            publication.podcast is not None,
            publication.drafts,
            publication.url_on_the_web,
        )
    )


def refresh(
    catalogue: Catalogue,
    folder: Path,
    publication: Publication,
    jobs: Jobs,
    progress: Progress,
    glance: Glance | None = None,
) -> tuple[Scan, list[DatelineError]]:
    """Bring the catalogue up to date; gives what the scan, of now or of a glance, found, and what is wrong."""
    started = glance.started if glance else time.time_ns()
    found = glance.found if glance else scan(folder)
    known = catalogue.files.stamps()
    settings = reading_key(publication)
    same_settings = catalogue.about("settings") == settings
    if same_settings and known == found.posts:
        clashes = _clashes(folder, catalogue, None) if catalogue.about("clashes") == "some" else []
        return found, found.errors + clashes
    wanted = sorted(path for path, stamp in found.posts.items() if not same_settings or known.get(path) != stamp)
    errors: list[DatelineError] = list(found.errors)
    desk = _Desk(folder, publication, settings, started)
    with catalogue.transaction():
        for path in known.keys() - found.posts.keys():
            catalogue.files.forget(path)
        before = catalogue.files.before([path for path in wanted if path in known]) if same_settings else {}
        chunks = _chunks([(path, before.get(path)) for path in wanted])
        executor = jobs.executor(worthwhile=len(wanted) >= WORTHWHILE)
        relabelled = False
        for done, read_in in enumerate(map_in_order(executor, partial(_read_chunk, desk), chunks)):
            progress("reading", done * CHUNK, len(wanted))
            relabelled = _take_in(catalogue, read_in, known, errors) or relabelled
        catalogue.note("settings", settings)
        catalogue.files.index()
        if relabelled:
            catalogue.note("shared slugs", "some" if catalogue.labels.shared() else "none")
        all_others_agree = same_settings and catalogue.about("clashes") == "none"
        clashes = _clashes(folder, catalogue, wanted if all_others_agree else None)
        catalogue.note("clashes", "some" if clashes else "none")
    return found, errors + clashes


class _Desk(NamedTuple):
    """What it takes to read posts, in whatever process."""

    folder: Path
    publication: Publication
    settings: str
    started: int


class _Touched(NamedTuple):
    """A post file whose bytes are those of before."""

    path: str
    stamp: str


def _chunks(tasks: Sequence[tuple[str, Before | None]]) -> Iterator[Sequence[tuple[str, Before | None]]]:
    rest = iter(tasks)
    while chunk := tuple(islice(rest, CHUNK)):
        yield chunk


def _read_chunk(desk: _Desk, tasks: Sequence[tuple[str, Before | None]]) -> list[Row | _Touched | PostError]:
    found: list[Row | _Touched | PostError] = []
    for path, before in tasks:
        try:
            found.append(_read_one(desk, path, before))
        except PostError as error:
            found.append(error)
    return found


def _read_one(desk: _Desk, path: str, before: Before | None) -> Row | _Touched:
    source, stamp, bytes_digest = read(desk.folder, path)
    if not settled(stamp, desk.started):
        stamp = ""  # the next build looks again
    key = post_key(bytes_digest, desk.settings)
    if before and key == before.key:
        return _Touched(path, stamp)
    publication = desk.publication
    head_key = digest_bytes(head_of(source).encode())
    # Most edits are of the text below, and change nothing that a post is made of.
    if before and head_key == before.head_key:
        post, relabel = before.post, False
    else:
        post, relabel = read_post(source, publication, heading_text), True
    text_key = f"{bytes_digest} {post.body_line} {digest(post.id)[:8]} {post.language}"
    labels = tuple(_labels(post, publication))
    values = values_of((key, head_key, text_key), post, atom_id(publication.id, post.id), labels)
    if not relabel:
        return Row(path, stamp, values, None, None)
    return Row(
        path, stamp, values, labels, tuple(_note_values(item, publication) for item in items_of(post, publication))
    )


def _note_values(item: Post, publication: Publication) -> Values:
    """What is kept of an item that a note makes: there is no more to it than its fields say."""
    text_key = digest((item.notes, item.language, item.id))
    return values_of(("", "", text_key), item, atom_id(publication.id, item.id))


def post_key(bytes_digest: str, settings: str) -> str:
    """The key under which a post is read."""
    return f"{bytes_digest} {settings}"


def _labels(post: Post, publication: Publication) -> Iterator[Label]:
    """Under what the post is collected: its tags and its authors, each by its name."""
    for name in post.tags if publication.tag_feeds else ():
        yield Label("tags", feed_slug(name), name, fold(name))
    for name in dict.fromkeys(author.name for author in post.authors) if publication.author_feeds else ():
        yield Label("authors", feed_slug(name), name, fold(name))


def _take_in(
    catalogue: Catalogue,
    read_in: Sequence[Row | _Touched | PostError],
    known: dict[str, str],
    errors: list[DatelineError],
) -> bool:
    """Keep what was read; gives whether some post is labelled anew."""
    rows = [found for found in read_in if isinstance(found, Row)]
    catalogue.files.put(rows, known)
    for found in read_in:
        if isinstance(found, _Touched):
            catalogue.files.touch(found.path, found.stamp)
        elif isinstance(found, PostError):
            errors.append(found)
            catalogue.files.forget(found.path)
    return any(row.labels is not None for row in rows)


def _clashes(folder: Path, catalogue: Catalogue, paths: Sequence[str] | None) -> list[DatelineError]:
    """Ids, in the form that Atom has them, and addresses are permanent and go by one post each.

    Looks at the posts at `paths`, where all others are known to agree, or at all.
    """
    remedy = "rename one, or give it an id: of its own"
    ids = [_clash(folder, posts, "id", posts[0].id, remedy) for posts in catalogue.posts.clashes("atom_id", paths)]
    remedy = "give one a slug: of its own"
    return ids + [
        _clash(folder, posts, "address", posts[0].url, remedy) for posts in catalogue.posts.clashes("url", paths)
    ]


def _clash(folder: Path, posts: list[Post], key: str, value: str, remedy: str) -> DatelineError:
    first, *others = posts
    told = ", ".join(post.below(folder).path for post in others)
    return PostError(first.path, None, f"{key}: {value} is also that of {told}", remedy)


def clashing_labels(folder: Path, catalogue: Catalogue, now: datetime) -> list[DatelineError]:
    """Tags, or authors, whose feeds would have one address."""
    errors: list[DatelineError] = []
    for kind, slug in catalogue.labels.shared() if catalogue.about("shared slugs") != "none" else ():
        (name, path), *others = catalogue.labels.names(kind, slug, now) or [("", "")]
        if others:
            key = kind.removesuffix("s")
            told = ", ".join(f"'{other}' in {openable(folder, place)}" for other, place in others)
            problem = f"{key}: '{name}' and {told} would share one feed, {kind}/{slug}/"
            errors.append(PostError(path, None, problem, f"rename one, or set {key}_feeds = false in {SETTINGS_FILE}"))
    return errors
