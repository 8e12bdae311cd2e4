"""The commands that publish, and what belongs to that."""

import sys
from pathlib import Path

import click

from dateline.cli.group import command, json_option, now_option, posts_argument
from dateline.messages.build import due_as_json, due_line
from dateline.messages.console import print_json, print_line, report_errors
from dateline.messages.progress import show_progress

NONE_DUE = 4


@command("Say that it is online.", "dateline live", "dateline live ~/blog/posts")
@posts_argument
def live(posts: Path) -> None:
    """Say that the feeds of POSTS (default: here or posts/) are online: remove live = false from feed.toml.

    From then on, a build stops where subscribers would see something you probably did not intend.
    """
    from dateline.cli.starting import run_live

    run_live(posts)


@command("Show when the next scheduled post comes out.", "dateline due", "dateline due ~/blog/posts --json")
@posts_argument
@now_option
@json_option
def due(posts: Path, now: str | None, as_json: bool) -> None:
    """Show when the next scheduled post in POSTS (default: here or posts/) comes out.

    Prints that time in UTC, in ISO 8601, the post's file, its title, and the date as written. Exits with 4 if no post
    is scheduled.
    """
    from dateline.build.report import next_due

    with report_errors(posts, as_json), show_progress(hidden=as_json) as progress:
        post = next_due(posts, now, progress)
    if as_json:
        print_json(due_as_json(post))
    else:
        print_line(due_line(post) if post else "No post is scheduled.")
    sys.exit(0 if post else NONE_DUE)


@command(
    "Publish scheduled posts at their minute.",
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
