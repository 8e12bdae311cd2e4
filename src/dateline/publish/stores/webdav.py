"""Publish over WebDAV. The only module that imports webdav4, and httpx below it.

A user name and a password come from variables of the environment, or from the file ``~/.netrc``.
"""

import netrc
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, unquote

import httpx
from webdav4 import client as webdav
from webdav4.fsspec import WebdavFileSystem

from dateline.errors import TargetError
from dateline.model import PublishTo
from dateline.publish.stores.fsspec import (
    BUSY,
    DISCONNECTED,
    DISK_FULL,
    NO_PERMISSION,
    UNREACHABLE,
    Fault,
    FileSystemStore,
    Kinds,
    by_code,
    open_content,
    split_address,
)
from dateline.publish.upload import StoreTarget

USER, PASSWORD = "DATELINE_WEBDAV_USER", "DATELINE_WEBDAV_PASSWORD"
_TIMEOUT = 30  # seconds without a byte
_CHUNK = 2**18
_LOCKED = Fault("{path} is locked on the server", "close the program that edits it there", temporary=True)
_BY_STATUS = by_code(
    ("301 302 307 308", Fault("the address leads to another one ({error})", "write that one in feed.toml")),
    ("401", Fault("the server does not accept the password ({error})", f"set {USER} and {PASSWORD}, or use ~/.netrc")),
    ("403", NO_PERMISSION),
    (
        "405 501",
        Fault("the server does not do that ({error})", "check that WebDAV is switched on at that address"),
    ),
    ("413", Fault("{path}: too large for the server ({error})", "raise its limit, or leave the file out")),
    ("423", _LOCKED),
    ("408 429 500 502 503 504 509", BUSY),
    ("507", DISK_FULL),
)


def open_webdav(publish: PublishTo, _posts: Path) -> StoreTarget:
    """Open the folder at ``webdav+https://host/folder``."""
    address = split_address(publish.to, "webdav+https://host/folder")
    if address.username:
        raise TargetError(publish.to, None, "the address has the name of a user", f"remove it, and set {USER}")
    return StoreTarget(WebdavStore(publish.to, address._replace(scheme=address.scheme.removeprefix("webdav+"))))


class WebdavStore(FileSystemStore):
    """Keep files on a WebDAV server. Places are paths below the address, percent-encoded."""

    parallel = 4
    _faults: tuple[tuple[Kinds, Fault], ...] = (
        (webdav.InsufficientStorage, DISK_FULL),
        (webdav.ResourceConflict, Fault("{path}: no folder can be made for it", "check the address in feed.toml")),
        (webdav.ForbiddenOperation, NO_PERMISSION),
        (webdav.ResourceLocked, _LOCKED),
        (webdav.BadGatewayError, BUSY),
        (netrc.NetrcParseError, Fault("~/.netrc: {error}", "correct that line")),
        (httpx.ConnectError, UNREACHABLE),
        ((httpx.TimeoutException, httpx.TransportError), DISCONNECTED),
    )

    def __init__(self, name: str, address: SplitResult) -> None:
        super().__init__(name, "")
        self._address = address

    def close(self) -> None:
        """End connections."""
        if self._connected is not None:
            self._connected.client.http.close()

    def _connect(self) -> Any:
        options = {"timeout": _TIMEOUT, "retry": False, "skip_instance_cache": True}  # StoreTarget tries again
        return WebdavFileSystem(self._address.geturl(), auth=_login(self._address), **options)

    def _at(self, path: str) -> str:
        return "/" + quote(path)

    def _path(self, place: str) -> str:
        return unquote(place.strip("/"))

    def _listed(self, folder: str) -> list[dict[str, Any]]:
        return [{**info, "name": "/" + quote(info["name"])} for info in super()._listed(folder)]

    def _read(self, place: str, limit: int) -> bytes:
        client = self._files.client
        if self._files.info(place)["type"] == "directory":
            raise FileNotFoundError(place)  # for which many servers send a page that lists it
        content = bytearray()
        with client.http.stream("GET", client.join_url(place)) as response:
            if response.status_code == 404:
                raise FileNotFoundError(place)
            response.raise_for_status()
            for chunk in response.iter_bytes(_CHUNK):
                content += chunk
                if len(content) > limit:
                    break
        return bytes(content)

    def _send(self, content: Path | bytes, place: str) -> None:
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        self._files.client.request("PUT", place, content=_Chunks(content), headers={"Content-Length": str(size)})

    def _make_folder(self, folder: str) -> None:
        client = self._files.client
        with suppress(webdav.ResourceAlreadyExists):
            try:
                client.mkdir(folder)
            except webdav.ResourceConflict:  # there is no folder above it
                if not folder:
                    raise
                self._make_folder(folder.rpartition("/")[0])
                client.mkdir(folder)

    def _replace(self, temporary: str, place: str) -> None:
        # A folder would be replaced, too, with all that is in it (RFC 4918, section 9.9.3).
        with suppress(FileNotFoundError):
            if self._files.info(place)["type"] == "directory":
                raise IsADirectoryError(place)
        try:
            self._files.client.move(temporary, place, overwrite=True)
        except webdav.ResourceConflict as error:  # there is no such folder yet (RFC 4918, section 9.9.4)
            raise FileNotFoundError(str(error)) from error

    def _fault(self, error: Exception) -> Fault | None:
        if isinstance(error, webdav.HTTPError | httpx.HTTPStatusError):
            return _BY_STATUS.get(str(error.response.status_code)) or super()._fault(error)
        return super()._fault(error)


class _Chunks:
    """The bytes of a file, which can be sent more than once: a server may first ask for a password."""

    def __init__(self, content: Path | bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        with open_content(self._content) as file:
            while chunk := file.read(_CHUNK):
                yield chunk


def _login(address: SplitResult) -> httpx.Auth | None:
    """Return how to log in: the way that the server asks for, if there is a password for it."""
    user, password = os.environ.get(USER), os.environ.get(PASSWORD)
    if user is None or password is None:
        file = os.environ.get("NETRC") or os.path.expanduser("~/.netrc")
        found = netrc.netrc(file).authenticators(address.hostname or "") if os.path.isfile(file) else None
        if not found:
            return None
        user, _, password = found
    asked = httpx.request("PROPFIND", address.geturl(), headers={"Depth": "0"}, timeout=_TIMEOUT)
    ways = [way.lower() for way in asked.headers.get_list("www-authenticate")]
    is_digest = any(way.startswith("digest ") for way in ways)
    return httpx.DigestAuth(user, password) if is_digest else httpx.BasicAuth(user, password)
