"""Posts and authors for search engines, in the words of schema.org."""

import json
from datetime import datetime
from functools import lru_cache
from json.encoder import encode_basestring
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
_UNSAFE = "<>&\u2028\u2029"
_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in _UNSAFE}
_TYPES = {"audio": "AudioObject", "video": "VideoObject"}


def post_json_ld(site: Site, entry: Entry) -> str:
    """Return a post as a NewsArticle of schema.org, or a page as a WebPage, safe inside a ``<script>``."""
    post, attached = respelled(entry.post, site.publication), entry.attached
    published = _iso(post.published)
    # In JSON already: to encode it all at once takes several times as long.
    article = {
        "@context": '"https://schema.org"',
        "@type": '"WebPage"' if post.is_page else '"NewsArticle"',
        "headline": _quoted(post.name),
        "description": _quoted(entry.summary),
        "datePublished": _quoted(published),
        "dateModified": _quoted(published if post.updated == post.published else _iso(post.updated)),
        "author": post.authors and _people(site, post.authors),
        "publisher": _publisher(site),
        "mainEntityOfPage": _quoted(post.canonical or post.url),
        "inLanguage": _quoted(post.language),
        "keywords": post.tags and f"[{', '.join(map(_quoted, post.tags))}]",
        "image": attached.image and _quoted(attached.image.url),
        "associatedMedia": attached.enclosures and _encode(list(map(_media_object, attached.enclosures))),
    }
    members = [f'"{name}": {value}' for name, value in article.items() if value]
    return _in_script(f"{{{', '.join(members)}}}")


def _quoted(text: str | None) -> str:
    return encode_basestring(text) if text else ""


@lru_cache(maxsize=1000)  # many posts share few authors
def _people(site: Site, authors: tuple[Author, ...]) -> str:
    return _encode([_person(site, author) for author in authors])


@lru_cache(maxsize=2)
def _publisher(site: Site) -> str:
    publication = site.publication
    return _encode({"@type": "Organization", "name": publication.title, "url": publication.site_url})


def author_json_ld(site: Site, author: ProfileView, url: str) -> str:
    """Return the page of an author as a ProfilePage of schema.org, safe inside a ``<script>``."""
    person = {**_person(site, Author(author.name)), "url": url, "description": author.bio}
    person["sameAs"] = [link.url for link in author.links if not _is_mail(link.url)]
    page = {"@context": "https://schema.org", "@type": "ProfilePage", "mainEntity": _filled(person)}
    return _in_script(_encode(page))


def _in_script(text: str) -> str:
    if not any(character in text for character in _UNSAFE):
        return text
    return text.translate(_ESCAPES)


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
    is_date = date.year > 1970 or date.replace(microsecond=0) != EPOCH
    return date.isoformat(timespec="seconds") if is_date else None


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value}
