"""Template code: what a generator would have replaced is found, and nothing else is."""

import time
from pathlib import Path

import pytest

from dateline.render.template_code import KINDS, constructs

TABLE = Path(__file__).with_name("template_code") / "constructs.txt"
ROWS = [line.replace("⏎", "\n").split("\t") for line in TABLE.read_text().splitlines()[1:]]
FOUND = [(kind, text) for tool, kind, text in ROWS if tool]
TEXT = [text for tool, _, text in ROWS if not tool]


def found(markdown: str) -> list[tuple[str, str]]:
    return [(construct.kind, construct.text) for construct in constructs(markdown)]


def fenced(text: str) -> str:
    return f"```\n{text}\n```"


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
    assert found(fenced(text)) == found(f"- a\n\n  ~~~~ sh\n  ~~~\n  {text}\n  ~~~~") == []
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


def test_it_takes_linear_time() -> None:
    parts = "{{ {{< {% [[ [[a ![[ {: ::: [gallery <A <pre> <code <!-- $ $$ $a \\( ` ~~~ :smile: {% raw %}".split()
    parts += ["import ", "import a\n", "import a from ", "export {", "[a b=", "``` ", "```\n", "\n    a\n", "- ", "\t"]
    started = time.process_time()
    for part in parts:
        list(constructs(part * 50_000))
    list(constructs("\n".join("`" * length for length in range(1000))))
    assert time.process_time() - started < 20
