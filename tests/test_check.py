"""What check costs: it starts from what builds have rendered, and changes none of it."""

import shutil
from pathlib import Path
from unittest import mock

from conftest import EVERYTHING, NOW, Site

from dateline import render
from dateline.commands.check import check
from dateline.options import BuildOptions
from dateline.pipeline import build

DRAFT = "A draft of *one* sentence.\n"


def copied(site: Site) -> Path:
    """The posts in another folder, which no cache knows."""
    return Path(shutil.copytree(site.posts, site.root / "copied"))


def test_a_check_renders_only_what_no_build_has_rendered(site: Site) -> None:
    site.write("feed.toml", EVERYTHING)
    for number in range(5):
        site.post(
            f"2025-04-0{number + 1}-post-{number}.md",
            f"Text {number}. [Site](htps://x.example)\n",
            title=f"Post {number}",
        )
    site.post("2025-04-20-draft.md", "Another.\n", title="Draft", draft="true")
    request = BuildOptions(site.posts, site.public, NOW, jobs=1)
    build(request)
    site.post("2025-04-20-draft.md", DRAFT, title="Draft", draft="true")
    cold = check(request._replace(posts=copied(site)), lambda *_: None)
    before = {path: path.stat().st_mtime_ns for path in site.root.rglob("*") if path.is_file()}
    with mock.patch.object(render, "render", wraps=render.render) as rendered:
        warm = check(request, lambda *_: None)
    assert [call.args[0] for call in rendered.call_args_list] == [DRAFT]
    assert repr(warm) == repr(cold).replace(str(site.root / "copied"), str(site.posts))
    assert len(warm.remarks) > 5
    assert {path: path.stat().st_mtime_ns for path in site.root.rglob("*") if path.is_file()} == before


def test_check_works_without_a_damaged_cache(site: Site) -> None:
    site.post("2025-04-14-a.md", "Text.\n", mood="sober")
    assert site.build().code == 0
    first = site.run("check")
    file = site.database
    content = file.read_bytes()
    assert b"<p>Text.</p>" in content
    for damaged in (b"SQLite format 3\0 and nothing", content.replace(b"<p>Text.</p>", b"<p>Tent.</p>")):
        file.write_bytes(damaged)
        again = site.run("check")
        assert (again.code, again.out, again.err) == (0, first.out, "")
        assert file.read_bytes() == damaged


def test_at_most_a_hundred_remarks_of_one_kind_are_listed_for_a_post(site: Site) -> None:
    pictures = "".join(f'<img src="https://example.com/{number}.png">\n' for number in range(150))
    site.post(body=pictures + "".join(f"<x{number}>" for number in range(101)))
    remarks = check(BuildOptions(site.posts, site.public, NOW), lambda *_: None).remarks
    found = [remark.problem.partition(":")[0] for remark in remarks]
    assert found.count("image") == 100
    assert sum(problem.startswith("x") for problem in found) == 100
    assert sum("more remarks than are listed" in remark.problem for remark in remarks) == 2


def test_only_in_yaml_does_a_hash_begin_a_comment(site: Site) -> None:
    site.settings()
    site.write("a.md", "title: A #1\ndate: 2025-04-14\n---\n")
    site.write("b.md", "Title: A #1\nDate: 2025-04-14\n\n")
    site.write("c.md", '---json\n{"title": "A",\n"date": "2025-04-14", "n": "x #1"}\n---\n')
    told = [line for line in site.run("check").out.splitlines() if "ignored as a comment" in line]
    assert [line.partition(": ")[0] for line in told] == ["posts/a.md:1"]


def test_a_note_is_called_by_its_name(site: Site) -> None:
    site.write("RGB colour.md", "---\ndate: 2025-04-14\npublish: true\naliases: ['#colours', /old/]\n---\nText.\n")
    result = site.run("check")
    assert result.code == 0, result.err
    assert "RGB colour.md:1: title: none, so the name of the file is used" in result.out
    assert "RGB colour.md:4: aliases: '#colours' is a tag and no address" in result.out
    site.write("Harbour.md", "---\ndate: 2025-04-15\n---\nText.\n")
    assert site.build().code == 0
    assert [item["title"] for item in site.json()["items"]] == ["Harbour", "RGB colour"]
