"""Exports of Ghost: their versions, their addresses, and hostile ones."""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Result, dateline

URL = ("--url", "https://harbour.example/")
POST = {
    "id": "64b000000000000000000001",
    "title": "Low water",
    "slug": "low-water",
    "html": "<p>The tide went out.</p>",
    "status": "published",
    "published_at": "2024-03-01T23:30:00.000Z",
}


def export(folder: Path, post: dict[str, Any], name: str = "harbour.ghost.json", **tables: object) -> Path:
    settings = [{"key": "title", "value": "Harbour"}, {"key": "timezone", "value": "Europe/Madrid"}]
    data = {"posts": [POST | post], "settings": settings, **tables}
    content = {"db": [{"meta": {"exported_on": 1714550400000, "version": "5.82.2"}, "data": data}]}
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(content))
    return folder


def imported(source: Path, *options: str) -> Result:
    return dateline("import", source, source.parent / "posts", *options)


def text(source: Path) -> str:
    (file,) = (source.parent / "posts").glob("*.md")
    return file.read_text()


def test_the_address_of_the_site_has_to_be_given(tmp_path: Path) -> None:
    source = export(tmp_path / "site", {})
    result = imported(source)
    assert result.code == 1
    assert "does not say the URL of the site; give it, like --url https://" in result.err
    assert imported(source, *URL).code == 0


def test_old_versions_are_read(tmp_path: Path) -> None:
    post = {"id": 7, "uuid": "0a1b2c3d", "published_at": 1393631400000, "page": 0, "author_id": 1, "image": "/a.png"}
    source = export(tmp_path / "site", post, users=[{"id": 1, "name": "Ana", "slug": "ana"}])
    content = json.loads((source / "harbour.ghost.json").read_text())["db"][0]
    (source / "harbour.ghost.json").write_text(json.dumps(content))
    assert imported(source, *URL).code == 0
    front_matter = 'title: Low water\ndate: 2014-03-01T00:50:00+01:00\nimage: /a.png\nid: "0a1b2c3d"\n'
    assert text(source) == f"---\n{front_matter}---\nThe tide went out.\n"
    assert 'author = [{ name = "Ana" }]' in (tmp_path / "posts/feed.toml").read_text()


@pytest.mark.parametrize(
    ("routes", "address", "said"),
    [
        ("collections:\n  /blog/:\n    permalink: /blog/{year}/{month}/{slug}/\n", "/blog/2024/03/low-water/", ""),
        ("collections:\n  /:\n    permalink: /{primary_tag}/{slug}/\n", "/tides/low-water/", ""),
        (
            "collections:\n  /news/:\n    permalink: /news/{slug}/\n  /:\n    permalink: /{id}/\n",
            f"/{POST['id']}/",
            "routes.yaml has several collections",
        ),
        ("collections: [", "/low-water/", "routes.yaml: "),
    ],
)
def test_addresses_are_those_of_the_routes(routes: str, address: str, said: str, tmp_path: Path) -> None:
    source = export(
        tmp_path / "site",
        {},
        tags=[{"id": "t", "name": "Tides", "slug": "tides"}],
        posts_tags=[{"post_id": POST["id"], "tag_id": "t", "sort_order": 0}],
    )
    (source / "routes.yaml").write_text(routes)
    result = imported(source, *URL)
    assert said in result.out
    build = dateline("build", tmp_path / "posts", "--output", tmp_path / "public")
    assert build.code == 0, build
    assert (tmp_path / f"public{address}index.html").exists()


@pytest.mark.parametrize(
    "content",
    [
        '{"db": [{"meta": {"exported_on": 1}, "data": ',
        '{"db": [{"meta": {"exported_on": 1}, "data": {"posts": 7}}]}',
        '{"exported_on": 1, "data": ' + "[" * 100_000,
        '{"meta": {"exported_on": 1}, "data": {"posts": {}}}',
    ],
)
def test_an_export_that_cannot_be_read_is_refused(content: str, tmp_path: Path) -> None:
    source = tmp_path / "export.json"
    source.write_text(content)
    result = imported(source, *URL)
    assert result.code == 1
    assert result.err.startswith(f"error: {source}: ")
    assert not (tmp_path / "posts").exists()


def test_rows_of_any_form_do_no_harm(tmp_path: Path) -> None:
    odd: dict[str, Any] = {
        "id": None,
        "title": ["a"],
        "slug": {},
        "html": 7,
        "published_at": "9" * 40,
        "status": True,
        "type": [],
    }
    source = export(
        tmp_path / "site", odd, users=7, tags=[None, {"id": []}], posts_tags=[{}], posts_meta="x", posts_authors=[[]]
    )
    result = imported(source, *URL)
    assert result.code == 0, result


def test_files_that_are_not_beside_the_export_are_counted(tmp_path: Path) -> None:
    html = '<img src="__GHOST_URL__/content/images/2024/quay.png"><img src="/content/images/boat.png">'
    result = imported(export(tmp_path / "site", {"html": html}), *URL)
    assert "the export comes without 2 files that posts name; copy the folder content of the site" in result.out


def test_of_several_exports_one_has_to_be_named(tmp_path: Path) -> None:
    source = export(export(tmp_path / "site", {}), {}, "older.ghost.json")
    result = imported(source, *URL)
    assert result.code == 1
    assert "several exports: harbour.ghost.json, older.ghost.json; name the file" in result.err
