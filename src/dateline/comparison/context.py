"""Both sides of a comparison: what is in the output folder now, and what a build would write there."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from pathlib import Path

from dateline.comparison.published import document, is_feed
from dateline.content.ids import atom_id
from dateline.errors import FeedError
from dateline.feed_formats import FEED_FOLDERS
from dateline.feeds import Edition, is_in_archive
from dateline.formats.items import Details, Document, Item
from dateline.hashing import sha256
from dateline.model import Post
from dateline.output import Plan, PlannedFile


class DiffContext:
    """A plan for the output folder of an edition, whose new files are staged, and what that was made from.

    `site_files` are all files of the output folder, by path, and `others` are the folders of other editions in that of
    this one.
    """

    def __init__(
        self,
        posts: Path,
        folder: Path,
        plan: Plan,
        site_files: Mapping[str, PlannedFile],
        edition: Edition,
        others: tuple[str, ...],
        now: datetime,
    ) -> None:
        publication = edition.publication
        self.posts = posts
        self.folder = folder / publication.folder
        self.plan = plan = _within(plan, publication.folder, others)
        self.site_files = site_files
        self.others = others
        self.files: Mapping[str, PlannedFile] = {planned.output.path: planned for planned in plan.files}
        self.selections = edition.feeds
        self.main_and_archives = [s for s in edition.feeds if not s.folder or s.heading.current is not None]
        self.cache = edition.cache
        self.publication = publication
        self.now = now
        self._main: dict[tuple[str, bool], Document | None] = {}

    def post(self, id: str) -> Post | None:
        """Return the post with an id, as any format writes that, whether the post is published or not."""
        return self.cache.posts.by_id(self.atom_id(id))

    def is_published(self, post: Post) -> bool:
        """Return whether the feeds of the edition have a post, or had it until it was too old for them."""
        is_out = post.in_feeds and not post.kept_out and post.due <= self.now
        return is_out and post.edition == self.publication.edition

    def atom_id(self, id: str) -> str:
        """Return the form that an id has in Atom."""
        return atom_id(self.publication.id, id)

    def new_file(self, path: str) -> Path:
        """Return the file that holds what will be at a path of the output."""
        planned = self.files.get(path)
        return Path(planned.staged) if planned and planned.staged else self.folder / path

    def will_change(self, folder: str, format: str) -> bool:
        """Return whether the feed of a folder in a format will be at another path, or have other bytes."""
        path = self.path(folder, format, new=True)
        return self.new_file(path) != self.folder / self.path(folder, format, new=False)

    @cached_property
    def stale_feeds(self) -> list[str]:
        """The paths of feeds of ours that the plan removes, whatever they are called."""
        return [path for path in self.plan.stale if is_feed(self.folder / path)]

    @cached_property
    def paths_now(self) -> Mapping[str, str]:
        """Where the main feeds in the output are, by format: feed.toml may have had other names when they were written.

        All other feeds have the same names in their folders.
        """
        found: dict[str, str] = {}
        for name in self.publication.formats:
            for path in self.publication.feed_paths(name):
                if (self.folder / path).is_file():
                    found.setdefault(name, path)
        others = [path for path in self.plan.left_alone if is_feed(self.folder / path)]
        others = [
            path
            for path in (*self.stale_feeds, *others)
            if path.partition("/")[0] not in FEED_FOLDERS and not is_in_archive(path)
        ]
        for path in sorted(others, key=lambda path: (path.count("/"), path)):
            with suppress(FeedError):
                found.setdefault(document((self.folder / path).read_bytes(), path, ours=True).format, path)
        return found

    def path(self, folder: str, format: str, *, new: bool) -> str:
        """Return the path of the feed of a folder in a format, as it will be (`new`) or is."""
        was = self.paths_now.get(format)
        if was is None or (new and format in self.publication.formats):
            return folder + self.publication.feed_path(format)
        return folder + was

    def is_ours(self, path: str) -> bool:
        """Return whether the file at a path is as a build left it."""
        planned = self.files.get(path)
        if planned and not planned.differs:
            return True
        return self.plan.manifest.get(path) == sha256((self.folder / path).read_bytes())

    def document(self, folder: str, format: str, *, new: bool) -> Document | None:
        """Read a document that Dateline wrote, as it will be (`new`) or is; None if there is none, or something else.

        Main documents are cached, since they are read more than once.
        """
        new = new or not self.will_change(folder, format)
        if not folder and (format, new) in self._main:
            return self._main[format, new]
        path = self.path(folder, format, new=new)
        file = self.new_file(path) if new else self.folder / path
        found = None
        with suppress(FeedError):
            found = document(file.read_bytes(), str(file), ours=True) if file.is_file() else None
        if not folder:
            self._main[format, new] = found
        return found

    def items(self, folder: str, formats: Sequence[str], *, new: bool) -> tuple[Item, ...]:
        """Read the items of a feed of ours, as they will be (`new`) or are, with the details of each format.

        The first of `formats` is read, and those of the others whose bytes will change.
        """
        first, *others = formats
        found = self.document(folder, first, new=new)
        items = found.items if found else ()
        known: dict[str, Details] = {}
        for other in (self.document(folder, name, new=new) for name in others if self.will_change(folder, name)):
            for item in other.items if other else ():
                id = self.atom_id(item.id)
                known[id] = {**known.get(id, {}), **item.details}
        if not known:
            return items
        return tuple(item._replace(details={**item.details, **known.get(self.atom_id(item.id), {})}) for item in items)


def _within(plan: Plan, folder: str, others: tuple[str, ...]) -> Plan:
    """Return what a plan does in a folder of the output, except for some folders there, with paths relative to it."""
    start = len(folder)

    def below(paths: Iterable[str]) -> tuple[str, ...]:
        return tuple(path[start:] for path in paths if path.startswith(folder) and not path.startswith(others))

    plan = plan._replace(stale=below(plan.stale), left_alone=below(plan.left_alone))
    if not folder:
        return plan
    files = [planned for planned in plan.files if planned.output.path.startswith(folder)]
    return plan._replace(
        files=tuple(file._replace(output=file.output._replace(path=file.output.path[start:])) for file in files),
        manifest={path[start:]: digest for path, digest in plan.manifest.items() if path.startswith(folder)},
    )
