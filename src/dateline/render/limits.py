"""Bounds on what Markdown becomes: a few kilobytes of it can be made to stand for gigabytes of HTML."""

import re

from dateline.errors import Unreadable

MAX_HTML = 16 * 1024 * 1024  # characters; a post has at most 2 MiB
MAX_EMPTY_CELLS = 200_000

_DELIMITERS = re.compile(r"[ \t>]*[|:-][ \t|:-]*", re.ASCII)


def check_tables(body: str) -> None:
    """Raise Unreadable where engines would fill up the rows of tables with too many empty cells.

    Counts them under every line that may divide the head of a table from its rows, up to an empty line.
    """
    columns = empty = 0
    for line in body.split("\n") if "|" in body else ():
        if not line.strip(" \t>"):
            columns = 0
        elif "-" in line and _DELIMITERS.fullmatch(line):
            columns = max(columns, line.count("|") + 1)
        elif columns:
            empty += max(0, columns - line.count("|") - 1)
    if empty > MAX_EMPTY_CELLS:
        problem = f"text: tables whose rows lack more than {MAX_EMPTY_CELLS:,} cells"
        raise Unreadable(problem, "write the cells of each row, or fewer columns")


def check_length(length: int) -> None:
    """Raise Unreadable where HTML has more characters than any post needs."""
    if length > MAX_HTML:
        problem = f"text: becomes more than {MAX_HTML // 1024**2} MiB of HTML"
        raise Unreadable(problem, "split it, or shorten what is used many times: addresses, titles, abbreviations")
