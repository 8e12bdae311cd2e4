"""What is written among the posts: new files, and keys into the front matter of a post.

All else of such a post stays as it is, byte for byte.
"""

import os
import re
import shutil
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from dateline.content.fields import Layout, Value, between_quotes
from dateline.content.front_matter import ends, split
from dateline.content.scan import leads_inside, unreadable
from dateline.content.source import decoded
from dateline.errors import PostError, reason_of
from dateline.fileio import create_new, read_regular
from dateline.model import Source
from dateline.paths import temporary_name

_BREAK = re.compile(r"\r\n|\r|\n")


def create(folder: Path, source: Source) -> Path:
    """Write a new file under `folder`, which is made where there is none.

    Raises PostError where there is such a file already, or none can be written.
    """
    file = folder / source.path
    try:
        if not folder.exists():
            folder.mkdir(parents=True)
        with open(file, "x", encoding="utf-8") as new:
            _write_or_remove(new, source.text)
    except FileExistsError:
        problem = "there already, and nothing is overwritten"
        raise PostError(source.path, None, problem, "choose another title, or move that file away") from None
    except OSError as error:
        raise _unwritable(source.path, error) from None
    return file


def _write_or_remove(new: TextIO, text: str) -> None:
    """Write all of a file that was not there, or leave none."""
    try:
        new.write(text)
        new.flush()
    except OSError:
        os.unlink(new.name)
        raise


def write_keys(folder: Path, path: str, keys: Mapping[str, Value]) -> bool:
    """Write `keys` into the post at `path` under `folder`, whole or not at all; gives whether that changed the file.

    Raises PostError where the file cannot be read, or cannot be written.
    """
    place = os.path.realpath(folder / path)  # a link stays one, and the file that it leads to is written
    if not leads_inside(place, os.path.realpath(folder)):
        raise PostError(path, None, "a link that leads outside the folder of posts", "copy the file here")
    try:
        before = read_regular(place)
    except OSError as error:
        raise unreadable(path, error, PostError) from None
    after = with_keys(before, keys, path)
    if after != before:
        _replace(place, path, before, after)
    return after != before


def with_keys(raw: bytes, keys: Mapping[str, Value], path: str) -> bytes:
    """The bytes of a post file with `keys` (in lower case) written into its front matter.

    A key that is there, however capitalised, gets its value in its place; one that says the same already is left
    alone; others come after all that is there. Reading gives exactly these values, and all others as before.
    Raises PostError where the front matter cannot be read, or is written in a way that leaves no place for them.
    """

    def read(text: str) -> str:
        return decoded(path, text.encode(), PostError)

    return _with_keys(Source(path, decoded(path, raw, PostError)), raw.decode(), keys, read).encode()


def source_with_keys(source: Source, keys: Mapping[str, Value]) -> Source:
    """A post as it is read once `with_keys` has edited its file. Raises PostError likewise."""
    return source._replace(text=_with_keys(source, source.text, keys, str))


def _with_keys(source: Source, original: str, keys: Mapping[str, Value], read: Callable[[str], str]) -> str:
    """The original with the keys; `read` gives the text of a source."""
    before, body = split(source)
    wanted = {key: value for key, value in keys.items() if before.values.get(key) != value}
    if not wanted:
        return original
    for text in _edited(source, original, wanted):
        with suppress(PostError, UnicodeEncodeError):
            after, body_after = split(source._replace(text=read(text)))
            if after.values == {**before.values, **wanted} and body_after.text == body.text:
                return text
    shown = ", ".join(wanted)
    raise PostError(source.path, 1, f"front matter: {shown} cannot be put into it", "write one key: value on each line")


def _edited(source: Source, original: str, wanted: Mapping[str, Value]) -> Iterator[str]:
    """Ways to write what is wanted, the best one first; each has to be read to know whether it will do."""
    fence, start, end, _ = ends(source)
    if fence == "+++":
        from dateline.content.toml import layout, written

        sign = " ="
    else:
        from dateline.content.yaml import layout, written

        sign = ":"
    found = layout(source.text[start:end])
    edits = [
        (start + found.places[key].after, start + found.places[key].end, f" {_written(value, written, sign)}")
        for key, value in wanted.items()
        if key in found.places
    ]
    lines = [
        f"{found.indent}{key}{sign} {_written(value, written, sign)}"
        for key, value in wanted.items()
        if key not in found.places
    ]
    for room in dict.fromkeys(_rooms(found)):
        yield _with_edits(original, [*edits, *_insertions(original, source.text, start + room, lines)])


def _written(value: Value, written: Callable[[str], str], sign: str) -> str:
    """A value as it is written on one line; `sign` is what stands between a key and a value."""
    return written(value) if isinstance(value, str) else _inside(value, sign)


def _inside(value: Value, sign: str) -> str:
    """A value as it is written within another."""
    if isinstance(value, list):
        return f"[{', '.join(_inside(item, sign) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}{sign} {_inside(item, sign)}' for key, item in value.items())}}}"
    return between_quotes(value)


def _rooms(found: Layout) -> Iterator[int]:
    """Where new lines may be put: after all, or where the end of the last value tells what follows it, before that."""
    yield found.room
    if found.places:
        yield max(place.key for place in found.places.values()) - len(found.indent)


def _insertions(original: str, text: str, position: int, lines: list[str]) -> Iterator[tuple[int, int, str]]:
    line_end = _BREAK.search(original)
    ending = line_end[0] if line_end else "\n"
    if lines:
        opening = "" if text[position - 1] == "\n" else ending
        yield position, position, opening + "".join(line + ending for line in lines)


def _with_edits(original: str, edits: list[tuple[int, int, str]]) -> str:
    """The original with parts replaced; positions are those of the same text with one character a line end."""
    has_mark = original.startswith("\ufeff")
    body = original.removeprefix("\ufeff")
    removed = 0
    longer = []  # where, in the text as it is read, a line end stands that is two characters in the file
    for match in _BREAK.finditer(body):
        if match[0] == "\r\n":
            longer.append(match.start() - removed)
            removed += 1
    for start, end, text in sorted(edits, reverse=True):
        body = body[: start + bisect_left(longer, start)] + text + body[end + bisect_left(longer, end) :]
    return "\ufeff" * has_mark + body


def _replace(place: str, path: str, before: bytes, after: bytes) -> None:
    """Put `after` in the place of a file that holds `before`, with its mode."""
    beside = os.path.join(os.path.dirname(place), temporary_name())  # with a dot before it, no post
    try:
        with open(create_new(beside), "wb") as file:
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(place, beside)
        if read_regular(place) != before:
            raise PostError(path, None, "another program is writing to it", "try again when that is done")
        os.replace(beside, place)
    except OSError as error:
        raise _unwritable(path, error) from None
    finally:
        with suppress(OSError):
            os.unlink(beside)


def _unwritable(path: str, error: OSError) -> PostError:
    return PostError(path, None, f"cannot be written: {reason_of(error)}", "see that you may write there")
