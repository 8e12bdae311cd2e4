"""Write keys into feed.toml; all other bytes of it stay the same."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dateline.content.config import SETTINGS_FILE
from dateline.content.edit import edit_file, with_edits
from dateline.content.key_values import Value, between_quotes
from dateline.content.source import decode
from dateline.content.toml import ASSIGN, layout, read_toml
from dateline.errors import SettingsError

# By the names of the table, empty for none, and of the key.
Settings = Mapping[tuple[str, str], str]

_BARE_VALUE = re.compile(r"[1-9]\d{0,8}|true|false")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def write_settings(folder: Path, settings: Settings) -> bool:
    """Write keys into feed.toml, all or none; return whether that changed the file.

    Raises SettingsError like `with_settings`, PostError if the file cannot be read or written.
    """

    def edit(raw: bytes) -> bytes:
        decode(SETTINGS_FILE, raw, SettingsError)  # says what is wrong with the bytes
        return with_settings(raw.decode(), settings).encode()

    return edit_file(folder, SETTINGS_FILE, edit)


def with_settings(text: str, settings: Settings) -> str:
    """Return the text of feed.toml, as in the file, with keys written into it.

    The value of a key that is there is replaced; new keys come after the others of their table, and new tables last.
    Reading the file gives exactly these values, and all others as before. Raises SettingsError if it cannot be edited
    so.
    """
    wanted = _values(text)
    edited = text
    for table in dict.fromkeys(table for table, _ in settings):
        values = {key: value for (name, key), value in settings.items() if name == table}
        (wanted.setdefault(table, {}) if table else wanted).update(values)
        edited = _with_values(edited, table, values)
    try:
        is_right = _values(edited) == wanted
    except SettingsError:
        is_right = False
    if not is_right:
        shown = ", ".join(f"{table}.{key}" if table else key for table, key in settings)
        raise SettingsError(SETTINGS_FILE, None, f"cannot add {shown}", "add it by hand")
    return edited


def _values(text: str) -> dict[str, Any]:
    return read_toml(SETTINGS_FILE, _as_read(text), SettingsError, 1).values


def _as_read(text: str) -> str:
    return decode(SETTINGS_FILE, text.encode(), SettingsError)


def _with_values(text: str, table: str, values: Mapping[str, Value]) -> str:
    """Return a text with values written into a table, or above all tables if it has no name."""
    newline = "\r\n" if "\r\n" in text else "\n"
    source, start = _as_read(text), 0
    if table:
        header = re.search(rf"^[ \t]*\[[ \t]*{re.escape(table)}[ \t]*\][ \t]*(?:#.*)?$", source, re.MULTILINE)
        if header is None:
            gap = newline if source.endswith("\n") else newline * 2
            return _with_values(f"{text}{gap}[{table}]{newline}", table, values)
        start = source.find("\n", header.end()) + 1 or len(source)
    body = source[start:]
    found = layout(body)

    def name(key: str) -> str:
        return key.lower() if key.lower() in found.spans else key if _BARE_KEY.fullmatch(key) else between_quotes(key)

    named = {name(key): value for key, value in values.items()}
    edits = next(found.edits(body, named, ASSIGN, format_value))
    return with_edits(text, [(start + begin, start + end, new.replace("\n", newline)) for begin, end, new in edits])


def format_value(value: str) -> str:
    """Return a value as it is written in feed.toml: in quotation marks unless it is a number or a truth value."""
    return value if _BARE_VALUE.fullmatch(value) else between_quotes(value)
