"""Write the old id and address of posts that were renamed into their front matter, so that readers know them."""

import os
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from dateline.build import Progress
from dateline.content.edit import write_keys
from dateline.content.posts import read_post
from dateline.content.source import read
from dateline.content.urls import slug_in
from dateline.diff.changes import Change, ChangeReport
from dateline.formats.items import Item
from dateline.model import Post, Publication
from dateline.options import BuildOptions
from dateline.pipeline import build, read_publication
from dateline.render import heading_text


class Pinned(NamedTuple):
    """The keys written into a post; `address` is an old one that no slug gives back, so that it cannot be kept."""

    path: str
    keys: Mapping[str, str]
    address: str | None = None


def pin(options: BuildOptions, progress: Progress, *, is_rehearsal: bool) -> tuple[list[Pinned], ChangeReport]:
    """Write the old ``id:``, and the old ``slug:`` if the address would change, into posts that need it.

    An ``id:`` that is written stays. `options` are those of a dry run, and name what to compare with; in a rehearsal
    nothing is written. Returns what was written, and what subscribers will see then. Raises as `build` does, and
    PostError if a post cannot be written.
    """
    forecast = build(options, progress).forecast
    publication, _ = read_publication(options)
    folder = Path(options.posts)
    found = list(_all_pinned(folder, publication, forecast))
    if is_rehearsal or not found:
        return found, forecast
    for pinned in found:
        write_keys(folder, os.path.relpath(pinned.path, folder), pinned.keys)
    return found, build(options, progress).forecast


def _all_pinned(folder: Path, publication: Publication, forecast: ChangeReport) -> Iterator[Pinned]:
    """Yield what keeps posts as they were, each once: by its own change, or else by what its notes agree on."""
    by_path: dict[str, list[Change]] = {}
    for change in forecast.of("shown_again", "updated"):
        if change.post and (change.known_as or change.kind == "updated"):
            by_path.setdefault(change.post.path, []).append(change)
    for path, changes in by_path.items():
        source, *_ = read(folder, os.path.relpath(path, folder))
        post = read_post(source, publication, heading_text).below(folder)
        own = [change for change in changes if change.post and not change.post.part]
        if own or len({change.known_as for change in changes}) == 1:
            pinned = (_pinned(post, publication, change) for change in own or changes)
            yield from islice(filter(None, pinned), 1)


def _pinned(post: Post, publication: Publication, change: Change) -> Pinned | None:
    if not isinstance(change.was, Item) or not isinstance(change.now, Item):
        return None
    keys = {"id": change.known_as} if change.known_as else {}
    old = change.was.page
    if old == change.now.page:
        return Pinned(post.path, keys) if keys else None
    slug = slug_in(old.removeprefix(publication.url), publication.permalink, post.published)
    if slug is None or post.link:
        return Pinned(post.path, keys, old) if keys else None
    return Pinned(post.path, {**keys, "slug": slug})
