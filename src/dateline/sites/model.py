"""What importers read: a site, its posts, and where its media are. Immutable values."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from dateline.content.key_values import Value
from dateline.errors import Problem, openable
from dateline.model import Publication

# A problem of a file, and what to do about it.
NO_MARKDOWN = "left out, since it is no Markdown", "convert it, and import again"
NO_KEYS: Mapping[str, Any] = {}


class Doubt(NamedTuple):
    """What a source does not say clearly: the key of front matter, why, and values that may be right."""

    key: str
    problem: str
    choices: tuple[str, ...] = ()


Ask = Callable[[Doubt], str | None]  # returns what a person decides, or None to leave it open


class MediaFolder(NamedTuple):
    """A folder of the source whose files are at addresses of the site that begin with `prefix`, a path like ``/``."""

    folder: Path
    prefix: str = "/"


class Site(NamedTuple):
    """What the configuration of a site says.

    - `settings`: keys of feed.toml, with text, numbers, truth values, lists and tables of these.
    - `media`: where its static files are. A file beside a post needs none.
    - `feeds`: feeds of it that lie in the folder of its output, the most complete of each format.
    - `problems`: what could not be read or is not imported, with paths that can be opened; each names the key of
      feed.toml, or the option, that sets what is missing.
    - `config`: whatever the importer itself needs later.
    - `ask`: decides doubts, unless they are to stay open.
    - `menu`: the positions of pages that the configuration puts into the menu, by address or by source.
    """

    settings: Mapping[str, Any]
    media: tuple[MediaFolder, ...] = ()
    feeds: tuple[Path, ...] = ()
    problems: tuple[Problem, ...] = ()
    config: Mapping[str, Any] = NO_KEYS
    ask: Ask = lambda _: None
    menu: Mapping[str, str] = NO_KEYS


class SitePost(NamedTuple):
    """A post of a site, or a page.

    - `path`: where it goes in the folder of posts, with forward slashes; it ends in ``.md``, say. `import_site` changes
      what cannot be the name of a post there, and gives the second of two posts with one path another.
    - `source`: the file that it comes from, relative to the source, which relative links and media start from.
    - `text`: front matter in any form that Dateline reads, and Markdown. Template code in it is still to be converted.
    - `keys`: written into the front matter, in lower case; None removes a key. What Dateline reads under another key
      (`lastmod`, `categories`, `permalink`) needs none.
    - `address`: that of its page, absolute or a path from the root of the host; empty if it has none. A draft may have
      the one that it will get.
    - `id`: the one in the feed that the generator itself writes; empty if it writes none.
    - `problems`: what a person has to know or do about it, with paths that can be opened (see `remark`).
    """

    path: str
    source: str
    text: str
    keys: Mapping[str, Value | None] = NO_KEYS
    address: str = ""
    id: str = ""
    is_page: bool = False
    problems: tuple[Problem, ...] = ()


class Importer(Protocol):
    """A module that imports one kind of source: `source` is its folder, or its file."""

    def detect(self, source: Path) -> bool:
        """Return whether this is such a source, by its own files, of which few are read."""
        ...

    def settings(self, source: Path) -> Site:
        """Read what is not in posts. Raises SiteError if the source cannot be read at all."""
        ...

    def posts(self, source: Path, site: Site, publication: Publication) -> Iterator[SitePost | Problem]:
        """Yield all posts and pages, in an order that depends on nothing but the source, and files that are left out.

        `publication` is made of the site's settings, and of the options that the user gave.
        """
        ...


def remark(source: Path, path: str, line: int | None, problem: str, remedy: str) -> Problem:
    """Return what is to be reported on a file of a source; `path` is relative to that."""
    return Problem(openable(source, path) if path else str(source), line, problem, remedy, is_relative=False)
