"""Pages of imported sites keep their addresses, and links to them work; what lists posts is not imported."""

import json
from pathlib import Path

from conftest import dateline

from importer.sites import site

CONFIG = 'baseURL = "https://harbour.example/"\ntitle = "The Harbour Paper"\nlanguageCode = "en"\n'
FILES = {
    "hugo.toml": CONFIG,
    "content/posts/ferry.md": "---\ntitle: Ferry\ndate: 2025-04-14\n---\n[About us](/about/) and [more](../help.md).\n",
    "content/about.md": "---\ntitle: About\nauthor: Ana\nmenu: {main: {weight: 20}}\n---\n"
    "[Ferry](posts/ferry.md)\n\n![Us](us.png)\n",
    "content/us.png": "picture",
    "content/help.md": "---\nmenu: main\nurl: /help/all.html\n---\nAsk.\n",
    "content/_index.md": "---\ntitle: Home\n---\nWelcome.\n",
    "content/search.md": "---\ntitle: Search\nlayout: search\n---\n",
    "content/all.md": "---\ntitle: All\n---\n{{ range .Site.Pages }}{{ end }}\n",
    "content/archive.md": "---\ntitle: Archive\n---\nAll of it.\n",
    "content/secret.md": "---\ntitle: Secret\ndraft: true\n---\nNot yet.\n",
}


def test_pages_keep_their_addresses_and_links_lead_to_them(tmp_path: Path) -> None:
    posts, public = tmp_path / "posts", tmp_path / "public"
    result = dateline("import", site(tmp_path / "site", FILES), posts, "--json")
    assert result.code == 0, result
    report = json.loads(result.out)
    assert [Path(path).relative_to(posts / "_pages").as_posix() for path in report["pages"]] == [
        "about.md",
        "help/all.md",
        "secret.md",
    ]
    assert report["other_pages"] == ["content/all.md", "content/archive.md", "content/search.md"]
    about = (posts / "_pages/about.md").read_text()
    assert about.startswith('---\ntitle: About\nmenu: "20"\n---\n')
    result = dateline("build", posts, "--output", public)
    assert result.code == 0, result
    page = (public / "about/index.html").read_text()
    assert 'href="/posts/ferry/"' in page
    assert "us.png" in page
    assert (public / "help/all.html").exists()
    assert not (public / "secret").exists()
    post = (public / "posts/ferry/index.html").read_text()
    assert 'href="/about/"' in post
    assert 'href="/help/all.html"' in post
    menu = post.partition('<nav class="menu"')[2].partition("</nav>")[0]
    assert menu.index(">All<") < menu.index(">About<") < menu.index(">Archive<")


def test_a_page_in_the_old_feed_lacks_no_post(tmp_path: Path) -> None:
    entries = "".join(
        f"<item><title>{name}</title><link>https://harbour.example/{name}/</link><guid>https://harbour.example/{name}/"
        "</guid><pubDate>Mon, 14 Apr 2025 00:00:00 +0000</pubDate></item>"
        for name in ("about", "gone")
    )
    feed = tmp_path / "index.xml"
    feed.write_text(f'<rss version="2.0"><channel><title>T</title>{entries}</channel></rss>')
    result = dateline("import", site(tmp_path / "site", FILES), tmp_path / "posts", "--feed", feed)
    assert "1 entry of the old feed without a post: gone.\n" in result.out, result


def test_a_page_that_a_build_would_refuse_is_only_named(tmp_path: Path) -> None:
    files = {**FILES, "content/about.md": "---\ntitle: [A, B]\n---\nText.\n"}
    result = dateline("import", site(tmp_path / "site", files), tmp_path / "posts")
    assert "Pages that are not imported, such as home pages and lists: content/a" in result.out
    assert not (tmp_path / "posts/_pages/about.md").exists()
