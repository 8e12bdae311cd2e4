"""Find the feed that a Jekyll site writes: that of its plugin jekyll-feed, or of a template of its own."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from dateline.content.front_matter import split
from dateline.content.key_values import Value
from dateline.errors import PostError, Problem
from dateline.model import Source
from dateline.sites.files import feeds_in, is_on, read_text, table_of, text_at, text_of, texts_of, walk
from dateline.sites.importers.jekyll.layout import PAGES, Layout, place_of
from dateline.text import unescape

_IN_GEMFILE = re.compile(r"^\s*gem\s+['\"]jekyll-feed['\"]", re.MULTILINE)
_ENDINGS = (".xml", ".rss", ".atom")
_LAYOUTS = "_layouts"
_NAMES = ("feed.xml", "atom.xml", "rss.xml", "index.xml", "feed.json", "feed/index.xml", "rss/index.xml")
_FORMAT = re.compile(r"<(rss|feed)\b")
_LOOP = re.compile(r"\{%-?\s*for\s+(\w+)\s+in\b([^{}]*)%\}")
_TEXT = re.compile(r"<(title|description|subtitle)(?:\s[^<>]*)?>([^<{}]+)</")
_IDS = {"atom": re.compile(r"<(id)>([^<]*)</"), "rss": re.compile(r"<(guid|link)(?:\s[^<>]*)?>([^<]*)</")}


class JekyllFeed(NamedTuple):
    """A feed that Jekyll writes: its format, its path below the site, and the ids as expressions in Liquid.

    `path` is empty for one that a layout makes. `variables` are those of its page, and `texts` are a title and a
    description that are written in it. `is_plugin` tells it from a template of the site's own.
    """

    format: str
    path: str
    id: str
    entry_id: str
    limit: str
    is_summary: bool
    variables: Mapping[str, str] = {}
    texts: Mapping[str, str] = {}
    is_plugin: bool = False


def feed_of(source: Path, layout: Layout, config: Mapping[str, Value]) -> JekyllFeed | None:
    """Return the feed of all posts; None if there is none."""
    settings = table_of(config.get("feed"))
    path = (text_of(settings.get("path")) or "feed.xml").removeprefix("/")
    plugins = [*texts_of(config.get("plugins")), *texts_of(config.get("gems"))]
    is_plugin = "jekyll-feed" in plugins or bool(_IN_GEMFILE.search(text_at(source, "Gemfile")))
    templates = sorted(_templates(source, layout), key=_distance)
    own = next((feed for feed in templates if not is_plugin or feed.path == path), None)
    if own or not is_plugin:
        return own
    return JekyllFeed(
        "atom",
        path,
        id="{{ page.url | absolute_url }}",
        entry_id="{{ post.id | absolute_url }}",
        limit=text_of(settings.get("posts_limit")) or "10",
        is_summary=is_on(settings.get("excerpt_only")),
        variables={"page.url": f"/{path}"},
        is_plugin=True,
    )


def _templates(source: Path, layout: Layout) -> Iterator[JekyllFeed]:
    """Yield the feeds of templates, and of layouts."""
    for path in walk(source, layout.root):
        below = path.removeprefix(layout.root)
        is_layout = below.startswith(f"{_LAYOUTS}/")
        place = place_of(path, layout) if below.endswith(_ENDINGS) else None
        if is_layout or (place and place.kind == PAGES):
            found = read_text(source, path)
            if not isinstance(found, Problem) and (feed := _feed_in(found, "" if is_layout else below)):
                yield feed


def _distance(feed: JekyllFeed) -> tuple[bool, int, int, str]:
    """Return what sorts feeds: a page before a layout, the top before folders, a usual name before others."""
    rank = _NAMES.index(feed.path) if feed.path in _NAMES else len(_NAMES)
    return not feed.path, feed.path.count("/"), rank, feed.path


def _feed_in(template: Source, path: str) -> JekyllFeed | None:
    """Return the feed of a template, or of a layout, which has no path."""
    values: Mapping[str, Value] = {}
    text = template.text
    try:
        fields, body = split(template)
        values, text = fields.values, body.text
    except PostError:
        if path:  # a page needs front matter
            return None
    format, loop = _FORMAT.search(text), _LOOP.search(text)
    if not format or not loop:
        return None
    kind = "rss" if format[1] == "rss" else "atom"
    head, entry = text[: loop.start()], text[loop.end() :]
    limit = re.search(r"\blimit:\s*(\d+)", loop[2])
    url = text_of(values.get("permalink")) or f"/{path}"
    return JekyllFeed(
        kind,
        path=url.removeprefix("/") if path else "",
        id=_first(_IDS[kind], head, "id"),
        # Readers take the link of an RSS item for its id if it has no guid.
        entry_id=re.sub(rf"\b{loop[1]}\.(?=id\b|url\b)", "post.", _first(_IDS[kind], entry, "guid", "link", "id")),
        limit=limit[1] if limit else "",
        is_summary="content" not in entry,
        variables={"page.url": url, **{f"page.{key}": text_of(value) for key, value in values.items()}},
        texts={name.replace("subtitle", "description"): unescape(text).strip() for name, text in _TEXT.findall(head)},
    )


def _first(elements: re.Pattern[str], text: str, *names: str) -> str:
    """Return what is in the first element of a text with one of the names, the first of which counts most."""
    found = dict(reversed(elements.findall(text)))
    return next(filter(None, map(found.get, names)), "")


def built_feeds(source: Path, layout: Layout, path: str) -> tuple[Path, ...]:
    """Return the feeds that lie in the folder of the site's output; `path` is that of the one that is known."""
    return feeds_in(source, layout.output, dict.fromkeys(filter(None, [path, *_NAMES])))
