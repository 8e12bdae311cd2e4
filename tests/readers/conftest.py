"""Publications built once, a web server on a loopback port, and the programs that read from it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from conftest import dateline

from readers.written import MESSY, SAMPLE, Written

MEDIA_TYPES = {".xml": "application/xml; charset=utf-8", ".json": "application/feed+json", ".png": "image/png"}


def absent(reason: str) -> None:
    """Skip a test for want of a program, unless this is CI, which installs them all."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason}, and CI is set")
    pytest.skip(reason)


def program(name: str, *folders: str) -> str:
    """The path of a program that a test is run with, which may be in other folders than those in PATH."""
    path = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", os.defpath), *folders]))
    if path is None:
        absent(f"{name} is not installed")
    assert path
    return path


def npm_package(name: str) -> Path:
    """The folder of a package of npm, in the folder that DATELINE_NPM names."""
    folder = os.environ.get("DATELINE_NPM")
    if not folder:
        absent("DATELINE_NPM names no folder with npm packages")
    assert folder
    package = Path(folder).resolve() / "node_modules" / name
    if not package.is_dir():
        absent(f"{name} is not installed in {folder}")
    return package


@dataclass(eq=False)
class Server:
    """A folder served as a static host serves it. `answers` are the status codes that it gave.

    Not `conditional`, it answers in full whatever the client has already.
    """

    url: str = ""
    conditional: bool = True
    answers: list[int] = field(default_factory=list)


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """Serve `folder` on a loopback port of its own."""
    server = Server()

    class Handler(SimpleHTTPRequestHandler):
        extensions_map = MEDIA_TYPES

        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, directory=str(folder))

        def do_GET(self) -> None:
            if not server.conditional:
                del self.headers["If-Modified-Since"]
            super().do_GET()

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            server.answers.append(int(code))

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        server.url = f"http://127.0.0.1:{http.server_port}/"
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()


@dataclass(frozen=True, eq=False)
class Published:
    """A publication that was built: what was written, the output folder, and where it is served."""

    written: Written
    output: Path
    server: Server


@pytest.fixture(scope="session", params=[SAMPLE, MESSY], ids=["posts", "messy"])
def published(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """Each of the two publications, built and served."""
    written: Written = request.param
    output = tmp_path_factory.mktemp("published") / "public"
    built = dateline("build", written.folder, "--output", output, "--no-cache")
    assert built.code == 0, built
    with serving(output) as server:
        yield Published(written, output, server)
