"""Posts, feeds and the publication as templates see them. All text is plain, except in `html` and `json_ld`."""

import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from html import escape
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from dateline.cldr import date_text, size_text
from dateline.content.dates import EPOCH
from dateline.content.ids import label_key, label_slug, profile_of, respelled
from dateline.content.languages import direction, language_name
from dateline.content.urls import host_name, link_name, picture_url
from dateline.feed_content import addresses_of, shows
from dateline.feed_formats import FORMATS
from dateline.model import Author, Enclosure, Entry, Episode, Picture, Publication
from dateline.pages import ListedPost, Site, Versions
from dateline.pages.post_html import page_html
from dateline.text import clock

_encode = json.JSONEncoder(ensure_ascii=False).encode
# Characters that could end a script or begin a comment in it.
_UNSAFE = re.compile("[<>&\u2028\u2029]")
_SCHEMA_TYPES = {"audio": "AudioObject", "video": "VideoObject"}
# Names of the `words` for kinds and formats; any other has its own name, like PDF.
_KINDS = {"audio": "audio", "video": "video", "image": "picture", "text": "text"}
_FORMATS = {"plain": "text", "x-subrip": "SRT"}


class TimeText(NamedTuple):
    """A date or a length of time: for people (``14 April 2025``, ``42:30``) and for programs (``PT42M30S``)."""

    text: str
    iso: str


class Named(NamedTuple):
    """Something with a name and perhaps a page: a tag, an author, a post, a month."""

    name: str
    url: str | None


class AuthorView(NamedTuple):
    """An author, perhaps with a page; `extra` are the keys below ``extra`` in feed.toml."""

    name: str
    url: str | None
    extra: dict[str, Any]


class ProfileView(NamedTuple):
    """An author on a page about them; `bio` is a line of text, and `links` lead to other pages of theirs."""

    name: str
    picture: str | None
    bio: str | None
    links: tuple[Named, ...]
    extra: dict[str, Any]


class PublicationView(NamedTuple):
    """The settings. `generator`: whether pages name the program that made them; `cover`: the picture of a podcast.

    `extra` are the user's own keys.
    """

    title: str
    url: str
    description: str
    language: str
    authors: tuple[AuthorView, ...]
    rights: str | None
    generator: bool
    moved_to: str | None
    extra: dict[str, Any]
    cover: str | None


class MenuEntryView(NamedTuple):
    """An entry of the menu. `is_current`: it leads to this page. `is_word`: its name is one of `words`."""

    name: str
    url: str
    is_current: bool
    is_word: bool


class FeedLink(NamedTuple):
    """A feed in one format: its title, the name of the format, its media type and URL."""

    title: str
    format: str
    type: str
    url: str


class TranscriptView(NamedTuple):
    """A transcript; `format` is a word, or the name of a text in `words`."""

    url: str
    type: str
    format: str


class EnclosureView(NamedTuple):
    """An enclosure on a page. `url` leads to it from this site, `address` from anywhere.

    `kind` is a word, or the name of a text in `words`; `size` is text, and empty if unknown. `player` is ``audio`` or
    ``video`` if the page plays it, and `preload` what of it the page may load before that: nothing from another site.
    `captions` is the URL of those of a video, `poster` that of an image to show before it plays.
    """

    name: str
    url: str
    address: str
    type: str
    kind: str
    size: str
    length: TimeText | None
    transcripts: tuple[TranscriptView, ...] = ()
    player: str | None = None
    preload: str = "none"
    captions: str | None = None
    poster: str | None = None


class PictureView(NamedTuple):
    """The lead picture of a post. `srcset` is empty if there is only one size of it, and `alt` if nobody described it.

    `width` and `height` are in pixels, None if unknown.
    """

    url: str
    alt: str
    width: int | None
    height: int | None
    srcset: str
    caption: str | None
    credit: str | None


class PostView(NamedTuple):
    """A post on a page. `url` leads to it from this site, `address` from anywhere.

    `title` is the first words of a note (`is_note`). `about` is the page elsewhere that the text is about: its host and
    URL. `extra` are the user's own keys, and `episode` is what a podcast calls it, like ``Episode 5``. Only pages have
    no date. Its own page leaves out a `picture` that its text shows. Lists of posts leave out `html` (the text),
    `standfirst` (a summary that does not repeat the text), and `enclosures` except for sound on the home page of a
    podcast.
    """

    title: str
    url: str
    address: str
    summary: str
    language: str
    direction: str
    authors: tuple[AuthorView, ...]
    tags: tuple[Named, ...]
    published: TimeText | None
    updated: TimeText | None
    is_note: bool
    about: Named | None
    extra: dict[str, Any]
    picture: PictureView | None
    episode: str | None
    html: str = ""
    enclosures: tuple[EnclosureView, ...] = ()
    standfirst: str = ""


class ListedView(NamedTuple):
    """A post that a page names by title and date."""

    title: str
    url: str
    language: str
    direction: str
    published: TimeText


class VersionView(NamedTuple):
    """A page in one of the publication's languages, by the name that its speakers give that.

    `url` leads to it from this site, `address` from anywhere. `is_main`: in the main language.
    """

    language: str
    name: str
    url: str
    address: str
    is_main: bool


class PageView(NamedTuple):
    """A page. `feeds` are those to discover on it, its own first; `json_ld` is for search engines.

    `versions` are all of a page that is there in several languages, with itself.
    """

    title: str
    url: str
    description: str
    language: str
    direction: str
    feeds: tuple[FeedLink, ...]
    json_ld: str = ""
    versions: tuple[VersionView, ...] = ()


def publication_view(site: Site) -> PublicationView:
    """Return what every page shows of the settings."""
    publication = site.publication
    return PublicationView(
        title=publication.title,
        url=publication.url,
        description=publication.description,
        language=publication.language,
        authors=tuple(_author(site, author) for author in publication.authors),
        rights=publication.rights,
        generator=publication.generator,
        moved_to=publication.moved.url if publication.moved else None,
        extra=_extra(publication.extra),
        cover=picture_url(publication.podcast.image, site.root) if publication.podcast else None,
    )


@lru_cache(maxsize=256)
def feed_links(publication: Publication, title: str, folder: str = "") -> tuple[FeedLink, ...]:
    """Return the feeds in a folder, one for each format; by default the main ones."""
    base = publication.url + folder
    rows = [(FORMATS[name], publication.feed_url(base, name)) for name in publication.formats]
    return tuple(FeedLink(title, format.label, format.media_type, url) for format, url in rows)


def version_views(site: Site, versions: Versions) -> tuple[VersionView, ...]:
    """Return the versions of a page."""
    main = site.publication.languages[:1]
    return tuple(
        VersionView(language, language_name(language), site.local(url), url, (language,) == main)
        for language, url in versions
    )


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
        authors=tuple(_author(site, author, is_listed=not post.is_page) for author in post.authors),
        tags=tuple(_tag(site, tag) for tag in post.tags),
        published=_moment(post.published, language) if post.published != EPOCH else None,
        updated=_moment(updated, language) if updated > post.published else None,
        is_note=post.is_note,
        about=Named(host_name(post.related), post.related) if post.related else None,
        extra=_extra(post.extra),
        picture=_picture_view(site, entry),
        episode=_episode_text(site, post.episode) if post.episode else None,
        html=page_html(entry.html, site.publication.words().text("table")) if with_text else "",
        enclosures=_enclosure_views(site, entry) if with_text else _sound(site, entry) if with_sound else (),
        standfirst=_standfirst(entry) if with_text else "",
    )


def _extra(text: str) -> dict[str, Any]:
    return json.loads(text) if text else {}


def profile_view(site: Site, name: str, entries: Sequence[Entry]) -> ProfileView:
    """Return the author of some posts, with the URL in the newest one's byline among the links."""
    profile = profile_of(site.publication, name)
    author = next(author for author in entries[0].post.authors if label_key(author.name) == label_key(name))
    linked = {author.url: link_name(author.url)} if author.url else {}
    linked |= {url: text for text, url in profile.links}
    links = tuple(Named(text, url) for url, text in linked.items())
    return ProfileView(name, picture_url(profile.picture, site.root), profile.bio, links, _extra(author.extra))


def _episode_text(site: Site, episode: Episode) -> str | None:
    """Return what a podcast calls an episode, if it has a number or is a trailer or a bonus."""
    words = site.publication.words()
    if episode.kind in ("trailer", "bonus"):
        return words.text(episode.kind)
    if episode.number and episode.season:
        return words.text("season_episode", season=episode.season, number=episode.number)
    return words.text("episode", number=episode.number) if episode.number else None


def _sound(site: Site, entry: Entry) -> tuple[EnclosureView, ...]:
    """Return the sound of an episode, to play in a list."""
    views = (_enclosure_view(site, "", enclosure) for enclosure in entry.attached.enclosures[:1])
    return tuple(view for view in views if view.player == "audio")


def _picture_view(site: Site, entry: Entry) -> PictureView | None:
    """Return the picture of a post, unless its text or a video on its page shows that."""
    post, picture = entry.post, entry.attached.image
    if picture is None or not post.image_on_page or _is_in_text(site, entry, picture):
        return None
    if entry.html and any(_kind(found.media_type) == "video" for found in entry.attached.enclosures[:1]):
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


@lru_cache(maxsize=256)  # pages near to each other list the same ones
def listed_view(site: Site, post: ListedPost) -> ListedView:
    """Return a post for a list of titles."""
    title, language = site.shown(post.title, post.language), post.language
    published = TimeText(date_text(date.fromisoformat(post.day), site.publication.language), post.day)
    return ListedView(title, site.local(post.url), language, direction(language), published)


def _author(site: Site, author: Author, *, is_listed: bool = True) -> AuthorView:
    """Link an author to the page of their posts if `is_listed`, or else to a page of their own if there is one."""
    if is_listed and site.publication.author_feeds:
        return AuthorView(author.name, _label_page(site, "authors", author.name), _extra(author.extra))
    return AuthorView(author.name, author.url, _extra(author.extra))


def _tag(site: Site, tag: str) -> Named:
    return Named(tag, _label_page(site, "tags", tag) if site.publication.tag_feeds else None)


def _label_page(site: Site, kind: str, name: str) -> str:
    return f"{site.home}{kind}/{quote(label_slug(site.publication, kind, name))}/"


def _iso(date: datetime) -> str | None:
    """Return a date as programs read it, None for that of a page without one."""
    return date.isoformat(timespec="seconds") if date.replace(microsecond=0) != EPOCH else None


def _moment(date: datetime, language: str) -> TimeText:
    return TimeText(date_text(date, language), date.isoformat(timespec="seconds"))


def _enclosure_views(site: Site, entry: Entry) -> tuple[EnclosureView, ...]:
    """Return the enclosures of an entry; its transcripts and image belong to the first."""
    attached = entry.attached
    views = [_enclosure_view(site, entry.html, enclosure) for enclosure in attached.enclosures]
    if views:
        transcripts = [
            TranscriptView(site.local(transcript.url), transcript.media_type, _format(transcript.media_type))
            for transcript in attached.transcripts
        ]
        # Browsers take captions only from the site itself.
        vtt = [found.url for found in transcripts if found.type.partition(";")[0].rstrip() == "text/vtt"]
        views[0] = views[0]._replace(
            transcripts=tuple(transcripts),
            captions=next((url for url in vtt if url.startswith(site.root)), None),
            poster=site.local(attached.image.url) if attached.image else None,
        )
    return tuple(views)


def _enclosure_view(site: Site, html: str, enclosure: Enclosure) -> EnclosureView:
    url = site.local(enclosure.url)
    kind = _kind(enclosure.media_type)
    is_played = f'src="{escape(url, quote=False)}"' in html
    return EnclosureView(
        name=enclosure.title or unquote(urlsplit(enclosure.url).path.rpartition("/")[2]) or enclosure.url,
        url=url,
        address=enclosure.url,
        type=enclosure.media_type,
        kind=kind,
        size=size_text(enclosure.size, site.publication.words().language),
        length=length(enclosure.duration) if enclosure.duration else None,
        player=kind if kind in _SCHEMA_TYPES and not is_played else None,
        preload="none" if url == enclosure.url else "metadata",
    )


def _media_object(enclosure: Enclosure) -> dict[str, Any]:
    """Return an enclosure as a MediaObject of schema.org, whose texts are English."""
    values = {
        "@type": _SCHEMA_TYPES.get(_kind(enclosure.media_type), "MediaObject"),
        "name": enclosure.title,
        "contentUrl": enclosure.url,
        "encodingFormat": enclosure.media_type,
        "contentSize": size_text(enclosure.size, "en"),
        "duration": length(enclosure.duration).iso if enclosure.duration else None,
    }
    return _filled(values)


def length(seconds: int) -> TimeText:
    """Return how long something plays, given in seconds."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{number}{sign}" for number, sign in ((hours, "H"), (minutes, "M"), (rest, "S")) if number]
    return TimeText(clock(seconds), f"PT{''.join(parts)}")


def _kind(media_type: str) -> str:
    return _KINDS.get(media_type.partition("/")[0]) or _format(media_type)


def _format(media_type: str) -> str:
    """Return what people call a format, if that is the short name of its type: ``PDF``, ``VTT``; else ``file``."""
    name = media_type.partition(";")[0].rstrip().partition("/")[2].partition("+")[0]
    return _FORMATS.get(name) or (name.upper() if len(name) <= 4 else "file")


def json_ld(site: Site, entry: Entry) -> str:
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


def _is_mail(url: str | None) -> bool:
    return (url or "").startswith("mailto:")


def podcast_apps(feed: str, title: str) -> list[Named]:
    """Return URLs that open a podcast's feed in apps for podcasts, which need not know it."""
    quoted, bare = quote(feed, safe=""), feed.partition("://")[2]
    return [
        Named("Apple Podcasts", f"podcast://{bare}"),
        Named("Overcast", f"overcast://x-callback-url/add?url={quoted}"),
        Named("Pocket Casts", f"pktc://subscribe/{bare}"),
        Named("AntennaPod", f"https://antennapod.org/deeplink/subscribe?url={quoted}&title={quote(title, safe='')}"),
    ]


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value}


def readers(feed: str, publication: Publication) -> list[Named]:
    """Return where to subscribe to a feed: a URL that opens a reader on this machine, and readers on the web."""
    quoted = quote(feed, safe="")
    return [
        Named(publication.words().text("your_reader"), f"feed:{feed}"),
        Named("Feedly", f"https://feedly.com/i/subscription/feed/{quoted}"),
        Named("Inoreader", f"https://www.inoreader.com/feed/{quoted}"),
        Named("NewsBlur", f"https://www.newsblur.com/?url={quoted}"),
        Named("The Old Reader", f"https://theoldreader.com/feeds/subscribe?url={quoted}"),
    ]
