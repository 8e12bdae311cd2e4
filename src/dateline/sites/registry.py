"""The kinds of sources, and which of them a folder or a file is."""

from importlib import import_module
from pathlib import Path
from typing import cast

from dateline.errors import SiteError
from dateline.sites.model import Importer

# By name, in the order in which they are tried: what is recognised by files of its own comes before what has but few.
# Each has a module of that name in `importers`, which is loaded when it is needed.
IMPORTERS = {
    "hugo": "a Hugo site",
    "obsidian": "an Obsidian vault",
}


def importer(name: str) -> Importer:
    """Return the importer of this name."""
    return cast(Importer, import_module(f"dateline.sites.importers.{name}"))


def detect(source: Path) -> str:
    """Return the name of the importer for a source. Raises SiteError if there is none."""
    for name in IMPORTERS:
        if importer(name).detect(source):
            return name
    problem = "not recognised as a site or an export that can be imported"
    raise SiteError(str(source), None, problem, f"name its kind with --from: {', '.join(IMPORTERS)}")
