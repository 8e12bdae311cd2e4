"""A date becomes an aware datetime, or is refused.

Dates in the form of ISO 8601 are read here; for others it takes `loose_dates`, which is loaded only then.
"""

import re
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from typing import NamedTuple

from dateline.errors import SettingsError, Unreadable, quoted
from dateline.hashing import digest_bytes

FIRST_YEAR, LAST_YEAR = 1970, 2100
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ]((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?)(?: ?(Z|[+-]\d\d:[0-5]\d))?)?", re.ASCII
)

MONTHS = """
    January February March April May June July August September October November December
""".split()


class Written(NamedTuple):
    """A date that was read. `timed` is false where only the day was written."""

    moment: datetime
    timed: bool


def read_date(text: str, zone: tzinfo, default_time: time) -> Written:
    """Read `text`; a local time is in `zone`, and a day alone is that day at `default_time`.

    The result has whole seconds and a fixed offset of whole minutes, so that the calendar date that was
    written stays in it. Raises Unreadable for all that has no one meaning.
    """
    text = text.strip()
    moment, timed = _iso(text) or _loosely(text)
    if not timed:
        moment = datetime.combine(moment.date(), default_time, moment.tzinfo)
    if moment.tzinfo is None:
        moment = _local(moment, zone)
    return Written(_fixed(text, moment.replace(microsecond=0)), timed)


def _iso(text: str) -> tuple[datetime, bool] | None:
    """A date as ISO 8601 has it, where that leaves nothing to look into."""
    match = _ISO.fullmatch(text)
    if not match or not FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
        return None
    day, clock, offset = match.groups()
    try:
        return datetime.fromisoformat(f"{day}T{clock}{offset or ''}" if clock else day), clock is not None
    except ValueError:  # a day that the month does not have, of which the other reader tells
        return None


def _loosely(text: str) -> tuple[datetime, bool]:
    from dateline.content.date_parser import read_loosely

    return read_loosely(text, range(FIRST_YEAR, LAST_YEAR + 1))


def read_now(text: str | None, zone: tzinfo, default_time: time) -> datetime:
    """The moment that counts as now: `text`, or the clock. Raises SettingsError where `text` is no date."""
    if not text:
        return datetime.now(UTC)
    try:
        return read_date(text, zone, default_time).moment
    except Unreadable as error:
        raise SettingsError("--now or DATELINE_NOW", None, error.problem, error.remedy) from None


def told(moment: datetime) -> str:
    """A moment as messages tell it."""
    return f"{moment:%Y-%m-%d at %H:%M} (UTC{moment.isoformat()[-6:]})"


def with_offset(moment: datetime) -> str:
    """A moment as people write it, without doubt: ``2025-04-14 09:30 -06:00``."""
    return f"{moment:%Y-%m-%d %H:%M} {moment.isoformat()[-6:]}"


def in_utc(moment: datetime) -> str:
    """A moment in UTC, as RFC 3339 has it, with ``Z`` at its end."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def day_in_words(moment: datetime) -> str:
    """The day as English readers write it, in whatever locale: 14 May 2025."""
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"


def apart(moment: datetime, id: str) -> datetime:
    """The same moment with a fraction of a second from an id, for dates that were written to the day or minute only.

    Two entries of one day would else share one atom:updated, of which the W3C validator warns. The fraction
    depends on nothing but the id, so it never moves.
    """
    return moment.replace(microsecond=1 + int(digest_bytes(id.encode(), 8), 16) % 999_999)


def _local(naive: datetime, zone: tzinfo) -> datetime:
    """A wall-clock time in `zone`, where the clocks show it exactly once."""
    first, second = (naive.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    before, after = first.utcoffset() or timedelta(), second.utcoffset() or timedelta()
    if before != after:
        skipped = before < after
        offsets = f"{first.isoformat()[-6:]} or {second.isoformat()[-6:]}"
        raise Unreadable(
            f"{naive:%Y-%m-%d %H:%M} {'does not exist' if skipped else 'exists twice'} in {zone} (the clocks change)",
            "write another time" if skipped else f"add the offset, {offsets}",
        )
    return first


def _fixed(text: str, moment: datetime) -> datetime:
    """The same moment under a fixed offset of whole minutes, which is all that feeds can write."""
    if moment.tzinfo is UTC:
        return moment
    offset = moment.utcoffset() or timedelta()
    if abs(offset) > timedelta(hours=14):
        raise Unreadable(f"no place is as far from UTC as {quoted(text)} says", "correct the offset")
    minutes = timedelta(minutes=offset // timedelta(minutes=1))
    return moment.astimezone(timezone(minutes) if minutes else UTC)
