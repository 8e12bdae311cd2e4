"""The folders above the files of the output: there are only real ones, since below it no link is followed."""

import os
import stat
from collections.abc import Iterator
from itertools import takewhile

from dateline.errors import OutputError
from dateline.fileio import StrPath


def folders_above(path: str) -> Iterator[str]:
    """Yield the folders that a path of the output is in, from the inside out."""
    while path := path.rpartition("/")[0]:
        yield path


class Folders:
    """Looks at the folders above paths of the output, at each of them once.

    The output folder itself may be a link; below it none is followed, so that nothing is written outside of it. Raises
    OutputError for a link or a file where there must be a folder.
    """

    def __init__(self, output: StrPath) -> None:
        self.output = os.fspath(output)
        self._new = {"": ""}

    def new_above(self, path: str) -> str:
        """Return the outermost of the folders above a path that is not there yet; an empty text if all are."""
        found = self._new.get(path.rpartition("/")[0])
        if found is None:
            unseen = [*takewhile(lambda above: above not in self._new, folders_above(path))]
            for folder in reversed(unseen):
                found = self._new[folder.rpartition("/")[0]] or ("" if self._is_there(folder) else folder)
                self._new[folder] = found
        return found or ""

    def _is_there(self, folder: str) -> bool:
        above = f"{self.output}/{folder}"
        try:
            mode = os.lstat(above).st_mode
        except OSError:
            return False  # or making it will fail
        if stat.S_ISLNK(mode):
            raise OutputError(above, None, "a link, and Dateline needs a folder here", "put a real folder there")
        if not stat.S_ISDIR(mode):
            raise OutputError(above, None, "a file, and Dateline needs a folder here", "move it away")
        return True

    def make(self, path: str) -> None:
        """Make the folders above a path that are not there. Raises OSError, too."""
        if self.new_above(path):
            os.makedirs(f"{self.output}/{path.rpartition('/')[0]}", exist_ok=True)
            self._new |= dict.fromkeys(folders_above(path), "")


def obstacle(output: StrPath, path: str) -> OutputError | None:
    """Return an error for a link or a file above a path of the output, where there must be folders."""
    try:
        Folders(output).new_above(path)
    except OutputError as error:
        return error
    return None
