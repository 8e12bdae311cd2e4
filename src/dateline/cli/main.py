"""The command line: arguments, help and exit codes.

Exit codes: 0 done; 1 something in the posts or settings must be fixed, and nothing was written; 2 wrong usage;
3 something would surprise subscribers; 4 no post is scheduled (`due` only); 130 interrupted, and nothing was written;
141 nobody reads the output.
"""

import os
import shlex
import sys
from collections.abc import Callable, Collection
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from dateline import __version__
from dateline.cli.usage import Commands, did_you_mean, exclude
from dateline.messages.build import due_as_json, due_line
from dateline.messages.console import print_errors, print_json, print_line, print_rows, report_errors
from dateline.messages.progress import show_progress
from dateline.options import MAX_JOBS, BuildOptions, default_posts

NONE_DUE = 4

_path = click.Path(readable=False, path_type=Path)  # errors in paths are reported like all others, not by click
_posts = click.argument("posts", type=_path, default=lambda: Path(default_posts()))
_output = click.option(
    "--output",
    metavar="DIR",
    type=_path,
    help="Write the output to this folder. [default: as feed.toml says, or public/ next to POSTS]",
)
_cache = click.option(
    "--cache",
    metavar="DIR",
    help="Keep the cache in this folder. [default: DATELINE_CACHE, or dateline/ in your own folder for caches]",
)
_against = click.option(
    "--against", metavar="FEED", help="Compare with this feed, a URL or a file. [default: the one in the output]"
)
_now = click.option(
    "--now", metavar="DATE", envvar="DATELINE_NOW", help="Use this as the current time. [default: the clock]"
)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
_verbose = click.option("--verbose", is_flag=True, help="List each problem, even if many posts have the same.")
_skip_invalid = click.option("--skip-invalid", is_flag=True, help="Leave out posts with errors, and name them.")
_dry_run = click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")


def _example(*lines: str) -> str:
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_example("dateline init", "dateline preview", "dateline build"),
)
@click.version_option(__version__, prog_name="dateline")
@click.pass_context
def main(context: click.Context) -> None:
    """Publish a folder of dated Markdown posts as RSS, Atom and JSON feeds, and as pages.

    Without a command, say what is in this folder, and what to do next.
    """
    if context.invoked_subcommand is None:
        from dateline.cli.starting import run_overview

        run_overview(os.environ.get("DATELINE_NOW"))


def _command(
    short_help: str, /, *examples: str, name: str | None = None
) -> Callable[[Callable[..., None]], click.Command]:
    return main.command(name, short_help=short_help, epilog=_example(*examples))


@_command("Write the feeds and pages.", "dateline build", "dateline build ~/blog/posts --output /srv/www --json")
@_posts
@_output
@_cache
@click.option("--no-cache", is_flag=True, help="Read and render everything, and keep nothing for the next build.")
@_dry_run
@_skip_invalid
@click.option("--accept", is_flag=True, help="Report what will surprise subscribers, and write it anyway.")
@click.option("--first", is_flag=True, help='First publication: don\'t require a live feed (with guard = "live").')
@click.option("--unguarded", is_flag=True, help='Build even if the live feed cannot be fetched (with guard = "live").')
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@_verbose
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(1, MAX_JOBS),
    help="Use at most this many processes. [default: one for each core]",
)
@_now
@_as_json
def build(posts: Path, output: Path | None, cache: str | None, no_cache: bool, **options: Any) -> None:
    """Write the feeds and pages of the posts in POSTS (default: here or posts/).

    Unchanged files are not touched. If a post has an error, or subscribers would see something you probably did not
    intend, nothing is written.
    """
    from dateline.cli.build import run_build

    if cache and no_cache:
        raise exclude("--cache", "--no-cache")
    run_build(BuildOptions(posts, output, cache=not no_cache, cache_parent=cache, **options))


def _comparing(posts: Path, output: Path | None, cache: str | None, **options: Any) -> BuildOptions:
    """Return the options of a build that only compares: with the output, if the live feed cannot be fetched."""
    compare = BuildOptions(posts, output, cache_parent=cache, **options)
    return compare._replace(dry_run=True, accept=True, first=True, unguarded=True)


@_command("Show what subscribers would see.", "dateline diff", "dateline diff --against https://example.org/feed.json")
@_posts
@_output
@_against
@_skip_invalid
@_cache
@_now
@_as_json
def diff(posts: Path, as_json: bool, **options: Any) -> None:
    """Show what subscribers would see if the posts in POSTS (default: here or posts/) were published now.

    Writes nothing. Exits with 3 if something would surprise them.
    """
    from dateline.messages.changes import changes_as_json, summary, table_rows
    from dateline.pipeline import build as run

    with report_errors(posts, as_json), show_progress(hidden=as_json) as progress:
        report = run(_comparing(posts, **options), progress)
    print_errors(report.left_out, label="left out")
    changes = report.changes
    if as_json:
        print_json(changes_as_json(changes))
    else:
        print_rows(table_rows(changes))
        print_line(summary(changes, posts))
    sys.exit(3 if changes.stops_build else 0)


@_command(
    "Keep the ids and addresses of posts that moved.",
    "dateline pin",
    "dateline pin --against https://example.org/feed.json",
)
@_posts
@_output
@_against
@_cache
@_dry_run
@_now
def pin(posts: Path, dry_run: bool, **options: Any) -> None:
    """Keep the ids and addresses of posts in POSTS (default: here or posts/) that were renamed or moved.

    Writes the id that subscribers know, and the slug of the old address, into the front matter of each.
    """
    from dateline.commands.pin import pin as run
    from dateline.messages.changes import pinned_lines, summary

    with report_errors(posts), show_progress(hidden=False) as progress:
        found, left = run(_comparing(posts, **options), progress, is_rehearsal=dry_run)
    for pinned in found:
        for line in pinned_lines(pinned, is_rehearsal=dry_run):
            print_line(line)
    print_line(f"{'' if found else 'Nothing to keep. '}{summary(left, posts)}")


@_command("Say that it is online.", "dateline live", "dateline live ~/blog/posts")
@_posts
def live(posts: Path) -> None:
    """Say that the feeds of POSTS (default: here or posts/) are online: remove live = false from feed.toml.

    From then on, a build stops where subscribers would see something you probably did not intend.
    """
    from dateline.cli.starting import run_live

    run_live(posts)


@_command(
    "Report what to fix before publishing, and fix it.",
    "dateline check",
    "dateline check ~/blog/posts --output /srv/www",
    "dateline check --fix --dry-run",
)
@_posts
@_output
@_cache
@click.option(
    "--fix",
    "kind",
    metavar="[KIND]",
    is_flag=False,
    flag_value="all",
    help="Fix what needs no judgement, or only one kind of it, after showing how. [kinds: dateline help errors]",
)
@_dry_run
@_now
@_verbose
@_as_json
def check(posts: Path, output: Path | None, cache: str | None, kind: str | None, **options: Any) -> None:
    """Report what a build of POSTS (default: here or posts/) would refuse, and what an editor would want to know.

    Renders every post. Writes nothing without --fix. Exits with 1 if a build would refuse.
    """
    from dateline.cli.check import run_check

    fixes = _kinds_of_fixes(kind, dry_run=options["dry_run"])
    run_check(BuildOptions(posts, output, cache_parent=cache, **options), fixes)


def _kinds_of_fixes(kind: str | None, *, dry_run: bool) -> Collection[str]:
    """Return the names of the remedies to apply: all, one or none."""
    if kind is None:
        if dry_run:
            raise click.UsageError("--dry-run needs --fix; without it, nothing is written anyway")
        return ()
    from dateline.commands.remedies import REMEDIES

    if kind != "all" and kind not in REMEDIES:
        hint = f", or to name the folder: dateline check {shlex.quote(kind)} --fix" if os.path.isdir(kind) else ""
        raise click.UsageError(f"no fix is called {kind!r}; choose from {', '.join(REMEDIES)}{hint}")
    return REMEDIES if kind == "all" else (kind,)


@_command(
    "Show a private preview in the browser.", "dateline preview", "dateline preview ~/blog/posts --port 9000 --drafts"
)
@_posts
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(1, 65535),
    help="Serve at this port. [default: 8000, or the next one that is free]",
)
@click.option(
    "--host", metavar="NAME", default="127.0.0.1", show_default=True, help="Listen on this address of the machine."
)
@click.option("--drafts", is_flag=True, help="Show drafts and scheduled posts as if they were published.")
@_cache
@_now
def preview(posts: Path, port: int | None, host: str, drafts: bool, cache: str | None, now: str | None) -> None:
    """Show what would be published of the posts in POSTS (default: here or posts/), on this machine only.

    Builds again after each change, and reloads open pages. Stop it with Ctrl-C.
    """
    with report_errors(posts):
        from dateline.preview.command import preview as run

        run(posts, host, port, drafts=drafts, cache=cache, now=now)


@_command(
    "Move in, with the ids of an old feed.",
    "dateline adopt https://example.org/feed/ --dry-run",
    "dateline adopt old.xml ~/blog/posts",
)
@click.argument("paths", nargs=-1, required=True, metavar="FEED... [POSTS]")
@click.option("--create", is_flag=True, help="Write a draft of each entry that has no post.")
@click.option("--settings", is_flag=True, help="Write to feed.toml what keeps dates, addresses and ids.")
@click.option("--interactive", is_flag=True, help="Ask about each entry that is in doubt, and about settings.")
@_dry_run
@_as_json
def adopt(
    paths: tuple[str, ...], create: bool, settings: bool, interactive: bool, dry_run: bool, as_json: bool
) -> None:
    """Move in: give the posts in POSTS (default: here or posts/) the ids that subscribers know from an old feed.

    FEED is the URL of the old feed, or a file, in RSS, Atom or JSON Feed, or an export of WordPress. Ids, dates and
    addresses are written only if the entry and the post are the same beyond doubt; the others are listed.
    """
    from dateline.cli.moving_in import run_adopt

    run_adopt(paths, create=create, settings=settings, interactive=interactive, dry_run=dry_run, as_json=as_json)


@_command(
    "Move a whole site in.",
    "dateline import ~/old-site posts",
    "dateline import article.txt posts",
    "dateline import export.xml posts --feed https://example.org/feed/",
    name="import",
)
@click.argument("source")
@_posts
@click.option("--from", "kind", metavar="NAME", help="What SOURCE is. [default: recognised by its files]")
@click.option("--feed", "feeds", metavar="FEED", multiple=True, help="An old feed of the site, a URL or a file.")
@click.option("--title", help="The title of the publication. [default: the site's]")
@click.option("--url", help="The URL at which the output will be served. [default: the site's]")
@click.option("--author", help="The author of posts that name none. [default: the site's]")
@click.option("--timezone", help="The time zone of dates without one, by IANA name. [default: the site's]")
@click.option("--fetch", is_flag=True, help="Fetch SOURCE, the address of a press article.")
@click.option("--interactive", is_flag=True, help="Ask about what an article leaves in doubt.")
@_dry_run
@_verbose
@_as_json
def import_(source: str, posts: Path, kind: str | None, feeds: tuple[str, ...], **options: Any) -> None:
    """Move a whole site in: write SOURCE, a site of another generator or an export, to POSTS (default: here or posts/).

    POSTS must be new or empty. Nothing in SOURCE is run or changed. Another import of the same site renews what nobody
    edited since. A press article, in text or HTML, becomes one post, and POSTS may be a publication. For more:
    dateline help moving.
    """
    from dateline.cli.moving_in import run_import

    given = {key: value for key in ("title", "url", "author", "timezone") if (value := options.pop(key))}
    run_import(source, posts, kind=kind or "", feeds=feeds, settings=given, **options)


@_command("Show when the next scheduled post comes out.", "dateline due", "dateline due ~/blog/posts --json")
@_posts
@_now
@_as_json
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


@_command("Start a post.", 'dateline new "The ferry is back"', 'dateline new --note "The ferry is late again."')
@click.argument("title", required=False)
@_posts
@click.option("--note", is_flag=True, help="Start a note, which has no title: TITLE, if given, is all it says.")
@click.option("--page", is_flag=True, help="Start a page, which has no date, in the folder _pages.")
@_now
def new(title: str | None, posts: Path, note: bool, page: bool, now: str | None) -> None:
    """Start a post called TITLE in POSTS (default: here or posts/): a draft, dated now.

    Prints the path of the file. Never overwrites one.
    """
    from dateline.cli.starting import run_new

    if title is None and not note:
        raise click.UsageError('TITLE is missing; for instance: dateline new "The ferry is back"')
    if note and page:
        raise exclude("--note", "--page")
    run_new(title or "", posts, now, is_note=note, is_page=page)


@_command("Show the guide.", "dateline help", "dateline help dates", name="help")
@click.argument("topic", required=False)
def show_guide(topic: str | None) -> None:
    """Show the page of the guide about TOPIC; without it, list the topics."""
    from dateline.commands.guide import topics

    guide = topics()
    if topic is None:
        print_rows((name, "green", page.summary) for name, page in guide.items())
        print_line("Read one with: dateline help TOPIC")
    elif topic in guide:
        click.echo_via_pager(guide[topic].text)
    else:
        hint = did_you_mean(get_close_matches(topic.lower(), guide, n=3)) or "for the list: dateline help"
        if topic in main.commands:
            hint = f"for the command: dateline {topic} --help"
        raise click.UsageError(f"no topic {topic!r} in the guide; {hint}")


@_command(
    "Start a publication.",
    'dateline init posts --title "The Daily Example" --url https://example.org/ --author "Ana Díaz"',
)
@click.argument("folder", metavar="[DIR]", type=_path, default=lambda: Path(default_posts()))
@click.option("--title", help="The title of the publication.")
@click.option("--url", help="The URL at which the output will be served.")
@click.option("--author", help="The author of posts that name none. [default: the title]")
@click.option("--timezone", help="The time zone of dates without one, by IANA name. [default: UTC]")
@click.option("--language", help="The language of the posts, like en or es-SV. [default: en]")
@_now
def init(folder: Path, now: str | None, **given: str | None) -> None:
    """Start a publication in the folder DIR (default: posts/): feed.toml, with a permanent id, and a first post.

    On a terminal, asks for what is not given; otherwise title and URL are required. In the current folder (.), the
    output goes to public/ below it.
    """
    from dateline.cli.starting import run_init

    run_init(folder, given, now)
