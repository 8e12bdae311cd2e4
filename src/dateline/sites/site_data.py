"""Read data files, and what they say of a site and its authors under the names that people give that."""

import os
import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dateline.content.key_values import Value
from dateline.content.scan import is_post_file
from dateline.errors import Problem
from dateline.feed_formats import FORMATS
from dateline.sites.authors import author_of, author_table_of
from dateline.sites.files import inside, read_front_matter, read_table, table_of, text_of, walk
from dateline.sites.literals.javascript import ENDINGS, Script, read_script
from dateline.sites.model import remark

DATA_ENDINGS = (".yaml", ".yml", ".toml", ".json", *ENDINGS)
# Setting by setting, what people call it, apart from a "site" before it, capitals and signs between words.
_NAMES = {
    "title": ("title", "name"),
    "description": ("description", "subtitle", "desc", "tagline"),
    "url": ("url", "base", "website", "origin", "baseurl", "homepage", "host", "site"),
    "language": ("language", "lang", "locale"),
    "author": ("author", "authorname", "authors"),
    "email": ("email", "authoremail"),
}
_PREFIX = re.compile(r"^(?:site|blog)(?=.)")
# What every feed of a format has near its beginning.
_SIGNS = {"atom": "<feed", "rss": "<rss", "json": "jsonfeed.org"}


def read_data(source: Path, stem: str, *endings: str) -> tuple[dict[str, Value], str]:
    """Return what data files with this name say together, and the last of them; empty if there is none.

    Functions stand for what they return; what is no literal is left out.
    """
    found: dict[str, Value] = {}
    last = ""
    for path in (stem + ending for ending in endings or DATA_ENDINGS if os.path.lexists(source / f"{stem}{ending}")):
        last = path
        is_script = path.endswith(ENDINGS)
        found |= table_of(read_script(source, path).default()) if is_script else read_table(source, path)
    return found, last


def described(data: Mapping[str, Value]) -> dict[str, Any]:
    """Return the settings that a site's data give under some name."""
    plain = {_PREFIX.sub("", re.sub(r"[_-]", "", key.lower())): value for key, value in data.items()}
    given: dict[str, Value] = {
        setting: next((value for name in names if (value := plain.get(name))), "") for setting, names in _NAMES.items()
    }
    texts = {setting: text_of(value) for setting, value in given.items()}
    author = given["author"]
    if isinstance(author, list):
        author = author[0]
    if isinstance(author, str) and texts["email"]:
        author = {"name": author, "email": texts["email"]}
    found = {
        "title": texts["title"],
        "description": texts["description"],
        "url": texts["url"] if re.match(r"https?://", texts["url"]) else "",
        "language": texts["language"].replace("_", "-"),
        "author": author_of(author),
    }
    return {key: value for key, value in found.items() if value}


def folder_in(path: str, default: str) -> str:
    """Return a folder of a source as its configuration names it, empty for the source; the default for one outside."""
    found = inside(path.lstrip("/") or default)
    return default if found is None else found


def first_of(*found: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings of which earlier ones count for more."""
    return {key: value for settings in reversed(found) for key, value in settings.items() if value}


def unknown_options(source: Path, script: Script, remedies: Mapping[str, str]) -> Iterator[Problem]:
    """Yield why a script cannot be read, and which of these keys are not known, each with what to do about it."""
    if script.problem:
        yield script.problem
    for key in filter(script.unknown.__contains__, remedies):
        yield remark(source, script.path, script.line(key), f"{key}: no literal, so it is not known", remedies[key])


def feed_settings(files: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings for feeds at paths by format; the others are not written if one of them has their name."""
    files = {name: path for name, path in files.items() if path}
    is_taken = any(format.filename in files.values() for name, format in FORMATS.items() if name not in files)
    return {"feed_files": files} | ({"formats": list(files)} if is_taken else {})


def feed_format(text: str) -> str:
    """Return the format of a template of a feed; empty if it is none."""
    return next((format for format, sign in _SIGNS.items() if sign in text), "")


def authors_in(source: Path, path: str) -> dict[str, dict[str, Value]]:
    """Return the authors that posts may name by key: the tables and the names in a data file, or the files in a folder.

    `path` is that of the folder, or of the file, with its ending or without it. A file called index has the key of
    its folder, as that of a page has.
    """
    stem, ending = posixpath.splitext(path)
    tables = read_data(source, *((stem, ending) if os.path.isfile(source / path) else (path,)))[0]
    if text_of(tables.get("name")):  # one author, whom nothing calls by a key
        tables = {}
    for file in walk(source, path):
        stem, ending = posixpath.splitext(file)
        is_post = is_post_file(file)
        values = read_front_matter(source, file).values if is_post else read_data(source, stem, ending)[0]
        folder, name = posixpath.split(stem)
        if name.split(".")[0] not in ("index", "_index"):
            tables[name] = values
        elif folder != path:
            tables[posixpath.basename(folder)] = values
    authors = {
        key: author_table_of(value if isinstance(value, dict) else {"name": value}) for key, value in tables.items()
    }
    return {key: author for key, author in authors.items() if author}
