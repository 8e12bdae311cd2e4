"""feedparser, which many readers are built on; and the JSON feed by the standard library alone."""

import json
from calendar import timegm
from datetime import UTC, datetime
from functools import cache
from time import struct_time
from typing import Any

import feedparser
import pytest

from readers.conftest import Published
from readers.written import Person, Post, links_of, missing, moment, pictures_of, text_of

XML = ["rss.xml", "atom.xml"]


@cache
def parsed(published: Published, name: str, sanitize: bool = True) -> Any:
    document = (published.output / name).read_bytes()
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": published.written.home + name}
    return feedparser.parse(document, response_headers=headers, sanitize_html=sanitize, resolve_relative_uris=sanitize)


def read_json(published: Published) -> Any:
    return json.loads((published.output / "feed.json").read_text("utf-8"))


def utc(time: struct_time) -> datetime:
    return datetime.fromtimestamp(timegm(time), UTC)


def contents(published: Published, name: str) -> list[str]:
    if name == "feed.json":
        return [item["content_html"] for item in read_json(published)["items"]]
    return [entry.content[0].value for entry in parsed(published, name, sanitize=False).entries]


@pytest.mark.parametrize("name", XML)
def test_feedparser_has_nothing_to_complain_of(published: Published, name: str) -> None:
    feed = parsed(published, name)
    assert not feed.bozo, feed.bozo_exception
    assert feed.version == {"rss.xml": "rss20", "atom.xml": "atom10"}[name]


@pytest.mark.parametrize("name", XML)
def test_feedparser_finds_the_title_and_the_home_of_the_publication(published: Published, name: str) -> None:
    feed = parsed(published, name, sanitize=False).feed
    assert (feed.title, feed.link) == (published.written.title, published.written.home)


@pytest.mark.parametrize("name", XML)
def test_feedparser_finds_every_post_as_it_was_written(published: Published, name: str) -> None:
    entries = parsed(published, name, sanitize=False).entries
    posts = published.written.posts
    assert [(e.title, e.link) for e in entries] == [(p.title, p.link) for p in posts]
    assert [utc(e.published_parsed) for e in entries] == [moment(p.published) for p in posts]
    for entry, post in zip(entries, posts, strict=True):
        assert missing(entry.content[0].value, post, published.written.folder) == []
        assert text_of(entry.summary) == post.summary


def test_feedparser_finds_one_byline_and_the_id_in_rss(published: Published) -> None:
    entries = parsed(published, "rss.xml").entries
    posts = published.written.posts
    assert [(e.author, e.id) for e in entries] == [(p.signed(), p.id) for p in posts]
    assert [[a.name for a in e.authors] for e in entries] == [[p.signed()] for p in posts]


def test_feedparser_finds_each_author_and_the_id_in_atom(published: Published) -> None:
    entries = parsed(published, "atom.xml").entries
    posts = published.written.posts
    for entry, post in zip(entries, posts, strict=True):
        assert [a.name for a in entry.authors] == [person.name for person in post.authors]
        # It lends the address of one author to the next who has none.
        assert [a.email for a, person in zip(entry.authors, post.authors, strict=True) if person.email] == [
            person.email for person in post.authors if person.email
        ]
        assert [a.get("href") for a in entry.authors] == [person.url for person in post.authors]
    assert [e.id for e in entries] == [post.atom_id or post.id for post in posts]


@pytest.mark.parametrize("name", XML)
def test_feedparser_finds_when_a_post_was_updated(published: Published, name: str) -> None:
    for entry, post in zip(parsed(published, name).entries, published.written.posts, strict=True):
        if post.updated or name == "atom.xml":
            assert utc(entry.updated_parsed) == moment(post.updated or post.published)
        else:
            assert "updated_parsed" not in entry


def in_json(person: Person) -> dict[str, str]:
    url = person.url or (f"mailto:{person.email}" if person.email else None)
    return {"name": person.name, **({"url": url} if url else {})}


def fields(post: Post) -> dict[str, Any]:
    return {
        "id": post.id,
        "url": post.link,
        "title": post.title,
        "summary": post.summary,
        "authors": [in_json(person) for person in post.authors],
    }


def test_the_json_feed_holds_every_post_as_it_was_written(published: Published) -> None:
    feed = read_json(published)
    posts = published.written.posts
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert (feed["title"], feed["home_page_url"]) == (published.written.title, published.written.home)
    assert [{key: item[key] for key in fields(posts[0])} for item in feed["items"]] == [fields(post) for post in posts]
    for item, post in zip(feed["items"], posts, strict=True):
        assert item["date_published"] == post.published
        assert item["date_modified"] == (post.updated or post.published)
        assert missing(item["content_html"], post, published.written.folder) == []


def test_a_post_in_another_language_says_so_in_every_format(published: Published) -> None:
    languages = {entry.title: entry.get("language") for entry in parsed(published, "rss.xml").entries}
    atom = {e.title: e.content[0].language for e in parsed(published, "atom.xml").entries}
    in_feed = {item["title"]: item.get("language") for item in read_json(published)["items"]}
    for title, language in {
        "「漢字」の日付 & 作者": "ja",
        "مرحبا بالعالم": "ar",
        "Writing Markdown for feeds": "en-GB",
    }.items():
        if title in in_feed:
            assert (languages[title], atom[title], in_feed[title]) == (language, language, language)


@pytest.mark.parametrize("name", [*XML, "feed.json"])
def test_no_draft_and_no_future_post_is_in_any_file(published: Published, name: str) -> None:
    document = (published.output / name).read_text("utf-8")
    assert "A draft" not in document
    assert "Of tomorrow" not in document


@pytest.mark.parametrize("name", [*XML, "feed.json"])
def test_links_are_absolute_and_those_within_a_post_lead_somewhere(published: Published, name: str) -> None:
    for content, post in zip(contents(published, name), published.written.posts, strict=True):
        links, names = links_of(content)
        assert all(link.startswith(("https://", "mailto:")) for link in links)
        within = [link.partition("#")[2] for link in links if link.startswith(post.link + "#")]
        assert set(within) <= names


@pytest.mark.parametrize("name", [*XML, "feed.json"])
def test_pictures_of_posts_are_files_of_the_output(published: Published, name: str) -> None:
    pictures = [picture for content in contents(published, name) for picture in pictures_of(content)]
    assert pictures
    for picture in pictures:
        path = picture.removeprefix(published.written.home)
        assert (published.output / path).is_file(), picture


@pytest.mark.parametrize("name", XML)
def test_sanitising_takes_no_word_from_a_post(published: Published, name: str) -> None:
    for entry, post in zip(parsed(published, name).entries, published.written.posts, strict=True):
        assert missing(entry.content[0].value, post, published.written.folder) == []
