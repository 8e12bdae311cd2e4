"""Write the old id and address of renamed posts into their front matter, so that readers recognise them."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from dateline.comparison.changes import Change, ChangeReport
from dateline.content.edit import write_keys
from dateline.content.posts import read_post
from dateline.content.source import read
from dateline.content.urls import slug_in
from dateline.errors import openable
from dateline.formats.items import Item
from dateline.model import Publication
from dateline.options import BuildOptions, Progress
from dateline.pipeline import build, read_publication
from dateline.render import beginning


class Pinned(NamedTuple):
    """The keys written into a post; `address` is an old one that no slug gives back, so it is lost."""

    path: str
    keys: Mapping[str, str]
    address: str | None = None


def pin(options: BuildOptions, progress: Progress, *, is_rehearsal: bool) -> tuple[list[Pinned], ChangeReport]:
    """Write the old ``id:``, and the old ``slug:`` if the address would change, into posts that need it.

    An ``id:`` that is written stays. `options` are those of a dry run, and name what to compare with; in a rehearsal
    nothing is written. Returns what was written, and what subscribers will see then. Raises as `build` does, and
    PostError if a post cannot be written.
    """
    changes = build(options, progress).changes
    publication, _ = read_publication(options)
    folder = Path(options.posts)
    found = {path: p for path, group in _by_path(folder, changes) if (p := _pinned(folder, path, publication, group))}
    if not is_rehearsal and found:
        for path, pinned in found.items():
            write_keys(folder, path, pinned.keys)
        changes = build(options, progress).changes
    return list(found.values()), changes


def _by_path(folder: Path, changes: ChangeReport) -> Iterator[tuple[str, list[Change]]]:
    """Yield the path of each post, below the folder, with its own changes, or else those that its notes agree on."""
    by_path: dict[str, tuple[list[Change], list[Change]]] = {}
    for change in changes.of("shown_again", "moves", "updated"):
        post = change.post
        if post and (change.known_as or change.kind == "updated"):
            by_path.setdefault(os.path.relpath(post.path, folder), ([], []))[bool(post.part)].append(change)
    for path, (own, of_notes) in by_path.items():
        if own or len({change.known_as for change in of_notes}) == 1:
            yield path, own or of_notes


def _pinned(folder: Path, path: str, publication: Publication, changes: Iterable[Change]) -> Pinned | None:
    """Return the keys that undo the first of these changes that keys can undo."""
    post = read_post(read(folder, path)[0], publication, beginning)
    for change in changes:
        if not isinstance(change.was, Item) or not isinstance(change.now, Item):
            continue
        keys = {"id": change.known_as} if change.known_as else {}
        old = change.was.page
        has_moved = old != change.now.page
        home = publication.home_of(post.edition)
        slug = slug_in(old.removeprefix(home), publication.permalink, post.published)
        if has_moved and slug is not None and not post.link:
            return Pinned(openable(folder, path), {**keys, "slug": slug})
        if keys:
            return Pinned(openable(folder, path), keys, old if has_moved else None)
    return None
