"""Find the feed that a Jekyll site writes: that of its plugin jekyll-feed, or of a template of its own."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from dateline.content.front_matter import split
from dateline.content.key_values import Value
from dateline.errors import PostError, Problem
from dateline.model import Body, Source
from dateline.sites.files import is_on, read_text, table_of, text_of, texts_of, walk
from dateline.sites.importers.jekyll.layout import PAGES, Layout, place_of
from dateline.sites.importers.jekyll.liquid import evaluate
from dateline.text import unescape

_ENDINGS = (".xml", ".rss", ".atom")
_LAYOUTS = "_layouts"
_NAMES = ("feed.xml", "atom.xml", "rss.xml", "index.xml", "feed.json", "feed/index.xml", "rss/index.xml")
_FORMAT = re.compile(r"<(rss|feed)\b")
_LOOP = re.compile(r"\{%-?\s*for\s+(\w+)\s+in\b([^{}]*)%\}")
_TEXT = re.compile(r"<(title|description|subtitle)(?:\s[^<>]*)?>([^<{}]+)</")
_ID = {"atom": re.compile(r"<(id)>([^<]*)</"), "rss": re.compile(r"<(guid|link)(?:\s[^<>]*)?>([^<]*)</")}


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
    path = text_of(settings.get("path")) or "feed.xml"
    plugins = [*texts_of(config.get("plugins")), *texts_of(config.get("gems"))]
    is_plugin = "jekyll-feed" in plugins or _names_plugin(source)
    templates = sorted(_templates(source, layout), key=_distance)
    own = next((feed for feed in templates if not is_plugin or feed.path == path.removeprefix("/")), None)
    if own or not is_plugin:
        return own
    limit = text_of(settings.get("posts_limit")) or "10"
    id = "{{ page.url | absolute_url }}"
    entry_id = "{{ post.id | absolute_url }}"
    variables = {"page.url": f"/{path.removeprefix('/')}"}
    is_summary = is_on(settings.get("excerpt_only"))
    return JekyllFeed("atom", path.removeprefix("/"), id, entry_id, limit, is_summary, variables, is_plugin=True)


def _names_plugin(source: Path) -> bool:
    """Return whether the Gemfile loads the plugin."""
    found = read_text(source, "Gemfile") if (source / "Gemfile").is_file() else None
    return isinstance(found, Source) and bool(re.search(r"^\s*gem\s+['\"]jekyll-feed['\"]", found.text, re.MULTILINE))


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
    try:
        fields, body = split(template)
    except PostError:  # a layout needs no front matter
        fields, body = None, Body(template.text, 1)
    format, loop = _FORMAT.search(body.text), _LOOP.search(body.text)
    if not format or not loop or (path and fields is None):
        return None
    kind = "rss" if format[1] == "rss" else "atom"
    head, entry = body.text[: loop.start()], body.text[loop.end() :]
    # Readers take the link of an RSS item for its id if it has no guid.
    ids = [dict(reversed(_ID[kind].findall(part))) for part in (head, entry)]
    entry_id = next((ids[1][name] for name in ("guid", "link", "id") if ids[1].get(name)), "")
    limit = re.search(r"\blimit:\s*(\d+)", loop[2])
    values = {key: text_of(value) for key, value in (fields.values if fields else {}).items()}
    url = text_of(values.get("permalink")) or f"/{path}"
    return JekyllFeed(
        kind,
        url.removeprefix("/") if path else "",
        ids[0].get("id", ""),
        re.sub(rf"\b{loop[1]}\.(?=id\b|url\b)", "post.", entry_id),
        limit[1] if limit else "",
        "content" not in entry,
        {"page.url": url, **{f"page.{key}": value for key, value in values.items()}},
        {name.replace("subtitle", "description"): unescape(text).strip() for name, text in _TEXT.findall(head)},
    )


def evaluated(text: str, feed: JekyllFeed, site: Mapping[str, str], post: Mapping[str, str] | None = None) -> str:
    """Return an id of a feed, or of one of its posts; empty if it depends on more than these variables."""
    return evaluate(text, {**feed.variables, **site, **(post or {})}) or ""


def built_feeds(output: Path, path: str) -> tuple[Path, ...]:
    """Return the feeds that lie in the folder of the site's output; `path` is that of the one that is known."""
    return tuple(output / name for name in dict.fromkeys([path, *_NAMES]) if name and (output / name).is_file())
