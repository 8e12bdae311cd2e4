"""What a build did, or would do, in values; the command line puts it into words."""

from datetime import datetime
from typing import NamedTuple

from dateline.catalogue import Catalogue
from dateline.changes import Changes, Item, compare
from dateline.model import Post, Publication
from dateline.output import Plan
from dateline.reading.addresses import atom_id
from dateline.receipt import Look


class Written(NamedTuple):
    """A file of the output: `status` is ``written``, ``unchanged`` or ``removed``, `size` in bytes."""

    path: str
    status: str
    size: int
    items: int | None = None


class Report(NamedTuple):
    """What a build did. `first`: no feed stood there. `past_limit`: items that are still out, but too old for it.

    `look` is what the build looked at, where a later one can tell by it that it has nothing to do.
    """

    files: tuple[Written, ...]
    now: datetime
    first: bool
    changes: Changes
    past_limit: tuple[Item, ...]
    next_due: Post | None
    notes: tuple[str, ...] = ()
    look: Look | None = None

    def unchanged(self) -> "Report":
        """What a build right after this one has to tell, if it has nothing to do."""
        files = tuple(file._replace(status="unchanged") for file in self.files if file.status != "removed")
        return self._replace(files=files, first=False, changes=Changes(), past_limit=())


def report(plan: Plan, posts: Catalogue, publication: Publication, now: datetime) -> Report:
    """Tell of a plan that was carried out, or that would be."""
    files = [
        Written(p.product.path, "written" if p.differs else "unchanged", p.size, p.product.items)
        for p in sorted(plan.files, key=lambda p: not p.product.is_main)
    ]
    feeds = [p for p in plan.files if p.product.is_main]
    # Any format tells what changed, but not one that is new itself; JSON is read soonest.
    feeds.sort(key=lambda p: (p.before is None and p.differs, not p.product.path.endswith(".json")))
    feed = feeds[0]
    changes = compare(feed.before, feed.after) if feed.differs and feed.after else Changes()
    past_limit = tuple(item for item in changes.gone if posts.is_out(atom_id(publication.id, item.id), now))
    return Report(
        files=(*files, *(Written(path, "removed", 0) for path in plan.stale)),
        now=now,
        first=feed.differs and feed.before is None,
        changes=changes._replace(gone=tuple(item for item in changes.gone if item not in past_limit)),
        past_limit=past_limit,
        next_due=posts.next_due(now),
    )
