"""The limits: what of Dateline may cost how much, against what of others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from cases import COLD, EDITED, SAME, Key
from measure import Spread, spread
from programs.dateline import ALL, COMMONMARK, MAIN, PAGES
from programs.hugo import FEED_ONLY, FULL, LIKE_OURS
from programs.pelican import PELICAN_COLD
from schedule import SCAN, START, Costs

MIB = "MiB"


@dataclass(frozen=True)
class Limit:
    """At most `most` times what `against` cost together, run by run; without `against`, at most so many MiB."""

    number: int
    of: Key
    against: tuple[Key, ...]
    most: float
    called: str


@dataclass(frozen=True)
class Verdict:
    """What came of a limit: each run's figure, or none where something was not measured."""

    limit: Limit
    figures: list[float]

    @property
    def spread(self) -> Spread:
        """Of the figures."""
        return spread(self.figures)

    @property
    def said(self) -> str:
        """In a word. The median counts."""
        if not self.figures:
            return "not measured"
        return "reached" if self.spread.median <= self.limit.most else "missed"


LIMITS = (
    Limit(1, (MAIN, SAME), ((FEED_ONLY, SAME),), 0.08, "Hugo, feed only"),
    Limit(1, (MAIN, SAME), (START, SCAN), 3, "start and scan"),
    Limit(2, (ALL, SAME), ((FEED_ONLY, SAME),), 0.1, "Hugo, feed only"),
    Limit(3, (MAIN, EDITED), ((FEED_ONLY, EDITED),), 0.18, "Hugo, feed only"),
    Limit(4, (ALL, EDITED), ((FEED_ONLY, EDITED),), 0.25, "Hugo, feed only"),
    Limit(5, (MAIN, COLD), ((FEED_ONLY, COLD),), 0.7, "Hugo, feed only"),
    Limit(6, (ALL, COLD), ((PELICAN_COLD, COLD),), 0.5, "Pelican"),
    Limit(7, (COMMONMARK, COLD), ((FULL, COLD),), 0.8, "Hugo, full site"),
    Limit(8, (MAIN, COLD), (), 90, MIB),
    Limit(8, (ALL, COLD), (), 200, MIB),
    # A full site of Hugo's is built anew each time.
    Limit(10, (PAGES, COLD), ((FULL, COLD),), 1.0, "Hugo, full site"),
    Limit(10, (PAGES, COLD), ((LIKE_OURS, COLD),), 1.0, "Hugo, pages like ours"),
    Limit(10, (PAGES, EDITED), ((FULL, COLD),), 0.15, "Hugo, full site"),
)
GROWTH = 12.0
LARGER = 10


def verdicts(costs: Costs) -> list[Verdict]:
    """On each limit, by what was measured."""
    return [Verdict(limit, _figures(limit, costs)) for limit in LIMITS]


def growth(small: Costs, large: Costs, ours: Iterable[Key]) -> list[Verdict]:
    """How many times as much each of our cases costs at LARGER times as many posts, by medians."""
    found = []
    for key in ours:
        figures = [_seconds(large, key) / _seconds(small, key)] if key in small and key in large else []
        found.append(Verdict(Limit(9, key, (key,), GROWTH, f"a {LARGER}th of the posts"), figures))
    return found


def _seconds(costs: Costs, key: Key) -> float:
    return median(cost.seconds for cost in costs[key])


def _figures(limit: Limit, costs: Costs) -> list[float]:
    if any(key not in costs for key in (limit.of, *limit.against)):
        return []
    if not limit.against:
        return [cost.mebibytes for cost in costs[limit.of] if cost.mebibytes is not None]
    together = zip(*(costs[key] for key in limit.against), strict=True)
    pairs: Sequence[tuple[float, float]] = [
        (cost.seconds, sum(other.seconds for other in others))
        for cost, others in zip(costs[limit.of], together, strict=True)
    ]
    return [one / all for one, all in pairs]
