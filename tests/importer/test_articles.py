"""Articles in text and HTML become posts, or drafts with what is in doubt.

Each file in `articles/` is one, and the file of that name and `.expected` is the post that comes of it, and the report.
"""

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from conftest import SETTINGS, Site, dateline, few_and_many
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dateline.content.config import read_settings
from dateline.sites.importers.article import decoded
from dateline.sites.importers.article.text import read_text

HERE = Path(__file__).parent / "articles"
CASES = sorted(path.name for path in HERE.iterdir() if path.suffix != ".expected")
AFTER = ("Now see", "Look at it", "Publish it")
FIRST = "first.md"


@pytest.fixture
def harbour(tmp_path: Path) -> Site:
    """A publication with one post, whose title is that of a newspaper."""
    site = Site(tmp_path)
    site.write("feed.toml", SETTINGS.replace("The Daily Example", "The Harbour Post"))
    site.write(FIRST, "---\ntitle: First\ndate: 2025-01-01\n---\nThe first post.\n")
    return site


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def imported(site: Site, article: Path, *options: str, answers: str = "") -> str:
    """Import an article into a publication, and return the post, and the report without what is always the same."""
    before = set(site.posts.iterdir())
    result = dateline("import", article, site.posts, *options, answers=answers)
    assert result.code == 0, result
    posts = [f"{path.name}\n{path.read_text()}" for path in set(site.posts.iterdir()) - before]
    report = [line for line in result.out.splitlines() if not line.startswith(AFTER)]
    return "".join([*posts, "\n", *(f"{line}\n" for line in report)]).replace(str(site.root), "…")


@pytest.mark.parametrize("case", CASES)
def test_an_article_becomes_a_post(case: str, harbour: Site) -> None:
    article = Path(shutil.copy(HERE / case, harbour.root))
    found = imported(harbour, article)
    expected = HERE / f"{case}.expected"
    if "DATELINE_UPDATE_GOLDEN" in os.environ:
        expected.write_text(found)
    assert found == expected.read_text()
    result = dateline("build", harbour.posts)
    assert result.code == 0, result


TEXT = "The ferry across the sound is back after nine years, and the harbour council says that it will stay for good.\n"
SIGNED = f"The Ferry Returns\n\nBy Ana Díaz\n14 April 2025\n\n{TEXT}"
IN_DOUBT = f"The Ferry Returns\n\nBy Ana Díaz, Tom Reed\n04/05/2025\n\n{TEXT}"


def written(folder: Path, name: str, text: str | bytes) -> Path:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_without_a_publication_one_is_written(tmp_path: Path) -> None:
    article, posts = written(tmp_path, "ferry.txt", SIGNED), tmp_path / "posts"
    result = dateline("import", article, posts)
    assert result.code == 1
    assert "like --title " in result.err
    assert not posts.exists()
    result = dateline("import", article, posts, "--title", "The Harbour Post", "--url", "https://harbour.example/")
    assert result.code == 0, result
    assert 'title = "The Harbour Post"' in (posts / "feed.toml").read_text()
    assert dateline("build", posts).code == 0


def test_nothing_in_a_publication_is_overwritten(harbour: Site) -> None:
    before = contents(harbour.posts)
    article = written(harbour.root, "ferry.txt", SIGNED)
    assert "1 post" in imported(harbour, article)
    after = contents(harbour.posts)
    assert after.items() > before.items()
    assert len(after) == len(before) + 1
    assert "Files: 1 as before." in imported(harbour, article)
    article.write_text(SIGNED.replace("nine", "ten"))
    result = dateline("import", article, harbour.posts)
    assert result.code == 1
    assert "2025-04-14-the-ferry-returns.md: is there already with other contents" in result.err
    assert contents(harbour.posts) == after


def test_a_dry_run_adds_nothing(harbour: Site) -> None:
    before = contents(harbour.posts)
    imported(harbour, written(harbour.root, "ferry.txt", SIGNED), "--dry-run")
    assert contents(harbour.posts) == before


def test_options_may_repeat_settings_but_not_change_them(harbour: Site) -> None:
    article = written(harbour.root, "ferry.txt", SIGNED)
    imported(harbour, article, "--title", "The Harbour Post")
    result = dateline("import", article, harbour.posts, "--title", "Another")
    assert result.code == 1
    assert "--title: 'Another' is not what feed.toml" in result.err


def test_a_named_author_is_known_by_name(harbour: Site) -> None:
    named = '[authors.ana]\nname = "Ana Díaz"\nurl = "https://harbour.example/ana"\n'
    harbour.write("feed.toml", (harbour.posts / "feed.toml").read_text().replace('author = "Ana Díaz"\n', "") + named)
    article = written(harbour.root, "ferry.txt", f"{SIGNED}\nFollow Ana Díaz on X @anadiaz\n")
    assert "\nauthor: Ana Díaz\n" in imported(harbour, article)


def test_answers_decide_doubts(harbour: Site) -> None:
    article = written(harbour.root, "ferry.txt", IN_DOUBT)
    found = imported(harbour, article, "--interactive", answers="2\nsoon\n4 May 2025\n")
    assert found.startswith("2025-05-04-the-ferry-returns.md\n---\ntitle: The Ferry Returns\ndate: 2025-05-04\n")
    assert 'author: ["Ana Díaz", "Tom Reed"]\n' in found
    assert "draft" not in found
    assert "cannot read 'soon'" in found


def test_what_nobody_answers_stays_open(harbour: Site) -> None:
    article = written(harbour.root, "ferry.txt", IN_DOUBT)
    found = imported(harbour, article, "--interactive", answers="1\n\n")
    assert "draft: true" in found
    assert "author: Tom Reed may be" not in found.partition("Left for you")[2]
    assert "'04/05/2025' can be 5 April or 4 May" in found.partition("Left for you")[2]


def test_a_title_that_is_typed_leaves_the_text(harbour: Site) -> None:
    article = written(
        harbour.root, "ferry.txt", f"Waterfront\nThe Ferry Returns\n\nBy Ana Díaz\n14 April 2025\n\n{TEXT}"
    )
    found = imported(harbour, article, "--interactive", answers="2\n")
    assert f"title: The Ferry Returns\ndate: 2025-04-14\nauthor: Ana Díaz\n---\nWaterfront\n\n{TEXT}" in found


def test_questions_and_json_exclude_each_other(harbour: Site) -> None:
    article = written(harbour.root, "ferry.txt", SIGNED)
    assert dateline("import", article, harbour.posts, "--interactive", "--json").code == 2


def test_an_address_is_fetched_only_if_asked(harbour: Site) -> None:
    page = (HERE / "text-alone.html").read_text().replace("ferry across", "fërry across").replace("“", "")
    with serving_page(page.encode("latin-1"), "iso-8859-1") as address:
        result = dateline("import", address, harbour.posts)
        assert result.code == 2
        assert "add --fetch" in result.err
        assert dateline("import", "--fetch", "ferry.txt", harbour.posts).code == 2
        result = dateline("import", "--fetch", address, harbour.posts)
        assert result.code == 0, result
        assert f"published at {address}, and here at an address of its own" in result.out
        assert "The fërry across" in (harbour.posts / "2025-04-14-the-ferry-returns.md").read_text()
        result = dateline("import", "--fetch", f"{address}/nothing", harbour.posts)
        assert result.code == 1
        assert "404" in result.err


@contextlib.contextmanager
def serving_page(page: bytes, charset: str) -> Iterator[str]:
    """A server of one page; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_page = self.path == "/ferry"
            self.send_response(200 if is_page else 404)
            self.send_header("Content-Type", f"text/html; charset={charset}")
            self.end_headers()
            self.wfile.write(page if is_page else b"")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/ferry"
        server.shutdown()


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        ("<html><body></body></html>", "no text of an article found"),
        ("<p>" + "<div>" * 20_000 + "text", "nested more than 400 deep"),
        ("<article>" + "<b>" * 5_000 + "text" + "</b>" * 5_000, "nested more than 400 deep"),
        ("<p>" + "".join(f"<b class=x{n}>" for n in range(380)) + "</p>" + "<p>x</p>" * 20_000, "380 different tags"),
        ("x" * 9_000_000, "file too large"),
    ],
    ids=["empty", "deep", "deep-inline", "bomb", "large"],
)
def test_what_cannot_be_read_is_an_error(page: str, problem: str, harbour: Site) -> None:
    before = contents(harbour.posts)
    result = dateline("import", written(harbour.root, "a.html", page), harbour.posts)
    assert result.code == 1
    assert problem in result.err
    assert contents(harbour.posts) == before


STRANGE = (
    '{"@type": "Article", "headline": ["x"], "author": [[1], {"name": {}}, 7], "datePublished": {"a": 1},'
    ' "image": [[]], "description": 3}'
)
ODD = [
    f'<script type="application/ld+json">{"[" * 5000}</script><h1>A ferry</h1><p>{TEXT}',
    f'<script type="application/ld+json">{STRANGE}</script><p>{TEXT}',
    f"<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><h1>&b; &#0; &#xFDD0; &#99999999999;</h1><p>{TEXT}",
    f'<a href="http://[x">a</a><img src="http://a b/{{}}"><a href="javascript:x()">b</a><h1>A ferry</h1><p>{TEXT}',
    f'<meta name="author" content="a@b.example"><meta property="og:image" content="//x:y:z"><p>{TEXT}',
    f'<html lang="??"><link rel=canonical href="https://example.org/?p=1"><p>{TEXT}<table><tr><td>1</table>',
    f'<link rel=canonical href="https://example.org/"><article><article><article><p>{TEXT}</article><p hidden>{TEXT}',
    f"<h1>A ferry</h1><p>{TEXT}<p>" + "<" * 3000,
    "<article>" + "<b>x</b><p>y" * 300,
]


@pytest.mark.parametrize("page", ODD)
def test_an_odd_page_becomes_a_post_that_builds(page: str, harbour: Site) -> None:
    imported(harbour, written(harbour.root, "a.html", page))
    result = dateline("build", harbour.posts)
    assert result.code == 0, result


LINES = st.sampled_from(
    "By Ana Díaz|14 April 2025|04/05/2025|Monday, December 1, 2025|The Harbour Post|Share|© 2025 x|> quote|- item|"
    f"2. item|* * *|Updated: 3 May 2025|Follow Ana Díaz on X @ana|By|By Kim|{TEXT.strip()}".split("|")
)


@few_and_many(60, 2000)
def test_every_word_of_a_text_is_somewhere(drawn: settings) -> None:
    publication, _ = read_settings(SETTINGS)

    @drawn
    @given(st.lists(LINES | st.text(max_size=90), max_size=25))
    def check(lines: list[str]) -> None:
        text = decoded("\n".join(lines).encode("utf-8", "replace"))
        article = read_text(text, publication)
        kept = " ".join([article.title, unescape(article.body), *article.left_out, *article.read])
        assert set(re.findall(r"\w+", text)) <= set(re.findall(r"\w+", kept))

    check()


@few_and_many(20, 500)
def test_any_text_and_any_page_import(drawn: settings, harbour: Site) -> None:
    tags = st.sampled_from("<p>|</p>|<div>|<article>|<h1>|<time>|<ul><li>|<a href=x>|<!--|<script>|<b|&|".split("|"))

    @drawn
    @given(st.lists(LINES | tags | st.text(max_size=40), max_size=20), st.sampled_from([".txt", ".html"]))
    @example(["\xad"], ".txt")  # a title that nobody can see
    def check(parts: list[str], ending: str) -> None:
        article = written(harbour.root, f"a{ending}", "\n".join(parts).encode("utf-8", "replace"))
        for post in set(harbour.posts.iterdir()) - {harbour.posts / FIRST, harbour.posts / "feed.toml"}:
            post.unlink()
        result = dateline("import", article, harbour.posts)
        assert result.code in (0, 1), result
        if result.code == 0:
            result = dateline("check", harbour.posts)
            assert result.code == 0, result

    check()
