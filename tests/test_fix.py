"""What `dateline check --fix` writes, what it leaves to people, and that it changes nothing else."""

import json
from pathlib import Path
from textwrap import dedent

import pytest
from conftest import Result, Site, dateline
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dateline.commands.remedies import REMEDIES

HEAD = "---\ntitle: A\n---\n"


def fix(site: Site, texts: list[str]) -> list[str]:
    """Return posts as they are after a check that fixes."""
    files = [site.write(f"2025-04-14-{number}.md", text.encode()) for number, text in enumerate(texts)]
    site.run("check", "--fix")
    return [file.read_bytes().decode() for file in files]


FIXED = [
    # lines of front matter, and what becomes of them
    ("title: Ferry: it sails", 'title: "Ferry: it sails"'),
    ("title: [Ferry] it sails", 'title: "[Ferry] it sails"'),
    ("title: @ferry sails", 'title: "@ferry sails"'),
    ("title: `ferry` sails", 'title: "`ferry` sails"'),
    ("title: %d boats", 'title: "%d boats"'),
    ("title: *Ferry* sails", 'title: "*Ferry* sails"'),
    ('title: "Ferry" sails', 'title: "\\"Ferry\\" sails"'),
    ("title: 'It's here'", "title: It's here"),
    ('title: "C:\\port"', "title: C:\\port"),
    ("title: {{ name }} sails", 'title: "{{ name }} sails"'),
    ("title: Pier #5 opens", 'title: "Pier #5 opens"'),
    ("title:Ferry", "title: Ferry"),
    ("title: A\nplace:..\\", "title: A\nplace: ..\\"),
    ("title: A\ntags:\n  - @sea\n  - land", 'title: A\ntags:\n  - "@sea"\n  - land'),
    ("title: A\nimage:\n  alt: Boats: two", 'title: A\nimage:\n  alt: "Boats: two"'),
    ("title: A: b\nsummary: C: d", 'title: "A: b"\nsummary: "C: d"'),
    ("title: A\nlayout: post\nlayout: post", "title: A\nlayout: post"),
    ('title: A\nauthor: "-"', "title: A"),
    ("title: A\nauthor:\n  '???'\nsummary: B", "title: A\nsummary: B"),
    ("title: A\ndate: 2025-04-14 09:30 Europe/Berlin", "title: A\ndate: 2025-04-14 09:30 +02:00"),
    ("title: A\nlastmod: 2025-04-01", "title: A"),
    ("title: A\nlang: pt_BR", "title: A\nlang: pt-BR"),
    ("title: A\nslug: The_Ferry_2", "title: A\nslug: the-ferry-2"),
    ("title: Don&#8217;t <em>sail</em>", 'title: "Don’t sail"'),
    ("title: 'Bed &amp; breakfast'", 'title: "Bed & breakfast"'),
    ('title: "A\x07b"', 'title: "Ab"'),
    ("title: A\nsummary: B\x00", "title: A\nsummary: B"),
]


def test_front_matter_is_fixed(site: Site) -> None:
    before, after = ([f"---\n{lines}\n---\nText.\n" for lines in column] for column in zip(*FIXED, strict=True))
    assert fix(site, before) == after
    assert site.build().code == 0


LEFT = [
    "title: 'Rock 'n' roll'",
    'title: "A "quoted" word"',
    'title: "Never closed',
    "title: [a, b",
    "title: A: b # written later",
    "title: Ferry # written later",
    "title: A\n  continued: b",
    "title: A\nlayout: *name",
    "title: A\nlayout: post\nlayout: page",
    "title: A\ntags:\n- a\ntags:\n- b",
    "http://harbour.example: b: c\ntitle: A",
    "title: A\nauthor: ana@harbour.example",
    "title: A\ndate: soon",
    "title: A\ndate: 2025-04-14 09:30 Atlantis/Main",
    "title: A\ndate: 2025-03-30 02:30 Europe/Berlin",
    "title: A\nlang: en_english_us_",
    "title: Use &lt;b&gt;",
    "title: The <details> element",
    "title: A\nlayout: post\ndraft: perhaps",
]


def test_what_needs_judgement_is_left(site: Site) -> None:
    texts = [f"---\n{lines}\n---\nText.\n" for lines in LEFT]
    assert fix(site, texts) == texts


LINKS = [
    ("[a](www.harbour.example/x)", "[a](https://www.harbour.example/x)"),
    ("[a](harbour.com)", "[a](https://harbour.com)"),
    ("[a](harbour.org/x?y=1#z 'Title')", "[a](https://harbour.org/x?y=1#z 'Title')"),
    ("[a](<www.harbour.example>)", "[a](<https://www.harbour.example>)"),
    ("[a](me@harbour.example)", "[a](mailto:me@harbour.example)"),
    ("[a][b]\n\n[b]: www.harbour.example", "[a][b]\n\n[b]: https://www.harbour.example"),
    ('<a href="harbour.com">a</a>', '<a href="https://harbour.com">a</a>'),
    ("[a](harbour.com) and `[a](harbour.com)`", "[a](https://harbour.com) and `[a](harbour.com)`"),
    ("```\n[a](harbour.com)\n```\n\n[a](harbour.com)", "```\n[a](harbour.com)\n```\n\n[a](https://harbour.com)"),
    ("[a](harbour.com), [b](harbour.com/b)", "[a](https://harbour.com), [b](https://harbour.com/b)"),
    ("[a](notes.md), [b](script.sh), [c](x/harbour.com)", "[a](notes.md), [b](script.sh), [c](x/harbour.com)"),
    ("[a](harbour.com), [b](https://harbour.com/)", "[a](https://harbour.com), [b](https://harbour.com/)"),
    ("`[a](harbour.com)`", "`[a](harbour.com)`"),
    ("A\x1b[1mbold\x1b[0m line\x08\nand \x93this\x94", "Abold line\nand \x93this\x94"),
]


@pytest.mark.parametrize("engine", ["python-markdown", "commonmark"])
def test_text_is_fixed_outside_code(site: Site, engine: str) -> None:
    site.settings(f'markdown = "{engine}"\n')
    before, after = ([f"{HEAD}{text}\n" for text in column] for column in zip(*LINKS, strict=True))
    assert fix(site, before) == after


def test_a_link_to_a_file_with_the_name_of_a_host_stays(site: Site) -> None:
    site.write("harbour.com", b"A program.")
    text = f"{HEAD}[a](harbour.com) [b](elsewhere.com)\n"
    assert fix(site, [text]) == [text.replace("(elsewhere", "(https://elsewhere")]


def test_it_shows_a_diff_of_the_changed_lines_then_writes_them_and_checks_again(site: Site) -> None:
    site.post("2025-04-14-a.md", title="Ferry: it sails", author="'-'", summary="S.")
    site.post("2025-04-15-b.md", "[Map](map.pdf)\n", title="B", slug="B_b", summary="S.")
    result = site.run("check", "--fix")
    assert result.code == 1
    assert result.out == dedent(
        f"""\
        --- {site.posts}/2025-04-14-a.md
        +++ {site.posts}/2025-04-14-a.md
        @@ -2 @@
        -title: Ferry: it sails
        +title: "Ferry: it sails"
        @@ -3 @@
        -author: '-'
        --- {site.posts}/2025-04-15-b.md
        +++ {site.posts}/2025-04-15-b.md
        @@ -3 @@
        -slug: B_b
        +slug: b-b
        Fixed 2 files: yaml (1), author (1), slug (1).
        {site.posts}/feed.toml:1: description: none, so the title is used; add description = "…"
        {site.posts}/feed.toml:1: language: none, so en is used; add language = "…"
        2 posts, 1 error, 2 remarks.
        """
    ).replace(f"{site.posts}", "posts")
    assert result.err.startswith("error: posts/2025-04-15-b.md:6: link: 'map.pdf' leads to a file that is not there;")
    assert site.run("check", "--fix").out.startswith("Nothing to fix.\n")


def test_a_dry_run_shows_the_same_and_writes_nothing(site: Site) -> None:
    file = site.post(title="Ferry: it sails", author="'-'")
    before = file.read_bytes()
    result = site.run("check", "--fix", "--dry-run")
    assert "+title: \"Ferry: it sails\"\n@@ -3 @@\n-author: '-'\nWould fix 1 file: yaml (1), author (1). " in result.out
    assert (result.code, file.read_bytes()) == (1, before)


def test_one_kind_is_fixed_alone(site: Site) -> None:
    file = site.post(title="A", author="'-'", slug="A_a")
    assert "Fixed 1 file: slug (1).\n" in site.run("check", "--fix", "slug").out
    assert file.read_text() == "---\ntitle: A\nauthor: '-'\nslug: a-a\n---\nText.\n"


def test_an_unknown_kind_is_an_error_that_lists_all(site: Site) -> None:
    result = site.run("check", "--fix", "posts")
    assert result.code == 2
    assert f"choose from {', '.join(REMEDIES)}, or to name the folder: " in result.err
    assert "dateline check posts --fix" in result.err
    assert "--dry-run needs --fix" in site.run("check", "--dry-run").err


def test_json_has_the_changed_lines(site: Site) -> None:
    site.post("2025-04-14-a.md", title="A", author="'-'", slug="A_a")
    report = json.loads(site.run("check", "--fix", "--json").out)
    assert report["fixed"] == [
        {
            "path": "posts/2025-04-14-a.md",
            "fixes": ["author", "slug"],
            "lines": [
                {"line": 3, "before": "author: '-'", "after": None},
                {"line": 4, "before": "slug: A_a", "after": "slug: a-a"},
            ],
        }
    ]
    assert report["errors"] == []


def test_files_that_cannot_be_edited_are_named(site: Site) -> None:
    kept = site.post("2025-04-14-a.md", title="'Rock 'n' roll'")
    outside = site.root / "outside.md"
    outside.write_text("---\ntitle: A: b\n---\n")
    (site.posts / "2025-04-15-b.md").symlink_to(outside)
    result = site.run("check", "--fix")
    assert "Not fixed, as it needs judgement: posts/2025-04-14-a.md:2.\n" in result.out
    assert "'Rock 'n' roll'" in kept.read_text()
    assert outside.read_text() == "---\ntitle: A: b\n---\n"


def test_a_post_under_two_names_is_edited_once(site: Site) -> None:
    file = site.post("2025-04-14-a.md", title="A", slug="A_a")
    (site.posts / "2025-04-15-b.md").symlink_to(file.name)
    assert "Fixed 1 file: slug (1)." in site.run("check", "--fix").out
    assert (site.posts / "2025-04-15-b.md").is_symlink()
    assert "slug: a-a" in file.read_text()


# Ten faults, of which eight need no judgement: lines of front matter and text.
FAULTS = [
    ("title: Ferry: number {}", "Text."),
    ("title: A{}\nauthor: '-'", "Text."),
    ("title: A{}\nlang: en_US", "Text."),
    ("title: A{}\ndate: 2025-04-14 09:30 Europe/Berlin", "Text."),
    ("title: A{}\nupdated: 2020-01-01", "Text."),
    ("title: A{}\nslug: A_{}", "Text."),
    ("title: A{}", "[a](www.harbour.example/{})"),
    ("title: A{}", "Text\x07 {}."),
    ("title: A{}\ndate: soon", "Text."),
    ("title: A{}", "[a](map-{}.pdf)"),
]


@pytest.mark.slow
def test_five_hundred_posts_with_ten_faults_are_fixed_or_left_out(site: Site) -> None:
    for number in range(500):
        head, text = (part.format(number, number) for part in FAULTS[number % 10])
        site.write(f"2025-04-14-{number}.md", f"---\n{head}\nsummary: S.\n---\n{text}\n")
    before = site.run("check")
    assert len((before.out + before.err).splitlines()) < 40
    assert "error: 50 posts: front matter: second colon on one line; " in before.err
    assert (
        "\n    posts/2025-04-14-0.md:2, posts/2025-04-14-10.md:2, posts/2025-04-14-100.md:2 and 47 more\n" in before.err
    )
    assert "\n    Fix all: dateline check --fix yaml\n" in before.err
    assert "To fix 400, as far as that needs no judgement: dateline check --fix\n" in before.out
    assert "Fixed 400 files: " in site.run("check", "--fix").out
    assert paragraphs(site.build()) == [
        "50 posts: date: cannot read 'soon'",
        "50 posts: link: … leads to a file that is not there",
    ]
    result = site.build("--skip-invalid")
    assert (result.code, "Left out: 100 posts with errors." in result.out) == (0, True)
    site.write("2025-04-14-0.md", "---\ntitle: A\ndate: soon\n---\nText.\n")
    assert site.build("--skip-invalid").code == 3, "subscribers have that post"


def paragraphs(result: Result) -> list[str]:
    lines = [line for line in result.err.splitlines() if line.startswith("error: ")]
    return [line.removeprefix("error: ").partition(";")[0] for line in lines]


ENDS = st.sampled_from(["\n", "\r\n", "\r"])
OTHER = st.lists(
    st.sampled_from(["# note  ", "layout: post", "summary: S. é ", "", "tags: [a,  b]", "x: |\n  a: b: c\n\n  d"]),
    unique=True,
    max_size=4,
)
BODIES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cn", "Cs"], exclude_characters="[]<>&"))
ONE_LINE = [(before, after) for before, after in FIXED if "\n" not in before and "\x07" not in before]


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A post with one fault, and how it is to be after the fix."""
    above, below, body, end = draw(OTHER), draw(OTHER), draw(BODIES), draw(ENDS)
    below = [line for line in below if line not in above or not line]
    last = draw(st.sampled_from(["", "\n", "  \n"]))
    mark = draw(st.sampled_from(["", "\ufeff"]))

    def file(line: str) -> bytes:
        text = "".join(f"{part}\n" for part in ["---", *above, line, *below, "---", "Text."]) + body + last
        return (mark + text.replace("\n", end)).encode()

    before, after = draw(st.sampled_from(ONE_LINE))
    return file(before), file(after)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(files(), min_size=1, max_size=6))
def test_every_other_byte_stays(site: Site, posts: list[tuple[bytes, bytes]]) -> None:
    for number, (before, _) in enumerate(posts):
        site.write(f"2025-04-14-{number}.md", before)
    dateline("check", site.posts, "--fix")
    for number, (_, after) in enumerate(posts):
        assert Path(site.posts, f"2025-04-14-{number}.md").read_bytes() == after
