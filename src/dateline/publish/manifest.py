"""``.dateline.json`` on a target: what was sent there, and what an upload in progress is about to change.

It is the manifest of an output folder (`output.manifest`), path by path, with the state of each file in the store after
its digest, and one entry more, PUBLISHED, about the uploads. A plain one, which came with an output folder that was
copied there, is read, too.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from dateline.errors import Problem, TargetError
from dateline.hashing import sha256
from dateline.output.manifest import PUBLISHED, digest_in, may_be_ours
from dateline.output.plan import STAGES
from dateline.paths import MANIFEST, REPOSITORIES
from dateline.publish.model import Held

MAX_SIZE = 2**27  # bytes; half a million files take fewer
_FORMAT = 1


class Record(NamedTuple):
    """A file as it was sent: its digest, its stage, and the state in which the store had it then, if that is known."""

    digest: str
    stage: int = 0
    held: Held | None = None


class Manifest(NamedTuple):
    """What a target's manifest says.

    - `files`: what is there, by path.
    - `pending`: what an upload is about to change, by path. These files are ours, but in what state they are is not
      known: they may be as `files` says, or have one of these digests, or be gone.
    - `revision`: random, for each upload another one. `by` stands for the publisher, and `at` says when that wrote it,
      in seconds since 1970, unless it has given up; `checked`, when all files were last compared with it.
    - `problem`: why part of it is ignored, for the middle of a sentence.
    """

    files: Mapping[str, Record] = {}
    pending: Mapping[str, tuple[str, ...]] = {}
    publication: str = ""
    revision: str = ""
    by: str = ""
    at: int = 0
    checked: int = 0
    problem: str = ""

    def was_sent(self, path: str, content: bytes | None) -> bool:
        """Return whether a file has bytes that were sent to its path, or were about to be."""
        record = self.files.get(path)
        digests = {*self.pending.get(path, ()), record.digest if record else ""}
        return content is not None and sha256(content) in digests

    def check_publication(self, publication: str, target: str, elsewhere: str) -> None:
        """Raise TargetError if another publication is there."""
        if self.publication not in ("", publication):
            problem = f"another publication is there, with the id {self.publication}"
            raise TargetError(target, None, problem, f"publish to another {elsewhere}")

    def notes(self, where: str) -> list[str]:
        """Return what the user should know about it."""
        return [f"{MANIFEST} on the {where} {self.problem}, so that was ignored"] if self.problem else []


def read_manifest(content: bytes | None, target: str) -> Manifest:
    """Parse a manifest, empty or None if there is none. It can be anybody's: paths where we never write are ignored.

    Raises TargetError if a later release of Dateline wrote it.
    """
    if not content:
        return Manifest()
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        return Manifest(problem="cannot be read")
    about = found.pop(PUBLISHED, None)
    about = about if isinstance(about, dict) else {}
    if about.get("format", _FORMAT) != _FORMAT:
        problem = f"{MANIFEST} there was written by another release of Dateline"
        raise TargetError(target, None, problem, "publish with that, or a later one")
    pending = about.get("pending")
    pending = pending if isinstance(pending, dict) else {}
    files = {path: _record(entry) for path, entry in found.items() if _is_possible(path)}
    wrong = len(found) - len(files)
    return Manifest(
        files,
        {path: tuple(str(digests).split()) for path, digests in pending.items() if _is_possible(path)},
        publication=_text(about.get("publication")),
        revision=_text(about.get("revision")),
        by=_text(about.get("by")),
        at=_number(about.get("at")),
        checked=_number(about.get("checked")),
        problem=f"names {wrong} path{'s' * (wrong > 1)} that are never published" if wrong else "",
    )


def not_ours(
    target: str, paths: Iterable[str], remedy: str = "move it away, or replace it with --take-over"
) -> TargetError:
    """Return the error for files on a target that are in our way."""
    name, problem = target.rstrip("/"), "a file that Dateline did not put there"
    return TargetError.of(
        [Problem(f"{name}/{path}", None, problem, remedy, "error", is_relative=False) for path in sorted(paths)]
    )


def _is_possible(path: str) -> bool:
    return may_be_ours(path) and REPOSITORIES.isdisjoint(path.casefold().split("/"))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _record(entry: object) -> Record:
    """Return what an entry says: ``digest``, or ``digest stage size version``."""
    digest = digest_in(entry)
    parts = str(entry).split(" ", 3) if digest else []
    try:
        _, stage, size, version = parts
        return Record(digest, min(max(int(stage), 0), len(STAGES) - 1), Held(int(size), version))
    except ValueError:
        return Record(digest)


def manifest_bytes(manifest: Manifest) -> bytes:
    """Return the content of a manifest, sorted by path."""
    about = {"format": _FORMAT, **manifest._asdict()}
    about["pending"] = {path: " ".join(digests) for path, digests in sorted(manifest.pending.items())}
    for key in ("files", "problem"):
        del about[key]
    lines = [_line(PUBLISHED, about), *(_line(path, _entry(one)) for path, one in sorted(manifest.files.items()))]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _line(key: str, value: Any) -> str:
    return f"{json.dumps(key)}: {json.dumps(value)}"


def _entry(record: Record) -> str:
    held = record.held
    return f"{record.digest} {record.stage} {held.size} {held.version}" if held else record.digest
