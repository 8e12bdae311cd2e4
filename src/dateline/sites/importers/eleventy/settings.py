"""Read the settings of an Eleventy site: its configuration, the options of its feeds, and its data files."""

import os
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from dateline.content.key_values import Value
from dateline.model import Source
from dateline.sites.files import (
    feeds_in,
    first_file,
    front_matter,
    limit_of,
    table_of,
    text_at,
    text_of,
    texts_of,
    walk,
)
from dateline.sites.importers.eleventy.cascade import ENDINGS
from dateline.sites.literals.javascript import Script, read_script
from dateline.sites.model import MediaFolder, Site
from dateline.sites.site_data import (
    authors_in,
    described,
    feed_format,
    feed_settings,
    first_of,
    folder_in,
    read_data,
    unknown_options,
)

_CONFIGS = (".eleventy.js", *(f"eleventy.config.{ending}" for ending in ("js", "mjs", "cjs", "ts", "mts")))
_FOLDERS = {"input": "", "output": "_site", "includes": "_includes", "data": "_data", "layouts": ""}
_REMEDIES = {
    "pathPrefix": "give the whole address with --url, if it is not the default",
    "outputPath": "set feed_files, if it is not the default",
}
_FEED_ENDINGS = (".xml", ".json", ".atom", ".rss")
_COLLECTION = re.compile(r"\bcollections(?:\.|\[[\"'])([\w-]+)")
_COLLECTIONS = {"all", "nav", "post", "posts"}


def detect(source: Path) -> bool:
    """Return whether a folder has the configuration of an Eleventy site."""
    return bool(first_file(source, _CONFIGS))


def settings(source: Path) -> Site:
    """Read the configuration, the feed plugin's options or templates of feeds, and global data."""
    script = read_script(source, first_file(source, _CONFIGS))
    config = table_of(script.default()) | table_of(script.named("config"))
    folders = _folders(script, table_of(config.get("dir")))
    feeds = [*_plugin_feeds(script), *_feed_templates(source, folders)]
    files = {text_of(feed["type"]): text_of(feed["outputPath"]).lstrip("/") for feed in reversed(feeds)}
    collections = [table_of(feed.get("collection")) for feed in feeds]
    about = _about(source, folders["data"], feeds, text_of(config.get("pathPrefix")).strip("/"))
    return Site(
        {
            **about,
            "timezone": "UTC",
            "default_time": "00:00",
            **feed_settings(files),
            "authors": authors_in(source, posixpath.join(folders["data"], "authors")),
            "limit": next(filter(None, (limit_of(table.get("limit")) for table in collections)), None),
            **_languages(source, folders["input"], about.get("language", ""), script),
        },
        tuple(_media(source, folders["input"], script)),
        feeds_in(source, folders["output"], files.values()),
        tuple(unknown_options(source, script, _REMEDIES)),
        {
            "folders": folders,
            "collections": _COLLECTIONS | {text_of(collection.get("name")) for collection in collections},
            "ignored": tuple(_ignored(source, script)),
            "base": next((text_of(call[0]) for call in script.calls("setDataFileBaseName") if call), ""),
            "aliases": {text_of(call[0]): text_of(call[1]) for call in script.calls("addLayoutAlias") if len(call) > 1},
        },
    )


def _about(source: Path, data_folder: str, feeds: Sequence[Mapping[str, Value]], prefix: str) -> dict[str, Any]:
    """Return what feeds and data say of the site, or else the package."""
    data: dict[str, Value] = {}
    for name in ("site", "meta", "metadata"):
        data |= read_data(source, posixpath.join(data_folder, name))[0]
    found = first_of(*(described(table_of(feed.get("metadata"))) for feed in feeds), described(data))
    if not found:
        package = read_data(source, "package", ".json")[0]
        found = described({key: value for key, value in package.items() if key != "name"})
    if prefix and found.get("url") and not found["url"].rstrip("/").endswith(f"/{prefix}"):
        found["url"] = urljoin(found["url"], f"/{prefix}/")
    return found


def _folders(script: Script, given: Mapping[str, Value]) -> dict[str, str]:
    """Return the folders of a site, all from its root; those of data and includes are named from the input's."""
    found = dict(_FOLDERS) | {name: path for name in _FOLDERS if (path := text_of(given.get(name)))}
    for name in _FOLDERS:
        for folder, *_ in filter(None, script.calls(f"set{name.capitalize()}Directory")):
            found[name] = text_of(folder) or found[name]
    found["layouts"] = found["layouts"] or found["includes"]
    for name in ("includes", "data", "layouts"):
        found[name] = posixpath.join(found["input"], found[name])
    return {name: folder_in(path, _FOLDERS[name]) for name, path in found.items()}


def _plugin_feeds(script: Script) -> Iterator[dict[str, Value]]:
    """Yield the options of the feed plugin, with its defaults."""
    for options in _plugin_options(script):
        if {"outputPath", "collection"} & options.keys():
            yield {"type": "atom", "outputPath": "/feed.xml"} | options


def _plugin_options(script: Script) -> Iterator[dict[str, Value]]:
    return (table_of(arguments[1]) for arguments in script.calls("addPlugin") if len(arguments) > 1)


def _feed_templates(source: Path, folders: Mapping[str, str]) -> Iterator[dict[str, Value]]:
    """Yield what templates of feeds say in their front matter, as options of the feed plugin."""
    for path in input_files(source, folders):
        text = text_at(source, path) if path.endswith((".njk", ".liquid", ".hbs", ".xml")) else ""
        kind = feed_format(text)
        fields = front_matter(Source(path, text))
        address = text_of(fields.get("permalink"))
        if kind and address.endswith(_FEED_ENDINGS) and "{" not in address:
            name = _COLLECTION.search(text)
            collection: dict[str, Value] = {"name": name[1] if name else ""}
            metadata = table_of(fields.get("metadata"))
            yield {"type": kind, "outputPath": address, "collection": collection, "metadata": metadata}


def _languages(source: Path, folder: str, main: str, script: Script) -> dict[str, Any]:
    """Return the languages of a site: that of its plugin or metadata, and those of top folders."""
    given = (text_of(options.get("defaultLanguage")) for options in _plugin_options(script))
    main = next(filter(None, given), main) or "en"
    root = source / folder
    names = sorted(entry.name for entry in root.iterdir() if entry.is_dir()) if os.path.isdir(root) else []
    data = (read_data(source, posixpath.join(folder, name, name), *ENDINGS)[0] for name in names if name[0] not in "._")
    languages = list(dict.fromkeys(filter(None, [main, *(text_of(table.get("lang")) for table in data)])))
    return {"language": main, "languages": languages}


def _media(source: Path, folder: str, script: Script) -> Iterator[MediaFolder]:
    """Yield the folders that are copied into the site, and that of the input."""
    for copied, *_ in filter(None, script.calls("addPassthroughCopy")):
        to_others = {name: text_of(to) for name, to in table_of(copied).items()}
        for name in to_others or texts_of(copied):
            path = posixpath.normpath(re.split(r"/?[^/]*[*{]", name)[0] or ".")
            place = to_others.get(name) or posixpath.relpath(path, folder)
            if not path.startswith(("..", "/")) and os.path.isdir(source / path):
                yield MediaFolder(source / path, posixpath.normpath(f"/{place.lstrip('./')}"))
    yield MediaFolder(source / folder)


def _ignored(source: Path, script: Script) -> Iterator[str]:
    """Yield the patterns of files that are left out of the site."""
    lines = text_at(source, ".eleventyignore").splitlines()
    calls = [text_of(arguments[0]) for arguments in script.calls("add") if arguments]
    yield from (line.strip().removeprefix("./").strip("/") for line in (*lines, *calls) if line.strip(" ./#!"))


def input_files(source: Path, folders: Mapping[str, str]) -> Iterator[str]:
    """Yield the files of the input, without those that make pages of them."""
    others = {folders[name] for name in ("output", "includes", "data", "layouts")} - {folders["input"]}
    below = tuple(f"{folder}/" for folder in others)
    return (path for path in walk(source, folders["input"], ["node_modules"]) if not path.startswith(below))
