"""The keys that the front matter of a post may have: ours, and those by which other tools would hide a post.

To add a key that holds one value, add its field, with its roles, to the model, and a row to SIMPLE_FIELDS.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from dateline.content import validators as read
from dateline.content.corrections import NOTES
from dateline.content.key_values import Fields, Value
from dateline.content.media import MEDIA, OF_EPISODES
from dateline.errors import quoted

# What Hugo, Jekyll, Pelican and Eleventy call the same thing. Tags of several keys are joined; of others, the first key
# with a value counts.
UPDATED = ("updated", "lastmod", "last_modified_at")
SUMMARY = ("summary", "description", "excerpt")
TAGS = ("tags", "tag", "categories", "category", "keywords")
AUTHORS = ("authors", "author")
LANGUAGE = ("language", "lang")
ALIASES = ("aliases", "alias", "redirect_from")
# Fields of a post that hold the value of one key: its names, and what reads it. Without the key, the model's default
# holds.
SIMPLE_FIELDS: dict[str, tuple[tuple[str, ...], Callable[[Value], Any]]] = {
    "summary": (SUMMARY, read.line_of_text),
    "link": (("link",), read.url),
    "translation_key": (("translationkey", "translation_key"), read.line_of_text),
    "embargo": (("embargo",), read.yes_or_no),
}
_OFF = ("false", "no", "off", "0")
_NOTHING = ("", "null", "~", "[]", "{}")


class _HidingKey(NamedTuple):
    """The values, in lower case, with which a key hides the post: `values`, or with `others` all but those."""

    values: tuple[str, ...]
    others: bool = False
    remedy: str = "remove {}:, and write draft: true to hide the post"

    def withholds(self, value: object) -> bool:
        text = str(value).lower()
        return text not in _NOTHING and (text in self.values) != self.others


_ON = _HidingKey(_OFF, others=True)
_UNTIL = _HidingKey(("never", *_OFF), others=True, remedy="remove {}:, and set withdrawn: when the day comes")
# By key in lower case, in its most common spelling; `spellings` returns the others.
WITHHOLDING = {
    "access": _HidingKey(("public", "free", "open", "everyone", "all"), others=True),
    "eleventy_exclude_from_collections": _ON,
    "encrypted": _ON,
    "exclude_from_feed": _ON,
    "expires": _UNTIL,
    "expiry_date": _UNTIL,
    "feed": _HidingKey(_OFF),
    "headless": _ON,
    "hidden": _ON,
    "members_only": _ON,
    "password": _ON,
    "permalink": _HidingKey(_OFF),
    "private": _ON,
    "public": _HidingKey(("true", "yes", "on", "1"), others=True),
    "rss": _HidingKey(_OFF),
    "status": _HidingKey(("published", "publish", "public", "draft"), others=True),  # a draft here too
    "type": _HidingKey(("private",)),
    "unlisted": _ON,
    "visibility": _HidingKey(("public",), others=True),
}
# Tables in which one of `PARTS` says whether the post has a page, or is in lists.
TABLES = ("build", "_build")
PARTS = ("list", "render")
IN_TABLES = _HidingKey(("never", *_OFF))


def spellings(key: str) -> set[str]:
    """Return how a key may be written, in lower case: with ``_``, with ``-``, and in camel case."""
    return {key, key.replace("_", "-"), key.replace("_", "")}


_BY_SPELLING = {spelling: row for key, row in WITHHOLDING.items() for spelling in spellings(key)}
WITHHOLDING_KEYS = (*_BY_SPELLING, *TABLES)
# Hides a post from the search of another tool, and does nothing else.
SEARCH = spellings("search_hidden")
# Other keys that tools and people use, which are not misspellings, however similar to a key of Dateline.
UNRELATED = frozenset(
    "accessed builder builds built collections connections extracted feeds headers images reason redacted redirect_to "
    "restricted seasonal seasons typed types".split()
)
KEYS = frozenset(
    (
        *"title date id slug draft published publishdate".split(),
        *(key for keys, _ in SIMPLE_FIELDS.values() for key in keys),
        *(*UPDATED, *TAGS, *AUTHORS, *LANGUAGE, *ALIASES, *NOTES, *MEDIA, *OF_EPISODES, *WITHHOLDING_KEYS),
    )
)


def refuse_withheld(fields: Fields) -> None:
    """Add an error for each key by which another tool would hide the post."""
    for name, value in fields.values.items():
        if name in _BY_SPELLING:
            row, written = _BY_SPELLING[name], {"": value}
        elif name in TABLES and isinstance(value, dict):
            row, written = IN_TABLES, {f"{part}: ": item for part, item in value.items() if part.lower() in PARTS}
        else:
            continue
        for part, item in written.items():
            if row.withholds(item):
                problem = f"{quoted(f'{part}{item}')} hides this post in other tools, but Dateline would publish it"
                fields.wrong(name, problem, row.remedy.format(fields.names[name]))
