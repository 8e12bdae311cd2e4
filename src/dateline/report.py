"""What a build did, or would do, in values; the command line puts it into words."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from dateline.catalogue import Catalogue
from dateline.changes import Changes, Item, compare
from dateline.model import Post
from dateline.output import Plan, Planned


@dataclass(frozen=True, slots=True)
class Written:
    """A file of the output: `status` is ``written``, ``unchanged`` or ``removed``, `size` in bytes."""

    path: str
    status: str
    size: int
    items: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did. `first`: no feed stood there. `past_limit`: items that are still out, but too old for it."""

    files: tuple[Written, ...]
    now: datetime
    first: bool
    changes: Changes
    past_limit: tuple[Item, ...]
    next_due: Post | None
    notes: tuple[str, ...] = field(default=())


def report(folder: Path, plan: Plan, posts: Catalogue, now: datetime) -> Report:
    """Tell of a plan that was carried out in `folder`, or that would be."""
    files = [
        Written(p.product.path, "written" if p.differs else "unchanged", _size(folder, p), p.product.items)
        for p in plan.files
    ]
    feeds = [p for p in plan.files if p.product.is_feed]
    # Any format tells what changed, but not one that is new itself.
    feed = next((p for p in feeds if p.before is not None or not p.differs), feeds[0])
    changes = compare(feed.before, feed.content) if feed.differs and isinstance(feed.content, bytes) else Changes()
    past_limit = tuple(item for item in changes.gone if posts.is_out(item.id, now))
    return Report(
        files=(*files, *(Written(path, "removed", 0) for path in plan.stale)),
        now=now,
        first=feed.differs and feed.before is None,
        changes=replace(changes, gone=tuple(item for item in changes.gone if item not in past_limit)),
        past_limit=past_limit,
        next_due=posts.next_due(now),
    )


def _size(folder: Path, planned: Planned) -> int:
    content = planned.content
    if isinstance(content, bytes):
        return len(content)
    place = folder / planned.product.path
    return (place if content is None or place.is_file() else content).stat().st_size
