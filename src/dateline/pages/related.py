"""Find posts on the subject of another. Pure."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

from dateline.cache.published_posts import PublishedPost
from dateline.content.ids import label_slug
from dateline.model import Publication

MAX_RELATED = 3


def related_posts(
    publication: Publication, tags: Iterable[tuple[str, int]], posts: Sequence[PublishedPost]
) -> Callable[[int], list[int]]:
    """Return a function that finds others with the first tag of a post, given its index among all, newest first.

    `tags` has the slug and the post, by number, of each tag of each. The others are those published before the post or
    else after it, and not the newest of all: so most pages stay as they are when a post comes out. The two next to it,
    to which its page links in any case, are left out.
    """
    names = {post.first_tag for post in posts if post.first_tag}
    slugs = {name: label_slug(publication, "tags", name) for name in names}
    indexes = {post.number: index for index, post in enumerate(posts)}
    by_tag: dict[str, list[int]] = {}
    for tag, number in tags:
        if number in indexes:
            by_tag.setdefault(tag, []).append(indexes[number])
    for places in by_tag.values():
        places.sort()

    def related(index: int) -> list[int]:
        tag = posts[index].first_tag
        places = by_tag.get(slugs[tag], []) if tag else []
        place = bisect_left(places, index)
        before = places[place + 1 : place + 2 + MAX_RELATED]
        if before and before[0] == index + 1:
            del before[0]
        if len(before) < MAX_RELATED:
            after = places[max(place - 1 - MAX_RELATED, 0) : place]
            before += reversed(after[:-1] if after and after[-1] == index - 1 else after)
        return before[:MAX_RELATED]

    return related
