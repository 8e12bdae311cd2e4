"""Literals in JavaScript and TypeScript are read, what they are made of is not run, and no file takes long."""

import time
from pathlib import Path

import pytest
from conftest import few_and_many
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline.content.key_values import Value
from dateline.sites.literals.javascript import Script, read_script

EXPORTED = [
    (
        "export default { title: 'Tides', port: 8080, open: true, gate: null, depth: -3.5 }",
        {"title": "Tides", "port": "8080", "open": "true", "gate": "", "depth": "-3.5"},
    ),
    (
        "module.exports = { /* a */ \"a-b\": [1, ['two',], ], // c\n 'c': {d: `e`} };",
        {"a-b": ["1", ["two"]], "c": {"d": "e"}},
    ),
    ("export default 'It\\'s \\u0041 \\x42 \\u{1F30A} \\ud83c\\udf0a\\\n.'", "It's A B 🌊 🌊."),
    (
        "const port = 'Quay'\nexport default { name: `${port} ${'news'}`, long: 'a' + \"b\" }",
        {"name": "Quay news", "long": "ab"},
    ),
    (
        "const site = { url: 'https://a.example' }; export default { ...site, base: site.url, site, }",
        {"url": "https://a.example", "base": "https://a.example", "site": {"url": "https://a.example"}},
    ),
    (
        "export default { url: process.env.URL || 'https://a.example', n: null ?? 4, s: 'x' || y }",
        {"url": "https://a.example", "n": "4", "s": "x"},
    ),
    (
        "export default { a: 1, b: f(), c: x ? 1 : 2, d() { return 1 }, [e]: 1, g: a => 1, h: /[/,}]'/g, i: 2 }",
        {"a": "1", "i": "2"},
    ),
    ("export default { a: tag`x`, b: x.y.z, c: `a${b}c`, d: '1'.length, e: 3 }", {"e": "3"}),
    (
        "module.exports = async function (config) { config.add({}); if (x) { return 1 } return { dir: { a: 'b' } }; }",
        {"dir": {"a": "b"}},
    ),
    ("export default () => ({ a: 1 })", {"a": "1"}),
    (
        "export default defineConfig(({ mode }) => { return { site: new URL('https://a.example') } })",
        {"site": "https://a.example"},
    ),
    ("const a: Record<string, string> = { b: 'c' as const }\nexport default a satisfies Thing", {"b": "c"}),
    ("export default { a, b }; const a = [b]; const b = 'x'", {"a": ["x"], "b": "x"}),
    ("const a = b, b = a; export default { a, c: 1 }", {"c": "1"}),
    ("export default 4 / 2", None),
    ('export default { a: "open', {"a": "open"}),
    ("export default { a: `open", {"a": "open"}),
    ("", None),
]


@pytest.mark.parametrize(("text", "expected"), EXPORTED)
def test_what_a_file_exports(text: str, expected: Value | None) -> None:
    assert Script(text).default() == expected


def test_what_is_no_literal_is_named_with_its_line() -> None:
    script = Script("export default {\n  a: 1,\n  b: load(),\n  c() {},\n}")
    script.default()
    assert {key: script.line(key) for key in script.unknown} == {"b": 3, "c": 4}


def test_arguments_of_calls() -> None:
    script = Script("config.add('a').add({ b: 1 }, x); config.add(); other.add(() => 1)")
    assert list(script.calls("add")) == [["a"], [{"b": "1"}, ""], [], ["1"]]


def test_names_from_other_files(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path.parent / "secret.js").write_text("export default 'secret'")
    (tmp_path / "src/site.ts").write_text("export const SITE = { name: 'Quay' };\nexport default 'whole'")
    (tmp_path / "data.json").write_text('{"Title": "Tides"}')
    (tmp_path / "loop.js").write_text("import x from './loop.js'; export default { x, y: 1 }")
    (tmp_path / "link.js").symlink_to(tmp_path.parent / "secret.js")
    (tmp_path / "main.js").write_text(
        "import whole, { SITE as site } from './src/site';\nimport type { T } from './src/site';\n"
        "import { SITE } from '@/site.ts';\nconst data = require('./data');\nimport loop from './loop';\n"
        "import secret from '../secret.js';\nimport link from './link.js';\nimport fs from 'node:fs';\n"
        "export default { whole, a: site.name, b: SITE.name, c: data.Title, loop, secret, link, fs };"
    )
    assert read_script(tmp_path, "main.js").default() == {
        "whole": "whole", "a": "Quay", "b": "Quay", "c": "Tides", "loop": {"y": "1"},
    }  # fmt: skip


HOSTILE = {
    "brackets": "export default " + "[" * 50_000,
    "braces": "export default " + '{"a":' * 30_000,
    "templates": "export default " + "`${" * 30_000,
    "regexes": "/[" * 50_000,
    "comments": "/*" * 50_000,
    "quotes": '"\n' * 50_000,
    "names of names": "".join(f"const a{n} = [a{n + 1}, a{n + 1}];" for n in range(5_000)) + "export default a0",
    "doubled text": "const a0 = 'xxxxxxxx';" + "".join(f"const a{n} = a{n - 1} + a{n - 1};" for n in range(1, 3_000)),
    "doubled lists": "const a0 = [1];" + "".join(f"const a{n} = [a{n - 1}, a{n - 1}];" for n in range(1, 3_000)),
    "functions": "export default " + "function " * 30_000,
    "calls": "addPlugin({" * 20_000,
    "imports": "import a," * 30_000,
    "constants": "const a\n" * 30_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_take_linear_time_and_little_memory(text: str) -> None:
    started = time.perf_counter()
    script = Script(text)
    script.default()
    assert sum(len(str(value)) for value in script.constants.values()) < 5_000_000
    list(script.calls("addPlugin"))
    assert time.perf_counter() - started < 5


PARTS = st.sampled_from([*"{}[]()`'\"/\\,;:=.+-\n$ax1", "${", "=>", "...", "const ", "export default ", "return "])


@few_and_many(100, 3000)
def test_any_text_is_read(drawn: settings) -> None:
    @drawn
    @given(st.lists(PARTS).map("".join))
    def check(text: str) -> None:
        script = Script(text)
        script.default()
        list(script.calls("a"))
        assert script.constants is not None

    check()
