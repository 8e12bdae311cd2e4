"""A folder on this machine, or on a disk that is mounted there. It may be a link; below it none is followed."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

from dateline.content.scan import is_text
from dateline.errors import OutputError, TargetError, reason_of
from dateline.fileio import open_regular, read_regular, write_new
from dateline.model import PublishTo
from dateline.output.apply import move_into, remove_file
from dateline.output.folders import Folders, obstacle
from dateline.paths import is_temporary, temporary_name
from dateline.publish.model import Held
from dateline.publish.targets import folder_of
from dateline.publish.upload import StoreTarget

# What a disk on a network may say for a while.
_TEMPORARY = frozenset({errno.EAGAIN, errno.EBUSY, errno.EINTR, errno.EIO, errno.ESTALE, errno.ETIMEDOUT})


def open_folder(publish: PublishTo, posts: Path) -> StoreTarget:
    """Open the folder that feed.toml names, which need not exist."""
    folder = folder_of(publish.to, posts)
    return StoreTarget(FolderStore(folder), os.path.realpath(folder))


class FolderStore:
    """A store in a folder, which is made when something is written there."""

    parallel = 4

    def __init__(self, folder: Path) -> None:
        self.name = str(folder)
        self._folder = folder
        self._folders = Folders(folder)
        self._is_ready = False
        self._lock = Lock()

    def read(self, path: str, limit: int) -> bytes | None:
        """Return the content of a file; None if there is none. Raises TargetError if it has more bytes than `limit`."""
        with self._reported(path, "read"), suppress(FileNotFoundError, NotADirectoryError):
            if not obstacle(self._folder, path):
                return read_regular(self._folder / path, limit, follow=False)
        return None

    def stat(self, path: str) -> Held | None:
        """Return the state of a file, or of what is no folder in place of one; None if there is none."""
        with self._reported(path, "read"), suppress(FileNotFoundError, NotADirectoryError):
            if not obstacle(self._folder, path):
                return _held(os.lstat(self._folder / path))
        return None

    def listing(self) -> dict[str, Held]:
        """Return the state of all files, by path."""
        with self._reported("", "read"), suppress(FileNotFoundError):
            return dict(self._below(""))
        return {}

    def _below(self, prefix: str) -> Iterator[tuple[str, Held]]:
        with os.scandir(os.path.join(self._folder, prefix)) as found:
            entries = [entry for entry in found if is_text(entry.name)]
        for entry in entries:
            path = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                yield from self._below(f"{path}/")
            elif held := _held(entry.stat(follow_symlinks=False)):
                yield path, held

    def write(self, path: str, content: Path | bytes) -> Held:
        """Write a file under another name, and move it into place."""
        with self._reported(path, "written"):
            self._prepare()
            new = self._folder / temporary_name()
            try:
                if isinstance(content, bytes):
                    write_new(new, content)
                else:
                    with open(open_regular(content), "rb") as source:
                        write_new(new, source)
                held = _held(os.lstat(new))
                move_into(new, self._folders, path)
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(new)
            assert held
            return held

    def _prepare(self) -> None:
        """Make the folder, and remove files that a killed upload was writing."""
        with self._lock:
            if not self._is_ready:
                os.makedirs(self._folder, exist_ok=True)
                with os.scandir(self._folder) as found:
                    left = [one for one in found if is_temporary(one.name) and one.is_file(follow_symlinks=False)]
                for entry in left:
                    os.unlink(entry.path)
                self._is_ready = True

    def remove(self, path: str) -> None:
        """Remove a file, if it is there, and the folders that this leaves empty."""
        self._folders = Folders(self._folder)
        with self._reported(path, "removed"), suppress(FileNotFoundError):
            remove_file(self._folder, path)

    def close(self) -> None:
        """End nothing: there are no connections."""

    @contextmanager
    def _reported(self, path: str, done: str) -> Iterator[None]:
        try:
            yield
        except OutputError as error:
            raise TargetError(*error.problem[:4]) from None
        except OSError as error:
            problem = f"cannot be {done}: {reason_of(error)}"
            remedy = "check that the folder can be there, that there is space, and that you may write there"
            is_temporary = error.errno in _TEMPORARY
            raise TargetError(str(self._folder / path), None, problem, remedy, temporary=is_temporary) from None


def _held(status: os.stat_result) -> Held | None:
    """Return the state of a file; None for a folder. A link, or anything else, has no size that a file has."""
    if stat.S_ISDIR(status.st_mode):
        return None
    return Held(status.st_size if stat.S_ISREG(status.st_mode) else -1, str(status.st_mtime_ns))
