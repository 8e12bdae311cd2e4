"""Arguments and exit codes.

Exit codes: 0 done; 1 something in posts or settings must be mended, and nothing was written; 2 wrong usage;
3 something would surprise subscribers; 4 no post is held, which only ``due`` says; 130 interrupted, and nothing was
written; 141 nobody read on.
"""

import os
import shlex
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dateline import __version__
from dateline.messages.build import due_as_json, due_line, problem_as_json
from dateline.messages.console import errors_said, progress_shown, say, say_errors, say_json, say_rows, styled
from dateline.options import MAX_JOBS, BuildOptions, default_output
from dateline.text import counted

if TYPE_CHECKING:
    from dateline.importer.adopt import Ask
    from dateline.importer.matching import Match

NONE_DUE = 4

_path = click.Path(readable=False, path_type=Path)  # what is wrong with a path is reported in one way
_posts = click.argument("posts", type=_path, default=Path("posts"))
_output = click.option(
    "--output",
    metavar="DIR",
    type=_path,
    help="Where feeds are written. [default: public/ beside POSTS]",
)
_cache = click.option(
    "--cache",
    metavar="DIR",
    help="Keep the cache in this folder. [default: DATELINE_CACHE, or dateline/ in your own folder for caches]",
)
_against = click.option(
    "--against", metavar="FEED", help="Compare with this feed, an address or a file. [default: the one in the output]"
)
_now = click.option(
    "--now", metavar="DATE", envvar="DATELINE_NOW", help="Take this for the present moment. [default: the clock]"
)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead, for programs to read.")


def _example(*lines: str) -> str:
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_example('dateline init posts --title "The Daily Example" --url https://example.org/', "dateline build"),
)
@click.version_option(__version__, prog_name="dateline")
def main() -> None:
    """Publish a folder of dated Markdown posts as RSS, Atom and JSON feeds, and as pages."""


@main.command(
    short_help="Write the feeds and the pages.",
    epilog=_example("dateline build", "dateline build ~/blog/posts --output /srv/www --json"),
)
@_posts
@_output
@_cache
@click.option("--no-cache", is_flag=True, help="Read and render everything anew, and keep nothing for the next time.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@click.option("--accept", is_flag=True, help="Write even what will surprise subscribers, having said what that is.")
@click.option("--first", is_flag=True, help='With guard = "live": there is no feed on the web yet.')
@click.option("--unguarded", is_flag=True, help='With guard = "live": build even if the feed there cannot be fetched.')
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(1, MAX_JOBS),
    help="How many processes may work at once. [default: the cores]",
)
@_now
@_as_json
def build(
    posts: Path,
    output: Path | None,
    cache: str | None,
    no_cache: bool,
    dry_run: bool,
    accept: bool,
    first: bool,
    unguarded: bool,
    quiet: bool,
    jobs: int | None,
    now: str | None,
    as_json: bool,
) -> None:
    """Write the feeds of the posts in POSTS (default: posts/), and their pages.

    Files that would not change are not touched. If anything is wrong with a post, or subscribers would see what is
    hardly meant, nothing is written.
    """
    from dateline.cli.commands import run_build

    if cache and no_cache:
        raise click.UsageError("--cache names a cache, and --no-cache is to do without: use one of them.")
    run_build(
        BuildOptions(
            posts,
            output or default_output(posts),
            now,
            cache=not no_cache,
            dry_run=dry_run,
            jobs=jobs,
            accept=accept,
            first=first,
            unguarded=unguarded,
            cache_parent=cache,
            quiet=quiet,
            as_json=as_json,
        )
    )


@main.command(
    short_help="Say what subscribers would see.",
    epilog=_example("dateline diff", "dateline diff --against https://example.org/feed.json"),
)
@_posts
@_output
@_against
@_cache
@_now
@_as_json
def diff(
    posts: Path, output: Path | None, against: str | None, cache: str | None, now: str | None, as_json: bool
) -> None:
    """Say what subscribers would see if the posts in POSTS (default: posts/) were published now.

    Writes nothing. Exits with 3 if something would surprise them.
    """
    from dateline.cli.commands import run_diff

    run_diff(posts, output, against, cache, now, as_json)


@main.command(
    short_help="Keep ids and addresses of posts that moved.",
    epilog=_example("dateline pin", "dateline pin --against https://example.org/feed.json"),
)
@_posts
@_output
@_against
@_cache
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@_now
def pin(
    posts: Path, output: Path | None, against: str | None, cache: str | None, dry_run: bool, now: str | None
) -> None:
    """Keep the ids and addresses of posts in POSTS (default: posts/) that were renamed or moved.

    Writes the id that subscribers know, and the slug of the old address, into the front matter of each.
    """
    from dateline.cli.commands import run_pin

    run_pin(posts, output, against, cache, now, is_rehearsal=dry_run)


@main.command(
    short_help="Say what to mend before publishing.",
    epilog=_example("dateline check", "dateline check ~/blog/posts --output /srv/www"),
)
@_posts
@_output
@_cache
@_now
@_as_json
def check(posts: Path, output: Path | None, cache: str | None, now: str | None, as_json: bool) -> None:
    """Say what a build would refuse in POSTS (default: posts/), and what an editor would want to know.

    Renders every post and writes nothing. Exits with 1 if a build would refuse.
    """
    from dateline.commands.check import check as run

    with errors_said(posts, as_json), progress_shown(hidden=as_json) as progress:
        findings = run(BuildOptions(posts, output or default_output(posts), now, cache_parent=cache), progress)
    if as_json:
        remarks = [problem_as_json(remark) for remark in findings.remarks]
        say_json({"errors": [problem_as_json(error) for error in findings.errors], "remarks": remarks})
    else:
        say_errors(findings.errors)
        for remark in findings.remarks:
            say(remark)
        counts = ((findings.posts, "post"), (len(findings.errors), "error"), (len(findings.remarks), "remark"))
        say(", ".join(counted(number, noun) for number, noun in counts) + ".")
    sys.exit(1 if findings.errors else 0)


@main.command(
    short_help="Serve what would be published, to you alone.",
    epilog=_example("dateline preview", "dateline preview ~/blog/posts --port 9000 --drafts"),
)
@_posts
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(1, 65535),
    help="Where it is served. [default: 8000, or the next one that is free]",
)
@click.option(
    "--host", metavar="NAME", default="127.0.0.1", show_default=True, help="The address of this machine to listen on."
)
@click.option("--drafts", is_flag=True, help="Show drafts, and posts that are held, as if they were out.")
@_cache
@_now
def preview(posts: Path, port: int | None, host: str, drafts: bool, cache: str | None, now: str | None) -> None:
    """Show what would be published of the posts in POSTS (default: posts/), to you alone.

    Serves it on this machine, and builds it anew after each change; pages that are open reload. Ctrl-C ends it.
    """
    from dateline.cli.commands import run_preview

    run_preview(posts, host, port, drafts, cache, now)


@main.command(
    short_help="Move in, with the ids of an old feed.",
    epilog=_example("dateline adopt https://example.org/feed/ --dry-run", "dateline adopt old.xml ~/blog/posts"),
)
@click.argument("places", nargs=-1, required=True, metavar="FEED... [POSTS]")
@click.option("--create", is_flag=True, help="Write a draft of each entry that has no post.")
@click.option("--interactive", is_flag=True, help="Ask about each entry that is in doubt.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@_as_json
def adopt(places: tuple[str, ...], create: bool, interactive: bool, dry_run: bool, as_json: bool) -> None:
    """Move in: write into POSTS (default: posts/) the ids by which the subscribers to an old feed know its entries.

    FEED is the address of the old feed, or a file, in RSS, Atom or JSON Feed. An id goes only into a post that is the
    entry beyond doubt; the others are listed.
    """
    from dateline.importer.adopt import adopt
    from dateline.messages.adopt import adoption_as_json, adoption_lines

    if interactive and as_json:
        raise click.UsageError("--interactive asks, and --json is for programs: use one of them.")
    *feeds, last = places
    names_posts = bool(feeds) and os.path.isdir(last)
    posts = Path(last) if names_posts else Path("posts")
    ask = _asking(posts) if interactive else lambda _: None
    with errors_said(posts, as_json):
        adoption = adopt(posts, feeds if names_posts else places, ask, create=create, dry_run=dry_run)
    if as_json:
        say_json(adoption_as_json(adoption, posts, dry_run))
    else:
        for line in adoption_lines(adoption, posts, dry_run=dry_run, style=styled):
            say(line)


def _asking(posts: Path) -> "Ask":
    """Asks, on the terminal, which post an entry is."""
    from dateline.messages.adopt import question_lines

    def ask(match: "Match") -> str | None:
        for line in question_lines(match, posts):
            say(line)
        try:
            number = click.prompt("Which post is it?", type=click.IntRange(0, len(match.pairs)), default=0)
        except OSError:  # standard input cannot be read
            raise click.Abort from None
        return match.pairs[number - 1].path if number else None

    return ask


@main.command(
    short_help="Say when the next held post comes out.",
    epilog=_example("dateline due", "dateline due ~/blog/posts --json"),
)
@_posts
@_now
@_as_json
def due(posts: Path, now: str | None, as_json: bool) -> None:
    """Say when the next post that is held in POSTS (default: posts/) comes out.

    Prints that moment in UTC, as ISO 8601 has it, the post's file, its title, and the date as written. Exits with 4
    if no post is held.
    """
    from dateline.build.next_due import next_due

    with errors_said(posts, as_json), progress_shown(hidden=as_json) as progress:
        post = next_due(posts, now, progress)
    if as_json:
        say_json(due_as_json(post))
    else:
        say(due_line(post) if post else "No post is waiting for its date.")
    sys.exit(0 if post else NONE_DUE)


@main.command(short_help="Begin a post.", epilog=_example('dateline new "The ferry is back"'))
@click.argument("title")
@_posts
@_now
def new(title: str, posts: Path, now: str | None) -> None:
    """Begin a post called TITLE in POSTS (default: posts/): a draft, dated now.

    Prints the path of the file. Never overwrites one.
    """
    from dateline.content.config import read_settings
    from dateline.content.dates import read_now
    from dateline.content.scaffold import begin_post
    from dateline.content.source import read_settings_file

    with errors_said(posts):
        publication, _ = read_settings(read_settings_file(posts))
        moment = read_now(now, publication.timezone, publication.default_time)
        file = begin_post(posts, title, publication, moment)
    say(file)


@main.command(
    "help",
    short_help="Show the guide.",
    epilog=_example("dateline help", "dateline help dates"),
)
@click.argument("topic", required=False)
def show_guide(topic: str | None) -> None:
    """Show the page of the guide about TOPIC; without it, list the topics."""
    from dateline.commands.guide import topics

    guide = topics()
    if topic is None:
        say_rows((name, "green", page.summary) for name, page in guide.items())
        say("Read one with: dateline help TOPIC")
    elif topic in guide:
        click.echo_via_pager(guide[topic].text)
    else:
        raise click.UsageError(_unknown_topic(topic, list(guide)))


def _unknown_topic(topic: str, known: list[str]) -> str:
    if topic in main.commands:
        return f"no topic {topic!r} in the guide; for the command, run dateline {topic} --help."
    close = get_close_matches(topic.lower(), known, n=3)
    return f"no topic {topic!r} in the guide; " + (
        f"did you mean {' or '.join(close)}?" if close else "run dateline help for the list."
    )


@main.command(
    short_help="Begin a publication.",
    epilog=_example('dateline init posts --title "The Daily Example" --url https://example.org/ --author "Ana Díaz"'),
)
@click.argument("folder", metavar="DIR", type=_path)
@click.option("--title", required=True, help="What the publication is called.")
@click.option("--url", required=True, help="Where the output will be served.")
@click.option("--author", help="Who signs posts that name nobody. [default: the title]")
@click.option("--timezone", default="UTC", show_default=True, help="The zone of dates that name none, by IANA's name.")
@_now
def init(folder: Path, title: str, url: str, author: str | None, timezone: str, now: str | None) -> None:
    """Begin a publication in the folder DIR: feed.toml, with a permanent id, and a first post."""
    from dateline.content.scaffold import begin_publication

    with errors_said(folder):
        written = begin_publication(folder, title, url, author, timezone, now)
    for file in written:
        say(f"Wrote {file}")
    for what, command in (("Look at it", "preview"), ("Publish it", "build")):
        say(f"{what} with: dateline {command} {shlex.quote(str(folder))}")
