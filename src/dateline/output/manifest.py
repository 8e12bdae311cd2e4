"""``OUTPUT/.dateline.json``, which says which files of the output folder are ours, and what it takes to write there."""

import errno
import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from dateline.content.scan import is_text
from dateline.errors import OutputError, reason_of
from dateline.fileio import NotRegularError, read_regular, replace_whole
from dateline.paths import LOCK, MANIFEST, is_temporary

_encode = json.JSONEncoder(ensure_ascii=False).encode
_MAX_PATH = 4000  # bytes; systems take 4,096 with the output folder before it
_MAX_SIZE = 2**28  # bytes; a million files take fewer
_MAX_NAME = 255  # bytes, of each part


class Manifest(NamedTuple):
    """The files that are ours, with the digests of their bytes. `problem` says why some of it was not believed."""

    files: Mapping[str, str]
    problem: str = ""


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of an output folder. What cannot be read claims nothing.

    Raises OutputError where something else than a file has its name.
    """
    place = folder / MANIFEST
    try:
        with writing_to(folder):
            try:
                content = read_regular(place, _MAX_SIZE, follow=False)
            except (FileNotFoundError, NotADirectoryError):
                return Manifest({})
            except OSError as error:
                if error.errno != errno.EFBIG:
                    raise
                return Manifest({}, "is too large to be one that a build writes")
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        return Manifest({}, "cannot be read")
    ours = {path: _digest(digest) for path, digest in found.items() if _is_a_path_of_ours(path)}
    wrong = len(found) - len(ours)
    return Manifest(ours, f"names {wrong} path{'s' * (wrong > 1)} that no build writes" if wrong else "")


def _digest(value: object) -> str:
    """A digest of the manifest; an empty one, which no file has, in place of anything else."""
    return value if isinstance(value, str) and len(value) == 64 else ""


def _is_a_path_of_ours(path: str) -> bool:
    """Whether a path of the manifest is one that a build could have written."""
    if not is_text(path) or "\0" in path or is_too_long(path):
        return False
    parts = path.split("/")
    return not {"", ".", ".."}.intersection(parts) and not is_reserved(parts[0])


def is_too_long(path: str) -> bool:
    """Whether no usual file system takes this path in the output folder, or one of its names."""
    encoded = os.fsencode(path)
    return len(encoded) > _MAX_PATH or any(len(name) > _MAX_NAME for name in encoded.split(b"/"))


def is_reserved(name: str) -> bool:
    """Whether a name at the top of the output folder is one that Dateline needs for itself."""
    return name in (MANIFEST, LOCK) or is_temporary(name)


def folders_above(path: str) -> Iterator[str]:
    """The folders that a path of the output lies in, from the inside out."""
    while path := path.rpartition("/")[0]:
        yield path


def in_the_way(folder: Path, path: str) -> OutputError | None:
    """What keeps a file from being written to, or removed from, a path of the output: a link or a file above it.

    The output folder itself may be a link; below it none is followed, so that nothing is written outside of it.
    """
    for parent in reversed([*folders_above(path)]):
        place = os.path.join(folder, parent)
        try:
            mode = os.lstat(place).st_mode
        except OSError:
            return None  # it is not there yet; what else is wrong shows itself when it is made
        if stat.S_ISLNK(mode):
            return OutputError(place, None, "a link, and Dateline needs a folder here", "put a real folder there")
        if not stat.S_ISDIR(mode):
            return OutputError(place, None, "a file, and Dateline needs a folder here", "move it away")
    return None


def write_manifest(folder: Path, manifest: Mapping[str, str]) -> None:
    """Put the manifest in place, where it differs from what is there."""
    lines = [f"{_encode(path)}: {_encode(digest)}" for path, digest in sorted(manifest.items())]
    content = ("{\n" + ",\n".join(lines) + "\n}\n").encode()
    place = folder / MANIFEST
    with suppress(OSError):  # it is not there, or another one
        if read_regular(place, len(content), follow=False) == content:
            return
    replace_whole(place, content)


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Turn what the system has against writing into an OutputError that says how to fix it."""
    try:
        yield
    except (NotRegularError, IsADirectoryError) as error:
        remedy = "move it away: Dateline writes a file of that name"
        raise OutputError(os.fsdecode(error.filename), None, "not a regular file", remedy) from None
    except OSError as error:
        place = Path(os.fsdecode(error.filename or folder))
        if (place.parent == folder and is_reserved(place.name)) or any(map(is_temporary, place.parts)):
            place = folder
        remedy = "check that there is space and that you may write there"
        raise OutputError(str(place), None, f"cannot be written: {reason_of(error)}", remedy) from None
