"""Read authors: those that posts and feed.toml name, and the tables ``[authors.x]`` with what their pages say."""

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any
from unicodedata import normalize
from urllib.parse import quote, unquote

from dateline.content import validators as read
from dateline.content.key_values import Fields, Value
from dateline.content.schema import TEXT, any_of, one_or_list, table_of, written_as
from dateline.content.urls import MAIL_SAFE, domain, link_name, web_url
from dateline.errors import InputError, quoted
from dateline.lazy_patterns import lazy_pattern
from dateline.model import Author, Profile

MAX_LINKS = 20  # of an author
NamedAuthors = tuple[tuple[str, Author], ...]

_WORD = lazy_pattern(r"\w")
# The signs that no name before the @ has: a class of those that it may have takes 3 ms to compile.
_EMAIL = lazy_pattern(r"""[^\x00-\x20"(),:;<>@\[\\\]\x7f-\xa0]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+""")
_NAME_AND_EMAIL = lazy_pattern(r"(?P<name>[^<>]*)<(?P<email>[^<>]*)>")
# A handle on the Fediverse, with or without brackets; and any other in brackets after a name.
_FEDIVERSE = lazy_pattern(r"[(\[（]?@([\w.-]+)@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)[)\]）]?")
_HANDLE = lazy_pattern(r"(?<=\w) *[(\[（]@[\w.-]+[)\]）]|(?<=\w) +@[\w.-]+$")


def read_authors(fields: Fields) -> dict[str, Any]:
    """Read the authors in feed.toml. Returns fields of a publication; what is wrong is added to the problems."""
    named = fields.take("authors", _named_authors) or ()
    key = "author" if isinstance(fields.get("authors"), dict) else fields.first("authors", "author")
    if key == "authors" and fields.get("author") is not None:
        fields.wrong("authors", "author is set too", "keep one of the two")
    return {
        "authors": fields.take(key or "author", partial(authors, named=named)) or (),
        "named_authors": named,
        "profiles": _profiles(fields, named),
    }


def _named_authors(value: Value) -> NamedAuthors:
    """Read tables of authors by key; none if there is a list of authors instead."""
    if not isinstance(value, dict):
        return ()
    for table in value.values():
        read.check_keys(table if isinstance(table, dict) else {}, "name", *_OPTIONAL, *_PROFILE)
    return tuple((key, author_table(table)) for key, table in value.items())


def _profiles(fields: Fields, named: NamedAuthors) -> tuple[tuple[str, Profile], ...]:
    """Read what the tables of authors say for their pages."""
    tables = fields.get("authors")
    if not isinstance(tables, dict):
        return ()
    found = {key: fields.read_table("authors", table, _PROFILE) for key, table in tables.items()}
    return tuple((author.name, Profile(**found[key])) for key, author in named if found[key])


@written_as(any_of(one_or_list(TEXT), table_of({}, others=TEXT)))
def _links(value: Value) -> tuple[tuple[str, str], ...]:
    """Read a table of URLs by name, or a list of URLs, each of which is named after its host."""
    named = value.items() if isinstance(value, dict) else (("", item) for item in read.as_list(value))
    links = [(name, _link(read.stripped(url))) for name, url in named]
    if len(links) > MAX_LINKS:
        raise InputError(f"more than {MAX_LINKS} links of an author", "remove some")
    return tuple((read.line_of_text(name) if name else link_name(url), url) for name, url in links)


def _link(text: str) -> str:
    """Return a web address, or that of an e-mail address."""
    if not text.startswith("mailto:"):
        return web_url(text)
    return f"mailto:{quote(_email(unquote(text.removeprefix('mailto:'))), safe=MAIL_SAFE)}"


@written_as(TEXT)
def _address(value: Value) -> str:
    return _email(read.stripped(value))


# What an author may have in addition to a name: what reads each.
_OPTIONAL: dict[str, Callable[[Value], Any]] = {
    "email": _address,
    "url": read.url,
    "extra": read.extra,
}
# And what the tables of authors may have for the authors' pages.
_PROFILE: dict[str, Callable[[Value], Any]] = {
    "picture": read.file_or_url,
    "bio": read.line_of_text,
    "links": _links,
}


# The table of named authors, whose keys are all ours; a post may come from another tool, and have more.
NAMED_AUTHORS = table_of({}, others=table_of({"name": TEXT, **_OPTIONAL, **_PROFILE}, ("name",)))


_AUTHOR = any_of(TEXT, table_of({"name": TEXT, **_OPTIONAL}, ("name",), others=True))
# In a post, an author without a name is ignored.
_NOBODY = any_of({"type": "null"}, table_of({"name": {"type": ["string", "null"]}}, ("name",), others=True))
AUTHORS_OF_POST = any_of(one_or_list(any_of(_AUTHOR, _NOBODY)), {"type": "object", "maxProperties": 0})


@written_as(one_or_list(_AUTHOR))
def authors(value: Value, named: NamedAuthors) -> tuple[Author, ...]:
    """Read one author or a list, each a name, ``Name <email>``, a table, or a key or name of those in `named`."""

    def author(item: Value) -> Author:
        return author_table(item) if isinstance(item, dict) else _author(read.single(item), named)

    found = dict.fromkeys(read.each(author, read.as_list(value)))
    if not found:
        raise InputError("empty list", "write a name")
    if len(found) > read.MAX_LABELS:
        raise InputError(f"{len(found)} authors, more than the limit of {read.MAX_LABELS}", "name a group instead")
    return tuple(found)


def has_name(author: Value) -> bool:
    """Return whether an author has a letter or a digit in the name; other programs write ``-`` for nobody."""
    name = author.get("name") if isinstance(author, dict) else author
    return not isinstance(name, str) or _WORD.search(name) is not None


@lru_cache(maxsize=1000)
def _author(written: str, named: NamedAuthors) -> Author:
    text = read.line_of_text(written)
    by_name = {author.name.casefold(): author for _, author in named}
    by_name |= {key.casefold(): author for key, author in named}
    if text.casefold() in by_name:
        return by_name[text.casefold()]
    match = _NAME_AND_EMAIL.fullmatch(text)
    return author_table({**match.groupdict()} if match else _without_handle(text))


def _without_handle(text: str) -> dict[str, Value]:
    """Return the name in a text that may have a handle after it, and the URL of one on the Fediverse."""
    if match := _FEDIVERSE.search(text):
        name = text[: match.start()] + text[match.end() :]
        return {"name": name.strip() or match[1], "url": f"https://{match[2]}/@{match[1]}"}
    return {"name": _HANDLE.sub("", text)}


def author_table(value: Value) -> Author:
    """Read ``{name, email, url}``, of which only the name is required; other tools have more keys."""
    table = read.table(value, 'write name = "…", and optionally email and url')
    if not table.get("name"):
        raise InputError("author without a name", "add the name")
    name = read.line_of_text(table["name"])
    if re.search(r"[<>]|\S@\S", name) or not _WORD.search(name):
        raise InputError(f"{quoted(name)} is not a name", "write it like Mike Connors <mike@example.org>")
    return Author(name, **{key: reader(table[key]) for key, reader in _OPTIONAL.items() if table.get(key)})


def _email(text: str) -> str:
    """Return an e-mail address (RFC 5321, 6531) with its domain in ASCII, since many programs accept no other."""
    local, at, host = normalize("NFC", text).rpartition("@")
    if not host.isascii():
        try:
            host = domain(host)
        except ValueError:
            host = ""
    address = local + at + host
    if not _EMAIL.fullmatch(address) or not local.isprintable():
        raise InputError(f"{quoted(text)} is not an e-mail address", "write it like mike@example.org")
    return address
