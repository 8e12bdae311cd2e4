"""A web server of a folder that does everything right, but for what a quirk changes."""

import gzip
import hashlib
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from ssl import SSLContext
from threading import Thread
from typing import Any, NamedTuple
from unittest import mock
from urllib.parse import unquote, urlsplit

TYPES = {
    ".xml": "application/xml; charset=utf-8",
    ".json": "application/feed+json",
    ".html": "text/html; charset=utf-8",
    ".mp3": "audio/mpeg",
}


class Request(NamedTuple):
    """What was asked for."""

    method: str
    path: str
    headers: Mapping[str, str]

    @property
    def is_for_feed(self) -> bool:
        return self.path.endswith((".xml", ".json"))


class Reply(NamedTuple):
    """What is answered. Content-Length is that of the body, unless it is among the headers."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""

    def having(self, **headers: str) -> "Reply":
        """With more headers, or without those that are empty."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        found = {**self.headers, **named}
        return self._replace(headers={name: value for name, value in found.items() if value})


# What a quirk makes of the right reply: another, bytes to send in its place, piece by piece, or nothing at all.
Answered = Reply | bytes | Iterator[bytes] | None
Quirk = Callable[[Request, Reply], Answered]


def as_it_is(_request: Request, reply: Reply) -> Reply:
    return reply


def right_reply(folder: Path, request: Request) -> Reply:
    """What a good static host answers."""
    path = unquote(urlsplit(request.path).path).lstrip("/")
    file = folder / path
    file = file / "index.html" if file.is_dir() else file
    if not file.is_file():
        return Reply(404, {"Content-Type": "text/html"}, b"<h1>Not found</h1>")
    body = file.read_bytes()
    date = formatdate(file.stat().st_mtime, usegmt=True)
    is_media = file.suffix == ".mp3"
    is_packed = "gzip" in request.headers.get("Accept-Encoding", "") and not is_media
    tag = f'"{hashlib.md5(body).hexdigest()[:12]}{"-gz" if is_packed else ""}"'
    headers = {
        "Content-Type": TYPES.get(file.suffix, ""),
        "ETag": tag,
        "Last-Modified": date,
        "Vary": "Accept-Encoding",
    }
    known = request.headers.get("If-None-Match", "")
    if known == tag or (not known and request.headers.get("If-Modified-Since") == date):
        return Reply(304, headers)
    if is_packed:
        return Reply(200, headers | {"Content-Encoding": "gzip"}, gzip.compress(body, mtime=0))
    wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("Range", ""))
    if wanted:
        first, last = int(wanted[1]), int(wanted[2])
        return Reply(206, headers | {"Content-Range": f"bytes {first}-{last}/{len(body)}"}, body[first : last + 1])
    return Reply(200, headers, body)


class Web:
    """A running server: its address, the folder that it serves, and its quirk."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.folder = Path()
        self.quirk: Quirk = as_it_is


@contextmanager
def serving(tls: SSLContext | None = None) -> Iterator[Web]:
    """Run a server on a port of its own, with https if it gets a context for that."""
    web = Web("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "Test", ""

        def answer(self) -> None:
            request = Request(self.command, self.path, dict(self.headers))
            reply = web.quirk(request, right_reply(web.folder, request))
            if not isinstance(reply, Reply):
                for piece in reply if isinstance(reply, Iterator) else [reply or b""]:
                    self.wfile.write(piece)
                self.close_connection = True
                return
            server = reply.headers.get("Server", "Test")
            self.log_request = lambda *_: None  # type: ignore[method-assign]
            self.version_string = lambda: server  # type: ignore[method-assign]
            self.send_response(reply.status)
            for name, value in ({"Content-Length": str(len(reply.body))} | dict(reply.headers)).items():
                if name != "Server":
                    self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD" and reply.status != 304:
                self.wfile.write(reply.body)
            self.close_connection |= "Content-Length" in reply.headers

        do_GET = do_HEAD = answer  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Say nothing of clients that went away."""

    with Server(("127.0.0.1", 0), Handler) as http:
        if tls:
            http.socket = tls.wrap_socket(http.socket, server_side=True)
        web.url = f"http{'s' if tls else ''}://127.0.0.1:{http.server_port}/"
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield web
        finally:
            http.shutdown()
            thread.join()


PUBLIC = "93.184.216.34"


@contextmanager
def named(host: str, ports: Mapping[int, str]) -> Iterator[list[str]]:
    """Give a host a public address, and have connections to its ports arrive at servers here, by their addresses.

    Gives the addresses that were connected to.
    """
    real_lookup, real_connect = socket.getaddrinfo, socket.socket.connect
    connected: list[str] = []

    def getaddrinfo(name: str, *options: Any, **more: Any) -> list[Any]:
        return real_lookup(PUBLIC if name == host else name, *options, **more)

    def connect(self: socket.socket, address: Any) -> None:
        connected.append(f"{address[0]}:{address[1]}")
        if address[0] == PUBLIC:
            if address[1] not in ports:
                raise ConnectionRefusedError(111, "Connection refused")
            address = ("127.0.0.1", urlsplit(ports[address[1]]).port)
        real_connect(self, address)

    with mock.patch("socket.getaddrinfo", getaddrinfo), mock.patch.object(socket.socket, "connect", connect):
        yield connected


@contextmanager
def proxy(web: Web) -> Iterator[tuple[str, list[str]]]:
    """Run a proxy for https that connects to one server, whatever it is asked for.

    Gives its URL, and what it was asked for.
    """
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            asked.append(self.path)
            with socket.create_connection(("127.0.0.1", urlsplit(web.url).port or 0)) as server:
                self.send_response(200)
                self.end_headers()
                Thread(target=self.pass_on, args=(server, self.connection), daemon=True).start()
                self.pass_on(self.connection, server)

        def pass_on(self, source: socket.socket, target: socket.socket) -> None:
            with suppress(OSError):
                while data := source.recv(65536):
                    target.sendall(data)
            with suppress(OSError):
                target.shutdown(socket.SHUT_WR)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.block_on_close = False
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{http.server_port}", asked
        finally:
            http.shutdown()
            thread.join()
