"""Compares outputs with the output folder: makes what differs, and stages it until the plan is applied."""

import hashlib  # noqa: F401 - loaded now, since `sha256` may need it when no more files can be opened
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from io import BufferedReader
from itertools import chain, groupby, islice
from pathlib import Path
from typing import Any, NamedTuple

from dateline.content.scan import stamp_of
from dateline.errors import BuildError, DatelineError, OutputError, Problem, reason_of
from dateline.fileio import is_regular, open_regular, write_new
from dateline.hashing import sha256
from dateline.output.manifest import (
    folders_above,
    is_hidden,
    is_reserved,
    is_too_long,
    obstacle,
    read_manifest,
    writing_to,
)
from dateline.parallel import Jobs, map_in_order
from dateline.paths import REPOSITORIES

WORTHWHILE = 60  # documents; to write fewer takes less time than to start processes
BATCH = 20  # pages that are made in one go
# The order in which outputs are published: each stage is complete before the next one begins, so that nothing names
# what is not there yet. Only feeds come after the pages that they name, and those that people subscribe to come last.
STAGES = ("media", "pages", "archives", "more feeds", "feeds")
_RENAME = "give one of them another name or address"


class Output(NamedTuple):
    """A file of the output folder: its path there, and how to make its bytes.

    `content` returns the bytes, or the file to copy, or what `work`, perhaps in another process, makes the bytes from.
    `key` is a key of all inputs; an empty one says that they may have changed unnoticed. `origin` names it in errors.
    `proof` returns errors for bytes that must not be published; with `is_proven`, those written under this key passed.
    A feed has a `format`, and `items` of this number; `is_main` marks the feeds that people subscribe to, and `is_copy`
    those at a further path. `may_replace` says whether it may replace a file that is not ours. `is_page` marks pages
    and their assets, of which there are many, and `is_static` files of _static, whose path is another in the posts.
    `stage` is one of STAGES.
    """

    path: str
    origin: str
    key: str
    content: Callable[[], Any]
    work: Callable[[Any], bytes] | None = None
    format: str = ""
    items: int | None = None
    is_main: bool = False
    is_copy: bool = False
    is_page: bool = False
    is_static: bool = False
    stage: str = "media"
    proof: Callable[[bytes], list[Problem]] | None = None
    is_proven: bool = True
    may_replace: Callable[[Path], bool] | None = None

    @property
    def is_feed(self) -> bool:
        """Feeds are written last."""
        return self.format != ""


class PlannedFile(NamedTuple):
    """An output, compared with the file at its path, whose `stamp` this is; `digest` is that of the new bytes.

    If it differs, the new bytes are at `staged`; if they were not to be staged, there is no digest either.
    """

    output: Output
    differs: bool
    stamp: str
    digest: str
    size: int
    staged: Path | None = None


class Plan(NamedTuple):
    """What a build would do to the output folder: files in the order of writing, and the paths of those to remove.

    Those `left_alone` were written by an earlier build and are not by this one, but may have changed since: they stay.
    `manifest` has the digests of the files that are ours, `problem` says why part of it was ignored.
    """

    files: tuple[PlannedFile, ...]
    stale: tuple[str, ...]
    left_alone: tuple[str, ...]
    manifest: Mapping[str, str]
    problem: str


class _Target(NamedTuple):
    """Where an output goes; if `is_ours`, it may replace the file there. Bytes that differ are written to `staged`."""

    folder: Path
    path: str
    origin: str
    is_ours: bool
    is_guarded: bool
    staged: str | None


_Pair = tuple[Output, _Target]
# The fields of PlannedFile after its output; or else what is wrong.
_Compared = tuple[bool, str, str, int, Path | None]
_Outcome = _Compared | list[Problem]


def plan(
    folder: Path,
    outputs: Iterable[Output],
    known: Mapping[str, tuple[str, str]],
    jobs: Jobs,
    progress: Callable[[str, int, int], None],
    staging: Path | None,
    *,
    is_rehearsal: bool = False,
) -> Plan:
    """Compare outputs with the folder. `known` has the key and the stamp of each file when it was last written.

    Stages what differs in the folder `staging`, for `apply`; a rehearsal stages no copies of files. Raises
    BuildError for two outputs with one path, for what cannot be read or must not be published, and for files of others
    in the way.
    """
    by_path = _by_path(folder, outputs)
    manifest, problem = read_manifest(folder)
    manifest |= _lost(folder, known, manifest)
    order = sorted(by_path.values(), key=lambda output: (output.is_main, output.is_feed, output.path))
    files: dict[str, PlannedFile] = {}
    changed: list[_Pair] = []
    for output in order:
        path, stamp = output.path, stamp_of(f"{folder}/{output.path}")
        is_current = known.get(path) == (output.key, stamp) and all((output.key, stamp, manifest.get(path)))
        if is_current and output.is_proven:
            files[path] = PlannedFile(output, False, stamp, manifest[path], int(stamp.partition(" ")[0]))
            continue
        if is_current:  # its bytes are still right, but have to be proven
            output = output._replace(content=partial(Path, folder, path), work=_read)
        staged = f"{staging}/{len(changed)}" if staging and (output.work or not is_rehearsal) else None
        is_ours = path in manifest or (output.may_replace is not None and output.may_replace(folder / path))
        changed.append((output, _Target(folder, path, output.origin, is_ours, output.proof is not None, staged)))
    files |= _made(folder, changed, jobs, progress)
    stale, left_alone = _left_over(folder, manifest, by_path.keys(), known.keys())
    return Plan(tuple(files[output.path] for output in order), stale, left_alone, manifest, problem)


def _lost(folder: Path, known: Mapping[str, tuple[str, str]], manifest: Mapping[str, str]) -> dict[str, str]:
    """Return files that the manifest lacks, but that are as this user's last build left them, and so ours."""
    return {path: "" for path in known.keys() - manifest.keys() if known[path][1] == stamp_of(f"{folder}/{path}")}


def _by_path(folder: Path, outputs: Iterable[Output]) -> dict[str, Output]:
    """Return outputs by path. Raises BuildError for two with one path, and for paths that cannot be written."""
    by_path: dict[str, Output] = {}
    errors: list[Problem] = []
    for output in outputs:
        path, origin = output.path, output.origin
        first = by_path.setdefault(path, output)
        if first is not output or is_reserved(path.partition("/")[0]):
            other = first.origin if first is not output else "Dateline itself"
            errors.append(_problem(folder / path, f"both {other} and {origin} would be this file", _RENAME))
        if is_hidden(path) and not REPOSITORIES.isdisjoint(path.casefold().split("/")):
            problem = f"{origin} would be written into the files of version control"
            errors.append(_problem(folder / path, problem, "give it another name or address"))
        if is_too_long(path):
            problem = f"the address of {origin} is too long for a file name"
            remedy = "write a shorter slug: in the post, or a shorter permalink in feed.toml"
            errors.append(_problem(f"{str(folder / path)[:80]}…", problem, remedy))
    if errors := [*errors, *_files_for_folders(folder, by_path)]:
        raise BuildError(errors)
    return by_path


def _files_for_folders(folder: Path, by_path: Mapping[str, Output]) -> Iterator[Problem]:
    """Yield an error for each output that needs a folder where another one is a file."""
    for output in by_path.values():
        for parent in folders_above(output.path):
            if file := by_path.get(parent):
                problem = f"{file.origin} would be this file, and {output.origin} needs a folder of that name"
                yield _problem(folder / parent, problem, _RENAME)


def _problem(path: str | Path, problem: str, remedy: str) -> Problem:
    return OutputError(str(path), None, problem, remedy).problem


def _left_over(
    folder: Path, manifest: Mapping[str, str], written: Collection[str], known: Collection[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the paths of files to remove, and to leave alone, of those that only earlier builds wrote."""
    left = [path for path in sorted(manifest.keys() - written) if os.path.lexists(folder / path)]
    stale = {path: None for path in left if _may_be_removed(folder, path, manifest[path], is_known=path in known)}
    return tuple(stale), tuple(path for path in left if path not in stale and not os.path.isdir(folder / path))


def _may_be_removed(folder: Path, path: str, digest: str, *, is_known: bool) -> bool:
    """Return whether a file that no build writes any more is certainly ours.

    If this user's own cache says so (`is_known`), it is, even if another program worked on it since. A manifest can be
    anybody's: it counts if it has the digest of the file, and never for hidden files.
    """
    if obstacle(folder, path) or not is_regular(folder / path):
        return False
    if is_known or is_hidden(path):
        return is_known
    with suppress(OSError), open(open_regular(folder / path), "rb") as file:
        return sha256(file) == digest
    return False


def _made(
    folder: Path, changed: Sequence[_Pair], jobs: Jobs, progress: Callable[[str, int, int], None]
) -> dict[str, PlannedFile]:
    """Make outputs, compare them, and stage what differs. Raises BuildError."""
    parents = {output.path.rpartition("/")[0]: output.path for output, _ in changed}
    obstacles = (obstacle(folder, path) for path in parents.values())
    errors = list(dict.fromkeys(error.problem for error in obstacles if error))
    files: dict[str, PlannedFile] = {}
    for done, (output, outcome) in enumerate(() if errors else _outcomes(changed, jobs)):
        progress("writing", done, len(changed))
        if isinstance(outcome, tuple):
            files[output.path] = PlannedFile(output, *outcome)
        else:
            errors += outcome
    if errors:
        raise BuildError(errors)
    return files


def _outcomes(changed: Sequence[_Pair], jobs: Jobs) -> Iterator[tuple[Output, _Outcome]]:
    for output, target in changed:
        if not output.work:
            try:
                yield output, _outcome(target, output.content())
            except DatelineError as error:
                yield output, list(error.problems)
    worked = [pair for pair in changed if pair[0].work]
    executor = jobs.executor(worthwhile=len(worked) >= WORTHWHILE)
    tasks = ([(output.work, output.content(), target) for output, target in batch] for batch in _batches(worked))
    results = chain.from_iterable(map_in_order(executor, _make, tasks))
    for (output, target), result in zip(worked, results, strict=True):
        if isinstance(result, bytes):
            errors = output.proof(result) if output.proof else []
            yield output, errors or _outcome(target, result)
        else:
            yield output, result


def _batches(worked: Iterable[_Pair]) -> Iterator[list[_Pair]]:
    """Yield feeds one by one, and pages, which take less time each, in batches."""
    for is_page, run in groupby(worked, key=lambda pair: pair[0].is_page):
        while batch := list(islice(run, BATCH if is_page else 1)):
            yield batch


def _make(tasks: Iterable[tuple[Any, Any, _Target]]) -> list[_Outcome | bytes]:
    """Make outputs and stage what differs, in any process. What is guarded is returned as it was made."""
    made = ((work(content), target) for work, content, target in tasks)
    return [content if target.is_guarded else _outcome(target, content) for content, target in made]


def _outcome(target: _Target, content: bytes | Path) -> _Outcome:
    """Compare bytes, or a file to copy, with the file at a target, and stage them if they differ."""
    try:
        with writing_to(target.folder):
            if isinstance(content, bytes):
                return _compared(target, content, len(content))
            with _opened(content) as source:
                return _compared(target, source, os.fstat(source.fileno()).st_size)
    except OutputError as error:
        return [error.problem]


def _compared(target: _Target, content: bytes | BufferedReader, size: int) -> _Compared:
    path = f"{target.folder}/{target.path}"
    stamp = stamp_of(path)
    is_file = is_regular(path)
    if is_file and os.stat(path).st_size == size:
        digest = sha256(content)
        with open(open_regular(path, follow=False), "rb") as file:
            if sha256(file) == digest:
                return False, stamp, digest, size, None
    # A link is replaced like a file, and its target stays; a folder or a pipe is never ours.
    if os.path.lexists(path) and not (target.is_ours and (is_file or os.path.islink(path))):
        what = "a folder" if os.path.isdir(path) else "a file that Dateline did not write"
        raise OutputError(path, None, f"{what} is where {target.origin} goes", "move it away")
    if target.staged is None:
        return True, stamp, "", size, None
    staged = Path(target.staged)
    _write(staged, content, path)
    if isinstance(content, bytes):
        return True, stamp, sha256(content), size, staged
    with _opened(staged) as copy:  # the file that was copied may have changed since
        return True, stamp, sha256(copy), os.fstat(copy.fileno()).st_size, staged


def _write(staged: Path, content: bytes | BufferedReader, path: str) -> None:
    """Write a new file that moves to `path` later. Errors name that path."""
    try:
        with suppress(FileExistsError):
            staged.parent.mkdir()
        write_new(staged, content)
    except OSError as error:
        error.filename = path
        raise


def _read(file: Path) -> bytes:
    with _opened(file) as opened:
        return opened.read()


def _opened(file: Path) -> BufferedReader:
    """Open a file to copy. Raises OutputError if it cannot be read."""
    try:
        return open(open_regular(file), "rb")
    except OSError as error:
        problem = f"cannot be read: {reason_of(error)}"
        raise OutputError(str(file), None, problem, "build again when it is there") from None
