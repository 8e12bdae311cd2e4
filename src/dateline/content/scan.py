"""Which files there are, and what tells, without opening one, that it is the same as before.

A build that has nothing to do runs through here and little else, so this imports next to nothing.
"""

import os
import stat
import time

from dateline.errors import DatelineError, PostError, reason_of

POST_ENDINGS = (".md",)  # the first is that of new posts
_MARKDOWN_ENDINGS = (".md", ".markdown", ".mkd", ".mdown")  # in any case; files with others of these get a warning
# A file that was written this shortly before it was looked at may be written again without its times telling.
CLOCK_TICK_NS = 2_000_000_000
STATIC_FOLDER = "_static"
TEMPLATES_FOLDER = "_templates"
UNSETTLED = "unsettled"  # in place of a stamp that could not tell of a later edit


class Scan:
    """The stamps of a folder's post files by path; what is wrong with others; and what was passed over, and why.

    `started` is the time at which the scan began, in nanoseconds since 1970.
    """

    __slots__ = ("errors", "passed_over", "posts", "started")

    def __init__(self) -> None:
        self.started = time.time_ns()
        self.posts: dict[str, str] = {}
        self.errors: list[DatelineError] = []
        self.passed_over: list[tuple[str, str, str]] = []


def stamp(status: os.stat_result) -> str:
    """What tells that a file is the same: its size, mtime, ctime, mode and inode."""
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_mode} {status.st_ino}"


def stamp_of(place: "str | os.PathLike[str]") -> str:
    """The stamp of the file or folder at a place; an empty one where there is none."""
    try:
        return stamp(os.stat(place))
    except (OSError, ValueError):
        return ""


def settled(stamp: str, looked_at_ns: int) -> bool:
    """Whether a stamp would tell of any edit that came after it was taken, at that moment."""
    if stamp in ("", UNSETTLED):
        return not stamp
    _, mtime, ctime, *_ = stamp.split(" ")
    return max(int(mtime), int(ctime)) < looked_at_ns - CLOCK_TICK_NS


def is_post_file(name: str) -> bool:
    """Return whether a file is a post by its name or path, apart from ``README.md`` and what _ or a dot hides."""
    return name.endswith(POST_ENDINGS)


def index_files(folder: str) -> list[str]:
    """Return the paths that the post of a folder, ``folder/index.md``, may have."""
    return [f"{folder}/index{ending}" for ending in POST_ENDINGS]


def scan(folder: "str | os.PathLike[str]") -> Scan:
    """Find every post file in one pass: not README.md, nor a name, or one in a folder, that begins with _ or a dot."""
    found = Scan()
    _walk(os.fspath(folder), "", (os.path.realpath(folder),), found)
    return found


def _walk(root: str, prefix: str, above: tuple[str, ...], found: Scan) -> None:
    """Look below `prefix`; `above` are the real paths of the folders on the way there, which no link reenters."""
    folders: list[tuple[str, str]] = []
    readmes = {f"README{ending}" for ending in POST_ENDINGS}
    try:
        with os.scandir(os.path.join(root, prefix)) as entries:
            for entry in entries:
                name = entry.name
                if name[0] in "_." or name in readmes:
                    continue
                path = prefix + name
                if name.endswith(POST_ENDINGS) and name.isascii() and not entry.is_symlink():
                    _take(path, entry, found)
                elif _is_welcome(path, entry, above[0], found):
                    real = os.path.realpath(entry.path) if entry.is_symlink() else f"{above[-1]}{os.sep}{name}"
                    folders.append((path, real))
    except OSError as error:
        found.errors.append(unreadable(prefix or ".", error, PostError))
    for path, real in folders:
        if real not in above:
            _walk(root, path + "/", (*above, real), found)


def _is_welcome(path: str, entry: "os.DirEntry[str]", root: str, found: Scan) -> bool:
    """Whether this is a folder to look into; what else there is to say of it goes into `found`."""
    name = entry.name
    if not is_text(name):
        found.errors.append(PostError(path, None, "a name that is not UTF-8", "rename it"))
    elif entry.is_symlink() and not leads_inside(entry.path, root):
        found.passed_over.append((path, "a link that leads outside the folder of posts", "copy the file here"))
    elif is_post_file(name):
        _take(path, entry, found)
    elif _is_folder(entry):
        return True
    elif name.lower().endswith(_MARKDOWN_ENDINGS):
        endings = " or ".join(POST_ENDINGS)
        found.passed_over.append((path, f"not published, for its name does not end in {endings}", "rename it"))
    return False


def _take(path: str, entry: "os.DirEntry[str]", found: Scan) -> None:
    try:
        status = entry.stat()
    except OSError as error:
        found.errors.append(unreadable(path, error, PostError))
        return
    if stat.S_ISREG(status.st_mode):
        found.posts[path] = stamp(status)
    else:
        what = "a folder" if stat.S_ISDIR(status.st_mode) else "no ordinary file"
        found.errors.append(PostError(path, None, f"a post's name, but {what}", "rename it, or begin it with _"))


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle; to read it as a file says so
        return False


def is_text(name: str) -> bool:
    """Whether a name is UTF-8."""
    return name.isascii() or not any("\ud800" <= character <= "\udfff" for character in name)


def leads_inside(link: str, root: str) -> bool:
    """Whether a path ends under `root`, which is a real path, wherever the links on the way lead."""
    return os.path.commonpath([os.path.realpath(link), root]) == root


def unreadable(path: str, error: OSError, fault: type[DatelineError]) -> DatelineError:
    """The error to raise for a file that the system does not give."""
    reason = reason_of(error)
    return fault(path, None, f"cannot be read: {reason}", "see that the file is there and that you may read it")
