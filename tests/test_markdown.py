# ruff: noqa: E501 - tables of what is written and what becomes of it
"""What both engines make of lists, code, links, formulas and MathML, and what the default engine needs help with."""

import re
import time
from html import unescape
from typing import Any

import html5lib
import pytest
from conftest import Site
from hypothesis import given
from hypothesis import strategies as st

from dateline.content.config import MARKDOWNS
from dateline.errors import InputError
from dateline.render import render, sanitise
from dateline.render.html import SLOT
from dateline.render.python_markdown_blocks import lay_out

PYTHON_MARKDOWN = "python-markdown"


def rendered(body: str, engine: str = PYTHON_MARKDOWN, *, smart: bool = False, math: bool = False) -> str:
    return render(body, engine=engine, footnote_prefix="x", smart_quotes=smart, math=math).html


def shape(html: str) -> str:
    """HTML without spaces between elements, and without paragraphs: the engines differ on which lists are loose."""
    return re.sub(
        r"\s*(</?(?:ul|ol|li|blockquote|pre|div|h\d|hr|dl|dt|dd|table|t[rhd]|thead|tbody)\b[^>]*>)\s*",
        r"\1",
        " ".join(re.split(r"(?:\s|</?p>)*</?p>\s*", html)),
    ).strip()


# What is written, and what either engine makes of it, but for paragraphs and spaces.
CONSTRUCTS = {
    "nested by two spaces": ("- a\n  - b\n    - c\n- d", "<ul><li>a<ul><li>b<ul><li>c</li></ul></li></ul></li><li>d</li></ul>"),
    "nested by three": ("1. a\n   - b\n2. c", "<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>"),
    "nested by four": ("- a\n    - b", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
    "nested by a tab": ("- a\n\t- b", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
    "nested after an empty line": ("- a\n\n  - b", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
    "not nested by one space": ("* a\n * b", "<ul><li>a</li><li>b</li></ul>"),
    "numbers in bullets": ("- a\n  1. b\n  2. c", "<ul><li>a<ol><li>b</li><li>c</li></ol></li></ul>"),
    "bullets that are not far enough in": (
        "1. a\n  - b",
        "<ol><li>a</li></ol><ul><li>b</li></ul>",
    ),
    "empty items": ("- a\n-\n- b\n  1. c\n  2.\n  3. d", "<ul><li>a</li><li></li><li>b<ol><li>c</li><li></li><li>d</li></ol></li></ul>"),
    "a list that ends with an empty item": ("> - a\n> -\n\nb", "<blockquote><ul><li>a</li><li></li></ul></blockquote>b"),
    "another paragraph of an item": ("- a\n\n  b\n- c", "<ul><li>a b</li><li>c</li></ul>"),
    "a table in an item": (
        "- a\n\n  | b |\n  |---|\n  | c |",
        "<ul><li>a<table><thead><tr><th>b</th></tr></thead><tbody><tr><td>c</td></tr></tbody></table></li></ul>",
    ),
    "a list below a line": ("Boats:\n- Ferry\n- Tug", "Boats:<ul><li>Ferry</li><li>Tug</li></ul>"),
    "a list from 1 below a line": ("Boats:\n1. Ferry", "Boats:<ol><li>Ferry</li></ol>"),
    "a year is no list": ("In the year\n1986. It was good.", "In the year\n1986. It was good."),
    "a list below a line in a quotation": ("> a\n> - b", "<blockquote>a<ul><li>b</li></ul></blockquote>"),
    "a nested list in a quotation": ("> - a\n>   - b", "<blockquote><ul><li>a<ul><li>b</li></ul></li></ul></blockquote>"),
    "a quotation in an item": ("- a\n\n  > b\n  > c", "<ul><li>a<blockquote>b\nc</blockquote></li></ul>"),
    "a heading ends a list": ("- a\n# b", '<ul><li>a</li></ul><h1 id="b">b</h1>'),
    "bullets, then numbers": ("- a\n1. b", "<ul><li>a</li></ul><ol><li>b</li></ol>"),
    "an item that goes on": ("- a\nb", "<ul><li>a\nb</li></ul>"),
    "a rule is no list": ("a\n\n* * *\n\nb", "a<hr>b"),
    "code indented in an item": ("- a\n\n      b", "<ul><li>a<pre><code>b\n</code></pre></li></ul>"),
    "a fence": ("```py\n# a\n```", '<pre><code class="language-py"># a\n</code></pre>'),
    "a fence after three spaces": ("a\n   ```\n   # b\n   ```", "a<pre><code># b\n</code></pre>"),
    "a fence with any words": ("~~~ js {1,3} title=\"a\"\nb\n~~~", '<pre><code class="language-js">b\n</code></pre>'),
    "a fence with an odd word": ("```c++/cli x\na\n```", '<pre><code class="language-c++/cli">a\n</code></pre>'),
    "no fence": ("```a`b``` c", "<code>a`b</code> c"),
    "the last empty line of code": ("```\na\n\n```", "<pre><code>a\n\n</code></pre>"),
    "a longer end of a fence": ("~~~\n```\n~~~~~", "<pre><code>```\n</code></pre>"),
    "a fence in bullets": ("- a\n  ```sh\n  # b\n\n    c\n  ```\n- d",
                           '<ul><li>a<pre><code class="language-sh"># b\n\n  c\n</code></pre></li><li>d</li></ul>'),
    "a fence in numbers": ("1. a\n\n   ```\n   # b\n   ```\n\n2. c",
                           "<ol><li>a<pre><code># b\n</code></pre></li><li>c</li></ol>"),
    "a fence far inside": ("- a\n  - b\n\n    ```\n    - c\n    ```",
                           "<ul><li>a<ul><li>b<pre><code>- c\n</code></pre></li></ul></li></ul>"),
    "a fence that begins an item": ("- ```\n  # a\n  ```\n- b", "<ul><li><pre><code># a\n</code></pre></li><li>b</li></ul>"),
    "a fence in a quotation": ("> ```\n> # a\n>\n> b\n> ```\n> c", "<blockquote><pre><code># a\n\nb\n</code></pre>c</blockquote>"),
    "a fence that its quotation ends": ("> ```\n> a\n\nb", "<blockquote><pre><code>a\n</code></pre></blockquote>b"),
    "a fence in a list in a quotation": (
        "> - a\n>   ~~~\n>   # b\n>   ~~~",
        "<blockquote><ul><li>a<pre><code># b\n</code></pre></li></ul></blockquote>",
    ),
    "HTML in an item": ("1. a\n   <div>*b*</div>\n2. c", "<ol><li>a<div>*b*</div></li><li>c</li></ol>"),
    "preformatted HTML in an item": ("- a\n\n  <pre>\n  - *b*\n\n  c</pre>\n- d",
                                     "<ul><li>a<pre>- *b*\n\nc</pre></li><li>d</li></ul>"),
    "lists in preformatted HTML": ("<pre>\n- a\n  - b\n</pre>", "<pre>- a\n  - b</pre>"),
    "C#": ("## Why I like C#", '<h2 id="why-i-like-c">Why I like C#</h2>'),
    "a closed heading": ("## C# ##", '<h2 id="c">C#</h2>'),
    "strikethrough": ("~~a *b*~~ c ~~ d ~~ ~~e ~~f", "<del>a <em>b</em></del> c ~~ d ~~ ~~e ~~f"),
    "tildes in words": ("a~~b~~c \\~~d~~ `~~e~~`", "a<del>b</del>c ~~d~~ <code>~~e~~</code>"),
    "tasks": ("- [x] a\n- [ ] b\n  1. [X] c\n- [y] d",
              "<ul><li>☑ a</li><li>☐ b<ol><li>☑ c</li></ol></li><li>[y] d</li></ul>"),
    "an address": ("(https://a.example/b_(c)_d).", '(<a href="https://a.example/b_(c)_d">https://a.example/b_(c)_d</a>).'),
    "addresses of all kinds": (
        "www.a.example, me@a.example; http://a.example/?a=b&c!",
        '<a href="http://www.a.example">www.a.example</a>, <a href="mailto:me@a.example">me@a.example</a>; <a href="http://a.example/?a=b&amp;c">http://a.example/?a=b&amp;c</a>!',
    ),
    "an address in a sentence": ("https://a.example/b; c", '<a href="https://a.example/b">https://a.example/b</a>; c'),
    "an address with marks": ("*https://a.example/b_c_d--e*",
                              '<em><a href="https://a.example/b_c_d--e">https://a.example/b_c_d--e</a></em>'),
    "no addresses": ("xhttp://a.example http:// http://b.c_d/ www.a a@b", "xhttp://a.example http:// http://b.c_d/ www.a a@b"),
    "an address in a link": ("[https://a.example b](u:v)", "<a>https://a.example b</a>"),
    "an address in a link of HTML": ('<a href="u">https://a.example</a>', f'<a href="{SLOT.format(0)}">https://a.example</a>'),
    "an address in code": ("`https://a.example` <code>https://a.example</code>",
                           "<code>https://a.example</code> <code>https://a.example</code>"),
    "an address in a tag": ('<b title="https://a.example">c</b>', '<b title="https://a.example">c</b>'),
    "an address twice": ("<https://a.example>", '<a href="https://a.example">https://a.example</a>'),
    "a formula": ("$a_{b}$ *c* $d_{e}^*$ and $\\{f\\}*$", "$a_{b}$ <em>c</em> $d_{e}^*$ and $\\{f\\}*$"),
    "a formula of two lines": ("$$\na_b *c*\n= d$$", "$$\na_b *c*\n= d$$"),
    "a formula less than another": ("$a<b$ and $b>c$", "$a&lt;b$ and $b&gt;c$"),
    "references in a formula": ("$a &lt; b_c *d*$ e&copy;", "$a &lt; b_c *d*$ e©"),
    "tags between dollars": (
        '<b>a $1</b> or <b>b$</b> $c <i title="d">e</i> f$ $3<br>4$',
        '<b>a $1</b> or <b>b$</b> $c <i title="d">e</i> f$ $3<br>4$',
    ),
    "no formula": ("$ *a*$, *b* $ \\$*c*$ $*d*$5", "$ <em>a</em>$, <em>b</em> $ $<em>c</em>$ $<em>d</em>$5"),
    "dollars in code": ("`$a_b` and `c_d$` *e*", "<code>$a_b</code> and <code>c_d$</code> <em>e</em>"),
    "no brackets of formulas": (r"\(*a*\) \[*b*\]", "(<em>a</em>) [<em>b</em>]"),
    "MathML in a line": (
        "a <math><mi>b</mi><mo>*</mo><mi>c</mi><mo>*</mo><mi>d</mi></math> e",
        "a <math><mi>b</mi><mo>*</mo><mi>c</mi><mo>*</mo><mi>d</mi></math> e",
    ),
    "a block of MathML": (
        '<math display="block">\n<mrow><mi>a_b</mi><mo>*</mo></mrow>\n</math>',
        '<math display="block">\n<mrow><mi>a_b</mi><mo>*</mo></mrow>\n</math>',
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CONSTRUCTS)
@pytest.mark.parametrize("engine", MARKDOWNS)
def test_both_engines_read_the_construct(engine: str, what: str) -> None:
    body, html = CONSTRUCTS[what]
    assert shape(rendered(body, engine)) == html


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("- a\n\n        b", "<ul>\n<li>a<pre><code>b\n</code></pre>\n</li>\n</ul>"),
        ("1986. a\n\n    b", '<ol start="1986">\n<li>\n<p>a</p>\n<p>b</p>\n</li>\n</ol>'),
        ("``` { .c++ #d title=e }\nf\n```", '<pre id="d"><code class="language-c++" title="e">f\n</code></pre>'),
        ("~~~\na", "<p>~~~\na</p>"),
        ("https://a.example/b\\_c`d`", '<p><a href="https://a.example/b_c">https://a.example/b_c</a><code>d</code></p>'),
        ("- a\n  #1", "<ul>\n<li>a\n  #1</li>\n</ul>"),
        ('- a\n\n  <b markdown="1">*c*</b>', "<ul>\n<li>\n<p>a</p>\n<p><b><em>c</em></b></p>\n</li>\n</ul>"),
        ('- a\n\n  <div markdown="1">*b*</div>', "<ul>\n<li>\n<p>a</p>\n<p></p><div><em>b</em></div><p></p>\n</li>\n</ul>"),
        ("$$\na\n- b\n$$", "<p>$$\na\n- b\n$$</p>"),
        ("<div>\n```\n*a*\n```\n</div>", "<div>\n\n<pre><code>*a*\n</code></pre>\n\n</div>"),
        ("<div>\n\n1. a\n\n   > * b\n   > * c\n\n</div>", "<div>\n\n1. a\n\n   > * b\n   > * c\n\n</div>".replace("> ", "&gt; ")),
        ('<div markdown="1">\n- a\n  - b\n</div>', None),
        ("a[^b]\n\n[^b]: c\n\n    ~~~\n    # d\n    ~~~\n", None),
        ("a\n:   b\n\n    ~~~\n    # c\n    ~~~\n", "<dl>\n<dt>a</dt>\n<dd>\n<p>b</p>\n<pre><code># c\n</code></pre>\n</dd>\n</dl>"),
    ],
)  # fmt: skip
def test_the_default_engine_keeps_its_own_syntax(body: str, html: str | None) -> None:
    found = rendered(body)
    if html is None:
        assert "<ul>\n<li>b</li>\n</ul>" in found or "<pre><code># d\n</code></pre>" in found
    else:
        assert found == html


@pytest.mark.parametrize("engine", MARKDOWNS)
def test_footnotes_are_numbered_in_reading_order(engine: str) -> None:
    html = rendered("- a[^1]\n    - b[^2]\n- c[^3]\n\n[^3]: C\n\n[^2]: B\n\n[^1]: A\n", engine)
    assert re.findall(r">(\d)</a></sup>", html) == ["1", "2", "3"]
    assert re.findall(r"<p>(\w)", html) == ["A", "B", "C"]


@pytest.mark.parametrize("engine", MARKDOWNS)
def test_quotation_marks_around_formulas_and_addresses_are_closed(engine: str) -> None:
    html = rendered("\"$a--'b'$\" 'https://a.example' \"$c$\"", engine, smart=True)
    assert re.sub("</?a[^>]*>", "", html) == "<p>“$a--'b'$” ‘https://a.example’ “$c$”</p>"
    assert re.sub("</?a[^>]*>", "", rendered('"https://a.example"', engine, smart=True)) == "<p>“https://a.example”</p>"
    assert rendered('"We \\$", he *said*, "\\$".', engine, smart=True) == "<p>“We $”, he <em>said</em>, “$”.</p>"


DOLLARS = """\
Lunch was $5 and dinner $10, which is *not* the $1,000-$2,000 that others pay. US$3 and A$4 are *cheap*.
From $1.50/kg to $2.50/kg; *both* under $3. Pay $5-$10, or 5$ to 10$, or *$20*. A $50 bill, a $100 bill.

| *Item* | Price |
|---|---|
| Rope | $5 |
| Chain | $1,250.00 |

$HOME and $PATH are *variables*. He paid $5; she paid *$6*. "$7," she said. It costs $8 (*about* $9). $5M–$6M.
"""


@pytest.mark.parametrize("engine", MARKDOWNS)
@pytest.mark.parametrize("math", [False, True])
def test_a_page_of_dollar_amounts_is_text(engine: str, math: bool) -> None:
    without = rendered(DOLLARS.replace("$", "€"), engine, smart=True, math=math)
    assert rendered(DOLLARS, engine, smart=True, math=math).replace("$", "€") == without
    assert without.count("<em>") == 8


@pytest.mark.parametrize("engine", MARKDOWNS)
@pytest.mark.parametrize(
    "formula", [r"\(a_{b}*c*\)", r"\[a_{b} \\[2pt] *c*\]", "\\[\na_b\n= *c*\n\\]", r"\(\text{x} < 'y'\)"]
)
def test_brackets_are_formulas_if_asked_for(engine: str, formula: str) -> None:
    html = rendered(f"*d* {formula}5 *e*", engine, smart=True, math=True)
    assert unescape(html) == f"<p><em>d</em> {formula}5 <em>e</em></p>"
    code = f"`{formula}`".replace("\n", " ")
    assert f"<code>{code[1:-1]}</code>" in unescape(rendered(code, engine, math=True))
    assert f"<code>{formula}\n</code>" in unescape(rendered(f"~~~\n{formula}\n~~~", engine, math=True))


@pytest.mark.parametrize("engine", MARKDOWNS)
def test_formulas_in_brackets_are_a_setting(site: Site, engine: str) -> None:
    site.post(body=r"\(a\)" + "\n")
    for setting, text in (("", "<p>(a)</p>"), ("math = true\n", r"<p>\(a\)</p>"), ("math = false\n", "<p>(a)</p>")):
        site.settings(f'markdown = "{engine}"\n{setting}')
        assert site.build().code == 0
        assert site.json()["items"][0]["content_html"] == text


MATHML = [
    "<math><mi>x</mi></math>",
    '<math display="block" alttext="a over b"><mfrac linethickness="0"><mi mathvariant="bold">a</mi><mi>b</mi></mfrac></math>',
    '<math><mtable columnalign="left"><mtr><mtd>1</mtd><mtd columnspan="2">2</mtd></mtr></mtable></math>',
    '<math><msqrt><mn>2</mn></msqrt><mo stretchy="false">(</mo><mspace width="1em"></mspace><mtext>if</mtext></math>',
    "<math><munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover><mmultiscripts><mi>a</mi><none></none></mmultiscripts></math>",
]


@pytest.mark.parametrize("html", MATHML)
@pytest.mark.parametrize("engine", MARKDOWNS)
def test_presentational_mathml_is_kept(engine: str, html: str) -> None:
    assert sanitise.clean(html).html == html
    assert html in rendered(f"a {html} b", engine)
    assert html in rendered(html, engine)


# What sanitisers have let pass: a second parser must not find another tree in what comes out.
MUTATIONS = r"""
<math><semantics><mi>x</mi><annotation encoding="TeX">TEX</annotation><annotation-xml encoding="text/html"><img src=u:v onerror=alert(1)></annotation-xml></semantics></math>
<math><annotation-xml encoding="text/html"><style><img src=u:v onerror=alert(1)></style></annotation-xml></math>
<math><maction actiontype="statusline" xlink:href="javascript:alert(1)"><mi>TEX</mi></maction><mi>b</mi></math>
<math href="javascript:alert(1)" xlink:href="javascript:alert(1)"><mi href="javascript:alert(1)" onclick="alert(1)">x</mi></math>
<math><ms><mglyph src="javascript:alert(1)"/>q</ms></math>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;"></mglyph></table></mtext></math>
<math><mtext><table><mglyph></mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;"></table></mtext></math>
<form><math><mtext></form><form><mglyph></mglyph><style></math><img src onerror=alert(1)></style></form></mtext></math>
<math><mtext><option><x-x><option></option><mglyph></mglyph><svg><mtext><style><a title="</style><img src='#' onerror='alert(1)'>"></style></svg></math>
<math><mtext><h1><a><h6></a></h6><mglyph></mglyph><svg><mtext><style><a title="</style><img src onerror='alert(1)'>"></style></svg></h1></math>
<math><mi><a href="javascript:alert(1)">a</a><b>c</b></mi></math>
<math><mtext></p><img src=u:v onerror=alert(1)></mtext></math>
<math><svg><style><img src=u:v onerror=alert(1)></style></svg></math>
<math><mtext><svg><foreignObject><script>alert(1)</script></foreignObject></svg></mtext></math>
<svg><math><mi>TEX</mi></math></svg>
<math><!--<mi>--><img src=u:v onerror=alert(1)>--></math>
<math><![CDATA[<img src=u:v onerror=alert(1)>]]></math>
<math><mo><textarea></mo><img src=u:v onerror=alert(1)></textarea></math>
<math><mrow><noscript><p title="</noscript><img src=u:v onerror=alert(1)>"></noscript></mrow></math>
<math><mi//xlink:href="data:x,<script>alert(1)</script>">
<math><mtd><td>x</td></mtd></math><table><math><mi>y</mi></math></table>
<math><mi>a<p>b</p></mi></math><mi>alone</mi><mfrac><p>x</p></mfrac>
<math><p>x<mi>y</math>
<math><mtext><math><mi>x</mi></math></mtext></math>
<p><math><p><mi><table><tr><math><td>x
""".strip().splitlines()
DANGEROUS = {"script", "style", "iframe", "svg", "object", "embed", "form", "annotation", "annotation-xml", "maction", "mglyph"}  # fmt: skip


@given(st.lists(st.sampled_from([*MUTATIONS, *MATHML, "<b>", "</p>", "<table>", "</math>", "text"]), max_size=4))
def test_sanitised_mathml_stays_what_it_is(parts: list[str]) -> None:
    check_harmless("".join(parts))


@pytest.mark.parametrize("html", MUTATIONS)
def test_mathml_cannot_turn_into_something_else(html: str) -> None:
    check_harmless(html)


def check_harmless(html: str, again: bool = True) -> None:
    try:
        clean = re.sub(SLOT.format(r"\d+"), "https://a.example", sanitise.clean(html).html)
    except InputError:
        return
    assert "TEX" not in clean
    tree: Any = html5lib.parseFragment(clean, treebuilder="etree")
    for element in tree.iter():
        assert not isinstance(element.tag, str) or element.tag.rpartition("}")[2].lower() not in DANGEROUS
        for name, value in element.attrib.items():
            assert not str(name).lower().startswith("on")
            assert "href" not in str(name) or element.tag.endswith("}a")
            assert "javascript:" not in value
    if again:
        check_harmless(clean, again=False)
        # Headings in headings move, whether there is MathML around them or not.
        assert re.search("<h[1-6]", clean) or sanitise.clean(clean).html == clean


WIDE = "|" + "a|" * 1_300 + "\n|" + "-|" * 1_300 + "\n" + "x\n" * 1_300 + "\n"
LONG = "b" * 100_000
AMPLIFIED = {
    "tables": (WIDE * 12, "tables whose rows lack more than 200,000 cells"),
    "tables in quotations": (("> " + WIDE.strip().replace("\n", "\n> ") + "\n\n") * 12, "tables whose rows lack"),
    "tables in lists": (("- " + WIDE.strip().replace("\n", "\n  ") + "\n\n") * 12, "tables whose rows lack"),
    "an address": (f"[a]: http://a.example/{LONG}\n\n" + "[a] " * 2_000, "becomes more than 16 MiB of HTML"),
    "a title": (f"[a]: http://a.example/ '{LONG}'\n\n" + "![a] " * 2_000, "becomes more than 16 MiB of HTML"),
    "an abbreviation": (f"*[A]: {LONG}\n\n" + "A " * 2_000, "becomes more than 16 MiB of HTML"),
}


@pytest.mark.parametrize("what", AMPLIFIED)
@pytest.mark.parametrize("engine", MARKDOWNS)
def test_text_that_would_become_gigabytes_is_refused_in_time(engine: str, what: str) -> None:
    body, says = AMPLIFIED[what]
    started = time.process_time()
    try:
        assert len(rendered(body, engine)) < 2 * len(body) + 1_000  # comrak stops using long definitions by itself
    except InputError as refused:
        assert says in refused.problem
    else:
        assert engine == "commonmark"
        assert "tables" not in what
    assert time.process_time() - started < 5


def test_a_big_table_with_full_rows_is_accepted() -> None:
    body = "|a|b|c|\n|-|-|-|\n" + "|1|2|\n" * 5_000
    assert rendered(body, "commonmark").count("<tr>") == 5_001


FRAGMENTS = [
    *("- ", "- - ", "1. ", "> ", "> - ", "  - a\n", "```\n", "  ~~~\n", "~~~ a=\"", "\n", "- $$ a\n", "$$\n", "$a ", "\\(", "\\[a"),
    *("<div>\n", "<pre>\n", "<math>", "<math ", "$<a b", "~~a ", "~~", "a~~ ", "www.a.", "http://a.b)", "!!!!", "a@", "b.", "[^a]: ", ": ", "- [x] "),
]  # fmt: skip


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_none_of_our_rules_takes_quadratic_time(fragment: str) -> None:
    """Four times the text takes about four times the time; ten, and some, allows for a busy machine."""
    from dateline.render import autolinks, formulas

    def seconds(length: int) -> float:
        body = f"http://{fragment * (length // len(fragment))}"
        started = time.process_time()
        lay_out(body.split("\n"), lambda info, code: "", lambda html: "")
        list(formulas.pattern(brackets=True).finditer(body))
        for found in autolinks.ADDRESS.finditer(body):
            autolinks.link(found[0])
        return time.process_time() - started

    assert seconds(100_000) < max(10 * seconds(25_000), 0.5)


@given(
    st.lists(
        st.sampled_from(["- ", "  ", "    ", "> ", "1. ", "\n", "\n\n", "a", "b c", "```", "# ", "<div>", "$$", ": "])
    )
)
def test_no_word_is_lost_or_repeated(parts: list[str]) -> None:
    lines = "".join(parts).split("\n")
    stashed: list[str] = []

    def stash(*words: str) -> str:
        stashed.append("\n".join(words))
        return f"@{len(stashed) - 1}@"

    out = "\n".join(lay_out(lines, stash, stash))
    whole = re.sub(r"@(\d+)@", lambda match: stashed[int(match[1])], out)
    assert re.findall(r"\w", whole) == re.findall(r"\w", "\n".join(lines))


@pytest.mark.parametrize("engine", MARKDOWNS)
def test_a_footnote_may_be_empty(engine: str) -> None:
    html = render("a[^b] c[^a]\n\n[^a]: \n\n[^b]: x\n", engine=engine, footnote_prefix="", smart_quotes=True).html
    assert html.startswith("<p>a<sup")
    assert ">x" in html


def test_a_fault_in_the_library_is_an_error_of_the_post(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("markdown.core.Markdown.convert", lambda *_: [][1])
    site.post()
    assert "text: Python-Markdown fails on it (IndexError)" in site.build().err
