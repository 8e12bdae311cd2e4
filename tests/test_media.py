"""Pictures, sound and podcasts, from front matter to what readers get."""

import posixpath
import re
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from unittest import mock

import feedparser
import pytest
from conftest import NOW, PAGES, SETTINGS, Site, dateline
from test_cost import watched
from test_same_bytes import PODCAST, REMOTE, sound

from dateline import media
from dateline import sound as recordings
from dateline.build import Request, build
from dateline.errors import SettingsError
from dateline.reading import files
from dateline.reading.settings import read_settings
from dateline.subscribers.documents import read_ours
from dateline.subscribers.sights import Forecast

MEDIA = "{http://search.yahoo.com/mrss/}"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
GOLDEN = Path(__file__).parent / "golden"
LOGO = (GOLDEN / "hub-rights-icon-logo/posts/pictures/logo.png").read_bytes()


def publish(site: Site) -> Forecast:
    return build(Request(site.posts, site.public, now=NOW, accept=True)).forecast


@pytest.mark.parametrize("name", ["rss.xml", "atom.xml"])
def test_feedparser_finds_enclosures_and_pictures(name: str) -> None:
    parsed = feedparser.parse((GOLDEN / "pictures-and-enclosures/public" / name).read_bytes())
    first, second, *_ = parsed.entries
    (enclosure,) = first.enclosures
    assert (enclosure.href, enclosure.type, enclosure.length) == (
        "https://harbour.example/media/tide.wav",
        "audio/wav",
        "344",
    )
    (picture,) = first.media_content
    assert (picture["url"], picture["width"], picture["height"]) == (
        "https://harbour.example/media/quay.png",
        "64",
        "48",
    )
    assert len(second.enclosures) == (1 if name == "rss.xml" else 3)


def test_feedparser_finds_what_makes_a_podcast() -> None:
    parsed = feedparser.parse((GOLDEN / "podcast/public/rss.xml").read_bytes())
    assert parsed.feed.image.href == "https://harbour.example/media/cover.png"
    assert parsed.feed.itunes_type == "serial"
    assert parsed.feed.publisher_detail.email == "ana@harbour.example"
    assert parsed.feed.podcast_guid == "9b024349-ccf0-5f69-a609-6b82873eab3c"
    episode = parsed.entries[1]
    assert (episode.itunes_duration, episode.itunes_episode, episode.itunes_season) == ("2", "1", "2")


def test_only_the_main_feed_and_its_archives_are_a_podcast() -> None:
    public = GOLDEN / "podcast/public"
    tagged = {file.relative_to(public).as_posix() for file in public.rglob("*.xml") if b"itunes:" in file.read_bytes()}
    assert tagged == {"rss.xml", "archive/2025/03/rss.xml", "archive/2025/04/rss.xml"}
    assert b"<enclosure " in (public / "tags/talks/rss.xml").read_bytes()
    moved = [file for file in sorted(tagged) if b"new-feed-url" in (public / file).read_bytes()]
    assert moved == ["rss.xml"]


def test_explicit_is_true_or_false_and_no_media_group_stands_in_rss() -> None:
    root = ET.parse(GOLDEN / "podcast/public/rss.xml").getroot()
    assert {element.text for element in root.iter(f"{ITUNES}explicit")} == {"true", "false"}
    assert not list(root.iter(f"{MEDIA}group"))


def test_other_names_than_these_are_declared_only_where_they_are_used(site: Site) -> None:
    site.settings(PODCAST.replace('"pic.png"', '"https://cdn.example/cover.png"'))
    site.post()
    publish(site)
    assert b"mrss" not in (site.public / "rss.xml").read_bytes()
    assert b"itunes" not in (site.public / "atom.xml").read_bytes()


def test_a_podcast_without_a_guid_is_told_one_by_chance() -> None:
    lines = PODCAST.splitlines(keepends=True)
    told = set()
    for _ in range(2):
        with pytest.raises(SettingsError, match="there is no guid") as raised:
            read_settings(SETTINGS + lines[0] + "".join(lines[2:]))
        told.add(raised.value.remedy.split('"')[1])
    assert len(told) == 2
    for guid in told:
        publication, _ = read_settings(SETTINGS + lines[0] + f'guid = "{guid}"\n' + "".join(lines[2:]))
        assert publication.podcast
        assert publication.podcast.guid == guid


def test_keys_of_episodes_mean_nothing_where_there_is_no_podcast(site: Site) -> None:
    site.post(season="winter", duration="half an hour", episode="the last")
    publish(site)
    found = dateline("check", site.posts).out
    assert "season: nobody reads this key, for there is no [podcast] in feed.toml; add that, or remove it" in found


def test_check_says_what_readers_and_directories_miss(site: Site) -> None:
    site.settings(PODCAST)
    site.write("pic.png", b"no picture")
    site.write("talk.wav", b"no sound")
    site.write("a.txt", "a")
    site.post(image="pic.png", enclosure="[talk.wav, a.txt]", summary="S")
    site.post("2025-04-13-b.md", episode="2", summary="S")
    publish(site)
    lines = [line for line in dateline("check", site.posts).out.splitlines() if "description" not in line]
    told = "\n".join(lines)
    for part in (
        "podcast: image: Apple does not take a picture like this; make it a JPEG or PNG, square, of 1400 to 3000",
        "image: nothing says what it shows; add image_alt: and a sentence",
        "enclosure: RSS carries the first of them alone; put first what everybody should get",
        "enclosure: Apple takes m4a, mp3, mov, mp4, m4v, pdf, epub only",
        "enclosure: it is not known how long it plays; add duration: and write it like 42:30",
        "episode: nobody reads this key, for there is no enclosure here; add that, or remove it",
    ):
        assert part in told, told


@pytest.mark.parametrize("formats", ["rss", "atom", "json"])
def test_another_enclosure_or_picture_is_a_change_that_subscribers_see(site: Site, formats: str) -> None:
    site.settings(f'formats = ["{formats}"]\n')
    site.write("pic.png", b"one")
    site.write("talk.wav", sound(2))
    site.post(enclosure="talk.wav")
    publish(site)
    site.write("talk.wav", sound(3))
    (sight,) = publish(site).of("updated")
    assert sight.fields == ("enclosure",)
    site.post(enclosure=REMOTE, image="pic.png")
    (sight,) = publish(site).of("updated")
    assert sight.fields == ("enclosure", "image")
    site.write("pic.png", b"another")
    assert not publish(site).of("updated")
    site.post(enclosure=f"[{REMOTE}, talk.wav]", image="pic.png")
    assert len(publish(site).of("updated")) == (0 if formats == "rss" else 1)


@pytest.mark.parametrize("other", ["atom", "json"])
def test_a_second_enclosure_is_no_difference_between_formats(site: Site, other: str) -> None:
    site.write("a.txt", "a")
    site.settings('formats = ["rss"]\n')
    site.post(enclosure=f"[{REMOTE}, a.txt]")
    publish(site)
    site.settings(f'formats = ["{other}"]\n')
    assert not publish(site).of("updated")
    assert not build(Request(site.posts, site.public, NOW, dry_run=True, accept=True)).forecast.of("updated")


def test_what_was_read_of_a_file_is_kept_as_long_as_the_file_is_the_same(site: Site) -> None:
    site.write("talk.wav", sound(2))
    site.write("pic.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x08\x08\0\0\0\0")
    with (
        mock.patch.object(files, "CLOCK_TICK_NS", 8_000_000),
        mock.patch.object(recordings, "duration", wraps=recordings.duration) as played,
        mock.patch.object(media, "image_size", wraps=media.image_size) as measured,
    ):
        time.sleep(0.012)
        for title in ("One", "Two", "Three"):
            site.post(title=title, enclosure="talk.wav", image="pic.png")
            publish(site)
        assert (played.call_count, measured.call_count) == (1, 1)
        site.write("talk.wav", sound(4))
        time.sleep(0.012)
        publish(site)
        assert (played.call_count, measured.call_count) == (2, 1)
    assert site.json()["items"][0]["attachments"][0]["duration_in_seconds"] == 4


def test_no_library_is_loaded_for_media_that_were_read_before(site: Site) -> None:
    site.write("talk.wav", sound(2))
    site.write("pic.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x08\x08\0\0\0\0")
    site.post(enclosure="talk.wav", image="pic.png")
    time.sleep(2.1)
    watched(site, "build")
    site.post("2025-04-15-other.md", title="Other")
    site.post(title="Edited", enclosure="talk.wav", image="pic.png")
    _, opened, modules = watched(site, "build")
    assert not modules & {"tinytag", "imagesize"}
    assert not {"posts/talk.wav", "posts/pic.png"} & set(opened)


def test_media_of_hidden_posts_are_not_copied_and_no_output_tells_of_them(site: Site) -> None:
    site.write("pic.png", b"picture")
    site.write("_static/talk.wav", sound(2))
    site.post()
    site.post("2025-04-15-soon.md", title="Soon", draft="true", image="pic.png", enclosure="_static/talk.wav")
    result = site.build()
    assert result.code == 1
    assert "_static/talk.wav" in result.err
    (site.posts / "_static/talk.wav").rename(site.posts / "talk.wav")
    site.post("2025-04-15-soon.md", title="Soon", draft="true", image="pic.png", enclosure="talk.wav")
    assert site.build().code == 0
    assert not {"pic.png", "talk.wav"} & set(site.tree())


def test_a_published_enclosure_may_be_named_by_a_hidden_post_too(site: Site) -> None:
    site.write("_static/talk.wav", sound(2))
    site.post(enclosure="_static/talk.wav")
    site.post("2025-04-15-soon.md", title="Soon", draft="true", enclosure="_static/talk.wav")
    result = site.build()
    assert result.code == 0, result


def test_what_a_picture_shows_is_text_that_is_looked_for(site: Site) -> None:
    told = "A long line of words that nobody but the writer of the hidden post can have written down"
    site.write("pic.png", b"picture")
    site.post(image="pic.png", image_alt=told)
    site.post("2025-04-15-soon.md", f"{told}.\n", title="Soon", draft="true")
    result = site.build()
    assert result.code == 1, result


def test_a_summary_feed_carries_enclosures_too(site: Site) -> None:
    site.settings('content = "summary"\n')
    site.post(enclosure=REMOTE, title="T")
    publish(site)
    for name in ("rss.xml", "atom.xml", "feed.json"):
        (item,) = read_ours((site.public / name).read_bytes(), name).items
        assert [tuple(found) for found in item.enclosures] == [("https://cdn.example/talk.mp3", "audio/mpeg", "99")]


def test_a_page_names_the_picture_of_its_post(site: Site) -> None:
    site.write("feed.toml", PAGES + 'logo = "logo.png"\n')
    site.write("logo.png", b"logo")
    site.write("boat.png", b"boat")
    site.post(image="boat.png", image_alt='The "boat"')
    site.post("2025-04-15-other.md", title="Other")
    publish(site)
    page = (site.public / "2025/04/first/index.html").read_text("utf-8")
    assert '<meta property="og:image" content="https://example.org/boat.png">' in page
    assert re.search(r'<meta property="og:image:alt" content="The (&#34;|&quot;)boat', page)
    assert '<meta name="twitter:card" content="summary_large_image">' in page
    other = (site.public / "2025/04/other/index.html").read_text("utf-8")
    assert '<meta property="og:image" content="https://example.org/logo.png">' in other
    assert "og:image:alt" not in other


@pytest.mark.parametrize("name", ["media/a:b.png", "a:b.png", "./a:b.png"])
def test_a_colon_in_the_name_of_a_picture_makes_no_address_of_it(site: Site, name: str) -> None:
    path = posixpath.normpath(name)
    site.write(path, LOGO)
    site.settings(f'icon = "{name}"\nlogo = "{name}"\n')
    site.post(image=f'"{name}"', image_alt="A boat")
    site.write("2025-04-15-named.md", f"---\ntitle: B\nenclosure: '{name}'\n---\nText.\n")
    publish(site)
    address = f"https://example.org/{path.replace(':', '%3A')}"
    feed = site.json()
    assert (feed["icon"], feed["favicon"]) == (address, address)
    assert [item.get("image") for item in feed["items"]] == [None, address]
    assert feed["items"][0]["attachments"][0]["url"] == address
    assert f"<url>{address}</url>" in site.tree()["rss.xml"].decode()
    assert site.tree()[path] == LOGO


def test_the_address_of_a_picture_is_one_however_its_scheme_is_written(site: Site) -> None:
    site.settings('icon = "HTTPS://Example.org/i.png"\nlogo = "Http://example.org/l.png"\n')
    site.post(image="HTTPS://example.org/p.png")
    publish(site)
    feed = site.json()
    assert (feed["icon"], feed["favicon"]) == ("http://example.org/l.png", "https://example.org/i.png")
    assert feed["items"][0]["image"] == "https://example.org/p.png"
    with pytest.raises(SettingsError, match=r"logo: .* holds what an address cannot"):
        read_settings(SETTINGS + 'logo = "HTTPS://example.org/a b.png"\n')
