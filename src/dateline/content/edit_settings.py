"""Write keys into feed.toml; all other bytes of it stay the same."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from dateline.content.edit import edit_file, with_edits
from dateline.content.key_values import Value, between_quotes
from dateline.content.source import decode
from dateline.content.toml import ASSIGN, layout, read_toml
from dateline.errors import SettingsError
from dateline.lazy_patterns import lazy_pattern
from dateline.paths import SETTINGS_FILE

# By the names of the table, empty for none, and of the key; None removes that.
Settings = Mapping[tuple[str, str], str | None]

_HEADER = r"""^[ \t]*\[[ \t]*(["']?){}\1[ \t]*\][ \t]*(?:#.*)?$"""
_MAX_HEADERS = 10  # that are tried
_BARE_VALUE = lazy_pattern(r"[1-9]\d{0,8}|true|false")
_WORD = lazy_pattern(r"[a-z_]+")

LIVE: Settings = {("", "live"): None}  # what makes a publication live


def write_settings(folder: Path, settings: Settings) -> bool:
    """Write keys into feed.toml, all or none; return whether that changed the file.

    Raises SettingsError like `with_settings`, PostError if the file cannot be read or written.
    """

    def edit(raw: bytes) -> bytes:
        decode(SETTINGS_FILE, raw, SettingsError)  # says what is wrong with the bytes
        return with_settings(raw.decode(), settings).encode()

    return edit_file(folder, SETTINGS_FILE, edit)


def go_live(folder: Path) -> bool:
    """Remove ``live`` from feed.toml; return whether it was there. Raises as `write_settings` does."""
    return write_settings(folder, LIVE)


def with_settings(text: str, settings: Settings) -> str:
    """Return the text of feed.toml, as in the file, with keys written into it.

    The value of a key that is there is replaced; new keys come after the others of their table, and new tables last.
    The lines of a key for which `settings` have None are removed. Reading the file gives exactly these values, and all
    others as before. Raises SettingsError if it cannot be edited so.
    """
    for table in dict.fromkeys(table for table, _ in settings):
        values = {key: value for (name, key), value in settings.items() if name == table}
        wanted = _values(text)
        if table:
            there = wanted.get(table, {})
            wanted[table] = _updated(there if isinstance(there, dict) else {}, values)
        else:
            wanted = _updated(wanted, values)
        edited = next((edited for edited in _edited(text, table, values) if _is_as(edited, wanted)), None)
        if edited is None:
            shown = ", ".join(f"{table}.{key}" if table else key for key in values)
            raise SettingsError(SETTINGS_FILE, None, f"cannot write {shown}", "edit the file by hand")
        text = edited
    return text


def _updated(there: Mapping[str, Any], values: Mapping[str, str | None]) -> dict[str, Any]:
    return {key: value for key, value in {**there, **values}.items() if value is not None}


def _values(text: str) -> dict[str, Any]:
    return read_toml(SETTINGS_FILE, _as_read(text), SettingsError, 1).values


def _is_as(text: str, wanted: dict[str, Any]) -> bool:
    with suppress(SettingsError):
        return _values(text) == wanted
    return False


def _as_read(text: str) -> str:
    return decode(SETTINGS_FILE, text.encode(), SettingsError)


def _edited(text: str, table: str, values: Mapping[str, Value | None]) -> Iterator[str]:
    """Yield ways to write values into a table, or above all tables if it has no name, the best first.

    What looks like the table may be inside a value: the caller has to read what was written.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    source, starts = _as_read(text), [0]
    if table:
        headers = re.finditer(_HEADER.format(re.escape(table)), source, re.MULTILINE | re.IGNORECASE)
        starts = [source.find("\n", header.end()) + 1 or len(source) for header in islice(headers, _MAX_HEADERS)]
    for start in starts:
        body = source[start:]
        for edits in layout(body).edits(body, _named(values, body), ASSIGN, format_value):
            moved = [(start + begin, start + end, new.replace("\n", newline)) for begin, end, new in edits]
            yield with_edits(text, moved)
    if table:
        gap = "" if not source else newline if source.endswith("\n") else newline * 2
        lines = (f"{key}{ASSIGN} {format_value(str(value))}{newline}" for key, value in _named(values, "").items())
        yield f"{text}{gap}[{table}]{newline}{''.join(lines)}"


def _named(values: Mapping[str, Value | None], body: str) -> dict[str, Value | None]:
    """Return values by keys as the body of a table has them: all in quotation marks unless all are plain words."""
    known, are_words = layout(body).spans, all(map(_WORD.fullmatch, values))
    return {
        key.lower() if key.lower() in known else key if are_words else between_quotes(key): value
        for key, value in values.items()
    }


def format_value(value: str) -> str:
    """Return a value as it is written in feed.toml: in quotation marks unless it is a number or a truth value."""
    return value if _BARE_VALUE.fullmatch(value) else between_quotes(value)
