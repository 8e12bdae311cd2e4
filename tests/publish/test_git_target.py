"""A branch as a target, in real repositories, through the git program."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from conftest import PAGES, dateline

from dateline.errors import TargetError
from dateline.model import PublishTo
from dateline.options import no_progress
from dateline.paths import CACHE_VARIABLE
from dateline.publish.git_branch import Branch
from dateline.publish.git_target import GitTarget, open_git
from dateline.publish.model import LocalFile, SendOptions, Sent

from .conftest import ID, Files, PublishedSite
from .kills import survive_kills
from .web import Reply, Request, Web, serving

pytestmark = pytest.mark.skipif(not shutil.which("git") and "CI" not in os.environ, reason="needs git")


@pytest.fixture(autouse=True)
def _git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user of git with nothing but a name; no test depends on who runs it."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[user]\nname = Ana Díaz\nemail = ana@example.org\n", "utf-8")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def git(folder: Path, *words: object, stdin: bytes = b"") -> str:
    """Run git as a user does."""
    done = subprocess.run(["git", *map(str, words)], cwd=folder, input=stdin, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


class Remote:
    """A bare repository in place of a host's."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        git(folder.parent, "init", "--quiet", "--bare", "--initial-branch=main", *options, folder)

    def to(self, branch: str = "gh-pages") -> str:
        return f"git+file://{self.folder}#{branch}"

    def tree(self, branch: str = "gh-pages") -> dict[str, bytes]:
        """The files in a branch, without the list of ours and what hosts want."""
        listing = self._run("ls-tree", "-r", "-z", branch).split(b"\0")[:-1]
        paths = [entry.partition(b"\t")[2].decode() for entry in listing]
        batch = self._run("cat-file", "--batch", stdin=b"".join(entry.split()[2] + b"\n" for entry in listing))
        found = {}
        for path in paths:
            header, _, batch = batch.partition(b"\n")
            size = int(header.split()[2])
            found[path], batch = batch[:size], batch[size + 1 :]
        return {path: content for path, content in found.items() if path not in (".dateline.json", ".nojekyll")}

    def _run(self, *words: str, stdin: bytes = b"") -> bytes:
        return subprocess.run(["git", *words], cwd=self.folder, input=stdin, capture_output=True, check=True).stdout

    def read(self, path: str, branch: str = "gh-pages") -> bytes:
        return self._run("cat-file", "blob", f"{branch}:{path}")

    def commits(self, branch: str = "gh-pages") -> list[str]:
        """Their names, the newest one first; the history is sound."""
        git(self.folder, "fsck", "--strict", "--no-dangling")
        return git(self.folder, "rev-list", branch).split()

    def edit(self, path: str, content: bytes | None, branch: str = "gh-pages") -> None:
        """Commit a change as somebody else, on the host."""
        base = git(self.folder, "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")
        change = b"D %s\n" % path.encode()
        if content is not None:
            change = b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content)
        start = f"from {base}\n" if base else ""
        head = f"commit refs/heads/{branch}\ncommitter B <b@example.org> 1 +0000\ndata 0\n{start}"
        git(self.folder, "fast-import", "--quiet", stdin=head.encode() + change)


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path / "remote.git")


@pytest.fixture
def clone(published: PublishedSite, remote: Remote) -> Path:
    """The clone in which the posts are, with all of them committed on `main`."""
    root = published.root / "clone"
    git(published.root, "init", "--quiet", "--initial-branch=main", root)
    git(root, "remote", "add", "origin", f"file://{remote.folder}")
    published.posts.rename(root / "posts")
    published.posts, published.public = root / "posts", published.root / "out"
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message=Posts")
    return root


def send(to: str, files: list[LocalFile], posts: Path = Path("/"), **options: Any) -> Sent:
    with closing(open_git(PublishTo(to), posts)) as target:
        return target.send(files, SendOptions(ID, **options), no_progress)


def refused(to: str, files: list[LocalFile], posts: Path = Path("/"), **options: Any) -> str:
    with pytest.raises(TargetError) as caught:
        send(to, files, posts, **options)
    return str(caught.value)


def state_of(folder: Path) -> list[str]:
    """Everything in a clone that publishing must leave as it is."""
    state = [
        git(folder, "status", "--porcelain"),
        git(folder, "for-each-ref"),
        git(folder, "config", "--list", "--local"),
    ]
    files = (path for path in folder.rglob("*") if path.is_file())
    return state + sorted(f"{path} {path.stat().st_mtime_ns}" for path in files if path.name != "index")


# What is on the branch


@pytest.mark.slow
def test_the_branch_is_the_output_and_each_edit_is_a_commit(remote: Remote, published: PublishedSite) -> None:
    first = send(remote.to(), published.built())
    assert remote.tree() == published.output
    assert {*first.written} == published.output.keys() | {".nojekyll"}
    assert remote.read(".nojekyll") == b""
    published.post("2025-05-01-next.md", "Next.\n", title="Next", tags="[news]")
    (published.posts / "2025-01-10-post.md").unlink()
    second = send(remote.to(), published.built())
    assert remote.tree() == published.output
    assert "2025/05/next/index.html" in second.written
    assert "2025/01/post/index.html" in second.removed
    assert second.unchanged + len(second.written) == len(published.output) + 1
    assert len(remote.commits()) == 2


def test_nothing_to_change_makes_no_commit(remote: Remote, folder: Files) -> None:
    files = folder.put(a_html=b"a")
    send(remote.to(), files)
    before = remote.commits()
    assert remote.tree() == folder.tree
    sent = send(remote.to(), files)
    assert (sent.written, sent.removed, sent.unchanged) == ((), (), 2)
    assert send(remote.to(), files, verify_all=True).written == ()
    assert remote.commits() == before


@pytest.mark.slow
def test_bytes_and_names_arrive_as_they_are(remote: Remote, folder: Files) -> None:
    remote.edit(".gitattributes", b"* text eol=crlf working-tree-encoding=UTF-16\n*.png filter=lfs\n")
    odd: dict[str, bytes | None] = {
        "ü/日本.html": b"one\r\ntwo\nthree\0",
        'a "quoted" \\ name.html': b"q",
        " begins with a space.html": b"",
        "-n.html": b"-n",
        "image.png": bytes(range(256)) * 9000,
    }
    files = folder.have(odd)
    send(remote.to(), files)
    assert remote.tree() == {".gitattributes": remote.read(".gitattributes"), **folder.tree}
    assert send(remote.to(), files, verify_all=True).written == ()


@pytest.mark.slow
def test_a_dry_run_lists_and_changes_nothing(remote: Remote, folder: Files) -> None:
    files = folder.put(a_html=b"a", feed_xml=b"f")
    assert send(remote.to(), files, dry_run=True).written == (".nojekyll", "a.html", "feed.xml")
    assert git(remote.folder, "for-each-ref") == ""


@pytest.mark.slow
def test_a_commit_says_who_made_it_and_what_changed(
    remote: Remote, folder: Files, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    send(remote.to(), folder.put(a_html=b"a"))
    about = git(remote.folder, "log", "-1", "--format=%an <%ae> %cn %s %ct", "gh-pages").rsplit(" ", 1)
    assert about[0] == "Ana Díaz <ana@example.org> Ana Díaz Publish: 2 files changed"
    assert abs(int(about[1]) - time.time()) < 300
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    send(remote.to(), folder.put(a_html=b"c"), news="“The ferry is back”, “Low tide”")
    message = git(remote.folder, "log", "-1", "--format=%B", "gh-pages").rstrip()
    assert message == "Publish “The ferry is back”, “Low tide”\n\n1 file changed"
    send(remote.to(), folder.put(a_html=None, b_html=b"b"))
    about = git(remote.folder, "log", "-1", "--format=%an <%ae> %s", "gh-pages").rsplit(" ", 1)
    assert " ".join(about) == "Dateline <dateline@localhost> Publish: 1 file changed, 1 file removed"


@pytest.mark.parametrize("is_empty", [True, False])
@pytest.mark.slow
def test_a_repository_may_name_its_objects_by_sha_256(tmp_path: Path, folder: Files, *, is_empty: bool) -> None:
    remote = Remote(tmp_path / "long.git", "--object-format=sha256")
    if not is_empty:
        remote.edit("README", b"Posts", "main")
    send(remote.to(), folder.put(a_html=b"a"))
    send(remote.to(), folder.put(b_html=b"b"))
    assert remote.tree() == folder.tree
    assert len(remote.commits()) == 2
    assert len(remote.commits()[0]) == 64


@pytest.mark.slow
def test_what_is_read_is_what_was_sent(remote: Remote, folder: Files) -> None:
    def reads(path: str) -> tuple[bool, bytes | None]:
        with closing(open_git(PublishTo(remote.to()), Path("/"))) as target:
            return target.is_ours(), target.read(path)

    assert reads("feed.xml") == (False, None)
    remote.edit("index.html", b"theirs")
    assert reads("feed.xml") == (False, None)
    send(remote.to(), folder.put(feed_xml=b"f"))
    assert reads("feed.xml") == (True, b"f")


# What is not ours


@pytest.mark.slow
def test_what_others_put_there_stays(remote: Remote, folder: Files) -> None:
    theirs = {"CNAME": b"example.org\n", "old/page.html": b"<p>Old</p>"}
    for path, content in theirs.items():
        remote.edit(path, content)
    send(remote.to(), folder.put(a_html=b"a", b_html=b"b"))
    send(remote.to(), folder.put(a_html=None))
    assert remote.tree() == folder.tree | theirs
    assert len(remote.commits()) == 4


def test_files_of_others_at_our_names_are_listed_and_replaced_only_on_request(remote: Remote, folder: Files) -> None:
    remote.edit("a.html", b"theirs")
    remote.edit("b.html", b"b")
    remote.edit("c.html", b"theirs")
    files = folder.put(a_html=b"a", b_html=b"b", c_html=b"c")
    said = refused(remote.to(), files)
    assert [line.partition(": ")[0].rpartition("/")[2] for line in said.splitlines()] == ["a.html", "c.html"]
    assert "--take-over" in said
    assert len(remote.commits()) == 3
    assert send(remote.to(), files, take_over=True).unchanged == 1
    assert remote.tree() == folder.tree


@pytest.mark.parametrize(("theirs", "ours"), [("a", "a/index.html"), ("a/b/note", "a/b")])
@pytest.mark.slow
def test_a_file_in_the_way_of_a_folder_or_a_folder_of_a_file_is_never_replaced(
    remote: Remote, folder: Files, theirs: str, ours: str
) -> None:
    remote.edit(theirs, b"theirs")
    files = folder.have({ours: b"ours"})
    assert "in the way" in refused(remote.to(), files)
    assert "in the way" in refused(remote.to(), files, take_over=True)
    assert remote.tree() == {theirs: b"theirs"}


@pytest.mark.slow
def test_a_file_of_ours_makes_way_for_a_folder_of_ours(remote: Remote, folder: Files) -> None:
    send(remote.to(), folder.have({"a": b"file"}))
    send(remote.to(), folder.have({"a": None, "a/index.html": b"page"}))
    assert remote.tree() == folder.tree
    send(remote.to(), folder.have({"a": b"file", "a/index.html": None}))
    assert remote.tree() == folder.tree


@pytest.mark.slow
def test_files_that_somebody_changed_are_written_again_but_not_removed(remote: Remote, folder: Files) -> None:
    send(remote.to(), folder.put(a_html=b"a", b_html=b"b"))
    remote.edit("a.html", b"edited")
    remote.edit("b.html", b"edited")
    sent = send(remote.to(), folder.put(b_html=None))
    assert (sent.written, sent.removed, sent.left) == (("a.html",), (), ("b.html",))
    assert remote.tree() == {"a.html": b"a", "b.html": b"edited"}


@pytest.mark.slow
def test_an_output_folder_that_was_committed_by_hand_is_ours(remote: Remote, published: PublishedSite) -> None:
    files = published.built()
    for path, content in (published.output | {".dateline.json": published.tree()[".dateline.json"]}).items():
        remote.edit(path, content)
    (published.posts / "2025-01-10-post.md").unlink()
    sent = send(remote.to(), published.built())
    assert sent.unchanged > len(files) / 2
    assert "2025/01/post/index.html" in sent.removed
    assert remote.tree() == published.output


@pytest.mark.slow
def test_the_branch_of_another_publication_is_left_alone(remote: Remote, folder: Files) -> None:
    send(remote.to(), folder.put(a_html=b"a"))
    with closing(open_git(PublishTo(remote.to()), Path("/"))) as target, pytest.raises(TargetError) as caught:
        target.send(folder.put(a_html=b"b"), SendOptions("tag:other"), no_progress)
    assert f"another publication is there, with the id {ID}" in str(caught.value)
    assert len(remote.commits()) == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b'{"../x": "1", ".git/config": "2", "CNAME": 3}', b'{".": {"pending": {"/etc/passwd": "x"}}}'],
)
@pytest.mark.slow
def test_a_manifest_that_anybody_wrote_does_no_harm(remote: Remote, folder: Files, content: bytes) -> None:
    remote.edit("CNAME", b"example.org")
    remote.edit(".dateline.json", content)
    send(remote.to(), folder.put(a_html=b"a"))
    assert remote.tree() == folder.tree | {"CNAME": b"example.org"}


@pytest.mark.slow
def test_links_on_the_branch_are_not_ours_and_not_followed(remote: Remote, folder: Files) -> None:
    tree = f"120000 blob {git(remote.folder, 'hash-object', '-w', '--stdin', stdin=b'a')}\ta.html\n"
    made = git(remote.folder, "mktree", stdin=tree.encode())
    commit = git(remote.folder, "commit-tree", made, "-m", "x")
    git(remote.folder, "update-ref", "refs/heads/gh-pages", commit)
    files = folder.put(a_html=b"a")
    assert "a file that Dateline did not put there" in refused(remote.to(), files)
    send(remote.to(), files, take_over=True)
    assert git(remote.folder, "ls-tree", "gh-pages", "a.html").startswith("100644")


# The repository of the posts


@pytest.mark.slow
def test_the_remote_of_the_posts_gets_the_branch_and_the_clone_stays_as_it_is(
    clone: Path, remote: Remote, published: PublishedSite
) -> None:
    files = published.built()
    (clone / "staged").write_text("x")
    git(clone, "add", "staged")
    before = state_of(clone)
    send("git:.", files, published.posts)
    send("git:.#other", files, published.posts)
    assert remote.tree() == remote.tree("other") == published.output
    assert state_of(clone) == before


@pytest.mark.slow
def test_without_a_remote_the_branch_is_made_in_the_repository_itself(clone: Path, published: PublishedSite) -> None:
    git(clone, "remote", "remove", "origin")
    for hook in ("pre-receive", "update", "post-receive", "post-update", "reference-transaction", "pre-push"):
        plant(clone / ".git" / "hooks" / hook, published.root / "ran")
    plant(published.root / "alternates.sh", published.root / "ran")
    git(clone, "config", "core.alternateRefsCommand", published.root / "alternates.sh")
    git(clone, "config", "core.fsmonitor", published.root / "alternates.sh")
    git(clone, "config", "receive.denyCurrentBranch", "updateInstead")
    (clone / ".git/objects/info/alternates").write_text(f"{published.root}/remote.git/objects\n")
    head = git(clone, "rev-parse", "HEAD")
    sent = send("git:.", published.built(), published.posts)
    assert "no remote named origin" in sent.notes[0]
    names = git(clone, "ls-tree", "-r", "-z", "--name-only", "gh-pages").split("\0")
    assert published.output.keys() < {*names}
    assert not (published.root / "ran").exists()
    assert git(clone, "rev-parse", "HEAD") == head
    assert git(clone, "status", "--porcelain") == ""


def plant(file: Path, marker: Path) -> None:
    """Write a program that leaves a file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\ntouch '{marker}'\nexit 0\n")
    file.chmod(0o755)


@pytest.mark.slow
def test_a_branch_that_is_checked_out_is_refused(clone: Path, remote: Remote, published: PublishedSite) -> None:
    files = published.built()
    assert f"the branch main is checked out in {clone}" in refused("git:.#main", files, published.posts)
    git(clone, "worktree", "add", "--quiet", "-b", "pages", published.root / "more")
    assert "the branch pages is checked out" in refused("git:.#pages", files, published.posts)
    git(clone, "push", "--quiet", "origin", "main")
    git(clone, "checkout", "--quiet", "--detach")
    assert "the branch main has the posts themselves" in refused("git:.#main", files, published.posts)
    assert len(remote.commits("main")) == 1


@pytest.mark.slow
def test_settings_of_the_clone_that_reach_its_server_count_and_others_do_not(
    clone: Path, remote: Remote, published: PublishedSite
) -> None:
    git(clone, "config", "remote.origin.url", "pages:site")
    git(clone, "config", f"url.file://{remote.folder.parent}/remote.git.insteadOf", "pages:site")
    git(clone, "config", "core.hooksPath", ".hooks")
    git(clone, "config", "remote.origin.receivepack", f"touch {published.root}/ran;")
    plant(clone / ".hooks" / "pre-push", published.root / "ran")
    send("git:.", published.built(), published.posts)
    assert remote.tree() == published.output
    assert not (published.root / "ran").exists()


@pytest.mark.slow
def test_posts_outside_of_a_repository_have_no_branch(published: PublishedSite) -> None:
    assert "the posts are not in a repository" in refused("git:.", published.built(), published.posts)


def test_a_folder_of_posts_that_looks_like_a_repository_is_none(published: PublishedSite) -> None:
    """Anybody can commit such a folder, and its settings would name programs."""
    git(published.posts, "init", "--quiet", "--bare", ".")
    plant(published.root / "program", published.root / "ran")
    for key in ("core.fsmonitor", "core.sshCommand", "core.pager", "credential.helper"):
        git(published.posts, f"--git-dir={published.posts}", "config", key, published.root / "program")
    git(published.posts, f"--git-dir={published.posts}", "config", "remote.origin.url", "ssh://host.example/x")
    assert "the posts are not in a repository" in refused("git:.", published.built(), published.posts)
    git(published.posts, f"--git-dir={published.posts}", "config", "core.bare", "false")
    git(published.posts, f"--git-dir={published.posts}", "config", "core.worktree", "..")
    assert "the posts are not in a repository" in refused("git:.", published.built(), published.posts)
    assert not (published.root / "ran").exists()


# Hostile targets


@pytest.mark.parametrize(
    ("to", "says"),
    [
        ("git:--upload-pack=touch ran#x", "names no repository"),
        ("git:../other#x", "names no repository"),
        ("git+ext::sh -c touch% ran#x", "not a URL of a repository"),
        ("git+ext::touch#x", "'ext' is none of ssh, https and file"),
        ("git+fd://3/x#x", "'fd' is none of ssh, https and file"),
        ("git+git://host.example/x#x", "'git' is none of"),
        ("git+ssh://-oProxyCommand=touch/x#x", "begins with a hyphen"),
        ("git+ssh://-l@host.example/x#x", "begins with a hyphen"),
        ("git+ssh://git:secret@host.example/x#x", "has a password"),
        ("git+ssh://git@host.example:user/x.git#x", "not a URL of a repository"),
        ("git+ssh:///x.git#x", "names no repository"),
        ("git+https://host.example/#x", "names no repository"),
        ("git+file://host.example/x#x", "names no repository"),
        ("git+-x#x", "is none of"),
        ("git:.#--force", "is no name of a branch"),
        ("git:.#a..b", "is no name of a branch"),
        ("git:.#a b", "is no name of a branch"),
        ("git:.#a:refs/heads/main", "is no name of a branch"),
    ],
)
def test_what_git_would_take_for_something_else_is_refused(
    to: str, says: str, folder: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = refused(to, folder.put(a_html=b"a"), tmp_path)
    assert says in said
    assert "secret" not in said
    assert not (tmp_path / "ran").exists()


@pytest.mark.slow
def test_settings_that_lead_to_another_program_are_refused(
    clone: Path, published: PublishedSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(published.root)
    files = published.built()
    for url in ("ext::touch ran", "fd::3", "--upload-pack=touch ran", "-x:y"):
        git(clone, "config", "remote.origin.url", url)
        refused("git:.", files, published.posts)
    assert not list(published.root.rglob("ran"))


@pytest.mark.slow
def test_passwords_are_not_shown(clone: Path, published: PublishedSite) -> None:
    git(clone, "config", "remote.origin.url", "https://ana:hunter2@127.0.0.1:9/site.git")
    said = refused("git:.", published.built(), published.posts)
    assert "https://127.0.0.1:9/site.git#gh-pages: cannot be read" in said
    assert "hunter2" not in said
    assert "check your connection" in said


@pytest.mark.slow
def test_a_repository_that_is_not_there_says_what_to_do(tmp_path: Path, folder: Files) -> None:
    said = refused(f"git+file://{tmp_path}/none.git", folder.put(a_html=b"a"))
    assert "create it on the host first" in said


@pytest.mark.slow
def test_a_file_that_changed_since_the_build_stops_everything(remote: Remote, folder: Files, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"s")
    changes: list[Callable[[Path], object]] = [
        lambda file: file.write_bytes(b"other"),
        lambda file: file.mkdir(),
        lambda file: file.symlink_to(secret),
        os.mkfifo,
    ]
    for change in changes:
        files = folder.put(a_html=b"a", b_html=b"b")
        files[0].source.unlink()
        change(files[0].source)
        assert "publish again" in refused(remote.to(), files)
        assert git(remote.folder, "for-each-ref") == ""


# Servers that need a login, and those that hang


@pytest.fixture
def ssh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Path]:
    """A program in place of ssh: it runs the server's part here, after these lines; gives the log of its arguments."""

    def use(lines: str = "") -> Path:
        log, program = tmp_path / "ssh.log", tmp_path / "ssh"
        program.write_text(
            f'#!/bin/sh\nprintf "%s|" "$@" >> {log}\n{lines}\nfor last; do :; done\n'
            'exec env -i PATH="$PATH" sh -c "$last"\n'
        )
        program.chmod(0o755)
        monkeypatch.setenv("GIT_SSH_COMMAND", str(program))
        monkeypatch.setenv("GIT_SSH_VARIANT", "ssh")
        return log

    return use


@pytest.mark.slow
def test_ssh_gets_the_server_and_nothing_that_looks_like_an_option(
    remote: Remote, folder: Files, ssh: Callable[[str], Path]
) -> None:
    log = ssh("")
    to = f"git+ssh://git@host.example:2222{remote.folder}#gh-pages"
    send(to, folder.put(a_html=b"a"))
    send(to, folder.put(a_html=None, b_html=b"b"))
    assert remote.tree() == folder.tree
    assert "|-p|2222|git@host.example|git-receive-pack '" in log.read_text()


@pytest.mark.slow
def test_an_unknown_key_or_host_is_explained(remote: Remote, folder: Files, ssh: Callable[[str], Path]) -> None:
    to, files = f"git+ssh://git@host.example{remote.folder}", folder.put(a_html=b"a")
    ssh("echo 'git@host.example: Permission denied (publickey).' >&2; exit 255")
    assert "Permission denied (publickey); add your key to the SSH agent" in refused(to, files)
    ssh("echo 'Host key verification failed.' >&2; exit 255")
    assert "Host key verification failed; connect to the host with ssh once" in refused(to, files)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("hook", "says"),
    [
        (
            "echo error: Trace: 12 >&2; echo error: GH001: Too large >&2; exit 1",
            "cannot be pushed to: GH001: Too large; ",
        ),
        ("exit 1", "cannot be pushed to: pre-receive hook declined; make sure that you may push to this branch"),
    ],
)
def test_a_server_that_refuses_is_reported_with_its_reason(
    remote: Remote, folder: Files, ssh: Callable[[str], Path], hook: str, says: str
) -> None:
    ssh("")
    (remote.folder / "hooks").mkdir(exist_ok=True)
    (remote.folder / "hooks/pre-receive").write_text(f"#!/bin/sh\n{hook}\n")
    (remote.folder / "hooks/pre-receive").chmod(0o755)
    assert says in refused(f"git+ssh://git@host.example{remote.folder}", folder.put(a_html=b"a"))
    assert git(remote.folder, "for-each-ref") == ""


@pytest.mark.slow
def test_a_server_that_says_nothing_is_left(
    remote: Remote, folder: Files, ssh: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("dateline.publish.git._SILENCE", 0.3)
    ssh(f"echo $$ > {tmp_path}/pid; sleep 60 & wait")
    assert "no answer for" in refused(f"git+ssh://git@host.example{remote.folder}", folder.put(a_html=b"a"))
    assert has_ended((tmp_path / "pid").read_text().strip())


def has_ended(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    stat = Path("/proc", pid, "stat")  # it may have ended without anybody asking how
    return stat.exists() and stat.read_text().rpartition(") ")[2][0] == "Z"


# Two publishers


@pytest.mark.slow
def test_a_branch_that_moved_gets_the_commit_on_top(
    remote: Remote, folder: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when somebody adds a CNAME on the host's web page in that moment."""
    send(remote.to(), folder.put(a_html=b"a"))
    before_push(monkeypatch, lambda: remote.edit("CNAME", b"example.org"))
    send(remote.to(), folder.put(a_html=b"b"))
    assert remote.tree() == {"a.html": b"b", "CNAME": b"example.org"}
    assert len(remote.commits()) == 3


def before_push(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object], times: int = 1) -> None:
    """Have something happen between a commit and its push."""
    real, left = Branch.push, [happens] * times

    def push(*arguments: object) -> bool:
        if left:
            left.pop()()
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Branch, "push", push)


def send_from_elsewhere(remote: Remote, files: list[LocalFile], root: Path) -> None:
    """Send files as another machine does, which has locks of its own."""
    with mock.patch.dict(os.environ, {CACHE_VARIABLE: str(root / "elsewhere")}):
        send(remote.to(), files)


def test_the_later_of_two_publishers_stops(
    remote: Remote, folder: Files, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files = folder.put(a_html=b"a")
    before_push(monkeypatch, lambda: send_from_elsewhere(remote, files, tmp_path))
    later = folder.put(a_html=b"b")
    assert "another publisher has published there meanwhile" in refused(remote.to(), later)
    assert remote.read("a.html") == b"a"
    before_push(monkeypatch, lambda: send_from_elsewhere(remote, later, tmp_path))
    send(remote.to(), later)  # the other one sends the same
    assert len(remote.commits()) == 2


@pytest.mark.slow
def test_a_branch_that_moves_all_the_time_is_given_up(
    remote: Remote, folder: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter(range(100))
    before_push(monkeypatch, lambda: remote.edit("CNAME", str(next(times)).encode()), times=100)
    assert "others push to this branch all the time" in refused(remote.to(), folder.put(a_html=b"a"))
    assert remote.tree().keys() == {"CNAME"}


@pytest.mark.slow
def test_a_second_publisher_on_this_machine_stops_at_once(remote: Remote, folder: Files) -> None:
    with closing(open_git(PublishTo(remote.to()), Path("/"))):
        assert "another process on this machine is publishing there now" in refused(
            remote.to(), folder.put(a_html=b"a")
        )


@pytest.mark.slow
def test_publishers_at_once_never_mix_their_files(
    remote: Remote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = [Files(tmp_path / f"output{number}") for number in range(4)]
    lists = [output.put(a_html=b"%d" % i, b_html=b"%d" % i, feed_xml=b"%d" % i) for i, output in enumerate(outputs)]
    done: list[int] = []

    def publish(target: GitTarget, number: int) -> None:
        with closing(target), suppress(TargetError):
            target.send(lists[number], SendOptions(ID), no_progress)
            done.append(number)

    threads = []
    for number in range(4):
        monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / f"machine{number}"))
        target = open_git(PublishTo(remote.to()), Path("/"))
        threads.append(threading.Thread(target=publish, args=(target, number)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done
    assert len(remote.commits()) == len(done)
    assert remote.tree() in [outputs[number].tree for number in done]


@pytest.mark.slow
def test_killed_anywhere_the_branch_has_one_output_or_the_other(remote: Remote, published: PublishedSite) -> None:
    published.publish_to(f'to = "{remote.to()}"')

    survive_kills(published, remote.tree, pause=0.25)
    remote.commits()  # the history is sound


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_publish_that_is_stopped_leaves_nothing_that_the_next_one_does_not_remove(
    remote: Remote, published: PublishedSite, ssh: Callable[[str], Path], tmp_path: Path, number: signal.Signals
) -> None:
    ssh(f"echo $$ > {tmp_path}/pid; sleep 60 & wait")
    published.publish_to(f'to = "git+ssh://git@host.example{remote.folder}"')
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "publish.kills", str(published.posts), str(published.public)],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "TMPDIR": str(temporary), CACHE_VARIABLE: str(tmp_path / "cache")},
        stderr=subprocess.PIPE,
    )
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)
    process.communicate(timeout=30)
    pid = (tmp_path / "pid").read_text().strip()
    if number == signal.SIGINT:
        assert has_ended(pid)
    else:
        os.kill(int(pid), signal.SIGKILL)
        ssh("")
        with mock.patch.dict(os.environ, {CACHE_VARIABLE: str(tmp_path / "cache")}):
            send(f"git+ssh://git@host.example{remote.folder}", published.built(), published.posts)
        assert remote.tree() == published.output
    assert not [*temporary.iterdir()]
    assert not [*(tmp_path / "cache" / "publishing").glob("*.work")]


# A host of pages, from the command line


class Pages:
    """A host that serves a branch below its root, as GitHub Pages does, some requests after a push."""

    def __init__(self, remote: Remote, web: Web, root: Path) -> None:
        self.remote, self.web, self.folder = remote, web, root / "www" / "harbour"
        self.lag, self.deployed = 0, ""
        web.folder, web.quirk = root / "www", self.answer

    def answer(self, request: Request, reply: Reply) -> Reply:
        commit = git(self.remote.folder, "for-each-ref", "--format=%(objectname)", "refs/heads/gh-pages")
        if commit != self.deployed and request.is_for_feed:
            self.lag -= 1
            if self.lag < 0:
                self.deploy(commit)
        if reply.status != 404:
            return reply
        page = self.folder / "404.html"
        return Reply(404, {"Content-Type": "text/html; charset=utf-8"}, page.read_bytes() if page.exists() else b"?")

    def deploy(self, commit: str) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        archive = subprocess.check_output(["git", "archive", commit], cwd=self.remote.folder)
        subprocess.run(["tar", "-x"], cwd=self.folder, input=archive, check=True)
        self.deployed = commit


@pytest.mark.slow
def test_pages_of_a_project_are_published_from_a_clone_as_the_guide_says(
    clone: Path, remote: Remote, published: PublishedSite, ssh: Callable[[str], Path]
) -> None:
    ssh("")
    guide = (Path(__file__).parents[2] / "posts/guide/2025-03-19-publishing.md").read_text("utf-8")
    table = re.search(r'```toml\n(\[publish\]\nto = "git:.*?)```', guide, re.DOTALL)
    assert table
    with serving() as web, mock.patch("dateline.verify.site.FIRST_PAUSE", 0.01):
        pages = Pages(remote, web, published.root)
        written = PAGES.replace("https://example.org/", f"{web.url}harbour/")
        published.write("feed.toml", f"{written}\n{table[1]}")
        git(clone, "remote", "set-url", "origin", f"git@host.example:{remote.folder}")
        refused = dateline("publish", cwd=clone, now="")
        assert refused.code == 1
        assert "would push commits to git:.#gh-pages, which you have not allowed yet" in refused.err
        assert git(remote.folder, "for-each-ref") == ""
        first = dateline("publish", "--yes", "git:.#gh-pages", "--first", cwd=clone, now="")
        assert first.code == 0, first
        assert pages.deployed == remote.commits()[0]
        published.post("2025-05-01-next.md", "Next.\n", title="Next")
        pages.lag = 3
        again = dateline("publish", cwd=clone, now="")
        assert again.code == 0, again
        assert [pages.deployed] == remote.commits()[:1]
        assert b"Next" in (pages.folder / "rss.xml").read_bytes()
        assert f'href="{web.url}harbour/' in (pages.folder / "index.html").read_text("utf-8")
        assert git(clone, "branch", "--all") == "* main"
