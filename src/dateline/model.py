"""The nouns. Frozen values; what can be absent says so in its type; every datetime is aware."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Author:
    """A person or desk that signs posts. `email` and `url` are valid where they are given."""

    name: str
    email: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """What feed.toml says, with every default filled in.

    `url` ends in a slash; `icon` and `logo` are absolute URLs, or paths under the folder of posts.
    """

    id: str
    title: str
    url: str
    description: str
    language: str
    timezone: ZoneInfo
    authors: tuple[Author, ...]
    named_authors: tuple[tuple[str, Author], ...]
    default_time: time
    limit: int
    formats: tuple[str, ...]
    content: str
    permalink: str
    markdown: str
    smart_quotes: bool | None
    rights: str | None
    icon: str | None
    logo: str | None
    generator: bool
    hub: str | None


@dataclass(frozen=True, slots=True)
class Source:
    """A post file, read. `path` is relative to the folder of posts, with forward slashes."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Body:
    """The Markdown of a post, and the line of its file (from 1) on which it begins."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Post:
    """What a post file says, with every default filled in; all but its body.

    `published` keeps the offset as written, since addresses are made from that calendar date. `due` is when
    the post may be shown: `published`, or a later `publishDate`. `timed` is false where the date was a day
    without a time. `link` is the post's canonical page where that is not `url`.
    """

    path: str
    id: str
    url: str
    title: str
    published: datetime
    updated: datetime
    due: datetime
    timed: bool
    summary: str | None
    authors: tuple[Author, ...]
    tags: tuple[str, ...]
    language: str
    draft: bool
    link: str | None

    @property
    def canonical_url(self) -> str:
        """Where the post is to be read."""
        return self.link or self.url


@dataclass(frozen=True, slots=True)
class Entry:
    """A post as a feed carries it: sanitised HTML with absolute links, and a plain-text summary."""

    post: Post
    html: str
    summary: str


@dataclass(frozen=True, slots=True)
class Image:
    """The publication's logo as RSS can carry it: at most 144 by 400 pixels."""

    url: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Feed:
    """Entries, newest first, and what the feed says of itself.

    `home` is the page that the feed belongs to, `base` the URL under which its files lie (ends in a slash),
    `generator` the name, version and home page of the program that made it.
    """

    publication: Publication
    id: str
    title: str
    home: str
    base: str
    updated: datetime
    entries: tuple[Entry, ...]
    icon: str | None
    logo: str | None
    image: Image | None
    generator: tuple[str, str, str] | None


@dataclass(frozen=True, slots=True)
class Format:
    """A syndication format: how a Feed becomes bytes, and under which name they are served."""

    name: str
    filename: str
    media_type: str
    serialise: Callable[[Feed], bytes]
