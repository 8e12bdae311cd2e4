"""Say what state a publication is in, and what to do next. Nothing here prints."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dateline.errors import printable
from dateline.messages.changes import NOT_LIVE
from dateline.options import command_line
from dateline.text import counted

if TYPE_CHECKING:
    from dateline.commands.overview import Overview

Row = tuple[str, str]  # a command line, and what it does
NOWHERE = "There is no publication here: no feed.toml in this folder, and none in posts/."
FIRST_STEPS: tuple[Row, ...] = (
    ("dateline init posts", "start one, in the folder posts/"),
    ("dateline init .", "make this folder one"),
    ("dateline import SITE posts", "move a site in from another program"),
)
HELP: tuple[Row, ...] = (("dateline --help", "list all commands"), ("dateline help", "read the guide"))


def overview_lines(found: "Overview", posts: str) -> Iterator[str]:
    """Yield what a publication is called, what is in it, and whether it is built."""
    counts = [counted(found.posts, "post")]
    counts += [counted(found.drafts, "draft")] if found.drafts else []
    counts += [f"{found.scheduled:,} scheduled"] if found.scheduled else []
    counts += [f"{found.wrong:,} with errors"] if found.wrong else []
    yield printable(f"“{found.title}” in {'this folder' if posts == '.' else f'{posts}/'}: {', '.join(counts)}.")
    if found.is_built:
        live = "" if found.is_live else f" {NOT_LIVE}."
        yield printable(f"The output is in {found.output}/.{live}")
    else:
        yield "Not built yet."


def next_steps(posts: "str | os.PathLike[str]", found: "Overview | None" = None) -> Iterator[Row]:
    """Yield the commands that come next, and what each does."""
    if found and found.wrong:
        yield command_line("check", posts), "see what to fix"
    yield command_line("preview", posts), "look at it in the browser"
    yield command_line('new "Title"', posts), "start a post"
    yield command_line("build", posts), f"write feeds and pages{f' to {found.output}/' if found else ''}"
    if found and found.is_built:
        yield command_line("publish", posts), "send it to where it is served, and check it there"
    if found and found.is_built and not found.is_live:
        yield command_line("live", posts), "say that it is online now, if you copied it there yourself"
