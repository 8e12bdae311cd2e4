"""The script that reloads pages, and the Host headers that a preview accepts: pure functions."""

import pytest

from dateline.preview.live_reload import permissive, with_script
from dateline.preview.server import is_own_host


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
def test_a_policy_is_relaxed_only_as_far_as_the_script_needs(policy: str, permitted: str) -> None:
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
def test_the_script_is_inserted_where_it_does_no_harm(page: bytes, before: bytes) -> None:
    given = with_script(page, "1-2")
    script = b'<script src="/.dateline/reload.js" data-build="1-2" defer></script>'
    assert given.startswith(before + script)
    assert len(given.replace(script, b"")) >= len(page)


def test_listening_on_all_addresses_accepts_ip_addresses_and_localhost_only() -> None:
    meant = ["192.0.2.1:80", "192.0.2.1", "localhost:80", "[2001:db8::1]", "[2001:db8::1]:80"]
    assert [host for host in meant if not is_own_host(host, "0.0.0.0", 80)] == []
    assert [host for host in ["example.org", "2001:db8::1", "[192.0.2.1]"] if is_own_host(host, "::", 80)] == []
    assert is_own_host("Host.example:8000", "host.example", 8000)
