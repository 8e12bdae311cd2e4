"""Which files are posts, and what is copied beside them."""

import os
import re

import pytest
from conftest import SETTINGS, Site


def ids(site: Site) -> list[str]:
    assert site.build().code == 0
    return sorted(item["id"].rpartition("/")[2] for item in site.json()["items"])


def test_posts_lie_at_any_depth_and_may_be_folders(site: Site) -> None:
    site.post("2025-04-14-a.md")
    site.post("deep/er/2025-04-15-b.md")
    site.post("2025/2025-04-16-c/index.md")
    site.post("UPPER.md", date="2025-04-17")
    assert ids(site) == ["2025-04-14-a", "2025-04-15-b", "2025-04-16-c", "UPPER"]


def test_names_that_begin_with_an_underscore_or_a_dot_and_readmes_are_no_posts(site: Site) -> None:
    site.post("2025-04-14-a.md")
    for path in ("_draft.md", ".hidden.md", "_drafts/x.md", ".obsidian/x.md", "README.md", "deep/README.md"):
        site.write(path, "no front matter")
    assert ids(site) == ["2025-04-14-a"]


def test_links_that_lead_outside_are_passed_over_and_others_followed(site: Site) -> None:
    site.post("2025-04-14-a.md")
    outside = site.root / "2025-04-15-outside.md"
    outside.write_text("no front matter")
    (site.posts / "2025-04-15-outside.md").symlink_to(outside)
    (site.posts / "loop").symlink_to(site.posts)
    (site.posts / "2025-04-16-alias.md").symlink_to("2025-04-14-a.md")
    (site.posts / "away").symlink_to(site.root)
    assert ids(site) == ["2025-04-14-a", "2025-04-16-alias"]
    told = site.run("check").out
    assert "posts/2025-04-15-outside.md: links outside the folder of posts; copy the file here" in told
    assert "posts/away: links outside" in told


def test_media_that_lead_outside_are_refused(site: Site) -> None:
    (site.root / "secret.png").write_bytes(b"secret")
    (site.posts / "inside.png").symlink_to(site.root / "secret.png")
    site.post(body="![A](inside.png)\n")
    result = site.build()
    assert result.code == 1
    assert "posts/2025-04-14-first.md:4: media: 'inside.png' leads to a file that is outside" in result.err
    site.post()
    (site.posts / "_static").mkdir()
    (site.posts / "_static/x.png").symlink_to(site.root / "secret.png")
    (site.posts / "_static/gone").symlink_to("nowhere")
    result = site.build()
    assert result.code == 1
    assert "posts/_static/x.png: links outside the folder of posts; " in result.err
    assert "posts/_static/gone: broken link; " in result.err


def test_static_files_are_copied_as_they_are_dotfiles_too(site: Site) -> None:
    site.post()
    site.write("_static/.well-known/security.txt", "Contact: mailto:x@example.org\n")
    site.write("_static/CNAME", "example.org")
    assert site.build().code == 0
    assert site.tree()[".well-known/security.txt"] == b"Contact: mailto:x@example.org\n"
    assert site.tree()["CNAME"] == b"example.org"


def test_a_static_file_edited_twice_at_once_to_the_same_size_is_seen(site: Site) -> None:
    site.post()
    for content in ("one", "two", "six"):
        file = site.write("_static/x.txt", content)
        os.utime(file, ns=(10**18, 10**18))
        assert site.build().code == 0
        assert site.tree()["x.txt"] == content.encode()


def test_links_inside_a_post_whose_page_is_elsewhere_lead_there(site: Site) -> None:
    site.write("feed.toml", SETTINGS)
    site.post(
        link="https://elsewhere.example/a?b=1#top",
        image="/boat.jpg",
        corrections="[{date: 2025-04-15, text: 'See [this](#map).', announce: true}]",
        body="Text.[^1] See [the map](#map), [more](?page=2), [others](/about/) and [this](a.html).\n\n[^1]: Note.\n",
    )
    assert site.build().code == 0
    announced, item = site.json()["items"]
    links = re.findall('href="(.*?)"', item["content_html"])
    assert {link.partition("#")[0] for link in links} == {
        "https://elsewhere.example/a?b=1",
        "https://elsewhere.example/a?page=2",
        "https://elsewhere.example/about/",
        "https://elsewhere.example/a.html",
    }
    assert "https://elsewhere.example/a?b=1#map" in links
    assert re.findall('href="(.*?)"', announced["content_html"]) == ["https://elsewhere.example/a?b=1#map"]
    assert item["image"] == "https://example.org/boat.jpg"


@pytest.mark.parametrize("name", ["a" * 300 + ".pdf", "nul%00.pdf", "%FF%FE.pdf", "a/" * 3000 + "x.pdf"])
def test_a_link_that_no_file_can_have_is_a_missing_one(site: Site, name: str) -> None:
    site.post(body=f"[x]({name})\n")
    result = site.build()
    assert result.code == 1
    assert "leads to a file that is not there" in result.err
    assert len(result.err.splitlines()) == 1


def test_a_link_into_the_static_folder_leads_to_what_it_names(site: Site) -> None:
    site.write("_static/pic.png", b"picture")
    site.post(body="![Pic](_static/pic.png)\n")
    assert site.build().code == 0
    assert 'src="https://example.org/_static/pic.png"' in site.json()["items"][0]["content_html"]
    assert site.tree()["_static/pic.png"] == site.tree()["pic.png"] == b"picture"


def test_a_static_folder_that_cannot_be_copied_whole_stops_the_build(site: Site) -> None:
    site.post()
    site.write("_static/d/x.txt", "x")
    assert site.build().code == 0
    (site.posts / "_static/d").rename(site.posts / "elsewhere")
    (site.posts / "_static/d").symlink_to("../elsewhere")
    result = site.build()
    assert result.code == 1
    assert "posts/_static/d: not a file; put the file itself here" in result.err
    assert site.tree()["d/x.txt"] == b"x"


def test_a_maze_of_links_between_folders_has_an_end(site: Site) -> None:
    site.post()
    for here, there in (("x", "y"), ("y", "x")):
        (site.posts / here).mkdir()
        for name in "abcd":
            (site.posts / here / name).symlink_to(f"../{there}")
    assert ids(site) == ["2025-04-14-first"]


@pytest.mark.parametrize("target", ["feed.toml", "_drafts/secret.txt", "media/_secret.txt", ".hidden.txt"])
def test_what_is_kept_back_is_not_published_by_a_link(site: Site, target: str) -> None:
    if target != "feed.toml":
        site.write(target, "secret")
    site.post(body=f"[x]({target})\n")
    result = site.build()
    assert result.code == 1
    assert f"posts/2025-04-14-first.md:4: link: '{target}' leads to " in result.err


def test_what_settings_name_has_to_be_there(site: Site) -> None:
    site.settings('icon = "icon.png"\nlogo = "https://example.org/logo.png"\n')
    site.post()
    result = site.build()
    assert result.err.startswith("error: posts/feed.toml:10: icon: there is no file 'icon.png' here; correct the path")
    site.write("icon.png", b"x")
    assert site.build().code == 0
    assert "icon.png" in site.tree()
    assert (site.json()["favicon"], site.json()["icon"]) == (
        "https://example.org/icon.png",
        "https://example.org/logo.png",
    )
