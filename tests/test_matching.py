"""Which post is which entry: sure where nothing else can be meant, and silent never."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.subscribers.items import Item
from dateline.subscribers.matching import Candidate, link_keys, match, slugs_of, title_key

DAY = datetime(2025, 5, 4, 12, tzinfo=UTC)
KIRITIMATI = timezone(timedelta(hours=14))


def item(id: str = "1", url: str = "", title: str = "", published: datetime | None = None) -> Item:
    return Item(id, url, title, published, None, (), "", "", ())


def post(
    path: str = "a.md", url: str = "", slug: str = "", title: str = "", published: datetime | None = None
) -> Candidate:
    return Candidate(
        path, frozenset({path}), frozenset(link_keys([url])), frozenset({slug} - {""}), title_key(title), published
    )


@pytest.mark.parametrize(
    "other",
    [
        "https://old.example/2019/ferry/",
        "http://www.old.example/2019/ferry",
        "https://OLD.example:443/2019/ferry/index.html",
        "https://old.example/2019/ferry/?utm_source=rss&utm_medium=feed",
        "https://old.example/2019/ferry/?fbclid=1#comments",
        "https://old.example/2019/f%65rry",
        " https://old.example/2019/ferry/ ",
    ],
)
def test_addresses_of_one_page_are_one(other: str) -> None:
    assert link_keys([other]) == link_keys(["https://old.example/2019/ferry"])


@pytest.mark.parametrize(
    "other", ["https://old.example/2019/Ferry", "https://old.example/?p=2", "https://x.example/2019/ferry"]
)
def test_addresses_of_other_pages_are_others(other: str) -> None:
    assert link_keys([other]).isdisjoint(link_keys(["https://old.example/2019/ferry", "https://old.example/?p=1"]))


@pytest.mark.parametrize("address", ["", "https://old.example/", "https://old.example", "/ferry", "https://[", "ferry"])
def test_what_is_no_address_of_one_page_is_like_no_other(address: str) -> None:
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
def test_titles_are_one_however_they_are_set(other: str) -> None:
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
        (item(), post()),
        (item(title=""), post(title="")),
        (item(url="https://a.example/"), post(url="https://a.example/")),
    ],
)
def test_a_day_alone_is_no_reason(entry: Item, candidate: Candidate) -> None:
    (found,) = match([entry], [candidate], UTC)
    assert found.pairs == ()


def test_an_address_goes_before_a_title() -> None:
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
def test_no_post_is_two_entries_for_sure_and_order_does_not_matter(
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
