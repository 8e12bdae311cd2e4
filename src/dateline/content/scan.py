"""Which files there are, and how to see, without opening one, that it has not changed.

A build that has nothing to do runs through here and little else, so this imports next to nothing.
"""

import os
import stat
import time
from typing import NamedTuple

from dateline.errors import DatelineError, PostError, Problem, reason_of

POST_ENDINGS = (".md",)  # the first is that of new posts
_MARKDOWN_ENDINGS = (".md", ".markdown", ".mkd", ".mdown")  # in any case; files with others of these get a warning
STATIC_FOLDER = "_static"
TEMPLATES_FOLDER = "_templates"
# A file written this shortly before a look at its times may be written again without changing them.
CLOCK_TICK_NS = 2_000_000_000
UNSETTLED = "unsettled"  # in place of a stamp that could not show a later edit


class Scan(NamedTuple):
    """When a scan began, in nanoseconds since 1970; stamps of post files by path; errors, and ignored files."""

    started: int
    posts: dict[str, str]
    errors: list[Problem]
    ignored: list[Problem]


def stamp(status: os.stat_result) -> str:
    """Return what identifies a state of a file: its size, mtime, ctime, mode and inode."""
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_mode} {status.st_ino}"


def stamp_of(path: "str | os.PathLike[str]") -> str:
    """Return the stamp of the file or folder at a path; an empty one if there is none."""
    try:
        return stamp(os.stat(path))
    except (OSError, ValueError):
        return ""


def settled(stamp: str, looked_at_ns: int) -> bool:
    """Return whether a stamp that was taken at that moment would change with any later edit."""
    if stamp in ("", UNSETTLED):
        return not stamp
    _, mtime, ctime, *_ = stamp.split(" ")
    return max(int(mtime), int(ctime)) < looked_at_ns - CLOCK_TICK_NS


def is_post_file(name: str) -> bool:
    """Return whether a file has the name of a post, unless it is ``README.md`` or _ or a dot hides it."""
    return name.endswith(POST_ENDINGS)


def index_files(folder: str) -> list[str]:
    """Return the paths that the post of a folder, ``folder/index.md``, may have."""
    return [f"{folder}/index{ending}" for ending in POST_ENDINGS]


def scan(folder: "str | os.PathLike[str]") -> Scan:
    """Find every post file in one pass: not README.md, nor a name, or one in a folder, that begins with _ or a dot."""
    found = Scan(time.time_ns(), {}, [], [])
    root = os.path.realpath(folder)
    readmes = [f"README{ending}" for ending in POST_ENDINGS]
    # Each folder to scan, and the real paths of those on the way there, which no link reenters.
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
    """Return whether this is a folder to scan; a post, and anything else worth noting, goes into `found`."""
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
    elif _is_folder(entry):
        return True
    elif name.lower().endswith(_MARKDOWN_ENDINGS):
        problem = f"not published: its name does not end in {' or '.join(POST_ENDINGS)}"
        found.ignored.append(Problem(path, None, problem, "rename it"))
    return False


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a circular link
        return False


def is_text(name: str) -> bool:
    """Return whether a name is UTF-8."""
    return name.isascii() or not any("\ud800" <= character <= "\udfff" for character in name)


def leads_inside(path: str, root: str) -> bool:
    """Return whether a path ends under `root`, which is a real path, whatever links are on the way."""
    return os.path.commonpath([os.path.realpath(path), root]) == root


def unreadable(path: str, error: OSError, error_type: type[DatelineError]) -> DatelineError:
    """Return the error to raise for a file that cannot be opened."""
    reason = reason_of(error)
    return error_type(path, None, f"cannot be read: {reason}", "check that it exists and that you may read it")
