"""feed.toml becomes a Publication."""

import re
from datetime import time
from zoneinfo import ZoneInfo

from dateline.content import validators as read
from dateline.content.dates import read_date, read_zone
from dateline.content.fields import Fields, Value
from dateline.content.ids import publication_id
from dateline.content.podcast import read_podcast
from dateline.content.toml import read_toml
from dateline.content.urls import permalink_pattern
from dateline.errors import InputError, SettingsError, quoted
from dateline.feed_formats import FORMATS
from dateline.hashing import is_installed
from dateline.model import Author, Move, Publication

SETTINGS_FILE = "feed.toml"
CONTENTS = ("full", "summary")
ARCHIVES = ("month", "day", "off")
GUARDS = ("output", "live")
MARKDOWNS = ("python-markdown", "commonmark")
KEYS = frozenset(
    "title url id description language timezone author authors default_time limit formats content permalink "
    "markdown math smart_quotes rights icon logo generator hub archives tag_feeds author_feeds guard pages stylesheet "
    "tombstones moved_to moved_on podcast".split()
)
_EXAMPLES = {
    "title": 'title = "The Daily Example"',
    "url": 'url = "https://example.org/"',
    "id": 'id = "tag:example.org,2025-01-01:news", with your own domain, and never change it',
}


def read_settings(text: str) -> tuple[Publication, Fields]:
    """Read feed.toml; its fields say what was written.

    Raises SettingsError if a key is missing, is a near miss of a known one, or cannot be read.
    """
    fields = read_toml(SETTINGS_FILE, text, SettingsError, 1)
    fields.unknown(KEYS)
    for key, example in _EXAMPLES.items():
        if fields.get(key) is None:
            raise fields.error(key, "missing", f"add {example}")
    return _publication(fields), fields


def _publication(fields: Fields) -> Publication:
    take = fields.take
    title = take("title", read.line_of_text) or ""
    named = take("authors", _named_authors) or ()
    timezone = take("timezone", lambda value: read_zone(read.single(value))) or ZoneInfo("UTC")
    default_time = take("default_time", _time_of_day) or time(12)
    return Publication(
        id=take("id", lambda value: publication_id(read.line_of_text(read.stripped(value)))) or "",
        title=title,
        url=take("url", _home) or "",
        description=take("description", read.line_of_text) or title,
        language=take("language", read.language) or "en",
        timezone=timezone,
        authors=_default_authors(fields, named),
        named_authors=named,
        default_time=default_time,
        limit=take("limit", _limit) or 20,
        formats=take("formats", _formats) or tuple(FORMATS),
        content=take("content", read.one_of(CONTENTS)) or "full",
        permalink=take("permalink", lambda value: permalink_pattern(read.single(value))) or "/{year}/{month}/{slug}/",
        markdown=take("markdown", _markdown) or "python-markdown",
        math=take("math", read.yes_or_no) or False,
        smart_quotes=take("smart_quotes", read.yes_or_no),
        rights=take("rights", read.line_of_text),
        icon=take("icon", read.file_or_url),
        logo=take("logo", read.file_or_url),
        generator=take("generator", read.yes_or_no) is not False,
        hub=take("hub", read.url),
        archives=take("archives", read.one_of(ARCHIVES)) or "month",
        tag_feeds=take("tag_feeds", read.yes_or_no) is not False,
        author_feeds=take("author_feeds", read.yes_or_no) is not False,
        guard=take("guard", read.one_of(GUARDS)) or "output",
        pages=take("pages", read.yes_or_no) is not False,
        stylesheet=take("stylesheet", read.yes_or_no) is not False,
        tombstones=take("tombstones", read.yes_or_no) or False,
        moved=_moved(fields, timezone, default_time),
        podcast=take("podcast", lambda value: read_podcast(value, title)),
    )


def _moved(fields: Fields, timezone: ZoneInfo, default_time: time) -> Move | None:
    # The date has to be written: the notice in the feed keeps it, and no clock and no post could give it.
    to = fields.take("moved_to", read.url)
    on = fields.take("moved_on", lambda value: read_date(read.single(value), timezone, default_time).moment)
    if to and not on:
        raise fields.error("moved_to", "set without moved_on", 'add the day of the move: moved_on = "2025-06-01"')
    if on and not to:
        raise fields.error("moved_on", "set without moved_to", "add moved_to, the address to subscribe to")
    return Move(to, on) if to and on else None


def _named_authors(value: Value) -> tuple[tuple[str, Author], ...]:
    return tuple((key, read.author_table(table)) for key, table in value.items()) if isinstance(value, dict) else ()


def _default_authors(fields: Fields, named: tuple[tuple[str, Author], ...]) -> tuple[Author, ...]:
    in_list = None if isinstance(fields.get("authors"), dict) else fields.get("authors")
    if in_list is not None and fields.get("author") is not None:
        raise fields.error("authors", "author is set too", "keep one of the two")
    key = "author" if in_list is None else "authors"
    return fields.take(key, lambda value: read.authors(value, named)) or ()


def _home(value: Value) -> str:
    url = read.url(value)
    if "?" in url or "#" in url:
        raise InputError(f"{quoted(url)} has a query or fragment", "write the URL of a folder")
    return url if url.endswith("/") else url + "/"


def _time_of_day(value: Value) -> time:
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?::00)?", read.single(value))
    if not match:
        raise InputError(f"{quoted(value)} is not a time of day", "write it like 12:00")
    return time(int(match[1]), int(match[2]))


def _limit(value: Value) -> int:
    text = read.single(value)
    if not re.fullmatch(r"[1-9]\d{0,5}", text):
        raise InputError(f"{quoted(text)} is not a number of posts", "write a whole number from 1, like 20")
    return int(text)


def _formats(value: Value) -> tuple[str, ...]:
    wanted = set(map(read.one_of(tuple(FORMATS)), read.list_of_text(value)))
    if not wanted:
        raise InputError("empty list", f"write one or more of {', '.join(FORMATS)}")
    return tuple(name for name in FORMATS if name in wanted)


def _markdown(value: Value) -> str:
    """Return the name of an engine that is installed: one of the two is an extra."""
    name = read.one_of(MARKDOWNS)(value)
    if name == "commonmark" and not is_installed("comrak_ext"):
        raise InputError("'commonmark' needs a library that is not installed", "run pip install 'dateline[commonmark]'")
    return name
