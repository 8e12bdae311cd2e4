"""Products against what stands in the output folder: what differs is made, and written beside it."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from dateline.content.scan import stamp_of
from dateline.errors import DatelineError, OutputError, Refused
from dateline.fileio import create_new, is_regular, read_regular, write_all
from dateline.output.copy import copy, digest_of, read, same_digest
from dateline.output.manifest import folders_above, in_the_way, is_reserved, is_too_long, read_manifest, writing_to
from dateline.parallel import Jobs, in_order
from dateline.paths import REPOSITORIES

WORTHWHILE = 60  # documents; to write fewer takes less time than to start processes
BATCH = 20  # pages that are made in one go


class Product(NamedTuple):
    """A file of the output. `content` gives its bytes, the file to copy, or that of which `work` makes the bytes.

    `key` changes when its inputs do; an empty one says that they cannot be trusted to tell. `work` may be done
    in another process. `proof` gives what must not be in the bytes, `is_proven` says that nothing is in those that this
    key has been written under. `items` is how many a feed holds; `is_main` says that it is the one that people
    subscribe to, `is_page` that it is a page, or what pages need, of which there are many, and `is_static` that it is a
    file of _static, which lies elsewhere in the output.
    """

    path: str
    origin: str
    key: str
    content: Callable[[], Any]
    work: Callable[[Any], bytes] | None = None
    items: int | None = None
    is_main: bool = False
    is_page: bool = False
    is_static: bool = False
    proof: Callable[[bytes], list[DatelineError]] | None = None
    is_proven: bool = True

    @property
    def is_feed(self) -> bool:
        """Feeds are written last, and take the place of feeds that others wrote."""
        return self.items is not None


class Planned(NamedTuple):
    """A product against what stands in its place. `stamp` is that of the file there, `digest` of what is to be there.

    `staged` is where what differs has been written, if it is to be; otherwise such a file has no digest.
    """

    product: Product
    differs: bool
    stamp: str
    digest: str
    size: int
    staged: Path | None = None


class Plan(NamedTuple):
    """What a build would do to an output folder: files in the order of writing, and those to remove.

    `kept` are files that an earlier build wrote and this one would not, but that somebody changed since: they stay.
    `manifest` says which files are ours, and `problem` why some of it was not believed.
    """

    files: tuple[Planned, ...]
    stale: tuple[str, ...]
    kept: tuple[str, ...]
    manifest: Mapping[str, str]
    problem: str


def plan(
    folder: Path,
    products: Iterable[Product],
    known: Mapping[str, tuple[str, str]],
    jobs: Jobs,
    progress: Callable[[str, int, int], None],
    staging: Path | None,
    *,
    is_rehearsal: bool = False,
) -> Plan:
    """Compare products with the folder. `known` says under which key a file was written, and its stamp since.

    What differs is written into the folder `staging`, for `carry_out`; in a rehearsal only what was made, without
    copies of files. Raises Refused where two products have one path, something cannot be read or must not be there, or
    a file of somebody else's is in the way.
    """
    tree = _tree(folder, products)
    manifest, problem = read_manifest(folder)
    # What it lacks is ours all the same where it is just as this user's last build left it.
    lost = {path for path in known.keys() - manifest.keys() if known[path][1] == stamp_of(f"{folder}/{path}")}
    manifest = {**dict.fromkeys(lost, ""), **manifest}
    order = sorted(tree.values(), key=lambda product: (product.is_main, product.is_feed, product.path))
    files: dict[str, Planned] = {}
    changed: list[Product] = []
    for product in order:
        stamp = stamp_of(f"{folder}/{product.path}")
        is_as_left = product.key and stamp and known.get(product.path) == (product.key, stamp)
        if not (is_as_left and manifest.get(product.path)):
            changed.append(product)
        elif product.is_proven:
            size = int(stamp.partition(" ")[0])
            files[product.path] = Planned(product, False, stamp, manifest[product.path], size)
        else:
            changed.append(product._replace(content=partial(Path, folder, product.path), work=read))
    errors: list[DatelineError] = _obstacles(folder, changed)
    if errors:
        raise Refused(errors)
    targets = [_target(folder, product, manifest, staging, number) for number, product in enumerate(changed)]
    if is_rehearsal:
        targets = [t if p.work else t._replace(staged=None) for p, t in zip(changed, targets, strict=True)]
    for done, (product, found) in enumerate(_made(list(zip(changed, targets, strict=True)), jobs)):
        progress("writing", done, len(changed))
        if isinstance(found, _Compared):
            files[product.path] = Planned(product, *found)
        else:
            errors += found
    if errors:
        raise Refused(errors)
    left = [path for path in sorted(manifest.keys() - tree.keys()) if os.path.lexists(folder / path)]
    stale = {path for path in left if _may_be_removed(folder, path, manifest[path], is_known=path in known)}
    kept = (path for path in left if path not in stale and not os.path.isdir(folder / path))
    return Plan(tuple(files[p.path] for p in order), tuple(sorted(stale)), tuple(kept), manifest, problem)


def _obstacles(folder: Path, products: Iterable[Product]) -> list[DatelineError]:
    """Links and files where folders have to be, each once."""
    parents = {product.path.rpartition("/")[0]: product.path for product in products}
    found = {str(error): error for path in parents.values() if (error := in_the_way(folder, path))}
    return list(found.values())


def _may_be_removed(folder: Path, path: str, digest: str, *, is_known: bool) -> bool:
    """Whether a file that no build writes any more is ours for certain.

    It is where this user's own cache says so (`is_known`), even if some other program worked on it since. A manifest
    may be anybody's: it is believed where it knows the digest, and never of hidden files.
    """
    place = folder / path
    if in_the_way(folder, path) or not is_regular(place):
        return False
    try:
        return is_known or (not _is_hidden(path) and digest_of(place) == digest)
    except OutputError:
        return False


def _is_hidden(path: str) -> bool:
    return path.startswith(".") or "/." in path


class _Target(NamedTuple):
    """Where something goes: into a folder, under a path. `is_ours`: what stands there may be replaced.

    `staged` is where it is to be written if it differs from that, but not before the proof of what is `guarded`.
    """

    folder: Path
    path: str
    origin: str
    is_ours: bool
    is_guarded: bool
    staged: str | None


class _Compared(NamedTuple):
    """What was made, against what stands in its place: the fields of Planned."""

    differs: bool
    stamp: str
    digest: str
    size: int
    staged: Path | None


# What `work` is to make of a content, and where that goes; and what came of it, or what is wrong with it.
_Task = tuple[Callable[[Any], bytes], Any, _Target]
_Outcome = _Compared | Sequence[DatelineError]


def _target(folder: Path, product: Product, manifest: Mapping[str, str], staging: Path | None, number: int) -> _Target:
    is_ours = product.is_feed or product.path in manifest
    staged = f"{staging}/{number}" if staging else None
    return _Target(folder, product.path, product.origin, is_ours, product.proof is not None, staged)


def _made(wanted: Sequence[tuple[Product, _Target]], jobs: Jobs) -> Iterator[tuple[Product, _Outcome]]:
    """Each product, compared with what stands in its place, or what is wrong with it."""
    worked = [(product, target) for product, target in wanted if product.work is not None]
    for product, target in wanted:
        if product.work is None:
            yield product, _copied(product, target)
    executor = jobs.executor(worthwhile=len(worked) >= WORTHWHILE)
    for batch, found in zip(_batches(worked), in_order(executor, _work, map(_tasks, _batches(worked))), strict=True):
        for (product, target), outcome in zip(batch, found, strict=True):
            yield product, _proven(product, target, outcome) if isinstance(outcome, bytes) else outcome


def _copied(product: Product, target: _Target) -> _Outcome:
    try:
        return _tried(target, product.content())
    except DatelineError as error:
        return [error]


def _proven(product: Product, target: _Target, content: bytes) -> _Outcome:
    wrong = product.proof(content) if product.proof else []
    return wrong or _tried(target, content)


def _batches(worked: Sequence[tuple[Product, _Target]]) -> Iterator[Sequence[tuple[Product, _Target]]]:
    """Feeds one by one, and as many pages together as take as long: to hand out each by itself takes time."""
    first = 0
    while first < len(worked):
        last = first + 1
        while last < min(len(worked), first + BATCH) and worked[first][0].is_page and worked[last][0].is_page:
            last += 1
        yield worked[first:last]
        first = last


def _tasks(batch: Sequence[tuple[Product, _Target]]) -> list[_Task]:
    return [(product.work, product.content(), target) for product, target in batch if product.work is not None]


def _work(tasks: Sequence[_Task]) -> list[_Outcome | bytes]:
    """Make things and write what differs, in whatever process. What is guarded comes back as it was made."""
    made = ((work(content), target) for work, content, target in tasks)
    return [content if target.is_guarded else _tried(target, content) for content, target in made]


def _tried(target: _Target, content: bytes | Path) -> _Outcome:
    try:
        return _compared(target, content)
    except OutputError as error:
        return [error]


def _tree(folder: Path, products: Iterable[Product]) -> dict[str, Product]:
    """The products by path. Two of one path, or one where another needs a folder, are an error."""
    tree: dict[str, Product] = {}
    errors = []
    for product in products:
        first = tree.setdefault(product.path, product)
        place = str(folder / product.path)
        if first is not product or is_reserved(product.path.partition("/")[0]):
            other = first.origin if first is not product else "Dateline itself"
            problem = f"both {other} and {product.origin} would be this file"
            errors.append(OutputError(place, None, problem, "give one of them another name or address"))
        if _is_hidden(product.path) and not REPOSITORIES.isdisjoint(product.path.casefold().split("/")):
            problem = f"{product.origin} would be written into the files of version control"
            errors.append(OutputError(place, None, problem, "give it another name or address"))
        if is_too_long(product.path):
            problem = f"the address of {product.origin} is too long for a file name"
            remedy = "write a shorter slug: in the post, or a shorter permalink in feed.toml"
            errors.append(OutputError(f"{place[:80]}…", None, problem, remedy))
    seen: set[str] = set()
    for path, product in tree.items():
        for parent in folders_above(path):
            if parent in seen:
                break
            if parent not in tree:
                seen.add(parent)
            else:
                needs = f"{product.origin} needs a folder of that name"
                problem = f"{tree[parent].origin} would be this file, and {needs}"
                errors.append(
                    OutputError(str(folder / parent), None, problem, "give one of them another name or address")
                )
    if errors:
        raise Refused(errors)
    return tree


def _compared(target: _Target, content: bytes | Path) -> _Compared:
    """What is to be at a target, which is written beside it where it differs. Raises OutputError."""
    place = f"{target.folder}/{target.path}"
    with writing_to(target.folder):
        stamp = stamp_of(place)
        is_file = is_regular(place)
        digest = _same_digest(content, Path(place)) if is_file else None
        if digest is not None:
            return _Compared(False, stamp, digest, _size(content), None)
        is_there = is_file or os.path.lexists(place)
        # A link is replaced like a file, and what it leads to stays; a folder or a pipe is never ours.
        if is_there and not (target.is_ours and (is_file or os.path.islink(place))):
            what = "a folder" if os.path.isdir(place) else "a file that Dateline did not write"
            raise OutputError(place, None, f"{what} is where {target.origin} goes", "move it away")
        if target.staged is None:
            return _Compared(True, stamp, "", _size(content), None)
        staged = Path(target.staged)
        _write(staged, content, place)
        if isinstance(content, bytes):
            return _Compared(True, stamp, hashlib.sha256(content).hexdigest(), len(content), staged)
        # Of what was written: the file that it was copied from may be another by now.
        return _Compared(True, stamp, digest_of(staged), _size(staged), staged)


def _same_digest(content: bytes | Path, place: Path) -> str | None:
    """The digest of what is to be at a place, where it is there."""
    if isinstance(content, Path):
        return same_digest(content, place)
    is_same = place.stat().st_size == len(content) and read_regular(place, follow=False) == content
    return hashlib.sha256(content).hexdigest() if is_same else None


def _write(staged: Path, content: bytes | Path, place: str) -> None:
    """Write a whole file, with the usual mode, that is to take its place later."""
    try:
        descriptor = _opened(staged)
        if isinstance(content, bytes):
            write_all(descriptor, content)
        else:
            copy(content, descriptor)
    except OSError as error:
        error.filename = place
        raise


def _opened(staged: Path) -> int:
    try:
        return create_new(staged)
    except FileNotFoundError:
        staged.parent.mkdir(exist_ok=True)
        return create_new(staged)


def _size(content: bytes | Path) -> int:
    return content.stat().st_size if isinstance(content, Path) else len(content)
