"""What would be published, and what stands there now: the files of both sides, whatever is to be known of them."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from dateline.cache.database import Cache
from dateline.content.ids import atom_id
from dateline.diff.published import document
from dateline.errors import FeedError
from dateline.feed_formats import FORMATS
from dateline.feeds import Selection
from dateline.formats.items import Details, Item
from dateline.hashing import sha256
from dateline.model import Post, Publication
from dateline.output import Plan, PlannedFile


class Scene:
    """What would be published: a plan for an output folder, whose documents are staged, and what it was made from."""

    def __init__(
        self,
        folder: Path,
        plan: Plan,
        selections: Sequence[Selection],
        catalogue: Cache,
        publication: Publication,
        now: datetime,
    ) -> None:
        self.folder = folder
        self.plan = plan
        self.files: Mapping[str, PlannedFile] = {planned.output.path: planned for planned in plan.files}
        self.selections = selections
        self.catalogue = catalogue
        self.publication = publication
        self.now = now

    def post(self, id: str) -> Post | None:
        """The post that has an id, in whatever format that stands, be it out or not."""
        return self.catalogue.posts.by_id(atom_id(self.publication.id, id))

    def is_out(self, post: Post) -> bool:
        """Whether a post is to be seen."""
        return not post.kept_out and post.due <= self.now

    @property
    def history(self) -> list[Selection]:
        """The main feed, and its archives."""
        return [found for found in self.selections if not found.folder or found.heading.current is not None]

    def main_file(self, name: str) -> Path:
        """The document that people subscribe to, in the format of this name."""
        return self.folder / FORMATS[name].filename

    def now_at(self, path: str) -> Path:
        """Where the bytes lie that are to stand at a path of the output."""
        planned = self.files.get(path)
        return planned.staged if planned and planned.staged else self.folder / path

    def differs(self, path: str) -> bool:
        """Whether other bytes are to stand at a path of the output."""
        planned = self.files.get(path)
        return bool(planned and planned.staged)

    def is_ours(self, path: str) -> bool:
        """Whether the file at a path is as a build left it."""
        planned = self.files.get(path)
        if planned and not planned.differs:
            return True
        return self.plan.manifest.get(path) == sha256((self.folder / path).read_bytes())

    def items_in(self, folder: str, names: Sequence[str], *, now: bool) -> tuple[Item, ...]:
        """Read the items of a feed of ours, as they are to be `now` or as they were, with the details of each format.

        The formats read are the first of `names`, whose ids all go by, and those of the others whose bytes will differ.
        """
        first, *others = (folder + FORMATS[name].filename for name in names)
        items = _items_in(self.now_at(first) if now else self.folder / first)
        known: dict[str, Details] = {}
        for path in filter(self.differs, others):
            for item in _items_in(self.now_at(path) if now else self.folder / path):
                id = self.atom_id(item)
                known[id] = known.get(id, ()) + item.details
        if not known:
            return items
        return tuple(item._replace(details=item.details + known.get(self.atom_id(item), ())) for item in items)

    def atom_id(self, item: Item) -> str:
        """Return the id that an item has in Atom."""
        return atom_id(self.publication.id, item.id)


def _items_in(file: Path) -> tuple[Item, ...]:
    """The items of a document that Dateline wrote; none where there is none, or something else in its place."""
    with suppress(FeedError):
        return document(file.read_bytes(), str(file), ours=True).items if file.is_file() else ()
    return ()
