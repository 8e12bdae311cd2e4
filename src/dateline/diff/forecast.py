"""What subscribers will see: the feeds that a plan would put in place, against those that are published."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from urllib.parse import quote

from dateline.content.ids import atom_id, feed_slug
from dateline.diff.changes import Forecast, Sight
from dateline.diff.compare import Elsewhere, Side, compare
from dateline.diff.context import Scene
from dateline.diff.details import in_full
from dateline.diff.feed_metadata import on_feeds, on_heading
from dateline.diff.published import document, is_address, other_feeds, published_at, walk_files
from dateline.errors import FeedError, reason_of
from dateline.feed_formats import FORMATS
from dateline.feeds import Selection
from dateline.formats.items import Document, Item

# The formats that we write, in the order in which we prefer to read them: JSON is fastest, and has ids as written.
_ORDER = ("json", "rss", "atom")
# Where one of these is told of an item, what else the feed of a tag shows of it goes without saying, save a date.
_COMES_OR_GOES = ("new", "older", "gone", "shown_again")


def foresee(scene: Scene, against: str | None) -> Forecast:
    """What subscribers will see when the plan is carried out.

    It is compared with the feeds that stand in the output at our names, whoever wrote them, or with the one at the
    place `against`, an address or a file, and its archives. Until one of ours is there, feeds under other names are
    compared too; after that, they are `abandoned`. Raises FeedError.
    """
    try:
        return _foreseen(scene, against)
    except OSError as error:  # of a feed that was there a moment before
        place = os.fsdecode(error.filename or scene.folder)
        remedy = "try again when no other program writes there"
        raise FeedError(place, None, f"cannot be read: {reason_of(error)}", remedy) from None


def _foreseen(scene: Scene, against: str | None) -> Forecast:
    names = [_filename(name) for name in _ORDER]
    others = other_feeds(scene.folder, {*scene.plan.manifest, *scene.files, *names})
    abandoned = others if any(name in scene.plan.manifest for name in names) else []
    if against:
        found = _against_place(scene, against)
    else:
        ours, theirs = _standing(scene)
        found = (
            _against_ours(scene, ours, theirs) if ours else _against_theirs(scene, theirs, [] if abandoned else others)
        )
    return found._replace(abandoned=tuple(abandoned))


def _filename(name: str) -> str:
    return FORMATS[name].filename


def _against_ours(scene: Scene, ours: Sequence[str], theirs: Mapping[str, Sequence[Document]]) -> Forecast:
    """What differs from the feeds of the last build, and from those that other programs have put in their place."""
    sights = [sight for documents in theirs.values() for sight in _against(scene, documents)]
    feeds = list(on_feeds(scene, [*theirs, *ours]))
    if ours[0] in scene.publication.formats:
        sights += _since(scene, ours)
        if "atom" in ours[1:] and any(sight.kind == "publication" for sight in feeds):
            # There the publication's id stands before ids that are no URIs.
            sights += (sight for sight in _since(scene, ["atom"]) if sight.kind == "shown_again")
    else:
        file = scene.main_file(ours[0])
        sights += _against(scene, _readable(walk_files(file, file.read_bytes(), ours=True)))
    return Forecast(str(scene.main_file([*theirs, *ours][0])), in_full(scene, [*sights, *feeds]))


def _against_theirs(scene: Scene, theirs: Mapping[str, Sequence[Document]], others: Sequence[str]) -> Forecast:
    """What differs from the feeds of other programs, under our names and others; all is new where there is none."""
    # Where a feed is at the top level, those in folders are taken for feeds of parts of the publication.
    places = [path for path in others if "/" not in path] or others
    found = {path: documents for path in places if (documents := _readable(published_at(str(scene.folder / path))))}
    if not theirs and not found:
        items = scene.items_in("", scene.publication.formats[-1:], now=True)
        new = (Sight("new", item.name, None, item) for item in items)
        remedy = 'guard = "live" in feed.toml compares with the one on the web'
        return Forecast(
            None, in_full(scene, new), f"Nothing was checked, for no feed stands in {scene.folder}; {remedy}."
        )
    sights = [sight for documents in (*theirs.values(), *found.values()) for sight in _against(scene, documents)]
    sights += on_feeds(scene, [*theirs])
    for path, documents in found.items():
        sights += _moves(scene, documents[0], scene.publication.url + quote(path))
    first = [scene.main_file(name) for name in theirs] + [scene.folder / path for path in found]
    return Forecast(str(first[0]), in_full(scene, sights))


def _standing(scene: Scene) -> tuple[list[str], dict[str, list[Document]]]:
    """The formats of feeds in the output that we wrote, the best first, and those of others, with their documents.

    What is no feed has no subscribers.
    """
    ours, theirs = [], {}
    for name in sorted(_ORDER, key=lambda name: name not in scene.publication.formats):
        file = scene.main_file(name)
        if not file.is_file() or (name not in scene.publication.formats and file.name not in scene.plan.stale):
            continue
        if scene.is_ours(file.name):
            ours.append(name)
        elif documents := _readable(published_at(str(file))):
            theirs[name] = documents
    return ours, theirs


def _readable(documents: Iterator[Document]) -> list[Document]:
    """Documents up to the first that is none."""
    found = []
    with suppress(FeedError):
        for read in documents:
            found.append(read)  # noqa: PERF402 - what was read is kept where the next cannot be
    return found


def _against_place(scene: Scene, place: str) -> Forecast:
    documents = list(published_at(place))
    return Forecast(place, in_full(scene, [*_against(scene, documents), *_moves(scene, documents[0], place)]))


def _moves(scene: Scene, main: Document, place: str) -> Iterator[Sight]:
    """What happens to the feed at a place, whose subscribers are to find its items in ours."""
    name = main.format
    was = next(filter(is_address, (main.own_address or "", main.address, place)), None)
    now = scene.publication.url + _filename(name)
    if name not in scene.publication.formats:
        yield Sight("feed_gone", was or place, was or place)
        return
    if was and was != now:
        yield Sight("feed_moved", was, was, now)
    following = document(scene.now_at(_filename(name)).read_bytes(), now, ours=True)
    yield from on_heading(scene.publication.title, main, following, exact=main.is_ours)


def _since(scene: Scene, names: Sequence[str]) -> Iterator[Sight]:
    """What differs from what the last build wrote, in some formats. Reads few documents besides those that differ."""
    filenames = [_filename(name) for name in names]
    differ: list[Selection] = []
    stand: list[Selection] = []
    for selection in scene.history:
        (differ if any(scene.differs(selection.folder + name) for name in filenames) else stand).append(selection)
    ending = f"/{filenames[0]}"
    stale = [path for path in scene.plan.stale if path.startswith("archive/") and path.endswith(ending)]
    sights: list[Sight] = []
    if differ or stale:
        left = [path.removesuffix(filenames[0]) for path in stale]
        folders = [found.folder for found in differ]
        before = [scene.items_in(folder, names, now=False) for folder in [*folders, *left]]
        after = [scene.items_in(folder, names, now=True) for folder in folders]
        if differ[:1] != scene.history[:1]:
            main = scene.items_in("", names, now=True)
            before, after = [main, *before], [main, *after]
        sights += compare(_side(before), _side(after), _elsewhere(scene, stand), exact=True)
    told = {id: sight.kind for sight in sights if sight.kind in _COMES_OR_GOES for id in sight.ids}
    yield from sights
    # Where there are archives, every item is in the history, in all formats.
    for sight in _labelled(scene, names if scene.publication.archives == "off" else names[:1]):
        if sight.kind == "redated" or all(told.get(id, sight.kind) == sight.kind for id in sight.ids):
            yield sight


def _side(documents: Sequence[tuple[Item, ...]]) -> Side:
    main, *rest = documents
    return Side(main, tuple(item for items in rest for item in items))


def _elsewhere(scene: Scene, stand: Sequence[Selection]) -> Elsewhere:
    """What is known of items by the documents that stay as they are, and by the posts that are out."""
    numbers = {number for selection in stand for number in selection.posts()}

    def stands(id: str) -> bool:
        return bool(numbers) and scene.catalogue.posts.number_of(atom_id(scene.publication.id, id)) in numbers

    def published(id: str) -> datetime | None:
        post = scene.post(id)
        return post.published if post and scene.is_out(post) else None

    def due(id: str) -> datetime | None:
        post = scene.post(id)
        return post.due if post else None

    return Elsewhere(stands, published, due)


def _labelled(scene: Scene, names: Sequence[str]) -> Iterator[Sight]:
    """What is to be seen in the feeds of tags and authors, of which items may leave and where they may arrive."""
    elsewhere = _elsewhere(scene, ())
    for selection in scene.selections:
        folder = selection.folder
        if not folder or selection.heading.current is not None:
            continue
        if not any(scene.differs(folder + _filename(name)) for name in names):
            continue
        was, now = (Side(scene.items_in(folder, names, now=is_after)) for is_after in (False, True))
        for sight in compare(was, now, elsewhere, exact=True) if was.main else ():
            if sight.kind in ("new", "older"):
                yield Sight("arrives", sight.subject, None, sight.now, selection.what)
            elif sight.kind != "past_limit":
                yield sight
            elif not _is_labelled(scene, sight, folder):
                yield Sight("leaves", sight.subject, sight.was, None, selection.what)


def _is_labelled(scene: Scene, sight: Sight, folder: str) -> bool:
    """Whether the post of a sight still has the tag, or the author, whose feed lies in a folder."""
    post = scene.post(sight.item.id) if sight.item else None
    kind, slug, *_ = folder.split("/")
    if not slug:  # that of corrections, in which each stays until it is too old
        return True
    names = post.tags if post and kind == "tags" else [author.name for author in post.authors] if post else ()
    return any(feed_slug(name) == slug for name in names)


def _against(scene: Scene, documents: Sequence[Document]) -> list[Sight]:
    """What differs from a feed that anybody wrote: all of it is compared with all of ours."""
    name = documents[0].format
    chosen = name if name in scene.publication.formats else scene.publication.formats[0]
    after = _side([scene.items_in(selection.folder, [chosen], now=True) for selection in scene.history])
    # What has neither an id nor an address, no reader knows again.
    before = _side([tuple(item for item in found.items if item.id) for found in documents])
    if (name == "atom") != (chosen == "atom"):
        before, after = (_with_atom_ids(scene, side) for side in (before, after))
    exact = name == chosen and all(found.is_ours for found in documents)
    return list(compare(before, after, _elsewhere(scene, ()), exact=exact))


def _with_atom_ids(scene: Scene, side: Side) -> Side:
    def mapped(items: Iterable[Item]) -> tuple[Item, ...]:
        return tuple(item._replace(id=scene.atom_id(item)) for item in items)

    return Side(mapped(side.main), mapped(side.rest))
