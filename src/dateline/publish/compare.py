"""Find out which files a target lacks, without asking it about each one: it has what its manifest says.

Only files that the manifest does not have, or that an upload in progress was about to change, are looked at; and all
files, once a week or where the user asks for it.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from dateline.hashing import sha256
from dateline.publish.manifest import Manifest, Record
from dateline.publish.model import Held, LocalFile, SendOptions, Store
from dateline.publish.workers import Workers

CHECKED_FOR = 7 * 86400  # seconds after which all files are compared again
MOST_READ = 2**25  # bytes of a file that is read from the store to see what is in it
_FEW = 50  # files that are asked for one by one


class Differences(NamedTuple):
    """How files differ from those on the target.

    - `same`: what the manifest should say of the files that need not be sent.
    - `new`: files that are not there. `changed`: others in their place, all ours.
    - `foreign`: others in their place that are not ours.
    - `stale`: paths that were sent earlier, and have no file now.
    - `is_full`: all files were looked at.
    """

    same: dict[str, Record]
    new: list[LocalFile]
    changed: list[LocalFile]
    foreign: list[LocalFile]
    stale: list[str]
    is_full: bool


def differences(
    store: Store, workers: Workers, manifest: Manifest, files: Sequence[LocalFile], options: SendOptions
) -> Differences:
    """Compare files with a target that has this manifest. Raises TargetError."""
    is_full = options.verify_all or not 0 <= time.time() - manifest.checked < CHECKED_FOR
    records = {path: record for path, record in manifest.files.items() if path not in manifest.pending}
    ours = manifest.files.keys() | manifest.pending.keys()
    unknown = [file.path for file in files if is_full or file.path not in records]
    states = _states(store, workers, unknown, is_full=is_full)
    found = Differences({}, [], [], [], sorted(ours.difference(file.path for file in files)), is_full)
    others = list(_unlike_recorded(found, records, states, files, options))
    for file, is_same in workers.run(partial(_has, store, states), others):
        if is_same:
            found.same[file.path] = Record(file.digest, file.stage, states[file.path])
        else:
            (found.changed if file.path in ours else found.foreign).append(file)
    return found


def _unlike_recorded(
    found: Differences,
    records: Mapping[str, Record],
    states: Mapping[str, Held],
    files: Sequence[LocalFile],
    options: SendOptions,
) -> Iterator[LocalFile]:
    """Put files where they belong by what is recorded; yield those in whose place there is something else."""
    for file in files:
        record, held = records.get(file.path), states.get(file.path)
        if record and _is_same(record, held, file, options, is_full=found.is_full):
            found.same[file.path] = record._replace(stage=file.stage, held=held or record.held)
        elif record and not found.is_full:
            found.changed.append(file)
        elif held is None:
            found.new.append(file)
        else:
            yield file


def _states(store: Store, workers: Workers, paths: Sequence[str], *, is_full: bool) -> Mapping[str, Held]:
    """Return the state of the files at these paths that are on the target."""
    if is_full or len(paths) > _FEW:
        return workers.retried(lambda _: store.listing(), None)
    found = workers.run(store.stat, paths)
    return {path: held for path, held in found if held}


def _is_same(record: Record, held: Held | None, file: LocalFile, options: SendOptions, *, is_full: bool) -> bool:
    """Return whether a file is as the manifest says; if it was looked at and has no version, its size has to do."""
    if record.digest != file.digest or not is_full:
        return record.digest == file.digest
    if held is None:
        return False
    if record.held and record.held.version and held.version:
        return record.held == held
    return held.size == (record.held.size if record.held else file.size) and not options.verify_all


def _has(store: Store, states: Mapping[str, Held], file: LocalFile) -> bool:
    """Return whether the target has the very bytes of a file, as far as that is known without reading too much."""
    if not states[file.path].size == file.size <= MOST_READ:
        return False
    content = store.read(file.path, file.size)
    return content is not None and sha256(content) == file.digest
