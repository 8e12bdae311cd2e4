"""Where fetching may lead: from what the user names to anywhere, and from a public address never to a private one.

There is no internet here. The resolver knows a few names, and connections to public addresses arrive at a server
on this machine; both are replaced at the socket, below all that is tested. Which address was connected to is recorded.
"""

import contextlib
import socket
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from unittest import mock

import pytest

from dateline.comparison.published import published_at
from dateline.errors import FeedError
from dateline.http_client import Client, is_public

CERTIFICATE = Path(__file__).parent / "certificates" / "feeds.example.pem"  # of the name feeds.example; its own issuer
PUBLIC, OTHER = "93.184.216.34", "2606:2800:220:1::1"
FEED = """<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title><id>urn:a</id><updated>2025-04-14T12:00:00Z</updated>
<link rel="prev-archive" href="{}"/></feed>"""


class Internet:
    """What names lead to, one answer after the other and then the last again, and the addresses connected to."""

    def __init__(self) -> None:
        self.names: dict[str, list[list[str]]] = {}
        self.connected: list[str] = []
        self._getaddrinfo, self._connect = socket.getaddrinfo, socket.socket.connect
        self.port = 0

    def getaddrinfo(self, host: str, port: int, *options: Any, **more: Any) -> list[Any]:
        answers = self.names.get(host)
        if answers is None:
            return self._getaddrinfo(host, port, *options, **more)
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [answer for address in addresses for answer in self._getaddrinfo(address, port, *options, **more)]

    def connect(self, connecting: socket.socket, address: Any) -> None:
        self.connected.append(address[0])
        if is_public(address[0]):
            connecting.__init__(socket.AF_INET, socket.SOCK_STREAM)  # type: ignore[misc]
            address = ("127.0.0.1", self.port)
        self._connect(connecting, address)


@pytest.fixture
def internet() -> Iterator[Internet]:
    internet = Internet()
    connect = lambda connecting, address: internet.connect(connecting, address)  # noqa: E731 - a method of sockets
    with mock.patch("socket.getaddrinfo", internet.getaddrinfo), mock.patch.object(socket.socket, "connect", connect):
        yield internet


@contextlib.contextmanager
def serving(pages: dict[str, str], *, secure: bool = False) -> Iterator[tuple[int, list[str]]]:
    """A server of texts, and of redirects for those that begin with ``->``; gives its port and what was asked of it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked.append(f"{self.headers['Host'].partition(':')[0]}{self.path}")
            page = pages.get(self.path, "")
            moved = page.startswith("->")
            self.send_response(302 if moved else 200)
            if moved:
                self.send_header("Location", page.removeprefix("->"))
            content = b"" if moved else page.encode()
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        if secure:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            http.socket = context.wrap_socket(http.socket, server_side=True)
        http.daemon_threads = True
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield http.server_port, asked
        finally:
            http.shutdown()
            thread.join()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::]",
        "inside.example",
        "10.0.0.1",
        "169.254.169.254",
        "[fe80::1]",
        "[fd00::1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
    ],
)
@pytest.mark.parametrize("how", ["redirect", "archive"])
def test_a_public_address_never_leads_to_a_private_one(internet: Internet, host: str, how: str) -> None:
    pages = {"/secret": "secret"}
    with serving(pages) as (port, asked):
        internet.port = port
        internet.names |= {"feeds.example": [[PUBLIC]], "inside.example": [["192.168.1.1", "127.0.0.1"]]}
        there = f"http://{host}:{port}/secret"
        pages["/feed"] = f"->{there}" if how == "redirect" else FEED.format(there)
        with pytest.raises(FeedError, match="leads from a public address to a private one"):
            list(published_at(f"http://feeds.example:{port}/feed"))
        assert asked == ["feeds.example/feed"]
        assert internet.connected == [PUBLIC]


def test_a_name_that_resolves_differently_the_second_time_is_refused(internet: Internet) -> None:
    pages = {"/feed": "", "/secret": "secret"}
    with serving(pages) as (port, asked):
        internet.port = port
        internet.names["feeds.example"] = [[PUBLIC], ["127.0.0.1"]]
        internet.names["other.example"] = [[PUBLIC], ["127.0.0.1"]]
        pages["/feed"] = f"->http://other.example:{port}/there"
        pages["/there"] = f"->http://feeds.example:{port + 1}/secret"
        with pytest.raises(FeedError, match="leads from a public address to a private one"):
            Client().fetch(f"http://feeds.example:{port}/feed")
        assert asked == ["feeds.example/feed", "other.example/there"]


def test_of_public_and_private_addresses_the_public_ones_are_used(internet: Internet) -> None:
    with serving({"/feed": "text"}) as (port, _):
        internet.port = port
        internet.names["feeds.example"] = [["127.0.0.1", OTHER, PUBLIC]]
        assert Client().fetch(f"http://feeds.example:{port}/feed") == (b"text", f"http://feeds.example:{port}/feed")
        assert internet.connected == [OTHER]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "inside.example"])
def test_an_address_from_the_user_may_be_private_and_lead_to_private_ones(internet: Internet, host: str) -> None:
    pages = {"/feed": "->/moved", "/archive": FEED.format("")}
    with serving(pages) as (port, asked):
        internet.names["inside.example"] = [["127.0.0.1"]]
        pages["/moved"] = FEED.format(f"http://{host}:{port}/archive")
        assert len(list(published_at(f"http://{host}:{port}/feed"))) == 2
        assert asked == [f"{host}/feed", f"{host}/moved", f"{host}/archive"]


def test_a_redirect_by_a_public_address_never_leads_back_to_a_private_one(internet: Internet) -> None:
    """Check that even a connection that was left open is not used again."""
    pages = {"/feed": "->/moved", "/secret": "secret"}
    with serving(pages) as (port, asked):
        internet.port = port
        internet.names["feeds.example"] = [[PUBLIC]]
        pages["/moved"] = f"->http://feeds.example:{port}/there"
        pages["/there"] = f"->http://127.0.0.1:{port}/secret"
        with pytest.raises(FeedError, match=r"leads from a public address to a private one \(127\.0\.0\.1\)"):
            Client().fetch(f"http://127.0.0.1:{port}/feed")
        assert asked == ["127.0.0.1/feed", "127.0.0.1/moved", "feeds.example/there"]


def test_the_certificate_is_checked_by_name_and_the_connection_made_by_address(
    internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATE))
    with serving({"/feed": "text"}, secure=True) as (port, asked):
        internet.port = port
        internet.names |= {"feeds.example": [[PUBLIC], ["127.0.0.1"]], "other.example": [[PUBLIC]]}
        assert Client().fetch(f"https://feeds.example:{port}/feed")[0] == b"text"
        assert (asked, internet.connected) == (["feeds.example/feed"], [PUBLIC])
        with pytest.raises(FeedError, match="certificate"):
            Client().fetch(f"https://other.example:{port}/feed")


def test_if_an_address_does_not_answer_the_next_is_tried(internet: Internet) -> None:
    with serving({"/feed": "text"}) as (port, _):
        internet.names["inside.example"] = [["127.0.0.3", "127.0.0.1"]]
        assert Client().fetch(f"http://inside.example:{port}/feed")[0] == b"text"
        assert internet.connected == ["127.0.0.3", "127.0.0.1"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "a.localhost.", "127.1", "0x7f000001", "[::1]", "10.0.0.1"])
def test_behind_a_proxy_literal_private_addresses_and_localhost_are_refused(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names are resolved by the proxy only."""
    pages: dict[str, str] = {}
    with serving(pages) as (port, asked):
        for variable in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(variable, raising=False)
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        pages["http://feeds.example/feed"] = f"->http://{host}/secret"
        with pytest.raises(FeedError, match="leads from a public address to a private one"):
            Client().fetch("http://feeds.example/feed")
        assert asked == ["feeds.examplehttp://feeds.example/feed"]
        pages[f"http://{host}/secret"] = "text"
        assert Client().fetch(f"http://{host}/secret")[0] == b"text"  # the user named it


PUBLIC_ONES = ["8.8.8.8", PUBLIC, OTHER, "::ffff:8.8.8.8", "2002:808:808::1", "64:ff9b::808:808"]
PRIVATE_ONES = [
    *("127.0.0.1", "127.255.0.1", "10.1.1.1", "172.16.0.1", "192.168.0.1", "169.254.0.1", "0.0.0.0", "100.64.0.1"),
    *("224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%1"),
    *("fd00::1", "fec0::1", "ff02::1", "2001:db8::1", "::ffff:10.0.0.1", "::7f00:1", "2002:a00:1::", "2001::1"),
    *("64:ff9b::a00:1", "64:ff9b:1::808:808", "100::1"),
]


def test_addresses_are_public_or_private() -> None:
    assert [address for address in PUBLIC_ONES + PRIVATE_ONES if is_public(address)] == PUBLIC_ONES
