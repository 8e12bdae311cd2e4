"""The same posts and settings give the same bytes, however the build came to them."""

import contextlib
import io
import os
import random
import shutil
import subprocess
import sys
import tempfile
import wave
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest
from conftest import NOW, PAGES, Result, Site, cold, dateline, few_and_many, settling, started
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline.cache.database import open_cache
from dateline.content import source
from dateline.errors import BuildError
from dateline.hashing import versions
from dateline.options import BuildOptions
from dateline.output import lock
from dateline.pipeline import build

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture
def sample(site: Site) -> Site:
    """The posts of this repository, as an author has them."""
    shutil.rmtree(site.posts)
    shutil.copytree(REPOSITORY / "posts", site.posts)
    return site


def test_a_second_build_touches_nothing(sample: Site) -> None:
    assert sample.build().code == 0
    before = {path: os.stat(sample.public / path) for path in sample.tree()}
    result = sample.build()
    assert "Nothing is new, changed or gone" in result.out
    assert {path: os.stat(sample.public / path) for path in sample.tree()} == before


@pytest.mark.parametrize(
    "env",
    [
        {"TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
        {"TZ": "America/Los_Angeles", "LC_ALL": "C.UTF-8", "LANG": "de_DE.UTF-8", "PYTHONHASHSEED": "2"},
        {"PYTHONUTF8": "0", "LC_ALL": "POSIX", "SOURCE_DATE_EPOCH": "1", "PYTHONWARNINGS": "error"},
    ],
    ids=str,
)
@pytest.mark.slow
def test_the_environment_does_not_show_in_the_output(sample: Site, env: dict[str, str]) -> None:
    expected = cold(sample)
    result = started("build", "--no-cache", cwd=sample.root, **env)
    assert (result.code, result.err) == (0, "")
    assert sample.tree() == expected


def test_a_warm_cache_and_none_and_another_place_give_the_same(sample: Site, tmp_path: Path) -> None:
    assert sample.build().code == 0
    assert sample.tree() == cold(sample)
    elsewhere = tmp_path / "a folder with spaces" / "ä"
    shutil.copytree(sample.posts, elsewhere / "posts")
    assert dateline("build", elsewhere / "posts").code == 0
    other = Site(elsewhere)
    assert other.tree() == sample.tree()


@pytest.mark.slow
def test_the_order_in_which_files_came_into_the_folder_does_not_matter(sample: Site) -> None:
    expected = cold(sample)
    files = sorted(file for file in sample.posts.rglob("*") if file.is_file())
    for file in random.Random(1).sample(files, len(files)):
        content = file.read_bytes()
        file.unlink()
        file.write_bytes(content)
    assert cold(sample) == expected


CORRECTIONS = "[{date: 2025-05-14, text: 'It is *so*. ![Pic](pic.png)', announce: true}, {date: 2025-04-30, text: No}]"
REMOTE = "{url: 'https://cdn.example/talk.mp3', type: audio/mpeg, length: 99}"
PODCAST = """\
[podcast]
guid = "9b024349-ccf0-5f69-a609-6b82873eab3c"
category = "News > Daily News"
explicit = false
image = "pic.png"
owner = {name = "Ana Díaz", email = "ana@example.org"}
"""
Edit = Callable[[Site], object]
EDITS: dict[str, Edit] = {
    "edit a title": lambda site: site.post("2025-04-01-a.md", title="Other"),
    "edit the text": lambda site: site.post("2025-04-01-a.md", body="Other text.\n"),
    "add a post": lambda site: site.post("2025-05-01-new.md", title="New"),
    "add a post that shares a tag": lambda site: site.post("2025-05-01-new.md", tags="[a, b]"),
    "delete a post": lambda site: (site.posts / "2025-04-02-b.md").unlink(),
    "rename a post": lambda site: (site.posts / "2025-04-02-b.md").rename(site.posts / "2025-04-02-renamed.md"),
    "move a post": lambda site: shutil.move(site.posts / "2025-04-02-b.md", site.write("deep/x", "").parent),
    "make it a draft": lambda site: site.post("2025-04-01-a.md", draft="true"),
    "hold it back": lambda site: site.post("2025-04-01-a.md", publishDate="2026-01-01"),
    "touch a post": lambda site: os.utime(site.posts / "2025-04-01-a.md", (1, 1)),
    "change the address": lambda site: site.write(
        "feed.toml", (site.posts / "feed.toml").read_text().replace("https://example.org/", "https://other.example/")
    ),
    "change the zone": lambda site: site.settings('timezone = "Asia/Tokyo"\n'),
    "change the limit": lambda site: site.settings("limit = 1\n"),
    "drop a format": lambda site: site.settings('formats = ["rss"]\n'),
    "summaries only": lambda site: site.settings('content = "summary"\n'),
    "another author": lambda site: site.settings('[authors.a]\nname = "Ana Díaz"\nurl = "https://a.example/"\n'),
    "another permalink": lambda site: site.settings('permalink = "/{slug}.html"\n'),
    "another time of day": lambda site: site.settings('default_time = "06:30"\n'),
    "another language": lambda site: site.settings('language = "es"\n'),
    "two languages": lambda site: site.write("feed.toml", PAGES + 'limit = 1\nlanguages = ["en", "es"]\n'),
    "two languages without archives": lambda site: site.settings('languages = ["en", "es"]\narchives = "off"\n'),
    "a translation": lambda site: site.post("2025-04-01-a.es.md", title="Una", tags="[a]"),
    "a translation by key": lambda site: site.post("es/2025-04-09-be.md", title="Be", translationKey="2025-04-02-b"),
    "change the language of a post": lambda site: site.post("2025-04-02-b.md", title="B", tags="[a]", language="es"),
    "the settings of before": lambda site: site.settings(),
    "smart quotes off": lambda site: site.settings("smart_quotes = false\n"),
    "the other engine": lambda site: site.settings('markdown = "commonmark"\n'),
    "link by addresses": lambda site: site.post(
        "2025-04-03-links.md",
        "[x](/2025/04/02/b/) [x](/old/b) ![x](/pic.png) [x](https://other.example/2025/04/01/a/) [[b]]"
        ' [x]({{< ref "renamed" >}}) [x](2025-04-01-a.html) [x](/2025/05/new)\n',
    ),
    "old addresses, and another folder": lambda site: site.settings(
        'old_permalinks = ["/old/{slug}"]\nassets = ["media"]\n'
    ),
    "media in another folder": lambda site: site.write("media/pic.png", b"third"),
    "change the picture": lambda site: site.write("pic.png", b"other"),
    "change a static file": lambda site: site.write("_static/robots.txt", "other"),
    "remove a static file": lambda site: (site.posts / "_static/robots.txt").unlink(),
    "change the slug that another post links to": lambda site: site.post("2025-04-02-b.md", title="B", slug="other"),
    "delete a feed by hand": lambda site: (site.public / "atom.xml").unlink(),
    "change a feed by hand": lambda site: (site.public / "atom.xml").write_text("x"),
    "delete the cache": Site.forget,
    "break the cache": lambda site: site.database.write_bytes(b"x" * 9000),
    "cut the cache short": lambda site: os.truncate(site.database, 5000),
    "delete the manifest": lambda site: (site.public / ".dateline.json").unlink(),
    "all feeds": lambda site: site.write("feed.toml", PAGES + "limit = 1\n"),
    "archives by day": lambda site: site.write("feed.toml", PAGES + 'limit = 1\narchives = "day"\n'),
    "no archives": lambda site: site.settings('limit = 1\narchives = "off"\n'),
    "a post of the month before": lambda site: site.post("2025-03-31-old.md", title="Old", tags="[a]", author="Jo"),
    "posts of other months": lambda site: [
        site.post(f"2025-0{month}-15-{month}.md", title=f"Month {month}", tags="[a]") for month in (1, 2, 5)
    ],
    "the same tag in capitals": lambda site: site.post("2025-03-30-older.md", title="Older", tags="[A]"),
    "a tag in the way": lambda site: site.post("2025-03-29-c.md", title="C", tags="[a?]"),
    "change a tag's feed by hand": lambda site: (site.public / "tags/a/rss.xml").write_text("x"),
    "delete the archives by hand": lambda site: shutil.rmtree(site.public / "archive"),
    "no pages": lambda site: site.write("feed.toml", PAGES + "limit = 1\npages = false\n"),
    "no stylesheet": lambda site: site.write("feed.toml", PAGES + "limit = 1\nstylesheet = false\n"),
    "a template": lambda site: site.write("_templates/home.html", "{% include 'part.html' %}"),
    "what a template includes": lambda site: site.write("_templates/part.html", "{{ posts[0].title }}"),
    "no templates": lambda site: shutil.rmtree(site.posts / "_templates"),
    "a page of one's own": lambda site: site.write("_static/index.html", "mine"),
    "change a page by hand": lambda site: (site.public / "2025/04/b/index.html").write_text("x"),
    "delete a page by hand": lambda site: (site.public / "archive/2025/04/index.html").unlink(),
    "break the receipt": lambda site: Path(site.cache.receipt).write_text("{"),
    "give it an old address": lambda site: site.post("2025-04-01-a.md", aliases="/old/a/"),
    "give both old addresses": lambda site: [
        site.post(f"2025-04-0{day}-{name}.md", title=name, redirect_from=f"[/old/{name}, /{name}.html]")
        for day, name in ((1, "a"), (2, "b"))
    ],
    "change a redirect by hand": lambda site: (site.public / "old/a/index.html").write_text("x"),
    "correct a post": lambda site: site.post("2025-04-01-a.md", title="A", corrections=CORRECTIONS),
    "correct it once more": lambda site: site.post(
        "2025-04-01-a.md",
        title="A",
        corrections=CORRECTIONS[:-1] + ", {date: 2025-05-20, text: '[b](2025-04-02-b.md)'}]",
    ),
    "correct it otherwise": lambda site: site.post(
        "2025-04-01-a.md", title="A", corrections=CORRECTIONS.replace("announce: true", "announce: false")
    ),
    "edit the text of a corrected post": lambda site: site.post(
        "2025-04-01-a.md", "Other text.\n", title="A", corrections=CORRECTIONS
    ),
    "correct a draft": lambda site: site.post("2025-04-01-a.md", title="A", draft="true", corrections=CORRECTIONS),
    "correct a post that is held": lambda site: site.post(
        "2025-04-01-a.md", title="A", publishDate="2026-01-01", corrections=CORRECTIONS
    ),
    "retract a post": lambda site: site.post(
        "2025-04-02-b.md", title="B", retracted="{date: 2025-05-15, reason: '![Why](pic.png)', announce: true}"
    ),
    "withdraw a post": lambda site: site.post("2025-04-01-a.md", title="A", withdrawn="2025-05-16"),
    "withdraw a post that another links to": lambda site: site.post(
        "2025-04-02-b.md", title="B", withdrawn="{date: 2025-05-16, reason: Why}"
    ),
    "tombstones": lambda site: site.write("feed.toml", PAGES + "limit = 1\ntombstones = true\n"),
    "move away": lambda site: site.settings('moved_to = "https://new.example/"\nmoved_on = 2025-05-30\n'),
    "copy the posts": lambda site: copied(site),
    "carry a picture and a sound": lambda site: carrying(site, "pic.png", "talk.wav"),
    "carry a sound that is elsewhere": lambda site: carrying(site, "pic.png", REMOTE),
    "carry another picture": lambda site: carrying(site, "https://cdn.example/pic.png", "pic.png"),
    "change the sound": lambda site: site.write("talk.wav", sound(5)),
    "remove the sound": lambda site: (site.posts / "talk.wav").unlink(),
    "a podcast": lambda site: site.write("feed.toml", PAGES + "limit = 1\n" + PODCAST),
    "nothing": lambda site: None,
}


def sound(seconds: int) -> bytes:
    """A recording that plays for so long."""
    file = io.BytesIO()
    with wave.open(file, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(1)
        recording.setframerate(100)
        recording.writeframes(bytes(100 * seconds))
    return file.getvalue()


def carrying(site: Site, image: str, enclosure: str) -> None:
    """Have a post carry a picture and a sound."""
    if not (site.posts / "talk.wav").exists():
        site.write("talk.wav", sound(3))
    site.post("2025-04-01-a.md", title="A", image=image, image_alt="What it shows", enclosure=enclosure, episode="1")


def copied(site: Site) -> None:
    """Put copies in place of all files, with the times that those had."""
    shutil.copytree(site.posts, site.root / "copy", copy_function=shutil.copy2)
    shutil.rmtree(site.posts)
    (site.root / "copy").rename(site.posts)


@pytest.fixture
def small(site: Site) -> Site:
    """Two posts of which one refers to the other and to a picture, built once."""
    return begun(site)


def begun(site: Site) -> Site:
    site.write("feed.toml", PAGES + "limit = 1\n")
    site.post("2025-04-01-a.md", title='"A"', body='See [b](2025-04-02-b.md). ![Pic](pic.png) It\'s "so".\n')
    site.post("2025-04-02-b.md", title="B", tags="[a]")
    site.write("pic.png", b"picture")
    site.write("_static/robots.txt", "User-agent: *\n")
    build(BuildOptions(site.posts, site.public, NOW))
    return site


@pytest.mark.slow
@pytest.mark.parametrize("name", EDITS)
def test_a_build_after_a_change_equals_a_cold_one(small: Site, name: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        EDITS[name](small)
    result = small.build("--accept")
    assert (result.code, "Traceback" in result.err) in ((0, False), (1, False))
    if result.code == 0:
        assert small.tree() == cold(small), result
    else:
        wrong = "'2025-04-02-b.md' leads to a file that is not there"
        gone = "'2025-04-02-b.md' leads to a post that was withdrawn"
        known = {
            "withdraw a post that another links to": gone,
            "delete a post": wrong,
            "rename a post": wrong,
            "move a post": wrong,
            "old addresses, and another folder": "posts/feed.toml:11: assets: there is no folder 'media' here",
            "a template": "posts/_templates/home.html:1: template: there is no 'part.html'",
        }
        assert known.get(name, "would share one feed, tags/a/") in result.err, result


# What no manifest names is nobody's and stays, and a slug stays with who had it: a cold build into an empty folder
# cannot know.
NOBODYS = {
    *("delete the manifest", "change a feed by hand", "change a tag's feed by hand", "change a page by hand"),
    "a tag in the way",
}
SEQUENCES = st.lists(st.sampled_from(sorted(EDITS.keys() - NOBODYS)), min_size=2, max_size=6)


@few_and_many(3, 100)
def test_builds_after_any_changes_equal_cold_ones(drawn: settings) -> None:
    """`settled`: files count as old enough to be known by their stat, as they are outside of tests."""

    @drawn
    @given(SEQUENCES, st.booleans())
    def holds(names: list[str], settled: bool) -> None:
        clock = settling() if settled else contextlib.nullcontext(lambda: None)
        with tempfile.TemporaryDirectory() as folder, clock as settle:
            site, fresh = Site(Path(folder)), Site(Path(folder))
            site.settings()
            fresh.public = site.root / "cold"
            begun(site)
            for name in names:
                with contextlib.suppress(OSError):  # an earlier change took away what this one wants
                    EDITS[name](site)
                settle()
                outcomes = []
                for request in (
                    BuildOptions(site.posts, site.public, NOW, accept=True),
                    BuildOptions(site.posts, fresh.public, NOW, cache=False, accept=True),
                ):
                    try:
                        build(request)
                        outcomes.append("")
                    except BuildError as refused:
                        outcomes.append(str(refused))
                assert outcomes[0] == outcomes[1]
                if not outcomes[0]:
                    assert site.tree() == fresh.tree()

    holds()


def test_files_that_are_settled_are_not_opened_again(small: Site) -> None:
    opened: list[str] = []

    def open_and_tell(folder: Path, path: str) -> object:
        opened.append(path)
        return read(folder, path)

    read = source.read
    with settling() as settle:
        settle()
        build(BuildOptions(small.posts, small.public, NOW))
        with mock.patch("dateline.building.index.read", open_and_tell):
            build(BuildOptions(small.posts, small.public, NOW))
            assert opened == []
            small.post("2025-04-02-b.md", title="B", tags="[c]")
            build(BuildOptions(small.posts, small.public, NOW, accept=True))
            assert opened == ["2025-04-02-b.md"]
            small.settings('permalink = "/{slug}/"\n')
            build(BuildOptions(small.posts, small.public, NOW, accept=True))
    assert opened == ["2025-04-02-b.md", "2025-04-01-a.md", "2025-04-02-b.md"]


@pytest.mark.parametrize("library", ["Markdown", "babel"])
def test_another_release_of_a_library_drops_the_cache(small: Site, tmp_path: Path, library: str) -> None:
    before = versions()
    (tmp_path / "site" / f"{library}-99.0.dist-info").mkdir(parents=True)
    with mock.patch("sys.path", [*sys.path, str(tmp_path / "site")]):
        assert versions() != before
    assert versions() == before
    with open_cache(small.cache) as cache:
        assert len(cache.posts.all()) == 2
    with mock.patch("dateline.cache.sqlite.versions", return_value="another"), open_cache(small.cache) as cache:
        assert cache.posts.all() == []


def test_of_two_builds_the_later_one_wins(small: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that began before an edit must not write over one that began after it."""
    monkeypatch.setattr(lock, "PATIENCE", 0.1)
    outcomes: list[Result] = []

    def edit_and_build_again(phase: str, _done: int, _total: int) -> None:
        if phase == "rendering" and not outcomes:
            small.post("2025-05-01-new.md", title="New")
            outcomes.append(small.build())

    small.post("2025-04-01-a.md", title="Edited")
    build(BuildOptions(small.posts, small.public, NOW), edit_and_build_again)
    (second,) = outcomes
    assert "makes no progress" in second.err
    assert small.build().code == 0
    assert [item["title"] for item in small.json()["items"]] == ["New", "B", "Edited"]
    assert small.tree() == cold(small)


def test_an_edit_of_the_same_size_with_its_date_put_back_is_seen(small: Site) -> None:
    file = small.posts / "2025-04-01-a.md"
    before = os.stat(file)
    file.write_text(file.read_text().replace("It's", "Id's"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert os.stat(file).st_size == before.st_size
    assert small.build().code == 0
    assert b"Id\xe2\x80\x99s" in small.tree()["rss.xml"]
    assert small.tree() == cold(small)


def test_edited_built_and_reverted_is_as_before(small: Site) -> None:
    before = small.tree()
    original = (small.posts / "2025-04-01-a.md").read_text()
    for text in (original.replace("It's", "Was"), original):
        (small.posts / "2025-04-01-a.md").write_text(text)
        assert small.build().code == 0
    assert small.tree() == before


def test_a_second_output_folder_is_written_whole(small: Site) -> None:
    assert small.build("--output", "other").code == 0
    other = Site(small.root)
    other.public = small.root / "other"
    assert other.tree() == small.tree()


def test_two_builds_at_once_both_end_well(small: Site) -> None:
    small.post("2025-05-01-new.md", title="New")
    command = [sys.executable, "-m", "dateline", "build", "--quiet"]
    builds = [
        subprocess.Popen(command, cwd=small.root, env={**os.environ, "DATELINE_NOW": NOW}, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    assert [(build.wait(60), build.stderr.read() if build.stderr else b"") for build in builds] == [(0, b"")] * 4
    assert small.tree() == cold(small)
