"""Dateline, in several publications of the same posts, from the main feeds alone to all feeds and pages."""

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from cases import (
    COLD,
    DRAFT,
    EDITED,
    HOME,
    LIMIT,
    SAME,
    STATELESS,
    TITLE,
    Case,
    Program,
    expect_entries,
    expect_files,
    read,
)
from corpus import ONE_MONTH, Corpus, link_posts, write_corpus, write_drafts
from measure import BenchError

MAIN, EVERYTHING, COMMONMARK = "Dateline, main feeds", "Dateline, everything", "Dateline, CommonMark"
PAGES, MONTH, DRAFTS = "Dateline, with pages", "Dateline, one month", "Dateline, 50 drafts"
DEFAULT, VERSION, HELP = "Dateline, default settings", "dateline --version", "dateline --help"
PASS = "python -c pass"
# The engine is an extra; without it there are no cases with it.
COMMONMARK_LIBRARY = "comrak"

_DEFAULT = f"""\
title = "{TITLE}"
url = "{HOME}"
id = "tag:example.org,2015-01-01:gazette"
limit = {LIMIT}
"""
_MAIN = _DEFAULT + 'archives = "off"\ntag_feeds = false\nauthor_feeds = false\npages = false\n'
_EVERYTHING = _DEFAULT + 'markdown = "python-markdown"\npages = false\n'
_COMMONMARK = _EVERYTHING.replace("python-markdown", "commonmark")
_PAGES = _COMMONMARK.replace("pages = false\n", "")
_FEEDS = ("rss.xml", "atom.xml", "feed.json")
_CACHE = "cache"  # next to the posts, not in the home folder of whoever measures
# The default settings are measured with at most _FEW posts, and a month with at most _BUSY.
_FEW, _BUSY = 100, 10_000


def _cases(program: str, folder: Path, corpus: Corpus) -> Iterator[Case]:
    """Each publication cold; the usual ones with nothing changed and one post edited too; and what reads no post."""
    main = _main_feeds(program, _publish(folder / "main", corpus, _MAIN), corpus)
    everything = _everything(EVERYTHING, program, _publish(folder / "everything", corpus, _EVERYTHING), corpus)
    # In this order, the cold ones take turns with Hugo's feed, its full site, its pages like ours, and Pelican.
    yield _cold(main)
    if find_spec(COMMONMARK_LIBRARY):
        compiled = _everything(COMMONMARK, program, _publish(folder / "commonmark", corpus, _COMMONMARK), corpus)
        yield _cold(compiled)
        pages = _paged(PAGES, program, _publish(folder / "pages", corpus, _PAGES), corpus)
        yield _cold(pages)
        yield from _warm(pages)
    yield _cold(everything)
    yield from _warm(main)
    yield from _warm(everything)
    if find_spec(COMMONMARK_LIBRARY):
        if corpus.posts <= _BUSY:
            yield _one_month(program, folder / "month", corpus)
        yield from _drafts(program, folder / "drafts", corpus)
    if corpus.posts <= _FEW:
        yield _cold(_paged(DEFAULT, program, _publish(folder / "default", corpus, _DEFAULT), corpus))
    yield Case(PASS, STATELESS, (sys.executable, "-c", "pass"), folder)
    yield Case(VERSION, STATELESS, (program, "--version"), folder)
    yield Case(HELP, STATELESS, (program, "--help"), folder)


def _one_month(program: str, folder: Path, corpus: Corpus) -> Case:
    """With pages, and as many posts, but all of one month."""
    squeezed = write_corpus(folder / "posts", corpus.posts, corpus.seed, ONE_MONTH)
    (squeezed.folder / "feed.toml").write_text(_PAGES, "utf-8")
    case = _paged(MONTH, program, folder, squeezed)
    return _cold(replace(case, check=lambda _: case.check(None)))  # none of its posts is ever edited


def _drafts(program: str, folder: Path, corpus: Corpus) -> Iterator[Case]:
    """With pages, and drafts next to the posts."""
    case = _paged(DRAFTS, program, _publish(folder, corpus, _PAGES), corpus)
    draft = write_drafts(folder / "posts", corpus.seed)
    yield replace(case, state=EDITED)
    yield replace(case, state=DRAFT, draft=draft)


def _cold(case: Case) -> Case:
    return replace(case, state=COLD, fresh=(case.folder / "public", case.folder / _CACHE))


def _warm(case: Case) -> Iterator[Case]:
    yield replace(case, state=SAME)
    yield replace(case, state=EDITED)


def _main_feeds(program: str, folder: Path, corpus: Corpus) -> Case:
    def check(sentence: str | None) -> None:
        for feed in _FEEDS:
            expect_entries(folder / "public" / feed, min(LIMIT, corpus.posts), sentence)

    return Case(MAIN, "", _build(program), folder, check)


def _everything(name: str, program: str, folder: Path, corpus: Corpus) -> Case:
    public = folder / "public"

    def check(sentence: str | None) -> None:
        for feed in _FEEDS:
            # A month that is not over is in the main feed, and may have more posts than the limit.
            expect_entries(public / feed, min(LIMIT, corpus.posts), sentence, more=True)
        for pattern in ("tags/*/atom.xml", "authors/*/atom.xml"):
            expect_files(public, pattern, 1)
        archives = [public / "atom.xml", *public.glob("archive/*/*/atom.xml")]
        found = {id for file in archives for id in re.findall(r"<entry[^>]*>\s*<id>([^<]*)", read(file))}
        if len(found) != corpus.posts:
            raise BenchError(f"{public} has {len(found)} of {corpus.posts} posts in its archives")

    return Case(name, "", _build(program, "--jobs", "2"), folder, check)


def _paged(name: str, program: str, folder: Path, corpus: Corpus) -> Case:
    """Everything, and a page for each post."""
    case = _everything(name, program, folder, corpus)
    newest = folder / "public" / "index.html"

    def check(sentence: str | None) -> None:
        case.check(sentence)
        expect_files(folder / "public", "[0-9]*/*/*/index.html", corpus.posts)
        if 'class="h-entry"' not in read(newest):
            raise BenchError(f"{newest} shows no post")

    return replace(case, check=check)


def _publish(folder: Path, corpus: Corpus, settings: str) -> Path:
    posts = link_posts(corpus, folder / "posts")
    (posts / "feed.toml").write_text(settings, "utf-8")
    return folder


def _build(program: str, *options: str) -> tuple[str, ...]:
    return (program, "build", "--cache", _CACHE, *options)


DATELINE = Program("Dateline", "dateline", "pip install -e .", ("--version",), _cases)
