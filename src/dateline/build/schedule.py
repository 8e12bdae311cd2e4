"""Scheduled posts, and moments that are still to come."""

from datetime import datetime
from pathlib import Path

from dateline.build import BuildContext, Progress, no_progress
from dateline.build.index import update_index
from dateline.cache.database import Cache, open_cache
from dateline.content.config import SETTINGS_FILE, read_settings
from dateline.content.dates import date_and_time, read_now
from dateline.content.posts import earlier, future_change_error
from dateline.content.source import line_of, read, read_settings_file
from dateline.errors import BuildError, DatelineError, PostError, Problem, SettingsError
from dateline.model import Post
from dateline.parallel import cores, open_jobs
from dateline.versions import versions


def next_due(folder: Path, now: str | None, progress: Progress = no_progress) -> Post | None:
    """Return the scheduled post that comes out first after `now`, a date as people write it, or the clock.

    Reads the posts, and writes nothing. The path of the post can be opened. Raises SettingsError, and BuildError if a
    post cannot be read: it could be the next.
    """
    publication, _ = read_settings(read_settings_file(folder))
    moment = read_now(now, publication.timezone, publication.default_time)
    with open_jobs(cores()) as jobs, open_cache(None, versions()) as cache:
        _, errors = update_index(BuildContext(cache, folder, publication, moment, jobs, progress))
        if errors:
            raise BuildError(errors)
        post = cache.posts.next_due(moment)
        return post and post.below(folder)


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


def nothing_published(cache: Cache, now: datetime) -> DatelineError:
    """Return the error for a feed that would be empty."""
    first = cache.posts.next_due(now)
    if first:
        problem = f"no post is out yet, and this is the first, on {date_and_time(first.due)}"
        return PostError(first.path, None, problem, publish_sooner(first, now) or "wait, or give it an earlier date")
    if not cache.posts.count():
        return PostError(".", None, "no posts here", 'write one with dateline new "Title"')
    if any(row.post.withdrawn for row in cache.posts.all()):
        return PostError(".", None, "every post is a draft or withdrawn", "remove draft: or withdrawn: from one")
    return PostError(".", None, "every post is a draft", "remove draft: true from one")


def publish_sooner(post: Post, now: datetime) -> str | None:
    """Return how to publish a post now that waits only for the time of day that its date leaves out."""
    local = now.astimezone(post.due.tzinfo)
    if post.timed or post.due != post.published or post.due.date() != local.date():
        return None
    return f"to publish sooner, write a time: date: {local:%Y-%m-%d %H:%M}"
