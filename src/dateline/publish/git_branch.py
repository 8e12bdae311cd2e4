"""A branch of a remote repository: what is in it, and a commit on top of that.

Nothing is checked out: only the names of files are fetched, a commit is made from the files that differ, byte for byte,
and pushed if the branch is still where it was.
"""

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from dateline.errors import TargetError, reason_of
from dateline.fileio import open_regular
from dateline.options import Progress
from dateline.paths import MANIFEST
from dateline.publish.git import GitError, Repository
from dateline.publish.model import LocalFile

FILE = "100644"  # the mode of a regular file
_NOBODY = "Dateline <dateline@localhost>"
_CHUNK = 2**20  # bytes


class Blob(NamedTuple):
    """A file in a commit: its mode and the name of its content. Links and submodules have modes of their own."""

    mode: str
    name: str


class Tip(NamedTuple):
    """The newest commit of a branch, empty if there is no branch yet, and the files in it by path."""

    commit: str
    files: Mapping[str, Blob]


class Branch:
    """A branch of the remote of a repository. Methods raise GitError, and TargetError where there is no git."""

    def __init__(self, repository: Repository, name: str) -> None:
        self._git = repository.git
        self._repository = repository
        self._ref = f"refs/heads/{name}"
        self._algorithm = ""

    def fetch(self, progress: Progress) -> Tip:
        """Return the newest commit."""
        progress("reading the branch", 0, 1)
        if not self._algorithm:
            self._init("sha1")
        words = ("--progress", "--depth=1", "--filter=blob:none", "--no-tags", "--no-recurse-submodules", "--prune")
        show = _shown(progress, "receiving objects", "reading the branch")
        try:
            # A pattern, since that there is no such branch is no fault then.
            self._git("fetch", *words, "origin", f"+{self._ref}*:refs/base*", progress=show)
        except GitError as error:
            if self._is_other_algorithm(error):
                return self.fetch(progress)
            if re.search("fatal: (?!no matching remote head)", error.said):
                raise
        commit = self._git("for-each-ref", "--format=%(objectname)", "--count=1", "refs/base").decode().strip()
        if not commit:
            return Tip("", {})
        return Tip(commit, dict(_entries(self._git("ls-tree", "-r", "-z", "--full-tree", commit))))

    def _init(self, algorithm: str) -> None:
        self._algorithm = algorithm
        self._repository.init(algorithm)

    def _is_other_algorithm(self, error: GitError) -> bool:
        """Return whether the remote names objects by SHA-256, which from now on this repository does, too."""
        is_other = self._algorithm == "sha1" and re.search("mismatched algorithms|hash algorithm", error.said)
        if is_other:
            self._init("sha256")
        return bool(is_other)

    def read(self, tip: Tip, path: str, limit: int) -> bytes | None:
        """Return the content of a file; None if there is none, or it has more bytes than `limit`."""
        blob = tip.files.get(path)
        if blob is None or blob.mode != FILE or int(self._git("cat-file", "-s", blob.name)) > limit:
            return None
        return self._git("cat-file", "blob", blob.name)

    def blob_name(self, file: LocalFile) -> str:
        """Return the name that the content of a file has in this repository. Raises TargetError."""
        digest = hashlib.new(self._algorithm, usedforsecurity=False)
        for part in _content(file):
            digest.update(part)
        return digest.hexdigest()

    def commit(
        self,
        tip: Tip,
        files: Sequence[LocalFile],
        removed: Sequence[str],
        manifest: Callable[[Mapping[str, str]], bytes],
        message: str,
        progress: Progress,
    ) -> str:
        """Make a commit after `tip`, and return its name. `manifest` takes the names of the files' contents.

        Raises TargetError if a file has changed since it was built.
        """
        self._repository.fast_import(self._commands(tip, files, removed, manifest, message, progress))
        return self._git("rev-parse", "refs/heads/new").decode().strip()

    def _commands(
        self,
        tip: Tip,
        files: Sequence[LocalFile],
        removed: Sequence[str],
        manifest: Callable[[Mapping[str, str]], bytes],
        message: str,
        progress: Progress,
    ) -> Iterator[bytes]:
        yield b"commit refs/heads/new\n"
        for role in ("author", "committer"):
            yield f"{role} {self._identity(role)}\n".encode(errors="surrogateescape")
        yield _data(message.encode())
        if tip.commit:
            yield f"from {tip.commit}\n".encode()
        for path in removed:
            yield b"D %s\n" % _quoted(path)
        names = {}
        for number, file in enumerate(files):
            progress("preparing the commit", number, len(files))
            content = _content(file)
            header = next(content)
            digest = hashlib.new(self._algorithm, header, usedforsecurity=False)
            yield b"M 100644 inline %s\ndata %d\n" % (_quoted(file.path), file.size)
            for part in content:
                digest.update(part)
                yield part
            yield b"\n"
            names[file.path] = digest.hexdigest()
        yield b"M 100644 inline %s\n" % _quoted(MANIFEST)
        yield _data(manifest(names))
        yield b"done\n"

    def _identity(self, role: str) -> str:
        """Return who makes a commit, and when, as git is configured."""
        with suppress(GitError):
            found = self._git("-c", "user.useConfigOnly=true", "var", f"GIT_{role.upper()}_IDENT")
            return found.decode(errors="surrogateescape").strip()
        return f"{_NOBODY} {int(time.time())} +0000"

    def push(self, tip: Tip, commit: str, progress: Progress) -> bool:
        """Make a commit the newest one; return False if the branch is no longer at `tip`."""
        progress("pushing", 0, 1)
        show = _shown(progress, "writing objects", "pushing")
        words = ("--porcelain", "--progress", "--no-thin", "--no-recurse-submodules", "origin")
        try:
            self._git("push", *words, f"{commit}:{self._ref}", progress=show)
        except GitError as error:
            if self._is_other_algorithm(error):  # an empty repository had not told
                return False
            newest = self.fetch(progress).commit
            if newest == tip.commit:
                raise
            return newest == commit
        return True


def _shown(progress: Progress, phase: str, name: str) -> Progress:
    """Return what shows one phase of git's under another name, and no others."""
    return lambda found, done, total: progress(name, done, total) if found == phase else None


def _entries(listing: bytes) -> Iterator[tuple[str, Blob]]:
    for entry in listing.split(b"\0")[:-1]:
        about, _, path = entry.partition(b"\t")
        mode, _, name = about.decode().split()
        yield path.decode(errors="surrogateescape"), Blob(mode, name)


def _content(file: LocalFile) -> Iterator[bytes]:
    """Yield git's header of a file, then its content. Raises TargetError unless that is what was built."""
    changed = TargetError(str(file.source), None, "changed since it was built", "publish again")
    digest, size = hashlib.sha256(), 0
    yield b"blob %d\0" % file.size
    try:
        with open(open_regular(file.source, follow=False), "rb") as opened:
            for part in iter(partial(opened.read, _CHUNK), b""):
                digest.update(part)
                size += len(part)
                if size > file.size:
                    raise changed
                yield part
    except OSError as error:
        raise TargetError(str(file.source), None, f"cannot be read: {reason_of(error)}", "publish again") from None
    if digest.hexdigest() != file.digest or size != file.size:
        raise changed


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _quoted(path: str) -> bytes:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return b'"%s"' % escaped.encode(errors="surrogateescape")
