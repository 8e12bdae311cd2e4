"""Zola's pages get the addresses that it makes, and its drafts stay drafts."""

from pathlib import Path

import pytest
from conftest import Result, dateline

from importer.sites import site

CONFIG = """\
base_url = "https://harbour.example.org/notes/"
title = "Harbour notes"
author = "Rosa Mar"
"""
PAGE = '+++\ntitle = "The ferry"\ndate = 2024-01-10\n+++\n\nIt crossed.\n'
UNDATED = '+++\ntitle = "The ferry"\n+++\n\nIt crossed.\n'


def imported(folder: Path, config: str, files: dict[str, str], *options: str) -> tuple[Result, Path]:
    """Import a site with this configuration, and these files, to the folder that is returned."""
    source = site(folder / "site", {"config.toml": config, **files})
    return dateline("import", source, folder / "posts", "--from", "zola", *options), folder / "posts"


@pytest.mark.parametrize(
    ("config", "name", "text", "path"),
    [
        ("", "blog/It's new.md", PAGE, "blog/it-s-new"),
        ("", "Blog Posts/Über_Größe.md", PAGE, "Blog Posts/uber-grosse"),
        ("", "Ёлка & Λιμάνι.md", PAGE, "iolka-limani"),
        ("", "ferry.md", PAGE, "ferry"),
        ("", "ferry.md", f"\n \n{PAGE}", "ferry"),
        ("", "blog/2024-01-10-ferry.md", UNDATED, "blog/ferry"),
        ("", "blog/2024-01-10_ferry/index.md", UNDATED, "blog/ferry"),
        ("", "blog/2024-01-10T09:30:00Z-ferry.md", UNDATED, "blog/ferry"),
        ("", "blog/2024-01-10.md", PAGE, "blog/2024-01-10"),
        ("[slugify]\npaths_keep_dates = true", "blog/2024-01-10-ferry.md", UNDATED, "blog/2024-01-10-ferry"),
        ('[slugify]\npaths = "safe"', "blog/My Ferry?.md", PAGE, "blog/My Ferry"),
        ("[languages.es]", "blog/ferry.es.md", PAGE, "es/blog/ferry"),
        ("[languages.es]", "blog/ferry/index.es.md", PAGE, "es/blog/ferry"),
        ("", "blog/ferry.md", PAGE.replace("\n+++\n\n", '\nslug = "Old Boat"\n+++\n\n'), "blog/old-boat"),
        ("", "blog/ferry.md", PAGE.replace("\n+++\n\n", '\npath = "/2024/boat"\n+++\n\n'), "2024/boat"),
    ],
)
def test_ids_are_those_of_its_feed(config: str, name: str, text: str, path: str, tmp_path: Path) -> None:
    """The paths were compared with those that Zola 0.19 makes."""
    result, posts = imported(tmp_path, f"{CONFIG}{config}\n", {f"content/{name}": text})
    assert result.code == 0, result
    [post] = posts.rglob("*.md")
    assert f'id = "https://harbour.example.org/notes/{path}/"\n' in post.read_text()


def test_a_moment_in_a_name_is_the_date(tmp_path: Path) -> None:
    _, posts = imported(tmp_path, CONFIG, {"content/2024-01-10T09:30:00+01:00-ferry.md": UNDATED})
    [post] = posts.rglob("*.md")
    assert "2024-01-10T09:30:00+01:00" in post.read_text()


def test_a_name_in_another_script_is_not_guessed(tmp_path: Path) -> None:
    result, posts = imported(tmp_path, CONFIG, {"content/船.md": PAGE})
    assert "Zola transliterates its name for the address" in result.out
    assert "id =" not in (posts / "船.md").read_text()


def test_pages_of_a_draft_section_are_drafts(tmp_path: Path) -> None:
    files = {"content/plans/_index.md": "+++\ndraft = true\n+++\n", "content/plans/old/bridge.md": PAGE}
    _, posts = imported(tmp_path, CONFIG, files)
    assert "\ndraft = " in (posts / "plans/old/bridge.md").read_text()


def test_ignored_files_and_undated_pages_are_no_posts(tmp_path: Path) -> None:
    files = {"content/blog/README.md": "Text.", "content/about.md": UNDATED, "content/ferry.md": PAGE}
    result, posts = imported(tmp_path, f'{CONFIG}ignored_content = ["*/README.md"]\n', files)
    assert sorted(path.name for path in posts.rglob("*.md")) == ["about.md", "ferry.md"]
    assert (posts / "_pages/about.md").exists()
    assert "1 post, and 1 page" in result.out


@pytest.mark.parametrize(
    ("config", "files", "expected"),
    [
        ("generate_feeds = true", {}, 'atom = "atom.xml"'),
        ('generate_feed = true\nfeed_filename = "rss.xml"', {}, 'rss = "rss.xml"'),
        (
            'generate_feeds = true\nfeed_filenames = ["index.xml"]',
            {"templates/index.xml": '<rss version="2.0">'},
            'rss = "index.xml"',
        ),
        ("", {"content/blog/_index.md": "+++\ngenerate_feeds = true\n+++\n"}, 'atom = "blog/atom.xml"'),
        ("", {}, ""),
        ('generate_feeds = true\nfeed_filenames = ["../atom.xml"]', {}, ""),
    ],
)
def test_the_feed_stays_where_it_is(config: str, files: dict[str, str], expected: str, tmp_path: Path) -> None:
    _, posts = imported(tmp_path, f"{CONFIG}{config}\n", {"content/blog/ferry.md": PAGE, **files})
    settings = (posts / "feed.toml").read_text()
    assert settings.partition("[feed_files]\n")[2].strip() == expected
    file = expected.partition('atom = "')[2].rstrip('"')
    assert f'id = "https://harbour.example.org/notes/{file}"' in settings


def test_a_feed_of_the_output_folder_is_read(tmp_path: Path) -> None:
    feed = (Path(__file__).parent / "zola/feed.atom").read_text()
    config = f"{CONFIG}generate_feeds = true\n"
    result, _ = imported(tmp_path, config, {"content/council/vote.md": PAGE, "public/atom.xml": feed})
    assert "public/atom.xml" in result.out


@pytest.mark.parametrize("config", ["title = [", 'base_url = "x"\ntitle = 1', f"base_url = {'[' * 200}"])
def test_a_configuration_that_cannot_be_used_is_an_error(config: str, tmp_path: Path) -> None:
    result, posts = imported(tmp_path, config, {"content/ferry.md": PAGE})
    assert result.code == 1
    assert result.err.startswith("error: ")
    assert not posts.exists()


def test_links_lead_to_sections(tmp_path: Path) -> None:
    files = {
        "content/blog/_index.md": "+++\n+++\n",
        "content/ferry.md": f"{PAGE}\n[All](@/blog/_index.md), [home](@/_index.md)\n",
        "content/_index.md": "+++\n+++\n",
    }
    _, posts = imported(tmp_path, CONFIG, files)
    home = "https://harbour.example.org/notes/"
    assert f"[All]({home}blog/), [home]({home})" in (posts / "ferry.md").read_text()


@pytest.mark.parametrize("name", ["a\\u0000b", "x" * 5000, "/", "..", "[", ".hidden"])
def test_odd_names_in_the_configuration_stop_nothing(name: str, tmp_path: Path) -> None:
    keys = f'theme = "{name}"\noutput_dir = "{name}"\nfeed_filenames = ["{name}"]\nignored_content = ["{name}"]\n'
    result, _ = imported(tmp_path, f"{CONFIG}generate_feeds = true\n{keys}", {"content/ferry.md": PAGE})
    assert result.code == 0, result
