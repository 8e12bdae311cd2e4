"""Posts and authors for search engines, in the words of schema.org."""

import json
import re
from datetime import datetime
from typing import Any

from dateline.cldr import size_text
from dateline.content.dates import EPOCH
from dateline.content.ids import profile_of, respelled
from dateline.content.urls import picture_url
from dateline.model import Author, Enclosure, Entry
from dateline.pages import Site
from dateline.pages.enclosures import length, media_kind
from dateline.pages.views import ProfileView

_encode = json.JSONEncoder(ensure_ascii=False).encode
# Characters that could end a script or begin a comment in it.
_UNSAFE = re.compile("[<>&\u2028\u2029]")
_TYPES = {"audio": "AudioObject", "video": "VideoObject"}


def post_json_ld(site: Site, entry: Entry) -> str:
    """Return a post as a NewsArticle of schema.org, or a page as a WebPage, safe inside a ``<script>``."""
    publication = site.publication
    post = respelled(entry.post, publication)
    article = {
        "@context": "https://schema.org",
        "@type": "WebPage" if post.is_page else "NewsArticle",
        "headline": post.name,
        "description": entry.summary,
        "datePublished": _iso(post.published),
        "dateModified": _iso(post.updated),
        "author": [_person(site, author) for author in post.authors],
        "publisher": {"@type": "Organization", "name": publication.title, "url": publication.site_url},
        "mainEntityOfPage": post.canonical or post.url,
        "inLanguage": post.language,
        "keywords": post.tags,
        "image": entry.attached.image and entry.attached.image.url,
        "associatedMedia": [_media_object(enclosure) for enclosure in entry.attached.enclosures],
    }
    return _in_script(_filled(article))


def author_json_ld(site: Site, author: ProfileView, url: str) -> str:
    """Return the page of an author as a ProfilePage of schema.org, safe inside a ``<script>``."""
    person = {**_person(site, Author(author.name)), "url": url, "description": author.bio}
    person["sameAs"] = [link.url for link in author.links if not _is_mail(link.url)]
    page = {"@context": "https://schema.org", "@type": "ProfilePage", "mainEntity": _filled(person)}
    return _in_script(page)


def _in_script(values: dict[str, Any]) -> str:
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", _encode(values))


def _person(site: Site, author: Author) -> dict[str, Any]:
    profile = profile_of(site.publication, author.name)
    values = {
        "@type": "Person",
        "name": author.name,
        "url": author.url,
        "image": picture_url(profile.picture, site.publication.site_url),
        "sameAs": [url for _, url in profile.links if not _is_mail(url)],
    }
    return _filled(values)


def _media_object(enclosure: Enclosure) -> dict[str, Any]:
    """Return an enclosure as a MediaObject of schema.org, whose texts are English."""
    values = {
        "@type": _TYPES.get(media_kind(enclosure.media_type), "MediaObject"),
        "name": enclosure.title,
        "contentUrl": enclosure.url,
        "encodingFormat": enclosure.media_type,
        "contentSize": size_text(enclosure.size, "en"),
        "duration": length(enclosure.duration).iso if enclosure.duration else None,
    }
    return _filled(values)


def _is_mail(url: str | None) -> bool:
    return (url or "").startswith("mailto:")


def _iso(date: datetime) -> str | None:
    """Return a date as programs read it, None for that of a page without one."""
    return date.isoformat(timespec="seconds") if date.replace(microsecond=0) != EPOCH else None


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value}
