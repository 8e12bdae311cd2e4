"""Compares outputs with the output folder: makes what differs, and stages it until the plan is applied.

What goes into a folder that is not there yet is staged in folders of the same names, so that these can be moved with
all that is in them; what goes into one that is there is staged under a number, and moved by itself.
"""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple
from unicodedata import normalize

from dateline.content.scan import stamp_of
from dateline.errors import BuildError, DatelineError, OutputError, Problem
from dateline.fileio import is_regular, open_regular
from dateline.hashing import sha256
from dateline.output.folders import Folders, folders_above, obstacle
from dateline.output.manifest import is_hidden, is_reserved, is_too_long, read_manifest
from dateline.output.staging import Outcome, Staged, Target, Work, make, read_whole, stage
from dateline.parallel import Jobs, map_in_order
from dateline.paths import REPOSITORIES

WORTHWHILE = 60  # documents; to write fewer takes less time than to start processes
BATCH, MIN_BATCH = 250, 20  # the weight of what is made in one go
SHARES = 4  # tasks for each process, at least, so that none is idle for long at the end
# The order in which outputs are published: each stage is complete before the next one begins, so that nothing names
# what is not there yet. Only feeds come after the pages that they name, and those that people subscribe to come last.
STAGES = ("media", "pages", "archives", "more feeds", "feeds")
_RENAME = "give one of them another name or address"
_NEVER = ("", "")  # the key and the stamp of a file that was not written


class Output(NamedTuple):
    """A file of the output folder: its path there, and how to make its bytes.

    `content` returns the bytes, the file to copy, or the pieces of a document, which then is never in memory as a
    whole; or else what `work`, perhaps in another process, makes one of these from. It makes several outputs that have
    it in common, so that what these need is read together.
    `key` is a key of all inputs; an empty one says that they may have changed unnoticed. `origin` names it in errors.
    `proof` returns errors for bytes that must not be published; with `is_proven`, those written under this key passed.
    A feed has a `format`, and `items` of this number; `is_main` marks the feeds that people subscribe to, and `is_copy`
    those at a further path. `may_replace` says whether it may replace a file that is not ours. `is_page` marks pages
    and their assets, of which there are many, and `is_static` files of _static, whose path is another in the posts.
    `stage` is one of STAGES. `weight` says how many pages of one post take as long to make.
    """

    path: str
    origin: str
    key: str
    content: Callable[[], Any]
    work: Work | None = None
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
    weight: int = 1

    @property
    def is_feed(self) -> bool:
        """Feeds are written last."""
        return self.format != ""


class PlannedFile(NamedTuple):
    """An output, compared with the file at its path: the stamp, digest and size of whichever of them stays.

    If it differs, the new file is at `staged`, perhaps in a `new_folder`, the outermost one of its path that was not
    there; what was not to be staged has neither a stamp nor perhaps a digest.
    """

    output: Output
    differs: bool
    stamp: str
    digest: str
    size: int
    staged: str = ""
    new_folder: str = ""


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


class _Changed(NamedTuple):
    """An output to make, and where it goes, perhaps in a new folder."""

    output: Output
    target: Target
    new_folder: str


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

    Stages what differs in the folder `staging`, new or empty, for `apply`; a rehearsal stages no copies of files.
    Raises BuildError for two outputs with one path, for what cannot be read or must not be published, and for files of
    others in the way.
    """
    by_path = _by_path(folder, outputs)
    manifest, problem = read_manifest(folder)
    manifest |= _lost(folder, known, manifest)
    order = sorted(by_path.values(), key=lambda output: (output.is_main, output.is_feed, output.path))
    files: dict[str, PlannedFile] = {}
    changed: list[Output] = []
    for output in order:
        path = output.path
        key, stamp = known.get(path, _NEVER)
        is_known = key == output.key and all((key, stamp, manifest.get(path)))
        if not is_known or stamp != stamp_of(f"{folder}/{path}"):
            changed.append(output)
        elif output.is_proven:
            files[path] = PlannedFile(output, False, stamp, manifest[path], int(stamp.partition(" ")[0]))
        else:  # its bytes are still right, but have to be proven
            changed.append(output._replace(content=partial(Path, folder, path), work=partial(map, read_whole)))
    to_make = _to_make(folder, changed, manifest, staging, is_rehearsal=is_rehearsal)
    files |= _made(folder, to_make, jobs, progress)
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
        if first is not output:
            errors.append(_problem(folder / path, f"both {first.origin} and {origin} would be this file", _RENAME))
        if is_hidden(path):
            errors += _hidden_errors(folder, output)
        if is_too_long(path):
            problem = f"the address of {origin} is too long for a file name"
            remedy = "write a shorter slug: in the post, or a shorter permalink in feed.toml"
            errors.append(_problem(f"{str(folder / path)[:80]}…", problem, remedy))
    if errors := [*errors, *_files_for_folders(folder, by_path)]:
        raise BuildError(errors)
    return by_path


def _hidden_errors(folder: Path, output: Output) -> Iterator[Problem]:
    """Yield what is wrong with a path that leads through a name that begins with a dot."""
    path, origin = output.path, output.origin
    if is_reserved(path.partition("/")[0]):
        yield _problem(folder / path, f"both Dateline itself and {origin} would be this file", _RENAME)
    if not REPOSITORIES.isdisjoint(path.casefold().split("/")):
        problem = f"{origin} would be written into the files of version control"
        yield _problem(folder / path, problem, "give it another name or address")


def _files_for_folders(folder: Path, by_path: Mapping[str, Output]) -> Iterator[Problem]:
    """Yield an error for each output that needs a folder where another one is a file."""
    if by_path.keys().isdisjoint(_all_folders(by_path)):
        return
    for output in by_path.values():
        for parent in folders_above(output.path):
            if file := by_path.get(parent):
                problem = f"{file.origin} would be this file, and {output.origin} needs a folder of that name"
                yield _problem(folder / parent, problem, _RENAME)


def _all_folders(paths: Iterable[str]) -> set[str]:
    """Return every folder that paths lead through."""
    found: set[str] = set()
    while paths := {path.rpartition("/")[0] for path in paths} - found - {""}:
        found |= paths
    return found


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


def _to_make(
    folder: Path, changed: Iterable[Output], manifest: Collection[str], staging: Path | None, *, is_rehearsal: bool
) -> list[_Changed]:
    """Return where outputs go, and where they are staged. Raises BuildError for what is in the way of their folders."""
    folders = Folders(folder)
    spelled: dict[str, str] = {}
    found: list[_Changed] = []
    errors: dict[Problem, None] = {}
    for output in changed:
        path = output.path
        try:
            new = folders.new_above(path)
        except OutputError as error:
            errors[error.problem] = None
            continue
        is_ours = path in manifest or (not new and output.may_replace is not None and output.may_replace(folder / path))
        # To some file systems, folders are the same whose names differ in case; only one of them can be moved.
        moves = new if spelled.setdefault(normalize("NFC", new).casefold(), new) == new else ""
        staged = f"{staging}/new/{path}" if moves else f"{staging}/{len(found)}"
        if not staging or (is_rehearsal and not output.work):
            staged = ""
        target = Target(path, output.origin, is_ours, bool(new), output.proof is not None, staged)
        found.append(_Changed(output, target, moves))
    if errors:
        raise BuildError(errors)
    return found


def _made(
    folder: Path, changed: Sequence[_Changed], jobs: Jobs, progress: Callable[[str, int, int], None]
) -> dict[str, PlannedFile]:
    """Make outputs, compare them, and stage what differs. Raises BuildError."""
    files: dict[str, PlannedFile] = {}
    errors: list[Problem] = []
    for done, ((output, target, new_folder), outcome) in enumerate(_outcomes(str(folder), changed, jobs)):
        progress("writing", done, len(changed))
        if not isinstance(outcome, Staged):
            errors += outcome
        elif outcome.differs:
            files[output.path] = PlannedFile(output, *outcome, target.staged, new_folder)
        else:
            files[output.path] = PlannedFile(output, *outcome)
    if errors:
        raise BuildError(errors)
    return files


def _outcomes(folder: str, changed: Sequence[_Changed], jobs: Jobs) -> Iterator[tuple[_Changed, Outcome]]:
    for one in changed:
        if not one.output.work:
            try:
                yield one, stage(folder, one.target, one.output.content())
            except DatelineError as error:
                yield one, list(error.problems)
    worked = [one for one in changed if one.output.work]
    executor = jobs.executor(worthwhile=len(worked) >= WORTHWHILE)
    batches = _batches(worked, jobs.count)
    tasks = ([(output.work, output.content(), target) for output, target, _ in batch] for batch in batches)
    results = chain.from_iterable(map_in_order(executor, partial(make, folder), tasks))
    for one, result in zip(worked, results, strict=True):
        if isinstance(result, bytes):
            errors = one.output.proof(result) if one.output.proof else []
            yield one, errors or stage(folder, one.target, result)
        else:
            yield one, result


def _batches(worked: Sequence[_Changed], processes: int) -> Iterator[list[_Changed]]:
    """Yield what is made in one go: outputs of so much weight, or a single one of more.

    A feed in several formats is made in one go if it is not that large, since its entries are then read once.
    """
    most = min(BATCH, max(MIN_BATCH, len(worked) // (SHARES * processes)))
    batch: list[_Changed] = []
    size, folder = 0, None
    for one in worked:
        weight, before = one.output.weight, folder
        folder = one.output.path.rpartition("/")[0] if one.output.is_feed and weight <= most else None
        if batch and size + weight > most and (folder is None or folder != before):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += weight
    if batch:
        yield batch
