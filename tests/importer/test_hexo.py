"""Hexo's rules for addresses and names of files. The expected values are those of Hexo 8 and hexo-generator-feed 4."""

from pathlib import Path

import pytest

from dateline.sites.registry import detect
from importer.sites import feed, site

CONFIG = "title: Pier\nurl: https://pier.example\ntimezone: Europe/Berlin\nfeed: {limit: 5}\nsource_dir: source\n"
CONFIG += "category_map: {Ferry boats: ferries}\nfilename_case: 1\n"
POST = """\
---
title: "L'Été & the sea"
date: 2021-01-03 07:08:09
categories: [Ferry boats, Öl & Ærø]
abbrlink: 4a17b156
---
Text
"""
TITLE = "L'Été & the sea"


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ("", "/2021/01/03/a/%C3%89t%C3%A9_%C3%A0%20la.mer/"),
        ("permalink: ':title.html'\npretty_urls: {trailing_html: false}", "/a/%C3%89t%C3%A9_%C3%A0%20la.mer"),
        ("permalink: ':name/index.html'\npretty_urls: {trailing_index: false}", "/%C3%89t%C3%A9_%C3%A0%20la.mer/"),
        ("permalink: posts/:abbrlink/", "/posts/4a17b156/"),
        ("permalink: :category/:post_title/", "/ferries/ol-aero/l-ete-the-sea/"),
        ("permalink: ':timestamp/:hash/'", "/1609654089/d330430f4c11/"),
        ("permalink: ':lang/:abbrlink'\npermalink_defaults: {lang: fr}\npost_asset_folder: true", "/fr/4a17b156/"),
    ],
)  # fmt: skip
def test_addresses_and_ids_stay(options: str, path: str, tmp_path: Path) -> None:
    folder = site(tmp_path / "site", {"_config.yml": CONFIG + options, "source/_posts/a/Été_à la.mer.md": POST})
    item = feed(folder, "hexo")[TITLE]
    assert item["id"] == f"https://pier.example{path}"
    assert str(item["url"]).rstrip("/") == f"https://pier.example{path}".rstrip("/")


def test_names_of_files_have_dates_if_the_configuration_says_so(tmp_path: Path) -> None:
    config = CONFIG + "new_post_name: ':year/:i_month-:i_day-:title.md'\n"
    files = {"source/_posts/2021/1-3-ice.md": "---\ntitle: Ice\n---\nText\n"}
    item = feed(site(tmp_path / "site", {"_config.yml": config, **files}), "hexo")["Ice"]
    assert item["date_published"] == "2021-01-03T00:00:00+01:00"
    assert item["url"] == "https://pier.example/2021/01/03/ice/"


def test_what_a_post_hides_stays_hidden(tmp_path: Path) -> None:
    files = {
        "_config.yml": CONFIG,
        "source/_posts/a.md": POST,
        "source/_posts/b.md": POST.replace("L'Été", "Secret").replace("abbrlink", "password"),
        "source/_posts/c.md": POST.replace("L'Été", "Off").replace("abbrlink: 4a17b156", "published: false"),
        "source/_drafts/d.md": "---\ntitle: Draft\n---\nText\n",
    }
    assert list(feed(site(tmp_path / "site", files), "hexo")) == [TITLE]


def test_names_of_folders_may_be_too_long(tmp_path: Path) -> None:
    config = f"title: Pier\nurl: https://pier.example\nsource_dir: {'x' * 5000}\npublic_dir: {'x' * 5000}\n"
    folder = site(tmp_path / "site", {"_config.yml": config, "_posts/2025-04-14-a.md": POST})
    assert detect(folder) == "jekyll"
    config = CONFIG + f"public_dir: {'x' * 5000}\n"
    folder = site(tmp_path / "other", {"_config.yml": config, "source/_posts/a.md": POST})
    assert list(feed(folder, "hexo")) == [TITLE]


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"_config.yml": "source_dir: src\n", "src/_posts/a.md": POST}, "hexo"),
        ({"_config.yml": "", "package.json": '{"hexo": {}}', "source/_posts/a.md": POST}, "hexo"),
        ({"_config.yml": "source: source\n", "source/_posts/a.md": POST}, "jekyll"),  # Octopress
        ({"_config.yml": "title: Pier\n", "_posts/a.md": POST}, "jekyll"),
    ],
)
def test_hexo_and_jekyll_are_told_apart(files: dict[str, str], kind: str, tmp_path: Path) -> None:
    assert detect(site(tmp_path, files)) == kind
