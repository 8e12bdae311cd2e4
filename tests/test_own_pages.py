"""Pages below ``_pages/``, the menu, and posts that are on the site and in no feed."""

import json
import re

import pytest
from conftest import PAGES, Site, cold

ABOUT = "---\ntitle: About us\nmenu: 2\n---\nWho we are. ![Us](us.png) [Help](help/faq.md) [First](/2025/04/first/)\n"
FAQ = "---\ntitle: Questions\nmenu: 1\naliases: [/old-faq/]\n---\nAnswers.\n"


@pytest.fixture
def site(site: Site) -> Site:
    """A publication with pages."""
    site.write("feed.toml", PAGES)
    return site


@pytest.fixture
def pages(site: Site) -> Site:
    """A publication with a post, two pages, and a picture of one of them."""
    site.post(tags="[sea]", body="See [about](/about/) and [[faq]].\n")
    site.write("_pages/about.md", ABOUT)
    site.write("_pages/us.png", b"picture")
    site.write("_pages/help/faq.md", FAQ)
    site.write("_pages/help/index.md", "# Help\n\nAsk us.\n")
    return site


def text(site: Site, path: str) -> str:
    """Return a file of the output."""
    return site.tree()[path].decode()


def menu(site: Site, path: str = "index.html") -> list[tuple[str, str]]:
    """Return name and address of the entries in the menu of a page."""
    nav = text(site, path).partition("<nav")[2].partition("</nav>")[0]
    return [(name, url) for url, name in re.findall(r'<a href="([^"]*)".*?>(.*?)</a>', nav)]


def everywhere_but_pages(site: Site) -> str:
    """Return the text of all feeds and lists of posts."""
    listed = [path for path in site.tree() if path.startswith(("archive/", "tags/", "authors/"))]
    feeds = ("rss.xml", "atom.xml", "feed.json", "feeds.opml")
    return "".join(text(site, path) for path in (*feeds, *listed))


def test_a_page_has_the_address_of_its_file_and_is_in_no_feed_or_list(pages: Site) -> None:
    assert pages.build().code == 0
    assert {"about/index.html", "help/faq/index.html", "help/index.html", "us.png"} <= pages.tree().keys()
    about = text(pages, "about/index.html")
    assert 'src="/us.png"' in about
    assert 'href="/help/faq/"' in about
    assert 'href="/2025/04/first/"' in about
    assert '"@type": "WebPage"' in about
    assert "<time" not in about
    assert "1970" not in "".join(text(pages, path) for path in pages.tree() if path.endswith((".html", ".xml")))
    assert "<loc>https://example.org/about/</loc></url>" in text(pages, "sitemap.xml")
    assert 'url=https://example.org/help/faq/"' in text(pages, "old-faq/index.html")
    post = text(pages, "2025/04/first/index.html")
    assert 'href="/about/"' in post
    assert 'href="/help/faq/"' in post
    lists = re.sub(r"<nav.*?</nav>", "", everywhere_but_pages(pages), flags=re.DOTALL)
    assert not re.search("About us|Questions|>Help<", lists)
    assert cold(pages) == pages.tree()


def test_a_page_may_have_dates_and_authors_and_no_page_of_an_author_lists_it(pages: Site) -> None:
    dates = "date: 2025-01-02\nupdated: 2025-02-03\n"
    pages.write("_pages/about.md", f"---\ntitle: About\n{dates}author: Zoe\n---\nText.\n")
    assert pages.build().code == 0
    about = text(pages, "about/index.html")
    assert ">2 January 2025</time>" in about
    assert ">3 February 2025</time>" in about
    assert "Zoe" in about
    assert "authors/zoe/index.html" not in pages.tree()


def test_a_draft_page_is_hidden_and_its_text_must_not_be_published(pages: Site) -> None:
    secret = "The harbour master will announce a second ferry for the summer season."
    pages.write("_pages/plan.md", f"---\ntitle: Plan\nmenu: 1\ndraft: true\n---\n{secret}\n")
    assert pages.build().code == 0
    assert "plan/index.html" not in pages.tree()
    assert "Plan" not in dict(menu(pages))
    pages.write("_pages/about.md", f"# About\n\n{secret}\n")
    refused = pages.build()
    assert refused.code == 1
    assert "quotes a draft (_pages/plan.md)" in refused.err


def test_a_change_of_a_page_stops_no_build(pages: Site) -> None:
    assert pages.build().code == 0
    pages.write("_pages/about.md", "# About\n\nNew text.\n")
    (pages.posts / "_pages/help/faq.md").unlink()
    pages.post(tags="[sea]", body="See [about](/about/).\n")
    result = pages.build()
    assert result.code == 0, result
    assert "New text." in text(pages, "about/index.html")
    assert "help/faq/index.html" not in pages.tree()


def test_pages_alone_are_no_publication(site: Site) -> None:
    site.write("_pages/about.md", "# About\n\nText.\n")
    assert site.build().err == 'error: posts: no posts here; write one with dateline new "Title"\n'
    site.post(feed="false")
    assert "every post is a draft, or not for feeds" in site.build().err


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("_pages/subscribe.md", "both the page to subscribe from and the page of _pages/subscribe.md would be"),
        ("_pages/2025/04/first.md", "address: https://example.org/2025/04/first/ is also that of"),
        ("_static/about/index.html", "both _static/about/index.html and the page of _pages/about.md would be"),
        ("_pages/index.md", "slug: the home page is made from the posts; rename the file, like about.md"),
    ],
)
def test_an_address_that_something_else_has_is_an_error(pages: Site, path: str, expected: str) -> None:
    pages.write(path, "# Title\n\nText.\n")
    assert expected in pages.build().err


def test_the_menu_has_pages_by_number_then_what_the_settings_list(pages: Site) -> None:
    assert pages.build().code == 0
    last = [("Archive", "/archive/"), ("Subscribe", "/subscribe/")]
    assert menu(pages) == [("Questions", "/help/faq/"), ("About us", "/about/"), *last]
    assert 'href="/about/" aria-current="page"' in text(pages, "about/index.html")
    shown = 'Subscribe = "subscribe/"\nWho = "/about/"\nCode = "https://code.example/"\n'
    pages.write("feed.toml", f"{PAGES}[menu]\n{shown}archive = false\n")
    assert pages.build().code == 0
    expected = [("Subscribe", "/subscribe/"), ("Who", "/about/"), ("Code", "https://code.example/")]
    assert menu(pages) == [("Questions", "/help/faq/"), *expected]
    pages.write("_pages/help/faq.md", FAQ.replace("Questions", "Asked often"))
    assert pages.build().code == 0
    assert menu(pages, "archive/index.html")[0] == ("Asked often", "/help/faq/")
    assert cold(pages) == pages.tree()


def test_each_language_has_its_own_pages_in_its_menu(pages: Site) -> None:
    menus = '[menu]\nShop = "/shop/"\n[menu.es]\nTienda = "/es/tienda/"\n'
    pages.write("feed.toml", f'{PAGES}languages = ["en", "es"]\n{menus}')
    pages.post("2025-04-14-first.es.md", title="Primero")
    pages.write("_pages/about.es.md", "---\ntitle: Sobre nosotros\nmenu: 1\n---\nTexto.\n")
    assert pages.build().code == 0
    expected = [("Sobre nosotros", "/es/about/"), ("Tienda", "/es/tienda/"), ("Archivo", "/es/archive/")]
    assert menu(pages, "es/index.html")[:3] == expected
    assert 'hreflang="es" href="https://example.org/es/about/"' in text(pages, "about/index.html")
    (pages.posts / "2025-04-14-first.es.md").unlink()
    assert "1 page in es not published, as no post in it is out" in pages.build("--accept").err


@pytest.mark.parametrize(
    "value", ['About = "javascript:x"', 'About = "../x"', "About = false", 'menu = "x"', "x = 2025-01-01T"]
)
def test_a_menu_entry_that_leads_nowhere_is_an_error(site: Site, value: str) -> None:
    site.post()
    site.write("feed.toml", PAGES + (value if value.startswith("menu") else f"[menu]\n{value}\n"))
    result = site.build()
    assert result.code == 1
    assert "posts/feed.toml" in result.err


def test_a_page_without_a_title_is_not_offered_to_be_a_note(pages: Site) -> None:
    pages.write("_pages/about.md", '---\ntitle: ""\n---\nText.\n')
    expected = '_pages/about.md:2: title: missing; add title: "…", or start the text with a heading\n'
    assert pages.build().err == f"error: posts/{expected}"


def test_an_entry_that_is_there_anyway_may_be_set_to_true(pages: Site) -> None:
    pages.write("feed.toml", f"{PAGES}[menu]\narchive = true\n")
    assert pages.build().code == 0
    assert menu(pages)[2:] == [("Archive", "/archive/"), ("Subscribe", "/subscribe/")]


def test_a_position_in_the_menu_is_a_number(pages: Site) -> None:
    pages.write("_pages/about.md", "---\ntitle: About\nmenu: main\n---\nText.\n")
    expected = "_pages/about.md:3: menu: 'main' is not a position in the menu; write a whole number, like 2\n"
    assert pages.build().err == f"error: posts/{expected}"


@pytest.mark.parametrize(
    "key", ["feed: false", "rss: 'no'", "exclude_from_feed: true", "extra: {excludeFromFeed: yes}"]
)
def test_a_post_that_is_not_for_feeds_is_on_the_site_only(site: Site, key: str) -> None:
    site.post(tags="[sea]")
    name, value = key.split(": ", 1)
    note = "[{date: 2025-04-20, text: It was two.}]"
    site.post("2025-04-15-aside.md", title="Aside", tags="[sea, land]", corrections=note, **{name: value})
    assert site.build().code == 0
    site_lists = ("index.html", "archive/2025/04/index.html", "tags/sea/index.html", "tags/land/index.html")
    for path in (*site_lists, "authors/ana-díaz/index.html", "sitemap.xml"):
        assert "/2025/04/aside/" in text(site, path), path
    assert "Correction" in text(site, "2025/04/aside/index.html")
    feeds = [path for path in site.tree() if path.endswith(("rss.xml", "atom.xml", "feed.json", ".opml"))]
    assert not any("Aside" in text(site, path) or "land" in text(site, path) for path in feeds)
    assert "Subscribe to" not in text(site, "tags/land/index.html")
    assert not any(path.startswith(("tags/land/rss", "corrections/")) for path in site.tree())
    assert "tags/land" not in text(site, "subscribe/index.html")
    assert cold(site) == site.tree()


def test_taking_a_post_out_of_the_feed_is_like_deleting_it(site: Site) -> None:
    site.post()
    site.post("2025-04-15-second.md", title="Second")
    assert site.build().code == 0
    site.post("2025-04-15-second.md", title="Second", feed="false")
    refused = site.build()
    assert refused.code == 3
    assert "“Second” would be gone from the feed" in refused.err
    assert "(posts/2025-04-15-second.md says feed: false)" in refused.err
    assert "To prevent that, remove feed: false from posts/2025-04-15-second.md" in refused.err
    report = json.loads(site.run("diff", "--json").out)
    assert [change["title"] for change in report["gone"]] == ["Second"]
    assert site.build("--accept").code == 0
    assert site.build().code == 0
    site.post("2025-04-15-second.md", title="Second")
    assert "New: “Second”." in site.build().out


def test_a_post_that_is_not_for_feeds_may_still_be_scheduled(site: Site) -> None:
    site.post()
    site.post("2025-12-15-later.md", title="Later", feed="false")
    assert site.build().code == 0
    assert "posts/2025-12-15-later.md" in site.run("due").out
    assert "Later" not in text(site, "index.html")


def test_check_knows_pages(pages: Site) -> None:
    pages.post(menu="2", tags="[sea]", summary="One.")
    pages.write("_pages/about.md", "---\ntitle: About us\nfoo: 1\nsummary: We.\n---\n![Us](us.png)\n")
    menu = '[menu]\nAbout = "about"\nWe = "/abuot/"\nFeed = "rss.xml"\nUs = "us.png"\nTag = "/tags/sea/#top"\n'
    pages.write("feed.toml", f'{PAGES}description = "Ferries."\nlanguage = "en"\n{menu}')
    found = pages.run("check", "--verbose").out
    assert "menu: ignored in a post: only pages below _pages are in the menu" in found
    assert "_pages/about.md:3: foo: unknown key" in found
    assert "same second" not in found
    dead = "menu: 'We' leads to '/abuot/', where nothing is on this site; correct the address"
    assert dead in found
    assert found.count("where nothing is") == 1


def test_new_starts_a_page(site: Site) -> None:
    site.post()
    assert site.run("new", "About us", "--page").out == "posts/_pages/about-us.md\n"
    page = site.posts / "_pages/about-us.md"
    assert page.read_text() == '---\ntitle: "About us"\nmenu: 1\ndraft: true\n---\n'
    page.write_text(page.read_text().replace("draft: true\n", "") + "We.\n")
    assert site.build().code == 0
    assert menu(site)[0] == ("About us", "/about-us/")
    assert "exists, and is not overwritten" in site.run("new", "About us", "--page").err
    assert site.run("new", "About us", "--page", "--note").code == 2
