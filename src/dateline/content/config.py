"""Read feed.toml as a Publication."""

import posixpath
import re
from collections.abc import Callable
from datetime import datetime, time
from functools import partial
from itertools import chain, pairwise
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from dateline.content import validators as read
from dateline.content.allow import read_allow
from dateline.content.assets import asset_folder
from dateline.content.authors import NAMED_AUTHORS, authors, read_authors
from dateline.content.dates import read_date, read_zone
from dateline.content.ids import MAX_SLUG, is_label_slug, label_key, publication_id, slugify
from dateline.content.key_values import Fields, Value
from dateline.content.menu import read_menu
from dateline.content.own_words import read_addresses, read_own_words
from dateline.content.podcast import PODCAST, read_podcast
from dateline.content.publish_settings import PUBLISH, read_publish
from dateline.content.scan import FOLDER_OF_POSTS, PAGES_FOLDER, STATIC_FOLDER, TEMPLATES_FOLDER
from dateline.content.schema import (
    DATE,
    TEXT,
    URL,
    Schema,
    any_of,
    list_of_words,
    one_or_list,
    schema_of,
    table_of,
    written_as,
)
from dateline.content.theme import THEME, read_theme
from dateline.content.toml import read_toml
from dateline.content.urls import feed_file, permalink_pattern
from dateline.errors import InputError, SettingsError, quoted
from dateline.feed_formats import FEED_FILES, FORMATS
from dateline.hashing import is_installed
from dateline.installation import how_to_install
from dateline.model import Move, Publication
from dateline.paths import SETTINGS_FILE

MAX_COPIES = 20  # of each feed in a format
FOOTER_PLACEHOLDERS = ("title", "url", "author")
_OWN_FOLDERS = (STATIC_FOLDER, TEMPLATES_FOLDER, FOLDER_OF_POSTS, PAGES_FOLDER)  # below that of posts
MARKDOWNS = ("python-markdown", "commonmark")


@written_as(URL)
def home(value: Value) -> str:
    """Read the URL of a publication, and end it with a slash. Raises InputError."""
    url = read.url(value)
    if "?" in url or "#" in url:
        raise InputError(f"{quoted(url)} has a query or fragment", "write the URL of a folder")
    return url if url.endswith("/") else url + "/"


@written_as({"type": "string", "pattern": r"^([01]?\d|2[0-3]):[0-5]\d(:00)?$"})
def _time_of_day(value: Value) -> time:
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?::00)?", read.single(value))
    if not match:
        raise InputError(f"{quoted(value)} is not a time of day", "write it like 12:00")
    return time(int(match[1]), int(match[2]))


@written_as(list_of_words(TEXT))
def _languages(value: Value) -> tuple[str, ...]:
    return tuple(dict.fromkeys(read.each(read.language, read.list_of_text(value))))


@written_as(TEXT)
def _feed_footer(value: Value) -> str:
    text = read.markdown(value)
    if unknown := [name for name in re.findall(r"\{(\w+)\}", text) if name not in FOOTER_PLACEHOLDERS]:
        known = ", ".join(f"{{{name}}}" for name in FOOTER_PLACEHOLDERS)
        raise InputError(f"unknown placeholder {quoted(f'{{{unknown[0]}}}')}", f"use {known}")
    return text


@written_as(list_of_words({"enum": [*FORMATS]}))
def _formats(value: Value) -> tuple[str, ...]:
    wanted = set(map(read.one_of(*FORMATS), read.list_of_text(value)))
    if not wanted:
        raise InputError("empty list", f"write one or more of {', '.join(FORMATS)}")
    return tuple(name for name in FORMATS if name in wanted)


@written_as(table_of({**dict.fromkeys(FORMATS, TEXT), "also": table_of(dict.fromkeys(FORMATS, one_or_list(TEXT)))}))
def _feed_files(value: Value, formats: tuple[str, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    files, also = _tables_of_files(value)
    if unused := sorted({*files, *also} - set(formats)):
        raise InputError(f"{unused[0]} is not one of the formats", "add it to formats, or remove it here")
    copies = {name: read.as_list(also.get(name, [])) for name in FORMATS}
    if any(len(paths) > MAX_COPIES for paths in copies.values()):
        raise InputError(f"more than {MAX_COPIES} paths under also", "name those that people are subscribed to")
    written = {name: [files.get(name, row.filename), *copies[name]] for name, row in FORMATS.items()}
    paths = {name: tuple(feed_file(read.stripped(file)) for file in names) for name, names in written.items()}
    of_feeds = sorted(chain.from_iterable(paths[name] for name in formats))
    if twice := [path for path, other in pairwise(of_feeds) if path == other]:
        raise InputError(f"{quoted(twice[0])} is the path of two feeds", "give one of them another name")
    return tuple(paths.items())


def _tables_of_files(value: Value) -> tuple[dict[str, Value], dict[str, Value]]:
    """Return the table of files by format, and the one of further files under its key ``also``."""
    files = read.table(value, 'write rss = "feed.xml" and the like below [feed_files]', *FORMATS, "also")
    also = files.get("also", {})
    if not isinstance(also, dict):
        raise InputError("also is not a table", 'write also = {rss = ["feed/index.html"]}')
    read.check_keys(also, *FORMATS)
    return {name: file for name, file in files.items() if name != "also"}, also


@written_as(TEXT)
def _output(value: Value) -> str:
    path = posixpath.normpath(read.line_of_text(value))
    names = path.removeprefix("../").split("/")
    is_far = path.startswith(("/", "~")) or (path.startswith("../") and len(names) > 1)
    if is_far or "\\" in path:
        # The setting may come with a repository from the web.
        raise InputError(
            f"{quoted(path)} is not a folder here, or next to this one", 'write it like "public" or "../public"'
        )
    if any(name.startswith(".") or name in _OWN_FOLDERS for name in names):
        raise InputError(f"{quoted(path)} is not a folder for the output", 'write another, like "public"')
    return path


@written_as({"enum": [*MARKDOWNS]})
def _markdown(value: Value) -> str:
    name = read.one_of(*MARKDOWNS)(value)
    if name == "commonmark" and not is_installed("comrak_ext"):
        raise InputError("'commonmark' needs a library that is not installed", how_to_install("commonmark"))
    return name


@written_as(TEXT)
def _id(value: Value) -> str:
    return publication_id(read.line_of_text(read.stripped(value)))


@written_as(TEXT)
def _timezone(value: Value) -> ZoneInfo:
    return read_zone(read.single(value))


@written_as(TEXT)
def _permalink(value: Value) -> str:
    return permalink_pattern(read.single(value))


@written_as(list_of_words(TEXT))
def _old_permalinks(value: Value) -> tuple[str, ...]:
    return tuple(read.each(permalink_pattern, read.list_of_text(value)))


@written_as(list_of_words(TEXT))
def _assets(value: Value) -> tuple[str, ...]:
    return tuple(read.each(asset_folder, read.list_of_text(value)))


# The tables that give the feeds of tags and of authors their slugs.
SLUG_TABLES = {"tags": "tags", "authors": "author_slugs"}
# Required, each with an example.
_REQUIRED = {
    "title": 'title = "The Daily Example"',
    "url": 'url = "https://example.org/"',
    "id": 'id = "tag:example.org,2025-01-01:news", with your own domain, and never change it',
}
# Keys that are fields of a publication under the same name: what reads each, and the default.
_SIMPLE: dict[str, tuple[Callable[[Value], Any], Any]] = {
    "title": (read.line_of_text, None),
    "url": (home, None),
    "id": (_id, None),
    "description": (read.line_of_text, None),
    "language": (read.language, "en"),
    "languages": (_languages, ()),
    "timezone": (_timezone, ZoneInfo("UTC")),
    "default_time": (_time_of_day, time(12)),
    "limit": (read.number, 20),
    "formats": (_formats, tuple(FORMATS)),
    "content": (read.one_of("full", "summary"), "full"),
    "permalink": (_permalink, "/{year}/{month}/{slug}/"),
    "markdown": (_markdown, MARKDOWNS[0]),
    "math": (read.yes_or_no, False),
    "smart_quotes": (read.yes_or_no, None),
    "template_code": (read.one_of("ok", "warn"), "warn"),
    "rights": (read.line_of_text, None),
    "icon": (read.file_or_url, None),
    "logo": (read.file_or_url, None),
    "generator": (read.yes_or_no, True),
    "notes": (read.yes_or_no, False),
    "feed_footer": (_feed_footer, None),
    "extra": (read.extra, ""),
    "hub": (read.url, None),
    "archives": (read.one_of("month", "day", "off"), "month"),
    "tag_feeds": (read.yes_or_no, True),
    "author_feeds": (read.yes_or_no, True),
    "guard": (read.one_of("output", "live"), "output"),
    "live": (read.yes_or_no, True),
    "pages": (read.yes_or_no, True),
    "stylesheet": (read.yes_or_no, True),
    "tombstones": (read.yes_or_no, False),
    "image_on_page": (read.yes_or_no, True),
    "image_in_feed": (read.yes_or_no, True),
    "output": (_output, ""),
    "assets": (_assets, ()),
    "old_permalinks": (_old_permalinks, ()),
}
# All other keys, each with its schema.
_OTHERS: dict[str, Schema] = {
    "addresses": schema_of(read_addresses),
    "allow": schema_of(read_allow),
    "author": schema_of(authors),
    "authors": any_of(schema_of(authors), NAMED_AUTHORS),
    "author_slugs": table_of({}, others=TEXT),
    "feed_files": schema_of(_feed_files),
    "menu": schema_of(read_menu),
    "moved_to": URL,
    "moved_on": DATE,
    "podcast": PODCAST,
    "publish": PUBLISH,
    "tags": table_of({}, others=TEXT),
    "theme": THEME,
    "words": schema_of(read_own_words),
}
# The schema of each key, which is thereby known.
SCHEMAS: dict[str, Schema] = {key: schema_of(reader) for key, (reader, _) in _SIMPLE.items()} | _OTHERS
REQUIRED = (*_REQUIRED,)
KEYS = frozenset(SCHEMAS)


def read_settings(text: str) -> tuple[Publication, Fields]:
    """Return the publication, and the fields of feed.toml as written.

    Raises SettingsError for all keys that are missing, misspelt or cannot be read.
    """
    fields = read_toml(SETTINGS_FILE, text, SettingsError, 1)
    fields.unknown(KEYS)
    for key, example in _REQUIRED.items():
        if fields.get(key) is None:
            fields.wrong(key, "missing", f"add {example}")
    found = _simple(fields)
    languages = found["languages"] or (found["language"],)
    found |= read_authors(fields)
    found |= {
        "moved": _moved(fields, found),
        "feed_files": fields.take("feed_files", partial(_feed_files, formats=found["formats"])) or FEED_FILES,
        "allow": read_allow(fields),
        "menu": fields.take("menu", partial(read_menu, languages=found["languages"])) or (),
        "theme": read_theme(fields),
        "publish": read_publish(fields),
        "own_words": read_own_words(fields, languages),
        "addresses": read_addresses(fields, languages),
        "slugs": tuple(
            slug for kind, key in SLUG_TABLES.items() for slug in fields.take(key, partial(_slugs, kind=kind)) or ()
        ),
    }
    address = f"{found['url']}{quote(dict(found['feed_files'])['rss'][0])}"
    found["podcast"] = read_podcast(fields, found["title"], address)
    fields.raise_errors()
    return Publication(**found), fields


def _simple(fields: Fields) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, (reader, default) in _SIMPLE.items():
        value = fields.take(key, reader)
        found[key] = default if value is None else value
    found["description"] = found["description"] or found["title"]
    if found["guard"] == "live" and not found["live"]:
        problem = 'false, but guard = "live" compares with the feed on the web'
        fields.wrong("live", problem, "remove one of the two")
    language, languages = found["language"], found["languages"]
    if languages and languages[0] != language:
        problem = f"{quoted(languages[0])} comes first, but language is {quoted(language)}"
        fields.wrong("languages", problem, "put the main language first, and set language to it")
    return found


def _moved(fields: Fields, found: dict[str, Any]) -> Move | None:
    def moment(value: Value) -> datetime:
        language = (found["language"],)
        return read_date(read.single(value), found["timezone"], found["default_time"], language).moment

    to, on = fields.take("moved_to", read.url), fields.take("moved_on", moment)
    if to and fields.get("moved_on") is None:
        # The feed shows this date for ever, so it must not come from a clock.
        fields.wrong("moved_to", "set without moved_on", 'add the day of the move: moved_on = "2025-06-01"')
    if on and fields.get("moved_to") is None:
        fields.wrong("moved_on", "set without moved_to", "add moved_to, the address to subscribe to")
    return Move(to, on) if to and on else None


def _slugs(value: Value, kind: str) -> tuple[tuple[str, str, str], ...]:
    """Read a table of slugs by name. No two names have one slug, and no two spell one name."""
    found: list[tuple[str, str, str]] = []
    known: dict[tuple[str, str], str] = {}
    for name, slug in read.table(value, 'write one with lines like "C++" = "cpp"').items():
        if not isinstance(slug, str):
            raise InputError(
                f"{quoted(name)} has no slug", 'put quotation marks around names, like "Node.js" = "node-js"'
            )
        if not slug or not is_label_slug(slug) or len(slug.encode()) > MAX_SLUG:
            remedy = f"write one like {slugify(slug)[:MAX_SLUG] or 'cpp'}"
            raise InputError(f"{quoted(slug)} is not a slug of small letters, digits and hyphens", remedy)
        for same in (("name", label_key(name)), ("slug", slug)):
            if same in known:
                raise InputError(f"{quoted(known[same])} and {quoted(name)} have the same {same[0]}", "change one")
            known[same] = name
        found.append((kind, read.line_of_text(name), slug))
    return tuple(found)
