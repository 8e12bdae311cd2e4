"""Read the table ``[theme]`` of feed.toml: how pages look."""

from collections.abc import Callable
from typing import Any

from dateline.content import validators as read
from dateline.content.key_values import Fields, Value
from dateline.content.schema import any_of, table_of, written_as
from dateline.errors import InputError, quoted
from dateline.lazy_patterns import lazy_pattern
from dateline.model import Theme

WIDTHS = range(45, 91)  # characters: longer lines are hard to read, shorter ones break too often
LOGO_HEIGHTS = range(16, 401)  # pixels
_EXAMPLE = 'write accent = "#0b4f94" and the like below [theme]'
_COLOUR = lazy_pattern(r"#([0-9a-f]{3}|[0-9a-f]{6})")


def read_theme(fields: Fields) -> Theme:
    """Return the theme, as by default where the table says nothing. What is wrong in it is added to the problems."""
    table = fields.take("theme", lambda value: read.table(value, _EXAMPLE, *_READERS))
    return Theme(**fields.read_table("theme", table or {}, _READERS))


@written_as({"type": "string", "pattern": "^\\s*#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})\\s*$"})
def _colour(value: Value) -> str:
    """Return a colour with six digits."""
    text = read.stripped(value)
    match = _COLOUR.fullmatch(text.lower())
    if not match:
        raise InputError(f"{quoted(text)} is not a colour in hexadecimal digits", "write one like #0b4f94")
    digits = match[1]
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def _within(allowed: range, unit: str) -> Callable[[Value], int]:
    """Return a reader of a whole number."""

    @written_as(
        any_of(
            {"type": "integer", "minimum": allowed[0], "maximum": allowed[-1]},
            {"type": "string", "pattern": r"^\s*\d+\s*$"},
        )
    )
    def reader(value: Value) -> int:
        text = read.stripped(value)
        if text not in map(str, allowed):
            raise InputError(
                f"{quoted(text)} is not a number of {unit} that works", f"write one from {allowed[0]} to {allowed[-1]}"
            )
        return int(text)

    return reader


_READERS: dict[str, Callable[[Value], Any]] = {
    "accent": _colour,
    "font": read.one_of("serif", "sans", "mixed"),
    "width": _within(WIDTHS, "characters"),
    "masthead": read.one_of("center", "left"),
    "logo_height": _within(LOGO_HEIGHTS, "pixels"),
}
THEME = table_of(_READERS)
