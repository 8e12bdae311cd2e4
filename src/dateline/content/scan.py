"""Find the files of posts, and tell without opening one whether it has changed.

A build with nothing to do runs this and little else, so this imports next to nothing.
"""

import os
import stat
import time
from typing import NamedTuple

from dateline.errors import DatelineError, PostError, Problem, reason_of

POST_ENDINGS = (".md",)  # the first is that of new posts
_MARKDOWN_ENDINGS = (".md", ".markdown", ".mkd", ".mdown")  # in any case; files with the others get a warning
STATIC_FOLDER = "_static"
TEMPLATES_FOLDER = "_templates"
# A file written this shortly before a look at its times may be written again without changing them.
CLOCK_TICK_NS = 2_000_000_000
UNSETTLED = "unsettled"  # replaces a stamp that a later edit might not change


class Scan(NamedTuple):
    """When a scan began, in nanoseconds since 1970; stamps of post files by path; errors, and ignored files."""

    started: int
    posts: dict[str, str]
    errors: list[Problem]
    ignored: list[Problem]


def stamp(status: os.stat_result) -> str:
    """Return what identifies the state of a file: its size, mtime, ctime, mode and inode."""
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_mode} {status.st_ino}"


def stamp_of(path: "str | os.PathLike[str]") -> str:
    """Return the stamp of the file or folder at a path; an empty one if there is none."""
    try:
        return stamp(os.stat(path))
    except (OSError, ValueError):
        return ""


def settled(stamp: str, looked_at_ns: int) -> bool:
    """Return whether any later edit would change a stamp that was taken at that moment."""
    if stamp in ("", UNSETTLED):
        return not stamp
    _, mtime, ctime, *_ = stamp.split(" ")
    return max(int(mtime), int(ctime)) < looked_at_ns - CLOCK_TICK_NS


def is_post_file(name: str) -> bool:
    """Return whether a name is that of a post, apart from README.md and names that begin with _ or a dot."""
    return name.endswith(POST_ENDINGS)


def bare(name: str) -> str:
    """Return the name of a post without its ending; any other name unchanged."""
    return name[: name.rindex(".")] if is_post_file(name) else name


def index_files(folder: str) -> list[str]:
    """Return the possible paths of a folder's own post, like ``folder/index.md``."""
    return [f"{folder}/index{ending}" for ending in POST_ENDINGS]


def scan(folder: "str | os.PathLike[str]") -> Scan:
    """Find every post file, except README.md and what has a name, or is in a folder, that begins with _ or a dot."""
    found = Scan(time.time_ns(), {}, [], [])
    root = os.path.realpath(folder)
    readmes = [f"README{ending}" for ending in POST_ENDINGS]
    # Folders to scan, each with the real paths of those above it, which links must not lead back to.
    pending: list[tuple[str, tuple[str, ...]]] = [("", (root,))]
    while pending:
        prefix, above = pending.pop()
        try:
            with os.scandir(os.path.join(folder, prefix)) as entries:
                for entry in entries:
                    name = entry.name
                    if name[0] not in "_." and name not in readmes and _take(prefix + name, entry, root, found):
                        real = os.path.realpath(entry.path) if entry.is_symlink() else f"{above[-1]}{os.sep}{name}"
                        if real not in above:
                            pending.append((f"{prefix}{name}/", (*above, real)))
        except OSError as error:
            found.errors.append(unreadable(prefix or ".", error, PostError).problem)
    return found


def _take(path: str, entry: "os.DirEntry[str]", root: str, found: Scan) -> bool:
    """Return whether this is a folder to scan. Posts, errors and ignored files go into `found`."""
    name = entry.name
    if not is_text(name):
        found.errors.append(PostError(path, None, "the file name is not UTF-8", "rename it").problem)
    elif entry.is_symlink() and not leads_inside(entry.path, root):
        found.ignored.append(Problem(path, None, "links outside the folder of posts", "copy the file here"))
    elif is_post_file(name):
        try:
            status = entry.stat()
        except OSError as error:
            found.errors.append(unreadable(path, error, PostError).problem)
            return False
        if stat.S_ISREG(status.st_mode):
            found.posts[path] = stamp(status)
        else:
            problem = f"named like a post, but {'a folder' if stat.S_ISDIR(status.st_mode) else 'not a regular file'}"
            found.errors.append(PostError(path, None, problem, "rename it, or put _ before its name").problem)
    elif os.path.isdir(entry.path) if entry.is_symlink() else entry.is_dir():
        return True
    elif name.lower().endswith(_MARKDOWN_ENDINGS):
        problem = f"not published: its name does not end in {' or '.join(POST_ENDINGS)}"
        found.ignored.append(Problem(path, None, problem, "rename it"))
    return False


def is_text(name: str) -> bool:
    """Return whether a name is UTF-8."""
    return name.isascii() or not any("\ud800" <= character <= "\udfff" for character in name)


def leads_inside(path: str, root: str) -> bool:
    """Return whether a path, with all links resolved, is under `root`, which is a real path."""
    return os.path.commonpath([os.path.realpath(path), root]) == root


def unreadable(path: str, error: OSError, error_type: type[DatelineError]) -> DatelineError:
    """Return the error to raise for a file that cannot be opened."""
    reason = reason_of(error)
    return error_type(path, None, f"cannot be read: {reason}", "check that it exists and that you may read it")
