"""What feeds say of themselves: which end, which move, and which become other feeds."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from dateline.formats import FORMATS
from dateline.subscribers.baseline import document, is_address
from dateline.subscribers.scene import Scene
from dateline.subscribers.sights import Sight


def on_feeds(scene: Scene, names: Sequence[str]) -> Iterator[Sight]:
    """Feeds that end, that move, and that become other feeds."""
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
        if was.id and now.id and was.id != now.id:
            yield Sight("publication", scene.publication.title, was.id, now.id)


def _base_so_far(scene: Scene, name: str) -> str:
    """The address under which feeds were to be had, as the one that stands in the output says."""
    file = scene.main_file(name)
    address = document(file.read_bytes(), str(file), ours=scene.is_ours(file.name)).own_address or ""
    return address.removesuffix(file.name) if address.endswith(f"/{file.name}") else scene.publication.url


def _heading(content: bytes) -> bytes:
    """What a document says of itself, but for when it changed."""
    head = re.split(rb"<entry>|<item>|\"items\":", content, maxsplit=1)[0]
    return re.sub(rb"<(updated|lastBuildDate)>[^<]*</\1>", b"", head)
