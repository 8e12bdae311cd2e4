"""Hubs are told of changed feeds, and send them on to subscribers."""

import socket
import time
from collections.abc import Sequence
from queue import Empty

import pytest
from conftest import SETTINGS, Site
from test_fetching import PUBLIC, Internet
from test_fetching import internet as internet

from dateline.http_client import Client
from dateline.publish import websub
from dateline.publish.websub import Pinged, ping
from publish.hubs import Quiet, Script, flask_hub, scripted, served, subscriber

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
        leads = f"the hub answers 308 Permanent Redirect, and leads to {inside}"
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
    site.public.mkdir()
    with (
        flask_hub(site.root) as hub,
        served(site.public, hub) as url,
        subscriber() as (subscribe, received),
    ):
        site.write("feed.toml", SETTINGS.replace("https://example.org/", url) + f'hub = "{hub}"\n')
        site.post()
        assert site.build().code == 0
        topics = [f"{url}{name}" for name in ("rss.xml", "atom.xml", "feed.json")]
        for topic in topics:
            subscribe(hub, topic)
        site.post("2025-05-01-ferry.md", title="The ferry is back")
        assert site.build().code == 0
        began = time.monotonic()
        told = ping(hub, topics, Client())
        assert told == [Pinged(topic, True, "the hub answers 202 ACCEPTED") for topic in topics]
        got = {}
        for _ in topics:
            notification = received.get(timeout=20)
            got[notification.topic] = notification
            print(f"{notification.topic} after {time.monotonic() - began:.3f} s")
        for topic in topics:
            content = (site.public / topic.removeprefix(url)).read_bytes()
            assert got[topic].body == content
            assert b"The ferry is back" in content
        with pytest.raises(Empty):
            received.get_nowait()
