"""The dates of a post: when it was published, until when it is held, and when it last changed.

Programs disagree about the names of these, and about what to do without one, so there is an order of preference.
"""

from collections.abc import Iterator
from datetime import datetime

from dateline.content import validators as read
from dateline.content.corrections import not_before
from dateline.content.dates import EPOCH, Date, ReadDate, date_and_time
from dateline.content.front_matter import split
from dateline.content.front_matter_keys import DATES, HOLDING, LATE_DATES, UPDATED
from dateline.content.ids import split_date
from dateline.content.key_values import Fields
from dateline.errors import DatelineError, InputError, quoted
from dateline.lazy_patterns import lazy_pattern
from dateline.model import Note, Post, Source

_SWITCHES = read.YES | read.NO
_BY_PREFERENCE = (*DATES, *LATE_DATES)
_NO_DATE = Date(EPOCH, timed=True)  # in place of one that is missing or wrong
_DATED_PATH = lazy_pattern(r"/?(?:.*/)?(\d{4})/(\d\d)/(\d\d)(?:/|$)")


def is_switch(fields: Fields) -> bool:
    """Return whether ``published`` says if the post is a draft; otherwise it is a date."""
    written = fields.get("published")
    return written is not None and str(written).strip().lower() in _SWITCHES


def read_dates(fields: Fields, stem: str, date: ReadDate, *, is_page: bool) -> tuple[Date, datetime]:
    """Return when a post was published, and from when on it may be shown. `stem` is its file's name.

    A page needs no date: without one, it has that of the EPOCH.
    """
    found = _in_keys(fields, date)
    dates = [found[key] for key in found if key in DATES]
    published = dates[0] if dates else _in_names(fields, stem, date)
    if published is None:
        published = _NO_DATE if is_page else _next_best(fields, found, date)
    return published, max([published.moment, *[found[key].moment for key in found if key in HOLDING]])


def _in_keys(fields: Fields, date: ReadDate) -> dict[str, Date]:
    keys = fields.among(_BY_PREFERENCE)
    if is_switch(fields):
        keys.remove("published")
    return {key: fields.take(key, date) or _NO_DATE for key in keys}


def _in_names(fields: Fields, stem: str, date: ReadDate) -> Date | None:
    """Return the date at the beginning of the file's name, or in its folders, or in Zola's ``path``."""
    for where, in_name in _dates_in_names(fields, stem):
        return fields.read("date", date, in_name, f"in {where}, ", "add date: 2025-04-14, or correct it") or _NO_DATE
    return None


def _dates_in_names(fields: Fields, stem: str) -> Iterator[tuple[str, str]]:
    if in_name := split_date(stem)[0]:
        yield "the file name", in_name
    for where, path in (("the folders", fields.path), ("path:", str(fields.get("path") or ""))):
        if match := _DATED_PATH.match(path):
            yield where, "-".join(match.groups())


def _next_best(fields: Fields, found: dict[str, Date], date: ReadDate) -> Date:
    """Return a date of LATE_DATES, or one of a change; the error for none names a key that may be meant."""
    if late := next((found[key] for key in LATE_DATES if key in found), None):
        return late
    if key := fields.first(*UPDATED):
        fields.remark(key, "used as the date of the post, which has no other", "rename it to date:")
        return fields.take(key, date) or _NO_DATE
    remedy = "add date: 2025-04-14, or name the file 2025-04-14-title.md"
    for key, value in fields.values.items():
        if isinstance(value, str) and _is_date(value, date):
            remedy = f"rename {fields.names.get(key, key)}: to date:, if {quoted(value)} is the date of the post"
            break
    fields.wrong("date", "missing", remedy)
    return _NO_DATE


def _is_date(text: str, date: ReadDate) -> bool:
    try:
        return bool(date(text))
    except InputError:
        return False


def read_updated(fields: Fields, published: Date, date: ReadDate, notes: tuple[Note, ...]) -> datetime:
    """Return when a post last changed, by ``updated:`` or its newest note; a date before its own does not count."""
    updated = published
    dates = {key: found for key in fields.among(UPDATED) if (found := fields.take(key, date))}
    if dates:
        key, first = next(iter(dates.items()))
        for other, found in dates.items():
            if found != first:
                fields.wrong(other, f"differs from {key}:", "keep one of them")
        try:
            updated = not_before(first, published)
        except InputError as error:
            fields.remark(key, f"{error.problem}, so it counts as not updated", "correct or remove it")
    return max([updated.moment, *(note.published for note in notes)])


def future_change_error(source: Source, post: Post, now: datetime) -> DatelineError:
    """Return the error for a post with an update, a note or a withdrawal in the future."""
    fields, _ = split(source)
    late = post.updated.replace(microsecond=0)
    key = fields.first(*UPDATED) or UPDATED[0]
    if post.withdrawn:
        key = "withdrawn"
    elif note := next((note for note in post.notes if note.published == late), None):
        key = "retracted" if note.kind == "retraction" else "corrections"
    return fields.error(key, f"{date_and_time(late)} is in the future", earlier(late, now, "the change"))


def earlier(late: datetime, now: datetime, what: str) -> str:
    """Return the remedy for a date in the future. Today without a time may mean a later hour."""
    here = now.astimezone(late.tzinfo)
    like = f", like {here:%Y-%m-%d %H:%M}" if here.date() == late.date() else ""
    return f"write the time of {what}{like}, or correct the date"
