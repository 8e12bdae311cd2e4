"""Stores for tests: one in memory, and one around any other that fails, is killed, or is watched at each call."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import TypeVar

from dateline.errors import TargetError
from dateline.publish.model import Held, Store

T = TypeVar("T")


class MemoryStore:
    """Keeps files in `files`, each with the number of the write that it comes from as its version.

    Without `versions`, it tells only sizes, like some servers.
    """

    name = "memory"

    def __init__(self, files: dict[str, tuple[bytes, int]] | None = None, *, versions: bool = True, parallel: int = 4):
        self.files = dict(files or {})
        self.parallel = parallel
        self._versions = versions
        self._writes = max((number for _, number in self.files.values()), default=0)
        self._lock = Lock()

    def copy(self) -> "MemoryStore":
        return MemoryStore(self.files, versions=self._versions, parallel=self.parallel)

    def put(self, path: str, content: bytes) -> None:
        """Write a file as somebody else does."""
        self.write(path, content)

    @property
    def tree(self) -> dict[str, bytes]:
        """All files but the manifest."""
        return {path: content for path, (content, _) in self.files.items() if path != ".dateline.json"}

    def read(self, path: str, limit: int) -> bytes | None:
        content = self.files[path][0] if path in self.files else None
        if content is not None and len(content) > limit:
            raise TargetError(path, None, "too large", "make it smaller")
        return content

    def stat(self, path: str) -> Held | None:
        return self.listing().get(path) if path in self.files else None

    def listing(self) -> dict[str, Held]:
        with self._lock:
            return {
                path: Held(len(content), str(number) if self._versions else "")
                for path, (content, number) in self.files.items()
            }

    def write(self, path: str, content: Path | bytes) -> Held:
        with self._lock:
            self._writes += 1
            data = content if isinstance(content, bytes) else content.read_bytes()
            self.files[path] = (data, self._writes)
            return Held(len(data), str(self._writes) if self._versions else "")

    def remove(self, path: str) -> None:
        with self._lock:
            self.files.pop(path, None)

    def close(self) -> None:
        pass


class Killed(BaseException):
    """The process was killed, as far as a store in the same process can show that."""


class FaultyStore:
    """Another store, with faults. It counts its `calls`, and lists the changes made through it in `changes`.

    - `kill_at`: the number of the call, from 1, in place of which the process is killed; or right after which, if
      `is_late`. No call works any more after that.
    - `fail_at`: the numbers of calls that fail; for good, unless `is_temporary`.
    - `watch`: called before and after each call that changes something, with its name and path.
    """

    def __init__(
        self,
        store: Store,
        *,
        kill_at: int = 0,
        is_late: bool = False,
        fail_at: set[int] | frozenset[int] = frozenset(),
        is_temporary: bool = False,
        watch: Callable[[str, str], None] = lambda _what, _path: None,
    ) -> None:
        self.name, self.parallel = store.name, store.parallel
        self.calls = 0
        self.changes: list[tuple[str, str]] = []
        self._store, self._watch = store, watch
        self._kill_at, self._is_late, self._fail_at, self._is_temporary = kill_at, is_late, fail_at, is_temporary
        self._is_dead = False
        self._lock = Lock()

    def _call(self, what: str, path: str, work: Callable[[], T]) -> T:
        with self._lock if self._kill_at else contextlib.nullcontext():
            self.calls += 1
            is_last = self.calls == self._kill_at
            if self._is_dead or (is_last and not self._is_late):
                self._is_dead = True
                raise Killed
            if self.calls in self._fail_at:
                raise TargetError(path, None, "does not answer", "wait", temporary=self._is_temporary)
            is_change = what in ("write", "remove")
            if is_change:
                self._watch(what, path)
            result = work()
            if is_change:
                self.changes.append((what, path))
                self._watch(what, path)
            if is_last:
                self._is_dead = True
                raise Killed
            return result

    def read(self, path: str, limit: int) -> bytes | None:
        return self._call("read", path, lambda: self._store.read(path, limit))

    def stat(self, path: str) -> Held | None:
        return self._call("stat", path, lambda: self._store.stat(path))

    def listing(self) -> dict[str, Held]:
        return self._call("listing", "", self._store.listing)

    def write(self, path: str, content: Path | bytes) -> Held:
        return self._call("write", path, lambda: self._store.write(path, content))

    def remove(self, path: str) -> None:
        self._call("remove", path, lambda: self._store.remove(path))

    def close(self) -> None:
        self._store.close()
