"""The nouns: immutable values. Optional ones say so in their types, and every datetime is aware.

They are named tuples, as in other modules, because creating thirty dataclasses takes longer than a small build.
"""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime, time
from typing import NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

from dateline.cldr import is_english
from dateline.errors import openable
from dateline.feed_formats import FEED_FILES
from dateline.words import OwnWords, Words, words


class Author(NamedTuple):
    """A person or organisation that signs posts. `email` and `url` are valid. `extra` is for templates, as JSON."""

    name: str
    email: str | None = None
    url: str | None = None
    extra: str = ""


class Profile(NamedTuple):
    """What the page of an author says of them. `picture` is like an icon; `links` have names and URLs."""

    picture: str | None = None
    bio: str | None = None
    links: tuple[tuple[str, str], ...] = ()


class Move(NamedTuple):
    """Where subscribers find a publication that has moved, and since when."""

    url: str
    moment: datetime


class Podcast(NamedTuple):
    """What makes a publication a podcast: what Apple requires, and the guid of Podcasting 2.0, a UUID.

    `categories` are Apple's, each with its subcategory, if any. `image` is a URL, or a path under the folder of posts.
    """

    guid: str
    author: str
    categories: tuple[tuple[str, str | None], ...]
    explicit: bool
    image: str
    owner: Author  # with an e-mail address
    kind: str | None


class Theme(NamedTuple):
    """How pages look. `accent` is a colour like ``#0b4f94``, `width` in characters, `logo_height` in pixels."""

    accent: str | None = None
    font: str = "serif"
    width: int = 70
    masthead: str = "center"
    logo_height: int = 48


class PublishTo(NamedTuple):
    """The table [publish] of feed.toml: where `dateline publish` sends the output, and how.

    `to` names the target as its owner wrote it: a folder, a URL, or ``command:`` and a program. `endpoint` is that of
    an S3 service other than Amazon's. With `gzip`, texts are stored compressed, where the target can say so.
    """

    to: str
    endpoint: str = ""
    gzip: bool = False


class Publication(NamedTuple):
    """What feed.toml says, with every default filled in.

    `url` ends in a slash. `permalink`, and `old_permalinks`, which gave posts their former addresses, are patterns,
    percent-encoded. The first of the `formats` is the recommended one. `icon` and `logo` are absolute URLs, or paths
    under the folder of posts; `assets` are folders there, and `output` is the path from there to the output folder, if
    set. `profiles` are those of authors, by name. `image_on_page` and `image_in_feed` are for posts that do not say so
    themselves. `feed_files` are the paths of each format in the folder of a feed: the one to name, then further ones
    for the same bytes. In a preview, `url` is the preview's and `url_on_the_web` the publication's, and with `drafts`,
    drafts count as published. It is `live` unless feed.toml says that nobody can be subscribed yet.

    `allow` has what pages may load besides what they always may: kinds of things, like ``script``, and sources (CSP).

    `slugs` are those of the feeds of tags and authors: kind (``tags`` or ``authors``), name and slug. `spellings` come
    from the posts: a kind, a name as some post has it, and as it is shown. `menu` has what `read_menu` returns.

    With `notes`, posts without a title are notes. `feed_footer` is Markdown that ends each entry of a feed. `extra` is
    for templates, as JSON.

    A publication may be in several `languages`, the main one first. It has an edition for each, which is a publication
    too: its `edition` is the language, empty for the main one, and its `url` is where its own pages and feeds are.
    `own_words` replace words of ours, by language, and `addresses` are other names for the folders ``archive`` and
    ``subscribe``.
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
    template_code: str
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
    output: str
    assets: tuple[str, ...]
    old_permalinks: tuple[str, ...]
    moved: Move | None
    image_on_page: bool
    image_in_feed: bool
    profiles: tuple[tuple[str, Profile], ...]
    allow: tuple[tuple[str, tuple[str, ...]], ...] = ()
    podcast: Podcast | None = None
    notes: bool = False
    feed_footer: str | None = None
    extra: str = ""
    theme: Theme = Theme()
    feed_files: tuple[tuple[str, tuple[str, ...]], ...] = FEED_FILES
    menu: tuple[tuple[str, str, str | None], ...] = ()
    slugs: tuple[tuple[str, str, str], ...] = ()
    spellings: tuple[tuple[str, str, str], ...] = ()
    drafts: bool = False
    url_on_the_web: str | None = None
    live: bool = True
    publish: PublishTo | None = None
    languages: tuple[str, ...] = ()
    edition: str = ""
    own_words: tuple[tuple[str, OwnWords], ...] = ()
    addresses: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()

    def words(self, language: str = "") -> Words:
        """Return the words of pages and feeds in a language, by default the edition's."""
        language = language or self.language
        return words(language, self.words_replaced(language))

    def words_replaced(self, language: str = "") -> OwnWords:
        """Return the publication's own words in a language, by default the edition's."""
        return dict(self.own_words).get(language or self.language, ())

    def folder_of(self, page: str) -> str:
        """Return the folder of a page, ``archive`` or ``subscribe``, in that of the edition."""
        return f"{dict(dict(self.addresses).get(self.language, ())).get(page, page)}/"

    @property
    def folder(self) -> str:
        """The folder of the edition in the output: empty for the main one, else like ``es/``."""
        return f"{self.edition}/" if self.edition else ""

    @property
    def site_url(self) -> str:
        """The URL of the whole site, at which all editions have their media and stylesheets."""
        return self.url.removesuffix(self.folder) if self.edition else self.url

    @property
    def is_podcast(self) -> bool:
        """Whether the main feed is that of a podcast, which only RSS can be."""
        return self.podcast is not None and "rss" in self.formats

    @property
    def pictures(self) -> Iterator[tuple[str, str]]:
        """The pictures of the publication, its podcast and its authors, each after its key."""
        cover = self.podcast and self.podcast.image
        profiles = (("picture", profile.picture) for _, profile in self.profiles)
        named = (("icon", self.icon), ("logo", self.logo), ("image", cover), *profiles)
        return ((key, picture) for key, picture in named if picture)

    @property
    def feed_id(self) -> str:
        """The id of the edition's main feed, from which those of its other feeds are derived."""
        return f"{self.id.removesuffix('/')}/languages/{self.edition}" if self.edition else self.id

    def editions(self) -> "Iterator[Publication]":
        """Yield the editions, given the main one: that first. A podcast is in the main language alone."""
        yield self
        for language in self.languages[1:]:
            yield self._replace(edition=language, language=language, url=self.home_of(language), podcast=None)

    def home_of(self, edition: str) -> str:
        """Return the URL of an edition, given the main one."""
        return f"{self.url}{edition}/" if edition else self.url

    def has_smart_quotes(self, language: str) -> bool:
        """Return whether texts in a language get typographic quotation marks."""
        return is_english(language) if self.smart_quotes is None else self.smart_quotes

    def feed_paths(self, format: str) -> tuple[str, ...]:
        """Return the paths of a feed in a format, in the folder of the feed; the first is the one to name."""
        return dict(self.feed_files)[format]

    def feed_path(self, format: str) -> str:
        """Return the path of a feed in a format, in the folder of the feed."""
        return self.feed_paths(format)[0]

    def feed_url(self, base: str, format: str) -> str:
        """Return the address of a feed in a format; its folder has the address `base`."""
        return base + quote(self.feed_path(format))


class Source(NamedTuple):
    """The text of a post file. `path` is relative to the folder of posts, with forward slashes."""

    path: str
    text: str


class Body(NamedTuple):
    """The Markdown of a post, and the line of the file, from 1, on which it starts."""

    text: str
    line: int


class Note(NamedTuple):
    """A correction of a post, or its retraction. `kind` is ``correction`` or ``retraction``, and `text` is Markdown.

    The id of its item is made from `date`: the day as written or, if a time was written, the moment in UTC, like
    2025-05-14T14:30:00Z. If it is `announced`, the main feed has that item.
    """

    kind: str
    date: str
    published: datetime
    text: str
    announced: bool

    @property
    def anchor(self) -> str:
        """The id of its element in the HTML of the post."""
        return f"{self.kind}-{self.date}"


class Withdrawal(NamedTuple):
    """When a post was taken out of all feeds, and why, as plain text."""

    moment: datetime
    reason: str | None


class Medium(NamedTuple):
    """A file or a URL that a post names under `key` of its front matter, as written there.

    `media_type` is the one that was written, perhaps with parameters, or that of the file name. `size`, in bytes, is
    that of a URL, 0 if unknown; the size of a file is read from the file.
    """

    key: str
    target: str
    media_type: str | None = None
    size: int | None = None
    title: str | None = None


class Episode(NamedTuple):
    """The front matter of an episode of a podcast. `duration` is in seconds.

    `title` is its title in directories, if that is not the post's. `kind` is ``full``, ``trailer`` or ``bonus``.
    """

    title: str | None
    number: int | None
    season: int | None
    explicit: bool | None
    duration: int | None
    kind: str | None
    transcripts: tuple[Medium, ...]


class Post(NamedTuple):
    """What a post file says except for its body, with every default filled in.

    `published` keeps the offset as written, since URLs contain that calendar date. `due` is when the post may be shown:
    at `published`, or at a later `publishDate`. `timed` is false if the date was a day without a time. `aliases` are
    paths in the output of pages that redirect from old URLs. The text starts on line `body_line` of the file, from 1.
    While the post is hidden, the output must not contain its text, unless `embargo` is false. `episode` is set if the
    post has an enclosure and the publication is a podcast. `edition` is that of the publication, and all versions of a
    text in several languages have the same `translation_key`. `template_code` is ``warn`` or, if it may be published as
    text, ``ok``. A note has no title, but `first_words`. `extra` is for templates, as JSON. `image_on_page` and
    `image_in_feed`: whether pages show the image, and whether it comes first in the text of feeds.

    `link` is the page of a post that has none here, since it has no text; `related` is the page elsewhere that a text
    here is about. `canonical` is where a text was first published, if that is elsewhere, as its page here says.

    Without `in_feeds`, the post is on the site alone. A page is never in feeds or lists of posts, and has this position
    in the `menu`, if any.

    `notes` are sorted by date. Each of them also makes an item of its own, which is a Post, too: its `part` is the
    anchor of the note, and the note is its text. All other posts have an empty `part`.
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
    edition: str = ""
    translation_key: str = ""
    part: str = ""
    summary: str | None = None
    notes: tuple[Note, ...] = ()
    withdrawn: Withdrawal | None = None
    image: Medium | None = None
    image_alt: str | None = None
    image_caption: str | None = None
    image_credit: str | None = None
    image_on_page: bool = True
    image_in_feed: bool = True
    enclosures: tuple[Medium, ...] = ()
    episode: Episode | None = None
    template_code: str = "warn"
    first_words: str = ""
    related: str | None = None
    canonical: str | None = None
    extra: str = ""
    in_feeds: bool = True
    is_page: bool = False
    menu: int | None = None

    @property
    def is_note(self) -> bool:
        """Whether the post has no title."""
        return not self.title

    @property
    def name(self) -> str:
        """The title, or the first words of a note."""
        return self.title or self.first_words

    @property
    def media(self) -> tuple[Medium, ...]:
        """All files and URLs that the front matter names."""
        image = (self.image,) if self.image else ()
        return (*image, *self.enclosures, *(self.episode.transcripts if self.episode else ()))

    def below(self, folder: "str | os.PathLike[str]") -> "Post":
        """Return the post with a path that can be opened."""
        return self._replace(path=openable(folder, self.path))

    @property
    def canonical_url(self) -> str:
        """The URL of the page to read the post on."""
        return self.link or self.url

    @property
    def kept_out(self) -> bool:
        """Whether the post is in no feed at any time."""
        return self.draft or self.withdrawn is not None

    @property
    def retraction(self) -> Note | None:
        """The note that replaces the text of a retracted post."""
        retractions = [note for note in self.notes if note.kind == "retraction" and not self.part]
        return retractions[0] if retractions else None


class Reference(NamedTuple):
    """A link to resolve: one in the text, or the value of a `key` of the front matter."""

    target: str
    embeds: bool  # its target is shown on the page (src, poster)
    key: str = ""


class TemplateCode(NamedTuple):
    """A piece of template code in a text: its kind, what was written, and the line of the text, from 1."""

    kind: str
    text: str
    line: int


class Rendering(NamedTuple):
    """Sanitised HTML with a slot for each of `references`, and its first paragraph as plain text.

    `dropped` has the names of tags that were dropped, and the codes of odd characters, like ``U+0007``; U+FFFD is among
    them, but stays. `note` is the plain text of the notes at the end of the HTML. `template_code` is what the post does
    not accept; that of notes has line 0.
    """

    html: str
    references: tuple[Reference, ...]
    summary: str
    dropped: tuple[str, ...]
    note: str = ""
    template_code: tuple[TemplateCode, ...] = ()


class Picture(NamedTuple):
    """The picture of an entry: its URL and alt text, and its type and size in pixels, if known.

    `sizes` are its files, with itself, if there are several: the URL and width in pixels of each, the smallest first.
    """

    url: str
    alt: str | None
    media_type: str | None
    width: int | None
    height: int | None
    sizes: tuple[tuple[str, int], ...] = ()


class Enclosure(NamedTuple):
    """A file that comes with an entry. `size` is in bytes, 0 if unknown, and `duration` in seconds."""

    url: str
    media_type: str
    size: int
    title: str | None
    duration: int | None


class Transcript(NamedTuple):
    """The transcript of an episode."""

    url: str
    media_type: str


class Attached(NamedTuple):
    """Everything that an entry carries in addition to its text."""

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
    """The publication's logo for RSS: at most 144 by 400 pixels."""

    url: str
    width: int
    height: int


class Tombstone(NamedTuple):
    """A post that was withdrawn: its id in Atom, when, and why (RFC 6721)."""

    id: str
    when: datetime
    comment: str | None


class Feed(NamedTuple):
    """A feed: its metadata, and its entries, newest first, which can be iterated over again and again.

    `home` is the page that the feed belongs to, `base` the URL of the folder of its files, with a slash at the end, and
    `generator` the name and version of the program that made it. For RFC 5005, `current` is the `base` of the feed to
    which an archive belongs, `previous` and `next` are the bases of the archives before and after it, and `complete`
    says that there are no other entries. `moved` says where the feed continues. The image of the `podcast` is an
    absolute URL.
    """

    publication: Publication
    id: str
    title: str
    home: str
    base: str
    authors: tuple[Author, ...]
    updated: datetime
    entries: Iterable[Entry]
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
