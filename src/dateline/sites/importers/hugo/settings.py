"""Read the configuration of a Hugo site, its authors, and where its media and its feeds are."""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from dateline.content.key_values import Value
from dateline.content.urls import has_host
from dateline.content.validators import as_list
from dateline.importer.matching import plain_title
from dateline.sites.authors import author_of
from dateline.sites.files import (
    first_file,
    first_text,
    lower_keys,
    markdown_files,
    merged,
    read_config,
    read_first_config,
    read_table,
    table_of,
    text_of,
    texts_of,
    walk,
)
from dateline.sites.importers.hugo.feeds import feed_settings, theme_folders
from dateline.sites.importers.hugo.languages import Folder, folders_of, language_settings, languages_of, problems_of
from dateline.sites.model import MediaFolder, Site, remark
from dateline.sites.site_data import authors_in

_ENDINGS = (".toml", ".yaml", ".yml", ".json")
_CONFIGS = [f"{name}{ending}" for name in ("hugo", "config") for ending in _ENDINGS]
# A file called config.toml is Hugo's beside one of these folders, and with one of these keys.
_FOLDERS = ("content", "archetypes", "themes", "layouts")
_KEYS = {"baseurl", "languagecode", "theme", "title", "params"}
_ENVIRONMENTS = ("_default", "production")  # in the order in which folders of the configuration count
_SUMMARIES = (
    "the feeds hold summaries, as Hugo's own do",
    'to put whole posts into them, write content = "full" into feed.toml',
)


def detect(source: Path) -> bool:
    """Return whether this is a Hugo site. Zola has a file of the same name, with other keys."""
    config = first_file(source, _CONFIGS)
    if config.startswith("hugo") or (source / "config/_default").is_dir():
        return True
    if not any((source / name).is_dir() for name in _FOLDERS):
        return False
    keys = {key.lower() for key in read_table(source, config)}
    return "base_url" not in keys and not keys.isdisjoint(_KEYS)


def settings(source: Path) -> Site:
    """Read what is not in posts. Raises SiteError for a configuration that cannot be read."""
    languages = languages_of(_config(source))
    main = languages[0].config
    params = table_of(main.get("params"))
    address, rights = text_of(main.get("baseurl")), _plain(main.get("copyright"))
    folders = folders_of(languages)
    sections = {section for folder in folders for section in _sections(source, folder)}
    of_feeds, feeds = feed_settings(source, main, sections)
    authors = [table.get(key) for table in (params, main) for key in ("author", "authors")]
    found = {
        "title": _plain(main.get("title"), params.get("title")),
        "url": address if has_host(address) else "",
        "description": _plain(params.get("description"), main.get("description")),
        **language_settings(languages),
        "timezone": text_of(main.get("timezone")),
        "default_time": "00:00",
        "rights": rights if not re.search(r"[{}\[\]]", rights) else "",  # no Markdown, and no placeholder
        "author": next(filter(None, map(author_of, authors)), main.get("title")),
        "authors": _named_authors(source, folders),
        **of_feeds,
    }
    problems = [*problems_of(languages), *([_SUMMARIES] if found["content"] == "summary" else [])]
    return Site(
        found,
        media=tuple(MediaFolder(source / path) for path in _media_folders(main, folders)),
        feeds=feeds,
        menu=dict(_menu(main)),
        problems=tuple(remark(source, "", None, *problem) for problem in problems),
        config={"languages": languages, "folders": folders},
    )


def _plain(*values: Value | None) -> str:
    """Return the first of several values that is text, without HTML."""
    return plain_title(next(filter(None, map(text_of, values)), ""))


def _config(source: Path) -> dict[str, Any]:
    """Return the configuration, with all keys in lower case: of a file, and of a folder with one for each table."""
    found: dict[str, Any] = {}
    first = read_first_config(source, *_CONFIGS)
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


def _menu(main: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the addresses that are in the main menu, and their positions."""
    for name in ("menu", "menus"):
        for entry in map(table_of, as_list(table_of(main.get(name)).get("main") or [])):
            if address := first_text(entry, "pageref", "url"):
                yield address, text_of(entry.get("weight")) or "1"


def _media_folders(main: Mapping[str, Any], folders: Sequence[Folder]) -> list[str]:
    """Return the folders with files that have addresses of their own, those that count first."""
    static = texts_of(main.get("staticdir")) or ["static"]
    assets = text_of(main.get("assetdir")) or "assets"
    return [*static, *theme_folders(main, "static"), assets, *(folder.path for folder in folders if not folder.below)]


def _named_authors(source: Path, folders: Sequence[Folder]) -> dict[str, dict[str, Value]]:
    """Return the authors that posts may name by a key: of pages of their own, and of files of data."""
    paths = [*(f"{folder.path}/authors" for folder in folders), "data/author", "data/authors"]
    found = chain.from_iterable(authors_in(source, path).items() for path in paths)
    return dict(sorted(dict(found).items()))


def _sections(source: Path, folder: Folder) -> Iterator[str]:
    """Yield the sections that have pages besides their own, by the names of files."""
    for path in markdown_files(source, folder.path):
        section, *names = posixpath.join(folder.below, path.removeprefix(f"{folder.path}/")).split("/")
        # A bundle at the top is in no section.
        if names and not names[-1].startswith("_index.") and not names[0].startswith("index."):
            yield section
