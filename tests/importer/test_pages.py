"""Pages of imported sites keep their addresses, and links to them work; what lists posts is not imported."""

import json
from pathlib import Path

from conftest import dateline

from importer.sites import site

CONFIG = 'baseURL = "https://harbour.example/"\ntitle = "The Harbour Paper"\nlanguageCode = "en"\n'
CONFIG += (
    '[[menu.main]]\nname = "Contact"\nurl = "/contact"\nweight = 30\n[[menu.main]]\nname = "Posts"\nurl = "/posts/"\n'
)
FILES = {
    "hugo.toml": CONFIG,
    "content/posts/ferry.md": "---\ntitle: Ferry\ndate: 2025-04-14\n---\n[About us](/about/) and [more](../help.md).\n",
    "content/about.md": "---\ntitle: About\nauthor: Ana\nmenu: {main: {weight: 20}}\n---\n"
    "[Ferry](posts/ferry.md)\n\n![Us](us.png)\n",
    "content/us.png": "picture",
    "content/help.md": "---\nmenu: main\nurl: /help/all.html\n---\nAsk.\n",
    "content/_index.md": "---\ntitle: Home\n---\nWelcome.\n",
    "content/search.md": "---\ntitle: Search\nlayout: search\n---\n",
    "content/contact.md": "---\ntitle: Contact\n---\nWrite.\n",
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
        "contact.md",
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
    assert menu.index(">All<") < menu.index(">About<") < menu.index(">Contact<") < menu.index(">Archive<")


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


def test_pages_are_in_the_menu_as_the_configuration_says(tmp_path: Path) -> None:
    jekyll = {
        "_config.yml": "url: https://harbour.example\ntitle: Harbour\nheader_pages: [tides.md, about.md]\n",
        "_posts/2025-04-14-ferry.md": "---\ntitle: Ferry\n---\nText.\n",
        **{f"{name}.md": f"---\ntitle: {name}\n---\n# {{{{ page.title }}}}\n" for name in ("about", "tides", "terms")},
    }
    pelican = {
        "pelicanconf.py": "SITEURL = 'https://harbour.example'\nSITENAME = 'H'\n"
        "MENUITEMS = [('Tides', '/pages/tides.html')]\n",
        "content/ferry.md": "Title: Ferry\nDate: 2025-04-14\n\nText.\n",
        "content/pages/about.md": "Title: About\n\nText.\n",
        "content/pages/terms.md": "Title: Terms\nStatus: hidden\n\nText.\n",
        "content/pages/tides.md": "Title: Tides\n\nText.\n",
    }
    for name, files in {"jekyll": jekyll, "pelican": pelican}.items():
        posts = tmp_path / name / "posts"
        assert dateline("import", site(tmp_path / name / "site", files), posts).code == 0
        texts = {path.stem: path.read_text().lower() for path in posts.glob("_pages/**/*.md")}
        places = {page: text.partition("menu: ")[2].partition("\n")[0].strip('"') for page, text in texts.items()}
        assert places == {"about": "2", "terms": "", "tides": "1"}
    assert "# terms\n" in (tmp_path / "jekyll/posts/_pages/terms.md").read_text()


def test_entries_of_an_astro_collection_are_pages_if_a_route_shows_them(tmp_path: Path) -> None:
    entry = "---\ntitle: Sea\n---\nText.\n"
    files = {
        "astro.config.mjs": "export default defineConfig({ site: 'https://harbour.example' })",
        "src/consts.ts": "export const SITE_TITLE = 'Harbour';",
        "src/pages/posts/[slug].astro": "<Content />",
        "src/pages/help/[slug].astro": "---\nawait getCollection('help');\n---\n",
        "src/content/posts/tides.md": "---\ntitle: Tides\npubDate: 2025-01-09\n---\nText.\n",
        "src/content/help/sea.md": entry,
        "src/content/tags/sea.md": entry,
    }
    assert dateline("import", site(tmp_path / "site", files), tmp_path / "posts").code == 0
    pages = [path.relative_to(tmp_path / "posts/_pages").as_posix() for path in tmp_path.glob("posts/_pages/**/*.md")]
    assert pages == ["help/sea.md"]
