"""What subscribers will see: the feeds that a plan would put in place, against those that are published."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from dateline.catalogue import Catalogue
from dateline.errors import FeedError
from dateline.feeds import Selection
from dateline.formats import FORMATS
from dateline.model import Post, Publication
from dateline.output import Plan, Planned
from dateline.reading import dates
from dateline.reading.addresses import atom_id, feed_slug
from dateline.subscribers.baseline import document, is_address, published_at, walk_files
from dateline.subscribers.comparison import Elsewhere, Side, compare
from dateline.subscribers.items import Document, Item
from dateline.subscribers.sights import Forecast, Sight

# Which of the formats that we wrote is read: all say the same, JSON is read soonest, and has ids as they were written.
_ORDER = ("json", "rss", "atom")
# Where one of these is told of an item, what else the feed of a tag shows of it goes without saying, save a date.
_COMES_OR_GOES = ("new", "older", "gone", "shown_again")


class Scene:
    """What would be published: a plan for an output folder, whose documents are staged, and what it was made from."""

    def __init__(
        self,
        folder: Path,
        plan: Plan,
        selections: Sequence[Selection],
        catalogue: Catalogue,
        publication: Publication,
        now: datetime,
    ) -> None:
        self.folder = folder
        self.plan = plan
        self.files: Mapping[str, Planned] = {planned.product.path: planned for planned in plan.files}
        self.selections = selections
        self.catalogue = catalogue
        self.publication = publication
        self.now = now

    def post(self, id: str) -> Post | None:
        """The post that has an id, in whatever format that stands, be it out or not."""
        return self.catalogue.of_id(atom_id(self.publication.id, id))

    def is_out(self, post: Post) -> bool:
        """Whether a post is to be seen."""
        return not post.kept_out and post.due <= self.now


def foresee(scene: Scene, against: str | None) -> Forecast:
    """What subscribers will see when the plan is carried out.

    It is compared with the feeds that stand in the output at our names, whoever wrote them, or with the one at the
    place `against`, an address or a file, and its archives. Raises FeedError.
    """
    return _against_place(scene, against) if against else _against_folder(scene)


def _against_folder(scene: Scene) -> Forecast:
    ours, theirs = _standing(scene)
    if not ours and not theirs:
        items = _items(_now_at(scene, FORMATS[scene.publication.formats[-1]].filename))
        new = (Sight("new", item.name, None, item) for item in items)
        remedy = 'guard = "live" in feed.toml compares with the one on the web'
        return Forecast(
            None, _in_full(scene, new), f"Nothing was checked, for no feed stands in {scene.folder}; {remedy}."
        )
    sights = [sight for documents in theirs.values() for sight in _against(scene, documents)]
    feeds = list(_on_feeds(scene, [*theirs, *ours]))
    if ours and ours[0] in scene.publication.formats:
        sights += _since(scene, ours[0])
        if "atom" in ours[1:] and any(sight.kind == "publication" for sight in feeds):
            # There the publication's id stands before ids that are no URIs.
            sights += (sight for sight in _since(scene, "atom") if sight.kind == "shown_again")
    elif ours:
        file = _main_file(scene, ours[0])
        sights += _against(scene, _readable(walk_files(file, file.read_bytes(), ours=True)))
    return Forecast(str(_main_file(scene, [*theirs, *ours][0])), _in_full(scene, [*sights, *feeds]))


def _standing(scene: Scene) -> tuple[list[str], dict[str, list[Document]]]:
    """The formats of feeds in the output that we wrote, the best first, and those of others, with their documents.

    What is no feed has no subscribers.
    """
    ours, theirs = [], {}
    for name in sorted(_ORDER, key=lambda name: name not in scene.publication.formats):
        file = _main_file(scene, name)
        if not file.is_file() or (name not in scene.publication.formats and file.name not in scene.plan.stale):
            continue
        if _is_ours(scene, file.name):
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


def _main_file(scene: Scene, name: str) -> Path:
    return scene.folder / FORMATS[name].filename


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
    return Forecast(place, _in_full(scene, sights))


def _is_ours(scene: Scene, path: str) -> bool:
    """Whether the file at a path is as a build left it."""
    planned = scene.files.get(path)
    if planned and not planned.differs:
        return True
    return scene.plan.manifest.get(path) == hashlib.sha256((scene.folder / path).read_bytes()).hexdigest()


def _since(scene: Scene, name: str) -> Iterator[Sight]:
    """What differs from what the last build wrote, in one format. Looks at documents that differ, and no others."""
    filename = FORMATS[name].filename
    differ: list[Selection] = []
    stand: list[Selection] = []
    for selection in _history(scene):
        planned = scene.files.get(selection.folder + filename)
        (differ if planned and planned.staged else stand).append(selection)
    stale = [path for path in scene.plan.stale if path.startswith("archive/") and path.endswith(f"/{filename}")]
    sights: list[Sight] = []
    if differ or stale:
        places = [found.folder + filename for found in differ]
        before = [_items(scene.folder / path) for path in [*places, *stale]]
        after = [_items(_now_at(scene, path)) for path in places]
        if differ[:1] != _history(scene)[:1]:
            main = _items(scene.folder / filename)
            before, after = [main, *before], [main, *after]
        sights += compare(_side(before), _side(after), _elsewhere(scene, stand), exact=True)
    told = {id: sight.kind for sight in sights if sight.kind in _COMES_OR_GOES for id in sight.ids}
    yield from sights
    for sight in _labelled(scene, filename):
        if sight.kind == "redated" or all(told.get(id, sight.kind) == sight.kind for id in sight.ids):
            yield sight


def _history(scene: Scene) -> list[Selection]:
    """The main feed, and its archives."""
    return [found for found in scene.selections if not found.folder or found.heading.current is not None]


def _now_at(scene: Scene, path: str) -> Path:
    """Where the bytes lie that are to stand at a path of the output."""
    planned = scene.files.get(path)
    return planned.staged if planned and planned.staged else scene.folder / path


def _items(file: Path) -> tuple[Item, ...]:
    """The items of a document that Dateline wrote; none where there is none, or something else in its place."""
    with suppress(FeedError):
        return document(file.read_bytes(), str(file), ours=True).items if file.is_file() else ()
    return ()


def _side(documents: Sequence[tuple[Item, ...]]) -> Side:
    main, *rest = documents
    return Side(main, tuple(item for items in rest for item in items))


def _elsewhere(scene: Scene, stand: Sequence[Selection]) -> Elsewhere:
    """What is known of items by the documents that stay as they are, and by the posts that are out."""
    numbers = {number for selection in stand for number in selection.posts()}

    def stands(id: str) -> bool:
        return bool(numbers) and scene.catalogue.number_of(atom_id(scene.publication.id, id)) in numbers

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
        planned = scene.files.get(selection.folder + filename)
        if not selection.folder or selection.heading.current is not None or not planned or not planned.staged:
            continue
        was, now = Side(_items(scene.folder / planned.product.path)), Side(_items(planned.staged))
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
    kind, slug, _ = folder.split("/")
    names = post.tags if post and kind == "tags" else [author.name for author in post.authors] if post else ()
    return any(feed_slug(name) == slug for name in names)


def _against(scene: Scene, documents: Sequence[Document]) -> list[Sight]:
    """What differs from a feed that anybody wrote: all of it is compared with all of ours."""
    name = documents[0].format
    chosen = name if name in scene.publication.formats else scene.publication.formats[0]
    filename = FORMATS[chosen].filename
    after = _side([_items(_now_at(scene, selection.folder + filename)) for selection in _history(scene)])
    before = _side([found.items for found in documents])
    if (name == "atom") != (chosen == "atom"):
        before, after = (_with_atom_ids(scene, side) for side in (before, after))
    return list(compare(before, after, _elsewhere(scene, ()), exact=False))


def _with_atom_ids(scene: Scene, side: Side) -> Side:
    def mapped(items: Iterable[Item]) -> tuple[Item, ...]:
        return tuple(item._replace(id=atom_id(scene.publication.id, item.id)) for item in items)

    return Side(mapped(side.main), mapped(side.rest))


def _on_feeds(scene: Scene, names: Sequence[str]) -> Iterator[Sight]:
    """Feeds that end, that move, and that become other feeds."""
    feeds = {format.filename for format in FORMATS.values()}
    gone = [path for path in scene.plan.stale if path.split("/")[-1] in feeds and not path.startswith("archive/")]
    base = _base_so_far(scene, names[0]) if gone else ""
    yield from (Sight("feed_gone", base + quote(path), base + quote(path)) for path in gone)
    for name in names:
        planned = scene.files.get(FORMATS[name].filename)
        if not planned or not planned.staged:
            continue
        content, following = (scene.folder / planned.product.path).read_bytes(), planned.staged.read_bytes()
        if _heading(content) == _heading(following):
            continue
        ours = _is_ours(scene, planned.product.path)
        was, now = document(content, planned.product.path, ours=ours), document(following, "", ours=True)
        if was.own_address and is_address(was.own_address) and was.own_address != now.own_address:
            yield Sight("feed_moved", was.own_address, was.own_address, now.own_address)
        if was.id and now.id and was.id != now.id:
            yield Sight("publication", scene.publication.title, was.id, now.id)


def _base_so_far(scene: Scene, name: str) -> str:
    """The address under which feeds were to be had, as the one that stands in the output says."""
    file = _main_file(scene, name)
    address = document(file.read_bytes(), str(file), ours=_is_ours(scene, file.name)).own_address or ""
    return address.removesuffix(file.name) if address.endswith(f"/{file.name}") else scene.publication.url


def _heading(content: bytes) -> bytes:
    """What a document says of itself, but for when it changed."""
    head = re.split(rb"<entry>|<item>|\"items\":", content, maxsplit=1)[0]
    return re.sub(rb"<(updated|lastBuildDate)>[^<]*</\1>", b"", head)


def _in_full(scene: Scene, sights: Iterable[Sight]) -> tuple[Sight, ...]:
    """Each sight once, as those have it who see most of it; with the path of its post; and addresses that end."""
    found: dict[tuple[str, str, str], Sight] = {}
    for sight in sights:
        key = sight.item.id if sight.item else sight.subject
        where = sight.because if sight.kind in ("arrives", "leaves") else ""
        if found.setdefault((sight.kind, key, where), sight).in_archive:
            found[sight.kind, key, where] = sight
    full = [_with_post(scene, sight) for sight in found.values()]
    dead = _dead_addresses(scene, full)
    return (*full, *(Sight("dead_address", address, address) for address in dead))


def _with_post(scene: Scene, sight: Sight) -> Sight:
    """The same, with what the post files say to it."""
    if sight.item is None:
        return sight
    post = scene.post(sight.item.id)
    if sight.kind == "gone":
        return sight._replace(path=post and post.path, because=_why_gone(scene, post))
    return sight._replace(path=post and post.path)


def _why_gone(scene: Scene, post: Post | None) -> str:
    if post is None:
        return "no post has its id"
    if post.kept_out:
        return f"{post.path} is {'withdrawn' if post.withdrawn else 'a draft'}"
    return f"{post.path} is held until {dates.told(post.due)}" if post.due > scene.now else ""


def _dead_addresses(scene: Scene, sights: Sequence[Sight]) -> list[str]:
    """Addresses at which items were to be read, and at which nothing will stand, as far as posts and output tell."""
    left = dict.fromkeys(address for sight in sights if (address := _left_behind(sight)))
    if not left:
        return []
    hosts = {_host(scene.publication.url)}
    hosts |= {_host(sight.subject) for sight in sights if sight.kind == "feed_moved"}
    alive = scene.catalogue.pages(scene.now)
    # Who has the server lead on from the feed's old address has it do so from those of posts.
    bases = {sight.subject.rpartition("/")[0] + "/" for sight in sights if sight.kind == "feed_moved"}

    def is_dead(address: str) -> bool:
        moved = [scene.publication.url + address.removeprefix(base) for base in bases if address.startswith(base)]
        return not any(place in alive or _is_file(scene, place) for place in (address, *moved))

    return [address for address in left if _host(address) in hosts and is_dead(address)]


def _host(address: str) -> str:
    with suppress(ValueError):
        return urlsplit(address).netloc
    return ""


def _left_behind(sight: Sight) -> str | None:
    """The address at which an item was to be read, and is no more."""
    if not isinstance(sight.was, Item) or sight.kind not in ("shown_again", "updated", "gone", "redated"):
        return None
    return sight.was.url if not isinstance(sight.now, Item) or sight.now.url != sight.was.url else None


def _is_file(scene: Scene, address: str) -> bool:
    """Whether a file of the output will stand at an address: a page that leads on from there, say."""
    if not address.startswith(scene.publication.url):
        return False
    path = unquote(urlsplit(address.removeprefix(scene.publication.url)).path)
    return path in scene.files or f"{path.rstrip('/')}/index.html" in scene.files
