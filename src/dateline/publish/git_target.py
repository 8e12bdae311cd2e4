"""Publish as a commit on a branch, from which hosts like GitHub Pages serve a site.

All files arrive at once, in one commit on top of the newest one, which is pushed only if the branch is still there: no
history is rewritten, and who published meanwhile is not overwritten. What is checked out anywhere stays as it is.
"""

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from dateline.errors import TargetError, quoted
from dateline.formats.items import MAX_SIZE as MAX_FEED_SIZE
from dateline.hashing import sha256
from dateline.model import PublishTo
from dateline.options import Progress, no_progress
from dateline.output.folders import folders_above
from dateline.output.manifest import is_hidden
from dateline.paths import MANIFEST, SETTINGS_FILE
from dateline.publish.compare import MOST_READ
from dateline.publish.git import GitError, Repository, Setting, run, settings_of
from dateline.publish.git_branch import FILE, Branch, Tip
from dateline.publish.lock import work_folder
from dateline.publish.manifest import MAX_SIZE, Manifest, Record, manifest_bytes, not_ours, read_manifest
from dateline.publish.model import Held, LocalFile, SendOptions, Sent
from dateline.text import counted, cut

_BRANCH = "gh-pages"
_HOSTS_TAKE = 15 * 60.0  # seconds
_ATTEMPTS = 4
_SUBJECT = 64  # characters of titles in the first line of a commit's message
# GitHub Pages runs Jekyll without it, which leaves out names that begin with an underscore.
_NO_JEKYLL = ".nojekyll"
_ORIGIN = ("remote.origin.url", "remote.origin.pushurl")
_EXAMPLE = (
    'write it like "git+ssh://git@host/user/repo.git#gh-pages", or "git:.#gh-pages" for the repository of the posts'
)
# What git, ssh and servers say, and what to do about it; the first that fits.
_REMEDIES = {
    "publickey|no such identity|passphrase": "add your key to the SSH agent with ssh-add, and to the host",
    "host key|authenticity": "connect to the host with ssh once, and compare the fingerprint that it shows",
    r"username|password|authentication|\b40[13]\b|credential": "log in to the host with git once; "
    "in a workflow, give it permission to write (contents: write)",
    "denied|protected|declined|not allowed": "make sure that you may push to this branch",
    r"not found|not appear|does not exist|not exist|\b404\b|not a git repository": "check the address; "
    "if the repository is new, create it on the host first",
    "resolve|connect|network|timed? ?out|no answer|hung up|reset": "check your connection and the address; "
    "then publish again",
    "dubious ownership": "if you trust the repository, add it with git config --global safe.directory",
}


class Place(NamedTuple):
    """Where a branch is: the URLs to fetch from and push to, and the settings of git for that.

    `name` is what messages show. `is_local` says that it is on this machine. `settings_file` is the path of feed.toml
    in the same repository, if that is known.
    """

    url: str
    branch: str
    settings: Sequence[Setting]
    name: str
    is_local: bool
    push_url: str = ""
    settings_file: str = ""
    note: str = ""


class _State(NamedTuple):
    """What is published on a branch."""

    tip: Tip
    content: bytes | None  # of the manifest
    manifest: Manifest


class _Changes(NamedTuple):
    """What a commit is to change, and what the manifest says of the rest."""

    write: list[LocalFile]
    remove: list[str]
    left: list[str]
    same: dict[str, Record]


class GitTarget:
    """A branch to publish on."""

    def __init__(self, place: Place) -> None:
        self.name = place.name
        self.wait = 0.0 if place.is_local else _HOSTS_TAKE
        self._place = place
        self._opened = ExitStack()
        self._folder = self._opened.enter_context(work_folder(place.name, place.name))
        repository = Repository(self._folder, place.url, place.push_url, place.settings, is_local=place.is_local)
        self._branch = Branch(repository, place.branch)
        self._state: _State | None = None

    def is_ours(self) -> bool:
        """Return whether Dateline has published here before."""
        return self._fetched(no_progress).content is not None

    def read(self, path: str) -> bytes | None:
        """Return the content of a file on the branch; None if there is none."""
        state = self._fetched(no_progress)
        with _reported(self.name, f"cannot read {path}"):
            return self._branch.read(state.tip, path, MAX_FEED_SIZE)

    def send(self, files: Sequence[LocalFile], options: SendOptions, progress: Progress) -> Sent:
        """Make the branch have these files, and none that were sent earlier and are not among them."""
        files = [*files, *self._more_files(files)]
        before = self._fetched(progress)
        for _ in range(_ATTEMPTS):
            state = self._fetched(progress)
            changes = self._changes(state, files, options)
            sent = self._sent(state, changes)
            names = {path: record.held.version for path, record in changes.same.items() if record.held}
            manifest = partial(_manifest, files, options.publication, names)
            if options.dry_run or not (changes.write or changes.remove or manifest({}) != state.content):
                return sent
            if state.content != before.content:
                problem = "another publisher has published there meanwhile"
                raise TargetError(
                    self.name, None, problem, "make sure that your posts are the newest; then publish again"
                )
            if self._commit(state.tip, changes, manifest, options.news, progress):
                return sent
        raise TargetError(
            self.name, None, "others push to this branch all the time", "publish again later", temporary=True
        )

    def close(self) -> None:
        """Remove what was fetched, and let others publish there."""
        self._opened.close()

    def _fetched(self, progress: Progress) -> _State:
        if self._state is None:
            with _reported(self.name, "cannot be read"):
                tip = self._branch.fetch(progress)
                content = self._branch.read(tip, MANIFEST, MAX_SIZE)
            if self._place.settings_file in tip.files:
                problem = f"the branch {self._place.branch} has the posts themselves"
                raise TargetError(self.name, None, problem, f"publish to a branch of its own, like {_BRANCH}")
            self._state = _State(tip, content, read_manifest(content, self.name))
        return self._state

    def _more_files(self, files: Iterable[LocalFile]) -> Iterator[LocalFile]:
        if all(file.path != _NO_JEKYLL for file in files):
            source = self._folder / _NO_JEKYLL
            source.touch()
            yield LocalFile(_NO_JEKYLL, source, sha256(b""), 0, 0)

    def _commit(
        self, tip: Tip, changes: _Changes, manifest: Callable[[Mapping[str, str]], bytes], news: str, progress: Progress
    ) -> bool:
        """Publish changes; return False if the branch has moved since `tip` was fetched."""
        self._state = None
        parts = [f"{counted(len(changes.write), 'file')} changed"] if changes.write else []
        parts += [f"{counted(len(changes.remove), 'file')} removed"] if changes.remove else []
        counts = ", ".join(parts) or "the list of files changed"
        message = f"Publish {cut(news, _SUBJECT)}\n\n{counts}\n" if news else f"Publish: {counts}\n"
        with _reported(self.name, "the commit cannot be made"):
            commit = self._branch.commit(tip, changes.write, changes.remove, manifest, message, progress)
        with _reported(self.name, "cannot be pushed to"):
            return self._branch.push(tip, commit, progress)

    def _sent(self, state: _State, changes: _Changes) -> Sent:
        written = tuple(file.path for file in changes.write)
        notes = [*filter(None, [self._place.note]), *state.manifest.notes("branch")]
        return Sent(
            written,
            tuple(changes.remove),
            len(changes.same),
            sum(file.size for file in changes.write),
            tuple(changes.left),
            tuple(notes),
        )

    # What differs

    def _changes(self, state: _State, files: Sequence[LocalFile], options: SendOptions) -> _Changes:
        """Compare files with the branch. Raises TargetError if what is there is not ours to replace."""
        state.manifest.check_publication(options.publication, self.name, "branch")
        there = state.tip.files
        found = _Changes([], [], [], {})
        for file in sorted(files, key=lambda file: (file.stage, file.path)):
            if file.path in there and self._is_same(state, file, verify=options.verify_all):
                held = Held(file.size, there[file.path].name)
                found.same[file.path] = Record(file.digest, file.stage, held)
            else:
                found.write.append(file)
        ours = state.manifest.files.keys() | state.manifest.pending.keys()
        wanted = {file.path for file in files}
        for path in sorted((ours - wanted) & there.keys()):
            (found.remove if self._is_still_ours(state, path) else found.left).append(path)
        foreign = {file.path for file in found.write} & there.keys() - ours
        if foreign and not options.take_over:
            raise not_ours(self.name, foreign)
        obstacles = _obstacles(there.keys() - wanted - set(found.remove), wanted)
        if obstacles:
            raise not_ours(self.name, obstacles, "move it away: it is in the way of a file or folder of ours")
        return found

    def _is_same(self, state: _State, file: LocalFile, *, verify: bool) -> bool:
        """Return whether the branch has the very bytes of a file, which is not read if the manifest knows."""
        blob, record = state.tip.files[file.path], state.manifest.files.get(file.path)
        is_known = record and record.held and record.digest == file.digest and not verify
        name = record.held.version if is_known and record and record.held else self._branch.blob_name(file)
        return blob == (FILE, name)

    def _is_still_ours(self, state: _State, path: str) -> bool:
        """Return whether a file has the bytes that were sent; hidden ones never have: the list can be anybody's."""
        blob, record = state.tip.files[path], state.manifest.files.get(path)
        if blob.mode != FILE or is_hidden(path):
            return False
        if record and record.held and record.held.version == blob.name:
            return True
        with _reported(self.name, f"cannot read {path}"):
            return state.manifest.was_sent(path, self._branch.read(state.tip, path, MOST_READ))


def _manifest(
    files: Iterable[LocalFile], publication: str, same: Mapping[str, str], written: Mapping[str, str]
) -> bytes:
    """Return the manifest, given the names of the contents of files that are the same, and of those written."""
    names = {**same, **written}
    records = {
        file.path: Record(file.digest, file.stage, Held(file.size, names[file.path]))
        for file in files
        if file.path in names
    }
    return manifest_bytes(Manifest(records, publication=publication))


def _obstacles(kept: Collection[str], wanted: Collection[str]) -> set[str]:
    """Return files that are kept, and are where there must be a folder, or in a folder where there must be a file."""
    above = {folder for path in wanted for folder in folders_above(path)}
    return {path for path in kept if path in above or any(folder in wanted for folder in folders_above(path))}


@contextmanager
def _reported(name: str, problem: str) -> Iterator[None]:
    """Raise a TargetError that says how to fix it in place of a GitError."""
    try:
        yield
    except GitError as error:
        said = f"{error.said}\n{error.printed}".lower()
        remedy = next((does for pattern, does in _REMEDIES.items() if re.search(pattern, said)), "then publish again")
        raise TargetError(name, None, f"{problem}: {error.reason}", remedy) from None


# Where to publish


def open_git(publish: PublishTo, posts: Path) -> GitTarget:
    """Return the branch that feed.toml names. Raises TargetError."""
    to, _, branch = publish.to.partition("#")
    branch = branch or _BRANCH
    _check_branch(publish.to, branch)
    with _reported(publish.to, "git cannot be used"):
        if to.startswith("git+"):
            url = _url(to.removeprefix("git+"))
            is_local = url.startswith("file:")
            return GitTarget(Place(url, branch, settings_of(None), f"{url}#{branch}", is_local))
        if to != "git:.":
            raise TargetError(publish.to, None, "names no repository", _EXAMPLE)
        return GitTarget(_own(publish.to, posts, branch))


def _check_branch(to: str, branch: str) -> None:
    try:
        if branch.startswith("-"):
            raise GitError("")
        run(["check-ref-format", f"refs/heads/{branch}"], None)
    except GitError:
        raise TargetError(to, None, f"{quoted(branch)} is no name of a branch", _EXAMPLE) from None


def _url(text: str) -> str:
    """Return the URL of a repository. Raises TargetError for one that git, or ssh, might take for something else."""
    try:
        parts = urlsplit(text)
        has_port = parts.port != 0
    except ValueError:
        has_port = False
    if not has_port or not text.isprintable() or " " in text:
        raise TargetError(text, None, "not a URL of a repository", _EXAMPLE)
    if parts.scheme not in ("ssh", "https", "http", "file"):
        raise TargetError(text, None, f"{quoted(parts.scheme or text)} is none of ssh, https and file", _EXAMPLE)
    if (parts.scheme == "file") == bool(parts.netloc) or not parts.path.strip("/"):
        raise TargetError(text, None, "names no repository", _EXAMPLE)
    if re.search("(?:^|[@:])-", parts.netloc) or parts.password is not None:
        raise TargetError(parts.scheme, None, "its user or host begins with a hyphen, or it has a password", _EXAMPLE)
    return text


def _own(to: str, posts: Path, branch: str) -> Place:
    """Return the branch in the remote `origin` of the repository of the posts, or in that itself if it has none."""
    top, settings_file = _work_tree(to, posts)
    heads = run(["worktree", "list", "--porcelain"], posts).splitlines()
    if b"branch refs/heads/%s" % os.fsencode(branch) in heads:
        problem = f"the branch {branch} is checked out in {top}"
        raise TargetError(to, None, problem, f"publish to a branch of its own, like git:.#{_BRANCH}")
    every = settings_of(posts)
    settings = [one for one in every if not one.key.startswith("remote.")]
    urls, push_urls = ([_absolute(one.value or "", top) for one in every if one.key == key] for key in _ORIGIN)
    if not urls:
        note = f"the branch {branch} is only on this machine, since {top} has no remote named origin"
        return Place(top, branch, settings, f"{top}#{branch}", is_local=True, settings_file=settings_file, note=note)
    url, push_url = urls[0], (push_urls or urls)[0]
    name = f"{re.sub(r'(?<=://)[^/@]*@', '', url)}#{branch}"
    return Place(url, branch, settings, name, _is_path(push_url), push_url, settings_file)


def _work_tree(to: str, posts: Path) -> tuple[str, str]:
    """Return the top of the work tree that the posts are in, and the path of feed.toml below it."""
    try:
        found = run(["rev-parse", "--show-toplevel", "--absolute-git-dir", "--show-prefix"], posts)
        top, folder, prefix = os.fsdecode(found).split("\n")[:3]
        # The settings of a repository that came with the posts, as a folder of theirs, must not count.
        if run(["rev-parse", "--resolve-git-dir", os.path.join(top, ".git")], posts) != os.fsencode(folder) + b"\n":
            raise GitError("not a git repository that has the posts in its work tree")
    except GitError as error:
        problem = f"the posts are not in a repository: {error.reason}"
        raise TargetError(to, None, problem, "run git init there, or name another repository") from None
    return top, prefix + SETTINGS_FILE


def _is_path(url: str) -> bool:
    """Return whether git takes this for a path, and not for a URL or an address like ``user@host:path``."""
    return url.startswith("file:") or not re.match("[^/]*:", url)


def _absolute(url: str, folder: str) -> str:
    return (
        os.path.realpath(os.path.join(folder, os.path.expanduser(url)))
        if _is_path(url) and not url.startswith("file:")
        else url
    )
