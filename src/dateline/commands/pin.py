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
from dateline.diff.changes import Change, ChangeReport
from dateline.formats.items import Item
from dateline.model import Post, Publication
from dateline.pipeline import Request, build, opened
from dateline.render import heading_text


class Pinned(NamedTuple):
    """What was written into a post, by key; `address` is one that no slug gives back, so that it will not stay."""

    path: str
    keys: Mapping[str, str]
    address: str | None = None


def pin(request: Request, progress: Progress, *, is_rehearsal: bool) -> tuple[list[Pinned], ChangeReport]:
    """Write the old ``id:``, and the old ``slug:`` where the address would change, into posts that need it.

    An ``id:`` that is written stays. What is old, the `request` says, which is one for a dry run. In a rehearsal
    nothing is written. Gives what was written, and what subscribers will see then. Raises as `build` does, and
    PostError where a post cannot be written.
    """
    forecast = build(request, progress).forecast
    publication, _ = opened(request)
    found = list(_all_pinned(request.posts, publication, forecast))
    if is_rehearsal or not found:
        return found, forecast
    for pinned in found:
        write_keys(request.posts, os.path.relpath(pinned.path, request.posts), pinned.keys)
    return found, build(request, progress).forecast


def _all_pinned(folder: Path, publication: Publication, forecast: ChangeReport) -> Iterator[Pinned]:
    """What keeps the posts of all changes as they were, each once: by its own, or else by what its notes agree on."""
    by_path: dict[str, list[Change]] = {}
    for change in forecast.of("shown_again", "updated"):
        if change.post and (change.known_as or change.kind == "updated"):
            by_path.setdefault(change.post.path, []).append(change)
    for path, changes in by_path.items():
        source, *_ = read(folder, os.path.relpath(path, folder))
        post = read_post(source, publication, heading_text).below(folder)
        own = [change for change in changes if change.post and not change.post.part]
        if own or len({change.known_as for change in changes}) == 1:
            kept = (_pinned(post, publication, change) for change in own or changes)
            yield from islice(filter(None, kept), 1)


def _pinned(post: Post, publication: Publication, change: Change) -> Pinned | None:
    """What keeps a post as it was, by a change of it; None where there is nothing to keep."""
    if not isinstance(change.was, Item) or not isinstance(change.now, Item):
        return None
    keys = {"id": change.known_as} if change.known_as else {}
    if change.was.page == change.now.page:
        return Pinned(post.path, keys) if keys else None
    slug = slug_in(change.was.page.removeprefix(publication.url), publication.permalink, post.published)
    if slug is None or post.link:
        return Pinned(post.path, keys, change.was.page) if keys else None
    return Pinned(post.path, {**keys, "slug": slug})
