"""Find posts on the subject of another. Pure."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from itertools import chain

MAX_RELATED = 3


def related_posts(
    tags: Iterable[tuple[str, int]], numbers: Sequence[int], first_tags: Sequence[str | None]
) -> Callable[[int], list[int]]:
    """Return a function that finds others with the first tag of a post, given its index among all, newest first.

    `tags` has each tag of each post, by number. They are those published before the post or else after it, and not the
    newest of all: so the pages of others stay as they are when a post comes out. The two next to it, to which its page
    links in any case, are left out.
    """
    indexes = {number: index for index, number in enumerate(numbers)}
    by_tag: dict[str, list[int]] = {}
    for tag, number in tags:
        if number in indexes:
            by_tag.setdefault(tag, []).append(indexes[number])
    for places in by_tag.values():
        places.sort()

    def related(index: int) -> list[int]:
        places = by_tag.get(first_tags[index] or "", [])
        place = bisect_left(places, index)
        before = places[place + 1 : place + 2 + MAX_RELATED]
        after = places[max(place - 1 - MAX_RELATED, 0) : place]
        return [other for other in chain(before, reversed(after)) if abs(other - index) > 1][:MAX_RELATED]

    return related
