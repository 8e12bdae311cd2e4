"""Keys by which another tool would withhold a post that Dateline would publish."""

from collections.abc import Iterator
from typing import NamedTuple

from dateline.content.fields import Fields, Value
from dateline.errors import quoted

_OFF = ("false", "no", "off", "0")
_NOTHING = ("", "null", "~", "[]", "{}")
_REMEDY = "remove {}:, and write draft: true to hide the post"
_UNTIL = "remove {}:, and set withdrawn: when the day comes"


class _Key(NamedTuple):
    """The values, in lower case, with which a key withholds the post: `values`, or with `others` all but those."""

    values: tuple[str, ...]
    others: bool = False
    remedy: str = _REMEDY

    def withholds(self, value: object) -> bool:
        text = str(value).lower()
        return text not in _NOTHING and (text in self.values) != self.others


_ON = _Key(_OFF, others=True)
_UNTIL_THEN = _Key(("never", *_OFF), others=True, remedy=_UNTIL)
# Each key in lower case, as it is mostly written; `spellings` gives the others.
WITHHOLDING = {
    "access": _Key(("public", "free", "open", "everyone", "all"), others=True),
    "eleventy_exclude_from_collections": _ON,
    "encrypted": _ON,
    "exclude_from_feed": _ON,
    "expires": _UNTIL_THEN,
    "expiry_date": _UNTIL_THEN,
    "feed": _Key(_OFF),
    "headless": _ON,
    "hidden": _ON,
    "members_only": _ON,
    "password": _ON,
    "permalink": _Key(_OFF),
    "private": _ON,
    "public": _Key(("true", "yes", "on", "1"), others=True),
    "rss": _Key(_OFF),
    "status": _Key(("published", "publish", "public", "draft"), others=True),  # a draft here too
    "type": _Key(("private",)),
    "unlisted": _ON,
    "visibility": _Key(("public",), others=True),
}
# Tables in which one of `PARTS` says whether there is a page, or whether lists have it.
TABLES = ("build", "_build")
PARTS = ("list", "render")
IN_TABLES = _Key(("never", *_OFF))


def spellings(key: str) -> set[str]:
    """Return how a key may be written, in lower case: with ``_``, with ``-``, and in camel case."""
    return {key, key.replace("_", "-"), key.replace("_", "")}


_BY_SPELLING = {spelling: key for key in WITHHOLDING for spelling in spellings(key)}
KEYS = (*_BY_SPELLING, *TABLES)
# Keeps a post out of the search of another tool, and does nothing else.
SEARCH = spellings("search_hidden")


def refuse_withheld(fields: Fields) -> None:
    """Raise an error for the first key by which another tool would withhold the post."""
    for name, value in fields.values.items():
        for written, remedy in _withholding(name, value):
            problem = f"{quoted(written)} hides this post in other tools, but Dateline would publish it"
            raise fields.error(name, problem, remedy.format(fields.names[name]))


def _withholding(name: str, value: Value) -> Iterator[tuple[object, str]]:
    """Find what of a value withholds the post, with the remedy."""
    if name in _BY_SPELLING:
        key = WITHHOLDING[_BY_SPELLING[name]]
        if key.withholds(value):
            yield value, key.remedy
    elif name in TABLES and isinstance(value, dict):
        for part, written in value.items():
            if part.lower() in PARTS and IN_TABLES.withholds(written):
                yield f"{part}: {written}", _REMEDY
