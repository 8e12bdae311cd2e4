"""The old id and address of posts that were renamed go into their front matter, so that readers know them."""

import os
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from dateline.build.index import Progress
from dateline.content.edit import write_keys
from dateline.content.posts import read_post
from dateline.content.source import read
from dateline.content.urls import slug_in
from dateline.diff.changes import Forecast, Sight
from dateline.formats.items import Item
from dateline.model import Post, Publication
from dateline.options import BuildOptions
from dateline.pipeline import build, opened
from dateline.render import heading_text


class Pinned(NamedTuple):
    """What was written into a post, by key; `address` is one that no slug gives back, so that it will not stay."""

    path: str
    keys: Mapping[str, str]
    address: str | None = None


def pin(options: BuildOptions, progress: Progress, *, is_rehearsal: bool) -> tuple[list[Pinned], Forecast]:
    """Write the old ``id:``, and the old ``slug:`` where the address would change, into posts that need it.

    An ``id:`` that is written stays. `options` are those of a dry run, and say what to compare with. In a rehearsal
    nothing is written. Gives what was written, and what subscribers will see then. Raises as `build` does, and
    PostError where a post cannot be written.
    """
    forecast = build(options, progress).forecast
    publication, _ = opened(options)
    folder = Path(options.posts)
    found = list(_all_pinned(folder, publication, forecast))
    if is_rehearsal or not found:
        return found, forecast
    for pinned in found:
        write_keys(folder, os.path.relpath(pinned.path, folder), pinned.keys)
    return found, build(options, progress).forecast


def _all_pinned(folder: Path, publication: Publication, forecast: Forecast) -> Iterator[Pinned]:
    """What keeps the posts of all sights as they were, each once: by its own, or else by what its notes agree on."""
    by_path: dict[str, list[Sight]] = {}
    for sight in forecast.of("shown_again", "updated"):
        if sight.post and (sight.known_as or sight.kind == "updated"):
            by_path.setdefault(sight.post.path, []).append(sight)
    for path, sights in by_path.items():
        source, *_ = read(folder, os.path.relpath(path, folder))
        post = read_post(source, publication, heading_text).below(folder)
        own = [sight for sight in sights if sight.post and not sight.post.part]
        if own or len({sight.known_as for sight in sights}) == 1:
            kept = (_pinned(post, publication, sight) for sight in own or sights)
            yield from islice(filter(None, kept), 1)


def _pinned(post: Post, publication: Publication, sight: Sight) -> Pinned | None:
    """What keeps a post as it was, by a sight of it; None where there is nothing to keep."""
    if not isinstance(sight.was, Item) or not isinstance(sight.now, Item):
        return None
    keys = {"id": sight.known_as} if sight.known_as else {}
    if sight.was.page == sight.now.page:
        return Pinned(post.path, keys) if keys else None
    slug = slug_in(sight.was.page.removeprefix(publication.url), publication.permalink, post.published)
    if slug is None or post.link:
        return Pinned(post.path, keys, sight.was.page) if keys else None
    return Pinned(post.path, {**keys, "slug": slug})
