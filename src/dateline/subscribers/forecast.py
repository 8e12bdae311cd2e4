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
from dateline.reading.addresses import atom_id
from dateline.subscribers.baseline import document, published_at, walk_files
from dateline.subscribers.comparison import Elsewhere, Side, compare
from dateline.subscribers.items import Document, Item
from dateline.subscribers.sights import Forecast, Sight

# Which of the formats that we wrote is read: all say the same, JSON is read soonest, and has ids as they were written.
_ORDER = ("json", "rss", "atom")


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
        new = (Sight("new", item.title, None, item) for item in items)
        remedy = 'guard = "live" in feed.toml compares with the one on the web'
        return Forecast(
            None, _in_full(scene, new), f"Nothing was checked, for no feed stands in {scene.folder}; {remedy}."
        )
    sights = [sight for documents in theirs.values() for sight in _against(scene, documents)]
    if ours and ours[0] in scene.publication.formats:
        sights += _since(scene, ours[0])
    elif ours:
        file = _main_file(scene, ours[0])
        sights += _against(scene, list(walk_files(file, file.read_bytes(), ours=True)))
    sights += _on_feeds(scene, [*theirs, *ours])
    return Forecast(str(_main_file(scene, [*theirs, *ours][0])), _in_full(scene, sights))


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
        else:
            with suppress(FeedError):
                theirs[name] = list(walk_files(file, file.read_bytes()))
    return ours, theirs


def _main_file(scene: Scene, name: str) -> Path:
    return scene.folder / FORMATS[name].filename


def _against_place(scene: Scene, place: str) -> Forecast:
    documents = list(published_at(place))
    main, name = documents[0], documents[0].format
    sights = _against(scene, documents)
    was = main.own_address or main.address
    now = scene.publication.url + FORMATS[name].filename
    if name not in scene.publication.formats:
        sights.append(Sight("feed_gone", was, was))
    elif was != now:
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
    stands: list[Selection] = []
    before, after = [], []
    for selection in _history(scene):
        planned = scene.files.get(selection.folder + filename)
        if planned is None or not planned.staged:
            stands.append(selection)
        if selection.folder == "" or (planned and planned.staged):
            before.append(_items(scene.folder / selection.folder / filename))
            after.append(_items(_now_at(scene, selection.folder + filename)))
    stale = [path for path in scene.plan.stale if path.startswith("archive/") and path.endswith(f"/{filename}")]
    if len(stands) < len(_history(scene)) or stale:
        before += [_items(scene.folder / path) for path in stale]
        sides = _side(before), _side(after)
        yield from compare(*sides, _elsewhere(scene, stands), exact=True)
    yield from _moving(scene, filename)


def _history(scene: Scene) -> list[Selection]:
    """The main feed, and its archives."""
    return [found for found in scene.selections if not found.folder or found.heading.current is not None]


def _now_at(scene: Scene, path: str) -> Path:
    """Where the bytes lie that are to stand at a path of the output."""
    planned = scene.files.get(path)
    return planned.staged if planned and planned.staged else scene.folder / path


def _items(file: Path) -> tuple[Item, ...]:
    """The items of a document that Dateline wrote; none where there is no file."""
    return document(file.read_bytes(), str(file), ours=True).items if file.is_file() else ()


def _side(documents: Sequence[tuple[Item, ...]]) -> Side:
    main, *rest = documents
    return Side(main, tuple(item for items in rest for item in items))


def _elsewhere(scene: Scene, stands: Sequence[Selection]) -> Elsewhere:
    """What is known of items by the documents that stay as they are, and by the posts that are out."""

    def in_one_that_stands(id: str) -> bool:
        number = scene.catalogue.number_of(atom_id(scene.publication.id, id))
        return number is not None and any(number in selection.posts() for selection in stands)

    def published(id: str) -> datetime | None:
        post = scene.post(id)
        return post.published if post and scene.is_out(post) else None

    def due(id: str) -> datetime | None:
        post = scene.post(id)
        return post.due if post else None

    return Elsewhere(in_one_that_stands, published, due)


def _moving(scene: Scene, filename: str) -> Iterator[Sight]:
    """Items that leave the feeds of tags and authors, or arrive there, and were or are published besides."""
    for selection in scene.selections:
        planned = scene.files.get(selection.folder + filename)
        if not selection.folder or selection.heading.current is not None or not planned or not planned.staged:
            continue
        was = {item.id: item for item in _items(scene.folder / planned.product.path)}
        now = {item.id: item for item in _items(planned.staged)}
        oldest = min((item.published for item in now.values() if item.published), default=None)
        for id in was.keys() - now.keys():
            item = was[id]
            if not (item.published and oldest and item.published < oldest):
                yield Sight("leaves", item.title, item, None, selection.what)
        for id in now.keys() - was.keys() if was else ():
            yield Sight("arrives", now[id].title, None, now[id], selection.what)


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


def _on_feeds(scene: Scene, names: Iterable[str]) -> Iterator[Sight]:
    """Feeds that move, that end, and that become other feeds."""
    url = scene.publication.url
    for path in scene.plan.stale:
        if path.rpartition("/")[2] in {format.filename for format in FORMATS.values()} and not path.startswith(
            "archive/"
        ):
            yield Sight("feed_gone", url + quote(path), url + quote(path))
    for name in names:
        planned = scene.files.get(FORMATS[name].filename)
        if not planned or not planned.staged:
            continue
        content, following = (scene.folder / planned.product.path).read_bytes(), planned.staged.read_bytes()
        if _heading(content) == _heading(following):
            continue
        ours = _is_ours(scene, planned.product.path)
        was, now = document(content, planned.product.path, ours=ours), document(following, "", ours=True)
        if was.own_address and was.own_address != now.own_address:
            yield Sight("feed_moved", was.own_address, was.own_address, now.own_address)
        if was.id and now.id and was.id != now.id:
            yield Sight("publication", scene.publication.title, was.id, now.id)


def _heading(content: bytes) -> bytes:
    """What a document says of itself, but for when it changed."""
    head = re.split(rb"<entry>|<item>|\"items\":", content, maxsplit=1)[0]
    return re.sub(rb"<(updated|lastBuildDate)>[^<]*</\1>", b"", head)


def _in_full(scene: Scene, sights: Iterable[Sight]) -> tuple[Sight, ...]:
    """Each sight once, with the path of its post, and the addresses that stop working."""
    found: dict[tuple[str, str, str], Sight] = {}
    for sight in sights:
        key = sight.item.id if sight.item else sight.subject
        where = sight.because if sight.kind in ("arrives", "leaves") else ""
        found.setdefault((sight.kind, key, where), sight)
    coming_or_going = [sight for sight in found.values() if sight.kind in ("new", "older", "gone", "shown_again")]
    told = {item.id for sight in coming_or_going for item in (sight.was, sight.now) if isinstance(item, Item)}
    full = [
        _with_post(scene, sight)
        for sight in found.values()
        if sight.kind not in ("arrives", "leaves") or (sight.item and sight.item.id not in told)
    ]
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
    hosts = {urlsplit(scene.publication.url).netloc}
    hosts |= {urlsplit(sight.subject).netloc for sight in sights if sight.kind == "feed_moved"}
    alive = scene.catalogue.pages(scene.now)
    return [
        address
        for address in left
        if urlsplit(address).netloc in hosts and address not in alive and not _is_file(scene, address)
    ]


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
