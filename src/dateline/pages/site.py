"""What pages are made from, in whatever process: what all have in common, and what each alone shows."""

from collections.abc import Sequence
from typing import NamedTuple

from dateline.cache.entry_tables import CachedEntry
from dateline.model import Entry, Publication

# A post as others link to it: its title and its address.
Link = tuple[str, str]


class Templates(NamedTuple):
    """Where templates are: the folder of those that the user wrote, if any, and a digest of them."""

    theirs: str | None
    digest: str


class Site(NamedTuple):
    """What all pages of a publication have in common. `root` is the path that it is served under.

    `has_icon`: there is a favicon.ico, which browsers look for by themselves.
    """

    publication: Publication
    root: str
    templates: Templates
    has_icon: bool


class ForPost(NamedTuple):
    """A post, as it is kept, and those that came out before and after it."""

    kept: CachedEntry
    older: Link | None
    newer: Link | None


class ForLabel(NamedTuple):
    """A tag or an author: where its page lies, its name, its newest posts, and whether there are `more`."""

    kind: str
    folder: str
    name: str
    entries: Sequence[Entry]
    more: bool


class ForMonth(NamedTuple):
    """A month, its posts, and the months before and after it that have some."""

    month: str
    entries: Sequence[Entry]
    older: str | None
    newer: str | None


class ForSubscribers(NamedTuple):
    """The tags and authors that have feeds: kind, folder, name."""

    labels: Sequence[tuple[str, str, str]]
