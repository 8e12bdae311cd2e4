"""The commands that publish, and what belongs to that."""

import sys
from pathlib import Path
from typing import Any

import click

from dateline.cli.group import (
    cache_option,
    command,
    json_option,
    now_option,
    output_option,
    path_type,
    posts_argument,
    skip_invalid_option,
)
from dateline.messages.build import due_as_json, due_line
from dateline.messages.console import print_json, print_line, report_errors
from dateline.messages.progress import show_progress
from dateline.options import BuildOptions, default_posts

NONE_DUE = 4
_WAIT = "With POSTS: wait up to this long for the feeds of the last build. [default: 0]"


@command(
    "dateline publish",
    "dateline publish ~/blog/posts --dry-run",
    "dateline publish --yes /srv/www/site",
)
@posts_argument
@click.option("--dry-run", is_flag=True, help="Build, and list what would be sent; send nothing.")
@click.option(
    "--yes", metavar="TARGET", help="Publish to this target without asking. If it is spelt wrong, an error shows how."
)
@click.option("--accept", is_flag=True, help="Report what will surprise subscribers, and publish it anyway.")
@click.option("--first", is_flag=True, help="First publication: don't require a live feed to compare with.")
@click.option("--take-over", is_flag=True, help="Replace files on the target that Dateline did not write.")
@click.option(
    "--verify", "verify_all", is_flag=True, help="Compare every file on the target, not only its list of files."
)
@click.option("--ping", is_flag=True, help="Tell the hub about all feeds, even those that have not changed.")
@skip_invalid_option
@output_option
@cache_option
@click.option("--quiet", is_flag=True, help="Print nothing but errors, and what is wrong on the live site.")
@now_option
@json_option
def publish(posts: Path, output: Path | None, cache: str | None, **options: Any) -> None:
    """Build the posts in POSTS (default: here or posts/), and publish them where [publish] in feed.toml says.

    Sends the files that differ, feeds last; then checks the live site, and tells the hub. If subscribers would see
    something you probably did not intend, compared with the live feed, nothing is sent. For more: dateline help
    publishing.
    """
    from dateline.cli.publish import run_publish
    from dateline.commands.publish import PublishOptions

    wanted = PublishOptions(**{key: options.pop(key) for key in PublishOptions._fields})
    run_publish(BuildOptions(posts, output, cache_parent=cache, **options), wanted)


@command("dateline live", "dateline live ~/blog/posts")
@posts_argument
def live(posts: Path) -> None:
    """Say that the feeds of POSTS (default: here or posts/) are online: remove live = false from feed.toml.

    The first publish does that by itself. From then on, a build stops where subscribers would see something you
    probably did not intend.
    """
    from dateline.cli.starting import run_live

    run_live(posts)


@command("dateline due", "dateline due ~/blog/posts --json")
@posts_argument
@now_option
@json_option
def due(posts: Path, now: str | None, as_json: bool) -> None:
    """Show when the next scheduled post in POSTS (default: here or posts/) comes out.

    Prints that time in UTC, in ISO 8601, the post's file, its title, and the date as written. Exits with 4 if no post
    is scheduled.
    """
    from dateline.building.report import next_due

    with report_errors(posts, as_json), show_progress(hidden=as_json) as progress:
        post = next_due(posts, now, progress)
    if as_json:
        print_json(due_as_json(post))
    else:
        print_line(due_line(post) if post else "No post is scheduled.")
    sys.exit(0 if post else NONE_DUE)


@command(
    "dateline verify",
    "dateline verify https://example.org/",
    "dateline verify ~/blog/posts --wait 60",
)
@click.argument("where", metavar="[POSTS|URL]", default=default_posts)
@click.option("--output", metavar="DIR", type=path_type, help="With POSTS: compare with the build in this folder.")
@click.option("--wait", metavar="SECONDS", type=click.IntRange(0, 3600), default=0, help=_WAIT)
@json_option
def verify(where: str, output: Path | None, wait: int, as_json: bool) -> None:
    """Check what a web server sends to readers: for POSTS (default: here or posts/), or for any site at a URL.

    POSTS are looked for at the url in feed.toml, and their feeds should be those of the last build. URL is the address
    of a feed, or of a page that names some. Says how to fix each fault. Exits with 1 if there is one.
    """
    from dateline.cli.verify import run_verify

    run_verify(where, output, wait, as_json=as_json)


@command(
    "dateline schedule --for systemd --write",
    "dateline schedule --for cron",
    "dateline schedule --for github --install git+https://git.example/dateline.git --write",
)
@posts_argument
@click.option("--for", "kind", metavar="NAME", required=True, help="What publishes: systemd, cron, github or gitlab.")
@click.option("--write", is_flag=True, help="Write the files to where they belong, in place of printing them.")
@click.option(
    "--install", metavar="SPEC", help="What pip installs on GitHub or GitLab. [default: where this one is from]"
)
@now_option
def schedule(posts: Path, kind: str, write: bool, install: str | None, now: str | None) -> None:
    """Publish the scheduled posts in POSTS (default: here or posts/) at their minute.

    Prints what makes systemd, cron, GitHub or GitLab run dateline publish at these times, and once an hour. Run it
    again when more posts are scheduled.
    """
    from dateline.cli.schedule import run_schedule

    run_schedule(posts, kind, now, install or "", is_written=write)
