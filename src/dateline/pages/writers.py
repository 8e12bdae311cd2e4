"""Write pages: one function per kind of page, each from the site and the values that this page alone shows."""

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

from dateline.cache.entry_tables import CachedEntry
from dateline.feeds import archive_folder, picture_url
from dateline.model import Entry
from dateline.pages.site import ARCHIVE_FOLDER, MISSING_PAGE, SUBSCRIBE_FOLDER, Link, Site
from dateline.pages.templates import render
from dateline.pages.translations import has_words, month_text, words
from dateline.pages.views import (
    FeedLink,
    Named,
    PageView,
    feed_links,
    json_ld,
    main_feeds,
    page_view,
    post_view,
    publication_view,
    readers,
)
from dateline.render.html import fill_slots


def write_post(site: Site, kept: CachedEntry, older: Link | None, newer: Link | None) -> bytes:
    """Write the page of a post. Like every function here, raises PostError for a template of the user that fails."""
    entry = kept.entry(partial(_fill, site))
    page = page_view(site, entry.post.title, entry.post.url, entry.summary, json_ld=json_ld(site, entry))
    values: dict[str, Any] = {"older": _link(site, older), "newer": _link(site, newer)}
    image = entry.attached.image
    if image:  # shown by services that preview links
        values |= {"image": image.url, "image_alt": image.alt, "card": "summary_large_image"}
    return _page(site, "post.html", page, post=post_view(site, entry, whole=True), **values)


def _fill(site: Site, html: str, urls: Sequence[str]) -> str:
    return fill_slots(html, [site.local(url) for url in urls]) if urls else html


def write_home(site: Site, entries: Sequence[Entry]) -> bytes:
    """Write the home page, with the newest posts."""
    publication = site.publication
    page = page_view(site, publication.title, publication.url, publication.description)
    return _page(site, "home.html", page, posts=_posts(site, entries))


def write_label(site: Site, kind: str, folder: str, name: str, entries: Sequence[Entry], more: bool) -> bytes:
    """Write the page of a tag, an author or the corrections, with the newest posts; `more`: there are older ones."""
    publication = site.publication
    title = f"{publication.title} · {name}"
    feeds = feed_links(publication, title, folder)
    page = page_view(site, name, publication.url + folder, title, feeds)
    return _page(site, f"{kind}.html", page, name=name, feeds=feeds, posts=_posts(site, entries), more=more)


def write_month(site: Site, entries: Sequence[Entry], month: str, older: str | None, newer: str | None) -> bytes:
    """Write the page of a month, with links to the months before and after it that have posts."""
    publication = site.publication
    title = month_text(month, publication.language)
    page = page_view(site, title, publication.url + archive_folder(month), f"{publication.title} · {title}")
    around = {"older": older and _month(site, older), "newer": newer and _month(site, newer)}
    return _page(site, "month.html", page, posts=_posts(site, entries), **around)


def write_archive(site: Site, months: Sequence[tuple[str, int]]) -> bytes:
    """Write the list of months, newest first, by year, each with its number of posts."""
    years: dict[str, list[tuple[Named, int]]] = {}
    for month, count in months:
        years.setdefault(month[:4], []).append((_month(site, month), count))
    texts = words(site.publication.language)
    description = texts["archive_description"].format(title=site.publication.title)
    page = page_view(site, texts["archive"], site.publication.url + ARCHIVE_FOLDER, description)
    return _page(site, "archive.html", page, years=years)


def write_subscribe(site: Site, labels: Sequence[tuple[str, str, str]]) -> bytes:
    """Write the page to subscribe from; `labels` have the kind, folder and name of each further feed."""
    publication = site.publication
    feeds = main_feeds(publication)
    groups: dict[str, list[tuple[Named, tuple[FeedLink, ...]]]] = {}
    for kind, folder, name in labels:
        label = Named(name, site.root + folder)
        groups.setdefault(kind, []).append((label, feed_links(publication, name, folder)))
    texts = words(publication.language)
    description = texts["subscribe_description"].format(title=publication.title)
    page = page_view(site, texts["subscribe"], publication.url + SUBSCRIBE_FOLDER, description)
    known = readers(feeds[0].url, publication.language)
    return _page(site, "subscribe.html", page, feeds=feeds, readers=known, groups=groups)


def write_missing(site: Site) -> bytes:
    """Write the page that hosts show if there is none."""
    texts = words(site.publication.language)
    url = site.publication.url + MISSING_PAGE
    return _page(site, "404.html", page_view(site, texts["missing"], url, texts["missing_description"]))


WRITERS: dict[str, Callable[..., bytes]] = {
    "post": write_post,
    "home": write_home,
    "label": write_label,
    "month": write_month,
    "archive": write_archive,
    "subscribe": write_subscribe,
    "missing": write_missing,
}


def _page(site: Site, template: str, page: PageView, **values: Any) -> bytes:
    return render(site.templates, template, {**_common(site), "page": page, **values})


@lru_cache(maxsize=2)
def _common(site: Site) -> dict[str, Any]:
    publication = site.publication
    return {
        "publication": publication_view(site),
        "root": site.root,
        "subscribe": site.root + SUBSCRIBE_FOLDER,
        "english": "" if has_words(publication.language) else ' lang="en" dir="ltr"',
        # If there is none, tell browsers so, or they look for it and complain.
        "icon": picture_url(publication.icon, site.root) or (None if site.has_icon else "data:,"),
        "image": picture_url(publication.logo, publication.url),
        "image_alt": None,
        "card": "summary",
    }


def _posts(site: Site, entries: Sequence[Entry]) -> list[Any]:
    return [post_view(site, entry) for entry in entries]


def _link(site: Site, link: Link | None) -> Named | None:
    return link and Named(link[0], site.local(link[1]))


def _month(site: Site, month: str) -> Named:
    return Named(month_text(month, site.publication.language), site.root + archive_folder(month))
