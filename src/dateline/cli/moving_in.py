"""Move in, from an old feed or a whole site: ask what is in doubt, and report on the terminal."""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dateline.cli.usage import exclude
from dateline.importer.adopt import Ask, adopt
from dateline.importer.matching import Match
from dateline.messages.adopt import adoption_as_json, adoption_lines, question_lines, settings_lines
from dateline.messages.console import print_json, print_line, report_errors, styled
from dateline.messages.progress import show_progress
from dateline.options import default_posts

if TYPE_CHECKING:
    from dateline.importer.settings import Setting
    from dateline.sites.model import Doubt


def run_adopt(
    paths: Sequence[str], *, create: bool, settings: bool, interactive: bool, dry_run: bool, as_json: bool
) -> None:
    """Adopt feeds, and report. The last of `paths` is the folder of posts if it is a folder, and not the only one."""
    _refuse_questions(interactive, as_json)
    *feeds, last = paths
    names_posts = bool(feeds) and os.path.isdir(last)
    posts = Path(last) if names_posts else Path(default_posts())
    ask = _asking_for_posts(posts) if interactive else lambda _: None
    accept = _asking_about_settings if interactive and not settings else lambda _: settings
    with report_errors(posts, as_json):
        adoption = adopt(posts, feeds if names_posts else paths, ask, accept, create=create, dry_run=dry_run)
    if as_json:
        print_json(adoption_as_json(adoption, posts, dry_run))
    else:
        for line in adoption_lines(adoption, posts, dry_run=dry_run, style=styled):
            print_line(line)


def run_import(
    source: str,
    posts: Path,
    *,
    kind: str,
    feeds: Sequence[str],
    settings: Mapping[str, str],
    fetch: bool,
    interactive: bool,
    dry_run: bool,
    verbose: bool,
    as_json: bool,
) -> None:
    """Import a site, an export or an article, and report. Exits with 1 if what the user gave cannot be used."""
    from dateline.messages.imports import import_as_json, import_lines
    from dateline.sites.import_site import ImportOptions, import_site
    from dateline.sites.registry import IMPORTERS, NAMES

    if kind and kind not in IMPORTERS:
        raise click.UsageError(f"--from: no importer is called {kind!r}; choose from {NAMES}")
    _refuse_questions(interactive, as_json)
    is_web = source.startswith(("http://", "https://"))
    if is_web and not fetch:
        raise click.UsageError(f"{source} is an address; to fetch it, add --fetch")
    if fetch and not is_web:
        raise click.UsageError(f"--fetch: {source} is not an address; leave the option out")
    ask = _asking_for_values if interactive else lambda _: None
    options = ImportOptions(Path(source), posts, kind, settings, feeds, dry_run, ask)
    with report_errors(posts, as_json), show_progress(hidden=as_json) as progress, ExitStack() as stack:
        if fetch:
            from dateline.sites.importers.article.fetch import fetched  # and the library for that

            options = options._replace(source=stack.enter_context(fetched(source)), kind="article")
        try:
            report = import_site(options, progress)
        except KeyboardInterrupt:
            print_line("Stopped. To complete the import, run the same command again.", sys.stderr)
            sys.exit(130)
    if as_json:
        print_json(import_as_json(report, posts, dry_run=dry_run))
    else:
        for line in import_lines(report, posts, dry_run=dry_run, is_verbose=verbose):
            print_line(line)


def _refuse_questions(interactive: bool, as_json: bool) -> None:
    if interactive and as_json:
        raise exclude("--interactive", "--json")


def _asking_for_posts(posts: Path) -> Ask:
    """Return a function that asks on the terminal which post an entry is."""

    def ask(match: Match) -> str | None:
        for line in question_lines(match, posts):
            print_line(line)
        try:
            number = click.prompt("Which post is it?", type=click.IntRange(0, len(match.pairs)), default=0)
        except OSError:  # standard input cannot be read
            raise click.Abort from None
        return match.pairs[number - 1].path if number else None

    return ask


def _asking_about_settings(settings: "Sequence[Setting]") -> bool:
    for line in settings_lines(settings):
        print_line(line)
    try:
        return click.confirm("Write these settings to feed.toml?")
    except OSError:  # standard input cannot be read
        raise click.Abort from None


def _asking_for_values(doubt: "Doubt") -> str:
    """Ask on the terminal for what a source does not say clearly; the answer may be empty."""
    print_line(f"{doubt.key}: {doubt.problem}")
    for number, choice in enumerate(doubt.choices, 1):
        print_line(f"  {number}  {choice}")
    text = f"Which {doubt.key} is right? Type it{', or a number' if doubt.choices else ''}, or nothing to leave it open"
    try:
        answer = str(click.prompt(text, default="", show_default=False)).strip()
    except OSError:  # standard input cannot be read
        raise click.Abort from None
    is_number = answer.isdecimal() and 0 < int(answer[:9]) <= len(doubt.choices)
    return doubt.choices[int(answer) - 1] if is_number else answer
