"""Read the configuration of a Jekyll site."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from dateline.content.front_matter import split
from dateline.content.ids import stem_of
from dateline.content.key_values import Value
from dateline.content.validators import author_table, language
from dateline.errors import InputError, PostError, Problem, SiteError
from dateline.model import Source
from dateline.sites.files import folder_of, markdown_files, read_config, read_first_config, read_text, text_of, texts_of
from dateline.sites.importers.jekyll.feeds import built_feeds, evaluated, feed_of
from dateline.sites.importers.jekyll.layout import POSTS, Layout, Place, defaults_for, layout_of, place_of
from dateline.sites.model import MediaFolder, Site

CONFIGS = ("_config.yml", "_config.yaml", "_config.toml")
_DATA = (".yml", ".yaml", ".json", ".toml")
_FILES_OF_AUTHORS = ("authors", "author", "people")
_PAGES_OF_AUTHORS = "url uri website web homepage link".split()
_LOCAL = re.compile(r"(?:https?://)?(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?![\w.-])")  # where a site is previewed


def detect(source: Path) -> bool:
    """Return whether there are a configuration and a folder of posts of Jekyll, or a Gemfile with it."""
    gemfile = read_text(source, "Gemfile") if (source / "Gemfile").is_file() else None
    is_jekyll = isinstance(gemfile, Source) and "jekyll" in gemfile.text
    return (is_jekyll or any((source / name).is_file() for name in CONFIGS)) and _has_posts(source)


def _has_posts(source: Path) -> bool:
    for _, folders, _ in os.walk(source):
        folders[:] = [name for name in folders if name[0] != "." and name not in ("node_modules", "vendor")]
        if POSTS in folders:
            return True
    return False


def settings(source: Path) -> Site:
    """Read `_config.yml` and the files of authors. Raises SiteError if it cannot be read."""
    found = read_first_config(source, *CONFIGS)
    config = found[1].values if found else {}
    layout = layout_of(config)
    url, base = _url(source, config)
    variables = {f"site.{key}": text for key, value in config.items() if (text := text_of(value))}
    variables |= {"site.url": url, "site.baseurl": base}
    feed = feed_of(source, layout, config)
    has_email = feed is not None and feed.is_plugin  # a template of the site's own may not show it
    authors = dict(_authors(source, layout, config, has_email))
    values: dict[str, Any] = {
        "title": text_of(config.get("title")) or text_of(config.get("name")),
        "url": f"{url}{base}" if url else "",
        "description": " ".join((text_of(config.get("description")) or text_of(config.get("tagline"))).split()),
        "timezone": text_of(config.get("timezone")),
        "default_time": "00:00",
        "author": _author(config.get("author"), has_email),
        "authors": authors,
        **_languages(source, layout, config),
    }
    if feed:
        values |= {key: text for key, text in feed.texts.items() if not values[key]}
        id = evaluated(feed.id, feed, variables)
        values["id"] = id if ":" in id else ""  # without an address of the site, it is not known
        values["limit"] = int(feed.limit[:4]) if feed.limit.isdecimal() else None
        values["content"] = "summary" if feed.is_summary else None
        values["feed_files"] = {feed.format: feed.path} if feed.path else {}
    feeds = built_feeds(source / layout.output, feed.path if feed else "")
    later = {"values": config, "layout": layout, "feed": feed, "variables": variables}
    return Site(values, (MediaFolder(source / layout.root),), feeds, (), later)


def _url(source: Path, config: Mapping[str, Value]) -> tuple[str, str]:
    """Return the address of the host, empty if it is not known, and the path of the site on it, without a slash."""
    url, base = text_of(config.get("url")), text_of(config.get("baseurl")) or text_of(config.get("root"))
    if not url and (whole := re.fullmatch(r"(https?://[^/]+)(.*)", base)):
        url, base = whole.groups()
    if not url and (source / "CNAME").is_file() and isinstance(found := read_text(source, "CNAME"), Source):
        url = f"https://{found.text.strip()}"
    base = base.strip("/")
    if not url or _LOCAL.match(url):
        return "", f"/{base}" if base else ""
    return (url if "://" in url else f"https://{url}"), f"/{base}" if base else ""


def _author(value: Value | None, has_email: bool) -> Any:
    if isinstance(value, list):
        return texts_of(value)
    return _table(value, has_email) if isinstance(value, dict) else text_of(value)


def _table(value: Mapping[str, Value], has_email: bool) -> dict[str, str]:
    """Return an author as feed.toml has one; empty without a name. What cannot be used is left out."""
    name, email = text_of(value.get("name")) or text_of(value.get("title")), text_of(value.get("email"))
    url = next((text for key in _PAGES_OF_AUTHORS if "://" in (text := text_of(value.get(key)))), "")
    found = {"name": name, "email": email if has_email else "", "url": url}
    for table in (found, found | {"email": ""}, found | {"url": ""}, {"name": found["name"]}):
        with suppress(InputError):
            author_table(dict(table))
            return {key: text for key, text in table.items() if text}
    return {}


def _authors(
    source: Path, layout: Layout, config: Mapping[str, Value], has_email: bool
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the authors that posts name by key, with their names, of a file of data or of a collection."""
    data = f"{layout.root}{folder_of(config.get('data_dir'), '_data')}"
    for path in (f"{data}/{name}{ending}" for name in _FILES_OF_AUTHORS for ending in _DATA):
        with suppress(SiteError):  # a list, say, whose entries no post can name
            fields = read_config(source, path)
            for key, value in fields.values.items():
                if author := _table(value if isinstance(value, dict) else {"name": value}, has_email):
                    yield fields.names[key], author
    for path in markdown_files(source, f"{layout.root}{layout.home}_authors"):
        found = read_text(source, path)
        with suppress(PostError):
            if not isinstance(found, Problem):
                values = split(found)[0].values
                key = text_of(values.get("short_name")) or text_of(values.get("username")) or stem_of(path)
                if author := _table(values, has_email):
                    yield key, author


def _languages(source: Path, layout: Layout, config: Mapping[str, Value]) -> dict[str, Any]:
    """Return the language of the site, and those of its editions: listed for a plugin, or folders of posts."""
    main = text_of(config.get("lang")) or text_of(config.get("default_lang")) or text_of(config.get("locale"))
    main = _language(main.partition(".")[0])
    found = [_language(text) for text in texts_of(config.get("languages"))]
    found = found or _folders_of_languages(source, layout, config)
    found = list(dict.fromkeys(filter(None, found)))
    if len(found) < 2:
        return {"language": main}
    main = main if main in found else "en" if "en" in found else found[0]
    return {"language": main, "languages": [main, *(code for code in found if code != main)]}


def _folders_of_languages(source: Path, layout: Layout, config: Mapping[str, Value]) -> list[str]:
    """Return the languages of top folders of posts that are called like the language of the first post in them."""
    tops: dict[str, tuple[str, Place]] = {}
    for path in markdown_files(source, layout.root):
        place = place_of(path, layout)
        if place and place.kind == POSTS and place.above:
            tops.setdefault(place.above[0], (path, place))
    found = []
    for top, (path, place) in tops.items():
        post = read_text(source, path) if _language(top) else None
        values = defaults_for(place, layout, config.get("defaults"))
        with suppress(PostError):
            values |= split(post)[0].values if isinstance(post, Source) else {}
        if _language(text_of(values.get("lang"))) == _language(top):
            found.append(_language(top))
    return found


def _language(text: str) -> str:
    with suppress(InputError):
        return language(text.replace("_", "-")) if text else ""
    return ""
