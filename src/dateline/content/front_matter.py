"""Find the front matter of a post file, in the forms that generators of sites read, and split it from the body.

`FORMS` has them all. Whatever else a file begins with is text.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from dateline.content.header_lines import (
    COMMENT_LINE,
    COMMENT_LINES,
    DEFINITION,
    DEFINITIONS,
    HEADER_LINE,
    HEADER_LINES,
)
from dateline.content.ids import split_date, stem_of
from dateline.content.json import JSON, object_end
from dateline.content.key_values import Edit, Fields, Language, Value
from dateline.content.plain_yaml import read_plain
from dateline.content.scan import path_among_pages
from dateline.errors import DatelineError, InputError, PostError
from dateline.lazy_patterns import lazy_pattern
from dateline.model import Body, Source
from dateline.text import LINE_END

MAX_FRONT_MATTER = 64 * 1024  # some people keep the comments on a post there
_OPENING = 2000  # characters of a text that its first words are taken from

_BLANK = lazy_pattern(rf"(?:(?:[^\S\n]|{LINE_END})*\n)*{LINE_END}*")
# What some engine may take for a heading: a line that begins with marks, or lines above a line of marks.
_HEADING = lazy_pattern(r" {0,3}#.*|(?:(?![^\S\n]*\n).+\n)+? {0,3}(?:=+|-+)[ \t]*$", re.MULTILINE)
# Headings that begin a file without front matter. A line of hyphens could be that of a misplaced one.
_FIRST_HEADING = lazy_pattern(r"\s*(?:#{1,6}[ \t]+\S|[^\W_].*\n=+[ \t]*$)", re.MULTILINE)
_KEY = r"[^\W\d_][\w -]*:"
_NOT_BLANK = lazy_pattern(r"\S")
_END = r"[^\S\n]*(?:\n|\Z)"
_KEY_OF_TITLE = lazy_pattern(r'^(?:[ \t]*\.\. |@def )?"?title"?[ \t]*[:=]', re.MULTILINE | re.IGNORECASE)


class Extent(NamedTuple):
    """Where the keys of front matter begin and end in a file, and where the body begins."""

    start: int
    end: int
    body: int


class Form(NamedTuple):
    """A form of front matter: what finds it at the start of a file, and what loads the language of its keys.

    `find` raises InputError for front matter that has no end.
    """

    find: Callable[[Source], Extent | None]
    language: Callable[[], Language]


def split(source: Source) -> tuple[Fields, Body]:
    """Return the fields and the body of a post file. Raises PostError if its front matter is missing or malformed."""
    text = source.text
    (start, end, rest), language = locate(source)
    if end - start > MAX_FRONT_MATTER:
        raise PostError(source.path, 1, f"front matter: more than {MAX_FRONT_MATTER // 1024} KiB", "move text below it")
    first_line = text.count("\n", 0, start) + 1
    fields = language().read(source.path, text[start:end].removesuffix("\n"), PostError, first_line)
    line = text.count("\n", 0, rest) + (1 if text[rest - 1 : rest] in ("", "\n") else 2)
    return fields, Body(text[rest:], line)


def head_of(source: Source, *, is_note: bool) -> str:
    """Return the part of a file that a post is made from, and a sign for whether there is more.

    That is its front matter, with a heading that may be its title, or with the text that has the first words of a note.
    """
    (*_, start), _ = locate(source)
    heading = leading_heading(source.text, start)
    end = heading.end() if heading else start
    if is_note:
        return source.text[:end] + opening(source.text[end:])
    return source.text[:end] + ("…" if _NOT_BLANK.search(source.text, end) else "")


def opening(text: str) -> str:
    """Return the whole of a short text, or the beginning of a long one, to the end of a paragraph if there is one."""
    if len(text) <= _OPENING:
        return text
    return text[:_OPENING].rpartition("\n\n")[0] or text[:_OPENING]


def leading_heading(text: str, start: int) -> re.Match[str] | None:
    """Find a block that some engine may take for a heading, with nothing but blank lines before it."""
    blank = _BLANK.match(text, start)
    return _HEADING.match(text, blank.end() if blank else start)


def locate(source: Source) -> tuple[Extent, Callable[[], Language]]:
    """Return where the front matter of a post file is, and what loads its language. Raises PostError if it has none."""
    try:
        for form in FORMS:
            if extent := form.find(source):
                return extent, form.language
    except InputError as error:
        raise error.at(PostError, source.path, 1) from None
    remedy = "start the file with a line ---, title:, date: and a line ---"
    if path_among_pages(source.path):
        remedy = "start the file with a heading"
    elif _FIRST_HEADING.match(source.text):
        remedy += ", or name it like 2025-04-14-title.md"
    raise PostError(source.path, 1, "front matter: missing", remedy)


def _fenced(first_line: str, last_line: str) -> Callable[[Source], Extent | None]:
    """Find keys between two lines."""
    opens, closes = lazy_pattern(re.escape(first_line) + _END), lazy_pattern(rf"\n{re.escape(last_line)}{_END}")

    def find(source: Source) -> Extent | None:
        first = opens.match(source.text)
        if first is None:
            return None
        last = closes.search(source.text, first.end() - 1)
        if last is None:
            raise InputError("front matter: not closed", f"add a line {last_line} after the last key")
        return Extent(first.end(), last.start() + 1, last.end())

    return find


def _with_title(pattern: str) -> Callable[[Source], Extent | None]:
    """Find what a pattern matches in its group ``keys``, if one of these is a title."""

    def find(source: Source) -> Extent | None:
        found = re.match(pattern, source.text)  # compiled only if a file is in none of the forms above
        if found is None or not _KEY_OF_TITLE.search(found["keys"]):
            return None
        return Extent(*found.span("keys"), found.end())

    return find


def _json_object(source: Source) -> Extent | None:
    """Find an object of JSON, or of what is meant to be JSON; reading it will tell what is wrong."""
    text = source.text
    if not re.match(r'\{\s*["}]', text):
        return None
    end = object_end(text)
    if end is None:
        return Extent(0, min(len(text), MAX_FRONT_MATTER), len(text))
    rest = re.compile(_END).match(text, end)
    return Extent(0, end, rest.end()) if rest else None


def _no_front_matter(source: Source) -> Extent | None:
    """Find no keys in a file that needs none: a page, or a post with a date in its name, that begins with a heading."""
    needs_no_date = path_among_pages(source.path) or split_date(stem_of(source.path))[0]
    is_post = needs_no_date and _FIRST_HEADING.match(source.text)
    return Extent(0, 0, 0) if is_post else None


def load_yaml() -> Language:
    """Return the language that most front matter is in."""
    return Language(_read_yaml, _edit_yaml)


def _read_yaml(path: str, text: str, error_type: type[DatelineError], first_line: int) -> Fields:
    """Read plain YAML here, and any other with PyYAML."""
    plain = read_plain(path, text, error_type, first_line)
    return plain if plain is not None else _full_yaml().read(path, text, error_type, first_line)


def _edit_yaml(text: str, values: Mapping[str, Value | None]) -> Iterator[list[Edit]]:
    return _full_yaml().edits(text, values)


def _full_yaml() -> Language:
    from dateline.content.yaml import YAML

    return YAML


def _toml() -> Language:
    from dateline.content.toml import TOML

    return TOML


def _new_yaml() -> Language:
    """Return the language of a file without front matter, into which keys are written as YAML."""

    def edits(text: str, values: Mapping[str, Value | None]) -> Iterator[list[Edit]]:
        for found in load_yaml().edits(text, values):
            yield [(start, end, f"---\n{lines}---\n") for start, end, lines in found]

    return Language(load_yaml().read, edits)


# In the order in which they are tried. PyYAML and tomllib are slow to load, and so the languages are when needed.
FORMS = (
    Form(_fenced("---", "---"), load_yaml),
    Form(_fenced("+++", "+++"), _toml),
    Form(_fenced("---json", "---"), lambda: JSON),
    Form(_fenced(";;;", ";;;"), lambda: JSON),
    Form(_json_object, lambda: JSON),
    # Hexo reads keys without a line above them.
    Form(_with_title(rf"(?P<keys>{_KEY}(?=\s).*\n(?:(?:{_KEY}|[ \t]|-\s|\#).*\n)*+)---{_END}"), load_yaml),
    Form(_with_title(rf'(?P<keys>"[\w-]+"\s*:.*\n(?:.*\n)*?);;;{_END}'), lambda: JSON),
    # Pelican and MultiMarkdown end the lines with a blank one; Nikola's may be in a comment of HTML.
    Form(_with_title(rf"(?P<keys>(?:{HEADER_LINE}(?:\n|\Z))++)(?={_END})"), lambda: HEADER_LINES),
    Form(_with_title(rf"(?P<keys>(?:{COMMENT_LINE}(?:\n|\Z))++)"), lambda: COMMENT_LINES),
    Form(_with_title(rf"<!--\s*+(?P<keys>(?:{COMMENT_LINE}\s*+)++)-->{_END}"), lambda: COMMENT_LINES),
    Form(_with_title(rf"(?P<keys>(?:{DEFINITION}(?:\n|\Z))++)"), lambda: DEFINITIONS),  # of Franklin
    Form(_no_front_matter, _new_yaml),
)
