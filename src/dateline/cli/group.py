"""The command line: the group of commands, and the arguments and options that several of them share.

The exit codes are promised, and listed on the page "commands" of the guide.
"""

import os
from collections.abc import Callable
from pathlib import Path

import click

from dateline import __version__
from dateline.cli.help import COMMANDS
from dateline.cli.usage import Commands
from dateline.options import default_posts

path_type = click.Path(readable=False, path_type=Path)  # errors in paths are reported like all others, not by click
posts_argument = click.argument("posts", type=path_type, default=lambda: Path(default_posts()))
output_option = click.option(
    "--output",
    metavar="DIR",
    type=path_type,
    help="Write the output to this folder. [default: as feed.toml says, or public/ next to POSTS]",
)
cache_option = click.option(
    "--cache",
    metavar="DIR",
    help="Keep the cache in this folder. [default: DATELINE_CACHE, or dateline/ in your own folder for caches]",
)
against_option = click.option(
    "--against", metavar="FEED", help="Compare with this feed, a URL or a file. [default: the one in the output]"
)
now_option = click.option(
    "--now", metavar="DATE", envvar="DATELINE_NOW", help="Use this as the current time. [default: the clock]"
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
verbose_option = click.option("--verbose", is_flag=True, help="List each problem, even if many posts have the same.")
skip_invalid_option = click.option("--skip-invalid", is_flag=True, help="Leave out posts with errors, and name them.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")


def _example(*lines: str) -> str:
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="dateline")
@click.pass_context
def main(context: click.Context) -> None:
    """Without a command, say what is in this folder, and what to do next."""
    if context.invoked_subcommand is None:
        from dateline.cli.starting import run_overview

        run_overview(os.environ.get("DATELINE_NOW"))


def command(*examples: str, name: str | None = None) -> Callable[[Callable[..., None]], click.Command]:
    """Make a function a command of the group, by its own name if none is given, with examples for its help."""

    def add(function: Callable[..., None]) -> click.Command:
        known = name or function.__name__
        return main.command(known, short_help=COMMANDS[known], epilog=_example(*examples))(function)

    return add
