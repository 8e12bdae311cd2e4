"""Every example in README.md and in the guide is run, and their tables list what the program knows.

In the output of a session, ``…`` stands for any part of a line, and alone on a line for any lines. Sizes in
bytes and dates in names of files are not compared, so leave them as they are. The README's first session starts in an
empty folder, every other one in a copy of the folder that it leaves.
"""

import inspect
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import time
from pathlib import Path
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import click
import pytest
import yaml
from conftest import NOW, PAGES, SETTINGS, Site, dateline
from test_same_bytes import PODCAST, REMOTE

import dateline as dateline_package
from dateline import output
from dateline.cli.main import main
from dateline.commands.guide import topics
from dateline.commands.remedies import REMEDIES
from dateline.commands.schedule import SCHEDULERS
from dateline.content import allow, config, podcast
from dateline.content import front_matter_keys as post_keys
from dateline.content.config import read_settings
from dateline.content.dates import read_date
from dateline.content.front_matter import FORMS, split
from dateline.content.media import IMAGES
from dateline.content.urls import page_paths
from dateline.errors import DatelineError, InputError
from dateline.feed_formats import FORMATS
from dateline.formats import read
from dateline.model import PublishTo, Source
from dateline.options import BuildOptions
from dateline.output import lock
from dateline.pages import templates, writers
from dateline.pages.views import PictureView
from dateline.pipeline import build
from dateline.publish.targets import TARGETS, kind_of
from dateline.render import render, sanitise
from dateline.render.template_code import KINDS, constructs
from dateline.sites.registry import IMPORTERS
from dateline.verify.remedies import REMEDIES as SITE_REMEDIES

REPOSITORY = Path(__file__).parent.parent
README = REPOSITORY / "README.md"
GUIDE = sorted((REPOSITORY / "posts" / "guide").rglob("*.md"))
DOCS = {file: file.read_text("utf-8") for file in (README, *GUIDE)}
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
NEW_YORK = ZoneInfo("America/New_York")
SET_UP = (
    "python3 -m venv .venv && .venv/bin/pip install -e . && .venv/bin/dateline build",
    "python3 -m venv .venv && .venv/bin/pip install -e '.[dev]' && .venv/bin/pytest",
)
MINIMAL = """\
title = "Harbour Notes"
url = "https://harbour.example/"
id = "tag:harbour.example,2025-01-01:notes"
"""

Row = list[str]


def blocks(language: str, containing: str = "") -> list[str]:
    """The fenced blocks of a language, those of the README first."""
    text = "\n".join(DOCS.values())
    found = re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [block for block in found if containing in block]


def table(*header: str) -> list[Row]:
    """The rows of the table that has these columns."""
    found = [rows for text in DOCS.values() for rows in tables(text) if rows[0] == [*header]]
    assert len(found) == 1, f"{len(found)} tables with the columns {header}"
    return found[0][2:]


def tables(text: str) -> list[list[Row]]:
    """The tables of a document, each with its header and the line below that."""
    found = re.findall(r"^\|.*\n\|[-:|]+\|\n(?:\|.*\n)+", FENCED.sub("", text), re.MULTILINE)
    return [[cells(line) for line in rows.splitlines()] for rows in found]


def cells(line: str) -> Row:
    return [cell.strip() for cell in line.split("|")[1:-1]]


def code(cell: str) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`]+)`", cell)


def one(cell: str) -> str:
    (found,) = code(cell)
    return found


def pattern(shown: str) -> str:
    """A regular expression for text in which ``…`` stands for anything on a line."""
    return ".*".join(map(re.escape, shown.split("…")))


def lasting(text: str) -> str:
    """Without what differs from day to day and from version to version."""
    text = re.sub(r"/\d{4}-\d\d-\d\d-", "/TODAY-", text)
    return re.sub(r" +[\d,]+ bytes", " N bytes", text)


def follow(session: str, folder: Path) -> None:
    """Run every command of a session in a folder, and compare what it prints with what is shown."""
    for step in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        command, _, shown = step.partition("\n")
        printed = run(command, folder).stdout
        lines = [pattern(lasting(line)) + "\n" if line != "…" else "(?:.*\n)*" for line in shown.splitlines()]
        assert re.fullmatch("".join(lines), lasting(printed)), f"$ {command}\n{printed}"


@pytest.fixture(scope="module")
def first_session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the first session of the README leaves."""
    folder = tmp_path_factory.mktemp("first")
    follow(blocks("console")[0], folder)
    return folder


def run(command: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a line of shell in a folder, with this Dateline on the PATH and the clock for now."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path, "DATELINE_NOW": "", "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=60,
    )


def problems(site: Site) -> list[str]:
    """What a build has against the posts, without path and line."""
    with pytest.raises(DatelineError) as raised:
        build(BuildOptions(site.posts, site.public, now=NOW, cache=False))
    return [f"{problem.problem}; {problem.remedy}" for problem in raised.value.problems]


@pytest.mark.parametrize("session", blocks("console")[1:])
def test_a_session_prints_what_is_shown(first_session: Path, tmp_path: Path, session: str) -> None:
    shutil.copytree(first_session, tmp_path, dirs_exist_ok=True)
    follow(session, tmp_path)


def test_the_examples_of_python_print_what_is_shown(first_session: Path, tmp_path: Path) -> None:
    shutil.copytree(first_session, tmp_path, dirs_exist_ok=True)
    examples = tmp_path / "examples.txt"
    examples.write_text("\n".join(blocks("pycon")))
    command = [sys.executable, "-X", "utf8", "-m", "doctest", str(examples)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_tables_of_the_python_page_have_every_argument_and_field() -> None:
    for name, arguments, result in table("Function", "Arguments besides the folder of posts", "What it returns"):
        signature = inspect.signature(getattr(dateline_package, one(name)))
        assert code(arguments) == [*signature.parameters][1:]
        assert one(result) == signature.return_annotation.__name__
    for name, fields in table("Type", "Its fields"):
        assert {*getattr(dateline_package, one(name))._fields} - {"is_relative"} <= {*code(fields)}, name


def test_the_commands_that_set_up_are_those_that_ci_runs() -> None:
    assert [block.rstrip("\n") for block in blocks("sh")] == [*SET_UP]


def test_no_block_is_left_untested() -> None:
    text = "\n".join(DOCS.values())
    languages = re.findall(r"^```(\w*)\n.*?^```$", text, re.MULTILINE | re.DOTALL)
    tested = {*"console css html js markdown pycon python sh text toml yaml".split()}
    assert set(languages) == tested


def test_the_readme_is_short() -> None:
    assert DOCS[README].count("\n") <= 250


@pytest.mark.parametrize("text", blocks("toml"))
def test_the_settings_in_the_examples_can_be_read(text: str) -> None:
    whole = text if "title = " in text.partition("[")[0] else MINIMAL + text
    _, fields = read_settings(whole)
    assert fields.unknown(config.KEYS) == []


@pytest.mark.parametrize("text", blocks("markdown"))
def test_the_posts_in_the_examples_are_published(site: Site, text: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if target.endswith(".md"):
            site.post(target, title="Linked", date="2025-01-01")
        else:
            site.write(target, b"a file")
    for target in re.findall(r"^(?:image|enclosure): (\S+)$", text, re.MULTILINE):
        site.write(target, b"a file")
    site.write("example.md", text)
    fields, _ = split(Source("example.md", text))
    assert fields.unknown(post_keys.KEYS) == []
    report = build(BuildOptions(site.posts, site.public, now=NOW, cache=False))
    subjects = [change.subject for change in report.changes.of("new")]
    assert subjects
    assert fields.get("title") in (None, *subjects)  # a note has none


@pytest.mark.parametrize(
    "text", [text for text in blocks("yaml") if not re.search("^(distributed|jobs|repos):", text, re.MULTILINE)]
)
def test_the_front_matter_in_the_examples_has_known_keys(text: str) -> None:
    fields, _ = split(Source("example.md", f"---\n{text}---\n"))
    assert fields.unknown(post_keys.KEYS) == []


KEYS = {
    "YAML": "title: A\ndate: 2025-04-14\n",
    "TOML": 'title = "A"\ndate = 2025-04-14\n',
    "JSON": '"title": "A",\n"date": "2025-04-14"\n',
    "object of JSON": '{"title": "A", "date": "2025-04-14"}\n',
    "lines": "Title: A\nDate: 2025-04-14\n",
    "comments": ".. title: A\n.. date: 2025-04-14\n",
    "definitions": '@def title = "A"\n@def date = "2025-04-14"\n',
}


def test_the_table_of_forms_has_every_form_and_they_are_read(site: Site) -> None:
    rows = table("First line", "Keys", "Ends with", "Program")
    assert len(rows) == len(FORMS) - 1, "without front matter"
    for number, (first, keys, last, _) in enumerate(rows):
        text = KEYS[keys]
        if "…" in first:
            assert text.startswith(one(first).removesuffix("…")), first
        else:
            text = f"{one(first)}\n{text}"
        site.write(f"{number}.md", f"{text}{''.join(code(last))}\nText {number}.\n")
    build(BuildOptions(site.posts, site.public, now=NOW, cache=False))
    assert {item["content_html"] for item in site.json()["items"]} == {f"<p>Text {n}.</p>" for n in range(len(rows))}


def test_the_id_in_the_examples_is_that_of_a_sample_post() -> None:
    (text,) = blocks("text")
    publication, _, stem = text.strip().partition("/")
    assert f'id = "{publication}"' in (REPOSITORY / "posts" / "feed.toml").read_text("utf-8")
    assert stem in [file.stem for file in GUIDE]


def test_the_example_of_code_runs() -> None:
    (program,) = blocks("python")
    result = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert "2025-01-24-settings.md & friends\n" in result.stdout


def test_both_engines_align_the_table_of_the_examples() -> None:
    (text,) = blocks("markdown", "| Boat ")
    for engine in config.MARKDOWNS:
        html = render(text.split("---\n")[2], engine=engine, footnote_prefix="", smart_quotes=True).html
        assert html.count('<td align="right">') == 2


def program(folder: Path, name: str, script: str) -> None:
    """A program that is found before any other of its name, by what the README has run in `folder`."""
    file = folder / name
    file.write_text(f"#!/bin/bash\n{script}\n")
    file.chmod(0o755)


def test_the_workflow_is_the_one_that_schedule_prints(site: Site) -> None:
    (site.root / ".git").mkdir()
    site.settings('[publish]\nto = "git:.#gh-pages"\n')
    site.post("tide.md", date="2098-06-02 08:30 -06:00")
    (text,) = blocks("yaml", "name: publish")
    assert site.run("schedule", "--for", "github", "--install", "git+https://git.example/dateline.git").out == text


def test_the_table_of_schedules_has_every_kind_and_where_it_goes(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = table("`--for`", "What it prints", "With `--write`, it goes to")
    assert [one(kind) for kind, *_ in rows] == [*SCHEDULERS]
    (site.root / ".git").mkdir()
    monkeypatch.setenv("HOME", str(site.root))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    site.settings('[publish]\nto = "git:.#gh-pages"\n')
    for kind, _, place in rows:
        if code(place):
            assert site.run("schedule", "--for", one(kind), "--write", "--install", ".").code == 0
            assert (site.root / one(place).removeprefix("~/")).exists()


def at_home(site: Site) -> Path:
    """A folder of programs for a site that has this Dateline in a .venv of its own."""
    (site.root / ".venv").mkdir()
    (site.root / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    (site.root / "programs").mkdir()
    return site.root / "programs"


def test_the_workflow_that_checks_marks_what_is_wrong(site: Site) -> None:
    at_home(site)
    (text,) = blocks("yaml", "name: check")
    *_, step = yaml.safe_load(text)["jobs"]["check"]["steps"]
    site.post("ferry.md", date="soon")
    result = subprocess.run(step["run"], shell=True, cwd=site.root, capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stdout.startswith("::error file=posts/ferry.md,line=3,")


def test_the_example_for_pre_commit_names_a_hook_that_there_is() -> None:
    (text,) = blocks("yaml", "repos:")
    (repository,) = yaml.safe_load(text)["repos"]
    offered = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert [hook["id"] for hook in repository["hooks"]] == [hook["id"] for hook in offered]


def test_the_links_for_a_page_name_each_feed_and_its_media_type() -> None:
    (html,) = blocks("html", 'rel="alternate"')
    found = re.findall(r'<link rel="alternate" type="(.*?)" title=".*?" href="https://harbour\.example/(.*?)">', html)
    assert found == [(format.media_type, format.filename) for format in FORMATS.values()]


def test_the_table_of_media_types_is_that_of_the_formats() -> None:
    rows = [(one(file), code(types)[0]) for file, types in table("File", "Media type")]
    assert rows == [(format.filename, format.media_type) for format in FORMATS.values()]


def test_each_command_has_a_section_with_every_option_and_marks_those_required() -> None:
    text = next(text for file, text in DOCS.items() if file.stem.endswith("-commands"))
    sections = re.findall(r"^## `(dateline .*?)`\n(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL)
    listed = {
        usage: {one(option): says.endswith("; required") for rows in tables(section) for option, says in rows[2:]}
        for usage, section in sections
    }
    known = {}
    for name, command in main.commands.items():
        context = click.Context(command, info_name=f"dateline {name}")
        usage = " ".join([f"dateline {name}", *command.collect_usage_pieces(context)[1:]])
        options = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
        known[usage] = {spelt(option, context): option.required for option in options}
    assert listed == known


def test_the_commands_in_the_readme_are_known() -> None:
    rows = table("Command", "What it does")
    assert len(rows) == 5
    assert {one(usage).split()[1] for usage, _ in rows} <= {*main.commands}


def spelt(option: click.Option, context: click.Context) -> str:
    """An option as its help writes it, like ``--output DIR``."""
    record = option.get_help_record(context)
    assert record is not None
    return record[0]


def test_the_exit_codes_are_those_of_the_command_line(site: Site) -> None:
    assert [number for number, _ in table("Exit code", "Meaning")] == ["0", "1", "2", "3", "4", "130", "141"]
    site.post()
    assert site.build().code == 0
    site.post(date="2025-04-13")
    assert site.build().code == site.run("diff").code == 3
    site.post(date="soon")
    assert site.build().code == 1
    assert site.build("--no-such-option").code == 2
    site.post()
    assert site.run("due").code == 4


@pytest.mark.parametrize("command", ["build", "diff", "check", "due", "verify"])
def test_the_fields_of_a_report_are_those_in_its_table(site: Site, command: str) -> None:
    site.post()
    report = json.loads(site.run(command, "--json").out)
    rows = table(f"Field of `{command} --json`", "Meaning")
    assert [name for names, _ in rows for name in code(names)] == [*report]


def test_the_fields_of_the_report_of_a_publication_are_those_in_its_table(site: Site) -> None:
    site.settings('live = false\n[publish]\nto = "../www"\n')
    site.post()
    report = json.loads(site.run("publish", "--yes", "../www", "--first", "--dry-run", "--json").out)
    rows = table("Field of `publish --json`", "Meaning")
    assert [name for names, _ in rows for name in code(names)] == [*report]


def test_the_tables_of_publishing_have_each_key_and_each_kind_of_target() -> None:
    keys = table("Key of `[publish]`", "Meaning", "If it is missing")
    assert [one(key) for key, *_ in keys] == [*PublishTo._fields]
    shown = [kind_of(to.strip('"').replace("…", "x")) for tos, _ in table("`to`", "Where it goes") for to in code(tos)]
    assert {*shown} == {*TARGETS}


def test_the_fields_of_the_report_of_an_import_are_those_in_its_table(site: Site, tmp_path: Path) -> None:
    (tmp_path / "ferry.txt").write_text("The ferry is back\n\nBy Ana. 4 May 2025\n\nIt sails at seven.\n")
    site.post()
    report = json.loads(dateline("import", tmp_path / "ferry.txt", site.posts, "--json").out)
    rows = table("Field of `import --json`", "Meaning")
    assert {name for names, _ in rows for name in code(names)} == {*report}


def test_the_fields_of_an_error_are_those_that_the_guide_names(site: Site) -> None:
    site.post(date="soon")
    report = json.loads(site.build("--json").out)
    (error,), (group,) = report["errors"], report["groups"]
    text = " ".join(DOCS.values()).replace("\n", " ")
    assert "each with `path`, `line` (or `null`), `problem` and `remedy`" in text
    assert [*error] == ["path", "line", "problem", "remedy"]
    assert [name for names, _ in table("Field of a group", "Meaning") for name in code(names)] == [*group]


def test_the_table_of_sources_is_that_of_the_importers() -> None:
    assert [one(name) for name, *_ in table("Name", "Source", "Also needed")] == [*IMPORTERS]


def test_the_tables_of_checks_of_a_live_site_are_those_of_the_program() -> None:
    assert [one(check) for check, _ in table("Check", "What must be so")] == [*SITE_REMEDIES]
    fixes = [(one(check), host, one(fix)) for check, host, fix in table("Check", "On", "How to fix it")]
    known = [(check, host, fix) for check, texts in SITE_REMEDIES.items() for host, fix in texts.items()]
    assert fixes == [(check, host or "any other host", fix) for check, host, fix in known]


def test_the_kinds_of_fixes_are_those_in_their_table() -> None:
    assert [one(name) for name, _ in table("Kind", "What `--fix` does")] == [*REMEDIES]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_line_for_completion_is_the_one_that_click_knows(tmp_path: Path, shell: str) -> None:
    (line,) = re.findall(rf"^- {shell}.*: `(.*)`$", "\n".join(DOCS.values()), re.MULTILINE)
    found = re.search(r"_DATELINE_COMPLETE=(\w+) dateline", line)
    assert found
    assert found[1] == f"{shell}_source"
    assert "_dateline_completion" in run(found[0], tmp_path).stdout


def test_the_table_of_settings_has_every_key() -> None:
    keys = [one(key) for key, _, _ in table("Key", "Meaning", "Default")]
    assert sorted(keys) == sorted(config.KEYS)


@pytest.mark.parametrize(
    ("key", "default"),
    [(one(key), default) for key, _, default in table("Key", "Meaning", "Default") if "`" in default],
)
def test_a_default_of_the_settings_says_what_leaving_the_key_out_says(key: str, default: str) -> None:
    value = one(default)
    written = value if re.fullmatch(r"\d+|true|false", value) else f'"{value}"'
    assert read_settings(f"{MINIMAL}{key} = {written}\n")[0] == read_settings(MINIMAL)[0]


@pytest.mark.parametrize(("old", "written"), table("Old feed", "Below `[feed_files]`"))
def test_a_feed_is_at_the_old_address_that_the_table_says(site: Site, old: str, written: str) -> None:
    site.write("feed.toml", f"{SETTINGS}[feed_files]\n{one(written)}\n")
    site.post()
    assert site.build().code == 0
    (path,) = (path for path in page_paths(one(old).removeprefix("/")) if (site.public / path).is_file())
    assert read((site.public / path).read_bytes(), path).format == old.partition(" ")[0].lower()


def test_the_table_of_what_pages_may_do_has_every_key() -> None:
    assert [one(key) for key, _ in table("Key of `[allow]`", "What pages may do then")] == [*allow.KEYS]


def test_the_table_of_a_podcast_has_every_key_and_says_which_are_needed() -> None:
    rows = table("Key of `[podcast]`", "Meaning", "Default")
    assert sorted(one(key) for key, _, _ in rows) == sorted(podcast.KEYS)
    (text,) = [text for text in blocks("toml") if "[podcast]" in text]
    needed = {one(key) for key, _, without in rows if without.startswith("required")}
    assert needed == {line.partition(" ")[0] for line in text.splitlines() if " = " in line}
    for key in needed:
        with pytest.raises(DatelineError, match=f"{key} is missing"):
            read_settings(MINIMAL + re.sub(rf"^{key} = .*\n", "", text, flags=re.MULTILINE))


@pytest.mark.parametrize("written", [one(row[0]) for row in table("You write", "What readers get")])
def test_media_are_written_as_the_table_says(site: Site, written: str) -> None:
    key, _, value = written.partition(": ")
    more = {"image": "boat.jpg"} if key.startswith("image_") else {}
    for name in ("boat.jpg", "boat.mp3", "boat.xyz", "times.pdf"):
        site.write(name, b"a file")
    site.post(**more, **{key: value.replace("…", "harbour.example/boat")})
    assert build(BuildOptions(site.posts, site.public, now=NOW, cache=False)).changes.of("new")


def test_the_tables_of_front_matter_have_every_key() -> None:
    rows = table("Key", "Also read as", "Meaning", "Default")
    together = [{key.lower() for key in code(keys) + code(synonyms)} for keys, synonyms, _, _ in rows]
    held_by = {*post_keys.WITHHOLDING_KEYS} - {*post_keys.ADDRESSES}
    assert {key for keys in together for key in keys} == post_keys.KEYS - held_by
    for synonyms in (
        post_keys.ALIASES,
        post_keys.DATES,
        post_keys.LATE_DATES,
        post_keys.UPDATED,
        post_keys.ADDRESSES,
        post_keys.NESTING,
        IMAGES,
        post_keys.SUMMARY,
        post_keys.TAGS,
        post_keys.AUTHORS,
    ):
        assert set(synonyms) in together


def test_the_tables_of_keys_that_withhold_are_those_of_the_program() -> None:
    tables = {key: {*post_keys.PARTS, *post_keys.IN_TABLES.values} for key in post_keys.TABLES}
    for heading, others in (("Accepted only with", True), ("Refused with", False)):
        known = {
            key.replace("_", ""): {*row.values} for key, row in post_keys.WITHHOLDING.items() if row.others == others
        }
        for key, values in table("Key", heading):
            name = one(key).lower()
            expected = tables.pop(name, None) or known.pop(name.replace("_", ""))
            assert {*code(values)} - {"draft: true"} == expected, key
        assert not known
    assert not tables


@pytest.mark.parametrize(("written", "meant"), table("You write", "It means"))
def test_a_date_means_what_the_table_says(written: str, meant: str) -> None:
    moment = read_date(one(written), NEW_YORK, time(12)).moment
    assert f"{moment:%Y-%m-%d %H:%M} {moment.isoformat()[-6:]}" == meant


@pytest.mark.parametrize("written", [one(written) for written, _ in table("You write", "Why it is refused")])
def test_a_date_in_the_table_of_refusals_is_refused(written: str) -> None:
    with pytest.raises(InputError):
        read_date(written, NEW_YORK, time(12))


@pytest.mark.parametrize(("written", "page"), table("You write", "The page"))
def test_an_old_address_becomes_the_page_that_the_table_says(site: Site, written: str, page: str) -> None:
    site.write("feed.toml", SETTINGS.replace("https://example.org/", "https://harbour.example/"))
    site.post(aliases=one(written))
    assert site.build().code == 0
    assert 'url=https://harbour.example/2025/04/first/"' in site.tree()[one(page)].decode()


@pytest.mark.parametrize(("where", "written", "says"), table("Where", "You write", "The line says"))
def test_an_error_reads_as_the_table_shows_it(site: Site, where: str, written: str, says: str) -> None:
    site.post("draft.md", date="2025-01-01", draft="true")
    fields = {"title": "First", "date": "2025-04-14"}
    body = "Text."
    if where == "front matter":
        key, _, value = one(written).partition(": ")
        fields[key] = value
    elif where == "text":
        body = one(written)
    else:
        assert where == "feed.toml"
        key = one(written).partition(" ")[0]
        site.write("feed.toml", re.sub(rf"^{key} = .*\n", "", SETTINGS, flags=re.MULTILINE) + one(written) + "\n")
    site.post("first.md", body, **fields)
    (problem,) = problems(site)
    assert re.fullmatch(pattern(one(says)), problem), problem


def linked(place: Path) -> Path:
    """A link, in a folder that is made for it."""
    place.parent.mkdir()
    place.symlink_to("elsewhere")
    return place


OTHER: dict[str, Callable[[Site], object]] = {
    "front matter: missing": lambda site: site.write("a.md", "Text."),
    "not UTF-8": lambda site: site.write("a.md", b"\xff"),
    "is also that of": lambda site: (
        site.post("a/one.md", date="2025-01-01"),
        site.post("b/one.md", date="2025-01-02"),
    ),
    "would share one feed": lambda site: (
        site.write("feed.toml", SETTINGS.replace("tag_feeds = false", "tag_feeds = true")),
        site.post("a.md", date="2025-01-01", tags="[C]"),
        site.post("b.md", date="2025-01-02", tags="[C++]"),
    ),
    "no post is out yet": lambda site: site.post(date="2030-01-01"),
    "a file that Dateline did not write": lambda site: (
        site.post(body="![A](a.png)"),
        site.write("a.png", "ours"),
        site.write("../public/a.png", "yours"),
    ),
    "another build": lambda site: site.post(),
    "a link, and Dateline needs a folder here": lambda site: (
        site.post(body="![A](media/a.png)"),
        site.write("media/a.png", "ours"),
        linked(site.public / "media"),
    ),
    "the page of a post that must not be seen now": lambda site: (
        site.write("feed.toml", SETTINGS.replace("pages = false", "pages = true")),
        site.post("2025-05-01-first.md"),
        site.post("2025-05-02-second.md"),
        site.build("--no-cache"),
        (site.public / "2025/05/first/index.html").write_text("minified"),
        site.post("2025-05-01-first.md", draft="true"),
    ),
    "not a regular file": lambda site: (
        site.post(),
        linked(site.public / ".dateline.json"),
    ),
}


@pytest.mark.parametrize("message", [one(message) for message, _ in table("Other messages", "What to do")])
def test_another_message_of_the_table_comes_when_it_should(
    site: Site, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.1)
    OTHER[message](site)
    if message.startswith("another build"):
        with output.locked(site.public, lambda: None):
            found = problems(site)
    else:
        found = problems(site)
    assert any(message in problem for problem in found), found


def test_the_table_of_html_lists_all_that_is_kept_and_all_that_goes() -> None:
    rows = table("What", "What becomes of it")
    kept = [row for row, fate in rows if fate.startswith("kept")]
    tags = [tag for row in kept[:5] for tag in code(row)]
    assert sorted(tags) == sorted(sanitise.TAGS)
    (whole,) = (row for row, fate in rows if fate.startswith("dropped with all that is in it;"))
    assert set(code(whole)) == sanitise.DROPPED_WHOLE
    (schemes,) = (row for row, _ in rows if row.startswith("addresses with the schemes"))
    assert set(code(schemes)) == sanitise.SCHEMES - {"data"}


@pytest.mark.parametrize(
    ("written", "becomes", "by_default", "by_commonmark"),
    [
        *([*row[1:], "yes", "yes"] for row in table("What", "You write", "It becomes")),
        *(row[1:] for row in table("What", "You write", "It becomes", "`python-markdown`", "`commonmark`")),
    ],
)
def test_each_engine_reads_what_the_tables_say(written: str, becomes: str, by_default: str, by_commonmark: str) -> None:
    body = written.strip("` ").replace("⏎", "\n")
    body = f"```{body}```" if written.startswith("` ```") else body
    for engine, said in zip(config.MARKDOWNS, (by_default, by_commonmark), strict=True):
        html = render(body, engine=engine, footnote_prefix="", smart_quotes=True).html
        found = re.search(pattern(one(becomes)).replace("⏎", "\n"), html)
        assert said == ("yes" if found else "no"), html


def test_the_table_of_template_code_has_every_kind_with_its_remedy() -> None:
    rows = table("Kind", "For example", "What to do")
    assert {one(kind): remedy.strip("`") for kind, _, remedy in rows} == {k: form.remedy for k, form in KINDS.items()}
    assert [one(kind) for kind, *_ in rows] == [found.kind for _, like, _ in rows for found in constructs(one(like))]


def test_the_tables_of_templates_have_each_template_and_all_that_it_gets(site: Site) -> None:
    rows = table("Template", "Page", "What it gets besides")
    ours = Path(templates.__file__).with_name("templates")
    assert sorted(one(name) for name, _, _ in rows) == sorted(path.name for path in ours.glob("*.html"))
    (macros,) = (code(what) for name, what, _ in rows if one(name) == "parts.html")
    assert macros == re.findall(r"macro (\w+)", (ours / "parts.html").read_text("utf-8"))
    given: dict[str, dict[str, Any]] = {}
    with mock.patch.object(writers, "render", lambda _, name, values: given.setdefault(name, values) and b""):
        site.write("feed.toml", PAGES + PODCAST.replace('"pic.png"', '"https://cdn.example/cover.png"'))
        site.post(tags="[a]", updated="2025-05-01", corrections="[{date: 2025-05-02, text: It was wrong.}]")
        site.post("2025-03-01-b.md", enclosure=REMOTE, duration="42:30", transcript="https://cdn.example/talk.vtt")
        site.write("_pages/about.md", "# About\n\nText.\n")
        build(BuildOptions(site.posts, site.public, now=NOW, jobs=1, slow_path=True))
    (common,) = re.findall(r"All templates get (.*?); and these:", "\n".join(DOCS.values()), re.DOTALL)
    for name, _, besides in rows:
        if one(name) in given:
            assert {*given[one(name)]} == {*code(common), *code(besides)}, name
    assert len(given) == len(rows) - 2
    fields = {code(names)[0]: code(said) for names, _, said in table("Value", "Meaning", "Its fields")}
    post = given["post.html"]["post"]
    told = {"page": given["post.html"]["page"], "post": post, "authors": post.authors[0], "published": post.published}
    told["menu"] = given["post.html"]["menu"][0]
    told["feeds"] = given["tag.html"]["feeds"][0]
    told["enclosures"] = enclosure = post.enclosures[0]
    told |= {"length": enclosure.length, "transcripts": enclosure.transcripts[0]}
    told["publication"] = given["post.html"]["publication"]
    assert fields["picture"] == [*PictureView._fields]
    assert "words" in fields
    assert {name: fields[name] for name in told} == {name: [*value._fields] for name, value in told.items()}


def test_the_picture_that_the_readme_shows_is_there_and_small() -> None:
    (picture,) = re.findall(r"!\[[^]]+\]\((posts/[^)]+)\)", FENCED.sub("", DOCS[README]))
    assert (REPOSITORY / picture).stat().st_size < 60_000


def anchors(text: str) -> set[str]:
    """The fragments by which a forge and Dateline know the headings of a document."""
    headings = re.findall(r"^#+ (.*)$", FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("file", DOCS, ids=lambda file: file.stem)
def test_the_links_in_a_document_lead_to_files_and_headings(file: Path) -> None:
    text = re.sub(r"`[^`\n]*`", "", FENCED.sub("", DOCS[file]))
    for target, _, fragment in (link.partition("#") for link in re.findall(r"\]\(([^)\s]+)", text)):
        linked = (file.parent / target).resolve() if target else file
        assert "://" in target or linked.exists(), target
        assert not fragment or fragment in anchors(DOCS[linked]), (target, fragment)


def test_the_readme_links_to_every_page_of_the_guide() -> None:
    linked = set(re.findall(r"\]\((posts/guide/[^)#]+\.md)", DOCS[README]))
    assert linked == {file.relative_to(REPOSITORY).as_posix() for file in GUIDE}


def test_example_addresses_are_reserved_ones() -> None:
    text = "\n".join(DOCS.values())
    hosts = {host.rstrip(".") for host in re.findall(r"(?:https?://|@)([a-z0-9-]+(?:\.[a-z0-9-]+)+)", text)}
    # podcasting2.org is where the guid is defined, and 2x.jpg is no host. The others are where branches are published.
    others = {"example.org", "example.com", "127.0.0.1", "podcasting2.org", "2x.jpg"}
    others |= {"github.com", "ana.github.io", "ana.codeberg.page", "distributed.dask.org"}
    assert all(host.split(".")[-1] == "example" or host in others for host in hosts), hosts


def test_the_sample_posts_leave_nothing_to_remark_on() -> None:
    result = dateline("check", cwd=REPOSITORY)
    assert (result.code, result.out) == (0, f"{len(GUIDE) + 1} posts, 0 errors, 0 remarks.\n")


def test_help_lists_every_page_of_the_guide_with_its_summary() -> None:
    result = dateline("help")
    assert result.code == 0
    *lines, last = result.out.splitlines()
    names = [line.split()[0] for line in lines]
    assert names == [(file.parent.name if file.stem == "index" else file.stem)[11:] for file in GUIDE]
    assert re.search(r"^settings +Every key of feed.toml", result.out, re.MULTILINE)
    assert last == "Read one with: dateline help TOPIC"


@pytest.mark.parametrize("topic", topics())
def test_help_shows_a_page_without_its_front_matter(topic: str) -> None:
    result = dateline("help", topic)
    assert result.code == 0
    title, line, _ = result.out.split("\n", 2)
    assert title[0].isupper()
    assert line == "=" * len(title)
    assert not re.search(r"^(?:---|\+\+\+|slug\b.*|summary\b.*)$", FENCED.sub("", result.out), re.MULTILINE)
    assert result.out.endswith("\n")


def test_help_names_other_pages_by_their_command() -> None:
    assert "(dateline help front-matter)" in dateline("help", "posts").out


def test_the_pages_that_messages_and_documents_name_are_there() -> None:
    sources = [file.read_text("utf-8") for file in (REPOSITORY / "src").rglob("*.py")]
    named = re.findall(r"dateline help ([a-z-]+)", "\n".join([*sources, *DOCS.values()]))
    assert len(named) > 1
    assert {*named} - {"for"} <= {*topics()}  # "for the list: dateline help"


@pytest.mark.parametrize(
    ("topic", "says"),
    [
        ("setings", "did you mean settings?"),
        ("Dates", "did you mean dates"),
        ("build", "for the command: dateline build --help"),
        ("zeppelin", "for the list: dateline help"),
    ],
)
def test_help_says_what_an_unknown_topic_may_mean(topic: str, says: str) -> None:
    result = dateline("help", topic)
    assert result.code == 2
    assert f"no topic '{topic}'" in result.err
    assert says in result.err


def test_help_goes_through_the_pager_on_a_terminal(tmp_path: Path) -> None:
    program(tmp_path, "pager", f"cat > {tmp_path}/paged")
    spawn = "import pty; pty.spawn(['dateline', 'help', 'settings'])"
    run(f'PAGER={tmp_path}/pager {sys.executable} -c "{spawn}" < /dev/null', tmp_path)
    assert (tmp_path / "paged").read_text("utf-8").startswith("Settings: feed.toml\n")
