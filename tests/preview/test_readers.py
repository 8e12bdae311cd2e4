"""Feed readers that subscribe to a preview, and many requests at once."""

import http.client
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import pytest
import reader
from reader.discover import from_http_response
from readers.conftest import program
from readers.test_newsboat import items

from preview.conftest import Running, until


class Tap(NamedTuple):
    """A proxy between a reader and the preview that records each status."""

    url: str
    statuses: list[int]


@contextmanager
def tapped(running: Running) -> Iterator[Tap]:
    """Run a proxy to the preview that records statuses."""
    statuses: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            with closing(http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)) as connection:
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


def test_reader_gets_the_posts_and_304_the_second_time(running: Running) -> None:
    with tapped(running) as tap, reader.make_reader(":memory:") as subscriber:
        names = {tap.url + name: name for name in ("rss.xml", "atom.xml", "feed.json")}
        for url in names:
            tap.statuses.clear()
            subscriber.add_feed(url)
            subscriber.update_feed(url)
            (entry,) = subscriber.get_entries(feed=url)
            assert entry.id == "tag:example.org,2025-01-01:daily/2025-04-14-first"
            assert entry.link == f"{running.origin}/2025/04/first/"
            assert subscriber.update_feed(url) is None
            assert tap.statuses == [200, 304]
        running.site.post(body="Another text.\n", title="First")
        for url, name in names.items():
            tap.statuses.clear()
            until(lambda name=name: "Another text." in running.get(f"/{name}").text)  # type: ignore[misc]
            updated = subscriber.update_feed(url)
            assert updated
            assert (updated.new, updated.modified) == (0, 1)
            assert tap.statuses == [200]


@pytest.mark.parametrize("name", ["rss.xml", "atom.xml"])
def test_newsboat_gets_the_posts_and_304_later(standing: Running, name: str, tmp_path: Path) -> None:
    program("newsboat")
    with tapped(standing) as tap:
        for _ in range(3):
            (item,) = items(tap.url + name, tmp_path)
            assert item[:2] == ("tag:example.org,2025-01-01:daily/2025-04-14-first", "First & foremost")
    # It keeps the tag from the second time on, when it has the feed in its cache already.
    assert tap.statuses == [200, 200, 304]


@pytest.mark.filterwarnings("ignore:No parser was explicitly specified")
def test_a_reader_discovers_the_feeds_from_the_home_page(standing: Running) -> None:
    page = standing.get("/")
    links = from_http_response(f"{standing.origin}/", page.body, page.headers)
    assert links
    for link in links:
        assert link.href.startswith(standing.origin)
        with reader.make_reader(":memory:") as subscriber:
            subscriber.add_feed(link.href)
            subscriber.update_feed(link.href)
            assert subscriber.get_feed(link.href).title == "The Daily Example"


def load(running: Running, requests: int, at_once: int, path: str = "/atom.xml") -> tuple[list[float], list[int]]:
    """Send requests over `at_once` keep-alive connections at a time, every second one conditional."""
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


def test_a_thousand_requests_fifty_at_once_are_all_answered(standing: Running) -> None:
    started = time.monotonic()
    took, statuses = load(standing, 1000, 50)
    whole = time.monotonic() - started
    assert {status: statuses.count(status) for status in set(statuses)} == {200: 500, 304: 500}
    ordered = sorted(took)
    print(
        f"1,000 requests in {whole:.2f} s, {1000 / whole:.0f} a second; median {statistics.median(took) * 1000:.1f} ms,"
        f" 99 of 100 within {ordered[989] * 1000:.1f} ms, the slowest {ordered[-1] * 1000:.1f} ms"
    )


def test_while_it_builds_requests_get_the_old_file_or_the_new_one_whole(running: Running) -> None:
    def has(text: str) -> bool:
        """Whether some answer of many at once has a text, of which each is whole."""
        answers = list(clients.map(lambda _: running.get("/atom.xml"), range(20)))
        for answer in answers:
            assert answer.status == 200
            assert answer.body.rstrip().endswith(b"</feed>")
            assert len(answer.body) == int(answer.headers["content-length"])
        return any(text in answer.text for answer in answers)

    with ThreadPoolExecutor(4) as clients:
        for number in range(10):
            running.site.post(body=f"Edit {number}. " * (50 + number * 200), title="First")
            until(lambda number=number: has(f"Edit {number}."))  # type: ignore[misc]
