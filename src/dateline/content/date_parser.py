"""Dates as people write them, month names and all. The one fence around dateutil.

dateutil is generous: it fills missing parts from today, swaps day and month where that helps, reads
``UTC+3`` as three hours *west* and asks the machine what EST is. So a gate looks first at what was
written, part by part, and afterwards the result has to agree with every part; nothing is guessed.
"""

import re
from datetime import datetime, timedelta, timezone, tzinfo

from dateutil import parser

from dateline.errors import Unreadable, quoted

REMEDY = "write it like 2025-04-14, 2025-04-14 09:30 or 14 April 2025"

_PART = re.compile(
    r"""
    (?P<compact>\d{8}(?P<compact_time>T\d{4}(?:\d\d)?)?(?!\d))
  | (?P<numeric>(?P<a>\d{1,4})(?P<separator>[-/.])(?P<b>\d{1,2})(?P=separator)(?P<c>\d{1,4})(?!\d))
  | (?P<time>(?:0?[1-9]|1[0-2])(?::\d\d(?::\d\d)?)?\ *[ap]m\b|\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?!\d|\ *[ap]m))
    (?P<offset>\ *[+-]\d\d(?::?[0-5]\d)?(?!\d|:))?
  | (?P<number>\d+)(?:st|nd|rd|th)?
  | (?P<word>[a-z]+)
  | (?P<gap>[\s,./-]+)
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_ZONE_NAME = re.compile(r"[A-Za-z]+/[A-Za-z_]+")
_YEAR_AND_MONTH = re.compile(r"\d{4}[-/.]\d{1,2}")
_UTC_WITH_OFFSET = re.compile(r"\b(?:UTC?|GMT|Z)\s*[+-]\s*\d", re.IGNORECASE)
_ZONE = re.compile(r"\b(?:utc?|gmt|z)\b", re.IGNORECASE)
_UTC_NAMES = {"utc", "gmt", "ut", "z"}
_FILLERS = {"t", "at", "on", "of"}
_WORDS = parser.parserinfo()


class _Parts:
    """What the gate found."""

    def __init__(self) -> None:
        self.years: list[int] = []
        self.numbers: list[int] = []
        self.months: list[int] = []
        self.weekdays: list[int] = []
        self.times = 0
        self.zones = 0
        self.year_first: tuple[int, int, int] | None = None
        self.day_and_month: set[int] | None = None


def read_loosely(text: str, years: range) -> tuple[datetime, bool]:
    """The moment that `text` names, naive where it names no zone, and whether it names a time of day.

    Raises Unreadable for all that has no one meaning, or a year that is not in `years`.
    """
    text = _ZONE.sub(lambda match: match[0].upper(), text)
    parts = _gate(text)
    moment = _parse(text)
    _agree(text, moment, parts, years)
    return moment, parts.times == 1


def _unreadable(text: str) -> Unreadable:
    return Unreadable(f"cannot read {quoted(text)}", REMEDY)


def _gate(text: str) -> _Parts:
    """Sort what was written into parts, and refuse what is no part of a date."""
    if len(text) > 100:
        raise _unreadable(text)
    if _UTC_WITH_OFFSET.search(text):
        raise Unreadable(
            f"the zone in {quoted(text)} has two meanings", "write the offset alone, like 2025-04-14 09:30 +03:00"
        )
    if _ZONE_NAME.search(text):
        raise Unreadable(
            f"{quoted(text)} names a zone", "write the offset, like +02:00, or set timezone in feed.toml for all posts"
        )
    parts = _Parts()
    position = 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            raise _unreadable(text)
        _sort_in(text, match, parts)
        position = match.end()
    _complete(text, parts)
    return parts


def _sort_in(text: str, match: re.Match[str], parts: _Parts) -> None:
    if match["compact"]:
        digits = match["compact"]
        parts.year_first = (int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
        parts.years.append(parts.year_first[0])
        parts.times += bool(match["compact_time"])
    elif match["numeric"]:
        _sort_in_numeric(text, match["a"], match["b"], match["c"], parts)
    elif match["time"]:
        parts.times += 1
        parts.zones += bool(match["offset"])
    elif match["number"]:
        _sort_in_number(text, match["number"], parts)
    elif match["word"]:
        _sort_in_word(text, match["word"], parts)


def _sort_in_numeric(text: str, a: str, b: str, c: str, parts: _Parts) -> None:
    if len(a) == 4 and len(c) <= 2:
        parts.year_first = (int(a), int(b), int(c))
        parts.years.append(int(a))
    elif len(a) <= 2 and len(c) == 4:
        parts.day_and_month = {int(a), int(b)}
        parts.years.append(int(c))
    elif len(a) <= 2 and len(c) <= 2:
        raise Unreadable(f"{quoted(text)} has a year of two digits", "write all four, like 2025-04-14")
    else:
        raise _unreadable(text)


def _sort_in_number(text: str, digits: str, parts: _Parts) -> None:
    if len(digits) == 4:
        parts.years.append(int(digits))
    elif len(digits) <= 2:
        parts.numbers.append(int(digits))
    else:
        raise _unreadable(text)


def _sort_in_word(text: str, word: str, parts: _Parts) -> None:
    month, weekday = _WORDS.month(word), _WORDS.weekday(word)
    if month is not None:
        parts.months.append(month)
    elif weekday is not None:
        parts.weekdays.append(weekday)
    elif word.lower() in _UTC_NAMES:
        parts.zones += 1
    elif word.isupper() and 2 <= len(word) <= 5 and parts.years:
        raise Unreadable(
            f"{quoted(word)} is not the same offset everywhere", "write the offset, like 2025-04-14 09:30 -05:00"
        )
    elif word.lower() not in _FILLERS:
        raise _unreadable(text)


def _complete(text: str, parts: _Parts) -> None:
    """Each of year, month and day once; a time and a zone at most once, and no zone without a time."""
    whole = parts.year_first is not None or parts.day_and_month is not None
    if not whole and not parts.years and parts.months and len(parts.numbers) == 2:
        raise Unreadable(f"{quoted(text)} has a year of two digits", "write all four, like 14 April 2025")
    missing = [] if parts.years else ["year"]
    if _YEAR_AND_MONTH.fullmatch(text):
        missing = ["day"]
    elif not whole:
        missing += [] if parts.months else ["month"]
        missing += [] if parts.numbers else ["day"]
    if missing:
        *others, last = missing
        told = f"{', '.join(others)} or {last}" if others else last
        raise Unreadable(f"{quoted(text)} has no {told}", REMEDY)
    once = len(parts.years) == 1 and len(parts.weekdays) <= 1 and parts.times <= 1 and parts.zones <= parts.times
    named = len(parts.months) == 1 and len(parts.numbers) == 1
    if not once or (parts.months or parts.numbers if whole else not named):
        raise _unreadable(text)


def _parse(text: str) -> datetime:
    readings = {_dateutil(text, day_first=False)}
    if not text[:4].isdecimal():
        readings.add(_dateutil(text, day_first=True))
    if len(readings) > 1:
        one, other = sorted(readings)
        raise Unreadable(
            f"{quoted(text)} can be {one.day} {one:%B} or {other.day} {other:%B}",
            f"write {one:%Y-%m-%d} or {other:%Y-%m-%d}",
        )
    return readings.pop()


def _dateutil(text: str, *, day_first: bool) -> datetime:
    try:
        return parser.parse(
            text,
            default=datetime(2000, 1, 1),  # noqa: DTZ001 - the gate saw to it that no part comes from here
            dayfirst=day_first,
            tzinfos=_zone,
        )
    except (ValueError, OverflowError, RecursionError):
        raise Unreadable(f"{quoted(text)} names no day or time that there is", REMEDY) from None


def _zone(name: str | None, seconds: int | None) -> tzinfo | None:
    """The zone that was written; of names, only those of UTC come through the gate."""
    if name is None and seconds is None:
        return None
    return timezone(timedelta(seconds=seconds or 0))


def _agree(text: str, moment: datetime, parts: _Parts, years: range) -> None:
    """What dateutil made of it accounts for all that was written."""
    if moment.year not in years:
        raise Unreadable(f"the year in {quoted(text)} is not between {years[0]} and {years[-1]}", "correct the year")
    if parts.year_first:
        same = parts.year_first == (moment.year, moment.month, moment.day)
    elif parts.day_and_month:
        same = parts.day_and_month == {moment.day, moment.month}
    else:
        same = (parts.months, parts.numbers) == ([moment.month], [moment.day])
    if not same or parts.years != [moment.year] or (moment.tzinfo is not None) != bool(parts.zones):
        raise _unreadable(text)
    if parts.weekdays and parts.weekdays != [moment.weekday()]:
        raise Unreadable(
            f"{moment.day} {moment:%B %Y} is a {moment:%A}, which {quoted(text)} does not say",
            "correct the weekday or the day",
        )
