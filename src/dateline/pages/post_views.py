"""Posts and their authors as templates see them."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from html import escape
from typing import Any
from urllib.parse import quote

from dateline.cldr import date_text
from dateline.content.dates import EPOCH
from dateline.content.ids import label_key, label_slug, profile_of, respelled
from dateline.content.languages import direction
from dateline.content.urls import host_name, link_name, picture_url
from dateline.feed_content import addresses_of, shows
from dateline.model import Author, Entry, Episode, Picture
from dateline.pages import ListedPost, Site
from dateline.pages.enclosures import enclosure_views, media_kind, sound_view
from dateline.pages.post_html import page_html
from dateline.pages.views import AuthorView, ListedView, Named, PictureView, PostView, ProfileView, TimeText


def post_view(site: Site, entry: Entry, *, with_text: bool = False, with_sound: bool = False) -> PostView:
    """Return a post for a list, perhaps `with_sound` to play, or, `with_text`, for its own page."""
    post, language = respelled(entry.post, site.publication), site.publication.language
    updated = post.updated.replace(microsecond=0)
    return PostView(
        title=site.shown(post.name, post.language),
        url=site.local(post.canonical_url),
        address=post.canonical_url,
        summary=site.shown(entry.summary, post.language),
        language=post.language,
        direction=direction(post.language),
        authors=tuple([author_view(site, author, is_listed=not post.is_page) for author in post.authors]),
        tags=tuple([_tag(site, tag) for tag in post.tags]),
        published=_moment(post.published, language) if post.published != EPOCH else None,
        updated=_moment(updated, language) if updated > post.published else None,
        is_note=post.is_note,
        about=Named(host_name(post.related), post.related) if post.related else None,
        extra=own_keys(post.extra),
        picture=_picture_view(site, entry),
        episode=_episode_text(site, post.episode) if post.episode else None,
        html=page_html(entry.html, site.publication.words().text("table")) if with_text else "",
        enclosures=enclosure_views(site, entry) if with_text else sound_view(site, entry) if with_sound else (),
        standfirst=site.shown(_standfirst(entry), post.language) if with_text else "",
    )


def _episode_text(site: Site, episode: Episode) -> str | None:
    """Return what a podcast calls an episode, if it has a number or is a trailer or a bonus."""
    words = site.publication.words()
    if episode.kind in ("trailer", "bonus"):
        return words.text(episode.kind)
    if episode.number and episode.season:
        return words.text("season_episode", season=episode.season, number=episode.number)
    return words.text("episode", number=episode.number) if episode.number else None


def _picture_view(site: Site, entry: Entry) -> PictureView | None:
    """Return the picture of a post, unless its text or a video on its page shows that."""
    post, picture = entry.post, entry.attached.image
    if picture is None or not post.image_on_page or _is_in_text(site, entry, picture):
        return None
    if entry.html and any(media_kind(found.media_type) == "video" for found in entry.attached.enclosures[:1]):
        return None  # it is what the player shows
    sizes = (f"{site.local(url)} {width}w" for url, width in picture.sizes)
    return PictureView(
        url=site.local(picture.url),
        alt=picture.alt or "",
        width=picture.width,
        height=picture.height,
        srcset=", ".join(sizes),
        caption=post.image_caption,
        credit=post.image_credit,
    )


def _is_in_text(site: Site, entry: Entry, picture: Picture) -> bool:
    addresses = addresses_of(picture)
    return shows(entry.html, {*addresses, *map(site.local, addresses)})


def _standfirst(entry: Entry) -> str:
    """Return the summary that the author wrote, unless the text begins with it."""
    summary = entry.post.summary or ""
    return "" if escape(summary[:40], quote=False) in entry.html[:1000] else summary


def _moment(date: datetime, language: str) -> TimeText:
    return TimeText(date_text(date.date(), language), date.isoformat(timespec="seconds"))


@lru_cache(maxsize=256)  # pages near to each other list the same ones
def listed_view(site: Site, post: ListedPost) -> ListedView:
    """Return a post for a list of titles."""
    title, language = site.shown(post.title, post.language), post.language
    published = TimeText(date_text(date.fromisoformat(post.day), site.publication.language), post.day)
    return ListedView(title, site.local(post.url), language, direction(language), published)


@lru_cache(maxsize=10_000)  # many posts share few tags and authors
def _tag(site: Site, tag: str) -> Named:
    return Named(tag, _label_page(site, "tags", tag) if site.publication.tag_feeds else None)


def profile_view(site: Site, name: str, entries: Sequence[Entry]) -> ProfileView:
    """Return the author of some posts, with the URL in the newest one's byline among the links."""
    profile = profile_of(site.publication, name)
    author = next(author for author in entries[0].post.authors if label_key(author.name) == label_key(name))
    linked = {author.url: link_name(author.url)} if author.url else {}
    linked |= {url: text for text, url in profile.links}
    links = tuple(Named(text, url) for url, text in linked.items())
    return ProfileView(name, picture_url(profile.picture, site.root), profile.bio, links, own_keys(author.extra))


@lru_cache(maxsize=10_000)
def author_view(site: Site, author: Author, *, is_listed: bool = True) -> AuthorView:
    """Link an author to the page of their posts if `is_listed`, or else to a page of their own if there is one."""
    if is_listed and site.publication.author_feeds:
        return AuthorView(author.name, _label_page(site, "authors", author.name), own_keys(author.extra))
    return AuthorView(author.name, author.url, own_keys(author.extra))


def _label_page(site: Site, kind: str, name: str) -> str:
    return f"{site.home}{kind}/{quote(label_slug(site.publication, kind, name))}/"


def own_keys(text: str) -> dict[str, Any]:
    """Return the user's own keys, which are kept as JSON."""
    return json.loads(text) if text else {}
