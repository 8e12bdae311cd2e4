"""Read the configuration of a Pelican site, and find the files that it names."""

import os
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from dateline.errors import Problem, SiteError
from dateline.sites.files import read_text, text_of, walk
from dateline.sites.model import remark
from dateline.sites.pelican_metadata import is_quick
from dateline.sites.python_literals import Literals, read_literals

CONFIGS = ("pelicanconf.py", "publishconf.py")
_DEFAULTS: dict[str, Any] = {
    "ARTICLE_PATHS": [""],
    "ARTICLE_URL": "{slug}.html",
    "ARTICLE_LANG_URL": "{slug}-{lang}.html",
    "CATEGORY_SAVE_AS": "category/{slug}.html",
    "DEFAULT_CATEGORY": "misc",
    "DEFAULT_LANG": "en",
    "FEED_ALL_ATOM": "feeds/all.atom.xml",
    "FEED_MAX_ITEMS": 100,
    "FILENAME_METADATA": r"(?P<date>\d{4}-\d{2}-\d{2}).*",
    "OUTPUT_PATH": "output",
    "PAGE_PATHS": ["pages"],
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
    literals, path = Literals({}, {}), ""
    problems: list[Problem] = []
    unknown: dict[str, tuple[str, int]] = {}
    for path in CONFIGS:
        if not (source / path).is_file():
            continue
        file = read_text(source, path)
        if isinstance(file, Problem):
            raise SiteError(*file[:4])
        literals = read_literals(str(source / path), file.text, literals.values)
        unknown = {name: where for name, where in unknown.items() if name not in literals.values}
        unknown |= {name: (path, line) for name, line in literals.unknown.items() if name in _REMEDIES}
    for name, (path, line) in unknown.items():
        problems.append(remark(source, path, line, f"{name} is not a literal, so it is not known", _REMEDIES[name]))
    config = {**_DEFAULTS, **literals.values}
    for kind in ("ARTICLE", "PAGE"):  # as old versions called it
        if text_in(config, f"{kind}_DIR"):
            config[f"{kind}_PATHS"] = [config[f"{kind}_DIR"]]
    folder = inside(config["PATH"])
    config["PATH"] = folder if (source / folder).is_dir() else "content"
    problems += (
        remark(source, path, None, f"{name} is too complex to be used", "add the keys by hand")
        for name in ("FILENAME_METADATA", "PATH_METADATA")
        if config.get(name) and not is_quick(config[name])
    )
    return config, problems


def inside(path: object) -> str:
    """Return the path of a folder in the site; an empty one for any other."""
    plain = os.path.normpath(path).replace(os.sep, "/") if isinstance(path, str) and path else ""
    return "" if plain == "." or plain.startswith(("/", "..")) else plain


def text_in(config: Mapping[str, Any], name: str) -> str:
    """Return a setting that is text; empty for any other."""
    return text_of(config.get(name))


def _list(config: Mapping[str, Any], name: str) -> list[str]:
    value = config.get(name)
    return [item.strip("/") for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else []


def content_files(source: Path, config: Mapping[str, Any], kind: str = "ARTICLE") -> Iterator[str]:
    """Yield the files in the folders of articles, or of pages, relative to the source."""
    other = {"ARTICLE": "PAGE", "PAGE": "ARTICLE"}[kind]
    wanted = _list(config, f"{kind}_PATHS")
    excluded = [path for path in (*_list(config, f"{kind}_EXCLUDES"), *_list(config, f"{other}_PATHS")) if path]
    ignored = _list(config, "IGNORE_FILES")
    output = (inside(config["OUTPUT_PATH"]), "node_modules")
    for path in walk(source, config["PATH"], output if not config["PATH"] else ()):
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
