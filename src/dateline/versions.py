"""What a cache depends on beside the posts: this program's code, and the libraries under it."""

import os
import sys

# Libraries whose next release may give other posts, other HTML or other feeds.
ENGINES = frozenset("feedgen lxml markdown nh3 python_dateutil pyyaml tzdata".split())


def versions() -> str:
    """Names of all that a cache depends on, with their releases.

    The releases are in the names of the folders that installers write beside the libraries: to ask
    importlib.metadata costs more than a build that has nothing to do.
    """
    return "\n".join([sys.version, *sorted(_releases()), *sorted(_code(os.path.dirname(os.path.abspath(__file__))))])


def _releases() -> set[str]:
    found = set()
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        for name in names:
            if name.endswith((".dist-info", ".egg-info")):
                project = name.partition("-")[0].lower().replace(".", "_")
                found |= {name} if project in ENGINES else set()
    return found


def _code(folder: str) -> list[str]:
    """The modules of this program, with size and time of change: from a checkout, it changes without a release."""
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                status = entry.stat()
                found.append(f"{entry.name} {status.st_size} {status.st_mtime_ns}")
            elif entry.is_dir() and entry.name != "__pycache__":
                found += [f"{entry.name}/{line}" for line in _code(entry.path)]
    return found
