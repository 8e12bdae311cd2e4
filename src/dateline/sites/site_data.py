"""Read data files of generators in JavaScript, and what they say of a site under the names that people give that."""

import os
import posixpath
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dateline.content.key_values import Value
from dateline.content.scan import is_post_file
from dateline.errors import Problem, SiteError
from dateline.feed_formats import FORMATS
from dateline.model import Source
from dateline.sites.files import front_matter, read_config, read_text, table_of, text_of, walk
from dateline.sites.literals.javascript import ENDINGS, Script, read_json, read_script
from dateline.sites.model import remark

DATA_ENDINGS = (".yaml", ".yml", ".toml", ".json", *ENDINGS)
# Setting by setting, what people call it, apart from a "site" before it, capitals and signs between words.
_NAMES = {
    "title": ("title", "name"),
    "description": ("description", "subtitle", "desc", "tagline"),
    "url": ("url", "base", "website", "origin", "baseurl", "homepage", "host", "site"),
    "language": ("language", "lang", "locale"),
    "author": ("author", "authorname", "authors"),
}
_PREFIX = re.compile(r"^(?:site|blog)(?=.)")
_AUTHOR = {"name": ("name",), "email": ("email",), "url": ("url", "website", "web", "homepage", "profile", "link")}


def read_data(source: Path, stem: str, *endings: str) -> tuple[dict[str, Value], str]:
    """Return what data files with this name say together, and the last of them; empty if there is none.

    Functions stand for what they return; what is no literal is left out.
    """
    found: dict[str, Value] = {}
    last = ""
    for path in (stem + ending for ending in endings or DATA_ENDINGS if os.path.lexists(source / f"{stem}{ending}")):
        last = path
        if path.endswith(ENDINGS):
            found |= table_of(read_script(source, path).default())
        elif path.endswith(".json"):
            found |= read_json(source, path)
        else:
            try:
                fields = read_config(source, path)
            except SiteError:
                continue
            found |= {fields.names[key]: value for key, value in fields.values.items()}
    return found, last


def described(data: Mapping[str, Value]) -> dict[str, Any]:
    """Return the settings that a site's data give under some name."""
    plain = {_PREFIX.sub("", re.sub(r"[_-]", "", key.lower())): value for key, value in data.items()}
    found: dict[str, Any] = {}
    for setting, names in _NAMES.items():
        value = next((plain[name] for name in names if plain.get(name)), None)
        if setting == "author":
            found[setting] = author_of(value[0] if isinstance(value, list) and value else value)
        elif setting == "language":
            found[setting] = text_of(value).replace("_", "-")
        elif setting != "url" or re.match(r"https?://", text_of(value)):
            found[setting] = text_of(value)
    email = text_of(plain.get("email")) or text_of(plain.get("authoremail"))
    if email and isinstance(found["author"], str) and found["author"]:
        found["author"] = {"name": found["author"], "email": email}
    return {key: value for key, value in found.items() if value}


def author_of(value: Value | None) -> dict[str, str] | str:
    """Return an author as feed.toml has one: text, or a table of name, email and url."""
    if not isinstance(value, dict):
        return text_of(value)
    plain = {key.lower(): value for key, value in value.items()}
    table = {
        name: next((text for key in keys if (text := text_of(plain.get(key)))), "") for name, keys in _AUTHOR.items()
    }
    if not re.match(r"https?://", table["url"]):
        del table["url"]
    return {name: text for name, text in table.items() if text} if table["name"] else ""


def folder_in(path: str, default: str) -> str:
    """Return a folder of a source as its configuration names it, without ``./``; the default for one outside."""
    found = posixpath.normpath(path.lstrip("/") or default)
    return default if found.startswith("..") else found


def first_of(*found: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings of which earlier ones count for more."""
    return {key: value for settings in reversed(found) for key, value in settings.items() if value}


def unknown_option(source: Path, script: Script, key: str, remedy: str) -> Problem:
    """Return the problem for a key in `Script.unknown`."""
    return remark(source, script.path, script.line(key), f"{key}: no literal, so it is not known", remedy)


def feed_settings(files: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings for feeds at paths by format; the others are not written if one of them has their name."""
    is_taken = any(format.filename in files.values() for name, format in FORMATS.items() if name not in files)
    return {"feed_files": dict(files)} | ({"formats": list(files)} if is_taken else {})


def authors_in(source: Path, path: str) -> dict[str, dict[str, str]]:
    """Return the authors that posts may name by key: the tables in a data file, or the files in a folder.

    `path` is that of the folder, or of the file, with its ending or without it.
    """
    stem, ending = posixpath.splitext(path)
    tables = read_data(source, *((stem, ending) if os.path.isfile(source / path) else (path,)))[0]
    for file in walk(source, path):
        stem, ending = posixpath.splitext(file)
        text = read_text(source, file) if is_post_file(file) else None
        values = front_matter(text).values if isinstance(text, Source) else read_data(source, stem, ending)[0]
        tables[posixpath.basename(stem)] = values
    found = {key: author_of(value) for key, value in tables.items() if isinstance(value, dict)}
    return {key: author for key, author in found.items() if isinstance(author, dict)}
