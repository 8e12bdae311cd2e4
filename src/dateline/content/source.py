"""Read the files in the folder of posts."""

import os
import stat
from codecs import BOM_UTF8
from pathlib import Path

from dateline.content.config import read_settings
from dateline.content.key_values import Fields
from dateline.content.scan import STATIC_FOLDER, is_text, leads_inside, stamp, unreadable
from dateline.errors import DatelineError, PostError, Problem, SettingsError
from dateline.fileio import open_regular, open_with_status, read_bytes
from dateline.model import Publication, Source
from dateline.paths import SETTINGS_FILE
from dateline.text import forbidden_character, is_unusual_utf8, marked, odd

MAX_SIZE = 2 * 1024 * 1024


def read_settings_file(folder: Path) -> str:
    """Return the text of feed.toml. Raises SettingsError."""
    try:
        if not stat.S_ISDIR(os.stat(folder).st_mode):
            raise SettingsError(".", None, "not a folder", "give the folder that contains it")
    except (FileNotFoundError, NotADirectoryError):
        remedy = "give the folder of posts, or create one with dateline init"
        if os.path.isfile(SETTINGS_FILE):
            remedy = "you are inside one: use . for it"
        raise SettingsError(".", None, "no such folder", remedy) from None
    except OSError as error:
        raise unreadable(".", error, SettingsError) from None
    try:
        return decode(SETTINGS_FILE, _bytes(folder, SETTINGS_FILE, SettingsError)[0], SettingsError)
    except FileNotFoundError:
        raise SettingsError(SETTINGS_FILE, None, "missing", "create it with dateline init, which mints an id") from None


def load_settings(folder: Path) -> tuple[Publication, Fields]:
    """Return the publication of a folder of posts, and the keys of its feed.toml. Raises SettingsError."""
    return read_settings(read_settings_file(folder))


def static_files(folder: Path) -> tuple[list[str], list[Problem]]:
    """Return the paths, under the folder of posts, of all files to be copied, and errors for unreadable folders.

    A link to a folder is not followed, but returned like a file.
    """
    errors: list[Problem] = []

    def report(error: OSError) -> None:
        errors.append(unreadable(os.path.relpath(error.filename, folder), error, PostError).problem)

    files: list[str] = []
    if (folder / STATIC_FOLDER).exists():
        for root, folders, names in os.walk(folder / STATIC_FOLDER, onerror=report):
            links = [name for name in folders if os.path.islink(os.path.join(root, name))]
            files += [Path(root, name).relative_to(folder).as_posix() for name in names + links]
    return sorted(files), errors


def static_folders(folder: Path) -> list[str]:
    """Return the folders that change when static files come or go; the first need not exist."""
    return [STATIC_FOLDER, *(os.path.relpath(root, folder) for root, *_ in os.walk(folder / STATIC_FOLDER))]


def read(folder: Path, path: str) -> tuple[Source, str, bytes]:
    """Return the text of a post file, its stamp, and its bytes. Raises PostError."""
    try:
        raw, seen = _bytes(folder, path, PostError)
    except FileNotFoundError as error:
        raise unreadable(path, error, PostError) from None
    return Source(path, decode(path, raw, PostError)), seen, raw


def file_kind(folder: Path, path: str, root: str | None = None) -> str:
    """Return ``file``, ``folder``, ``missing``, or ``outside`` for a link that leads out of `root`, or of the folder.

    `root` is a real path.
    """
    full = os.path.join(folder, path)
    if not is_text(path) or "\0" in path or not os.path.exists(full):
        return "missing"
    if not leads_inside(full, root or os.path.realpath(folder)):
        return "outside"
    return "file" if os.path.isfile(full) else "folder"


def file_stamp(folder: Path, path: str, root: str) -> str:
    """Return the stamp of a file to be published as it is. Raises PostError if it cannot be."""
    if not is_text(path):
        raise PostError(path, None, "the file name is not UTF-8", "rename it")
    kind = file_kind(folder, path, root)
    if kind != "file":
        problem = {"outside": "links outside the folder of posts", "missing": "broken link"}.get(kind, "not a file")
        raise PostError(path, None, problem, "put the file itself here")
    try:
        with open(open_regular(folder / path), "rb") as file:
            return stamp(os.fstat(file.fileno()))
    except OSError as error:
        raise unreadable(path, error, PostError) from None


def line_of(folder: Path, path: str, *needles: str) -> int | None:
    """Return the line that `line_in` finds in a file; None if the file cannot be read."""
    try:
        return line_in(read(folder, path)[0].text, *needles)
    except PostError:
        return None


def line_in(text: str, *needles: str) -> int | None:
    """Return the first line that contains the first of `needles` that the text contains; None if there is none."""
    found = (text.find(needle) for needle in needles if needle and "\n" not in needle)
    return next((text.count("\n", 0, position) + 1 for position in found if position >= 0), None)


def odd_characters(folder: Path, path: str) -> list[tuple[int, str]]:
    """Return the odd characters of a readable file, each with its line."""
    text = _bytes(folder, path, PostError)[0].decode("utf-8-sig")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if odd(text) else []
    return [(number, character) for number, line in enumerate(lines, 1) for character in odd(line)]


def _bytes(folder: Path, path: str, error_type: type[DatelineError]) -> tuple[bytes, str]:
    """Return the bytes of a file that did not change while it was read, and its stamp. Raises FileNotFoundError."""
    for _ in range(3):
        try:
            descriptor, before = open_with_status(f"{folder}/{path}")
            try:
                raw = read_bytes(descriptor, before.st_size) if before.st_size <= MAX_SIZE else b""
                seen = stamp(os.fstat(descriptor))
            finally:
                os.close(descriptor)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise unreadable(path, error, error_type) from None
        if before.st_size > MAX_SIZE:
            raise error_type(path, None, "larger than 2 MiB", "split it, or move data out of it")
        if stamp(before) == seen and len(raw) == before.st_size:
            return raw, seen
    raise error_type(path, None, "file changed while being read", "try again")


def decode(path: str, raw: bytes, error_type: type[DatelineError]) -> str:
    """Return the text of a file, each line ending in a line feed, with control characters marked."""
    raw = raw.removeprefix(BOM_UTF8)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise error_type(path, line, f"not UTF-8 (byte {raw[error.start]:#04x})", "save the file as UTF-8") from None
    if b"\r" in raw:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not is_unusual_utf8(raw):
        return text
    if match := forbidden_character(text):
        line = text.count("\n", 0, match.start()) + 1
        problem = f"contains the character U+{ord(match[0]):04X}, which feeds cannot contain"
        raise error_type(path, line, problem, "remove it")
    return marked(text)
