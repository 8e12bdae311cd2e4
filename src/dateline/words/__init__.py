"""The words of pages and feeds, by language: a TOML file for each, which says what the program writes itself.

A text may have fields in braces, which are filled in. One that depends on a count is a table with a text for each
plural form that CLDR has for the language. Texts are plain; where the name ends in ``_html``, HTML. A language without
a file gets English, which pages mark as such. The pages of a podcast have the text ``podcast_x`` in place of ``x``. To
add a language, add a file with the names of ``en.toml``.
"""

import os
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from dateline.cldr import number_text, plural_form

_HERE = os.path.dirname(os.path.abspath(__file__))
# Words of a publication itself: names, and texts or, for a text with a count, its plural forms and their texts.
OwnWord = str | tuple[tuple[str, str], ...]
OwnWords = tuple[tuple[str, OwnWord], ...]
# Where Chinese is written in traditional characters.
_TRADITIONAL = frozenset("hant tw hk mo".split())


class Plural(NamedTuple):
    """A text for each plural form of a language. Used like a text: `format` chooses the form by the count."""

    language: str
    forms: Mapping[str, str]

    def format(self, *, count: int, **values: object) -> str:
        """Fill in the text for a count, and the count."""
        number = number_text(count, self.language)
        return self.forms[plural_form(count, self.language)].format(count=number, **values)


class Words(NamedTuple):
    """The words of a language. If there are none in the one that was asked for, they are in English instead."""

    language: str
    by_name: Mapping[str, str | Plural]
    is_instead: bool

    def text(self, name: str, **values: object) -> str:
        """Return a text with its fields filled in."""
        return self.by_name[name].format(**values)  # type: ignore[arg-type]


@lru_cache
def words(language: str, own: OwnWords = ()) -> Words:
    """Return the words for pages and feeds in a language, some of which the publication may have replaced."""
    listed = _listed(language)
    found = _file(listed or "en")
    texts = {name: Plural(language, dict(text)) if isinstance(text, tuple) else text for name, text in own}
    if listed or texts.keys() != found.by_name.keys():
        return Words(found.language, {**found.by_name, **texts}, is_instead=listed is None)
    return Words(language, texts, is_instead=False)


@lru_cache
def _file(language: str) -> Words:
    with open(os.path.join(_HERE, f"{language}.toml"), "rb") as file:
        table = tomllib.load(file)
    by_name = {name: Plural(language, text) if isinstance(text, dict) else text for name, text in table.items()}
    return Words(language, by_name, is_instead=False)


@lru_cache
def languages() -> tuple[str, ...]:
    """Return the languages that have words."""
    return tuple(sorted(name.removesuffix(".toml") for name in os.listdir(_HERE) if name.endswith(".toml")))


@lru_cache
def _listed(language: str) -> str | None:
    first, *others = language.lower().split("-")
    if first == "zh":
        first = "zh-Hant" if _TRADITIONAL.intersection(others) else "zh-Hans"
    return first if first in languages() else None
