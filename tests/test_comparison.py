"""Items before and after, compared by ids and nothing else: which changes are reported, and that no others are."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from test_brake import NOWHERE, item

from dateline.comparison.changes import Change
from dateline.comparison.compare_items import FeedItems, Lookup, compare
from dateline.formats.items import Item, ItemEnclosure

SOUND = ItemEnclosure("https://cdn.example/a.mp3", "audio/mpeg", "99", "Sound", "60")
PAPER = ItemEnclosure("https://cdn.example/a.pdf", "application/pdf", "98")


def changes(
    before: list[Item], after: list[Item], lookup: Lookup = NOWHERE, *, exact: bool = True
) -> list[tuple[Any, ...]]:
    """Return each change as its kind, its subject and more."""
    found = compare(FeedItems(tuple(before)), FeedItems(tuple(after)), lookup, exact=exact)
    return [parts(change) for change in found]


def parts(change: Change) -> tuple[Any, ...]:
    more = (change.because, change.fields, change.in_archive and "archive")
    return (change.kind, change.subject, *filter(None, more))


def fields(was: Item, now: Item, *, exact: bool) -> tuple[str, ...]:
    """Return which fields of an item differ, in both directions."""
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
        {"details": {("rss", "explicit"): "", ("rss", "language"): "ES", ("json", "season"): "2"}},
        {"details": {("rss", field): "another" for field in ("author", "enclosure", "image")}},
    ],
)
def test_other_markup_by_another_program_is_no_update(same: dict[str, Any]) -> None:
    was = ITEM._replace(
        details={
            **{("rss", field): "one" for field in ("author", "enclosure", "image")},
            ("rss", "explicit"): "true",
            ("rss", "language"): "es",
            ("rss", "season"): "1",
        }
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
        ({"details": {("rss", "language"): "pt"}}, "language"),
    ],
)
@pytest.mark.parametrize("exact", [True, False])
def test_a_difference_is_reported_whoever_wrote_the_feed(other: dict[str, Any], differs: str, exact: bool) -> None:
    was = ITEM._replace(details={("rss", "language"): "es"})
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
        ({"details": {("rss", "language"): ""}}, "language"),
        ({"details": {("rss", "language"): "ES"}}, "language"),
    ],
)
def test_in_our_own_feeds_every_letter_counts(other: dict[str, Any], differs: str) -> None:
    was = ITEM._replace(details={("rss", "language"): "es"})
    assert fields(was, was._replace(**other), exact=True) == (differs,)


def test_a_detail_is_compared_within_its_format() -> None:
    was = ITEM._replace(details={("rss", "language"): "es", ("atom", "language"): "es"})
    now = ITEM._replace(details={("rss", "language"): "pt", ("atom", "language"): "pt"})
    assert fields(was, now, exact=True) == ("language",)
    assert fields(was, ITEM, exact=True) == ()
    assert fields(was, ITEM._replace(details={("json", "language"): "pt"}), exact=True) == ()


@pytest.mark.parametrize(("length", "is_telling"), [(39, False), (40, True)])
def test_posts_are_matched_by_texts_of_forty_characters_or_more(length: int, is_telling: bool) -> None:
    was, now = (item(id, html=f"<p>{'x' * length}</p>", title=id, summary="") for id in "ab")
    expected = [("shown_again", "b", "text", ("title", "link"))] if is_telling else [("new", "b"), ("gone", "a")]
    assert sorted(changes([was], [now])) == sorted(expected)


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
def test_posts_are_matched_by_address_text_or_title_and_day(
    was: dict[str, Any], now: dict[str, Any], because: str
) -> None:
    before, after = item("a", **was), item("b", **now)
    found = list(compare(FeedItems((before,)), FeedItems((after,)), NOWHERE, exact=False))
    assert [change.because for change in found if change.kind == "shown_again"] == ([because] if because else [])
    assert [change.kind for change in found if change.kind in ("new", "gone")] == ([] if because else ["gone", "new"])


def test_posts_with_several_candidates_are_not_matched() -> None:
    before = [item("a", 1, url="https://example.org/"), item("b", 2, url="https://example.org/")]
    after = [item("c", 3, url="https://example.org/"), item("d", 4, url="https://example.org/")]
    for old, new in ((before, after), (before[:1], after), (before, after[:1])):
        kinds = [change[0] for change in changes(old, new)]
        assert kinds == ["gone"] * len(old) + ["new"] * len(new)
    assert [change[:3] for change in changes(before[:1], after[:1])] == [("shown_again", "Title of c", "address")]


def test_an_added_item_is_old_if_it_was_published_before_everything_shown() -> None:
    shown = item("a", 5)
    assert changes([shown], [shown, item("b", 4)]) == [("older", "Title of b")]
    assert changes([shown], [shown, item("b", 5)]) == [("new", "Title of b")]
    assert changes([shown], [shown, item("b", 6)]) == [("new", "Title of b")]
    assert changes([shown], [shown, item("b", 4, published=None)]) == [("new", "Title of b")]
    assert changes([shown._replace(published=None)], [shown._replace(published=None), item("b", 4)]) == [
        ("new", "Title of b")
    ]
    held = NOWHERE._replace(due=lambda known: datetime(2025, 5, 6, tzinfo=UTC) if known == "b" else None)
    assert changes([shown], [shown, item("b", 4)], held) == [("new", "Title of b")]


def test_a_removed_item_is_gone_past_the_limit_or_redated() -> None:
    one, two = item("a", 1), item("b", 2)
    assert changes([two, one], [two]) == [("gone", "Title of a")]
    there = NOWHERE._replace(published=lambda _: one.published)
    elsewhere = NOWHERE._replace(published=lambda _: two.published)
    assert changes([two, one], [two], there) == [("past_limit", "Title of a")]
    assert changes([two, one], [two], elsewhere) == [("redated", "Title of a", "and it is too old for the feed now")]
    assert changes([two, one._replace(published=None)], [two], elsewhere) == [("past_limit", "Title of a")]
    assert changes([two, one], [two], NOWHERE._replace(is_elsewhere=lambda known: known == "a")) == [
        ("past_limit", "Title of a")
    ]


def test_adding_a_date_is_an_update_and_no_move() -> None:
    one = item("a", 1)
    for was, now in (
        (one._replace(published=None, updated=None), one),
        (one, one._replace(published=None, updated=None)),
    ):
        assert changes([was], [now]) == [("updated", "Title of a", ("date",))]


def test_a_published_post_is_not_matched_with_another() -> None:
    one, two = item("a", 1, url="https://example.org/"), item("b", 2, url="https://example.org/")
    out = NOWHERE._replace(published=lambda known: one.published if known == "a" else None)
    assert changes([one], [two], out) == [("past_limit", "Title of a"), ("new", "Title of b")]


def test_an_item_from_an_unchanged_archive_is_not_new() -> None:
    one, two = item("a", 1), item("b", 2)
    there = NOWHERE._replace(is_elsewhere=lambda known: known == "a")
    assert changes([two], [two, one], there) == [("older", "Title of a", "so far it is in the archive only")]
    assert changes([one], [two, one], NOWHERE._replace(is_elsewhere=lambda known: known == "b")) == []


def test_changes_in_archives_are_marked() -> None:
    one, two, three = (item("abc"[day - 1], day) for day in (1, 2, 3))

    def archived(before: FeedItems, after: FeedItems) -> list[tuple[Any, ...]]:
        return [parts(change) for change in compare(before, after, NOWHERE, exact=True)]

    assert archived(FeedItems((three,), (one,)), FeedItems((three,))) == [("gone", "Title of a", "archive")]
    assert archived(FeedItems((three,)), FeedItems((three,), (item("d", 4),))) == [
        ("archived", "Title of d", "archive")
    ]
    assert archived(FeedItems((three,)), FeedItems((three,), (two,))) == [("older", "Title of b", "archive")]
    of_another_program = compare(FeedItems((three,)), FeedItems((three,), (two,)), NOWHERE, exact=False)
    assert [change.kind for change in of_another_program] == ["archived"]
    assert archived(FeedItems((three, two)), FeedItems((three,), (two,))) == [("past_limit", "Title of b")]
    assert archived(FeedItems((two,)), FeedItems((two._replace(published=one.published),))) == [
        ("redated", "Title of b")
    ]
    risen = two._replace(published=one.published)
    assert archived(FeedItems((three,), (two,)), FeedItems((three, risen))) == [
        ("redated", "Title of b", "so far it is in the archive only"),
        ("older", "Title of b", "so far it is in the archive only"),
    ]
