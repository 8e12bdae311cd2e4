"""Where commands find a publication, and where its output goes."""

from pathlib import Path

import pytest
from conftest import Site, dateline
from test_cost import a_hundred_posts, settled, watched


@pytest.fixture
def here(site: Site) -> Site:
    """A publication whose output is in its own folder, with one post."""
    site.settings('output = "public"\n')
    site.post()
    return site


def test_commands_take_the_publication_that_they_are_called_in(here: Site) -> None:
    for command in (["build"], ["check"], ["diff"], ["pin"], ["build", "--json"], ["new", "Second"]):
        result = dateline(*command, cwd=here.posts)
        assert (result.code, result.err) == (0, ""), command
    assert (here.posts / "public/rss.xml").is_file()
    assert (here.posts / "2025-06-01-second.md").is_file()
    assert not here.public.exists()
    assert "public/rss.xml" in dateline("build", cwd=here.posts).out
    # The folder of the call comes before posts/ in it.
    Site(here.posts).settings()
    assert "1 item " in dateline("build", "--dry-run", cwd=here.posts).out


def test_the_output_is_where_the_settings_say_wherever_one_calls_from(here: Site, tmp_path: Path) -> None:
    assert here.build().code == 0
    (tmp_path / "a/b").mkdir(parents=True)
    assert "posts/public/rss.xml" in dateline("build", "../../posts", cwd=tmp_path / "a/b").out
    assert here.build("--output", "elsewhere").code == 0
    assert (tmp_path / "elsewhere/rss.xml").is_file()
    here.settings('output = "../docs"\n')
    assert here.build().code == 0
    assert (tmp_path / "docs/rss.xml").is_file()
    here.settings()
    assert here.build().code == 0
    assert (here.public / "rss.xml").is_file()


def test_an_output_folder_is_never_searched_for_posts(here: Site) -> None:
    here.post("public/2025-04-15-copy.md", title="Copy")
    for _ in range(2):
        assert here.build().code == 0
        assert [item["title"] for item in Site(here.posts).json()["items"]] == ["First"]
    here.post("old/2025-04-15-copy.md", title="Copy")
    here.write("old/.dateline.json", "{}")
    assert "New:" not in here.build().out
    note = "posts/old: passed over: an output folder, since it has .dateline.json; "
    assert note in dateline("check", cwd=here.root).out


def test_a_build_with_nothing_to_do_finds_the_output_without_reading_the_settings(site: Site) -> None:
    a_hundred_posts(site)
    everything = (site.posts / "feed.toml").read_text()
    site.write("feed.toml", everything + 'output = "public"\n')
    settled(site)
    lines, opened, modules = watched(site, "build")
    assert "posts/public/rss.xml" in lines[0]
    assert not {"sqlite3", "tomllib"} & modules
    assert not any(path.endswith("feed.toml") for path in opened)
    site.write("feed.toml", everything + 'output = "other"\n')
    assert "posts/other/rss.xml" in watched(site, "build")[0][0]


def test_settings_never_make_a_build_write_through_a_link(here: Site, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    for name, setting in (("posts/public", "public"), ("posts/deep", "deep/public"), ("docs", "../docs")):
        (tmp_path / name).symlink_to(tmp_path / "home")
        here.settings(f'output = "{setting}"\n')
        for command in ("build", "check", "preview", "diff"):
            result = here.run(command)
            assert result.code == 1
            assert "a link, or below one, and only feed.toml names it; name another with --output" in result.err
        (tmp_path / name).unlink()
    (tmp_path / "posts/public").symlink_to(tmp_path / "posts")
    here.settings('output = "public"\n')
    assert here.build().code == 1
    assert list((tmp_path / "home").iterdir()) == []


def test_settings_do_not_choose_a_folder_of_files_next_to_the_posts(here: Site, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/CNAME").write_text("example.org")
    here.settings('output = "../docs"\n')
    result = here.build()
    assert (result.code, sorted(path.name for path in (tmp_path / "docs").iterdir())) == (1, ["CNAME"])
    assert result.err.endswith("if it is, build once with --output docs\n")
    assert here.build("--output", "docs").code == 0
    assert here.build().code == 0


def test_an_output_folder_among_the_posts_has_to_be_in_the_settings(site: Site) -> None:
    site.post()
    result = site.build("--output", "posts/public")
    remedy = 'name another with --output, or write output = "public" in feed.toml'
    assert (result.code, result.err) == (1, f"error: posts/public: inside the folder of posts; {remedy}\n")
