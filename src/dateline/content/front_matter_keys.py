"""The keys that the front matter of a post may have: ours, and those by which other tools would hide a post.

Those that keep a post out of feeds, and on the site, mean the same here.

To add a key that holds one value, add its field, with its roles, to the model, and a row to SIMPLE_FIELDS.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from dateline.content import validators as read
from dateline.content.authors import AUTHORS_OF_POST
from dateline.content.corrections import NOTES
from dateline.content.key_values import Fields, Value
from dateline.content.media import IMAGES, MEDIA, OF_EPISODES
from dateline.content.schema import (
    ANYTHING,
    DATE,
    TEXT,
    URL,
    YES_OR_NO,
    Schema,
    any_of,
    list_of_words,
    one_or_list,
    schema_of,
    words,
)
from dateline.errors import quoted

# What other generators call the same thing. Tags of several keys are joined; of others, the first key with a value
# counts. These dates come before one in the file's name.
DATES = tuple("date pubdate pubdatetime published publishedat publish_date posted".split())
LATE_DATES = ("publishdate", "created")  # after that
HOLDING = ("publishdate", *DATES[1:])  # in the future, they hold the post, whatever its date
UPDATED = ("updated", "lastmod", "last_modified_at", "modified", "updateddate", "datemodified", "moddatetime")
ADDRESSES = ("permalink", "url", "path")
SUMMARY = ("summary", "description", "excerpt")
TAGS = ("tags", "tag", "categories", "category", "keywords")
AUTHORS = ("authors", "author")
LANGUAGE = ("language", "lang")
MENU = "menu"
ALIASES = ("aliases", "alias", "redirect_from", "redirectfrom")
# Fields of a post that hold the value of one key: its names, and what reads it. Without the key, the model's default
# holds.
SIMPLE_FIELDS: dict[str, tuple[tuple[str, ...], Callable[[Value], Any]]] = {
    "summary": (SUMMARY, read.line_of_text),
    "translation_key": (("translationkey", "translation_key"), read.line_of_text),
    "embargo": (("embargo",), read.yes_or_no),
    "template_code": (("template_code",), read.one_of("ok", "warn")),
    "canonical": (("canonical", "canonical_url", "canonicalurl"), read.url),
    "extra": (("extra",), read.extra),
}
_OFF = ("false", "no", "off", "0")
# The status "draft" is a draft here, too, and other words say how finished a post is.
_HIDDEN = tuple(
    "archived auto-draft embargoed future hidden inherit pending private review scheduled skip trash unlisted "
    "unpublished withheld".split()
)
_NOTHING = ("", "null", "~", "[]", "{}")


class _HidingKey(NamedTuple):
    """The values, in lower case, with which a key hides the post: `values`, or with `others` all but those."""

    values: tuple[str, ...]
    others: bool = False
    remedy: str = "remove {}:, and write draft: true to hide the post"

    def withholds(self, value: object) -> bool:
        text = str(value).lower()
        return text not in _NOTHING and (text in self.values) != self.others

    @property
    def schema(self) -> Schema:
        """The schema of values that do not hide the post."""
        if not self.others:
            return {"not": words(self.values)}
        empty: Schema = {"type": ["array", "object"], "maxItems": 0, "maxProperties": 0}
        numbers: Schema = {"enum": [int(value) for value in self.values if value.isdecimal()]}
        return any_of(words((*self.values, "null", "~")), empty, *([numbers] if numbers["enum"] else []))


_ON = _HidingKey(_OFF, others=True)
_UNTIL = _HidingKey(("never", *_OFF), others=True, remedy="remove {}:, and set withdrawn: when the day comes")
# By key in lower case, in its most common spelling; `spellings` returns the others.
WITHHOLDING = {
    "access": _HidingKey(("public", "free", "open", "everyone", "all"), others=True),
    "eleventy_exclude_from_collections": _ON,
    "encrypted": _ON,
    "expires": _UNTIL,
    "expiry_date": _UNTIL,
    "headless": _ON,
    "hidden": _ON,
    "members_only": _ON,
    "password": _ON,
    "permalink": _HidingKey(_OFF),
    "private": _ON,
    "public": _HidingKey(("true", "yes", "on", "1"), others=True),
    "publish": _HidingKey(_OFF),
    "status": _HidingKey(_HIDDEN),
    "type": _HidingKey(("private",)),
    "unlisted": _ON,
    "visibility": _HidingKey(("public",), others=True),
}
_OUT_OF_FEEDS = {"exclude_from_feed": _ON, "feed": _HidingKey(_OFF), "rss": _HidingKey(_OFF)}
# Tables in which one of `PARTS` says whether the post has a page, or is in lists.
TABLES = ("build", "_build")
PARTS = ("list", "render")
IN_TABLES = _HidingKey(("never", *_OFF))


def spellings(key: str) -> set[str]:
    """Return how a key may be written, in lower case: with ``_``, with ``-``, and in camel case."""
    return {key, key.replace("_", "-"), key.replace("_", "")}


# Tables in which Zola and Hugo keep what other generators have at the top.
NESTING = ("taxonomies", "extra", "params")
_BY_SPELLING = {spelling: row for key, row in WITHHOLDING.items() for spelling in spellings(key)}
WITHHOLDING_KEYS = frozenset((*_BY_SPELLING, *TABLES))
_FEED_KEYS = {spelling: row for key, row in _OUT_OF_FEEDS.items() for spelling in spellings(key)}
# The keys that are read there, each with those that come before it.
_LIFTED: dict[str, tuple[str, ...]] = {key: (key,) for key in (*TAGS, *_BY_SPELLING, *_FEED_KEYS)}
_LIFTED |= {**dict.fromkeys(AUTHORS, AUTHORS), **dict.fromkeys(IMAGES, IMAGES)}
# Hides a post from the search of another tool, and does nothing else.
SEARCH = spellings("search_hidden")
# Other keys that tools and people use, which are not misspellings, however similar to a key of Dateline.
UNRELATED = frozenset(
    "accessed builder builds built collections connections extracted feeds headers images links ogimage paths reason "
    "redacted redirect_to related restricted seasonal seasons shortdescription translationid translations typed types "
    "urls".split()
)
# The schema of each key, which is thereby known.
SCHEMAS: dict[str, Schema] = {
    "title": TEXT,
    "id": TEXT,
    "slug": TEXT,
    "draft": YES_OR_NO,
    "link": URL,
    MENU: ANYTHING,  # of a page only
    **{key: schema_of(reader) for keys, reader in SIMPLE_FIELDS.values() for key in keys},
    **dict.fromkeys((*DATES, *LATE_DATES, *UPDATED), DATE),
    "published": any_of(DATE, YES_OR_NO),
    **dict.fromkeys(NESTING, ANYTHING),
    **dict.fromkeys(TAGS, list_of_words(TEXT)),
    **dict.fromkeys(AUTHORS, AUTHORS_OF_POST),
    **dict.fromkeys(LANGUAGE, TEXT),
    **dict.fromkeys(ALIASES, one_or_list(TEXT)),
    **NOTES,
    **MEDIA,
    **OF_EPISODES,
    **dict.fromkeys(ADDRESSES, ANYTHING),
    **{key: row.schema for key, row in _BY_SPELLING.items()},
    **dict.fromkeys(TABLES, ANYTHING),
    **dict.fromkeys(_FEED_KEYS, ANYTHING),
}
KEYS = frozenset(SCHEMAS)


Keys = tuple[str, ...]


class Kinds(NamedTuple):
    """The keys of some kinds that front matter has, in order of preference, since most posts have few of them.

    `fields` are those of SIMPLE_FIELDS that it has keys for.
    """

    unusual: bool  # whether a key is unknown, or a table of another generator, or a way to hide a post
    fields: Keys
    authors: Keys
    dates: Keys
    draft: Keys
    language: Keys
    links: Keys
    media: Keys
    notes: Keys
    off_feeds: Keys
    tags: Keys
    updated: Keys


_KINDS: dict[str, Keys] = {
    "authors": AUTHORS,
    "dates": (*DATES, *LATE_DATES),
    "draft": ("draft", "published", "status"),
    "language": LANGUAGE,
    "links": ("link", *ALIASES),
    "media": tuple(MEDIA),
    "notes": tuple(NOTES),
    "off_feeds": tuple(_FEED_KEYS),
    "tags": TAGS,
    "updated": UPDATED,
}
_HARMLESS = KEYS.difference(NESTING, WITHHOLDING_KEYS)


@lru_cache(maxsize=256)  # most posts of a publication have the same keys
def kinds_of(keys: Keys) -> Kinds:
    """Return these keys by kind; any of them may be without a value."""
    simple = tuple(name for name, (names, _) in SIMPLE_FIELDS.items() if not set(names).isdisjoint(keys))
    found = {kind: tuple(key for key in known if key in keys) for kind, known in _KINDS.items()}
    return Kinds(not _HARMLESS.issuperset(keys), simple, **found)


def lift_nested(fields: Fields) -> None:
    """Add the keys in tables of other generators that Dateline knows, unless they are at the top, too."""
    for table in fields.among(NESTING):
        nested = fields.values.get(table)
        for name, value in nested.items() if isinstance(nested, dict) else ():
            key = name.lower()
            if key in _LIFTED and fields.first(*_LIFTED[key]) is None:
                fields.values[key] = value
                fields.lines[key] = fields.lines.get(table, 1)
                fields.names[key] = f"{fields.names.get(table, table)}.{name}"


def is_out_of_feeds(fields: Fields) -> bool:
    """Return whether a key says that the post is on the site, and in no feed."""
    return any(_FEED_KEYS[name].withholds(fields.values[name]) for name in fields.among(_FEED_KEYS))


def refuse_withheld(fields: Fields) -> None:
    """Add an error for each key by which another tool would hide the post."""
    if fields.values.keys().isdisjoint(WITHHOLDING_KEYS):
        return
    for name, written, remedy in withheld(fields.values):
        problem = f"{quoted(written)} hides this post in other tools, but Dateline would publish it"
        fields.wrong(name, problem, remedy.format(fields.names[name]))


def withheld(values: Mapping[str, Value]) -> Iterator[tuple[str, str, str]]:
    """Yield each key by which another tool would hide the post, the value that does it, and how to fix that."""
    for name, value in values.items():
        if name in _BY_SPELLING:
            row, written = _BY_SPELLING[name], {"": value}
        elif name in TABLES and isinstance(value, dict):
            row, written = IN_TABLES, {f"{part}: ": item for part, item in value.items() if part.lower() in PARTS}
        else:
            continue
        yield from ((name, f"{part}{item}", row.remedy) for part, item in written.items() if row.withholds(item))
