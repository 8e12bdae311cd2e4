"""Report what a build did, or would do, as values; messages/ puts them into words."""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from dateline.cache.database import Cache
from dateline.cache.receipt import BuildStamp
from dateline.diff.changes import ChangeReport
from dateline.feed_formats import FORMATS
from dateline.model import Post
from dateline.output import Plan
from dateline.output.plan import PlannedFile


class OutputFile(NamedTuple):
    """A file of the output: `status` is ``written``, ``unchanged`` or ``removed``, `size` in bytes.

    `is_page`: one of many that are reported together.
    """

    path: str
    status: str
    size: int
    items: int | None = None
    is_page: bool = False


class Report(NamedTuple):
    """What a build did, and what subscribers will see of it.

    `drafts` is how many posts are left out as drafts. `stamp` is compared by the next build to see if it
    has anything to do; None if it cannot be.
    """

    files: tuple[OutputFile, ...]
    now: datetime
    forecast: ChangeReport
    next_due: Post | None
    drafts: int = 0
    notes: tuple[str, ...] = ()
    stamp: BuildStamp | None = None

    def unchanged(self) -> "Report":
        """Return the report of a build right after this one, if it has nothing to do."""
        files = tuple(file._replace(status="unchanged") for file in self.files if file.status != "removed")
        return self._replace(files=files, forecast=ChangeReport("the output"))


def make_report(posts: Path, plan: Plan, forecast: ChangeReport, cache: Cache, now: datetime) -> Report:
    """Report a plan that was carried out, or would be: first the main feeds, in the order of their formats."""
    main_feeds = [format.filename for format in FORMATS.values()]

    def rank(planned: PlannedFile) -> int:
        return main_feeds.index(planned.output.path) if planned.output.is_main else len(main_feeds)

    files = [
        OutputFile(p.output.path, "written" if p.differs else "unchanged", p.size, p.output.items, p.output.is_page)
        for p in sorted(plan.files, key=rank)
    ]
    next_due = cache.posts.next_due(now)
    return Report(
        files=(*files, *(OutputFile(path, "removed", 0) for path in plan.stale)),
        now=now,
        forecast=forecast,
        next_due=next_due and next_due.below(posts),
        drafts=cache.posts.drafts(),
    )
