"""Feeds as read: documents and the items in them, in any format."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urljoin

from dateline.content.urls import without_tracking
from dateline.errors import InputError
from dateline.feed_formats import FORMATS
from dateline.lazy_patterns import lazy_pattern
from dateline.render.html import first_paragraph
from dateline.text import first_words

# Around what ends each item of a feed; no post can have this class.
FOOTER, FOOTER_END = '<footer class="feed">', "</footer>"
_OPENING = 5000  # characters of a text in which its first words are looked for
MAX_SIZE = 20 * 1024 * 1024  # bytes of a document, decompressed
# No zone is a day or more from UTC.
_FIRST, _LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
# Dates in RSS as we write them. An offset of -0000 means that there is none.
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WRITTEN_BY_US = lazy_pattern(
    rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ([0-3][0-9]) ({'|'.join(MONTHS)}) ([1-9][0-9]{{3}}) "
    r"((?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]) ((?!-0000)[+-](?:[01][0-9]|2[0-3])[0-5][0-9])"
)


class ItemEnclosure(NamedTuple):
    """An enclosure of an item: its address, and its type, size in bytes, title and seconds as the feed has them."""

    url: str
    media_type: str
    size: str
    title: str = ""
    duration: str = ""


# Texts by format and field, to be compared with those of a later document. A reader gives one for every field that its
# format can carry, empty if the document lacks it: so a field that a format cannot carry never counts as changed.
Details = Mapping[tuple[str, str], str]
NO_DETAILS: Details = {}


def details(format: str, fields: Mapping[str, str]) -> Details:
    """Return the texts of fields as details of a format."""
    return {(format, field): text for field, text in fields.items()}


class ItemEpisode(NamedTuple):
    """The podcast fields of an item, by keys of front matter; and its transcripts, as pairs of address and type."""

    fields: tuple[tuple[str, str], ...] = ()
    transcripts: tuple[tuple[str, str], ...] = ()


class Item(NamedTuple):
    """An item as a feed reader takes it from a document.

    `id` is what readers know it by: its guid or id verbatim, else its address. `url` is absolute if the document's
    address was known. Datetimes are aware; None if there is none that can be read. `html` is the full text, or the
    summary if the feed has no more (`only_summary`); `summary` is HTML, but plain text in JSON Feed. `image` is the
    address of a picture. `has_one_enclosure`: its format (RSS) carries the first enclosure only. `details` are its
    other fields in one format or several, for comparing. `footer` is what ends each item of a feed of ours, and is not
    part of the `html`.
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
    enclosures: tuple[ItemEnclosure, ...] = ()
    has_one_enclosure: bool = False
    image: str = ""
    episode: ItemEpisode = ItemEpisode()
    details: Details = NO_DETAILS
    only_summary: bool = False
    footer: str = ""

    @property
    def heading(self) -> str:
        """Its title, else the first words of its text."""
        html = self.html if len(self.html) <= _OPENING else self.html[:_OPENING].rpartition("<")[0]
        return self.title or first_words(first_paragraph(html))

    @property
    def name(self) -> str:
        """Its heading, else its address, else its id."""
        return self.heading or self.url or self.id

    @property
    def page(self) -> str:
        """The address of the page it is on: its own without a fragment, and without where readers come from."""
        return without_tracking(self.url.partition("#")[0])


class Document(NamedTuple):
    """A document of a feed, read from `address`, in the `format` with this name in FORMATS.

    `id` is the feed's own, which only Atom has. `own_address` is where the document says it is published, `previous`
    the document with older items (RFC 5005; ``next_url`` in JSON Feed). `guid` is the podcast's, if it has one.
    `is_ours`: it names Dateline as its generator. `details` are the other fields of the feed itself, by keys of
    feed.toml, for comparing. Of an export of WordPress, which is no feed that anybody reads, `left_out` says how many
    items of each kind are not among the `items`, since they are no published posts; else it is None.
    """

    address: str
    format: str
    id: str | None
    own_address: str | None
    previous: str | None
    items: tuple[Item, ...]
    guid: str = ""
    is_ours: bool = False
    details: Details = NO_DETAILS
    left_out: Mapping[str, int] | None = None


def not_a_feed(problem: str) -> InputError:
    """Return the error for a document that is not a feed."""
    *others, last = (format.label for format in FORMATS.values())
    return InputError(f"not a feed ({problem})", f"name an {', '.join(others)} or {last} feed")


def split_footer(html: str) -> tuple[str, str]:
    """Return the content of an item of ours without the footer of the feed, and that; it is empty if there is none."""
    text, mark, rest = html.partition(f"\n{FOOTER}")
    is_whole = mark and rest.endswith(FOOTER_END) and rest.count(FOOTER_END) == 1
    return (text, f"{FOOTER}{rest}") if is_whole else (html, "")


def absolute(address: str, link: str | None) -> str:
    """Resolve a link in the document at an address; return it as it is if it is no URL, and empty if there is none."""
    try:
        return urljoin(address, link) if link else ""
    except ValueError:
        return link or ""


def aware_or_none(written: datetime) -> datetime | None:
    """Return the datetime if it has an offset and every zone has a date for it."""
    return written if written.tzinfo and _FIRST <= written <= _LAST else None


def iso_datetime(text: str) -> datetime | None:
    """Read a date of RFC 3339, to the second as in RSS; None if it cannot be read or has no offset."""
    try:
        return aware_or_none(datetime.fromisoformat(text).replace(microsecond=0))
    except ValueError:
        return None


def mail_datetime(text: str) -> datetime | None:
    """Read a date of RFC 822, which RSS uses; None if it cannot be read or has no offset."""
    if match := _WRITTEN_BY_US.fullmatch(text):
        day, month, year, time, offset = match.groups()
        return iso_datetime(f"{year}-{MONTHS.index(month) + 1:02}-{day}T{time}{offset}")
    from email.utils import parsedate_to_datetime  # it takes 8 ms to load

    try:
        return aware_or_none(parsedate_to_datetime(text))
    except (ValueError, IndexError, OverflowError):
        return None
