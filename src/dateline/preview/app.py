"""What the preview answers to which request. The one fence around Starlette."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from importlib.resources import files
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from dateline.content.urls import INDEX_PAGE
from dateline.errors import OutputError
from dateline.paths import MANIFEST
from dateline.preview import pages
from dateline.preview.asking import Builder
from dateline.preview.board import Board
from dateline.preview.builder import Answer, List, Listing, Question, View, Viewed
from dateline.preview.files import Folder, Served, find, media_type
from dateline.preview.injection import with_script
from dateline.preview.replies import Content, Reply, compress, reply

_CHUNK = 256 * 1024
_AT_ONCE = 4 * _CHUNK  # bytes that are read in one go
_PACKAGE = files("dateline.preview")
_OWN_FILES = frozenset({"preview.css", "reload.js"})


class Preview(NamedTuple):
    """What there is to serve, and whom to ask. `refresh` has it built again."""

    output: Path
    drafts: bool
    board: Board
    builder: Builder
    refresh: Callable[[], None]


def application(preview: Preview, is_meant: Callable[[str], bool]) -> ASGIApp:
    """The preview as an ASGI application; `is_meant` says of a Host header whether it names the preview."""
    routes = [
        Route("/.dateline", lambda _: _redirect(pages.HOME)),
        Route("/.dateline/", partial(_listing, preview)),
        Route("/.dateline/events", partial(_events, preview.board)),
        Route("/.dateline/reader/{path:path}", partial(_reader, preview)),
        Route("/.dateline/{name}", _own_file),
        Route("/{path:path}", partial(_file, preview)),
    ]
    return Starlette(
        routes=routes, middleware=[Middleware(_Door, is_meant=is_meant)], exception_handlers={Exception: _failed}
    )


async def _failed(_request: Request, error: Exception) -> Response:
    """A fault of ours, told where faults are told."""
    sys.excepthook(type(error), error, error.__traceback__)
    return PlainTextResponse("This failed; the terminal says why.\n", 500)


class _Door:
    """Lets in what is meant for the preview, and no method that would change something."""

    def __init__(self, app: ASGIApp, is_meant: Callable[[str], bool]) -> None:
        self._app = app
        self._is_meant = is_meant

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""
        await (self._refused(scope) or self._app)(scope, receive, send)

    def _refused(self, scope: Scope) -> Response | None:
        hosts = Headers(scope=scope).getlist("host")
        if len(hosts) != 1 or not self._is_meant(hosts[0]):
            # 421: it came to a server that does not speak for this host (RFC 9110, 15.5.20).
            return PlainTextResponse("This is a preview; open the address that it prints.\n", 421)
        if scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("A preview can only be read.\n", 405, {"allow": "GET, HEAD"})
        return None


# Its own pages


async def _listing(preview: Preview, _request: Request) -> Response:
    found = await _asked(preview.builder, List())
    posts = found.posts if isinstance(found, Listing) else ()
    has_pages = _has_pages(preview)
    return _page(preview, pages.listing(preview.board.state, posts, drafts=preview.drafts, has_pages=has_pages))


async def _reader(preview: Preview, request: Request) -> Response:
    path = request.path_params["path"]
    viewed = await _asked(preview.builder, View(path))
    state = preview.board.state
    if not isinstance(viewed, Viewed):
        text = pages.problem("Not shown", state.errors, f"There is no post {path}, or it cannot be read.")
        return _page(preview, text, 404)
    found, remarks = ([*map(str, told)] for told in (viewed.errors, viewed.remarks))
    return _page(preview, pages.reader_view(state, viewed, found, remarks, has_pages=_has_pages(preview)))


def _has_pages(preview: Preview) -> bool:
    return (preview.output / INDEX_PAGE).is_file()


async def _asked(builder: Builder, question: Question) -> Answer:
    """The answer of the builder, which may be at work; nothing where it was ended."""
    try:
        return await run_in_threadpool(builder.ask, question)
    except OutputError:
        return None


def _page(preview: Preview, text: str, status: int = 200) -> Response:
    """A page of the preview itself."""
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": pages.POLICY,
        "cache-control": "no-store",
    }
    state = preview.board.state
    return Response(with_script(text.encode(), state.build, state.look), status, headers)


async def _own_file(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _OWN_FILES:
        return PlainTextResponse("There is nothing here.\n", 404)
    headers = {"content-type": media_type(name), "cache-control": "no-cache"}
    return Response((_PACKAGE / name).read_bytes(), headers=headers)


async def _events(board: Board, request: Request) -> Response:
    async def messages() -> AsyncIterator[str]:
        yield "retry: 500\n\n"
        async for state in board.states():
            yield state.message()

    headers = {"content-type": "text/event-stream", "cache-control": "no-store"}
    return Response(None, 200, headers) if request.method == "HEAD" else StreamingResponse(messages(), headers=headers)


# What was built


async def _file(preview: Preview, request: Request) -> Response:
    """A file of the output, under the path that the publication will have on its own host."""
    path = unquote_to_bytes(request.scope["raw_path"]).decode("utf-8", "replace")
    base = unquote(urlsplit(preview.board.state.home).path) or "/"
    if not (preview.output / MANIFEST).is_file():
        if not preview.board.state.errors:
            preview.refresh()  # somebody removed it
        return _page(
            preview, pages.problem("Nothing is built yet", preview.board.state.errors, "Mend that first."), 503
        )
    if path in ("/", base.rstrip("/")) and path != base:
        return _redirect(quote(base))
    found = find(preview.output, path.removeprefix(base.rstrip("/"))) if path.startswith(base) else None
    if isinstance(found, Folder):
        query = f"?{request.url.query}" if request.url.query else ""
        return _redirect(f"{quote(path)}/{query}")
    if found is None:
        return _redirect(pages.HOME) if path == base else _missing(preview)
    return _sent(preview, found, request)


def _redirect(path: str) -> Response:
    return Response(None, 302, {"location": path, "cache-control": "no-store"})


def _missing(preview: Preview) -> Response:
    """What the publication itself answers where there is nothing, or our own words."""
    found = find(preview.output, "/404.html")
    if not isinstance(found, Served):
        return _page(preview, pages.problem("Not found", (), "There is nothing at this address."), 404)
    with found.file as file:
        page = with_script(file.read(), preview.board.state.build)
    headers = {"content-type": found.media_type, "cache-control": "no-store"}
    return Response(page, 404, headers)


def _sent(preview: Preview, found: Served, request: Request) -> Response:
    """All of an open file, a part of it, or word that it has not changed; pages with the script in them."""
    status = found.status
    tag = f"{status.st_mtime_ns:x}-{status.st_size:x}-{status.st_ino:x}"
    if found.media_type.startswith("text/html"):
        with found.file as file:
            page = with_script(file.read(), preview.board.state.build)
        content = Content(len(page), found.media_type, f"{tag}-{preview.board.state.build}", status.st_mtime)
        answer = reply(content, request.method, _without_dates(request.headers), time.time())
        return _whole(answer, page[answer.start : answer.end])
    content = Content(status.st_size, found.media_type, tag, status.st_mtime)
    answer = reply(content, request.method, request.headers, time.time())
    length = answer.end - answer.start
    if answer.compressed or length <= _AT_ONCE or request.method == "HEAD":
        with found.file as file:
            file.seek(answer.start)
            is_needed = answer.compressed or request.method == "GET"
            return _whole(answer, file.read(length) if is_needed else b"")
    headers = {**answer.headers, "content-length": str(length)}
    return StreamingResponse(_parts(found.file, answer.start, length), answer.status, headers)


def _without_dates(headers: Headers) -> dict[str, str]:
    """A page has the script in it, which changes with each build, and the date of its file does not tell."""
    return {name: value for name, value in headers.items() if name != "if-modified-since"}


def _whole(answer: Reply, body: bytes) -> Response:
    """An answer that is held in memory. Of a HEAD, the server sends nothing but the headers."""
    body = compress(body) if answer.compressed else body
    headers = dict(answer.headers)
    if answer.status == 200 and not answer.compressed and not body:
        headers["content-length"] = str(answer.end - answer.start)
    return Response(body or None, answer.status, headers)


async def _parts(file: BufferedReader, start: int, length: int) -> AsyncIterator[bytes]:
    with file:
        file.seek(start)
        while length > 0 and (part := await asyncio.to_thread(file.read, min(_CHUNK, length))):
            length -= len(part)
            yield part
