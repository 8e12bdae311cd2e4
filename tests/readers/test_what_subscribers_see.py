"""What `dateline diff` says, and what readers that subscribed before show after: they agree.

Each history is a publication that is built and subscribed to, an edit, and what diff is to say of it. What readers are
to show follows from that by one rule (`foretold`), so that the two can be held against each other.
"""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import EVERYTHING, Site

from dateline.comparison.changes import KINDS
from dateline.content.ids import atom_id
from readers.conftest import serving
from readers.subscribed import Newsboat, Reader, Seen

NAMES = ["rss.xml", "atom.xml", "feed.json"]
TAG = "tags/sea/rss.xml"
ID = "tag:example.org,2025-01-01:daily"
SEA = "tag “sea”"
TEXTS = {
    "one": "The ferry sails at seven, and whoever comes later than that goes home on foot.\n\nIt is a long way.\n",
    "two": "The lighthouse was painted again last week, in red and white, as it always was.\n\nIt dries slowly.\n",
    "three": "The harbour master has retired, and nobody knows who is to come after him.\n\nHe keeps his boat.\n",
    "four": "Nobody has seen the cat of the customs house since the storm of last Tuesday.\n\nIt is grey.\n",
}
# What makes an entry a changed one: neither reader keeps the tags of entries, and newsboat keeps the date that it met.
SHOWN = frozenset({"title", "text", "link", "author", "date", "published"})
SHOWN_BY_NEWSBOAT = SHOWN - {"date", "published"}
Edit = Callable[[Site], object]


def publish(site: Site, more: str = "", *, settings: str = EVERYTHING) -> None:
    """Settings and three posts, a month apart."""
    site.write("feed.toml", settings + more)
    post(site, "one", date="2025-03-10")
    post(site, "two", date="2025-04-10", tags="[land]")
    post(site, "three", date="2025-05-10")


def post(site: Site, name: str, path: str | None = None, body: str | None = None, **fields: str) -> None:
    front_matter = {"title": name.capitalize(), "tags": "[sea]", **fields}
    site.post(path or f"{name}.md", TEXTS[name] if body is None else body, **front_matter)


def diff(site: Site, *options: object) -> tuple[int, dict[str, Any]]:
    """The exit code of diff, and what it says."""
    result = site.run("diff", "--json", *options)
    return result.code, json.loads(result.out)


def kinds(told: dict[str, Any]) -> dict[str, list[str]]:
    """What diff says, in short: titles or addresses by kind."""
    found = {kind: [_about(change) for change in told[kind]] for kind in KINDS}
    return {kind: sorted(changes) for kind, changes in found.items() if changes}


def _about(change: dict[str, Any]) -> str:
    return str(change.get("title") or change["was"])


def ids(
    told: dict[str, Any],
    name: str,
    *of: str,
    key: str = "id",
    because: str | None = None,
    shown: frozenset[str] | None = None,
    archived: bool = False,
) -> set[str]:
    """The ids, as a document has them, of what diff says of some kinds, for a reason, or of what a reader shows."""
    found = [
        change[key]
        for kind in of
        for change in told[kind]
        if because in (None, change.get("because"))
        and (shown is None or not shown.isdisjoint(change["fields"]))
        and (not archived or "in_archive" in change)
    ]
    return {atom_id(ID, id) for id in found} if name == "atom.xml" else set(found)


def foretold(told: dict[str, Any], name: str, had: set[str], fields: frozenset[str] = SHOWN) -> Seen | None:
    """What a reader that has the entries `had` of the main feed is to show, by what diff says."""
    if any(change["was"].endswith(f".org/{name}") for change in told["feed_gone"]):
        return None
    gone = ids(told, name, "gone", "past_limit") | ids(told, name, "shown_again", key="was_id")
    gone |= ids(told, name, "redated", because="and it is too old for the feed now")
    new = ids(told, name, "new", "older", "shown_again") - ids(told, name, "older", "shown_again", archived=True)
    new |= ids(told, name, "redated", because="so far it is in the archive only")
    changed = ids(told, name, "updated", shown=fields) | (
        ids(told, name, "redated") if "published" in fields else set()
    )
    return Seen(new, changed & had - gone, gone & had)


def foretold_of_tag(told: dict[str, Any], had: set[str], seen: Seen | None) -> Seen | None:
    """What is to come and go in the feed of a tag, by what diff says. Not all of the main feed comes here."""
    if any(change["was"].endswith(f".org/{TAG}") for change in told["feed_gone"]):
        return None
    gone = ids(told, TAG, "gone") | ids(told, TAG, "shown_again", key="was_id")
    gone |= ids(told, TAG, "leaves", because=SEA)
    come = ids(told, TAG, "new", "shown_again", "older") & (seen.new if seen else set())
    return Seen(come | ids(told, TAG, "arrives", because=SEA), seen.changed if seen else set(), gone & had)


NOTHING = Seen(set(), set(), set())


def in_the_tag(site: Site, told: dict[str, Any], seen: Seen | None) -> Seen | None:
    """What a reader shows of the feed of a tag, but for what is past the limit of that: diff leaves it unsaid."""
    tagged = {f"{ID}/{file.stem}" for file in site.posts.rglob("*.md") if "[sea]" in file.read_text("utf-8")}
    gone = ids(told, TAG, "gone") | ids(told, TAG, "shown_again", key="was_id")
    return seen and seen._replace(gone=seen.gone - (tagged - gone))


class History(NamedTuple):
    """`settings` are added to feed.toml before the edit."""

    name: str
    edit: Edit
    says: dict[str, list[str]]
    settings: str = ""


def rename(name: str) -> Edit:
    return lambda site: (site.posts / f"{name}.md").rename(site.posts / f"{name}-and-a-half.md")


def move(site: Site) -> None:
    (site.posts / "2025").mkdir()
    (site.posts / "two.md").rename(site.posts / "2025/two.md")


def replace(old: str, new: str) -> Edit:
    """Other words in the settings."""
    return lambda site: site.write("feed.toml", (site.posts / "feed.toml").read_text("utf-8").replace(old, new))


def add(more: str) -> Edit:
    return lambda site: site.write("feed.toml", (site.posts / "feed.toml").read_text("utf-8") + more)


def write(name: str, path: str | None = None, body: str | None = None, **fields: str) -> Edit:
    return lambda site: post(site, name, path, body, **fields)


def delete(path: str) -> Edit:
    return lambda site: (site.posts / path).unlink()


def addresses(*paths: str) -> list[str]:
    return [f"https://example.org/{path}" for path in paths]


def gone(title: str, dead: list[str]) -> dict[str, list[str]]:
    return {"gone": [title], "dead_address": dead}


def in_turn(*edits: Edit) -> Edit:
    def edit(site: Site) -> None:
        for one in edits:
            one(site)

    return edit


ALL = ["One", "Three", "Two"]
FEEDS = addresses("atom.xml", "feed.json", "rss.xml")
# The address of the publication itself is one of the feed's own fields.
ELSEWHERE = {"feed_moved": FEEDS, "feed_updated": ["https://example.org/"], "updated": ALL}
LAND = addresses("tags/land/atom.xml", "tags/land/feed.json", "tags/land/rss.xml")
ONE, TWO, THREE = (addresses(path) for path in ("2025/03/one/", "2025/04/two/", "2025/05/three/"))
RSS_ALONE = 'formats = ["rss"]\n'
ARCHIVES = "limit = 2\n"
SHORT = 'limit = 2\narchives = "off"\n'
RSS = addresses("rss.xml", "tags/land/rss.xml", TAG, "authors/ana-d%C3%ADaz/rss.xml")
AS_IT_WAS = {"date": "2025-04-10", "tags": "[land]"}
GONE = {"gone": ["Two"], "feed_gone": LAND, "dead_address": TWO}
HISTORIES = [
    History("nothing", lambda site: None, {}),
    History("rename a file", rename("two"), {"shown_again": ["Two"], "dead_address": TWO}),
    History(
        "rename a file of the archives",
        rename("one"),
        {"shown_again": ["One"], "dead_address": ONE},
        f"{ARCHIVES}tag_feeds = false\nauthor_feeds = false\n",
    ),
    History("move a file to another folder", move, {}),
    History("retitle", write("two", **{**AS_IT_WAS, "title": "Zwei"}), {"updated": ["Zwei"]}),
    History("rewrite", write("two", body="Else.\n", **AS_IT_WAS), {"updated": ["Two"]}),
    History("say that it changed", write("two", updated="2025-05-01", **AS_IT_WAS), {"updated": ["Two"]}),
    History("another author", write("two", author="Mike", **AS_IT_WAS), {"updated": ["Two"], "leaves": ["Two"]}),
    History("add", write("four", date="2025-05-20"), {"new": ["Four"]}),
    History("add, archives", write("four", date="2025-05-20"), {"new": ["Four"], "past_limit": ["Two"]}, ARCHIVES),
    History("add, none", write("four", date="2025-05-20"), {"new": ["Four"], "past_limit": ["Two"]}, SHORT),
    History("backdate", write("four", date="2025-01-20"), {"older": ["Four"]}),
    History("backdate, archives", write("four", date="2025-01-20"), {"older": ["Four"]}, ARCHIVES),
    History(
        "backdate, archives, into the feed of a tag",
        in_turn(write("one", date="2025-03-10", tags="[land]"), write("four", date="2025-01-20")),
        {"older": ["Four"], "updated": ["One"], "arrives": ["One"], "leaves": ["One"]},
        ARCHIVES,
    ),
    History("backdate, none", write("four", date="2025-01-20"), {}, SHORT),
    History("let out late", write("four", date="2025-01-20", publishDate="2025-05-30"), {"new": ["Four"]}),
    History("change the domain", replace("//example.org", "//example.net"), ELSEWHERE),
    History("https to http", replace("https://", "http://"), ELSEWHERE),
    History(
        "change the permalink",
        add('permalink = "/{slug}/"\n'),
        {"updated": ALL, "dead_address": [*ONE, *TWO, *THREE]},
    ),
    History(
        "split",
        in_turn(
            write("two", body="The lighthouse was painted.\n", **AS_IT_WAS),
            write("four", body="It dries slowly.\n", date="2025-04-10 13:00", tags="[land]"),
        ),
        {"updated": ["Two"], "new": ["Four"]},
    ),
    History("delete", delete("two.md"), GONE),
    History("delete the newest, archives", delete("three.md"), {**gone("Three", THREE), "older": ["One"]}, ARCHIVES),
    History("delete the newest, none", delete("three.md"), {**gone("Three", THREE), "older": ["One"]}, SHORT),
    History("delete from the archives", delete("one.md"), gone("One", ONE), ARCHIVES),
    History("delete what is off the end", delete("one.md"), gone("One", ONE), SHORT),
    History("redate", write("two", date="2025-04-11", tags="[land]"), {"redated": ["Two"]}),
    History("the same date in another zone", write("two", date="2025-04-10T14:00+02:00", tags="[land]"), {}),
    History(
        "redate into the archives",
        write("three", date="2025-03-01"),
        {"redated": ["Three"], "updated": ["Three"], "older": ["One"], "dead_address": THREE},
        ARCHIVES,
    ),
    History(
        "redate off the end",
        write("three", date="2025-03-01"),
        {"redated": ["Three"], "updated": ["Three"], "older": ["One"], "dead_address": THREE},
        SHORT,
    ),
    History(
        "redate out of the archives",
        write("one", date="2025-06-01"),
        {"redated": ["One"], "updated": ["One"], "past_limit": ["Two"], "arrives": ["One"], "dead_address": ONE},
        ARCHIVES,
    ),
    History("redate, RSS alone", write("two", date="2025-04-11", tags="[land]"), {"redated": ["Two"]}, RSS_ALONE),
    History("rename, RSS alone", rename("two"), {"shown_again": ["Two"], "dead_address": TWO}, RSS_ALONE),
    History("rewrite, RSS alone", write("two", body="Else.\n", **AS_IT_WAS), {"updated": ["Two"]}, RSS_ALONE),
    History("undraft", write("four", date="2025-05-20", draft="false"), {"new": ["Four"]}),
    History("draft", write("two", draft="true", **AS_IT_WAS), GONE),
    History("hold back", write("two", publishDate="2026-01-01", **AS_IT_WAS), GONE),
    History("summaries only", add('content = "summary"\n'), {"updated": ALL}),
    History("raise the limit, archives", replace("limit = 2", "limit = 3"), {"older": ["One"]}, ARCHIVES),
    History("raise the limit, none", replace("limit = 2", "limit = 3"), {"older": ["One"]}, SHORT),
    History("lower the limit, archives", replace("limit = 2", "limit = 1"), {"past_limit": ["Two"]}, ARCHIVES),
    History("lower the limit, none", replace("limit = 2", "limit = 1"), {"past_limit": ["Two"]}, SHORT),
    History("end the archives", replace(ARCHIVES, SHORT), {"past_limit": ["One"]}, ARCHIVES),
    History("begin archives", replace(SHORT, ARCHIVES), {"older": ["One"]}, SHORT),
    History("archives by day", add('archives = "day"\n'), {}, ARCHIVES),
    History(
        "drop a format",
        add('formats = ["atom", "json"]\n'),
        {"feed_gone": RSS},
    ),
    History("drop the only format", replace('["rss"]', '["atom"]'), {"feed_gone": RSS}, RSS_ALONE),
    History("add a format", replace('["rss"]', '["rss", "atom"]'), {}, RSS_ALONE),
    History(
        "retag",
        write("three", date="2025-05-10", tags="[land]"),
        {"updated": ["Three"], "arrives": ["Three"], "leaves": ["Three"]},
    ),
    History(
        "retag the last",
        write("two", date="2025-04-10", tags="[sea]"),
        {"updated": ["Two"], "arrives": ["Two"], "feed_gone": LAND},
    ),
    History("another id", replace(":daily", ":weekly"), {"publication": [ID], "shown_again": ALL}),
]


@pytest.mark.slow
@pytest.mark.parametrize("history", HISTORIES, ids=[history.name for history in HISTORIES])
def test_readers_show_what_diff_says(history: History, tmp_path: Path) -> None:
    site = Site(tmp_path)
    publish(site, history.settings)
    assert site.build().code == 0
    with serving(site.public) as server, closing(Reader(server, [*NAMES, TAG])) as subscriber:
        newsboat = Newsboat(server, "rss.xml", tmp_path / "newsboat")
        had = {name: subscriber.ids(name) for name, seen in subscriber.update().items() if seen}
        newsboat.update()
        server.conditional = False
        history.edit(site)
        before = site.tree()
        code, told = diff(site)
        assert kinds(told) == {kind: sorted(about) for kind, about in history.says.items()}
        assert code == (3 if told["surprises"] else 0)
        assert site.build().code == code
        if code == 3:
            assert site.tree() == before
            assert site.build("--accept").code == 0
        seen = subscriber.update()
        for name in had.keys() - {TAG}:
            assert seen[name] == foretold(told, name, had[name]), name
        if TAG in had:
            assert in_the_tag(site, told, seen[TAG]) == foretold_of_tag(told, had[TAG], seen[TAG])
        by_newsboat = foretold(told, "rss.xml", had["rss.xml"], SHOWN_BY_NEWSBOAT) or NOTHING
        assert newsboat.update() == by_newsboat._replace(gone=set())  # it keeps them
    assert diff(site)[1]["surprises"] == 0


OLD_BLOG = f"""\
<?xml version="1.0"?>
<rss version="2.0"><channel><title>Old</title><link>https://example.org/</link><description>Old</description>
<item><title>Two</title><link>https://example.org/?p=12</link><guid isPermaLink="false">12</guid>
<pubDate>Thu, 10 Apr 2025 12:00:00 GMT</pubDate><description>&lt;p&gt;{TEXTS["two"]}&lt;/p&gt;</description></item>
<item><title>Four</title><link>https://example.org/?p=11</link><guid>https://example.org/?p=11</guid>
<pubDate>Tue, 01 Apr 2025 12:00:00 GMT</pubDate><description>{TEXTS["four"]}</description></item>
</channel></rss>
"""


@pytest.mark.parametrize("is_pinned", [False, True])
def test_readers_of_an_old_blog_show_what_diff_says(tmp_path: Path, is_pinned: bool) -> None:
    site = Site(tmp_path)
    publish(site)
    site.public.mkdir()
    (site.public / "rss.xml").write_text(OLD_BLOG, "utf-8")
    with serving(site.public) as server, closing(Reader(server, ["rss.xml"])) as subscriber:
        assert subscriber.update()["rss.xml"] == Seen({"12", "https://example.org/?p=11"}, set(), set())
        had = subscriber.ids("rss.xml")
        server.conditional = False
        if is_pinned:
            assert site.run("pin").code == 0
        code, told = diff(site)
        says = kinds(told)
        assert code == site.build().code == 3
        assert (site.public / "rss.xml").read_text("utf-8") == OLD_BLOG
        assert (says["gone"], says["new"], says["older"]) == (["Four"], ["Three"], ["One"])
        assert says.get("shown_again") == (None if is_pinned else ["Two"])
        assert site.build("--accept").code == 0
        assert subscriber.update()["rss.xml"] == foretold(told, "rss.xml", had)


def test_ids_that_are_no_uris_change_with_the_publication_for_readers_of_atom(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.settings()
    post(site, "one", date="2025-03-10", id="'12 é'")
    assert site.build().code == 0
    with serving(site.public) as server, closing(Reader(server, NAMES)) as subscriber:
        subscriber.update()
        server.conditional = False
        replace(":daily", ":weekly")(site)
        code, told = diff(site)
        assert (code, kinds(told)) == (3, {"publication": [ID], "shown_again": ["One"]})
        assert site.run("pin").out.startswith("Nothing to keep. ")
        assert site.build("--accept").code == 0
        new, old = f"{ID.replace('daily', 'weekly')}/12%20%C3%A9", f"{ID}/12%20%C3%A9"
        assert subscriber.update() == {**dict.fromkeys(NAMES, NOTHING), "atom.xml": Seen({new}, set(), {old})}
        assert [(change["id"], change["was_id"]) for change in told["shown_again"]] == [(new, old)]
