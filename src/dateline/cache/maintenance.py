"""The folder of the cache: create it, check it, read its files, and remove caches that nobody needs any more.

Only what belongs to this user is used, and no link is followed below the user's own folder for caches.
"""

import errno
import os
import stat
import time
from collections.abc import Callable
from contextlib import suppress

from dateline.fileio import read_regular, replace_whole
from dateline.paths import CachePaths, is_cache_name, is_temporary
from dateline.system import device_of, is_own

MAX_SIZE = 64 * 2**20  # bytes of a file, or of a value in the database, that is read
UNUSED = 90 * 86400  # seconds after which the cache of other posts is removed
MISSING = 30 * 86400  # seconds after which it is removed if the posts are gone
_DAY = 86400
_SIGNATURE = b"Signature: 8a477f597d28d172789f06886806bc55\n"
_TAG = _SIGNATURE + b"# This is a cache of Dateline, see https://bford.info/cachedir/. It can be deleted at any time.\n"
_MOUNTS = "/proc/self/mountinfo"
# SQLite's write-ahead log needs shared memory, which processes on several machines do not have.
NETWORK = frozenset("9p afs beegfs ceph cifs glusterfs gpfs lustre nfs nfs4 prl_fs smb3 smbfs vboxsf virtiofs".split())


def check(paths: CachePaths) -> None:
    """Raise OSError if something in the cache is not a folder, or a regular file, of this user; it may be missing."""
    for folder in paths.folders:
        _check(folder, stat.S_ISDIR, "not a folder of this user")
    for file in paths.files:
        check_file(file)


def check_file(file: str) -> None:
    """Raise OSError if something that is not a regular file of this user has this path."""
    _check(file, stat.S_ISREG, "not a regular file of this user")


def _check(path: str, is_kind: Callable[[int], bool], problem: str) -> None:
    with suppress(FileNotFoundError):
        status = os.lstat(path)
        if not (is_kind(status.st_mode) and is_own(status)):
            raise PermissionError(errno.EPERM, problem, path)


def prepare(paths: CachePaths) -> None:
    """Create the folders of the cache, and check what is there. Raises OSError.

    Once a day, note that the cache is in use, and remove caches of posts that nobody builds any more.
    """
    os.makedirs(paths.base, 0o700, exist_ok=True)
    for folder in paths.folders:
        with suppress(FileExistsError):
            os.mkdir(folder, 0o700)
        _check(folder, stat.S_ISDIR, "not a folder of this user")  # before anything is created in it
    check(paths)
    now = time.time()
    if not now - _DAY < _time_of(paths.tag) <= now:
        replace_whole(paths.owner, os.fsencode(paths.posts) + b"\n")
        replace_whole(paths.tag, _TAG)
        for folder in {paths.root, paths.folder}:
            _sweep(folder, now)
        _collect(paths, now)


def read(path: str) -> bytes:
    """Read a file of the cache. Raises OSError, also if it is larger than MAX_SIZE."""
    return read_regular(path, MAX_SIZE, follow=False)


def _time_of(path: str) -> float:
    try:
        return os.lstat(path).st_mtime
    except FileNotFoundError:
        return 0.0


def _sweep(folder: str, now: float) -> None:
    """Remove what killed builds left behind, but not what another build may be writing now."""
    for name in filter(is_temporary, os.listdir(folder)):
        path = os.path.join(folder, name)
        with suppress(OSError):
            if now - _time_of(path) > _DAY:
                os.unlink(path)


def _collect(paths: CachePaths, now: float) -> None:
    """Remove other caches in the same folder that were not used for UNUSED, or whose posts are gone for MISSING."""
    parent, own = os.path.split(paths.root)
    for name in filter(is_cache_name, os.listdir(parent)):
        other = CachePaths(parent, (name,), "")
        with suppress(OSError):
            check(other)
            if name != own and read(other.tag).startswith(_SIGNATURE) and _is_old(other, now):
                from shutil import rmtree

                rmtree(other.root)


def _is_old(paths: CachePaths, now: float) -> bool:
    posts = os.fsdecode(read(paths.owner).removesuffix(b"\n"))
    if now - _time_of(paths.tag) > UNUSED:
        return True
    if os.path.isdir(posts):
        with suppress(FileNotFoundError):
            os.unlink(paths.missing)
        return False
    if not (since := _time_of(paths.missing)):
        replace_whole(paths.missing, b"")
    return bool(since) and now - since > MISSING


def is_on_network(folder: str, mounts: str = _MOUNTS) -> bool:
    """Return whether a folder is known to be on another machine, which only Linux says (proc_pid_mountinfo(5))."""
    try:
        numbers = device_of(os.stat(folder))
        with open(mounts, encoding="utf-8", errors="replace") as file:
            found = [line.split(" - ")[-1].split(" ")[0] for line in file if line.split(" ")[2] == numbers]
    except (OSError, IndexError):
        return False
    return any(kind in NETWORK or kind.startswith("fuse.") for kind in found)
