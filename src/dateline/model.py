"""The nouns. Values that never change; what can be absent says so in its type; every datetime is aware.

Named tuples rather than dataclasses, here and elsewhere: to make thirty dataclasses takes longer than a small build.
"""

import os
from datetime import datetime, time
from enum import Flag, auto
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dateline.errors import openable


class Author(NamedTuple):
    """A person or desk that signs posts. `email` and `url` are valid where they are given."""

    name: str
    email: str | None = None
    url: str | None = None


class Move(NamedTuple):
    """Where subscribers find a publication now, and since when."""

    url: str
    moment: datetime


class Podcast(NamedTuple):
    """What makes a podcast of a publication: what Apple wants to know, and the guid of Podcasting 2.0, a UUID.

    `categories` are Apple's, each with its subcategory where it has one. `image` is an absolute URL, or a path under
    the folder of posts. `owner` has an e-mail address.
    """

    guid: str
    author: str
    categories: tuple[tuple[str, str | None], ...]
    explicit: bool
    image: str
    owner: Author
    kind: str | None


class Publication(NamedTuple):
    """What feed.toml says, with every default filled in.

    `url` ends in a slash; `permalink` is percent-encoded; `formats` begin with the one that is recommended; `icon` and
    `logo` are absolute URLs, or paths under the folder of posts. In a preview
    `url` is where that is served, `url_on_the_web` where the publication is; with `drafts`, drafts are like others.
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
    math: bool
    smart_quotes: bool | None
    rights: str | None
    icon: str | None
    logo: str | None
    generator: bool
    hub: str | None
    archives: str
    tag_feeds: bool
    author_feeds: bool
    guard: str
    pages: bool
    stylesheet: bool
    tombstones: bool
    moved: Move | None
    podcast: Podcast | None = None
    drafts: bool = False
    url_on_the_web: str | None = None


class Source(NamedTuple):
    """A post file, read. `path` is relative to the folder of posts, with forward slashes."""

    path: str
    text: str


class Body(NamedTuple):
    """The Markdown of a post, and the line of its file (from 1) on which it begins."""

    text: str
    line: int


class Note(NamedTuple):
    """A correction of a post, or its retraction: `kind` is ``correction`` or ``retraction``, `text` is Markdown.

    `date` is what its id is made from: the day as written, or where a time was written too, the moment in UTC
    (2025-05-14T14:30:00Z). An `announced` one is an item of the main feed.
    """

    kind: str
    date: str
    published: datetime
    text: str
    announced: bool

    @property
    def anchor(self) -> str:
        """The id of its element in the content of the post."""
        return f"{self.kind}-{self.date}"


class Withdrawal(NamedTuple):
    """Since when a post is in no feed any more, and why, as plain text."""

    moment: datetime
    reason: str | None


class Medium(NamedTuple):
    """A file or an address that a post names under `key` of its front matter, as it is written there.

    `media_type` is what was written, with parameters or without, or what the name tells; `size`, in bytes, is written
    for addresses alone, and 0 where nobody knows it.
    """

    key: str
    target: str
    media_type: str | None = None
    size: int | None = None
    title: str | None = None


class Episode(NamedTuple):
    """What a post says of itself as an episode of a podcast, which lasts `duration` seconds.

    `title` is what directories call it, if not by the title of the post; `kind` is full, trailer or bonus.
    """

    title: str | None
    number: int | None
    season: int | None
    explicit: bool | None
    duration: int | None
    kind: str | None
    transcripts: tuple[Medium, ...]


class Post(NamedTuple):
    """What a post file says, with every default filled in; all but its body.

    `published` keeps the offset as written, since addresses are made from that calendar date. `due` is when
    the post may be shown: `published`, or a later `publishDate`. `timed` is false where the date was a day
    without a time. `link` is the post's canonical page where that is not `url`. `aliases` are paths in the output
    at which pages lead there from old addresses. Its text begins on line `body_line` (from 1) of the file. While it is
    hidden, nothing of its text may be in the output, unless `embargo` is false. `image_alt` says what `image` shows.
    `episode` is there where the post has an enclosure and the publication is a podcast.

    `notes` are in the order of their dates. Each makes an item of its own, which is a Post too: its `part` is the
    anchor of its one note, and that note its text. In all others `part` is empty.
    """

    path: str
    id: str
    url: str
    title: str
    published: datetime
    updated: datetime
    due: datetime
    timed: bool
    authors: tuple[Author, ...]
    tags: tuple[str, ...]
    language: str
    draft: bool
    link: str | None
    aliases: tuple[str, ...]
    body_line: int
    embargo: bool = True
    part: str = ""
    summary: str | None = None
    notes: tuple[Note, ...] = ()
    withdrawn: Withdrawal | None = None
    image: Medium | None = None
    image_alt: str | None = None
    enclosures: tuple[Medium, ...] = ()
    episode: Episode | None = None

    @property
    def media(self) -> tuple[Medium, ...]:
        """All that it names in its front matter."""
        image = (self.image,) if self.image else ()
        return (*image, *self.enclosures, *(self.episode.transcripts if self.episode else ()))

    def below(self, folder: "str | os.PathLike[str]") -> "Post":
        """The same with a path that can be opened."""
        return self._replace(path=openable(folder, self.path))

    @property
    def canonical_url(self) -> str:
        """Where the post is to be read."""
        return self.link or self.url

    def emptied(self) -> "Post":
        """Return the post without the content that its fields carry."""
        return self._replace(**{name: self._field_defaults[name] for name in CONTENT_FIELDS})

    @property
    def kept_out(self) -> bool:
        """Whether it is in no feed, whatever the time."""
        return self.draft or self.withdrawn is not None

    @property
    def retraction(self) -> Note | None:
        """The note that stands in the place of its text, where it was retracted."""
        return next((note for note in self.notes if note.kind == "retraction" and not self.part), None)


class Role(Flag):
    """What a field of a post means to the rest of the program."""

    NONE = 0
    GUARDED = auto()  # its text is searched for in all output while the post is hidden
    SHOWN = auto()  # feeds carry it, so a change of it is one that subscribers can see
    CONTENT = auto()  # has a default, to which a retraction resets it, as does the item that a correction makes


# Every field of Post, classified once. What hides a post's id, title and addresses is more than a search for text, so
# the embargo knows these by name.
POST_ROLES = {
    **dict.fromkeys("path due timed draft body_line embargo part aliases".split(), Role.NONE),
    **dict.fromkeys("id url title published updated authors tags language link notes withdrawn".split(), Role.SHOWN),
    **dict.fromkeys("summary image_alt enclosures episode".split(), Role.GUARDED | Role.SHOWN | Role.CONTENT),
    "image": Role.SHOWN | Role.CONTENT,  # it has no text, and its file is guarded like all that a hidden post names
}
GUARDED_FIELDS = tuple(name for name, role in POST_ROLES.items() if Role.GUARDED in role)
CONTENT_FIELDS = tuple(name for name, role in POST_ROLES.items() if Role.CONTENT in role)


class Reference(NamedTuple):
    """A reference that has to be resolved. `embeds` is true where the thing is shown in place (src, poster).

    `key` is that of the front matter which holds it, and empty where the text does.
    """

    target: str
    embeds: bool
    key: str = ""


class Rendering(NamedTuple):
    """Sanitised HTML with a slot for each of `references`, its first paragraph as plain text, and what was `dropped`.

    That is names of tags, and codes of odd characters like ``U+0007``; U+FFFD is named too, and stays.
    `note` is the plain text of the notes that the HTML ends with.
    """

    html: str
    references: tuple[Reference, ...]
    summary: str
    dropped: tuple[str, ...]
    note: str = ""


class Picture(NamedTuple):
    """The picture of an entry: its address, what it shows, and its type and size in pixels where they are known."""

    url: str
    alt: str | None
    media_type: str | None
    width: int | None
    height: int | None


class Enclosure(NamedTuple):
    """What an entry brings along: its address, media type, size in bytes (0 if unknown), and seconds if it lasts."""

    url: str
    media_type: str
    size: int
    title: str | None
    duration: int | None


class Transcript(NamedTuple):
    """What is said in an episode, in writing."""

    url: str
    media_type: str


class Attached(NamedTuple):
    """All that an entry carries beside its text."""

    image: Picture | None = None
    enclosures: tuple[Enclosure, ...] = ()
    transcripts: tuple[Transcript, ...] = ()


class Entry(NamedTuple):
    """A post as a feed carries it: sanitised HTML with absolute links, a plain-text summary, and media."""

    post: Post
    html: str
    summary: str
    attached: Attached = Attached()


class Image(NamedTuple):
    """The publication's logo as RSS can carry it: at most 144 by 400 pixels."""

    url: str
    width: int
    height: int


class Tombstone(NamedTuple):
    """What Atom says of a post that was withdrawn: its id as Atom has it, since when, and why (RFC 6721)."""

    id: str
    when: datetime
    comment: str | None


class Feed(NamedTuple):
    """Entries, newest first, and what the feed says of itself.

    `home` is the page that the feed belongs to, `base` the URL under which its files lie (ends in a slash),
    `generator` the name and version of the program that made it. The rest is RFC 5005: an archive
    document names the `base` of the feed that it belongs to in `current`; `previous` and `next` are the bases
    of the archives before and after; `complete` says that there is nothing but these entries. `moved`: it goes on
    elsewhere, and nothing more will come here. `podcast` is there where the feed is one, its image an absolute URL.
    """

    publication: Publication
    id: str
    title: str
    home: str
    base: str
    authors: tuple[Author, ...]
    updated: datetime
    entries: tuple[Entry, ...]
    icon: str | None
    logo: str | None
    image: Image | None
    generator: tuple[str, str | None] | None
    current: str | None = None
    previous: str | None = None
    next: str | None = None
    complete: bool = False
    tombstones: tuple[Tombstone, ...] = ()
    moved: Move | None = None
    podcast: Podcast | None = None
