"""Where pages lie in the output, and how they lead to each other."""

from urllib.parse import quote, urlsplit

MISSING_PAGE = "404.html"
STYLE_FILE = "style.css"
SCRIPT_FILE = "copy.js"
SUBSCRIBE_FOLDER = "subscribe/"
ARCHIVE_FOLDER = "archive/"


def root_of(home: str) -> str:
    """The path under which a publication is served: ``/``, or ``/news/``. Links of its own pages begin with it.

    So they work on whatever host the pages are looked at.
    """
    return urlsplit(home).path


def local(url: str, home: str, root: str) -> str:
    """An address of the publication, without its host; any other as it is."""
    return root + url[len(home) :] if url.startswith(home) else url


def label_folder(kind: str, slug: str) -> str:
    """Where the page of a tag or an author lies, percent-encoded."""
    return f"{kind}/{quote(slug)}/"
