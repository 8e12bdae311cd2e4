"""The limits: what Dateline may cost, next to another program or in MiB."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from cases import COLD, DRAFT, EDITED, SAME, STATELESS, Key
from measure import Spread, spread
from programs.dateline import COMMONMARK, DEFAULT, DRAFTS, EVERYTHING, HELP, MAIN, MONTH, PAGES, PASS, VERSION
from programs.hugo import CURRENT, FEED_ONLY, FULL, LIKE_OURS
from programs.pelican import PELICAN_COLD
from schedule import Costs


@dataclass(frozen=True)
class Limit:
    """With `posts` posts, `of` may take `most` times as long as `against`; without `against`, so many MiB.

    `most` is None for a ratio that is only shown.
    """

    posts: int
    of: Key
    against: Key | None
    most: float | None


@dataclass(frozen=True)
class Verdict:
    """The figure of each run for a limit, or none if something was not measured. The median counts."""

    limit: Limit
    figures: list[float]

    @property
    def spread(self) -> Spread:
        """The spread of the figures."""
        return spread(self.figures)

    @property
    def word(self) -> str:
        """The verdict, or nothing for a ratio that is only shown."""
        if self.limit.most is None:
            return ""
        if not self.figures:
            return "not measured"
        return "reached" if self.spread.median <= self.limit.most else "missed"


LIMITS = (
    Limit(10_000, (MAIN, COLD), (FEED_ONLY, COLD), 0.85),
    Limit(10_000, (COMMONMARK, COLD), (FULL, COLD), 0.7),
    Limit(10_000, (PAGES, COLD), (FULL, COLD), 0.95),
    Limit(10_000, (PAGES, COLD), (LIKE_OURS, COLD), 0.75),
    Limit(10_000, (EVERYTHING, COLD), (PELICAN_COLD, COLD), 0.35),
    Limit(10_000, (MAIN, EDITED), (FEED_ONLY, EDITED), 0.18),
    Limit(10_000, (EVERYTHING, EDITED), (FEED_ONLY, EDITED), 0.25),
    Limit(10_000, (PAGES, EDITED), (FEED_ONLY, EDITED), 0.5),
    Limit(10_000, (DRAFTS, DRAFT), (PAGES, EDITED), 2),
    Limit(10_000, (MAIN, SAME), (FEED_ONLY, SAME), 0.06),
    Limit(10_000, (EVERYTHING, SAME), (FEED_ONLY, SAME), 0.07),
    Limit(10_000, (PAGES, SAME), (FEED_ONLY, SAME), 0.1),
    Limit(10_000, (MAIN, COLD), None, 90),
    Limit(10_000, (PAGES, COLD), None, 200),
    Limit(10_000, (MONTH, COLD), None, 200),
    Limit(1_000, (MAIN, COLD), (FEED_ONLY, COLD), 1.2),
    Limit(1_000, (PAGES, COLD), (FULL, COLD), 1),
    Limit(100, (PAGES, COLD), (FULL, COLD), 2),
    Limit(5, (DEFAULT, COLD), (PASS, STATELESS), 15),
    Limit(5, (VERSION, STATELESS), (PASS, STATELESS), 4),
    Limit(5, (HELP, STATELESS), (PASS, STATELESS), 4),
)
# With LARGER times as many posts, every case may take GROWTH times as long, and LARGE_MIB.
LARGER, GROWTH, LARGE_MIB = 10, 11.0, 250.0


def verdicts(posts: int, costs: Costs) -> list[Verdict]:
    """Judge each limit for this number of posts, and show the ratio to a current Hugo where that one is faster."""
    found = []
    for limit in LIMITS:
        if limit.posts == posts:
            found.append(Verdict(limit, _figures(limit, costs)))
            current = limit.against and (CURRENT + limit.against[0], limit.against[1])
            if current in costs and limit.against and _seconds(costs, current) < _seconds(costs, limit.against):
                shown = Limit(posts, limit.of, current, None)
                found.append(Verdict(shown, _figures(shown, costs)))
    return found


def verdicts_on_growth(posts: int, small: Costs, large: Costs, ours: Iterable[Key]) -> list[Verdict]:
    """Judge how each of our cases grows from posts / LARGER to `posts` posts, by medians, and its peak memory."""
    found = []
    for key in ours:
        if key[1] != STATELESS and key in large:
            figures = [_seconds(large, key) / _seconds(small, key)] if key in small else []
            found.append(Verdict(Limit(posts, key, key, GROWTH), figures))
            memory = Limit(posts, key, None, LARGE_MIB)
            found.append(Verdict(memory, _figures(memory, large)))
    return found


def _seconds(costs: Costs, key: Key) -> float:
    return median(cost.seconds for cost in costs[key])


def _figures(limit: Limit, costs: Costs) -> list[float]:
    if limit.of not in costs or (limit.against and limit.against not in costs):
        return []
    if limit.against is None:
        return [cost.mebibytes for cost in costs[limit.of] if cost.mebibytes is not None]
    return [one.seconds / other.seconds for one, other in zip(costs[limit.of], costs[limit.against], strict=True)]
