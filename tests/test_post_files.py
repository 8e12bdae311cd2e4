"""Which files are posts, by their names, and what is said of files that only look like posts."""

import json

import pytest
from conftest import Site

IDS = "tag:example.org,2025-01-01:daily/"


def test_markdown_files_are_posts_by_any_of_their_endings(site: Site) -> None:
    site.settings()
    site.post("2025-04-14-first.md", "See [the ferry](ferry/) and [the boat](2025-05-01-boat.markdown).\n")
    site.post("ferry/index.markdown", "The *ferry*.\n", title="Ferry", date="2025-05-02")
    site.post("2025-05-01-boat.markdown", "![A map](ferry/map.png)\n", title="Boat")
    site.post("2025-04-13-c.mdown", title="C")
    site.post("2025-04-12-d.mkd", title="D")
    site.post("2025-04-11-e.mkdn", title="E")
    site.write("ferry/map.png", b"map")
    site.write("README.markdown", "About these posts.\n")

    assert site.build().code == 0
    items = {item["id"].removeprefix(IDS): item for item in site.json()["items"]}
    stems = ["ferry", "2025-05-01-boat", "2025-04-14-first", "2025-04-13-c", "2025-04-12-d", "2025-04-11-e"]
    assert list(items) == stems
    addresses = [items[stem]["url"].removeprefix("https://example.org/") for stem in stems]
    assert addresses[:4] == ["2025/05/ferry/", "2025/05/boat/", "2025/04/first/", "2025/04/c/"]
    for address in addresses[:2]:
        assert f'href="https://example.org/{address}"' in items["2025-04-14-first"]["content_html"]
    assert (site.public / "ferry/map.png").read_bytes() == b"map"


def test_two_endings_of_one_name_would_be_one_id(site: Site) -> None:
    site.settings()
    site.post("2025-04-14-first.md")
    site.post("2025-04-14-first.markdown")
    result = site.build()
    assert result.code == 1
    assert f"id: {IDS}2025-04-14-first is also that of" in result.err


def test_a_markdown_file_that_is_not_a_post_cannot_be_linked(site: Site) -> None:
    site.settings()
    site.post(body="See [notes](_notes.markdown).\n")
    site.write("_notes.markdown", "Not a post.\n")
    result = site.build()
    assert result.code == 1
    assert "link: '_notes.markdown' leads to a Markdown file that is not a post" in result.err


@pytest.mark.parametrize("name", ["README.md", "readme.md", "README.es.md", "Readme.pt-BR.markdown", "readme.mdx"])
def test_a_readme_in_any_language_is_no_post(site: Site, name: str) -> None:
    site.post()
    site.write(f"deep/{name}", "no front matter")
    assert "Passed over" not in site.build().out
    assert [item["id"] for item in site.json()["items"]] == [f"{IDS}2025-04-14-first"]


NOT_MARKDOWN = "its name does not end in .md, .markdown, .mdown, .mkd or .mkdn; "
LIKE_POSTS = {
    "2025-04-14-e.txt": NOT_MARKDOWN,
    "2025-04-14-f.html": NOT_MARKDOWN,
    "_posts": "its name begins with _; ",
    "a.rst": NOT_MARKDOWN,
    "c.MD": NOT_MARKDOWN,
    "d.mdx": NOT_MARKDOWN,
    "deep/b.rst": NOT_MARKDOWN,
    "index.md": "next to feed.toml, it has no name for an id; ",
}


def test_what_looks_like_a_post_and_is_none_is_counted_and_listed(site: Site) -> None:
    site.post()
    others = ("notes.txt", "about.html", "_index.md", "_drafts/x.md", "map.png")
    for path in (*LIKE_POSTS, *others):
        site.write(f"{path}/2025-04-14-g.md" if path == "_posts" else path, "no front matter")
    files = {".MD": 1, ".html": 1, ".mdx": 1, ".rst": 2, ".txt": 1, "_posts/": 1, "index.md": 1}
    passed_over = (
        "Passed over: 1 .MD file, 1 .html file, 1 .mdx file, 2 .rst files, 1 .txt file, 1 _posts/ folder,"
        " 1 index.md file."
    )
    assert passed_over in site.build().out.splitlines()
    assert json.loads(site.build("--json").out)["passed_over"] == files
    listed = [line for line in site.run("check", "--verbose").out.splitlines() if "passed over: " in line]
    expected = [f"posts/{path}: passed over: {problem}" for path, problem in LIKE_POSTS.items()]
    assert [line.partition("; ")[0] + "; " for line in listed] == expected


def test_a_folder_of_nothing_but_what_is_passed_over_says_so(site: Site) -> None:
    site.write("_posts/2025-04-14-a.md", "no front matter")
    assert site.build().err == ("error: posts: no posts here, but 1 _posts/ folder; run dateline check to see why\n")


def test_long_posts_are_read_in_order_like_short_ones(site: Site) -> None:
    """Of these, few are in memory at a time."""
    site.settings()
    site.post()
    days = range(10, 13)
    for day in days:
        site.post(f"2025-03-{day}-a{day}.md", f"{'word ' * 220_000}\n", draft="true")
        site.post(f"2025-03-{day}-b{day}.md", date="soon")
        site.write(f"2025-03-{day}-c{day}.md", "---\ntitle: C\n")
    result = site.build("--jobs", 1)
    assert result.code == 1
    wrong = [line.split(": ")[1] for line in result.err.splitlines()]
    assert wrong == [f"posts/2025-03-{day}-{place}" for day in days for place in (f"b{day}.md:3", f"c{day}.md:1")]

    for day in days:
        site.post(f"2025-03-{day}-b{day}.md")
        (site.posts / f"2025-03-{day}-c{day}.md").unlink()
    assert site.build("--jobs", 1).code == 0
    stems = ["2025-04-14-first", *(f"2025-03-{day}-b{day}" for day in reversed(days))]
    assert [item["id"].removeprefix(IDS) for item in site.json()["items"]] == stems
