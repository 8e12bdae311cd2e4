"""Find the files of posts, and tell without opening one whether it has changed.

A build with nothing to do runs this and little else, so this imports next to nothing.
"""

import os
import re
import stat
import time
from typing import NamedTuple

from dateline.errors import DatelineError, PostError, Problem, reason_of
from dateline.paths import MANIFEST

POST_ENDINGS = (".md", ".markdown", ".mdown", ".mkd", ".mkdn")  # the first is that of new posts
# Other endings, in any case, of what people publish with other programs; and those that only dated names make posts of.
_LIKE_POSTS = (*POST_ENDINGS, ".mdx", ".rst", ".adoc", ".org")
_LIKE_POSTS_IF_DATED = (*_LIKE_POSTS, ".txt", ".html")
_DATED_NAME = re.compile(r"\d{4}-\d\d-\d\d")
FOLDER_OF_POSTS = "_posts"  # of Jekyll, which is not scanned since its name begins with _
PAGES_FOLDER = "_pages"
_PAGES = f"{PAGES_FOLDER}/"
STATIC_FOLDER = "_static"
TEMPLATES_FOLDER = "_templates"
# A file written this shortly before a look at its times may be written again without changing them.
CLOCK_TICK_NS = 2_000_000_000
UNSETTLED = "unsettled"  # replaces a stamp that a later edit might not change


class Scan(NamedTuple):
    """When a scan began, in nanoseconds since 1970; stamps of post files by path; errors, and what was ignored.

    `passed_over` counts what is ignored though it looks like a post: by ending, or by the whole name of an index file,
    or by that of a folder and a slash.
    """

    started: int
    posts: dict[str, str]
    errors: list[Problem]
    ignored: list[Problem]
    passed_over: dict[str, int]

    @property
    def number(self) -> int:
        """How many of the files are posts, and not pages."""
        return sum(path_among_pages(path) is None for path in self.posts)

    def pass_over(self, path: str, kind: str, problem: str, remedy: str) -> None:
        """Ignore a file or folder that looks like one of posts."""
        self.ignored.append(Problem(path, None, f"passed over: {problem}", remedy))
        self.passed_over[kind] = self.passed_over.get(kind, 0) + 1


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
    """Return whether a name is that of a post, apart from a README's and names that begin with _ or a dot."""
    return name.endswith(POST_ENDINGS)


def bare(name: str) -> str:
    """Return the name of a post without its ending; any other name unchanged."""
    return name[: name.rindex(".")] if is_post_file(name) else name


def scan(folder: "str | os.PathLike[str]", output: str = "") -> Scan:
    """Find every post file, except READMEs and what has a name, or is in a folder, that begins with _ or a dot.

    The folder of pages counts, too. Output folders are passed over: that at the path `output`, and any that a build
    has written to.
    """
    found = Scan(time.time_ns(), {}, [], [], {})
    root = os.path.realpath(folder)
    # Folders to scan, each with the real paths of those above it, which links must not lead back to.
    pending: list[tuple[str, tuple[str, ...]]] = [("", (root,))]
    while pending:
        prefix, above = pending.pop()
        try:
            for entry in _entries(folder, prefix, found):
                name = entry.name
                if _is_plainly_a_post(entry):
                    _record_post(prefix + name, entry, found)
                elif _is_to_scan(prefix, entry, found) and _record(prefix + name, entry, root, found):
                    real = os.path.realpath(entry.path) if entry.is_symlink() else f"{above[-1]}{os.sep}{name}"
                    if real not in above and prefix + name != output:
                        pending.append((f"{prefix}{name}/", (*above, real)))
        except OSError as error:
            found.errors.append(unreadable(prefix or ".", error, PostError).problem)
    return found


def _entries(folder: "str | os.PathLike[str]", prefix: str, found: Scan) -> "list[os.DirEntry[str]]":
    """Return what is in a folder below that of posts; nothing if a build has written there."""
    with os.scandir(os.path.join(folder, prefix)) as listed:
        entries = list(listed)
    if prefix and any(entry.name == MANIFEST for entry in entries):
        problem = f"passed over: an output folder, since it has {MANIFEST}"
        found.ignored.append(Problem(prefix, None, problem, "delete that file if there are posts here"))
        return []
    return entries


def _is_plainly_a_post(entry: "os.DirEntry[str]") -> bool:
    """Return whether a name is that of a post, with none of the exceptions. Most are, and a scan asks of them all."""
    name = entry.name
    return (
        name.endswith(POST_ENDINGS)
        and name[0] not in "_.rRiI"  # hidden, a README, or an index
        and name.isascii()
        and not entry.is_symlink()
    )


def _is_to_scan(prefix: str, entry: "os.DirEntry[str]", found: Scan) -> bool:
    """Return whether a post, or a folder of posts, can have the name of a file or folder."""
    name = entry.name
    if name == FOLDER_OF_POSTS and entry.is_dir():
        remedy = "move feed.toml into it, or rename it"
        found.pass_over(prefix + name, f"{name}/", "its name begins with _", remedy)
    if name[0] in "_.":
        return name == PAGES_FOLDER and not prefix
    return not _is_readme(name)


def _is_readme(name: str) -> bool:
    """Return whether a name is that of a README in any language, like ``README.md`` and ``readme.pt-BR.md``."""
    lower = name.lower()
    return lower.startswith("readme.") and lower.endswith(_LIKE_POSTS) and lower.count(".") < 3


def _record(path: str, entry: "os.DirEntry[str]", root: str, found: Scan) -> bool:
    """Record a post, an error or an ignored file in `found`; return whether this is a folder to scan."""
    name = entry.name
    if not is_text(name):
        found.errors.append(PostError(path, None, "the file name is not UTF-8", "rename it").problem)
    elif entry.is_symlink() and not leads_inside(entry.path, root):
        found.ignored.append(Problem(path, None, "links outside the folder of posts", "copy the file here"))
    elif path.startswith("index.") and path[5:] in POST_ENDINGS:
        remedy = "rename it, like 2025-04-14-title.md"
        found.pass_over(path, path, "next to feed.toml, it has no name for an id", remedy)
    elif is_post_file(name):
        _record_post(path, entry, found)
    elif os.path.isdir(entry.path) if entry.is_symlink() else entry.is_dir():
        return True
    elif name.lower().endswith(_LIKE_POSTS if _DATED_NAME.match(name) is None else _LIKE_POSTS_IF_DATED):
        problem = f"its name does not end in {', '.join(POST_ENDINGS[:-1])} or {POST_ENDINGS[-1]}"
        remedy = f"write it in Markdown, and let its name end in {POST_ENDINGS[0]}"
        found.pass_over(path, name[name.rindex(".") :], problem, remedy)
    return False


def _record_post(path: str, entry: "os.DirEntry[str]", found: Scan) -> None:
    """Record what is named like a post; it is an error if it is not a regular file."""
    try:
        status = entry.stat()
    except OSError as error:
        found.errors.append(unreadable(path, error, PostError).problem)
        return
    if stat.S_ISREG(status.st_mode):
        found.posts[path] = stamp(status)
    else:
        problem = f"named like a post, but {'a folder' if stat.S_ISDIR(status.st_mode) else 'not a regular file'}"
        found.errors.append(PostError(path, None, problem, "rename it, or put _ before its name").problem)


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


def path_among_pages(path: str) -> str | None:
    """Return the path of a file below the folder of pages, relative to that; None for any other."""
    return path[len(_PAGES) :] if path.startswith(_PAGES) else None
