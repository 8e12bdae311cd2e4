"""Template code becomes Markdown, or HTML that readers show; what is not known stays; nothing else changes."""

import time
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.content.config import MARKDOWNS
from dateline.render import render
from dateline.render.template_code import KINDS, constructs
from dateline.sites.conversion.links import LinkIndex
from dateline.sites.conversion.template_code import Converted, convert
from dateline.sites.model import SitePost

TABLE = Path(__file__).with_name("template_code") / "conversions.txt"
ROWS = [line.replace("⏎", "\n").split("\t") for line in TABLE.read_text("utf-8").splitlines()[2:]]
TEXTS = [text for _, text, *_ in ROWS]


def post(path: str, title: str, address: str = "", source: str = "") -> SitePost:
    return SitePost(path, source or f"content/{path}", f'---\ntitle: "{title}"\n---\nText.\n', address=address)


HERE = post("posts/here.md", "Here", "/posts/here/")
INDEX = LinkIndex(
    [
        HERE,
        post("posts/ferry.md", "The late ferry", "/posts/ferry/"),
        post("posts/2024-01-02-tides.md", "High tides", "/2024/01/02/tides.html", "_posts/2024-01-02-tides.md"),
    ]
)


def converted(text: str) -> Converted:
    return convert(text, partial(INDEX.find, HERE))


@pytest.mark.parametrize(
    ("text", "expected", "summary"), [(text, out, *(*more, "")[:1]) for _, text, out, *more in ROWS]
)
def test_what_is_known_is_converted_once(text: str, expected: str, summary: str) -> None:
    found = converted(text)
    assert (found.text, found.summary) == (expected, summary)
    assert bool(found.counts) == (text != expected)
    assert converted(found.text) == Converted(found.text, Counter())


def test_the_table_has_every_kind_and_ten_tools() -> None:
    assert len(ROWS) >= 140
    assert {one.kind for text in TEXTS for one in constructs(text)} == set(KINDS)
    assert len({tool for tool, *_ in ROWS}) >= 10


@pytest.mark.parametrize("engine", MARKDOWNS)
def test_every_engine_renders_what_is_converted(engine: str) -> None:
    for _, _, out, *_ in ROWS:
        found = render(out, engine, "", smart_quotes=False).template_code
        assert len(found) <= len(list(constructs(out))), out


@pytest.mark.parametrize("text", [text for text in TEXTS if "`" not in text and "</" not in text])
def test_code_and_comments_stay_as_they_are(text: str) -> None:
    inline = " ".join(text.split())
    indented = "".join(f"    {line}\n" for line in text.split("\n"))
    for code in (f"`````\n{text}\n`````\n", f"a `` {inline} `` b", f"<pre>{inline}</pre>", f"Code:\n\n{indented}"):
        assert converted(code).text == code


@pytest.mark.parametrize(
    ("kind", "code", "expected"),
    [
        ("jekyll", "```\n{% raw %}\n{{ a }}\n{% endraw %}\n```\n", "```\n{{ a }}\n```\n"),
        ("eleventy", "`{% raw %}{{ a }}{% endraw %}`", "`{{ a }}`"),
        ("hugo", "```\n{{</* youtube a */>}} {{%/* /note */%}}\n```\n", "```\n{{< youtube a >}} {{% /note %}}\n```\n"),
    ],
)
def test_some_generators_read_templates_in_code_too(kind: str, code: str, expected: str) -> None:
    assert convert(code, partial(INDEX.find, HERE), kind).text == expected
    assert converted(code).text == code


def test_calls_in_one_another_are_converted() -> None:
    figure = '{{< figure src="boat.jpg" alt="A boat" >}}'
    nested = f'{{{{< details "Fares" >}}}}\n{{{{< notice tip >}}}}\n{figure}\n{{{{< /notice >}}}}\n{{{{< /details >}}}}'
    expected = '<details markdown="1">\n<summary>Fares</summary>\n\n> **Tip**\n>\n> ![A boat](boat.jpg)\n\n</details>'
    assert converted(nested).text == expected


def test_an_end_without_a_beginning_stays() -> None:
    for text in ("{{< /notice >}}", "{% endhighlight %}", "{% end %}", "</Callout>", "{{< notice >}}\nText.", "::::"):
        assert converted(text).text == text


def test_a_picture_or_film_without_an_address_stays() -> None:
    for text in ("{% img http://[x %}", '{{< video src="//[x/a.mp4" >}}'):
        assert converted(text).text == text


def test_a_summary_is_the_text_before_its_mark() -> None:
    text = 'The *old* harbour :smile: [opens]({{< ref "ferry" >}}).\n\n- Free\n\n<!-- more -->\n\nMore.\n'
    found = converted(text)
    assert found.summary == "The old harbour 😄 opens. Free"
    assert "more -->" not in found.text
    assert converted("`<!-- more -->`").summary == ""


MARKS = ["\n", "\n\n", " ", "> ", "- ", "    ", "`", "```\n", "<div>", "</div>", "a", "# A\n", "{", "[", "|"]
FRAGMENTS = st.sampled_from([*TEXTS, *MARKS])


@given(st.lists(FRAGMENTS, max_size=6).map("".join))
def test_a_second_conversion_changes_nothing(text: str) -> None:
    once = converted(text).text
    assert converted(once).text == once


SIGNS = ("[!", "!!!", "???", "==", "%%", "{/*", "{#", "|", "<!--", "@/", "link:", "{static", "{attach", "{filename")


@given(st.text(st.sampled_from("ab1 \n\t#*_-+>`~:.()[]{}<>!/\\\"'&é汉$"), max_size=80))
def test_text_without_template_code_stays_to_the_byte(text: str) -> None:
    if not list(constructs(text)) and not any(sign in text for sign in SIGNS):
        found = converted(text)
        assert (found.text, found.counts) == (text, Counter())


HOSTILE = """
    {{<_a_>}} {{<_a_>}}x{{<_/a_>}} {%_note_%} {%_highlight_%} {{_site.url_}} [[ [[a]] <Image_ <Image> :::note⏎ :::
    {:_#a}⏎ {::comment} !!!_note⏎____a⏎ >_[!note]⏎ ==a %%a %%⏎ {/* {#a |_a_|⏎ |-⏎ <!--_more_--> <div> </div> [caption]
    [a](b {{<_figure_src=" import_a_from⏎ ____⏎ ](@/ \\ {{<_a_"\\" ![a](b){:_} `
    """


REPEATED = [piece.replace("_", " ").replace("⏎", "\n") for piece in HOSTILE.split()]
WIDE = ("{{< a~x >}}", "{% a~x %}", "{{ a(~x) }}", "[audio~x=y]", "<A~x>", ":::a~x", "{::a~x}")


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [piece * (50_000 // len(piece)) for piece in REPEATED] + [call.replace("~", " " * 50_000) for call in WIDE],
    ids=[*REPEATED, *WIDE],
)
def test_no_text_takes_more_than_linear_time(text: str) -> None:
    started = time.process_time()
    converted(text)
    INDEX.relink(HERE, text)
    assert time.process_time() - started < 5
