"""Finds and reads files, in a stable order. The edge where the folder of posts comes in."""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from dateline.errors import DatelineError, PostError, SettingsError, printable
from dateline.model import Source
from dateline.reading.settings import SETTINGS_FILE
from dateline.reading.values import forbidden_character

# A file that was written this shortly before it was looked at may be written again without its times telling.
CLOCK_TICK_NS = 2_000_000_000
MAX_SIZE = 2 * 1024 * 1024
STATIC_FOLDER = "_static"
CACHE_FOLDER = ".dateline_cache"


class Stat(NamedTuple):
    """What tells, without opening a file, that it is the same as before."""

    size: int
    mtime_ns: int
    ctime_ns: int
    mode: int
    inode: int

    def settled(self, looked_at_ns: int) -> bool:
        """Whether the times would tell of any later edit, to one who looked at that moment."""
        return max(self.mtime_ns, self.ctime_ns) < looked_at_ns - CLOCK_TICK_NS

    @classmethod
    def of(cls, result: os.stat_result) -> "Stat":
        """What the system says of a file, as far as it tells."""
        return cls(result.st_size, result.st_mtime_ns, result.st_ctime_ns, result.st_mode, result.st_ino % 2**63)


@dataclass(frozen=True, slots=True)
class Scan:
    """The post files of a folder by path, in order; what is wrong with others; and what was passed over, and why."""

    posts: dict[str, Stat] = field(default_factory=dict)
    errors: list[DatelineError] = field(default_factory=list)
    passed_over: list[tuple[str, str, str]] = field(default_factory=list)


def read_settings_file(folder: Path) -> str:
    """The text of feed.toml. Raises SettingsError."""
    if not folder.is_dir():
        if folder.exists():
            raise SettingsError(".", None, "a file", "name the folder that it is in")
        raise SettingsError(".", None, "no such folder", "name the folder of posts, or make one with dateline init")
    try:
        return _text(SETTINGS_FILE, _bytes(folder, SETTINGS_FILE, SettingsError)[0], SettingsError)
    except FileNotFoundError:
        raise SettingsError(SETTINGS_FILE, None, "missing", "dateline init writes one, with an id that stays") from None


def scan(folder: Path) -> Scan:
    """One pass over the folder: every ``*.md`` but those whose name, or whose folder's, begins with _ or a dot."""
    found = Scan()
    root = os.path.realpath(folder)
    for path, entry in sorted(_walk(folder, "", (root,), found)):
        try:
            result = entry.stat()
        except OSError as error:
            found.errors.append(_unreadable(path, error, PostError))
            continue
        if stat.S_ISREG(result.st_mode):
            found.posts[path] = Stat.of(result)
        else:
            what = "a folder" if stat.S_ISDIR(result.st_mode) else "no ordinary file"
            found.errors.append(PostError(path, None, f"a post's name, but {what}", "rename it, or begin it with _"))
    return found


def _walk(folder: Path, prefix: str, above: tuple[str, ...], found: Scan) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    """Post files below `prefix`; `above` are the real paths of the folders on the way there, which no link reenters."""
    try:
        entries = list(os.scandir(folder / prefix))
    except OSError as error:
        found.errors.append(_unreadable(prefix or ".", error, PostError))
        return
    for entry in entries:
        name, path = entry.name, prefix + entry.name
        if name.startswith(("_", ".")) or name == "README.md":
            continue
        if entry.is_symlink() and not _leads_inside(entry.path, above[0]):
            found.passed_over.append((path, "a link that leads outside the folder of posts", "copy the file here"))
        elif not _is_text(name):
            found.errors.append(PostError(path, None, "a name that is not UTF-8", "rename it"))
        elif _is_folder(entry) and not name.endswith(".md"):
            real = os.path.realpath(entry.path) if entry.is_symlink() else f"{above[-1]}{os.sep}{name}"
            if real not in above:
                yield from _walk(folder, path + "/", (*above, real), found)
        elif name.endswith(".md"):
            yield path, entry
        elif name.lower().endswith((".md", ".markdown", ".mkd", ".mdown")):
            found.passed_over.append((path, "not published, for its name does not end in .md", "rename it"))


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle; to read it as a file says so
        return False


def _is_text(name: str) -> bool:
    return not re.search("[\ud800-\udfff]", name)


def _leads_inside(link: str, root: str) -> bool:
    return os.path.commonpath([os.path.realpath(link), root]) == root


def static_files(folder: Path) -> tuple[list[str], list[DatelineError]]:
    """The paths, under the folder of posts, of all that is to be copied as it is; and folders that cannot be read.

    A link to a folder comes as a path of its own: it is not followed, and not passed over either.
    """
    errors: list[DatelineError] = []

    def unreadable(error: OSError) -> None:
        errors.append(_unreadable(os.path.relpath(error.filename, folder), error, PostError))

    files = []
    if (folder / STATIC_FOLDER).exists():
        for root, folders, names in os.walk(folder / STATIC_FOLDER, onerror=unreadable):
            links = [name for name in folders if os.path.islink(os.path.join(root, name))]
            files += [Path(root, name).relative_to(folder).as_posix() for name in names + links]
    return sorted(files), errors


def read(folder: Path, path: str) -> tuple[Source, Stat, str]:
    """Read a post file whole: its text, its stat, and the digest of its bytes. Raises PostError."""
    try:
        raw, status = _bytes(folder, path, PostError)
    except FileNotFoundError as error:
        raise _unreadable(path, error, PostError) from None
    return Source(path, _text(path, raw, PostError)), status, blake2b(raw, digest_size=16).hexdigest()


def file_kind(folder: Path, path: str) -> str:
    """What `path` under the folder is: ``file``, ``folder``, ``missing``, or ``outside`` through a link."""
    place = folder / path
    if not _is_text(path) or "\0" in path or not os.path.exists(place):
        return "missing"
    if not _leads_inside(str(place), os.path.realpath(folder)):
        return "outside"
    return "file" if place.is_file() else "folder"


def file_stat(folder: Path, path: str) -> Stat:
    """The stat of a file that is to be published as it is. Raises PostError where it cannot be."""
    where = file_kind(folder, path)
    if not _is_text(path):
        raise PostError(path, None, "a name that is not UTF-8", "rename it")
    if where != "file":
        problem = {"outside": "leads outside the folder of posts", "missing": "leads nowhere"}.get(where, "no file")
        raise PostError(path, None, problem, "put the file itself here")
    try:
        with open(folder / path, "rb") as file:
            return Stat.of(os.fstat(file.fileno()))
    except OSError as error:
        raise _unreadable(path, error, PostError) from None


def line_of(folder: Path, path: str, *needles: str) -> int | None:
    """The first line of a file in which one of `needles` stands; the earlier needles go first."""
    try:
        lines = read(folder, path)[0].text.split("\n")
    except PostError:
        return None
    return next((n for needle in needles for n, line in enumerate(lines, 1) if needle and needle in line), None)


def _bytes(folder: Path, path: str, fault: type[DatelineError]) -> tuple[bytes, Stat]:
    """The bytes of a file that nobody wrote to meanwhile, and its stat."""
    for _ in range(3):
        try:
            with open(folder / path, "rb") as file:
                before = Stat.of(os.fstat(file.fileno()))
                if before.size > MAX_SIZE:
                    raise fault(path, None, "larger than 2 MiB", "split it, or move data out of it")
                raw = file.read(before.size + 1)
                after = Stat.of(os.fstat(file.fileno()))
        except FileNotFoundError:
            raise
        except OSError as error:
            raise _unreadable(path, error, fault) from None
        if before == after and len(raw) == after.size:
            return raw, after
    raise fault(path, None, "another program is writing to it", "build again when that is done")


def _text(path: str, raw: bytes, fault: type[DatelineError]) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise fault(path, line, f"not UTF-8 (byte {raw[error.start]:#04x})", "save the file as UTF-8") from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if match := forbidden_character(text):
        line = text.count("\n", 0, match.start()) + 1
        raise fault(path, line, f"holds the character U+{ord(match[0]):04X}, which no feed can carry", "remove it")
    return text


def _unreadable(path: str, error: OSError, fault: type[DatelineError]) -> DatelineError:
    reason = printable(error.strerror or str(error)).lower()
    return fault(path, None, f"cannot be read: {reason}", "see that the file is there and that you may read it")
