"""Keys by which another tool would withhold a post, which Dateline would publish."""

from collections.abc import Iterator
from typing import NamedTuple

from dateline.content.fields import Fields, Value
from dateline.errors import quoted

_OFF = ("false", "no", "off", "0")
_NOTHING = ("", "null", "~", "[]", "{}")
_REMEDY = "remove {}:, and to hold the post back write draft: true"
_UNTIL = "remove {}:, and when the day has come write withdrawn: and its date"


class _Key(NamedTuple):
    """The values, in lower case, with which a key withholds the post: `values`, or with `others` all but those."""

    values: tuple[str, ...]
    others: bool = False
    remedy: str = _REMEDY

    def withholds(self, value: str) -> bool:
        return value not in _NOTHING and (value in self.values) != self.others


def _but(*values: str, remedy: str = _REMEDY) -> _Key:
    return _Key(values, others=True, remedy=remedy)


# Each key in lower case, as it is mostly written; `spellings` gives the others.
WITHHOLDING = {
    "access": _but("public", "free", "open", "everyone", "all"),
    "eleventy_exclude_from_collections": _but(*_OFF),
    "encrypted": _but(*_OFF),
    "exclude_from_feed": _but(*_OFF),
    "expires": _but("never", *_OFF, remedy=_UNTIL),
    "expiry_date": _but("never", *_OFF, remedy=_UNTIL),
    "feed": _Key(_OFF),
    "headless": _but(*_OFF),
    "hidden": _but(*_OFF),
    "members_only": _but(*_OFF),
    "password": _but(*_OFF),
    "permalink": _Key(_OFF),
    "private": _but(*_OFF),
    "public": _but("true", "yes", "on", "1"),
    "rss": _Key(_OFF),
    "status": _but("published", "publish", "public", "draft"),  # which is a draft here too
    "type": _Key(("private",)),
    "unlisted": _but(*_OFF),
    "visibility": _but("public"),
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
# Keeps a post out of the search of another tool, and nothing else.
SEARCH = spellings("search_hidden")


def refuse_withheld(fields: Fields) -> None:
    """Raise an error for the first key by which another tool would withhold the post."""
    for name, value in fields.values.items():
        for written, remedy in _withholding(name, value):
            problem = f"{quoted(written)} would withhold this post elsewhere, and Dateline would publish it"
            raise fields.error(name, problem, remedy.format(fields.names[name]))


def _withholding(name: str, value: Value) -> Iterator[tuple[str, str]]:
    """Find what of a value withholds the post, with the remedy."""
    if name in _BY_SPELLING:
        key, written = WITHHOLDING[_BY_SPELLING[name]], str(value)
        if key.withholds(written.lower()):
            yield written, key.remedy
    elif name in TABLES and isinstance(value, dict):
        for part, written_part in value.items():
            if part.lower() in PARTS and IN_TABLES.withholds(str(written_part).lower()):
                yield f"{part}: {written_part}", _REMEDY
