"""Pelican with its default theme and Markdown settings, and all its feeds."""

from collections.abc import Callable, Iterator
from pathlib import Path

from cases import COLD, HOME, LIMIT, SAME, TITLE, Case, Program, expect_entries, expect_files
from corpus import Corpus

PELICAN_COLD, PELICAN_CACHED = "Pelican", "Pelican, cached"

_SETTINGS = f"""\
SITENAME = {TITLE!r}
SITEURL = {HOME.rstrip("/")!r}
TIMEZONE = "UTC"
DEFAULT_LANG = "en"
FEED_MAX_ITEMS = {LIMIT}
FEED_ALL_ATOM = "feeds/all.atom.xml"
FEED_ALL_RSS = "feeds/all.rss.xml"
CATEGORY_FEED_ATOM = CATEGORY_FEED_RSS = None
TAG_FEED_ATOM = "feeds/tags/{{slug}}.atom.xml"
TAG_FEED_RSS = "feeds/tags/{{slug}}.rss.xml"
AUTHOR_FEED_ATOM = "feeds/authors/{{slug}}.atom.xml"
AUTHOR_FEED_RSS = "feeds/authors/{{slug}}.rss.xml"
TRANSLATION_FEED_ATOM = None
"""
_CACHE = """\
CACHE_CONTENT = LOAD_CONTENT_CACHE = True
CACHE_PATH = "cache"
"""


def _cases(program: str, folder: Path, corpus: Corpus) -> Iterator[Case]:
    """The site cold and without a cache, and with nothing changed and a cache."""
    folder.mkdir(parents=True)
    for name, state, settings in ((PELICAN_COLD, COLD, ""), (PELICAN_CACHED, SAME, _CACHE)):
        output = folder / ("cached" if settings else "cold")
        file = output.with_suffix(".py")
        file.write_text(_SETTINGS + settings, "utf-8")
        command = (program, str(corpus.folder), "--settings", str(file), "--output", str(output), "--fatal", "errors")
        fresh = (output,) if state == COLD else ()
        yield Case(name, state, command, folder, _check(output, corpus.posts), fresh)


def _check(output: Path, posts: int) -> Callable[[str | None], None]:
    # The last edit is not checked: feeds have summaries, and the case with a cache sees no edit.
    def check(_: str | None) -> None:
        for feed in ("all.atom.xml", "all.rss.xml"):
            expect_entries(output / "feeds" / feed, min(LIMIT, posts), None)
        patterns = (("*.html", posts), ("feeds/authors/*.atom.xml", 1), ("feeds/tags/*.atom.xml", 1))
        for pattern, expected in patterns:
            expect_files(output, pattern, expected)

    return check


# On its own: it wants an older Pygments than ours, which would change what our tests expect.
PELICAN = Program("Pelican", "pelican", "pipx install 'pelican[markdown]'", ("--version",), _cases)
