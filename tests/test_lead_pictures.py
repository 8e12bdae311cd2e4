"""The picture of a post on pages and in feeds, and the pages of authors and of a podcast; a golden case shows both."""

import json
import re
import struct

import pytest
from conftest import PAGES, Site, cold
from test_cost import settled, watched
from test_same_bytes import PODCAST, REMOTE

PAGE = "2025/04/first/index.html"
AUTHOR = '[authors.ana]\nname = "Ana"\n'


def png(width: int, height: int) -> bytes:
    """The beginning of a picture, which has its size."""
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBBI", 13, b"IHDR", width, height, 8, 2, 0, 0, 0, 0)


@pytest.fixture
def pages(site: Site) -> Site:
    site.write("feed.toml", PAGES)
    return site


def built(site: Site, path: str = PAGE) -> str:
    """Build, and return a file of the output."""
    result = site.build("--accept")
    assert result.code == 0, result.err
    return (site.public / path).read_text("utf-8")


def content(site: Site) -> str:
    """The HTML that feeds have for the newest post."""
    return str(site.json()["items"][0].get("content_html"))


def test_another_size_of_a_picture_changes_the_page_and_no_feed(pages: Site) -> None:
    pages.write("photos/quay.png", png(900, 600))
    pages.post(image="photos/quay.png")
    assert "srcset" not in built(pages)
    feed = (pages.public / "rss.xml").read_bytes()
    for name, width, height in (("quay-480w.png", 480, 320), ("quay-150x150.png", 150, 150), ("quay-x.png", 90, 60)):
        pages.write(f"photos/{name}", png(width, height))
    assert 'srcset="/photos/quay-480w.png 480w, /photos/quay.png 900w"' in built(pages)
    assert sorted(path.name for path in (pages.public / "photos").iterdir()) == ["quay-480w.png", "quay.png"]
    assert (pages.public / "rss.xml").read_bytes() == feed
    assert pages.tree() == cold(pages)
    pages.write("photos/quay-480w.png", png(450, 300))
    assert "quay-480w.png 450w" in built(pages)
    (pages.posts / "photos/quay-480w.png").unlink()
    assert "srcset" not in built(pages)
    assert not (pages.public / "photos/quay-480w.png").exists()


def test_a_build_with_nothing_to_do_notices_another_size(pages: Site) -> None:
    pages.write("photos/quay.png", png(900, 600))
    pages.post(image="photos/quay.png")
    settled(pages)
    _, opened, _ = watched(pages, "build")
    assert len(opened) == 1
    pages.write("photos/quay@2x.png", png(1800, 1200))
    assert "quay%402x.png 1800w" in built(pages)


@pytest.mark.parametrize("by", ["key", "setting"])
@pytest.mark.parametrize("where", ["page", "feed"])
def test_a_picture_can_be_hidden_on_pages_or_in_feeds(pages: Site, where: str, by: str) -> None:
    key = "image_on_page" if where == "page" else "image_in_feed"
    pages.write("quay.png", png(900, 600))
    pages.write("quay-480w.png", png(480, 320))
    pages.post(image="quay.png", **({key: "false"} if by == "key" else {}))
    pages.write("feed.toml", PAGES + (f"{key} = false\n" if by == "setting" else ""))
    page = built(pages)
    assert ("<figure" in page, "<figure" in content(pages)) == (where == "feed", where == "page")
    assert ("u-photo" in built(pages, "index.html")) == (where == "feed")
    assert 'property="og:image"' in page
    assert (pages.public / "quay-480w.png").exists() == (where == "feed")
    pages.post(image="quay.png", **{key: "true"})
    assert "<figure" in built(pages)
    assert "<figure" in content(pages)


def test_the_picture_of_an_episode_is_its_cover_and_not_in_the_text(pages: Site) -> None:
    pages.write("feed.toml", PAGES + PODCAST.replace('"pic.png"', '"https://cdn.example/cover.png"'))
    pages.write("quay.png", png(900, 600))
    pages.post(image="quay.png", enclosure=REMOTE)
    assert "<figure" in built(pages)
    assert "<figure" not in content(pages)


def test_a_feed_of_summaries_has_no_picture_in_them(pages: Site) -> None:
    pages.write("feed.toml", PAGES + 'content = "summary"\n')
    pages.post(image="https://cdn.example/quay.png")
    assert "<figure" in built(pages)
    assert b"<figure" not in (pages.public / "rss.xml").read_bytes()
    assert "content_html" not in pages.json()["items"][0]


def test_other_sizes_of_a_drafts_picture_are_not_published(pages: Site) -> None:
    pages.post("2025-04-13-out.md")
    pages.write("quay.png", png(900, 600))
    pages.write("quay-480w.png", png(480, 320))
    pages.post(image="quay.png", draft="true")
    built(pages, "index.html")
    assert not [path for path in pages.tree() if "quay" in path]


def test_a_caption_without_a_picture_is_an_error(pages: Site) -> None:
    pages.post(image_caption="The quay")
    result = pages.build()
    assert "2025-04-14-first.md:3: image_caption: set without an image" in result.err


# Authors


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ('picture = "none.png"', "feed.toml:8: picture: there is no file 'none.png' here"),
        ('picture = "../me.png"', "picture: '../me.png' is not in the folder of posts"),
        ('links = ["javascript:alert(1)"]', "links: 'javascript:alert(1)' is not a web address"),
        ('links = {Mail = "mailto:nobody"}', "links: 'nobody' is not an e-mail address"),
        ('bio = ["One", "two"]', "bio: more than one value"),
        ('biography = "One"', "unknown key 'biography'"),
    ],
)
def test_what_is_wrong_with_an_author_is_an_error(pages: Site, written: str, says: str) -> None:
    pages.write("feed.toml", f"{PAGES}{AUTHOR}{written}\n")
    pages.post()
    assert says in pages.build().err


def test_what_an_author_says_is_on_a_page_however_the_name_is_written(pages: Site) -> None:
    pages.write("feed.toml", f'{PAGES}{AUTHOR}bio = "Writes of boats."\nlinks = ["https://ana.example/"]\n')
    pages.post(author="ANA <ana@example.org>")
    page = built(pages, "authors/ana/index.html")
    assert "Writes of boats." in page
    assert '<a class="u-url" rel="me" href="https://ana.example/">ana.example</a>' in page
    assert 'rel="me"' not in built(pages)


def test_without_feeds_of_authors_they_have_no_pages_and_any_name(pages: Site) -> None:
    settings = f'{PAGES}author_feeds = false\n{AUTHOR}bio = "Writes of boats."\n'
    pages.write("feed.toml", settings)
    pages.post(author="ana")
    built(pages)
    assert not (pages.public / "authors").exists()


def test_another_picture_of_an_author_is_a_change_in_json_feed_alone(pages: Site) -> None:
    pages.write("me.png", png(9, 9))
    pages.write("feed.toml", f"{PAGES}{AUTHOR}")
    pages.post(author="ana")
    built(pages)
    before = (pages.public / "rss.xml").read_bytes(), (pages.public / "atom.xml").read_bytes()
    pages.write("feed.toml", f'{PAGES}{AUTHOR}picture = "me.png"\n')
    assert [change["title"] for change in json.loads(pages.run("diff", "--json").out)["updated"]] == ["First"]
    built(pages)
    assert pages.json()["items"][0]["authors"] == [{"name": "Ana", "avatar": "https://example.org/me.png"}]
    assert ((pages.public / "rss.xml").read_bytes(), (pages.public / "atom.xml").read_bytes()) == before


# Podcasts


@pytest.fixture
def podcast(pages: Site) -> Site:
    pages.write("feed.toml", PAGES + PODCAST.replace('"pic.png"', '"https://cdn.example/cover.png"'))
    pages.post(enclosure=REMOTE, season="2", episode="5", tags="[sea]")
    pages.post("2025-04-13-text.md", title="A text", corrections="[{date: 2025-05-02, text: It was wrong.}]")
    return pages


def test_the_subscribe_page_of_a_podcast_offers_apps_and_no_other_feed(podcast: Site) -> None:
    page = built(podcast, "subscribe/index.html")
    main = page[page.index("<main") : page.index("</main")]
    assert re.findall(r"https://example\.org/[^\"<]*", main) == ["https://example.org/rss.xml"] * 2
    assert re.findall(r'href="([^"]+)">(?:Apple|Overcast|Pocket|Antenna)', main) == [
        "podcast://example.org/rss.xml",
        "overcast://x-callback-url/add?url=https%3A%2F%2Fexample.org%2Frss.xml",
        "pktc://subscribe/example.org/rss.xml",
        "https://antennapod.org/deeplink/subscribe?url=https%3A%2F%2Fexample.org%2Frss.xml&amp;title=The%20Daily%20Example",
    ]
    assert 'src="https://cdn.example/cover.png"' in main


def test_the_home_page_of_a_podcast_plays_its_episodes_and_loads_none(podcast: Site) -> None:
    home = built(podcast, "index.html")
    assert re.findall("<audio[^>]*>", home) == [
        '<audio src="https://cdn.example/talk.mp3" controls preload="none" aria-label="First">'
    ]
    assert 'class="cover" src="https://cdn.example/cover.png"' in home
    assert "Subscribe in a podcast app" in home
    assert "<audio" not in built(podcast, "tags/sea/index.html")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ({"episode": "5"}, "Episode 5"),
        ({"episode": "5", "season": "2"}, "Season 2, episode 5"),
        ({"episode": "5", "episode_type": "bonus"}, "Bonus"),
        ({"season": "2"}, None),
    ],
)
def test_the_page_of_an_episode_says_which_it_is(podcast: Site, written: dict[str, str], shown: str | None) -> None:
    podcast.post(enclosure=REMOTE, **written)
    found = re.search('<p class="kicker">(.*)</p>', built(podcast))
    assert (found and found[1]) == shown


def test_a_podcast_without_rss_is_none(podcast: Site) -> None:
    podcast.write(
        "feed.toml",
        (podcast.posts / "feed.toml").read_text("utf-8").replace("title =", 'formats = ["atom"]\ntitle =', 1),
    )
    page = built(podcast, "subscribe/index.html")
    assert "podcast://" not in page
    assert "feed:https://example.org/atom.xml" in page
