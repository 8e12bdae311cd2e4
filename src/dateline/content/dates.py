"""Dates and time zones: read a date as an aware datetime or refuse it, and format it for messages and feeds.

Dates in ISO 8601 are read here; all others by `date_parser`, which is loaded only for them, and those that are not
English by `local_dates`.
"""

import re
import zoneinfo
from collections.abc import Callable, Collection
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateline.content.key_values import Value
from dateline.errors import InputError, SettingsError, quoted
from dateline.hashing import digest_bytes
from dateline.lazy_patterns import lazy_pattern

FIRST_YEAR, LAST_YEAR = 1970, 2100
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AFTER_ALL_POSTS = datetime(2102, 1, 1, tzinfo=UTC)  # later than any date that a post can have
_MINUTE, _LARGEST_OFFSET = timedelta(minutes=1), timedelta(hours=14)
_ISO = lazy_pattern(
    r"(\d{4}-\d\d-\d\d)(?:[T ]((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?)(?: ?(Z|[+-]\d\d:[0-5]\d))?)?", re.ASCII
)


class Date(NamedTuple):
    """A date as read. `timed` is false if only the day was written."""

    moment: datetime
    timed: bool


ReadDate = Callable[[Value], Date]  # reads the value of a key


def read_date(text: str, zone: tzinfo, default_time: time, languages: Collection[str] = ()) -> Date:
    """Read `text`; a local time is in `zone`, and a day alone means `default_time` on that day.

    What cannot be read in English is tried in `languages`. The result has whole seconds and a fixed offset of whole
    minutes, so its calendar date is the one that was written. Raises InputError for text without exactly one meaning.
    """
    text = text.strip()
    moment = timed = None
    if (match := _ISO.fullmatch(text)) and FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
        day, timed, offset = match.groups()
        try:
            moment = datetime.fromisoformat(f"{day}T{timed}{offset or ''}" if timed else day)
        except ValueError:  # no such day: the other reader explains it
            moment = None
    if moment is None:
        from dateline.content.date_parser import read_loosely

        try:
            moment, timed = read_loosely(text, range(FIRST_YEAR, LAST_YEAR + 1))
        except InputError:
            written = _in_iso(text, languages)
            if written is None:
                raise
            return read_date(written, zone, default_time)
    if not timed:
        moment = datetime.combine(moment.date(), default_time, moment.tzinfo)
    if moment.tzinfo is None:
        moment = _local(moment, zone)
    return Date(_fixed(text, moment.replace(microsecond=0) if moment.microsecond else moment), bool(timed))


def _in_iso(text: str, languages: Collection[str]) -> str | None:
    """Return a date as some of the languages have it in ISO 8601; None if it is none, or not the same in all."""
    from dateline.content.local_dates import in_iso

    readings = {found for language in dict.fromkeys(languages) if (found := in_iso(text, language))}
    return readings.pop() if len(readings) == 1 else None


def _local(naive: datetime, zone: tzinfo) -> datetime:
    """Return a local time in `zone`. Raises InputError unless clocks there show it exactly once."""
    first, second = (naive.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    before, after = first.utcoffset() or timedelta(), second.utcoffset() or timedelta()
    if before != after:
        skipped = before < after
        offsets = f"{first.isoformat()[-6:]} or {second.isoformat()[-6:]}"
        raise InputError(
            f"{naive:%Y-%m-%d %H:%M} {'does not exist' if skipped else 'exists twice'} in {zone} (the clocks change)",
            "write another time" if skipped else f"add the offset, {offsets}",
        )
    return first


def _fixed(text: str, moment: datetime) -> datetime:
    """Return a moment with a fixed offset of whole minutes, all that feeds can carry."""
    if moment.tzinfo is UTC:
        return moment
    offset = moment.utcoffset() or timedelta()
    if abs(offset) > _LARGEST_OFFSET:
        raise InputError(f"the offset in {quoted(text)} is more than 14 hours", "correct it")
    if isinstance(moment.tzinfo, timezone) and offset and not offset % _MINUTE:
        return moment
    minutes = offset // _MINUTE * _MINUTE
    return moment.astimezone(timezone(minutes) if minutes else UTC)


def read_now(text: str | None, zone: tzinfo, default_time: time) -> datetime:
    """Return `text` as the current time, or the clock's if it is empty. Raises SettingsError if it is not a date."""
    if not text:
        return datetime.now(UTC)
    try:
        return read_date(text, zone, default_time).moment
    except InputError as error:
        raise error.at(SettingsError, "--now or DATELINE_NOW") from None


def read_zone(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name, from the system or the package tzdata. Raises InputError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError):  # also for the name of a folder, or one outside the database
        remedy = "write its IANA name, like America/El_Salvador or UTC"
        raise InputError(f"{quoted(name)} is not a time zone", remedy) from None


def zone_file(zone: ZoneInfo) -> str:
    """Return the path of the file with the rules of a zone, which change with releases of the database."""
    for root in zoneinfo.TZPATH:
        file = Path(root, zone.key)
        if file.is_file():
            return str(file)
    from importlib.resources import files  # slow to import

    return str(files("tzdata").joinpath("zoneinfo", *zone.key.split("/")))


def date_and_time(moment: datetime) -> str:
    """Return a moment for messages: ``2025-04-14 at 09:30 (UTC-06:00)``."""
    return f"{moment:%Y-%m-%d at %H:%M} (UTC{moment.isoformat()[-6:]})"


def with_offset(moment: datetime) -> str:
    """Return a moment as front matter has it: ``2025-04-14 09:30 -06:00``."""
    return f"{moment:%Y-%m-%d %H:%M} {moment.isoformat()[-6:]}"


def in_utc(moment: datetime) -> str:
    """Return a moment in UTC as in RFC 3339, ending in ``Z``."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def with_fraction(moment: datetime, id: str) -> datetime:
    """Return a moment with a fraction of a second made from an id, for a date written to the day or minute.

    The W3C validator warns of entries that share an atom:updated, as those of one day would. The fraction depends on
    the id alone, so it never changes.
    """
    return moment.replace(microsecond=1 + int(digest_bytes(id.encode(), 8), 16) % 999_999)
