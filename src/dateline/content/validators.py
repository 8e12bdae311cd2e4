"""Read values of feed.toml and front matter: text, truth values, numbers, languages, lists, tables.

Each function reads one value as it was written, for `Fields.take`, and raises InputError.
"""

import json
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar
from unicodedata import category

from dateline.content.key_values import Value, texts, typed
from dateline.content.schema import ANYTHING, NUMBER, TEXT, URL, YES_OR_NO, list_of_words, written_as
from dateline.content.urls import has_host, web_url
from dateline.errors import InputError, quoted
from dateline.lazy_patterns import lazy_pattern
from dateline.text import controls, forbidden_character, without_controls

T = TypeVar("T")
V = TypeVar("V")

# Of tags, and of authors, of a post. Each has feeds in which the post names all of them, so output grows by the square.
MAX_LABELS = 100
_MAX_EXTRA = 64 * 1024  # characters of the user's own keys

_INVISIBLE = {"Cc", "Cf", "Zl", "Zp", "Zs"}
YES = {"true", "yes", "on"}
NO = {"false", "no", "off"}

# The codes of ISO 639-1, required for a language that has one.
_TWO_LETTERS = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el
    en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu
    ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na
    nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn
    so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    """.split()
)
_LANGUAGE = lazy_pattern(
    r"(?P<language>[a-z]{2,3})(?:-[a-z]{3}){0,3}(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|\d{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?"
)
_PRIVATE_LANGUAGE = lazy_pattern(r"x(?:-[a-z0-9]{1,8})+")


@written_as(TEXT)
def single(value: Value) -> str:
    """Return a value that is neither a list nor a mapping."""
    if not isinstance(value, str):
        raise InputError("more than one value", "write only one")
    return value


def as_list(value: Value) -> list[Value]:
    """Return the values of a list, or a list of the one value."""
    return value if isinstance(value, list) else [value]


def each(read: Callable[[V], T], values: Iterable[V]) -> list[T]:
    """Return what `read` makes of each value. Raises InputError with the errors of all of them."""
    found: list[T] = []
    errors: list[InputError] = []
    for value in values:
        try:
            found.append(read(value))
        except InputError as error:
            errors += (error, *error.others)
    if errors:
        errors[0].others = tuple(errors[1:])
        raise errors[0]
    return found


def table(value: Value, remedy: str, *known: str) -> dict[str, Value]:
    """Return a table with none but `known` keys; any if none is given. `remedy` is for what is no table."""
    if not isinstance(value, dict):
        raise InputError(f"{quoted(value)} is not a table", remedy)
    if known:
        check_keys(value, *known)
    return value


def check_keys(table: dict[str, Value], *known: str) -> None:
    """Raise InputError for a key of a table that is not `known`."""
    if unknown := table.keys() - set(known):
        raise InputError(f"unknown key {quoted(min(unknown))}", f"use {', '.join(known)}")


def is_visible(text: str) -> bool:
    """Return whether a text has a character that people can see."""
    return any(category(c) not in _INVISIBLE for c in text)


@written_as(TEXT)
def line_of_text(value: Value) -> str:
    """Return text on one line: runs of white space become single spaces."""
    text = single(value)
    if text.isprintable() and (line := " ".join(text.split())):
        return line
    line = " ".join(_allowed(text).split())
    if not is_visible(line):
        raise InputError("no visible text", "write some, or remove the key")
    return line


@written_as(TEXT)
def markdown(value: Value) -> str:
    """Return Markdown of one or several lines."""
    text = _allowed(single(value)).strip()
    line_of_text(text)
    return text


def _allowed(text: str) -> str:
    """Drop control characters. Raises InputError for a character that no feed can carry."""
    text = without_controls(text)
    if match := forbidden_character(text):
        raise InputError(f"contains the character U+{ord(match[0]):04X}, which feeds cannot contain", "remove it")
    return text


@written_as(ANYTHING)
def extra(value: Value) -> str:
    """Return a table of the user's own keys, for templates, as JSON. Anything else is for another program."""
    if not isinstance(value, dict):
        return ""
    for text in texts(value):
        _allowed(text)
    found = json.dumps(typed(value), ensure_ascii=False)
    if len(found) > _MAX_EXTRA:
        raise InputError(f"more than {_MAX_EXTRA:,} characters", "put long texts into a file below _templates")
    return found


@written_as(TEXT)
def verbatim(value: Value) -> str:
    """Return an id, a URL or a part of one. Raises InputError for control characters in it."""
    text = single(value)
    if controls(text):
        raise InputError("contains a control character", "remove it")
    return text


@written_as(TEXT)
def stripped(value: Value) -> str:
    """Return the value like `verbatim`, without white space around it."""
    return verbatim(value).strip()


@written_as(URL)
def url(value: Value) -> str:
    """Return an http(s) URL, percent-encoded."""
    return web_url(stripped(value))


@written_as(TEXT)
def file_or_url(value: Value) -> str:
    """Return an http(s) URL, or the path of a file under the folder of posts."""
    text = stripped(value)
    if has_host(text):
        return web_url(text)
    if text.startswith("/") or ".." in text.split("/"):
        raise InputError(f"{quoted(text)} is not in the folder of posts", "write a path inside it, or a URL")
    return posixpath.normpath(text)


@written_as(YES_OR_NO)
def yes_or_no(value: Value) -> bool:
    """Read ``true``, ``false`` or one of YAML 1.1's other words for them."""
    word = single(value).strip().lower()
    if word not in YES | NO:
        raise InputError(f"{quoted(word)} is neither true nor false", "write true or false")
    return word in YES


@written_as(NUMBER)
def number(value: Value) -> int:
    """Return a whole number from 1."""
    text = single(value).strip().replace("_", "")
    if not re.fullmatch(r"[1-9]\d{0,14}", text):
        raise InputError(f"{quoted(value)} is not a number", "write a whole number from 1")
    return int(text)


def position(value: Value) -> int | None:
    """Return a position in the menu, or None for ``false``."""
    text = single(value).strip()
    if text.lower() in NO:
        return None
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        raise InputError(f"{quoted(value)} is not a position in the menu", "write a whole number, like 2")
    return int(text)


def one_of(*choices: str) -> Callable[[Value], str]:
    """Return a reader of one of some words."""

    @written_as({"enum": [*choices]})
    def read(value: Value) -> str:
        if single(value) not in choices:
            raise InputError(f"unknown value {quoted(value)}", f"use {', '.join(choices[:-1])} or {choices[-1]}")
        return single(value)

    return read


@written_as(list_of_words(TEXT))
def list_of_text(value: Value) -> tuple[str, ...]:
    """Read a list, which may have lists in it, or text with commas between."""
    items = _flat(value) if isinstance(value, list) else single(value).split(",")
    return tuple(filter(None, each(_item, items)))


def _item(value: Value) -> str:
    text = single(value)
    return line_of_text(text) if text.strip() else ""


def _flat(items: list[Value]) -> Iterator[Value]:
    for item in items:
        yield from _flat(item) if isinstance(item, list) else (item,)


@written_as(TEXT)
def language(value: Value) -> str:
    """Return a language tag (BCP 47, RFC 5646) in its usual case: ``en``, ``es-SV``, ``zh-Hant``, ``x-klingon``."""
    text = single(value)
    tag = text.lower()
    if _PRIVATE_LANGUAGE.fullmatch(tag):
        return tag
    match = _LANGUAGE.fullmatch(tag)
    if not match or (len(match["language"]) == 2 and match["language"] not in _TWO_LETTERS):
        raise InputError(f"{quoted(text)} is not a language code", "write one like en, es-SV or ar")
    if match["region"] == "uk":
        raise InputError(f"{quoted(text)} has an unknown country", "write en-GB")
    for group, change in (("script", str.title), ("region", str.upper)):
        if match[group]:
            start, end = match.span(group)
            tag = tag[:start] + change(match[group]) + tag[end:]
    return tag
