"""What only a POSIX system has is in one module; and what that module does, on macOS too as far as Linux can tell."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import dateline

PACKAGE = Path(dateline.__file__).parent
MODULES = {"crypt", "fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty"}
# Not on Windows, says the documentation of Python. (Who calls os.sched_getaffinity and os.copy_file_range here can do
# without them.)
NAMES = {
    "os": "O_CLOEXEC O_DIRECTORY O_NOCTTY O_NOFOLLOW O_NONBLOCK O_SYNC POSIX_SPAWN_CLOSE POSIX_SPAWN_DUP2 WNOHANG "
    "chown fchown fdatasync fork forkpty getegid geteuid getgid getgroups getloadavg getpgid getpgrp getsid "
    "getuid initgroups killpg lchown major makedev minor mkfifo mknod openpty posix_spawn posix_spawnp pread "
    "preadv pwrite pwritev sendfile setegid seteuid setgid setgroups setpgid setsid setuid "
    "statvfs sync tcgetpgrp uname wait wait3 wait4 waitid",
    "select": "epoll kqueue poll",
    "signal": "ITIMER_PROF ITIMER_REAL ITIMER_VIRTUAL SIGALRM SIGCHLD SIGCONT SIGHUP SIGKILL SIGPIPE SIGPROF SIGQUIT "
    "SIGSTOP SIGTSTP SIGUSR1 SIGUSR2 SIGVTALRM SIGWINCH SIG_BLOCK SIG_SETMASK SIG_UNBLOCK alarm getitimer "
    "pause pthread_kill pthread_sigmask setitimer siginterrupt sigpending sigwait",
    "socket": "AF_UNIX",
}


def not_on_windows(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names):
                yield from (alias.name for alias in names if alias.name in MODULES)
            case ast.ImportFrom(str(module), names):
                yield from (module for _ in names if module in MODULES)
                yield from (f"{module}.{alias.name}" for alias in names if alias.name in NAMES.get(module, "").split())
            case ast.Attribute(ast.Name(module), name) if name in NAMES.get(module, "").split():
                yield f"{module}.{name}"
            case ast.keyword("dir_fd"):
                yield "dir_fd"


@pytest.mark.slow
def test_what_windows_lacks_is_named_in_one_module() -> None:
    found = {
        (file.relative_to(PACKAGE).as_posix(), name)
        for file in PACKAGE.rglob("*.py")
        for name in not_on_windows(ast.parse(file.read_text("utf-8")))
    }
    assert {file for file, _ in found} == {"system.py"}, sorted(found)


# Loads each module as Windows would: libraries are loaded before, since these look for real parts of Windows.
ON_WINDOWS = f"""
import importlib, os, pkgutil, select, signal, socket, sys
import dateline

def load():
    for module in pkgutil.walk_packages(dateline.__path__, "dateline."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)

load()
for name in [name for name in sys.modules if name.startswith("dateline")]:
    del sys.modules[name]
import dateline
for name in {MODULES!r}:
    sys.modules[name] = None
for module, names in {NAMES!r}.items():
    for name in names.split():
        if hasattr(sys.modules[module], name):
            delattr(sys.modules[module], name)
sys.platform = "win32"
load()
from dateline.cli.fastpath import run
for line in sys.argv[1:]:
    sys.argv = ["dateline", *line.split()]
    before = sys.stdout, sys.stderr
    try:
        run()
        print("ended", 0, flush=True)
    except SystemExit as ended:
        print("ended", ended.code or 0, flush=True)
    sys.stdout, sys.stderr = before
"""


@pytest.mark.slow
def test_on_windows_each_module_loads_and_the_command_says_that_it_does_not_work_there() -> None:
    lines = ["--version", "--help", "build --help", "", "build", "preview posts --drafts"]
    done = subprocess.run([sys.executable, "-c", ON_WINDOWS, *lines], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    codes = [line for line in done.stdout.splitlines() if line.startswith("ended")]
    assert codes == ["ended 0"] * 3 + ["ended 1"] * 3
    assert dateline.__version__ in done.stdout
    assert "Write the feeds and pages" in done.stdout
    refused = "error: Dateline does not run on Windows yet; use the Windows Subsystem for Linux (WSL)\n"
    assert done.stderr == refused * 3
