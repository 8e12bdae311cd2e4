"""Write pages: one function per kind of page, each from the site and the values that this page alone shows."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from dateline.cache.entry_tables import CachedEntry
from dateline.cldr import month_text
from dateline.content.languages import direction
from dateline.content.urls import picture_url
from dateline.feed_formats import FORMATS
from dateline.feeds import archive_folder
from dateline.model import Entry
from dateline.pages import CORRECTIONS_FOLDER, MISSING_PAGE, EntryPage, ListedPost, Site, Versions
from dateline.pages.byte_templates import ByteTemplate, Shape, take_apart, with_placeholders
from dateline.pages.json_ld import author_json_ld, post_json_ld
from dateline.pages.policy import page_policy
from dateline.pages.post_views import listed_view, post_view, profile_view
from dateline.pages.site_views import feed_links, podcast_apps, publication_view, readers, version_views
from dateline.pages.templates import PRINTED, cut_template, render
from dateline.pages.views import FeedLink, MenuEntryView, Named, PageView, PostView
from dateline.render.html import fill_slots


def write_entry(site: Site, page: EntryPage, cached: CachedEntry) -> bytes:
    """Write the page of a post, or one of the user's own.

    Like every function here, raises PostError for a template of the user that fails.
    """
    entry = cached.entry(lambda html, urls: fill_slots(html, [site.local(url) for url in urls]) if urls else html)
    post = post_view(site, entry, with_text=True)
    values: dict[str, Any] = {"post": post}
    template = "page.html"
    if around := page.around:
        template = "post.html"
        values["older"] = around.older and _link(site, around.older)
        values["newer"] = around.newer and _link(site, around.newer)
        values["related"] = tuple([listed_view(site, post) for post in around.related])
    if image := entry.attached.image:  # shown by services that preview links
        values |= {"image": image.url, "image_alt": image.alt, "card": "summary_large_image"}
    view = _page_view(site, post.title, entry.post.canonical or entry.post.url, post.summary)
    view = view._replace(json_ld=post_json_ld(site, entry), versions=version_views(site, page.versions, view.url))
    values = _with_page(site, view, values)
    if not (site.templates.theirs or site.templates.slow_path):
        shape, texts = take_apart(values)
        if found := _byte_template(site, template, shape):
            return found.fill(texts, PRINTED)
    return render(site.templates, template, _shared(site, template) | values)


@lru_cache(maxsize=500)
def _byte_template(site: Site, template: str, shape: Shape) -> ByteTemplate | None:
    """Return the byte template of a shape of pages; None if there cannot be one."""
    return cut_template(site.templates, template, _shared(site, template) | with_placeholders(shape))


def write_home(site: Site, entries: Sequence[Entry], versions: Versions) -> bytes:
    """Write the home page, with the newest posts."""
    publication = site.publication
    page = _page_view(site, publication.title, publication.url, publication.description)
    page = page._replace(versions=version_views(site, versions, page.url))
    return _render(site, "home.html", page, {"posts": _posts(site, entries, with_sound=publication.is_podcast)})


def write_label(
    site: Site, kind: str, folder: str, name: str, entries: Sequence[Entry], total: int, has_feed: bool
) -> bytes:
    """Write the page of a tag, an author or the corrections, with the newest of `total` posts."""
    title = f"{site.publication.title} · {name}"
    feeds = feed_links(site, title, folder) if has_feed else ()
    page = _page_view(site, name, site.publication.url + folder, title, feeds)
    values = {"name": name, "feeds": feeds, "posts": _posts(site, entries), "total": total}
    if kind == "author":
        values["author"] = author = profile_view(site, name, entries)
        page = page._replace(description=author.bio or title, json_ld=author_json_ld(site, author, page.url))
    return _render(site, f"{kind}.html", page, values)


def write_month(site: Site, entries: Sequence[Entry], month: str, older: str | None, newer: str | None) -> bytes:
    """Write the page of a month, with links to the months before and after it that have posts."""
    publication = site.publication
    title = month_text(month, publication.language)
    url = publication.url + archive_folder(month, publication)
    page = _page_view(site, title, url, f"{publication.title} · {title}")
    around = {"older": older and _month(site, older), "newer": newer and _month(site, newer)}
    values = {"posts": _posts(site, entries), "year": _year(site, month[:4]), **around}
    return _render(site, "month.html", page, values)


def write_year(
    site: Site, year: str, months: Sequence[tuple[str, Sequence[ListedPost]]], older: str | None, newer: str | None
) -> bytes:
    """Write the page of a year, with the titles of its posts by month, and links to the years before and after it."""
    publication = site.publication
    page = _page_view(site, year, publication.url + archive_folder(year, publication), f"{publication.title} · {year}")
    views = [(_month(site, month), [listed_view(site, post) for post in posts]) for month, posts in months]
    around = {"older": older and _year(site, older), "newer": newer and _year(site, newer)}
    return _render(site, "year.html", page, {"months": views, **around})


def write_archive(site: Site, months: Sequence[tuple[str, int]]) -> bytes:
    """Write the list of months, newest first, by year, each with its number of posts."""
    years: dict[Named, list[tuple[Named, int]]] = {}
    for month, count in months:
        years.setdefault(_year(site, month[:4]), []).append((_month(site, month), count))
    page = _worded_page_view(site, "archive", site.publication.folder_of("archive"))
    return _render(site, "archive.html", page, {"years": years})


def write_subscribe(site: Site, labels: Sequence[tuple[str, str, str]]) -> bytes:
    """Write the page to subscribe from; `labels` have the kind, folder and name of each further feed.

    The only feed of a podcast is its RSS feed: other feeds and formats are for readers of text.
    """
    groups: dict[str, list[tuple[Named, tuple[FeedLink, ...]]]] = {}
    is_podcast = site.publication.is_podcast
    for kind, folder, name in () if is_podcast else labels:
        label = Named(name, site.home + folder)
        groups.setdefault(kind, []).append((label, feed_links(site, name, folder)))
    page = _worded_page_view(site, "subscribe", site.publication.folder_of("subscribe"))
    feeds = tuple(feed for feed in page.feeds if feed.format == FORMATS["rss"].label or not is_podcast)
    values = {
        "feeds": feeds,
        "readers": [] if is_podcast else readers(feeds[0].url, site.publication),
        "apps": podcast_apps(feeds[0].url, site.publication.title) if is_podcast else [],
        "groups": groups,
        "policy": page_policy(site.publication.allow, with_script=True),
    }
    return _render(site, "subscribe.html", page, values)


def write_missing(site: Site) -> bytes:
    """Write the page that hosts show if there is none."""
    return _render(site, "404.html", _worded_page_view(site, "missing", MISSING_PAGE), {})


WRITERS: dict[str, Callable[..., bytes]] = {
    "home": write_home,
    "label": write_label,
    "month": write_month,
    "year": write_year,
    "archive": write_archive,
    "subscribe": write_subscribe,
    "missing": write_missing,
}

# What a page says that it is, where that is not the name of its template.
_KINDS = {"404.html": "missing"}


def _render(site: Site, template: str, page: PageView, values: dict[str, Any]) -> bytes:
    return render(site.templates, template, _shared(site, template) | _with_page(site, page, values))


def _with_page(site: Site, page: PageView, values: dict[str, Any]) -> dict[str, Any]:
    """Return what one page shows, but others don't."""
    url = site.local(page.url)
    menu = tuple([MenuEntryView(entry.name, entry.url, entry.url == url, entry.is_word) for entry in site.menu])
    return {"page": page, "menu": menu, **values}


def _page_view(site: Site, title: str, url: str, description: str, feeds: tuple[FeedLink, ...] = ()) -> PageView:
    """Return a page in the publication's language, with `feeds` of its own before the main ones."""
    publication = site.publication
    feeds += feed_links(site, publication.title)
    return PageView(title, url, description, publication.language, direction(publication.language), feeds)


def _worded_page_view(site: Site, key: str, path: str) -> PageView:
    """Return a page whose title and description are the words under `key`."""
    publication, texts = site.publication, site.publication.words()
    description = texts.text(f"{key}_description", title=publication.title)
    return _page_view(site, texts.text(key), publication.url + path, description)


@lru_cache(maxsize=20)
def _shared(site: Site, template: str) -> dict[str, Any]:
    """Return what all pages of a template show."""
    publication = site.publication
    cover = publication.podcast.image if publication.podcast else None
    return {
        "kind": _KINDS.get(template) or template.removesuffix(".html"),
        "policy": page_policy(publication.allow),
        "publication": publication_view(site),
        "root": site.root,
        "home": site.home,
        "archive": site.home + publication.folder_of("archive"),
        "subscribe": site.home + publication.folder_of("subscribe"),
        "corrections": site.home + CORRECTIONS_FOLDER if site.has_corrections else None,
        "english": ' lang="en" dir="ltr"' if publication.words().is_instead else "",
        "icon": picture_url(publication.icon, site.root) or site.root + site.icon,
        "extra_style": site.extra_style,
        "logo": picture_url(publication.logo, site.root),
        "image": picture_url(publication.logo or cover, publication.site_url),
        "image_alt": None,
        "card": "summary",
    }


def _posts(site: Site, entries: Sequence[Entry], *, with_sound: bool = False) -> list[PostView]:
    return [post_view(site, entry, with_sound=with_sound) for entry in entries]


def _link(site: Site, post: ListedPost) -> Named:
    return Named(site.shown(post.title, post.language), site.local(post.url))


def _month(site: Site, month: str) -> Named:
    publication = site.publication
    return Named(month_text(month, publication.language), site.home + archive_folder(month, publication))


def _year(site: Site, year: str) -> Named:
    return Named(year, site.home + archive_folder(year, site.publication))
