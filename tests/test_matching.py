"""Posts are matched with the entries of a feed: for certain only where nothing else can be meant."""

import sys
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from conftest import few_and_many
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline.formats.items import Item
from dateline.importer.matching import MAX_PAIRS, Candidate, Match, candidate, link_keys, match, slugs_of, title_key

DAY = datetime(2025, 5, 4, 12, tzinfo=UTC)
KIRITIMATI = timezone(timedelta(hours=14))


def item(id: str = "1", url: str = "", title: str = "", published: datetime | None = None) -> Item:
    return Item(id, url, title, published, None, (), "", "", ())


def post(
    path: str = "a.md", url: str = "", slug: str = "", title: str = "", published: datetime | None = None
) -> Candidate:
    return candidate(path, {path}, [url], {slug}, title, published)


@pytest.mark.parametrize(
    "other",
    [
        "https://old.example/2019/ferry/",
        "http://www.old.example/2019/ferry",
        "https://OLD.example:443/2019/ferry/index.html",
        "http://old.example:80/2019/ferry",
        "https://old.example/2019/ferry/?utm_source=rss&utm_medium=feed",
        "https://old.example/2019/ferry/?fbclid=1#comments",
        "https://old.example/2019/f%65rry",
        " https://old.example/2019/ferry/ ",
    ],
)
def test_addresses_of_one_page_have_one_key(other: str) -> None:
    assert link_keys([other]) == link_keys(["https://old.example/2019/ferry"])


@pytest.mark.parametrize(
    "other",
    [
        "https://old.example/2019/Ferry",
        "https://old.example:81/2019/ferry",
        "https://old.example/?p=2",
        "https://x.example/2019/ferry",
    ],
)
def test_addresses_of_other_pages_have_other_keys(other: str) -> None:
    assert link_keys([other]).isdisjoint(link_keys(["https://old.example/2019/ferry", "https://old.example/?p=1"]))


@pytest.mark.parametrize("address", ["", "https://old.example/", "https://old.example", "/ferry", "https://[", "ferry"])
def test_what_is_no_address_of_a_single_page_has_no_key(address: str) -> None:
    assert link_keys([address]) == set()


@pytest.mark.parametrize(
    ("address", "slugs"),
    [
        ("https://old.example/2019/04/The-Ferry.html", {"the-ferry"}),
        ("https://old.example/caf%C3%A9/index.php", {"café"}),
        ("https://medium.com/@a/the-ferry-1a2b3c4d5e6f?source=rss", {"the-ferry", "the-ferry-1a2b3c4d5e6f"}),
        ("https://old.example/?p=1", set()),
        ("https://[", set()),
    ],
)
def test_a_slug_is_the_last_part_of_an_address(address: str, slugs: set[str]) -> None:
    assert slugs_of(address) == slugs


@pytest.mark.parametrize(
    "other",
    [
        'The harbour\'s "new" crane - & more...',
        "the  HARBOUR&#8217;s &ldquo;new&rdquo; crane -- &amp; more…",
        "The harbour’s <em>“new”</em> crane—&amp;amp; more…",
    ],
)
def test_titles_are_the_same_however_they_are_typeset(other: str) -> None:
    assert title_key(other) == title_key("The harbour’s “new” crane – & more…")


@pytest.mark.parametrize(
    ("entry", "candidate", "certain"),
    [
        (item(url="https://a.example/x"), post(url="https://a.example/x/"), True),
        (item(url="https://a.example/y/x", title="T"), post(slug="x", title="t"), True),
        (item(url="https://a.example/y/x", published=DAY), post(slug="x", published=DAY), True),
        (item(title="T", published=DAY), post(title="t", published=DAY + timedelta(hours=11)), True),
        (item(title="T", published=DAY), post(title="t", published=DAY.astimezone(KIRITIMATI)), True),
        (item(id="a.md"), post(), True),
        (item(title="T", published=DAY), post(title="t", published=DAY + timedelta(days=1)), False),
        (item(title="T"), post(title="t"), False),
        (item(url="https://a.example/x"), post(slug="x"), False),
        (item(title="The old ferry", published=DAY), post(title="The old ferries", published=DAY), False),
    ],
)  # fmt: skip
def test_two_reasons_or_an_address_are_enough(entry: Item, candidate: Candidate, certain: bool) -> None:
    (found,) = match([entry], [candidate], UTC)
    assert found.certain is certain
    assert [pair.path for pair in found.pairs] == ["a.md"]


@pytest.mark.parametrize(
    ("entry", "candidate"),
    [
        (item(published=DAY, title="Ferry"), post(published=DAY, title="Quite another thing")),
        (item(published=DAY), post(published=DAY, title="Ferry")),
        (item(published=DAY, title="Ferry"), post(published=DAY)),
        (item(), post()),
        (item(title=""), post(title="")),
        (item(url="https://a.example/"), post(url="https://a.example/")),
    ],
)
def test_a_day_alone_is_not_enough(entry: Item, candidate: Candidate) -> None:
    (found,) = match([entry], [candidate], UTC)
    assert found.pairs == ()


@pytest.mark.parametrize(("days", "told"), [(0, "same day"), (1, "a day apart"), (-1, "a day apart"), (2, None)])
def test_days_are_a_reason_if_they_are_at_most_one_apart(days: int, told: str | None) -> None:
    (found,) = match([item(title="T", published=DAY)], [post(title="T", published=DAY + timedelta(days=days))], UTC)
    assert found.pairs[0].reasons == tuple(filter(None, ("same title", told)))


def test_an_address_outweighs_a_title() -> None:
    entries = [item("1", "https://a.example/1/x", "T"), item("2", "https://a.example/2/x", "T")]
    posts = [post("a.md", "https://a.example/1/x", "x", "T"), post("b.md", "https://a.example/2/x", "x", "T")]
    assert [(found.certain, found.pairs[0].path) for found in match(entries, posts, UTC)] == [
        (True, "a.md"),
        (True, "b.md"),
    ]
    assert [found.certain for found in match(entries, posts[:1], UTC)] == [True, False]


TITLES = st.sampled_from(["", "A", "B"])
MOMENTS = st.sampled_from([None, DAY, DAY + timedelta(days=1), DAY + timedelta(hours=14)])
URLS = st.sampled_from(["", "https://a.example/x", "https://a.example/y/x", "https://a.example/y"])
ITEMS = st.lists(st.tuples(URLS, TITLES, MOMENTS), max_size=5)
POSTS = st.lists(st.tuples(URLS, st.sampled_from(["", "x", "y"]), TITLES, MOMENTS), max_size=5)


@given(ITEMS, POSTS)
def test_no_post_is_certain_for_two_entries_and_order_does_not_matter(
    items: list[tuple[str, str, datetime | None]],
    posts: list[tuple[str, str, str, datetime | None]],
) -> None:
    entries = [item(str(number), *of) for number, of in enumerate(items)]
    candidates = [post(f"{number}.md", *of) for number, of in enumerate(posts)]
    found = match(entries, candidates, UTC)
    sure = [match.pairs[0].path for match in found if match.certain]
    assert len(sure) == len(set(sure))
    assert all(len(match.pairs) == 1 for match in found if match.certain)
    again = match(entries[::-1], candidates[::-1], UTC)[::-1]
    assert [(one.certain, one.pairs) for one in again] == [(one.certain, one.pairs) for one in found]


# What leaves no doubt, the surest first.
SURE: list[list[set[str]]] = [
    [{"same id"}],
    [{"same address"}],
    [{"same slug", "same title", "same day"}],
    [{"same slug", "same title"}, {"same slug", "same day"}, {"same title", "same day"}],
]


def is_sure(reasons: tuple[str, ...], combinations: list[set[str]]) -> bool:
    return any(combination.issubset(reasons) for combination in combinations)


def by_all_pairs(entries: list[Item], posts: list[Candidate]) -> list[Match]:
    """Match by the same rule, but compare every entry with every post."""
    pairs = [[pair for post in posts for pair in match([entry], [post], UTC)[0].pairs] for entry in entries]
    certain: dict[int, str] = {}
    doubtful: set[int | str] = set()
    for level in SURE:
        sure = [(number, pair.path) for number, of in enumerate(pairs) for pair in of if is_sure(pair.reasons, level)]
        taken = {*certain, *certain.values(), *doubtful}
        free = [(number, path) for number, path in sure if number not in taken and path not in taken]
        times = Counter(part for both in free for part in both)
        for number, path in free:
            if times[number] == times[path] == 1:
                certain[number] = path
            else:
                doubtful |= {number, path}
    matches = []
    for number, entry in enumerate(entries):
        if number in certain:
            matches.append(Match(entry, tuple(pair for pair in pairs[number] if pair.path == certain[number]), True))
            continue
        left = [
            pair
            for pair in pairs[number]
            if pair.path not in certain.values() or any(is_sure(pair.reasons, level) for level in SURE)
        ]
        matches.append(Match(entry, tuple(sorted(left, key=lambda pair: (-len(pair.reasons), pair.path))), False))
    return matches


ZONED = st.sampled_from([DAY, DAY.astimezone(KIRITIMATI), DAY - timedelta(hours=13), DAY + timedelta(days=1), None])
LIKE = st.sampled_from(["", "A", "The ferry", "The ferries", "The Ferry"])


@few_and_many(150, 1000)
def test_it_finds_what_comparing_all_pairs_finds(drawn: settings) -> None:
    ids = st.sampled_from(["0.md", "1.md", "one", "two", "three"])
    entries = st.lists(st.tuples(ids, URLS, LIKE, ZONED), max_size=7, unique_by=lambda entry: entry[0])
    posts = st.lists(st.tuples(URLS, st.sampled_from(["", "x", "y"]), LIKE, ZONED), max_size=7)

    @drawn
    @given(entries, posts)
    def holds(of_entries: list[Any], of_posts: list[Any]) -> None:
        items = [item(*of) for of in of_entries]
        candidates = [post(f"{number}.md", *of) for number, of in enumerate(of_posts)]
        assert match(items, candidates, UTC) == by_all_pairs(items, candidates)

    holds()


def alike_posts(number: int, alike: str) -> tuple[list[Item], list[Candidate]]:
    items, candidates = [], []
    for n in range(number):
        moment = DAY if alike in ("day", "nothing else") else DAY + timedelta(days=2 * n)
        title = "Links" if alike in ("title", "nothing else") else f"{n} things"
        url = "https://a.example/links" if alike in ("address", "nothing else") else f"https://a.example/{n}/"
        slug = "links" if alike in ("slug", "nothing else") else f"slug-{n}"
        items.append(item(f"id-{n}", url if alike != "slug" else f"https://a.example/{n}/links", title, moment))
        candidates.append(post(f"{n}.md", url if alike == "address" else "", slug, title, moment))
    return items, candidates


def calls_of_match(number: int, alike: str) -> int:
    """Count the calls of functions, those in C included, that matching so many entries and posts takes."""
    items, candidates = alike_posts(number, alike)
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        match(items, candidates, UTC)
    finally:
        sys.setprofile(None)
    return calls


ALIKE = ["day", "title", "slug", "address", "nothing else"]


@pytest.mark.parametrize("alike", ALIKE)
def test_the_work_for_many_of_one_day_or_title_grows_linearly(alike: str) -> None:
    number = 10 * MAX_PAIRS
    assert calls_of_match(3 * number, alike) < 3.3 * calls_of_match(number, alike)


@pytest.mark.parametrize("alike", ALIKE)
def test_many_of_one_day_or_title_are_matched_by_other_reasons_or_listed_in_part(alike: str) -> None:
    found = match(*alike_posts(1000, alike), UTC)
    if alike in ("day", "title", "slug"):
        assert [one.certain and one.pairs[0].path for one in found] == [f"{n}.md" for n in range(1000)]
    else:
        assert not any(one.certain for one in found)
        assert {len(one.pairs) for one in found} == {MAX_PAIRS}


def test_of_many_possible_posts_the_nearest_are_listed() -> None:
    posts = [post(f"{n:03}.md", title="Links", published=DAY + timedelta(days=10 * n)) for n in range(100)]
    (found,) = match([item(title="Links", published=DAY + timedelta(days=501))], posts, UTC)
    assert found.pairs[0].path == "050.md"
    assert [pair.path for pair in found.pairs] == ["050.md", *(f"{n:03}.md" for n in range(41, 61) if n != 50)]
