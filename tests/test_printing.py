"""Standard streams that are closed, full or unable to encode, and interruptions."""

import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import NOW, Site, cold

from dateline.messages.console import styled

COMMAND = [sys.executable, "-m", "dateline"]


def run(site: Site, *arguments: str, unbuffered: bool, **options: object) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    environment |= {"DATELINE_NOW": NOW} | ({"PYTHONUNBUFFERED": "1"} if unbuffered else {})
    return subprocess.run([*COMMAND, *arguments], cwd=site.root, env=environment, text=True, **options)  # type: ignore[call-overload, no-any-return]


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@pytest.fixture
def built(site: Site) -> Site:
    site.post()
    return site


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("unbuffered", [True, False])
@pytest.mark.parametrize("command", ["build", "diff", "check"])
def test_what_cannot_be_printed_is_said_in_a_line(built: Site, command: str, unbuffered: bool) -> None:
    with open("/dev/full", "w") as full:
        done = run(built, command, unbuffered=unbuffered, stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (1, "error: cannot print: No space left on device\n")


@pytest.mark.parametrize("unbuffered", [True, False])
def test_where_nobody_reads_on_it_ends_without_a_word(built: Site, unbuffered: bool) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w") as pipe:
        done = run(built, "build", unbuffered=unbuffered, stdout=pipe, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (141, "")
    assert (built.public / "rss.xml").is_file()


def redirected(site: Site, redirection: str, *arguments: str, **env: str) -> "subprocess.CompletedProcess[bytes]":
    """Run a command as a shell does with redirections such as ``>&-``."""
    command = ["sh", "-c", f'exec "$@" {redirection}', "sh", *COMMAND, *arguments]
    return subprocess.run(command, cwd=site.root, env={**os.environ, "DATELINE_NOW": NOW, **env}, capture_output=True)


@pytest.mark.parametrize("redirection", [">&-", "2>&-", "<&- >&- 2>&-", "2>/dev/full"])
def test_a_build_is_done_without_its_streams(built: Site, redirection: str) -> None:
    done = redirected(built, redirection, "build")
    assert (done.returncode, done.stderr) == (0, b"")
    assert bool(done.stdout) == redirection.startswith("2")
    assert built.tree() == cold(built)


@pytest.mark.parametrize(
    ("redirection", "arguments", "code"),
    [
        (">&-", ["--version"], 0),
        ("2>&-", ["build", "--nope"], 2),
        ("2>/dev/full", ["build", "--nope"], 2),
        ("2>&-", ["check", "nowhere"], 1),
        ("<&- >&- 2>&-", ["adopt", "nowhere", "--json"], 1),
    ],
)
def test_exit_codes_are_the_same_without_streams(
    built: Site, redirection: str, arguments: list[str], code: int
) -> None:
    done = redirected(built, redirection, *arguments)
    assert done.returncode == code
    assert b"Traceback" not in done.stdout + done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize(
    "arguments", [["--version"], ["--help"], pytest.param(["preview"], marks=pytest.mark.slow)], ids=str
)
def test_a_full_standard_output_is_reported(built: Site, arguments: list[str]) -> None:
    if arguments[0] == "preview":
        arguments = ["preview", "--port", str(free_port())]
    done = redirected(built, ">/dev/full", *arguments)
    assert (done.returncode, done.stderr) == (1, b"error: cannot print: No space left on device\n")


@pytest.mark.parametrize("arguments", [["--help"], ["due"]])
def test_a_pipe_that_nobody_reads_ends_any_command(built: Site, arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w") as pipe:
        done = run(built, *arguments, unbuffered=False, stdout=pipe, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.slow
def test_what_an_encoding_lacks_is_escaped(built: Site) -> None:
    built.post(title="Ñandú 😀")
    ascii_only = {"PYTHONIOENCODING": "ascii"}
    report = json.loads(redirected(built, "", "build", "--json", **ascii_only).stdout)
    assert report["subscribers"]["new"][0]["title"] == "Ñandú 😀"
    done = redirected(built, "", "build", "Ñ", **ascii_only)
    assert done.stderr.startswith(rb"error: \u00d1: no such folder")
    done = redirected(built, "", "build", "--Ñ", PYTHONIOENCODING="latin-1")
    assert "no option --Ñ;".encode("latin-1") in done.stderr


def test_names_that_are_not_utf_8_are_escaped_in_json_too(built: Site) -> None:
    done = subprocess.run([*COMMAND, "check", b"p\xff", "--json"], cwd=built.root, capture_output=True, check=False)
    assert done.returncode == 1
    (error,) = json.loads(done.stdout)["errors"]
    assert error["path"] == "p\udcff"


@pytest.mark.parametrize("answers", ["<&-", "0>/dev/null", "<bytes"])
def test_answers_that_cannot_be_read_abort(tmp_path: Path, answers: str) -> None:
    shutil.copytree(Path(__file__).parent / "adopt" / "in-doubt", tmp_path, dirs_exist_ok=True)
    (tmp_path / "bytes").write_bytes(b"\xff\n\xc3")
    done = redirected(Site(tmp_path), answers, "adopt", "feed.xml", "--interactive")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == b"error: no answer can be read; run this on a terminal"


def test_a_folder_that_was_removed_is_no_fault_of_printing(built: Site) -> None:
    gone = built.root / "gone"
    script = f'mkdir "{gone}" && cd "{gone}" && rmdir "{gone}" && exec "$@"'
    done = subprocess.run(["sh", "-c", script, "sh", *COMMAND, "build"], capture_output=True, text=True)
    remedy = "give the folder of posts, or create one with dateline init"
    assert (done.returncode, done.stderr) == (1, f"error: posts: no such folder; {remedy}\n")


@pytest.mark.parametrize("delay", [0.0, 0.02, 0.05, 0.1])
def test_an_interruption_at_the_very_start_leaves_no_traceback(built: Site, delay: float) -> None:
    begin = """import os, sys
from dateline.cli import fastpath
fastpath.plain_options = lambda arguments: os.write(1, b".") and None
sys.argv[1:] = ["check"]
fastpath.run()"""
    with subprocess.Popen(
        [sys.executable, "-c", begin], cwd=built.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdout.read(1) == b"."
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert process.returncode in (0, 1, 130)  # 1 is how the parser of arguments tells of it
    assert b"Traceback" not in err


def test_a_text_without_a_colour_is_printed_as_it_is_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    assert styled("written", "green", terminal) == "\033[32mwritten\033[0m"
    assert styled("there already", "", terminal) == "there already"
