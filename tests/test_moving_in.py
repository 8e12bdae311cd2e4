"""Moving in with more than ids: settings that fit the old feed, posts that are refused, and exports."""

import json
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from conftest import SETTINGS, Site, dateline, few_and_many
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st
from test_adopt import RSS, adopt, files
from test_same_bytes import PODCAST

from dateline.content.config import read_settings
from dateline.content.dates import read_date
from dateline.content.edit_settings import with_settings
from dateline.content.key_values import between_quotes
from dateline.content.podcast import podcast_guid
from dateline.errors import InputError, SettingsError
from dateline.importer.settings import PostAddress, PostDate, date_settings, permalink_setting
from dateline.model import Publication

EXPORT = Path(__file__).parent / "exports" / "wordpress.xml"


def publication(more: str = "") -> Publication:
    return read_settings(SETTINGS + more)[0]


def feed(site: Site, *items: dict[str, object]) -> str:
    """Write a feed of items, and return its name."""
    (site.root / "old.json").write_text(json.dumps({"items": items}))
    return "old.json"


def item(number: int, date: str, url: str = "", title: str = "") -> dict[str, object]:
    return {"id": f"urn:old:{number}", "title": title or f"Post {number}", "date_published": date, "url": url}


def test_settings_are_offered_as_lines_and_written_on_demand(site: Site) -> None:
    for number in (1, 2, 3):
        site.post(f"post-{number}.md", title=f"Post {number}", date=f"2025-0{number}-14")
    address = "https://example.org/blog/{}.html"
    moments = ("2025-01-14T00:00:00+01:00", "2025-02-14T00:00:00+01:00", "2025-03-14T00:00:00+01:00")
    items = [item(n, moment, address.format(f"post-{n}")) for n, moment in enumerate(moments, 1)]
    name = feed(site, *items)
    before = (site.posts / "feed.toml").read_text()
    lines = [
        'timezone = "Europe/Berlin"        # 3 of 3 dates agree with the feed then, 0 now',
        'default_time = "00:00"            # 3 of 3 dates agree with the feed then, 0 now',
        'permalink = "/blog/{slug}.html"   # 3 of 3 addresses can stay then, 0 now',
    ]
    printed = adopt(site, name)
    offered = [line.split("  #")[0].strip() for line in printed.splitlines() if line.startswith("  ") and " = " in line]
    assert offered == [line.split("  #")[0].strip() for line in lines]
    assert "To have these settings written, use --settings." in printed
    assert (site.posts / "feed.toml").read_text() == before
    refused = dateline("adopt", name, "--interactive", cwd=site.root, answers="n\n")
    assert "Write these settings to feed.toml?" in refused.out
    assert (site.posts / "feed.toml").read_text() == before
    dry = adopt(site, name, "--settings", "--dry-run")
    assert "These settings would be written to feed.toml" in dry
    assert (site.posts / "feed.toml").read_text() == before
    accepted = dateline("adopt", name, "--interactive", cwd=site.root, answers="y\n")
    assert "These settings were written to feed.toml" in accepted.out
    assert (site.posts / "feed.toml").read_text() == before + "".join(f"{line}\n" for line in offered)
    assert "feed.toml" not in adopt(site, name)
    changes = json.loads(site.run("diff", "--against", name, "--json").out)
    assert changes["surprises"] == 0
    assert not any(changes[kind] for kind in ("new", "redated", "shown_again", "dead_address", "archived"))


def test_the_report_for_programs_has_the_settings_and_the_refused_posts(site: Site) -> None:
    site.post("post-1.md", title="Post 1", date="2025-01-14")
    site.post("post-2.md", title="Post 2", date="soon")
    name = feed(site, item(1, "2025-01-14T00:00:00Z"), item(2, "2025-01-15T00:00:00Z", "https://example.org/post-2"))
    report = json.loads(adopt(site, name, "--json"))
    assert (report["settings"], report["settings_written"]) == ({"default_time": "00:00"}, False)
    assert json.loads(adopt(site, name, "--json", "--settings"))["settings_written"]
    assert [entry["status"] for entry in report["entries"]] == ["written", "refused"]
    assert [(error["path"], error["line"]) for error in report["refused"]] == [("posts/post-2.md", 3)]


def test_posts_that_are_refused_are_left_alone_and_the_others_get_their_ids(site: Site) -> None:
    site.post("2025-05-01-good.md", title="Good")
    site.post("2025-05-02-bad.md", title="Bad", slug="a/b", date="soon")
    site.write("2025-05-03-worse.md", "---\ntitle: [\n---\nText.\n")
    site.write("2025-05-04-binary.md", b"---\ntitle: \xff\n---\n")
    site.post("undated.md", title="Undated")
    site.post("undated-too.md", title="Undated too")
    days = {"good": 1, "bad": 2, "worse": 3, "binary": 4, "lost": 5, "undated": 6}
    items = [
        item(day, f"2025-05-0{day}T12:00:00Z", f"https://old.example/{word}", word.title())
        for word, day in days.items()
    ]
    before = files(site.posts)
    printed = adopt(site, feed(site, *items), "--create")
    assert "6 entries: 2 written, 1 created, 3 refused." in printed
    left = printed.partition("These posts cannot be read, so they were left alone:\n")[2].splitlines()
    assert [line.split(":")[0] for line in left] == [
        "  posts/2025-05-02-bad.md",
        "  posts/2025-05-02-bad.md",
        "  posts/2025-05-03-worse.md",
        "  posts/2025-05-04-binary.md",
        "  posts/undated-too.md",
    ]
    after = files(site.posts)
    assert {path for path in after if after[path] != before.get(path)} == {
        "2025-05-01-good.md",
        "2025-05-05-lost.md",
        "undated.md",
    }
    assert "id: urn:old:1\n" in after["2025-05-01-good.md"].decode()


def test_the_date_of_the_feed_wins_if_the_post_has_two(site: Site) -> None:
    site.post("a.md", title="A", date="2025-05-01 10:00", publishDate="2025-05-20 08:00")
    site.post("b.md", title="B", date="2025-05-02 10:00", publishDate="2025-05-21 08:00")
    site.post("c.md", title="C", date="2025-05-03 10:00")
    items = [item(1, "2025-05-20T08:00:00Z", "https://example.org/a", "A")]
    items.append(item(2, "2025-05-02T10:00:00Z", "https://example.org/b", "B"))
    printed = adopt(site, feed(site, *items, item(3, "2025-05-08T10:00:00Z", "https://example.org/2025/05/c/", "C")))
    assert "date: 2025-05-20T08:00:00+00:00\npublishDate: 2025-05-20 08:00\n" in (site.posts / "a.md").read_text()
    assert "date: 2025-05-02 10:00\n" in (site.posts / "b.md").read_text()
    assert "date: 2025-05-03 10:00\n" in (site.posts / "c.md").read_text()
    assert "date: 2025-05-03 at 10:00 (UTC+00:00) here, 2025-05-08 at 10:00 (UTC+00:00) in the feed" in printed


def test_only_published_posts_of_an_export_are_read(site: Site) -> None:
    site.post("crane.md", title="The crane", date="2025-05-05 08:30", author="Ana Díaz")
    printed = adopt(site, EXPORT, "posts", "--create", "--settings")
    assert "2 entries: 1 written, 1 created." in printed
    kinds = "attachment (1), draft (1), page (1), private (1), with a password (1)"
    assert f"Only published posts of the export are read; left out by type or status: {kinds}." in printed
    assert "limit" not in printed
    assert "id: https://example.org/?p=5\n" in (site.posts / "crane.md").read_text()
    draft = (site.posts / "2025-05-06-a-rope.md").read_text()
    assert "author: Mike Connors\n" in draft
    assert draft.endswith("---\nGreen.\n")
    assert not any("plans" in path or "members" in path for path in files(site.posts))


def test_paragraphs_of_an_export_stay_paragraphs(site: Site) -> None:
    adopt(site, EXPORT, "posts", "--create")
    text = (site.posts / "2025-05-05-the-crane.md").read_text().partition("---\n")[2].partition("---\n")[2]
    assert text.startswith("It lifts **forty** tonnes.\n\nNobody knows why.\n\n")
    assert "40\n\n41" in text
    assert "First!" not in text


def test_the_guid_of_a_podcast_is_written_into_its_table(site: Site) -> None:
    guid = "917393e3-1b1e-5cef-ace4-edaa54e1f810"
    (site.root / "old.xml").write_text(RSS.format(items=f"<podcast:guid>{guid.upper()}</podcast:guid>"))
    site.settings(f"{PODCAST}# The end.\n")
    before = (site.posts / "feed.toml").read_text()
    printed = adopt(site, "old.xml", "--settings")
    assert f'  [podcast]\n  guid = "{guid}"' in printed
    assert (site.posts / "feed.toml").read_text() == before.replace("9b024349-ccf0-5f69-a609-6b82873eab3c", guid)


def test_without_a_guid_of_the_old_feed_it_is_derived_from_its_address(site: Site) -> None:
    own, old = podcast_guid("https://example.org/rss.xml"), podcast_guid("https://pod.example/feed/")
    link = '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" href="https://pod.example/feed/" rel="self"/>'
    (site.root / "old.xml").write_text(RSS.format(items=link))
    site.settings(PODCAST.replace("9b024349-ccf0-5f69-a609-6b82873eab3c", own))
    assert f'guid = "{old}"' in adopt(site, "old.xml", "--settings")
    assert f'guid = "{old}"' in (site.posts / "feed.toml").read_text()
    # One that is there, and not just the proposed one, stays.
    site.settings(PODCAST)
    assert "guid" not in adopt(site, "old.xml", "--settings")


def test_a_post_that_the_old_feed_leaves_out_is_named(site: Site) -> None:
    for day in (1, 2, 3):
        site.post(f"2025-05-0{day}-a.md", title=f"Post {day}", id=f"urn:old:{day}")
    assert "leaves out 2025-05-02-a.md, so" in adopt(
        site, feed(site, item(1, "2025-05-01T12:00:00Z"), item(3, "2025-05-03T12:00:00Z"))
    )


@pytest.mark.parametrize(
    ("paths", "pattern"),
    [
        (["2025/03/14/boat.html", "2025/04/02/net.html"], "/{year}/{month}/{day}/{slug}.html"),
        (["blog/2025-03-14-boat/", "blog/2025-04-02-net/"], "/blog/{year}-{month}-{day}-{slug}/"),
        (["notes/boat", "notes/net", "2025/04/02/sail"], "/notes/{slug}"),
        (["2025/03/boat/", "2025/04/net/"], None),  # as it is
        (["Boat.php", "Net.php"], None),
        (["a b/boat/", "a b/net/"], None),
        (["caf%C3%A9/boat/", "caf%C3%A9/net/"], "/café/{slug}/"),
    ],
)
def test_the_pattern_of_most_addresses_is_found(paths: list[str], pattern: str | None) -> None:
    days = (datetime(2025, 3, 14, tzinfo=UTC), datetime(2025, 4, 2, tzinfo=UTC), datetime(2025, 4, 2, tzinfo=UTC))
    slugs = ("boat", "net", "sail")
    addresses = [PostAddress(*row) for row in zip(paths, slugs, days, strict=False)]
    assert [setting.value for setting in permalink_setting(addresses, publication())] == ([pattern] if pattern else [])


ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns"]


@pytest.mark.parametrize("now", ["", 'timezone = "Asia/Tokyo"\ndefault_time = "18:30"\n'])
@few_and_many(15, 400)
def test_derived_settings_give_all_dates_that_one_zone_can_give(drawn: settings, now: str) -> None:
    @drawn
    @given(
        st.sampled_from(ZONES),
        st.sampled_from([time(0), time(12), time(9, 15)]),
        st.lists(
            st.tuples(st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1)), st.booleans()), min_size=3, max_size=30
        ),
    )
    def check(zone: str, default_time: time, written: list[tuple[datetime, bool]]) -> None:
        days_alone = sum(not timed for _, timed in written)
        assume(default_time == time() or (days_alone != 1 and days_alone != 2))  # two may be chance
        dates = []
        for moment, timed in written:
            text = f"{moment:%Y-%m-%d %H:%M}" if timed else f"{moment:%Y-%m-%d}"
            try:
                read = read_date(text, ZoneInfo(zone), default_time)
            except InputError:
                reject()
            dates.append(PostDate(read.moment.replace(tzinfo=None), timed, read.moment.astimezone(UTC)))
        found = publication(now)
        derived = {key: value for _, key, value, _ in date_settings(dates, found)}
        more = "".join(f"{key} = {between_quotes(value)}\n" for key, value in derived.items())
        lines = [line for line in now.splitlines() if line.partition(" ")[0] not in derived]
        settled = publication("\n".join([*lines, more]))
        for date in dates:
            text = f"{date.written:%Y-%m-%d %H:%M}" if date.timed else f"{date.written:%Y-%m-%d}"
            read = read_date(text, settled.timezone, settled.default_time)
            assert read.moment == date.moment

    check()


def test_a_single_date_says_nothing_about_the_zone() -> None:
    date = PostDate(datetime(2025, 5, 5, 8, 30), timed=True, moment=datetime(2025, 5, 5, 2, 45, tzinfo=UTC))
    assert list(date_settings([date], publication())) == []
    assert list(date_settings([], publication())) == []


def test_a_date_that_is_wrong_does_not_count_against_the_others() -> None:
    days = [datetime(2025, month, 5, 8, 30) for month in range(1, 11)]
    dates = [PostDate(day, True, day.replace(tzinfo=UTC) + timedelta(hours=3)) for day in days]
    dates[4] = dates[4]._replace(moment=dates[4].moment + timedelta(days=9))
    (setting,) = date_settings(dates, publication())
    offset = days[0].replace(tzinfo=ZoneInfo(setting.value)).utcoffset()
    assert (setting.key, offset) == ("timezone", timedelta(hours=-3))
    assert setting.reason == "9 of 10 dates agree with the feed then, 0 now"


KEYS = st.sampled_from(["timezone", "limit", "permalink", "id", "title", "C++", "C", "Ana Díaz"])
VALUES = st.one_of(st.from_regex(r"[1-9]\d{0,8}", fullmatch=True), st.text(st.characters(codec="utf-8"), max_size=20))
LINES = st.lists(
    st.sampled_from(
        [
            'title = "A"  # with a comment',
            "limit = 20",
            "# nothing",
            "",
            'description = """\n[podcast]\nguid = 1\n"""',
            "tags = [\n  'a', # ]\n]",
            "[podcast]",
            'guid = "x"',
            "[ feed_files ]  # where",
            "rss = 'a.xml'",
            "[authors.ana]",
            "  name = 'Ana'",
            "[[other]]",
            "timezone='UTC'",
        ]
    ),
    max_size=12,
)


@few_and_many(200, 3000)
def test_writing_settings_changes_nothing_else(drawn: settings) -> None:
    @drawn
    @given(
        LINES,
        st.sampled_from(["\n", "\r\n"]),
        st.booleans(),
        st.booleans(),
        st.dictionaries(
            st.tuples(st.sampled_from(["", "podcast", "feed_files"]), KEYS), VALUES, min_size=1, max_size=4
        ),
    )
    def check(lines: list[str], newline: str, ends: bool, mark: bool, wanted: dict[tuple[str, str], str]) -> None:
        text = "\ufeff" * mark + newline.join(lines).replace("\n", newline).replace("\r\r", "\r") + newline * ends
        try:
            edited = with_settings(text, wanted)
        except SettingsError:
            return
        rest = iter(edited.removeprefix("\ufeff").splitlines())
        assert edited.startswith("\ufeff") == mark
        replaced = {key for _, key in wanted}
        for line in text.removeprefix("\ufeff").splitlines():
            if line.replace("=", " ").split(" ")[0] not in replaced:
                assert line in rest  # in this order
        assert with_settings(edited, wanted) == edited

    check()


def test_settings_that_cannot_be_edited_are_an_error_and_nothing_is_written() -> None:
    for text in ("podcast = {guid = 'a'}", "podcast.guid = 'a'"):
        with pytest.raises(SettingsError, match="edit the file by hand"):
            with_settings(text, {("podcast", "guid"): "b"})


ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><id>{id}</id><link rel="self" href="{address}"/>'
    '<entry><title>First</title><id>urn:old:1</id><link href="{page}"/><published>2025-04-14T12:00:00Z</published>'
    "<updated>2025-04-14T12:00:00Z</updated></entry></feed>"
)


@pytest.mark.parametrize(
    ("address", "more", "settings", "note"),
    [
        ("https://example.org/feed.xml", "", {"feed_files.atom": "feed.xml"}, None),
        ("http://www.example.org/blog/atom/", "", {"feed_files.atom": "blog/atom/index.html"}, None),
        ("https://example.org/atom.xml", "", {}, None),
        ("https://example.org/tags/x.xml", "", {}, "The feed https://example.org/tags/x.xml would move to"),
        ("https://example.org/?feed=atom", "", {}, "The feed https://example.org/?feed=atom would move to"),
        ("https://elsewhere.example/atom.xml", "", {}, "The feed https://elsewhere.example/atom.xml would move to"),
        ("https://example.org/a.xml", 'formats = ["json"]\n', {}, 'add "atom" to formats in feed.toml'),
        ("https://example.org/../../x.xml", "", {}, "would move to"),
        ("https://example.org/{slug}%0A.xml", "", {}, "would move to"),
        ("javascript:alert(1)", "", {}, None),
    ],
)
def test_the_feed_keeps_its_address_or_it_is_said_why(
    site: Site, address: str, more: str, settings: dict[str, str], note: str | None
) -> None:
    site.settings(more)
    site.post()
    page = "https://example.org/2025/04/first/"
    (site.root / "old.xml").write_text(ATOM.format(id="", address=address, page=page))
    report = json.loads(adopt(site, "old.xml", "--json"))
    assert report["settings"] == settings
    printed = adopt(site, "old.xml")
    assert (note in printed) if note else ("The feed" not in printed)


@pytest.mark.parametrize(
    ("page", "keys"),
    [
        ("https://example.org/2025/04/another/", {"slug": "another"}),
        ("http://www.example.org/old/first.html#top", {"url": "/old/first.html"}),
        ("https://example.org/Old%20One/First", {"url": "/Old%20One/First"}),
        ("https://example.org/../first", {}),
        ("https://example.org/%2e%2e/%00/first", {}),
        ("https://example.org/old.php?p=1", {}),
        ("https://elsewhere.example/first", {}),
    ],
)
def test_the_address_of_an_entry_is_kept_if_a_file_can_have_it(site: Site, page: str, keys: dict[str, str]) -> None:
    for number in range(3):  # most addresses are as they were
        site.post(f"2025-04-1{number}-post-{number}.md", title=f"Post {number}")
    site.post()
    items = [item(n, f"2025-04-1{n}T12:00:00Z", f"https://example.org/2025/04/post-{n}/") for n in range(3)]
    items.append({"id": "urn:old:9", "title": "First", "date_published": "2025-04-14T12:00:00Z", "url": page})
    report = json.loads(adopt(site, feed(site, *items), "--json"))
    assert report["entries"][-1]["written"] == {"id": "urn:old:9", **keys}
    assert bool(keys) is not any("only the server at the old address can redirect" in note for note in report["notes"])
    assert site.build().code == 0


@pytest.mark.parametrize("id", ["", "relative", "https://example.org/#x", "tag:example.org,2025-01-01:daily"])
def test_an_id_that_a_publication_cannot_have_or_has_is_not_offered(site: Site, id: str) -> None:
    site.post()
    (site.root / "old.xml").write_text(ATOM.format(id=id, address="", page=""))
    assert "id" not in json.loads(adopt(site, "old.xml", "--json"))["settings"]


def test_no_post_gets_the_address_of_another(site: Site) -> None:
    site.post("2025-04-14-first.md", title="First")
    site.post("2025-04-15-second.md", title="Second", id="urn:old:1")
    printed = adopt(site, feed(site, item(1, "2025-04-15T12:00:00Z", "https://example.org/2025/04/first", "Second")))
    assert "1 address changes, from https://example.org/2025/04/first to" in printed
    assert site.build().code == 0
