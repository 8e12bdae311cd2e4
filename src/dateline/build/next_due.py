"""Which of the posts that are held comes out next. Reads the posts, and writes nothing."""

from datetime import datetime
from pathlib import Path

from dateline.build.index import Progress, refresh
from dateline.cache.database import open_catalogue
from dateline.content.config import read_settings
from dateline.content.dates import read_now
from dateline.content.source import read_settings_file
from dateline.errors import Refused
from dateline.model import Post
from dateline.parallel import cores, open_jobs
from dateline.versions import versions


def next_due(folder: Path, now: str | None, progress: Progress = lambda *_: None) -> Post | None:
    """The held post that comes out first after `now`, a date as people write it, or the clock; its path can be opened.

    Raises SettingsError, and Refused where a post cannot be read: that one could be the next.
    """
    publication, _ = read_settings(read_settings_file(folder))
    moment: datetime = read_now(now, publication.timezone, publication.default_time)
    with open_jobs(cores()) as jobs, open_catalogue(None, versions()) as catalogue:
        _, errors = refresh(catalogue, folder, publication, jobs, progress)
        if errors:
            raise Refused(errors)
        post = catalogue.posts.next_due(moment)
        return post and post.below(folder)
