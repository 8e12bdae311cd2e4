"""Pelican's configuration is read without running it, and its articles get the addresses and ids of its feeds."""

from pathlib import Path

import pytest
from conftest import Result, dateline

from importer.sites import site

CONFIG = """\
SITENAME = "The tide log"
SITEURL = "https://tides.example.org"
AUTHOR = "Rosa Mar"
"""
ARTICLE = "Title: The first ferry\nDate: 2024-01-10\n\nIt crossed.\n"


def imported(folder: Path, config: str, files: dict[str, str], *options: str) -> tuple[Result, Path]:
    """Import a site with these settings, and these files in its content, to the folder that is returned."""
    source = site(
        folder / "site", {"pelicanconf.py": config, **{f"content/{path}": text for path, text in files.items()}}
    )
    return dateline("import", source, folder / "posts", "--from", "pelican", *options), folder / "posts"


def test_no_statement_of_a_configuration_is_executed(tmp_path: Path) -> None:
    made = tmp_path / "made"
    config = f"""{CONFIG}
open({str(made)!r}, "w").close()
import os
os.mkdir({str(made)!r})
SITESUBTITLE = open({str(made)!r}, "w").name
TIMEZONE = [os.mkdir({str(made)!r})][0]
AUTHOR = (lambda: os.mkdir({str(made)!r}))()
class Made:
    os.mkdir({str(made)!r})
@os.mkdir
def made():
    pass
if True:
    DEFAULT_LANG = "fr"
"""
    result, posts = imported(tmp_path, config, {"ferry.md": ARTICLE})
    assert result.code == 0
    assert not made.exists()
    for name, remedy in {
        "SITESUBTITLE": "set description in feed.toml",
        "TIMEZONE": "set timezone in feed.toml",
        "AUTHOR": "set author in feed.toml",
        "DEFAULT_LANG": "set language in feed.toml",
    }.items():
        assert f"{name} is not a literal, so it is not known; {remedy}" in result.out
    assert 'language = "en"' in (posts / "feed.toml").read_text()


@pytest.mark.parametrize(
    ("literal", "title"),
    [
        ("'Tide' ' log'", "Tide log"),
        ("'Tide ' + 'log'", "Tide log"),
        ("('Tide ' +\n  NAME)", "Tide log"),
        ("u'Tide log'", "Tide log"),
    ],
)
def test_sums_and_names_of_literals_are_read(literal: str, title: str, tmp_path: Path) -> None:
    config = f'NAME = "log"\n{CONFIG}SITENAME = {literal}\n'
    _, posts = imported(tmp_path, config, {"ferry.md": ARTICLE})
    assert f'title = "{title}"' in (posts / "feed.toml").read_text()


@pytest.mark.parametrize(
    "value",
    [
        "f'{AUTHOR}'",
        "'%s' % AUTHOR",
        "'log' * 10**9",
        "''.join(['a'])",
        "UNKNOWN",
        "'a' if AUTHOR else 'b'",
        "b'log'",
        "[*AUTHOR]",
        "'a' + 1",
    ],
)
def test_other_expressions_are_not_known(value: str, tmp_path: Path) -> None:
    result, _ = imported(tmp_path, f"{CONFIG}SITENAME = {value}\n", {"ferry.md": ARTICLE}, "--title", "Given")
    assert result.code == 0
    assert "SITENAME is not a literal" in result.out


def test_text_does_not_double_without_end(tmp_path: Path) -> None:
    config = CONFIG + 'SITESUBTITLE = "tide "\n' + "SITESUBTITLE += SITESUBTITLE\n" * 64
    result, _ = imported(tmp_path, config, {"ferry.md": ARTICLE})
    assert result.code == 0
    assert "SITESUBTITLE is not a literal" in result.out


@pytest.mark.parametrize(
    "config", ["SITENAME = 'a\n", "print 'a'\n", "A = " + "[" * 500, "A = " + "-" * 20_000 + "1\n", "\0"]
)
def test_what_is_not_python_is_an_error(config: str, tmp_path: Path) -> None:
    result, posts = imported(tmp_path, config, {"ferry.md": ARTICLE})
    assert result.code == 1
    assert "pelicanconf.py" in result.err
    assert "Traceback" not in result.err
    assert not posts.exists()


@pytest.mark.parametrize("value", [r"'\ud800'", "0x" + "f" * 10_000, "'a\\x00b'", "[['a'] + ['b']]"])
def test_a_value_that_no_file_can_hold_is_not_used(value: str, tmp_path: Path) -> None:
    names = ("SITESUBTITLE", "FEED_MAX_ITEMS", "PATH", "DEFAULT_DATE", "ARTICLE_URL", "DEFAULT_METADATA")
    config = CONFIG + "".join(f"{name} = {value}\n" for name in names)
    result, posts = imported(tmp_path, config, {"ferry.md": ARTICLE})
    assert result.code == 0, result
    assert (posts / "ferry.md").exists()


def test_lists_of_lists_do_not_double_without_end(tmp_path: Path) -> None:
    config = CONFIG + "DEFAULT_DATE = ['a']\n" + "DEFAULT_DATE = [DEFAULT_DATE + DEFAULT_DATE] * 1\n"
    config += "A = ['a']\n" + "A = [A + A]\n" * 64 + "DEFAULT_DATE = [A + A, A + A, A + A]\n"
    result, _ = imported(tmp_path, config, {"ferry.md": ARTICLE})
    assert "DEFAULT_DATE is not a literal" in result.out


def test_publishconf_counts_for_more(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    text = 'from pelicanconf import *\nSITEURL = "https://" + HOST\nAUTHOR += " and others"\n'
    (tmp_path / "site/publishconf.py").write_text(text)
    _, posts = imported(tmp_path, f'{CONFIG}HOST = "log.example.org"\nSITEURL = ""\n', {"ferry.md": ARTICLE})
    settings = (posts / "feed.toml").read_text()
    assert 'url = "https://log.example.org/"' in settings
    assert 'author = "Rosa Mar and others"' in settings


@pytest.mark.parametrize(
    ("config", "name", "head", "path"),
    [
        ("", "a.md", "Title: It's <b>new</b>: 10 € & more\n", "its-new-10-eur-more.html"),
        ("", "a.md", "Title: Ёлка и Щука — Объявление\n", "iolka-i-shchuka-obiavlenie.html"),
        ("", "a.md", "Title: Το Λιμάνι ☀\n", "to-limani.html"),
        ("SLUGIFY_SOURCE = 'basename'", "My_Café.md", "Title: A\n", "my_cafe.html"),
        ("SLUGIFY_USE_UNICODE = True", "a.md", "Title: Über Größe\n", "über-größe.html"),
        ("SLUGIFY_PRESERVE_CASE = True", "a.md", "Title: New Boat\n", "New-Boat.html"),
        ("ARTICLE_URL = 'posts/{date:%Y}/{date:%b}/{date:%-d}/{slug}/'", "a.md", "Title: A\n", "posts/2024/Mar/7/a/"),
        ("ARTICLE_URL = '{category}/{author}/{slug}'", "In Town/a.md", "Title: A\n", "in-town/rosa-mar/a"),
        ("ARTICLE_URL = '{section}/{slug}.html'", "a.md", "Title: A\nSection: news\n", "news/a.html"),
        ("ARTICLE_LANG_URL = '{lang}/{slug}/'", "a.md", "Title: A\nLang: PT\n", "PT/a/"),
        ("FILENAME_METADATA = '(?P<slug>[^.]*).*'", "boat.new.md", "Title: A\n", "boat.html"),
        ("PATH_METADATA = '(?P<slug>[^/]+)/index'", "boat/index.md", "Title: A\n", "boat.html"),
        ("EXTRA_PATH_METADATA = {'boats': {'slug': 'all'}}", "boats/a.md", "Title: A\n", "all.html"),
        ("SLUG_REGEX_SUBSTITUTIONS = [('[^a-z]+', '_')]", "a.md", "Title: A new boat\n", "a_new_boat.html"),
        ("", "a.md", "Title: A\nUrl: old/boat/\n", "old/boat/"),
    ],
)
def test_ids_are_those_of_its_feed(config: str, name: str, head: str, path: str, tmp_path: Path) -> None:
    """The paths were compared with those that Pelican 4.12 makes."""
    text = f"{head}Date: 2024-03-07 08:00\n\nText.\n"
    result, posts = imported(tmp_path, f"{CONFIG}{config}\n", {name: text})
    assert result.code == 0, result
    [post] = posts.rglob("*.md")
    assert f"id: tag:tides.example.org,2024-03-07:/{path}\n" in post.read_text()


def test_the_address_of_a_title_in_another_script_is_not_guessed(tmp_path: Path) -> None:
    result, posts = imported(tmp_path, CONFIG, {"a.md": ARTICLE.replace("The first ferry", "最初の船")})
    assert "its address is not known" in result.out
    assert "id:" not in (posts / "a.md").read_text()


def test_a_date_in_numbers_begins_with_the_month_as_in_pelican(tmp_path: Path) -> None:
    heads = {"a.md": "04/05/2024", "b.md": "25/12/2023 10:00", "c.md": "2024-01-02_09:30"}
    files = {name: f"Title: {name}\nDate: {date}\n\nText.\n" for name, date in heads.items()}
    _, posts = imported(tmp_path, CONFIG, files)
    dates = [(posts / name).read_text().split("\n")[1] for name in files]
    assert dates == ["Date: 2024-04-05", "Date: 25/12/2023 10:00", "Date: 2024-01-02 09:30"]


def test_the_date_of_a_file_is_not_taken(tmp_path: Path) -> None:
    files = {"ferry.md": "Title: The ferry\n\nText.\n"}
    result, _ = imported(tmp_path, f"{CONFIG}DEFAULT_DATE = 'fs'\n", files)
    assert "its date is that of the file in Pelican, which no copy keeps" in result.out


@pytest.mark.parametrize("url", ["//[", "http://[::1", "{slug", "//other.example/x"])
def test_an_odd_address_does_not_stop_an_import(url: str, tmp_path: Path) -> None:
    result, _ = imported(tmp_path, CONFIG, {"ferry.md": ARTICLE.replace("\n\n", f"\nUrl: {url}\n\n")})
    assert result.code == 0, result


def test_what_pelican_does_not_publish_is_no_post(tmp_path: Path) -> None:
    files = {
        "ferry.md": ARTICLE,
        "README.md": "How to write.\n",
        "undated.md": "Title: No date\n\nText.\n",
        "skipped.md": ARTICLE.replace("\n\n", "\nStatus: skip\n\n"),
        "table.html": "<p>A table.</p>",
        "notes.rst": "Notes\n=====\n",
        "pages/about.md": "Title: About\n\nA page.\n",
    }
    result, posts = imported(tmp_path, CONFIG, files)
    assert sorted(path.name for path in posts.rglob("*.md")) == ["about.md", "ferry.md"]
    assert (posts / "_pages/pages/about.md").exists()
    assert "undated.md: left out, as Pelican does: it has no date" in result.out
    assert "skipped.md: left out: its status is skip" in result.out
    assert "notes.rst: left out: it is reStructuredText" in result.out


def test_hidden_articles_become_drafts(tmp_path: Path) -> None:
    result, posts = imported(tmp_path, CONFIG, {"ferry.md": ARTICLE.replace("\n\n", "\nStatus: hidden\n\n")})
    assert "its status is hidden, so it is imported as a draft" in result.out
    assert (posts / "ferry.md").read_text() == "Title: The first ferry\nDate: 2024-01-10\ndraft: true\n\nIt crossed.\n"


def test_translations_are_paired_if_the_feed_is_in_one_language(tmp_path: Path) -> None:
    files = {
        "ferry.md": ARTICLE,
        "bac.md": "Title: Le bac\nDate: 2024-01-10\nLang: fr\nSlug: the-first-ferry\n\nOui.\n",
    }
    _, posts = imported(tmp_path, f"{CONFIG}FEED_ATOM = 'feed.xml'\nFEED_ALL_ATOM = None\n", files)
    assert 'languages = ["en", "fr"]' in (posts / "feed.toml").read_text()
    assert all("translationkey: the-first-ferry\n" in path.read_text() for path in posts.rglob("*.md"))
    assert dateline("build", posts, "--output", tmp_path / "public").code == 0
    assert "/fr/" in (tmp_path / "public/the-first-ferry.html").read_text()


def test_patterns_that_could_take_for_ever_are_not_used(tmp_path: Path) -> None:
    patterns = [r"(a+)+$", "(a|a)" * 40 + "b", "a?" * 40 + "b", r"(?P<slug>.*)\1"]
    for number, pattern in enumerate(patterns):
        config = f"{CONFIG}FILENAME_METADATA = {pattern!r}\n"
        result, _ = imported(tmp_path / str(number), config, {f"{'a' * 60}.md": ARTICLE})
        assert result.code == 0
        assert "FILENAME_METADATA is too complex to be used" in result.out


def test_folders_outside_the_site_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/a.md").write_text(ARTICLE)
    for path in ("../secret", str(tmp_path / "secret")):
        config = f"{CONFIG}PATH = {path!r}\nARTICLE_PATHS = ['../../secret', '']\nOUTPUT_PATH = {path!r}\n"
        result, posts = imported(tmp_path, config, {"ferry.md": ARTICLE})
        assert result.code == 0
        assert [path.name for path in posts.rglob("*.md")] == ["ferry.md"]


@pytest.mark.parametrize("name", ["a\\0b", "x" * 5000, "/", "..", "[", ".hidden", "\\ud800"])
def test_odd_names_in_the_configuration_stop_nothing(name: str, tmp_path: Path) -> None:
    config = (
        f"{CONFIG}PATH = OUTPUT_PATH = FEED_ALL_ATOM = '{name}'\nEXTRA_PATH_METADATA = {{'{name}': {{'path': '/'}}}}\n"
    )
    result, _ = imported(tmp_path, config, {"ferry.md": ARTICLE})
    assert result.code == 0, result


def test_content_may_be_in_a_hidden_folder(tmp_path: Path) -> None:
    (tmp_path / "site/.texts").mkdir(parents=True)
    (tmp_path / "site/.texts/ferry.md").write_text(ARTICLE)
    result, posts = imported(tmp_path, f"{CONFIG}PATH = '.texts'\n", {})
    assert result.code == 0, result
    assert [path.name for path in posts.rglob("*.md")] == ["ferry.md"]


def test_static_files_that_are_no_media_are_published_too(tmp_path: Path) -> None:
    files = {"ferry.md": f"{ARTICLE}\n[Code]({{static}}/code/tide.py)\n", "code/tide.py": "print('high')\n"}
    _, posts = imported(tmp_path, CONFIG, files)
    assert "[Code](/code/tide.py)" in (posts / "ferry.md").read_text()
    assert dateline("build", posts, "--output", tmp_path / "public").code == 0
    assert (tmp_path / "public/code/tide.py").exists()
