"""The engine "commonmark": what it shares with the default engine, what it reads, and what it must not do."""

import re
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest
from conftest import NOW, Site
from hypothesis import given
from hypothesis import strategies as st
from readers.conftest import npm_package

from dateline.content.config import MARKDOWNS
from dateline.content.front_matter import split
from dateline.errors import BuildError, InputError, PostError, SettingsError
from dateline.model import Rendering, Source
from dateline.options import BuildOptions
from dateline.pipeline import build
from dateline.render import commonmark, render, sanitise
from dateline.render.html import html_to_text

TESTS = Path(__file__).parent
CHOSEN = 'markdown = "commonmark"\n'
# What the engines have to agree on.
AGREED = re.compile(r'<h[1-6] id="[^"]*"|id="fn[^"]*"|title="Jump[^"]*"|align="\w+"|class="language-[^"]*"')
EXAMPLE = re.compile(r"^`{32} example\n(.*?)^\.\n(.*?)^`{32}$", re.MULTILINE | re.DOTALL)
# Examples of the specification whose bare addresses are links for GitHub, and here.
WITH_BARE_ADDRESSES = {602, 608, 611, 612}
WITH_WIKI_LINKS = {590}  # the embedding of a file, here


def rendered(body: str, engine: str = "commonmark", *, smart: bool = False) -> Rendering:
    return render(body, engine=engine, footnote_prefix="x", smart_quotes=smart)


def bodies() -> dict[str, str]:
    """The text of the sample posts, and of all posts among the tests that can be read, by path."""
    found = {}
    for file in sorted([*(TESTS.parent / "posts").rglob("*.md"), *TESTS.rglob("*.md")]):
        try:
            source = Source(file.name, file.read_text("utf-8-sig"))
            _, body = split(source)
            rendered(body.text, "python-markdown")
        except (PostError, UnicodeDecodeError, InputError):
            continue
        found[file.relative_to(TESTS.parent).as_posix()] = body.text
    return found


@pytest.mark.slow
def test_the_engines_agree_on_ids_footnotes_alignment_languages_and_links_of_real_posts() -> None:
    compared = {path: body for path, body in bodies().items() if "/golden/commonmark/" not in path}
    assert len(compared) > 200
    for path, body in compared.items():
        default, other = (rendered(body, engine, smart=True) for engine in MARKDOWNS)
        assert AGREED.findall(other.html) == AGREED.findall(default.html), path
        links = [dict.fromkeys(unquote(r.target) for r in both.references) for both in (default, other)]
        assert links[1] == links[0], path


@pytest.mark.parametrize(
    "body",
    [
        "# Twice\n\n## Twice\n\n## Twice_1\n\n## Twice {#twice_2}\n\n## Twice\n",
        "## Ünïcode, *marks* & `code<x>`\n\n## 漢字 かな\n\n## !?\n\n## ¿?\n\n## İstanbul\n",
        "## A -- b --- c... \"d\" 'e'\n\n##  Spaces   between \n\n## closed ##\n\n## Snake_case_x and kebab-case\n",
        "Title\n=====\n\nSecond\n------\n",
        "## <b>HTML</b> &amp; &lt;x&gt; <!-- y --> ![Alt](a.png) [l](b.md)\n",
        "## Own {#own}\n\n## Own {: #Own.2 }\n\n## With {.class}\n",
        "<h2>HTML</h2>\n\n## HTML\n",
        "## Noted[^1] here\n\n[^1]: Note.\n",
        "a[^x] b[^y] c[^x] d[^x]\n\n[^y]: Y\n\n[^x]: X *x*\n\n    more\n",
        "a[^ñ] b[^a.b-2] c[^a.b] d[^a.b]\n\n[^ñ]: 1\n\n[^a.b]: 2\n\n[^a.b-2]: 3\n",
        "a[^x]\n\n[^x]: X\n\n    - one\n    - two\n",
        "a[^x] b[^x]\n\n[^x]: X\n\n    > quoted\n",
        "`[^x]` and \\[^x] and [^none]\n\n[^x]: X\n\n[^y]: Y\n\nb[^y]\n\nc[^x]\n",
        "| a | b | c | d |\n|---|:--|:-:|--:|\n| 1 | 2 | 3 | 4 |\n",
        "```python\nx\n```\n\n~~~~ html\n<p>\n~~~~\n\n``` { .c++ #id }\nx\n```\n\n```{.sh}\nx\n```\n\n```\nx\n```\n",
    ],
)
@pytest.mark.parametrize("smart", [True, False], ids=["smart", "straight"])
def test_the_engines_agree_on_ids_footnotes_alignment_and_languages(body: str, smart: bool) -> None:
    default, other = (rendered(body, engine, smart=smart).html for engine in MARKDOWNS)
    assert AGREED.findall(other) == AGREED.findall(default)
    assert AGREED.findall(other)


# Of four hyphens and more, comrak makes dashes where Python-Markdown leaves them; and of _ inside a line, they have
# different ideas of what is emphasis.
LINE = st.text("aB1 é漢-!,'", min_size=1).filter(lambda line: line[0].isalpha() and "----" not in line)
HEADING = st.builds(str.__add__, LINE, st.sampled_from(["", "", "_1", "_2", "_10", "_a"]))


@pytest.mark.slow
@given(st.lists(HEADING, max_size=8), st.booleans())
def test_the_engines_agree_on_the_ids_of_any_headings(headings: list[str], smart: bool) -> None:
    body = "".join(f"## {heading}\n\n" for heading in headings)
    default, other = (rendered(body, engine, smart=smart).html for engine in MARKDOWNS)
    assert re.findall(r'id="(.*?)"', other) == re.findall(r'id="(.*?)"', default)


def test_both_engines_write_the_same_html_for_footnotes() -> None:
    body = "One[^a], two[^b], one[^a].\n\n[^a]: First.\n\n[^b]: Second.\n\n    More.\n"
    default, other = (rendered(body, engine) for engine in MARKDOWNS)
    assert other == default


def test_the_examples_of_the_specification_keep_their_meaning() -> None:
    spec = (npm_package("commonmark-spec") / "spec.txt").read_text("utf-8").replace("→", "\t")
    examples = dict(enumerate(EXAMPLE.findall(spec), 1))
    assert len(examples) > 600
    refusals = 0
    for number, (body, html) in examples.items():
        if number in WITH_WIKI_LINKS:
            continue
        try:
            expected, references, *_ = sanitise.clean(html)
        except InputError as refused:  # a character that no feed can carry, or what is never closed
            with pytest.raises(InputError, match=re.escape(refused.problem)):
                rendered(body)
            refusals += 1
            continue
        found = rendered(body)
        seen = re.sub(r'(<h[1-6]) id="[^"]*"', r"\1", found.html)
        if number in WITH_BARE_ADDRESSES:
            assert html_to_text(seen) == html_to_text(expected)
        else:
            assert seen == expected, number
            assert found.references == references, number
    assert refusals == 4


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("- [ ] a\n- [x] b\n", "<ul>\n<li>☐ a</li>\n<li>☑ b</li>\n</ul>"),
        ("- [x] a\n\n- b\n", "<ul>\n<li>\n<p>☑ a</p>\n</li>\n<li>\n<p>b</p>\n</li>\n</ul>"),
        ("~~a~~ and ~b~", "<p><del>a</del> and <del>b</del></p>"),
        ("$5 and $6, $$7", "<p>$5 and $6, $$7</p>"),
        ("---\ntitle: x\n---\n", '<hr>\n<h2 id="title-x">title: x</h2>'),
        ("> [!TIP]\n> a", "<div>\n<div><strong>Tip</strong></div>\n<p>a</p>\n</div>"),
        ("(https://a.example/b_(c)_d).", '<p>(<a href="https://a.example/b_(c)_d">https://a.example/b_(c)_d</a>).</p>'),
        (
            '<a href="https://a.example">https://a.example</a> https://b.example',
            '<p><a href="https://a.example">https://a.example</a> <a href="https://b.example">https://b.example</a></p>',
        ),
        (
            '<a name="top">\n\n<a href="u:x">x\n\nhttps://b.example',
            '<a>\n</a><p><a></a><a>x</a></p><a>\n</a><p><a></a><a href="https://b.example">https://b.example</a></p>',
        ),
        (
            "![a](https://a.example/b.png){width=9 onload=x}",
            '<p><img src="https://a.example/b.png" alt="a" width="9"></p>',
        ),
        ("![a](https://a.example/b.png){{x}}", '<p><img src="https://a.example/b.png" alt="a">{{x}}</p>'),
        ("# a {b c}\n\n# a {}", '<h1 id="a-b-c">a {b c}</h1>\n<h1 id="a">a {}</h1>'),
        ("# a {#x onclick=y lang=“fr”}", '<h1 id="x" lang="fr">a</h1>'),
        ("**「港」**です", "<p><strong>「港」</strong>です</p>"),
        ("a\n: b\n: c", "<dl>\n<dt>a</dt>\n<dd>b</dd>\n<dd>c</dd>\n</dl>"),
        ("x <b>**y**</b>\n\n<script>z</script>", "<p>x <b><strong>y</strong></b></p>"),
        ("a[^b] c[^B]\n\n[^b]: d", None),
    ],
)
def test_the_extensions_of_github_keep_their_meaning(body: str, html: str | None) -> None:
    if html is None:
        assert rendered(body).html.count('<sup id="fnref') == 2
    else:
        assert rendered(body).html == html


def test_a_footnote_written_twice_is_one_item_so_that_the_numbers_stay_right() -> None:
    html = rendered("a[^1] b[^2] c[^1]\n\n[^1]: One\n\n[^1]: Uno\n\n[^2]: Two\n").html
    assert re.findall(r">(\d+)</a></sup>", html) == ["1", "2", "1"]
    assert re.findall(r'<li id="(.*?)">', html) == ["fn:x-1", "fn:x-2"]
    assert re.findall(r"footnote (\d+) in", html) == ["1", "1", "2"]
    assert "<p>One </p>\n<p>Uno" in html


def test_raw_html_that_looks_like_footnotes_stays() -> None:
    for more in ("", "\n\nText[^1]\n\n[^1]: Note\n"):
        html = rendered(
            '<section class="footnotes" data-footnotes>\n<ol>\n<li id="fn-1">Mine</li></ol></section>' + more
        ).html
        assert html.startswith('<section>\n<ol>\n<li id="fn-1">Mine</li></ol></section>')
        assert ("Note" in html) == bool(more)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("Before.\n\n<!-- To do:\n\nAfter.\n", "a.md:7: text: a comment or a tag has no end, "),
        ("<div title='\n\nAfter.\n", "a.md:5: text: a comment or a tag has no end, "),
        ("Before.\n\n<iframe src='https://example.org/' />\n\nAfter.\n", "a.md:7: text: <iframe> is never closed, "),
        ("Before.\n\n<textarea/>\n\nAfter.\n", "a.md:7: text: <textarea> is never closed, "),
    ],
)
def test_an_unclosed_element_that_would_hide_the_rest_is_refused(site: Site, body: str, says: str) -> None:
    site.settings(CHOSEN)
    site.post("a.md", body, date="2025-04-14")
    result = site.build()
    assert result.code == 1
    assert says in result.err


@pytest.mark.parametrize("engine", MARKDOWNS)
def test_a_closed_element_hides_nothing_else(engine: str) -> None:
    for dropped in (
        *(
            "<!-- <form> -->",
            "<!-->",
            "<!-- a --!>",
            '<i title="<!--">b</i>',
            "`<!--`",
            "`<iframe>`",
            "<embed src='a'>",
        ),
        *("<svg/>", '<svg><style/><path d=""/></svg>', '<i title="<select>">b</i>', "<textarea><form></textarea>"),
        *("<iframe src='https://example.org/' /></iframe>", "<b>", "<TEXTAREA></textArea >"),
        *("<math><![ ></math>", "<svg><![a[ b></svg>"),
    ):
        assert "After" in rendered(f"Before {dropped} then.\n\nAfter.\n", engine).html, dropped


@pytest.mark.parametrize("engine", MARKDOWNS)
def test_only_a_letter_of_ascii_begins_a_tag(engine: str) -> None:
    assert rendered("<div>\n<ſ>, <\u212a>\n</div>", engine).dropped == ()


def test_addresses_get_no_smart_quotes() -> None:
    html = rendered("\"See https://a.example/it's--so\" it's", smart=True).html
    assert html == "<p>“See <a href=\"https://a.example/it's--so\">https://a.example/it's--so</a>” it’s</p>"


PATHOLOGICAL = {
    "brackets": "[" * 20_000,
    "pictures": "![" * 20_000,
    "links": "[a](" * 20_000,
    "links in links": "[" * 10_000 + "a" + "](b)" * 10_000,
    "emphasis": "*a **a " * 10_000,
    "strikethrough": "~~a " * 20_000,
    "backticks": "".join("`" * n + "a" for n in range(1_500)),
    "quotations": ">" * 20_000 + "a",
    "lists": "\n".join("  " * n + "- x" for n in range(1_500)),
    "bullets": "- " * 10_000 + "a",
    "definitions": "a\n\n" + ": " * 5_000 + "b",
    "references": "[a]: x\n" * 20_000 + "[a]" * 20_000,
    "footnotes": "[^a]" * 20_000 + "\n\n[^a]: x\n",
    "footnotes in footnotes": "[^0]" + "".join(f"\n\n[^{n}]: [^{n + 1}]" for n in range(3_000)),
    "a wide table": "|a" * 1_000 + "|\n" + "|-" * 1_000 + "|\n" + "|b\n" * 2_000,
    "headings": "# a\n" * 20_000,
    "headings with numbers": "".join(f"# a_{n}\n# a\n" for n in range(2_000)),
    "braces": "# a " + "{" * 20_000 + "}",
    "spaces": "# a" + " " * 20_000 + "b {#c}",
    "attributes": "# a {" + " #a" * 20_000 + "}",
    "attributes of pictures": "![a](b){" * 10_000,
    "attributes of pictures in HTML": "<div>\n" + '<img src="' * 20_000 + " />{",
    "addresses": "http://a." * 5_000,
    "e-mail addresses": "a@b." * 20_000,
    "links of HTML": "<div>\n" + "<a href " * 20_000,
    "links of HTML with addresses": "<a href=x>http://a.b " * 5_000,
    "tags": "<" * 50_000,
    "comments": "<!-- " * 20_000,
    "comments in a heading": "# " + "<!-- a -->" * 5_000,
    "divisions": "<div>\n\n" * 20_000,
    "notes": "\n".join(">" * n + " [!NOTE]" for n in range(1, 500)),
    "quotation marks": "\"'" * 20_000,
}


@pytest.mark.parametrize("body", PATHOLOGICAL.values(), ids=PATHOLOGICAL.keys())
def test_text_that_hangs_other_parsers_is_read_or_refused_in_time(body: str) -> None:
    started = time.process_time()
    try:
        rendered(body, smart=True)
    except InputError as refused:
        assert any(words in refused.problem for words in ("nested", "has no end", "rows lack"))
    assert time.process_time() - started < 10


@pytest.mark.slow
def test_a_thousand_renderings_leak_no_memory() -> None:
    program = """if True:
        import pathlib, resource, sys
        from dateline.render import render
        body = pathlib.Path(sys.argv[1]).read_text("utf-8")
        def often(times):
            for _ in range(times):
                render(body, engine="commonmark", footnote_prefix="x", smart_quotes=True)
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        unit = 1 if sys.platform == "darwin" else 1024
        before = often(200)
        print((often(1000) - before) * unit)
    """
    post = TESTS.parent / "posts" / "guide" / "2025-03-03-markdown.md"
    grown = subprocess.run(
        [sys.executable, "-c", program, post], capture_output=True, text=True, timeout=120, check=True
    )
    assert int(grown.stdout) < 8 * 1024 * 1024


def ended(site: Site, before: str, after: str = "") -> "subprocess.CompletedProcess[str]":
    """How a build ends, with something done in its process before and after."""
    program = (
        f"import sys\n{before}\nfrom dateline.cli.main import main\ntry:\n    main()\nfinally:\n    {after or None}"
    )
    command = [sys.executable, "-c", program, "build", "posts", "--now", "2025-06-01", "--quiet", "--jobs", "1"]
    return subprocess.run(command, cwd=site.root, capture_output=True, encoding="utf-8", timeout=60)


NOT_INSTALLED = """
import os
listed = os.listdir
os.listdir = lambda folder: [name for name in listed(folder) if not name.startswith("comrak_ext-")]
"""


def test_only_publications_that_use_commonmark_need_its_library(site: Site) -> None:
    site.post()
    assert ended(site, NOT_INSTALLED).returncode == 0
    site.settings(CHOSEN)
    refused = ended(site, NOT_INSTALLED)
    line = (site.posts / "feed.toml").read_text("utf-8").splitlines().index(CHOSEN.strip()) + 1
    assert f"posts/feed.toml:{line}: markdown: 'commonmark' needs a library that is not installed; " in refused.stderr
    assert re.search(r"; run .*install .*-e '.*\[commonmark\]'$", refused.stderr.rstrip())
    assert refused.returncode == 1


@pytest.mark.parametrize(("chosen", "absent"), [("", "comrak"), (CHOSEN, "markdown")])
def test_a_build_loads_only_the_engine_that_it_uses(site: Site, chosen: str, absent: str) -> None:
    site.settings(chosen)
    site.post(body="Text[^1].\n\n[^1]: Note.\n")
    done = ended(site, "", "print(sorted({'comrak', 'markdown'} - sys.modules.keys()))")
    assert (done.returncode, done.stdout.strip()) == (0, f"['{absent}']"), done


@pytest.mark.parametrize(
    "other",
    [
        SimpleNamespace(),
        SimpleNamespace(ExtensionOptions=lambda: None),
        SimpleNamespace(
            ExtensionOptions=lambda **_: 1,
            ParseOptions=lambda **_: 2,
            RenderOptions=lambda **_: 3,
            markdown_to_html=lambda *_: "<h1>A</h1>\n",
        ),
    ],
    ids=["empty", "other options", "other HTML"],
)
def test_a_release_that_writes_other_html_is_refused(monkeypatch: pytest.MonkeyPatch, other: object) -> None:
    known = commonmark._options(False), commonmark._options(True)
    assert all(known)
    monkeypatch.setattr(commonmark, "comrak", other)
    commonmark._options.cache_clear()
    commonmark._check_release.cache_clear()
    try:
        with pytest.raises(SettingsError, match=r"comrak-ext .* Dateline does not know"):
            rendered("Text.")
    finally:
        commonmark._options.cache_clear()


def test_a_panic_of_the_library_is_an_error_of_the_post(monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        pass

    def panics(*_: object) -> str:
        raise PanicException

    rendered("Text.")
    monkeypatch.setattr(commonmark, "comrak", SimpleNamespace(markdown_to_html=panics))
    with pytest.raises(InputError, match="text: the Markdown library crashed on it"):
        rendered("Text.")


def test_a_title_from_a_heading_is_rendered_by_the_chosen_engine(site: Site) -> None:
    site.post(body="", title="")
    site.write("2025-04-14-first.md", "---\ndate: 2025-04-14\n---\n# Not ~that~ *this*\n\nText.\n")
    titles = []
    for chosen in ("", CHOSEN, ""):
        site.settings(chosen)
        assert site.build().code == 0
        titles.append(site.json()["items"][0]["title"])
    assert titles == ["Not ~that~ this", "Not that this", "Not ~that~ this"]


# What begins a text, and what either engine makes of it: the title, or None where that is no heading.
BEGINNINGS = [
    ("# A harbour", "A harbour", "A harbour"),
    ("#harbour is busy today", "harbour is busy today", None),
    ("# C#", "C#", "C#"),
    ("# C ##", "C", "C"),
    ("####### seven", "# seven", None),
    ("   # Three spaces", None, "Three spaces"),
    ("    # Four spaces", None, None),
    ("A harbour\n---", "A harbour", "A harbour"),
    ("A *harbour*\n===", "A harbour", "A harbour"),
    ("* item\n---", None, None),
    ("1. item\n---", None, None),
    ("1986 was a good year\n---", "1986 was a good year", "1986 was a good year"),
    ("> quoted\n---", "> quoted", None),
    ("A harbour\nof two lines\n---", None, "A harbour of two lines"),
    ("A harbour\n   ---", None, "A harbour"),
    ("Text.\n\n---", None, None),
    ("---\n---", "---", None),
    ("#", None, None),
]


@pytest.mark.parametrize(("body", "by_default", "by_commonmark"), BEGINNINGS)
@pytest.mark.parametrize("engine", MARKDOWNS)
def test_only_what_the_engine_takes_for_a_heading_is_a_title(
    site: Site, engine: str, body: str, by_default: str | None, by_commonmark: str | None
) -> None:
    title = by_commonmark if engine == "commonmark" else by_default
    site.settings(f'markdown = "{engine}"\n')
    site.write("2025-04-14-a.md", f"---\nauthor: Ana\n---\n\n{body}\n\nMore.\n")
    request = BuildOptions(site.posts, site.public, now=NOW)
    first = re.sub("</?a[^>]*>", "", rendered(body, engine).html)
    if title is None:
        assert not re.match(r"<h\d[^>]*>[^<]", first)
        with pytest.raises(BuildError, match="title: missing"):
            build(request)
    else:
        assert re.match(r"<h\d", first)
        build(request)
        (item,) = site.json()["items"]
        assert (item["title"], item["content_html"]) == (title, "<p>More.</p>")


@pytest.mark.parametrize("heading", ["# {}", "  # {}", "{}\n---", "{}\nof two lines\n   ---"])
def test_an_edited_heading_changes_the_title_that_the_cache_has(site: Site, heading: str) -> None:
    site.settings(CHOSEN)
    for title in ("A harbour", "A ferry"):
        site.write("2025-04-14-a.md", f"---\nauthor: Ana\n---\n\n{heading.format(title)}\n\nMore.\n")
        assert site.build("--accept").code == 0
        assert site.json()["items"][0]["title"].startswith(title)


def test_another_release_of_the_engine_renders_anew(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered_by = []

    def recording(body: str, engine: str, *rest: Any) -> Rendering:
        rendered_by.append(engine)
        return render(body, engine, *rest)

    monkeypatch.setattr("dateline.render.render", recording)
    site.settings(CHOSEN)
    site.post()
    for release in ("comrak-ext 1", "comrak-ext 1", "comrak-ext 2"):
        monkeypatch.setattr("dateline.cache.sqlite.versions", lambda release=release: release)
        build(BuildOptions(site.posts, site.public, now=NOW, jobs=1))
    assert rendered_by == ["commonmark", "commonmark"]
