"""HTML that is sanitised without nh3 comes out as from nh3, and what engines write is mostly such HTML."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.render import commonmark, python_markdown
from dateline.render.limits import check_tags
from dateline.render.plain_html import MAX_LENGTH, MAX_OTHER, clean_plain
from dateline.render.sanitise import clean

HOST = "example.org"

MARKDOWN = """\
# A heading with *emphasis*

Text with **strong *and* emphasised**, ~~deleted~~ and `code`, [a link](https://a.example/x?y=1&z=2 "A title"), a
[reference](other.md#part), [one to this site](https://example.org/x), ![a picture](boat.png "A boat") and a note.[^n]\\
"Quoted" & <https://b.example>

- a list
    1. in a list

> A quotation
>
> - with a list

| a | b |
|---|--:|
| 1 | 2 |

```python
if a < b and "c":
    pass
```

***

[^n]: The note.
"""

ADDRESSES = """
https://a.example/x?y=1&amp;z=2
http://b.example
https://example.org/x
https://EXAMPLE.org/x
https://example.org.a.example/
https://example.org:80/x
https://a..example/
https://xn--a.example
https://a--b.example
https://-a.example
https://a.1
https://a.example.1
http://1.2.3.4/
http://0x7f.1
https://localhost/
https://a.example/%EF%BF%BE
https://a.example/?b=&amp;quot;
https://a@b.example/
//c.example/x
//[
other.md
/x/y.html?a=b&amp;c=d#e:f
#fn:x
a:b
?q
javascript:alert(1)
JavaScript&colon;alert(1)
data:image/png;base64,AAAA
link://slug/x
mailto:a@b.example
""".split("\n")
VALUES = [
    "",
    "a b",
    "é",
    "“x”",
    "a\xa0b",
    "x>",
    "'",
    "\n",
    "&quot;",
    "&#1;",
    "%EF%B7%97%EF%B7%98%EF%B7%A9",
    "\ufdd7\ufdd8\ufde9",
]
ELEMENTS = (
    "a b blockquote code del div em h1 h2 h3 li ol p pre span strong sup table tbody td th thead tr ul iframe math svg"
).split()
TEXTS = [
    "",
    "\n",
    " ",
    "x",
    "&amp;",
    "&quot;",
    "&lt;b&gt;",
    "é“",
    "\xa0",
    "&#160;",
    "&#8617;",
    "&rsquo;",
    "😀",
    "'\"",
    " />",
]
ODD_TEXTS = [
    "&nbsp;",
    "&#1;",
    "&",
    "&lt",
    "\ufffd",
    "\ufeff",
    "\x0b",
    "\r",
    "\ufdd0",
    "<",
    ">",
    "<!-- x -->",
    "<p",
    "</p ",
]
OTHER_TAGS = (
    '<br />|<hr />|<br>|<hr>|<h2 id="é-x">|<h2 id="a" id="b">|<h2 id="<b>">|<li id="fn:a-b">|<p id="x">|<P>|<p >|<b>'
    '|<p\n>|<code class="language-c++">|<code class="x">|<code class="language-a language-b">|<td align="left">'
    '|<td align="x">|<div class="footnote">|<div class="x" onclick="y">|<img>|</br>|<dl>|<dd>|<i>|<style>|<textarea>'
).split("|")

addresses, values = st.sampled_from(ADDRESSES), st.sampled_from(VALUES)
attributes = st.builds(
    "{} {}{}".format,
    st.sampled_from(["", "", ' class="footnote-ref"', ' alt="x"']),
    st.one_of(st.builds('href="{}"'.format, addresses), st.builds('src="{}"'.format, addresses)),
    st.one_of(st.just(""), st.builds(' title="{}"'.format, values), st.builds(' alt="{}"'.format, values)),
)
links, pictures = st.builds("<a{}>".format, attributes), st.builds("<img{} />".format, attributes)
names = st.sampled_from(ELEMENTS)
tags = st.one_of(
    links, pictures, st.sampled_from(OTHER_TAGS), st.builds("<{}>".format, names), st.builds("</{}>".format, names)
)
texts = st.one_of(st.sampled_from(TEXTS), st.sampled_from(TEXTS), st.sampled_from(ODD_TEXTS), st.text(max_size=3))


def enclosed(inside: st.SearchStrategy[str], openings: list[str]) -> st.SearchStrategy[str]:
    """Elements that are closed, around something."""
    return st.sampled_from(openings).flatmap(
        lambda opening: inside.map(lambda html: f"{opening}{html}</{re.split('[ >]', opening[1:])[0]}>")
    )


def several(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(parts, max_size=3).map("".join)


phrases = st.recursive(
    st.one_of(st.sampled_from(TEXTS), pictures, st.just("<br />")),
    lambda inside: several(
        st.one_of(inside, enclosed(inside, ["<em>", "<strong>", "<del>", '<sup id="a">', '<a href="#b">', "<code>"]))
    ),
    max_leaves=6,
)
rows = {
    cell: enclosed(several(enclosed(phrases, [f"<{cell}>", f'<{cell} align="right">'])), ["<tr>"])
    for cell in ("th", "td")
}
tables = enclosed(
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["", "\n", "x", "<em></em>"]),
        enclosed(rows["th"], ["<thead>", "<tbody>"]),
        st.one_of(st.just(""), enclosed(several(rows["td"]), ["<tbody>"])),
    ),
    ["<table>"],
)
leaves = st.one_of(
    enclosed(phrases, ["<p>", '<h2 id="x">', "<h3>", "<pre><code>", "<pre>"]).map(
        lambda html: html.replace("</pre>", "</code></pre>") if html.startswith("<pre><code>") else html
    ),
    tables,
    st.just("<hr />\n"),
    phrases,
)
documents = st.recursive(
    leaves,
    lambda inside: several(
        st.one_of(
            inside,
            enclosed(inside, ["<blockquote>", '<div class="footnote">', "<p>", "<em>"]),
            enclosed(several(enclosed(inside, ["<li>"])), ["<ul>", "<ol>\n"]),
        )
    ),
    max_leaves=8,
)


def check(html: str) -> bool:
    """Check that HTML, if it is plain, is sanitised as any other is; return whether it is."""
    plain = clean_plain(html, HOST)
    if plain is not None:
        assert clean(html, HOST) == plain
    return plain is not None


@given(st.lists(st.one_of(tags, texts), max_size=9).map("".join))
def test_any_tags_and_texts(html: str) -> None:
    check(html)


@given(documents)
def test_elements_that_are_closed(html: str) -> None:
    check(html)


@given(documents, st.data())
def test_elements_with_something_in_between(html: str, data: Any) -> None:
    start = data.draw(st.integers(0, len(html)))
    end = data.draw(st.integers(start, min(len(html), start + 8)))
    check(html[:start] + data.draw(st.one_of(tags, texts)) + html[end:])


@pytest.mark.parametrize("text", [*TEXTS, *ODD_TEXTS])
def test_each_text(text: str) -> None:
    for html in ("<p>{}</p>", "{}<p></p>", "<p></p>{}", "<pre>{}</pre>", "<pre><code>{}</code></pre>", "<ul>{}</ul>"):
        check(html.format(text))


@pytest.mark.parametrize("value", VALUES)
def test_each_value_of_an_attribute(value: str) -> None:
    for tag in ('<a href="#x" title="{}">x</a>', '<img src="x" alt="{}" />', '<img alt="{}" src="x" title="{}" />'):
        check(f"<p>{tag.format(value, value)}</p>")
    check(f'<h2 id="{value}">x</h2>')
    check(f'<pre><code class="language-{value}">x</code></pre>')


@pytest.mark.parametrize("address", ADDRESSES)
def test_each_address(address: str) -> None:
    check(f'<p><a href="{address}">x</a> <a class="footnote-ref" href="{address}">x</a></p>')
    check(f'<p><img src="{address}" alt="" /> <img alt="" src="{address}" /> <img src="{address}" /></p>')


@given(st.from_regex(r"https?://[a-z0-9.-]{1,12}([/?#][A-Za-z0-9/?#._~!$'()*+,;=:@-]{0,8})?", fullmatch=True))
def test_addresses(address: str) -> None:
    check(f'<p><a href="{address}">x</a></p>')


@given(st.from_regex(r"[A-Za-z0-9/._~?=#:-]{0,12}", fullmatch=True))
def test_references(reference: str) -> None:
    check(f'<p><img src="{reference}" alt="" /></p>')


@pytest.mark.parametrize("opening", [f"<{name}>" for name in ELEMENTS] + OTHER_TAGS)
def test_an_element_in_each_other(opening: str) -> None:
    closing = f"</{re.split('[ >]', opening[1:])[0]}>"
    for name in ELEMENTS:
        for html in (f"<{name}>x{opening}y{closing}z</{name}>", f"<{name}>{opening}{closing}</{name}>"):
            check(html)
            check(f"<p>{html}</p>")
            check(f"<ul><li>{html}</li></ul>")
            check(f"<table><tbody><tr><td>{html}</td></tr></tbody></table>")


@pytest.mark.parametrize("convert", [commonmark.convert, python_markdown.convert])
def test_what_engines_write_is_plain(convert: Any) -> None:
    assert check(convert(MARKDOWN, "x", smart_quotes=True, math=False))


@pytest.mark.parametrize(
    "html",
    [
        "<p>a<p>b</p></p>",
        '<h2 id="a"><p>x</p></h2>',
        "<p><em>a</p></em>",
        '<a href="#a"><em><a href="#b">x</a></em></a>',
        "<table>x<tbody><tr><td></td></tr></tbody></table>",
        "<table><tbody><tr><em></em><td></td></tr></tbody></table>",
        "<table><table></table></table>",
        "<table><tbody><tr><table></table><td></td></tr></tbody></table>",
        "<pre>\nx</pre>",
        "<p>&#1;</p>",
        "<p>\ufdd0" + "0\ufdd1</p>",
        '<p><a href="javascript:alert(1)">x</a></p>',
        '<p onclick="x">y</p>',
        "\ufeff<p>x</p>",
    ],
)
def test_what_is_not_plain(html: str) -> None:
    assert clean_plain(html, HOST) is None


def test_no_plain_html_exceeds_a_limit() -> None:
    codes = [f'<code class="language-{number}"></code>' for number in range(MAX_OTHER)] * 3
    emphasis = ["<em></em><strong></strong><code></code>"] * 3
    html = f"<p>{''.join((*codes, *emphasis))}</p>"
    html += "<p></p>" * ((MAX_LENGTH - len(html)) // len("<p></p>"))
    check_tags(html)
    assert clean_plain(html, HOST) is not None
    assert clean_plain(f"{html}<p>x</p>", HOST) is None
    assert clean_plain("".join(f'<h2 id="{number}"></h2>' for number in range(MAX_OTHER + 1)), HOST) is None
