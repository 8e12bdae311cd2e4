"""Read the configuration of a Hugo site, its authors, and where its media and its feeds are."""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from dateline.content import validators as read
from dateline.content.key_values import Value
from dateline.content.scan import is_post_file
from dateline.content.urls import has_host
from dateline.errors import InputError, Problem, SiteError
from dateline.importer.matching import plain_title
from dateline.model import Source
from dateline.sites.authors import author_of, author_table_of
from dateline.sites.files import (
    front_matter,
    is_on,
    lower_keys,
    merged,
    read_config,
    read_first_config,
    read_text,
    table_of,
    text_of,
    texts_of,
    walk,
)
from dateline.sites.importers.hugo.feeds import feed_settings, theme_folders
from dateline.sites.model import MediaFolder, Site, remark

_ENDINGS = (".toml", ".yaml", ".yml", ".json")
_ENVIRONMENTS = ("_default", "production")  # in the order in which folders of the configuration count


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


def detect(source: Path) -> bool:
    """Return whether this is a Hugo site. Zola has a file of the same name, with other keys."""
    if any((source / f"hugo{ending}").is_file() for ending in _ENDINGS) or (source / "config/_default").is_dir():
        return True
    if not any((source / name).is_dir() for name in ("content", "archetypes", "themes", "layouts")):
        return False
    with suppress(SiteError):
        _, found = read_first_config(source, *(f"config{ending}" for ending in _ENDINGS)) or ("", None)
        keys = set(found.values) if found else set()
        return "base_url" not in keys and not keys.isdisjoint({"baseurl", "languagecode", "theme", "title", "params"})
    return False


def settings(source: Path) -> Site:
    """Read what is not in posts. Raises SiteError for a configuration that cannot be read."""
    languages, problems = _languages(source, _config(source))
    main = languages[0].config
    params = table_of(main.get("params"))
    address = text_of(main.get("baseurl"))
    codes = [language.code for language in languages if language.code]
    code = _code(main.get("languagecode") or main.get("locale")) or _code(languages[0].key)
    rights = plain_title(text_of(main.get("copyright")))
    folders = _folders(languages)
    sections = {section for folder in folders for section in _sections(source, folder)}
    of_feeds, feeds = feed_settings(source, main, sections)
    found = {
        "title": plain_title(text_of(main.get("title")) or text_of(params.get("title"))),
        "url": address if has_host(address) else "",
        "description": plain_title(text_of(params.get("description")) or text_of(main.get("description"))),
        "language": codes[0] if codes else code,
        "languages": codes if len(codes) > 1 else [],
        "timezone": text_of(main.get("timezone")),
        "default_time": "00:00",
        "rights": rights if not re.search(r"[{}\[\]]", rights) else "",  # no Markdown, and no placeholder
        "author": next(filter(None, map(author_of, _author_values(main, params))), main.get("title")),
        "authors": dict(_named_authors(source, folders)),
        **of_feeds,
    }
    if found["content"] == "summary":
        remedy = 'to put whole posts into them, write content = "full" into feed.toml'
        problems.append(remark(source, "", None, "the feeds hold summaries, as Hugo's own do", remedy))
    media = tuple(MediaFolder(source / path) for path in _media_folders(main, folders))
    return Site(found, media, feeds, tuple(problems), {"languages": languages, "folders": folders})


def _config(source: Path) -> dict[str, Any]:
    """Return the configuration, with all keys in lower case: of a file, and of a folder with one for each table."""
    found: dict[str, Any] = {}
    first = read_first_config(source, *(f"{name}{ending}" for name in ("hugo", "config") for ending in _ENDINGS))
    parts = [first[1].values] if first else []
    for environment in _ENVIRONMENTS:
        for path in walk(source, f"config/{environment}"):
            name, ending = posixpath.splitext(posixpath.basename(path))
            if ending in _ENDINGS:
                parts.append(_in_tables(name.lower(), read_config(source, path).values))
    for part in parts:
        found = merged(found, lower_keys(part))
    return found


def _in_tables(name: str, values: Mapping[str, Value]) -> dict[str, Any]:
    """Return the values of a file in the tables that its name says, such as ``params`` or ``languages.es``."""
    table, _, language = name.partition(".")
    if table in ("hugo", "config"):
        return dict(values)
    names = [table, language] if table == "languages" else ["languages", language, table] if language else [table]
    found: dict[str, Any] = dict(values)
    for key in reversed(list(filter(None, names))):
        found = {key: found}
    return found


def _languages(source: Path, config: Mapping[str, Any]) -> tuple[list[Language], list[Problem]]:
    """Return the languages, the main one first and those that are disabled last, and problems with them."""
    tables = {key: table_of(table) for key, table in table_of(config.get("languages")).items()}
    disabled = {
        *texts_of(config.get("disablelanguages")),
        *(key for key in tables if is_on(tables[key].get("disabled"))),
    }
    main = text_of(config.get("defaultcontentlanguage")).lower() or "en"
    keys = sorted(tables, key=lambda key: (key in disabled, key != main, _number(tables[key].get("weight")))) or [main]
    is_multilingual = len(set(keys) - disabled) > 1
    in_folder = is_multilingual and is_on(config.get("defaultcontentlanguageinsubdir"))
    languages, problems = [], []
    for key in keys:
        table = tables.get(key, {})
        code = _code(key) or _code(table.get("languagecode") or table.get("locale"))
        prefix = f"{key}/" if key != keys[0] or in_folder else ""
        if key in disabled:
            problem = f"languages.{key}: disabled, so posts in it are left out"
            problems.append(remark(source, "", None, problem, "enable it in the configuration, and import again"))
        elif is_multilingual and not code:
            problem = f"languages.{key}: not a language code, so posts in it count as those of the main language"
            problems.append(
                remark(source, "", None, problem, "write language: into them, and languages into feed.toml")
            )
        has_code = is_multilingual and key not in disabled
        languages.append(Language(key, code if has_code else "", merged(config, table), prefix, key in disabled))
    return languages, problems


def _number(value: Value | None) -> float:
    try:
        return float(text_of(value) or "inf")
    except ValueError:
        return float("inf")


def _code(value: Value | None) -> str:
    """Return a code of a language as Dateline writes it; empty if it is none."""
    try:
        return read.language(text_of(value).replace("_", "-"))
    except InputError:
        return ""


def _folders(languages: Sequence[Language]) -> list[Folder]:
    """Return the folders of content, those within others first."""
    found: dict[str, Folder] = {}
    for table in map(table_of, read.as_list(table_of(languages[0].config.get("module")).get("mounts") or [])):
        path, target = (posixpath.normpath(text_of(table.get(key)) or ".") for key in ("source", "target"))
        top, _, below = target.partition("/")
        if top == "content":
            found.setdefault(path, Folder(path, below, text_of(table.get("lang")) or languages[0].key))
    for language in languages if not found else ():
        path = posixpath.normpath(text_of(language.config.get("contentdir")) or "content")
        found.setdefault(path, Folder(path, "", language.key))
    inside = [folder for folder in found.values() if not folder.path.startswith(("/", ".."))]
    return sorted(inside, key=lambda folder: (-len(folder.path), folder.path))


def _media_folders(main: Mapping[str, Any], folders: Sequence[Folder]) -> list[str]:
    """Return the folders with files that have addresses of their own, those that count first."""
    static = texts_of(main.get("staticdir")) or ["static"]
    assets = text_of(main.get("assetdir")) or "assets"
    return [*static, *theme_folders(main, "static"), assets, *(folder.path for folder in folders if not folder.below)]


def _author_values(main: Mapping[str, Any], params: Mapping[str, Any]) -> Iterator[Value]:
    yield from (table[key] for table in (params, main) for key in ("author", "authors") if table.get(key))


def _named_authors(source: Path, folders: Sequence[Folder]) -> Iterator[tuple[str, dict[str, Value]]]:
    """Yield the authors that posts may name by a key: of files of data, and of pages of their own."""
    tables: dict[str, tuple[Value, str]] = {}
    for path in walk(source, "data"):
        stem, ending = posixpath.splitext(path)
        if ending in _ENDINGS and re.fullmatch("data/authors?(?:/[^/]+)?", stem):
            with suppress(SiteError):  # a list, say, of which posts cannot name one
                fields = read_config(source, path)
                whole = {posixpath.basename(stem): dict(fields.values)} if stem.count("/") > 1 else fields.values
                tables |= {fields.names.get(key, key): (table, "") for key, table in whole.items()}
    for folder in folders:
        for path in walk(source, f"{folder.path}/authors"):
            *_, key, name = path.split("/")
            if name in ("_index.md", "index.md") and key != "authors":
                text = read_text(source, path)
                values = front_matter(text).values if isinstance(text, Source) else {}
                tables.setdefault(key, (values, text_of(values.get("title"))))
    for key, (table, name) in sorted(tables.items()):
        if author := author_table_of(table_of(table), name):
            yield key, author


def _sections(source: Path, folder: Folder) -> Iterator[str]:
    """Yield the sections that have pages besides their own, by the names of files."""
    for path in filter(is_post_file, walk(source, folder.path)):
        section, *names = posixpath.join(folder.below, path.removeprefix(f"{folder.path}/")).split("/")
        # A bundle at the top is in no section.
        if names and not names[-1].startswith("_index.") and not names[0].startswith("index."):
            yield section
