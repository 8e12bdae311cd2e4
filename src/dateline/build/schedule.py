"""What the clock has to say: posts that are held, and changes that lie in the future."""

from datetime import datetime
from pathlib import Path

from dateline.cache.database import Catalogue
from dateline.content.config import SETTINGS_FILE
from dateline.content.dates import date_and_time
from dateline.content.posts import earlier, future_change_error
from dateline.content.source import line_of, read
from dateline.errors import DatelineError, PostError, SettingsError
from dateline.model import Post, Publication


def too_early(folder: Path, catalogue: Catalogue, now: datetime) -> list[DatelineError]:
    """The errors of posts that are out and say that they changed in the future."""
    return [future_change_error(read(folder, post.path)[0], post, now) for post in catalogue.posts.updated_after(now)]


def moved_too_early(folder: Path, publication: Publication, now: datetime) -> list[DatelineError]:
    """The error of a move that lies in the future."""
    move = publication.moved
    if move is None or move.moment <= now:
        return []
    problem = f"moved_on: {date_and_time(move.moment)} is in the future"
    line = line_of(folder, SETTINGS_FILE, "moved_on")
    return [SettingsError(SETTINGS_FILE, line, problem, earlier(move.moment, now, "the move"))]


def nothing_out(catalogue: Catalogue, now: datetime) -> DatelineError:
    """The error for a feed that would be empty."""
    first = catalogue.posts.next_due(now)
    if first:
        problem = f"no post is out yet, and this is the first, on {date_and_time(first.due)}"
        return PostError(first.path, None, problem, sooner(first, now) or "wait, or give it an earlier date")
    if catalogue.posts.count():
        if any(found.post.withdrawn for found in catalogue.posts.all()):
            return PostError(".", None, "every post is a draft or withdrawn", "remove draft: or withdrawn: from one")
        return PostError(".", None, "every post is a draft", "remove draft: true from one")
    return PostError(".", None, "no posts here", 'write one with dateline new "Title"')


def sooner(post: Post, now: datetime) -> str | None:
    """How to publish a post at once that is held for nothing but the time of day that its date does not say."""
    local = now.astimezone(post.due.tzinfo)
    if post.timed or post.due != post.published or post.due.date() != local.date():
        return None
    return f"to publish sooner, write a time: date: {local:%Y-%m-%d %H:%M}"
