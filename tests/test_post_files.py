"""Which files are posts is said in one place: all that reads, names, links or checks them follows."""

import pytest
from conftest import NOW, Site

from dateline.commands.check import check
from dateline.content import scan
from dateline.options import BuildOptions


def test_another_ending_of_post_files_is_one_entry_in_one_tuple(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.settings()
    site.post("2025-04-14-first.md", "See [the ferry](ferry/) and [the boat](2025-05-01-boat.markdown).\n")
    site.post("ferry/index.markdown", "The *ferry*.\n", title="Ferry", date="2025-05-02")
    site.post("2025-05-01-boat.markdown", "![A map](ferry/map.png)\n", title="Boat")
    site.post("2025-05-03-other.mkd", title="Other")
    site.write("ferry/map.png", b"map")
    site.write("README.markdown", "About these posts.\n")

    before = check(BuildOptions(site.posts, site.public, NOW), lambda *_: None)
    assert before.posts == 1
    assert any("ferry/index.markdown" in remark.path for remark in before.remarks)

    monkeypatch.setattr(scan, "POST_ENDINGS", (".md", ".markdown"))
    found = check(BuildOptions(site.posts, site.public, NOW), lambda *_: None)
    assert (found.posts, found.errors) == (3, ())
    assert [remark.path for remark in found.remarks if "name does not end" in remark.problem] == [
        str(site.posts / "2025-05-03-other.mkd")
    ]

    assert site.build().code == 0
    items = {item["id"]: item for item in site.json()["items"]}
    ids = [f"tag:example.org,2025-01-01:daily/{stem}" for stem in ("ferry", "2025-05-01-boat", "2025-04-14-first")]
    assert list(items) == ids
    assert [items[id]["url"].removeprefix("https://example.org/") for id in ids] == [
        "2025/05/ferry/",
        "2025/05/boat/",
        "2025/04/first/",
    ]
    for address in ("2025/05/ferry/", "2025/05/boat/"):
        assert f'href="https://example.org/{address}"' in items[ids[2]]["content_html"]
    assert (site.public / "ferry/map.png").read_bytes() == b"map"


def test_two_endings_of_one_name_would_be_one_id(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "POST_ENDINGS", (".md", ".markdown"))
    site.settings()
    site.post("2025-04-14-first.md")
    site.post("2025-04-14-first.markdown")
    result = site.build()
    assert result.code == 1
    assert "id: tag:example.org,2025-01-01:daily/2025-04-14-first is also that of" in result.err


def test_an_unpublished_markdown_file_with_the_new_ending_cannot_be_linked(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "POST_ENDINGS", (".md", ".markdown"))
    site.settings()
    site.post(body="See [notes](_notes.markdown).\n")
    site.write("_notes.markdown", "Not a post.\n")
    result = site.build()
    assert result.code == 1
    assert "link: '_notes.markdown' leads to a Markdown file that is not a post" in result.err
