"""What the posts and the output have to say of each sight: whose it is, and which addresses end."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from dateline.content.corrections import corrected_id
from dateline.content.ids import post_id, stem_of
from dateline.content.urls import page_paths
from dateline.diff.changes import Sight
from dateline.diff.context import Scene
from dateline.formats.items import Item
from dateline.model import Post


def in_full(scene: Scene, sights: Iterable[Sight]) -> tuple[Sight, ...]:
    """Each sight once, as those have it who see most of it; with its post; and addresses that end."""
    found: dict[tuple[str, str, str], Sight] = {}
    for sight in sights:
        key = sight.item.id if sight.item else sight.subject
        where = sight.because if sight.kind in ("arrives", "leaves") else ""
        if found.setdefault((sight.kind, key, where), sight).in_archive:
            found[sight.kind, key, where] = sight
    full = [_with_post(scene, sight) for sight in found.values()]
    dead = _dead_addresses(scene, full)
    return (*full, *(Sight("dead_address", address, address) for address in dead))


def _with_post(scene: Scene, sight: Sight) -> Sight:
    """The same, with what the post files say to it."""
    if sight.item is None:
        return sight
    post = scene.post(sight.item.id)
    return sight._replace(post=post, known_as=_known_as(scene, sight, post))


def _known_as(scene: Scene, sight: Sight, post: Post | None) -> str | None:
    """The id by which readers know the post of an item that is shown again, unless the post names one itself.

    That stays: its author, or `adopt`, knows of subscribers that the output does not.
    The id of a correction tells that of its post, and whether they belong together still: one that has been put into
    another post leaves its own behind.
    """
    if post is None or sight.kind != "shown_again" or not isinstance(sight.was, Item):
        return None
    whole = scene.catalogue.posts.by_path(post.path) if post.part else post
    if whole is None or whole.id != post_id(scene.publication.id, stem_of(whole.path)):
        return None
    if not post.part:
        return sight.was.id
    id = corrected_id(sight.was.id, post.notes[0], scene.publication.id)
    return id if id and scene.post(id) is None else None


def _dead_addresses(scene: Scene, sights: Sequence[Sight]) -> list[str]:
    """Addresses of pages where items were to be read, which will not be there, as far as posts and output tell."""
    left = dict.fromkeys(address for sight in sights if (address := _left_behind(sight)))
    if not left:
        return []
    hosts = {_host(scene.publication.url)}
    hosts |= {_host(sight.subject) for sight in sights if sight.kind == "feed_moved"}
    alive = {address.partition("#")[0] for address in scene.catalogue.published.addresses(scene.now)}
    # Who has the server lead on from the feed's old address has it do so from those of posts.
    bases = {sight.subject.rpartition("/")[0] + "/" for sight in sights if sight.kind == "feed_moved"}

    def is_dead(address: str) -> bool:
        moved = [scene.publication.url + address.removeprefix(base) for base in bases if address.startswith(base)]
        return not any(place in alive or _is_file(scene, place) for place in (address, *moved))

    return [address for address in left if _host(address) in hosts and is_dead(address)]


def _host(address: str) -> str:
    with suppress(ValueError):
        return urlsplit(address).netloc
    return ""


def _left_behind(sight: Sight) -> str | None:
    """The page where an item was to be read, and is no more."""
    if not isinstance(sight.was, Item) or sight.kind not in ("shown_again", "updated", "gone", "redated"):
        return None
    return sight.was.page if not isinstance(sight.now, Item) or sight.now.page != sight.was.page else None


def _is_file(scene: Scene, address: str) -> bool:
    """Whether a file of the output will stand at an address: a page that leads on from there, say."""
    if not address.startswith(scene.publication.url):
        return False
    return any(path in scene.files for path in page_paths(urlsplit(address.removeprefix(scene.publication.url)).path))
