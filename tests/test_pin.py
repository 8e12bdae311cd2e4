"""What `dateline pin` writes keeps ids and addresses, so that subscribers see nothing of a renamed file."""

from pathlib import Path

import pytest
from conftest import SETTINGS, Site
from readers.conftest import serving
from readers.subscribed import Reader, Seen

TEXTS = [
    "The ferry sails at seven, and whoever comes later than that goes home on foot.\n",
    "The lighthouse was painted again last week, in red and white, as it always was.\n",
    "The harbour master has retired, and nobody knows who is to come after him.\n",
]
NAMES = ["rss.xml", "atom.xml", "feed.json"]
ID = "tag:example.org,2025-01-01:daily"


@pytest.fixture
def site(site: Site) -> Site:
    for number, text in enumerate(TEXTS):
        site.post(f"2025-04-1{number}-post-{number}.md", text, title=f"Post {number}")
    assert site.build().code == 0
    return site


def rename(site: Site, old: str, new: str) -> Path:
    place = site.posts / new
    place.parent.mkdir(exist_ok=True)
    (site.posts / old).rename(place)
    return place


def pin(site: Site, *options: object) -> list[str]:
    result = site.run("pin", *options)
    assert result.code == 0, result
    return result.out.splitlines()


def test_readers_show_nothing_new_once_a_renamed_file_is_pinned(site: Site) -> None:
    with serving(site.public) as server:
        reader = Reader(server, NAMES)
        reader.update()
        server.conditional = False
        rename(site, "2025-04-10-post-0.md", "2025-04-10-renamed.md")
        assert site.build().code == 3
        assert pin(site) == [
            f"posts/2025-04-10-renamed.md: id: {ID}/2025-04-10-post-0, slug: post-0",
            "No surprises for subscribers, compared with public/feed.json.",
        ]
        before = site.tree()
        assert site.build().code == 0
        assert site.tree() == before
        (site.public / "feed.json").touch()
        assert reader.update() == dict.fromkeys(NAMES, Seen(set(), set(), set()))
        reader.close()


def test_what_was_moved_renamed_and_retitled_keeps_its_id(site: Site) -> None:
    rename(site, "2025-04-10-post-0.md", "2025/2025-04-10-moved.md")
    site.post("2025-04-11-other.md", TEXTS[1], title="Another title")
    (site.posts / "2025-04-11-post-1.md").unlink()
    rename(site, "2025-04-12-post-2.md", "2025-04-12-third.md").write_text(
        "+++\ntitle = 'Post 2'\n# As it was.\n+++\n" + TEXTS[2], "utf-8"
    )
    assert len(pin(site)) == 4
    result = site.build()
    assert result.out.splitlines()[-1] == "Changed: “Another title” (was “Post 1”)."
    toml = (site.posts / "2025-04-12-third.md").read_text("utf-8")
    assert f'id = "{ID}/2025-04-12-post-2"' in toml
    assert "# As it was.\n" in toml
    assert [item["id"].rpartition("/")[2][-6:] for item in site.json()["items"]] == ["post-2", "post-1", "post-0"]
    assert pin(site) == ["Nothing to keep. No surprises for subscribers, compared with public/feed.json."]


def test_an_id_that_is_written_stays(site: Site) -> None:
    old = f"{ID}/2025-04-10-post-0"
    file = site.post("2025-04-10-post-0.md", TEXTS[0], title="Post 0", id="urn:old:7")
    before = file.read_bytes()
    result = site.build()
    assert result.code == 3
    assert f"from {old} to urn:old:7" in result.err
    assert (
        "An id: in a post is never replaced: to keep the old one, write it in posts/2025-04-10-post-0.md." in result.err
    )
    assert "dateline pin" not in result.err
    assert pin(site)[0].startswith("Nothing to keep. 1 surprise")
    assert file.read_bytes() == before


CORRECTION = "It sails at eight, and not at seven as was said here before."


def corrected(site: Site, path: str, body: str, title: str, *texts: str) -> None:
    """A post whose corrections, with these texts, are items of the feed."""
    notes = ", ".join(f'{{date: 2025-05-1{day}, text: "{text}", announce: true}}' for day, text in enumerate(texts))
    site.post(path, body, title=title, date="2025-04-14", corrections=f"[{notes}]")


@pytest.mark.parametrize("note", ["", CORRECTION])
def test_an_id_that_is_written_stays_however_it_ends(site: Site, note: str) -> None:
    corrected(site, "boat.md", "Short.\n", "The boat", *filter(None, [note]))
    assert site.build().code == 0
    file = site.posts / "boat.md"
    file.write_text(file.read_text("utf-8").replace("---\n", "---\nid: https://old.example/boat\n", 1), "utf-8")
    before = file.read_bytes()
    result = site.build()
    assert "An id: in a post is never replaced: to keep the old one, write it in posts/boat.md." in result.err
    assert "dateline pin" not in result.err
    assert pin(site)[0].startswith("Nothing to keep. ")
    assert file.read_bytes() == before


def test_a_dry_run_says_what_it_would_write_and_writes_nothing(site: Site) -> None:
    file = rename(site, "2025-04-10-post-0.md", "2025-04-10-renamed.md")
    before = file.read_bytes()
    assert pin(site, "--dry-run") == [
        f"posts/2025-04-10-renamed.md: would get id: {ID}/2025-04-10-post-0, slug: post-0",
        "1 surprise for subscribers, compared with public/feed.json.",
    ]
    assert file.read_bytes() == before


@pytest.mark.parametrize("name", NAMES)
def test_it_takes_ids_from_a_feed_that_is_named(site: Site, name: str) -> None:
    kept = site.root / name
    kept.write_bytes((site.public / name).read_bytes())
    rename(site, "2025-04-10-post-0.md", "2025-04-10-renamed.md")
    assert site.build("--accept").code == 0
    assert pin(site)[0].startswith("Nothing to keep. ")
    with serving(site.root) as server:
        place = server.url + name if name != "rss.xml" else kept
        lines = pin(site, "--against", place)
    assert lines[0] == f"posts/2025-04-10-renamed.md: id: {ID}/2025-04-10-post-0, slug: post-0"
    assert site.build("--accept").code == 0
    assert {item["id"] for item in site.json()["items"]} == {f"{ID}/2025-04-1{n}-post-{n}" for n in range(3)}


def test_an_address_that_no_slug_gives_back_is_said(site: Site) -> None:
    site.write("feed.toml", SETTINGS + 'permalink = "/{slug}/"\n')
    rename(site, "2025-04-10-post-0.md", "2025-04-10-renamed.md")
    address = "https://example.org/2025/04/post-0/"
    assert pin(site)[:2] == [
        f"posts/2025-04-10-renamed.md: id: {ID}/2025-04-10-post-0",
        f"posts/2025-04-10-renamed.md: no slug gives {address} again; add it to aliases:",
    ]


def test_files_that_swap_their_names_are_two_edited_posts_to_readers(site: Site) -> None:
    rename(site, "2025-04-10-post-0.md", "x.md")
    rename(site, "2025-04-11-post-1.md", "2025-04-10-post-0.md")
    rename(site, "x.md", "2025-04-11-post-1.md")
    assert pin(site)[0].startswith("Nothing to keep. ")
    assert site.build().out.splitlines()[-1] == "Changed: “Post 0” (was “Post 1”), “Post 1” (was “Post 0”)."


@pytest.mark.parametrize("against", [None, *NAMES])
def test_a_correction_leaves_the_id_to_the_post(site: Site, against: str | None) -> None:
    corrected(site, "boat.md", "Short.\n", "The boat", CORRECTION)
    assert site.build().code == 0
    file = rename(site, "boat.md", "ship.md")
    told = site.build().err
    assert "To keep the old ids, run dateline pin." in told
    assert "An id: in a post" not in told
    lines = pin(site, *(["--against", f"public/{against}"] if against else []))
    assert lines == [
        f"posts/ship.md: id: {ID}/boat, slug: boat",
        f"No surprises for subscribers, compared with public/{against or 'feed.json'}.",
    ]
    assert file.read_text("utf-8").count("id: ") == 1
    assert site.build().out.splitlines()[-1] == "Nothing is new, changed or gone in the feed."


@pytest.mark.parametrize("settings", ["", 'limit = 1\narchives = "off"\n'])
def test_where_the_correction_alone_is_known_again_it_tells_the_id_of_its_post(site: Site, settings: str) -> None:
    site.write("feed.toml", SETTINGS + settings)
    corrected(site, "boat.md", "Short.\n", "The boat", CORRECTION)
    assert site.build("--accept").code == 0
    (site.posts / "boat.md").unlink()
    corrected(site, "ship.md", "Other.\n", "The ship", CORRECTION)
    told = site.run("diff").out
    assert "dead address  https://example.org/2025/04/boat/\n" in told
    assert told.count("dead address") == 1
    assert pin(site)[0] == f"posts/ship.md: id: {ID}/boat, slug: boat"
    assert site.build().code == 0


@pytest.mark.parametrize("settings", ["", 'limit = 1\narchives = "off"\n'])
def test_a_correction_that_went_to_another_post_leaves_both_their_ids(site: Site, settings: str) -> None:
    site.write("feed.toml", SETTINGS + settings)
    corrected(site, "boat.md", "Short.\n", "The boat", CORRECTION)
    corrected(site, "ship.md", "Other.\n", "The ship")
    assert site.build("--accept").code == 0
    corrected(site, "boat.md", "Short.\n", "The boat")
    corrected(site, "ship.md", "Other.\n", "The ship", CORRECTION)
    assert pin(site) == ["Nothing to keep. 1 surprise for subscribers, compared with public/feed.json."]


def test_corrections_of_two_posts_that_became_one_tell_no_id(site: Site) -> None:
    texts = [CORRECTION, CORRECTION.replace("eight", "nine")]
    corrected(site, "boat.md", "Short.\n", "The boat", texts[0])
    corrected(site, "ship.md", "Other.\n", "The ship", "No.", texts[1])
    assert site.build().code == 0
    for name in ("boat.md", "ship.md"):
        (site.posts / name).unlink()
    corrected(site, "both.md", "Both.\n", "Boat and ship", *texts)
    assert pin(site)[0].startswith("Nothing to keep. ")
