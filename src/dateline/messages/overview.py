"""Say where one is, and what to do next. Nothing here prints."""

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dateline.errors import printable
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
    yield printable(f"The output is in {found.output}/." if found.is_built else "Not built yet.")


def next_steps(posts: str, output: str = "", *, is_wrong: bool = False) -> list[Row]:
    """Return the commands that come next. `posts` is empty where commands take the folder of posts by themselves."""
    folder = f" {shlex.quote(posts)}" if posts else ""
    rows = [
        (f"dateline check{folder}", "see what to fix"),
        (f"dateline preview{folder}", "look at it in the browser"),
        (f'dateline new "Title"{folder}', "start a post"),
        (f"dateline build{folder}", f"write feeds and pages{f' to {output}/' if output else ''}"),
    ]
    return rows if is_wrong else rows[1:]
