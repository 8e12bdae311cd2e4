"""Find out what the feeds of a Hugo site hold, where they are, and which of them holds the posts."""

import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from dateline.content.scan import leads_inside
from dateline.errors import SiteError
from dateline.model import Source
from dateline.sites.files import is_on, read_large, read_text, table_of, text_of, texts_of

# Where Hugo looks for the template of the main feed.
_TEMPLATES = [f"{folder}{name}rss.xml" for name in ("index.", "home.", "") for folder in ("", "_default/")]
# Parameters with which themes put whole posts into a feed.
_WHOLE_POSTS = re.compile(r"full\w*(?:rss|feed)|(?:rss|feed)\w*full", re.IGNORECASE)


def feed_settings(
    source: Path, config: Mapping[str, Any], sections: Collection[str]
) -> tuple[dict[str, Any], tuple[Path, ...]]:
    """Return the keys of feed.toml that are about feeds, and the feed that holds the posts, if the site was built."""
    tables = (table_of(table_of(config.get("services")).get("rss")), config)
    limits = (text_of(table.get(key)) for table, key in zip(tables, ("limit", "rsslimit"), strict=True))
    base_name = text_of(table_of(table_of(config.get("outputformats")).get("rss")).get("basename")) or "index"
    paths = [f"{folder}{base_name}.xml" for folder in ("", *(f"{section}/" for section in sorted(sections)))]
    output = text_of(config.get("publishdir")) or "public"
    entries = {path: number for path in paths if (number := _entries(source, f"{output}/{path}"))}
    best = max(entries, key=lambda path: entries[path], default=paths[0])
    # Of a site with one section, the section's feed holds the same posts as the main one.
    also = [path for path in paths if path != best] if len(sections) == 1 else []
    settings = {
        "limit": next((int(limit) for limit in limits if re.fullmatch("[1-9][0-9]{0,8}", limit)), None),
        "content": "full" if _has_whole_posts(source, config) else "summary",
        "feed_files": {"rss": best, "also": {"rss": also}} if also else {"rss": best},
    }
    return settings, (source / output / best,) if entries else ()


def theme_folders(config: Mapping[str, Any], folder: str) -> list[str]:
    """Return the folders of this name in themes, the most important first."""
    themes = text_of(config.get("themesdir")) or "themes"
    return [f"{themes}/{theme}/{folder}" for theme in texts_of(config.get("theme"))]


def _has_whole_posts(source: Path, config: Mapping[str, Any]) -> bool:
    """Return whether the feed holds whole posts: by a parameter of a theme, or by its template. Hugo's own doesn't."""
    if chosen := [value for key, value in table_of(config.get("params")).items() if _WHOLE_POSTS.search(key)]:
        return any(map(is_on, chosen))
    for path in (
        f"{folder}/{name}" for folder in ("layouts", *theme_folders(config, "layouts")) for name in _TEMPLATES
    ):
        if _is_inside(source, path):
            template = read_text(source, path)
            return (
                isinstance(template, Source) and ".Content" in template.text and not _WHOLE_POSTS.search(template.text)
            )
    return False


def _entries(source: Path, path: str) -> int:
    """Return the number of entries in a feed of a site; 0 if there is none that can be read."""
    try:
        return read_large(source, path).count(b"<item>") if _is_inside(source, path) else 0
    except SiteError:
        return 0


def _is_inside(source: Path, path: str) -> bool:
    return (source / path).is_file() and leads_inside(str(source / path), os.path.realpath(source))
