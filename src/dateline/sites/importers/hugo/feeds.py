"""Find out what the feeds of a Hugo site hold, where they are, and which of them holds the posts."""

import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from dateline.errors import SiteError
from dateline.sites.files import (
    feeds_in,
    first_file,
    is_on,
    limit_of,
    read_large,
    table_of,
    text_at,
    text_of,
    texts_of,
    value_in,
)

# Where Hugo looks for the template of the main feed.
_TEMPLATES = [f"{folder}{name}rss.xml" for name in ("index.", "home.", "") for folder in ("", "_default/")]
# Parameters with which themes put whole posts into a feed.
_WHOLE_POSTS = re.compile(r"full\w*(?:rss|feed)|(?:rss|feed)\w*full", re.IGNORECASE)


def feed_settings(
    source: Path, config: Mapping[str, Any], sections: Collection[str]
) -> tuple[dict[str, Any], tuple[Path, ...]]:
    """Return the keys of feed.toml that are about feeds, and the feed that holds the posts, if the site was built."""
    name = text_of(value_in(config, "outputformats", "rss", "basename")) or "index"
    paths = [f"{name}.xml", *(f"{section}/{name}.xml" for section in sorted(sections))]
    output = text_of(config.get("publishdir")) or "public"
    feeds = sorted(filter(_entries, feeds_in(source, output, paths)), key=_entries, reverse=True)
    best = feeds[0].relative_to(source / output).as_posix() if feeds else paths[0]
    # Of a site with one section, the section's feed holds the same posts as the main one.
    also = [path for path in paths if path != best] if len(sections) == 1 else []
    settings = {
        "limit": limit_of(value_in(config, "services", "rss", "limit")) or limit_of(config.get("rsslimit")),
        "content": "full" if _has_whole_posts(source, config) else "summary",
        "feed_files": {"rss": best, "also": {"rss": also}} if also else {"rss": best},
    }
    return settings, tuple(feeds[:1])


def theme_folders(config: Mapping[str, Any], folder: str) -> list[str]:
    """Return the folders of this name in themes, the most important first."""
    themes = text_of(config.get("themesdir")) or "themes"
    return [f"{themes}/{theme}/{folder}" for theme in texts_of(config.get("theme"))]


def _has_whole_posts(source: Path, config: Mapping[str, Any]) -> bool:
    """Return whether the feed holds whole posts: by a parameter of a theme, or by its template. Hugo's own doesn't."""
    if chosen := [value for key, value in table_of(config.get("params")).items() if _WHOLE_POSTS.search(key)]:
        return any(map(is_on, chosen))
    folders = ["layouts", *theme_folders(config, "layouts")]
    template = first_file(source, [f"{folder}/{name}" for folder in folders for name in _TEMPLATES])
    text = text_at(source, template)
    return ".Content" in text and not _WHOLE_POSTS.search(text)


def _entries(feed: Path) -> int:
    """Return the number of entries in a feed; 0 if it cannot be read."""
    with suppress(SiteError):
        return read_large(feed, "").count(b"<item>")
    return 0
