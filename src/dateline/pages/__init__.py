"""HTML pages: one for each post, lists of them, how to subscribe, and the sitemap.

Like feeds, pages are outputs with keys: one whose inputs are unchanged is neither rendered nor written.
"""

from typing import NamedTuple

from dateline.model import Publication
from dateline.pages.smart_quotes import with_smart_quotes
from dateline.words import OwnWords

MISSING_PAGE = "404.html"
MISSING_PAGE_ORIGIN = "the page for what is not there"
SITEMAP_FILE = "sitemap.xml"
CORRECTIONS_FOLDER = "corrections/"

# The versions of a page: the language and the URL of each.
Versions = tuple[tuple[str, str], ...]


class ListedPost(NamedTuple):
    """A post as other pages name it. `day` is its date as written, like ``2025-04-14``."""

    title: str
    language: str
    url: str
    day: str


class EntryAround(NamedTuple):
    """The posts that the page of a post links to: those published before and after it, and `related` ones."""

    older: ListedPost | None
    newer: ListedPost | None
    related: tuple[ListedPost, ...]


class EntryPage(NamedTuple):
    """A page of one entry, by the number of its post; `around` is None for one of the user's own pages."""

    number: int
    versions: Versions
    around: EntryAround | None = None


class Templates(NamedTuple):
    """The folder of the user's own templates, if any, and a digest of them; the language of words, and `own_words`.

    `is_podcast`: the words are those of a podcast's pages. `slow_path`: without `byte_templates`.
    """

    theirs: str | None
    digest: str
    language: str = "en"
    own_words: OwnWords = ()
    is_podcast: bool = False
    slow_path: bool = False


class MenuEntry(NamedTuple):
    """An entry of the menu, with the path or the address that it leads to. `is_word`: its name is one of `words`."""

    name: str
    url: str
    is_word: bool


class Site(NamedTuple):
    """What all pages of an edition have in common. `root` is the path that the site is served under, like ``/news/``.

    `icon` is the file of the favicon, unless the settings name one. `extra_style`: the user has an extra.css.
    `has_corrections`: there is a page of corrections.
    """

    publication: Publication
    root: str
    templates: Templates
    icon: str
    extra_style: bool
    has_corrections: bool
    menu: tuple[MenuEntry, ...] = ()

    def __hash__(self) -> int:
        # Many functions keep what they made of a site, and the hash of all settings takes longer than most of them.
        return hash((self.root, self.publication.url))

    @property
    def home(self) -> str:
        """The path of the edition's home page."""
        return self.root + self.publication.folder

    def shown(self, text: str, language: str) -> str:
        """Return a title or a summary as pages show it; feeds have it as it was written."""
        return with_smart_quotes(text) if self.publication.has_smart_quotes(language) else text

    def local(self, url: str) -> str:
        """Return a URL of the publication without its host, so that it works on any host; any other unchanged."""
        site = self.publication.site_url
        return self.root + url[len(site) :] if url.startswith(site) else url
