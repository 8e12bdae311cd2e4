"""Changes of feeds themselves: which end, move or become other feeds, and what else they say of themselves."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from dateline.diff.changes import Sight
from dateline.diff.compare import changed
from dateline.diff.context import Scene
from dateline.diff.published import document, is_address
from dateline.feed_formats import FORMATS
from dateline.formats.items import Document


def on_feeds(scene: Scene, names: Sequence[str]) -> Iterator[Sight]:
    """Yield what happens to the feeds themselves: some end or move, become other feeds, or say other things."""
    feeds = {format.filename for format in FORMATS.values()}
    gone = [path for path in scene.plan.stale if path.split("/")[-1] in feeds and not path.startswith("archive/")]
    base = _base_so_far(scene, names[0]) if gone else ""
    yield from (Sight("feed_gone", base + quote(path), base + quote(path)) for path in gone)
    for name in names:
        file = scene.main_file(name)
        if not scene.differs(file.name):
            continue
        content, following = file.read_bytes(), scene.now_at(file.name).read_bytes()
        if _heading(content) == _heading(following):
            continue
        ours = scene.is_ours(file.name)
        was, now = document(content, file.name, ours=ours), document(following, "", ours=True)
        if was.own_address and is_address(was.own_address) and was.own_address != now.own_address:
            yield Sight("feed_moved", was.own_address, was.own_address, now.own_address)
        yield from on_heading(scene.publication.title, was, now, exact=ours)


def on_heading(title: str, was: Document, now: Document, *, exact: bool) -> Iterator[Sight]:
    """Yield what differs of a feed itself: its id, the guid of a podcast, and fields, by keys of feed.toml."""
    if was.id and now.id and was.id != now.id:
        yield Sight("publication", title, was.id, now.id)
    if was.guid and was.guid.casefold() != now.guid.casefold():
        yield Sight("podcast", title, was.guid, now.guid or None)
    for before, after in changed(was.details, now.details, exact):
        yield Sight("feed_updated", before.field, before.text.strip(), after.text.strip())


def _base_so_far(scene: Scene, name: str) -> str:
    """The address under which feeds were to be had, as the one that stands in the output says."""
    file = scene.main_file(name)
    address = document(file.read_bytes(), str(file), ours=scene.is_ours(file.name)).own_address or ""
    return address.removesuffix(file.name) if address.endswith(f"/{file.name}") else scene.publication.url


def _heading(content: bytes) -> bytes:
    """What a document says of itself, but for when it changed."""
    head = re.split(rb"<entry>|<item>|\"items\":", content, maxsplit=1)[0]
    return re.sub(rb"<(updated|lastBuildDate)>[^<]*</\1>", b"", head)
