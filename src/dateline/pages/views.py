"""Posts, feeds and publications as templates see them. All text is plain, save what is called `html` or `json_ld`."""

import json
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from dateline.content.ids import feed_slug
from dateline.feed_formats import FORMATS
from dateline.model import Author, Entry, Publication
from dateline.pages.locations import label_folder, local
from dateline.pages.media_views import EnclosureView, enclosure_views, media_objects
from dateline.pages.post_html import page_html
from dateline.pages.site import Site
from dateline.pages.translations import date_text, direction

_encode = json.JSONEncoder(ensure_ascii=False).encode
# What would end a script, or begin a comment in it.
_UNSAFE = tuple((character, f"\\u{ord(character):04x}") for character in "<>&\u2028\u2029")


class Moment(NamedTuple):
    """A date, for people and for programs."""

    text: str
    iso: str


class Named(NamedTuple):
    """Something that has a name and perhaps a page: a tag, an author, a post, a month."""

    name: str
    url: str | None


class PublicationView(NamedTuple):
    """What feed.toml says. `generator`: whether it may be said which program made the page."""

    title: str
    url: str
    description: str
    language: str
    authors: tuple[Named, ...]
    rights: str | None
    generator: bool
    moved_to: str | None


class FeedLink(NamedTuple):
    """A document to subscribe to: of what, in which format, under which type and at which address."""

    title: str
    format: str
    type: str
    url: str


class PostView(NamedTuple):
    """A post on a page. `url` leads to it from this site, `address` from anywhere.

    `html` is its text, and `enclosures` what it carries beside that, on its own page alone.
    """

    title: str
    url: str
    address: str
    summary: str
    language: str
    direction: str
    authors: tuple[Named, ...]
    tags: tuple[Named, ...]
    published: Moment
    updated: Moment | None
    html: str = ""
    enclosures: tuple[EnclosureView, ...] = ()


class PageView(NamedTuple):
    """What a page says of itself. `feeds` are those to be found from it, its own first.

    `json_ld` is for search engines.
    """

    title: str
    url: str
    description: str
    language: str
    direction: str
    feeds: tuple[FeedLink, ...]
    json_ld: str = ""


def publication_view(site: Site) -> PublicationView:
    """What every page can say of the publication."""
    publication = site.publication
    return PublicationView(
        title=publication.title,
        url=publication.url,
        description=publication.description,
        language=publication.language,
        authors=tuple(author_named(site, author) for author in publication.authors),
        rights=publication.rights,
        generator=publication.generator,
        moved_to=publication.moved.url if publication.moved else None,
    )


def page_view(site: Site, title: str, folder: str, description: str, feeds: tuple[FeedLink, ...] = ()) -> PageView:
    """A page in the publication's own language. `folder` is where it lies, percent-encoded."""
    publication = site.publication
    return PageView(
        title=title,
        url=publication.url + folder,
        description=description,
        language=publication.language,
        direction=direction(publication.language),
        feeds=(*feeds, *main_feeds(publication)),
    )


def post_page_view(site: Site, entry: Entry) -> PageView:
    """The page of a post, in its language."""
    post, publication = entry.post, site.publication
    return PageView(
        title=post.title,
        url=post.url,
        description=entry.summary,
        language=publication.language,
        direction=direction(publication.language),
        feeds=main_feeds(publication),
        json_ld=_json_ld(site, entry),
    )


@lru_cache(maxsize=2)
def main_feeds(publication: Publication) -> tuple[FeedLink, ...]:
    """The feeds of the publication itself."""
    return feed_links(publication, publication.title, "")


def feed_links(publication: Publication, title: str, folder: str) -> tuple[FeedLink, ...]:
    """The feeds in a folder, in every format that is written."""
    formats = (FORMATS[name] for name in publication.formats)
    return tuple(
        FeedLink(title, format.label, format.media_type, publication.url + folder + format.filename)
        for format in formats
    )


def post_view(site: Site, entry: Entry, *, whole: bool = False) -> PostView:
    """A post, as lists have it or `whole`, as its own page does."""
    post, publication = entry.post, site.publication
    updated = post.updated.replace(microsecond=0)
    return PostView(
        title=post.title,
        url=local(post.canonical_url, publication.url, site.root),
        address=post.canonical_url,
        summary=entry.summary,
        language=post.language,
        direction=direction(post.language),
        authors=tuple(author_named(site, author) for author in post.authors),
        tags=tuple(_tag(site, tag) for tag in post.tags),
        published=moment(post.published, publication.language),
        updated=moment(updated, publication.language) if updated > post.published else None,
        html=page_html(entry.html) if whole else "",
        enclosures=enclosure_views(site, entry) if whole else (),
    )


def author_named(site: Site, author: Author) -> Named:
    """An author, with the page of what they wrote, or one of their own where there is none."""
    if site.publication.author_feeds:
        return Named(author.name, site.root + label_folder("authors", feed_slug(author.name)))
    return Named(author.name, author.url)


def _tag(site: Site, tag: str) -> Named:
    return Named(tag, site.root + label_folder("tags", feed_slug(tag)) if site.publication.tag_feeds else None)


def moment(date: datetime, language: str) -> Moment:
    """A date as the readers of the publication write it, and in RFC 3339."""
    return Moment(date_text(date, language), date.isoformat(timespec="seconds"))


def _json_ld(site: Site, entry: Entry) -> str:
    """The post as a NewsArticle of schema.org, fit to stand in a ``<script>``."""
    post, publication = entry.post, site.publication
    article = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": post.title,
        "description": entry.summary,
        "datePublished": post.published.isoformat(timespec="seconds"),
        "dateModified": post.updated.isoformat(timespec="seconds"),
        "author": [_person(author) for author in post.authors],
        "publisher": {"@type": "Organization", "name": publication.title, "url": publication.url},
        "mainEntityOfPage": post.url,
        "inLanguage": post.language,
    }
    if post.tags:
        article["keywords"] = list(post.tags)
    if entry.attached.image:
        article["image"] = entry.attached.image.url
    if entry.attached.enclosures:
        article["associatedMedia"] = media_objects(entry)
    written = _encode(article)
    for character, escape in _UNSAFE:
        written = written.replace(character, escape)
    return written


def _person(author: Author) -> dict[str, str]:
    return {"@type": "Person", "name": author.name, **({"url": author.url} if author.url else {})}


def readers(feed: str) -> list[Named]:
    """Where to subscribe to a feed on the web, and the address that opens a reader on this machine."""
    quoted = quote(feed, safe="")
    return [
        Named("your own reader", f"feed:{feed}"),
        Named("Feedly", f"https://feedly.com/i/subscription/feed/{quoted}"),
        Named("Inoreader", f"https://www.inoreader.com/feed/{quoted}"),
        Named("NewsBlur", f"https://www.newsblur.com/?url={quoted}"),
        Named("The Old Reader", f"https://theoldreader.com/feeds/subscribe?url={quoted}"),
    ]
