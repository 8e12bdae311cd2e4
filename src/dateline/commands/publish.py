"""Publish: build, send what differs to the target, and see that it is live.

settings -> the user's consent -> build, compared with what is live -> send -> check the live site -> tell the hub
"""

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from dateline.building.folders import with_output
from dateline.building.report import Report
from dateline.commands.verify import old_addresses
from dateline.content.edit_settings import go_live
from dateline.content.publish_settings import EXAMPLE
from dateline.content.source import load_settings
from dateline.errors import DatelineError, SettingsError, TargetError
from dateline.hashing import sha256
from dateline.http_client import Client
from dateline.model import Publication, PublishTo
from dateline.options import BuildOptions, Progress, PublishTarget
from dateline.output import STAGES
from dateline.pages import MISSING_PAGE
from dateline.paths import SETTINGS_FILE
from dateline.pipeline import build
from dateline.publish.model import USUAL_WAIT, LocalFile, SendOptions, Sent, Target
from dateline.publish.targets import FOLDER, folder_of, kind_of, open_target
from dateline.publish.trust import Question, allow, is_allowed, not_allowed, question_of, wrong_answer
from dateline.publish.upload import local_files
from dateline.publish.websub import Pinged, ping
from dateline.text import titles
from dateline.verify.findings import Verified
from dateline.verify.site import verify_published

_FEEDS = STAGES.index("more feeds")  # and those after it
_MAIN = len(STAGES) - 1


class PublishOptions(NamedTuple):
    """What the user asks for, besides what a build can do.

    - `yes`: the target, in answer to the question whether to publish there.
    - `dry_run`, `take_over`, `verify_all`: as in `SendOptions`; a dry run builds, and sends nothing.
    - `ping`: tell the hub about all feeds, whether they have changed or not.
    """

    yes: str | None = None
    dry_run: bool = False
    take_over: bool = False
    verify_all: bool = False
    ping: bool = False


class Terminal(NamedTuple):
    """What a command does on the terminal meanwhile.

    `confirm` asks the user; None if nobody can be asked. `clear` makes way for what a program prints.
    """

    progress: Progress
    confirm: Callable[[Question], bool] | None
    clear: Callable[[], None]


class Published(NamedTuple):
    """What came of it. Without `verified`, nothing was sent, and so nothing checked."""

    report: Report
    target: str
    sent: Sent
    verified: Verified | None = None
    pinged: Sequence[Pinged] = ()
    went_live: bool = False
    notes: tuple[str, ...] = ()


class NotAllowedError(Exception):
    """The user answered no."""


def publish(options: BuildOptions, wanted: PublishOptions, terminal: Terminal) -> Published:
    """Publish a folder of posts.

    Raises NotAllowedError, and what `build` raises: also for targets, and before anything is sent.
    """
    posts = Path(options.posts)
    publication, _ = load_settings(posts)
    settings = publication.publish
    if settings is None:
        raise _no_target()
    options = with_output(options, publication.output)
    output = Path(options.output or "")
    _check_folder(settings, posts, output)
    notes = _ask(question_of(settings, posts), wanted.yes, terminal, posts)
    with closing(open_target(settings, posts)) as target:
        compared_with = PublishTarget(target.name, target.read, target.is_ours())
        report = build(options._replace(target=compared_with), terminal.progress)
        files = local_files(output, report)
        if not publication.pages:
            files = _without_page_of_others(files, target)
        terminal.clear()
        news = titles(change.subject for change in report.changes.of("new"))
        send_options = SendOptions(publication.id, wanted.dry_run, wanted.take_over, wanted.verify_all, news)
        sent = target.send(files, send_options, terminal.progress)
        done = Published(report, target.name, sent, notes=notes)
        wait = target.wait if sent.written else min(target.wait, USUAL_WAIT)
    return done if wanted.dry_run else _follow_up(done, publication, files, wait, terminal.progress, options, wanted)


def _no_target() -> SettingsError:
    remedy = f"end the file with [publish], and {EXAMPLE} below; more: dateline help publishing"
    return SettingsError(SETTINGS_FILE, None, "publish: missing", remedy)


def _ask(question: Question, yes: str | None, terminal: Terminal, posts: Path) -> tuple[str, ...]:
    """Make sure that the user allows this; return notes. Raises NotAllowedError, or TargetError if nobody answers."""
    if yes is not None and yes != question.answer:
        raise wrong_answer(yes, question, posts)
    if is_allowed(question):
        return ()
    if yes is None:
        if terminal.confirm is None:
            raise not_allowed(question, posts)
        if not terminal.confirm(question):
            raise NotAllowedError
    note = allow(question)
    return (note,) if note and yes is None else ()


def _check_folder(settings: PublishTo, posts: Path, output: Path) -> None:
    """Raise TargetError for a folder that is also the output, or among the posts."""
    if kind_of(settings.to) is not FOLDER:
        return
    folder = folder_of(settings.to, posts)
    real = os.path.realpath(folder)
    for other, what in ((output, "the output folder"), (posts, "the folder of posts")):
        if os.path.commonpath([real, other := Path(os.path.realpath(other))]) == str(other):
            where = "is" if real == str(other) else "is inside"
            remedy = "name another; if a web server serves the output folder, dateline build is all it takes"
            raise TargetError(str(folder), None, f"{where} {what}", remedy)


def _without_page_of_others(files: list[LocalFile], target: Target) -> list[LocalFile]:
    """Leave our page for what is not there out, if the site that the feeds belong to has one of its own."""
    ours = next((file for file in files if file.path == MISSING_PAGE), None)
    theirs = target.read(MISSING_PAGE) if ours else None
    if ours is None or theirs is None or sha256(theirs) == ours.digest:
        return files
    return [file for file in files if file is not ours]


def _follow_up(
    done: Published,
    publication: Publication,
    files: Sequence[LocalFile],
    wait: float,
    progress: Progress,
    options: BuildOptions,
    wanted: PublishOptions,
) -> Published:
    """Return what was sent, with what the live site and the hub say of it."""
    told = _feeds_to_tell(done, files, wanted)
    paths = {*done.sent.written, *(file.path for file in told)}
    looked_at = {file.path: file.digest for file in files if file.path in paths or file.stage == _MAIN}
    went_live, note = _go_live(publication, Path(options.posts))
    verified = verify_published(publication, looked_at, wait, progress, old_addresses(options))
    pinged = _ping(publication, told, verified, progress) if publication.hub else ()
    return done._replace(verified=verified, pinged=pinged, went_live=went_live, notes=(*done.notes, *note))


def _feeds_to_tell(done: Published, files: Sequence[LocalFile], wanted: PublishOptions) -> list[LocalFile]:
    """Return the feeds to tell a hub about, without archives and copies."""
    feeds = {file.path for file in done.report.files if file.format and not file.is_copy}
    paths = feeds if wanted.ping else feeds.intersection(done.sent.written)
    return [file for file in files if file.path in paths and file.stage >= _FEEDS]


def _ping(publication: Publication, feeds: Iterable[LocalFile], verified: Verified, progress: Progress) -> list[Pinged]:
    """Tell the hub about feeds, but for those that are not live yet.

    Not all feeds of a large site are looked at. If those that are looked at are live, the others are taken to be.
    """
    addresses = [publication.url + quote(feed.path) for feed in feeds]
    topics = [address for address in addresses if address in verified.live or not verified.late]
    if topics:
        progress("telling the hub", 0, 1)
    pinged = ping(publication.hub or "", topics, Client(only_public=verified.is_public))
    return [*pinged, *(Pinged(address, False, "it is not live yet") for address in addresses if address not in topics)]


def _go_live(publication: Publication, posts: Path) -> tuple[bool, tuple[str, ...]]:
    """Remove ``live = false`` from feed.toml; return whether it was there, and a note if it had to stay."""
    if publication.live:
        return False, ()
    try:
        return go_live(posts), ()
    except DatelineError as error:
        return False, (f"live = false had to stay in {posts / SETTINGS_FILE}: {error.problem.problem}",)
