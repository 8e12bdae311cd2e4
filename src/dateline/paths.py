"""Names and paths of Dateline's own files, which no other module spells out.

A build that has nothing to do runs through here, so this imports next to nothing.
"""

import os
import re
import sys

from dateline.hashing import digest_bytes

SETTINGS_FILE = "feed.toml"
LOCK = ".dateline.lock"
MANIFEST = ".dateline.json"
IMPORTED = ".dateline-import.json"  # has digests of what was imported into the folder of posts
OLD_CACHE = ".dateline_cache"  # a folder among the posts, where older versions kept the cache
CACHE_VARIABLE = "DATELINE_CACHE"
# Files of version control can name programs to run, so no output is ever written or removed in these folders.
REPOSITORIES = frozenset({".git", ".hg", ".svn"})


def temporary_name() -> str:
    """Return a name for a temporary file or folder, which nobody can have guessed and put a link at."""
    return f".dateline-{os.urandom(8).hex()}"


def is_temporary(name: str) -> bool:
    """Return whether `temporary_name` may have returned this name."""
    return re.fullmatch(r"\.dateline-[0-9a-f]{16}", name) is not None


class CachePaths:
    """Paths in the cache of one folder of posts, or in that of one `preview` of them.

    `base` may be a link and belong to anybody; the folders below it, called `names`, may not. `posts` is the real path
    of the posts, and `option` what the user wrote to choose the folder, if anything.
    """

    def __init__(self, base: str, names: tuple[str, ...], posts: str, option: str = "", preview: str = "") -> None:
        self.base, self.names, self.posts, self.option = base, names, posts, option
        above = [os.path.join(base, *names[: depth + 1]) for depth in range(len(names))]
        self.root = root = above[-1]  # named by a digest of the path of the posts
        # Tells backup programs to skip the cache. Its time is that of the last use.
        self.tag = os.path.join(root, "CACHEDIR.TAG")
        self.owner = os.path.join(root, "posts")  # has the path of the posts
        self.missing = os.path.join(root, "missing")  # empty; its time is when a build first found the posts gone
        previews = os.path.join(root, "preview")
        self.folder = folder = os.path.join(previews, preview) if preview else root
        self.pointer = os.path.join(folder, "cache.current")  # has the name of the database in this folder
        self.lock = os.path.join(folder, "cache.lock")  # empty; those who use a database share it
        self.closed = os.path.join(folder, "cache.closed")  # has the stamp of a database that was closed undamaged
        self.receipt = os.path.join(folder, "receipt.json")  # has what a build reports that has nothing to do
        self.output = os.path.join(folder, "public")  # the folder that a preview serves
        # Each after the one that it is in.
        self.folders = [*above, previews, folder, self.output] if preview else above
        self.files = [self.tag, self.owner, self.missing, self.pointer, self.lock, self.closed, self.receipt]

    def for_preview(self, name: str) -> "CachePaths":
        """Return the paths of a preview's cache, which has its output, too."""
        return CachePaths(self.base, self.names, self.posts, self.option, name)


def database_name() -> str:
    """Return a name for a new database of the cache, which no other had."""
    return f"cache-{os.urandom(8).hex()}.sqlite"


def database_files(database: str) -> list[str]:
    """Return the paths of the files that SQLite keeps for a database, which is the first of them."""
    return [database + ending for ending in ("", "-wal", "-shm", "-journal")]


def database_of(name: str) -> str | None:
    """Return the name of the database that a file belongs to; None if it belongs to none of ours.

    Older versions kept theirs in ``cache.sqlite``.
    """
    found = re.fullmatch(r"(cache(-[0-9a-f]{16})?\.sqlite)(-wal|-shm|-journal)?", name)
    return found and found[1]


def config_home() -> str | None:
    """Return the user's folder for configuration; None if the user has no home folder.

    It is that of the XDG Base Directory Specification 0.8; on macOS ``~/Library/Application Support``.
    """
    base = os.environ.get("XDG_CONFIG_HOME", "")
    if os.path.isabs(base):
        return base
    home = os.environ.get("HOME", "")
    is_mac = sys.platform == "darwin"
    return os.path.join(home, "Library/Application Support" if is_mac else ".config") if os.path.isabs(home) else None


def allowed_targets_file() -> str | None:
    """Return the path of the file that lists the targets this user allowed; None if the user has no home folder."""
    base = config_home()
    return base and os.path.join(base, "dateline", "targets.json")


def cache_paths(posts: "str | os.PathLike[str]", option: "str | os.PathLike[str] | None" = None) -> CachePaths | None:
    """Return the paths of the cache of a folder of posts, which need not exist; None if the user has no home folder.

    The cache is in the folder that `option` names, or the variable DATELINE_CACHE; else in ``dateline/`` in the user's
    folder for caches (XDG Base Directory Specification 0.8; on macOS ``~/Library/Caches``).
    """
    real = os.path.realpath(posts)
    named = os.fspath(option or "") or os.environ.get(CACHE_VARIABLE, "")
    found = _caches(named)
    return found and CachePaths(found[0], (*found[1], digest_bytes(os.fsencode(real))), real, named)


def _caches(named: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the folder for caches, `named` by the user or not, and the names of folders of ours below it."""
    home = os.environ.get("HOME", "")
    has_home = os.path.isabs(home) and os.path.isdir(home)
    if named == "~" or named.startswith("~/"):  # if the shell did not expand it
        return (home + named[1:], ()) if has_home else None
    if named:
        return named, ()
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        if not has_home:
            return None
        base = os.path.join(home, "Library/Caches" if sys.platform == "darwin" else ".cache")
    return base, ("dateline",)


def publishing_lock(place: str) -> str | None:
    """Return the path of the lock of those who publish to a place; None if the user has no folder for caches."""
    found = _caches(os.environ.get(CACHE_VARIABLE, ""))
    return found and os.path.join(found[0], *found[1], "publishing", digest_bytes(place.encode(errors="replace")))


def is_cache_name(name: str) -> bool:
    """Return whether this can be the name of the cache of a folder of posts."""
    return re.fullmatch("[0-9a-f]{32}", name) is not None
