"""What subscribers will see: the feeds that a plan would put in place, against those that are published."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime

from dateline.errors import FeedError
from dateline.feeds import Selection
from dateline.formats import FORMATS
from dateline.reading.addresses import atom_id, feed_slug
from dateline.subscribers.baseline import is_address, published_at, walk_files
from dateline.subscribers.comparison import Elsewhere, Side, compare
from dateline.subscribers.headings import on_feeds
from dateline.subscribers.items import Document, Item
from dateline.subscribers.particulars import in_full
from dateline.subscribers.scene import Scene, items_in
from dateline.subscribers.sights import Forecast, Sight

# Which of the formats that we wrote is read: all say the same, JSON is read soonest, and has ids as they were written.
_ORDER = ("json", "rss", "atom")
# Where one of these is told of an item, what else the feed of a tag shows of it goes without saying, save a date.
_COMES_OR_GOES = ("new", "older", "gone", "shown_again")


def foresee(scene: Scene, against: str | None) -> Forecast:
    """What subscribers will see when the plan is carried out.

    It is compared with the feeds that stand in the output at our names, whoever wrote them, or with the one at the
    place `against`, an address or a file, and its archives. Raises FeedError.
    """
    return _against_place(scene, against) if against else _against_folder(scene)


def _against_folder(scene: Scene) -> Forecast:
    ours, theirs = _standing(scene)
    if not ours and not theirs:
        items = items_in(scene.now_at(FORMATS[scene.publication.formats[-1]].filename))
        new = (Sight("new", item.name, None, item) for item in items)
        remedy = 'guard = "live" in feed.toml compares with the one on the web'
        return Forecast(
            None, in_full(scene, new), f"Nothing was checked, for no feed stands in {scene.folder}; {remedy}."
        )
    sights = [sight for documents in theirs.values() for sight in _against(scene, documents)]
    feeds = list(on_feeds(scene, [*theirs, *ours]))
    if ours and ours[0] in scene.publication.formats:
        sights += _since(scene, ours[0])
        if "atom" in ours[1:] and any(sight.kind == "publication" for sight in feeds):
            # There the publication's id stands before ids that are no URIs.
            sights += (sight for sight in _since(scene, "atom") if sight.kind == "shown_again")
    elif ours:
        file = scene.main_file(ours[0])
        sights += _against(scene, _readable(walk_files(file, file.read_bytes(), ours=True)))
    return Forecast(str(scene.main_file([*theirs, *ours][0])), in_full(scene, [*sights, *feeds]))


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
        elif documents := _readable(walk_files(file, file.read_bytes())):
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
    main, name = documents[0], documents[0].format
    sights = _against(scene, documents)
    was = next(filter(is_address, (main.own_address or "", main.address)), None)
    now = scene.publication.url + FORMATS[name].filename
    if name not in scene.publication.formats:
        sights.append(Sight("feed_gone", was or place, was or place))
    elif was and was != now:
        sights.append(Sight("feed_moved", was, was, now))
    if main.id and main.id != scene.publication.id and name == "atom":
        sights.append(Sight("publication", scene.publication.title, main.id, scene.publication.id))
    return Forecast(place, in_full(scene, sights))


def _since(scene: Scene, name: str) -> Iterator[Sight]:
    """What differs from what the last build wrote, in one format. Looks at documents that differ, and no others."""
    filename = FORMATS[name].filename
    differ: list[Selection] = []
    stand: list[Selection] = []
    for selection in scene.history:
        (differ if scene.differs(selection.folder + filename) else stand).append(selection)
    stale = [path for path in scene.plan.stale if path.startswith("archive/") and path.endswith(f"/{filename}")]
    sights: list[Sight] = []
    if differ or stale:
        places = [found.folder + filename for found in differ]
        before = [items_in(scene.folder / path) for path in [*places, *stale]]
        after = [items_in(scene.now_at(path)) for path in places]
        if differ[:1] != scene.history[:1]:
            main = items_in(scene.folder / filename)
            before, after = [main, *before], [main, *after]
        sights += compare(_side(before), _side(after), _elsewhere(scene, stand), exact=True)
    told = {id: sight.kind for sight in sights if sight.kind in _COMES_OR_GOES for id in sight.ids}
    yield from sights
    for sight in _labelled(scene, filename):
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


def _labelled(scene: Scene, filename: str) -> Iterator[Sight]:
    """What is to be seen in the feeds of tags and authors, of which items may leave and where they may arrive."""
    elsewhere = _elsewhere(scene, ())
    for selection in scene.selections:
        path = selection.folder + filename
        if not selection.folder or selection.heading.current is not None or not scene.differs(path):
            continue
        was, now = Side(items_in(scene.folder / path)), Side(items_in(scene.now_at(path)))
        for sight in compare(was, now, elsewhere, exact=True) if was.main else ():
            if sight.kind in ("new", "older"):
                yield Sight("arrives", sight.subject, None, sight.now, selection.what)
            elif sight.kind != "past_limit":
                yield sight
            elif not _is_labelled(scene, sight, selection.folder):
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
    filename = FORMATS[chosen].filename
    after = _side([items_in(scene.now_at(selection.folder + filename)) for selection in scene.history])
    # What has neither an id nor an address, no reader knows again.
    before = _side([tuple(item for item in found.items if item.id) for found in documents])
    if (name == "atom") != (chosen == "atom"):
        before, after = (_with_atom_ids(scene, side) for side in (before, after))
    return list(compare(before, after, _elsewhere(scene, ()), exact=False))


def _with_atom_ids(scene: Scene, side: Side) -> Side:
    def mapped(items: Iterable[Item]) -> tuple[Item, ...]:
        return tuple(item._replace(id=atom_id(scene.publication.id, item.id)) for item in items)

    return Side(mapped(side.main), mapped(side.rest))
