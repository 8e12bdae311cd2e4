"""The figures as people read them: tables, in a terminal of 100 columns or in Markdown."""

from collections.abc import Sequence
from statistics import median

from cases import COLD, EDITED, SAME, Key
from limits import LARGER, Verdict
from measure import spread
from programs.dateline import COMMONMARK, EVERYTHING, MAIN, PAGES
from programs.hugo import CURRENT, FEED_ONLY, FULL, LIKE_OURS
from programs.pelican import PELICAN_CACHED, PELICAN_COLD
from schedule import Costs

Row = tuple[str, ...]
TIMES: Row = ("What", "State", "min s", "median s", "max s", "peak MiB")
VERDICTS: Row = ("Posts", "Dateline", "Against", "min", "median", "max", "limit", "Verdict")
SUMMARY: Row = ("Seconds", "First build", "One post edited", "Nothing changed", "First build next to")
# The columns of words; figures are aligned to the right.
_WORDS = frozenset(("What", "State", "Dateline", "Against", "Verdict", "Seconds", "First build next to"))
# What each row of the summary has as first build and otherwise, and what its first build is compared with.
_SUMMARY = (
    (MAIN, MAIN, FEED_ONLY),
    (COMMONMARK, COMMONMARK, FULL),
    (PAGES, PAGES, LIKE_OURS),
    (EVERYTHING, EVERYTHING, PELICAN_COLD),
    (FEED_ONLY, FEED_ONLY, None),
    (FULL, FULL, None),
    (LIKE_OURS, LIKE_OURS, None),
    *((CURRENT + name, CURRENT + name, None) for name in (FEED_ONLY, FULL, LIKE_OURS)),
    (PELICAN_COLD, PELICAN_CACHED, None),
)


def times(costs: Costs) -> list[Row]:
    """A row for each case: seconds, and the median of the peaks, each of the largest process."""
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
        against = "peak MiB" if limit.against is None else f"× {_against(limit.of, limit.against)}"
        figures = ["", "", ""]
        if verdict.figures:
            values = verdict.spread
            shown = ".0f" if limit.against is None else ".3f"
            figures = [f"{value:{shown}}" for value in (values.min, values.median, values.max)]
        most = "" if limit.most is None else f"{limit.most:g}"
        rows.append((f"{limit.posts:,}", _short(limit.of), against, *figures, most, verdict.word))
    return rows


def summary(costs: Costs) -> list[Row]:
    """Median seconds of what most readers ask about, and how the first build compares."""
    rows = []
    for name, again, against in _SUMMARY:
        cells = [_seconds(costs, key) for key in ((name, COLD), (again, EDITED), (again, SAME))]
        ratio = ""
        if against and (name, COLD) in costs and (against, COLD) in costs:
            pairs = zip(costs[name, COLD], costs[against, COLD], strict=True)
            ratio = f"{median(one.seconds / other.seconds for one, other in pairs):.2f} × {against}"
        if any(cells):
            rows.append((name, *cells, ratio))
    return rows


def in_terminal(header: Row, rows: Sequence[Row]) -> str:
    """Format a table with aligned columns, under a rule."""
    widths = [max(len(cell) for cell in column) for column in zip(header, *rows, strict=True)]
    lines = [header, tuple("─" * width for width in widths), *rows]
    return "\n".join("  ".join(_aligned(line, header, widths)).rstrip() for line in lines)


def in_markdown(header: Row, rows: Sequence[Row]) -> str:
    """Format a table in Markdown."""
    below = tuple("---" if name in _WORDS else "---:" for name in header)
    return "\n".join(
        f"| {' | '.join(row)} |" if row != below else f"|{'|'.join(row)}|" for row in (header, below, *rows)
    )


def _aligned(line: Row, header: Row, widths: Sequence[int]) -> list[str]:
    return [
        cell.ljust(width) if name in _WORDS else cell.rjust(width)
        for cell, name, width in zip(line, header, widths, strict=True)
    ]


def _seconds(costs: Costs, key: Key) -> str:
    if key not in costs:
        return ""
    seconds = median(cost.seconds for cost in costs[key])
    return f"{seconds:.2f}" if seconds < 1 else f"{seconds:.1f}"


def _short(key: Key) -> str:
    name, state = key
    return ", ".join(filter(None, (name.removeprefix("Dateline, "), state)))


def _against(of: Key, against: Key) -> str:
    """What a case is compared with: the state is left out if it is the same, or if there is no other."""
    if of == against:
        return f"with 1/{LARGER} of the posts"
    return _short(against) if against[0].startswith("Dateline") else against[0]
