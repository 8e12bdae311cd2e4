"""Unpack exports that come as a .zip, whoever made it: none fills the disk, or writes outside a temporary folder."""

import io
import lzma
import os
import re
import stat
import struct
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import starmap
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo, is_zipfile

from dateline.errors import DatelineError, Problem, SiteError, printable, quoted, reason_of

MAX_FILES = 50_000
MAX_FILE = 512 * 2**20
MAX_TOTAL = 2 * 2**30
MAX_RATIO = 100  # text shrinks to a fifth or so
SMALL = 64 * 2**20  # what may be unpacked from any archive, however small
_MAX_LIST = 16 * 2**20  # bytes of the list of files in an archive, which is read at once
_CHUNK = 2**18
_BY_HAND = "unpack it yourself, and import the folder"
_DAMAGED = (BadZipFile, EOFError, RuntimeError, ValueError, lzma.LZMAError, struct.error, zlib.error)
_ENCRYPTED, _UTF_8 = 0x1, 0x800  # flags: of files, and of names in that encoding
_DRIVE = re.compile(r"[A-Za-z]:")
_NO_FILE = re.compile(r"/\Z|\A__MACOSX/|\.DS_Store\Z")


@contextmanager
def unpacked(source: Path) -> Iterator[Path]:
    """Give the folder that an archive unpacks to, as long as the context lasts; any other source is given as it is.

    If everything is in one folder, that is given. Errors raised in the context name the archive; use `in_archive` for
    other problems. Raises SiteError for an archive that cannot be unpacked, or should not be.
    """
    if source.suffix.lower() != ".zip" or not source.is_file():
        yield source
        return
    with tempfile.TemporaryDirectory(prefix="dateline-") as temporary:
        folder = Path(temporary, source.stem.strip(". ") or "export")
        _unpack(source, folder)
        names = os.listdir(folder)
        if len(names) == 1 and names[0][0] != "." and (folder / names[0]).is_dir():
            folder /= names[0]
        try:
            yield folder
        except DatelineError as error:
            raise SiteError.of([in_archive(problem, folder, source) for problem in error.problems]) from None


def in_archive(problem: Problem, folder: Path, source: Path) -> Problem:
    """Return a problem with a file below the `folder` that `source` was unpacked to as one with a file in `source`."""
    text, remedy = (text.replace(str(folder), str(source)) for text in (problem.problem, problem.remedy))
    inside = problem.path.removeprefix(str(folder))
    is_inside = inside != problem.path and inside[:1] in ("", os.sep)
    path = f"{source}{inside}" if is_inside else problem.path
    return problem._replace(path=path, problem=text, remedy=remedy)


def _unpack(source: Path, folder: Path) -> None:
    try:
        with _File(source) as file, ZipFile(file) as archive:
            files = _checked(source, archive.infolist())
            left = min(MAX_TOTAL, max(SMALL, MAX_RATIO * source.stat().st_size))
            folder.mkdir()
            for path, info in files:
                left -= _copy(source, archive, info, folder / path, left)
    except _DAMAGED as error:
        if not is_zipfile(source):
            problem = "not a ZIP file, or only a part of one"
            raise SiteError(str(source), None, problem, "download or export it again") from None
        raise SiteError(str(source), None, f"damaged archive: {printable(str(error))}", _BY_HAND) from None
    except FileExistsError as error:
        name = os.path.basename(error.filename or "")
        raise SiteError(str(source), None, f"holds two files called {quoted(name)}", _BY_HAND) from None
    except OSError as error:
        raise SiteError(str(source), None, f"cannot be unpacked: {reason_of(error)}", _BY_HAND) from None


class _File(io.FileIO):
    """A file of which nobody reads too much at once, as `ZipFile` reads a list of files of any length."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _MAX_LIST:
            raise BadZipFile("the list of its files is too long")
        return super().read(-1 if size is None else size)


def _checked(source: Path, infos: Sequence[ZipInfo]) -> list[tuple[str, ZipInfo]]:
    """Return the files of an archive with their paths, without what macOS adds. Raises SiteError."""
    if len(infos) > MAX_FILES:
        raise SiteError(str(source), None, f"more than {MAX_FILES:,} files", _BY_HAND)
    files = [(_path(info), info) for info in infos]
    if why := next(filter(None, starmap(_danger, files)), ""):
        raise SiteError(str(source), None, why, _BY_HAND)
    return [(path, info) for path, info in files if not _NO_FILE.search(path)]


def _danger(path: str, info: ZipInfo) -> str:
    """Return why a file must not be unpacked; empty if it may."""
    if path.startswith("/") or _DRIVE.match(path) or ".." in path.split("/"):
        return f"{quoted(path)} would be outside the folder"
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return f"{quoted(path)} is a link or a device"
    if info.flag_bits & _ENCRYPTED:
        return "encrypted"
    return _too_large(path) if info.file_size > MAX_FILE else ""


def _path(info: ZipInfo) -> str:
    """Return the path of a file with forward slashes. Some programs write UTF-8 without the flag that says so."""
    path = info.filename
    if not info.flag_bits & _UTF_8 and not path.isascii():
        with suppress(UnicodeError):  # another code page
            path = path.encode("cp437").decode("utf-8")
    return path.replace("\\", "/")


def _copy(source: Path, archive: ZipFile, info: ZipInfo, target: Path, left: int) -> int:
    """Unpack a file of at most `left` bytes, and return its size. What the archive says of that may be a lie."""
    target.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with archive.open(info) as packed, open(target, "xb") as file:
        while chunk := packed.read(_CHUNK):
            size += len(chunk)
            if size > min(left, MAX_FILE):
                raise SiteError(str(source), None, _too_large(info.filename), _BY_HAND)
            file.write(chunk)
    return size


def _too_large(path: str) -> str:
    return f"{quoted(path)} is too large for an archive of this size"
