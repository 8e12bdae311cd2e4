"""HTML of old feeds becomes Markdown that says the same."""

import re
import warnings
from html import escape, unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.errors import Unreadable
from dateline.reading.settings import MARKDOWNS
from dateline.render import render
from dateline.subscribers.markdown_of import markdown_of

AT = "https://old.example/2019/ferry/"


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
        ("<p>H<sub>2</sub>O, <del>ice</del> <s>fog</s></p>", "H<sub>2</sub>O, <del>ice</del> <del>fog</del>"),
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
        ("", ""),
    ],
)
def test_html_becomes_markdown(html: str, markdown: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert markdown_of(html, AT) == markdown


def test_tags_without_end_are_told() -> None:
    with pytest.raises(Unreadable, match="nested too deep"):
        markdown_of("<div>" * 5000, AT)


PRINTABLE = st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"])


@pytest.mark.parametrize("engine", MARKDOWNS)
@given(text=st.text(st.sampled_from("  #-*_[]()<>&;:\"'`|!^~=+{}\\.1a") | PRINTABLE).filter(lambda text: text.strip()))
def test_a_paragraph_says_the_same_as_before(engine: str, text: str) -> None:
    html = render(markdown_of(f"<p>{escape(text)}</p>", AT), engine=engine, footnote_prefix="", smart_quotes=False).html
    assert " ".join(unescape(re.sub(r"<[^>]*>", "", html)).split()) == " ".join(text.split())
