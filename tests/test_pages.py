"""Pages: where they are, what they show, the templates of users, and that only changed ones are rendered."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any
from unicodedata import normalize
from unittest import mock
from urllib.parse import quote

import html5lib
import pytest
from conftest import NOW, PAGES, Site
from test_cost import a_hundred_posts, settled, watched

from dateline.cache.entry_tables import Entries
from dateline.content.config import read_settings
from dateline.content.languages import direction
from dateline.content.urls import page_path
from dateline.errors import BuildError, PostError
from dateline.fileio import write_new
from dateline.options import BuildOptions
from dateline.output import staging
from dateline.output.plan import WORTHWHILE
from dateline.pages import Templates, sitemap, templates, writers
from dateline.pages.outputs import MOST_BYTES
from dateline.pages.post_html import page_html
from dateline.pages.smart_quotes import with_smart_quotes
from dateline.pipeline import build
from dateline.preview.app import OpenFile, find
from dateline.preview.live_reload import with_script
from dateline.render import limits, render

GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(path.name for path in Path(writers.__file__).with_name("templates").glob("*.html"))
PARTS = Path(writers.__file__).with_name("templates").joinpath("parts.html").read_text("utf-8")
MACROS = sorted(re.findall(r"macro (\w+)", PARTS))


@pytest.fixture
def pages(site: Site) -> Site:
    """A publication of two posts, with pages."""
    site.write("feed.toml", PAGES)
    site.post("2025-04-01-a.md", "First text.\n", title="A", tags="[one]")
    site.post("2025-05-02-b.md", "Second text.\n", title="B", tags="[one, two]")
    return site


def built(site: Site) -> dict[str, str]:
    """Build, and return the pages by path."""
    build(BuildOptions(site.posts, site.public, NOW, accept=True, jobs=1))
    return {path: content.decode() for path, content in site.tree().items() if path.endswith(".html")}


def refused(site: Site) -> list[str]:
    """Return the errors of a build."""
    with pytest.raises(BuildError) as raised:
        build(BuildOptions(site.posts, site.public, NOW))
    assert site.tree() == {}
    return site.problem_lines(raised.value.problems)


def test_there_is_a_page_for_each_post_tag_author_and_month(pages: Site) -> None:
    assert set(built(pages)) == {
        "index.html",
        "2025/04/a/index.html",
        "2025/05/b/index.html",
        "archive/index.html",
        "archive/2025/index.html",
        "archive/2025/04/index.html",
        "archive/2025/05/index.html",
        "authors/ana-díaz/index.html",
        "subscribe/index.html",
        "tags/one/index.html",
        "tags/two/index.html",
        "404.html",
    }
    assert {"style.css", "copy.js", "feed.css", "sitemap.xml"} <= pages.tree().keys()


def test_only_feeds_are_written_if_the_settings_say_so(pages: Site) -> None:
    built(pages)
    pages.write("feed.toml", PAGES + "pages = false\nstylesheet = false\n")
    assert built(pages) == {}
    assert not {"style.css", "copy.js", "feed.css", "sitemap.xml"} & pages.tree().keys()
    assert b"xml-stylesheet" not in pages.tree()["atom.xml"]


@pytest.mark.parametrize(
    ("permalink", "file"),
    [
        ("2025/04/a/", "2025/04/a/index.html"),
        ("a.html", "a.html"),
        ("a.htm", "a.htm"),
        ("a", "a.html"),
        ("v1.0", "v1.0.html"),
        ("%E6%9C%9D/", "朝/index.html"),
        ("", "index.html"),
    ],
)
def test_a_page_is_where_static_hosts_look_for_it(permalink: str, file: str) -> None:
    assert page_path(permalink) == file


def test_a_permalink_may_be_in_any_script(pages: Site) -> None:
    decomposed = normalize("NFD", "/artículos/日記/{year}/{slug}/")
    pages.write("feed.toml", PAGES + f'permalink = "{decomposed}"\n')
    pages.post("2025-04-14-año-nuevo.md")
    assert "artículos/日記/2025/año-nuevo/index.html" in built(pages)
    address = "https://example.org/art%C3%ADculos/%E6%97%A5%E8%A8%98/2025/a%C3%B1o-nuevo/"
    assert address in [item["url"] for item in pages.json()["items"]]
    (pages.posts / "2025-04-14-año-nuevo.md").rename(pages.posts / "2025-04-14-otro.md")
    assert pages.run("pin").out.startswith("posts/2025-04-14-otro.md: id: tag:"), "it finds the slug in the address"
    assert "slug: año-nuevo" in (pages.posts / "2025-04-14-otro.md").read_text("utf-8")


@pytest.mark.parametrize("permalink", ["/a b/{slug}/", "/¿qué?/{slug}/", "/a%20b/{slug}/", "/🚀/{slug}/"])
def test_a_permalink_of_what_a_slug_cannot_hold_is_refused(pages: Site, permalink: str) -> None:
    pages.write("feed.toml", PAGES + f'permalink = "{permalink}"\n')
    pages.post()
    assert refused(pages)[0].partition("permalink: ")[2].startswith(f"'{permalink}' is not a path; ")


def test_the_preview_finds_a_page_whose_address_has_no_ending(pages: Site) -> None:
    pages.write("feed.toml", PAGES + 'permalink = "/{slug}"\n')
    built(pages)
    found = find(pages.public, "/a")
    assert isinstance(found, OpenFile)
    with found.file as file:
        assert b"First text." in file.read()
    assert found.media_type == "text/html; charset=utf-8"
    assert find(pages.public, "/nothing") is None


def test_a_post_whose_page_is_elsewhere_has_none_here(pages: Site) -> None:
    pages.post("2025-05-03-c.md", title="C", link="https://elsewhere.example/c", body="")
    found = built(pages)
    assert "2025/05/c/index.html" not in found
    for page in ("index.html", "archive/2025/05/index.html", "2025/05/b/index.html"):
        assert 'href="https://elsewhere.example/c"' in found[page], page
    assert "elsewhere" not in pages.tree()["sitemap.xml"].decode()


def test_a_text_about_a_page_elsewhere_has_a_page_whose_headline_links_there(pages: Site) -> None:
    pages.post("2025-05-03-c.md", title="C", link="https://www.elsewhere.example/c")
    found = built(pages)
    page = found["2025/05/c/index.html"]
    assert '<h1 class="p-name"><a class="u-bookmark-of" href="https://www.elsewhere.example/c">C</a></h1>' in page
    assert ">elsewhere.example ↗</a>" in page
    assert '<link rel="canonical" href="https://example.org/2025/05/c/">' in page
    assert 'href="/2025/05/c/"' in found["index.html"]
    assert "/2025/05/c/" in pages.tree()["sitemap.xml"].decode()


def test_a_text_that_was_published_first_elsewhere_says_so_on_its_page(pages: Site) -> None:
    pages.post("2025-05-03-c.md", title="C", canonical="https://elsewhere.example/c")
    found = built(pages)
    assert '<link rel="canonical" href="https://elsewhere.example/c">' in found["2025/05/c/index.html"]
    assert 'href="/2025/05/c/"' in found["index.html"]
    assert "/2025/05/c/" not in pages.tree()["sitemap.xml"].decode()


def test_the_users_own_keys_reach_templates(pages: Site) -> None:
    own = '\n[authors.eva]\nname = "Eva"\nextra = {since = 1984}\n[extra]\nlikes = ["tea", 2.5, 2025-04-14, true]\n'
    pages.write("feed.toml", PAGES + own)
    shown = "{{ publication.extra.likes }} {{ post.extra }} {{ post.authors[0].extra.get('since', 0) + 1 }}"
    pages.write("_templates/post.html", '{% extends "dateline/post.html" %}{% block main %}' + shown + "{% endblock %}")
    pages.post("2025-05-03-c.md", author="eva", extra='{a: 1, "b c": "1", d: {e: [yes, true, 1.50, "", ~]}}')
    values = "['tea', 2.5, '2025-04-14', True] {'a': 1, 'b c': '1', 'd': {'e': ['yes', True, 1.5, '', '']}} 1985"
    assert values in unescape(built(pages)["2025/05/c/index.html"])
    assert ": extra: " not in pages.run("check").out


def test_a_static_file_replaces_a_page(pages: Site) -> None:
    pages.write("_static/index.html", "mine")
    pages.write("_static/style.css", "body {}")
    pages.write("_static/favicon.ico", b"icon")
    found = built(pages)
    assert found["index.html"] == "mine"
    assert pages.tree()["style.css"] == b"body {}"
    assert '<link rel="icon" href="/favicon.ico">' in found["404.html"]
    assert "favicon.svg" not in pages.tree()


def test_two_pages_of_one_path_are_an_error_that_names_both(pages: Site) -> None:
    pages.write("feed.toml", PAGES + 'permalink = "/{slug}/"\n')
    pages.post("2025-05-03-archive.md", title="Archive")
    (error,) = refused(pages)
    assert "both the archive's page and the page of 2025-05-03-archive.md would be this file" in error


def test_no_page_reveals_a_hidden_post(pages: Site) -> None:
    pages.post("2025-05-01-draft.md", title="Unseen-1", tags="[unseen-2]", draft="true")
    pages.post("2025-05-03-held.md", title="Unseen-1", tags="[unseen-2]", date="2025-07-01")
    built(pages)
    assert not [path for path, content in pages.tree().items() if b"nseen-" in content or "nseen-" in path]


def test_a_template_that_reveals_a_hidden_post_stops_the_build(pages: Site) -> None:
    secret = "The minister will resign on Friday over the contract for the new harbour wall."
    pages.post("2025-05-01-draft.md", secret, title="Draft", draft="true")
    pages.write("_templates/404.html", f"<p>The <em>minister</em> {secret[13:]}</p>")
    (error,) = refused(pages)
    assert "404.html" in error
    assert "2025-05-01-draft.md" in error
    pages.write("_templates/404.html", '<meta name="description" content="https://example.org/2025/05/draft/">')
    (error,) = refused(pages)
    assert "https://example.org/2025/05/draft" in error


def test_the_title_is_not_repeated_if_there_is_no_description(pages: Site) -> None:
    assert 'class="lead' not in built(pages)["index.html"]
    pages.write("feed.toml", PAGES + 'description = "What happens here"\n')
    assert '<p class="lead p-summary">What happens here</p>' in built(pages)["index.html"]


def test_corrections_have_a_page_and_no_page_each(pages: Site) -> None:
    pages.post("2025-05-02-b.md", title="B", corrections="[{date: 2025-05-14, text: It is *eight*., announce: true}]")
    found = built(pages)
    assert {path for path in found if "correction" in path} == {"corrections/index.html"}
    link = 'href="/2025/05/b/#correction-2025-05-14"'
    assert link in found["corrections/index.html"]
    assert link in found["index.html"]
    assert "Correction, 14 May 2025:" in found["2025/05/b/index.html"]
    assert "https://example.org/corrections/atom.xml" in found["corrections/index.html"]
    assert "https://example.org/corrections/atom.xml" in found["subscribe/index.html"]
    assert 'rel="next"' not in found["2025/05/b/index.html"], "a correction leads to the page that it stands on"


@pytest.mark.parametrize(
    ("formats", "recommended"), [('["json", "atom", "rss"]', "rss.xml"), ('["json", "atom"]', "atom.xml")]
)
def test_readers_are_sent_to_the_rss_feed_if_there_is_one(pages: Site, formats: str, recommended: str) -> None:
    pages.write("feed.toml", PAGES + f"formats = {formats}\n")
    page = built(pages)["subscribe/index.html"]
    addresses = re.findall(r'<link rel="alternate"[^>]* href="([^"]*)">', page)
    assert addresses[0] == f"https://example.org/{recommended}"
    assert f'href="feed:https://example.org/{recommended}"' in page
    assert page.count(quote(addresses[0], safe="")) == 4, "a web address for each reader on the web"


def test_the_page_of_corrections_shows_a_change_of_one_that_is_too_old_for_their_feed(pages: Site) -> None:
    pages.write("feed.toml", PAGES + "limit = 1\n")
    for day, text in ((1, "Seven."), (2, "Eight."), (1, "Nine.")):
        note = f"[{{date: 2025-05-1{day}, text: {text}}}]"
        pages.post(f"2025-04-0{day}-post.md", title=f"Post {day}", slug=f"post-{day}", corrections=note)
        assert pages.build().code == 0
    page = pages.tree()["corrections/index.html"]
    assert (b"Nine." in page, b"Seven." in page) == (True, False)


def test_a_post_that_is_withdrawn_has_no_page(pages: Site) -> None:
    built(pages)
    pages.post("2025-05-02-b.md", title="B", withdrawn="2025-05-14")
    found = built(pages)
    assert not [path for path, html in found.items() if "/b/" in path or ">B</a>" in html]


def test_every_page_links_to_the_new_address_of_a_moved_publication(pages: Site) -> None:
    pages.write("feed.toml", PAGES + 'moved_to = "https://new.example/"\nmoved_on = 2025-05-30\n')
    assert all('<a href="https://new.example/">' in html for html in built(pages).values())


def test_every_page_is_valid_html() -> None:
    found = sorted(GOLDEN.glob("pages*/public/**/*.html"))
    assert len(found) > 15
    for page in found:
        html5lib.HTMLParser(strict=True).parse(page.read_text("utf-8"))


def test_every_page_has_links_to_the_feeds_and_a_content_security_policy() -> None:
    for page in GOLDEN.glob("pages*/public/**/*.html"):
        html = page.read_text("utf-8")
        assert len(re.findall('<link rel="alternate" type="application/(?:rss|atom|feed)', html)) in (3, 6), page
        of_label = any(folder in str(page) for folder in ("/tags/", "/authors/", "/corrections/"))
        assert of_label == (html.count('rel="alternate"') == 6), page
        assert "default-src 'none'" in html
        assert html.count("<h1") == 1
        assert (page.name == "404.html") == ('rel="canonical"' not in html)
        assert ' style="' not in html
        levels = [int(level) for level in re.findall("<h([1-6])", html)]
        assert all(below <= above + 1 for above, below in pairwise(levels)), page


def test_the_author_and_date_of_a_post_are_machine_readable_too() -> None:
    html = (GOLDEN / "pages/public/2025/04/tides/index.html").read_text("utf-8")
    (script,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)
    article = json.loads(script)
    assert article["@type"] == "NewsArticle"
    assert article["headline"] == 'Tides <b>& "currents"</b></script>'
    assert [author["name"] for author in article["author"]] == ["Harbour Desk", "Ana Díaz"]
    assert (article["datePublished"], article["dateModified"]) == (
        "2025-04-01T12:00:00+00:00",
        "2025-04-03T08:00:00+00:00",
    )
    assert not set("<>&\u2028\u2029") & set(script)


def test_code_is_highlighted_on_pages_but_not_in_feeds(pages: Site) -> None:
    pages.post("2025-05-03-c.md", "```python\nprint('<b>')\n```\n", title="C")
    found = built(pages)
    assert '<span class="nb">print</span>' in found["2025/05/c/index.html"]
    assert "&lt;b&gt;" in found["2025/05/c/index.html"]
    assert b"<span" not in pages.tree()["rss.xml"]


@pytest.mark.parametrize("engine", ["python-markdown", "commonmark"])
def test_code_in_an_unknown_language_is_unchanged(engine: str) -> None:
    html = render("```nonsense\n1 < 2\n```\n", engine=engine, footnote_prefix="", smart_quotes=False).html
    assert page_html(html) == html.replace("<pre>", '<pre tabindex="0">')
    assert page_html('<pre><code class="language-python">a<b>b</b></code></pre>').count("<b>") == 1


def test_highlighting_stops_where_it_takes_too_long() -> None:
    few, many = "x = 1\n", "x = [1, 'a'] + y\n" * 2500
    html = "".join(f'<pre><code class="language-python">{code}</code></pre>' for code in [few, *[many] * 20])
    with mock.patch.object(limits, "TIME_LIMIT", 0.3):
        shown = page_html(html)
    first, *_, last = shown.split("</pre>")[:-1]
    assert '<span class="mi">1</span>' in first
    assert "<span" not in last
    assert unescape(re.sub("<[^>]*>", "", shown)) == unescape(re.sub("<[^>]*>", "", html))


def test_unusual_html_is_skipped_quickly() -> None:
    html = '<pre><code class="language-c">x</code> y</pre>' * 8000
    started = time.process_time()
    assert page_html(html) == html.replace("<pre>", '<pre tabindex="0">')
    assert b"<script" in with_script(b"<meta " * 50_000, "1")
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("levels", "shown"),
    [
        ("1 2 3", "2 3 4"),
        ("3 3 5 4 1", "2 2 3 3 2"),
        ("2 1 2", "2 2 3"),
        ("1 2 3 4 5 6", "2 3 4 5 6 6"),
        ("6 1", "2 2"),
    ],
)
def test_headings_of_a_post_come_below_its_title_without_a_gap(levels: str, shown: str) -> None:
    html = "".join(f'<h{level} id="a">A</h{level}>' for level in levels.split())
    assert page_html(html) == "".join(f'<h{level} id="a">A</h{level}>' for level in shown.split())


def test_tables_scroll_and_one_inside_another_scrolls_with_it(pages: Site) -> None:
    inner = "<table><tr><td>in</td></tr></table>"
    pages.post("2025-05-03-c.md", f"<table><tr><td>{inner}</td><td>after</td></tr></table>\n\n{inner}\n", title="C")
    html = built(pages)["2025/05/c/index.html"]
    html5lib.HTMLParser(strict=True).parse(html)
    start = '<div class="scroll" role="group" aria-label="Table" tabindex="0"><table>'
    assert (html.count(start), html.count("<table>"), html.count("</table></div>")) == (2, 3, 2)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "ltr"),
        ("ar", "rtl"),
        ("he-IL", "rtl"),
        ("fa", "rtl"),
        ("ur", "rtl"),
        ("az-Arab", "rtl"),
        ("ar-Latn", "ltr"),
    ],
)
def test_the_direction_of_text_follows_its_language(language: str, expected: str) -> None:
    assert direction(language) == expected


def test_foreign_posts_and_our_own_words_are_marked_with_their_languages(site: Site) -> None:
    home = (GOLDEN / "pages-right-to-left/public/index.html").read_text("utf-8")
    assert '<html lang="ar" dir="rtl">' in home
    assert '<article class="h-entry lead" lang="ja" dir="ltr">' in home
    assert 'lang="en"' not in home
    site.write("feed.toml", 'language = "fa"\n' + PAGES)  # a language without words, but with dates
    site.post("2025-04-14-a.md", title="A")
    home = built(site)["index.html"]
    assert '<nav class="menu" aria-label="Site" lang="en" dir="ltr">' in home
    assert ">14 آوریل 2025</time>" in home


@pytest.mark.parametrize("name", NAMES)
def test_templates_take_all_their_words_from_the_table(name: str) -> None:
    source = Path(writers.__file__).with_name("templates").joinpath(name).read_text("utf-8")
    plain = re.sub(r"{%.*?%}|{{.*?}}", "", source).replace("'self'", "")
    texts = [re.sub('<[^>]*>|(?:lang|dir)=""', "", plain), *re.findall(r'(?:aria-label|alt|title)="([^"]*)"', plain)]
    assert [text for text in texts if re.search(r"[^\W\d_]", text)] == []


def test_a_page_of_many_posts_links_to_the_archive(site: Site) -> None:
    site.write("feed.toml", PAGES)
    for number in range(105):
        site.post(f"2025-04-01-{number}.md", title=f"Post {number}", tags="[many]")
    found = built(site)
    assert found["tags/many/index.html"].count("h-entry") == 100
    assert "These are the newest 100" in found["tags/many/index.html"]
    assert found["archive/2025/04/index.html"].count("h-entry") == 105
    assert found["index.html"].count("h-entry") == 20


def test_a_large_sitemap_is_split(pages: Site) -> None:
    with mock.patch.object(sitemap, "MAX_LOCATIONS", 4):
        built(pages)
    tree = {path: content.decode() for path, content in pages.tree().items() if path.startswith("sitemap")}
    assert sorted(tree) == ["sitemap-1.xml", "sitemap-2.xml", "sitemap-3.xml", "sitemap.xml"]
    assert re.findall("<loc>(.*?)</loc>", tree["sitemap.xml"]) == [
        f"https://example.org/sitemap-{number}.xml" for number in (1, 2, 3)
    ]
    together = [url for path, text in tree.items() if path != "sitemap.xml" for url in re.findall("<loc>(.*?)<", text)]
    assert len(together) == len(set(together)) == 11
    built(pages)
    whole = pages.tree()["sitemap.xml"].decode()
    assert sorted(re.findall("<loc>(.*?)</loc>", whole)) == sorted(together)
    assert "<lastmod>2025-04-01T12:00:00Z</lastmod>" in whole


def test_every_address_of_the_sitemap_and_every_link_has_a_page(pages: Site) -> None:
    found = built(pages)
    addresses = re.findall("<loc>https://example.org/(.*?)</loc>", pages.tree()["sitemap.xml"].decode())
    for html in found.values():
        addresses += re.findall(r'(?:href|src)="/([^"#]*)', html)
    assert {page_path(address) for address in addresses if "." not in address} <= found.keys()
    assert {address for address in addresses if "." in address} <= pages.tree().keys()


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ('"It\'s on," she said', "“It’s on,” she said"),
        ("C++ 'x' and `--foo` \"bar\"", "C++ ‘x’ and `--foo` “bar”"),
        ("\"'Quoted' words\" -- 1990--2000...", "“‘Quoted’ words” – 1990–2000…"),
        ("The '90s, the dogs' bowls, rock 'n' roll", "The ’90s, the dogs’ bowls, rock ’n’ roll"),
        ('The --verbose option of print("x")', 'The --verbose option of print("x")'),
        ('6\' 2" tall, a 27" screen', '6\' 2" tall, a 27" screen'),
        ("'24 hours' in Gaza, the class of '25", "‘24 hours’ in Gaza, the class of ’25"),
    ],
)
def test_titles_have_typographic_quotation_marks(written: str, shown: str) -> None:
    assert with_smart_quotes(written) == shown


def test_titles_and_summaries_have_smart_quotes_on_pages_and_keep_their_characters_in_feeds(pages: Site) -> None:
    title, summary = '"It\'s"', 'Sam\'s "B"'
    pages.post("2025-05-03-c.md", title=json.dumps(title), summary=json.dumps(summary))
    pages.post("2025-05-04-d.md", title=json.dumps(title + "-D"), lang="es")
    found = built(pages)
    assert (pages.json()["items"][1]["title"], pages.json()["items"][1]["summary"]) == (title, summary)
    own = found["2025/05/c/index.html"]
    for html in (own, found["2025/05/b/index.html"], found["index.html"], found["archive/2025/05/index.html"]):
        assert "“It’s”" in html
    for text in (
        "<title>“It’s” ·",
        'og:title" content="“It’s”"',
        'description" content="Sam’s “B”"',
        'standfirst p-summary">Sam’s “B”<',
    ):
        assert text in own
    assert "Sam’s “B”" in found["index.html"]
    assert all('"It\'s"-D' in unescape(html) for html in (own, found["index.html"]))


# Templates of the user


def test_a_template_of_the_user_replaces_ours(pages: Site) -> None:
    pages.write(
        "_templates/home.html",
        '{% extends "dateline/home.html" %}{% block main %}Mine & {{ posts|length }}{% endblock %}',
    )
    found = built(pages)
    assert "Mine & 2" in found["index.html"]
    assert "<h1" in found["index.html"]
    assert "Mine" not in found["404.html"]


def test_a_template_of_the_user_fills_blocks_and_keeps_what_is_in_them(pages: Site) -> None:
    blocks = ("head", "masthead", "menu", "footer")
    mine = [f"{{% block {name} %}}{{{{ super() }}}}[{name}]{{% endblock %}}" for name in blocks]
    pages.write("_templates/base.html", '{% extends "dateline/base.html" %}' + "".join(mine))
    after = "{% block after_post %}[after_post]{{ super() }}{% endblock %}"
    pages.write("_templates/post.html", '{% extends "dateline/post.html" %}' + after)
    parts = ["[head]", "</head>", "<header", "</nav>", "[menu]", "</header>", "[masthead]", "<main"]
    parts += ["</article>", "[after_post]", "<aside", "</main>", "<footer", "</footer>", "[footer]", "</body>"]
    assert re.search(".*?".join(map(re.escape, parts)), built(pages)["2025/04/a/index.html"], re.DOTALL)


def test_the_policy_of_pages_allows_what_the_settings_say(pages: Site) -> None:
    allow = """
        [allow]
        script = ["https://Bücher.example/a.js", "self", "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="]
        style = "inline"
        font = "https://fonts.example:8443"
        form = ["https://letters.example/", "https://letters.example/all/"]
        media = "self"
        """
    pages.write("feed.toml", PAGES + allow)
    found = built(pages)
    policies = {re.search('Policy" content="([^"]*)"', html)[1] for html in found.values()}  # type: ignore[index]
    assert policies == {
        "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src " + scripts + "; img-src http: https: data:; "
        "media-src http: https: 'self'; base-uri 'none'; "
        "form-action https://letters.example https://letters.example/all/; font-src https://fonts.example:8443"
        for hash in ["'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"]
        for scripts in [
            f"https://xn--bcher-kva.example/a.js 'self' {hash}",
            f"'self' https://xn--bcher-kva.example/a.js {hash}",  # where we have a script, too
        ]
    }
    (line,) = [line for line in pages.run("check").out.splitlines() if "allow.style" in line]
    assert "inline has browsers apply any style" in line


def test_what_a_template_shows_is_escaped(pages: Site) -> None:
    pages.write("_templates/home.html", "{{ publication.title }}{{ posts[0].title }}")
    pages.write("feed.toml", PAGES.replace("The Daily Example", "A & <b>"))
    assert built(pages)["index.html"] == "A &amp; &lt;b&gt;B"


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("<p>\n{% if %}\n", "_templates/post.html:2: template: Expected an expression, got 'end of statement block'; "),
        ("<p>\n\n{{ pst.title }}\n", "_templates/post.html:3: template: 'pst' is undefined; "),
        ("<p>\n{{ post.titel }}\n", "_templates/post.html:2: template: "),
        ('<p>\n{% include "other.html" %}\n', "_templates/post.html:2: template: there is no 'other.html'; "),
        ('<p>\n{% extends "nothing.html" %}\n', "_templates/post.html:2: template: there is no 'nothing.html'; "),
        ("<p>\n{{ post.title + 1 }}\n", "_templates/post.html:2: template: can only concatenate str"),
        ("{% include 'broken.html' %}", "_templates/broken.html:2: template: 'nothing' is undefined; "),
        ("{% include 'odd.html' %}", "_templates/odd.html:1: template: Unexpected end of template"),
        ("{{ 1 // 0 }}", "_templates/post.html:1: template: integer division or modulo by zero; "),
        ("\n{{ cycler.__init__.__globals__.os.popen('id') }}", "_templates/post.html:2: template: access to attribute"),
        (
            "\n{{ post|attr('__class__') }}",
            "_templates/post.html:2: template: access to attribute '__class__' of 'Post",
        ),
        ("{{ '{0.__class__}'.format(post) }}", "_templates/post.html:1: template: access to attribute '__class__' of"),
        (
            "{{ post._replace(title='') }}",
            "_templates/post.html:1: template: access to attribute '_replace' of 'PostView",
        ),
        ("{{ '\\ud800' }}", "_templates/post.html: template: it writes half a character, which no page can hold; "),
        ("{{ 'a' * 10 ** 15 }}", "_templates/post.html:1: template: the result of * is too large; "),
        (b"<p>\n\xff", "_templates/post.html:2: not UTF-8 (byte 0xff); "),
    ],
)
def test_an_error_in_a_template_names_its_file_and_line(pages: Site, template: str | bytes, says: str) -> None:
    pages.write("_templates/post.html", template)
    pages.write("_templates/broken.html", "\n{{ nothing }}")
    pages.write("_templates/odd.html", "{% for a in [] %}")
    (error,) = refused(pages)
    assert error.startswith(says), error


DOUBLED = "{{% set ns = namespace(x={start}) %}}{{% for i in range(100) %}}{double}{{% endfor %}}{{{{ ns.x }}}}"
TOO_MUCH = "it needs too much memory"


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}", "it takes longer than"),
        ("{% for i in range(100000) %}{{ range(100000)|sum }}{% endfor %}", "it takes longer than"),
        ("{{ 10 ** (10 ** 7) }}", "the result of ** is too large"),
        (DOUBLED.format(start="9", double="{% set ns.x = ns.x * ns.x %}"), "the result of * is too large"),
        ("{{ 'a' * 10 ** 9 }}", "the result of * is too large"),
        ("{{ 'a' * 1000000000 }}", "the result of * is too large"),
        ("{{ ([0] * 1000000) * 1000 }}", "the result of * is too large"),
        ('{{ "%1000000000d" % 1 }}', TOO_MUCH),
        ("{{ '{:>1000000000}'.format(1) }}", TOO_MUCH),
        ("{{ 'a'|center(1000000000) }}", TOO_MUCH),
        ("{{ 'a'.ljust(1000000000) }}", TOO_MUCH),
        ("{{ [1]|batch(1000000000, 'a')|list|length }}", TOO_MUCH),
        ("{{ ('a' * 100000)|replace('a', 'a' * 100000) }}", TOO_MUCH),
        (DOUBLED.format(start="'a'", double="{% set ns.x = ns.x ~ ns.x %}"), TOO_MUCH),
        (DOUBLED.format(start="'a'", double="{% set ns.x %}{{ ns.x }}{{ ns.x }}{% endset %}"), TOO_MUCH),
        ("{{ (range(100000)|batch(1)|list)|sum(start=[])|length }}", "sum adds up numbers"),
        ("{% set x = 'a' * 1000000 %}{% for i in range(100) %}{{ x }}{% endfor %}", "it writes more than 50,000,000 "),
        ("{{ " + "(" * 3000 + ")" * 3000 + " }}", "it includes or calls itself without end, or is nested too deeply; "),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "it includes or calls itself without end"),
        ("{% include '404.html' %}", "it includes or calls itself without end"),
        ("{% for i in x %}" * 30 + "{% endfor %}" * 30, "too many statically nested blocks"),
    ],
)
def test_a_template_that_takes_too_much_is_an_error_that_names_it(tmp_path: Path, template: str, says: str) -> None:
    (tmp_path / "404.html").write_text(template)
    seconds = 0.2 if "longer" in says else 10
    with (
        mock.patch.object(limits, "TIME_LIMIT", seconds),
        mock.patch.object(limits, "MEMORY_LIMIT", 2**27),
        pytest.raises(PostError, match=rf"^_templates/404.html:1: template: {re.escape(says)}"),
    ):
        templates.render(Templates(str(tmp_path), says), "404.html", {})


class _Endless:
    """A value that takes for ever to render."""

    def __html__(self) -> str:
        while True:
            pass


def test_a_template_of_ours_that_takes_too_long_together_with_the_users_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "home.html").write_text("")
    page = {"language": _Endless()}
    with mock.patch.object(limits, "TIME_LIMIT", 0.1), pytest.raises(PostError) as raised:
        templates.render(Templates(str(tmp_path), "endless"), "404.html", {"page": page})
    assert str(raised.value).startswith("_templates: template: it takes longer than 0 seconds; delete the files")


def test_a_template_that_no_alarm_can_interrupt_ends_the_build(pages: Site) -> None:
    """Comparing deeply nested lists is a single operation of the interpreter."""
    doubled = "{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}"
    pages.write(
        "_templates/404.html",
        "{% set ns = namespace(a=[1], b=[1]) %}{% for i in range(200) %}" + doubled + "{% endfor %}{{ ns.a == ns.b }}",
    )
    pages.post()
    program = (
        "from dateline.cli.fastpath import run; from dateline.render import limits as t; t.TIME_LIMIT = 0.2; run()"
    )
    ended = subprocess.run([sys.executable, "-c", program, "build", "posts"], cwd=pages.root, timeout=60, check=False)
    assert ended.returncode == -signal.SIGVTALRM
    assert "rss.xml" not in pages.tree()


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_the_error_is_the_same_from_any_process(pages: Site, jobs: int) -> None:
    for number in range(WORTHWHILE):
        pages.post(f"2025-05-03-{number}.md", title=str(number))
    loops = "{% for i in range(9999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"  # that write nothing
    pages.write("_templates/post.html", loops)
    # Long enough for a new process to load Jinja.
    with mock.patch.object(limits, "TIME_LIMIT", 0.45), pytest.raises(BuildError) as raised:
        build(BuildOptions(pages.posts, pages.public, NOW, jobs=jobs))
    (error,) = pages.problem_lines(raised.value.problems)
    assert error.startswith("_templates/post.html:1: template: it takes longer than 0 seconds; ")


def kept_parts(replaced: str) -> str:
    """A template of common parts that has all macros of ours but one."""
    kept = (f"{{% set {name} = ours.{name} %}}" for name in MACROS if name != replaced)
    return '{% import "dateline/parts.html" as ours %}' + "".join(kept)


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        (
            "{% macro names(people) %}{% endmacro %}",
            f"there is no macro {', '.join(name for name in MACROS if name != 'names')} in it; ",
        ),
        (
            kept_parts("summaries") + "{% macro summaries() %}{% endmacro %}",
            "macro 'summaries' takes no keyword argument '",
        ),
    ],
)
def test_an_error_in_the_users_parts_names_their_file(pages: Site, parts: str, says: str) -> None:
    pages.write("_templates/parts.html", parts)
    assert {error.startswith(f"_templates/parts.html: template: {says}") for error in refused(pages)} == {True}


def test_the_users_parts_can_reuse_ours(pages: Site) -> None:
    mine = "{% macro invitation(subscribe, english) %}Come in{% endmacro %}"
    pages.write("_templates/parts.html", kept_parts("invitation") + mine)
    assert "Come in" in built(pages)["index.html"]


def test_a_changed_template_is_used_by_the_next_build(pages: Site) -> None:
    pages.write("_templates/home.html", "{% include 'part.html' %}")
    pages.write("_templates/part.html", "one")
    settled(pages)
    _, opened, _ = watched(pages, "build")
    assert opened == [os.path.relpath(pages.cache.receipt, pages.root)]
    for text in ("two", "three"):
        pages.write("_templates/part.html", text)
        watched(pages, "build")
        assert pages.tree()["index.html"] == text.encode()
    (pages.posts / "_templates/home.html").unlink()
    watched(pages, "build")
    assert b"h-feed" in pages.tree()["index.html"]


def test_a_change_in_a_linked_folder_of_templates_is_noticed(pages: Site) -> None:
    pages.write("_shared/one/part.html", "one")
    pages.write("_shared/two/part.html", "two")
    pages.write("_templates/home.html", "{% include 'linked/part.html' %}{% include 'again/part.html' %}")
    (pages.posts / "_templates/linked").symlink_to("../_shared/one")
    (pages.posts / "_templates/again").symlink_to("../_shared/one")
    (pages.posts / "_templates/others").symlink_to("../_shared/two")
    (pages.posts / "_templates/round").symlink_to(".")

    def home() -> str:
        assert pages.build().code == 0
        return (pages.public / "index.html").read_text()

    assert home() == "oneone"
    pages.write("_shared/one/part.html", "another ")
    assert home() == "another another "
    (pages.posts / "_templates/again").unlink()
    (pages.posts / "_templates/again").symlink_to("../_shared/two")
    assert home() == "another two"


def test_a_template_outside_the_folder_of_posts_is_refused(pages: Site) -> None:
    outside = pages.root / "outside"
    outside.mkdir()
    (outside / "part.html").write_text("secret")
    for name, target in (("_templates/part.html", outside / "part.html"), ("_templates/sub", outside)):
        link = pages.posts / name
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(target)
        assert refused(pages) == [f"{name}: links outside the folder of posts; put the file itself here"]
        link.unlink()
    link.parent.rmdir()
    link.parent.symlink_to(outside)
    assert refused(pages) == ["_templates: links outside the folder of posts; put the file itself here"]


def test_each_template_of_ours_can_be_extended(pages: Site) -> None:
    before = built(pages)
    for name in NAMES:
        if name != "parts.html":
            pages.write(f"_templates/{name}", f'{{% extends "dateline/{name}" %}}')
    assert built(pages) == before


# What a build costs


def test_a_build_that_renders_no_page_loads_neither_library(site: Site) -> None:
    a_hundred_posts(site)
    site.write("feed.toml", PAGES + 'markdown = "commonmark"\n')  # Python-Markdown loads Pygments
    settled(site)
    _, _, modules = watched(site, "build", "--json")
    assert "sqlite3" in modules
    assert not modules & {"jinja2", "pygments", "feedgen"}
    site.post("2024-03-15-post-25.md", "Edited.\n", title="Post 25", tags="[tag 4, all]")
    _, _, modules = watched(site, "build")
    assert "jinja2" in modules
    assert "pygments" not in modules


def changed_by(site: Site, **front_matter: str) -> Iterator[str]:
    """The pages that an edit of post 25 changes; all others are not touched."""
    built(site)
    before = site.tree()
    stats = {path: os.stat(site.public / path).st_ino for path in before}
    with mock.patch.object(writers, "render", side_effect=templates.render) as rendered:
        site.post("2024-03-15-post-25.md", "Edited.\n", tags="[tag 4, all]", **front_matter)
        built(site)
    after = site.tree()
    yield from (path for path in after if after[path] != before.get(path) and path.endswith((".html", "sitemap.xml")))
    assert {path for path in after if os.stat(site.public / path).st_ino != stats.get(path)} == {
        path for path in after if after[path] != before.get(path)
    }
    assert rendered.call_count < 15


def test_pages_of_posts_are_read_together_and_made_before_they_are_written(site: Site) -> None:
    a_hundred_posts(site)
    site.write("feed.toml", PAGES)
    events = []

    def noted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            events.append(name)
            return function(*arguments)

        return call

    with (
        mock.patch.object(writers, "write_entry", noted("made", writers.write_entry)),
        mock.patch.object(staging, "write_new", noted("written", write_new)),
        mock.patch.object(Entries, "cached", noted("read", Entries.cached)),
    ):
        built(site)
    groups = re.findall("r(m+)(w+)", "".join(event[0] for event in events))
    assert all(len(made) <= len(then_written) for made, then_written in groups)
    assert [len(made) for made, _ in groups].count(25) >= 2
    assert sum(len(made) for made, _ in groups) == 100


def test_large_pages_are_not_in_memory_together(site: Site) -> None:
    a_hundred_posts(site)
    site.write("feed.toml", PAGES)
    alive = most = 0

    def make(*_: object) -> bytes:
        nonlocal alive, most
        alive += 1
        most = max(most, alive)
        return bytes(MOST_BYTES // 2)

    def write(path: str, content: Any) -> os.stat_result:
        nonlocal alive
        alive -= isinstance(content, bytes) and len(content) == MOST_BYTES // 2
        return write_new(path, content)

    with mock.patch.object(writers, "write_entry", make), mock.patch.object(staging, "write_new", write):
        build(BuildOptions(site.posts, site.public, NOW, accept=True, jobs=1))
    assert (most, alive) == (2, 0)


def test_a_post_names_others_on_its_subject_that_came_before_it_or_after_it(site: Site) -> None:
    a_hundred_posts(site)
    site.write("feed.toml", PAGES)
    site.post("2024-11-01-alone.md", tags="[alone, all]")
    found = built(site)

    def related(path: str) -> list[str]:
        _, mark, after = found[f"{path}/index.html"].partition('<section class="related">')
        return re.findall(r"/post-(\d+)/", after.partition("</section>")[0]) if mark else []

    assert related("2024/10/post-95") == ["88", "81", "74"]
    assert related("2024/01/post-8") == ["1", "15", "22"]
    assert related("2024/11/alone") == []
    assert "More on tag 4<" in found["2024/10/post-95/index.html"]
    assert "Subject · 15 posts" in found["tags/tag-1/index.html"]
    assert "Subject · 101 posts" in found["tags/all/index.html"]


def test_the_footer_leads_to_the_corrections_if_there_are_any(pages: Site) -> None:
    assert not any("/corrections/" in html for html in built(pages).values())
    pages.post("2025-05-02-b.md", title="B", corrections="[{date: 2025-05-03, text: It was wrong.}]")
    assert all('<a href="/corrections/">Corrections</a>' in html for html in built(pages).values())


def test_an_edit_renders_only_the_pages_that_show_the_post(site: Site) -> None:
    a_hundred_posts(site)
    site.write("feed.toml", PAGES)
    assert set(changed_by(site, title="Post 25", summary="A new summary")) == {
        "2024/03/post-25/index.html",
        "authors/ana-díaz/index.html",
        "tags/all/index.html",
        "tags/tag-4/index.html",
    }
    assert set(changed_by(site, title="Other", summary="A new summary")) == {
        "2024/03/post-24/index.html",
        "2024/03/post-25/index.html",
        "2024/03/post-26/index.html",
        *("2024/01/post-4/index.html", "2024/02/post-11/index.html", "2024/02/post-18/index.html"),  # on the subject
        *("2024/04/post-32/index.html", "2024/04/post-39/index.html", "2024/05/post-46/index.html"),
        *("archive/2024/03/index.html", "archive/2024/index.html"),
        "authors/ana-díaz/index.html",
        "tags/all/index.html",
        "tags/tag-4/index.html",
    }


@pytest.mark.slow
def test_pages_are_the_same_from_one_process_and_from_two(site: Site) -> None:
    a_hundred_posts(site)
    site.write("feed.toml", PAGES)
    build(BuildOptions(site.posts, site.public, NOW, cache=False, jobs=1))
    expected = site.tree()
    build(BuildOptions(site.posts, site.root / "two", NOW, cache=False, jobs=2))
    two = Site(site.root)
    two.public = site.root / "two"
    assert two.tree() == expected


def test_the_sample_posts_have_pages_by_default() -> None:
    text = (Path(__file__).parent.parent / "posts/feed.toml").read_text("utf-8")
    assert read_settings(text)[0].pages


def test_the_url_of_a_page_to_come_is_not_dead(pages: Site) -> None:
    pages.write("feed.toml", PAGES + 'permalink = "/{slug}"\n')
    built(pages)
    pages.post("2025-05-02-b.md", title="B", tags="[one, two]", slug="c")
    changes = build(BuildOptions(pages.posts, pages.public, NOW, dry_run=True)).changes
    assert [change.subject for change in changes.of("dead_address")] == ["https://example.org/b"]
    pages.write("_static/b.html", "moved")
    assert not build(BuildOptions(pages.posts, pages.public, NOW, dry_run=True)).changes.of("dead_address")
