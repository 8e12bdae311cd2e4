"""Read the table ``[publish]`` of feed.toml: where `dateline publish` sends the output.

The file is often public, so no password belongs there. What looks like one is an error, which does not repeat it.
"""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from dateline.content import validators as read
from dateline.content.key_values import Fields, Value
from dateline.content.schema import TEXT, URL, table_of, written_as
from dateline.errors import InputError
from dateline.lazy_patterns import lazy_pattern
from dateline.model import PublishTo

EXAMPLE = 'to = "/srv/www/site"'
_EXAMPLE = f"write one like {EXAMPLE}"
_NO_TABLE = f"write [publish], and {EXAMPLE} below it"
_SECRETS = r"(?:pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|(?:api|access|account|private)[-_]?key|signature)"
_SECRET_NAME = lazy_pattern(rf"(?:.*[-_.])?(?:{_SECRETS}|key|auth)s?", re.IGNORECASE)
# An option of a command, or a variable, with its value.
_SECRET_OPTION = lazy_pattern(rf"(?<![^\s'\"])(?:-+|\w+[-_])?(?:\w+-)*{_SECRETS}(?:=|\s+)[^\s-]", re.IGNORECASE)
_PASSWORD = lazy_pattern(r"//[^/@\s:]*:(?!\d*/)[^@\s]*@")
_TOKEN = lazy_pattern(r"\b(?:gh[oprsu]_|github_pat_|glpat-|AKIA|xox[bp]-)[A-Za-z0-9]|//(?:[A-Za-z0-9_-]{32,})@")
_PROGRAM = "command:"
# An address, a user or a host that a program would take for an option of its own.
_OPTION = lazy_pattern(r"(?:^|[:/@])-")


def read_publish(fields: Fields) -> PublishTo | None:
    """Return where to publish; None if feed.toml does not say so. What is wrong is added to the problems."""
    table = fields.take("publish", _table)
    if table is None:
        return None
    if not table.get("to"):
        fields.wrong("publish", "to is missing", _EXAMPLE)
    found = fields.read_table("publish", table, _READERS)
    return PublishTo(**found) if "to" in found else None


def _table(value: Value) -> dict[str, Value]:
    table = read.table(value, _NO_TABLE)
    for name in table.keys() - _READERS.keys():
        if _SECRET_NAME.fullmatch(name):
            raise _secret(f"{name} is")
    read.check_keys(table, *_READERS)
    return table


@written_as(TEXT)
def _to(value: Value) -> str:
    text = _without_secrets(read.stripped(value))
    if not text.removeprefix(_PROGRAM).strip():
        raise InputError("empty", _EXAMPLE)
    if not text.startswith(_PROGRAM) and _OPTION.search(text):
        # The programs that publish would take it for one of their options, and those may run others.
        raise InputError("something in it begins with a hyphen, like an option of a program", _EXAMPLE)
    return text


@written_as(URL)
def _endpoint(value: Value) -> str:
    return read.url(_without_secrets(read.stripped(value)))


def _without_secrets(text: str) -> str:
    query = parse_qsl(text.partition("?")[2].partition("#")[0])
    has_secret = any(_SECRET_NAME.fullmatch(name) for name, _ in query)
    if has_secret or any(pattern.search(text) for pattern in (_PASSWORD, _TOKEN, _SECRET_OPTION)):
        raise _secret("it has")
    return text


def _secret(what: str) -> InputError:
    problem = f"{what} something secret, and others may read this file"
    return InputError(
        problem, "remove it; keep it in the environment, in ~/.ssh or ~/.aws, or in the keyring of the tool"
    )


_READERS: dict[str, Callable[[Value], Any]] = {
    "to": _to,
    "endpoint": _endpoint,
    "gzip": read.yes_or_no,
}
PUBLISH = table_of(_READERS, ("to",))
