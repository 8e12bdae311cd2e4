"""Write new files among the posts, and keys into front matter; all other bytes of a post stay the same."""

import os
import shutil
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from dateline.content.front_matter import locate, split
from dateline.content.key_values import Edit, Plain, Value
from dateline.content.scan import leads_inside, unreadable
from dateline.content.source import decode
from dateline.errors import PostError, reason_of
from dateline.fileio import create_new, read_regular, write_new
from dateline.lazy_patterns import lazy_pattern
from dateline.model import Source
from dateline.paths import temporary_name

_BREAK = lazy_pattern(r"\r\n|\r|\n")


def create(folder: Path, source: Source) -> Path:
    """Write a new file under `folder`, which is created if needed.

    Raises PostError if the file exists or cannot be written.
    """
    file = folder / source.path
    try:
        if not folder.exists():
            folder.mkdir(parents=True)
        write_new(file, source.text.encode())
    except FileExistsError:
        problem = "exists, and is not overwritten"
        raise PostError(source.path, None, problem, "choose another title, or move that file") from None
    except OSError as error:
        raise _unwritable(source.path, error) from None
    return file


def write_keys(folder: Path, path: str, keys: Mapping[str, Value]) -> bool:
    """Write `keys` into the post at `path` under `folder`, all or none; return whether that changed the file.

    Raises PostError if the file cannot be read or written.
    """
    return edit_file(folder, path, lambda before: with_keys(before, keys, path))


def edit_file(folder: Path, path: str, edit: Callable[[bytes], bytes]) -> bool:
    """Replace a file under `folder` by what `edit` makes of its bytes; return whether that changed it.

    Raises PostError if the file cannot be read or written.
    """
    before = read_bytes(folder, path)
    after = edit(before)
    if after != before:
        replace(folder, path, before, after)
    return after != before


def read_bytes(folder: Path, path: str) -> bytes:
    """Return the bytes of a file that may be edited. Raises PostError for one outside the folder of posts."""
    try:
        return read_regular(_real(folder, path))
    except OSError as error:
        raise unreadable(path, error, PostError) from None


def _real(folder: Path, path: str) -> str:
    real = os.path.realpath(folder / path)  # a link stays one, and its target is written
    if not leads_inside(real, os.path.realpath(folder)):
        raise PostError(path, None, "links outside the folder of posts", "copy the file here")
    return real


def with_keys(raw: bytes, keys: Mapping[str, Value | None], path: str) -> bytes:
    """Return the bytes of a post file with `keys` (in lower case) written into its front matter.

    The value of an existing key, however capitalised, is replaced; new keys come last. The lines of a key for which
    `keys` has None are removed. Reading the file gives exactly these values, and all others as before. Raises PostError
    if the front matter cannot be read, or not be edited so.
    """

    def read(text: str) -> str:
        return decode(path, text.encode(), PostError)

    return _with_keys(Source(path, decode(path, raw, PostError)), raw.decode(), keys, read).encode()


def source_with_keys(source: Source, keys: Mapping[str, Value | None]) -> Source:
    """Return a post as read after `with_keys` has edited its file. Raises PostError like that."""
    return source._replace(text=_with_keys(source, source.text, keys, str))


def _with_keys(source: Source, original: str, keys: Mapping[str, Value | None], read: Callable[[str], str]) -> str:
    """Edit the `original` text of a file; `read` turns that into the text of a source."""
    before, body = split(source)
    wanted = {key: value for key, value in keys.items() if not _is_same(before.values.get(key), value)}
    if not wanted:
        return original
    values = {key: value for key, value in {**before.values, **wanted}.items() if value is not None}
    for text in _edited(source, original, wanted):
        with suppress(PostError, UnicodeEncodeError):
            after, body_after = split(source._replace(text=read(text)))
            if after.values == values and body_after.text == body.text:
                return text
    shown = ", ".join(wanted)
    raise PostError(source.path, 1, f"front matter: cannot write {shown}", "write one key: value on each line")


def _is_same(before: Value | None, value: Value | None) -> bool:
    """Return whether two values are the same; no value is not the same as an empty text."""
    return before == value and not (value == "" and isinstance(before, Plain) and not isinstance(value, Plain))


def _edited(source: Source, original: str, wanted: Mapping[str, Value | None]) -> Iterator[str]:
    """Yield ways to write what is wanted, the best first; the caller has to check them by reading them."""
    (start, end, _), language = locate(source)
    newline = (_BREAK.search(original) or ["\n"])[0]
    for edits in language().edits(source.text[start:end], wanted):
        yield with_edits(original, [(start + s, start + e, text.replace("\n", newline)) for s, e, text in edits])


def with_edits(original: str, edits: Iterable[Edit]) -> str:
    """Replace parts of the text of a file, given by positions in the text as read."""
    # There, every line end is one character, and a byte order mark is none.
    body = original.removeprefix("\ufeff")
    breaks = [match.start() for match in _BREAK.finditer(body) if match[0] == "\r\n"]
    longer = [start - number for number, start in enumerate(breaks)]  # as positions in the text as read
    position, parts = 0, []
    for start, end, text in sorted(edits, key=lambda edit: edit[:2]):
        parts += [body[position : start + bisect_left(longer, start)], text]
        position = max(position, end + bisect_left(longer, end))
    return "\ufeff" * original.startswith("\ufeff") + "".join(parts) + body[position:]


def replace(folder: Path, path: str, before: bytes, after: bytes) -> None:
    """Replace a file that holds `before`, keeping its mode. Raises PostError."""
    real = _real(folder, path)
    new = os.path.join(os.path.dirname(real), temporary_name())  # not a post, since it begins with a dot
    try:
        with open(create_new(new), "wb") as file:
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(real, new)
        if read_regular(real) != before:
            raise PostError(path, None, "file changed while being edited", "try again")
        os.replace(new, real)
    except OSError as error:
        raise _unwritable(path, error) from None
    finally:
        with suppress(OSError):
            os.unlink(new)


def _unwritable(path: str, error: OSError) -> PostError:
    return PostError(path, None, f"cannot be written: {reason_of(error)}", "check that you may write there")
