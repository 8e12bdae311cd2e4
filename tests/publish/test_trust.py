"""A setting of a cloned repository runs no program, writes nowhere and connects to nothing, until that is allowed."""

import json
import shlex
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from conftest import SETTINGS, Site
from test_guard import answering
from test_questions import talk

from dateline import paths
from dateline.messages.publish import ask_lines
from dateline.model import PublishTo
from dateline.publish.command_target import CommandTarget
from dateline.publish.trust import question_of
from dateline.publish.upload import StoreTarget
from publish.web import serving

QUESTION = "Is that right? [y/N]: "


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for a site that is not there."""
    for target in (StoreTarget, CommandTarget):
        monkeypatch.setattr(target, "wait", 0.1)


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """A server that counts requests; its address comes first."""
    asked: list[str] = []

    def count(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        handler.send_error(404)

    with answering(count) as url:
        asked.append(url)
        yield asked


def cloned(site: Site, to: str, more: str = "", url: str = "http://127.0.0.1:9/") -> None:
    """A publication that says where to publish it."""
    settings = SETTINGS.replace("https://example.org/", url)
    site.write("feed.toml", f"{settings}live = false\n[publish]\nto = {json.dumps(to)}\n{more}")
    site.post()


def touching(site: Site) -> str:
    """A command that leaves a file where it runs."""
    site.write("deploy.py", "import sys\nopen('it-ran', 'w').write('\\n'.join(sys.argv[1:]))\n")
    return f"command: {sys.executable} deploy.py {{output}}"


def has_run(site: Site) -> bool:
    return (site.posts / "it-ran").exists()


FOREIGN: dict[str, Callable[[Site], str]] = {
    "a program": lambda site: touching(site),
    "a folder": lambda site: str(site.root / "elsewhere"),
    "a folder next to it": lambda site: "../elsewhere",
    "a home folder": lambda site: "~/elsewhere",
    "a repository": lambda site: f"git+file://{site.root}/repository.git#pages",
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_what_nobody_allowed_does_nothing(site: Site, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(site.root / "home"))
    to = FOREIGN[kind](site)
    cloned(site, to)
    before = sorted(site.root.rglob("*"))
    result = site.run("publish")
    assert (result.code, result.out) == (1, "")
    assert "which you have not allowed yet; if that is right, run dateline publish --yes " in result.err
    assert shlex.split(result.err)[-1] == to
    assert site.run("publish", "--dry-run").code == site.run("publish", "--json", "--accept", "--first").code == 1
    assert sorted(site.root.rglob("*")) == before


@pytest.mark.parametrize("to", ["webdav+{}", "s3://bucket", "sftp://{}"])
def test_nothing_is_connected_to_before_that(site: Site, asked: list[str], to: str) -> None:
    host = asked[0].removeprefix("http://").rstrip("/")
    cloned(site, to.format(asked[0] if "webdav" in to else host), f'endpoint = "{asked[0]}"\n', asked[0])
    assert "have not allowed" in site.run("publish").err
    assert asked[1:] == []


@pytest.mark.parametrize("to", ["git:--upload-pack=touch it-ran#x", "git+ssh://-oProxyCommand=touch%20it-ran/x#y"])
def test_what_looks_like_an_option_is_never_allowed(site: Site, to: str) -> None:
    cloned(site, to)
    result = site.run("publish", "--yes", to)
    assert (result.code, "begins with a hyphen" in result.err) == (1, True)
    assert not has_run(site)


def test_another_target_than_the_one_that_was_typed_does_nothing(site: Site) -> None:
    cloned(site, touching(site))
    result = site.run("publish", "--yes", "../www")
    assert result.code == 1
    assert result.err.startswith(
        "error: --yes ../www: is not the target in posts/feed.toml, which would run this program:"
    )
    assert not has_run(site)


def test_an_answer_is_kept_for_this_folder_and_this_target(site: Site) -> None:
    to = touching(site)
    cloned(site, to)
    site.run("publish", "--yes", to)
    assert has_run(site)
    (answers,) = (site.root / "config/dateline").iterdir()
    assert answers.stat().st_mode & 0o777 == 0o600
    (site.posts / "it-ran").unlink()
    site.run("publish", "--first")
    assert has_run(site)
    (site.posts / "it-ran").unlink()
    cloned(site, f"{to} --prod")
    assert "have not allowed" in site.run("publish").err
    other = Site(site.root / "clone")
    cloned(other, touching(other))
    assert "have not allowed" in other.run("publish").err
    assert not has_run(site)
    assert not has_run(other)


def test_another_endpoint_is_another_target(site: Site, asked: list[str]) -> None:
    cloned(site, "s3://bucket", f'endpoint = "{asked[0]}"\n')
    result = site.run("publish", "--yes", "s3://bucket")
    assert f"--yes 's3://bucket endpoint={asked[0]}'" in result.err
    assert asked[1:] == []


def test_a_link_that_leads_elsewhere_now_is_another_target(site: Site) -> None:
    (site.root / "first").mkdir()
    (site.root / "www").symlink_to("first")
    cloned(site, "../www")
    site.run("publish", "--yes", "../www")
    assert (site.root / "first/rss.xml").exists()
    (site.root / "www").unlink()
    (site.root / "www").symlink_to("second")
    result = site.run("publish")
    assert f"would write files to the folder {site.root}/second, which you have not allowed" in result.err
    assert not (site.root / "second").exists()


@pytest.mark.parametrize("damage", ["", "[]", "{", '{"x": 1}', "\0", "[" * 100_000, '{"POSTS": ["../www"]}', "\ud800"])
def test_a_file_of_answers_that_is_damaged_allows_nothing_and_is_renewed(site: Site, damage: str) -> None:
    cloned(site, "../www")
    file = site.root / "config/dateline/targets.json"
    file.parent.mkdir(parents=True)
    file.write_bytes(damage.replace("POSTS", str(site.posts)).encode(errors="surrogatepass"))
    assert "have not allowed" in site.run("publish").err
    site.run("publish", "--yes", "../www")
    assert "have not allowed" not in site.run("publish").err


@pytest.mark.parametrize("home", ["", "relative", "POSTS"])
def test_answers_that_could_come_with_the_posts_count_for_nothing(
    site: Site, home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", home.replace("POSTS", str(site.posts)))
    cloned(site, "../www")
    site.write(".config/dateline/targets.json", json.dumps({str(site.posts): [str(site.root / "www")]}))
    assert "have not allowed" in site.run("publish").err
    site.run("publish", "--yes", "../www")
    assert (site.root / "www/rss.xml").exists()
    assert "have not allowed" in site.run("publish").err


@pytest.mark.parametrize(
    ("platform", "variable", "expected"),
    [
        ("linux", "", "/home/ana/.config/dateline/targets.json"),
        ("linux", "/settings", "/settings/dateline/targets.json"),
        ("linux", "settings", "/home/ana/.config/dateline/targets.json"),
        ("darwin", "", "/home/ana/Library/Application Support/dateline/targets.json"),
    ],
)
def test_answers_are_kept_where_the_system_keeps_settings(
    monkeypatch: pytest.MonkeyPatch, platform: str, variable: str, expected: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("XDG_CONFIG_HOME", variable)
    monkeypatch.setenv("HOME", "/home/ana")
    assert paths.allowed_targets_file() == expected


# On a terminal


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "code", "last"),
    [
        ("y\n", 0, ""),
        ("n\n", 1, "Nothing was published."),
        ("\n", 1, "Nothing was published."),
        ("\x03", 130, "Stopped."),
    ],
)
def test_on_a_terminal_the_user_is_asked_once(site: Site, answer: str, code: int, last: str) -> None:
    with serving() as web:
        web.folder = site.root / "www"
        cloned(site, "../www", url=web.url)
        talked, shown = talk(site.root, ["publish"], [(QUESTION, answer)])
        assert talked == code, shown
        assert f"{site.posts} has not been published" in shown
        assert f"write files to the folder {web.folder}\n" in shown
        assert web.folder.exists() == (code == 0)
        if last:
            assert shown.rstrip().endswith(last)
        else:
            assert talk(site.root, ["publish"], [])[0] == 0


def test_what_is_shown_of_a_target_has_no_control_characters(site: Site) -> None:
    to = "command: echo \u202eoof"
    cloned(site, to)
    assert "\u202e" not in site.run("publish").err.replace(shlex.quote(to), "")


def test_what_only_changes_headers_needs_no_answer(site: Site) -> None:
    cloned(site, "s3://bucket", 'endpoint = "https://s3.example/"\ngzip = true\n')
    assert shlex.split(site.run("publish").err)[-1] == "s3://bucket endpoint=https://s3.example/"


@pytest.mark.parametrize(
    ("to", "shown"),
    [
        ("sftp://ex\u0430mple.org/", r"write files to sftp://ex\u0430mple.org/"),
        ("command: evil" + " " * 3 + "Publishing would", r"run this program: evil\x20\x20\x20Publishing would"),
        ("command: evil\u3164\u3164ls", r"run this program: evil\u3164\u3164ls"),
        ("/srv/caf\u00e9/日本\u3164", r"write files to the folder /srv/café/日本\u3164"),
    ],
)
def test_what_is_shown_of_a_target_cannot_pass_for_something_else(tmp_path: Path, to: str, shown: str) -> None:
    question = question_of(PublishTo(to), tmp_path)
    assert [*ask_lines(question)][1:] == [f"  {shown}"]
