"""Old addresses of posts: a page at each leads to the new one."""

import pytest
from conftest import NOW, Site
from hypothesis import given
from hypothesis import strategies as st

from dateline.content.urls import output_path, redirect_path
from dateline.errors import InputError

HOME = "https://example.org/blog/"


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("/old/path/", "old/path/index.html"),
        ("old/path", "old/path/index.html"),
        (" /old/page.html ", "old/page.html"),
        ("/old/page.htm", "old/page.htm"),
        ("/v1.2", "v1.2/index.html"),
        ("/page.php", "page.php/index.html"),
        ("/.html/", ".html/index.html"),
        ("/old.html/", "old.html/index.html"),
        ("/a%20b/caf%C3%A9", "a b/café/index.html"),
        ("/café/", "café/index.html"),
        ("/a,b;c=d/", "a,b;c=d/index.html"),
        ("https://example.org/blog/old/", "old/index.html"),
        ("http://EXAMPLE.org/blog/old.html", "old.html"),
        ("/blog/old", "blog/old/index.html"),
    ],
)
def test_an_old_address_becomes_a_path_in_the_output(written: str, path: str) -> None:
    assert redirect_path(written, HOME) == path


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("", "home page"),
        ("/", "home page"),
        ("https://example.org/blog/", "home page"),
        ("https://example.org/blog", "home page"),
        ("/index.html", "home page"),
        ("/?p=12", "a query or fragment"),
        ("/old#a", "a query or fragment"),
        ("https://example.org/blog/?p=12", "a query or fragment"),
        ("/../old", "not the path of a page"),
        ("/old/./x", "not the path of a page"),
        ("/old/%2E%2E/x", "not the path of a page"),
        ("/old//x", "not the path of a page"),
        ("/a%2Fb", "not the path of a page"),
        ("/a%00", "not the path of a page"),
        ("/a%0Ab", "not the path of a page"),
        ("/a\\b", "not the path of a page"),
        ("/%FF", "not the path of a page"),
        ("/" + "x" * 256, "not the path of a page"),
        ("https://other.example/old/", "not under https://example.org/blog/"),
        ("https://example.org/other/", "not under https://example.org/blog/"),
        ("https://example.org.evil.example/blog/", "not under https://example.org/blog/"),
        ("https://[", "not a web address"),
        ("//example.org/blog/old", "not a web address"),
    ],
)
def test_what_no_file_can_stand_for_is_refused(written: str, problem: str) -> None:
    with pytest.raises(InputError) as raised:
        redirect_path(written, HOME)
    assert problem in raised.value.problem


@given(st.text() | st.text(st.sampled_from("/.%2Fe\\a:?#")))
def test_no_text_leads_out_of_the_output(written: str) -> None:
    try:
        names = redirect_path(written, HOME).split("/")
    except InputError:
        return
    assert not {"", ".", ".."}.intersection(names)
    assert names[-1].endswith((".html", ".htm"))
    assert output_path(written.encode(errors="replace").decode()) is None or "\0" not in "".join(names)


def test_the_page_leads_to_the_post_for_browsers_search_engines_and_people(site: Site) -> None:
    site.settings('language = "es"\npermalink = "/{slug}/"\n')
    site.post(slug="a&b", aliases="[/old/a/, /old/b.html]")
    site.post("2025-04-15-linked.md", link="https://other.example/?a=1&b=2", aliases="/linked/")
    assert site.build().code == 0
    page = site.tree()["old/a/index.html"].decode()
    assert page == site.tree()["old/b.html"].decode()
    assert '<html lang="es">' in page
    assert '<link rel="canonical" href="https://example.org/a-b/">' in page
    assert '<meta http-equiv="refresh" content="0; url=https://example.org/a-b/">' in page
    assert '<a href="https://example.org/a-b/">https://example.org/a-b/</a>' in page
    linked = site.tree()["linked/index.html"].decode()
    assert 'url=https://other.example/?a=1&amp;b=2">' in linked


def test_only_posts_that_are_out_have_pages_and_those_not_wanted_any_more_go(site: Site) -> None:
    site.post(aliases="/a/")
    site.post("2025-04-02-draft.md", aliases="/draft/", draft="true")
    site.post("2026-04-02-later.md", aliases="/later/")
    assert site.build().code == 0
    assert {path for path in site.tree() if path.endswith(".html")} == {"a/index.html"}
    site.post()
    assert site.build().code == 0
    assert not (site.public / "a").exists()


def errors(site: Site) -> list[str]:
    result = site.build("--now", NOW)
    assert result.code == 1
    assert not site.public.exists()
    return result.err.splitlines()


def test_the_address_that_a_post_has_now_is_no_old_one(site: Site) -> None:
    for own in ("/2025/04/first", "https://example.org/2025/04/first/", "/2025/04/first/index.html"):
        site.post(aliases=f"[/a, {own}]")
        (error,) = errors(site)
        assert error == (
            "error: posts/2025-04-14-first.md:3: aliases: 'https://example.org/2025/04/first/' is the post's current "
            "address; list only old ones"
        )
    site.post(aliases="/2025/04/first/", link="https://other.example/")
    assert site.build().code == 0


def test_no_two_posts_have_one_old_address(site: Site) -> None:
    site.post(aliases="/a/")
    site.post("2025-04-15-second.md", redirect_from="/a/index.html")
    (error,) = errors(site)
    assert error == (
        "error: posts/2025-04-15-second.md:3: redirect_from: https://example.org/a/ is an old address of "
        "2025-04-14-first.md too; keep it in one of the two"
    )


@pytest.mark.parametrize("address", ["/2025/04/first/", "2025/04/first", "/2025/04/first/index.html"])
def test_the_address_of_another_post_is_no_old_one(site: Site, address: str) -> None:
    site.post()
    site.post("2025-04-15-second.md", aliases=address)
    (error,) = errors(site)
    assert error == (
        "error: posts/2025-04-15-second.md:3: aliases: https://example.org/2025/04/first/ is the address of "
        "2025-04-14-first.md; keep it in one of the two"
    )


@pytest.mark.parametrize(("address", "owner"), [("/rss.xml/", "the RSS feed"), ("/.dateline.json", "Dateline itself")])
def test_no_page_takes_the_place_of_a_feed(site: Site, address: str, owner: str) -> None:
    site.post(aliases=address)
    (error,) = errors(site)
    assert owner in error


def test_what_other_tools_call_almost_the_same_passes(site: Site) -> None:
    site.post(redirect_to="https://other.example/")
    assert site.build().code == 0


def test_a_build_tells_of_addresses_from_which_nothing_leads_on(site: Site) -> None:
    for number in range(3):
        site.post(
            f"2025-04-1{number}-post-{number}.md", f"Text {number}.\n", title=f"Post {number}", id=f"urn:post:{number}"
        )
    assert "aliases" not in site.build().out
    site.post(
        "2025-04-10-post-0.md", "Text 0.\n", title="Post 0", id="urn:post:0", slug="new", aliases="/2025/04/post-0/"
    )
    assert "aliases" not in site.build().out
    site.settings('permalink = "/{slug}/"\n')
    told = [line for line in site.build().out.splitlines() if "aliases" in line]
    old = ", ".join(f"https://example.org/2025/04/{slug}/" for slug in ("post-2", "post-1", "new"))
    assert told == [f"Old URLs will stop working: {old}; add them to aliases: in their posts."]
