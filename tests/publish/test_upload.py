"""Files go to a store so that nothing is ever half there, whatever happens meanwhile."""

import json
import re
import time
from typing import Any
from unittest import mock

import pytest
from conftest import few_and_many
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline.errors import TargetError
from dateline.hashing import sha256
from dateline.messages.progress import progress_line
from dateline.options import UPLOADING, no_progress
from dateline.publish import compare, workers
from dateline.publish.model import LocalFile, SendOptions
from dateline.publish.upload import StoreTarget

from .conftest import ID, Files, PublishedSite, send
from .faults import FaultyStore, Killed, MemoryStore
from .watching import dead_links

MANIFEST = ".dateline.json"


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "PAUSES", (0.0, 0.0, 0.0))


def manifest(store: MemoryStore) -> dict[str, str]:
    return json.loads(store.files[MANIFEST][0])  # type: ignore[no-any-return]


def about(store: MemoryStore) -> dict[str, object]:
    return manifest(store)["."]  # type: ignore[return-value]


def rewrite(store: MemoryStore, **changes: object) -> None:
    """Change what the manifest says of uploads."""
    found = manifest(store)
    store.put(MANIFEST, json.dumps({**found, ".": about(store) | changes}).encode())


def on_another_machine() -> Any:
    """Publish as on a machine that shares no lock with this one."""
    return mock.patch("dateline.publish.lock.publishing_lock", return_value=None)


# What is sent, and when


def test_a_first_publish_sends_everything_and_a_second_one_nothing(published: PublishedSite) -> None:
    store, files = MemoryStore(), published.built()
    sent = send(store, files)
    assert store.tree == published.output
    assert sorted(sent.written) == sorted(file.path for file in files)
    assert sent.size == sum(len(content) for content in store.tree.values())
    before = dict(store.files)
    again = send(store, published.built())
    assert (again.written, again.removed, again.size, again.unchanged) == ((), (), 0, len(files))
    assert store.files == before


def test_media_come_first_then_pages_archives_other_feeds_and_the_main_feeds_last(published: PublishedSite) -> None:
    published.post("2025-04-11-old.md", aliases="[old.html]")
    written = send(MemoryStore(parallel=1), published.built()).written
    stages = [
        ("media", r"media/|style\.css|feed\.css|copy\.js|favicon\.svg"),
        ("pages", r".*\.html"),
        ("archives", r"archive/.*"),
        ("more feeds", r"(tags|authors)/.*|sitemap\.xml"),
        ("feeds", r"(rss|atom)\.xml|feed\.json|feeds\.opml"),
    ]
    found = [next(name for name, pattern in stages if re.match(pattern, path)) for path in written]
    order = [name for name, _ in stages]
    assert found == sorted(found, key=order.index)
    assert set(found) == set(order)


def test_one_edit_sends_the_few_files_that_it_changes(published: PublishedSite) -> None:
    store = MemoryStore()
    files = published.built()
    send(store, files)
    published.post("2025-01-10-post.md", "Other text.\n", title="Post 1", tags="[news]")
    sent = send(watched := FaultyStore(store), published.built())
    assert store.tree == published.output
    assert 0 < len(sent.written) < len(files) / 2
    assert watched.calls < 3 * len(sent.written) + 20  # it does not look at the rest


@pytest.mark.slow
def test_one_edit_of_many_posts_sends_under_thirty_files(published: PublishedSite) -> None:
    for number in range(600):
        published.post(
            f"20{10 + number // 50}-{1 + number % 12:02}-{1 + number % 28:02}-post-{number}.md",
            f"Text {number}.\n",
            title=f"Post {number}",
            tags=f"[tag {number % 7}, tag {number % 11}]",
        )
    store = MemoryStore()
    assert len(send(store, published.built()).written) > 800
    for path in ("2010-01-01-post-0.md", "2025-04-10-talk.md"):
        published.post(path, "Other text.\n", title="Other", tags="[news, tag 1]")
        watched = FaultyStore(store)
        assert 3 < len(send(watched, published.built()).written) < 30
        assert watched.calls < 60
        assert store.tree == published.output


def test_new_files_of_a_stage_come_before_changed_ones(folder: Files) -> None:
    store = MemoryStore()
    send(store, folder.put(a_html=b"1", z_html=b"1"))
    assert send(store, folder.put(a_html=b"to n", n_html=b"1")).written == ("n.html", "a.html")


def test_files_are_removed_last_and_pages_after_feeds(folder: Files) -> None:
    store = MemoryStore()
    send(store, folder.put(a_html=b"1", b_png=b"1", c_xml=b"1", d_xml=b"1"))
    watched = FaultyStore(store)
    sent = send(watched, folder.put(a_html=None, b_png=None, c_xml=None, d_xml=b"2"))
    assert sent.removed == ("c.xml", "a.html", "b.png")
    changes = [path for _, path in watched.changes]
    assert changes == [MANIFEST, "d.xml", "c.xml", "a.html", "b.png", MANIFEST]
    assert set(store.tree) == {"d.xml"}


def test_the_manifest_is_read_once(folder: Files) -> None:
    store = MemoryStore()
    assert not StoreTarget(store).is_ours()
    send(store, folder.put(a_html=b"1"))
    reads: list[str] = []

    class Counting(MemoryStore):
        def read(self, path: str, limit: int) -> bytes | None:
            reads.append(path)
            return super().read(path, limit)

    target = StoreTarget(Counting(store.files))
    assert target.is_ours()
    target.send(folder.put(a_html=b"2"), SendOptions(ID), no_progress)
    assert reads == [MANIFEST]


def test_a_dry_run_lists_and_changes_nothing(folder: Files) -> None:
    store = MemoryStore()
    send(store, folder.put(a_html=b"1", b_xml=b"1"))
    files = folder.put(a_html=None, b_xml=b"2", c_png=b"12")
    watched = FaultyStore(store)
    planned = send(watched, files, dry_run=True)
    assert watched.changes == []
    done = send(store, files)
    assert planned == done
    assert (done.written, done.removed, done.size) == (("c.png", "b.xml"), ("a.html",), 3)


def test_progress_counts_bytes(folder: Files) -> None:
    seen: list[tuple[int, int]] = []

    def progress(phase: str, done: int, total: int) -> None:
        if phase == UPLOADING:
            seen.append((done, total))

    StoreTarget(MemoryStore()).send(folder.put(a_html=b"123", b_xml=b"4567"), SendOptions(ID), progress)
    assert seen == sorted(seen)
    assert seen[-1] == (7, 7)


def test_the_progress_bar_shows_megabytes_and_the_time_left() -> None:
    line = progress_line(UPLOADING, 150_250_000, 300_500_000, 61.2, 79)
    assert line == "Uploading  [###############---------------] 150.2 of 300.5 MB, 1:02 left"
    assert progress_line(UPLOADING, 0, 900, None, 30) == "Uploading  0.0 of 0.0 MB"


def test_a_file_that_changes_while_it_is_published_stops_it(folder: Files) -> None:
    files = folder.put(a_html=b"old")
    files[0].source.write_bytes(b"new")
    store = MemoryStore()
    with pytest.raises(TargetError, match="changed since it was built; publish again"):
        send(store, files)
    assert store.tree == {}


# What the target has, and whose it is


def test_a_file_that_changed_on_the_target_is_sent_again_once_all_are_looked_at(folder: Files) -> None:
    store = MemoryStore()
    files = folder.put(a_html=b"ours", b_html=b"ours", c_html=b"ours")
    send(store, files)
    store.put("a.html", b"oops")
    store.remove("b.html")
    assert send(store, files).written == ()
    assert send(store, files, verify_all=True).written == ("b.html", "a.html")
    assert store.tree == folder.tree
    store.put("c.html", b"oops")
    rewrite(store, checked=int(time.time() - compare.CHECKED_FOR - 1))
    assert send(store, files).written == ("c.html",)
    assert send(store, files) == send(store, files, verify_all=True)


def test_a_file_that_was_written_anew_with_the_same_bytes_is_not_sent_again(folder: Files) -> None:
    store = MemoryStore()
    files = folder.put(a_html=b"ours")
    send(store, files)
    store.put("a.html", b"ours")
    assert send(watched := FaultyStore(store), files, verify_all=True).written == ()
    assert [path for _, path in watched.changes] == [MANIFEST]
    assert send(watched := FaultyStore(store), files).written == ()
    assert watched.changes == []


def test_a_store_that_tells_only_sizes_is_read_to_look_at_all_files(folder: Files) -> None:
    store = MemoryStore(versions=False)
    files = folder.put(a_html=b"ours", b_html=b"ours")
    send(store, files)
    store.put("a.html", b"oops")
    assert send(store, files, verify_all=True).written == ("a.html",)
    assert send(store, folder.put(b_html=None)).removed == ("b.html",)


def test_files_of_others_are_listed_and_replaced_only_on_request(folder: Files) -> None:
    store = MemoryStore()
    for path in ("rss.xml", "index.html", "more/theirs.txt"):
        store.put(path, b"theirs")
    files = folder.put(index_html=b"ours", rss_xml=b"ours", a_html=b"ours")
    for _ in range(2):
        with pytest.raises(TargetError) as caught:
            send(store, files)
        assert str(caught.value).splitlines() == [
            f"memory/{path}: a file that Dateline did not put there; move it away, or replace it with --take-over"
            for path in ("index.html", "rss.xml")
        ]
    assert store.tree == dict.fromkeys(("rss.xml", "index.html", "more/theirs.txt"), b"theirs")
    assert len(send(store, files, take_over=True).written) == 3
    assert store.tree == {**folder.tree, "more/theirs.txt": b"theirs"}
    assert send(store, files).written == ()


def test_a_file_of_others_with_our_bytes_is_ours_from_now_on(folder: Files) -> None:
    store = MemoryStore()
    store.put("a.html", b"same")
    sent = send(store, folder.put(a_html=b"same", b_html=b"1"))
    assert sent.written == ("b.html",)
    assert sent.notes == ("1 file there had the same bytes already, and will be updated from now on",)
    assert send(store, folder.put(a_html=None)).removed == ("a.html",)


def test_an_output_folder_that_was_copied_there_is_known_by_its_manifest(published: PublishedSite) -> None:
    files = published.built()
    store = MemoryStore()
    for path, content in published.tree().items():
        store.put(path, content)
    watched = FaultyStore(store)
    sent = send(watched, files)
    assert (sent.written, sent.unchanged) == ((), len(files))
    assert [path for _, path in watched.changes] == [MANIFEST]
    published.post("2025-04-12-more.md", "More.\n", title="More")
    (published.posts / "2025-01-10-post.md").unlink()
    assert send(store, published.built()).removed
    assert store.tree == published.output


def test_a_file_of_ours_that_somebody_changed_is_left_and_named(folder: Files) -> None:
    store = MemoryStore()
    send(store, folder.put(a_html=b"ours", b_html=b"ours", c_html=b"ours"))
    store.put("a.html", b"mine")
    store.put("b.html", b"ours")  # a copy of it
    store.remove("c.html")
    sent = send(store, folder.put(a_html=None, b_html=None, c_html=None))
    assert (sent.removed, sent.left) == (("b.html",), ("a.html",))
    assert store.tree == {"a.html": b"mine"}
    assert send(store, []).left == ()


def test_a_hidden_file_is_left_and_named(folder: Files) -> None:
    store = MemoryStore()
    send(store, folder.have({".well-known/site.txt": b"1", "a.html": b"1"}))
    assert send(store, folder.have({".well-known/site.txt": None, "a.html": None})).left == (".well-known/site.txt",)
    assert store.tree == {".well-known/site.txt": b"1"}


def test_another_publication_on_the_target_stops_it(folder: Files) -> None:
    store = MemoryStore()
    send(store, folder.put(a_html=b"1"))
    rewrite(store, publication="tag:example.com,2020:other")
    before = dict(store.files)
    with pytest.raises(TargetError, match=r"another publication is there, with the id tag:example\.com,2020:other"):
        send(store, folder.put(a_html=b"2"))
    assert store.files == before


def test_a_manifest_of_another_release_stops_it(folder: Files) -> None:
    store = MemoryStore()
    send(store, folder.put(a_html=b"1"))
    rewrite(store, format=2)
    with pytest.raises(TargetError, match="written by another release of Dateline; publish with that, or a later one"):
        send(store, folder.put(a_html=b"2"))


DIGEST = sha256(b"theirs")


@pytest.mark.parametrize(
    "planted",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b"[]",
        b"\xff\xfe",
        json.dumps({"theirs.txt": 1, ".": []}).encode(),
        json.dumps({"theirs.txt": ["x"], ".": {"pending": 1, "at": "x", "checked": [], "by": {}}}).encode(),
        json.dumps({"theirs.txt": f"{DIGEST} 99999 -1 {'9' * 5000}", ".": {"checked": 2**70}}).encode(),
        json.dumps({"theirs.txt": f"{'0' * 64} {'9' * 5000} {'9' * 5000} 1"}).encode(),
        json.dumps({"theirs.txt": "", ".": {"pending": {"theirs.txt": [1], "../x": "y"}}}).encode(),
        json.dumps(dict.fromkeys(["../theirs.txt", "/theirs.txt", "a/../theirs.txt", ""], DIGEST)).encode(),
        json.dumps(dict.fromkeys([".git/config", "a/.GIT/config", ".dateline.lock"], DIGEST)).encode(),
        json.dumps({"x" * 300: DIGEST, "\ud800": DIGEST, "a\0b": DIGEST}).encode(),
    ],
)
def test_nothing_in_a_manifest_leads_elsewhere(folder: Files, planted: bytes) -> None:
    store = MemoryStore()
    theirs = ("theirs.txt", "../theirs.txt", "/theirs.txt", "a/../theirs.txt", ".git/config", "a/.GIT/config")
    for path in theirs:
        store.put(path, b"theirs, and not as the manifest says")
    store.put(MANIFEST, planted)
    watched = FaultyStore(store)
    send(watched, folder.put(a_html=b"1"))
    assert {path for _, path in watched.changes} <= {MANIFEST, "a.html"}
    assert store.files["a.html"][0] == b"1"
    assert send(store, folder.put()).written == ()


def test_a_manifest_that_cannot_be_read_takes_nothing_away_from_others(folder: Files) -> None:
    store = MemoryStore()
    files = folder.put(a_html=b"1", b_html=b"1")
    send(store, files)
    store.put(MANIFEST, b"{")
    store.put("b.html", b"2")
    with pytest.raises(TargetError, match=r"memory/b\.html: a file that Dateline did not put there"):
        send(store, files)
    assert send(store, files, take_over=True).notes[0] == (
        ".dateline.json on the target cannot be read, so that was ignored"
    )


# Breaking off


def test_temporary_errors_are_tried_again(folder: Files) -> None:
    store = MemoryStore()
    faulty = FaultyStore(store, fail_at=frozenset(range(2, 60, 3)), is_temporary=True)
    send(faulty, folder.have({f"{number}.html": b"1" for number in range(9)}))
    assert store.tree == folder.tree


def test_what_fails_for_good_stops_it_with_the_reason_and_the_next_one_goes_on(folder: Files) -> None:
    store = MemoryStore(parallel=1)
    contents: dict[str, bytes | None] = {f"{number}.html": b"1" for number in range(20)}
    files = folder.have({**contents, "rss.xml": b"1"})
    faulty = FaultyStore(store, fail_at={15})
    with pytest.raises(TargetError, match="does not answer"):
        send(faulty, files)
    done = len(store.tree)
    assert 0 < done < 20
    assert "rss.xml" not in store.tree
    with on_another_machine():  # which need not wait
        assert len(send(store, files).written) == 21 - done
    assert store.tree == folder.tree


def test_an_interrupted_publish_leaves_it_to_anybody_to_go_on(folder: Files) -> None:
    store = MemoryStore(parallel=1)

    def interrupt(phase: str, done: int, _total: int) -> None:
        if phase == UPLOADING and done > 3:
            raise KeyboardInterrupt

    files = folder.have({**{f"{number}.html": b"1" for number in range(20)}, "rss.xml": b"1"})
    with pytest.raises(KeyboardInterrupt):
        StoreTarget(store).send(files, SendOptions(ID), interrupt)
    assert 4 <= len(store.tree) < 20
    with on_another_machine():
        assert len(send(store, files).written) < 18
    assert store.tree == folder.tree


def test_an_outage_is_not_waited_for_again_and_again(folder: Files) -> None:
    faulty = FaultyStore(MemoryStore(), fail_at=frozenset(range(8, 10_000)), is_temporary=True)
    with pytest.raises(TargetError, match="does not answer"):
        send(faulty, folder.have({f"{number}.html": b"1" for number in range(100)}))
    assert faulty.calls < 50


@few_and_many(8, 200)
def test_killed_anywhere_it_leaves_feeds_whose_links_lead_somewhere(drawn: settings, published: PublishedSite) -> None:
    first = MemoryStore()
    send(first, published.built())
    # A post moves into a new archive, another one goes, and a third one comes.
    (published.posts / "2025-02-10-post.md").unlink()
    published.post("2025-05-01-new.md", "New.\n", title="New", enclosure="media/new.mp3", tags="[news]")
    published.write("media/new.mp3", b"ID3" + bytes(2000))
    files = published.built()
    assert not dead_links(lambda path: published.output.get(path))

    @drawn
    @given(st.integers(1, 120), st.booleans(), st.sampled_from([1, 4]))
    def check(kill_at: int, is_late: bool, parallel: int) -> None:
        store = first.copy()
        store.parallel = parallel
        dead: list[str] = []

        def watch(_what: str, _path: str) -> None:
            dead.extend(dead_links(lambda path: store.files[path][0] if path in store.files else None))

        is_killed = False
        try:
            send(FaultyStore(store, kill_at=kill_at, is_late=is_late, watch=watch), files)
        except Killed:
            is_killed = True
        sent = send(FaultyStore(store, watch=watch), files)
        assert dead == []
        assert store.tree == published.output
        assert about(store)["pending"] == {}
        assert is_killed or sent.written == ()

    check()


def test_a_first_publish_names_nothing_before_it_is_there(published: PublishedSite) -> None:
    store = MemoryStore()
    dead: list[str] = []

    def watch(_what: str, _path: str) -> None:
        dead.extend(dead_links(lambda path: store.files[path][0] if path in store.files else None))

    send(FaultyStore(store, watch=watch), published.built())
    assert dead == []


def killed_at_write(store: MemoryStore, files: list[LocalFile], path: str, *, is_late: bool) -> None:
    """Publish, and be killed when a file is written, or right after that."""
    seen = 0

    def watch(_what: str, changed: str) -> None:
        nonlocal seen
        seen += changed == path
        if seen == 1 + is_late:
            raise Killed

    with pytest.raises(Killed):
        send(FaultyStore(store, watch=watch), files)


def test_a_file_of_an_upload_that_broke_off_long_ago_is_still_ours(folder: Files) -> None:
    store = MemoryStore(parallel=1)
    killed_at_write(store, folder.put(a_html=b"first"), "a.html", is_late=True)
    for content in (b"second", b"third"):
        killed_at_write(store, folder.put(a_html=content), "a.html", is_late=False)
    assert store.tree == {"a.html": b"first"}
    assert send(store, folder.put(a_html=None)).removed == ("a.html",)


PATHS = st.sampled_from(["a.html", "b/c.html", "d.xml", "e.png", "f/g/h.html", "i.json"])
CONTENTS = st.one_of(st.none(), st.binary(max_size=2))
STEPS = st.one_of(
    st.tuples(st.just("edit"), st.dictionaries(PATHS, CONTENTS, max_size=4)),
    st.tuples(st.just("publish"), st.just(0), st.booleans()),
    st.tuples(st.just("publish"), st.integers(1, 40), st.booleans()),
    st.tuples(st.just("theirs"), st.sampled_from(["theirs.html", "b/theirs.html"]), st.binary(max_size=2)),
    st.tuples(st.just("fail"), st.sets(st.integers(1, 40), max_size=3)),
)


@few_and_many(40, 2000)
def test_after_any_edits_kills_and_publishes_the_target_is_the_output(
    drawn: settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    @drawn
    @given(st.lists(STEPS, max_size=12), st.booleans(), st.sampled_from([1, 4]))
    def check(steps: list[tuple[object, ...]], versions: bool, parallel: int) -> None:
        folder = Files(tmp_path_factory.mktemp("output") / "files")
        store = MemoryStore(versions=versions, parallel=parallel)
        theirs: dict[str, bytes] = {}
        files: list[LocalFile] = folder.have({})
        for step in steps:
            match step:
                case ("edit", dict(contents)):
                    files = folder.have(contents)
                case ("theirs", str(path), bytes(content)):
                    store.put(path, content)
                    theirs[path] = content
                case ("publish", int(kill_at), bool(is_late)):
                    try:
                        send(FaultyStore(store, kill_at=kill_at, is_late=is_late), files)
                    except Killed:
                        continue
                    assert store.tree == {**folder.tree, **theirs}
                case ("fail", set(calls)):
                    try:
                        send(FaultyStore(store, fail_at=calls), files)
                    except TargetError:
                        continue
        sent = send(store, files)
        assert store.tree == {**folder.tree, **theirs}
        assert sent.left == ()
        assert send(store, files, verify_all=True).written == ()

    check()


# Several publishers


def test_a_second_publisher_on_this_machine_stops(folder: Files) -> None:
    store = MemoryStore()
    files = folder.put(a_html=b"1")
    seen: list[str] = []

    def publish_too(_what: str, _path: str) -> None:
        with pytest.raises(TargetError) as caught:
            send(store, files)
        seen.append(str(caught.value))

    send(FaultyStore(store, watch=publish_too), files)
    problem = "another process on this machine is publishing there now; wait for it to end, or stop it"
    assert set(seen) == {f"memory: {problem}"}
    send(store, files)


def test_a_later_publisher_on_another_machine_stops(folder: Files) -> None:
    store = MemoryStore()
    files = folder.put(a_html=b"1", rss_xml=b"1")
    with pytest.raises(Killed):
        send(FaultyStore(store, kill_at=6), files)
    assert about(store)["pending"]
    with on_another_machine():
        with pytest.raises(TargetError) as caught:
            send(store, files)
        assert str(caught.value) == (
            "memory: another publisher began to publish there, and is not done;"
            " wait for it to end; if it was stopped, publish again in 10 minutes"
        )
        rewrite(store, at=int(time.time()) - 601)
        send(store, files)
    assert store.tree == folder.tree


def test_a_publisher_that_was_killed_goes_on_at_once(folder: Files) -> None:
    store = MemoryStore()
    files = folder.put(a_html=b"1", rss_xml=b"1")
    with pytest.raises(Killed):
        send(FaultyStore(store, kill_at=6), files)
    send(store, files)
    assert store.tree == folder.tree


@pytest.mark.parametrize("after", [MANIFEST, "a.html", "b.html", "rss.xml", "old.html"])
def test_of_two_publishers_at_the_same_moment_the_first_stops_before_its_feeds(folder: Files, after: str) -> None:
    store = MemoryStore(parallel=1)
    other = Files(folder.folder.parent / "other")
    send(store, folder.put(rss_xml=b"0", old_html=b"0"))
    files = folder.put(a_html=b"1", b_html=b"1", rss_xml=b"1", old_html=None)
    others = other.put(a_html=b"2", b_html=b"2", rss_xml=b"2")
    begun: list[str] = []

    def begin_too(_what: str, path: str) -> None:
        if path == after and len(begun) < 2:  # the second time, it is written
            begun.append(path)
            if len(begun) == 2:
                rewrite(store, at=0)  # so it may begin
                with on_another_machine():
                    send(store, others, verify_all=True)

    with pytest.raises(TargetError, match="another publisher has begun to publish there meanwhile"):
        send(FaultyStore(store, watch=begin_too), files)
    assert store.tree["rss.xml"] == b"2"
    send(store, others, verify_all=True)
    assert store.tree == other.tree


def test_a_publisher_that_takes_long_shows_others_that_it_lives(folder: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dateline.publish.upload._SIGN_OF_LIFE", 0.0)
    store = MemoryStore(parallel=1)
    left: list[int] = []

    def watch(_what: str, path: str) -> None:
        if path.endswith(".html"):
            left.append(len(about(store)["pending"]))  # type: ignore[arg-type]

    send(FaultyStore(store, watch=watch), folder.have({f"{number}.html": b"1" for number in range(5)}))
    assert left[0] == 5
    assert left[-1] < 4  # and the next one would go on from there
