"""The HTML of old feeds becomes Markdown that renders the same."""

import re
import time
import warnings
from html import escape, unescape
from itertools import product

import pytest
from conftest import few_and_many
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline.content.config import MARKDOWNS
from dateline.errors import InputError
from dateline.importer.html_to_markdown import html_to_markdown
from dateline.render import limits, render
from dateline.render.sanitise import clean, uniform

AT = "https://old.example/2019/ferry/"


@pytest.mark.parametrize("engine", MARKDOWNS)
@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h2>Low <i>tide</i></h2><p>One<br>two</p>", "## Low *tide*\n\nOne  \ntwo"),
        ("<p>A <a href='/b'>b</a>, <a href='#c'>c</a></p>", "A [b](https://old.example/b), [c](#c)"),
        ("<p><a href='x y(1)'>b</a></p>", "[b](https://old.example/2019/ferry/x%20y%281%29)"),
        ("<img src='../a.png' alt='A [b]'>", "![A \\[b\\]](https://old.example/2019/a.png)"),
        ("<ul><li>One<ul><li>Two</li></ul></li></ul>", "-   One\n    -   Two"),
        ("<ol start=9><li>One</li><li><p>Two</p><p>More</p></li></ol>", "9.  One\n10. Two\n\n    More"),
        ("<pre><code class='language-python'>a &lt; b\n  c</code></pre>", "```python\na < b\n  c\n```"),
        ("<pre class='highlight-c'>x * y_z</pre>", "```c\nx * y_z\n```"),
        ("<p>H<sub>2</sub>O, <del>ice</del> <s>fog</s></p>", "H<sub>2</sub>O, <del>ice</del> <s>fog</s>"),
        ("<p>1 &lt; 2 &amp;amp; <code>a &lt; b</code></p>", "1 &lt; 2 &amp;amp; `a < b`"),
        ("<p># no heading</p><p>1. no list</p>", "\\# no heading\n\n1\\. no list"),
        ("<script>x</script><style>y</style><p>A</p>", "A"),
        ("<p>A</p><iframe src='/v'></iframe>", 'A\n\n<iframe src="https://old.example/v"></iframe>'),
        ("<table><tr><th>A</th></tr><tr><td>b</td></tr></table>", "| A |\n| --- |\n| b |"),
        ("<blockquote><p>A</p><p>b</p></blockquote>", "> A\n>\n> b"),
        ("plain text", "plain text"),
        ("<p>0~0~ in ~/home</p>", "0&#126;0&#126; in &#126;/home"),
        ("<p>In ~/home</p>", "In ~/home"),
        ("https://old.example/x.html", "https://old.example/x.html"),
        ("<p>a&#7;b <a href='/c&#1;d'>e&#11;f&#xFFFE;</a></p>", "ab [e\nf](https://old.example/cd)"),
        (f"<p>a&#{'9' * 5000};b &#x{'f' * 5000}</p><object>", "a\ufffdb \ufffd"),
        ("<p><a href='http://['>a</a> *b*</p>", "a \\*b\\*"),
        ("<p><a href='//['>a</a></p><p>b</p>", "[a](//[)\n\nb"),
        (
            "<p><img src=' ' alt='A *b*'> c</p><video src='' poster='/b.png'>d</video>",
            'A \\*b\\* c\n\n<video poster="https://old.example/b.png">d</video>',
        ),
        ("", ""),
    ],
)
def test_html_becomes_markdown(engine: str, html: str, markdown: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert html_to_markdown(html, AT, engine) == markdown


# HTML of old feeds, and a part of the Markdown that it becomes; None if a block stays HTML.
SNIPPETS = {
    "a bar in a cell": ("<table><tr><th>A|B</th></tr><tr><td>c | d</td></tr></table>", "| A&#124;B |"),
    "code with a bar in a cell": ("<table><tr><th>A</th></tr><tr><td><code>a|b</code></td></tr></table>", ""),
    "three backticks in code": ("<pre><code>```\na\n```</code></pre>", "````"),
    "backticks within a line of code": ("<p>Use <code>a `b` c</code>.</p>", "Use ``"),
    "code with blank lines": ("<pre><code>def a():\n    b\n\n\n\ndef c(): \n\td</code></pre>", "```"),
    "code of a language": ("<pre class='highlight-go'><code>a := 1</code></pre>", "```go\n"),
    "preformatted text with markup": ("<pre>a <b>b</b>\n\n  c # d\n```\n*e*</pre>", None),
    "code in a list": ("<ul><li><p>A</p><pre><code># b\n\n  c</code></pre></li></ul>", ""),
    "a caption": ("<table><caption>Tides</caption><tr><th>A</th></tr><tr><td>b</td></tr></table>", None),
    "cells across columns": ("<table><tr><th colspan=2>A</th></tr><tr><td>b</td><td>c</td></tr></table>", None),
    "aligned cells": ("<table><tr><th align=right>A</th></tr><tr><td align=right>1</td></tr></table>", None),
    "a table without a head": ("<table><tr><td>a</td><td>b</td></tr></table>", None),
    "a table": ("<table><thead><tr><th>A</th></tr></thead><tbody><tr><td><b>b</b></td></tr></tbody></table>", "| A |"),
    "a list in a cell": ("<table><tr><th>A</th></tr><tr><td><ul><li>b</li><li>c</li></ul></td></tr></table>", None),
    "a break in a cell": ("<table><tr><th>A</th></tr><tr><td>b<br>c</td></tr></table>", "| b<br>c |"),
    "underscores in an address": ("<p><a href='/a_b_c'>x</a> https://old.example/a_b_c_d *</p>", "[x]("),
    "details": ("<p>A</p><details><summary>B</summary><p>c</p><ul><li>d</li></ul></details><p>e</p>", None),
    "ruby": ("<p><ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>字 *</p>", "\\*"),
    "mark": ("<p>A <mark>b *c*</mark></p>", "<mark>b \\*c\\*</mark>"),
    "abbr": ("<p><abbr title='A \"b\" *c* [d]'>e</abbr></p>", "<abbr title="),
    "srcset": ("<p><img src='a.png' srcset='a.png 1x, b.png 2x' alt='A'></p>", "<img "),
    "a picture": ("<picture><source srcset='a.webp' type='image/webp'><img src='a.png' alt='A'></picture>", ""),
    "footnotes": (
        "<p>A<sup id='fnref:1'><a href='#fn:1'>1</a></sup></p><ol><li id='fn:1'>b <a href='#fnref:1'>↩</a></li></ol>",
        '<sup id="fnref:1">',
    ),
    "sup and sub": ("<p>x<sup>2</sup> H<sub>2</sub>O</p>", "x<sup>2</sup>"),
    "a definition list": ("<dl><dt>A</dt><dd>b</dd><dt>C</dt><dd>d <em>e</em></dd></dl>", "A\n:   b"),
    "a definition of several paragraphs": ("<dl><dt>A</dt><dt>B</dt><dd><p>c</p><p>d</p></dd></dl>", ""),
    "nested quotations": ("<blockquote><p>a</p><blockquote><p>b</p></blockquote><p>c</p></blockquote>", "> > b"),
    "line breaks": ("<p>a<br>b<br><br>c<br></p>", "a  \nb<br><br>c<br>"),
    "line breaks for paragraphs": ("a<br />\n<br />\nb<br>c <i>d</i><br> e", "b  \nc *d*  \n"),
    "a rule": ("<p>a</p><hr><p>b</p>", "---"),
    "a picture with a title": ("<p><img src=a.png alt='A *b* [c]' title='\"D\" & _e_'></p>", "!["),
    "a picture with a size": ("<p><img src=a.png alt=A width=640 height=480></p>", "{width=640 height=480}"),
    "a picture that a script loads": ("<p><img src='data:image/gif;base64,R0' data-src=a.png alt=A></p>", "![A]("),
    "a link with brackets": ("<p><a href='/a_(b)'>[c] (d)</a></p>", "[\\[c\\] (d)]("),
    "a link with a title": ("<p><a href='/a' title='\"b\" (c)'>d</a></p>", "[d]("),
    "a picture in a link in a heading": ("<h2><a href=/a><img src=b.png alt=B></a> C</h2>", "## [!["),
    "a figure": ("<figure><img src=a.png alt=A><figcaption>A *b*</figcaption></figure><p>c</p>", None),
    "a film": ("<video controls src=a.mp4 poster=b.png>No film</video><p>c</p>", ""),
    "sound": ("<p>a</p><audio controls><source src=a.mp3>No *sound*</audio>", ""),
    "a frame": ("<p>a</p><iframe src=/v title='A *b*'></iframe><p>c</p>", ""),
    "a heading with markup": ("<h3>A <code>b_c</code> <em>d</em> #</h3>", "### A `b_c`"),
    "a heading that something leads to": ("<p><a href='#b'>A</a></p><h2 id='b'>C</h2>", "## C {#b}"),
    "signs at the beginnings of lines": (
        "".join(
            f"<p>{sign} a</p><p>b\n{sign} c</p>"
            for sign in "* _ # 1. 2) + - &gt; &lt; \\ $ ~~~ ``` = | : --- [^1]: {:".split()
        ),
        "",
    ),
    "entities": ("<p>&amp;amp; &amp;#35; &lt;b&gt; &copy; AT&amp;T</p>", "&amp;amp;"),
    "no-break spaces": ("<p>a&nbsp;b</p><p>&nbsp;</p><p>10&nbsp;%</p>", "a\xa0b"),
    "emoji": ("<p>👩‍👧 :smile: ☑</p>", "👩‍👧"),
    "right to left": ("<p dir=rtl lang=ar>مرحبا *</p><p>a <span dir=rtl>ب</span></p>", ""),
    "empty elements": ("<p>a <b></b><em> </em>b</p><p></p><ul><li></li><li>c</li></ul><div></div>", ""),
    "spaces within marks": ("<p>a<b> b </b>c<i>d </i>e</p>", ""),
    "marks within words": ("<p>a<b>b</b>c <i>d</i><b>e</b>f</p>", ""),
    "keys": ("<p><kbd>Ctrl</kbd>+<kbd>*</kbd> <samp>a_b_c</samp></p>", "<kbd>"),
    "dollars": ("<p>$a_b$ and $5 and $6</p><p>$$x*y*z$$</p>", ""),
    "a list that starts elsewhere": ("<ol start=3><li>a</li><li>b<ol type=a><li>c</li></ol></li></ol>", None),
    "two lists": ("<ul><li>a</li></ul><ul><li>b</li></ul><ol><li>c</li></ol>", ""),
    "a list, then code": ("<ul><li>a</li></ul><pre>    b</pre><p>c</p>", ""),
    "blocks in blocks": ("<div><div><p>a</p><section>b <i>c</i></section></div>d</div>", "a\n\nb *c*\n\nd"),
    "tags that are never closed": ("<p>a<p>b<ul><li>c<li>d</ul><p>e<iframe src=https://a.example/ title=A>", ""),
}
_SEPARATING = re.compile(
    r"<(?:/?(?:blockquote|caption|d[dlt]|details|div|fig\w+|h\d|hr|li|[ou]l|p|pre|summary|t\w+)|br)\b[^>]*>"
)


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", "", _SEPARATING.sub(" ", html))).split())


def tags(html: str) -> list[str]:
    """Return the elements of sanitised HTML, except those that only separate texts."""
    same = {"b": "strong", "i": "em"}
    names = (same.get(name, name) for name in re.findall(r"<([a-z]\w*)", re.sub(r"(<pre>)<code[^>]*>", r"\1", html)))
    return [name for name in names if name not in ("p", "div", "section", "thead", "tbody", "span")]


@pytest.mark.parametrize("engine", MARKDOWNS)
@pytest.mark.parametrize("name", SNIPPETS)
def test_a_draft_renders_like_the_html_of_the_feed(name: str, engine: str) -> None:
    html, part = SNIPPETS[name]
    markdown = html_to_markdown(html, AT, engine)
    before = clean(uniform(html)).html
    after = render(markdown, engine=engine, footnote_prefix="", smart_quotes=False).html
    assert text_of(after) == text_of(before), markdown
    if name not in ("empty elements", "underscores in an address"):
        assert tags(after) == tags(before), markdown
    if part is None:
        assert "\n<" in f"\n{markdown}"
    else:
        assert part in markdown


INLINE = st.recursive(
    st.text("ab *_`<&|$\\[]#\xa0", max_size=6).map(escape),
    lambda inner: st.builds(
        lambda name, parts: f"<{name}>{''.join(parts)}</{name}>",
        st.sampled_from("b i code a mark sub del span kbd br img".split()),
        st.lists(inner, max_size=3),
    ),
    max_leaves=6,
)
BLOCKS = st.recursive(
    INLINE,
    lambda inner: st.builds(
        lambda name, parts: f"<{name}>{''.join(parts)}</{name}>",
        st.sampled_from("p p h2 ul ol li li blockquote pre div details table tr td th dl dt dd figure hr".split()),
        st.lists(inner, max_size=3),
    ),
    max_leaves=12,
)


@few_and_many(20, 3000)
@pytest.mark.parametrize("engine", MARKDOWNS)
def test_any_html_keeps_its_text(engine: str, drawn: settings) -> None:
    @drawn
    @given(html=BLOCKS)
    def holds(html: str) -> None:
        markdown = html_to_markdown(html, AT, engine)
        after = render(markdown, engine=engine, footnote_prefix="", smart_quotes=False).html
        assert text_of(after) == text_of(clean(uniform(html)).html), markdown

    holds()


def test_it_takes_linear_time() -> None:
    started = time.process_time()
    rows, items, marks = "<tr><td>a</td></tr>" * 1500, "<li>a</li>" * 2000, "a <mark>*b*</mark><br>" * 500
    for html in (f"<table><thead>{rows}</thead></table>", f"<ol>{items}</ol>", f"<p>{marks}</p>", "<p>[</p>" * 500):
        html_to_markdown(html, AT, "commonmark")
    assert time.process_time() - started < 30


def test_what_is_converted_too_slowly_stays_html(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TIME_LIMIT", 0.3)
    html = "<blockquote>" * 90 + "<pre>" + "a\n" * 20_000 + "</pre>" + "</blockquote>" * 90
    assert html_to_markdown(html, AT, "commonmark").startswith("<blockquote><blockquote>")


def test_tags_that_are_nested_too_deeply_are_an_error() -> None:
    with pytest.raises(InputError, match="nested too deep"):
        html_to_markdown("<div>" * 5000, AT, "commonmark")


PRINTABLE = st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"])


@few_and_many(30, 3000)
@pytest.mark.parametrize("engine", MARKDOWNS)
def test_any_paragraph_keeps_its_text(engine: str, drawn: settings) -> None:
    @drawn
    @given(text=st.text(st.sampled_from("  #-*_[]()<>&;:\"'`|!^~=+{}\\.1a") | PRINTABLE).filter(str.strip))
    def holds(text: str) -> None:
        markdown = html_to_markdown(f"<p>{escape(text)}</p>", AT, engine)
        html = render(markdown, engine=engine, footnote_prefix="", smart_quotes=False).html
        assert " ".join(unescape(re.sub(r"<[^>]*>", "", html)).split()) == " ".join(text.split())

    holds()


@pytest.mark.parametrize("engine", MARKDOWNS)
def test_what_looks_like_template_code_keeps_its_text(engine: str) -> None:
    texts = [
        "{{<}}",
        "{% if a < b %}",
        "{{{&}}}",
        "{:a=&}",
        "::: a & b",
        'import "&"',
        "export const a = b < c",
        "[[<]]",
    ]
    for block, text in product(("p", "ul", "details"), texts):
        markdown = html_to_markdown(f"<{block}>{escape(text)}</{block}>", AT, engine)
        html = render(markdown, engine=engine, footnote_prefix="", smart_quotes=False).html
        assert text_of(html) == text
