"""What a build did, or would do, in values; the command line puts it into words."""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from dateline.cache.database import Catalogue
from dateline.cache.receipt import Look
from dateline.diff.changes import ChangeReport
from dateline.feed_formats import FORMATS
from dateline.model import Post
from dateline.output import Plan, Planned

_MAIN_FEEDS = [format.filename for format in FORMATS.values()]


class Written(NamedTuple):
    """A file of the output: `status` is ``written``, ``unchanged`` or ``removed``, `size` in bytes.

    `is_page`: one of many that are told of together.
    """

    path: str
    status: str
    size: int
    items: int | None = None
    is_page: bool = False


class Report(NamedTuple):
    """What a build did, and what subscribers will see of it.

    `drafts` is how many posts are left out because they are such.
    `look` is what the build looked at, where a later one can tell by it that it has nothing to do.
    """

    files: tuple[Written, ...]
    now: datetime
    forecast: ChangeReport
    next_due: Post | None
    drafts: int = 0
    notes: tuple[str, ...] = ()
    look: Look | None = None

    def below(self, folder: Path) -> "Report":
        """The same, the paths of posts as they can be opened."""
        next_due = self.next_due and self.next_due.below(folder)
        return self._replace(forecast=self.forecast.below(folder), next_due=next_due)

    def unchanged(self) -> "Report":
        """What a build right after this one has to tell, if it has nothing to do."""
        files = tuple(file._replace(status="unchanged") for file in self.files if file.status != "removed")
        return self._replace(files=files, forecast=ChangeReport("the output"))


def report(plan: Plan, forecast: ChangeReport, catalogue: Catalogue, now: datetime) -> Report:
    """Tell of a plan that was carried out, or that would be."""
    files = [
        Written(p.product.path, "written" if p.differs else "unchanged", p.size, p.product.items, p.product.is_page)
        for p in sorted(plan.files, key=_place)
    ]
    return Report(
        files=(*files, *(Written(path, "removed", 0) for path in plan.stale)),
        now=now,
        forecast=forecast,
        next_due=catalogue.posts.next_due(now),
        drafts=catalogue.posts.drafts(),
    )


def _place(planned: Planned) -> int:
    """Where a file is listed: the feeds that people subscribe to come first, in the order of their formats."""
    return _MAIN_FEEDS.index(planned.product.path) if planned.product.is_main else len(_MAIN_FEEDS)
