"""What pages are made from, and where they are in the output."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from dateline.cache.database import Cache
from dateline.cache.published_posts import PublishedPost
from dateline.feeds import Selection
from dateline.model import Publication

MISSING_PAGE = "404.html"
STYLE_FILE = "style.css"
SCRIPT_FILE = "copy.js"
SUBSCRIBE_FOLDER = "subscribe/"
ARCHIVE_FOLDER = "archive/"
LABEL_FOLDERS = ("tags/", "authors/", "corrections/")  # of the feeds that have a page

# A post as others link to it: its title and its URL.
Link = tuple[str, str]


class Templates(NamedTuple):
    """The folder of the user's own templates, if any, and a digest of them; `language` is that of the words."""

    theirs: str | None
    digest: str
    language: str = "en"


class Site(NamedTuple):
    """What all pages of a publication have in common. `root` is the path that it is served under: ``/``, or ``/news/``.

    `has_icon`: there is a favicon.ico, which browsers look for by themselves.
    """

    publication: Publication
    root: str
    templates: Templates
    has_icon: bool

    def local(self, url: str) -> str:
        """Return a URL of the publication without its host, so that it works on whatever host; any other unchanged."""
        home = self.publication.url
        return self.root + url[len(home) :] if url.startswith(home) else url


class PageContext(NamedTuple):
    """What pages are chosen from. `key` stands for everything that all pages have in common."""

    catalogue: Cache
    site: Site
    now: datetime
    feeds: Sequence[Selection]
    out: Sequence[PublishedPost]
    key: str

    @property
    def publication(self) -> Publication:
        """The settings."""
        return self.site.publication

    def label_feeds(self) -> list[Selection]:
        """Return the feeds of tags, authors and corrections."""
        return [feed for feed in self.feeds if feed.folder.startswith(LABEL_FOLDERS)]
