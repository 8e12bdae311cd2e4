"""Give tags and authors that would share a feed a slug each, before anything of them is published. Pure."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import count

from dateline.content.config import SLUG_TABLES
from dateline.content.ids import label_key, label_slug, numbered_slug
from dateline.errors import InputError
from dateline.model import Post, Publication


def label_slugs(posts: Iterable[Post], publication: Publication) -> dict[tuple[str, str], str]:
    """Return slugs by table and key of feed.toml; the name that was used first keeps the one that others would have."""
    earliest_first = sorted((post for post in posts if not post.draft), key=lambda post: (post.published, post.path))
    return {
        (SLUG_TABLES[kind], name): slug
        for kind, has_feeds in (("tags", publication.tag_feeds), ("authors", publication.author_feeds))
        for name, slug in (_distinct(kind, earliest_first, publication) if has_feeds else ())
    }


def _distinct(kind: str, posts: Iterable[Post], publication: Publication) -> Iterator[tuple[str, str]]:
    found: dict[str, dict[str, str]] = {}  # names by slug, and by what makes two of them one name
    for name in (name for post in posts for name in _names(kind, post)):
        with suppress(InputError):  # a build will say so
            found.setdefault(label_slug(publication, kind, name), {}).setdefault(label_key(name), name)
    taken = {*found, *(slug for of, _, slug in publication.slugs if of == kind)}
    for slug, (first, *others) in ((slug, names.values()) for slug, names in found.items()):
        if others:
            yield first, slug
        for name in others:
            free = next(new for number in count(2) if (new := numbered_slug(slug, number)) not in taken)
            taken.add(free)
            yield name, free


def _names(kind: str, post: Post) -> Iterable[str]:
    return post.tags if kind == "tags" else (author.name for author in post.authors)
