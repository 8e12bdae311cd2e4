"""Read the configuration of a Jekyll site."""

import os
import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dateline.content.ids import stem_of
from dateline.content.key_values import Value
from dateline.sites.authors import author_of, author_table_of
from dateline.sites.files import (
    first_file,
    first_text,
    folder_of,
    language_of,
    limit_of,
    markdown_files,
    read_first_config,
    read_front_matter,
    text_at,
    text_of,
    texts_of,
)
from dateline.sites.importers.jekyll.feeds import JekyllFeed, built_feeds, feed_of
from dateline.sites.importers.jekyll.layout import POSTS, Layout, Place, defaults_for, layout_of, place_of
from dateline.sites.importers.jekyll.liquid import evaluate
from dateline.sites.model import MediaFolder, Site
from dateline.sites.site_data import authors_in, first_of

CONFIGS = ("_config.yml", "_config.yaml", "_config.toml")
_FILES_OF_AUTHORS = ("authors", "author", "people")
_LOCAL = re.compile(r"(?:https?://)?(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?![\w.-])")  # where a site is previewed


def detect(source: Path) -> bool:
    """Return whether there are a configuration and a folder of posts of Jekyll, or a Gemfile with it."""
    is_jekyll = first_file(source, CONFIGS) or "jekyll" in text_at(source, "Gemfile")
    return bool(is_jekyll) and _has_posts(source)


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
    author = config.get("author")
    people = {
        "author": author_table_of(author) if isinstance(author, dict) else author_of(author),
        "authors": dict(_authors(source, layout, config)),
    }
    values: dict[str, Any] = {
        "title": first_text(config, "title", "name"),
        "url": f"{url}{base}" if url else "",
        "description": " ".join(first_text(config, "description", "tagline").split()),
        "timezone": text_of(config.get("timezone")),
        "default_time": "00:00",
        # A template of the site's own may not show e-mail addresses.
        **(people if feed and feed.is_plugin else _without_email(people)),
        **_languages(source, layout, config),
    }
    return Site(
        first_of(values, _feed_settings(feed, variables) if feed else {}),
        media=(MediaFolder(source / layout.root),),
        feeds=built_feeds(source, layout, feed.path if feed else ""),
        menu={path: str(place) for place, path in enumerate(texts_of(config.get("header_pages")), 1)},
        config={"values": config, "layout": layout, "feed": feed, "variables": variables},
    )


def _url(source: Path, config: Mapping[str, Value]) -> tuple[str, str]:
    """Return the address of the host, empty if it is not known, and the path of the site on it, without a slash."""
    url, base = text_of(config.get("url")), first_text(config, "baseurl", "root")
    if not url and (whole := re.fullmatch(r"(https?://[^/]+)(.*)", base)):
        url, base = whole.groups()
    url = url or text_at(source, "CNAME").strip()
    base = f"/{base.strip('/')}".rstrip("/")
    if not url or _LOCAL.match(url):
        return "", base
    return (url if "://" in url else f"https://{url}"), base


def _feed_settings(feed: JekyllFeed, variables: Mapping[str, str]) -> dict[str, Any]:
    id = evaluate(feed.id, {**feed.variables, **variables})
    return {
        **feed.texts,
        "id": id if ":" in id else "",  # without an address of the site, it is not known
        "limit": limit_of(feed.limit),
        "content": "summary" if feed.is_summary else None,
        "feed_files": {feed.format: feed.path} if feed.path else {},
    }


def _without_email(people: Any) -> Any:
    if isinstance(people, dict):
        return {key: _without_email(value) for key, value in people.items() if key != "email"}
    return [_without_email(item) for item in people] if isinstance(people, list) else people


def _authors(source: Path, layout: Layout, config: Mapping[str, Value]) -> Iterator[tuple[str, dict[str, Value]]]:
    """Yield the authors that posts name by key, of files of data or of a collection."""
    data = posixpath.join(layout.root, folder_of(config.get("data_dir"), "_data"))
    for name in _FILES_OF_AUTHORS:
        yield from authors_in(source, posixpath.join(data, name)).items()
    for path in markdown_files(source, f"{layout.root}{layout.home}_authors"):
        values = read_front_matter(source, path).values
        if author := author_table_of(values):
            yield first_text(values, "short_name", "username") or stem_of(path), author


def _languages(source: Path, layout: Layout, config: Mapping[str, Value]) -> dict[str, Any]:
    """Return the language of the site, and those of its editions: listed for a plugin, or folders of posts."""
    main = language_of(first_text(config, "lang", "default_lang", "locale").partition(".")[0])
    codes = map(language_of, texts_of(config.get("languages")) or _folders_of_languages(source, layout, config))
    found = list(dict.fromkeys(filter(None, codes)))
    if len(found) < 2:
        return {"language": main}
    main = main if main in found else "en" if "en" in found else found[0]
    return {"language": main, "languages": [main, *(code for code in found if code != main)]}


def _folders_of_languages(source: Path, layout: Layout, config: Mapping[str, Value]) -> list[str]:
    """Return the top folders of posts that are called like the language of the first post in them."""
    first: dict[str, tuple[str, Place]] = {}
    for path in markdown_files(source, layout.root):
        place = place_of(path, layout)
        if place and place.kind == POSTS and place.above and language_of(place.above[0]):
            first.setdefault(place.above[0], (path, place))
    found = []
    for top, (path, place) in first.items():
        values = defaults_for(place, layout, config.get("defaults")) | read_front_matter(source, path).values
        if language_of(values.get("lang")) == language_of(top):
            found.append(top)
    return found
