"""What all kinds of targets have in common."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from dateline.options import Progress

USUAL_WAIT = 60.0  # seconds until the web has what was sent


class LocalFile(NamedTuple):
    """A file to publish: its path below the target, its place on this machine, its SHA-256 in hex, its size in bytes.

    `stage` is an index into `output.STAGES`.
    """

    path: str
    source: Path
    digest: str
    size: int
    stage: int


class SendOptions(NamedTuple):
    """How to send files.

    - `publication`: the id of the publication, to notice that a target has another one.
    - `dry_run`: find out what would be sent, and change nothing.
    - `take_over`: replace files at our paths that are not ours.
    - `verify_all`: compare every file on the target with the manifest there, and send what differs again.
    - `news`: the titles of new posts, on one line, for targets that keep a log.
    """

    publication: str
    dry_run: bool = False
    take_over: bool = False
    verify_all: bool = False
    news: str = ""


class Sent(NamedTuple):
    """What was sent to a target, or would be: paths, in the order in which that happened, and bytes in all.

    `left` are files on the target that were ours, and were not removed since somebody changed them.
    """

    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0
    size: int = 0
    left: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Target(Protocol):
    """Where a publication is published. Methods raise TargetError."""

    @property
    def name(self) -> str:
        """The target as messages show it, without secrets."""

    @property
    def wait(self) -> float:
        """How many seconds it may take after `send` until the web has what was sent; 0 if nobody serves it."""

    def is_ours(self) -> bool:
        """Return whether Dateline has published here before."""

    def read(self, path: str) -> bytes | None:
        """Return the content of a file on the target as it was sent; None if there is none, or it cannot be read."""

    def send(self, files: Sequence[LocalFile], options: SendOptions, progress: Progress) -> Sent:
        """Make the target have these files, and none that were sent earlier and are not among them."""

    def close(self) -> None:
        """End connections."""


class Held(NamedTuple):
    """A file in a store: its size in bytes, and its `version`.

    That differs whenever somebody wrote the file, like an ETag or a time; it is empty if the store tells nothing.
    """

    size: int
    version: str = ""


class Store(Protocol):
    """A place that keeps files by their paths, which are relative and divided by ``/``.

    Several threads may call its methods at once, at most `parallel` of them. They raise TargetError, which is temporary
    where trying again may help.
    """

    name: str
    parallel: int

    def read(self, path: str, limit: int) -> bytes | None:
        """Return the content of a file; None if there is none. Raises TargetError if it has more bytes than `limit`."""

    def stat(self, path: str) -> Held | None:
        """Return the state of a file; None if there is none."""

    def listing(self) -> dict[str, Held]:
        """Return the state of all files, by path."""

    def write(self, path: str, content: Path | bytes) -> Held:
        """Write a file, and the folders above it. Whoever reads it meanwhile gets the old bytes or the new, whole."""

    def remove(self, path: str) -> None:
        """Remove a file, if it is there, and the folders that this leaves empty."""

    def close(self) -> None:
        """End connections."""
