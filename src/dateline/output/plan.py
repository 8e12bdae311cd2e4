"""Products against what stands in the output folder: what differs is made, and written beside it."""

import filecmp
import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import BufferedReader
from pathlib import Path
from typing import Any, NamedTuple

from dateline.errors import DatelineError, OutputError, Refused
from dateline.jobs import Jobs, in_order
from dateline.output.manifest import STAGING, folders_above, mendable, read_manifest
from dateline.reading.files import stamp_of
from dateline.receipt import LOCK, MANIFEST

WORTHWHILE = 60  # documents; to write fewer takes less time than to start processes


class Product(NamedTuple):
    """A file of the output. `content` gives its bytes, the file to copy, or that of which `work` makes the bytes.

    `key` changes when its inputs do; an empty one says that they cannot be trusted to tell. `work` may be done
    in another process. `proof` gives what must not be in the bytes. `items` is how many a feed holds; `is_main`
    says that it is the one that people subscribe to.
    """

    path: str
    origin: str
    key: str
    content: Callable[[], Any]
    work: Callable[[Any], bytes] | None = None
    items: int | None = None
    is_main: bool = False
    proof: Callable[[bytes], list[DatelineError]] | None = None

    @property
    def is_feed(self) -> bool:
        """Feeds are written last, and take the place of feeds that others wrote."""
        return self.items is not None


class Planned(NamedTuple):
    """A product against what stands in its place. `stamp` is that of the file there, `digest` of what is to be there.

    `staged` is where what differs has been written, if it is to be.
    """

    product: Product
    differs: bool
    stamp: str
    digest: str
    size: int
    staged: Path | None = None


class Plan(NamedTuple):
    """What a build would do to an output folder: files in the order of writing, and those to remove."""

    files: tuple[Planned, ...]
    stale: tuple[str, ...]
    manifest: Mapping[str, str]


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
    manifest = read_manifest(folder)
    order = sorted(tree.values(), key=lambda product: (product.is_main, product.is_feed, product.path))
    files: dict[str, Planned] = {}
    for product in order:
        stamp = stamp_of(folder / product.path)
        if product.key and stamp and known.get(product.path) == (product.key, stamp) and product.path in manifest:
            size = int(stamp.partition(" ")[0])
            files[product.path] = Planned(product, False, stamp, manifest[product.path], size)
    changed = [product for product in order if product.path not in files]
    errors: list[DatelineError] = []
    for done, (product, content) in enumerate(_made(changed, jobs, errors)):
        progress("writing", done, len(changed))
        if product.proof and (wrong := product.proof(content)):
            errors += wrong
            continue
        staged = staging / str(done) if staging and not (is_rehearsal and isinstance(content, Path)) else None
        try:
            with mendable(folder):
                files[product.path] = _compare(folder, product, content, manifest, staged)
        except OutputError as error:
            errors.append(error)
    if errors:
        raise Refused(errors)
    stale = sorted(path for path in manifest if path not in tree and (folder / path).is_file())
    return Plan(tuple(files[product.path] for product in order), tuple(stale), manifest)


def _made(products: Iterable[Product], jobs: Jobs, errors: list[DatelineError]) -> Iterator[tuple[Product, Any]]:
    """What each product consists of: bytes, or a file to copy. Those that cannot be had are left out."""
    copies = [product for product in products if product.work is None]
    worked = [product for product in products if product.work is not None]
    tasks = ((product.work, product.content()) for product in products if product.work is not None)
    for product in copies:
        try:
            yield product, product.content()
        except DatelineError as error:
            errors.append(error)
    executor = jobs.executor(worthwhile=len(worked) >= WORTHWHILE)
    yield from zip(worked, in_order(executor, _work, tasks), strict=True)


def _work(task: tuple[Callable[[Any], bytes], Any]) -> bytes:
    work, content = task
    return work(content)


def _tree(folder: Path, products: Iterable[Product]) -> dict[str, Product]:
    """The products by path. Two of one path, or one where another needs a folder, are an error."""
    tree: dict[str, Product] = {}
    errors = []
    for product in products:
        first = tree.setdefault(product.path, product)
        if first is not product or product.path.partition("/")[0] in (MANIFEST, LOCK, STAGING):
            other = first.origin if first is not product else "Dateline itself"
            problem = f"both {other} and {product.origin} would be this file"
            errors.append(OutputError(str(folder / product.path), None, problem, "rename one of them"))
    for path, product in tree.items():
        for parent in folders_above(path):
            if parent in tree:
                needs = f"{product.origin} needs a folder of that name"
                problem = f"{tree[parent].origin} would be this file, and {needs}"
                errors.append(OutputError(str(folder / parent), None, problem, "rename one of them"))
    if errors:
        raise Refused(errors)
    return tree


def _compare(
    folder: Path, product: Product, content: bytes | Path, manifest: Mapping[str, str], staged: Path | None
) -> Planned:
    place = folder / product.path
    if place.is_dir():
        raise OutputError(str(place), None, f"a folder is where {product.origin} goes", "move it away")
    stamp = stamp_of(place)
    same = bool(stamp) and _is_same(content, place)
    if stamp and not same and not product.is_feed and product.path not in manifest:
        problem = f"a file that Dateline did not write is where {product.origin} goes"
        raise OutputError(str(place), None, problem, "move it away")
    if staged and not same:
        _write(staged, content, place)
    return Planned(product, not same, stamp, _digest(content), _size(content), None if same else staged)


def _is_same(content: bytes | Path, place: Path) -> bool:
    if isinstance(content, Path):
        return filecmp.cmp(content, place, shallow=False)
    return place.stat().st_size == len(content) and place.read_bytes() == content


def _write(staged: Path, content: bytes | Path, place: Path) -> None:
    """Write a whole file, with the usual mode, that is to take its place later."""
    try:
        staged.parent.mkdir(exist_ok=True)
        with open(staged, "wb") as file:
            if isinstance(content, Path):
                with _source(content) as source:
                    shutil.copyfileobj(source, file)
            else:
                file.write(content)
    except OSError as error:
        error.filename = str(place)
        raise


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


def _size(content: bytes | Path) -> int:
    return content.stat().st_size if isinstance(content, Path) else len(content)
