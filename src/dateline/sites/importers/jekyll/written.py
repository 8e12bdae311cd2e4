"""Read what the file of a post says, and what Jekyll adds to it."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dateline.content.dates import read_date
from dateline.content.front_matter import split
from dateline.content.front_matter_keys import (
    ADDRESSES,
    AUTHORS,
    DATES,
    KEYS,
    LANGUAGE,
    SUMMARY,
    UPDATED,
    WITHHOLDING_KEYS,
)
from dateline.content.key_values import Fields, Plain, Value
from dateline.content.languages import listed
from dateline.errors import InputError
from dateline.model import Publication, Source
from dateline.sites.files import text_of, texts_of
from dateline.sites.importers.jekyll.addresses import title_of
from dateline.sites.importers.jekyll.layout import DRAFTS, Place

FRONT_MATTER = re.compile(r"---[ \t]*\n")
_NAME = re.compile(r"(\d{2,4})-(\d{1,2})-(\d{1,2})-(.*)(\.[^.]+)")
_KEY = re.compile(r"[\w-]+:(?=\s|$)")
# A time in YAML without an offset is in UTC, whatever the time zone of the site.
_TIME_IN_UTC = re.compile(
    r"^date:[ \t]+(\d{4}-\d\d?-\d\d?[ \tTt]+\d\d?:\d\d:\d\d)(?:\.\d*)?[ \t]*(?:#.*)?$", re.MULTILINE
)
_PLACEHOLDER = re.compile(r"(?:^|[/.-]):[a-z]")
# Keys that say the same: defaults for one of them do not count where a post has another.
_FAMILIES = (DATES, UPDATED, SUMMARY, AUTHORS, LANGUAGE)
_NOT_FROM_DEFAULTS = {*WITHHOLDING_KEYS, *ADDRESSES, "id", "slug", "title", "categories", "category"}


class Written(NamedTuple):
    """A post as it is written: `head` is its front matter, `stem` its name without the date, `day` that date."""

    path: str
    place: Place
    head: str
    body: str
    fields: Fields
    defaults: Mapping[str, Value]
    stem: str
    day: str

    def get(self, key: str) -> Value:
        """Return the value of a key of front matter, or of defaults."""
        return self.fields.get(key) or self.defaults.get(key) or ""

    @property
    def slug(self) -> str:
        """What Jekyll calls the slug: by front matter as it is, or the name of the file."""
        return text_of(self.get("slug")) or self.stem

    @property
    def is_draft(self) -> bool:
        """Whether Jekyll does not publish it."""
        return self.place.kind == DRAFTS or text_of(self.get("published")) == "false"


def read_written(post: Source, place: Place, defaults: Mapping[str, Value]) -> Written:
    """Return the file of a post as Jekyll reads it. Raises PostError for front matter that cannot be read."""
    text = _last_of_each_key(post.text) if FRONT_MATTER.match(post.text) else f"---\n---\n\n{post.text}"
    fields, body = split(post._replace(text=text))
    day, stem = split_name(os.path.basename(place.below))
    return Written(post.path, place, text[: len(text) - len(body.text)], body.text, fields, defaults, stem, day)


def split_name(name: str) -> tuple[str, str]:
    """Return the date at the beginning of a name, empty if there is none, and the rest without the ending.

    Like Ruby, read 31 April as 1 May.
    """
    if match := _NAME.fullmatch(name):
        year, month, day = map(int, match.groups()[:3])
        century = 0 if year > 99 else 2000 if year < 69 else 1900
        with suppress(ValueError):
            first = date(century + year, month, 1)
            if 1 <= day <= 31:
                return (first + timedelta(days=day - 1)).isoformat(), match[4].rstrip(".")
    return "", os.path.splitext(name)[0].rstrip(".")


def _last_of_each_key(text: str) -> str:
    """Return a post without lines of keys that are there again below, of which Jekyll takes the last."""
    end = text.find("\n---", 3)
    lines = text[:end].split("\n")
    keys = [found[0] if (found := _KEY.match(line)) else "" for line in lines]
    last = {key: number for number, key in enumerate(keys)}
    # A value may go on in lines below, which have no key at their beginning.
    is_whole = [bool(key) for key in [*keys[1:], "---"]]
    kept = [line for n, line in enumerate(lines) if not (keys[n] and last[keys[n]] > n and is_whole[n])]
    return "\n".join(kept) + text[end:]


def date_of(post: Written, zone: ZoneInfo) -> tuple[datetime | None, str]:
    """Return when a post was published, and the text to write where its file does not say that as Dateline reads it.

    The moment is None for a draft without a date.
    """
    if (match := _TIME_IN_UTC.search(post.head)) and zone.key != "UTC":
        with suppress(InputError):
            moment = read_date(f"{match[1]}Z", zone, time()).moment.astimezone(zone)
            return moment, moment.isoformat(" ")
    of_defaults = text_of(post.defaults.get("date"))
    for text, new in ((text_of(post.fields.get("date")), ""), (of_defaults, of_defaults), (post.day, "")):
        with suppress(InputError):
            return read_date(text, zone, time()).moment, new
    return None, ""


def categories_of(post: Written) -> list[str]:
    """Return the categories that Jekyll gives a post: the folders above, those of defaults, and its own."""
    found = [*post.place.above]
    for value in (post.defaults.get("categories"), post.fields.get("categories")):
        found += value.split() if isinstance(value, str) else texts_of(value)
    return list(dict.fromkeys([*found, *texts_of(post.get("category"))]))


def keys_of(post: Written, publication: Publication) -> Iterator[tuple[str, Value | None]]:
    """Yield what holds for a post and is not in its file, or not as Dateline reads it, apart from its date."""
    fields, defaults = post.fields, post.defaults
    if not _has_title(fields):
        yield "title", text_of(defaults.get("title")) or title_of(post.stem)
    if post.place.kind == DRAFTS:
        yield "draft", "true"
    if _PLACEHOLDER.search(text_of(fields.get("permalink"))):
        yield "permalink", None
    for key, value in defaults.items():
        family: Sequence[str] = next((family for family in _FAMILIES if key in family), (key,))
        if key in KEYS and key not in _NOT_FROM_DEFAULTS and fields.first(*family) is None:
            yield key, value
    yield from _labels(post, publication)


def _has_title(fields: Fields) -> bool:
    """Return whether a post has a title; one that is empty between quotation marks makes a note."""
    written = fields.values.get("title")
    return written is not None and (bool(written) or not isinstance(written, Plain))


def _labels(post: Written, publication: Publication) -> Iterator[tuple[str, Value]]:
    """Yield tags and categories, which Jekyll separates by spaces, and authors whose keys have commas between."""
    own = post.fields.get("categories")
    folders = [name for name in post.place.above if not listed(name, publication.languages)]
    more = [*folders, *_words(post.defaults.get("categories")), *texts_of(post.defaults.get("category"))]
    if more or (isinstance(own, str) and len(_words(own)) > 1):
        yield "categories", [*dict.fromkeys([*more, *_words(own)])]
    tags = post.get("tags")
    if isinstance(tags, str) and len(_words(tags)) > 1:
        yield "tags", [*_words(tags)]
    keys = [key.strip() for key in text_of(post.fields.get("author")).split(",")]
    if len(keys) > 1 and {*keys} <= {key for key, _ in publication.named_authors}:
        yield "author", [*keys]


def _words(value: Value | None) -> list[str]:
    if isinstance(value, str):
        return [word.strip() for word in value.split("," if "," in value else None) if word.strip()]
    return texts_of(value)
