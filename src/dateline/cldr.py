"""Write dates, numbers, sizes and lists of names as a language does, by CLDR. The only module that imports Babel.

Babel is loaded only for other languages than English, whose rules are here. All digits are 0 to 9, as newspapers on the
web have them in every language.
"""

from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from dateline.text import counted

if TYPE_CHECKING:
    from babel.core import Locale

MONTHS = """
    January February March April May June July August September October November December
""".split()
_UNITS = "byte kilobyte megabyte gigabyte terabyte".split()


@lru_cache
def is_english(language: str) -> bool:
    """Return whether a language tag is English, or a variant of it."""
    return language.partition("-")[0].lower() == "en"


@lru_cache
def _locale(language: str) -> "Locale | None":
    """Return the locale of a language tag; None for English, and for a language that CLDR does not know."""
    if is_english(language):
        return None
    from babel.core import Locale, UnknownLocaleError

    for tag in (language, language.partition("-")[0]):
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return None


def is_known(language: str) -> bool:
    """Return whether dates can be written in a language."""
    return is_english(language) or _locale(language) is not None


def plural_form(number: int, language: str) -> str:
    """Return the plural form of a number: ``zero``, ``one``, ``two``, ``few``, ``many`` or ``other``."""
    locale = _locale(language)
    return str(locale.plural_form(number)) if locale else "one" if number == 1 else "other"


def plural_forms(language: str) -> frozenset[str]:
    """Return all plural forms of a language."""
    locale = _locale(language)
    return frozenset({*(locale.plural_form.tags if locale else ("one",)), "other"})


@lru_cache(maxsize=512)
def date_text(moment: date, language: str) -> str:
    """Return a calendar date as written, like ``14 April 2025``; ``2025-04-14`` in a language that is not known."""
    if is_english(language):
        return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"
    if locale := _locale(language):
        from babel.dates import format_date

        return format_date(moment.date() if isinstance(moment, datetime) else moment, "long", locale)
    return f"{moment.year}-{moment.month:02}-{moment.day:02}"


@lru_cache(maxsize=512)
def month_text(month: str, language: str) -> str:
    """Return a month like ``2025-04`` as ``April 2025``; unchanged in a language that is not known."""
    year, number = map(int, month.split("-"))
    if is_english(language):
        return f"{MONTHS[number - 1]} {year}"
    if locale := _locale(language):
        from babel.dates import format_skeleton

        return format_skeleton("yMMMM", date(year, number, 1), locale=locale)
    return month


@lru_cache(maxsize=512)
def number_text(number: int, language: str) -> str:
    """Return a whole number with the language's signs between thousands, like ``1,000``."""
    if locale := _locale(language):
        from babel.numbers import format_decimal

        return format_decimal(number, locale=locale)
    return f"{number:,}"


@lru_cache(maxsize=512)
def size_text(size: int, language: str) -> str:
    """Return a number of bytes like ``344 bytes``, ``1.2 MB`` or ``12 MB``; a MB is a million. Nothing for 0."""
    if not size:
        return ""
    power = 0 if size < 1000 else next((power for power in (1, 2, 3) if size < 999.5 * 1000**power), 4)
    amount = size / 1000**power
    places = 1 if power and amount < 9.95 else 0
    if locale := _locale(language):
        from babel.units import format_unit

        pattern, length = f"0{'.0' if places else ''}", "short" if power else "long"
        return format_unit(amount, f"digital-{_UNITS[power]}", length, pattern, locale)  # type: ignore[arg-type]
    if not power:
        return counted(size, "byte")
    return f"{amount:.{places}f} {' kMGT'[power]}B"


@lru_cache
def separators(count: int, language: str) -> tuple[str, ...]:
    """Return what is written after each of several names in a list: ``", "``, ``" and "`` and nothing for three."""
    if locale := _locale(language):
        from babel.lists import format_list

        return tuple(format_list(["\0"] * count, locale=locale).split("\0")[1:])
    return (*[", "] * (count - 2), *[" and "] * (count > 1), *[""] * (count > 0))


def names(what: str, language: str) -> list[tuple[str, int]]:
    """Return the ``months``, from 1, or the ``days`` of the week, from 0 for Monday: each name with its number.

    These are the names in full and abbreviated, in a date and alone; nothing for English, and for a language that is
    not known.
    """
    if (locale := _locale(language)) is None:
        return []
    forms = [form for widths in getattr(locale, what).values() for width, form in widths.items() if width != "narrow"]
    return [(str(name), number) for form in forms for number, name in form.items()]
