"""Each promise of the page "compatibility" of the guide.

What is promised is in the files of compatibility/, a line each. A line that is no longer true fails a test. What is new
becomes a promise with a release, before which DATELINE_UPDATE_GOLDEN=1 adds it, and takes nothing away.
"""

import inspect
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, get_type_hints
from unittest import mock

import click
import pytest
from conftest import PAGES, Site, dateline
from test_docs import code, one, table
from test_same_bytes import PODCAST, REMOTE

from dateline import api
from dateline.cli.main import main
from dateline.cli.publishing import NONE_DUE
from dateline.commands import remedies as fixes
from dateline.commands.schema import FILES
from dateline.comparison.changes import KINDS
from dateline.content.config import KEYS, REQUIRED, read_settings
from dateline.content.schema import Schema
from dateline.feed_formats import FORMATS
from dateline.hashing import sha256
from dateline.messages.console import styled
from dateline.messages.streams import NOBODY_READS
from dateline.publish.manifest import read_manifest
from dateline.sites.registry import IMPORTERS
from dateline.verify import remedies

HERE = Path(__file__).parent
PROMISES = HERE / "compatibility"
SOURCE = HERE.parent / "src" / "dateline"
GUIDE = {file.stem[11:]: file.read_text("utf-8") for file in (HERE.parent / "posts" / "guide").glob("*.md")}


def keep(name: str, found: Iterable[str]) -> None:
    """Fail if something that was promised is not among what is found."""
    file, lines = PROMISES / name, list(dict.fromkeys(found))
    promised = file.read_text("utf-8").splitlines() if file.exists() else []
    broken = [line for line in promised if line not in lines]
    assert not broken, f"{name}: these are promised, so they must stay as they were: add, but neither remove nor change"
    if "DATELINE_UPDATE_GOLDEN" in os.environ:
        file.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def kinds(schema: Schema) -> Iterator[str]:
    """What a value may be, as lines: types, words, keys of tables and what they may be."""
    for part in schema.get("anyOf", ()):
        yield from kinds(part)
    types = schema.get("type", [] if schema.keys() & {"anyOf", "enum", "not"} else "anything")
    for kind in [types] if isinstance(types, str) else types:
        if kind != "null" and not (kind in ("string", "array", "object") and 0 in _limits(schema)):
            yield f": {kind}"
    yield from (f": {json.dumps(word)}" for word in schema.get("enum", ()))
    for key, part in schema.get("properties", {}).items():
        yield from (f".{key}{line}" for line in kinds(part))
    for name in ("items", "additionalProperties"):
        if isinstance(part := schema.get(name), dict):
            yield from (f".*{line}" for line in kinds(part))


def _limits(schema: Schema) -> list[int]:
    return [schema[limit] for limit in ("maxLength", "maxItems", "maxProperties") if limit in schema]


@pytest.mark.parametrize("name", FILES)
def test_each_key_takes_the_values_that_it_took(name: str) -> None:
    keep(
        f"{name}.txt",
        (f"{key}{line}" for key in sorted(FILES[name].schemas) for line in kinds(FILES[name].schemas[key])),
    )


def test_the_defaults_of_settings_stay() -> None:
    publication, _ = read_settings('title = "A"\nurl = "https://a.example/"\nid = "tag:a.example,2025:a"\n')
    values = {name: getattr(publication, name) for name in sorted(KEYS & {*publication._fields} - {*REQUIRED})}
    values |= {f"theme.{name}": value for name, value in values.pop("theme")._asdict().items()}
    keep("defaults.txt", (f"{name} = {value!r}" for name, value in values.items()))


def test_commands_and_their_options_stay() -> None:
    def lines() -> Iterator[str]:
        for name, command in sorted(main.commands.items()):
            yield name
            for parameter in command.params:
                takes = "" if getattr(parameter, "is_flag", False) else " …"
                for spelling in (
                    parameter.opts if isinstance(parameter, click.Option) else [parameter.human_readable_name]
                ):
                    yield f"{name} {spelling}{takes if isinstance(parameter, click.Option) else ''}"
                if parameter.envvar:
                    yield f"{name} ${parameter.envvar}"

    keep("commands.txt", lines())


def test_kinds_of_change_stay_and_so_do_surprises() -> None:
    keep("changes.txt", (f"{name}{' (surprise)' if kind.is_surprise else ''}" for name, kind in KINDS.items()))


def test_names_in_options_and_reports_stay() -> None:
    names: dict[str, Iterable[str]] = {
        "check --fix": fixes.REMEDIES,
        "import --from": IMPORTERS,
        "verify --json": remedies.REMEDIES,
    }
    keep("names.txt", (f"{where}: {name}" for where, table in names.items() for name in table))


def test_formats_keep_their_names_files_and_media_types() -> None:
    keep("formats.txt", (f"{name}: {row.filename}, {row.media_type}" for name, row in FORMATS.items()))


def test_templates_keep_their_names_and_what_they_get() -> None:
    lines = sorted(os.listdir(SOURCE / "pages" / "templates"))
    # Another test compares these tables with what templates get.
    (common,) = re.findall(r"All templates get (.*?); and these:", GUIDE["pages"], re.DOTALL)
    lines += [f"all: {name}" for name in code(common)]
    for names, _, values in table("Template", "Page", "What it gets besides"):
        lines += [f"{one(names)}: {name}" for name in code(values)]
    for names, _, fields in table("Value", "Meaning", "Its fields"):
        lines += [f"{name}.{field}" for name in code(names) for field in code(fields)]
    keep("templates.txt", lines)


CODES = {int(code): meaning for code, meaning in table("Exit code", "Meaning")}


def test_every_exit_code_in_the_source_is_in_the_guide() -> None:
    keep("exit-codes.txt", map(str, CODES))
    found = {NOBODY_READS, NONE_DUE}
    for file in SOURCE.rglob("*.py"):
        found |= {
            int(code)
            for call in re.findall(r"sys\.exit\((.*)\)", file.read_text("utf-8"))
            for code in re.findall(r"\b\d+\b", call)
        }
    assert found == {*CODES}


def test_each_exit_code_comes_when_the_guide_says_so(site: Site) -> None:
    def build(*options: str) -> int:
        return site.build(*options).code

    site.post(date="soon")
    assert build() == 1
    assert build("--jobs", "many") == 2
    site.post()
    assert build() == 0
    assert site.run("due").code == 4
    site.post(date="2025-05-20")
    assert build() == site.run("diff").code == 3
    with mock.patch("dateline.cli.build.build", side_effect=KeyboardInterrupt):
        assert build("--json") == 130


# Fields and properties of types that the program itself uses, and that are not promised.
OURS = {"Problem.is_relative", "Problem.sort_key"}


def members(value: Any) -> Iterator[tuple[str, object]]:
    """The arguments and the result of a function; the fields and properties of a type, and the bases of an error."""
    if inspect.isfunction(value):
        signature = inspect.signature(value)
        for key, parameter in signature.parameters.items():
            default = "required" if parameter.default is parameter.empty else parameter.default
            by = "by name" if parameter.kind is parameter.KEYWORD_ONLY else "by position or name"
            yield f"({key})", f"{inspect.formatannotation(parameter.annotation)}, {default}, {by}"
        yield "()", signature.return_annotation
        return
    if issubclass(value, Exception):
        yield "is a", value.__base__
    yield from get_type_hints(value).items()
    for key, member in vars(value).items():
        if isinstance(member, property):
            yield key, get_type_hints(member.fget)["return"]


def signatures() -> list[str]:
    """Every promised name with all that is promised of it."""
    found = [
        (f"{name}{'' if key.startswith('(') else ' ' if key == 'is a' else '.'}{key}", hint)
        for name in api.__all__
        for key, hint in members(getattr(api, name))
    ]
    return [f"{key}: {hint.__name__ if isinstance(hint, type) else hint}" for key, hint in found if key not in OURS]


def test_the_functions_and_types_of_python_stay() -> None:
    keep("api.txt", signatures())


SHAPES = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def shape(value: Any, path: str = "") -> Iterator[str]:
    """The fields of a report with their types, a line each. Tables whose keys are data have ``*`` for these."""
    if isinstance(value, dict):
        yield f"{path}: object"
        for key, item in value.items():
            yield from shape(item, f"{path}.{key if re.fullmatch('[a-z_]+', key) and path not in FREE else '*'}")
    elif isinstance(value, list):
        yield f"{path}: array"
        for item in value:
            yield from shape(item, f"{path}[]")
    else:
        yield f"{path}: {SHAPES[type(value)]}"


# Objects whose keys are data.
FREE = {
    "build.template_code",
    "build.passed_over",
    "import.converted",
    "import.template_code",
    "adopt.settings",
    "adopt.entries[].written",
    "import.settings",
    "import.slugs",
}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a folder that is served on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


def reports(site: Site, tmp_path: Path) -> Iterator[tuple[str, Any]]:
    """Each command that has --json, with reports in which as many fields as possible have values."""

    def run(command: str, *arguments: object) -> tuple[str, Any]:
        return command, json.loads(site.run(command, *arguments, "--json").out)

    site.write("feed.toml", PAGES)
    site.post(body="![A](a.jpg){.left} {{< youtube x >}}\n", tags="[a]")
    site.write("a.jpg", b"a picture")
    site.post("2025-04-15-second.md", title="Second")
    site.post("later.md", title="Later", date="2025-07-01")
    site.post("draft.md", title="Draft", date="2025-05-01", draft="true")
    site.write("other.rst", "Title\n")
    yield run("due")
    yield run("build", "--dry-run")
    yield run("check")
    yield run("build")
    site.post("2025-04-15-second.md", title="Second", date="2025-05-20")
    site.post(title="First, corrected", tags="[b]")
    (site.posts / "later.md").unlink()
    yield run("due")
    yield run("diff")
    yield run("build")
    site.post("2025-04-15-renamed.md", title="Second")
    (site.posts / "2025-04-15-second.md").unlink()
    yield run("diff")
    site.post("broken.md", date="soon", auther="Ana")
    yield run("build", "--skip-invalid", "--accept")
    yield run("build")
    site.post("fixable.md", title="Pier #5: open", date="2025-05-02")
    yield run("check", "--fix", "--dry-run")
    (site.posts / "fixable.md").unlink()
    feed = tmp_path / "old.xml"
    shutil.copy(site.public / "rss.xml", feed)
    site.post("2025-04-14-first.md", title="First, corrected", date="2025-04-14 10:00")
    yield run("adopt", feed, "--dry-run", "--create", "--settings")
    (site.posts / "broken.md").unlink()
    site.post("2025-04-16-long.md", "The ferry is late. " * 400)  # for feeds that ought to be compressed
    target = tmp_path / "www"
    target.mkdir()
    with served(target) as address:
        settings = PAGES.replace("https://example.org/", address)
        site.write("feed.toml", f'{settings}live = false\n[publish]\nto = "{target}"\n')
        yield run("publish", "--yes", target)
        yield run("verify")
    source = HERE / "importer" / "hugo" / "site"
    yield "import", json.loads(dateline("import", source, tmp_path / "new", "--json").out)


@pytest.mark.slow
def test_reports_in_json_keep_their_fields(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    lines: dict[str, None] = {}
    ran = set()
    for command, report in reports(site, tmp_path):
        ran.add(command)
        lines |= dict.fromkeys(shape(report, command))
    with_json = {
        name for name, command in main.commands.items() if any("--json" in option.opts for option in command.params)
    }
    assert with_json == ran, "every command with --json has an example in `reports`"
    keep("json.txt", sorted(lines))


NAMES = (
    "2025-04-14-first.md",
    "2025-04-14 With Spaces.md",
    "2025-04-14-café.md",
    "2025-04-14-Größe & Straße.md",
    "2025-04-14-c++.md",
    "2025-04-14-python-3.12.md",
    "2025-04-14-日本語.md",
    "folder/2025-04-14-below.md",
    "2025-04-14-folder/index.md",
    "2025-04-14_underscore.md",
    "no-date.md",
)
TAGS = ("Café", "C++", "C#", "Node.js", "two words", "日本語", "🚀", "Ünïted", "a/b")


def test_ids_and_addresses_of_posts_and_feeds_are_made_as_ever(site: Site) -> None:
    site.write("feed.toml", PAGES + 'limit = 50\n[tags]\n"C++" = "cpp"\n"C#" = "c-sharp"\n')
    for minute, name in enumerate(NAMES):
        site.post(
            name, title=f"Post {minute}", date=f"2025-04-14 12:{minute:02}", tags=f"[{TAGS[minute % len(TAGS)]!r}]"
        )
    site.post(
        "own.md",
        title="Own",
        date="2025-04-14 13:00",
        id="urn:uuid:0b0e7a6c-6a4e-4b6a-9f6c-3f6f3b1f8d11",
        slug="My Slug",
    )
    site.post("noted.md", title="Noted", date="2025-04-14 14:00", corrections="[{date: 2025-05-01, text: Wrong.}]")
    assert site.build().code == 0
    lines = [f"{item['title']}: {item['id']} {item['url']}" for item in site.json()["items"]]
    for file in sorted(site.public.rglob("atom.xml")):
        found = re.findall(r"^  <id>(.*?)</id>", file.read_text("utf-8"), re.MULTILINE)
        lines.append(f"{file.relative_to(site.public)}: {' '.join(found)}")
    lines += [
        item["id"] for item in json.loads((site.public / "corrections" / "feed.json").read_text("utf-8"))["items"]
    ]
    keep("ids.txt", lines)


def test_files_of_the_output_keep_their_names(site: Site) -> None:
    site.write("feed.toml", PAGES + PODCAST.replace('"pic.png"', '"https://cdn.example/cover.png"'))
    site.post(tags="[a]", aliases="/old/", enclosure=REMOTE, corrections="[{date: 2025-05-02, text: It was wrong.}]")
    site.post("2025-03-01-b.md", body="![A](a.jpg)")
    site.write("a.jpg", b"a picture")
    site.write("_static/robots.txt", "User-agent: *\n")
    site.write("_pages/about.md", "# About\n\nText.\n")
    assert site.build().code == 0
    keep("output.txt", (name for name in sorted(site.tree()) if not name.endswith((".css", ".js", ".svg"))))


def test_dates_move_only_with_the_post(site: Site) -> None:
    site.post()
    site.post("2025-04-15-second.md", title="Second", updated="2025-05-01")
    site.build()
    before = site.json()["items"]
    for now in ("2025-07-01", "2031-01-01"):
        assert dateline("build", site.posts, "--no-cache", now=now).code == 0
        assert site.json()["items"] == before


@pytest.mark.parametrize("written", ["output", "target"])
def test_a_manifest_of_an_earlier_version_is_read(site: Site, written: str) -> None:
    site.post()
    site.public.mkdir()
    stale, edited = b"Dateline wrote this.", b"Dateline wrote that."
    (site.public / "stale.html").write_bytes(stale)
    (site.public / "edited.html").write_bytes(b"Somebody changed this.")
    text = (PROMISES / f"manifest-of-{written}.json").read_text("utf-8")
    assert sha256(stale) in text
    assert sha256(edited) in text
    (site.public / ".dateline.json").write_text(text, "utf-8")
    found = read_manifest(text.encode(), "a target")
    assert (found.files["stale.html"].digest, found.problem) == (sha256(stale), "")
    assert found.publication == ("tag:example.org,2025-01-01:daily" if written == "target" else "")
    assert site.build("--no-cache").code == 0
    assert "stale.html" not in site.tree()
    assert "edited.html" in site.tree()


def test_the_environment_variables_work(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.post(date="2025-04-14")
    kept = site.root / "mine"
    monkeypatch.setenv("DATELINE_CACHE", str(kept))
    assert [dateline("build", cwd=site.root, now=day).code for day in ("2025-04-01", "2025-04-15")] == [1, 0]
    assert kept.is_dir()
    monkeypatch.setenv("NO_COLOR", "1")
    with mock.patch("sys.stdout") as stream:
        stream.isatty.return_value = True
        assert styled("text", "red") == "text"
        monkeypatch.delenv("NO_COLOR")
        assert styled("text", "red") != "text"


def test_the_page_names_what_is_promised_for_ever_and_until_the_next_version() -> None:
    text = GUIDE["compatibility"]
    assert "test_compatibility.py" in text
    assert {*re.findall(r"\bDATELINE_[A-Z]+\b|\bNO_COLOR\b", text)} == {"DATELINE_NOW", "DATELINE_CACHE", "NO_COLOR"}
