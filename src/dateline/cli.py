"""Arguments and exit codes.

Exit codes: 0 done; 1 something in posts or settings must be mended, and nothing was written; 2 wrong usage;
4 no post is held, which only ``due`` says; 130 interrupted, and nothing was written.
"""

import shlex
import sys
from pathlib import Path

import click

from dateline import __version__
from dateline.receipt import MAX_JOBS
from dateline.telling import counted, due_as_json, due_line, located, problem_as_json
from dateline.terminal import errors_said, progress_shown, say, say_errors, say_json

NONE_DUE = 4

_posts = click.argument("posts", type=click.Path(path_type=Path), default=Path("posts"))
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
    """Publish a folder of dated Markdown posts as RSS, Atom and JSON feeds."""


@main.command(epilog=_example("dateline build", "dateline build ~/blog/posts --output /srv/www --json"))
@_posts
@click.option(
    "--output", metavar="DIR", type=click.Path(path_type=Path), help="Where to write. [default: public/ beside POSTS]"
)
@click.option("--no-cache", is_flag=True, help="Read and render everything anew, and keep nothing for the next time.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
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
    no_cache: bool,
    dry_run: bool,
    quiet: bool,
    jobs: int | None,
    now: str | None,
    as_json: bool,
) -> None:
    """Write the feeds of the posts in POSTS (default: posts/).

    Files that would not change are not touched. If anything is wrong with a post, nothing is written.
    """
    from dateline.commands import Call, run_build

    run_build(Call(posts, output, no_cache, dry_run, quiet, jobs, now, as_json))


@main.command(epilog=_example("dateline check", "dateline check ~/blog/posts"))
@_posts
@_now
@_as_json
def check(posts: Path, now: str | None, as_json: bool) -> None:
    """Say what a build would refuse in POSTS (default: posts/), and what an editor would want to know.

    Renders every post and writes nothing. Exits with 1 if a build would refuse.
    """
    from dateline.build import Request, default_output
    from dateline.check import check as run

    with errors_said(posts, as_json), progress_shown(hidden=as_json) as progress:
        findings = run(Request(posts, default_output(posts), now), progress)
    if as_json:
        remarks = [problem_as_json(posts, remark) for remark in findings.remarks]
        say_json({"errors": [problem_as_json(posts, error) for error in findings.errors], "remarks": remarks})
    else:
        say_errors(posts, findings.errors)
        for remark in findings.remarks:
            say(located(posts, remark))
        counts = ((findings.posts, "post"), (len(findings.errors), "error"), (len(findings.remarks), "remark"))
        say(", ".join(counted(number, noun) for number, noun in counts) + ".")
    sys.exit(1 if findings.errors else 0)


@main.command(epilog=_example("dateline due", "dateline due ~/blog/posts --json"))
@_posts
@_now
@_as_json
def due(posts: Path, now: str | None, as_json: bool) -> None:
    """Say when the next post that is held in POSTS (default: posts/) comes out.

    Prints that moment in UTC, as ISO 8601 has it, the post's file, its title, and the date as written. Exits with 4
    if no post is held.
    """
    from dateline.waiting import next_due

    with errors_said(posts, as_json), progress_shown(hidden=as_json) as progress:
        post = next_due(posts, now, progress)
    if as_json:
        say_json(due_as_json(posts, post))
    else:
        say(due_line(posts, post) if post else "No post is waiting for its date.")
    sys.exit(0 if post else NONE_DUE)


@main.command(epilog=_example('dateline new "The ferry is back"'))
@click.argument("title")
@_posts
@_now
def new(title: str, posts: Path, now: str | None) -> None:
    """Begin a post called TITLE in POSTS (default: posts/): a draft, dated now.

    Prints the path of the file. Never overwrites one.
    """
    from dateline.beginnings import begin_post
    from dateline.reading.dates import read_now
    from dateline.reading.settings import read_settings
    from dateline.reading.sources import read_settings_file

    with errors_said(posts):
        publication, _ = read_settings(read_settings_file(posts))
        moment = read_now(now, publication.timezone, publication.default_time)
        file = begin_post(posts, title, publication, moment)
    say(file)


@main.command(
    epilog=_example('dateline init posts --title "The Daily Example" --url https://example.org/ --author "Ana Díaz"')
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--title", required=True, help="What the publication is called.")
@click.option("--url", required=True, help="Where the output will be served.")
@click.option("--author", help="Who signs posts that name nobody. [default: the title]")
@click.option("--timezone", default="UTC", show_default=True, help="The zone of dates that name none, by IANA's name.")
@_now
def init(folder: Path, title: str, url: str, author: str | None, timezone: str, now: str | None) -> None:
    """Begin a publication in the folder DIR: feed.toml, with a permanent id, and a first post."""
    from dateline.beginnings import begin_publication

    with errors_said(folder):
        written = begin_publication(folder, title, url, author, timezone, now)
    for file in written:
        say(f"Wrote {file}")
    say(f"Publish it with: dateline build {shlex.quote(str(folder))}")
