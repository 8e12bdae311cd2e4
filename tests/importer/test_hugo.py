"""Hugo sites: what is recognised, where their settings are, and what is left out."""

import json
import tomllib
from pathlib import Path

import pytest
from conftest import dateline

from importer.sites import site

CONFIG = 'baseURL = "https://harbour.example/"\ntitle = "The Harbour Paper"\n'
POST = "---\ntitle: {title}\ndate: 2025-04-14\n---\nThe ferry sails.\n"
HERE = Path(__file__).parent


def imported(tmp_path: Path, files: dict[str, str], *options: str) -> Path:
    """Import a site of these files, and return the folder of posts."""
    result = dateline("import", site(tmp_path / "site", files), tmp_path / "posts", *options)
    assert result.code == 0, result
    return tmp_path / "posts"


def ids(posts: Path) -> dict[str, str]:
    found = {}
    for path in sorted(posts.rglob("*.md")):
        lines = path.read_text().splitlines()
        found[path.name] = next((line[4:].strip('"') for line in lines if line.startswith("id: ")), "")
    return found


@pytest.mark.parametrize(
    "config", ["hugo.toml", "config.toml", "config/_default/hugo.toml", "config/_default/config.toml"]
)
def test_a_site_is_known_by_its_configuration(config: str, tmp_path: Path) -> None:
    posts = imported(tmp_path, {config: CONFIG, "content/posts/ferry.md": POST.format(title="Ferry")})
    assert ids(posts) == {"ferry.md": "https://harbour.example/posts/ferry/"}


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ("hugo.yaml", "baseURL: https://harbour.example/\nTitle: &name Paper\nparams: {author: *name}\n"),
        ("hugo.json", '{"baseURL": "https://harbour.example/", "title": "Paper"}'),
    ],
)
def test_a_configuration_may_be_yaml_or_json(config: str, text: str, tmp_path: Path) -> None:
    posts = imported(tmp_path, {config: text, "content/ferry.md": POST.format(title="Ferry")})
    assert 'title = "Paper"' in (posts / "feed.toml").read_text()


def test_a_zola_site_is_none(tmp_path: Path) -> None:
    files = {
        "config.toml": 'base_url = "https://harbour.example"\ntitle = "A"\n',
        "content/a.md": POST.format(title="A"),
    }
    result = dateline("import", site(tmp_path / "site", files), tmp_path / "posts")
    assert "Hugo" not in result.out


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/:year/:month/:day/:slug", "2025/04/14/the-title/"),
        ("/:sections[1:]/:filename/", "council/ferry/"),
        ("/:sections[last]/:slugorfilename/", "council/ferry/"),
        ("/:section/:yearday/:title.html", "posts/104/the-title.html/"),
        ("/:2006/:Jan/:weekdayname/:contentbasename", "2025/apr/monday/ferry/"),
    ],
)
def test_addresses_are_those_of_the_pattern_of_the_section(pattern: str, path: str, tmp_path: Path) -> None:
    files = {
        "hugo.toml": f'{CONFIG}[permalinks.page]\nposts = "{pattern}"\n',
        "content/posts/council/_index.md": "---\ntitle: Council\n---\n",
        "content/posts/council/ferry.md": POST.format(title="The title"),
    }
    assert ids(imported(tmp_path, files)) == {"ferry.md": f"https://harbour.example/{path}"}


@pytest.mark.parametrize(
    ("option", "path"),
    [
        ("", "posts/caf%C3%A9-no.-2-100/"),
        ("removePathAccents = true", "posts/cafe-no.-2-100/"),
        ("disablePathToLower = true", "posts/Caf%C3%A9-No.-2-100/"),
        ("uglyURLs = true", "posts/caf%C3%A9-no.-2-100.html"),
    ],
)
def test_names_of_files_become_addresses_as_in_hugo(option: str, path: str, tmp_path: Path) -> None:
    files = {"hugo.toml": f"{CONFIG}{option}\n", "content/posts/Café (No. 2), 100%.md": POST.format(title="A")}
    assert list(ids(imported(tmp_path, files)).values()) == [f"https://harbour.example/{path}"]


def test_an_address_that_front_matter_cannot_have_in_dateline_stays(tmp_path: Path) -> None:
    posts = imported(
        tmp_path,
        {
            "hugo.toml": CONFIG,
            "content/posts/a.md": POST.format(title="A\nslug: old/a"),
            "content/posts/b.md": POST.format(title="B\nurl: /:year/:slug/"),
        },
    )
    assert ids(posts) == {"a.md": "https://harbour.example/posts/old/a/", "b.md": "https://harbour.example/2025/b/"}
    result = dateline("build", posts, "--output", tmp_path / "public")
    assert result.code == 0, result
    assert (tmp_path / "public/posts/old/a/index.html").exists()
    assert (tmp_path / "public/2025/b/index.html").exists()


def test_of_two_posts_with_one_address_the_one_that_is_published_keeps_it(tmp_path: Path) -> None:
    files = {
        "hugo.toml": CONFIG,
        "content/posts/a.md": POST.format(title="A\ndraft: true\nurl: /ferry/"),
        "content/posts/b.md": POST.format(title="B\nurl: /ferry/"),
    }
    posts = imported(tmp_path, files)
    assert ids(posts) == {"a.md": "", "b.md": "https://harbour.example/ferry/"}
    assert "url:" not in (posts / "posts/a.md").read_text()


def test_ids_keep_the_old_host_when_the_site_moves(tmp_path: Path) -> None:
    files = {"hugo.toml": CONFIG, "content/posts/ferry.md": POST.format(title="Ferry")}
    posts = imported(tmp_path, files, "--url", "https://new.example/")
    assert ids(posts) == {"ferry.md": "https://harbour.example/posts/ferry/"}


def test_the_nearest_cascade_counts_most(tmp_path: Path) -> None:
    files = {
        "hugo.toml": f'{CONFIG}[cascade]\nauthor = "Site"\ntags = ["site"]\n',
        "content/posts/_index.md": "---\ncascade:\n- _target: {path: '{/posts/a*,/no/**}'}\n  author: Posts\n---\n",
        "content/posts/deep/_index.md": "---\ncascade:\n  params:\n    author: Deep\n---\n",
        "content/posts/aa.md": POST.format(title="A"),
        "content/posts/bb.md": POST.format(title="B"),
        "content/posts/deep/cc.md": POST.format(title="C"),
    }
    posts = imported(tmp_path, files)
    authors = {path.name: path.read_text().partition("author: ")[2].partition("\n")[0] for path in posts.rglob("*.md")}
    assert authors == {"aa.md": "Posts", "bb.md": "Site", "cc.md": "Deep"}


def test_authors_are_named_by_key(tmp_path: Path) -> None:
    files = {
        "hugo.toml": CONFIG,
        "data/authors.yml": "Ana: {name: Ana Díaz, email: no, website: https://ana.example}\nbo: Bo Berg\nx: [1]\n",
        "data/authors/cy.toml": 'display_name = "Cy Coe"\n',
        "data/author.yml": "name: The Editor\nemail: editor@harbour.example\n",
        "content/authors/_index.md": "---\ntitle: Authors\n---\n",
        "content/authors/dee/_index.md": "---\ntitle: Dee Dow\n---\n",
        "content/authors/dee/_index.es.md": "---\ntitle: La Dee\n---\n",
        "content/posts/a.md": POST.format(title="A"),
    }
    authors = tomllib.loads((imported(tmp_path, files) / "feed.toml").read_text())["authors"]
    assert authors == {
        "Ana": {"name": "Ana Díaz", "url": "https://ana.example"},
        "bo": {"name": "Bo Berg"},
        "cy": {"name": "Cy Coe"},
        "dee": {"name": "Dee Dow"},
    }


def test_the_feed_in_the_folder_of_the_output_is_found(tmp_path: Path) -> None:
    result = dateline("import", HERE / "hugo-languages/site", tmp_path / "posts", "--json")
    assert json.loads(result.out)["feeds"] == [str(HERE / "hugo-languages/site/public/index.xml")]


@pytest.mark.slow
def test_subscribers_of_another_language_see_nothing_of_the_move(tmp_path: Path) -> None:
    site, posts, output = HERE / "hugo-languages/site", tmp_path / "posts", tmp_path / "public"
    dateline("import", site, posts)
    assert dateline("build", posts, "--output", output).code == 0
    result = dateline("diff", posts, "--output", output, "--against", site / "public/es/index.xml", "--json")
    changes = json.loads(result.out)
    assert (changes["surprises"], changes["new"], changes["dead_address"]) == (0, [], [])


def test_of_a_site_with_one_section_the_feed_of_that_stays(tmp_path: Path) -> None:
    files = {
        "hugo.toml": CONFIG,
        "content/about.md": "---\ntitle: A\n---\n",
        "content/posts/a.md": POST.format(title="A"),
    }
    assert 'also = { rss = ["posts/index.xml"] }' in (imported(tmp_path, files) / "feed.toml").read_text()


@pytest.mark.parametrize(
    ("files", "content"),
    [
        ({}, "summary"),
        ({"layouts/_default/rss.xml": "{{ .Content }}"}, "full"),
        ({"themes/quay/layouts/index.rss.xml": "{{ .Content }}"}, "full"),
        ({"layouts/rss.xml": "{{ if site.Params.ShowFullTextinRSS }}{{ .Content }}{{ end }}"}, "summary"),
        ({"config/_default/params.toml": "ShowFullTextinRSS = true"}, "full"),
    ],
)
def test_the_feed_holds_what_the_old_one_held(files: dict[str, str], content: str, tmp_path: Path) -> None:
    files = {"hugo.toml": f'{CONFIG}theme = "quay"\n', "content/posts/a.md": POST.format(title="A"), **files}
    assert f'content = "{content}"' in (imported(tmp_path, files) / "feed.toml").read_text()


def test_nothing_outside_the_source_is_read(tmp_path: Path) -> None:
    secret = site(tmp_path / "outside", {"posts/secret.md": POST.format(title="Secret"), "key.png": "not yours"})
    config = f'{CONFIG}staticDir = ["../outside"]\npublishDir = "../outside"\n'
    mounts = "".join(
        f'[[module.mounts]]\nsource = "{name}"\ntarget = "content"\n' for name in ("../outside", "content")
    )
    files = {"hugo.toml": config + mounts, "content/posts/a.md": POST.format(title="A") + "![A key](/key.png)\n"}
    (tmp_path / "site/content").mkdir(parents=True)
    (tmp_path / "site/content/linked").symlink_to(secret)
    posts = imported(tmp_path, files)
    assert sorted(path.name for path in posts.rglob("*.*") if path.is_file()) == [
        ".dateline-import.json",
        "a.md",
        "feed.toml",
    ]


@pytest.mark.parametrize(
    "config",
    [
        f"{CONFIG}rssLimit = '{'9' * 5000}'\n",
        f'{CONFIG}[permalinks]\nposts = "/:sections[{"9" * 5000}]/:slug/{":slug" * 5000}"\n',
        f'{CONFIG}[cascade]\nauthor = "A"\n_target = {{path = "/{"**/" * 3000}x"}}\n',
        f'{CONFIG}[languages.en]\nweight = "{"1" * 5000}"\n[languages.es]\nweight = "x"\n',
        f"{CONFIG}{'a.' * 40}b = 1\n",
        f'{CONFIG}theme = "{"x" * 5000}"\npublishDir = "{"x" * 5000}"\nstaticDir = "{"x" * 5000}"\n',
    ],
)
def test_hostile_configurations_stop_nothing(config: str, tmp_path: Path) -> None:
    imported(tmp_path, {"hugo.toml": config, "content/posts/a.md": POST.format(title="A")})


def test_a_configuration_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    result = dateline("import", site(tmp_path / "site", {"hugo.toml": "title = \n"}), tmp_path / "posts")
    assert result.code == 1
    assert "hugo.toml:1: TOML: Invalid value" in result.err
