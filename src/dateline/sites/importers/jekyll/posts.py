"""Read the posts and the pages of a Jekyll site."""

import os
import posixpath
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from dateline.content.dates import EPOCH
from dateline.content.key_values import Value
from dateline.content.scan import POST_ENDINGS, is_post_file
from dateline.errors import InputError, PostError, Problem
from dateline.model import Publication, Source
from dateline.sites.addresses import absolute
from dateline.sites.files import read_text, text_of, texts_of, value_in, walk
from dateline.sites.importers.jekyll.addresses import (
    address_path,
    encoded,
    pattern_of,
    placeholders,
    post_id,
    slugify,
    suffix_of,
)
from dateline.sites.importers.jekyll.feeds import JekyllFeed
from dateline.sites.importers.jekyll.layout import DRAFTS, PAGES, POSTS, Layout, Place, defaults_for, place_of
from dateline.sites.importers.jekyll.liquid import evaluate, html_with_liquid, with_values
from dateline.sites.importers.jekyll.written import (
    FRONT_MATTER,
    Written,
    categories_of,
    date_of,
    keys_of,
    read_written,
    split_name,
)
from dateline.sites.model import NO_MARKDOWN, Site, SitePost, remark

_MARKDOWN = (".md", ".markdown", ".mkdown", ".mkdn", ".mkd")
_HTML = (".html", ".htm")
_OTHER = (".textile", ".adoc", ".asciidoc", ".asc", ".rst", ".org", ".txt", ".haml", ".slim", ".ipynb")
_POLYGLOT = "jekyll-polyglot"
_NO_DATE = "left out, as Jekyll does, since its name does not begin with a date", "rename it, like 2025-04-14-title.md"
_DRAFT_WITHOUT_DATE = "no date, so it got that of the newest post", "write the day on which you publish it"


class _Site(NamedTuple):
    """What posts need to know of their site."""

    source: Path
    config: Mapping[str, Value]
    layout: Layout
    feed: JekyllFeed | None
    variables: Mapping[str, str]
    publication: Publication


def posts(source: Path, site: Site, publication: Publication) -> Iterator[SitePost | Problem]:
    """Yield posts, then drafts, then pages: Markdown and HTML with front matter, of the site and its collections."""
    config = site.config
    variables = config["variables"]
    if not variables["site.url"]:  # the user gave the address
        parts = urlsplit(publication.url)
        variables = {**variables, "site.url": f"{parts.scheme}://{parts.netloc}"}
    jekyll = _Site(source, config["values"], config["layout"], config["feed"], variables, publication)
    places = [(path, place) for path in walk(source, jekyll.layout.root) if (place := place_of(path, jekyll.layout))]
    newest = EPOCH
    for wanted in (POSTS, DRAFTS):
        for path, place in places:
            if place.kind == wanted and (found := _read_post(path, place, jekyll, newest)):
                post, moment = found
                newest = max(newest, moment)
                yield post
    for path, place in places:
        if place.kind not in (POSTS, DRAFTS) and (page := _read_page(path, place, jekyll)):
            yield page


def _read_post(path: str, place: Place, jekyll: _Site, newest: datetime) -> tuple[SitePost | Problem, datetime] | None:
    """Return a post and its date, or why it is left out; None for what is no post. `newest` is for undated drafts."""
    ending = os.path.splitext(path)[1].lower()
    if ending not in (*_MARKDOWN, *_HTML, *_OTHER):
        return None
    if place.kind == POSTS and not split_name(posixpath.basename(path))[0]:
        return remark(jekyll.source, path, None, *_NO_DATE), EPOCH
    if ending in _OTHER:
        return remark(jekyll.source, path, None, *NO_MARKDOWN), EPOCH
    found = read_text(jekyll.source, path)
    if isinstance(found, Problem):
        return found, EPOCH
    defaults = defaults_for(place, jekyll.layout, jekyll.config.get("defaults"))
    try:
        return _post(read_written(found, place, defaults), jekyll, newest)
    except PostError:  # the import reports what cannot be read
        return SitePost(_new_path(place), path, found.text), EPOCH


def _post(written: Written, jekyll: _Site, newest: datetime) -> tuple[SitePost, datetime]:
    zone = jekyll.publication.timezone
    moment, date = date_of(written, zone)
    problems = []
    if moment is None and written.fields.get("date") is None:
        date = newest.date().isoformat()
        problems.append(remark(jekyll.source, written.path, None, *_DRAFT_WITHOUT_DATE))
    moment = moment or newest
    path = _path(written, jekyll, placeholders(written.slug, categories_of(written), moment.astimezone(zone)))
    address = absolute(jekyll.publication, path)
    keys = {**dict(keys_of(written, jekyll.publication)), **({"date": date} if date else {})}
    title = text_of(keys.get("title")) or text_of(written.fields.get("title"))
    body = _with_values(written, title, jekyll)
    if written.path.lower().endswith(_HTML):
        try:
            body = f"\n{html_with_liquid(body, address, jekyll.publication.markdown)}\n"
        except InputError as error:
            problems.append(remark(jekyll.source, written.path, None, f"left as HTML: {error.problem}", error.remedy))
    post = SitePost(
        _new_path(written.place),
        written.path,
        written.head + body,
        {key: value for key, value in keys.items() if written.fields.get(key) != value},
        "" if written.is_draft else address,
        "" if written.is_draft else _id(path, written.slug, jekyll),
        problems=tuple(problems),
    )
    return post, moment


def _id(path: str, slug: str, jekyll: _Site) -> str:
    """Return the id that the feed has for a post whose page is at this path; empty if that is not known."""
    if not jekyll.feed:
        return ""
    variables = {**jekyll.feed.variables, **jekyll.variables, "post.url": path, "post.id": post_id(path, slug)}
    return evaluate(jekyll.feed.entry_id, variables)


def _path(written: Written, jekyll: _Site, values: Mapping[str, str]) -> str:
    """Return the path of the page of a post, from the root of the site."""
    of_posts = value_in(jekyll.config, "collections", "posts", "permalink")
    patterns = map(text_of, (written.get("permalink"), of_posts, jekyll.config.get("permalink"), "date"))
    below = "/".join([*written.place.above, os.path.splitext(written.place.below)[0]])
    name = slugify(posixpath.basename(below)).lower()
    values = {**values, "path": encoded(below), "name": encoded(name), "collection": "posts"}
    path = address_path(pattern_of(next(filter(None, patterns))), values)
    lang = text_of(written.get("lang"))
    is_translated = _POLYGLOT in texts_of(jekyll.config.get("plugins"))
    return f"/{lang}{path}" if is_translated and lang not in ("", jekyll.publication.language) else path


def _new_path(place: Place) -> str:
    """Return where a post goes: without the folder of posts, and with a date in its name as Dateline reads it."""
    folder, _, name = place.below.rpartition("/")
    day, stem = split_name(name)
    ending = os.path.splitext(name)[1] if is_post_file(name) else POST_ENDINGS[0]
    drafts = ["drafts"] if place.kind == DRAFTS else []
    return "/".join(filter(None, [*place.above, *drafts, folder, (f"{day}-" if day else "") + stem + ending]))


def _with_values(written: Written, title: str, jekyll: _Site) -> str:
    """Return the body of a post with values of known variables, and the mark at the end of the excerpt that we know."""
    values = {f"page.{key}": text_of(value) for key, value in written.fields.values.items()} | {"page.title": title}
    # What begins with the address of the site is converted with other links.
    values |= {name: value for name, value in jekyll.variables.items() if name not in ("site.url", "site.baseurl")}
    body = with_values(written.body, values)
    separator = text_of(written.get("excerpt_separator") or jekyll.config.get("excerpt_separator"))
    return body.replace(separator, "<!--more-->", 1) if separator else body


def _read_page(path: str, place: Place, jekyll: _Site) -> SitePost | None:
    """Return a page, or a document of a collection; None for what has no front matter, and so is copied as it is."""
    ending = os.path.splitext(path)[1]
    found = read_text(jekyll.source, path) if ending.lower() in (*_MARKDOWN, *_HTML) else None
    if not isinstance(found, Source) or not FRONT_MATTER.match(found.text):
        return None
    defaults = defaults_for(place, jekyll.layout, jekyll.config.get("defaults"))
    try:
        page = read_written(found, place, defaults)
    except PostError:
        return SitePost(path, path, found.text, is_page=True)
    suffix = suffix_of(text_of(jekyll.config.get("permalink")) or "date")
    below = os.path.splitext(place.below)[0]
    folder, _, name = below.rpartition("/")
    if place.kind == PAGES:
        pattern = "/:path/" if name == "index" else f"/:path/:basename{suffix}"
        values = {"path": encoded(folder), "output_ext": ".html"}
    else:
        pattern = text_of(jekyll.layout.collections[place.kind].get("permalink")) or f"/:collection/:path{suffix}"
        moment = date_of(page, jekyll.publication.timezone)[0] or EPOCH
        values = placeholders(page.slug, (), moment) | {"path": encoded(below), "collection": place.kind}
    values |= {"basename": encoded(name), "name": encoded(slugify(name).lower())}
    address = absolute(jekyll.publication, address_path(text_of(page.get("permalink")) or pattern, values))
    text = page.head + _with_values(page, text_of(page.get("title")), jekyll)
    return SitePost(path, path, text, address=address, is_page=True)
