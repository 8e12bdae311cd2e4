"""What a subscriber has of a feed: documents, and the items in them, in whatever format they came."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

MAX_SIZE = 20 * 1024 * 1024  # bytes of a document, unpacked


class Enclosed(NamedTuple):
    """An enclosure of an item: its address; and, as they are written, its type, size in bytes, title and seconds."""

    url: str
    media_type: str
    size: str
    title: str = ""
    duration: str = ""


class Detail(NamedTuple):
    """What one format says under the name of a `field`, to be compared with what the same format says there later.

    A reader gives a detail, empty where nothing is written, for every field that its format can carry: so a field that
    a format lacks is never taken for one that has changed.
    """

    format: str
    field: str
    text: str


Details = tuple[Detail, ...]


def details(format: str, fields: Iterable[tuple[str, str]]) -> Details:
    """Make details of a format from texts by field; several texts of one field make one detail."""
    found: dict[str, list[str]] = {}
    for field, text in fields:
        found.setdefault(field, []).append(text)
    return tuple(Detail(format, field, "\n".join(texts)) for field, texts in found.items())


def pairs_of(was: Details, now: Details) -> Iterator[tuple[Detail, Detail]]:
    """Pair the details that both sides have, by format and field."""
    others = {(detail.format, detail.field): detail for detail in now}
    for detail in was:
        if other := others.get((detail.format, detail.field)):
            yield detail, other


class Episode(NamedTuple):
    """What an item of a podcast says of itself, by keys of front matter; and its transcripts, by address and type."""

    said: tuple[tuple[str, str], ...] = ()
    transcripts: tuple[tuple[str, str], ...] = ()


class Item(NamedTuple):
    """An item as a reader takes it from a document.

    `id` is what the reader knows it by: its guid or id as it stands there, else its address. `url` is absolute where
    the document's address was known. Datetimes are aware, and None where there is none that can be read. `html` is
    the whole text, or the summary where the feed has no more (`only_summary`); `summary` is HTML, but plain text in
    JSON Feed. `image` is the address of a picture. `first_alone`: there may be more enclosures than RSS, which has the
    first, can tell of.
    `details` are for comparing: what else its format, or several of them, say of it.
    """

    id: str
    url: str
    title: str
    published: datetime | None
    updated: datetime | None
    authors: tuple[str, ...]
    html: str
    summary: str
    tags: tuple[str, ...]
    enclosures: tuple[Enclosed, ...] = ()
    first_alone: bool = False
    image: str = ""
    episode: Episode = Episode()
    details: Details = ()
    only_summary: bool = False

    @property
    def name(self) -> str:
        """What to call it: its title, or where it has none what else there is."""
        return self.title or self.url or self.id

    @property
    def page(self) -> str:
        """The address of the page where it is to be read, on which its own may be a place."""
        return self.url.partition("#")[0]


class Document(NamedTuple):
    """A document of a feed, read from `address`, in the `format` that feed.toml knows by this name.

    `id` is that of the feed, which only Atom has. `own_address` is where it says that it is to be had, `previous` the
    document with older items (RFC 5005; ``next_url`` of JSON Feed). `guid` is that of the podcast which it is, if
    directories know it by one. `is_ours` says that Dateline wrote it, as far as it names what did. `details` are for
    comparing, by keys of feed.toml: all that the feed says of itself but for its id, address and guid.
    """

    address: str
    format: str
    id: str | None
    own_address: str | None
    previous: str | None
    items: tuple[Item, ...]
    guid: str = ""
    is_ours: bool = False
    details: Details = ()
