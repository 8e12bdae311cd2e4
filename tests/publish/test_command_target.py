"""``[publish] to = "command: …"``: a program of the user's, here a script."""

import json
import os
import sys
from pathlib import Path

import pytest
from conftest import SETTINGS, Site

from dateline.publish.command_target import CommandTarget
from dateline.publish.upload import StoreTarget
from publish.web import serving

SCRIPT = """\
import json, os, shutil, sys
json.dump([os.getcwd(), sys.argv[1:]], open(os.environ["CALLED"], "w"))
print("Deployed.")
if "--fail" in sys.argv:
    sys.exit(7)
if os.environ.get("WWW"):
    shutil.copytree(sys.argv[1], os.environ["WWW"], dirs_exist_ok=True)
"""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for a site that is not there."""
    for target in (StoreTarget, CommandTarget):
        monkeypatch.setattr(target, "wait", 0.1)


@pytest.fixture
def called(site: Site, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the script writes its arguments."""
    monkeypatch.setenv("CALLED", str(site.root / "called.json"))
    site.write("deploy.py", SCRIPT)
    return site.root / "called.json"


def publish(site: Site, words: str, url: str = "http://127.0.0.1:9/", *options: object) -> tuple[int, str]:
    to = f"command: {words}"
    settings = SETTINGS.replace("https://example.org/", url)
    site.write("feed.toml", f"{settings}live = false\n[publish]\nto = {json.dumps(to)}\n")
    site.post()
    result = site.run("publish", "--yes", to, *options)
    return result.code, result.err


def test_a_program_gets_the_output_as_one_word_and_no_shell(site: Site, called: Path) -> None:
    site.public = site.root / "the output; touch x"
    publish(
        site,
        f"{sys.executable} deploy.py {{output}} --dir={{output}}/x 'a b' $HOME; touch y",
        "http://127.0.0.1:9/",
        "--output",
        site.public,
    )
    folder, words = json.loads(called.read_text())
    assert folder == os.path.realpath(site.posts)
    assert words == [str(site.public), f"--dir={site.public}/x", "a b", "$HOME;", "touch", "y"]
    assert not (site.posts / "x").exists()
    assert not (site.posts / "y").exists()


def test_a_program_puts_the_site_online_and_it_is_checked(
    site: Site, called: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with serving() as web:
        web.folder = site.root / "www"
        monkeypatch.setenv("WWW", str(web.folder))
        words = f"{sys.executable} deploy.py {{output}}"
        assert publish(site, words, web.url) == (0, "")
        assert (web.folder / "rss.xml").read_bytes() == (site.public / "rss.xml").read_bytes()
        assert "Deployed.\n" in capfd.readouterr().err  # not on standard output, which may be JSON
        site.post("2025-04-15-second.md", title="Second")
        assert publish(site, words, web.url)[0] == 0
        (site.posts / "2025-04-15-second.md").unlink()
        called.unlink()
        code, err = publish(site, words, web.url)
        assert (code, "“Second” would be gone" in err) == (3, True)
        assert not called.exists()


def test_a_dry_run_runs_nothing(site: Site, called: Path) -> None:
    assert publish(site, f"{sys.executable} deploy.py {{output}}", "http://127.0.0.1:9/", "--dry-run")[0] == 0
    assert not called.exists()


def test_a_program_that_fails_publishes_nothing(site: Site, called: Path) -> None:
    code, err = publish(site, f"{sys.executable} deploy.py {{output}} --fail")
    assert code == 1
    assert err.endswith("ended with exit code 7; see what it printed; then publish again\n")
    assert "live = false" in (site.posts / "feed.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("no-such-program {output}", "no-such-program: cannot be run in "),
        ("./deploy.py {output}", "permission denied"),
        ("deploy 'x", "no closing quotation; close each quotation mark"),
    ],
)
def test_a_program_that_cannot_be_run_is_an_error(site: Site, called: Path, words: str, says: str) -> None:
    (site.posts / "deploy.py").chmod(0o644)
    code, err = publish(site, words)
    assert (code, says in err) == (1, True), err
