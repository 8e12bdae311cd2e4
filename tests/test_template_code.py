"""Template code: what a generator would have replaced is published as written, and named; nothing else is."""

import json
import time
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from conftest import Site, settling
from hypothesis import given
from hypothesis import strategies as st

from dateline.content.config import MARKDOWNS
from dateline.errors import quoted
from dateline.render import render
from dateline.render.template_code import ATTRIBUTES, COMPONENT, KINDS, constructs

TABLE = Path(__file__).with_name("template_code") / "constructs.txt"
ROWS = [line.replace("⏎", "\n").split("\t") for line in TABLE.read_text("utf-8").splitlines()[2:]]
FOUND = [(kind, text) for tool, kind, text, *_ in ROWS if tool]
LEFT = [(kind, text) for tool, kind, text, *link in ROWS if tool and not link]
# These end with the line, so a heading or an attribute cannot hold them.
INLINE = [(kind, text) for kind, text in LEFT if kind not in ("import", ":::", "[TOC]") and text != "[audio]"]
ON_A_LINE = [(kind, text) for kind, text in INLINE if "\n" not in text]
TEXT = [text for tool, _, text, *_ in ROWS if not tool]

engines = pytest.mark.parametrize("engine", MARKDOWNS)


def found(markdown: str) -> list[tuple[str, str]]:
    return [(construct.kind, construct.text) for construct in constructs(markdown)]


def published(site: Site, bodies: dict[str, str], engine: str, more: str = "") -> dict[str, dict[str, Any]]:
    """Publish posts with these texts by title, and return their items."""
    site.settings(f'markdown = "{engine}"\nlimit = 200\nsmart_quotes = true\n{more}')
    for number, (title, body) in enumerate(bodies.items()):
        site.post(f"2025-04-14-{number}.md", body, title=json.dumps(title), date=f"2025-04-14 12:00:{number % 60:02}")
    built = site.build()
    assert built.code == 0, built
    return {item["title"]: item for item in site.json()["items"]}


def remarks(site: Site) -> list[tuple[str, int, str]]:
    """Return the file, the line and the words of each remark on template code."""
    checked = json.loads(site.run("check", "--json").out)
    assert not checked["errors"]
    listed = [(one["path"].rpartition("/")[2], one["line"], one["problem"]) for one in checked["remarks"]]
    return [one for one in listed if "template code" in one[2]]


def test_the_table_has_every_kind_and_nine_tools() -> None:
    assert {kind for kind, _ in FOUND} == set(KINDS)
    assert len({tool for tool, *_ in ROWS if tool}) >= 9
    assert len(FOUND) >= 60


@pytest.mark.parametrize(("kind", "text"), FOUND)
def test_a_construct_is_found_outside_code(kind: str, text: str) -> None:
    markdown = f"Before\n\n{text}\n\n`code`"
    assert found(markdown) == [(kind, text)]
    assert [markdown[one.start : one.end] for one in constructs(markdown)] == [text]


@pytest.mark.parametrize("text", [text for _, text in FOUND])
def test_code_has_no_constructs(text: str) -> None:
    assert found(f"```\n{text}\n```") == found(f"- a\n\n  ~~~~ sh\n  ~~~\n  {text}\n  ~~~~") == []
    assert found("Before\n\n    " + text.replace("\n", "\n    ")) == []
    assert found(f"Before `{text}` and ``` {text} ```") == []


@pytest.mark.parametrize("text", TEXT)
def test_what_only_looks_like_template_code_is_text(text: str) -> None:
    assert found(f"Before\n\n{text}\n\n[defined]: https://example.org/") == []


def test_what_a_raw_block_encloses_is_text() -> None:
    assert found("{% raw %}{{ x }}{% endraw %} {{ y }}") == [
        ("{% %}", "{% raw %}"),
        ("{% %}", "{% endraw %}"),
        ("{{ }}", "{{ y }}"),
    ]
    assert len(found("{{< highlight sh >}}\n[[ $x ]] && [[y]]\n{{< / highlight >}}")) == 2
    assert len(found("{% raw %} {{ x }}")) == 2


def test_a_fence_without_an_end_hides_nothing() -> None:
    assert found("```\n{{ x }}") == [("{{ }}", "{{ x }}")]


@pytest.mark.slow
def test_it_takes_linear_time() -> None:
    parts = "{{ {{< {% [[ [[a ![[ {: ::: [gallery <A <pre> <code <!-- $ $$ $a \\( ` ~~~ :smile: {% raw %}".split()
    parts += ["import ", "import a\n", "import a from ", "export {", "[a b=", "``` ", "```\n", "\n    a\n", "- ", "\t"]
    started = time.process_time()
    for part in parts:
        list(constructs(part * 50_000))
    list(constructs("\n".join("`" * length for length in range(1000))))
    assert time.process_time() - started < 20


@engines
def test_a_text_shows_constructs_as_written_and_check_names_them(site: Site, engine: str) -> None:
    bodies = {f"Row {number}": f'"It"\n\n{text}\n\nEnd.' for number, (_, text) in enumerate(LEFT)}
    items = published(site, bodies, engine)
    names = {path: (line, problem) for path, line, problem in remarks(site)}
    for number, (kind, text) in enumerate(LEFT):
        item = items[f"Row {number}"]
        shown = unescape(item["content_html"])
        # A tag is dropped, and an attribute list belongs to the paragraph above, if the engine knows it.
        if kind == COMPONENT:
            assert "<p>End.</p>" in shown
            assert text not in shown
        elif kind != ATTRIBUTES or text in shown:
            assert text in shown
        if kind != ATTRIBUTES or text in shown:
            line, problem = names.pop(f"2025-04-14-{number}.md")
            assert (
                problem
                == f"text: {quoted(' '.join(text.split()))} is template code ({kind}), which Dateline does not run"
            )
            assert line == 7
        assert item["summary"] == "“It”"
    assert not names


@engines
def test_code_is_no_template_code_to_a_report(site: Site, engine: str) -> None:
    bodies = {f"Row {number}": f"Text.\n\n```\n{text}\n```" for number, (_, text) in enumerate(FOUND)}
    bodies |= {f"Span {number}": f"Say `{text}`." for number, (_, text) in enumerate(ON_A_LINE)}
    items = published(site, bodies, engine)
    for number, (_, text) in enumerate(FOUND):
        assert text in unescape(items[f"Row {number}"]["content_html"])
    for number, (_, text) in enumerate(ON_A_LINE):
        assert items[f"Span {number}"]["summary"] == f"Say {' '.join(text.split())}."
    assert not remarks(site)
    assert "emplate code" not in site.build("--no-cache").out


@engines
def test_no_attribute_holds_a_construct(site: Site, engine: str) -> None:
    rows = [(kind, text) for kind, text in INLINE if kind != COMPONENT]  # a tag in an attribute is text
    bodies = {
        f"Row {number}": f'<b title="a {text}">a</b> ![a {text}](boat.png) [a]({"#b" if kind == ATTRIBUTES else text}).'
        for number, (kind, text) in enumerate(rows)
    }
    site.write("boat.png", b"\x89PNG\r\n\x1a\n")
    items = published(site, bodies, engine)
    names = remarks(site)
    for number, (kind, text) in enumerate(rows):
        html = items[f"Row {number}"]["content_html"]
        tags = unescape(" ".join(part.partition(">")[0] for part in html.split("<")[1:]))
        assert text not in tags, html
        assert sum(path == f"2025-04-14-{number}.md" for path, *_ in names) >= 2 or kind == ATTRIBUTES


@engines
def test_front_matter_is_named_and_only_a_title_is_shown(site: Site, engine: str) -> None:
    site.settings(f'markdown = "{engine}"\nlimit = 200\n')
    for number, (_, text) in enumerate(ON_A_LINE):
        title, summary = json.dumps(f"Say {text}"), json.dumps(f"On {text} too")
        day = f"2025-04-14 12:00:{number % 60:02}"
        site.post(f"2025-04-14-{number}.md", "Text.", title=title, date=day, description=summary)
    assert site.build().code == 0
    items = {item["title"]: item for item in site.json()["items"]}
    names = remarks(site)
    for number, (kind, text) in enumerate(ON_A_LINE):
        line = " ".join(text.split())
        assert items[f"Say {line}"]["summary"] == "Text."
        of_post = [(at, problem) for path, at, problem in names if path == f"2025-04-14-{number}.md"]
        does_not = f"{quoted(text)} is template code ({kind}), which Dateline does not run"
        assert of_post == [(2, f"title: {does_not}"), (4, f"description: {does_not}, so it is ignored")]


def test_a_heading_that_is_the_title_is_named_too(site: Site) -> None:
    site.settings()
    site.write(
        "2025-04-14-a.md", "---\ndate: 2025-04-14\nsummary: Of {{ x }}\n---\n\n# On {{ x }}, not `{{ y }}`\n\nText.\n"
    )
    assert site.build().code == 0
    assert site.json()["items"][0]["title"] == "On {{ x }}, not {{ y }}"
    assert [(line, problem.split(":")[0]) for _, line, problem in remarks(site)] == [(3, "summary"), (6, "title")]


def test_a_picture_is_not_described_by_template_code(site: Site) -> None:
    site.settings()
    site.write("boat.png", b"\x89PNG\r\n\x1a\n")
    site.post(image="boat.png", image_alt='"A {{ alt }}"')
    site.post("2025-04-15-b.md", cover='{url: boat.png, alt: "A {{ alt }}"}')
    site.build()
    assert "{{" not in json.dumps(site.json())
    problem = "'{{ alt }}' is template code ({{ }}), which Dateline does not run, so it is ignored"
    assert [one[2] for one in remarks(site)] == [f"image_alt: {problem}", f"cover: {problem}"]


@engines
def test_a_build_counts_posts_by_kind_even_if_it_renders_nothing(site: Site, engine: str) -> None:
    line = "Template code is not run: [[x]] in 2 posts, {{ }} in 1 post; dateline check lists it.\n"
    bodies = {"A": "[[One]] [[Two]]", "B": "{{ x }} and [[One]]", "C": "`{{ x }}`", "D": "Text."}
    with settling() as settle:
        published(site, bodies, engine)
        site.post("draft.md", "{% x %}", date="2025-04-15", draft="true")
        site.post("later.md", "{% x %}", date="2030-04-15")
        first = site.build()
        settle()
        site.build()
        settle()
        outs = [first.out, site.build().out, site.build("--no-cache").out]
    assert [out.count(line) for out in outs] == [1, 1, 1]
    assert json.loads(site.build("--json").out)["template_code"] == {"[[x]]": 2, "{{ }}": 1}
    assert json.loads(site.build("--dry-run", "--json", "--no-cache").out)["template_code"] == {"[[x]]": 2, "{{ }}": 1}


@engines
@pytest.mark.parametrize("where", ["feed.toml", "post"])
def test_template_code_can_be_accepted(site: Site, engine: str, where: str) -> None:
    site.settings(f'markdown = "{engine}"\n' + ('template_code = "ok"\n' if where == "feed.toml" else ""))
    ok = {"template_code": "ok"} if where == "post" else {}
    site.post("2025-04-14-a.md", 'Write "{{ x }}" and {{< a "b" >}}.', title="Say {{ x }}", **ok)
    site.post("2025-04-15-b.md", "Text.", title="B", summary='"Of {{ x }}"', **ok)
    assert "emplate code" not in site.build().out
    assert not remarks(site)
    second, first = site.json()["items"]
    assert second["summary"] == "Of {{ x }}"
    assert first["summary"] == 'Write “{{ x }}” and {{< a "b" >}}.'
    assert '<p>Write “{{ x }}” and {{< a "b" >}}.</p>' in unescape(first["content_html"])


def test_a_post_can_ask_for_remarks_that_the_settings_do_not_want(site: Site) -> None:
    site.settings('template_code = "ok"\n')
    site.post(body="[[A note]]", template_code="warn")
    assert "[[x]] in 1 post;" in site.build().out
    site.settings('template_code = "all"\n')
    assert "template_code: unknown value 'all'; use ok or warn" in site.build().err


def test_a_change_of_what_is_accepted_is_seen(site: Site) -> None:
    with settling() as settle:
        outs = []
        for setting in ("warn", "ok", "warn"):
            site.settings(f'template_code = "{setting}"\n')
            site.post(body="Text {{ x }}", corrections='[{date: 2025-04-15, text: "It is {{ y }}"}]')
            settle()
            outs.append(site.build().out)
    assert ["{{ }} in 1 post;" in out for out in outs] == [True, False, True]
    assert [line for _, line, _ in remarks(site)] == [3, 5]


def test_a_component_is_named_once(site: Site) -> None:
    site.settings()
    site.post(body='<Tabs>\n\n<Tab on={() => "x"} at={{a: 1}} />\n\n<marquee>Text</marquee>\n\n</Tabs>')
    site.build()
    assert site.json()["items"][0]["content_html"].replace("\n", "").replace("<p></p>", "") == "<p>Text</p>"
    words = site.run("check").out
    assert [words.count(name) for name in ("'<Tabs>' is", "'<Tab on", "'</Tabs>' is", "tabs:", "tab:", "marquee:")] == [
        *(1, 1, 1, 0, 0, 1)
    ]


def test_a_link_that_template_code_took_is_named_once(site: Site) -> None:
    site.settings()
    site.post(body="Say [this]({{ page.url }}/x).")
    words = site.run("check").out
    assert "'{{ page.url }}' is template code" in words
    assert "not a link" not in words


@engines
def test_character_references_do_not_make_template_code(engine: str) -> None:
    forged = "&#xfdd7;&#xfdd8;&#xfde9;"  # as long as it may be used once, a short text cannot become a huge one
    html = render(f"{forged * 1000}\n\n{{{{ {'x' * 1000} }}}} {forged}", engine, "", smart_quotes=False).html
    assert html.count("x" * 1000) == 1


@engines
def test_what_is_left_of_an_attribute_is_still_sanitised(engine: str) -> None:
    html = render('<code class="{{ x }} a language-b">c</code>', engine, "", smart_quotes=False).html
    assert 'class="language-b"' in html


PROSE = ["It's", '"so"', "*good*", "a -- b", "`code`", "[x](y.html)", "**", "_", "$", "1.", "![a](b.png)"]
PAIRS = st.tuples(
    st.sampled_from(PROSE), st.sampled_from([text for kind, text in INLINE if kind not in (COMPONENT, ATTRIBUTES)])
)


@engines
@given(pairs=st.lists(PAIRS, min_size=1, max_size=6))
def test_no_text_around_a_construct_changes_it(engine: str, pairs: list[tuple[str, str]]) -> None:
    body = "\n".join(f"{prose} {text}," for prose, text in pairs)
    html = unescape(render(body, engine, "", smart_quotes=True).html)
    at = 0
    for one in constructs(body):
        at = html.index(one.text, at) + len(one.text)
