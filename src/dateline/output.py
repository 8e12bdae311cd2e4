"""A tree of files ─▶ the output folder: only what differs, each file whole or not at all.

``OUTPUT/.dateline.json`` says which files are ours. It holds the old and the new names before the first
write and the new ones after the last, so that a build that was killed leaves nothing that the next one
does not know. What is not ours is never overwritten and never removed, save a feed at one of our names.
"""

import fcntl
import filecmp
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from dateline.errors import OutputError, Refused, printable
from dateline.reading.sources import Stat

MANIFEST = ".dateline.json"
LOCK = ".dateline.lock"
PATIENCE = 5.0  # seconds that a build waits for another one
_TEMPORARY = ".dateline-tmp"


@dataclass(frozen=True, slots=True)
class Product:
    """A file of the output: `make` gives its bytes, or the file to copy.

    `key` changes when its inputs do; an empty one says that they cannot be trusted to tell.
    """

    path: str
    origin: str
    key: str
    make: Callable[[], bytes | Path]
    items: int | None = None

    @property
    def is_feed(self) -> bool:
        """Feeds are written last, and take the place of feeds that others wrote."""
        return self.items is not None


@dataclass(frozen=True, slots=True)
class Planned:
    """A product against what stands in the output folder. `content` is None where that is known to be the same."""

    product: Product
    content: bytes | Path | None
    differs: bool
    before: bytes | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build would do to an output folder: files in the order of writing, and those to remove."""

    files: tuple[Planned, ...]
    stale: tuple[str, ...]
    manifest: Mapping[str, str]


def plan(folder: Path, products: Iterable[Product], known: Mapping[str, tuple[str, Stat]]) -> Plan:
    """Compare products with the folder. `known` says under which key a file was written, and its stat since.

    Raises Refused where two products have one path, or a file of somebody else's is in the way.
    """
    tree = _tree(folder, products)
    manifest = _read_manifest(folder)
    errors: list[OutputError] = []
    files: list[Planned] = []
    for product in sorted(tree.values(), key=lambda product: (product.is_feed, product.path)):
        try:
            with _mendable(folder):
                files.append(_compare(folder, product, manifest, known.get(product.path)))
        except OutputError as error:
            errors.append(error)
    if errors:
        raise Refused(errors)
    stale = sorted(path for path in manifest if path not in tree and (folder / path).is_file())
    return Plan(tuple(files), tuple(stale), manifest)


def _tree(folder: Path, products: Iterable[Product]) -> dict[str, Product]:
    """The products by path. Two of one path, or one where another needs a folder, are an error."""
    tree: dict[str, Product] = {}
    errors = []
    for product in products:
        first = tree.setdefault(product.path, product)
        if first is not product or product.path in (MANIFEST, LOCK):
            other = first.origin if first is not product else "Dateline itself"
            problem = f"both {other} and {product.origin} would be this file"
            errors.append(OutputError(str(folder / product.path), None, problem, "rename one of them"))
    for product in tree.values():
        for parent in (str(parent) for parent in Path(product.path).parents):
            if parent in tree:
                problem = f"{tree[parent].origin} would be this file, and {product.origin} needs a folder of that name"
                errors.append(OutputError(str(folder / parent), None, problem, "rename one of them"))
    if errors:
        raise Refused(errors)
    return tree


def _compare(folder: Path, product: Product, manifest: Mapping[str, str], known: tuple[str, Stat] | None) -> Planned:
    place = folder / product.path
    there = _stat(place)
    if product.key and there and known == (product.key, there) and product.path in manifest:
        return Planned(product, None, False, None)
    content = product.make()
    if place.is_dir():
        raise OutputError(str(place), None, f"a folder is where {product.origin} goes", "move it away")
    before = place.read_bytes() if there and product.is_feed else None
    same = there is not None and (
        filecmp.cmp(content, place, shallow=False) if isinstance(content, Path) else place.read_bytes() == content
    )
    if there and not same and not product.is_feed and product.path not in manifest:
        raise OutputError(
            str(place), None, f"a file that Dateline did not write is where {product.origin} goes", "move it away"
        )
    return Planned(product, content, not same, before)


def _stat(place: Path) -> Stat | None:
    with suppress(OSError):
        if place.is_file():
            return Stat.of(place.stat())
    return None


def _read_manifest(folder: Path) -> Mapping[str, str]:
    """The files that are ours, and the digests of their bytes. One that cannot be read claims nothing."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    ours = manifest.items() if isinstance(manifest, dict) else ()
    return {path: str(digest) for path, digest in ours if _is_below(path)}


def _is_below(path: str) -> bool:
    """Whether a path of the manifest is one that a build could have written."""
    is_text = not any("\ud800" <= character <= "\udfff" for character in path)
    return is_text and not os.path.isabs(path) and ".." not in path.split("/")


def carry_out(folder: Path, plan: Plan) -> dict[str, tuple[str, Stat]]:
    """Write what differs and remove what is stale; gives the key and stat of each file as it stands now.

    Raises OutputError where the folder cannot be written; each file is then the old or the new one, whole.
    """
    differing = [planned for planned in plan.files if planned.differs]
    with _mendable(folder):
        after = {
            planned.product.path: plan.manifest[planned.product.path]
            if planned.content is None
            else _digest(planned.content)
            for planned in plan.files
        }
        _sweep(folder, (*plan.manifest, *after))
        if differing or plan.stale or plan.manifest != after:
            _write_manifest(folder, {**plan.manifest, **after})
        for planned in differing:
            assert planned.content is not None
            _replace(folder / planned.product.path, planned.content)
        for path in plan.stale:
            _remove(folder, path)
        _write_manifest(folder, after)
        stats = {planned.product.path: Stat.of((folder / planned.product.path).stat()) for planned in plan.files}
    return {planned.product.path: (planned.product.key, stats[planned.product.path]) for planned in plan.files}


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the output folder, made if need be, against other builds. Raises OutputError after PATIENCE."""
    made = not folder.exists()
    with _mendable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = _acquire(folder / LOCK)
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"process {os.getpid()}\n".encode())
        yield
    finally:
        with suppress(OSError):
            (folder / LOCK).unlink()
            if made:
                folder.rmdir()  # which does nothing to one that was written to
        os.close(descriptor)


def _acquire(file: Path) -> int:
    until = time.monotonic() + PATIENCE
    while True:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever held it last removes the file: a lock on one that is gone is a lock on nothing.
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), os.stat(file)):
                    return descriptor
        except BlockingIOError:
            if time.monotonic() > until:
                holder = printable(os.pread(descriptor, 100, 0).decode(errors="replace").strip())
                os.close(descriptor)
                raise OutputError(
                    str(file.parent), None, f"another build is at work here ({holder})", "wait until it has ended"
                ) from None
        os.close(descriptor)
        time.sleep(0.05)


@contextmanager
def _mendable(folder: Path) -> Iterator[None]:
    """What the system has against writing, said so that it can be mended."""
    try:
        yield
    except OSError as error:
        place = Path(error.filename or folder)
        if place.name.endswith(_TEMPORARY):
            place = place.with_name(place.name.removesuffix(_TEMPORARY)[1:])
        if place.name in (LOCK, MANIFEST):
            place = folder
        reason = (error.strerror or str(error)).lower()
        remedy = "see that there is room, that it is a folder and that you may write there"
        raise OutputError(str(place), None, f"cannot be written: {reason}", remedy) from None


def _write_manifest(folder: Path, manifest: Mapping[str, str]) -> None:
    content = (json.dumps(dict(sorted(manifest.items())), ensure_ascii=False, indent=0) + "\n").encode()
    place = folder / MANIFEST
    if not place.is_file() or place.read_bytes() != content:
        _replace(place, content)


def _replace(place: Path, content: bytes | Path) -> None:
    """Put a whole file in place, with the usual mode, or leave the one that is there."""
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = place.with_name(f".{place.name}{_TEMPORARY}")
    try:
        with open(temporary, "wb") as file:
            if isinstance(content, Path):
                with _source(content) as source:
                    shutil.copyfileobj(source, file)
            else:
                file.write(content)
        temporary.replace(place)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(temporary)
        raise


def _remove(folder: Path, path: str) -> None:
    """Remove a file of ours, and the folders that it leaves empty."""
    (folder / path).unlink(missing_ok=True)
    for parent in Path(path).parents:
        if parent == Path():
            break
        with suppress(OSError):
            (folder / parent).rmdir()


def _sweep(folder: Path, paths: Iterable[str]) -> None:
    """Remove temporary files that a killed build left beside files of ours."""
    for parent in {(folder / path).parent for path in (MANIFEST, *paths)}:
        for temporary in parent.glob(f".*{_TEMPORARY}"):
            temporary.unlink(missing_ok=True)


def _source(file: Path) -> BufferedReader:
    """A file to copy, open. Raises OutputError where it is there no longer."""
    try:
        return open(file, "rb")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise OutputError(str(file), None, f"cannot be read: {reason}", "build again when it is there") from None


def _digest(content: bytes | Path) -> str:
    if isinstance(content, Path):
        with _source(content) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    return hashlib.sha256(content).hexdigest()
