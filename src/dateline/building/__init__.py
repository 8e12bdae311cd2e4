"""The steps of the pipeline: index what changed, build entries, resolve links and media, list the outputs."""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from dateline.cache.database import Cache
from dateline.errors import InputError
from dateline.model import Publication
from dateline.options import Progress, no_progress
from dateline.parallel import Jobs

FoundSizes = dict[str, dict[str, list[str]]]


class BuildContext(NamedTuple):
    """What every step of a build needs. The posts at `broken` paths have errors, which were reported already.

    `sizes` are those of pictures, once looked up: by folder and name, the names of the other files of a picture.
    `failures` are why texts could not be rendered where they were read, by the keys of the renderings that are missing.
    """

    cache: Cache
    folder: Path
    publication: Publication
    now: datetime
    jobs: Jobs
    progress: Progress = no_progress
    broken: frozenset[str] = frozenset()
    sizes: FoundSizes | None = None
    failures: dict[str, InputError] | None = None
