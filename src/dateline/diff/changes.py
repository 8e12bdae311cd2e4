"""What subscribers will see of a build, in values: a sight is one thing that they notice, or cannot."""

from pathlib import Path
from typing import NamedTuple

from dateline.formats.items import Item
from dateline.model import Post

# The kinds of sights, and how a table calls them, in the order in which they are told; first those that surprise.
# What 13 readers do is measured; the guide has it in a table.
SURPRISING = {
    "publication": "another feed",
    "podcast": "another podcast",
    "feed_moved": "feed moved",
    "feed_gone": "feed gone",
    "shown_again": "shown again",
    "redated": "date moved",
    "gone": "gone",
    "older": "old, shown first",
}
KINDS = {
    **SURPRISING,
    "new": "new",
    "updated": "updated",
    "archived": "archive only",
    "past_limit": "off the end",
    "arrives": "arrives",
    "leaves": "leaves",
    "feed_updated": "feed updated",
    "dead_address": "dead address",
}


class Sight(NamedTuple):
    """One thing that subscribers will see. `kind` is a key of KINDS.

    `subject` is the title of the item, or the address, or the key of feed.toml, that it is about; `was` and `now` are
    what stood there and what will, as items or as text, None where there is none. `because` says how that is known.
    `fields` are those of an updated item that differ. `post` is the item as the posts have it now: a post, or what a
    note of one makes; None where there is none any more. `known_as` is the id by which readers know the post of an item
    that is shown again, where that is certain and the post names none itself. `in_archive` says that the item is in the
    archive only, or was, where few readers look.
    """

    kind: str
    subject: str
    was: Item | str | None = None
    now: Item | str | None = None
    because: str = ""
    fields: tuple[str, ...] = ()
    post: Post | None = None
    known_as: str | None = None
    in_archive: bool = False

    @property
    def ids(self) -> frozenset[str]:
        """The ids of the item, before and after."""
        return frozenset(item.id for item in (self.was, self.now) if isinstance(item, Item))

    @property
    def item(self) -> Item | None:
        """The item as it will stand there, or else as it stood."""
        return next((item for item in (self.now, self.was) if isinstance(item, Item)), None)


class Forecast(NamedTuple):
    """What subscribers will see, against what stands in the file or at the address `compared_with`, if anything does.

    `unchecked` is a sentence that says what was not looked at, and why. `abandoned` are feeds in the output, by path,
    that some other program left there and nobody updates.
    """

    compared_with: str | None
    sights: tuple[Sight, ...] = ()
    unchecked: str = ""
    abandoned: tuple[str, ...] = ()

    @property
    def surprises(self) -> tuple[Sight, ...]:
        """The sights that ought to be meant."""
        return tuple(sight for sight in self.sights if sight.kind in SURPRISING)

    def below(self, folder: Path) -> "Forecast":
        """The same, the paths of posts as they can be opened."""
        sights = (sight._replace(post=sight.post.below(folder)) if sight.post else sight for sight in self.sights)
        return self._replace(sights=tuple(sights))

    def of(self, *kinds: str) -> tuple[Sight, ...]:
        """The sights of some kinds."""
        return tuple(sight for sight in self.sights if sight.kind in kinds)


class Surprised(Exception):  # noqa: N818 - it is an outcome, and holds what would be seen
    """Nothing was written, since subscribers would see what nobody said was meant."""

    def __init__(self, forecast: Forecast) -> None:
        super().__init__(forecast)
        self.forecast = forecast
