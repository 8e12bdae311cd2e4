"""Read the configuration of a Pelican site, and find the files that it names."""

import os
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from dateline.errors import Problem
from dateline.sites.files import inside, read_needed, text_of, walk
from dateline.sites.literals.python import Literals, read_literals, remarks_on
from dateline.sites.model import MediaFolder, remark

# What a regular expression repeats, and where it chooses.
_REPEATED = re.compile(r"[*+]|\{\d*,")
_CHOICE = re.compile(r"[*+|]|\{\d*,|(?<!\()\?")
# A group that is repeated, or one that was matched before, could take for ever to match.
_SLOW = re.compile(r"\)[*+{]|\(\?P=|\\\d")
CONFIGS = ("pelicanconf.py", "publishconf.py")
# The settings that are read, if they have a default.
DEFAULTS: dict[str, Any] = {
    "ARTICLE_PATHS": [""],
    "ARTICLE_URL": "{slug}.html",
    "ARTICLE_LANG_URL": "{slug}-{lang}.html",
    "CATEGORY_SAVE_AS": "category/{slug}.html",
    "DEFAULT_CATEGORY": "misc",
    "DEFAULT_LANG": "en",
    "DISPLAY_PAGES_ON_MENU": True,
    "FEED_ALL_ATOM": "feeds/all.atom.xml",
    "FEED_MAX_ITEMS": 100,
    "FILENAME_METADATA": r"(?P<date>\d{4}-\d{2}-\d{2}).*",
    "OUTPUT_PATH": "output",
    "PAGE_PATHS": ["pages"],
    "PAGE_URL": "pages/{slug}.html",
    "PAGE_LANG_URL": "pages/{slug}-{lang}.html",
    "PATH": "content",
    "RSS_FEED_SUMMARY_ONLY": True,
    "SLUGIFY_SOURCE": "title",
    "USE_FOLDER_AS_CATEGORY": True,
}
# Settings that posts depend on, and what to do if one is not a literal.
_REMEDIES = {
    "SITENAME": "give the title with --title",
    "SITEURL": "give the address of the site with --url",
    "SITESUBTITLE": "set description in feed.toml",
    "AUTHOR": "set author in feed.toml",
    "TIMEZONE": "set timezone in feed.toml",
    "DEFAULT_LANG": "set language in feed.toml",
    "DEFAULT_DATE": "add a date to each post without one",
    "FEED_MAX_ITEMS": "set limit in feed.toml",
    **dict.fromkeys(("FEED_ALL_ATOM", "FEED_ALL_RSS", "FEED_ATOM", "FEED_RSS"), "set feed_files in feed.toml"),
    **dict.fromkeys(("ARTICLE_URL", "ARTICLE_LANG_URL", "SLUGIFY_SOURCE"), "give the old feed with --feed"),
    **dict.fromkeys(
        "ARTICLE_PATHS DEFAULT_METADATA EXTRA_PATH_METADATA FILENAME_METADATA PAGE_PATHS PATH PATH_METADATA".split(),
        "write it as a literal in a copy of the site, and import that",
    ),
}


def read_config(source: Path) -> tuple[dict[str, Any], list[Problem]]:
    """Return the settings with defaults filled in, and those that are not known. Raises SiteError."""
    literals = Literals({}, {})
    for name in CONFIGS:
        if (source / name).is_file():
            literals = read_literals(str(source / name), read_needed(source, name).text, literals)
    config = {**DEFAULTS, **literals.values}
    for kind in ("ARTICLE", "PAGE"):  # as old versions called it
        if text_in(config, f"{kind}_DIR"):
            config[f"{kind}_PATHS"] = [config[f"{kind}_DIR"]]
    folder = inside(config["PATH"])
    config["PATH"] = folder if folder is not None and os.path.isdir(source / folder) else "content"
    problems = list(remarks_on(literals.unknown, _REMEDIES))
    problems += (
        remark(source, "", None, f"{name} is too complex to be used", "add the keys by hand")
        for name in ("FILENAME_METADATA", "PATH_METADATA")
        if config.get(name) and not is_quick(config[name])
    )
    return config, problems


def text_in(config: Mapping[str, Any], name: str) -> str:
    """Return a setting that is text; empty for any other."""
    return text_of(config.get(name))


def _list(config: Mapping[str, Any], name: str) -> list[str]:
    value = config.get(name)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else []


def menu_addresses(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield the addresses in the menu, besides those of pages."""
    items = config.get("MENUITEMS")
    for item in items if isinstance(items, list | tuple) else ():
        if isinstance(item, list | tuple) and len(item) == 2:
            yield text_of(item[1])


def _folders(config: Mapping[str, Any], name: str) -> list[str]:
    return [folder for item in _list(config, name) if (folder := inside(item)) is not None]


def content_files(source: Path, config: Mapping[str, Any], kind: str = "ARTICLE") -> Iterator[str]:
    """Yield the files in the folders of articles, or of pages, relative to the source."""
    other = {"ARTICLE": "PAGE", "PAGE": "ARTICLE"}[kind]
    wanted = _folders(config, f"{kind}_PATHS")
    excluded = list(filter(None, (*_folders(config, f"{kind}_EXCLUDES"), *_folders(config, f"{other}_PATHS"))))
    ignored = _list(config, "IGNORE_FILES")
    others = (inside(config["OUTPUT_PATH"]) or "output", "node_modules")
    for path in walk(source, config["PATH"], () if config["PATH"] else others):
        below = below_content(path, config)
        name = below.rpartition("/")[2]
        if (
            any(_is_below(below, folder) for folder in wanted)
            and not any(_is_below(below, folder) for folder in excluded)
            and not any(fnmatchcase(name, pattern) for pattern in ignored)
        ):
            yield path


def below_content(path: str, config: Mapping[str, Any]) -> str:
    """Return the path of a file below the folder of content."""
    return path.removeprefix(config["PATH"]).lstrip("/")


def _is_below(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(f"{folder}/")


def feed_files(config: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return the files of the feed, and whether it is in one language, as FEED_ATOM is, but FEED_ALL_ATOM is not."""
    of_all, of_main = (
        {kind: file for kind in ("atom", "rss") if (file := text_in(config, f"{name}_{kind.upper()}"))}
        for name in ("FEED_ALL", "FEED")
    )
    others = {kind: [file] for kind, file in of_all.items() if of_main.get(kind, file) != file}
    return {**of_all, **of_main, **({"also": others} if others else {})}, bool(of_main or not of_all)


def media_folders(source: Path, config: Mapping[str, Any]) -> Iterator[MediaFolder]:
    """Yield the folders of content that have another path on the site, and that of all, whose files keep theirs."""
    content = source / config["PATH"]
    moved = config.get("EXTRA_PATH_METADATA")
    for folder, metadata in moved.items() if isinstance(moved, dict) else ():
        path = metadata.get("path") if isinstance(metadata, dict) else None
        if isinstance(path, str) and inside(folder) and os.path.isdir(content / folder):
            yield MediaFolder(content / folder, f"/{path.strip('/')}/")
    yield MediaFolder(content)


def is_quick(pattern: object) -> bool:
    """Return whether a regular expression of a site can be matched in a reasonable time, as far as can be told."""
    if not isinstance(pattern, str) or _SLOW.search(pattern):
        return False
    return len(_REPEATED.findall(pattern)) <= 3 and len(_CHOICE.findall(pattern)) <= 6
