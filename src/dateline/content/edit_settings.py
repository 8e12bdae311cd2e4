"""Write keys into feed.toml; all other bytes of it stay the same."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dateline.content.config import SETTINGS_FILE
from dateline.content.edit import edit_file
from dateline.content.key_values import between_quotes
from dateline.content.source import decode
from dateline.content.toml import layout, read_toml
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
        decode(SETTINGS_FILE, raw, SettingsError)
        return with_settings(raw.decode(), settings).encode()

    return edit_file(folder, SETTINGS_FILE, edit)


def with_settings(text: str, settings: Settings) -> str:
    """Return the text of feed.toml, as in the file, with keys written into it.

    The value of a key that is there is replaced; new keys come after the others of their table, and new tables last.
    Reading the file gives exactly these values, and all others as before. Raises SettingsError if it cannot be edited
    so.
    """
    wanted = _values(text)
    for (table, key), value in settings.items():
        (wanted.setdefault(table, {}) if table else wanted)[key] = value
    mark, edited = "\ufeff" * text.startswith("\ufeff"), text.removeprefix("\ufeff")
    for (table, key), value in settings.items():
        edited = _with_setting(edited, table, key, format_value(value))
    try:
        is_right = _values(edited) == wanted
    except SettingsError:
        is_right = False
    if not is_right:
        shown = ", ".join(f"{table}.{key}" if table else key for table, key in settings)
        raise SettingsError(SETTINGS_FILE, None, f"cannot add {shown}", "add it by hand")
    return mark + edited


def _values(text: str) -> dict[str, Any]:
    return read_toml(SETTINGS_FILE, decode(SETTINGS_FILE, text.encode(), SettingsError), SettingsError, 1).values


def format_value(value: str) -> str:
    """Return a value as it is written in feed.toml: in quotation marks unless it is a number or a truth value."""
    return value if _BARE_VALUE.fullmatch(value) else between_quotes(value)


def _with_setting(text: str, table: str, key: str, value: str) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    line = f"{key if _BARE_KEY.fullmatch(key) else between_quotes(key)} = {value}{newline}"
    start = 0
    if table:
        header = re.search(rf"^[ \t]*\[[ \t]*{re.escape(table)}[ \t]*\][ \t]*(?:#.*)?\r?$", text, re.MULTILINE)
        if header is None:
            gap = newline if text.endswith("\n") else newline * 2
            return f"{text}{gap}[{table}]{newline}{line}"
        start = text.find("\n", header.end()) + 1 or len(text)
    found = layout(text[start:])
    if span := found.spans.get(key.lower()):
        return f"{text[: start + span.after]} {value}{text[start + span.end :]}"
    position = start + found.new_at
    opening = newline if position and text[position - 1] != "\n" else ""
    return f"{text[:position]}{opening}{line}{text[position:]}"
