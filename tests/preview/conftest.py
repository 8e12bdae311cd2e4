"""Previews in processes of their own on free ports, and a client for them."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import NOW, Site

PAGE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self'; script-src 'self'">
<link rel="alternate" type="application/atom+xml" title="The Daily Example" href="/atom.xml">
<title>Home</title></head><body><h1>Home</h1></body></html>
"""


class Answer(NamedTuple):
    """What came back; the names of headers are in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def free_port() -> int:
    """A port that is free."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """A preview in a process of its own."""

    def __init__(self, site: Site, process: "subprocess.Popen[str]", port: int, host: str) -> None:
        self.site, self.process, self.port, self.host = site, process, port, host
        self.origin = f"http://127.0.0.1:{port}"
        self.printed = ""

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Request a path exactly as it is written."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        with closing(connection):
            connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())

    def raw(self, request: bytes) -> bytes:
        """Send bytes and return everything that the server sends until it closes the connection."""
        with closing(socket.create_connection(("127.0.0.1", self.port), timeout=60)) as connection:
            connection.sendall(request)
            received = b""
            while part := connection.recv(65536):
                received += part
            return received

    @contextmanager
    def events(self) -> Iterator[Callable[[], dict[str, Any]]]:
        """Yield a function that returns the next event, as an open page gets it."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        with closing(connection):
            connection.request("GET", "/.dateline/events")
            response = connection.getresponse()
            assert response.headers["Content-Type"].startswith("text/event-stream")

            def following() -> dict[str, Any]:
                while not (line := response.readline()).startswith(b"data: "):
                    assert line
                found: dict[str, Any] = json.loads(line.removeprefix(b"data: "))
                return found

            yield following

    def settle(self) -> None:
        """Wait until the build with which watching the folder begins is over."""
        with self.events() as following:
            while following()["attempt"] < 2:
                pass

    def attempts(self) -> int:
        """How many builds it has tried so far."""
        with self.events() as following:
            return int(following()["attempt"])

    def end(self, number: int = signal.SIGINT) -> tuple[int, str, str]:
        """End it as Ctrl-C does, which signals all its processes; return its exit code and the rest of its output.

        It must not wait for open connections, which last up to 60 seconds.
        """
        if number == signal.SIGINT:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


@contextmanager
def previewing(
    site: Site,
    *options: str,
    port: int | None = None,
    now: str = NOW,
    at: str = "127.0.0.1",
    by: Callable[..., list[str]] = lambda *command: [*command],
) -> Iterator[Running]:
    """A preview of a publication, once it has started. `by` turns the command into one that another user runs."""
    port = port or free_port()
    process = subprocess.Popen(
        by(sys.executable, "-m", "dateline", "preview", "--port", str(port), *options),
        cwd=site.root,
        env={**os.environ, "DATELINE_NOW": now},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    running = Running(site, process, port, at)
    try:
        assert process.stdout
        while not running.printed.endswith("Press Ctrl-C to stop.\n"):
            line = process.stdout.readline()
            assert line, f"{running.printed}{process.stderr and process.stderr.read()}"
            running.printed += line
        yield running
    finally:
        if process.poll() is None:
            running.end()


def children(process: int) -> list[int]:
    """The running child processes of a process."""
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def until(condition: Callable[[], bool], seconds: float = 30) -> float:
    """Wait for a condition; return how many seconds that took."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, "timed out"
        time.sleep(0.005)
    return time.monotonic() - started


def furnish(site: Site) -> None:
    """Write a post, a picture, pages and a recording."""
    body = "One *word*, and ![a boat](media/boat.png).\n" + "Much to say. " * 100
    site.post(body=body, title="First & foremost", enclosure="talk.wav")
    site.write("talk.wav", b"sound" * 500)
    site.write("media/boat.png", b"\x89PNG picture")
    site.write("_static/index.html", PAGE)
    site.write("_static/favicon.ico", b"icon")
    site.write("_static/about/index.html", PAGE.replace("Home", "About"))
    site.write("_static/talk.mp3", bytes(range(256)) * 20_000)


@pytest.fixture
def home(site: Site) -> Site:
    """A publication with a post, a picture, pages of its own and a recording."""
    furnish(site)
    return site


@pytest.fixture
def running(home: Site) -> Iterator[Running]:
    """A preview of that."""
    with previewing(home) as running:
        yield running


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One preview for all tests of a module, which leave it as they found it."""
    site = Site(tmp_path_factory.mktemp("home"))
    site.settings()
    furnish(site)
    with previewing(site) as running:
        yield running


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below a folder, with its content and modification time."""
    return {
        file.relative_to(folder).as_posix(): (file.read_bytes(), file.stat().st_mtime_ns)
        for file in folder.rglob("*")
        if file.is_file()
    }
