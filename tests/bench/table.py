"""The figures as people read them: two tables, in a terminal of 100 columns or in Markdown."""

from collections.abc import Sequence
from statistics import median

from cases import Key
from limits import MIB, Verdict
from measure import spread
from schedule import Costs

Row = tuple[str, ...]
TIMES: Row = ("Whole process", "State", "min s", "median s", "max s", "peak MiB")
VERDICTS: Row = ("#", "Dateline", "against", "min", "median", "max", "limit", "verdict")
# The columns that hold words; figures stand to the right.
_WORDS = frozenset(("Whole process", "State", "Dateline", "against", "verdict"))


def times(costs: Costs) -> list[Row]:
    """A row for each case: seconds, and the median of the peaks."""
    rows = []
    for (name, state), runs in costs.items():
        seconds = spread([cost.seconds for cost in runs])
        peaks = [cost.mebibytes for cost in runs if cost.mebibytes is not None]
        figures = (f"{value:.3f}" for value in (seconds.min, seconds.median, seconds.max))
        rows.append((name, state, *figures, f"{median(peaks):.0f}" if peaks else ""))
    return rows


def limits(verdicts: Sequence[Verdict]) -> list[Row]:
    """A row for each limit: ratios run by run, or MiB."""
    rows = []
    for verdict in verdicts:
        limit = verdict.limit
        memory = limit.called == MIB
        head = (str(limit.number), _short(limit.of), "peak memory, MiB" if memory else f"× {limit.called}")
        figures = ["", "", ""]
        if verdict.figures:
            values = verdict.spread
            figures = [
                f"{value:.0f}" if memory else f"{value:.3f}" for value in (values.min, values.median, values.max)
            ]
        rows.append((*head, *figures, f"{limit.most:g}", verdict.said))
    return rows


def in_terminal(header: Row, rows: Sequence[Row]) -> str:
    """Columns as wide as what is in them, under a line."""
    widths = [max(len(cell) for cell in column) for column in zip(header, *rows, strict=True)]
    lines = [header, tuple("─" * width for width in widths), *rows]
    return "\n".join("  ".join(_aligned(line, header, widths)).rstrip() for line in lines)


def in_markdown(header: Row, rows: Sequence[Row]) -> str:
    """A table of Markdown."""
    below = tuple("---" if name in _WORDS else "---:" for name in header)
    return "\n".join(
        f"| {' | '.join(row)} |" if row != below else f"|{'|'.join(row)}|" for row in (header, below, *rows)
    )


def _aligned(line: Row, header: Row, widths: Sequence[int]) -> list[str]:
    return [
        cell.ljust(width) if name in _WORDS else cell.rjust(width)
        for cell, name, width in zip(line, header, widths, strict=True)
    ]


def _short(key: Key) -> str:
    name, state = key
    return f"{name.removeprefix('Dateline, ')}, {state}"
