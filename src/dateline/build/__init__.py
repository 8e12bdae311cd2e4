"""The steps of the pipeline: index what changed, build entries, resolve links and media, list the outputs."""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from dateline.cache.database import Cache
from dateline.model import Publication
from dateline.options import Progress, no_progress
from dateline.parallel import Jobs


class BuildContext(NamedTuple):
    """What every step of a build needs. The posts at `broken` paths have errors, which were reported already."""

    cache: Cache
    folder: Path
    publication: Publication
    now: datetime
    jobs: Jobs
    progress: Progress = no_progress
    broken: frozenset[str] = frozenset()
