"""The folder of the cache: it is made, checked, read and written here, and removed when nobody needs it any more.

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

MAX_SIZE = 64 * 2**20  # bytes of a file, or of a value in the database, that is read
UNUSED = 90 * 86400  # seconds after which the cache of other posts is removed
MISSING = 30 * 86400  # seconds after which it is removed where the posts are gone
_DAY = 86400
_SIGNATURE = b"Signature: 8a477f597d28d172789f06886806bc55\n"
_TAG = _SIGNATURE + b"# This is a cache of Dateline, see https://bford.info/cachedir/. It can be deleted at any time.\n"
_MOUNTS = "/proc/self/mountinfo"
# Processes on several machines have no memory in common, which SQLite's write-ahead log needs.
NETWORK = frozenset("9p afs beegfs ceph cifs glusterfs gpfs lustre nfs nfs4 prl_fs smb3 smbfs vboxsf virtiofs".split())


def check(cache: CachePaths) -> None:
    """Raise OSError where something in the cache is not a folder, or a regular file, of this user.

    What is not there is no error.
    """
    for folder in cache.folders():
        _check(folder, stat.S_ISDIR, "not a folder of this user")
    for file in cache.files():
        _check(file, stat.S_ISREG, "not a regular file of this user")


def _check(place: str, is_kind: Callable[[int], bool], problem: str) -> None:
    with suppress(FileNotFoundError):
        status = os.lstat(place)
        if not is_kind(status.st_mode) or status.st_uid != os.geteuid():
            raise PermissionError(errno.EPERM, problem, place)


def prepare(cache: CachePaths) -> None:
    """Make the folders of the cache, and check what is there. Raises OSError.

    Once a day, notes that the cache is in use, and removes caches of posts that nobody builds any more.
    """
    os.makedirs(cache.base, 0o700, exist_ok=True)
    for folder in cache.folders():
        with suppress(FileExistsError):
            os.mkdir(folder, 0o700)
        _check(folder, stat.S_ISDIR, "not a folder of this user")  # before anything is made in it
    check(cache)
    now = time.time()
    if not now - _DAY < _time_of(cache.tag) <= now:
        replace_whole(cache.owner, os.fsencode(cache.posts) + b"\n")
        replace_whole(cache.tag, _TAG)
        for folder in {cache.root, cache.folder}:
            _sweep(folder, now)
        _collect(cache, now)


def read(place: str) -> bytes:
    """Read a file in the cache. Raises OSError, also where it is larger than MAX_SIZE."""
    return read_regular(place, MAX_SIZE, follow=False)


def _time_of(place: str) -> float:
    try:
        return os.lstat(place).st_mtime
    except FileNotFoundError:
        return 0.0


def _sweep(folder: str, now: float) -> None:
    """Remove what killed builds left; what is new, another build may be writing."""
    for name in filter(is_temporary, os.listdir(folder)):
        place = os.path.join(folder, name)
        with suppress(OSError):
            if now - _time_of(place) > _DAY:
                os.unlink(place)


def _collect(cache: CachePaths, now: float) -> None:
    """Remove the caches beside this one that nobody has used for UNUSED, or whose posts are gone for MISSING."""
    parent, own = os.path.split(cache.root)
    for name in filter(is_cache_name, os.listdir(parent)):
        other = CachePaths(parent, (name,), "")
        with suppress(OSError):
            check(other)
            if name != own and read(other.tag).startswith(_SIGNATURE) and _is_old(other, now):
                from shutil import rmtree

                rmtree(other.root)


def _is_old(cache: CachePaths, now: float) -> bool:
    posts = os.fsdecode(read(cache.owner).removesuffix(b"\n"))
    if now - _time_of(cache.tag) > UNUSED:
        return True
    if os.path.isdir(posts):
        with suppress(FileNotFoundError):
            os.unlink(cache.missing)
        return False
    if not (since := _time_of(cache.missing)):
        replace_whole(cache.missing, b"")
    return bool(since) and now - since > MISSING


def is_on_network(folder: str, mounts: str = _MOUNTS) -> bool:
    """Whether a folder is known to be on a file system of another machine (proc_pid_mountinfo(5)); Linux tells."""
    try:
        device = os.stat(folder).st_dev
        with open(mounts, encoding="utf-8", errors="replace") as file:
            found = [line.split(" - ")[-1].split(" ")[0] for line in file if line.split(" ")[2] == _numbers(device)]
    except (OSError, IndexError):
        return False
    return any(kind in NETWORK or kind.startswith("fuse.") for kind in found)


def _numbers(device: int) -> str:
    return f"{os.major(device)}:{os.minor(device)}"
