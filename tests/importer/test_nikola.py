"""Nikola's configuration is read without running it, and its posts get the addresses that it makes."""

from pathlib import Path

import pytest
from conftest import Result, dateline

from importer.sites import site

CONFIG = """\
BLOG_TITLE = "Port papers"
BLOG_AUTHOR = "Rosa Mar"
SITE_URL = "https://port.example.org/"
POSTS = (("posts/*.md", "blog", "post.tmpl"),)
"""
POST = ".. title: The ferry\n.. date: 2024-01-10 09:00:00 UTC+01:00\n\nIt crossed.\n"


def imported(folder: Path, config: str, files: dict[str, str]) -> tuple[Result, Path]:
    """Import a site with this configuration, and these files, to the folder that is returned."""
    source = site(folder / "site", {"conf.py": config, **files})
    return dateline("import", source, folder / "posts", "--from", "nikola"), folder / "posts"


@pytest.mark.parametrize(
    ("config", "name", "path"),
    [
        ("", "posts/The Ferry.md", "blog/the-ferry/"),
        ("", "posts/2024/ferry.md", "blog/2024/ferry/"),
        ("PRETTY_URLS = False", "posts/ferry.md", "blog/ferry.html"),
        ("TRANSLATIONS = {'en': '', 'pt_br': './pt'}", "posts/ferry.pt_br.md", "pt/blog/ferry/"),
        ("POSTS = (('posts/*.md', {'en': 'news'}, 'post.tmpl'),)", "posts/ferry.md", "news/ferry/"),
        ("POSTS = (('posts/*.md', '', 'post.tmpl'),)", "posts/ferry.md", "ferry/"),
        ("POSTS = (('*.md', 'blog', 'post.tmpl'),)", "ferry.md", "blog/ferry/"),
    ],
)
def test_ids_are_those_of_its_feed(config: str, name: str, path: str, tmp_path: Path) -> None:
    """The paths were compared with those that Nikola 8.3 makes."""
    result, posts = imported(tmp_path, f"{CONFIG}{config}\n", {name: POST})
    assert result.code == 0, result
    [post] = posts.rglob("*.md")
    assert f".. id: https://port.example.org/{path}\n" in post.read_text()
    assert ".. date: 2024-01-10 09:00:00 +01:00\n" in post.read_text()


def test_no_statement_of_a_configuration_is_executed(tmp_path: Path) -> None:
    made = tmp_path / "made"
    config = f"{CONFIG}import os\nos.mkdir({str(made)!r})\nBLOG_DESCRIPTION = str(os.mkdir({str(made)!r}))\n"
    result, _ = imported(tmp_path, config, {"posts/ferry.md": POST})
    assert result.code == 0
    assert not made.exists()
    assert "BLOG_DESCRIPTION is not a literal, so it is not known; set description in feed.toml" in result.out


def test_folders_outside_the_site_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/a.md").write_text(POST)
    config = (
        f"{CONFIG}POSTS += (('../secret/*.md', 'blog', 'post.tmpl'), ({str(tmp_path)!r} + '/secret/*.md', 'blog'))\n"
    )
    _, posts = imported(tmp_path, config, {"posts/ferry.md": POST})
    assert [path.name for path in posts.rglob("*.md")] == ["ferry.md"]


@pytest.mark.parametrize("name", ["a\\0b", "x" * 5000, "/", "..", "[", ".hidden", "\\ud800"])
def test_odd_names_in_the_configuration_stop_nothing(name: str, tmp_path: Path) -> None:
    keys = f"RSS_PATH = ATOM_PATH = OUTPUT_FOLDER = '{name}'\nFILES_FOLDERS = {{'{name}': '{name}'}}\n"
    rows = f"POSTS += (('{name}/*.md', '{name}'),)\nIMAGE_FOLDERS = 1\nGENERATE_ATOM = True\n"
    result, _ = imported(tmp_path, CONFIG + keys + rows, {"posts/ferry.md": POST})
    assert result.code == 0, result
