"""Read files of a source: none outside it, none that is hidden, none that is too large."""

import errno
import os
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from dateline.content.dates import EPOCH
from dateline.content.front_matter import load_yaml, split
from dateline.content.front_matter_keys import DATES
from dateline.content.json import JSON
from dateline.content.key_values import Fields, Value
from dateline.content.posts import body_of, parse_post
from dateline.content.scan import is_post_file, is_text, leads_inside, unreadable
from dateline.content.source import read
from dateline.content.toml import TOML
from dateline.content.validators import language
from dateline.errors import DatelineError, InputError, PostError, Problem, SiteError, openable
from dateline.fileio import open_regular, read_regular
from dateline.model import Post, Publication, Source
from dateline.render import beginning, render
from dateline.text import first_words, without_controls

MAX_SIZE = 128 * 1024 * 1024  # bytes of an export
_HEAD = 64 * 1024  # bytes by which an export is recognised


def walk(source: Path, folder: str = "", skip: Sequence[str] = ()) -> Iterator[str]:
    """Yield the files below a folder of a source, as sorted paths relative to the source, with forward slashes.

    Leaves out hidden files and folders, folders called by one of the names in `skip`, and links that lead out of the
    source. A folder outside the source has no files.
    """
    root = os.path.realpath(source)
    start = source / folder
    for current, folders, names in os.walk(start) if leads_inside(str(start), root) else ():
        folders[:] = sorted(name for name in folders if is_text(name) and name[0] != "." and name not in skip)
        for name in sorted(names):
            full = os.path.join(current, name)
            if is_text(name) and name[0] != "." and os.path.isfile(full) and leads_inside(full, root):
                yield Path(full).relative_to(source).as_posix()


def markdown_files(source: Path, folder: str = "", skip: Sequence[str] = ()) -> Iterator[str]:
    """Yield those files of `walk` that are posts by their endings."""
    return filter(is_post_file, walk(source, folder, skip))


def read_text(source: Path, path: str) -> Source | Problem:
    """Return a file of text, of at most 2 MiB and without control characters, or why it cannot be read.

    A link that leads out of the source is not followed.
    """
    if not leads_inside(openable(source, path), os.path.realpath(source)):
        problem = "links out of the site, so it is not read"
        return Problem(openable(source, path), None, problem, "copy the file there", "warning", is_relative=False)
    try:
        found = read(source, path)[0]
        return found._replace(text=without_controls(found.text))
    except PostError as error:
        return error.problem._replace(path=openable(source, path), is_relative=False, severity="warning")


def read_needed(source: Path, path: str) -> Source:
    """Return a file of text as `read_text` does. Raises SiteError."""
    found = read_text(source, path)
    if isinstance(found, Problem):
        raise SiteError(*found[:4])
    return found


def files_like(source: Path, ending: str, is_like: Callable[[bytes], bool]) -> list[str]:
    """Return those files at the top of a source whose beginnings are as wanted, as sorted paths relative to it.

    A source that is such a file itself has the path ``""``.
    """
    if not source.is_dir():
        return [""] if is_like(_head(source)) else []
    root = os.path.realpath(source)
    names = sorted(name for name in os.listdir(source) if is_text(name) and name.lower().endswith(ending))
    return [name for name in names if leads_inside(str(source / name), root) and is_like(_head(source / name))]


def _head(file: Path) -> bytes:
    with suppress(OSError), open(open_regular(file), "rb") as opened:
        return opened.read(_HEAD)
    return b""


def read_large(source: Path, path: str) -> bytes:
    """Return the bytes of a file of at most 128 MiB. Raises SiteError."""
    name = openable(source, path)
    try:
        return read_regular(name, MAX_SIZE)
    except OSError as error:
        if error.errno != errno.EFBIG:
            raise unreadable(name, error, SiteError) from None
        problem = f"larger than {MAX_SIZE // 1024 // 1024} MiB"
        raise SiteError(name, None, problem, "export it in parts, such as the posts of some years") from None


def read_config(source: Path, path: str) -> Fields:
    """Return the keys of a file in YAML, TOML or JSON, by their ending; all values are text, or lists or tables of it.

    Keys at the top are in lower case; those in tables are as written. A file that is not there is empty. Raises
    SiteError for one that cannot be read.
    """
    if not os.path.lexists(source / path):
        return Fields(path, SiteError, {}, {}, {})
    text = read_needed(source, path).text
    readers = {".toml": lambda: TOML, ".json": lambda: JSON}
    reader = readers.get(os.path.splitext(path)[1], load_yaml)()
    return reader.read(openable(source, path), text, SiteError, 1)


def read_first_config(source: Path, *paths: str) -> tuple[str, Fields] | None:
    """Return the first of several configuration files that exists: its path and its keys. Raises SiteError."""
    path = first_file(source, paths)
    return (path, read_config(source, path)) if path else None


def read_table(source: Path, path: str) -> dict[str, Value]:
    """Return a table in YAML, TOML or JSON with keys as written; an empty one if it cannot be read."""
    try:
        fields = read_config(source, path)
    except DatelineError:
        return {}
    return {fields.names[key]: value for key, value in fields.values.items()}


def read_front_matter(source: Path, path: str) -> Fields:
    """Return the keys of the front matter of a file; none if it cannot be read."""
    return front_matter(Source(path, text_at(source, path)))


def front_matter(file: Source) -> Fields:
    """Return the keys of a post or another file with front matter; none if that cannot be read."""
    try:
        return split(file)[0]
    except PostError:
        return Fields(file.path, PostError, {}, {}, {})


def text_at(source: Path, path: str) -> str:
    """Return the text of a file; empty if it cannot be read."""
    found = read_text(source, path)
    return found.text if isinstance(found, Source) else ""


def first_file(source: Path, paths: Iterable[str]) -> str:
    """Return the first of several paths at which there is a file; empty if there is none."""
    return next((path for path in paths if os.path.isfile(source / path)), "")


def feeds_in(source: Path, folder: str, paths: Iterable[str]) -> tuple[Path, ...]:
    """Return those feeds, of some at paths below the folder of a site's output, that are there."""
    root = os.path.realpath(source)
    files = (source / folder / path for path in paths)
    return tuple(file for file in files if os.path.isfile(file) and leads_inside(str(file), root))


def inside(path: object) -> str | None:
    """Return the path of a folder in the site, empty for the site itself; None for any other."""
    if not isinstance(path, str) or "\0" in path or not is_text(path):
        return None
    plain = posixpath.normpath(path or ".")
    return None if plain.startswith(("/", "..")) else "" if plain == "." else plain


def folder_of(value: Value | None, default: str = "") -> str:
    """Return a folder of the source that a configuration names; empty for the source itself, and for one outside it."""
    return inside(text_of(value) or default) or ""


def parsed(post: Source, publication: Publication) -> tuple[Post, Fields] | None:
    """Return a post as Dateline reads it, with anything in place of what is wrong; None if it cannot be read at all.

    `post.path` decides about the name, the date in the name, and the language.
    """
    try:
        return parse_post(post, publication, beginning)
    except DatelineError:
        return None


def has_date(post: Post, fields: Fields) -> bool:
    """Return whether a post as `parsed` has a date, in its name or its front matter; that may be wrong."""
    return post.published != EPOCH or fields.first(*DATES) is not None


def title_of_text(file: Source, post: Post, publication: Publication) -> str:
    """Return the first words of a post, for one without a title, or its date if there are none."""
    body = re.sub(r"\{[{%][^{}]*\}\}?", "", body_of(file, post))
    summary = ""
    with suppress(InputError):
        summary = render(body, publication.markdown, "", False, publication.math).summary
    return first_words(summary) or f"{post.published:%Y-%m-%d}"


def text_of(value: Value | None) -> str:
    """Return a value that is text, without white space at its ends; empty for any other."""
    return value.strip() if isinstance(value, str) else ""


def first_text(table: Mapping[str, Value], *keys: str) -> str:
    """Return the text under the first of several keys that has one; empty if none has."""
    return next(filter(None, (text_of(table.get(key)) for key in keys)), "")


def texts_of(value: Value | None) -> list[str]:
    """Return a value that is text or a list of it, as a list."""
    items = value if isinstance(value, list) else [value or ""]
    return [text for item in items if (text := text_of(item))]


def table_of(value: Value | None) -> dict[str, Value]:
    """Return a value that is a table; an empty one for any other."""
    return value if isinstance(value, dict) else {}


def value_in(tables: Mapping[str, Any], *keys: str) -> Any:
    """Return what is under several keys, of a table, of a table in that, and so on; None if it is not there."""
    found: Any = tables
    for key in keys:
        found = table_of(found).get(key)
    return found


def language_of(value: Value | None) -> str:
    """Return the code of a language as Dateline writes it; empty for what is none."""
    with suppress(InputError):
        return language(text_of(value).replace("_", "-"))
    return ""


def is_on(value: Value | None, default: bool = False) -> bool:
    """Return whether a value says yes."""
    text = text_of(value).lower()
    return text in ("true", "yes", "on", "1") if text else default


def limit_of(value: object) -> int | None:
    """Return the number of entries that a feed has at most, as a configuration says it; None for anything else."""
    text = str(value).strip()
    return int(text) if re.fullmatch("[1-9][0-9]{0,8}", text) else None


def lower_keys(value: Any) -> Any:
    """Return a value with the keys of its tables in lower case, for generators that ignore case."""
    if isinstance(value, dict):
        return {key.lower(): lower_keys(item) for key, item in value.items()}
    return [lower_keys(item) for item in value] if isinstance(value, list) else value


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return two tables as one, with tables in them merged, too; what is in `over` counts more."""
    both = {key for key in under.keys() & over if isinstance(under[key], dict) and isinstance(over[key], dict)}
    return {**under, **over, **{key: merged(under[key], over[key]) for key in both}}
