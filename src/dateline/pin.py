"""The old id and address of posts that were renamed go into their front matter, so that readers know them."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from dateline.build import Request, build, opened
from dateline.model import Publication
from dateline.reading.addresses import is_uri, slug_in
from dateline.reading.editing import write_keys
from dateline.reading.posts import read_post
from dateline.reading.sources import read
from dateline.refresh import Progress
from dateline.render import heading_text
from dateline.subscribers.items import Item
from dateline.subscribers.sights import Forecast, Sight


class Pinned(NamedTuple):
    """What was written into a post, by key; `address` is one that no slug gives back, so that it will not stay."""

    path: str
    keys: Mapping[str, str]
    address: str | None = None


def pin(request: Request, progress: Progress, *, is_rehearsal: bool) -> tuple[list[Pinned], Forecast]:
    """Write the old ``id:``, and the old ``slug:`` where the address would change, into posts that need it.

    What is old, the `request` says, which is one for a dry run. In a rehearsal nothing is written. Gives what was
    written, and what subscribers will see then. Raises as `build` does, and PostError where a post cannot be written.
    """
    forecast = build(request, progress).forecast
    publication, _ = opened(request)
    found = [
        pinned
        for sight in forecast.of("shown_again", "updated")
        if sight.path and (pinned := _pinned(request.posts, publication, sight, sight.path))
    ]
    if is_rehearsal or not found:
        return found, forecast
    for pinned in found:
        write_keys(request.posts, pinned.path, pinned.keys)
    return found, build(request, progress).forecast


def _pinned(folder: Path, publication: Publication, sight: Sight, path: str) -> Pinned | None:
    """What keeps the post of a sight as it was; None where there is nothing to keep."""
    if not isinstance(sight.was, Item) or not isinstance(sight.now, Item):
        return None
    post = read_post(read(folder, path)[0], publication, heading_text)
    keys = {"id": sight.was.id} if sight.kind == "shown_again" else {}
    if keys and not is_uri(post.id) and sight.was.id.endswith(f"/{quote(post.id, safe='')}"):
        return None  # it has its id; the publication's own, which Atom puts before it, is another
    if sight.was.url == sight.now.url:
        return Pinned(path, keys) if keys else None
    slug = slug_in(sight.was.url.removeprefix(publication.url), publication.permalink, post.published)
    if slug is None or post.link:
        return Pinned(path, keys, sight.was.url) if keys else None
    return Pinned(path, {**keys, "slug": slug})
