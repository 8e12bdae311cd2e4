"""Repair YAML front matter that cannot be read, or of which a value is cut off by a comment.

A repaired line reads as what was meant, and leaves every other value as it is; else nothing is repaired.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress

from dateline.content.front_matter import split
from dateline.content.key_values import Fields, Value, between_quotes
from dateline.content.source import decode
from dateline.errors import PostError
from dateline.model import Source

_BREAK = re.compile(r"(\r\n|\r|\n)")
_MOST_REPAIRS = 50  # lines in one file
# A line: a key, a dash or both, and a value.
_ENTRY = re.compile(r"(?P<lead> *(?:- +)?(?:[^\W\d][\w.-]{0,99} *:)?)(?P<gap>[ \t]*)(?P<value>\S.*)")
_EMPTY = re.compile(r"\s*(?:#|$)")
_PLACEHOLDER = "dateline-0c2b7a"
_ALIAS = re.compile(r"[*&][\w-]+")
_COMMENT = re.compile(r"(?:^|\s)#(?:\s|$)")
# A list or a mapping, unless it is template code.
_COLLECTION = re.compile(r"(?!\{[{%])[\[{](?:.*[]}]|[^]}]*)")
_IN_QUOTES = re.compile(r"(['\"])(.*)\1")
# What is certainly meant, between quotation marks of each kind: an apostrophe in a word, and backslashes as they are.
_CLEAR = {
    "'": re.compile(r"[^']*\w'\w[^']*|[^']*"),
    '"': re.compile(r'(?:(?!\\[/\\abefnrtv0xuUNLP_ ])[^"])*'),
}


def repair(path: str, text: str) -> str:
    """Put values in quotation marks, add a space after a colon, or remove a repeated line, until a file can be read.

    Returns the text as it was if that needs judgement.
    """
    parts = _BREAK.split(text)  # each line, and then what ends it
    for _ in range(_MOST_REPAIRS):
        try:
            _read(path, "".join(parts))
            return "".join(parts)
        except PostError as error:
            last = error.problem.line or 0
            is_repeated = "duplicate key" in error.problem.problem
        if is_repeated:
            repaired = _without_repeated(parts, last)
        else:
            # The parser may notice only on the next line that says something.
            before = next((line for line in range(last - 1, 1, -1) if not _EMPTY.match(parts[2 * (line - 1)])), 0)
            lines = [line for line in (last, before) if line > 1]
            repaired = next((found for line in lines for found in _rewritten(path, parts, line)), None)
        if repaired is None:
            break
        parts = repaired
    return text


def keep_whole(path: str, text: str, key: str) -> str:
    """Put the value of a key, a part of which is taken for a comment, in quotation marks. Raises PostError."""
    parts = _BREAK.split(text)
    return "".join(next(_rewritten(path, parts, _read(path, text).lines[key]), parts))


def mapped(value: Value, function: Callable[[str], str]) -> Value:
    """Return a value with each text in it replaced by what the function makes of it."""
    if isinstance(value, str):
        return function(value)
    if isinstance(value, list):
        return [mapped(item, function) for item in value]
    return {key: mapped(item, function) for key, item in value.items()}


def _read(path: str, text: str) -> Fields:
    return split(Source(path, decode(path, text.encode(), PostError)))[0]


def _without_repeated(parts: list[str], line: int) -> list[str] | None:
    """Return the parts of a text without a line that an earlier one repeats, unless its value has more lines."""
    index = 2 * (line - 1)
    repeats = parts[index].rstrip() in [part.rstrip() for part in parts[2:index:2]]
    goes_on = parts[index].rstrip().endswith(":") or re.match(r"[ \t]|-(?!--)", parts[index + 2])
    return parts[:index] + parts[index + 2 :] if repeats and not goes_on else None


def _rewritten(path: str, parts: list[str], line: int) -> Iterator[list[str]]:
    """Yield the parts of a text with another way to write a line of its front matter, which reads as was meant."""
    index = 2 * (line - 1)
    entry = _ENTRY.fullmatch(parts[index].rstrip(" \t"))
    if entry is None or not entry["lead"].strip() or entry["value"].startswith("//"):
        return
    meant = _meant(entry["value"])
    if meant is None:
        return

    def read(written: str) -> Value | None:
        with suppress(PostError):
            return _read(path, "".join([*parts[:index], written, "\n---\n"])).values
        return None

    lead = entry["lead"] + (entry["gap"] or " " * entry["lead"].endswith(":"))
    model = read(lead + _PLACEHOLDER)
    expected = None if model is None else mapped(model, lambda text: meant if text == _PLACEHOLDER else text)
    if expected is None or read(parts[index]) == expected:
        return
    for written in (lead + meant, lead + between_quotes(meant)):
        if read(written) == expected:
            yield [*parts[:index], written, *parts[index + 1 :]]


def _meant(value: str) -> str | None:
    """Return the text that a value was meant to be; None if that needs judgement."""
    if _COMMENT.search(value) or _ALIAS.fullmatch(value) or _COLLECTION.fullmatch(value):
        return None
    if in_quotes := _IN_QUOTES.fullmatch(value):
        mark, inner = in_quotes.groups()
        return inner if _CLEAR[mark].fullmatch(inner) else None
    return None if value[0] in "'\"" and value.count(value[0]) % 2 else value
