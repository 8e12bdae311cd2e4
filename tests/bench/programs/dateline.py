"""Dateline, in publications of the same posts: the main feeds only, all feeds by each engine, and pages besides."""

import re
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from cases import COLD, EDITED, HOME, LIMIT, SAME, TITLE, Case, Program, expect_entries, expect_files, read
from corpus import Corpus, linked
from measure import BenchError

MAIN, ALL, COMMONMARK = "Dateline, main feeds", "Dateline, everything", "Dateline, CommonMark"
PAGES = "Dateline, with pages"
# The engine is an extra; without it there is no such case.
COMMONMARK_LIBRARY = "comrak"

_SETTINGS = f"""\
title = "{TITLE}"
url = "{HOME}"
id = "tag:example.org,2015-01-01:gazette"
limit = {LIMIT}
"""
_MAIN = 'archives = "off"\ntag_feeds = false\nauthor_feeds = false\npages = false\n'
_ALL = 'archives = "month"\ntag_feeds = true\nauthor_feeds = true\nmarkdown = "python-markdown"\npages = false\n'
_TWO = ("--jobs", "2")
_CACHE = "cache"  # beside the posts, and not in the home folder of whoever measures


def _cases(program: str, folder: Path, corpus: Corpus) -> Iterator[Case]:
    """Each publication cold, and those that Python-Markdown renders also warm."""
    main = _publication(folder / "main", corpus, _MAIN)
    everything = _publication(folder / "everything", corpus, _ALL)

    def check_main(sentence: str | None) -> None:
        for feed in ("rss.xml", "atom.xml", "feed.json"):
            expect_entries(main / "public" / feed, min(LIMIT, corpus.posts), sentence)

    # In this order they meet, cold, Hugo's feed, Hugo's full site and Pelican.
    yield Case(MAIN, COLD, _command(program), main, _left_by(main), check_main)
    if find_spec(COMMONMARK_LIBRARY):
        settings = _ALL.replace("python-markdown", "commonmark")
        compiled = _publication(folder / "commonmark", corpus, settings)
        yield _everything(COMMONMARK, COLD, program, compiled, corpus)
        with_pages = _publication(folder / "pages", corpus, settings.replace("pages = false", "pages = true"))
        for state in (COLD, SAME, EDITED):
            yield _with_pages(_everything(PAGES, state, program, with_pages, corpus), corpus)
    yield _everything(ALL, COLD, program, everything, corpus)
    for state in (SAME, EDITED):
        yield Case(MAIN, state, _command(program), main, (), check_main)
        yield _everything(ALL, state, program, everything, corpus)


def _everything(name: str, state: str, program: str, folder: Path, corpus: Corpus) -> Case:
    public = folder / "public"

    def check(sentence: str | None) -> None:
        for feed in ("rss.xml", "atom.xml", "feed.json"):
            # A month that is not over is in the main feed, and may have more posts than the limit.
            expect_entries(public / feed, min(LIMIT, corpus.posts), sentence, more=True)
        for pattern in ("tags/*/atom.xml", "authors/*/atom.xml"):
            expect_files(public, pattern, 1)
        archives = [public / "atom.xml", *public.glob("archive/*/*/atom.xml")]
        found = {id for file in archives for id in re.findall(r"<entry[^>]*>\s*<id>([^<]*)", read(file))}
        if len(found) != corpus.posts:
            raise BenchError(f"{public} has {len(found)} of {corpus.posts} posts in its archives")

    return Case(name, state, _command(program, *_TWO), folder, _left_by(folder) if state == COLD else (), check)


def _with_pages(case: Case, corpus: Corpus) -> Case:
    """The same, with a page for each post, which shows the last edit."""
    newest = case.folder / "public" / "index.html"

    def check(sentence: str | None) -> None:
        case.check(sentence)
        expect_files(case.folder / "public", "[0-9]*/*/*/index.html", corpus.posts)
        if 'class="h-entry"' not in read(newest):
            raise BenchError(f"{newest} shows no post")

    return replace(case, check=check)


def _publication(folder: Path, corpus: Corpus, settings: str) -> Path:
    posts = linked(corpus, folder / "posts")
    (posts / "feed.toml").write_text(_SETTINGS + settings, "utf-8")
    return folder


def _command(program: str, *options: str) -> tuple[str, ...]:
    return (program, "build", "--cache", _CACHE, *options)


def _left_by(folder: Path) -> tuple[Path, ...]:
    return (folder / "public", folder / _CACHE)


DATELINE = Program("Dateline", "dateline", "pip install -e .", ("--version",), _cases)
