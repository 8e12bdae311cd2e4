"""Keep files in a file system of fsspec. The only module that imports fsspec by its name.

What the libraries below it raise becomes a TargetError here, and every operation ends within a bounded time.
"""

import io
import shutil
import socket
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Lock, Thread
from typing import Any, BinaryIO, NamedTuple, TypeVar
from urllib.parse import SplitResult, urlsplit

from fsspec import get_filesystem_class
from fsspec.asyn import sync

from dateline.errors import TargetError, printable, quoted
from dateline.fileio import open_regular
from dateline.model import PublishTo
from dateline.paths import MANIFEST, is_temporary, temporary_name
from dateline.publish.model import Held
from dateline.publish.upload import StoreTarget

T = TypeVar("T")
Kinds = type[Exception] | tuple[type[Exception], ...]

PATIENCE = 60.0  # seconds for one operation; those that move bytes get more
_SLOWEST = 20_000  # bytes a second
# What libraries call that by which one version of a file differs from the next.
_VERSIONS = ("ETag", "etag", "mtime", "modified", "created")
_DEEPEST = 100  # levels of folders: a faulty server might list a folder as its own content
_CHUNK = 2**20
_LONGEST = 300  # characters of a library's own message


class Fault(NamedTuple):
    """What went wrong, with ``{path}`` and ``{error}`` to fill in, and how to fix it."""

    problem: str
    remedy: str
    temporary: bool = False


TRY_AGAIN = "check the network, then try again"
DISCONNECTED = Fault("{path}: the connection was lost ({error})", TRY_AGAIN, temporary=True)
UNREACHABLE = Fault("the host cannot be reached ({error})", "check the address in feed.toml and the network")
DISK_FULL = Fault("{path}: the disk there is full ({error})", "free some space there, then publish again")
BUSY = Fault("{path}: the server is too busy ({error})", "try again later", temporary=True)
NO_PERMISSION = Fault("{path}: no permission ({error})", "let the user who publishes write there")
# Of errors that all file systems may raise. The first that fits counts.
_FAULTS: tuple[tuple[Kinds, Fault], ...] = (
    (PermissionError, NO_PERMISSION),
    (FileNotFoundError, Fault("{path}: not found ({error})", "check the address in feed.toml")),
    (NotADirectoryError, Fault("{path}: a file has the name of a folder above it", "rename or remove that file")),
    (IsADirectoryError, Fault("{path} is a folder there", "rename or remove that folder")),
    ((socket.gaierror, ConnectionRefusedError), UNREACHABLE),
    (TimeoutError, Fault("{path}: no answer in time", TRY_AGAIN, temporary=True)),
    ((ConnectionError, EOFError), DISCONNECTED),
)
_OTHER = Fault("{path}: {error}", "check the address in feed.toml, and that you may write there")


class FileSystemStore:
    """Keep files in a file system of fsspec, below a folder of it, `root`.

    A file is written under another name and then renamed, so that nobody reads half of it. Methods with a leading
    underscore are those that kinds of file systems do in their own ways; `place` is a path in the file system.
    """

    parallel = 8
    # Of errors that only this kind of file system raises, or that mean something else in it.
    _faults: tuple[tuple[Kinds, Fault], ...] = ()
    # Whether a version is another one whenever the file was written. Often it is a time in whole seconds.
    _has_exact_versions = False
    _renaming_keeps_version = False

    def __init__(self, name: str, root: str) -> None:
        self.name = name
        self._root = root
        self._connected: Any = None
        self._connecting = Lock()
        self._making = Lock()
        self._is_ready = False

    @property
    def _files(self) -> Any:
        with self._connecting:
            if self._connected is None or self._is_closed():
                self._connected = self._connect()
            return self._connected

    def _connect(self) -> Any:
        """Return the file system, which is called on first use, and again once the connection is lost."""
        raise NotImplementedError

    def _is_closed(self) -> bool:
        return False

    def read(self, path: str, limit: int) -> bytes | None:
        """Return the content of a file; None if there is none. Raises TargetError if it has more bytes than `limit`."""
        content = self._within(path, lambda: self._unless_missing(self._read, self._at(path), limit + 1), limit)
        if content is not None and len(content) > limit:
            raise TargetError(self.name, None, f"{path} has more than {limit} bytes", "remove it if it is not yours")
        return content

    def stat(self, path: str) -> Held | None:
        """Return the state of a file; None if there is none."""
        held = self._within(path, lambda: self._unless_missing(self._stat, self._at(path)))
        # By their content two publishers tell each other's manifests apart, if need be.
        is_vague = held and path == MANIFEST and not self._has_exact_versions
        return held._replace(version="") if held and is_vague else held

    def listing(self) -> dict[str, Held]:
        """Return the state of all files, by path."""
        found: dict[str, Held] = {}
        folders = [self._root or "/"]
        with ThreadPoolExecutor(self.parallel) as threads:
            for _ in range(_DEEPEST):
                listed = [info for infos in threads.map(self._listed, folders) for info in infos]
                folders = [info["name"] for info in listed if info["type"] == "directory"]
                found |= {self._path(info["name"]): self._held(info) for info in listed if info["type"] != "directory"}
        return found

    def write(self, path: str, content: Path | bytes) -> Held:
        """Write a file, and the folders above it. Whoever reads it meanwhile gets the old bytes or the new, whole."""
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        return self._within(path, lambda: self._write(self._at(path), content, size), size)

    def remove(self, path: str) -> None:
        """Remove a file, if it is there, and the folders that this leaves empty."""
        self._within(path, lambda: self._remove(self._at(path)))

    def close(self) -> None:
        """End connections."""

    # Places

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}"

    def _path(self, place: str) -> str:
        return place.strip("/").removeprefix(self._root.strip("/")).lstrip("/")

    # Reading

    def _read(self, place: str, limit: int) -> bytes:
        with self._files.open(place, "rb") as file:
            content: bytes = file.read(limit)
            return content

    def _stat(self, place: str) -> Held | None:
        info = self._files.info(place)
        return None if info["type"] == "directory" else self._held(info)

    def _listed(self, folder: str) -> list[dict[str, Any]]:
        infos = self._within(folder, lambda: self._unless_missing(partial(self._files.ls, detail=True), folder))
        return infos or []

    @staticmethod
    def _held(info: dict[str, Any]) -> Held:
        version = next((info[key] for key in _VERSIONS if info.get(key)), "")
        # The same file system may give a time in two ways.
        return Held(int(info["size"] or 0), str(version.timestamp() if isinstance(version, datetime) else version))

    # Writing

    def _write(self, place: str, content: Path | bytes, size: int) -> Held:
        self._prepare()
        temporary = self._at(temporary_name())
        try:
            self._send(content, temporary)
            held = self._held(self._files.info(temporary))
            if held.size != size:
                problem = f"{self._path(place)}: only {held.size} of {size} bytes arrived"
                raise TargetError(self.name, None, problem, "check that the disk there is not full", temporary=True)
            try:
                self._replace(temporary, place)
            except FileNotFoundError:
                with self._making:  # some servers stumble over two who make the same one
                    self._make_folder(place.rpartition("/")[0])
                self._replace(temporary, place)
            return held if self._renaming_keeps_version else self._held(self._files.info(place))
        except BaseException:
            with suppress(Exception):
                self._files.rm_file(temporary)
            raise

    def _prepare(self) -> None:
        """Make the folder, and remove files that a killed upload was writing."""
        with self._making:
            if not self._is_ready:
                self._make_folder(self._root)
                for info in self._files.ls(self._root or "/", detail=True):
                    if is_temporary(path := self._path(info["name"])) and info["type"] == "file":
                        self._files.rm_file(self._at(path))
                self._is_ready = True

    def _send(self, content: Path | bytes, place: str) -> None:
        with self._files.open(place, "wb") as target, open_content(content) as source:
            shutil.copyfileobj(source, target, _CHUNK)

    def _replace(self, temporary: str, place: str) -> None:
        self._files.mv(temporary, place)

    def _make_folder(self, folder: str) -> None:
        self._files.makedirs(folder, exist_ok=True)

    def _remove_folder(self, folder: str) -> None:
        self._files.rmdir(folder)

    def _remove(self, place: str) -> None:
        with suppress(FileNotFoundError):
            self._files.rm_file(place)
        folder = place.rpartition("/")[0]
        while len(folder) > len(self._root):
            try:
                self._remove_folder(folder)
            except Exception:  # noqa: BLE001 - it is not empty, which each library says in its own way
                return
            folder = folder.rpartition("/")[0]

    # Errors

    def _unless_missing(self, work: Callable[..., T], *arguments: Any) -> T | None:
        try:
            return work(*arguments)
        except FileNotFoundError as error:
            if self._fault(error):
                raise
            return None

    def _within(self, path: str, work: Callable[[], T], size: int = 0) -> T:
        """Do what concerns one path and so many bytes. Raises TargetError, also if it is not done in time."""
        done: Future[T] = Future()

        def run() -> None:
            try:
                done.set_result(work())
            except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
                done.set_exception(error)

        # In a thread that can be abandoned: some libraries wait for ever on a server that answers byte by byte.
        Thread(target=run, daemon=True).start()
        try:
            return done.result(PATIENCE + size / _SLOWEST)
        except TargetError:
            raise
        except Exception as error:  # noqa: BLE001 - each library has kinds of its own
            raise self._error(path, error) from None

    def _fault(self, error: Exception) -> Fault | None:
        """Return what is known of an error that this kind of file system raises."""
        return next((fault for kinds, fault in self._faults if isinstance(error, kinds)), None)

    def _error(self, path: str, error: Exception) -> TargetError:
        fault = self._fault(error) or next((fault for kind, fault in _FAULTS if isinstance(error, kind)), _OTHER)
        reason = printable(str(error).partition("\n")[0] or type(error).__name__)
        problem = fault.problem.format(path=path, error=reason[:_LONGEST])
        return TargetError(self.name, None, problem, fault.remedy, temporary=fault.temporary)


class AnyStore(FileSystemStore):
    """Keep files in a file system of fsspec that needs nothing special, by the scheme of its address."""

    def __init__(self, address: str) -> None:
        self._kind = get_filesystem_class(urlsplit(address).scheme)
        super().__init__(address, self._kind._strip_protocol(address))  # noqa: SLF001 - for all who make one

    def _connect(self) -> Any:
        return self._kind(use_listings_cache=False, skip_instance_cache=True)


def open_fsspec(publish: PublishTo, _posts: Path) -> StoreTarget:
    """Open the file system that an address names."""
    return StoreTarget(AnyStore(publish.to))


def by_code(*rows: tuple[str, Fault]) -> dict[str, Fault]:
    """Return faults by the code of an answer, from rows of codes, divided by spaces."""
    return {code: fault for codes, fault in rows for code in codes.split()}


def split_address(name: str, example: str) -> SplitResult:
    """Return the parts of an address. Raises TargetError if it has no host, or parts that lead nowhere."""
    remedy = f"write it like {example}"
    try:
        address = urlsplit(name)
        _ = address.port
    except ValueError as error:
        raise TargetError(name, None, f"not an address ({error})", remedy) from None
    if not address.hostname or address.hostname.startswith("-"):
        raise TargetError(name, None, "has no host", remedy)
    if address.password is not None:
        raise TargetError(example, None, "the address has a password", "remove it, since feed.toml is no place for one")
    if address.query or address.fragment:
        problem = f"ends in {quoted(name[name.find(address.path) + len(address.path) :])}, which leads nowhere"
        raise TargetError(name, None, problem, remedy)
    return address


def open_content(content: Path | bytes) -> BinaryIO:
    """Return what is to be written, as a file."""
    return io.BytesIO(content) if isinstance(content, bytes) else open(open_regular(content), "rb")


def run_async(files: Any, work: Callable[..., Any], *arguments: Any) -> Any:
    """Run a coroutine function in the thread of an asynchronous file system, and return its result."""
    return sync(files.loop, work, *arguments)
