"""Which posts go into which feed, and what each feed says of itself."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from html import escape
from typing import NamedTuple
from urllib.parse import quote

from dateline import __version__
from dateline.cache.database import Cache
from dateline.content.config import SETTINGS_FILE
from dateline.content.dates import apart
from dateline.content.urls import corrections_id, feed_slug, is_whole
from dateline.model import Author, Entry, Feed, Image, Move, Podcast, Post, Publication, Tombstone

# A month or a day, and its posts: the number that each has in the cache, and a key of what it shows.
Unit = tuple[str, list[tuple[int, int | None]]]
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
# How much of a day as written names an archive.
_UNIT = {"month": len("2025-04"), "day": len("2025-04-14")}


class Selection(NamedTuple):
    """A feed that is to be: its place in the output, its posts, and all that they show, as a key.

    `heading` is the feed without its entries. `posts` gives the numbers that its posts have in the cache.
    """

    folder: str
    what: str
    heading: Feed
    size: int
    shown: str
    posts: Callable[[], Collection[int]]


def to_show(cache: Cache, publication: Publication, now: datetime) -> Collection[int] | None:
    """The numbers of the posts that some feed or page shows; None where that is every post that is out."""
    if publication.archives != "off" or publication.pages:
        return None
    numbers = {
        *cache.published.newest(now, publication.limit),
        *cache.published.corrections(now, publication.limit),
    }
    for kind, slug, *_ in cache.labels.all(now):
        numbers.update(cache.labels.newest(kind, slug, now, publication.limit))
    return numbers


def selections(cache: Cache, publication: Publication, now: datetime, image: Image | None) -> Iterator[Selection]:
    """Every feed of a publication that has posts which are out.

    The main one comes first, then archives, that of corrections, tags and authors.
    """
    heading = _heading(publication, image)
    current = cache.published.newest(now, publication.limit)
    if not current:
        return
    closed: list[Unit] = []
    if publication.archives != "off":
        out = cache.published.oldest_first(now)
        *closed, (_, latest) = in_units(out, publication.archives)
        current = list(dict.fromkeys([*current, *(number for number, _ in latest)]))
        # An archive without another beside it is one of which the W3C validator warns (ArchiveIncomplete).
        if len(current) == len(out) or len(closed) == 1:
            current, closed = [number for number, *_ in out], []
            heading = heading._replace(complete=True)
    if closed:
        heading = heading._replace(previous=publication.url + archive_folder(closed[-1][0]))
    yield Selection(
        "",
        "",
        _of_main_alone(heading, cache),
        len(current),
        cache.published.entry_keys(current),
        lambda: current,
    )
    yield from _archives(heading, closed)
    yield from _of_corrections(cache, heading, now)
    yield from _labelled(cache, heading, now)


def _of_main_alone(heading: Feed, cache: Cache) -> Feed:
    """What only the feed that people subscribe to says: of posts that are gone, and that it has moved itself."""
    publication = heading.publication
    gone = cache.published.withdrawn(publication.limit) if publication.tombstones else ()
    return heading._replace(
        tombstones=tuple(Tombstone(id, withdrawal.moment, withdrawal.reason) for id, withdrawal in gone),
        moved=publication.moved,
    )


def in_units(out: Iterable[tuple[int, str, int | None]], archives: str) -> list[Unit]:
    """Posts by the ``month`` or ``day`` whose archive they go into.

    They come in the order in which they came out: number, day as written, key of what they show. Their month is that
    of the date as written, or a later one where a post of a later month was out first: a post that comes out
    thus never goes into an archive that was closed, and that some client has read for good. The last unit is
    open. RFC 5005, section 4.
    """
    units: list[Unit] = []
    unit, length = "", _UNIT[archives]
    for number, day, shown in out:
        if not units or day[:length] > unit:
            unit = day[:length]
            units.append((unit, []))
        units[-1][1].append((number, shown))
    return units


def archive_folder(unit: str) -> str:
    """Where the archive of a month or a day lies: ``2025-04`` in ``archive/2025/04/``."""
    return f"archive/{unit.replace('-', '/')}/"


def _archives(heading: Feed, closed: Sequence[Unit]) -> Iterator[Selection]:
    bases = [heading.publication.url + archive_folder(unit) for unit, _ in closed]
    around = zip([None, *bases], bases, [*bases[1:], None], closed, strict=False)
    for previous, base, next, (unit, posts) in around:
        archive = heading._replace(
            base=base,
            current=heading.base,
            previous=previous,
            next=next,
            # A new release of Dateline changes no document that clients have read for good.
            generator=heading.generator and ("Dateline", None),
        )
        numbers = [number for number, _ in posts]
        key = ",".join(str(shown) for _, shown in posts)
        yield Selection(archive_folder(unit), f"archive of {unit}", archive, len(posts), key, partial(tuple, numbers))


def _of_corrections(cache: Cache, main: Feed, now: datetime) -> Iterator[Selection]:
    """The feed of all corrections and retractions, where there are any."""
    publication = main.publication
    numbers = cache.published.corrections(now, publication.limit)
    if numbers:
        folder = "corrections/"
        heading = main._replace(
            id=corrections_id(publication.id),
            title=f"{publication.title} · Corrections",
            home=publication.url + folder,
            base=publication.url + folder,
            previous=None,
            complete=False,
            podcast=None,
        )
        yield Selection(
            folder, "corrections", heading, len(numbers), cache.published.entry_keys(numbers), lambda: numbers
        )


def _labelled(cache: Cache, main: Feed, now: datetime) -> Iterator[Selection]:
    publication = main.publication
    for kind, slug, name, size, shown in cache.labels.all(now):
        folder = f"{kind}/{slug}/"
        base = publication.url + quote(folder)
        heading = main._replace(
            id=f"{publication.id}/{kind}/{quote(slug)}",
            title=f"{publication.title} · {name}",
            home=base,
            base=base,
            previous=None,
            complete=False,
            podcast=None,
        )
        what = f"{kind.removesuffix('s')} “{name}”"

        def newest(kind: str = kind, slug: str = slug) -> Collection[int]:
            return cache.labels.newest(kind, slug, now, publication.limit)

        yield Selection(folder, what, heading, min(size, publication.limit), shown, newest)


def filled(selection: Selection, entries: Sequence[Entry]) -> Feed:
    """The feed of a selection, with its entries."""
    heading = selection.heading
    if heading.moved:
        entries = [_notice(heading.moved, heading.publication), *entries]
    return heading._replace(
        authors=_author_of(selection, entries) or heading.authors,
        entries=tuple(entries),
        updated=max(entry.post.updated for entry in entries),
    )


def _notice(move: Move, publication: Publication) -> Entry:
    """The item that stands before all others once the publication has moved. Its id is made from where it moved to."""
    id = f"{publication.id}/moved/{quote(move.url, safe='')}"
    post = Post(
        path=SETTINGS_FILE,
        id=id,
        url=move.url,
        title=f"{publication.title} has moved",
        published=move.moment,
        updated=apart(move.moment, id),
        due=move.moment,
        timed=True,
        summary=None,
        authors=publication.authors or (Author(publication.title),),
        tags=(),
        language="en",
        draft=False,
        link=None,
        aliases=(),
        body_line=1,
    )
    words = f"{publication.title} has moved, and nothing more will come here. Subscribe anew at "
    link = f'<a href="{escape(move.url)}">{escape(move.url)}</a>'
    html = f"<p>{escape(words, quote=False)}{link}.</p>" if publication.content == "full" else ""
    return Entry(post, html, f"{words}{move.url}")


def _author_of(selection: Selection, entries: Sequence[Entry]) -> tuple[Author, ...]:
    """Who the feed of an author is by, as the newest post names them."""
    if not selection.folder.startswith("authors/"):
        return ()
    slug = selection.folder.split("/")[1]
    return tuple(author for author in entries[0].post.authors if feed_slug(author.name) == slug)[:1]


def _heading(publication: Publication, image: Image | None) -> Feed:
    """The feed that people subscribe to: the publication's own."""
    return Feed(
        publication=publication,
        id=publication.id,
        title=publication.title,
        home=publication.url,
        base=publication.url,
        authors=publication.authors,
        updated=_NEVER,
        entries=(),
        icon=picture_url(publication.icon, publication.url),
        logo=picture_url(publication.logo, publication.url),
        image=image,
        generator=("Dateline", __version__) if publication.generator else None,
        podcast=_podcast(publication),
    )


def _podcast(publication: Publication) -> Podcast | None:
    """What the main feed and its archives say of the podcast that they are; those of tags and authors are none."""
    podcast = publication.podcast
    return podcast and podcast._replace(image=picture_url(podcast.image, publication.url) or "")


def picture_url(picture: str | None, base: str) -> str | None:
    """The address of a picture that feed.toml names by its path, below `base`, or by its address."""
    return picture and (picture if is_whole(picture) else base + quote(picture))
