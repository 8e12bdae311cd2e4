"""Add to each change what the posts and the output say about it: its post, and addresses that stop working."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from dateline.content.corrections import corrected_id
from dateline.content.ids import post_id, stem_of
from dateline.content.urls import page_paths
from dateline.diff.changes import Change
from dateline.diff.context import DiffContext
from dateline.formats.items import Item
from dateline.model import Post


def with_details(context: DiffContext, changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return each change once, with its post, as those see it who see most; and the addresses that stop working."""
    found: dict[tuple[str, str, str], Change] = {}
    for change in changes:
        feed = change.because if change.kind in ("arrives", "leaves") else ""
        key = change.kind, change.item.id if change.item else change.subject, feed
        if found.setdefault(key, change).in_archive:
            found[key] = change
    full = [_with_post(context, change) for change in found.values()]
    return (*full, *(Change("dead_address", url, url) for url in _dead_addresses(context, full)))


def _with_post(context: DiffContext, change: Change) -> Change:
    if change.item is None:
        return change
    post = context.post(change.item.id)
    shown = post and post.below(context.posts)
    return change._replace(post=shown, known_as=_known_as(context, change, post))


def _known_as(context: DiffContext, change: Change, post: Post | None) -> str | None:
    """Return the id by which readers know the post of an item that is shown again, unless the post has its own.

    An id in a post is kept: its author, or `adopt`, knows of subscribers that the output does not show. The id of a
    correction contains that of its post. If it was moved to another post, its old id belongs to neither.
    """
    if post is None or change.kind != "shown_again" or not isinstance(change.was, Item):
        return None
    whole = context.cache.posts.by_path(post.path) if post.part else post
    if whole is None or whole.id != post_id(context.publication.id, stem_of(whole.path)):
        return None
    if not post.part:
        return change.was.id
    id = corrected_id(change.was.id, post.notes[0], context.publication.id)
    return id if id and context.post(id) is None else None


def _dead_addresses(context: DiffContext, changes: Sequence[Change]) -> list[str]:
    """Return the addresses of pages with items that will not be there, as far as posts and output show."""
    left = dict.fromkeys(address for change in changes if (address := _left_address(change)))
    if not left:
        return []
    url = context.publication.url
    moved = [change.subject for change in changes if change.kind == "feed_moved"]
    hosts = {_host(address) for address in (url, *moved)}
    alive = {address.partition("#")[0] for address in context.cache.published.addresses(context.now)}
    # A server that redirects the feed's old address is expected to redirect those of posts, too.
    bases = {address.rpartition("/")[0] + "/" for address in moved}

    def is_alive(address: str) -> bool:
        redirected = (url + address.removeprefix(base) for base in bases if address.startswith(base))
        return any(place in alive or _is_file(context, place) for place in (address, *redirected))

    return [address for address in left if _host(address) in hosts and not is_alive(address)]


def _host(address: str) -> str:
    with suppress(ValueError):
        return urlsplit(address).netloc
    return ""


def _left_address(change: Change) -> str | None:
    """Return the page that an item was on, if it is there no more."""
    if not isinstance(change.was, Item) or change.kind not in ("shown_again", "updated", "gone", "redated"):
        return None
    return change.was.page if not isinstance(change.now, Item) or change.now.page != change.was.page else None


def _is_file(context: DiffContext, address: str) -> bool:
    """Tell whether a file of the output will be at an address, such as a redirect."""
    if not address.startswith(context.publication.url):
        return False
    path = urlsplit(address.removeprefix(context.publication.url)).path
    return any(page in context.files for page in page_paths(path))
