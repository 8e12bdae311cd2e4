"""Addresses on the web: which are taken, in which form they go into feeds, and which are refused."""

import pytest
from conftest import Site

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
        ("https://h.example/%zz/", "holds a % that stands for nothing; write %25 for a percent sign"),
        ("https://h.example/100%/a", "holds a % that stands for nothing; "),
        ("https://h.example/?a=5%", "holds a % that stands for nothing; "),
        ("https://h.example/#50%", "holds a % that stands for nothing; "),
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
