"""Read the command line as people type it, and report wrong usage like all other errors."""

import os
import shlex
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, NoReturn

import click

from dateline.cli.help import help_text
from dateline.messages.console import print_line, styled

# What other programs call these.
_OTHER_NAMES = {"serve": "preview", "version": "--version"}


class Commands(click.Group):
    """Commands that are found by other names too. An error in usage is one line, with how to fix it."""

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Run a command, and exit: with 2 after an error in usage, with 130 if interrupted."""
        try:
            code = super().main(*args, **kwargs | {"standalone_mode": False})
        except click.UsageError as error:
            print_line(styled("error: ", "red", sys.stderr) + self._line(error), sys.stderr)
            sys.exit(2)
        except click.Abort:
            if not sys.stdin.isatty():
                print_line("error: no answer can be read; run this on a terminal", sys.stderr)
                sys.exit(1)
            print_line("Stopped.", sys.stderr)
            sys.exit(130)
        sys.exit(code or 0)

    def get_help(self, _ctx: click.Context) -> str:
        """Return the help of the whole program."""
        return help_text().removesuffix("\n")

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Replace the name of a command that other programs call it by."""
        return super().parse_args(ctx, [_OTHER_NAMES.get(word, word) for word in args[:1]] + args[1:])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command. Raises UsageError, which suggests the nearest ones."""
        name = args[0]
        if name in self.commands or name.startswith("-"):
            return super().resolve_command(ctx, args)
        remedy = did_you_mean(get_close_matches(name.lower(), [*self.commands, *_OTHER_NAMES], n=2))
        if not remedy and os.path.isdir(name):
            remedy = f"to build that folder: dateline build {shlex.quote(name)}"
        remedy = remedy or "for the list: dateline --help"
        raise click.UsageError(f"no command {name!r}; {remedy}", ctx)

    def _line(self, error: click.UsageError) -> str:
        """Return what is wrong, and how to fix it."""
        # Where an option lacks its value, click does not say of which command.
        path = error.ctx.command_path if error.ctx else " ".join(["dateline", *self.commands.keys() & {*sys.argv[1:2]}])
        text, remedy = error.message.rstrip("."), f"for the options: {path} --help"
        if "; " in text:  # ours
            return text
        if isinstance(error, click.NoSuchOption):
            close = get_close_matches(error.option_name, error.possibilities or (), n=2)
            return f"no option {error.option_name}; {did_you_mean(close) or remedy}"
        if isinstance(error, click.MissingParameter) and error.ctx and error.param:
            is_option = isinstance(error.param, click.Option)
            name = error.param.opts[0] if is_option else error.param.human_readable_name.split()[0].rstrip(".")
            return f"{name} is missing; for instance: {_first_example(error.ctx.command)}"
        if isinstance(error, click.BadParameter) and error.param:
            return f"{error.param.opts[0]}: {text}; {remedy}"
        return f"{text[0].lower()}{text[1:]}; {remedy}"


def exclude(option: str, other: str) -> click.UsageError:
    """Return the error for two options of which only one may be given."""
    return click.UsageError(f"{option} and {other} exclude each other; leave one out")


def did_you_mean(names: Sequence[str]) -> str:
    """Return a question that suggests names; empty if there are none."""
    return f"did you mean {' or '.join(names)}?" if names else ""


def _first_example(command: click.Command) -> str:
    return next(
        (line.strip() for line in (command.epilog or "").split("\n") if line.startswith("  ")), command.name or ""
    )
