"""Checking a site with https: its certificate, and what http leads to."""

import json
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pytest
from conftest import SETTINGS, Site

from dateline.http_client import Certificate
from dateline.verify.site_checks import check_certificate
from publish.web import PUBLIC, Quirk, Reply, Web, as_it_is, named, proxy, serving

CERTIFICATES = Path(__file__).parent.parent / "certificates"
DAY = 24 * 60 * 60
ENDS = datetime(2126, 11, 6, 9, 40, 26, tzinfo=UTC).timestamp()


def context(name: str) -> ssl.SSLContext:
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(CERTIFICATES / name)
    return found


class Online(NamedTuple):
    """A publication at https://feeds.example/, the servers of https and http, and the addresses connected to."""

    site: Site
    secure: Web
    plain: Web
    connected: list[str]

    def verified(self, url: str = "") -> tuple[set[str], set[str], dict[str, Any]]:
        result = self.site.run("verify", *([url] if url else []), "--json")
        found = json.loads(result.out)
        return *({finding["check"] for finding in found[kind]} for kind in ("faults", "notes")), found


@pytest.fixture
def online(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Online]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATES / "feeds.example.pem"))
    site.write("feed.toml", SETTINGS.replace("example.org/", "feeds.example/") + 'formats = ["rss"]\n')
    site.post()
    assert site.build().code == 0
    with serving(context("feeds.example.pem")) as secure, serving() as plain:
        secure.folder = plain.folder = site.public
        plain.quirk = to_https(301)
        with named("feeds.example", {443: secure.url, 80: plain.url}) as connected:
            yield Online(site, secure, plain, connected)


def to_https(status: int) -> Quirk:
    return lambda request, _: Reply(status, {"Location": f"https://feeds.example{request.path}"})


def test_http_must_lead_to_https(online: Online) -> None:
    assert online.verified()[:2] == (set(), set())
    online.plain.quirk = to_https(302)
    assert online.verified()[:2] == (set(), set())
    online.plain.quirk = as_it_is
    faults, _, found = online.verified()
    assert faults == {"https"}
    assert found["faults"][0]["address"] == "http://feeds.example/rss.xml"


def test_http_that_is_not_served_is_worth_a_note(online: Online) -> None:
    with named("feeds.example", {443: online.secure.url}):
        assert online.verified()[:2] == (set(), {"https"})


def test_https_is_not_asked_of_a_site_with_http(online: Online) -> None:
    online.site.write("feed.toml", SETTINGS.replace("https://example.org/", "http://feeds.example/"))
    assert online.site.build("--accept").code == 0
    online.plain.quirk = as_it_is
    assert online.verified()[:2] == (set(), set())


def test_a_certificate_that_is_not_valid_is_a_fault(online: Online, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATES / "expired.pem"))
    with serving(context("expired.pem")) as expired, named("feeds.example", {443: expired.url}):
        faults, _, found = online.verified()
    assert faults == {"answer"}
    assert found["faults"][0]["problem"] == "its certificate is not valid (certificate has expired)"
    assert "renew" in found["faults"][0]["remedy"]


def test_a_certificate_that_ends_soon_is_a_fault(online: Online) -> None:
    with mock.patch("time.time", return_value=ENDS - 3 * DAY):
        faults, _, found = online.verified()
    assert faults == {"certificate"}
    assert found["faults"][0]["problem"].startswith("its certificate ends in 3 days")
    with mock.patch("time.time", return_value=ENDS - 15 * DAY):
        assert online.verified()[0] == set()


def test_behind_a_proxy_the_same_is_found(online: Online, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(variable, raising=False)
    with proxy(online.secure) as (url, asked), mock.patch("time.time", return_value=ENDS - 3 * DAY):
        monkeypatch.setenv("https_proxy", url)
        assert online.verified()[:2] == ({"certificate"}, set())
    assert set(asked) == {"feeds.example:443"}
    assert {address.partition(":")[0] for address in online.connected} <= {PUBLIC, "127.0.0.1"}


@pytest.mark.parametrize(
    ("valid", "left", "is_soon"), [(90, 15, False), (90, 13, True), (6, 5, False), (6, 1, True), (90, -1, True)]
)
def test_a_short_certificate_ends_soon_in_its_last_third(valid: int, left: int, is_soon: bool) -> None:
    certificate = Certificate(0, valid * DAY)
    assert bool(check_certificate("https://feeds.example/", certificate, {}, (valid - left) * DAY)) == is_soon


@pytest.mark.parametrize("where", ["http://127.0.0.1:{port}/secret", "http://localhost:{port}/secret"])
def test_nothing_that_a_public_site_says_leads_to_a_private_address(online: Online, where: str) -> None:
    """Check redirects of feeds and of http, feeds that a page names, home pages, and enclosures."""
    with serving() as private:
        asked: list[str] = []
        private.quirk = lambda request, reply: asked.append(request.path)
        target = where.format(port=private.url.rpartition(":")[2].rstrip("/"))
        link = f'<link rel="alternate" type="application/rss+xml" href="{target}">'.encode()
        feed = (
            f'<rss version="2.0"><channel><title>A</title><link>{target}</link><item><guid>1</guid>'
            f'<enclosure url="{target}" length="1" type="audio/mpeg"/></item></channel></rss>'
        ).encode()
        xml = {"Content-Type": "application/xml"}
        replies = {"/page": Reply(200, {"Content-Type": "text/html"}, link), "/feed": Reply(200, xml, feed)}
        to_private = Reply(301, {"Location": target})
        online.secure.quirk = lambda request, _: replies.get(request.path, to_private)
        online.plain.quirk = lambda *_: to_private
        for path in ("page", "feed", "moved"):
            _, _, found = online.verified(f"https://feeds.example/{path}")
            assert "leads from a public address to a private one" in json.dumps(found)
        assert not asked
        assert {address.partition(":")[0] for address in online.connected} == {PUBLIC}
