"""Links of a site name posts by file, address, slug or title; they come out as paths of the posts' files."""

import json

import pytest

from dateline.sites.conversion.links import LinkIndex, Target
from dateline.sites.model import SitePost


def post(source: str, path: str = "", address: str = "", *, is_page: bool = False, **keys: str) -> SitePost:
    lines = "".join(f"{key}: {json.dumps(value)}\n" for key, value in keys.items())
    return SitePost(path or source, source, f"---\n{lines}---\nText.\n", address=address, is_page=is_page)


POSTS = [
    post("content/posts/ferry.md", "posts/ferry.md", "/posts/ferry/", title="The late ferry", aliases="/boats/"),
    post("content/posts/ferry.es.md", "posts/ferry.es.md", "/es/posts/ferry/", title="El ferry"),
    post("content/posts/tides/index.md", "posts/tides/index.md", "/posts/tides/", title="Tides", slug="high-tides"),
    post("content/posts/tides/index.es.md", "posts/tides/index.es.md", "/es/posts/tides/", title="Mareas"),
    post("_posts/2024-01-02-storm.md", "2024-01-02-storm.md", "/2024/01/02/storm.html", title="Storm"),
    post("content/a/fog.md", "a/fog.md", title="Fog"),
    post("content/b/fog.md", "b/fog.md", title="Fog"),
    post("content/c/Sea & (sun).md", "c/Sea & (sun).md", title="Sea, sun"),
    post("content/about.md", "about.md", "/about/", is_page=True, title="About"),
]
INDEX = LinkIndex(POSTS)
FERRY, FERRY_ES = POSTS[:2]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("ferry.md", "ferry.md"),
        ("ferry", "ferry.md"),
        ("/posts/ferry.md", "ferry.md"),
        ("posts/ferry", "ferry.md"),
        ("../posts/ferry", "ferry.md"),
        ("content/posts/ferry.md", "ferry.md"),
        ("/posts/ferry/", "ferry.md"),
        ("/boats/", "ferry.md"),
        ("Boats", "ferry.md"),
        ("FERRY", "ferry.md"),
        ("the late ferry", "ferry.md"),
        ("tides", "tides/index.md"),
        ("tides/index.md", "tides/index.md"),
        ("high-tides", "tides/index.md"),
        ("2024-01-02-storm", "../2024-01-02-storm.md"),
        ("_posts/2024-01-02-storm.md", "../2024-01-02-storm.md"),
        ("storm", "../2024-01-02-storm.md"),
        ("2024/01/02/storm", "../2024-01-02-storm.md"),
        ("a/fog", "../a/fog.md"),
        ("Sea & (sun)", "../c/Sea%20%26%20%28sun%29.md"),
        ("Sea, sun", "../c/Sea%20%26%20%28sun%29.md"),
        ("about", "/about/"),
        ("no-such-post", None),
        ("fog", None),
        ("", None),
        (".", None),
        ("../../../../etc/passwd", None),
    ],
)
def test_a_post_is_found_by_any_of_its_names(name: str, path: str | None) -> None:
    found = INDEX.find(FERRY, name)
    assert (found and found.path) == path


def test_of_two_posts_the_nearer_one_is_meant() -> None:
    beside = post("content/a/here.md", "a/here.md")
    assert LinkIndex([*POSTS, beside]).find(beside, "fog") == Target("fog.md", "Fog")


def test_of_two_versions_the_one_in_the_language_of_the_post_is_meant() -> None:
    assert INDEX.find(FERRY_ES, "tides") == Target("tides/index.es.md", "Mareas")
    assert INDEX.find(FERRY_ES, "/posts/ferry.md") == Target("ferry.es.md", "El ferry")
    assert INDEX.find(FERRY_ES, "storm") == Target("../2024-01-02-storm.md", "Storm")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("[tides](../tides/)", "[tides](tides/index.md)"),
        ("[tides](../tides/#spring)", "[tides](tides/index.md#spring)"),
        ("[tides]: ../tides/ 'Tides'", "[tides]: tides/index.md 'Tides'"),
        ('<a class="a" href="../../2024/01/02/storm.html">', '<a class="a" href="../2024-01-02-storm.md">'),
        ("[storm](<../../_posts/2024-01-02-storm.html>)", "[storm](<../2024-01-02-storm.md>)"),
        ("[about](../../about/)", "[about](/about/)"),
        ("[es](ferry.es.md)", "[es](ferry.es.md)"),
        ("[es](./ferry.es.md)", "[es](./ferry.es.md)"),
        ("`[tides](../tides/)`", "`[tides](../tides/)`"),
        ("```\n[tides](../tides/)\n```", "```\n[tides](../tides/)\n```"),
        ("[^tides]: tides/ rise", "[^tides]: tides/ rise"),
        ("[root](/posts/tides/) [web](https://example.org/) [mail](mailto:a@example.org)", None),
        ("[top](#top) [lost](../lost/) ![A boat](boat.png)", None),
        ('[ferry]({{< ref "tides" >}})', None),
    ],
)
def test_a_relative_link_leads_from_the_file_or_from_the_page(written: str, expected: str | None) -> None:
    storm = post("_posts/2024-01-02-storm.md", "2024-01-02-storm.md", "/2024/01/02/storm.html", title="Storm")
    index = LinkIndex([*POSTS[:4], storm, *POSTS[5:]])
    assert index.relink(FERRY, written) == (written if expected is None else expected)


def test_an_address_that_cannot_be_read_is_no_name() -> None:
    odd = post("odd.md", "odd.md", "http://[x/", title="Odd", aliases="//[x")
    index = LinkIndex([odd])
    assert index.find(odd, "odd") == Target("odd.md", "Odd")
    assert index.relink(odd, "[a](b/)") == "[a](b/)"


def test_front_matter_that_cannot_be_read_costs_no_more_than_its_names() -> None:
    odd = SitePost("odd.md", "odd.md", "---\ntitle: [\n---\nText.\n")
    assert LinkIndex([odd]).find(odd, "odd") == Target("odd.md")
