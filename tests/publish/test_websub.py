"""Hubs are told of changed feeds, and send them on to subscribers."""

import socket
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import PAGES, Site
from test_fetching import PUBLIC, Internet
from test_fetching import internet as internet

from dateline.commands.publish import _ping as tell_hub
from dateline.content.source import load_settings
from dateline.http_client import Client
from dateline.publish import websub
from dateline.publish.model import LocalFile
from dateline.publish.upload import StoreTarget
from dateline.publish.websub import Pinged, ping
from dateline.verify import site as verify_site
from dateline.verify.findings import Verified
from publish.hubs import Quiet, Script, flask_hub, scripted, subscriber
from publish.web import Web, serving

TOPIC, OTHER = "http://127.0.0.1:9/a b.xml?x=1&y", "http://127.0.0.1:9/feed.json"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websub, "DELAYS", (0.0, 0.0))


def status(code: int, body: bytes = b"", **headers: str) -> Script:
    return lambda handler: handler.answer(code, body, **headers)


def hang_up(handler: Quiet) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def endlessly(handler: Quiet) -> None:
    handler.send_response(202)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b" " * 65536)
            time.sleep(0.01)
    except OSError:
        return


FORM = {"hub.mode": ["publish"], "hub.url": [TOPIC], "hub.topic": [TOPIC]}


@pytest.mark.parametrize(
    ("answers", "attempts", "ok", "said"),
    [
        ([status(204)], 1, True, "the hub answers 204 No Content"),
        ([status(202, b"Thanks.")], 1, True, "the hub answers 202 Accepted"),
        ([status(500), status(204)], 2, True, "the hub answers 204 No Content"),
        ([hang_up, status(202)], 2, True, "the hub answers 202 Accepted"),
        ([status(429, Retry_After="0"), status(202)], 2, True, "the hub answers 202 Accepted"),
        ([status(503)], 3, False, "the hub answers 503 Service Unavailable"),
        ([status(429, Retry_After="3600")], 1, False, "the hub answers 429 Too Many Requests"),
        ([status(429, Retry_After="9" * 5000)], 1, False, "the hub answers 429 Too Many Requests"),
        ([hang_up], 3, False, "cannot be fetched: remote end closed connection without response"),
        (
            [status(400, b"\n No such\x1b topic. \nTraceback", Content_Type="text/plain; charset=utf-8")],
            1,
            False,
            r"the hub answers 400 Bad Request: 'No such\x1b topic.'",
        ),
        ([status(404, b"<html>", Content_Type="text/html")], 1, False, "the hub answers 404 Not Found"),
    ],
)
def test_a_hub_is_told_until_it_understands(answers: Sequence[Script], attempts: int, ok: bool, said: str) -> None:
    with scripted(*answers) as (hub, asked):
        assert ping(hub, [TOPIC], Client()) == [Pinged(TOPIC, ok, said)]
        assert asked == [FORM] * attempts


def test_a_redirect_is_told_and_not_followed() -> None:
    with scripted(status(202)) as (inside, asked), scripted(status(308, Location=inside)) as (hub, _):
        (told,) = ping(hub, [TOPIC], Client())
        leads = f"the hub answers 308 Permanent Redirect, and leads to '{inside}'"
        assert told == Pinged(TOPIC, False, f"{leads}; if it has moved, correct hub in feed.toml")
        assert asked == []


def test_the_hub_of_a_public_site_is_public(internet: Internet) -> None:
    internet.names |= {"site.example": [[PUBLIC]], "hub.example": [["127.0.0.1"]]}
    with scripted(status(202)) as (inside, asked):
        hub = inside.replace("127.0.0.1", "hub.example")
        (told,) = ping(hub, ["http://site.example:9/rss.xml"], Client())
        assert told.said == "leads from a public address to a private one (hub.example)"
        assert asked == []
        assert ping(hub, [TOPIC], Client())[0].ok


def test_the_hub_of_a_site_that_was_public_a_moment_ago_is_public(internet: Internet, site: Site) -> None:
    internet.names |= {"site.example": [["127.0.0.1"]]}  # its name server has changed its mind
    topic = "http://site.example:9/rss.xml"
    site.write("feed.toml", PAGES)
    publication = load_settings(site.posts)[0]._replace(url="http://site.example:9/")
    with scripted(status(202)) as (hub, asked):
        seen = Verified(live=(topic,), is_public=True)
        feed = LocalFile("rss.xml", Path("rss.xml"), "", 0, 0)
        (told,) = tell_hub(publication._replace(hub=hub), [feed], seen, lambda *_: None)
        assert told == Pinged(topic, False, "leads from a public address to a private one (127.0.0.1)")
        assert asked == []


def test_each_feed_is_told_in_a_request_of_its_own_even_after_a_refusal() -> None:
    with scripted(status(400), status(202)) as (hub, asked):
        assert [pinged.ok for pinged in ping(hub, [TOPIC, OTHER], Client())] == [False, True]
        assert [form["hub.topic"] for form in asked] == [form["hub.url"] for form in asked] == [[TOPIC], [OTHER]]


def test_without_a_hub_that_works_the_other_feeds_are_not_tried() -> None:
    with scripted(status(500)) as (hub, asked):
        _, second = ping(hub, [TOPIC, OTHER], Client())
        assert second == Pinged(OTHER, False, "not tried, since the hub is out of order")
        assert len(asked) == 3


def test_an_endless_answer_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websub, "TIME_LIMIT", 0.0)
    with scripted(endlessly) as (hub, asked):
        told = ping(hub, [TOPIC, OTHER], Client(time_limit=0.1))
        assert [pinged.said for pinged in told] == [
            "not complete after 0.1 seconds",
            "not tried, since the hub is out of order",
        ]
        assert asked == [FORM]


def test_no_request_begins_after_the_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websub, "TIME_LIMIT", 0.0)
    with scripted(status(204)) as (hub, asked):
        told = ping(hub, [TOPIC, OTHER], Client())
        assert [pinged.said for pinged in told] == [
            "the hub answers 204 No Content",
            "not tried, since the hub takes too long",
        ]
        assert asked == [FORM]


@pytest.mark.slow
def test_a_subscriber_gets_a_new_post_through_the_hub(site: Site) -> None:
    with flask_hub(site.root) as (hub, told), serving() as web, subscriber() as (subscribe, received):
        published(site, web, hub)
        assert site.run("publish", "--yes", "../www").code == 0
        topics = {f"{web.url}{name}" for name in ("rss.xml", "atom.xml", "feed.json")}
        assert told.keys() == topics
        for topic in topics:
            subscribe(hub, topic)
        site.post("2025-05-01-ferry.md", title="The ferry is back")
        result = site.run("publish")
        assert (result.code, result.out.splitlines()[-1]) == (0, "Told the hub about 3 feeds.")
        got = {notification.topic: notification for notification in (received.get(timeout=20) for _ in topics)}
        assert got.keys() == topics
        for topic, notification in got.items():
            print(f"{topic}: {notification.time - told[topic]:.3f} s after the ping")
            assert notification.body == (web.folder / topic.removeprefix(web.url)).read_bytes()
            assert b"The ferry is back" in notification.body
        told.clear()
        assert "hub" not in site.run("publish").out
        assert told == {}
        assert received.empty()


def published(site: Site, web: Web, hub: str) -> None:
    """Write a publication with a hub, which is published to the folder that is served."""
    web.folder = site.root / "www"
    # Hubs look for both (W3C WebSub, section 4).
    web.quirk = lambda request, reply: reply.having(
        Link=f'<{hub}>; rel="hub", <{web.url.rstrip("/")}{request.path}>; rel="self"'
    )
    settings = PAGES.replace("https://example.org/", web.url).replace("tag_feeds", "author_feeds = false\ntag_feeds")
    site.write("feed.toml", f'{settings}author_feeds = false\nhub = "{hub}"\n[publish]\nto = "../www"\n')
    site.post()


def test_a_hub_that_was_not_told_is_told_on_request(site: Site) -> None:
    with scripted(status(503), status(503), status(503), status(202)) as (hub, asked), serving() as web:
        published(site, web, hub)
        result = site.run("publish", "--yes", "../www", "--quiet")
        assert result.code == 1
        because = "the hub answers 503 Service Unavailable; to tell it later: dateline publish --ping"
        assert result.err == f"error: the hub was not told about 3 feeds, like {web.url}rss.xml: {because}\n"
        assert len(asked) == 3
        result = site.run("publish", "--ping")
        assert (result.code, result.out.splitlines()[-1]) == (0, "Told the hub about 3 feeds.")
        assert {form["hub.topic"][0] for form in asked[3:]} == {
            f"{web.url}{name}" for name in ("rss.xml", "atom.xml", "feed.json")
        }


def test_a_hub_is_not_told_of_what_is_not_live_yet(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StoreTarget, "wait", 0.0)
    with scripted(status(202)) as (hub, asked), serving() as web:
        published(site, web, hub)
        web.folder = site.root / "elsewhere"
        result = site.run("publish", "--yes", "../www")
        assert result.code == 1
        assert result.err.endswith(": it is not live yet; to tell it later: dateline publish --ping\n")
        assert asked == []


def test_a_hub_is_told_of_each_feed_even_if_not_all_are_looked_at(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_site, "_MORE_FEEDS", 1)
    with scripted(status(202)) as (hub, asked), serving() as web:
        published(site, web, hub)
        (site.posts / "feed.toml").write_text((site.posts / "feed.toml").read_text().replace("tag_feeds = false\n", ""))
        site.post(tags="[ferry]")
        assert site.run("publish", "--yes", "../www").code == 0
        paths = {form["hub.topic"][0].removeprefix(web.url) for form in asked}
        names = {"rss.xml", "atom.xml", "feed.json"}
        assert paths == names | {f"tags/ferry/{name}" for name in names}
