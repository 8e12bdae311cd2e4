"""The kinds of sources, and which of them a folder or a file is."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import cast

from dateline.errors import SiteError
from dateline.sites.model import Importer

# By name, in the order in which they are tried: what is recognised by files of its own comes before what has but few.
# Each has a module of that name in `importers`, which is loaded when it is needed.
IMPORTERS = {
    "hugo": "a Hugo site",
    "hexo": "a Hexo site",  # before Jekyll, whose configuration has the same name
    "jekyll": "a Jekyll site",
    "zola": "a Zola site",
    "pelican": "a Pelican site",
    "nikola": "a Nikola site",
    "astro": "an Astro site",
    "eleventy": "an Eleventy site",
    "obsidian": "an Obsidian vault",
    "wordpress": "an export of WordPress",
    "ghost": "an export of Ghost",
    "medium": "an export of Medium",
    "substack": "an export of Substack",
    "article": "a press article",
}
NAMES = ", ".join(IMPORTERS)
# These are no sites: they are added to a publication if there is one.
ADDED = frozenset({"article"})
WITHOUT_FEEDS = ADDED | {"obsidian"}  # none of these had subscribers


def importer(name: str) -> Importer:
    """Return the importer of this name."""
    return cast(Importer, import_module(f"dateline.sites.importers.{name}"))


def detect(source: Path) -> str:
    """Return the name of the importer for a source. Raises SiteError if there is none."""
    if name := _detected(source):
        return name
    problem, remedy = "not recognised as a site or an export that can be imported", f"say what it is: --from {NAMES}"
    if found := next(((folder, name) for folder in _around(source) if (name := _detected(folder))), None):
        remedy = f"perhaps you mean {found[0]}, which is {IMPORTERS[found[1]]}"
    raise SiteError(str(source), None, problem, remedy)


def _around(source: Path) -> Iterator[Path]:
    """Yield the folders in a folder, the two that it is in, and its files."""
    inside = sorted(path for path in source.iterdir() if path.name[0] != ".") if source.is_dir() else []
    yield from filter(Path.is_dir, inside)
    yield from source.absolute().parents[:2]
    yield from filter(Path.is_file, inside)


def _detected(source: Path) -> str:
    return next((name for name in IMPORTERS if importer(name).detect(source)), "")
