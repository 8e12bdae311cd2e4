"""Read the tables ``[words]`` and ``[addresses]`` of feed.toml: words to use instead of ours, and names of folders.

In either, a table by the name of one of the publication's languages is for that; the rest is for the main one.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from dateline.cldr import plural_forms
from dateline.content import validators as read
from dateline.content.ids import MAX_SLUG, is_label_slug
from dateline.content.key_values import Fields, Value
from dateline.content.languages import listed
from dateline.content.schema import TEXT, any_of, table_of, written_as
from dateline.content.urls import BUILT_IN_PAGES
from dateline.errors import InputError, quoted
from dateline.feed_formats import FEED_FOLDERS
from dateline.lazy_patterns import lazy_pattern
from dateline.words import OwnWord, OwnWords, Plural, words

T = TypeVar("T")
_FIELD = lazy_pattern(r"\{(\w+)\}")
_TAG = lazy_pattern(r'<(?P<name>strong|em)>|</(?P<end>strong|em|a)>|<a href="\{(?:url|home|archive)\}">')


@written_as(table_of({}, others=any_of(TEXT, table_of({}, others=any_of(TEXT, table_of({}, others=TEXT))))))
def read_own_words(fields: Fields, languages: Sequence[str]) -> tuple[tuple[str, OwnWords], ...]:
    """Return the words of each language, the main one being the first; what is wrong is added to the problems."""
    return _by_language(fields, "words", languages, _word)


@written_as(table_of(dict.fromkeys(BUILT_IN_PAGES, TEXT), others=table_of(dict.fromkeys(BUILT_IN_PAGES, TEXT))))
def read_addresses(fields: Fields, languages: Sequence[str]) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Return the names of folders by language, like `read_own_words`."""
    found = _by_language(fields, "addresses", languages, partial(_address, languages))
    for _, names in found:
        if len({name for _, name in names}) < len(names):
            fields.wrong("addresses", "two pages have one address", "give one of them another name")
    return found


def _by_language(
    fields: Fields, key: str, languages: Sequence[str], read_one: Callable[[str, str, Value], T]
) -> tuple[tuple[str, tuple[tuple[str, T], ...]], ...]:
    found: dict[str, dict[str, T]] = {}
    for name, value in (fields.take(key, _table) or {}).items():
        other = listed(name, languages)
        language = other or languages[0]
        for inner, text in (fields.read(key, _table, value) or {}).items() if other else [(name, value)]:
            one = fields.read(f"{key}.{inner}", partial(read_one, inner, language), text)
            if one is not None:
                found.setdefault(language, {})[inner] = one
    return tuple((language, tuple(texts.items())) for language, texts in found.items())


def _table(value: Value) -> dict[str, Value]:
    return read.table(value, 'write one with lines like archive = "…"')


def _address(languages: Sequence[str], page: str, _language: str, value: Value) -> str:
    if page not in BUILT_IN_PAGES:
        raise InputError("no page with an address of its own", f"use {' and '.join(BUILT_IN_PAGES)}")
    name = read.stripped(value)
    if not name or not is_label_slug(name) or not name.isascii() or len(name) > MAX_SLUG:
        problem = f"{quoted(name)} is not a name of letters from a to z, digits and hyphens"
        raise InputError(problem, f"write one like {page}")
    if name in {*FEED_FOLDERS, *BUILT_IN_PAGES} - {page} or listed(name, languages):
        raise InputError(f"{quoted(name)} is the folder of something else", f"write another, like {page}")
    return name


def _word(name: str, language: str, value: Value) -> OwnWord:
    """Return a text, or one for each plural form. Raises InputError for one that cannot replace ours."""
    ours = words("en").by_name.get(name)
    if ours is None:
        from difflib import get_close_matches

        near = get_close_matches(name, words("en").by_name, 1)
        remedy = f"did you mean {near[0]}?" if near else "run dateline help languages to see where the names are"
        raise InputError("no word has this name", remedy)
    if not isinstance(ours, Plural):
        return _text(value, ours, is_html=name.endswith("_html"))
    forms = plural_forms(language)
    if not isinstance(value, dict) or value.keys() != forms:
        remedy = f"write {{{', '.join(f'{form} = …' for form in sorted(forms))}}}, with {{count}} where the number goes"
        raise InputError(f"a text for each plural form of {quoted(language)} is needed", remedy)
    return tuple((form, _text(text, ours.forms["other"])) for form, text in value.items())


def _text(value: Value, ours: str, *, is_html: bool = False) -> str:
    """Return a text with the fields of ours; a count may be left out."""
    text = read.line_of_text(value)
    wanted, written = {*_FIELD.findall(ours)}, {*_FIELD.findall(text)}
    if missing := sorted(wanted - written - {"count"}):
        raise InputError(f"there is no {{{missing[0]}}} in it", "write it where that goes")
    if re.search("[{}]", _FIELD.sub("", text)) or written - wanted:
        known = ", ".join(f"{{{field}}}" for field in sorted(wanted))
        remedy = f"use no braces but those of {known}" if known else "this text has no fields, so use no braces"
        raise InputError(f"unknown field in braces in {quoted(text)}", remedy)
    if is_html and not _is_safe(text):
        raise InputError(f"HTML that is not allowed, or not closed, in {quoted(text)}", f"use only {_tags_of(ours)}")
    return text


def _is_safe(text: str) -> bool:
    """Return whether HTML has no tags but those of emphasis and of links to addresses of ours, each closed."""
    if re.search("[<>]", _TAG.sub("", text)):
        return False
    opened: list[str] = []
    for tag in _TAG.finditer(text):
        if not tag["end"]:
            opened.append(tag["name"] or "a")
        elif not opened or opened.pop() != tag["end"]:
            return False
    return not opened


def _tags_of(ours: str) -> str:
    links = dict.fromkeys(re.findall("<a [^>]*>", ours))
    return ", ".join(["<strong>", "<em>", *(f"{link}…</a>" for link in links)])
