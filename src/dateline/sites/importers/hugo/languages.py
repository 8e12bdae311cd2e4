"""Read which languages a Hugo site has, and where the content in each of them is. Pure."""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from dateline.content.key_values import Value
from dateline.content.validators import as_list
from dateline.sites.files import inside, is_on, language_of, merged, table_of, text_of, texts_of, value_in


class Language(NamedTuple):
    """A language of a site: its key, its code, which is empty if it is the only one, and the configuration in it.

    Addresses of its pages begin with `prefix`.
    """

    key: str
    code: str
    config: Mapping[str, Any]
    prefix: str
    is_disabled: bool = False


class Folder(NamedTuple):
    """A folder of content: its path, where it counts as being below ``content``, and its language."""

    path: str
    below: str
    language: str


def languages_of(config: Mapping[str, Any]) -> list[Language]:
    """Return the languages, the main one first and those that are disabled last."""
    tables = {key: table_of(table) for key, table in table_of(config.get("languages")).items()}
    disabled = {key for key, table in tables.items() if is_on(table.get("disabled"))}
    disabled.update(texts_of(config.get("disablelanguages")))
    main = text_of(config.get("defaultcontentlanguage")).lower() or "en"
    keys = sorted(tables, key=lambda key: (key in disabled, key != main, _weight(tables[key]))) or [main]
    is_multilingual = len({*keys} - disabled) > 1
    in_folder = is_multilingual and is_on(config.get("defaultcontentlanguageinsubdir"))
    languages = []
    for key in keys:
        table = tables.get(key, {})
        code = _code(key, *_written_codes(table)) if is_multilingual and key not in disabled else ""
        prefix = f"{key}/" if key != keys[0] or in_folder else ""
        languages.append(Language(key, code, merged(config, table), prefix, key in disabled))
    return languages


def language_settings(languages: Sequence[Language]) -> dict[str, Any]:
    """Return the language of the feed, and all of them if there are several."""
    codes = [language.code for language in languages if language.code]
    main = languages[0]
    code = codes[0] if codes else _code(*_written_codes(main.config), main.key)
    return {"language": code, "languages": codes if len(codes) > 1 else []}


def _written_codes(table: Mapping[str, Any]) -> list[Value | None]:
    return [table.get("languagecode"), table.get("locale")]


def _code(*values: Value | None) -> str:
    """Return the first of several values that is the code of a language; empty if none is."""
    return next(filter(None, map(language_of, values)), "")


def _weight(table: Mapping[str, Value]) -> float:
    with suppress(ValueError):
        return float(text_of(table.get("weight")))
    return float("inf")


def problems_of(languages: Sequence[Language]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with languages, and how to correct it."""
    is_multilingual = sum(not language.is_disabled for language in languages) > 1
    for key, code, *_, is_disabled in languages:
        if is_disabled:
            problem = f"languages.{key}: disabled, so posts in it are left out"
            yield problem, "enable it in the configuration, and import again"
        elif is_multilingual and not code:
            problem = f"languages.{key}: not a language code, so posts in it count as those of the main language"
            yield problem, "write language: into them, and languages into feed.toml"


def folders_of(languages: Sequence[Language]) -> list[Folder]:
    """Return the folders of content, those within others first."""
    found: dict[str, Folder] = {}
    folders = list(_mounted(languages[0])) or [
        Folder(text_of(language.config.get("contentdir")) or "content", "", language.key) for language in languages
    ]
    for folder in folders:
        if (path := inside(folder.path)) is not None:
            found.setdefault(path, folder._replace(path=path))
    return sorted(found.values(), key=lambda folder: (-len(folder.path), folder.path))


def _mounted(main: Language) -> Iterator[Folder]:
    """Yield the folders that the configuration mounts as content."""
    for mount in map(table_of, as_list(value_in(main.config, "module", "mounts") or [])):
        top, _, below = posixpath.normpath(text_of(mount.get("target")) or ".").partition("/")
        if top == "content":
            yield Folder(text_of(mount.get("source")), below, text_of(mount.get("lang")) or main.key)
