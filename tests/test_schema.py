"""The JSON Schemas for editors: they accept what Dateline accepts, and refuse the usual mistakes."""

import json
import random
import re
import subprocess
import textwrap
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from conftest import PAGES, SETTINGS, Site, dateline, few_and_many
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from readers.conftest import npm_package, program
from test_same_bytes import PODCAST

from dateline.commands.schema import FILES, schema
from dateline.content import config, front_matter_keys
from dateline.content.config import read_settings
from dateline.content.front_matter import split
from dateline.content.key_values import typed
from dateline.content.posts import parse_post
from dateline.errors import DatelineError
from dateline.model import Source
from dateline.render import beginning

HERE = Path(__file__).parent
FOLDERS = [HERE.parent / "posts", *sorted((HERE / "golden").glob("*/posts"))]
MINIMAL = {"title": "Harbour Notes", "url": "https://harbour.example/", "id": "tag:harbour.example,2025:notes"}
VALIDATORS = {name: Draft7Validator(schema(name)) for name in FILES}


def refused(name: str, value: Any) -> list[str]:
    """What a schema has against a file, by key."""
    return sorted(
        {str(error.path[0]) if error.path else error.message for error in VALIDATORS[name].iter_errors(value)}
    )


def loaded(text: str) -> Any:
    """What an editor makes of a document of TOML."""
    return json.loads(json.dumps(tomllib.loads(text), default=lambda date: date.isoformat()))


@pytest.mark.parametrize("name", FILES)
def test_a_schema_is_one_and_says_what_each_key_means(name: str) -> None:
    Draft7Validator.check_schema(schema(name))
    assert not [key for key, value in schema(name)["properties"].items() if not value["description"]]
    assert not [
        key for key, value in schema(name)["properties"].items() if re.search(r"[`]|\]\(", value["description"])
    ]
    assert {key.lower() for key in schema(name)["properties"]} == {*FILES[name].schemas}


@pytest.mark.parametrize("name", FILES)
def test_every_pattern_is_one_in_javascript_too(name: str) -> None:
    text = json.dumps(schema(name))
    patterns = [*re.findall(r'"pattern": "(.*?)"', text), *schema(name)["patternProperties"]]
    assert not [found for pattern in patterns for found in re.findall(r"\\[^sd\\]|\(\?[^:!]", pattern)]


def test_the_command_prints_one(tmp_path: Path) -> None:
    for name, words in (("feed.toml", []), ("feed.toml", ["feed.toml"]), ("front-matter", ["front-matter"])):
        result = dateline("schema", *words, cwd=tmp_path)
        assert (result.code, json.loads(result.out)) == (0, schema(name))
    assert dateline("schema", "posts", cwd=tmp_path).code == 2


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_the_schemas_accept_every_publication_that_is_built(folder: Path) -> None:
    assert refused("feed.toml", loaded((folder / "feed.toml").read_text("utf-8-sig"))) == []
    for file in folder.rglob("*.m*"):
        with suppress(DatelineError, UnicodeDecodeError):  # it has none
            fields, _ = split(Source(file.name, file.read_text("utf-8-sig")))
            written = {fields.names.get(key, key): typed(value) for key, value in fields.values.items()}
            assert refused("front-matter", written) == [], file


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ('tittle = "A"', "tittle"),
        ('autor = "A"', "autor"),
        ('permalnik = "/{slug}/"', "permalnik"),
        ("limit = 0", "limit"),
        ('limit = "many"', "limit"),
        ('content = "whole"', "content"),
        ('formats = ["rss", "rdf"]', "formats"),
        ('default_time = "noon"', "default_time"),
        ("pages = 1", "pages"),
        ('hub = "hub.example"', "hub"),
        ("author = {email = 'a@b.example'}", "author"),
        ('[authors.ana]\nname = "Ana"\nmail = "ana@b.example"', "authors"),
        ("theme = true", "theme"),
        ('[theme]\naccent = "red"', "theme"),
        ("[theme]\nwidth = 5", "theme"),
        ('[theme]\ncolour = "#000"', "theme"),
        ('[feed_files]\nrss2 = "feed.xml"', "feed_files"),
        ('[allow]\nscripts = "self"', "allow"),
        ("[podcast]\nexplicit = false", "podcast"),
        ("[publish]\nto = 5\ngzipped = true", "publish"),
        ('[publish]\nendpoint = "https://s3.example/"', "publish"),
        ("[tags]\nA = [1]", "tags"),
        ('[menu]\nAbout = ["/about/"]', "menu"),
    ],
)
def test_what_is_wrong_in_settings_is_refused_by_both(written: str, key: str) -> None:
    text = "\n".join(f"{name} = {json.dumps(value)}" for name, value in MINIMAL.items())
    with pytest.raises(DatelineError):
        read_settings(f"{text}\n{written}\n")
    assert refused("feed.toml", loaded(f"{text}\n{written}\n")) == [key]


@pytest.mark.parametrize("key", MINIMAL)
def test_a_required_setting_that_is_missing_is_refused(key: str) -> None:
    assert refused("feed.toml", {name: value for name, value in MINIMAL.items() if name != key}) == [
        f"{key!r} is a required property"
    ]
    assert refused("feed.toml", {name.capitalize(): value for name, value in MINIMAL.items()}) == []


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("auther: Ana", "auther"),
        ("correction: []", "correction"),
        ("sumary: One.", "sumary"),
        ("date: [2025-04-14]", "date"),
        ("draft: maybe", "draft"),
        ("title: [A, B]", "title"),
        ("link: harbour.example", "link"),
        ("corrections: [It was wrong.]", "corrections"),
        ("corrections: [{date: 2025-05-14}]", "corrections"),
        ("retracted: 2025-05-14", "retracted"),
        ("withdrawn: {reason: It was wrong.}", "withdrawn"),
        ("template_code: allow", "template_code"),
        ("enclosure: {src: a.mp3}", "enclosure"),
        ("enclosure: {url: https://a.example/a.mp3, type: audio/mpeg, length: long}", "enclosure"),
        ("image_on_page: above", "image_on_page"),
        ("authors: [{mail: a@b.example}]", "authors"),
        ("tags: {a: b}", "tags"),
        ("aliases: {a: b}", "aliases"),
        ("private: true", "private"),
        ("members-only: 1", "members-only"),
        ("visibility: hidden", "visibility"),
        ("publish: false", "publish"),
        ("status: Scheduled", "status"),
        ("expires: 2025-05-14", "expires"),
    ],
)
def test_what_is_wrong_in_front_matter_is_refused_by_both(site: Site, written: str, key: str) -> None:
    lines = [line for line in ("title: A", "date: 2025-04-14") if not line.startswith(key)]
    text = "\n".join(["---", *lines, written, "---", "Text.\n"])
    site.write("a.md", text)
    assert site.build().code == 1
    fields, _ = split(Source("a.md", text))
    assert refused("front-matter", {name: typed(value) for name, value in fields.values.items()}) == [key]


def shown(language: str) -> str:
    """The example in a language on the page of the guide about editors."""
    (page,) = (HERE.parent / "posts" / "guide").glob("*-editors.md")
    (found,) = re.findall(rf"^ *```{language}\n(.*?)^ *```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return textwrap.dedent(found)


def lint(site: Site, package: str, script: str, *arguments: str) -> tuple[int, str]:
    """Run a program of npm that checks the files of a site with the schemas; return its exit code, and what it says."""
    for name in FILES:
        file = site.root / f"{name.removesuffix('.toml')}.schema.json"
        file.write_text(dateline("schema", name, cwd=site.root).out, "utf-8")
    command = [program("node"), str(npm_package(package) / script), *arguments]
    done = subprocess.run(command, cwd=site.root, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("where", ["line", "file"])
def test_taplo_finds_a_mistake_as_the_guide_sets_it_up(site: Site, where: str) -> None:
    if where == "file":
        (site.root / ".taplo.toml").write_text(shown("ini"))
    for more, code, says in (
        ("", 0, ""),
        ("[theme]\nwidht = 60\n", 1, "'widht' was unexpected"),
        ('autor = "A"\n', 1, "not allowed"),
    ):
        site.write("feed.toml", (shown("toml") if where == "line" else "") + SETTINGS + more)
        found = lint(site, "@taplo/cli", "dist/cli.js", "lint", "posts/feed.toml")
        assert (found[0], says in found[1]) == (code, True), found


@pytest.mark.slow
def test_remark_finds_a_mistake_as_the_guide_sets_it_up(site: Site) -> None:
    (site.root / ".remarkrc.mjs").write_text(shown("js"))
    (site.root / "node_modules").symlink_to(npm_package("remark-cli").parent)
    site.post()
    assert lint(site, "remark-cli", "cli.js", "posts", "--frail")[0] == 0
    site.post(draft="maybe", auther="Ana")
    code, says = lint(site, "remark-cli", "cli.js", "posts", "--frail")
    assert code == 1
    assert "equal to one of the allowed values" in says
    assert "uthor" in says


def slips(key: str, chance: random.Random) -> list[str]:
    """Some misspellings of a key."""
    place, letter = chance.randrange(len(key)), chance.choice("abcdefghijklmnopqrstuvwxyz")
    few, more, wrong = (
        key[:place] + key[place + 1 :],
        key[:place] + letter + key[place:],
        key[:place] + letter + key[place + 1 :],
    )
    return [few, more, wrong, key[:place] + key[place : place + 2][::-1] + key[place + 2 :]]


@pytest.mark.parametrize("name", FILES)
def test_a_misspelling_that_a_schema_refuses_is_one_to_the_program(name: str) -> None:
    chance, number = random.Random(name), 0
    unrelated = {*FILES[name].unrelated}
    for key in sorted(FILES[name].schemas):
        for slip in {*slips(key, chance), *slips(key, chance)}:
            if refused(name, MINIMAL | {slip: {}}) == [slip] and slip not in FILES[name].schemas:
                number += 1
                fields, _ = split(Source("a.md", f"---\n{slip}: A\n---\n"))
                fields.unknown({*FILES[name].schemas}, unrelated)
                assert "did you mean" in str(fields.problems), slip
    assert number > len(FILES[name].schemas)


def settings_of(key: str, value: Any) -> str:
    """A feed.toml with a value for one key."""
    return "\n".join(f"{name} = {toml(item)}" for name, item in (MINIMAL | {key: value}).items()) + "\n"


def toml(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(item)}" for key, item in value.items()) + "}"
    return f"[{', '.join(map(toml, value))}]" if isinstance(value, list) else json.dumps(value)


PODCASTS = read_settings(PAGES + PODCAST)[0]
PLAIN = read_settings(SETTINGS)[0]
SCALARS = st.one_of(
    st.sampled_from(
        "true false yes no on off True OFF rss atom json output live full summary month 12:00 2025-04-14 draft ok "
        "https://a.example/ HTTPS://A.example mike@a.example a.jpg a.mp3 /a/ #0b4f94 60 1 0 1_0 en es-SV hidden never "
        "null ~ mpeg audio/mpeg 42:30 Ana Ana,Mike News /{year}/{slug}/ self 2025-05-14T10:00:00Z archive public "
        "tag:a.example,2025:b commonmark serif center - 20250414 2025 bonus".split()
    ),
    st.sampled_from(
        ["", " ", " yes ", "rss, atom", " 5 ", "14 April 2025", "{title}", "News > Daily News", "Ana <ana@a.example>"]
    ),
    st.booleans(),
    st.integers(-2, 400),
    st.sampled_from([0.5, 2.0]),
)
NAMES = st.sampled_from(
    "name email url extra picture bio links rss atom json also archive subscribe en es accent font width masthead "
    "logo_height script style font title A date text reason announce file type length alt caption credit list "
    "render".split()
)


def values(scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=5
    )


@few_and_many(100, 8000)
def test_a_schema_accepts_every_value_that_the_settings_accept(drawn: profile) -> None:
    @drawn
    @given(st.sampled_from(sorted(config.KEYS)), values(SCALARS))
    def check(key: str, value: Any) -> None:
        text = settings_of(key, value)
        try:
            read_settings(text)
        except DatelineError:
            return
        assert refused("feed.toml", loaded(text)) == [], text

    check()


@few_and_many(100, 8000)
def test_a_schema_accepts_every_value_that_a_post_may_have(drawn: profile) -> None:
    @drawn
    @given(
        st.sampled_from(sorted(front_matter_keys.KEYS)), values(SCALARS | st.none()), st.sampled_from([PLAIN, PODCASTS])
    )
    def check(key: str, value: Any, publication: Any) -> None:
        written = {"title": "A", "date": "2025-04-14"} | {key: value}
        source = Source("a.md", f";;;\n{json.dumps(written)[1:-1]}\n;;;\nText.\n")
        try:
            _, fields = parse_post(source, publication, beginning)
        except DatelineError:
            return
        assert fields.errors or refused("front-matter", written) == [], written

    check()


@few_and_many(100, 8000)
def test_a_key_without_a_value_counts_as_absent(drawn: profile) -> None:
    """So a post can be made without asking for each key that it lacks."""

    def parsed(path: str, written: dict[str, Any], publication: Any) -> Any:
        try:
            post, fields = parse_post(
                Source(path, f";;;\n{json.dumps(written)[1:-1]}\n;;;\nText.\n"), publication, beginning
            )
        except DatelineError as error:
            return [problem._replace(line=None) for problem in error.problems]
        return post, [problem._replace(line=None) for problem in fields.problems]

    @drawn
    @given(
        st.sampled_from(["a.md", "2025-04-14-a.md", "_pages/a.md"]),
        st.dictionaries(st.sampled_from(sorted(front_matter_keys.KEYS)), values(SCALARS), max_size=3),
        st.sampled_from([PLAIN, PODCASTS]),
    )
    def check(path: str, drawn_keys: dict[str, Any], publication: Any) -> None:
        written = {"title": "A", "date": "2025-04-14"} | drawn_keys
        absent = dict.fromkeys(sorted(front_matter_keys.KEYS - written.keys()), "")
        assert parsed(path, written, publication) == parsed(path, written | absent, publication)

    check()
