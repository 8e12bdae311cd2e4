"""Send files to a store so that whoever reads meanwhile, and if it breaks off, finds everything that a feed names.

1. The target's manifest gets the paths that are about to change, before the first of them does.
2. Files are sent stage by stage (`output.STAGES`), and in each stage new ones before changed ones: an archive, or a
   page, that is there already names a new one only once that is there, too.
3. Files that are no longer needed are removed after that, in reverse order: feeds, then pages.
4. The manifest gets the state of each file, and nothing is pending any more.

An upload that breaks off leaves old feeds and all that they name. The next one looks only at the pending files.

Of two publishers, the later one stops: on one machine by a lock, and on two by the manifest. There it finds pending
paths of another publisher, unless these are so old that that one must be gone. Each makes sure that the manifest is the
one that it wrote before each step that subscribers could see.
"""

import secrets
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import chain, groupby
from pathlib import Path
from typing import NamedTuple

from dateline.building.report import Report
from dateline.errors import TargetError, reason_of
from dateline.fileio import open_regular, read_regular
from dateline.formats.items import MAX_SIZE as MAX_FEED_SIZE
from dateline.hashing import sha256
from dateline.options import UPLOADING, Progress
from dateline.output import STAGES
from dateline.output.manifest import is_hidden
from dateline.output.manifest import read_manifest as read_output_manifest
from dateline.paths import MANIFEST
from dateline.publish.compare import MOST_READ, Differences, differences
from dateline.publish.lock import publishing_to
from dateline.publish.manifest import MAX_SIZE, Manifest, Record, manifest_bytes, not_ours, read_manifest
from dateline.publish.model import USUAL_WAIT, Held, LocalFile, SendOptions, Sent, Store
from dateline.publish.workers import Workers
from dateline.text import counted

GONE_AFTER = 600  # seconds without a sign of life after which another machine's publisher is taken to be gone
_SIGN_OF_LIFE = 120  # seconds between two of ours
_REMEMBERED = 9  # digests of earlier uploads of a file that were broken off
_SMALL = 2**20  # bytes of a file that is read before it is sent


def local_files(output: Path, report: Report) -> list[LocalFile]:
    """Return the files that a build wrote, or left as they were, in the output folder: those in its manifest.

    Raises TargetError if another program or build has changed the folder since.
    """
    digests, _ = read_output_manifest(output)
    found = []
    for file in report.files:
        if file.status != "removed":
            digest = digests.get(file.path)
            if not digest:
                raise _changed(output / file.path)
            found.append(LocalFile(file.path, output / file.path, digest, file.size, STAGES.index(file.stage)))
    return found


def _changed(file: Path) -> TargetError:
    return TargetError(str(file), None, "changed since it was built", "publish again")


class _Seen(NamedTuple):
    """A manifest as it is on the target, with its state there; empty if there is none."""

    held: Held | None
    content: bytes


def _see(store: Store, workers: Workers, seen: _Seen) -> _Seen:
    """Return the manifest on the target, which is not read if it is known to be the one that was seen last."""
    held = workers.retried(store.stat, MANIFEST)
    if held is None or (held == seen.held and held.version):
        return seen if held else _Seen(None, b"")
    return _Seen(held, workers.retried(lambda path: store.read(path, MAX_SIZE), MANIFEST) or b"")


class StoreTarget:
    """A target that is a store. Its `place` is the same whatever name it has; by default, it is the name."""

    wait = USUAL_WAIT

    def __init__(self, store: Store, place: str = "") -> None:
        self._store = store
        self._place = place or store.name
        self._seen = _Seen(None, b"")  # the manifest, so that it need not be read twice

    @property
    def name(self) -> str:
        """The target as messages show it, without secrets."""
        return self._store.name

    def is_ours(self) -> bool:
        """Return whether Dateline has published here before."""
        with Workers(1) as workers:
            self._seen = _see(self._store, workers, self._seen)
        manifest = read_manifest(self._seen.content, self.name)
        return bool(manifest.revision or manifest.files)

    def read(self, path: str) -> bytes | None:
        """Return the content of a file on the target as it was sent; None if there is none."""
        with Workers(1) as workers:
            return workers.retried(lambda path: self._store.read(path, MAX_FEED_SIZE), path)

    def send(self, files: Sequence[LocalFile], options: SendOptions, progress: Progress) -> Sent:
        """Make the target have these files, and none that were sent earlier and are not among them."""
        with publishing_to(self.name, self._place) as token, Workers(self._store.parallel) as workers:
            self._seen = _see(self._store, workers, self._seen)
            return _Upload(self._store, workers, token, self._seen, options, progress).send(files)

    def close(self) -> None:
        """End connections."""
        self._store.close()


class _Upload:
    """An upload in progress."""

    def __init__(
        self, store: Store, workers: Workers, token: str, seen: _Seen, options: SendOptions, progress: Progress
    ) -> None:
        self._store, self._workers, self._options, self._progress = store, workers, options, progress
        self._token = token
        self._seen = seen  # the manifest that should be on the target
        self._before = read_manifest(seen.content, store.name)
        self._files: dict[str, Record] = {}  # what the next one will say
        self._pending: dict[str, tuple[str, ...]] = {}
        self._checked = 0
        self._revision = ""
        self._signed_at = 0.0
        self._sizes = (0, 0)  # bytes that were sent, and all that are to be
        self._written: list[str] = []
        self._removed: list[str] = []
        self._left: list[str] = []

    def send(self, files: Sequence[LocalFile]) -> Sent:
        self._check_manifest()
        self._progress("comparing with the target", 0, 1)
        found = differences(self._store, self._workers, self._before, files, self._options)
        if found.foreign and not self._options.take_over:
            raise not_ours(self._store.name, (file.path for file in found.foreign))
        batches = _batches(found)
        self._sizes = 0, sum(file.size for batch in batches for file in batch)
        if self._options.dry_run:
            self._rehearse(batches, found.stale)
        else:
            self._carry_out(batches, found)
        return Sent(
            written=tuple(self._written),
            removed=tuple(self._removed),
            unchanged=len(found.same),
            size=self._sizes[1],
            left=tuple(self._left),
            notes=tuple(self._notes(found)),
        )

    def _check_manifest(self) -> None:
        """Raise TargetError if the manifest on the target says not to publish here."""
        name, before = self._store.name, self._before
        before.check_publication(self._options.publication, name, "place")
        left = GONE_AFTER - abs(time.time() - before.at)
        if before.pending and before.by != self._token and left > 0:
            problem = "another publisher began to publish there, and is not done"
            remedy = f"wait for it to end; if it was stopped, publish again in {counted(1 + int(left / 60), 'minute')}"
            raise TargetError(name, None, problem, remedy)

    def _notes(self, found: Differences) -> Iterable[str]:
        yield from self._before.notes("target")
        if adopted := len(found.same.keys() - self._before.files.keys() - self._before.pending.keys()):
            yield f"{counted(adopted, 'file')} there had the same bytes already, and will be updated from now on"

    def _rehearse(self, batches: Iterable[Sequence[LocalFile]], stale: Sequence[str]) -> None:
        """Find out what would be sent and removed."""
        self._written = [file.path for batch in batches for file in batch]
        for path, is_ours in self._workers.run(self._is_still_ours, stale):
            if is_ours is not None:
                (self._removed if is_ours else self._left).append(path)

    def _carry_out(self, batches: Sequence[Sequence[LocalFile]], found: Differences) -> None:
        before = self._before
        self._files = {**before.files, **found.same}
        self._pending = {path: before.pending.get(path, ())[-_REMEMBERED:] for path in found.stale}
        for file in chain.from_iterable(batches):
            self._pending[file.path] = (*before.pending.get(file.path, ())[-_REMEMBERED:], file.digest)
        self._checked = int(time.time()) if found.is_full else before.checked
        if not self._pending and not before.pending and (self._files, self._checked) == (before.files, before.checked):
            return
        self._revision = secrets.token_hex(16)
        try:
            if self._pending:
                self._save()
            for batch in batches:
                self._send(batch)
            for paths in self._stages_of(found.stale):
                self._remove(paths)
            self._save()
        except (TargetError, KeyboardInterrupt):
            self._workers.stop()
            with suppress(TargetError):  # then what was sent is looked at again, or another publisher is at it
                self._save(is_over=True)
            raise

    def _send(self, files: Sequence[LocalFile]) -> None:
        self._check_turn()
        for file, held in self._workers.run(self._write, files, self._beat):
            self._files[file.path] = Record(file.digest, file.stage, held)
            del self._pending[file.path]
            self._written.append(file.path)
            done, total = self._sizes
            self._sizes = done + file.size, total
            self._beat()

    def _write(self, file: LocalFile) -> Held:
        """Send a file, if it still is what was compared."""
        content: Path | bytes = file.source
        try:
            if file.size <= _SMALL:
                content = read_regular(file.source, file.size)
                digest = sha256(content)
            else:
                with open(open_regular(file.source), "rb") as opened:
                    digest = sha256(opened)
        except OSError as error:
            raise TargetError(str(file.source), None, f"cannot be read: {reason_of(error)}", "publish again") from None
        if digest != file.digest:
            raise _changed(file.source)
        return self._store.write(file.path, content)

    def _stages_of(self, paths: Iterable[str]) -> Iterable[list[str]]:
        """Return paths to remove by stage, the last one first; what is not known to be a feed or a page comes last."""

        def stage(path: str) -> int:
            record = self._files.get(path)
            return -record.stage if record else 0

        return [list(group) for _, group in groupby(sorted(paths, key=stage), key=stage)]

    def _remove(self, paths: Sequence[str]) -> None:
        self._check_turn()
        for path, is_ours in self._workers.run(self._remove_file, paths, self._beat):
            if is_ours is not None:
                (self._removed if is_ours else self._left).append(path)
            self._files.pop(path, None)
            del self._pending[path]

    def _remove_file(self, path: str) -> bool | None:
        is_ours = self._is_still_ours(path)
        if is_ours:
            self._store.remove(path)
        return is_ours

    def _is_still_ours(self, path: str) -> bool | None:
        """Return whether a file has the bytes that were sent to its path; None if there is none.

        Hidden ones never have, as in an output folder: the manifest could be anybody's.
        """
        held = self._store.stat(path)
        if held is None or is_hidden(path):
            return None if held is None else False
        record = self._before.files.get(path)
        if record and held.version and held == record.held:
            return True
        content = self._store.read(path, MOST_READ) if 0 <= held.size <= MOST_READ else None
        return self._before.was_sent(path, content)

    # The manifest

    def _save(self, *, is_over: bool = False) -> None:
        self._check_turn()
        now = 0 if is_over else int(time.time())
        about = (self._options.publication, self._revision, self._token, now, self._checked)
        content = manifest_bytes(Manifest(self._files, self._pending, *about))
        held = self._workers.retried(lambda path: self._store.write(path, content), MANIFEST)
        self._seen, self._signed_at = _Seen(held, content), time.monotonic()

    def _check_turn(self) -> None:
        """Raise TargetError if the manifest on the target is not the one that was read, or written, last."""
        seen = _see(self._store, self._workers, self._seen)
        if seen.content != self._seen.content:
            problem = "another publisher has begun to publish there meanwhile"
            raise TargetError(self._store.name, None, problem, "wait for it to end, then publish again")
        self._seen = seen

    def _beat(self) -> None:
        """Show how far it is: to the user, and now and then to other publishers."""
        self._progress(UPLOADING, *self._sizes)
        if time.monotonic() - self._signed_at > _SIGN_OF_LIFE:
            self._save()


def _batches(found: Differences) -> list[list[LocalFile]]:
    """Return files to send, batch by batch: those of each stage that are new, then those that replace others."""
    batches = []
    for stage in range(len(STAGES)):
        for group in (found.new, [*found.changed, *found.foreign]):
            batch = sorted(file for file in group if file.stage == stage)
            if batch:
                batches.append(batch)
    return batches
