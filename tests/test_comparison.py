"""Items before and after, by ids and nothing else: what is told of each, and that nothing else is."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from test_brake import NOWHERE, item

from dateline.diff.changes import Change
from dateline.diff.compare import FeedItems, Lookup, compare
from dateline.formats.items import Detail, Item, ItemEnclosure

SOUND = ItemEnclosure("https://cdn.example/a.mp3", "audio/mpeg", "99", "Sound", "60")
PAPER = ItemEnclosure("https://cdn.example/a.pdf", "application/pdf", "98")


def told(
    before: list[Item], after: list[Item], elsewhere: Lookup = NOWHERE, *, exact: bool = True
) -> list[tuple[Any, ...]]:
    """Each change, as its kind, its subject and what else it says."""
    changes = compare(FeedItems(tuple(before)), FeedItems(tuple(after)), elsewhere, exact=exact)
    return [parts(change) for change in changes]


def parts(change: Change) -> tuple[Any, ...]:
    return (
        change.kind,
        change.subject,
        *filter(None, (change.because, change.fields, change.in_archive and "archive")),
    )


def fields(was: Item, now: Item, *, exact: bool) -> tuple[str, ...]:
    """Which fields of an item are told to differ, be it from the one to the other or back."""
    there, back = (
        [change.fields for change in compare(FeedItems((one,)), FeedItems((two,)), NOWHERE, exact=exact)]
        for one, two in ((was, now), (now, was))
    )
    assert there == back
    return there[0] if there else ()


ITEM = item(
    "a", html="<p>Some words &amp; more.</p>", enclosures=(SOUND, PAPER), authors=("A", "B", "C"), tags=("x", "y")
)


@pytest.mark.parametrize(
    "same",
    [
        {},
        {"html": "<div>SOME <b>words</b>\n &#38; more.</div>"},
        {"html": "Some words & more."},
        {"summary": "Another"},
        {"title": "<i>title</i> OF a"},
        {"enclosures": (SOUND._replace(media_type="audio/mp3", size="1", title="", duration=""), PAPER)},
        {"enclosures": (SOUND,), "has_one_enclosure": True},
        {"authors": ("A, B and C",)},
        {"authors": ("A, B", "C")},
        {"tags": ("y", "x")},
        {"image": "https://example.org/a.png"},
        {"details": (Detail("rss", "explicit", ""), Detail("rss", "language", "ES"), Detail("json", "season", "2"))},
        {"details": tuple(Detail("rss", field, "another") for field in ("author", "enclosure", "image"))},
    ],
)
def test_what_another_program_writes_in_other_words_is_no_update(same: dict[str, Any]) -> None:
    was = ITEM._replace(
        details=(
            *(Detail("rss", field, "one") for field in ("author", "enclosure", "image")),
            *(Detail("rss", "explicit", "true"), Detail("rss", "language", "es"), Detail("rss", "season", "1")),
        )
    )
    assert fields(was, was._replace(**same), exact=False) == ()


@pytest.mark.parametrize(
    ("other", "differs"),
    [
        ({"html": "<p>Some words &amp; less.</p>"}, "text"),
        ({"title": "Another"}, "title"),
        ({"url": "https://example.org/b/"}, "link"),
        ({"authors": ("A", "B")}, "author"),
        ({"tags": ("x",)}, "tags"),
        ({"enclosures": (SOUND,)}, "enclosure"),
        ({"enclosures": (PAPER,), "has_one_enclosure": True}, "enclosure"),
        ({"enclosures": (PAPER, SOUND)}, "enclosure"),
        ({"updated": datetime(2025, 5, 9, tzinfo=UTC)}, "date"),
        ({"details": (Detail("rss", "language", "pt"),)}, "language"),
    ],
)
@pytest.mark.parametrize("exact", [True, False])
def test_what_differs_is_told_whoever_wrote_it(other: dict[str, Any], differs: str, exact: bool) -> None:
    was = ITEM._replace(details=(Detail("rss", "language", "es"),))
    assert fields(was, was._replace(**other), exact=exact) == (differs,)


@pytest.mark.parametrize(
    ("other", "differs"),
    [
        ({"html": ITEM.html.upper()}, "text"),
        ({"summary": "Another"}, "text"),
        ({"title": ITEM.title.upper()}, "title"),
        ({"image": "https://example.org/a.png"}, "image"),
        *[
            ({"enclosures": (SOUND._replace(**{field: "1"}), PAPER)}, "enclosure")
            for field in ("media_type", "size", "title", "duration")
        ],
        ({"details": (Detail("rss", "language", ""),)}, "language"),
        ({"details": (Detail("rss", "language", "ES"),)}, "language"),
    ],
)
def test_of_what_dateline_wrote_every_letter_counts(other: dict[str, Any], differs: str) -> None:
    was = ITEM._replace(details=(Detail("rss", "language", "es"),))
    assert fields(was, was._replace(**other), exact=True) == (differs,)


def test_a_detail_is_compared_in_the_format_that_says_it() -> None:
    was = ITEM._replace(details=(Detail("rss", "language", "es"), Detail("atom", "language", "es")))
    now = ITEM._replace(details=(Detail("rss", "language", "pt"), Detail("atom", "language", "pt")))
    assert fields(was, now, exact=True) == ("language",)
    assert fields(was, ITEM, exact=True) == ()
    assert fields(was, ITEM._replace(details=(Detail("json", "language", "pt"),)), exact=True) == ()


@pytest.mark.parametrize(("length", "is_telling"), [(39, False), (40, True)])
def test_a_text_is_telling_from_forty_characters_on(length: int, is_telling: bool) -> None:
    was, now = (item(id, html=f"<p>{'x' * length}</p>", title=id, summary="") for id in "ab")
    expected = [("shown_again", "b", "text", ("title", "link"))] if is_telling else [("new", "b"), ("gone", "a")]
    assert sorted(told([was], [now])) == sorted(expected)


DAY = datetime(2025, 5, 1, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("was", "now", "because"),
    [
        ({"url": "https://example.org/"}, {"url": "https://example.org/"}, "address"),
        ({"url": ""}, {"url": ""}, ""),
        ({"html": ""}, {"html": ""}, ""),
        ({"title": "One &amp; same"}, {"title": "ONE & same"}, "title and day"),
        ({"title": ""}, {"title": ""}, ""),
        ({"title": "One"}, {"title": "One", "published": None, "updated": None}, ""),
        ({"title": "One", "published": DAY}, {"title": "One", "published": DAY + timedelta(hours=1)}, ""),
        (
            {"title": "One", "published": DAY},
            {"title": "One", "published": DAY.astimezone(timezone(timedelta(hours=2)))},
            "title and day",
        ),
    ],
)
def test_posts_are_the_same_by_address_text_or_title_and_day(
    was: dict[str, Any], now: dict[str, Any], because: str
) -> None:
    before, after = item("a", **was), item("b", **now)
    changes = list(compare(FeedItems((before,)), FeedItems((after,)), NOWHERE, exact=False))
    assert [change.because for change in changes if change.kind == "shown_again"] == ([because] if because else [])
    assert [change.kind for change in changes if change.kind in ("new", "gone")] == ([] if because else ["gone", "new"])


def test_of_several_that_could_be_the_same_post_none_is() -> None:
    before = [item("a", 1, url="https://example.org/"), item("b", 2, url="https://example.org/")]
    after = [item("c", 3, url="https://example.org/"), item("d", 4, url="https://example.org/")]
    for old, new in ((before, after), (before[:1], after), (before, after[:1])):
        kinds = [change[0] for change in told(old, new)]
        assert kinds == ["gone"] * len(old) + ["new"] * len(new)
    assert [change[:3] for change in told(before[:1], after[:1])] == [("shown_again", "Title of c", "address")]


def test_what_comes_is_old_where_it_came_out_before_all_that_is_shown() -> None:
    shown = item("a", 5)
    assert told([shown], [shown, item("b", 4)]) == [("older", "Title of b")]
    assert told([shown], [shown, item("b", 5)]) == [("new", "Title of b")]
    assert told([shown], [shown, item("b", 6)]) == [("new", "Title of b")]
    assert told([shown], [shown, item("b", 4, published=None)]) == [("new", "Title of b")]
    assert told([shown._replace(published=None)], [shown._replace(published=None), item("b", 4)]) == [
        ("new", "Title of b")
    ]
    held = NOWHERE._replace(due=lambda known: datetime(2025, 5, 6, tzinfo=UTC) if known == "b" else None)
    assert told([shown], [shown, item("b", 4)], held) == [("new", "Title of b")]


def test_what_leaves_is_gone_past_the_limit_or_of_another_date() -> None:
    one, two = item("a", 1), item("b", 2)
    assert told([two, one], [two]) == [("gone", "Title of a")]
    there = NOWHERE._replace(published=lambda _: one.published)
    elsewhere = NOWHERE._replace(published=lambda _: two.published)
    assert told([two, one], [two], there) == [("past_limit", "Title of a")]
    assert told([two, one], [two], elsewhere) == [("redated", "Title of a", "and it is too old for the feed now")]
    assert told([two, one._replace(published=None)], [two], elsewhere) == [("past_limit", "Title of a")]
    assert told([two, one], [two], NOWHERE._replace(is_elsewhere=lambda known: known == "a")) == [
        ("past_limit", "Title of a")
    ]


def test_a_date_that_was_not_there_is_a_change_and_no_move() -> None:
    one = item("a", 1)
    for was, now in (
        (one._replace(published=None, updated=None), one),
        (one, one._replace(published=None, updated=None)),
    ):
        assert told([was], [now]) == [("updated", "Title of a", ("date",))]


def test_a_post_that_is_out_still_is_no_other_post() -> None:
    one, two = item("a", 1, url="https://example.org/"), item("b", 2, url="https://example.org/")
    out = NOWHERE._replace(published=lambda known: one.published if known == "a" else None)
    assert told([one], [two], out) == [("past_limit", "Title of a"), ("new", "Title of b")]


def test_what_comes_from_an_archive_that_stays_is_not_new() -> None:
    one, two = item("a", 1), item("b", 2)
    there = NOWHERE._replace(is_elsewhere=lambda known: known == "a")
    assert told([two], [two, one], there) == [("older", "Title of a", "so far it is in the archive only")]
    assert told([one], [two, one], NOWHERE._replace(is_elsewhere=lambda known: known == "b")) == []


def test_archives_are_told_apart_from_what_people_subscribe_to() -> None:
    one, two, three = (item("abc"[day - 1], day) for day in (1, 2, 3))

    def archived(before: FeedItems, after: FeedItems) -> list[tuple[Any, ...]]:
        return [parts(change) for change in compare(before, after, NOWHERE, exact=True)]

    assert archived(FeedItems((three,), (one,)), FeedItems((three,))) == [("gone", "Title of a", "archive")]
    assert archived(FeedItems((three,)), FeedItems((three,), (item("d", 4),))) == [
        ("archived", "Title of d", "archive")
    ]
    assert archived(FeedItems((three,)), FeedItems((three,), (two,))) == [("older", "Title of b", "archive")]
    assert archived(FeedItems((three, two)), FeedItems((three,), (two,))) == [("past_limit", "Title of b")]
    assert archived(FeedItems((two,)), FeedItems((two._replace(published=one.published),))) == [
        ("redated", "Title of b")
    ]
    risen = two._replace(published=one.published)
    assert archived(FeedItems((three,), (two,)), FeedItems((three, risen))) == [
        ("redated", "Title of b", "so far it is in the archive only"),
        ("older", "Title of b", "so far it is in the archive only"),
    ]
