"""The commands that write, check and move posts in; those that publish are in `publishing`."""

import os
import shlex
import sys
from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from dateline.cli import publishing as publishing
from dateline.cli.group import (
    against_option,
    cache_option,
    command,
    dry_run_option,
    json_option,
    now_option,
    output_option,
    path_type,
    posts_argument,
    skip_invalid_option,
    verbose_option,
)
from dateline.cli.group import (
    main as main,
)
from dateline.cli.usage import did_you_mean, exclude
from dateline.errors import InputError
from dateline.messages.console import print_errors, print_json, print_line, print_rows, report_errors
from dateline.messages.progress import show_progress
from dateline.options import MAX_JOBS, BuildOptions, default_posts, only_comparing


@command("dateline build", "dateline build ~/blog/posts --output /srv/www --json")
@posts_argument
@output_option
@cache_option
@click.option("--no-cache", is_flag=True, help="Read and render everything, and keep nothing for the next build.")
@dry_run_option
@skip_invalid_option
@click.option("--accept", is_flag=True, help="Report what will surprise subscribers, and write it anyway.")
@click.option("--first", is_flag=True, help='First publication: don\'t require a live feed (with guard = "live").')
@click.option("--unguarded", is_flag=True, help='Build even if the live feed cannot be fetched (with guard = "live").')
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@verbose_option
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(1, MAX_JOBS),
    help="Use at most this many processes. [default: one for each core]",
)
@click.option("--cluster", metavar="ADDRESS", help="Render on the machines of the Dask scheduler at this address.")
@click.option("--insecure-cluster", is_flag=True, help="Trust the network on the way to a cluster without TLS.")
@click.option("--slow-path", is_flag=True, hidden=True, help="Make everything without templates of bytes.")
@now_option
@json_option
def build(
    posts: Path,
    output: Path | None,
    cache: str | None,
    no_cache: bool,
    cluster: str | None,
    insecure_cluster: bool,
    **options: Any,
) -> None:
    """Write the feeds and pages of the posts in POSTS (default: here or posts/).

    Unchanged files are not touched. If a post has an error, or subscribers would see something you probably did not
    intend, nothing is written.
    """
    from dateline.cli.build import run_build

    if cache and no_cache:
        raise exclude("--cache", "--no-cache")
    cluster = _cluster_address(cluster, is_insecure=insecure_cluster)
    run_build(BuildOptions(posts, output, cache=not no_cache, cache_parent=cache, cluster=cluster, **options))


def _cluster_address(text: str | None, *, is_insecure: bool) -> str | None:
    if text is None:
        if is_insecure:
            raise click.UsageError("--insecure-cluster needs --cluster; for the options: dateline build --help")
        return None
    from dateline.building.cluster import cluster_address

    try:
        return cluster_address(text, is_insecure=is_insecure)
    except InputError as error:
        raise click.UsageError(f"--cluster: {error.problem}; {error.remedy}") from None


def _comparing(posts: Path, output: Path | None, cache: str | None, **options: Any) -> BuildOptions:
    return only_comparing(BuildOptions(posts, output, cache_parent=cache, **options))


@command("dateline diff", "dateline diff --against https://example.org/feed.json")
@posts_argument
@output_option
@against_option
@skip_invalid_option
@cache_option
@now_option
@json_option
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


@command(
    "dateline pin",
    "dateline pin --against https://example.org/feed.json",
)
@posts_argument
@output_option
@against_option
@cache_option
@dry_run_option
@now_option
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


@command(
    "dateline check",
    "dateline check ~/blog/posts --output /srv/www",
    "dateline check --fix --dry-run",
)
@posts_argument
@output_option
@cache_option
@click.option(
    "--fix",
    "kind",
    metavar="[KIND]",
    is_flag=False,
    flag_value="all",
    help="Fix what needs no judgement, or only one kind of it, after showing how. [kinds: dateline help errors]",
)
@dry_run_option
@now_option
@verbose_option
@json_option
@click.option(
    "--format",
    "form",
    metavar="FORM",
    type=click.Choice(["text", "json", "github"]),
    help="Print text, json, which is what --json prints, or annotations for github. [default: text]",
)
def check(
    posts: Path, output: Path | None, cache: str | None, kind: str | None, form: str | None, **options: Any
) -> None:
    """Report what a build of POSTS (default: here or posts/) would refuse, and what an editor would want to know.

    Renders every post. Writes nothing without --fix. Exits with 1 if a build would refuse.
    """
    from dateline.cli.check import run_check

    if options["as_json"] and form not in (None, "json"):
        raise exclude("--json", f"--format {form}")
    if kind and form == "github":
        raise exclude("--fix", "--format github")
    fixes = _kinds_of_fixes(kind, dry_run=options["dry_run"])
    form = "json" if options["as_json"] else form or "text"
    run_check(BuildOptions(posts, output, cache_parent=cache, **options), fixes, form)


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


@command("dateline preview", "dateline preview ~/blog/posts --port 9000 --drafts")
@posts_argument
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
@cache_option
@now_option
def preview(posts: Path, port: int | None, host: str, drafts: bool, cache: str | None, now: str | None) -> None:
    """Show what would be published of the posts in POSTS (default: here or posts/), on this machine only.

    Builds again after each change, and reloads open pages. Stop it with Ctrl-C.
    """
    with report_errors(posts):
        from dateline.preview.command import preview as run

        run(posts, host, port, drafts=drafts, cache=cache, now=now)


@command(
    "dateline adopt https://example.org/feed/ --dry-run",
    "dateline adopt old.xml ~/blog/posts",
)
@click.argument("paths", nargs=-1, required=True, metavar="FEED... [POSTS]")
@click.option("--create", is_flag=True, help="Write a draft of each entry that has no post.")
@click.option("--settings", is_flag=True, help="Write to feed.toml what keeps dates, addresses and ids.")
@click.option("--interactive", is_flag=True, help="Ask about each entry that is in doubt, and about settings.")
@dry_run_option
@json_option
def adopt(
    paths: tuple[str, ...], create: bool, settings: bool, interactive: bool, dry_run: bool, as_json: bool
) -> None:
    """Move in: give the posts in POSTS (default: here or posts/) the ids that subscribers know from an old feed.

    FEED is the URL of the old feed, or a file, in RSS, Atom or JSON Feed, or an export of WordPress. Ids, dates and
    addresses are written only if the entry and the post are the same beyond doubt; the others are listed.
    """
    from dateline.cli.moving_in import run_adopt

    run_adopt(paths, create=create, settings=settings, interactive=interactive, dry_run=dry_run, as_json=as_json)


@command(
    "dateline import ~/old-site posts",
    "dateline import article.txt posts",
    "dateline import export.xml posts --feed https://example.org/feed/",
    name="import",
)
@click.argument("source")
@posts_argument
@click.option("--from", "kind", metavar="NAME", help="What SOURCE is. [default: recognised by its files]")
@click.option("--feed", "feeds", metavar="FEED", multiple=True, help="An old feed of the site, a URL or a file.")
@click.option("--title", help="The title of the publication. [default: the site's]")
@click.option("--url", help="The URL at which the output will be served. [default: the site's]")
@click.option("--author", help="The author of posts that name none. [default: the site's]")
@click.option("--timezone", help="The time zone of dates without one, by IANA name. [default: the site's]")
@click.option("--fetch", is_flag=True, help="Fetch SOURCE, the address of a press article.")
@click.option("--interactive", is_flag=True, help="Ask about what an article leaves in doubt.")
@dry_run_option
@verbose_option
@json_option
def import_(source: str, posts: Path, kind: str | None, feeds: tuple[str, ...], **options: Any) -> None:
    """Move a whole site in: write SOURCE, a site of another generator or an export, to POSTS (default: here or posts/).

    POSTS must be new or empty. Nothing in SOURCE is run or changed. Another import of the same site renews what nobody
    edited since. A press article, in text or HTML, becomes one post, and POSTS may be a publication. For more:
    dateline help moving.
    """
    from dateline.cli.moving_in import run_import

    given = {key: value for key in ("title", "url", "author", "timezone") if (value := options.pop(key))}
    run_import(source, posts, kind=kind or "", feeds=feeds, settings=given, **options)


@command('dateline new "The ferry is back"', 'dateline new --note "The ferry is late again."')
@click.argument("title", required=False)
@posts_argument
@click.option("--note", is_flag=True, help="Start a note, which has no title: TITLE, if given, is all it says.")
@click.option("--page", is_flag=True, help="Start a page, which has no date, in the folder _pages.")
@now_option
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


@command("dateline help", "dateline help dates", name="help")
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


@command("dateline schema > feed.schema.json", "dateline schema front-matter")
@click.argument("what", type=click.Choice(["feed.toml", "front-matter"]), default="feed.toml", metavar="[WHAT]")
def schema(what: str) -> None:
    """Print the JSON Schema of WHAT, feed.toml (the default) or front-matter, with which editors check and complete."""
    from dateline.commands.schema import schema as run

    print_json(run(what))


@command(
    'dateline init posts --title "The Daily Example" --url https://example.org/ --author "Ana Díaz"',
)
@click.argument("folder", metavar="[DIR]", type=path_type, default=lambda: Path(default_posts()))
@click.option("--title", help="The title of the publication.")
@click.option("--url", help="The URL at which the output will be served.")
@click.option("--author", help="The author of posts that name none. [default: the title]")
@click.option("--timezone", help="The time zone of dates without one, by IANA name. [default: UTC]")
@click.option("--language", help="The language of the posts, like en or es-SV. [default: en]")
@now_option
def init(folder: Path, now: str | None, **given: str | None) -> None:
    """Start a publication in the folder DIR (default: posts/): feed.toml, with a permanent id, and a first post.

    On a terminal, asks for what is not given; otherwise title and URL are required. In the current folder (.), the
    output goes to public/ below it.
    """
    from dateline.cli.starting import run_init

    run_init(folder, given, now)
