"""The steps of the pipeline: index what changed, build entries, resolve links and media, list the outputs."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from dateline.cache.database import Cache
from dateline.model import Publication
from dateline.parallel import Jobs

# Takes the name of a phase, how many steps of it are done, and how many there are.
Progress = Callable[[str, int, int], None]


def no_progress(_phase: str, _done: int, _total: int) -> None:
    """Report nothing."""


class BuildContext(NamedTuple):
    """What every step of a build needs. The posts at `broken` paths have errors, which were reported already."""

    cache: Cache
    folder: Path
    publication: Publication
    now: datetime
    jobs: Jobs
    progress: Progress = no_progress
    broken: frozenset[str] = frozenset()
