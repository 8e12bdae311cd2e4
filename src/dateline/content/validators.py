"""What a key of feed.toml or of front matter may hold: text, yes or no, authors, lists.

Each reads one value as it was written, for `Fields.take`, and raises Unreadable.
"""

import posixpath
import re
from collections.abc import Callable
from functools import lru_cache
from unicodedata import category, normalize

from dateline.content.characters import controls, forbidden_character, without_controls
from dateline.content.fields import Value
from dateline.content.urls import domain, has_host, web_url
from dateline.errors import Unreadable, quoted
from dateline.model import Author

_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~\u00a1-\U0010ffff-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_NAME_AND_EMAIL = re.compile(r"(?P<name>[^<>]*)<(?P<email>[^<>]*)>")
# Tags, and authors, of a post. Each has feeds that carry the post with all the others, so output grows by the square.
MAX_LABELS = 100
_UNSEEN = {"Cc", "Cf", "Zl", "Zp", "Zs"}
_YES = {"true", "yes", "on"}
_NO = {"false", "no", "off"}


def line_of_text(value: Value) -> str:
    """Text on one line: white space runs become single spaces."""
    text = plain(value)
    if text.isascii() and text.isprintable() and (line := " ".join(text.split())):
        return line
    line = " ".join(_lawful(text).split())
    if all(category(c) in _UNSEEN for c in line):
        raise Unreadable("nothing that can be seen", "write something, or leave it out")
    return line


def markdown(value: Value) -> str:
    """Text of one or several lines, in Markdown."""
    text = _lawful(plain(value)).strip()
    line_of_text(text)
    return text


def _lawful(text: str) -> str:
    """Drop control characters. Raises Unreadable for a character that no feed can carry."""
    text = without_controls(text)
    if match := forbidden_character(text):
        raise Unreadable(f"holds the character U+{ord(match[0]):04X}, which no feed can carry", "remove it")
    return text


def plain(value: Value) -> str:
    """One value, not a list and not a mapping."""
    if not isinstance(value, str):
        raise Unreadable("more than one value", "write one")
    return value


def verbatim(value: Value) -> str:
    """Return one value that is an id, an address or a part of one. Raises Unreadable for control characters in it."""
    text = plain(value)
    if controls(text):
        raise Unreadable("holds a control character", "remove it")
    return text


def without_space(value: Value) -> str:
    """Return what `verbatim` does, without white space around it."""
    return verbatim(value).strip()


def yes_or_no(value: Value) -> bool:
    """``true`` or ``false``, and the other words that YAML knows for them."""
    word = plain(value).strip().lower()
    if word not in _YES | _NO:
        raise Unreadable(f"{quoted(word)} is neither true nor false", "write true or false")
    return word in _YES


def one_of(choices: tuple[str, ...]) -> Callable[[Value], str]:
    """One of some words."""

    def read(value: Value) -> str:
        if plain(value) not in choices:
            raise Unreadable(f"{quoted(value)} is not one of {', '.join(choices)}", f"write {' or '.join(choices)}")
        return plain(value)

    return read


def words(value: Value) -> tuple[str, ...]:
    """A list, or text with commas between."""
    items = value if isinstance(value, list) else plain(value).split(",")
    return tuple(line_of_text(item) for item in items if plain(item).strip())


def authors(value: Value, named: tuple[tuple[str, Author], ...]) -> tuple[Author, ...]:
    """One author or a list, each a name, ``Name <email>``, a mapping, or a key or name of those in `named`."""
    items = value if isinstance(value, list) else [value]
    found = tuple(
        dict.fromkeys(
            author_table(item) if isinstance(item, dict) else _author(line_of_text(item), named) for item in items
        )
    )
    if not found:
        raise Unreadable("no author in the list", "write a name")
    if len(found) > MAX_LABELS:
        raise Unreadable(f"{len(found)} authors, and a post may have at most {MAX_LABELS}", "name a group of them")
    return found


@lru_cache(maxsize=1000)
def _author(text: str, named: tuple[tuple[str, Author], ...]) -> Author:
    by_name = {author.name.casefold(): author for _, author in named}
    by_name |= {key.casefold(): author for key, author in named}
    if text.casefold() in by_name:
        return by_name[text.casefold()]
    if match := _NAME_AND_EMAIL.fullmatch(text):
        return author_table({"name": match["name"], "email": match["email"]})
    return author_table({"name": text})


def author_table(value: Value) -> Author:
    """``{name, email, url}``, of which only the name has to be there."""
    if not isinstance(value, dict):
        raise Unreadable(f"{quoted(value)} is not a table", 'write name = "…", and email and url if you like')
    unknown = set(value) - {"name", "email", "url"}
    if unknown:
        raise Unreadable(f"an author has no {quoted(min(unknown))}", "write name, email and url")
    if not value.get("name"):
        raise Unreadable("an author without a name", "write the name")
    name = line_of_text(value["name"])
    if re.search(r"[<>]|\S@\S", name) or not re.search(r"\w", name):
        raise Unreadable(f"{quoted(name)} is not a name", "write it like Mike Connors <mike@example.org>")
    email, url = value.get("email"), value.get("url")
    return Author(name, _email(without_space(email)) if email else None, web_url(without_space(url)) if url else None)


def _email(text: str) -> str:
    """Return an e-mail address (RFC 5321, 6531) with its domain in ASCII, which is all that many programs accept."""
    local, at, host = normalize("NFC", text).rpartition("@")
    address = local + at + (host if host.isascii() else _in_ascii(host))
    if not _EMAIL.fullmatch(address) or not local.isprintable():
        raise Unreadable(f"{quoted(text)} is not an e-mail address", "write it like mike@example.org")
    return address


def _in_ascii(host: str) -> str:
    try:
        return domain(host)
    except ValueError:
        return ""


def picture(value: Value) -> str:
    """A web address, or the path of a file under the folder of posts."""
    text = without_space(value)
    if has_host(text):
        return web_url(text)
    if text.startswith("/") or ".." in text.split("/"):
        raise Unreadable(f"{quoted(text)} is not under the folder of posts", "write a path from there, or an address")
    return posixpath.normpath(text)
