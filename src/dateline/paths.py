"""Names and paths of Dateline's own files, which no other module spells out.

A build that has nothing to do runs through here, so this imports next to nothing.
"""

import os
import re
import sys
from typing import NamedTuple

from dateline.hashing import digest_bytes

LOCK = ".dateline.lock"
MANIFEST = ".dateline.json"
OLD_CACHE = ".dateline_cache"  # a folder among the posts, where older versions kept the cache
CACHE_VARIABLE = "DATELINE_CACHE"
# Files of version control can name programs to run, so no output is ever written or removed in these folders.
REPOSITORIES = frozenset({".git", ".hg", ".svn"})
_TEMPORARY = re.compile(r"\.dateline-[0-9a-f]{16}", re.ASCII)
_CACHE_NAME = re.compile(r"[0-9a-f]{32}", re.ASCII)
# The database, and the files that SQLite puts next to it.
_SQLITE_ENDINGS = ("", "-wal", "-shm", "-journal")


def temporary_name() -> str:
    """Return a name for a temporary file or folder, which nobody can have guessed and put a link at."""
    return f".dateline-{os.urandom(8).hex()}"


def is_temporary(name: str) -> bool:
    """Return whether `temporary_name` may have returned this name."""
    return _TEMPORARY.fullmatch(name) is not None


class CachePaths(NamedTuple):
    """Paths in the cache of one folder of posts, or in that of one `preview` of them.

    `base` may be a link and belong to anybody; the folders below it, called `names`, may not. `posts` is the real path
    of the posts, and `option` what the user wrote to choose the folder, if anything.
    """

    base: str
    names: tuple[str, ...]
    posts: str
    option: str = ""
    preview: str = ""

    def for_preview(self, name: str) -> "CachePaths":
        """Return the paths of a preview's cache, which has its output, too."""
        return self._replace(preview=name)

    @property
    def root(self) -> str:
        """The folder named by a digest of the path of the posts."""
        return os.path.join(self.base, *self.names)

    @property
    def folder(self) -> str:
        """The folder of the database, the receipt and the output."""
        return os.path.join(self.root, "preview", self.preview) if self.preview else self.root

    @property
    def database(self) -> str:
        """The SQLite database."""
        return os.path.join(self.folder, "catalogue.sqlite")

    @property
    def closed(self) -> str:
        """The file with the stamp of a database that was undamaged when it was closed."""
        return os.path.join(self.folder, "catalogue.closed")

    @property
    def receipt(self) -> str:
        """The file with what the next build reports if it has nothing to do."""
        return os.path.join(self.folder, "receipt.json")

    @property
    def output(self) -> str:
        """The folder that a preview serves."""
        return os.path.join(self.folder, "public")

    @property
    def tag(self) -> str:
        """The file that tells backup programs to skip the cache. Its time is that of the last use."""
        return os.path.join(self.root, "CACHEDIR.TAG")

    @property
    def owner(self) -> str:
        """The file with the path of the posts."""
        return os.path.join(self.root, "posts")

    @property
    def missing(self) -> str:
        """An empty file, whose time is when another build first found the posts gone."""
        return os.path.join(self.root, "missing")

    def database_files(self) -> list[str]:
        """Return the database and the files that SQLite puts next to it."""
        return [self.database + ending for ending in _SQLITE_ENDINGS]

    def files(self) -> list[str]:
        """Return all files that there may be."""
        return [self.tag, self.owner, self.missing, self.closed, self.receipt, *self.database_files()]

    def folders(self) -> list[str]:
        """Return all folders below `base` that there may be, each after the one that it is in."""
        made = [os.path.join(self.base, *self.names[: depth + 1]) for depth in range(len(self.names))]
        return [*made, os.path.dirname(self.folder), self.folder, self.output] if self.preview else made


def cache_paths(posts: "str | os.PathLike[str]", option: "str | os.PathLike[str] | None" = None) -> CachePaths | None:
    """Return the paths of the cache of a folder of posts, which need not exist; None if the user has no home folder.

    The cache is in the folder that `option` names, or the variable DATELINE_CACHE; else in ``dateline/`` in the user's
    folder for caches (XDG Base Directory Specification 0.8; on macOS ``~/Library/Caches``).
    """
    real = os.path.realpath(posts)
    digest = digest_bytes(os.fsencode(real))
    named = os.fspath(option or "") or os.environ.get(CACHE_VARIABLE, "")
    home = os.environ.get("HOME", "")
    has_home = os.path.isabs(home) and os.path.isdir(home)
    if named == "~" or named.startswith("~/"):  # if the shell did not expand it
        return CachePaths(home + named[1:], (digest,), real, named) if has_home else None
    if named:
        return CachePaths(named, (digest,), real, named)
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        if not has_home:
            return None
        base = os.path.join(home, "Library/Caches" if sys.platform == "darwin" else ".cache")
    return CachePaths(base, ("dateline", digest), real)


def is_cache_name(name: str) -> bool:
    """Return whether this can be the name of the cache of a folder of posts."""
    return _CACHE_NAME.fullmatch(name) is not None
