"""The page of each post: ten thousand products, most of which are known by their keys to be as they were."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import partial

from dateline.cache.entry_tables import CachedEntry
from dateline.cache.published_posts import PublishedPost
from dateline.content.urls import page_path
from dateline.hashing import digest_bytes
from dateline.output import Output
from dateline.pages.scene import Scene, work
from dateline.pages.site import ForPost

BATCH = 25  # posts that are taken out of the catalogue in one go


def of_posts(scene: Scene) -> Iterator[Output]:
    """The page of each post that has one here, which shows what came out before and after it as well."""
    home, site = scene.publication.url, scene.site
    out = [post for post in scene.out if not post.part]  # the items of notes lead to the pages of their posts
    here = [place for place, post in enumerate(out) if post.has_page]
    paths = {out[place].number: page_path(out[place].url.removeprefix(home)) for place in here}
    entries = _Entries(scene, out, paths)
    links = [f"{post.title}\0{post.canonical_url}" for post in out]
    before, after = ["", *links], [*links[1:], ""]
    write = partial(work, "post", site)
    for place in here:
        post = out[place]
        shows = f"{scene.key}\0{post.entry_key}\0{before[place]}\0{after[place]}".encode()
        yield Output(
            paths[post.number],
            f"the page of {post.path}",
            digest_bytes(shows),
            partial(entries.page, place),
            write,
            is_page=True,
        )


class _Entries:
    """Takes posts out of the catalogue in the order in which their pages are written, several in one go."""

    def __init__(self, scene: Scene, out: Sequence[PublishedPost], paths: dict[int, str]) -> None:
        self._scene = scene
        self._out = out
        self._paths = paths
        self._order: list[tuple[str, int]] = []
        self._taken: dict[int, CachedEntry] = {}

    def page(self, place: int) -> ForPost:
        """What the page of the post at this place, from the newest, shows."""
        out = self._out
        post = out[place]
        if post.number not in self._taken:
            self._take(self._paths[post.number])
        newer = out[place - 1] if place else None
        older = out[place + 1] if place + 1 < len(out) else None
        return ForPost(
            self._taken.pop(post.number),
            older and (older.title, older.canonical_url),
            newer and (newer.title, newer.canonical_url),
        )

    def _take(self, path: str) -> None:
        self._order = self._order or sorted((path, number) for number, path in self._paths.items())
        first = bisect_left(self._order, (path, -1))
        numbers = [number for _, number in self._order[first : first + BATCH]]
        self._taken = {kept.number: kept for kept in self._scene.catalogue.entries.cached(numbers)}
