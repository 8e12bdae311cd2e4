"""Posts with errors can be left out of a build: they are named, and those that subscribers have don't vanish."""

import json
from itertools import count

import pytest
from conftest import Site

from dateline.hashing import checksum

RIGHT = "2025-04-01-right.md"
# What may be wrong with a post: its front matter, its text, or what it has in common with others.
FAULTS: dict[str, str | bytes] = {
    "date": "---\ntitle: Wrong\ndate: soon\n---\nText.\n",
    "several": "---\ntitle: Wrong\ndate: soon\ndraft: perhaps\n---\n[x](nowhere.pdf)\n",
    "no-front-matter": "Nothing but text.\n",
    "link": "---\ntitle: Wrong\ndate: 2025-04-02\n---\n[x](nowhere.pdf)\n",
    "address": "---\ntitle: Wrong\ndate: 2025-04-01\nslug: right\n---\nText.\n",
    "id": "---\ntitle: Wrong\ndate: 2025-04-03\nid: tag:example.org,2025-01-01:daily/2025-04-01-right\n---\nText.\n",
    "updated-later": "---\ntitle: Wrong\ndate: 2025-04-04\nupdated: 2099-01-01\n---\nText.\n",
    "encoding": b"---\ntitle: Wrong\ndate: 2025-04-05\n---\n\xff\n",
    "future": "---\ntitle: Wrong\ndate: 2099-04-04\nslug: /\n---\nNobody may know of this yet, not even a word.\n",
}


@pytest.fixture
def right(site: Site) -> Site:
    site.post(RIGHT)
    return site


def titles(site: Site) -> list[str]:
    return [item["title"] for item in json.loads(site.tree()["feed.json"])["items"]]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_post_with_an_error_is_left_out_and_named(right: Site, fault: str) -> None:
    right.write("wrong.md", FAULTS[fault])
    assert right.build().code == 1
    for _ in range(2):  # the second time, the cache knows the others
        result = right.build("--skip-invalid")
        assert result.code == 0, result.err
        assert "left out: posts/" in result.err
        assert "wrong.md" in result.err
        assert "Left out: 1 post with errors." in result.out
    assert len(titles(right)) == 1
    assert right.build().code == 1, "the errors are still there"
    right.write("wrong.md", "---\ntitle: Fixed\ndate: 2025-04-09\nid: tag:example.org,2025:fixed\n---\nText.\n")
    assert right.build("--accept").code == 0
    assert titles(right) == ["Fixed", "First"]


def test_the_report_has_every_error(right: Site) -> None:
    right.write("wrong.md", FAULTS["several"])
    report = json.loads(right.build("--skip-invalid", "--json").out)
    assert [(error["path"], error["line"]) for error in report["left_out"]] == [
        ("posts/wrong.md", 3),
        ("posts/wrong.md", 4),
        ("posts/wrong.md", 6),
    ]


def test_nothing_is_left_out_without_errors(right: Site) -> None:
    result = right.build("--skip-invalid")
    assert (result.code, result.err) == (0, "")
    assert "Left out" not in result.out
    expected = right.tree()
    assert right.build().code == 0
    assert right.tree() == expected


def test_of_three_posts_with_one_address_one_stays(right: Site) -> None:
    for number in (1, 2):
        right.post(f"2025-04-01-also-{number}.md", slug="right")
    assert right.build("--skip-invalid").code == 0
    assert len(titles(right)) == 1


def test_settings_with_an_error_are_not_skipped(right: Site) -> None:
    right.settings("limit = 0\n")
    assert right.build("--skip-invalid").code == 1


def test_with_errors_in_all_posts_nothing_is_built(site: Site) -> None:
    site.write("wrong.md", FAULTS["date"])
    result = site.build("--skip-invalid")
    assert result.code == 1
    assert not site.tree()


def test_a_published_post_does_not_vanish(right: Site) -> None:
    right.post("2025-04-02-second.md", title="Second")
    assert right.build().code == 0
    before = right.tree()
    right.post("2025-04-02-second.md", title="Second", date="soon")
    result = right.build("--skip-invalid")
    assert result.code == 3
    assert "“Second” would be gone" in result.err
    assert right.tree() == before
    assert right.build("--skip-invalid", "--accept").code == 0
    assert titles(right) == ["First"]


def test_a_draft_with_an_error_is_still_hidden(right: Site) -> None:
    secret = "The committee will resign on Friday, and nobody outside of this room has heard of it so far."
    right.write("wrong.md", f"---\ntitle: Wrong\ndate: soon\ndraft: true\n---\n{secret}\n")
    right.post(RIGHT, f"{secret}\n")
    result = right.build("--skip-invalid")
    assert result.code == 1
    assert not right.tree()


def test_what_stays_is_what_a_folder_without_the_others_gives(right: Site) -> None:
    numbers = count(2)
    for number in numbers:
        right.post(f"2025-04-{number:02}-x{checksum(number)}.md", "[first](2025-04-01-right.md)\n", tags="[sea]")
        if number == 9:
            break
    assert right.build().code == 0
    expected = right.tree()
    for fault, content in FAULTS.items():
        if fault not in ("address", "id"):
            right.write(f"wrong-{fault}.md", content)
    assert right.build("--skip-invalid").code == 0
    assert right.tree() == expected
    assert right.build("--skip-invalid", "--no-cache").code == 0
    assert right.tree() == expected


def test_drafts_that_share_a_name_do_not_stop_the_build(right: Site) -> None:
    for folder in ("a", "b", "c"):
        right.post(f"{folder}/2025-04-02-same.md", draft="true")
    assert right.build("--skip-invalid").code == 0
    assert titles(right) == ["First"]


def test_diff_leaves_posts_with_errors_out_too(right: Site) -> None:
    right.write("wrong.md", FAULTS["date"])
    assert right.run("diff").code == 1
    result = right.run("diff", "--skip-invalid")
    assert result.code == 0
    assert "left out: posts/wrong.md:3" in result.err
    assert "First" in result.out
