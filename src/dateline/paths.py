"""Where Dateline's own files are, and what they are called: nothing else in the program spells these names.

A build that has nothing to do runs through here, so this imports next to nothing.
"""

import os
import re
import sys
from typing import NamedTuple

from dateline.hashing import digest_bytes

LOCK = ".dateline.lock"
MANIFEST = ".dateline.json"
OLD_CACHE = ".dateline_cache"  # where the cache was once: a folder among the posts, which nothing reads any more
CACHE_VARIABLE = "DATELINE_CACHE"
# What version control keeps there can name programs to run, so no output is ever written or removed below these.
REPOSITORIES = frozenset({".git", ".hg", ".svn"})
_TEMPORARY = re.compile(r"\.dateline-[0-9a-f]{16}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{32}", re.ASCII)
# What SQLite puts next to a database.
_OF_SQLITE = ("", "-wal", "-shm", "-journal")


def temporary_name() -> str:
    """A new name for a temporary file or folder, which nobody can have put a link at beforehand."""
    return f".dateline-{os.urandom(8).hex()}"


def is_temporary(name: str) -> bool:
    """Whether a file or folder has a name of the form that `temporary_name` gives."""
    return _TEMPORARY.fullmatch(name) is not None


class CachePaths(NamedTuple):
    """The places in the cache of one folder of posts, or in that of one `preview` of them.

    `base` is a folder that may be a link, and somebody else's. What is below, named by `names`, may not. `posts` is
    the real path of the posts, and `option` what the user named the folder by, if anything.
    """

    base: str
    names: tuple[str, ...]
    posts: str
    option: str = ""
    preview: str = ""

    def of_preview(self, name: str) -> "CachePaths":
        """The cache of a preview, which has its output there too."""
        return self._replace(preview=name)

    @property
    def root(self) -> str:
        """The folder that is named by a digest of the path of the posts."""
        return os.path.join(self.base, *self.names)

    @property
    def folder(self) -> str:
        """The folder that the other files are in."""
        return os.path.join(self.root, "preview", self.preview) if self.preview else self.root

    @property
    def database(self) -> str:
        """What posts say, and what was made of them."""
        return os.path.join(self.folder, "catalogue.sqlite")

    @property
    def closed(self) -> str:
        """Holds the stamp of a database that was closed when it was good."""
        return os.path.join(self.folder, "catalogue.closed")

    @property
    def receipt(self) -> str:
        """What the next build says if it has nothing to do."""
        return os.path.join(self.folder, "receipt.json")

    @property
    def output(self) -> str:
        """What a preview serves."""
        return os.path.join(self.folder, "public")

    @property
    def tag(self) -> str:
        """Tells programs that make backups to leave this folder out. Its time is when the cache was last used."""
        return os.path.join(self.root, "CACHEDIR.TAG")

    @property
    def owner(self) -> str:
        """Holds the path of the posts."""
        return os.path.join(self.root, "posts")

    @property
    def missing(self) -> str:
        """An empty file, whose time is when another build first found that the posts are gone."""
        return os.path.join(self.root, "missing")

    def of_sqlite(self) -> list[str]:
        """The database, and what SQLite puts next to it."""
        return [self.database + ending for ending in _OF_SQLITE]

    def files(self) -> list[str]:
        """Every file that there can be."""
        return [self.tag, self.owner, self.missing, self.closed, self.receipt, *self.of_sqlite()]

    def folders(self) -> list[str]:
        """Every folder below `base` that there can be, each after the one that it is in."""
        made = [os.path.join(self.base, *self.names[: depth + 1]) for depth in range(len(self.names))]
        return [*made, os.path.dirname(self.folder), self.folder, self.output] if self.preview else made


def cache_of(posts: "str | os.PathLike[str]", option: "str | os.PathLike[str] | None" = None) -> CachePaths | None:
    """The cache of a folder of posts, which need not be there. None where the user has no home folder for it.

    It is in the folder that `option` names, or the variable DATELINE_CACHE; else in ``dateline/`` in the user's folder
    for caches (XDG Base Directory Specification 0.8; on macOS ``~/Library/Caches``).
    """
    real = os.path.realpath(posts)
    digest = digest_bytes(os.fsencode(real))
    named = os.fspath(option or "") or os.environ.get(CACHE_VARIABLE, "")
    home = os.environ.get("HOME", "")
    has_home = os.path.isabs(home) and os.path.isdir(home)
    if named == "~" or named.startswith("~/"):  # which no shell has expanded
        return CachePaths(home + named[1:], (digest,), real, named) if has_home else None
    if named:
        return CachePaths(named, (digest,), real, named)
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        if not has_home:
            return None
        base = os.path.join(home, "Library/Caches" if sys.platform == "darwin" else ".cache")
    return CachePaths(base, ("dateline", digest), real)


def is_digest(name: str) -> bool:
    """Whether a folder has a name of the form that `cache_of` gives."""
    return _DIGEST.fullmatch(name) is not None
