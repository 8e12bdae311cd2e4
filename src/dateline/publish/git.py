"""Run the git program: without a shell, without questions and hooks, within bounded time.

It works in a repository of our own with just those of the user's settings that say how to reach
a server and who they are. So nothing else that lies in a repository, or that a server sends, makes git run a program.
"""

import os
import re
import selectors
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple

from dateline.errors import TargetError, printable, reason_of
from dateline.system import end_session

_SILENCE = 180.0  # seconds without a word from git, which reports progress all the time, after which it is ended
_GRACE = 5.0  # seconds that it has for that
# Variables that say how to reach a server, and who commits; others, like GIT_DIR in a hook, are about a repository.
_KEPT = re.compile(r"GIT_(?:SSH|SSL|HTTP|PROXY|CURL|ASKPASS|AUTHOR|COMMITTER|TRACE|EXEC_PATH)")
_CONFIGURING = re.compile(r"GIT_CONFIG_(?:COUNT|KEY_|VALUE_|PARAMETERS|GLOBAL|SYSTEM|NOSYSTEM)")
_SETTINGS = re.compile(
    r"(?:author|committer|credential|http|safe|ssh|url|user)\..*|core\.(?:sshcommand|askpass)|remote\.origin\.(?:push)?url",
    re.DOTALL,
)
# The settings of a repository on this machine may name programs: hooks, and what finds other repositories' branches.
_HARMLESS = (
    "core.hooksPath=/dev/null",
    "core.alternateRefsCommand=true",
    "core.fsmonitor=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "receive.autogc=false",
    "receive.denyCurrentBranch=refuse",
    "uploadpack.allowFilter=true",
    "uploadpack.allowAnySHA1InWant=true",
)
_PROTOCOLS = "file:http:https:ssh"
_PASSWORD = re.compile(r"(?<=://)[^/@\s']+@")
_PREFIX = re.compile(r"(?:(?:error|fatal|remote):\s*)+", re.IGNORECASE)
# Where the reason is, the best one first: in what the server says, in what was printed of a branch, in what git says.
_REASONS = (
    re.compile(r"remote: ((?:error(?!: (?:see|trace))|fatal|invalid|permission|repository|support).*)", re.IGNORECASE),
    re.compile(r"!.*\[(?:remote )?rejected\] \((.*)\)"),
    re.compile(r"((?:fatal|error|ssh).*|.*(?:denied|verification failed).*)", re.IGNORECASE),
    re.compile(r"(.+)"),
)
_PROGRESS = re.compile(r"(\w[\w ]*):\s+\d+% \((\d+)/(\d+)\)")


class GitError(Exception):
    """A command of git that failed: what it said about that, and what it printed otherwise."""

    def __init__(self, said: str, printed: str = "") -> None:
        super().__init__(said)
        self.said = said
        self.printed = printed

    @property
    def reason(self) -> str:
        """The line that says why, without passwords."""
        lines = [line.strip() for line in _PASSWORD.sub("", f"{self.said}\n{self.printed}").splitlines()]
        found = (match[1] for pattern in _REASONS for match in map(pattern.fullmatch, lines) if match)
        return printable(_PREFIX.sub("", next(found, "no reason is known"), count=1)).rstrip(".")


class Setting(NamedTuple):
    """A setting of git: where it is from, like ``global`` or ``local``, its key, and its value if it has one."""

    scope: str
    key: str
    value: str | None = None


def settings_of(folder: Path | None) -> list[Setting]:
    """Return the settings with which git reaches servers, those of the repository that a folder is in among them.

    Raises GitError.
    """
    found = run(["config", "--list", "--show-scope", "-z"], folder)
    parts = found.decode(errors="surrogateescape").split("\0")
    settings = []
    for scope, entry in zip(parts[::2], parts[1::2], strict=False):
        key, has_value, value = entry.partition("\n")
        is_own = scope in ("local", "worktree")
        if _SETTINGS.fullmatch(key) and not (is_own and (folder is None or key.startswith("safe."))):
            settings.append(Setting(scope, key, value if has_value else None))
    return settings


class Repository:
    """A repository of our own, in an empty folder, with one remote, `origin`."""

    def __init__(self, folder: Path, url: str, push_url: str, settings: Sequence[Setting], *, is_local: bool) -> None:
        self.folder = folder
        self._git = folder / "git"
        own = [Setting("", key.lower(), value) for key, value in (one.split("=", 1) for one in _HARMLESS)]
        # A server that hangs is left; ssh asks for no passwords. What users have set comes later, and so counts.
        own += [Setting("", "http.lowspeedlimit", "100"), Setting("", "http.lowspeedtime", str(int(_SILENCE)))]
        if "GIT_SSH" not in os.environ:
            own.append(Setting("", "core.sshcommand", "ssh -o BatchMode=yes -o ConnectTimeout=30"))
        remote = [Setting("", "remote.origin.url", url)]
        if push_url:
            remote.append(Setting("", "remote.origin.pushurl", push_url))
        if is_local:
            program = " ".join(["git", *(f"-c {one}" for one in _HARMLESS)])
            remote.append(Setting("", "remote.origin.uploadpack", f"{program} upload-pack"))
            remote.append(Setting("", "remote.origin.receivepack", f"{program} receive-pack"))
        (self.folder / "config").write_text(_config([*own, *settings, *remote]), "utf-8", "surrogateescape")
        self._env = _environment() | {
            "GIT_DIR": str(self._git),
            "GIT_CONFIG_GLOBAL": str(self.folder / "config"),
            "GIT_CONFIG_NOSYSTEM": "1",
        }

    def init(self, object_format: str) -> None:
        """Make the repository, or make it anew with another format of its objects. Raises GitError."""
        shutil.rmtree(self._git, ignore_errors=True)
        self.git("init", "--quiet", "--bare", "--template=", f"--object-format={object_format}", str(self._git))

    def git(self, *words: str, progress: Callable[[str, int, int], None] | None = None) -> bytes:
        """Run a command and return what it prints. Raises GitError."""
        return run(words, self.folder, self._env, progress)

    def fast_import(self, commands: Iterator[bytes]) -> None:
        """Feed git fast-import, which makes what the commands say all at once, or nothing. Raises GitError."""
        words = ["git", "-c", "core.ignorecase=false", "fast-import", "--quiet", "--done", "--force"]
        words += ["--date-format=raw"]
        with tempfile.TemporaryFile() as said:
            process = _started(words, self.folder, self._env, subprocess.PIPE, subprocess.DEVNULL, said)
            assert process.stdin
            try:
                with suppress(BrokenPipeError), process.stdin:
                    for command in commands:
                        process.stdin.write(command)
                process.wait()
            except BaseException:
                _end(process)
                raise
            if process.returncode:
                said.seek(0)
                raise GitError(said.read().decode(errors="replace"))


def _config(settings: Sequence[Setting]) -> str:
    """Return settings as a file of git's."""
    lines = []
    for _, key, value in settings:
        section, _, rest = key.partition(".")
        below, _, name = rest.rpartition(".")
        lines.append(f"[{section} {_quoted(below)}]" if below else f"[{section}]")
        lines.append(name if value is None else f"{name} = {_quoted(value)}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _environment(more: "re.Pattern[str] | None" = None) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or _KEPT.match(name) or (more and more.match(name))
    }
    # In English, since errors are looked up by what they say.
    return kept | {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": _PROTOCOLS,
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
    }


def run(
    words: Sequence[str],
    folder: Path | None,
    env: Mapping[str, str] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> bytes:
    """Run git in a folder, and return what it prints. Raises GitError, TargetError if there is no git."""
    # A folder among the posts that looks like a bare repository came with them, and so did its settings.
    words = ["git", "-c", "safe.bareRepository=explicit", *words]
    with tempfile.TemporaryFile() as out:
        process = _started(words, folder, env or _environment(_CONFIGURING), subprocess.DEVNULL, out, subprocess.PIPE)
        try:
            said = _listen(process, progress)
        except BaseException:
            _end(process)
            raise
        out.seek(0)
        printed = out.read()
        if process.returncode:
            raise GitError(said, printed.decode(errors="replace"))
        return printed


def _started(
    words: Sequence[str],
    folder: Path | None,
    env: Mapping[str, str],
    stdin: int,
    stdout: "IO[bytes] | int",
    stderr: "IO[bytes] | int",
) -> "subprocess.Popen[bytes]":
    folder = folder or Path(tempfile.gettempdir())
    try:
        # A session of its own: without a terminal, ssh cannot ask on it.
        return subprocess.Popen(
            words, cwd=folder, env=env, stdin=stdin, stdout=stdout, stderr=stderr, start_new_session=True
        )
    except OSError as error:
        raise TargetError("git", None, f"cannot be run: {reason_of(error)}", "install git") from None


def _listen(process: "subprocess.Popen[bytes]", progress: Callable[[str, int, int], None] | None) -> str:
    """Wait for a process, and return what it said; a program that it left behind may go on.

    Raises GitError if it has been silent for too long.
    """
    assert process.stderr
    silent = GitError(f"no answer for {_SILENCE:.0f} seconds")
    descriptor = process.stderr.fileno()
    os.set_blocking(descriptor, False)
    said, heard_at = b"", time.monotonic()
    with process.stderr, selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while True:
            has_ended = process.poll() is not None
            part = b""
            if selector.select(0 if has_ended else 0.1):
                with suppress(BlockingIOError):
                    part = os.read(descriptor, 2**16)
                if not part:
                    selector.unregister(descriptor)
                    try:
                        process.wait(_SILENCE)
                    except subprocess.TimeoutExpired:
                        raise silent from None
                    break
                said, heard_at = (said + part)[-(2**20) :], time.monotonic()
                for phase, done, total in _PROGRESS.findall(part.decode(errors="replace")):
                    if progress:
                        progress(phase.lower(), int(done), int(total))
            elif has_ended:
                break
            elif time.monotonic() - heard_at > _SILENCE:
                raise silent
    # Progress is written over itself, with carriage returns.
    return re.sub(r"[^\n]*\r(?!\n)", "", said.decode(errors="replace"))


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a process and those that it started."""
    for at_once in (False, True):
        with suppress(OSError):
            end_session(process.pid, at_once=at_once)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
            return
