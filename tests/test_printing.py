"""What becomes of the program where what it prints finds no room, or it is interrupted."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import NOW, Site

COMMAND = [sys.executable, "-m", "dateline"]


def run(site: Site, *arguments: str, unbuffered: bool, **options: object) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    environment |= {"DATELINE_NOW": NOW} | ({"PYTHONUNBUFFERED": "1"} if unbuffered else {})
    return subprocess.run([*COMMAND, *arguments], cwd=site.root, env=environment, text=True, **options)  # type: ignore[call-overload, no-any-return]


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


def test_a_folder_that_was_removed_is_no_fault_of_printing(built: Site) -> None:
    gone = built.root / "gone"
    script = f'mkdir "{gone}" && cd "{gone}" && rmdir "{gone}" && exec "$@"'
    done = subprocess.run(["sh", "-c", script, "sh", *COMMAND, "build"], capture_output=True, text=True)
    remedy = "name the folder of posts, or make one with dateline init"
    assert (done.returncode, done.stderr) == (1, f"error: posts: no such folder; {remedy}\n")


@pytest.mark.parametrize("delay", [0.0, 0.02, 0.05, 0.1])
def test_an_interruption_at_the_very_start_leaves_no_traceback(built: Site, delay: float) -> None:
    begin = """import os, sys
from dateline import start
start.call_of = lambda arguments: os.write(1, b".") and None
sys.argv[1:] = ["check"]
start.run()"""
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
