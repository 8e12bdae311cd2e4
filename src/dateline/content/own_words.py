"""Read the table ``[words]`` of feed.toml: words of pages and feeds to use instead of ours."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from functools import partial

from dateline.cldr import plural_forms
from dateline.content import validators as read
from dateline.content.key_values import Fields, Value
from dateline.content.languages import listed
from dateline.errors import InputError, quoted
from dateline.words import OwnWord, OwnWords, Plural, words

_FIELD = re.compile(r"\{(\w+)\}")
_TAG = re.compile(r'<(?P<name>strong|em)>|</(?P<end>strong|em|a)>|<a href="\{(?:url|home|archive)\}">')


def read_own_words(fields: Fields, language: str, languages: Sequence[str]) -> tuple[tuple[str, OwnWords], ...]:
    """Return the words of each language, by default the main one; a table in the table is for another.

    What is wrong is added to the problems.
    """
    found: dict[str, dict[str, OwnWord]] = {}
    for key, value in (fields.take("words", _table) or {}).items():
        other = listed(key, languages)
        for name, text in (fields.read("words", _table, value) or {}).items() if other else [(key, value)]:
            reader = partial(_word, name, other or language)
            word = fields.read(f"words.{name}", reader, text)
            if word is not None:
                found.setdefault(other or language, {})[name] = word
    return tuple((language, tuple(texts.items())) for language, texts in found.items())


def _table(value: Value) -> dict[str, Value]:
    if not isinstance(value, dict):
        raise InputError(f"{quoted(value)} is not a table", 'write archive = "All we wrote" and the like below [words]')
    return value


def _word(name: str, language: str, value: Value) -> OwnWord:
    """Return a text, or one for each plural form. Raises InputError for one that cannot replace ours."""
    ours = words("en").by_name.get(name)
    if ours is None:
        near = get_close_matches(name, words("en").by_name, 1)
        raise InputError("no word has this name", f"did you mean {near[0]}?" if near else "the names are in words/en.toml of the program")
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
        known = ", ".join(f"{{{field}}}" for field in sorted(wanted)) or "none"
        raise InputError("a field in braces that is not known", f"use braces only for fields; here: {known}")
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
