"""Read the settings of an Astro site: its configuration, the endpoint of its feed, and its constants."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from dateline.content.key_values import Value
from dateline.sites.files import feeds_in, first_file, limit_of, table_of, text_of, walk
from dateline.sites.importers.astro.content import Collection, aliases, collections, config_script, named_collections
from dateline.sites.literals.javascript import ENDINGS, Script, read_script
from dateline.sites.model import MediaFolder, Site
from dateline.sites.site_data import (
    authors_in,
    described,
    feed_settings,
    first_of,
    folder_in,
    read_data,
    unknown_options,
)

# Where people keep what a site is called, below the folder of its source.
_ABOUT = "consts constants config site.config siteConfig site config/site config/index data/site lib/site".split()
_REMEDIES = dict.fromkeys(("site", "base"), "check --url")
_FOLDERS = {"src": "src", "public": "public", "out": "dist"}
_LINK = re.compile(r"\blink:\s*`([^`$]*)\$\{[^`{}]*\}([^`$]*)`")
_SLICE = re.compile(r"\.slice\(\s*0\s*,\s*([1-9]\d{0,2})\s*\)")
_LANGUAGE = re.compile(r"<language>([\w-]+)</language>")


def detect(source: Path) -> bool:
    """Return whether a folder has the configuration of an Astro site."""
    return bool(first_file(source, (f"astro.config{ending}" for ending in ENDINGS)))


def settings(source: Path) -> Site:
    """Read the configuration, the endpoint of the feed, and what constants say of the site."""
    script = config_script(source, "astro.config")
    config = table_of(script.default())
    src, public, output = (folder_in(text_of(config.get(f"{name}Dir")), _FOLDERS[name]) for name in _FOLDERS)
    pages = posixpath.join(src, "pages")
    feed_path, feed = _feed(source, pages)
    options = next((table_of(call[0]) for call in feed.calls("rss") if call), {})
    about = first_of(*map(described, ({**options, "site": ""}, *_about(source, src))))
    base = text_of(config.get("base")).strip("/")
    content = dict(collections(source, src))
    languages = _languages(table_of(config.get("i18n")))
    return Site(
        {
            **about,
            "url": _url(base, config.get("site"), options.get("site"), about.get("url")),
            "timezone": "UTC",
            "default_time": "00:00",
            **feed_settings({"rss": feed_path}),
            "content": "summary" if options and "content" not in feed.words else None,
            "limit": limit_of(next(iter(_SLICE.findall(feed.text)), None)),
            "language": next(iter(languages or _LANGUAGE.findall(feed.text)), about.get("language")),
            "languages": languages,
            "authors": _authors(source, content),
        },
        tuple(MediaFolder(source / public, f"/{path}") for path in dict.fromkeys(("", base))),
        feeds_in(source, output, [feed_path or "rss.xml"]),
        tuple(unknown_options(source, script, _REMEDIES)),
        {
            "pages": pages,
            "collections": content,
            "languages": languages,
            "aliases": aliases(source),
            "in_feed": named_collections(feed.text),
            "slash": "" if text_of(config.get("trailingSlash")) == "never" else "/",
            "link": next(iter(_LINK.findall(feed.text)), ()),
            "feed_slash": "" if text_of(options.get("trailingSlash")) == "false" else "/",
        },
    )


def _authors(source: Path, content: Mapping[str, Collection]) -> Mapping[str, Any]:
    return next((authors_in(source, content[name].folder) for name in ("authors", "author") if name in content), {})


def _url(base: str, *addresses: Value | None) -> str:
    """Return the first address that is known, with the site's path, if it has one."""
    address = next(filter(None, map(text_of, addresses)), "")
    return urljoin(address, f"/{base}/") if base else address


def _feed(source: Path, pages: str) -> tuple[str, Script]:
    """Return the path of the feed in the site, and the endpoint that writes it; both empty if there is none."""
    endpoints = (path for path in walk(source, pages) if path.endswith(ENDINGS) and "[" not in path)
    for path in sorted(endpoints, key=lambda path: (path.count("/"), len(path), path)):
        name = posixpath.splitext(path)[0].removeprefix(f"{pages}/")
        script = read_script(source, path) if name.endswith((".xml", ".rss")) else Script("")
        if "rss" in script.words:
            return name, script
    return "", Script("")


def _about(source: Path, src: str) -> Iterator[Mapping[str, Value]]:
    """Yield constants, and those of them that are tables which say more than one thing of a site."""
    for name in _ABOUT:
        stem = posixpath.join(src, name)
        script = config_script(source, stem)
        data = read_data(source, stem, ".json", ".yaml", ".yml")[0]
        constants = data | script.constants | {"": script.default() or ""}
        yield constants
        for table in map(table_of, constants.values()):
            if len(described(table)) > 1:
                yield table


def _languages(i18n: Mapping[str, Value]) -> list[str]:
    locales = i18n.get("locales", "")
    codes = [text_of(item.get("path") if isinstance(item, dict) else item) for item in locales]
    return list(dict.fromkeys(filter(None, [text_of(i18n.get("defaultLocale")), *codes])))
