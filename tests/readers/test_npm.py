"""Three packages of npm, run by Node. DATELINE_NPM names the folder in which node_modules lies."""

import json
import os
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from readers.conftest import Published, npm_package, program
from readers.written import Person, missing, moment, text_of

SCRIPT = Path(__file__).with_name("read_feeds.js")
XML = ["rss.xml", "atom.xml"]


def read(package: str, file: Path) -> Any:
    """What a package of npm makes of a feed."""
    modules = npm_package(package).parent
    ran = subprocess.run(
        [program("node"), str(SCRIPT), package, str(file)],
        env={**os.environ, "NODE_PATH": str(modules)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert ran.returncode == 0, ran
    return json.loads(ran.stdout)


@pytest.mark.parametrize("name", XML)
def test_rss_parser_finds_every_post_as_it_was_written(published: Published, name: str) -> None:
    feed = read("rss-parser", published.output / name)
    posts = published.written.posts
    assert (feed["title"], feed["link"]) == (published.written.title, published.written.home)
    assert [(i["title"], i["link"]) for i in feed["items"]] == [(p.title, p.link) for p in posts]
    for item, post in zip(feed["items"], posts, strict=True):
        assert datetime.fromisoformat(item["isoDate"]) == moment(post.published)
        if name == "rss.xml":
            found = item["creator"], item["guid"], item["content:encoded"]
            assert found[:2] == (post.signed(), post.id)
        else:
            # Of several authors it keeps the first.
            found = item["author"], item["id"], item["content"]
            assert found[:2] == (post.authors[0].name, post.atom_id or post.id)
        assert missing(found[2], post, published.written.folder) == []


@pytest.mark.parametrize("name", XML)
def test_feedparser_of_npm_finds_every_post_as_it_was_written(published: Published, name: str) -> None:
    feed = read("feedparser", published.output / name)
    posts = published.written.posts
    assert [(i["link"], i["guid"]) for i in feed] == [
        (p.link, p.atom_id or p.id if name == "atom.xml" else p.id) for p in posts
    ]
    for item, post in zip(feed, posts, strict=True):
        # It takes tags out of titles, even where they are text.
        assert item["title"] == text_of(post.title) or "<b>" in post.title
        # Where an entry has several authors in Atom, it shows none; not that of the feed either.
        assert item["author"] == (post.signed() if name == "rss.xml" or len(post.authors) == 1 else None)
        assert datetime.fromisoformat(item["pubdate"]) == moment(post.published)
        assert text_of(item["summary"]) == post.summary
        assert missing(item["description"], post, published.written.folder) == []


def test_feedsmith_finds_every_post_in_rss(published: Published) -> None:
    found = read("feedsmith", published.output / "rss.xml")
    posts = published.written.posts
    items = found["feed"]["items"]
    assert found["format"] == "rss"
    assert [(i["title"], i["link"], i["guid"]["value"]) for i in items] == [(p.title, p.link, p.id) for p in posts]
    assert [i["dc"]["creators"] for i in items] == [[p.signed()] for p in posts]
    for item, post in zip(items, posts, strict=True):
        assert datetime.strptime(item["pubDate"], "%a, %d %b %Y %H:%M:%S %z") == moment(post.published)
        assert text_of(item["description"]) == post.summary
        assert missing(item["content"]["encoded"], post, published.written.folder) == []


def test_feedsmith_finds_every_post_in_atom(published: Published) -> None:
    found = read("feedsmith", published.output / "atom.xml")
    posts = published.written.posts
    entries = found["feed"]["entries"]
    assert found["format"] == "atom"
    assert [(e["title"]["value"], e["id"]) for e in entries] == [(p.title, p.atom_id or p.id) for p in posts]
    for entry, post in zip(entries, posts, strict=True):
        people = [Person(a["name"], a.get("email"), a.get("uri")) for a in entry["authors"]]
        assert tuple(people) == post.authors
        assert [link["href"] for link in entry["links"] if link["rel"] == "alternate"] == [post.link]
        assert datetime.fromisoformat(entry["published"]) == moment(post.published)
        assert datetime.fromisoformat(entry["updated"]).replace(microsecond=0) == moment(post.updated or post.published)
        assert text_of(entry["summary"]["value"]) == post.summary
        assert missing(entry["content"]["value"], post, published.written.folder) == []


def test_feedsmith_finds_every_post_in_json(published: Published) -> None:
    found = read("feedsmith", published.output / "feed.json")
    posts = published.written.posts
    items = found["feed"]["items"]
    assert found["format"] == "json"
    assert [(i["title"], i["url"], i["id"]) for i in items] == [(p.title, p.link, p.id) for p in posts]
    for item, post in zip(items, posts, strict=True):
        assert [author["name"] for author in item["authors"]] == [person.name for person in post.authors]
        assert datetime.fromisoformat(item["date_published"]) == moment(post.published)
        assert missing(item["content_html"], post, published.written.folder) == []
