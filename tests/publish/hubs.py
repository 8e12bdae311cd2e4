"""Hubs to tell: one that answers by a script, and that of Flask-WebSub, with a subscriber and the site they fetch."""

import functools
import hashlib
import hmac
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import requests

SECRET = "known to hub and subscriber"


@contextmanager
def running(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Run a server; yield its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        http.daemon_threads, http.block_on_close = True, False
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{http.server_port}/"
        finally:
            http.shutdown()
            thread.join()


class Quiet(BaseHTTPRequestHandler):
    """Logs nothing, and keeps connections open."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"] or 0))

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


Script = Callable[[Quiet], object]  # answers one request


@contextmanager
def scripted(*answers: Script) -> Iterator[tuple[str, list[dict[str, list[str]]]]]:
    """Run a hub that gives one answer after the other, and then the last again; yield its address and what it got."""
    asked: list[dict[str, list[str]]] = []

    class Handler(Quiet):
        def do_POST(self) -> None:
            form = self.body().decode()
            if self.headers["Content-Type"] == "application/x-www-form-urlencoded":
                asked.append(parse_qs(form, strict_parsing=True))
            answers[min(len(asked), len(answers)) - 1](self)

    with running(Handler) as url:
        yield f"{url}hub?for=feeds", asked


class Notification(NamedTuple):
    """What a subscriber got from a hub, if the signature was right."""

    topic: str
    body: bytes
    time: float


@contextmanager
def subscriber() -> Iterator[tuple[Callable[[str, str], None], "Queue[Notification]"]]:
    """Run a subscriber (W3C WebSub, sections 5 and 7); yield how it subscribes at a hub, and what it has received."""
    wanted: dict[str, str] = {}
    confirmed: Queue[str] = Queue()
    received: Queue[Notification] = Queue()

    class Handler(Quiet):
        def do_GET(self) -> None:
            said = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
            is_meant = said["hub.mode"] == "subscribe" and wanted.get(urlsplit(self.path).path) == said["hub.topic"]
            self.answer(200 if is_meant else 404, said["hub.challenge"].encode() if is_meant else b"")
            confirmed.put(said["hub.topic"])

        def do_POST(self) -> None:
            body = self.body()
            algorithm, _, given = self.headers["X-Hub-Signature"].partition("=")
            right = hmac.new(SECRET.encode(), body, getattr(hashlib, algorithm)).hexdigest()
            if hmac.compare_digest(right, given):
                received.put(Notification(wanted[self.path], body, time.monotonic()))
            self.answer(204)

    with running(Handler) as url:

        def subscribe(hub: str, topic: str) -> None:
            path = f"/{len(wanted)}"
            wanted[path] = topic
            callback = url.removesuffix("/") + path
            form = {"hub.mode": "subscribe", "hub.topic": topic, "hub.callback": callback, "hub.secret": SECRET}
            assert requests.post(hub, form, timeout=60).status_code == 202
            assert confirmed.get(timeout=60) == topic

        yield subscribe, received


@contextmanager
def flask_hub(folder: Path) -> Iterator[tuple[str, dict[str, float]]]:
    """Run the hub of Flask-WebSub, which keeps its subscriptions in a folder.

    Yields its address, and what it was told about last at which time.
    """
    from flask import Flask, request
    from flask_websub.hub import Hub, SQLite3HubStorage
    from werkzeug.serving import make_server

    app = Flask(__name__)
    app.config["PUBLISH_SUPPORTED"] = True
    told: dict[str, float] = {}

    @app.before_request
    def note() -> None:
        if request.form["hub.mode"] == "publish":
            told[request.form["hub.topic"]] = time.monotonic()

    with ThreadPoolExecutor(4) as pool:
        hub = Hub(SQLite3HubStorage(str(folder / "hub.sqlite3")), _Tasks(pool), **app.config)
        app.register_blueprint(hub.build_blueprint(url_prefix="/hub"))
        http = make_server("127.0.0.1", 0, app, threaded=True)
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{http.server_port}/hub", told
        finally:
            http.shutdown()
            thread.join()
            http.server_close()


class _Tasks:
    """What the hub needs of Celery: tasks that run later, here in threads."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool

    def task(self, bind: bool = False, **_: object) -> Callable[[Callable[..., object]], Any]:
        def decorate(function: Callable[..., object]) -> Any:
            run: Any = functools.partial(function, _Attempt()) if bind else function
            run.delay = functools.partial(self._pool.submit, run)
            return run

        return decorate


class _Attempt:
    class request:  # noqa: N801 - the hub's name
        retries = 0

    def retry(self, countdown: float) -> None:
        raise AssertionError(countdown)
