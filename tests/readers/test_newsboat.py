"""newsboat, without its screen: it reloads, and its cache is read."""

import os
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from readers.conftest import Published, program
from readers.written import SAMPLE, missing, moment

ITEMS = "SELECT guid, title, author, url, pubDate, content FROM rss_item ORDER BY pubDate DESC, guid"


def items(url: str, folder: Path) -> list[tuple[str, str, str, str, int, str]]:
    """The items of a feed as newsboat keeps them, newest first: id, title, author, link, date, content."""
    (folder / "urls").write_text(f"{url}\n", "utf-8")
    (folder / "config").write_text("", "utf-8")
    ran = subprocess.run(
        [program("newsboat"), "-u", "urls", "-c", "cache.db", "-C", "config", "-x", "reload"],
        cwd=folder,
        env={**os.environ, "HOME": str(folder), "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran
    with closing(sqlite3.connect(folder / "cache.db")) as cache:
        return cache.execute(ITEMS).fetchall()


@pytest.mark.parametrize("name", ["rss.xml", "atom.xml"])
def test_newsboat_shows_every_post_as_it_was_written(published: Published, name: str, tmp_path: Path) -> None:
    found = {item[0]: item for item in items(published.server.url + name, tmp_path)}
    posts = {(p.atom_id or p.id if name == "atom.xml" else p.id): p for p in published.written.posts}
    assert found.keys() == posts.keys()
    for id, post in posts.items():
        _, title, author, url, date, content = found[id]
        names = post.signed() if name == "rss.xml" else ", ".join(person.name for person in post.authors)
        assert (title, author, url) == (post.title, names, post.link)
        assert datetime.fromtimestamp(date, UTC) == moment(post.published)
        assert missing(content, post, published.written.folder) == []


@pytest.mark.parametrize("published", [SAMPLE], ids=["posts"], indirect=True)
@pytest.mark.parametrize("name", ["rss.xml", "atom.xml"])
def test_newsboat_shows_the_article_on_cecot_first(published: Published, name: str, tmp_path: Path) -> None:
    _, title, author, _, date, _ = items(published.server.url + name, tmp_path)[0]
    assert "CECOT" in title
    assert author == "Mike Connors"
    assert f"{datetime.fromtimestamp(date, UTC):%d %B %Y}" == "14 April 2025"
