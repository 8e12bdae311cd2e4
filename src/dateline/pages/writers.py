"""Pages ─▶ bytes. Each takes what the whole site has in common and what it alone shows, in whatever process."""

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

from dateline.feeds import archive_folder, picture_url
from dateline.model import Entry
from dateline.pages.locations import ARCHIVE_FOLDER, SUBSCRIBE_FOLDER, local
from dateline.pages.site import ForLabel, ForMonth, ForPost, ForSubscribers, Link, Site
from dateline.pages.templates import render
from dateline.pages.translations import is_english, month_text
from dateline.pages.views import (
    FeedLink,
    Named,
    PageView,
    feed_links,
    main_feeds,
    page_view,
    post_page_view,
    post_view,
    publication_view,
    readers,
)
from dateline.render.html import fill_slots


def write_post(site: Site, page: ForPost) -> bytes:
    """The page of a post. Raises PostError."""
    entry = page.kept.entry(partial(_filled, site))
    post = post_view(site, entry, whole=True)
    around = {"older": _link(site, page.older), "newer": _link(site, page.newer)}
    return _page(site, "post.html", post_page_view(site, entry), post=post, **around, **_own_picture(entry))


def _own_picture(entry: Entry) -> dict[str, Any]:
    """The picture by which others show a link to the post, where it has one of its own."""
    image = entry.attached.image
    return {"image": image.url, "image_alt": image.alt, "card": "summary_large_image"} if image else {}


def _filled(site: Site, html: str, urls: Sequence[str]) -> str:
    """HTML in which the addresses of the site itself have no host."""
    home = site.publication.url
    return fill_slots(html, [local(url, home, site.root) for url in urls]) if urls else html


def write_home(site: Site, entries: Sequence[Entry]) -> bytes:
    """The home page: the newest posts, and how to subscribe."""
    publication = site.publication
    page = page_view(site, publication.title, "", publication.description)
    return _page(site, "home.html", page, posts=_posts(site, entries))


def write_label(site: Site, label: ForLabel) -> bytes:
    """The page of a tag or an author."""
    publication = site.publication
    title = f"{publication.title} · {label.name}"
    feeds = feed_links(publication, title, label.folder)
    page = page_view(site, label.name, label.folder, title, feeds)
    posts = _posts(site, label.entries)
    return _page(site, f"{label.kind}.html", page, name=label.name, feeds=feeds, posts=posts, more=label.more)


def write_month(site: Site, month: ForMonth) -> bytes:
    """The page of a month."""
    language = site.publication.language
    title = month_text(month.month, language)
    page = page_view(site, title, archive_folder(month.month), f"{site.publication.title} · {title}")
    around = {"older": _month(site, month.older), "newer": _month(site, month.newer)}
    return _page(site, "month.html", page, posts=_posts(site, month.entries), **around)


def write_archive(site: Site, months: Sequence[tuple[str, int]]) -> bytes:
    """The list of months, newest first, each with how many posts it has; by year."""
    years: dict[str, list[tuple[Named | None, int]]] = {}
    for month, count in months:
        years.setdefault(month[:4], []).append((_month(site, month), count))
    title = site.publication.title
    page = page_view(site, "Archive", ARCHIVE_FOLDER, f"{title} · all posts by month")
    return _page(site, "archive.html", page, years=years)


def write_subscribe(site: Site, known: ForSubscribers) -> bytes:
    """The page to subscribe from."""
    publication = site.publication
    feeds = main_feeds(publication)
    groups: dict[str, list[tuple[Named, tuple[FeedLink, ...]]]] = {}
    for kind, folder, name in known.labels:
        label = Named(name, site.root + folder)
        groups.setdefault(kind, []).append((label, feed_links(publication, name, folder)))
    page = page_view(site, "Subscribe", SUBSCRIBE_FOLDER, f"How to follow {publication.title} in a feed reader")
    return _page(site, "subscribe.html", page, feeds=feeds, readers=readers(feeds[0].url), groups=groups)


def write_missing(site: Site, _: None) -> bytes:
    """The page that a host shows where there is none."""
    page = page_view(site, "Page not found", "404.html", "There is no page at this address")
    return _page(site, "404.html", page)


def _page(site: Site, template: str, page: PageView, **values: Any) -> bytes:
    """A page by a template, which gets what all of them get, and values of its own."""
    return render(site.templates, template, {**_common(site), "page": page, **values})


@lru_cache(maxsize=2)
def _common(site: Site) -> dict[str, Any]:
    publication = site.publication
    return {
        "publication": publication_view(site),
        "root": site.root,
        "subscribe": site.root + SUBSCRIBE_FOLDER,
        "english": "" if is_english(publication.language) else ' lang="en" dir="ltr"',
        # Where there is none, browsers are told so, lest they look for it and complain.
        "icon": picture_url(publication.icon, site.root) or (None if site.has_icon else "data:,"),
        "image": picture_url(publication.logo, publication.url),
        "image_alt": None,
        "card": "summary",
    }


def _posts(site: Site, entries: Sequence[Entry]) -> list[Any]:
    return [post_view(site, entry) for entry in entries]


def _link(site: Site, link: Link | None) -> Named | None:
    return link and Named(link[0], local(link[1], site.publication.url, site.root))


def _month(site: Site, month: str | None) -> Named | None:
    if month is None:
        return None
    return Named(month_text(month, site.publication.language), site.root + archive_folder(month))
