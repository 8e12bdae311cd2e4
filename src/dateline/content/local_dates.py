"""Read dates in other languages than English, like 14 de abril de 2025 or 2025年4月14日, by fixed patterns.

The names come from CLDR; nothing is guessed. dateutil cannot be given names of another language: with Spanish ones, it
reads ``12 mar 2025`` as a Tuesday.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from dateline import cldr
from dateline.errors import InputError, quoted
from dateline.lazy_patterns import lazy_pattern

_MAX_LENGTH = 100
_HAS_WORDS = lazy_pattern(r"\d.*[^\W\d_]|[^\W\d_].*\d", re.DOTALL)
_INVISIBLE = lazy_pattern("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_APOSTROPHES = str.maketrans("'’׳", "ʼʼʼ", "")
_WITH_NAMES = r"""
    (?:(?P<weekday>{weekdays})\.?[,،]?\s*(?:den\s)?)?
    (?P<day>\d\d?)(?:\.?o|\.|°|er|-?го)?\s*(?:de\s|dʼ|ב-?)?\s*         # 1.º, 14., 1er, 1-го; 14 de, 14 dʼ
    (?P<month>{months})\.?[,،]?\s*(?:del?\s)?
    (?P<year>\d{{4}})(?:\s*(?:г\.|года|р\.|року|r\.|roku))?            # the word for year in Slavic languages
    (?:[,،]?\s+(?P<weekday_last>{weekdays})(?![^\W\d_]))?
"""
_IN_NUMBERS = r"""
    (?P<year>\d{{4}})\s*[年년]\s*(?P<month>\d\d?)\s*[月월]\s*(?P<day>\d\d?)\s*[日號号일]
    (?:\s*\(?(?P<weekday_last>{weekdays})\)?)?
"""
# A time of day after the date, and what is written between them: a comma, or "at" in some language.
_TIME = r"""
    (?:[,،]?\s*(?:a\slas?|à|às|um|alle|alle\sore|ore|om|o|в|о|saat|في|בשעה)?\s*(?P<time>\d\d?:\d\d.*?)(?:\suhr)?)?
"""


class _Reader(NamedTuple):
    """Patterns for the dates of a language, and its names as they are compared."""

    patterns: tuple[re.Pattern[str], ...]
    months: dict[str, int]
    weekdays: dict[str, int]


def in_iso(text: str, language: str) -> str | None:
    """Return a date in a language with the day in ISO 8601, and the time as written; None if it is none.

    Raises InputError for a day that does not exist, or is another day of the week.
    """
    if len(text) > _MAX_LENGTH or not _HAS_WORDS.search(text) or cldr.is_english(language):
        return None
    reader = _reader(language)
    written = _comparable(text)
    match = next(filter(None, (pattern.fullmatch(written) for pattern in reader.patterns)), None)
    if match is None:
        return None
    parts = match.groupdict()
    day = _day(text, parts, reader.months)
    for name in filter(None, (parts.get("weekday"), parts["weekday_last"])):
        if reader.weekdays[name] != day.weekday():
            right = max((known for known, number in cldr.names("days", language) if number == day.weekday()), key=len)
            raise InputError(f"{quoted(text)} was a {right}", "correct the weekday or the date")
    return f"{day} {parts['time'] or ''}".rstrip()


def _day(text: str, parts: Mapping[str, str], months: Mapping[str, int]) -> date:
    month = parts["month"]
    try:
        return date(int(parts["year"]), months[month] if month in months else int(month), int(parts["day"]))
    except ValueError:
        remedy = "correct it, or write it like 2025-04-14"
        raise InputError(f"{quoted(text)} is not a date that exists", remedy) from None


@lru_cache
def _reader(language: str) -> _Reader:
    months, weekdays = (_unambiguous(cldr.names(what, language)) for what in ("months", "days"))
    if not months:
        return _Reader((), {}, {})
    values = {"months": _any_of(months), "weekdays": _any_of(weekdays)}
    patterns = (pattern.format(**values) + _TIME for pattern in (_WITH_NAMES, _IN_NUMBERS))
    return _Reader(tuple(re.compile(pattern, re.VERBOSE) for pattern in patterns), months, weekdays)


def _unambiguous(names: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return names as they are compared, with their numbers, except those that stand for two."""
    numbers: dict[str, set[int]] = {}
    for name, number in names:
        numbers.setdefault(_comparable(name).removesuffix("."), set()).add(number)
    return {name: number for name, (number, *others) in numbers.items() if not others and not name.isdecimal()}


def _any_of(names: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(names, key=len, reverse=True)))


def _comparable(text: str) -> str:
    """Return text in small letters, with digits from 0 to 9, plain spaces and nothing invisible."""
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).translate(_APOSTROPHES).casefold()
    text = text.replace("i̇", "i").replace("ı", "i")  # as which Turkish letters come out of that
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else " " if c.isspace() else c for c in text).strip()
