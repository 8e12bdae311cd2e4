"""Tags and authors: which spellings are one, and that no two ever have one feed."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import EVERYTHING, NOW, PAGES, Site, cold, few_and_many
from hypothesis import given
from hypothesis import strategies as st

from dateline.content.ids import label_key
from dateline.options import BuildOptions, Stage
from dateline.paths import cache_paths
from dateline.pipeline import build

C_PLUS_PLUS = "tags: 'C++' would share one feed, tags/c/, with 'C' in "


@pytest.fixture
def site(site: Site) -> Site:
    """A publication with all feeds, and one post with two tags."""
    site.write("feed.toml", EVERYTHING)
    site.post("2025-05-01-a.md", tags="[C, Azure SQL]")
    return site


def feeds(site: Site) -> dict[str, tuple[str, list[str]]]:
    """The title of each tag's and author's feed, and the ids of its posts, by its folder."""
    found = {}
    for file in site.public.glob("*/*/feed.json"):
        feed = json.loads(file.read_text("utf-8"))
        ids = [item["id"].rpartition("/")[2] for item in feed["items"]]
        found[file.parent.relative_to(site.public).as_posix()] = (feed["title"].partition(" · ")[2], ids)
    return found


def test_spellings_that_differ_in_case_spaces_and_hyphens_are_one_tag(site: Site) -> None:
    site.post("2025-05-02-b.md", tags="[azure-sql, AZURE  SQL, Azure - Sql]", author="ana-díaz")
    assert site.build().code == 0
    both = ["2025-05-02-b", "2025-05-01-a"]
    assert feeds(site) == {
        "tags/c": ("C", both[1:]),
        "tags/azure-sql": ("Azure SQL", both),
        "authors/ana-díaz": ("Ana Díaz", both),
    }
    assert [item["tags"] for item in site.json()["items"]] == [["Azure SQL"], ["C", "Azure SQL"]]
    assert [item["authors"] for item in site.json()["items"]] == [[{"name": "Ana Díaz"}]] * 2


def test_check_names_tags_that_differ_only_in_a_space_or_hyphen(site: Site) -> None:
    site.post("2025-05-02-b.md", tags="[azure-sql, AzureSQL]")
    out = site.run("check").out
    assert out.count("choose one spelling") == 1
    assert (
        "posts/2025-05-02-b.md: tags: 'AzureSQL' is not the same tag as 'Azure SQL' in posts/2025-05-01-a.md; "
        "choose one spelling\n"
    ) in out


def test_a_tag_is_shown_as_the_earliest_published_post_spells_it(site: Site) -> None:
    site.write("feed.toml", PAGES)
    site.post("2025-05-02-b.md", tags="[azure-sql]")
    site.post("2099-05-02-held.md", tags="[AZURE SQL]", date="2024-01-01", publishDate="2099-01-01")
    site.post("2024-05-02-draft.md", tags="[AZURE-SQL]", draft="true")
    assert site.build().code == 0
    page = (site.public / "2025/05/b/index.html").read_text("utf-8")
    assert 'href="/tags/azure-sql/">Azure SQL</a>' in page
    assert '"keywords": ["Azure SQL"]' in page
    assert ">Azure SQL</h1>" in (site.public / "tags/azure-sql/index.html").read_text("utf-8")
    site.post("2025-04-30-older.md", tags="[AZURE-Sql]")
    assert site.build("--accept").code == 0
    assert 'href="/tags/azure-sql/">AZURE-Sql</a>' in (site.public / "2025/05/b/index.html").read_text("utf-8")
    assert site.tree() == cold(site)


def test_an_authors_feed_is_by_the_author_as_shown_whose_address_is_in_the_newest_post(site: Site) -> None:
    site.post("2025-05-02-b.md", author="[Mike, {name: ANA-DÍAZ, url: 'https://example.org/ana'}]")
    assert site.build().code == 0
    feed = json.loads((site.public / "authors/ana-díaz/feed.json").read_text("utf-8"))
    assert feed["authors"] == [{"name": "Ana Díaz", "url": "https://example.org/ana"}]


def test_names_that_would_share_a_feed_are_errors_in_all_posts_but_those_of_the_earliest(site: Site) -> None:
    site.post("2025-05-02-b.md", tags="[C++]")
    site.post("2025-05-03-c.md", category="C++", author="Ana.Díaz")
    site.post("2025-05-04-d.md", tags="[c]")
    lines = site.build().err.splitlines()
    end = "; rename it, or run dateline check --fix tags, which gives it its own slug in feed.toml"
    author = "author: 'Ana.Díaz' would share one feed, authors/ana-díaz/, with 'Ana Díaz' in posts/2025-05-01-a.md"
    assert lines == [
        f"error: posts/2025-05-02-b.md:3: {C_PLUS_PLUS}posts/2025-05-01-a.md{end}",
        f"error: posts/2025-05-03-c.md:3: {C_PLUS_PLUS.replace('tags:', 'category:')}posts/2025-05-01-a.md{end}",
        f"error: posts/2025-05-03-c.md:4: {author}{end}",
    ]


def test_a_build_that_skips_invalid_posts_leaves_out_those_that_would_take_a_slug(site: Site) -> None:
    site.post("2025-05-02-b.md", tags="[C++]")
    site.post("2025-05-03-c.md", tags="[c]")
    assert site.build("--skip-invalid").code == 0
    assert feeds(site)["tags/c"] == ("C", ["2025-05-03-c", "2025-05-01-a"])


def test_tags_without_feeds_may_share_a_slug(site: Site) -> None:
    site.post("2025-05-02-b.md", tags="[C++]")
    site.write("feed.toml", EVERYTHING + "tag_feeds = false\n")
    assert site.build().code == 0
    assert not (site.public / "tags").exists()


def test_what_a_hidden_post_will_clash_with_is_a_remark(site: Site) -> None:
    site.post("2099-05-02-b.md", tags="[C++]")
    site.post("2025-05-03-c.md", tags="[C#]", draft="true")
    assert site.build().code == 0
    found = site.run("check")
    assert found.code == 0
    assert f"posts/2099-05-02-b.md:3: {C_PLUS_PLUS}posts/2025-05-01-a.md; " in found.out
    assert "C#" not in found.out


def test_a_name_has_the_slug_that_feed_toml_gives_it(site: Site) -> None:
    tables = '[tags]\n"c++" = "cpp"\n"???" = "questions"\n[author_slugs]\n"Ana Díaz" = "editor"\n'
    site.write("feed.toml", PAGES + tables)
    site.post("2025-05-02-b.md", tags="[C++, '???']")
    assert site.build().code == 0
    assert feeds(site).keys() == {"tags/c", "tags/azure-sql", "tags/cpp", "tags/questions", "authors/editor"}
    feed = ElementTree.parse(site.public / "tags/cpp/atom.xml").getroot()
    assert feed.findtext("{*}id") == "tag:example.org,2025-01-01:daily/tags/cpp"
    assert feed.findtext("{*}title") == "The Daily Example · C++"
    page = (site.public / "2025/05/b/index.html").read_text("utf-8")
    for link in ("/tags/cpp/", "/tags/questions/", "/authors/editor/"):
        assert f'href="{link}"' in page
        assert (site.public / f".{link}index.html").is_file()


def test_a_slug_that_feed_toml_gives_is_no_other_names(site: Site) -> None:
    site.write("feed.toml", EVERYTHING + '[tags]\n"C++" = "c"\n')
    error = "tags: 'C' would share one feed, tags/c/, with 'C++' in posts/feed.toml; "
    assert error in site.build().err


def test_a_published_slug_never_changes_hands(site: Site) -> None:
    assert site.build().code == 0
    site.post("2025-05-01-a.md", tags="[C++, Azure SQL]")
    for _ in range(2):
        result = site.build()
        assert result.code == 1
        assert f"posts/2025-05-01-a.md:3: {C_PLUS_PLUS}public; " in result.err
        assert """; if 'C' was only renamed, write "C++" = "c" there under [tags]\n""" in result.err
        assert feeds(site)["tags/c"][0] == "C"
        site.forget()
    assert f"{C_PLUS_PLUS}public; " in site.run("check").err
    site.write("feed.toml", EVERYTHING + '[tags]\n"C++" = "c"\n')
    assert site.build().code == 0
    assert feeds(site)["tags/c"][0] == "C++"


def test_a_published_slug_is_kept_by_its_name_even_if_the_other_is_earlier(site: Site) -> None:
    assert site.build().code == 0
    site.post("2025-04-01-earlier.md", tags="[C++]")
    assert f"posts/2025-04-01-earlier.md:3: {C_PLUS_PLUS}posts/2025-05-01-a.md; " in site.build().err


@pytest.mark.parametrize(
    "content", ["", "<opml/>", "no XML", '<opml><outline type="rss" htmlUrl="/tags/c/" text="X"/></opml>']
)
def test_a_list_of_feeds_that_is_not_ours_gives_nobody_a_slug(site: Site, content: str) -> None:
    assert site.build().code == 0
    (site.public / "feeds.opml").write_text(content, "utf-8")
    site.post("2025-05-01-a.md", tags="[C++, Azure SQL]")
    assert site.build().code == 0


def test_the_title_of_the_publication_may_change_with_a_tag(site: Site) -> None:
    assert site.build().code == 0
    site.write("feed.toml", EVERYTHING.replace("The Daily Example", "Another · Title"))
    assert site.build().code == 0
    site.post("2025-05-01-a.md", tags="[C++, Azure SQL]")
    assert f"{C_PLUS_PLUS}public; " in site.build().err


def test_nothing_is_published_by_a_preview(site: Site) -> None:
    preview = cache_paths(site.root / "preview")
    assert preview
    options = BuildOptions(
        site.posts, Path(preview.output), NOW, jobs=1, accept=True, stage=Stage("http://127.0.0.1:8000", preview)
    )
    build(options)
    site.post("2025-05-01-a.md", tags="[C++, Azure SQL]")
    build(options)


# What check --fix writes.


def test_check_fix_gives_each_name_a_slug_and_leaves_all_else_as_it_is(site: Site) -> None:
    site.post("2025-05-02-b.md", tags="[C++, C 2]", author="[Ana.Díaz, Ana díaz]")
    site.post("2025-05-03-c.md", tags="['C#', c++]")
    site.post("2099-05-04-d.md", tags="[C!]")
    written = EVERYTHING.replace("\n", "\r\n").encode("utf-8-sig") + b"# the end"
    site.write("feed.toml", written)
    result = site.run("check", "--fix", "tags", "--dry-run")
    assert '+"C++" = "c-3"\n' in result.out
    assert (site.posts / "feed.toml").read_bytes() == written
    result = site.run("check", "--fix", "tags")
    assert result.code == 0
    assert "would share" not in result.out
    added = """

[tags]
"C" = "c"
"C++" = "c-3"
"C#" = "c-4"
"C!" = "c-5"

[author_slugs]
"Ana Díaz" = "ana-díaz"
"Ana.Díaz" = "ana-díaz-2"
"""
    assert (site.posts / "feed.toml").read_bytes() == written + added.replace("\n", "\r\n").encode()
    assert site.build().code == 0
    assert {"tags/c", "tags/c-2", "tags/c-3", "tags/c-4", "authors/ana-díaz-2"} < feeds(site).keys()


def test_check_fix_adds_to_a_table_that_is_there(site: Site) -> None:
    site.post("2025-05-02-b.md", tags="[C++, C#]")
    tables = '[tags]  # by name\n"C#" = "c-2"\n\n[authors.mike]\nname = "Mike Connors"\n'
    site.write("feed.toml", EVERYTHING + tables)
    assert site.run("check", "--fix").code == 0
    written = (site.posts / "feed.toml").read_text("utf-8")
    assert written == EVERYTHING + tables.replace('"c-2"\n', '"c-2"\n"C" = "c"\n"C++" = "c-3"\n')


def test_check_fix_does_not_give_a_published_slug_to_another_name(site: Site) -> None:
    site.post("2025-05-02-b.md", tags="[C 2]")
    assert site.build().code == 0
    site.post("2025-05-02-b.md")
    site.post("2024-05-01-earlier.md", tags="[C++]")
    assert site.run("check", "--fix", "tags").code == 0
    table = tomllib.loads((site.posts / "feed.toml").read_text("utf-8"))["tags"]
    assert table == {"C": "c", "C++": "c-3"}


def test_check_fix_leaves_a_table_on_one_line_alone(site: Site) -> None:
    site.post("2025-05-02-b.md", tags="[C++]")
    written = EVERYTHING + 'tags = {"C 2" = "c-2"}\n'
    site.write("feed.toml", written)
    result = site.run("check", "--fix", "tags")
    assert result.code == 1
    assert "Not fixed, as it needs judgement: posts/2025-05-02-b.md:3." in result.out
    assert (site.posts / "feed.toml").read_text("utf-8") == written


NAMES = st.lists(
    st.sampled_from(["C", "c", "C++", "c++", "C-2", "C:2", "c 2", "C!", "é", "É!", "🚀", "u_1f680"]),
    min_size=1,
    max_size=4,
)


@few_and_many(4, 80)
def test_slugs_of_different_names_differ_and_none_changes_hands(
    drawn: Callable[..., Callable[..., None]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    @drawn
    @given(st.lists(NAMES, min_size=2, max_size=4))
    def run(builds: list[list[str]]) -> None:
        site = Site(tmp_path_factory.mktemp("site"))
        site.write("feed.toml", EVERYTHING)
        holders: dict[str, str] = {}
        for names in builds:
            for number, name in enumerate(names, 1):
                site.post(f"2025-05-01-{number}.md", tags=f"['{name}']")
            for left in range(len(names) + 1, 5):
                (site.posts / f"2025-05-01-{left}.md").unlink(missing_ok=True)
            assert site.run("check", "--fix", "tags", "--output", site.public).code == 0
            assert site.build("--accept").code == 0
            found = {folder: title for folder, (title, _) in feeds(site).items() if folder.startswith("tags/")}
            assert {label_key(name) for name in found.values()} == {label_key(name) for name in names}
            assert len({*map(label_key, found.values())}) == len(found)
            for folder, name in found.items():
                assert label_key(holders.get(folder, name)) == label_key(name)
            holders = found | {f"tags/{slug}": name for name, slug in table(site).items()}

    run()


def table(site: Site) -> dict[str, str]:
    """The slugs of tags that feed.toml gives."""
    slugs: dict[str, str] = tomllib.loads((site.posts / "feed.toml").read_text("utf-8")).get("tags", {})
    return slugs
