"""What a cache depends on beside the posts: this program's code, and the libraries under it."""

import os
import sys

# Libraries whose next release may give other posts, other HTML or other feeds.
ENGINES = frozenset(
    "comrak_ext feedgen imagesize jinja2 lxml markdown nh3 pygments python_dateutil pyyaml tinytag tzdata".split()
)


def versions() -> str:
    """Names of all that a cache depends on, with their releases.

    The releases are in the names of the folders that installers write beside the libraries: to ask
    importlib.metadata costs more than a build that has nothing to do.
    """
    return "\n".join([sys.version, *sorted(_releases()), *sorted(_code(os.path.dirname(os.path.abspath(__file__))))])


def is_installed(project: str) -> bool:
    """Whether one of the libraries is there. (The module of another project may go by the same name.)"""
    return any(_project(name) == project for name in _releases())


def _project(name: str) -> str:
    return name.partition("-")[0].lower().replace(".", "_")


def _releases() -> set[str]:
    """The names of folders that tell of a release of one of ENGINES."""
    found = set()
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        for name in names:
            if name.endswith((".dist-info", ".egg-info")) and _project(name) in ENGINES:
                found.add(name)
    return found


def _code(folder: str) -> list[str]:
    """The files of this program, with size and time of change: from a checkout, it changes without a release."""
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith((".py", ".html", ".css", ".js")):
                status = entry.stat()
                found.append(f"{entry.name} {status.st_size} {status.st_mtime_ns}")
            elif entry.is_dir() and entry.name != "__pycache__":
                found += [f"{entry.name}/{line}" for line in _code(entry.path)]
    return found
