"""Read the posts and the pages of a Jekyll site."""

import os
import posixpath
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, time
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from dateline.content.dates import EPOCH, read_date
from dateline.content.front_matter import split
from dateline.content.front_matter_keys import (
    ADDRESSES,
    AUTHORS,
    DATES,
    KEYS,
    LANGUAGE,
    SUMMARY,
    UPDATED,
    WITHHOLDING_KEYS,
)
from dateline.content.key_values import Fields, Value
from dateline.content.languages import listed
from dateline.content.scan import POST_ENDINGS, is_post_file
from dateline.errors import InputError, PostError, Problem
from dateline.model import Publication, Source
from dateline.sites.addresses import absolute
from dateline.sites.files import read_text, table_of, text_of, texts_of, walk
from dateline.sites.importers.jekyll.addresses import (
    address_path,
    encoded,
    pattern_of,
    placeholders,
    post_id,
    suffix_of,
    title_of,
)
from dateline.sites.importers.jekyll.feeds import JekyllFeed, evaluated
from dateline.sites.importers.jekyll.layout import DRAFTS, PAGES, POSTS, Layout, Place, defaults_for, place_of
from dateline.sites.importers.jekyll.liquid import html_with_liquid
from dateline.sites.model import Site, SitePost, remark

_MARKDOWN = (".md", ".markdown", ".mkdown", ".mkdn", ".mkd")
_HTML = (".html", ".htm")
_OTHER = (".textile", ".adoc", ".asciidoc", ".asc", ".rst", ".org", ".txt", ".haml", ".slim", ".ipynb")
_NAME = re.compile(r"(\d{2,4})-(\d{1,2})-(\d{1,2})-(.*)(\.[^.]+)")
_FRONT_MATTER = re.compile(r"---[ \t]*\n")
# A time in YAML without an offset is in UTC, whatever the time zone of the site.
_TIME_IN_UTC = re.compile(
    r"^date:[ \t]+(\d{4}-\d\d?-\d\d?[ \tTt]+\d\d?:\d\d:\d\d)(?:\.\d*)?[ \t]*(?:#.*)?$", re.MULTILINE
)
_POLYGLOT = "jekyll-polyglot"
_KEY = re.compile(r"[\w-]+:(?=\s|$)")
_PLACEHOLDER = re.compile(r"(?:^|[/.-]):[a-z]")
# Keys that say the same: defaults for one of them do not count where a post has another.
_FAMILIES = (DATES, UPDATED, SUMMARY, AUTHORS, LANGUAGE)
_NOT_FROM_DEFAULTS = {*WITHHOLDING_KEYS, *ADDRESSES, "id", "slug", "title", "categories", "category"}


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


class _Written(NamedTuple):
    """A post as it is written: `head` is its front matter, `stem` its name without the date, `day` that date."""

    path: str
    place: Place
    head: str
    body: str
    fields: Fields
    defaults: Mapping[str, Value]
    stem: str
    day: str

    def get(self, key: str) -> Value:
        """Return the value of a key of front matter, or of defaults."""
        return self.fields.get(key) or self.defaults.get(key) or ""


def _read_post(path: str, place: Place, jekyll: _Site, newest: datetime) -> tuple[SitePost | Problem, datetime] | None:
    """Return a post and its date, or why it is left out; None for what is no post. `newest` is for undated drafts."""
    name = place.below.rpartition("/")[2]
    stem, ending = os.path.splitext(name)
    dated = _NAME.fullmatch(name)
    if place.kind == POSTS and not dated:
        problem = "left out, as Jekyll does, since its name does not begin with a date"
        is_text = ending.lower() in (*_MARKDOWN, *_OTHER)
        return (
            (remark(jekyll.source, path, None, problem, "rename it, like 2025-04-14-title.md"), EPOCH)
            if is_text
            else None
        )
    if ending.lower() in _OTHER:
        return remark(
            jekyll.source, path, None, "left out, since it is no Markdown", "convert it, and import again"
        ), EPOCH
    if ending.lower() not in (*_MARKDOWN, *_HTML):
        return None
    found = read_text(jekyll.source, path)
    if isinstance(found, Problem):
        return found, EPOCH
    text = _last_of_each_key(found.text) if _FRONT_MATTER.match(found.text) else f"---\n---\n\n{found.text}"
    try:
        fields, body = split(Source(path, text))
    except PostError:  # which the import reports
        return SitePost(place.below, path, text), EPOCH
    head = text[: len(text) - len(body.text)]
    defaults = defaults_for(place, jekyll.layout, jekyll.config.get("defaults"))
    day = _day(*map(int, dated.groups()[:3])) if dated else ""
    written = _Written(path, place, head, body.text, fields, defaults, dated[4].rstrip(".") if dated else stem, day)
    return _post(written, jekyll, newest)


def _last_of_each_key(text: str) -> str:
    """Return a post without lines of keys that are there again below, of which Jekyll takes the last."""
    end = text.find("\n---", 3)
    lines = text[:end].split("\n")
    keys = [found[0] if (found := _KEY.match(line)) else "" for line in lines]
    last = {key: number for number, key in enumerate(keys)}
    # A value may go on in lines below, which have no key at their beginning.
    is_whole = [bool(key) for key in [*keys[1:], "---"]]
    kept = [line for n, line in enumerate(lines) if not (keys[n] and last[keys[n]] > n and is_whole[n])]
    return "\n".join(kept) + text[end:]


def _day(year: int, month: int, day: int) -> str:
    century = 0 if year > 99 else 2000 if year < 69 else 1900
    return f"{century + year:04}-{month:02}-{day:02}"


def _post(written: _Written, jekyll: _Site, newest: datetime) -> tuple[SitePost, datetime]:
    moment, date = _date(written, jekyll)
    problems = []
    if moment is None:
        moment, date = newest, newest.date().isoformat()
        problem = "no date, so it got that of the newest post"
        problems.append(remark(jekyll.source, written.path, None, problem, "write the day on which you publish it"))
    slug = text_of(written.get("slug")) or written.stem
    categories = _categories(written)
    path = _path(written, jekyll, placeholders(slug, categories, moment.astimezone(jekyll.publication.timezone)))
    is_draft = written.place.kind == DRAFTS or text_of(written.get("published")) == "false"
    id = ""
    if jekyll.feed and not is_draft:
        variables = {"post.url": path, "post.id": post_id(path, slug)}
        id = evaluated(jekyll.feed.entry_id, jekyll.feed, jekyll.variables, variables)
    address = absolute(jekyll.publication, path)
    body = _body(written, jekyll, address, problems)
    post = SitePost(
        _new_path(written),
        written.path,
        written.head + body,
        {key: value for key, value in _keys(written, jekyll, date) if written.fields.get(key) != value},
        "" if is_draft else address,
        id,
        problems=tuple(problems),
    )
    return post, moment


def _date(written: _Written, jekyll: _Site) -> tuple[datetime | None, str]:
    """Return the date of a post, and the text to write where the file does not say it, or says it as only Jekyll does.

    It is None for a draft without one.
    """
    zone = jekyll.publication.timezone
    if (match := _TIME_IN_UTC.search(written.head)) and zone.key != "UTC":
        with suppress(InputError):
            moment = read_date(f"{match[1]}Z", zone, time()).moment.astimezone(zone)
            return moment, moment.isoformat(" ")
    of_defaults = text_of(written.defaults.get("date"))
    for text, new in ((text_of(written.fields.get("date")), ""), (of_defaults, of_defaults), (written.day, "")):
        with suppress(InputError):
            return read_date(text, zone, time()).moment, new
    return None, ""


def _categories(written: _Written) -> list[str]:
    """Return the categories that Jekyll gives a post: the folders above, those of defaults, and its own."""
    found = [*written.place.above]
    for value in (written.defaults.get("categories"), written.fields.get("categories")):
        found += value.split() if isinstance(value, str) else texts_of(value)
    return list(dict.fromkeys([*found, *texts_of(written.get("category"))]))


def _path(written: _Written, jekyll: _Site, values: Mapping[str, str]) -> str:
    """Return the path of the page of a post, from the root of the site."""
    of_posts = table_of(table_of(jekyll.config.get("collections")).get("posts")).get("permalink")
    pattern = (
        text_of(written.get("permalink")) or text_of(of_posts) or text_of(jekyll.config.get("permalink")) or "date"
    )
    below = os.path.splitext(written.place.below)[0]
    values = {**values, "path": encoded("/".join([*written.place.above, below])), "collection": "posts"}
    path = address_path(pattern_of(pattern), values)
    lang = text_of(written.get("lang"))
    if _POLYGLOT in texts_of(jekyll.config.get("plugins")) and lang not in ("", jekyll.publication.language):
        return f"/{lang}{path}"
    return path


def _new_path(written: _Written) -> str:
    folder, _, name = written.place.below.rpartition("/")
    if written.place.kind == DRAFTS:
        folder = f"drafts/{folder}"
    stem, ending = os.path.splitext(name)
    stem = f"{written.day}-{written.stem}" if written.day else stem
    name = stem + (ending if is_post_file(name) else POST_ENDINGS[0])
    return posixpath.normpath("/".join([*written.place.above, folder, name]))


def _body(written: _Written, jekyll: _Site, address: str, problems: list[Problem]) -> str:
    """Return the Markdown of a post, in which a mark like ``<!--more-->`` ends the excerpt."""
    body = written.body
    separator = text_of(written.get("excerpt_separator")) or text_of(jekyll.config.get("excerpt_separator"))
    if separator:
        body = body.replace(separator, "<!--more-->", 1)
    if not written.path.lower().endswith(_HTML):
        return body
    try:
        return f"\n{html_with_liquid(body, address, jekyll.publication.markdown)}\n"
    except InputError as error:
        problems.append(remark(jekyll.source, written.path, None, f"left as HTML: {error.problem}", error.remedy))
        return body


def _keys(written: _Written, jekyll: _Site, date: str) -> Iterator[tuple[str, Value | None]]:
    """Yield what holds for a post and is not in its file, or not as Dateline reads it."""
    fields, defaults = written.fields, written.defaults
    if fields.get("title") is None:
        yield "title", text_of(defaults.get("title")) or title_of(written.stem)
    if date:
        yield "date", date
    if written.place.kind == DRAFTS:
        yield "draft", "true"
    if _PLACEHOLDER.search(text_of(fields.get("permalink"))):
        yield "permalink", None
    for key, value in defaults.items():
        family = next((family for family in _FAMILIES if key in family), (key,))
        if key in KEYS and key not in _NOT_FROM_DEFAULTS and fields.first(*family) is None:
            yield key, value
    yield from _labels(written, jekyll)


def _labels(written: _Written, jekyll: _Site) -> Iterator[tuple[str, Value]]:
    """Yield tags and categories, which Jekyll separates by spaces, and authors whose keys have commas between."""
    languages = jekyll.publication.languages
    of_file, of_defaults = written.fields.get("categories"), written.defaults.get("categories")
    more = [name for name in written.place.above if not listed(name, languages)] + _words(of_defaults)
    if category := written.defaults.get("category"):
        more += texts_of(category)
    words = _words(of_file)
    if more or (isinstance(of_file, str) and len(words) > 1):
        yield "categories", [*dict.fromkeys([*more, *words])]
    tags = written.get("tags")
    if isinstance(tags, str) and len(_words(tags)) > 1:
        yield "tags", [*_words(tags)]
    keys = [key.strip() for key in text_of(written.fields.get("author")).split(",")]
    if len(keys) > 1 and {*keys} <= {key for key, _ in jekyll.publication.named_authors}:
        yield "author", [*keys]


def _words(value: Value | None) -> list[str]:
    if isinstance(value, str):
        return [word.strip() for word in value.split("," if "," in value else None) if word.strip()]
    return texts_of(value)


def _read_page(path: str, place: Place, jekyll: _Site) -> SitePost | None:
    """Return a page, or a document of a collection; None for what has no front matter, and so is copied as it is."""
    stem, ending = os.path.splitext(path)
    found = read_text(jekyll.source, path) if ending.lower() in (*_MARKDOWN, *_HTML) else None
    if not isinstance(found, Source) or not _FRONT_MATTER.match(found.text):
        return None
    permalink = ""
    with suppress(PostError):
        permalink = text_of(split(found)[0].get("permalink"))
    permalink = permalink or text_of(defaults_for(place, jekyll.layout, jekyll.config.get("defaults")).get("permalink"))
    suffix = suffix_of(text_of(jekyll.config.get("permalink")) or "date")
    folder, _, name = os.path.splitext(place.below)[0].rpartition("/")
    if place.kind == PAGES:
        pattern = "/:path/" if name == "index" else f"/:path/:basename{suffix}"
        values = {"path": encoded(folder)}
    else:
        of_collection = jekyll.layout.collections[place.kind].get("permalink")
        pattern = text_of(of_collection) or f"/:collection/:path{suffix}"
        dated = _NAME.fullmatch(os.path.basename(path))
        moment = datetime.fromisoformat(_day(*map(int, dated.groups()[:3]))) if dated else EPOCH
        values = placeholders(dated[4] if dated else name, (), moment) | {
            "path": encoded(f"{folder}/{name}"),
            "collection": place.kind,
        }
    values |= {"basename": encoded(name), "name": encoded(name), "output_ext": ".html"}
    address = absolute(jekyll.publication, address_path(permalink or pattern, values))
    return SitePost(
        stem.removeprefix(jekyll.layout.root) + POST_ENDINGS[0], path, found.text, address=address, is_page=True
    )
