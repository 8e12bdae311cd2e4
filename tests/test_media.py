"""Pictures, sound and podcasts, from front matter to what readers get."""

import json
import posixpath
import random
import re
import xml.etree.ElementTree as ET
from html import unescape
from pathlib import Path
from unittest import mock
from urllib.parse import quote, unquote
from uuid import UUID, uuid5

import feedparser
import html5lib
import pytest
from conftest import NOW, PAGES, SETTINGS, Site, dateline, settling
from test_cost import settled, watched
from test_same_bytes import PODCAST, REMOTE, sound

from dateline.cldr import size_text
from dateline.comparison.changes import ChangeReport
from dateline.content import media
from dateline.content.config import read_settings
from dateline.content.podcast import podcast_guid
from dateline.errors import BuildError, SettingsError
from dateline.formats import read
from dateline.options import BuildOptions
from dateline.pages.enclosures import length
from dateline.pipeline import build

MEDIA = "{http://search.yahoo.com/mrss/}"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
GOLDEN = Path(__file__).parent / "golden"
RECORDINGS = Path(__file__).parent / "recordings"  # each lasts three seconds
LOGO = (GOLDEN / "hub-rights-icon-logo/posts/pictures/logo.png").read_bytes()


def publish(site: Site) -> ChangeReport:
    return build(BuildOptions(site.posts, site.public, now=NOW, accept=True)).changes


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
    assert (episode.title, episode.itunes_title) == ("1: La primera & más", "La primera & más")


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


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ("", "example.org/rss.xml"),
        ('[feed_files]\nrss = "podcast/index.xml"\n', "example.org/podcast/index.xml"),
    ],
)
def test_the_guid_that_is_proposed_is_the_one_of_podcasting_2_0(settings: str, address: str) -> None:
    first, _, *others = PODCAST.splitlines(keepends=True)
    guid = str(uuid5(UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6"), address))
    for _ in range(2):
        with pytest.raises(SettingsError, match="guid is missing") as raised:
            read_settings(SETTINGS + first + "".join(others) + settings)
        assert raised.value.problem.remedy == f'add guid = "{guid}" below [podcast], and never change it'
    # That of the example in the specification.
    assert podcast_guid("https://podnews.net/rss/") == "9b024349-ccf0-5f69-a609-6b82873eab3c"


def test_keys_of_episodes_mean_nothing_where_there_is_no_podcast(site: Site) -> None:
    site.post(season="winter", duration="half an hour", episode="the last")
    publish(site)
    found = dateline("check", site.posts).out
    assert "season: ignored without [podcast] in feed.toml; add that, or remove the key" in found


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
        "podcast: image: Apple does not accept this picture; make it a JPEG or PNG, square, of 1400 to 3000",
        "image: no alt text; describe the picture in image_alt:",
        "enclosure: RSS carries only the first one; put the most important one first",
        "enclosure: Apple accepts only files that end in .m4a, .mp3, .mov, .mp4, .m4v, .pdf, .epub",
        "enclosure: unknown duration; add duration:, for example 42:30",
        "episode: ignored without an enclosure; add that, or remove the key",
    ):
        assert part in told, told


@pytest.mark.parametrize(
    ("title", "front_matter", "told"),
    [
        ("Ferry", {}, "episode: none, but Apple wants a number for each episode of a serial podcast; add episode: "),
        ("Ferry", {"episode_type": "trailer"}, ""),
        ("'#7 – Ferry'", {"episode": "7"}, "title: Apple wants titles without the episode number; "),
        ("'Episode 7: Ferry'", {"episode": "7"}, "title: Apple wants titles without the episode number; "),
        ('"07: Ferry"', {"episode": "7"}, "title: Apple wants titles without the episode number; "),
        ('"07: Ferry"', {"episode": "7", "episode_title": "Ferry"}, ""),
        ("7 boats", {"episode": "7"}, ""),
        ("7-year-old boats", {"episode": "7"}, ""),
        ("7.5 metres", {"episode": "7"}, ""),
    ],
)
def test_check_says_how_apple_wants_episodes_numbered(
    site: Site, title: str, front_matter: dict[str, str], told: str
) -> None:
    site.settings(PODCAST.replace('"pic.png"', '"https://cdn.example/cover.png"') + 'type = "serial"\n')
    site.post(title=title, summary="S", enclosure=REMOTE, duration="42:30", **front_matter)
    lines = [line for line in dateline("check", site.posts).out.splitlines() if "first.md" in line]
    assert len(lines) == bool(told), lines
    assert told in "".join(lines)


def test_a_document_has_no_length_to_be_told(site: Site) -> None:
    site.settings(PODCAST.replace('"pic.png"', '"https://cdn.example/cover.png"'))
    site.write("times.pdf", b"times")
    site.post(summary="S", enclosure="times.pdf")
    assert "first.md" not in dateline("check", site.posts).out


def test_the_title_for_directories_is_looked_through_for_hidden_posts_and_guarded(site: Site) -> None:
    told = "A long line of words that nobody but the writer of the hidden post can have written down"
    site.settings(PODCAST.replace('"pic.png"', '"https://cdn.example/cover.png"'))
    site.post(enclosure=REMOTE, episode_title=told)
    site.post("2025-04-15-soon.md", title="Soon", draft="true", enclosure=REMOTE, episode_title=told)
    result = site.build()
    assert result.code == 1, result
    site.post()
    assert site.build().code == 0


@pytest.mark.parametrize("formats", ["rss", "atom", "json"])
def test_another_enclosure_or_picture_is_a_change_that_subscribers_see(site: Site, formats: str) -> None:
    site.settings(f'formats = ["{formats}"]\n')
    site.write("pic.png", b"one")
    site.write("talk.wav", sound(2))
    site.post(enclosure="talk.wav")
    publish(site)
    site.write("talk.wav", sound(3))
    (change,) = publish(site).of("updated")
    assert change.fields == ("enclosure",)
    site.post(enclosure=REMOTE, image="pic.png")
    (change,) = publish(site).of("updated")
    assert change.fields == ("text", "enclosure", "image")
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
    assert not build(BuildOptions(site.posts, site.public, NOW, dry_run=True, accept=True)).changes.of("updated")


def test_what_was_read_of_a_file_is_kept_as_long_as_the_file_is_the_same(site: Site) -> None:
    site.write("talk.wav", sound(2))
    site.write("pic.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x08\x08\0\0\0\0")
    with (
        settling() as settle,
        mock.patch.object(media, "duration", wraps=media.duration) as played,
        mock.patch.object(media, "image_size", wraps=media.image_size) as measured,
    ):
        settle()
        for title in ("One", "Two", "Three"):
            site.post(title=title, enclosure="talk.wav", image="pic.png")
            publish(site)
        assert (played.call_count, measured.call_count) == (1, 1)
        site.write("talk.wav", sound(4))
        settle()
        publish(site)
        assert (played.call_count, measured.call_count) == (2, 1)
    assert site.json()["items"][0]["attachments"][0]["duration_in_seconds"] == 4


@pytest.mark.parametrize(
    "name",
    ["talk.mp3", "talk.m4a", "talk.ogg", "talk.opus", "talk.flac", "talk.wav", "talk.aiff", "film.mp4", "film.ogv"],
)
def test_a_recording_says_how_long_it_plays_whatever_its_name_says(tmp_path: Path, name: str) -> None:
    assert media.duration(RECORDINGS / name) == 3
    for ending in ("mp3", "m4a", "wav", "ogg", "bin"):
        other = tmp_path / f"other.{ending}"
        other.write_bytes((RECORDINGS / name).read_bytes())
        assert media.duration(other) == 3, ending


@pytest.mark.parametrize("name", ["talk.aac", "talk.webm"])
def test_nothing_is_said_of_a_recording_that_nobody_here_can_read(tmp_path: Path, name: str) -> None:
    for ending in ("aac", "mp3", "webm", "wav"):
        other = tmp_path / f"other.{ending}"
        other.write_bytes((RECORDINGS / name).read_bytes())
        assert media.duration(other) is None, ending


def test_sound_that_was_written_as_it_came_lasts_as_long_as_there_is_of_it(tmp_path: Path) -> None:
    assert media.duration(RECORDINGS / "streamed.wav") == 3
    for name in ("talk.wav", "talk.aiff"):
        half = tmp_path / name
        half.write_bytes((RECORDINGS / name).read_bytes()[:16_000])
        assert media.duration(half) == 2


@pytest.mark.parametrize("name", sorted(file.name for file in RECORDINGS.iterdir()))
def test_a_recording_that_was_cut_or_spoilt_is_no_error_and_lasts_no_age(tmp_path: Path, name: str) -> None:
    whole = (RECORDINGS / name).read_bytes()
    chance = random.Random(name)
    broken = tmp_path / name
    for content in (*(whole[:end] for end in range(0, len(whole), 97)), *(spoilt(whole, chance) for _ in range(200))):
        broken.write_bytes(content)
        found = media.duration(broken)
        assert found is None or 1 <= found < media.LONGEST


def spoilt(whole: bytes, chance: random.Random) -> bytes:
    """A file in which some bytes are others, most of them near its beginning."""
    content = bytearray(whole)
    for _ in range(chance.randint(1, 8)):
        content[chance.randrange(min(len(whole), chance.choice([64, 400, len(whole)])))] = chance.choice([0, 255, 7])
    return bytes(content)


# What a camera writes that was held upright: three by two pixels, to be turned by a quarter (Exif, orientation 6).
UPRIGHT = (
    b"\xff\xd8\xff\xe1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    b"\xff\xc0\0\x11\x08\0\x02\0\x03\x03\x01\x11\0\x02\x11\1\x03\x11\x01\xff\xd9"
)
TIFF = b"II*\0\x08\0\0\0\2\0\0\1\3\0\1\0\0\0\x03\0\0\0\1\1\3\0\1\0\0\0\x02\0\0\0\0\0\0\0"
WEBP = b"RIFF\x24\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x02\0\0\x01\0\0"


def test_a_picture_is_as_wide_as_it_is_shown(tmp_path: Path) -> None:
    picture = tmp_path / "boat"
    for content, size in ((UPRIGHT, (2, 3)), (TIFF, (3, 2)), (WEBP, (3, 2))):
        picture.write_bytes(content)
        assert media.image_size(picture) == size
        for end in range(len(content)):
            picture.write_bytes(content[:end])
            media.image_size(picture)


def test_sound_is_not_looked_for_for_ever(tmp_path: Path) -> None:
    silent = tmp_path / "talk.mp3"
    with open(silent, "wb") as file:
        file.write((RECORDINGS / "talk.mp3").read_bytes()[:10])
        file.truncate(2**30)
    with mock.patch.object(media, "MOST_READS", 1000):
        assert media.duration(silent) is None
        assert media.duration(RECORDINGS / "talk.mp3") == 3


NAMES = ["talk #1.mp3", "why?.mp3", "100%.mp3", "a%20b.mp3", "Talk:one.mp3", "+ & ünïcödé 音.mp3", 'it\'s "q".mp3']


@pytest.mark.parametrize("name", [*NAMES, f"{'x' * 240}.mp3"])
def test_front_matter_calls_a_file_by_its_name(site: Site, name: str) -> None:
    content = (RECORDINGS / "talk.mp3").read_bytes()
    site.write(f"deep/{name}", content)
    site.post("deep/2025-04-14-first.md", enclosure=json.dumps(name), image=json.dumps(name))
    publish(site)
    (attachment,) = site.json()["items"][0]["attachments"]
    assert (attachment["mime_type"], attachment["duration_in_seconds"]) == ("audio/mpeg", 3)
    path = attachment["url"].removeprefix("https://example.org/")
    assert quote(unquote(path)) == path
    assert site.tree()[unquote(path)] == content


def test_a_name_may_be_percent_encoded_as_it_is_in_links(site: Site) -> None:
    site.write("talk #1.mp3", b"talk")
    site.post(enclosure="talk%20%231.mp3")
    publish(site)
    assert "talk #1.mp3" in site.tree()


def test_a_file_of_a_hidden_post_is_guarded_whatever_it_is_called(site: Site) -> None:
    site.write("_static/talk #1.wav", sound(2))
    site.post()
    site.post("2025-04-15-soon.md", title="Soon", draft="true", enclosure='"_static/talk #1.wav"')
    result = site.build()
    assert result.code == 1
    assert "_static/talk #1.wav" in result.err


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("[talk.mp3, ./talk.mp3]", "enclosure: './talk.mp3' is listed twice; remove one"),
        ("[{file: talk.mp3, title: A}, talk.mp3]", "enclosure: 'talk.mp3' is listed twice; remove one"),
        ("talk:one.mp3", "enclosure: 'talk:one.mp3' leads to a file that is not there; "),
        ("link.mp3", "enclosure: 'link.mp3' leads to a file that is outside the folder of posts; "),
        ("nowhere.mp3", "enclosure: 'nowhere.mp3' leads to a file that is not there; "),
        ("http://u:p@x.example/a.mp3", "enclosure: 'http://u:p@x.example/a.mp3' contains a user name; remove it"),
        (
            '"https://x.example/a b.mp3"',
            "contains characters that URLs cannot contain; percent-encode them, like %20 for a space",
        ),
    ],
)
def test_an_enclosure_that_will_not_do_is_an_error_on_its_line(site: Site, written: str, told: str) -> None:
    site.write("talk.mp3", (RECORDINGS / "talk.mp3").read_bytes())
    (site.root / "outside.mp3").write_bytes(b"talk")
    (site.posts / "link.mp3").symlink_to("../outside.mp3")
    (site.posts / "nowhere.mp3").symlink_to("nothing.mp3")
    site.post(enclosure=written)
    with pytest.raises(BuildError) as raised:
        publish(site)
    (error,) = site.problem_lines(raised.value.problems)
    assert error.startswith("2025-04-14-first.md:3: enclosure: ")
    assert told in error


def test_a_link_to_a_file_in_the_folder_is_that_file(site: Site) -> None:
    site.write("deep/talk.mp3", (RECORDINGS / "talk.mp3").read_bytes())
    (site.posts / "latest.mp3").symlink_to("deep/talk.mp3")
    site.post(enclosure="latest.mp3")
    publish(site)
    assert not (site.public / "latest.mp3").is_symlink()
    assert site.tree()["latest.mp3"] == (RECORDINGS / "talk.mp3").read_bytes()


def test_an_enclosure_may_be_of_unknown_size_and_its_type_may_have_parameters(site: Site) -> None:
    site.post(enclosure='{url: "https://cdn.example/live.ogg", type: \'Audio/OGG ; codecs="opus, Vorbis"\', length: 0}')
    publish(site)
    written = 'audio/ogg ; codecs="opus, Vorbis"'
    (rss,) = ET.parse(site.public / "rss.xml").iter("enclosure")
    assert (rss.get("type"), rss.get("length")) == (written, "0")
    (atom,) = ET.parse(site.public / "atom.xml").findall(".//{*}link[@rel='enclosure']")
    assert (atom.get("type"), atom.get("length")) == (written, None)
    (attachment,) = site.json()["items"][0]["attachments"]
    assert attachment == {"url": "https://cdn.example/live.ogg", "mime_type": written}


@pytest.mark.parametrize(
    "written", ["audio/ogg;", "audio/ogg; codecs", "audio/ogg; codecs=", 'audio/ogg; a="b', "audio/"]
)
def test_a_type_with_half_a_parameter_is_refused(site: Site, written: str) -> None:
    site.post(enclosure=f"{{url: 'https://cdn.example/live.ogg', type: '{written}', length: 0}}")
    result = site.build()
    assert result.code == 1
    assert "is not a media type; write it like audio/mpeg" in result.err


def test_no_library_is_loaded_for_media_that_were_read_before(site: Site) -> None:
    site.write("talk.wav", sound(2))
    site.write("pic.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x08\x08\0\0\0\0")
    site.post(enclosure="talk.wav", image="pic.png")
    settled(site)
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
        (item,) = read((site.public / name).read_bytes(), name, ours=True).items
        assert [found[:3] for found in item.enclosures] == [("https://cdn.example/talk.mp3", "audio/mpeg", "99")]


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


def page_of(slug: str) -> str:
    """The page of a post of the golden case with media."""
    return (GOLDEN / f"pages-media/public/2025/04/{slug}/index.html").read_text("utf-8")


def elements(html: str, name: str) -> list[dict[str, str]]:
    """The attributes of the elements of a name, where enclosures are."""
    root = html5lib.parse(html, namespaceHTMLElements=False)
    (block,) = root.iterfind(".//div[@class='enclosures']")
    return [dict(element.attrib) for element in block.iter(name)]


def test_a_page_plays_and_offers_what_its_post_carries() -> None:
    first, second = elements(page_of("boat"), "audio")
    assert (first["src"], first["preload"]) == ("/radio/media/talk.mp3", "metadata")
    assert first["aria-label"] == 'The boat, "leaving" <at> night'
    assert (second["src"], second["preload"]) == ("https://cdn.example/far.m4a?a=1&b=2", "none")
    links = [(link["href"], link.get("class"), link["type"]) for link in elements(page_of("boat"), "a")]
    assert links == [
        ("/radio/media/talk.mp3", "u-audio", "audio/mpeg"),
        ("https://cdn.example/boat.srt", None, "application/x-subrip"),
        ("/radio/media/the%20times.pdf", "u-enclosure", "application/pdf"),
        ("https://cdn.example/far.m4a?a=1&b=2", "u-audio", "audio/x-m4a"),
    ]
    for words in ("audio, 3.4 kB", "PDF, 5 bytes", "audio, 12 MB", '<time datetime="PT3S">0:03</time>'):
        assert words in page_of("boat")


def test_a_film_has_its_picture_and_its_captions() -> None:
    (film,) = elements(page_of("film"), "video")
    assert (film["src"], film["poster"]) == ("/radio/media/film.mp4", "/radio/media/boat.png")
    (track,) = elements(page_of("film"), "track")
    assert track == {"kind": "captions", "src": "/radio/media/film.vtt", "srclang": "de"}
    assert elements(page_of("boat"), "track") == []


def test_what_the_text_plays_gets_no_second_player() -> None:
    assert elements(page_of("within"), "audio") == []
    assert [link["href"] for link in elements(page_of("within"), "a")] == [
        "/radio/media/talk.mp3",
        "https://cdn.example/a.mp3?b=1&c=2",
    ]


def test_a_page_without_enclosures_has_no_place_for_them() -> None:
    assert 'class="enclosures"' not in (GOLDEN / "pages/public/2025/04/tides/index.html").read_text("utf-8")


def test_services_that_show_links_and_search_engines_are_told_of_media() -> None:
    html = page_of("boat")
    told = re.findall(r'<meta property="(og:(?:audio|video)[^"]*)" content="([^"]*)">', html)
    assert [(name, unescape(value)) for name, value in told] == [
        ("og:audio", "https://harbour.example/radio/media/talk.mp3"),
        ("og:audio:type", "audio/mpeg"),
        ("og:audio", "https://cdn.example/far.m4a?a=1&b=2"),
        ("og:audio:type", "audio/x-m4a"),
    ]
    assert "og:video" in page_of("film")
    (script,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)
    article = json.loads(script)
    assert article["image"] == "https://harbour.example/radio/media/boat.png"
    assert article["associatedMedia"][0] == {
        "@type": "AudioObject",
        "name": 'The boat, "leaving" <at> night',
        "contentUrl": "https://harbour.example/radio/media/talk.mp3",
        "encodingFormat": "audio/mpeg",
        "contentSize": "3.4 kB",
        "duration": "PT3S",
    }
    assert [medium["@type"] for medium in article["associatedMedia"]] == ["AudioObject", "MediaObject", "AudioObject"]


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (9_949, "9.9 kB"),
        (9_950, "10 kB"),
        (999_500, "1.0 MB"),
        (2**31, "2.1 GB"),
        (5 * 10**15, "5000 TB"),
    ],
)
def test_a_size_is_told_in_words(size: int, words: str) -> None:
    assert size_text(size, "en") == words


@pytest.mark.parametrize(
    ("seconds", "text", "iso"),
    [(3, "0:03", "PT3S"), (60, "1:00", "PT1M"), (2550, "42:30", "PT42M30S"), (3723, "1:02:03", "PT1H2M3S")],
)
def test_a_length_is_told_for_people_and_for_programs(seconds: int, text: str, iso: str) -> None:
    assert length(seconds) == (text, iso)


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
    with pytest.raises(SettingsError, match=r"logo: .* contains characters that URLs cannot contain"):
        read_settings(SETTINGS + 'logo = "HTTPS://example.org/a b.png"\n')


def test_a_picture_that_another_tool_would_find_is_a_remark(site: Site) -> None:
    site.post(cover="img/ferry.png")
    result = site.run("check")
    assert result.code == 0, result.err
    assert "posts/2025-04-14-first.md:3: cover: 'img/ferry.png' is not a file here" in result.out
    assert site.build().code == 0
    assert "image" not in site.json()["items"][0]
