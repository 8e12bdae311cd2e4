"""Report what a build did, and what depends on the present time: the next post, and dates in the future.

messages/ puts it into words.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from dateline.building import BuildContext
from dateline.building.index import update_index
from dateline.cache.database import Cache, open_cache
from dateline.cache.receipt import BuildStamp
from dateline.comparison.changes import ChangeReport
from dateline.content.dates import date_and_time, read_now
from dateline.content.post_dates import earlier, future_change_error
from dateline.content.scan import Scan
from dateline.content.source import line_of, load_settings, read
from dateline.content.urls import PAGE_ENDINGS
from dateline.errors import BuildError, DatelineError, PostError, Problem, SettingsError
from dateline.feed_formats import FORMATS
from dateline.model import Post, Publication
from dateline.options import Progress, no_progress
from dateline.output import Plan
from dateline.output.plan import PlannedFile
from dateline.parallel import cores, open_jobs
from dateline.paths import SETTINGS_FILE
from dateline.text import counted

# In the order in which they are reported.
KINDS_OF_FILES = ("feed", "more feed", "page", "other file", "removed")


class OutputFile(NamedTuple):
    """A file of the output: `status` is ``written``, ``unchanged`` or ``removed``, `size` in bytes.

    Its `kind` is one of KINDS_OF_FILES: ``feed`` is the main one in each format. `format` is that of a feed, and
    `is_copy` marks one at a further path. `stage` is one of `output.STAGES`.
    """

    path: str
    status: str
    size: int
    format: str = ""
    items: int | None = None
    is_copy: bool = False
    kind: str = "other file"
    stage: str = "media"


class Report(NamedTuple):
    """What a build did in the folder `output`, and what subscribers will see of it.

    `drafts` is how many posts are left out as drafts, `template_code` how many have template code, by its kind, and
    `left_out` has the errors of others. `passed_over` says how many files of each kind look like posts and are none
    (`Scan`). `stamp` is compared by the next build to see if it has anything to do; None if it cannot be.
    """

    files: tuple[OutputFile, ...]
    now: datetime
    changes: ChangeReport
    next_due: Post | None
    drafts: int = 0
    template_code: Mapping[str, int] = {}
    passed_over: tuple[tuple[str, int], ...] = ()
    output: str = ""
    notes: tuple[str, ...] = ()
    left_out: tuple[Problem, ...] = ()
    stamp: BuildStamp | None = None

    @property
    def valid_until(self) -> float | None:
        """Until when a build with nothing to do would report the same, in seconds since 1970; None for always."""
        # On its own day, what is reported about the next post depends on the time of day.
        due = self.next_due and self.next_due.due
        return due.replace(hour=0, minute=0, second=0).timestamp() if due else None

    def unchanged(self) -> "Report":
        """Return the report of a build right after this one, if it has nothing to do."""
        files = tuple(file._replace(status="unchanged") for file in self.files if file.status != "removed")
        return self._replace(files=files, changes=ChangeReport("the output", is_live=self.changes.is_live))


def make_report(posts: Path, plan: Plan, changes: ChangeReport, cache: Cache, now: datetime, found: Scan) -> Report:
    """Return the report of a plan: first the main feeds, in the order of their formats."""
    order = list(FORMATS)

    def rank(planned: PlannedFile) -> int:
        return order.index(planned.output.format) if planned.output.is_main else len(order)

    files = [_output_file(planned) for planned in sorted(plan.files, key=rank)]
    next_due = cache.posts.next_due(now)
    return Report(
        files=(*files, *(OutputFile(path, "removed", 0, kind="removed") for path in plan.stale)),
        now=now,
        changes=changes,
        next_due=next_due and next_due.below(posts),
        drafts=cache.posts.drafts(),
        template_code=cache.renderings.with_template_code(now),
        passed_over=tuple(sorted(found.passed_over.items())),
    )


def _output_file(planned: PlannedFile) -> OutputFile:
    made, status = planned.output, "written" if planned.differs else "unchanged"
    if made.is_feed:
        kind = "feed" if made.is_main and not made.is_copy else "more feed"
    else:
        kind = "page" if made.is_page and made.path.endswith(PAGE_ENDINGS) else "other file"
    return OutputFile(made.path, status, planned.size, made.format, made.items, made.is_copy, kind, made.stage)


def next_due(folder: Path, now: str | None, progress: Progress = no_progress) -> Post | None:
    """Return the first of the scheduled posts, like `scheduled`."""
    return next(iter(scheduled(folder, now, 1, progress)), None)


def scheduled(folder: Path, now: str | None, most: int, progress: Progress = no_progress) -> list[Post]:
    """Return the posts that are published after `now`, a date as people write it, or the clock: the first, at `most`.

    Reads the posts, and writes nothing. The paths of the posts can be opened. Raises SettingsError, and BuildError if a
    post cannot be read: it could be the next.
    """
    publication, _ = load_settings(folder)
    moment = read_now(now, publication.timezone, publication.default_time)
    with open_jobs(cores()) as jobs, open_cache(None) as cache:
        _, errors = update_index(BuildContext(cache, folder, publication, moment, jobs, progress))
        if errors:
            raise BuildError(errors)
        return [post.below(folder) for post in cache.posts.scheduled(moment, most)]


def dates_in_future(context: BuildContext) -> list[Problem]:
    """Return errors for published posts that were updated, and for a publication that moved, later than now."""
    folder, now, move = context.folder, context.now, context.publication.moved
    late = context.cache.posts.updated_after(now)
    errors = [future_change_error(read(folder, post.path)[0], post, now).problem for post in late]
    if move and move.moment > now:
        problem = f"moved_on: {date_and_time(move.moment)} is in the future"
        line = line_of(folder, SETTINGS_FILE, "moved_on")
        errors.append(SettingsError(SETTINGS_FILE, line, problem, earlier(move.moment, now, "the move")).problem)
    return errors


def files_passed_over(counts: Iterable[tuple[str, int]]) -> str:
    """Return how many files and folders of each kind a scan passed over: ``96 .rst files, 1 _posts/ folder``."""
    return ", ".join(counted(number, f"{kind} {'folder' if kind[-1] == '/' else 'file'}") for kind, number in counts)


def nothing_published(cache: Cache, language: str, now: datetime, found: Scan) -> DatelineError:
    """Return the error for a feed that would be empty, that of the main `language`."""
    if cache.published.newest(now, 1):
        problem = f"no post is out in the main language, {language}"
        return PostError(".", None, problem, "put another one first in languages, and set language to it")
    posts = [row.post for row in cache.posts.all() if not row.post.is_page]
    if not posts:
        return _no_posts(found)
    waiting = [post for post in posts if post.in_feeds and not post.kept_out and post.due > now]
    if waiting:
        first = min(waiting, key=lambda post: (post.due, post.id))
        problem = f"no post is out yet, and this is the first, on {date_and_time(first.due)}"
        return PostError(first.path, None, problem, publish_sooner(first, now) or "wait, or give it an earlier date")
    return _none_for_feeds(posts)


def _none_for_feeds(posts: Iterable[Post]) -> DatelineError:
    problem, remedy = "every post is a draft", "remove draft: true from one"
    if any(not post.in_feeds and not post.kept_out for post in posts):
        problem, remedy = "every post is a draft, or not for feeds", "remove draft: or feed: from one"
    elif any(post.withdrawn for post in posts):
        problem, remedy = "every post is a draft or withdrawn", "remove draft: or withdrawn: from one"
    return PostError(".", None, problem, remedy)


def _no_posts(found: Scan) -> DatelineError:
    if found.passed_over:
        problem = f"no posts here, but {files_passed_over(sorted(found.passed_over.items()))}"
        return PostError(".", None, problem, "run dateline check to see why")
    return PostError(".", None, "no posts here", 'write one with dateline new "Title"')


def without_feeds(cache: Cache, publication: Publication, now: datetime) -> list[Problem]:
    """Return notes on languages in which nothing is published, since they have pages, but no post for a feed."""
    notes = []
    for edition in publication.editions():
        own = cache.of(edition.edition).published
        if not own.newest(now, 1) and (count := len(own.oldest_first(now, on_site=True))):
            problem = f"{counted(count, 'page')} in {edition.language} not published, as no post in it is out"
            notes.append(Problem(".", None, problem, "publish one"))
    return notes


def publish_sooner(post: Post, now: datetime) -> str | None:
    """Return how to publish a post of today now, if it is scheduled only because its date has no time."""
    local = now.astimezone(post.due.tzinfo)
    if post.timed or post.due != post.published or post.due.date() != local.date():
        return None
    return f"to publish sooner, write a time: date: {local:%Y-%m-%d %H:%M}"
