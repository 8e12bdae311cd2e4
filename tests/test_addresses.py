"""Addresses on the web and of people, and languages: which are taken, in which form, and which are refused."""

from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from conftest import Site

from dateline.content.urls import permalink, slug_in
from dateline.errors import quoted


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("https://h..example/", "is not a web address; write it like https://example.org/"),
        ("https://.h.example/", "is not a web address; "),
        ("https://h.example../", "is not a web address; "),
        ("https://-h.example/", "is not a web address; "),
        ("https://./", "is not a web address; "),
        (f"https://{'a' * 64}.example/", "is not a web address; "),
        (f"https://{'a.' * 130}example/", "is not a web address; "),
        ("https://[::1/", "is not a web address; "),
        ("https://[:::]/", "is not a web address; "),
        ("https://h.example:99999/", "is not a web address; "),
        ("https://h.example/%zz/", "contains a % that encodes nothing; write %25 for a percent sign"),
        ("https://h.example/100%/a", "contains a % that encodes nothing; "),
        ("https://h.example/?a=5%", "contains a % that encodes nothing; "),
        ("https://h.example/#50%", "contains a % that encodes nothing; "),
    ],
)
def test_an_address_that_is_none_is_refused(site: Site, address: str, says: str) -> None:
    site.post(link=f"'{address}'")
    result = site.build()
    assert result.code == 1
    assert f"posts/2025-04-14-first.md:3: link: {quoted(address)} {says}" in result.err


@pytest.mark.parametrize(
    ("address", "becomes"),
    [
        ("HTTP://H.Example", "http://h.example/"),
        ("https://a_b.h-.example/x_y", "https://a_b.h-.example/x_y"),
        ("https://_a.example/", "https://_a.example/"),
        ("https://h.example./a", "https://h.example./a"),
        ("https://h.example:8080/%41%c3%A9?a=%20#%41", "https://h.example:8080/%41%c3%A9?a=%20#%41"),
        ("http://localhost:8000/", "http://localhost:8000/"),
        ("http://192.0.2.7/", "http://192.0.2.7/"),
        ("http://[2001:db8::1]:8000/", "http://[2001:db8::1]:8000/"),
        ("http://[::ffff:192.0.2.7]/", "http://[::ffff:192.0.2.7]/"),
        ("https://müßig.example/ü", "https://xn--mssig-kva.example/%C3%BC"),
        ("https://xn--mssig-kva.example/", "https://xn--mssig-kva.example/"),
        (f"https://{'a' * 63}.example/", f"https://{'a' * 63}.example/"),
    ],
)
def test_an_address_that_works_passes(site: Site, address: str, becomes: str) -> None:
    site.post(link=f"'{address}'")
    result = site.build()
    assert result.code == 0, result
    assert site.json()["items"][0]["url"] == becomes


@pytest.mark.parametrize(
    ("email", "becomes", "url"),
    [
        ("josé@puerto.example", "josé@puerto.example", "mailto:jos%C3%A9@puerto.example"),
        ("jose\u0301@puerto.example", "josé@puerto.example", "mailto:jos%C3%A9@puerto.example"),
        ("用户@例子.example", "用户@xn--fsqu00a.example", "mailto:%E7%94%A8%E6%88%B7@xn--fsqu00a.example"),
        ("Ana+news@Puerto.Example", "Ana+news@Puerto.Example", "mailto:Ana+news@Puerto.Example"),
        ("a&b?c@puerto.example", "a&b?c@puerto.example", "mailto:a%26b%3Fc@puerto.example"),
    ],
)
def test_an_email_address_may_be_in_any_script(site: Site, email: str, becomes: str, url: str) -> None:
    site.post(author=f"Ana Díaz <{email}>")
    assert site.build().code == 0
    assert ElementTree.parse(site.public / "atom.xml").findtext("{*}entry/{*}author/{*}email") == becomes
    assert site.json()["items"][0]["authors"] == [{"name": "Ana Díaz", "url": url}]


@pytest.mark.parametrize(
    "email", ["é", "é@", "@é.example", "é@x", "é@é@x.example", "é\u00a0a@x.example", "é@..example"]
)
def test_what_is_no_email_address_is_refused_in_any_script(site: Site, email: str) -> None:
    site.post(author=f"Ana Díaz <{email}>")
    result = site.build()
    assert result.code == 1
    assert "is not an e-mail address; write it like mike@example.org" in result.err


@pytest.mark.parametrize(("tag", "becomes"), [("x-klingon", "x-klingon"), ("X-Tlh-Latn", "x-tlh-latn")])
def test_a_language_may_be_one_that_only_some_agree_on(site: Site, tag: str, becomes: str) -> None:
    site.settings(f'language = "{tag}"\n')
    site.post()
    assert site.build().code == 0
    assert site.json()["language"] == becomes
    assert ElementTree.parse(site.public / "rss.xml").findtext("channel/language") == becomes


@pytest.mark.parametrize("tag", ["x", "x-", "x-a_b", "x-ninechars", "i-klingon"])
def test_a_language_that_no_specification_allows_is_refused(site: Site, tag: str) -> None:
    site.settings(f'language = "{tag}"\n')
    site.post()
    assert f"language: '{tag}' is not a language code; " in site.build().err


@pytest.mark.parametrize(
    "pattern", ["/{year}/{month}/{day}/{slug}/", "/{year}/{month}/{slug}/", "/{slug}/{day}/{slug}"]
)
def test_a_permalink_has_the_day_of_its_post(pattern: str) -> None:
    for day in (1, 14, 15, 30):
        published = datetime(2025, 4, day, tzinfo=UTC)
        address = permalink(pattern, published, "café")
        parts = {"year": "2025", "month": "04", "day": f"{day:02}", "slug": "caf%C3%A9"}
        assert address == pattern.format(**parts).removeprefix("/")
        assert slug_in(address, pattern, published) == "café"
