"""The same problem in many files is one paragraph; every problem is still in --verbose and in --json."""

import json
from collections import Counter

import pytest
from conftest import Site
from hypothesis import given
from hypothesis import strategies as st

from dateline.errors import Problem
from dateline.messages.problems import grouped, problem_lines


def posts(site: Site, number: int, **front_matter: str) -> None:
    for count in range(number):
        fields = {key: value.format(count) for key, value in front_matter.items()}
        site.post(f"2025-04-14-{count}.md", title=str(count), **fields)


def test_three_posts_with_a_fault_are_three_lines_and_four_are_a_paragraph(site: Site) -> None:
    posts(site, 3, date="soon")
    lines = site.build().err.splitlines()
    assert lines[0].startswith("error: posts/2025-04-14-0.md:3: date: cannot read 'soon'; ")
    assert len(lines) == 3
    posts(site, 4, date="soon")
    assert site.build().err.splitlines() == [
        "error: 4 posts: date: cannot read 'soon'; write it like 2025-04-14, 2025-04-14 09:30 or 14 April 2025",
        "    posts/2025-04-14-0.md:3, posts/2025-04-14-1.md:3, posts/2025-04-14-2.md:3 and 1 more",
        "4 errors in all; to list them: dateline check --verbose",
    ]
    assert len(site.build("--verbose").err.splitlines()) == 4


def test_values_that_differ_are_shown_beside_the_files(site: Site) -> None:
    posts(site, 4, date="'it''s {}'")
    kind, files, _ = site.build().err.splitlines()
    assert kind.startswith("error: 4 posts: date: cannot read …; write it like 2025-04-14, ")
    shown = ", ".join(f"posts/2025-04-14-{number}.md:3 ('it's {number}')" for number in range(3))
    assert files == f"    {shown} and 1 more"


def test_keys_with_the_same_problem_are_counted_together(site: Site) -> None:
    posts(site, 5, **{"mood": "calm", "Weather {}": "fair"} | {f"tide{number}": "low" for number in range(3)})
    lines = site.run("check").out.splitlines()
    assert lines[0] == "5 posts: summary: none, so the first paragraph is used; add summary: with a sentence"
    assert lines[2].startswith(
        "25 times in 5 posts: mood (5), weather {} (5), tide0 (5) and 2 more: unknown key, ignored;"
    )
    assert lines[-2:] == ["To list all: dateline check --verbose", "5 posts, 0 errors, 32 remarks."]


def test_errors_come_first_then_what_most_files_have(site: Site) -> None:
    posts(site, 9, mood="calm")
    posts(site, 5, date="soon")
    report = json.loads(site.run("check", "--json").out)
    found = [(group["severity"], group["count"], group["files"], group["fix"]) for group in report["groups"]]
    assert found[0] == ("error", 5, 5, None)
    assert [files for _, _, files, _ in found[1:]] == sorted((files for _, _, files, _ in found[1:]), reverse=True)
    assert sum(count for _, count, _, _ in found) == len(report["errors"]) + len(report["remarks"])
    assert report["groups"][0]["problem"] == "date: cannot read 'soon'"
    assert report["groups"][0]["first"] == [{"path": f"posts/2025-04-14-{n}.md", "line": 3} for n in range(3)]


def test_many_problems_of_one_post_are_a_paragraph_too(site: Site) -> None:
    site.post(body="".join(f"![]({number}.png)\n" for number in range(20)))
    assert len(site.build().err.splitlines()) == 20
    site.post(body="".join(f"![]({number}.png)\n" for number in range(21)))
    first, second, _ = site.build().err.splitlines()
    assert first.startswith("error: 21 times in 1 post: media: … leads to a file that is not there; ")
    assert second.endswith(" and 18 more")


def test_the_command_that_lists_all_names_the_folder(site: Site) -> None:
    posts(site, 4, slug="A_{}")
    site.posts.rename(site.root / "my posts")
    out = site.run("check", "my posts").out
    assert "\n    Fix all: dateline check 'my posts' --fix slug\n" in out
    assert "\nTo fix 4, as far as that needs no judgement: dateline check 'my posts' --fix\n" in out


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "tags: 'seaview' is not the same tag as 'sea-view' in posts/a b.md",
            "tags: 'Let'sgo' is not the same tag as 'let's go' in posts/c.md",
        ),
        ("id: 43 is also that of posts/a.md, posts/b.md", "id: https://a.example/7 is also that of posts/c.md"),
        ("id: tag:a.example,2025:b/7 is also that of posts/a b.md", "id: 43 is also that of posts/c.md"),
        ("control character U+0007, ignored", "control character U+000B, ignored"),
        (
            "link: '{{ '/x' | url }}' leads to a file that is not there",
            "link: 'a.pdf' leads to a file that is not there",
        ),
        ("summary: more than 300 characters", "title: more than 1,000 characters"),
    ],
)
def test_problems_that_differ_in_values_alone_are_one_kind(one: str, other: str) -> None:
    found = grouped(Problem(f"{name}.md", 1, text, "correct it") for name, text in (("a", one), ("b", other)))
    assert len(found) == 1


TEXTS = st.text(st.sampled_from(" '“”…:;,./@aU+04…") | st.characters(codec="utf-8"), max_size=30)
PROBLEMS = st.builds(
    Problem,
    st.sampled_from([f"{number}.md" for number in range(9)]),
    st.none() | st.integers(1, 9),
    st.sampled_from(["date: cannot read '9'", "link: 'x' leads to a file"]) | TEXTS,
    st.just("correct it") | TEXTS,
    st.sampled_from(["error", "warning"]),
)


@given(st.lists(PROBLEMS, max_size=40))
def test_every_problem_is_in_one_group_and_on_one_line_or_in_a_paragraph(problems: list[Problem]) -> None:
    groups = grouped(problems)
    assert Counter(problem for group in groups for problem in group.problems) == Counter(problems)
    few = [str(problem) for group in groups if not group.is_wide for problem in group.problems]
    lines = list(problem_lines(problems))
    assert Counter(lines[sum(group.is_wide for group in groups) :]) == Counter(few)
    assert list(problem_lines(problems, is_verbose=True)) == [*map(str, problems)]
