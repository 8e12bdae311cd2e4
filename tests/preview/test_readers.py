"""Feed readers that subscribe to a preview, and many requests at once."""

import http.client
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import pytest
import reader
from conftest import Site
from reader.discover import from_http_response
from readers.conftest import program
from readers.test_newsboat import items

from preview.conftest import Running, previewing, until


@pytest.fixture
def subscribed(home: Site) -> Iterator[Running]:
    with previewing(home) as running:
        yield running


class Tap(NamedTuple):
    """What stands between a reader and the preview, and notes each status."""

    url: str
    statuses: list[int]


@pytest.fixture
def tap(subscribed: Running) -> Iterator[Tap]:
    statuses: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            with closing(http.client.HTTPConnection("127.0.0.1", subscribed.port, timeout=20)) as connection:
                connection.request("GET", self.path, headers=headers)
                response = connection.getresponse()
                statuses.append(response.status)
                self.send_response(response.status)
                for name, value in response.getheaders():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(response.read())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http_server:
        thread = Thread(target=http_server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Tap(f"http://127.0.0.1:{http_server.server_port}/", statuses)
        http_server.shutdown()
        thread.join()


@pytest.mark.parametrize("name", ["rss.xml", "atom.xml", "feed.json"])
def test_reader_has_the_posts_and_is_told_the_second_time_that_nothing_changed(
    subscribed: Running, tap: Tap, name: str
) -> None:
    url = tap.url + name
    with reader.make_reader(":memory:") as subscriber:
        subscriber.add_feed(url)
        subscriber.update_feed(url)
        (entry,) = subscriber.get_entries(feed=url)
        assert entry.id == "tag:example.org,2025-01-01:daily/2025-04-14-first"
        assert entry.link == f"{subscribed.origin}/2025/04/first/"
        assert subscriber.update_feed(url) is None
        assert tap.statuses == [200, 304]
        subscribed.site.post(body="Another text.\n", title="First")
        until(lambda: "Another text." in subscribed.get(f"/{name}").text)
        updated = subscriber.update_feed(url)
        assert updated
        assert (updated.new, updated.modified) == (0, 1)
        assert tap.statuses == [200, 304, 200]


@pytest.mark.parametrize("name", ["rss.xml", "atom.xml"])
def test_newsboat_has_the_posts_and_is_told_later_that_nothing_changed(
    subscribed: Running, tap: Tap, name: str, tmp_path: Path
) -> None:
    program("newsboat")
    for _ in range(3):
        (item,) = items(tap.url + name, tmp_path)
        assert item[:2] == ("tag:example.org,2025-01-01:daily/2025-04-14-first", "First & foremost")
    # It keeps the tag from the second time on, when it has the feed in its cache already.
    assert tap.statuses == [200, 200, 304]


@pytest.mark.filterwarnings("ignore:No parser was explicitly specified")
def test_a_reader_finds_the_feeds_from_the_home_page(subscribed: Running) -> None:
    page = subscribed.get("/")
    links = from_http_response(f"{subscribed.origin}/", page.body, page.headers)
    assert links
    for link in links:
        assert link.href.startswith(subscribed.origin)
        with reader.make_reader(":memory:") as subscriber:
            subscriber.add_feed(link.href)
            subscriber.update_feed(link.href)
            assert subscriber.get_feed(link.href).title == "The Daily Example"


def load(running: Running, requests: int, at_once: int, path: str = "/atom.xml") -> tuple[list[float], list[int]]:
    """Ask over keep-alive connections, `at_once` at a time, every second time conditionally."""
    tag = running.get(path, Accept_Encoding="gzip").headers["etag"]

    def ask(number: int) -> tuple[list[float], list[int]]:
        took, statuses = [], []
        with closing(http.client.HTTPConnection("127.0.0.1", running.port, timeout=30)) as connection:
            for turn in range(requests // at_once):
                headers = {"Accept-Encoding": "gzip"} | ({"If-None-Match": tag} if (turn + number) % 2 else {})
                started = time.monotonic()
                connection.request("GET", path, headers=headers)
                response = connection.getresponse()
                response.read()
                took.append(time.monotonic() - started)
                statuses.append(response.status)
        return took, statuses

    with ThreadPoolExecutor(at_once) as clients:
        answers = list(clients.map(ask, range(at_once)))
    return [each for took, _ in answers for each in took], [status for _, found in answers for status in found]


def test_a_thousand_requests_fifty_at_once_are_all_answered(subscribed: Running) -> None:
    started = time.monotonic()
    took, statuses = load(subscribed, 1000, 50)
    whole = time.monotonic() - started
    assert {status: statuses.count(status) for status in set(statuses)} == {200: 500, 304: 500}
    ordered = sorted(took)
    print(
        f"1,000 requests in {whole:.2f} s, {1000 / whole:.0f} a second; median {statistics.median(took) * 1000:.1f} ms,"
        f" 99 of 100 within {ordered[989] * 1000:.1f} ms, the slowest {ordered[-1] * 1000:.1f} ms"
    )
    assert whole < 60


def test_while_it_builds_requests_get_the_old_file_or_the_new_one_whole(subscribed: Running) -> None:
    site, ends = subscribed.site, (b"</feed>", b"</feed>\n")
    with ThreadPoolExecutor(4) as clients:
        for number in range(10):
            site.post(body=f"Edit {number}. " * (50 + number * 200), title="First")
            answers = list(clients.map(lambda _: subscribed.get("/atom.xml"), range(40)))
            for answer in answers:
                assert answer.status == 200
                assert answer.body.endswith(ends)
                assert len(answer.body) == int(answer.headers["content-length"])
            time.sleep(0.05)
