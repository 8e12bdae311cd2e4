"""Dateline, in three publications of the same posts: with the main feeds only, and with everything by each engine."""

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from cases import COLD, EDITED, HOME, LIMIT, SAME, TITLE, Case, Program, expect_entries, expect_files, read
from corpus import Corpus, linked
from measure import BenchError

MAIN, ALL, COMMONMARK = "Dateline, main feeds", "Dateline, everything", "Dateline, CommonMark"
# The engine is an extra; without it there is no such case.
COMMONMARK_LIBRARY = "comrak"

_SETTINGS = f"""\
title = "{TITLE}"
url = "{HOME}"
id = "tag:example.org,2015-01-01:gazette"
limit = {LIMIT}
"""
_MAIN = 'archives = "off"\ntag_feeds = false\nauthor_feeds = false\n'
_ALL = 'archives = "month"\ntag_feeds = true\nauthor_feeds = true\nmarkdown = "python-markdown"\n'
_TWO = ("--jobs", "2")


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
        compiled = _publication(folder / "commonmark", corpus, _ALL.replace("python-markdown", "commonmark"))
        yield _everything(COMMONMARK, COLD, program, compiled, corpus)
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


def _publication(folder: Path, corpus: Corpus, settings: str) -> Path:
    posts = linked(corpus, folder / "posts")
    (posts / "feed.toml").write_text(_SETTINGS + settings, "utf-8")
    return folder


def _command(program: str, *options: str) -> tuple[str, ...]:
    return (program, "build", *options)


def _left_by(folder: Path) -> tuple[Path, ...]:
    return (folder / "public", folder / "posts" / ".dateline_cache")


DATELINE = Program("Dateline", "dateline", "pip install -e .", ("--version",), _cases)
