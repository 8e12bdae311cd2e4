"""An import writes into its folder alone, and never over what was edited there."""

import json
import os
from pathlib import Path

import pytest
from conftest import Result, dateline, few_and_many
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.test_imports import RECORD, contents


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return write_site(tmp_path / "site")


def write_site(folder: Path) -> Path:
    post(folder, "ferry", "![The ferry](/ferry.png)")
    post(folder, "nets", "Ask Ana.")
    (folder / "static").mkdir()
    (folder / "static/ferry.png").write_bytes(b"\x89PNG")
    (folder / "hugo.toml").write_text('title = "Harbour Notes"\nbaseURL = "https://harbour.example/"\n')
    return folder


def post(site: Path, name: str, text: str) -> None:
    (site / "content/posts").mkdir(parents=True, exist_ok=True)
    (site / f"content/posts/{name}.md").write_text(f"---\ntitle: {name}\ndate: 2024-05-01\n---\n{text}\n")


def run(site: Path, *options: object) -> Result:
    return dateline("import", site, site.parent / "posts", *options)


def test_a_second_import_changes_nothing(site: Path) -> None:
    assert run(site).code == 0
    before = contents(site.parent / "posts")
    result = run(site)
    assert "Files: 4 as before." in result.out
    assert contents(site.parent / "posts") == before


def test_a_second_import_renews_what_nobody_edited(site: Path) -> None:
    run(site)
    posts = site.parent / "posts"
    with (posts / "posts/nets.md").open("a") as file:
        file.write("Or Ben.\n")
    (posts / "ferry.png").unlink()
    post(site, "ferry", "![The ferry](/ferry.png) It sails.")
    post(site, "nets", "Ask Carla.")
    post(site, "tides", "High at noon.")
    result = run(site)
    assert "Files: 1 new, 1 renewed, 1 as before." in result.out
    assert f"1 file left alone, as edited since the last import: {posts}/posts/nets.md." in result.out
    assert f"1 file not written again, as deleted since the last import: {posts}/ferry.png." in result.out
    assert "It sails." in (posts / "posts/ferry.md").read_text()
    assert "Or Ben." in (posts / "posts/nets.md").read_text()
    assert not (posts / "ferry.png").exists()
    assert run(site).out.count("edited since the last import") == 1


def test_what_is_gone_from_the_source_stays(site: Path) -> None:
    run(site)
    (site / "content/posts/nets.md").unlink()
    for _ in range(2):
        assert "1 file no longer in the source, but kept here" in run(site).out
        assert (site.parent / "posts/posts/nets.md").exists()


def test_an_interrupted_import_is_completed(site: Path) -> None:
    posts = site.parent / "posts"
    run(site)
    whole = contents(posts)
    (posts / "posts/nets.md").unlink()
    (posts / RECORD).write_text('{"files": {}}')
    assert run(site).code == 0
    assert contents(posts) == whole


def test_a_dry_run_writes_nothing(site: Path) -> None:
    before = contents(site.parent)
    result = run(site, "--dry-run")
    assert result.out.startswith("Would import a Hugo site")
    assert contents(site.parent) == before
    assert not (site.parent / "posts").exists()


def test_the_report_for_programs_has_what_the_text_says(site: Path) -> None:
    post(site, "tides", "{{< tide-table >}}")
    report = json.loads(run(site, "--json").out)
    assert report["from"] == "hugo"
    assert [Path(path).name for path in report["posts"]] == ["ferry.md", "nets.md", "tides.md"]
    assert [Path(path).name for path in report["media"]] == ["ferry.png"]
    (left,) = report["template_code"]
    assert Path(left["path"]).read_text().splitlines()[left["line"] - 1] == "{{< tide-table >}}"


@pytest.mark.parametrize("place", ["site", "site/posts", "site/content/posts"])
def test_nothing_is_written_into_the_source(site: Path, place: str) -> None:
    before = contents(site)
    result = dateline("import", site, site.parent / place)
    assert result.code == 1
    assert "lies in the site to import" in result.err
    assert contents(site) == before


def test_a_folder_with_something_else_in_it_is_refused(site: Path) -> None:
    (site.parent / "posts").mkdir()
    (site.parent / "posts/mine.md").write_text("mine")
    result = run(site)
    assert result.code == 1
    assert "is not empty" in result.err
    assert contents(site.parent / "posts") == {"mine.md": b"mine"}


def test_a_link_in_the_folder_is_not_followed(site: Path) -> None:
    run(site)
    posts, elsewhere = site.parent / "posts", site.parent / "elsewhere"
    (posts / "posts").rename(elsewhere)
    (posts / "posts").symlink_to(elsewhere)
    post(site, "tides", "High at noon.")
    before = contents(elsewhere)
    result = run(site)
    assert result.code == 1
    assert "its folder is a link" in result.err
    assert contents(elsewhere) == before


@pytest.mark.parametrize("record", ["", "[]", "{", '{"files": []}', '{"files": {"../x": 1, "a": "b"}}', "[" * 100_000])
def test_a_planted_record_does_no_harm(site: Path, record: str) -> None:
    posts = site.parent / "posts"
    posts.mkdir()
    (posts / RECORD).write_text(record)
    assert run(site).code == 0
    assert len(contents(posts)) == 5


def test_a_record_that_is_a_link_is_replaced(site: Path) -> None:
    (site.parent / "posts").mkdir()
    (site.parent / "secret").write_text("{}")
    (site.parent / "posts" / RECORD).symlink_to(site.parent / "secret")
    assert run(site).code == 0
    assert (site.parent / "secret").read_text() == "{}"
    assert not (site.parent / "posts" / RECORD).is_symlink()


def test_media_outside_the_source_are_not_copied(site: Path) -> None:
    (site.parent / "secret.png").write_bytes(b"secret")
    (site / "static/link.png").symlink_to(site.parent / "secret.png")
    (site / "static/.hidden.png").write_bytes(b"hidden")
    post(site, "nets", "![a](/link.png) ![b](/../../secret.png) ![c](../../../../secret.png) ![d](/.hidden.png)")
    run(site)
    assert not any(content in (b"secret", b"hidden") for content in contents(site.parent / "posts").values())


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1, max_size=8).filter(
    lambda name: name not in (".", "..")
)


@few_and_many(3, 200)
def test_any_names_stay_inside_and_a_second_import_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, drawn: settings
) -> None:
    @drawn
    @given(names=st.lists(NAMES, max_size=5))
    def holds(names: list[str]) -> None:
        site = write_site(tmp_path_factory.mktemp("site") / "site")
        for number, name in enumerate(names):
            post(site, name, f"![a](../../{name}.png) {number}")
        before = contents(site)
        assert run(site).code == 0
        first = contents(site.parent / "posts")
        assert run(site).code == 0
        assert contents(site.parent / "posts") == first
        assert contents(site) == before
        assert sorted(os.listdir(site.parent)) == ["posts", "site"]
        assert dateline("build", site.parent / "posts", "--dry-run", "--skip-invalid").code == 0

    holds()


def test_tags_that_would_share_a_feed_get_a_slug_each(site: Path) -> None:
    for number, tag in enumerate(("C", "c", "C++", "C#")):
        (site / f"content/posts/{number}.md").write_text(
            f"---\ntitle: A\ndate: 2024-05-0{number + 1}\ntags: ['{tag}']\n---\n"
        )
    run(site)
    posts = site.parent / "posts"
    assert (posts / "feed.toml").read_text().endswith('\n[tags]\n"C" = "c"\n"C++" = "c-2"\n"C#" = "c-3"\n')
    assert dateline("check", posts).code == 0
