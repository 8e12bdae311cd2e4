"""What ``dateline init`` asks on a terminal."""

import fcntl
import os
import pty
import re
import select
import subprocess
import sys
import termios
import tomllib
from pathlib import Path

import pytest
from conftest import NOW, dateline

from dateline.content.machine import machine_language, machine_zone


def talk(folder: Path, arguments: list[str], answers: list[tuple[str, str]], **env: str) -> tuple[int, str]:
    """Run a command on a terminal, type each answer after its question, and return its exit code and all it shows."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "dateline", *arguments],
        cwd=folder,
        env={**os.environ, "DATELINE_NOW": NOW, "TERM": "dumb", "NO_COLOR": "1", **env},
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # or Ctrl-C would be a character like others
    )
    os.close(follower)
    shown, seen = b"", 0
    pending, key = list(answers), b""
    while True:
        # Python may miss a key that comes just before it begins to read, so whoever presses one presses it again.
        while key and not select.select([leader], [], [], 2)[0]:
            os.write(leader, key)
        try:
            chunk = os.read(leader, 65536)
        except OSError:
            break
        if not chunk:
            break
        shown += chunk
        if pending and pending[0][0].encode() in shown[seen:]:
            seen = len(shown)
            answer = pending.pop(0)[1].encode()
            os.write(leader, answer)
            key = answer if answer < b" " and answer != b"\n" else b""
    os.close(leader)
    return process.wait(60), shown.decode().replace("\r\n", "\n")


def test_what_is_missing_is_asked_with_the_machines_values_in_brackets(tmp_path: Path) -> None:
    answers = [
        ("Title: ", "El Faro\n"),
        ("Address, like https://example.org/: ", "nowhere\n"),
        ("Address, like https://example.org/: ", "elfaro.example\n"),
        ("Author [El Faro]: ", "Ana Díaz\n"),
        ("Time zone [America/El_Salvador]: ", "\n"),
        ("Language [es]: ", "\n"),
    ]
    code, shown = talk(tmp_path, ["init", "."], answers, TZ="America/El_Salvador", LC_ALL="es_SV.UTF-8")
    assert code == 0, shown
    assert shown.startswith("A new publication in this folder. Press Enter to accept what is in brackets.\n")
    assert "error: 'nowhere' is not a web address; write it like https://example.org/\n" in shown
    settings = tomllib.loads((tmp_path / "feed.toml").read_text("utf-8"))
    assert {**settings, "id": ""} == {
        "id": "",
        "title": "El Faro",
        "description": "El Faro",
        "url": "https://elfaro.example",
        "author": "Ana Díaz",
        "timezone": "America/El_Salvador",
        "language": "es",
        "output": "public",
        "live": False,
        "addresses": {"archive": "archivo", "subscribe": "suscribirse"},
    }
    assert re.match(r"tag:elfaro\.example,2025-06-01:", settings["id"])
    assert dateline("build", cwd=tmp_path).code == 0
    assert (tmp_path / "public/rss.xml").is_file()


def test_only_what_is_missing_is_asked(tmp_path: Path) -> None:
    given = ["--title", "T", "--url", "https://example.org/", "--author", "A", "--language", "en"]
    code, shown = talk(tmp_path, ["init", *given], [("Time zone [", "UTC\n")])
    assert (code, (tmp_path / "posts/feed.toml").is_file()) == (0, True)
    assert "Title" not in shown.partition("Wrote")[0]
    code, shown = talk(tmp_path, ["init"], [])
    assert (code, shown) == (1, "error: posts: contains a publication already; choose another folder\n")


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_who_stops_answering_begins_nothing(tmp_path: Path, key: str) -> None:
    code, shown = talk(tmp_path, ["init"], [("Title: ", "T\n"), ("Address", key)])
    assert (code, shown.splitlines()[-1]) == (130, "Stopped: nothing was written.")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("es_SV.UTF-8", "es"),
        ("pt_BR", "pt-BR"),
        ("C.UTF-8", "en"),
        ("", "en"),
        ("zh_TW.UTF-8@x", "zh-TW"),
        ("???", "en"),
    ],
)
def test_the_language_is_that_of_the_locale(monkeypatch: pytest.MonkeyPatch, variable: str, expected: str) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", variable)
    assert machine_language() == expected


def test_the_time_zone_is_that_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TZ", raising=False)
    assert machine_zone(str(tmp_path)) == "UTC"
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/timezone").write_text("Europe/Madrid\n")
    assert machine_zone(str(tmp_path)) == "Europe/Madrid"
    (tmp_path / "etc/localtime").symlink_to("../usr/share/zoneinfo/Asia/Tokyo")
    assert machine_zone(str(tmp_path)) == "Asia/Tokyo"
    monkeypatch.setenv("TZ", ":/usr/share/zoneinfo/America/Lima")
    assert machine_zone(str(tmp_path)) == "America/Lima"
    monkeypatch.setenv("TZ", "Mars/Phobos")
    assert machine_zone(str(tmp_path)) == "Asia/Tokyo"


def test_what_to_do_next_fits_a_narrow_terminal(tmp_path: Path) -> None:
    for columns in (40, 80):
        _, shown = talk(tmp_path, [], [], COLUMNS=str(columns))
        steps = shown.partition("\n\n")[2]
        assert max(map(len, steps.splitlines())) <= columns
        assert re.search(r"dateline import SITE posts +move a site in from", steps.replace("\n", ""))
