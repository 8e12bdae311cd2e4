"""What `check --format github` prints, read as the runner of GitHub Actions reads what a step prints."""

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import Result, Site

COMMANDS = {"add-mask", "add-matcher", "debug", "endgroup", "error", "group", "notice", "set-output", "warning"}
WRONG = {"date": "soon"}


class Command(NamedTuple):
    """A workflow command; it is obeyed if it is one of COMMANDS."""

    name: str
    properties: dict[str, str]
    text: str


def unescaped(text: str, more: dict[str, str] | None = None) -> str:
    for written, meant in {"%0D": "\r", "%0A": "\n", **(more or {}), "%25": "%"}.items():
        text = text.replace(written, meant)
    return text


def obeyed(line: str) -> Command | None:
    """The command in a line, as in ActionCommand.cs of actions/runner: the old form, ##[…], may be anywhere."""
    if (match := re.match(r"\s*::([a-z-]+)(?: (.*?))?::(.*)", line, re.DOTALL)) and match[1] in COMMANDS:
        pairs = (pair.partition("=") for pair in (match[2] or "").split(",") if pair)
        properties = {key: unescaped(value, {"%3A": ":", "%2C": ","}) for key, _, value in pairs}
        return Command(match[1], properties, unescaped(match[3]))
    if (match := re.search(r"##\[([a-z-]+)[^]]*\](.*)", line)) and match[1] in COMMANDS:
        return Command(match[1], {}, match[2])
    return None


def commands(result: Result) -> list[Command]:
    lines = re.split(r"\r\n|\r|\n|\x85|\u2028|\u2029", result.out + result.err)
    return [found for line in lines if (found := obeyed(line))]


def test_errors_and_remarks_are_annotations_of_their_lines(site: Site) -> None:
    site.post("2025-04-14-first.md", date="4/5/2025")
    site.post("2025-04-15-second.md", mood="sober")
    result, report = site.run("check", "--format", "github"), json.loads(site.run("check", "--json").out)
    assert (result.code, result.err) == (1, "")
    lines = result.out.splitlines()
    ambiguous = "date: '4/5/2025' can be 5 April or 4 May; write 2025-04-05 or 2025-05-04"
    assert lines[0] == f"::error file=posts/2025-04-14-first.md,line=3,title=Dateline::{ambiguous}"
    assert lines[-1] == f"2 posts, 1 error, {len(report['remarks'])} remarks."
    for name, problems in (("error", report["errors"]), ("warning", report["remarks"])):
        expected = [
            ({"file": found["path"], "line": str(found["line"])}, f"{found['problem']}; {found['remedy']}")
            for found in problems
        ]
        shown = [
            ({key: found.properties.get(key, "None") for key in ("file", "line")}, found.text)
            for found in commands(result)
            if found.name == name
        ]
        assert shown == expected


def test_without_errors_the_check_passes(site: Site) -> None:
    site.post()
    result = site.run("check", "--format", "github")
    assert (result.code, result.err) == (0, "")
    assert {found.name for found in commands(result)} == {"warning"}


def errors(site: Site, *options: str) -> list[Command]:
    return [found for found in commands(site.run("check", *options, "--format", "github")) if found.name == "error"]


def test_paths_are_those_of_the_repository(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.post(**WRONG)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(site.root.parent))
    (found,) = errors(site)
    assert found.properties["file"] == f"{site.root.name}/posts/2025-04-14-first.md"
    monkeypatch.setenv("GITHUB_WORKSPACE", str(site.root / "elsewhere"))
    (found,) = errors(site)
    assert "file" not in found.properties
    assert found.text.startswith("posts/2025-04-14-first.md:3: date: ")


def test_an_error_before_the_check_is_an_annotation_too(site: Site) -> None:
    site.write("feed.toml", "title = 'Harbour: news, 100%'\n")
    result = site.run("check", "--format", "github")
    assert (result.code, result.err) == (1, "")
    assert {(found.name, found.properties["file"]) for found in commands(result)} == {("error", "posts/feed.toml")}
    (found,) = errors(site, "nowhere")
    assert found.text.startswith("nowhere: no such folder; ")


HOSTILE = [
    "\n::add-mask::a",
    "\r::set-output name=x::y",
    "%0A::add-mask::a",
    "##[add-mask]a",
    "\x85::add-mask::a",
    "\u2028::add-mask::a",
    "::error::, line=7::a, 100%",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_post_gives_commands(site: Site, text: str) -> None:
    path = f"{text.replace('/', '')}.md"
    quoted = "".join(f"\\u{ord(character):04x}" for character in text)
    site.post(path, date="2025-04-14", title=f'"{quoted}"', categories=f'["{quoted}"]', mood=f'"{quoted}"')
    site.write(f"2{path}", f"---\ntitle: A\ndate: {text.strip()!r}\n---\n[a](<{text.strip()}.md>)\n")
    result = site.run("check", "--format", "github")
    found = commands(result)
    assert found
    assert {command.name for command in found} <= {"error", "warning"}
    assert {command.properties["title"] for command in found} == {"Dateline"}
    assert len(found) == len([line for line in result.out.splitlines() if line.startswith("::")])
    assert all(Path(site.root, command.properties["file"]).is_file() for command in found if text.isprintable())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--json", "--format", "github"], "--json and --format github exclude each other; leave one out"),
        (["--fix", "--format", "github"], "--fix and --format github exclude each other; leave one out"),
        (["--format", "xml"], "--format: 'xml' is not one of 'text', 'json', 'github'; for the options: "),
    ],
)
def test_one_form_at_a_time(site: Site, options: list[str], message: str) -> None:
    refused = site.run("check", *options)
    assert refused.code == 2
    assert refused.err.startswith(f"error: {message}")


def test_the_format_json_is_what_the_option_json_prints(site: Site) -> None:
    site.post(**WRONG)
    expected = site.run("check", "--json")
    assert expected.out.startswith("{")
    assert [site.run("check", *options) for options in (["--format", "json"], ["--json", "--format", "json"])] == [
        expected
    ] * 2
    assert site.run("check", "--format", "text") == site.run("check")
