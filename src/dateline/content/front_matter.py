"""Split a post file into front matter and body, and refuse keys by which other tools would hide the post."""

import re
from typing import NamedTuple

from dateline.content.key_values import Fields
from dateline.errors import PostError, quoted
from dateline.model import Body, Source
from dateline.text import LINE_END

MAX_FRONT_MATTER = 16 * 1024

# The line that closes front matter, by the one that opens it.
_CLOSING = {fence: re.compile(rf"^{re.escape(fence)}[^\S\n]*$", re.MULTILINE) for fence in ("---", "+++")}
_BLANK = re.compile(rf"(?:(?:[^\S\n]|{LINE_END})*\n)*{LINE_END}*")
# What some engine may take for a heading: a line that begins with marks, or lines above a line of marks.
_HEADING = re.compile(r" {0,3}#.*|(?:(?![^\S\n]*\n).+\n)+? {0,3}(?:=+|-+)[ \t]*$", re.MULTILINE)


def split(source: Source) -> tuple[Fields, Body]:
    """Return the fields and the body of a post file. Raises PostError if its front matter is missing or malformed."""
    text = source.text
    fence, start, end, rest = boundaries(source)
    if end - start > MAX_FRONT_MATTER:
        raise PostError(source.path, 1, f"front matter: more than {MAX_FRONT_MATTER // 1024} KiB", "move text below it")
    # Each language has a module of its own, loaded when it is needed.
    if fence == "+++":
        from dateline.content.toml import read_toml as read_fields
    else:
        from dateline.content.yaml import read_yaml as read_fields
    fields = read_fields(source.path, text[start : max(start, end - 1)], PostError, 2)
    return fields, Body(text[rest:], text.count("\n", 0, end) + 2)


def head_of(source: Source) -> str:
    """Return the part of a file that a post is made from: front matter, and a heading that may be its title."""
    *_, start = boundaries(source)
    heading = leading_heading(source.text, start)
    return source.text[: heading.end() if heading else start]


def leading_heading(text: str, start: int) -> re.Match[str] | None:
    """Find a block that some engine may take for a heading, with nothing but blank lines before it."""
    blank = _BLANK.match(text, start)
    return _HEADING.match(text, blank.end() if blank else start)


def boundaries(source: Source) -> tuple[str, int, int, int]:
    """Return the opening fence, and the positions of the front matter, the closing fence and the body."""
    text = source.text
    first = text.find("\n")
    opening = text if first < 0 else text[:first]
    fence = opening.rstrip()
    if fence not in _CLOSING:
        remedy = "start the file with a line ---, title:, date: and a line ---"
        raise PostError(source.path, 1, "front matter: missing", remedy)
    closing = _CLOSING[fence].search(text, len(opening) + 1)
    if closing is None:
        raise PostError(source.path, 1, "front matter: not closed", f"add a line {fence} after the last key")
    return fence, len(opening) + 1, closing.start(), min(closing.end() + 1, len(text))


# Keys by which another tool would hide a post that Dateline would publish.

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


def refuse_withheld(fields: Fields) -> None:
    """Raise an error for the first key by which another tool would hide the post."""
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
