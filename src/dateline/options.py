"""The options of a build, and how a command hears of its progress.

A build that has nothing to do runs through here, so this imports next to nothing.
"""

import os
from collections.abc import Callable
from typing import NamedTuple

from dateline.content.scan import Scan
from dateline.paths import SETTINGS_FILE, CachePaths

MAX_JOBS = 64
# Takes the name of a phase, how many steps of it are done, and how many there are.
Progress = Callable[[str, int, int], None]
UPLOADING = "uploading"  # a phase whose steps are bytes


def no_progress(_phase: str, _done: int, _total: int) -> None:
    """Report nothing."""


class Stage(NamedTuple):
    """Build for a preview: at this origin, like ``http://127.0.0.1:8000``, and with a cache of its own.

    `drafts`: show drafts and scheduled posts as if they were published.
    """

    origin: str
    cache: CachePaths
    drafts: bool = False


class PublishTarget(NamedTuple):
    """Where a build will be published: its name, and what reads a file there by its path; None if there is none.

    It `is_ours` if something was published there before.
    """

    name: str
    read: Callable[[str], bytes | None]
    is_ours: bool


class BuildOptions(NamedTuple):
    """What the user asks for.

    - `output`: the output folder; None is the one that feed.toml names, else ``public/`` next to the folder of posts.
    - `now`: a date as people write it; None is the clock.
    - `jobs`: how many processes may work at once; None is one for each core.
    - `skip_invalid`: leave posts with errors out.
    - `accept`: build even if subscribers will see something surprising.
    - `against`: the feed to compare with, an address or a file, in place of the one in the output.
    - `first`: no feed is published yet. `unguarded`: build even if the published feed cannot be fetched.
    - `target`: where the output will be published; then it is compared with what is live, whatever feed.toml says.
    - `scan`: a scan of the posts that was made already.
    - `cache_parent`: the folder for caches that the user named.
    - `slow_path`: make everything without templates of bytes, to prove that these change nothing.
    - `cluster`: the address of a Dask scheduler whose workers render.
    - `quiet`, `verbose`, `as_json`: how the command reports.
    """

    posts: "str | os.PathLike[str]"
    output: "str | os.PathLike[str] | None" = None
    now: str | None = None
    cache: bool = True
    dry_run: bool = False
    jobs: int | None = None
    skip_invalid: bool = False
    accept: bool = False
    against: str | None = None
    first: bool = False
    unguarded: bool = False
    target: PublishTarget | None = None
    scan: Scan | None = None
    stage: Stage | None = None
    cache_parent: str | None = None
    slow_path: bool = False
    cluster: str | None = None
    quiet: bool = False
    verbose: bool = False
    as_json: bool = False


def only_comparing(options: BuildOptions) -> BuildOptions:
    """Return the options of a build that only compares: with the output, if the live feed cannot be fetched."""
    return options._replace(dry_run=True, accept=True, first=True, unguarded=True)


def default_posts() -> str:
    """Return the current folder if it is one of posts, else ``posts``."""
    return "." if os.path.lexists(SETTINGS_FILE) else "posts"


def command_line(command: str, posts: "str | os.PathLike[str]", *options: str) -> str:
    """Return how a user runs a command on a folder of posts, which is left out where commands take it by themselves."""
    import shlex  # only now, since a build with nothing to do runs through here

    folder = os.fspath(posts)
    words = [*([] if folder == default_posts() else [shlex.quote(folder)]), *options]
    return " ".join(["dateline", command, *words])
