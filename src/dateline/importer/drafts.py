"""Entries of a feed ─▶ new posts, which stay drafts until somebody has looked at them."""

import os
import re
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from dateline.content.edit import with_keys
from dateline.content.fields import Value
from dateline.content.redirects import redirect_path
from dateline.content.urls import feed_slug, permalink, slugify
from dateline.content.validators import authors, line_of_text
from dateline.errors import PostError, Unreadable
from dateline.formats.items import Item
from dateline.importer.enclosures import carried
from dateline.importer.matching import link_keys, plain_title, slugs_of
from dateline.model import Publication, Source
from dateline.render.text import plain

_MAX_SLUG = 80
_MAX_TITLE = 60
# Parsers look for the end of each of these in all the rest of the text.
_UNCLOSED = re.compile(r"<(?![^<>]*>)|<!--(?!.{0,1000}?-->)", re.DOTALL)
_MAX_UNCLOSED = 1000


class Draft(NamedTuple):
    """A new post, what its front matter says, and what could not be put there."""

    source: Source
    keys: dict[str, Value]
    left_out: tuple[str, ...] = ()


class Taken(NamedTuple):
    """Paths and addresses that posts have already, and the `last` number that was put behind each slug of a day."""

    paths: set[str]
    urls: set[str]
    last: dict[str, int]


def draft_of(item: Item, publication: Publication, folder: Path, taken: Taken) -> Draft:
    """A new post of an item, under a name that no file has, and at an address of its own: neither is `taken`.

    Where its address is not that of the item, it is left a page there, if there can be one. Raises PostError.
    """
    moment = moment_of(item)
    if moment is None:
        raise PostError(
            item.url or item.title, None, "no date in the feed that a post can have", "write the post by hand"
        )
    date = written_moment(moment, publication, None)
    day = datetime.fromisoformat(date)
    wanted = _slug(item, publication)
    name = f"{day:%Y-%m-%d}-{wanted}"
    for number in count(taken.last.get(name, 0) + 1):
        slug = wanted if number == 1 else f"{wanted}-{number}"
        path = f"{day:%Y-%m-%d}-{slug}.md"
        url = publication.url + permalink(publication.permalink, day, slug)
        if path not in taken.paths and url not in taken.urls and not os.path.lexists(folder / path):
            taken.last[name] = number
            break
    names = author_names(item, publication)
    keys: dict[str, Value | None] = {
        "title": plain_title(item.title) or _beginning(item),
        "date": date,
        "author": names[0] if len(names) == 1 else [*names],
        "tags": [*_tags(item)],
        "id": item.id,
        "slug": slug,
        "aliases": _old_address(item, publication, url),
    }
    more, left_out = carried(item, publication.podcast)
    written = {key: value for key, value in keys.items() if value} | more
    front_matter = with_keys(b"---\ndraft: true\n---\n", written, path).decode()
    return Draft(Source(path, f"{front_matter}{_body(item, publication.markdown)}\n"), written, tuple(left_out))


def moment_of(item: Item) -> datetime | None:
    """When readers say that an item was published."""
    return item.published or item.updated


def written_moment(moment: datetime, publication: Publication, day: str | None) -> str:
    """A moment with an offset: the publication's, or one that gives the `day` which a file's name says."""
    zones = (publication.timezone, moment.tzinfo, UTC)
    told = [moment.astimezone(zone).replace(microsecond=0).isoformat() for zone in zones]
    of_that_day = [text for text in told if day and text.startswith(day)]
    return next((text for text in (*of_that_day, *told) if text[-3] == ":" and text[-6] in "+-"), told[-1])


def author_names(item: Item, publication: Publication) -> list[str]:
    """The authors of an item whose names will do for authors of a post."""
    names = []
    for name in item.authors:
        try:
            (author,) = authors(plain_title(name), publication.named_authors)
            feed_slug(author.name)
        except Unreadable:
            continue
        names.append(author.name)
    return list(dict.fromkeys(names))


def _tags(item: Item) -> list[str]:
    """The tags of an item that will do for tags of a post."""
    tags = []
    for written in item.tags:
        with suppress(Unreadable):
            tag = line_of_text(plain_title(written))
            feed_slug(tag)
            tags.append(tag)
    return list(dict.fromkeys(tags))


def _slug(item: Item, publication: Publication) -> str:
    """The last part of the item's address, if that names it, else one of its title."""
    there = item.url.startswith(publication.url)
    found = sorted((slug for slug in slugs_of(item.url) if not slug.isdecimal()), key=len)
    slug = (found[-1] if there else found[0]) if found else slugify(plain_title(item.title) or _beginning(item))
    if len(slug.encode()) > _MAX_SLUG and not there:
        slug = slug[: _MAX_SLUG // 4].rpartition("-")[0] or slug[: _MAX_SLUG // 4]
    return slug or "post"


def _beginning(item: Item) -> str:
    """The first words of a text without a title."""
    text = plain(item.html)
    return text if len(text) <= _MAX_TITLE else text[:_MAX_TITLE].rpartition(" ")[0] + "…"


def _old_address(item: Item, publication: Publication, url: str) -> str | None:
    """The item's address, as a path, where a page can lead from there to `url`, and has to."""
    if link_keys([item.url]) & link_keys([url]):
        return None
    try:
        path = redirect_path(urlsplit(item.url)._replace(fragment="").geturl(), publication.url)
    except (Unreadable, ValueError):
        return None
    folder, _, name = path.rpartition("/")
    return "/" + quote(f"{folder}/" if name == "index.html" else path)


def _body(item: Item, engine: str) -> str:
    from dateline.importer.html_to_markdown import html_to_markdown

    try:
        if sum(1 for _ in _UNCLOSED.finditer(item.html)) > _MAX_UNCLOSED:
            raise Unreadable(f"more than {_MAX_UNCLOSED:,} of its tags never end", "copy its text by hand")
        text = html_to_markdown(item.html, item.url, engine)
    except Unreadable as error:
        raise PostError(item.url or item.title, None, error.problem, error.remedy) from None
    if item.only_summary and item.html.strip():
        address = item.url.replace("--", "%2D%2D")  # which would end the comment
        place = f" Compare it with {address}." if address else ""
        text += f"\n\n<!-- The old feed has only a summary of this post, or calls it one.{place} -->"
    return text
