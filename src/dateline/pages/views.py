"""What templates see. All text is plain, except in `html` and `json_ld`."""

from typing import Any, NamedTuple


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

    `url` leads to it from this site, `address` from anywhere. `is_main`: in the main language. `is_current`: it is this
    page.
    """

    language: str
    name: str
    url: str
    address: str
    is_main: bool
    is_current: bool


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
