"""The preview as a web application: the response to each request. The only module that imports Starlette."""

import asyncio
import gzip
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from email.utils import formatdate
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from dateline.content.dates import with_offset
from dateline.content.media import media_type_of
from dateline.content.scan import leads_inside
from dateline.content.urls import INDEX_PAGE
from dateline.fileio import open_regular
from dateline.formats.opml import OPML_FILE
from dateline.pages.templates import packaged_templates
from dateline.paths import LOCK, MANIFEST, is_temporary
from dateline.preview.builder import Builder
from dateline.preview.live_reload import Broadcast, with_script
from dateline.system import path_of
from dateline.text import counted

HOME = "/.dateline/"
_LISTED = 1000  # published posts in the overview
# For the preview's own pages. Images may come from any host, as in a reader.
_PAGE_HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
    "img-src http: https: data:; base-uri 'none'; form-action 'none'",
}
_HERE = os.path.dirname(os.path.abspath(__file__))
_TEMPLATES = packaged_templates(os.path.join(_HERE, "templates"))
_OWN_FILES = frozenset({"preview.css", "reload.js"})
_COMPRESSIBLE = re.compile(r"text/|application/(?:[\w.-]+\+)?(?:json|xml)\b|image/svg\+xml|application/javascript")
_COMPRESSED_SIZES = range(500, 20_000_001)  # bytes; less saves nothing, and more takes too long
_SINGLE_RANGE = re.compile(rb"bytes=(?:(\d{1,18})-(\d{0,18})|-\d{1,18})")
_NOT_SERVED = frozenset({MANIFEST, LOCK})
_CONDITIONS = StaticFiles(check_dir=False)  # knows how to evaluate conditional requests


class OpenFile(NamedTuple):
    """An open file and its status, which stay the same if another file takes its place."""

    file: BufferedReader
    status: os.stat_result
    media_type: str


class Preview(NamedTuple):
    """What the application serves. Set `wanted` for another build."""

    output: Path
    drafts: bool
    builder: Builder
    broadcast: Broadcast
    wanted: asyncio.Event


def application(preview: Preview, is_own_host: Callable[[str], bool]) -> ASGIApp:
    """Return the preview as an ASGI application, which only serves requests whose Host header is its own."""
    routes = [
        Route("/.dateline", lambda _: _redirect(HOME)),
        Route("/.dateline/", partial(_overview, preview)),
        Route("/.dateline/events", partial(_events, preview.broadcast)),
        Route("/.dateline/reader/{path:path}", partial(_reader_view, preview)),
        Route("/.dateline/{name}", _own_file),
        Route("/{path:path}", partial(_file, preview)),
    ]
    app = Starlette(routes=routes, exception_handlers={Exception: _failed})

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [header for header in scope["headers"] if header[0] != b"range" or _is_usable_range(scope, header[1])]
        await (_refusal(scope, is_own_host) or app)({**scope, "headers": headers}, receive, send)

    return guarded


def _refusal(scope: Scope, is_own_host: Callable[[str], bool]) -> Response | None:
    hosts = Headers(scope=scope).getlist("host")
    if len(hosts) != 1 or not is_own_host(hosts[0]):
        # 421: the request reached a server that does not answer for this host (RFC 9110, 15.5.20).
        return PlainTextResponse("This is a preview; open it at the address that it prints.\n", 421)
    if scope["method"] not in ("GET", "HEAD"):
        return PlainTextResponse("A preview is read-only.\n", 405, {"allow": "GET, HEAD"})
    return None


def _is_usable_range(scope: Scope, value: bytes) -> bool:
    """Return whether a Range header asks for a single range of bytes; any other is ignored (RFC 9110, 14.2)."""
    match = _SINGLE_RANGE.fullmatch(value.replace(b" ", b""))
    return scope["method"] == "GET" and match is not None and not (match[2] and int(match[1]) > int(match[2]))


async def _failed(_request: Request, error: Exception) -> Response:
    sys.excepthook(type(error), error, error.__traceback__)
    return PlainTextResponse("Internal error; see the terminal.\n", 500)


# The preview's own pages. Handlers that are not coroutines run in a thread: the builder may be busy.


def _overview(preview: Preview, _request: Request) -> Response:
    everything = preview.builder.posts()
    posts, pages = ([post for post in everything if post.is_page == is_page] for is_page in (False, True))
    waiting, published = ([post for post in posts if bool(post.waits) == waits] for waits in (True, False))
    state = preview.broadcast.state
    differences = None if state.errors else preview.builder.differences(state.attempt)
    values: dict[str, Any] = {"waiting": waiting, "published": published, "limit": _LISTED}
    values["pages"] = sorted(pages, key=lambda page: page.path)
    return _page(preview, "overview.html", **values, differences=differences)


def _reader_view(preview: Preview, request: Request) -> Response:
    path = request.path_params["path"]
    viewed = preview.builder.view(path)
    if viewed is None:
        text = f"There is no post {path}, or it cannot be read."
        return _page(preview, "message.html", 404, title="Not found", text=text)
    return _page(preview, "reader_view.html", viewed=viewed)


def _page(preview: Preview, template: str, status: int = 200, **values: Any) -> Response:
    state = preview.broadcast.state
    has_pages = (preview.output / INDEX_PAGE).is_file()
    values |= {"state": state, "has_pages": has_pages, "drafts": preview.drafts}
    html = _TEMPLATES.get_template(template).render(values, counted=counted, with_offset=with_offset)
    return Response(with_script(html.encode(), state.build, state.attempt), status, _PAGE_HEADERS)


async def _own_file(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _OWN_FILES:
        return PlainTextResponse("Not found.\n", 404)
    headers = {"content-type": with_charset(media_type(name)), "cache-control": "no-cache"}
    return Response(Path(_HERE, name).read_bytes(), headers=headers)


async def _events(broadcast: Broadcast, request: Request) -> Response:
    async def events() -> AsyncIterator[str]:
        yield "retry: 500\n\n"
        async for state in broadcast.states():
            yield state.event()

    headers = {"content-type": "text/event-stream", "cache-control": "no-store"}
    return Response(None, 200, headers) if request.method == "HEAD" else StreamingResponse(events(), headers=headers)


# What was built


async def _file(preview: Preview, request: Request) -> Response:
    """Respond with a file of the output, at the path that it will have on the publication's own host."""
    path = request.scope["path"]
    state = preview.broadcast.state
    base = unquote(urlsplit(state.good.home).path) or "/"
    if not (preview.output / MANIFEST).is_file():
        if not state.errors:
            preview.wanted.set()  # the output was deleted
        return _page(preview, "message.html", 503, title="Nothing is built yet", text="Fix the errors first.")
    if path in ("/", base.rstrip("/")) and path != base:
        return _redirect(quote(base))
    types = state.good.feed_types
    found = find(preview.output, path.removeprefix(base.rstrip("/")), types) if path.startswith(base) else None
    if isinstance(found, Path):
        query = f"?{request.url.query}" if request.url.query else ""
        return _redirect(f"{quote(path)}/{query}")
    if found is None:
        return _redirect(HOME) if path == base else _not_found(preview)
    return _send(found, request, state.build)


def _redirect(path: str) -> Response:
    return RedirectResponse(path, 302, {"cache-control": "no-store"})


def _not_found(preview: Preview) -> Response:
    """Respond with the publication's own page for this, if it has one."""
    found = find(preview.output, "/404.html")
    if not isinstance(found, OpenFile):
        return _page(preview, "message.html", 404, title="Not found", text="There is nothing at this address.")
    with found.file as file:
        page = with_script(file.read(), preview.broadcast.state.build)
    return Response(page, 404, {"content-type": found.media_type, "cache-control": "no-store"})


def _send(found: OpenFile, request: Request, build: str) -> Response:
    """Respond with a file, a range of it, or 304; text is compressed on request, pages get the reload script."""
    is_page = found.media_type.startswith("text/html")
    headers = {"content-type": found.media_type, "cache-control": "no-cache"}
    headers |= _encoding(found, request, is_page=is_page)
    coding = headers.get("content-encoding", "")
    headers |= _validators(found.status, build if is_page else "", coding)
    is_known = request.headers.get("if-none-match") == "*"  # which Starlette 1.6 overlooks
    if is_known or _CONDITIONS.is_not_modified(Headers(headers), request.headers):
        found.file.close()
        return NotModifiedResponse(Headers(headers))
    if not is_page and not coding:
        return _OpenFileResponse(found, headers)
    with found.file as file:
        content = with_script(file.read(), build) if is_page else file.read()
    return Response(gzip.compress(content, compresslevel=6, mtime=0) if coding else content, headers=headers)


def _encoding(found: OpenFile, request: Request, *, is_page: bool) -> dict[str, str]:
    """Return headers that say whether a response is compressed; a range of a file never is."""
    if found.status.st_size not in _COMPRESSED_SIZES or not _COMPRESSIBLE.match(found.media_type):
        return {}
    is_whole = is_page or "range" not in request.headers
    return {"vary": "Accept-Encoding", **({"content-encoding": "gzip"} if is_whole and _accepts_gzip(request) else {})}


def _validators(status: os.stat_result, build: str, coding: str) -> dict[str, str]:
    """Return headers by which a client asks whether it has this version. `build` is that of a page with the script."""
    parts = (f"{status.st_mtime_ns:x}", f"{status.st_size:x}", f"{status.st_ino:x}", build, coding)
    headers = {"etag": f'"{"-".join(filter(None, parts))}"'}
    if not build:  # a page changes with the script, whatever the date of its file
        # As long as the file may change again within the same second, give it a date one second earlier.
        written = int(status.st_mtime)
        headers["last-modified"] = formatdate(written if time.time() >= written + 1 else written - 1, usegmt=True)
    return headers


def _accepts_gzip(request: Request) -> bool:
    accepted = request.headers.get("accept-encoding", "").lower().replace(" ", "")
    qualities = dict(coding.partition(";q=")[::2] for coding in accepted.split(","))
    quality = qualities.get("gzip", "0")
    return not quality or quality.strip("0.") != ""


class _OpenFileResponse(FileResponse):
    """Send a file that is already open, so that a build that replaces it does not mix two versions in a response."""

    def __init__(self, found: OpenFile, headers: dict[str, str]) -> None:
        # Starlette opens it again, by a name for this very file, even if another one has taken its place.
        super().__init__(path_of(found.file.fileno()), headers=headers, stat_result=found.status)
        self._file = found.file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._file:
            await super().__call__(scope, receive, send)


# Paths of requests


def find(output: Path, path: str, types: Mapping[str, str] = {}) -> OpenFile | Path | None:
    """Open the file for a path, which has been decoded once; None if nothing is served there.

    `types` has the media types of feeds, by their paths in the output: those of others follow from their names.

    As on static hosts, a folder stands for its index.html, and ``x`` for ``x.html`` if there is no ``x``. A folder that
    was requested without the slash at the end is returned as a path.
    """
    if not _is_servable(path):
        return None
    root = os.path.realpath(output)
    file = os.path.join(root, path[1:])
    try:
        if not leads_inside(file, root):
            return None
        if path.endswith("/"):
            file = os.path.join(file, INDEX_PAGE)
        elif os.path.isdir(file):
            return Path(file)
        elif not os.path.lexists(file):
            file += ".html"
        return _open(file, root, types)
    except (OSError, ValueError):
        return None


def _is_servable(path: str) -> bool:
    """Return whether a path cannot lead upwards, and names none of the files that Dateline itself needs."""
    root, *names = path.removesuffix("/").split("/")
    if root or "\0" in path or "\\" in path or any(name in ("", ".", "..") for name in names):
        return False
    return not names or not (names[0] in _NOT_SERVED or is_temporary(names[0]))


def _open(path: str, root: str, types: Mapping[str, str]) -> OpenFile | None:
    if not leads_inside(path, root):
        return None
    file = open(open_regular(path), "rb")  # noqa: SIM115 - closed when it has been sent
    found = types.get(os.path.relpath(path, root)) or media_type(path)
    return OpenFile(file, os.fstat(file.fileno()), with_charset(found))


def media_type(path: str) -> str:
    """Return the media type of a file by its name."""
    name = os.path.basename(path).lower()
    return "text/x-opml" if name == OPML_FILE else media_type_of(name) or "application/octet-stream"


def with_charset(media_type: str) -> str:
    """Return a media type with the charset for text."""
    is_text = media_type.startswith("text/") or media_type == "application/xml"
    return f"{media_type}; charset=utf-8" if is_text else media_type
