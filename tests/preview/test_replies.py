"""The parts of the preview that are pure functions."""

from email.utils import formatdate

import pytest

from dateline.preview.injection import permissive, with_script
from dateline.preview.listening import is_meant
from dateline.preview.replies import Content, reply

CONTENT = Content(1000, "application/xml; charset=utf-8", "tag", 1_700_000_000.7)


def test_a_file_that_may_be_written_again_within_its_second_is_dated_one_earlier() -> None:
    at_once = reply(CONTENT, "GET", {}, now=1_700_000_000.8).headers["last-modified"]
    later = reply(CONTENT, "GET", {}, now=1_700_000_001.0).headers["last-modified"]
    assert (at_once, later) == (formatdate(1_699_999_999, usegmt=True), formatdate(1_700_000_000, usegmt=True))
    assert reply(CONTENT, "GET", {"if-modified-since": at_once}, now=1_700_000_001.0).status == 200
    assert reply(CONTENT, "GET", {"if-modified-since": later}, now=1_700_000_001.0).status == 304


@pytest.mark.parametrize(
    ("policy", "permitted"),
    [
        ("default-src 'none'", "default-src 'none'; script-src 'self'; connect-src 'self'"),
        ("default-src 'self'; script-src 'none'", "default-src 'self'; script-src 'self'; connect-src 'self'"),
        (
            "script-src 'sha256-x'; connect-src https://a.example",
            "script-src 'sha256-x' 'self'; connect-src https://a.example 'self'",
        ),
        (
            "Default-Src https:; script-src-elem 'none';",
            "default-src https:; script-src-elem 'self'; script-src https: 'self'; connect-src https: 'self'",
        ),
        ("img-src 'self'", "img-src 'self'"),
        ("", ""),
    ],
)
def test_a_policy_is_widened_by_no_more_than_the_script_needs(policy: str, permitted: str) -> None:
    assert permissive(policy) == permitted


@pytest.mark.parametrize(
    ("page", "before"),
    [
        (b"<!DOCTYPE html><html><head lang=en><title>A</title>", b"<!DOCTYPE html><html><head lang=en>"),
        (b"<!doctype html><title>A</title><p>B", b"<!doctype html>"),
        (b"<p>B", b""),
        (b"<header>B</header>", b""),
        (b"", b""),
        (
            b"<head><META content=\"img-src 'self'\" HTTP-EQUIV=Content-Security-Policy><title>A</title>",
            b'<head><META content="img-src &#x27;self&#x27;" HTTP-EQUIV=Content-Security-Policy>',
        ),
    ],
)
def test_the_script_goes_into_any_page_where_it_disturbs_nothing(page: bytes, before: bytes) -> None:
    given = with_script(page, "1-2")
    script = b'<script src="/.dateline/reload.js" data-build="1-2" defer></script>'
    assert given.startswith(before + script)
    assert len(given.replace(script, b"")) >= len(page)


def test_where_it_listens_on_all_addresses_no_name_will_do_but_that_of_the_machine_itself() -> None:
    meant = ["192.0.2.1:80", "192.0.2.1", "localhost:80", "[2001:db8::1]", "[2001:db8::1]:80"]
    assert [host for host in meant if not is_meant(host, "0.0.0.0", 80)] == []
    assert [host for host in ["example.org", "2001:db8::1", "[192.0.2.1]"] if is_meant(host, "::", 80)] == []
    assert is_meant("Desk.example:8000", "desk.example", 8000)
