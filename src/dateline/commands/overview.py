"""Say what state a publication is in, for a person who comes back to it."""

import os
from pathlib import Path
from typing import NamedTuple

from dateline.building import BuildContext
from dateline.building.folders import cache_for, with_output
from dateline.building.index import update_index
from dateline.cache.database import Cache, open_cache, open_copy
from dateline.cache.sqlite import CacheError
from dateline.content.dates import read_now
from dateline.content.source import load_settings
from dateline.options import BuildOptions, Progress
from dateline.parallel import cores, open_jobs
from dateline.paths import MANIFEST


class Overview(NamedTuple):
    """A publication: its title, the number of its posts, and how many of them are drafts, scheduled, or have errors.

    `output` is its output folder, `is_built` says whether a build has written there, and `is_live` what feed.toml says.
    """

    title: str
    posts: int
    drafts: int
    scheduled: int
    wrong: int
    output: str
    is_built: bool
    is_live: bool


def overview(options: BuildOptions, progress: Progress) -> Overview:
    """Read the posts, and write nothing. Raises SettingsError and OutputError."""
    publication, _ = load_settings(Path(options.posts))
    options = with_output(options, publication.output)
    now = read_now(options.now, publication.timezone, publication.default_time)

    def read(cache: Cache) -> Overview:
        found, errors = update_index(BuildContext(cache, Path(options.posts), publication, now, jobs, progress))
        posts = [row.post for row in cache.posts.all() if not row.post.is_page]
        output = os.fspath(options.output or "")
        return Overview(
            publication.title,
            found.number,
            sum(post.draft for post in posts),
            sum(not post.kept_out and post.due > now for post in posts),
            len({error.path for error in errors}),
            output,
            os.path.lexists(os.path.join(output, MANIFEST)),
            publication.live,
        )

    with open_jobs(cores()) as jobs:
        try:
            if paths := cache_for(options):
                with open_copy(paths) as cache:
                    return read(cache)
        except CacheError:  # there is none, or it is damaged
            pass
        with open_cache(None) as cache:
            return read(cache)
