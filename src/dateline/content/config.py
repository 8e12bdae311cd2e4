"""feed.toml becomes a Publication."""

import re
from collections.abc import Callable
from datetime import time
from zoneinfo import ZoneInfo

from dateline.content.dates import read_date
from dateline.content.fields import Fields, Value
from dateline.content.ids import publication_id
from dateline.content.languages import language_tag
from dateline.content.podcast import read_podcast
from dateline.content.toml import read_toml
from dateline.content.urls import permalink_pattern, web_url
from dateline.content.validators import (
    author_table,
    authors,
    line_of_text,
    one_of,
    picture,
    plain,
    without_space,
    words,
    yes_or_no,
)
from dateline.content.zones import read_zone
from dateline.errors import SettingsError, Unreadable, quoted
from dateline.feed_formats import FORMATS
from dateline.model import Author, Move, Publication
from dateline.versions import is_installed

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
    "id": 'id = "tag:example.org,2025-01-01:news", with a domain that is yours, and never change it',
}


def read_settings(text: str) -> tuple[Publication, Fields]:
    """Read feed.toml; its fields come along for those who want to know what was written.

    Raises SettingsError where a key is missing, is a near miss of a known one, or cannot be read.
    """
    fields = read_toml(SETTINGS_FILE, text, SettingsError, 1)
    fields.unknown(KEYS)
    for key, example in _EXAMPLES.items():
        if fields.get(key) is None:
            raise fields.error(key, "missing", f"add {example}")
    return _publication(fields), fields


def _publication(fields: Fields) -> Publication:
    take = fields.take
    title = take("title", line_of_text) or ""
    named = take("authors", _named_authors) if isinstance(fields.get("authors"), dict) else None
    timezone = take("timezone", lambda value: read_zone(plain(value))) or ZoneInfo("UTC")
    default_time = take("default_time", _time_of_day) or time(12)
    return Publication(
        id=take("id", lambda value: publication_id(line_of_text(without_space(value)))) or "",
        title=title,
        url=take("url", _home) or "",
        description=take("description", line_of_text) or title,
        language=take("language", lambda value: language_tag(plain(value))) or "en",
        timezone=timezone,
        authors=_default_authors(fields, named or ()),
        named_authors=named or (),
        default_time=default_time,
        limit=take("limit", _limit) or 20,
        formats=take("formats", _some_of(tuple(FORMATS))) or tuple(FORMATS),
        content=take("content", one_of(CONTENTS)) or "full",
        permalink=take("permalink", lambda value: permalink_pattern(plain(value))) or "/{year}/{month}/{slug}/",
        markdown=take("markdown", _markdown) or "python-markdown",
        math=take("math", yes_or_no) or False,
        smart_quotes=take("smart_quotes", yes_or_no),
        rights=take("rights", line_of_text),
        icon=take("icon", picture),
        logo=take("logo", picture),
        generator=take("generator", yes_or_no) is not False,
        hub=take("hub", lambda value: web_url(without_space(value))),
        archives=take("archives", one_of(ARCHIVES)) or "month",
        tag_feeds=take("tag_feeds", yes_or_no) is not False,
        author_feeds=take("author_feeds", yes_or_no) is not False,
        guard=take("guard", one_of(GUARDS)) or "output",
        pages=take("pages", yes_or_no) is not False,
        stylesheet=take("stylesheet", yes_or_no) is not False,
        tombstones=take("tombstones", yes_or_no) or False,
        moved=_moved(fields, timezone, default_time),
        podcast=take("podcast", lambda value: read_podcast(value, title)),
    )


def _moved(fields: Fields, timezone: ZoneInfo, default_time: time) -> Move | None:
    """Where to, and since when: a notice has a date that stays, which no clock and no post can give it."""
    to = fields.take("moved_to", lambda value: web_url(without_space(value)))
    on = fields.take("moved_on", lambda value: read_date(plain(value), timezone, default_time).moment)
    if to and not on:
        raise fields.error("moved_to", "there is no moved_on", 'add the day of the move: moved_on = "2025-06-01"')
    if on and not to:
        raise fields.error("moved_on", "there is no moved_to", "add moved_to, the address to subscribe to")
    return Move(to, on) if to and on else None


def _named_authors(value: Value) -> tuple[tuple[str, Author], ...]:
    if not isinstance(value, dict):
        raise Unreadable("not a table", 'write [authors.mike] and below it name = "Mike Connors"')
    return tuple((key, author_table(table)) for key, table in value.items())


def _default_authors(fields: Fields, named: tuple[tuple[str, Author], ...]) -> tuple[Author, ...]:
    in_list = None if isinstance(fields.get("authors"), dict) else fields.get("authors")
    if in_list is not None and fields.get("author") is not None:
        raise fields.error("authors", "there is an author too", "keep one of the two")
    key = "author" if in_list is None else "authors"
    return fields.take(key, lambda value: authors(value, named)) or ()


def _home(value: Value) -> str:
    url = web_url(without_space(value))
    if "?" in url or "#" in url:
        raise Unreadable(f"{quoted(url)} has a query or a fragment", "write the address of a folder")
    return url if url.endswith("/") else url + "/"


def _time_of_day(value: Value) -> time:
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?::00)?", plain(value))
    if not match:
        raise Unreadable(f"{quoted(value)} is no time of day", "write it like 12:00")
    return time(int(match[1]), int(match[2]))


def _limit(value: Value) -> int:
    text = plain(value)
    if not re.fullmatch(r"[1-9]\d{0,5}", text):
        raise Unreadable(f"{quoted(text)} is no number of posts", "write a whole number from 1, like 20")
    return int(text)


def _some_of(choices: tuple[str, ...]) -> Callable[[Value], tuple[str, ...]]:
    one = one_of(choices)

    def read(value: Value) -> tuple[str, ...]:
        wanted = {one(item) for item in words(value)}
        if not wanted:
            raise Unreadable("an empty list", f"write one or more of {', '.join(choices)}")
        return tuple(choice for choice in choices if choice in wanted)

    return read


def _markdown(value: Value) -> str:
    """The name of an engine, which is there: one of the two is an extra."""
    name = one_of(MARKDOWNS)(value)
    if name == "commonmark" and not is_installed("comrak_ext"):
        raise Unreadable("'commonmark' needs a library that is not installed", "pip install 'dateline[commonmark]'")
    return name
