"""Use Dateline from Python: ``from dateline import build, check, diff``.

What `__all__` lists is promised, as the page "compatibility" of the guide says; nothing else in the package is. These
functions print nothing, never exit, and take no option from the environment but the folder for caches. In several
threads they take turns. Use the fields of what they return by name: later versions may add more.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from dateline import pipeline
from dateline.building.report import Report as _Report
from dateline.commands import check as _check
from dateline.comparison.changes import KINDS, UnexpectedChangesError, fill
from dateline.comparison.changes import Change as _Change
from dateline.comparison.changes import ChangeReport as _Changes
from dateline.errors import BuildError, DatelineError, Problem
from dateline.messages.changes import surprise_lines
from dateline.options import BuildOptions, no_progress, only_comparing

__all__ = [
    "BuildError",
    "Change",
    "Changes",
    "DatelineError",
    "Due",
    "File",
    "Findings",
    "Problem",
    "Report",
    "SurpriseError",
    "build",
    "check",
    "diff",
]

_FolderOrFile = str | os.PathLike[str]
_Moment = datetime | str | None

# A build sets limits and handlers that belong to the whole process.
_one_at_a_time = Lock()


class File(NamedTuple):
    """A file of the output: its path there, with slashes, and its size in bytes, 0 if it was removed.

    `status` is ``written``, ``unchanged`` or ``removed``. `kind` is ``feed`` for the main feed in each format, ``more
    feed``, ``page``, ``other file`` or ``removed``; `items` is how many items a feed has, None for other files.
    """

    path: str
    status: str
    kind: str
    size: int
    items: int | None


class Change(NamedTuple):
    """One thing that subscribers will see, of a `kind` in the table of the page "subscribers" of the guide.

    `subject` is the title of a post, the address or the setting that it is about, and `explanation` a sentence on what
    it means to subscribers. A change of a post has the post's `id` in the feed and the `url` of its page as they will
    be, or as they were if it is gone, and the path of its file if there is one; of others, these are empty.
    """

    kind: str
    is_surprise: bool
    subject: str
    explanation: str
    id: str
    url: str
    path: str


class Changes(NamedTuple):
    """What subscribers will see, compared with the feed in the file, or at the address, `compared_with`, if any.

    Surprises stop a build if the publication `is_live`, that is, unless feed.toml says that it is not.
    """

    compared_with: str | None
    changes: tuple[Change, ...]
    is_live: bool

    @property
    def surprises(self) -> tuple[Change, ...]:
        """The changes that are probably not intended."""
        return tuple(change for change in self.changes if change.is_surprise)


class Due(NamedTuple):
    """A scheduled post: the path of its file, its title, and when it comes out, an aware datetime."""

    path: str
    title: str
    due: datetime


class Report(NamedTuple):
    """What a build did in the folder `output`, and what subscribers will see of it.

    `next_due` is the scheduled post that comes out first, `drafts` is how many posts are left out as drafts, `left_out`
    has the errors of posts that were left out with `skip_invalid`, and `notes` are further messages, as sentences.
    """

    output: Path
    files: tuple[File, ...]
    changes: Changes
    next_due: Due | None
    drafts: int
    left_out: tuple[Problem, ...]
    notes: tuple[str, ...]


class Findings(NamedTuple):
    """What a check of `posts` files found: `errors`, for which a build would write nothing, and `remarks`."""

    errors: tuple[Problem, ...]
    remarks: tuple[Problem, ...]
    posts: int


class SurpriseError(DatelineError):
    """Nothing was written, since `changes` would surprise subscribers of a publication that is live."""

    changes: Changes
    is_relative = False

    def __init__(self, changes: Changes, where: str, text: str) -> None:
        super().__init__(where, None, text, "see changes, or build with accept=True if that is meant")
        self.changes = changes
        self.args = (changes, where, text)  # which another process makes the error from


def build(
    posts: _FolderOrFile,
    *,
    output: _FolderOrFile | None = None,
    now: _Moment = None,
    dry_run: bool = False,
    skip_invalid: bool = False,
    accept: bool = False,
    against: str | None = None,
    first: bool = False,
    unguarded: bool = False,
    cache: bool | _FolderOrFile = True,
    jobs: int | None = None,
) -> Report:
    """Write the feeds and pages of the posts in a folder.

    Raises BuildError with everything to fix, or SurpriseError; then nothing was written. The arguments do what the
    options of ``dateline build`` do:

    - `output`: the output folder, instead of the one that feed.toml names, or ``public/`` next to the posts.
    - `now`: the current time, instead of the clock's; without an offset, it is in the time zone of the publication.
    - `dry_run`: write nothing. `skip_invalid`: leave posts with errors out. `accept`: surprise subscribers.
    - `against`: compare with this feed, an address or a file, instead of the one in the output.
    - `first` and `unguarded`: with ``guard = "live"``, require no feed on the web, or not that it can be fetched.
    - `cache`: False to keep nothing for the next build, or the folder for caches.
    - `jobs`: work in at most this many processes, instead of one for each core.
    """
    options = _options(posts, output, now, cache)._replace(
        dry_run=dry_run,
        skip_invalid=skip_invalid,
        accept=accept,
        against=against,
        first=first,
        unguarded=unguarded,
        jobs=jobs,
    )
    return _report(_build(options), options)


def check(
    posts: _FolderOrFile,
    *,
    output: _FolderOrFile | None = None,
    now: _Moment = None,
    cache: bool | _FolderOrFile = True,
) -> Findings:
    """Find what a build would refuse, and what an editor would want to know, drafts included; write nothing.

    Raises BuildError if there is no publication to check. The arguments are those of `build`.
    """
    options = _options(posts, output, now, cache)
    with _one_at_a_time, _as_build_error(options):
        found = _check.check(options, no_progress)
    return Findings(found.errors, found.remarks, found.posts)


def diff(
    posts: _FolderOrFile,
    *,
    output: _FolderOrFile | None = None,
    against: str | None = None,
    now: _Moment = None,
    cache: bool | _FolderOrFile = True,
) -> Changes:
    """Compare what subscribers have with what they would see if the posts were published now; write nothing.

    Raises BuildError with everything to fix. The arguments are those of `build`.
    """
    options = only_comparing(_options(posts, output, now, cache)._replace(against=against))
    return _changes(_build(options).changes, options)


def _options(
    posts: _FolderOrFile, output: _FolderOrFile | None, now: _Moment, cache: bool | _FolderOrFile
) -> BuildOptions:
    return BuildOptions(
        os.fspath(posts),
        output,
        now=now.isoformat(" ") if isinstance(now, datetime) else now,
        cache=cache is not False,
        cache_parent=None if isinstance(cache, bool) else os.fspath(cache),
    )


def _build(options: BuildOptions) -> _Report:
    try:
        with _one_at_a_time:
            return pipeline.build(options)
    except UnexpectedChangesError as error:
        found, posts = error.report, Path(options.posts)
        where = str(found.compared_with or options.posts)
        raise SurpriseError(_changes(found, options), where, " ".join(surprise_lines(found, posts))) from None


@contextmanager
def _as_build_error(options: BuildOptions) -> Iterator[None]:
    try:
        yield
    except DatelineError as error:
        raise BuildError(problem.below(options.posts) for problem in error.problems) from None


def _report(report: _Report, options: BuildOptions) -> Report:
    due = report.next_due
    return Report(
        output=Path(report.output),
        files=tuple(File(file.path, file.status, file.kind, file.size, file.items) for file in report.files),
        changes=_changes(report.changes, options),
        next_due=due and Due(due.path, due.name, due.due),
        drafts=report.drafts,
        left_out=report.left_out,
        notes=report.notes,
    )


def _changes(report: _Changes, options: BuildOptions) -> Changes:
    found = tuple(_change(change, Path(options.posts)) for change in report.changes)
    return Changes(report.compared_with, found, report.is_live)


def _change(change: _Change, posts: Path) -> Change:
    kind, item = KINDS[change.kind], change.item
    return Change(
        change.kind,
        kind.is_surprise,
        change.subject,
        fill(kind.explanation, [change], posts),
        item.id if item else "",
        item.url if item else "",
        os.path.join(posts, change.post.path) if change.post else "",
    )
