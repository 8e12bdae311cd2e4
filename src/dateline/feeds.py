"""Choose the posts of each feed, and what the feed says about itself."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache, partial
from html import escape
from typing import NamedTuple
from urllib.parse import quote

from dateline import __version__
from dateline.cache.database import Cache
from dateline.content.dates import EPOCH, with_fraction
from dateline.content.ids import corrections_id, derived_id, label_slug, respelled
from dateline.content.urls import picture_url
from dateline.feed_content import feed_html, footer_of
from dateline.lazy_patterns import lazy_pattern
from dateline.model import Author, Entry, Feed, Image, Move, Post, Publication, Tombstone
from dateline.paths import SETTINGS_FILE
from dateline.render.html import fill_slots

# A month or a day, and its posts: the number that each has in the cache, and a key of what it shows.
Unit = tuple[str, list[tuple[int, int | None]]]
# How many characters of an ISO date name an archive.
_ARCHIVED = lazy_pattern(r"(?:[^/]+/)+\d{4}/\d\d/")
AT_A_TIME = 500  # entries that are read from the cache at once
_UNIT = {"month": len("2025-04"), "day": len("2025-04-14")}


class Selection(NamedTuple):
    """A feed to write: its folder in that of its edition, its metadata, its posts, and a key of all that they show.

    `heading` is the feed without entries. `posts` returns the numbers of its posts in the cache. `total` says how many
    there are of a tag or an author.
    """

    folder: str
    what: str
    heading: Feed
    size: int
    shown: str
    posts: Callable[[], Collection[int]]
    total: int = 0


class Edition(NamedTuple):
    """The publication in one of its languages: its settings, its posts in the cache, and its feeds."""

    publication: Publication
    cache: Cache
    feeds: Sequence[Selection]


def shows_all(publication: Publication) -> bool:
    """Return whether some feed or page shows every published post."""
    return publication.archives != "off" or publication.pages


def to_show(cache: Cache, publication: Publication, now: datetime) -> Collection[int] | None:
    """Return the numbers of the posts that some feed or page shows; None for every published post."""
    if shows_all(publication):
        return None
    numbers: set[int] = set()
    for edition in publication.editions():
        posts = cache.of(edition.edition)
        numbers.update(posts.published.newest(now, publication.limit))
        numbers.update(posts.published.corrections(now, publication.limit))
        for kind, slug, *_ in posts.labels.all(now):
            numbers.update(posts.labels.newest(kind, slug, now, publication.limit))
    return numbers


def editions(cache: Cache, publication: Publication, now: datetime, image: Image | None) -> Iterator[Edition]:
    """Yield the editions that have published posts, the main one first."""
    for edition in publication.editions():
        posts = cache.of(edition.edition)
        if feeds := list(selections(posts, edition, now, image)):
            yield Edition(edition, posts, feeds)


def selections(cache: Cache, publication: Publication, now: datetime, image: Image | None) -> Iterator[Selection]:
    """Yield every feed with published posts: the main one, then archives, corrections, tags and authors."""
    heading = _heading(publication, image)
    current = cache.published.newest(now, publication.limit)
    if not current:
        return
    closed: list[Unit] = []
    if publication.archives != "off":
        out = cache.published.oldest_first(now)
        *closed, (_, latest) = in_units(out, publication.archives)
        current = list(dict.fromkeys([*current, *(number for number, _ in latest)]))
        # The W3C validator warns about a single archive (ArchiveIncomplete).
        if len(current) == len(out) or len(closed) == 1:
            current, closed = [number for number, *_ in out], []
            heading = heading._replace(complete=True)
    if closed:
        heading = heading._replace(previous=publication.url + archive_folder(closed[-1][0], publication))
    main = heading._replace(tombstones=_tombstones(cache, publication), moved=publication.moved)
    yield Selection("", "", main, len(current), cache.published.entry_keys(current), lambda: current)
    yield from _archives(heading, closed)
    yield from _of_corrections(cache, heading, now)
    yield from _labelled(cache, heading, now)


def _tombstones(cache: Cache, publication: Publication) -> tuple[Tombstone, ...]:
    withdrawn = cache.published.withdrawn(publication.limit) if publication.tombstones else ()
    return tuple(Tombstone(id, withdrawal.moment, withdrawal.reason) for id, withdrawal in withdrawn)


def in_units(out: Iterable[tuple[int, str, int | None]], archives: str) -> list[Unit]:
    """Group posts by the ``month`` or ``day`` of their archive (RFC 5005, section 4). The last unit is still open.

    The posts come in the order of publication: number, date as written, key of what they show. A post belongs to the
    month of its date, or to a later one if a post of that month was published first: so a new post never goes into a
    closed archive, which clients have read once and for all.
    """
    units: list[Unit] = []
    unit, length = "", _UNIT[archives]
    for number, day, shown in out:
        if not units or day[:length] > unit:
            unit = day[:length]
            units.append((unit, []))
        units[-1][1].append((number, shown))
    return units


def archive_folder(unit: str, publication: Publication) -> str:
    """Return the folder of an archive: ``archive/2025/04/`` for ``2025-04``."""
    return f"{publication.folder_of('archive')}{unit.replace('-', '/')}/"


def is_in_archive(path: str) -> bool:
    """Return whether a file is in the folder of an archive, whatever that is called."""
    return _ARCHIVED.match(path) is not None


def _archives(heading: Feed, closed: Sequence[Unit]) -> Iterator[Selection]:
    publication = heading.publication
    folders = [archive_folder(unit, publication) for unit, _ in closed]
    bases = [publication.url + folder for folder in folders]
    around = zip([None, *bases], bases, [*bases[1:], None], folders, closed, strict=False)
    for previous, base, next, folder, (unit, posts) in around:
        archive = heading._replace(
            base=base,
            current=heading.base,
            previous=previous,
            next=next,
            # A new release of Dateline must not change archives, which clients read only once.
            generator=heading.generator and ("Dateline", None),
        )
        numbers = [number for number, _ in posts]
        key = ",".join(str(shown) for _, shown in posts)
        yield Selection(folder, f"archive of {unit}", archive, len(posts), key, partial(tuple, numbers))


def _of_corrections(cache: Cache, main: Feed, now: datetime) -> Iterator[Selection]:
    """Yield the feed of all corrections and retractions, if there are any."""
    numbers = cache.published.corrections(now, main.publication.limit)
    if numbers:
        folder = "corrections/"
        title = main.publication.words().text("corrections")
        heading = _part_of(main, corrections_id(main.publication.feed_id), title, folder)
        yield Selection(
            folder, "corrections", heading, len(numbers), cache.published.entry_keys(numbers), lambda: numbers
        )


def _part_of(main: Feed, id: str, title: str, folder: str) -> Feed:
    """Return the metadata of a feed that holds some of the publication's posts."""
    publication = main.publication
    home = publication.url + quote(folder)
    title = f"{publication.title} · {title}"
    return main._replace(id=id, title=title, home=home, base=home, previous=None, complete=False, podcast=None)


def labels_on_site(feeds: Sequence[Selection], cache: Cache, now: datetime) -> Iterator[Selection]:
    """Yield tags and authors like their feeds, but with all posts that the site lists; without a feed, of size 0."""
    sizes = {feed.folder: feed.size for feed in feeds}
    for label in _labelled(cache, feeds[0].heading, now, listed=True):
        yield label._replace(size=sizes.get(label.folder, 0))


def _labelled(cache: Cache, main: Feed, now: datetime, *, listed: bool = False) -> Iterator[Selection]:
    publication = main.publication
    spellings = {(kind, name): shown for kind, name, shown in publication.spellings}
    for kind, slug, name, size, shown in cache.labels.all(now, listed=listed):
        name = spellings.get((kind, name), name)
        folder = f"{kind}/{slug}/"
        heading = _part_of(main, derived_id(publication.feed_id, f"{kind}/{quote(slug)}"), name, folder)
        what = f"{kind.removesuffix('s')} “{name}”"

        def newest(kind: str = kind, slug: str = slug) -> Collection[int]:
            return cache.labels.newest(kind, slug, now, publication.limit)

        yield Selection(folder, what, heading, min(size, publication.limit), shown, newest, size)


class FeedEntries:
    """The entries of posts as feeds show them, newest first, read from the cache whenever they are iterated over.

    The last ones that were read are kept: all, if there are not many. A `notice` comes before them.
    """

    def __init__(self, cache: Cache, publication: Publication, numbers: Collection[int], notice: Move | None) -> None:
        self._cache = cache
        self._publication = publication
        self._notice = notice and _notice(notice, publication)
        self._numbers = cache.published.newest_first(numbers) if len(numbers) > AT_A_TIME else list(numbers)
        self._read = lru_cache(maxsize=1)(self._read_from)

    def __iter__(self) -> Iterator[Entry]:
        if self._notice:
            yield self._notice
        for start in range(0, len(self._numbers), AT_A_TIME):
            yield from self._read(start)

    def _read_from(self, start: int) -> list[Entry]:
        numbers, has_text = self._numbers[start : start + AT_A_TIME], self._publication.content == "full"
        found = self._cache.entries.get(numbers, fill_slots if has_text else None)
        return [_in_feed(entry, self._publication) for entry in found]


def filled(heading: Feed, folder: str, numbers: Collection[int], cache: Cache) -> Feed:
    """Return the feed in a folder with the entries of posts, which the cache has."""
    entries = FeedEntries(cache, heading.publication, numbers, heading.moved)
    return heading._replace(
        authors=_author_of(heading.publication, folder, entries) or heading.authors,
        entries=entries,
        updated=max(entry.post.updated for entry in entries),
    )


def _in_feed(entry: Entry, publication: Publication) -> Entry:
    """Return an entry as feeds show it."""
    post = respelled(entry.post, publication)
    html = feed_html(entry) if publication.content == "full" else ""
    return entry._replace(post=post, html=html and html + footer_of(post, publication))


def _notice(move: Move, publication: Publication) -> Entry:
    """Return the first item of a publication that has moved. Its id is derived from the new address."""
    id = derived_id(publication.feed_id, f"moved/{quote(move.url, safe='')}")
    words = publication.words()
    post = Post(
        path=SETTINGS_FILE,
        id=id,
        url=move.url,
        title=words.text("moved_title", title=publication.title),
        published=move.moment,
        updated=with_fraction(move.moment, id),
        due=move.moment,
        timed=True,
        authors=publication.authors or (Author(publication.title),),
        tags=(),
        language="en" if words.is_instead else publication.language,
        draft=False,
        link=None,
        aliases=(),
        body_line=1,
    )
    shown = {"title": escape(publication.title, quote=False), "url": escape(move.url)}
    html = f"<p>{words.text('moved_notice_html', **shown)}</p>" if publication.content == "full" else ""
    return Entry(post, html, words.text("moved_notice", title=publication.title, url=move.url))


def _author_of(publication: Publication, folder: str, entries: Iterable[Entry]) -> tuple[Author, ...]:
    """Return the author of an author's feed, as the newest post names them."""
    if not folder.startswith("authors/"):
        return ()
    kind, slug, *_ = folder.split("/")
    newest = next(iter(entries)).post
    return tuple(author for author in newest.authors if label_slug(publication, kind, author.name) == slug)[:1]


def _heading(publication: Publication, image: Image | None) -> Feed:
    """Return the metadata of the main feed."""
    podcast = publication.podcast
    return Feed(
        publication=publication,
        id=publication.feed_id,
        title=publication.title,
        home=publication.url,
        base=publication.url,
        authors=publication.authors,
        updated=EPOCH,
        entries=(),
        icon=picture_url(publication.icon, publication.site_url),
        logo=picture_url(publication.logo, publication.site_url),
        image=image,
        generator=("Dateline", __version__) if publication.generator else None,
        podcast=podcast and podcast._replace(image=picture_url(podcast.image, publication.site_url) or ""),
    )
