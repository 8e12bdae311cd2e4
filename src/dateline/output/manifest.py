"""``OUTPUT/.dateline.json``, which says which files of the output folder are ours, and what it takes to write there."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from dateline.errors import OutputError, reason_of
from dateline.paths import LOCK, MANIFEST
from dateline.reading.files import is_text

_encode = json.JSONEncoder(ensure_ascii=False).encode
STAGING = ".dateline-tmp"  # the folder in which files are written before they take their places


def read_manifest(folder: Path) -> Mapping[str, str]:
    """The files that are ours, and the digests of their bytes. One that cannot be read claims nothing."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    ours = manifest.items() if isinstance(manifest, dict) else ()
    return {path: str(digest) for path, digest in ours if _is_below(path)}


def _is_below(path: str) -> bool:
    """Whether a path of the manifest is one that a build could have written."""
    return is_text(path) and not path.startswith("/") and ".." not in path.split("/")


def folders_above(path: str) -> Iterator[str]:
    """The folders that a path of the output lies in, from the inside out."""
    while path := path.rpartition("/")[0]:
        yield path


def write_manifest(folder: Path, manifest: Mapping[str, str]) -> None:
    """Put the manifest in place, where it differs from what is there."""
    lines = [f"{_encode(path)}: {_encode(digest)}" for path, digest in sorted(manifest.items())]
    content = ("{\n" + ",\n".join(lines) + "\n}\n").encode()
    place = folder / MANIFEST
    if not place.is_file() or place.read_bytes() != content:
        staging = folder / STAGING
        staging.mkdir(exist_ok=True)
        (staging / MANIFEST).write_bytes(content)
        (staging / MANIFEST).replace(place)


@contextmanager
def mendable(folder: Path) -> Iterator[None]:
    """What the system has against writing, said so that it can be mended."""
    try:
        yield
    except OSError as error:
        place = Path(os.fsdecode(error.filename or folder))
        if place.name in (LOCK, MANIFEST) or STAGING in place.parts:
            place = folder
        reason = reason_of(error)
        remedy = "see that there is room, that it is a folder and that you may write there"
        raise OutputError(str(place), None, f"cannot be written: {reason}", remedy) from None
