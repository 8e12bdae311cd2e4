"""Read the configuration of a Hugo site, its authors, and where its media and its feeds are."""

import os
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from dateline.content import validators as read
from dateline.content.front_matter import split
from dateline.content.key_values import Value
from dateline.content.scan import is_post_file, leads_inside
from dateline.content.urls import has_host
from dateline.errors import InputError, PostError, Problem, SiteError
from dateline.fileio import read_regular
from dateline.model import Source
from dateline.sites.files import (
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
from dateline.sites.model import MediaFolder, Site, remark

_ENDINGS = (".toml", ".yaml", ".yml", ".json")
_ENVIRONMENTS = ("_default", "production")  # in the order in which folders of the configuration count
# Where Hugo looks for the template of a feed.
_FEED_TEMPLATES = [
    f"{folder}{name}" for name in ("index.rss.xml", "home.rss.xml", "rss.xml") for folder in ("", "_default/")
]
# Parameters with which themes put whole posts into a feed.
_AUTHOR_KEYS = {
    "name": ("name", "title", "display_name", "display"),
    "email": ("email", "mail"),
    "url": ("url", "website", "homepage", "link", "web"),
}
_FULL_TEXT = re.compile(r"full\w*(?:rss|feed)|(?:rss|feed)\w*full", re.IGNORECASE)


class Language(NamedTuple):
    """A language of a site: its key, what Dateline calls it, and the configuration in it.

    `code` is empty if it is the only one, or no language at all. Addresses of its pages begin with `prefix`.
    """

    key: str
    code: str
    config: Mapping[str, Any]
    prefix: str


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
        return "base_url" not in keys and not keys.isdisjoint({"baseurl", "languagecode", "theme", "title"})
    return False


def settings(source: Path) -> Site:
    """Read what is not in posts. Raises SiteError for a configuration that cannot be read."""
    languages, problems = _languages(source, _config(source))
    main = languages[0].config
    params = table_of(main.get("params"))
    codes = [language.code for language in languages if language.code]
    address = text_of(main.get("baseurl"))
    folders = _folders(languages)
    feed_files, feeds = _feeds(source, main, folders)
    found = {
        "title": text_of(main.get("title")) or text_of(params.get("title")),
        "url": address if has_host(address) else "",
        "description": text_of(params.get("description")) or text_of(main.get("description")),
        "language": codes[0]
        if codes
        else _code(main.get("languagecode") or main.get("locale")) or _code(languages[0].key),
        "languages": codes if len(codes) > 1 else [],
        "timezone": text_of(main.get("timezone")),
        "default_time": "00:00",
        "rights": _without_markup(text_of(main.get("copyright"))),
        "author": next(filter(None, map(_author, _author_values(main, params))), ""),
        "authors": dict(_named_authors(source, folders)),
        "limit": _limit(main),
        "content": "full" if _has_whole_posts(source, main, params) else "summary",
        "feed_files": feed_files,
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
        for path in walk(source, f"config/{environment}") if (source / f"config/{environment}").is_dir() else ():
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
    """Return the languages, the main one first, and problems with those that Dateline does not know."""
    tables = {key: table_of(table) for key, table in table_of(config.get("languages")).items()}
    tables = {key: table for key, table in tables.items() if not is_on(table.get("disabled"))}
    main = text_of(config.get("defaultcontentlanguage")).lower() or "en"
    keys = sorted(tables, key=lambda key: (key != main, _number(tables[key].get("weight")))) or [main]
    in_folder = len(keys) > 1 and is_on(config.get("defaultcontentlanguageinsubdir"))
    languages, problems = [], []
    for key in keys:
        table = tables.get(key, {})
        code = _code(key) or _code(table.get("languagecode") or table.get("locale"))
        if len(keys) > 1 and not code:
            problem = f"languages.{key}: not a language code, so its posts count as those of the main language"
            problems.append(remark(source, "", None, problem, "set language: in them, and languages in feed.toml"))
        prefix = f"{key}/" if key != keys[0] or in_folder else ""
        languages.append(Language(key, code if len(keys) > 1 else "", merged(config, table), prefix))
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
    return [*static, *_in_themes(main, "static"), assets, *(folder.path for folder in folders if not folder.below)]


def _in_themes(main: Mapping[str, Any], folder: str) -> list[str]:
    themes = text_of(main.get("themesdir")) or "themes"
    return [f"{themes}/{theme}/{folder}" for theme in texts_of(main.get("theme"))]


def _author_values(main: Mapping[str, Any], params: Mapping[str, Any]) -> Iterator[Value]:
    yield from (table[key] for table in (params, main) for key in ("author", "authors") if table.get(key))


def _author(value: Value) -> Value:
    """Return one author, or a list, as feed.toml has them; empty if there is none."""
    if isinstance(value, list):
        return [author for item in value if (author := _author(item))]
    table = _author_table(value) if isinstance(value, dict) else {}
    return table if len(table) > 1 else table.get("name") or text_of(value)


def _author_table(table: Mapping[str, Value], name: str = "") -> dict[str, Value]:
    """Return the table of an author, whose keys themes call by different names; empty if it has no name."""
    found: dict[str, Value] = {}
    for key, names in _AUTHOR_KEYS.items():
        value = next(filter(None, (text_of(table.get(name)) for name in names)), name if key == "name" else "")
        with suppress(InputError):
            read.author_table({**found, key: value})
            found |= {key: value} if value else {}
    return found


def _named_authors(source: Path, folders: Sequence[Folder]) -> Iterator[tuple[str, dict[str, Value]]]:
    """Yield the authors that posts may name by a key: of the folder of data, and of their own pages."""
    tables: dict[str, Any] = {}
    for path in walk(source, "data"):
        stem, ending = posixpath.splitext(path)
        if ending in _ENDINGS and stem in ("data/authors", "data/author"):
            tables |= read_config(source, path).values
        elif ending in _ENDINGS and stem.startswith("data/authors/"):
            tables[posixpath.basename(stem)] = read_config(source, path).values
    for folder in folders:
        for path in walk(source, f"{folder.path}/authors"):
            if posixpath.basename(path) in ("_index.md", "index.md") and path.count("/") > folder.path.count("/") + 2:
                text = read_text(source, path)
                with suppress(PostError):
                    key = posixpath.basename(posixpath.dirname(path))
                    tables.setdefault(key, split(text)[0].values if isinstance(text, Source) else {})
    for key, table in sorted(tables.items()):
        if author := _author_table(lower_keys(table_of(table))):
            yield key, author


def _without_markup(text: str) -> str:
    """Return a text, unless it has HTML, Markdown, or a placeholder in it."""
    return "" if re.search(r"[<>{}\[\]]", text) else text


def _limit(main: Mapping[str, Any]) -> int | None:
    rss = table_of(table_of(main.get("services")).get("rss"))
    limit = text_of(rss.get("limit")) or text_of(main.get("rsslimit"))
    return int(limit) if limit.isascii() and limit.isdecimal() and int(limit) else None


def _has_whole_posts(source: Path, main: Mapping[str, Any], params: Mapping[str, Any]) -> bool:
    """Return whether the feed holds whole posts: by a parameter of a theme, or by the template. Hugo's own doesn't."""
    if any(_FULL_TEXT.search(key) for key in params):
        return any(is_on(value) for key, value in params.items() if _FULL_TEXT.search(key))
    for folder in ("layouts", *_in_themes(main, "layouts")):
        for name in _FEED_TEMPLATES:
            if (source / folder / name).is_file():
                template = read_text(source, f"{folder}/{name}")
                text = template.text if isinstance(template, Source) else ""
                return ".Content" in text and not _FULL_TEXT.search(text)
    return False


def _feeds(source: Path, main: Mapping[str, Any], folders: Sequence[Folder]) -> tuple[dict[str, Any], tuple[Path, ...]]:
    """Return where the feed is that holds the posts, and its file, if the site was built.

    Of a site with one section, the section's feed holds the same posts.
    """
    rss = table_of(table_of(main.get("outputformats")).get("rss"))
    name = f"{text_of(rss.get('basename')) or 'index'}.xml"
    sections = {section for folder in folders for section in _sections(source, folder)}
    paths = [name, *(f"{section}/{name}" for section in sorted(sections))]
    output = text_of(main.get("publishdir")) or "public"
    entries = {path: number for path in paths if (number := _entries(source, f"{output}/{path}"))}
    best = max(entries, key=lambda path: entries[path], default=name)
    also = [path for path in paths if path != best and len(sections) == 1]
    return {"rss": best} | ({"also": {"rss": also}} if also else {}), (source / output / best,) if entries else ()


def _sections(source: Path, folder: Folder) -> Iterator[str]:
    """Yield the sections with pages other than their own, by the names of files."""
    for path in walk(source, folder.path):
        section, *below = posixpath.join(folder.below, path.removeprefix(f"{folder.path}/")).split("/")
        if (
            is_post_file(path)
            and below
            and not below[-1].startswith("_index.")
            and below[0].partition(".")[0] != "index"
        ):
            yield section


def _entries(source: Path, path: str) -> int:
    """Return the number of entries in a feed of a site; 0 if there is none."""
    if not (source / path).is_file() or not leads_inside(str(source / path), os.path.realpath(source)):
        return 0
    return read_regular(source / path).count(b"<item>")
