"""Read dates as people write them, like 14 April 2025. Only this module uses dateutil.

dateutil is generous: it fills in missing parts from today, swaps day and month if only that makes a date, reads
``UTC+3`` as three hours *west*, and asks the machine what EST is. So the text is first taken apart, and dateutil's
result has to agree with every part. Nothing is guessed.
"""

import re
from collections import defaultdict
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any

from dateutil import parser

from dateline.errors import InputError, quoted
from dateline.lazy_patterns import lazy_pattern

REMEDY = "write it like 2025-04-14, 2025-04-14 09:30 or 14 April 2025"

_PART = lazy_pattern(
    r"""
    (?P<compact>\d{8}(?:T\d{4}(?:\d\d)?)?(?!\d))
  | (?P<year_first>\d{4}(?P<a>[-/.])\d{1,2}(?P=a)\d{1,2}(?!\d))
  | (?P<year_last>\d{1,2}(?P<b>[-/.])\d{1,2}(?P=b)\d{4}(?!\d))
  | (?P<short>\d{1,2}(?P<c>[-/.])\d{1,2}(?P=c)\d{1,2}(?!\d))
  | (?P<time>(?:(?:0?[1-9]|1[0-2])(?::\d\d(?::\d\d)?)?\ *[ap]m\b
            |\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?!\d|\ *[ap]m))
        (?P<offset>\ *[+-]\d{1,2}(?::?[0-5]\d)?(?!\d|:))?)
  | (?P<number>\d{1,2}|\d{4})(?!\d)(?:st|nd|rd|th)?
  | (?P<word>[a-z]+)
  | (?P<gap>[\s,./-]+)
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_ZONE_NAME = lazy_pattern(r"[A-Za-z]+/[A-Za-z_]+")
_YEAR_AND_MONTH = lazy_pattern(r"\d{4}[-/.]\d{1,2}")
_UTC_WITH_OFFSET = lazy_pattern(r"\b(?:UTC?|GMT|Z)\s*[+-]\s*\d", re.IGNORECASE)
_ZONE = lazy_pattern(r"\b(?:utc?|gmt|z)\b", re.IGNORECASE)
_UTC_NAMES = {"utc", "gmt", "ut", "z"}
_FILLERS = {"t", "at", "on", "of"}
_WORDS = parser.parserinfo()
_DAY = ("year", "month", "day")


# The parts of a text by kind. A "date" is one in numbers, as the set of (year, month, day) that it may mean; "year",
# "month", "day" and "weekday" are numbers; "time" and "zone" are text.
_Parts = defaultdict[str, list[Any]]


def read_loosely(text: str, years: range) -> tuple[datetime, bool]:
    """Return the moment that `text` names, naive if it names no zone, and whether it names a time of day.

    Raises InputError for text without exactly one meaning, or a year outside `years`.
    """
    if len(text) > 100:
        raise _unreadable(text)
    text = _ZONE.sub(lambda match: match[0].upper(), text)
    if _UTC_WITH_OFFSET.search(text):
        remedy = "write the offset alone, like 2025-04-14 09:30 +03:00"
        raise InputError(f"the time zone in {quoted(text)} is ambiguous", remedy)
    if _ZONE_NAME.search(text):
        remedy = "write the offset, like +02:00, or set timezone in feed.toml"
        raise InputError(f"{quoted(text)} names a time zone", remedy)
    parts = _take_apart(text)
    _check_complete(text, parts)
    _check_repeated(text, parts)
    moment = _parse(text)
    if moment.year not in years:
        raise InputError(f"the year in {quoted(text)} is not between {years[0]} and {years[-1]}", "correct the year")
    day = moment.year, moment.month, moment.day
    written = parts["date"][0] if parts["date"] else {tuple(parts[name][0] for name in _DAY)}
    if day not in written or (moment.tzinfo is None) == bool(parts["zone"]):
        raise _unreadable(text)
    if parts["weekday"] not in ([], [moment.weekday()]):
        right, wrong = (_WORDS.WEEKDAYS[number][-1] for number in (moment.weekday(), *parts["weekday"]))
        problem = f"{moment.day} {_month(moment)} {moment.year} is a {right}, not a {wrong}"
        raise InputError(problem, "correct the weekday or the date")
    return moment, bool(parts["time"])


def _month(moment: datetime) -> str:
    return str(_WORDS.MONTHS[moment.month - 1][-1])


def _unreadable(text: str) -> InputError:
    return InputError(f"cannot read {quoted(text)}", REMEDY)


def _take_apart(text: str) -> _Parts:
    """Sort the parts of a text by kind. Raises InputError for anything that cannot be part of a date."""
    parts = _Parts(list)
    position = 0
    while position < len(text):
        found = _PART.match(text, position)
        if found is None:
            raise _unreadable(text)
        _add(text, found, parts)
        position = found.end()
    return parts


def _add(text: str, found: re.Match[str], parts: _Parts) -> None:
    written = found[0]
    match found.lastgroup:
        case "compact":
            parts["date"].append({(int(written[:4]), int(written[4:6]), int(written[6:8]))})
            parts["time"] += [written[8:]] if len(written) > 8 else []
        case "year_first":
            parts["date"].append({tuple(map(int, re.split("[-/.]", written)))})
        case "year_last":
            one, other, year = map(int, re.split("[-/.]", written))
            parts["date"].append({(year, one, other), (year, other, one)})
        case "time":
            parts["time"].append(written)
            parts["zone"] += filter(None, [found["offset"]])
        case "number":
            parts["year" if len(found["number"]) == 4 else "day"].append(int(found["number"]))
        case "word":
            _add_word(text, written, parts)
        case "short":
            raise InputError(f"{quoted(text)} has a year of two digits", "write all four, like 2025-04-14")


def _add_word(text: str, word: str, parts: _Parts) -> None:
    month, weekday = _WORDS.month(word), _WORDS.weekday(word)
    if month is not None:
        parts["month"].append(month)
    elif weekday is not None:
        parts["weekday"].append(weekday)
    elif word.lower() in _UTC_NAMES:
        parts["zone"].append(word)
    elif word.isupper() and 2 <= len(word) <= 5 and (parts["year"] or parts["date"]):
        raise InputError(f"{quoted(word)} is ambiguous", "write the offset, like 2025-04-14 09:30 -05:00")
    elif word.lower() not in _FILLERS:
        raise _unreadable(text)


def _check_complete(text: str, parts: _Parts) -> None:
    if not parts["date"] and not parts["year"] and parts["month"] and len(parts["day"]) == 2:
        raise InputError(f"{quoted(text)} has a year of two digits", "write all four, like 14 April 2025")
    missing = [name for name in _DAY if not (parts[name] or parts["date"])]
    if _YEAR_AND_MONTH.fullmatch(text):
        missing = ["day"]
    if missing:
        names = " or ".join(filter(None, (", ".join(missing[:-1]), missing[-1])))
        raise InputError(f"{quoted(text)} has no {names}", REMEDY)


def _check_repeated(text: str, parts: _Parts) -> None:
    """Allow year, month and day once each, a weekday, a time and a zone at most once, and no zone without a time."""
    once = {len(parts[name]) + len(parts["date"]) for name in _DAY} == {1}
    if not once or len(parts["weekday"]) > 1 or len(parts["time"]) > 1 or len(parts["zone"]) > len(parts["time"]):
        raise _unreadable(text)


def _parse(text: str) -> datetime:
    readings = {_dateutil(text, day_first=False)}
    if not text[:4].isdecimal():
        readings.add(_dateutil(text, day_first=True))
    if len(readings) > 1:
        one, other = sorted(readings)
        problem = f"{quoted(text)} can be {one.day} {_month(one)} or {other.day} {_month(other)}"
        raise InputError(problem, f"write {one:%Y-%m-%d} or {other:%Y-%m-%d}")
    return readings.pop()


def _dateutil(text: str, *, day_first: bool) -> datetime:
    nothing = datetime(2000, 1, 1)  # noqa: DTZ001 - unused, since no part is missing
    try:
        return parser.parse(text, default=nothing, dayfirst=day_first, tzinfos=_zone)
    except (ValueError, OverflowError, RecursionError):
        raise InputError(f"{quoted(text)} is not a date or time that exists", REMEDY) from None


def _zone(name: str | None, seconds: int | None) -> tzinfo | None:
    """Return the zone of a time; the only names that get this far are those of UTC."""
    return None if name is None and seconds is None else timezone(timedelta(seconds=seconds or 0))
