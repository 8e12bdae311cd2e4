"""A build always stops at changes that are probably a mistake, and never at everyday work."""

import errno
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pytest
from conftest import NOW, SETTINGS, Site, few_and_many
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_cost import settled, watched

from dateline.building.report import Report
from dateline.comparison.changes import KINDS, Change, UnexpectedChangesError
from dateline.comparison.compare_items import FeedItems, Lookup, compare
from dateline.comparison.published import document
from dateline.formats.items import Item
from dateline.options import BuildOptions
from dateline.pipeline import build

START = datetime(2025, 1, 25, 9, tzinfo=UTC)
WITH_LABELS = SETTINGS.replace("tag_feeds = false\nauthor_feeds = false\n", "")
TEXTS = st.sampled_from(["Some words.", "Other words, *more* of them, to be told from the first.", "Few."])
TITLES = st.sampled_from(["First", "Second", "The same", "<b>Bold</b> & brave"])
TAGS = st.sampled_from(["[sea]", "[sea, land]", "[land]", "[]"])
AUTHORS = st.sampled_from(["Ana Díaz", "Mike Connors", "[Mike Connors, Ana Díaz]"])


class PostFile(NamedTuple):
    """A post to be written. `day` counts from START; it is published `late` days later, and changed after `updated`."""

    stem: str
    day: int
    late: int = 0
    title: str = "First"
    body: str = "Some words."
    tags: str = "[sea]"
    author: str = "Ana Díaz"
    updated: int = 0
    draft: bool = False

    def put(self, site: Site) -> None:
        fields = {"title": f"'{self.title}'", "date": day(self.day), "tags": self.tags, "author": self.author}
        if self.late:
            fields["publishDate"] = day(self.day + self.late)
        if self.updated:
            fields["updated"] = day(self.day + self.late + self.updated)
        site.post(f"{self.stem}.md", f"{self.body}\n", **fields, draft=str(self.draft).lower())


def day(number: int) -> str:
    return (START + timedelta(days=number)).isoformat()


# The first post keeps the feeds of all tags and authors alive.
ANCHOR = PostFile("anchor", 0, tags="[sea, land]", author="[Ana Díaz, Mike Connors]")
ADDED = st.tuples(
    st.integers(0, 12),
    st.fixed_dictionaries(
        {"late": st.sampled_from([0, 0, 0, 40]), "title": TITLES, "body": TEXTS, "tags": TAGS, "author": AUTHORS}
    ),
)
EDITED = st.tuples(
    st.integers(0, 20),
    st.fixed_dictionaries(
        {}, optional={"title": TITLES, "body": TEXTS, "tags": TAGS, "author": AUTHORS, "updated": st.integers(1, 20)}
    ).filter(bool),
)
STEPS = st.lists(
    st.one_of(ADDED.map(lambda step: ("add", *step)), EDITED.map(lambda step: ("edit", *step))), max_size=7
)
CONFIGURED = st.tuples(
    st.integers(1, 4),
    st.sampled_from(["month", "day", "off"]),
    st.sampled_from(['["rss", "atom", "json"]', '["atom"]', '["rss"]', '["json"]']),
)


class EditedSite:
    """A publication that somebody works on, with its posts in the order of publication."""

    def __init__(self, folder: str, configured: tuple[int, str, str]) -> None:
        self.site = Site(Path(folder))
        limit, archives, formats = configured
        more = f'limit = {limit}\narchives = "{archives}"\nformats = {formats}\n'
        self.site.write("feed.toml", WITH_LABELS + more)
        self.posts = [ANCHOR]
        ANCHOR.put(self.site)

    def step(self, what: str, number: int, fields: dict[str, Any]) -> None:
        """Add a post that comes out some days after the last one; or edit one."""
        if what == "add":
            late = fields["late"]
            newest = max(post.day + post.late for post in self.posts)
            self.put(PostFile(f"post-{len(self.posts)}", newest + number - late, **fields))
        elif len(self.posts) > 1:
            index = 1 + number % (len(self.posts) - 1)
            self.put(self.posts[index]._replace(**fields), index)

    def put(self, post: PostFile, index: int | None = None) -> None:
        post.put(self.site)
        if index is None:
            self.posts.append(post)
        else:
            self.posts[index] = post

    def build(self, *, accept: bool = False) -> Report:
        return build(BuildOptions(self.site.posts, self.site.public, NOW, jobs=1, accept=accept))

    def shown(self) -> list[PostFile]:
        """The posts that some feed shows, or some archive."""
        files = [file for name in ("rss.xml", "atom.xml", "feed.json") for file in self.site.public.rglob(name)]
        ids = {item.id for file in files for item in document(file.read_bytes(), str(file), ours=True).items}
        return [post for post in self.posts if f"tag:example.org,2025-01-01:daily/{post.stem}" in ids]


@few_and_many(5, 150)
def test_adding_newer_posts_and_editing_old_ones_never_stops_a_build(drawn: settings) -> None:
    @drawn
    @given(CONFIGURED, STEPS)
    def holds(configured: tuple[int, str, str], steps: list[tuple[str, int, dict[str, Any]]]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            edited = EditedSite(folder, configured)
            edited.build()
            for step in steps:
                edited.step(*step)
                assert edited.build().changes.surprises == ()

    holds()


def rename(edited: EditedSite, post: PostFile) -> None:
    delete(edited, post)
    post._replace(stem=f"{post.stem}-again").put(edited.site)


def redate(days: int) -> Callable[[EditedSite, PostFile], None]:
    return lambda edited, post: post._replace(day=post.day + days).put(edited.site)


def delete(edited: EditedSite, post: PostFile) -> None:
    (edited.site.posts / f"{post.stem}.md").unlink()


def draft(edited: EditedSite, post: PostFile) -> None:
    post._replace(draft=True).put(edited.site)


def hold(edited: EditedSite, post: PostFile) -> None:
    post._replace(late=400).put(edited.site)


SURPRISES = {
    "a renamed file": rename,
    "an earlier date": redate(-3),
    "a later date": redate(3),
    "a date long ago": redate(-300),
    "a deleted file": delete,
    "a draft": draft,
    "held back": hold,
}


@few_and_many(8, 150)
def test_changing_an_id_or_a_date_or_removing_a_post_always_stops_a_build(drawn: settings) -> None:
    @drawn
    @given(CONFIGURED, STEPS, st.integers(0, 20), st.sampled_from([*SURPRISES]), EDITED)
    def holds(
        configured: tuple[int, str, str],
        steps: list[tuple[str, int, dict[str, Any]]],
        number: int,
        surprise: str,
        besides: tuple[int, dict[str, Any]],
    ) -> None:
        with tempfile.TemporaryDirectory() as folder:
            edited = EditedSite(folder, configured)
            for step in [("add", 3, {"late": 0}), *steps]:
                edited.step(*step)
            edited.build()
            before = edited.site.tree()
            shown = [post for post in edited.shown() if post is not ANCHOR] or [ANCHOR]
            edited.step("edit", *besides)
            shown = [post for post in edited.posts if post.stem in {post.stem for post in shown}]
            SURPRISES[surprise](edited, shown[number % len(shown)])
            with pytest.raises(UnexpectedChangesError):
                edited.build()
            assert edited.site.tree() == before
            assert edited.build(accept=True).changes.surprises
            assert edited.build().changes.changes == ()

    holds()


@pytest.mark.parametrize("archives", ["month", "off"])
def test_two_posts_with_one_title_and_day_are_not_mistaken_for_each_other(site: Site, archives: str) -> None:
    site.settings(f'limit = 1\narchives = "{archives}"\n')
    site.post("a.md", title="Photos", date="2025-04-14 10:00", body="One.")
    assert site.build().code == 0
    site.post("b.md", title="Photos", date="2025-04-14 11:00", body="Two.")
    assert site.build().code == 0


def test_a_date_that_moves_in_a_tag_feed_only_is_a_surprise_even_if_the_post_is_new_elsewhere(
    site: Site,
) -> None:
    site.write("feed.toml", WITH_LABELS + 'limit = 1\narchives = "off"\n')
    site.post("old.md", date="2025-04-14", tags="[sea]")
    site.post("new.md", date="2025-04-15", tags="[land]")
    assert site.build().code == 0
    site.post("old.md", date="2025-04-16", tags="[sea]")
    assert site.build().code == 3


def item(id: str, day: int = 1, **fields: Any) -> Item:
    """Make an item dated a day of May."""
    published = datetime(2025, 5, day, 12, tzinfo=UTC)
    title = f"Title of {id}"
    known = Item(id, f"https://example.org/{id}/", title, published, published, ("Ana",), f"<p>{id}</p>", id, ())
    return known._replace(**fields)


NOWHERE = Lookup(lambda _: False, lambda _: None, lambda _: None)
ITEMS = st.lists(
    st.builds(
        item,
        st.sampled_from("abcdef"),
        st.integers(1, 9),
        url=st.sampled_from(["https://example.org/1/", "https://example.org/2/", ""]),
        title=st.sampled_from(["Title", "Other", ""]),
        html=st.sampled_from(["<p>Short.</p>", f"<p>{'Long and telling. ' * 4}</p>", ""]),
        tags=st.sampled_from([(), ("sea",)]),
    ),
    max_size=7,
    unique_by=lambda item: item.id,
)
SIDES = st.tuples(ITEMS, st.integers(0, 7)).map(
    lambda drawn: FeedItems(tuple(drawn[0][: drawn[1]]), tuple(drawn[0][drawn[1] :]))
)


def by_kind(before: FeedItems, after: FeedItems) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = {kind: [] for kind in KINDS}
    for change in compare(before, after, NOWHERE, exact=True):
        found[change.kind].append(change)
    return found


@given(SIDES)
def test_a_subscriber_who_has_all_items_sees_no_change(side: FeedItems) -> None:
    assert list(compare(side, side, NOWHERE, exact=True)) == []


@given(SIDES, SIDES)
@example(
    FeedItems((item("a", 2),), (item("c", 1),)),
    FeedItems((item("b", 1, url="https://example.org/c/"),)),
)  # one that comes from the archive under another id
def test_each_item_is_added_removed_kept_or_shown_again_and_only_one_of_these(
    before: FeedItems, after: FeedItems
) -> None:
    found = by_kind(before, after)
    old, new = before.by_id(), after.by_id()
    come = [id for kind in ("new", "older", "archived", "shown_again") for change in found[kind] for id in now(change)]
    gone = [id for kind in ("gone", "shown_again") for change in found[kind] for id in was(change)]
    in_archive_so_far = {id for change in found["older"] for id in now(change) if id in old}
    assert sorted(come) == sorted(new.keys() - old.keys() | in_archive_so_far)
    assert sorted(gone) == sorted(old.keys() - new.keys())
    stays = {id for kind in ("updated", "redated") for change in found[kind] for id in now(change)}
    assert stays == {id for id in old.keys() & new.keys() if old[id] != new[id]}
    off_the_end = {id for change in found["past_limit"] for id in was(change)}
    assert off_the_end == {item.id for item in before.main} & new.keys() - {item.id for item in after.main}


@given(SIDES, SIDES)
def test_an_item_that_is_shown_again_is_shown_again_on_the_way_back(before: FeedItems, after: FeedItems) -> None:
    pairs = [(was(change), now(change)) for change in by_kind(before, after)["shown_again"]]
    back = [(now(change), was(change)) for change in by_kind(after, before)["shown_again"]]
    assert sorted(pairs) == sorted(back)
    for kind in ("updated", "redated"):
        ids = [[now(change) for change in by_kind(*sides)[kind]] for sides in ((before, after), (after, before))]
        assert sorted(ids[0]) == sorted(ids[1])


def was(change: Change) -> list[str]:
    return [change.was.id] if isinstance(change.was, Item) else []


def now(change: Change) -> list[str]:
    return [change.now.id] if isinstance(change.now, Item) else []


def test_one_moment_in_two_zones_is_one_date() -> None:
    here = item("a")
    assert here.published
    there = here._replace(published=here.published.astimezone(timezone(timedelta(hours=5, minutes=45))))
    assert list(compare(FeedItems((here,)), FeedItems((there,)), NOWHERE, exact=True)) == []


def test_the_date_of_the_last_change_may_move_along_with_the_date() -> None:
    first, second = item("a", 1), item("a", 2)
    for before, after in ((first, second), (first._replace(updated=None), second._replace(updated=None))):
        changes = compare(FeedItems((before,)), FeedItems((after,)), NOWHERE, exact=True)
        assert [change.kind for change in changes] == ["redated"]
    before = first._replace(updated=datetime(2025, 5, 9, tzinfo=UTC))
    changes = compare(FeedItems((before,)), FeedItems((second,)), NOWHERE, exact=True)
    assert [(change.kind, change.fields) for change in changes] == [("redated", ()), ("updated", ("date",))]


def many(site: Site) -> None:
    """Write posts of six months, all but the newest in archives."""
    site.write("feed.toml", WITH_LABELS + "limit = 3\n")
    for month in range(1, 7):
        for day_of_month in (1, 2, 3):
            site.post(f"2025-{month:02}-{day_of_month:02}-post-{month}-{day_of_month}.md", tags=f"[tag {month}]")


@pytest.mark.parametrize("formats", ['["rss", "atom", "json"]', '["atom"]'])
def test_only_documents_that_differ_are_read(site: Site, formats: str) -> None:
    many(site)
    site.write("feed.toml", WITH_LABELS + f"limit = 3\nformats = {formats}\n")
    request = BuildOptions(site.posts, site.public, NOW, jobs=1)
    build(request)
    names = [
        name for name in ("feed.json", "rss.xml", "atom.xml") if name.split(".")[0].replace("feed", "json") in formats
    ]
    with mock.patch("dateline.comparison.context.document", side_effect=document) as read:
        build(request)
        assert read.call_count == 0
        site.post("2025-02-02-post-2-2.md", "Else.\n", tags="[tag 2]")
        build(request)
    paths = [call.args[1].removeprefix(f"{site.public}/") for call in read.call_args_list]
    differ = [*(f"archive/2025/02/{name}" for name in names), f"tags/tag-2/{names[0]}"]
    # Of those that differ, what stands there and what will; and the main one, by which items are known.
    assert sorted(path for path in paths if not path.startswith(".dateline-")) == sorted([names[0], *differ])
    assert len(paths) == 1 + 2 * len(differ)


def test_reading_our_own_feeds_needs_no_library(site: Site) -> None:
    many(site)
    settled(site)
    site.post("2025-02-02-post-2-2.md", "Else.\n", tags="[tag 2]")
    lines, _, modules = watched(site, "build")
    assert lines[-1] == "Changed: “First”."
    assert modules.isdisjoint({"feedparser", "requests", "sgmllib"})


def test_a_date_that_moves_within_a_day_is_shown_with_its_time(site: Site) -> None:
    site.post()
    assert site.build().code == 0
    site.settings('timezone = "America/New_York"\n')
    result = site.build()
    assert result.code == 3
    assert "The date of “First” would move from 2025-04-14 12:00 +00:00 to 2025-04-14 12:00 -04:00." in result.err


@pytest.mark.slow
def test_of_a_thousand_posts_the_first_are_named_and_the_rest_counted(site: Site) -> None:
    for number in range(1000):
        site.post(f"2025-04-14-post-{number}.md", f"Text {number}.\n", title=f"Post {number:03}")
    assert site.build().code == 0
    site.write("feed.toml", SETTINGS.replace(":daily", ":weekly"))
    stopped = site.build()
    assert stopped.code == 3
    assert "would see 1,000 posts again" in stopped.err
    assert "dateline pin" not in stopped.err  # it is the publication's id that is to be put back
    assert len(stopped.err) < 1000
    told = site.run("diff")
    assert len(told.out.splitlines()) < 30
    assert "and 980 more; --json lists all" in told.out


def test_posts_of_a_removed_archive_are_reported(site: Site) -> None:
    site.settings("limit = 1\n")
    for month in (1, 2, 3, 4):
        site.post(f"post-{month}.md", title=f"Post {month}", date=f"2025-0{month}-14")
    assert site.build().code == 0
    site.settings('limit = 1\narchives = "off"\n')
    (site.posts / "post-2.md").unlink()
    assert site.run("diff").out.splitlines()[:3] == [
        "gone          “Post 2”: no post has its id; no longer in the archive",
        "off the end   “Post 1”: no longer in the archive; posts/post-1.md",
        "off the end   “Post 3”: no longer in the archive; posts/post-3.md",
    ]


def test_a_feed_that_vanishes_while_it_is_compared_is_an_error(site: Site) -> None:
    site.post()
    assert site.build().code == 0
    site.post(body="Other.\n")

    def vanish(*_: object, **__: object) -> None:
        (site.public / "rss.xml").unlink()
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(site.public / "rss.xml"))

    with mock.patch("dateline.comparison.context.document", side_effect=vanish):
        result = site.build()
    assert result.code == 1
    problem = "cannot be read: no such file or directory; try again when no other program writes there"
    assert result.err == f"error: {site.public}/rss.xml: {problem}\n"
