"""Keys by which another tool would withhold a post that Dateline would publish."""

from typing import NamedTuple

from dateline.content.fields import Fields
from dateline.errors import quoted

_OFF = ("false", "no", "off", "0")
_NOTHING = ("", "null", "~", "[]", "{}")


class _Key(NamedTuple):
    """The values, in lower case, with which a key withholds the post: `values`, or with `others` all but those."""

    values: tuple[str, ...]
    others: bool = False
    remedy: str = "remove {}:, and write draft: true to hide the post"

    def withholds(self, value: object) -> bool:
        text = str(value).lower()
        return text not in _NOTHING and (text in self.values) != self.others


_ON = _Key(_OFF, others=True)
_UNTIL = _Key(("never", *_OFF), others=True, remedy="remove {}:, and set withdrawn: when the day comes")
# Each key in lower case, as it is mostly written; `spellings` gives the others.
WITHHOLDING = {
    "access": _Key(("public", "free", "open", "everyone", "all"), others=True),
    "eleventy_exclude_from_collections": _ON,
    "encrypted": _ON,
    "exclude_from_feed": _ON,
    "expires": _UNTIL,
    "expiry_date": _UNTIL,
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


_BY_SPELLING = {spelling: row for key, row in WITHHOLDING.items() for spelling in spellings(key)}
KEYS = (*_BY_SPELLING, *TABLES)
# Keeps a post out of the search of another tool, and does nothing else.
SEARCH = spellings("search_hidden")
# Other keys that tools and people use: they are no misspellings, however near to a key of Dateline they are.
UNRELATED = frozenset(
    "accessed builder builds built collections connections extracted feeds headers images reason redacted redirect_to "
    "restricted seasonal seasons typed types".split()
)


def refuse_withheld(fields: Fields) -> None:
    """Raise an error for the first key by which another tool would withhold the post."""
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
                raise fields.error(name, problem, row.remedy.format(fields.names[name]))
