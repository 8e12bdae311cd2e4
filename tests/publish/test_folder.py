"""A folder on this machine is a store."""

import errno
import os
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
from conftest import dateline

from dateline.errors import TargetError
from dateline.model import PublishTo
from dateline.options import no_progress
from dateline.publish.model import SendOptions
from dateline.publish.stores.folder import FolderStore, open_folder
from dateline.publish.targets import folder_of

from .conftest import ID, Files, PublishedSite, send
from .faults import FaultyStore, Killed
from .kills import files_in, survive_kills


def test_a_folder_gets_the_output_and_keeps_files_of_others(published: PublishedSite, tmp_path: Path) -> None:
    to = tmp_path / "www" / "site"
    (to / "tags").mkdir(parents=True)
    (to / "tags/theirs.txt").write_text("theirs")
    files = published.built()
    send(FolderStore(to), files)
    assert files_in(to) == {**published.output, "tags/theirs.txt": b"theirs"}
    send(FolderStore(to), [])
    assert files_in(to) == {"tags/theirs.txt": b"theirs"}
    assert sorted(path.name for path in to.iterdir()) == [".dateline.json", "tags"]


def test_a_file_that_did_not_change_is_not_touched(folder: Files, tmp_path: Path) -> None:
    to = tmp_path / "site"
    send(FolderStore(to), folder.put(a_html=b"1", b_html=b"1"))
    before = {path: path.stat() for path in to.iterdir()}
    send(FolderStore(to), folder.put())
    send(FolderStore(to), folder.put(), verify_all=True)
    files = folder.put(b_html=b"2")
    send(FolderStore(to), files)
    assert (to / "a.html").stat() == before[to / "a.html"]
    assert (to / "b.html").read_bytes() == b"2"
    assert (to / "b.html").stat().st_ino != before[to / "b.html"].st_ino  # who reads the old one reads on


def test_an_edit_on_the_target_is_found(folder: Files, tmp_path: Path) -> None:
    to = tmp_path / "site"
    send(FolderStore(to), folder.put(a_html=b"1", b_html=b"1"))
    (to / "a.html").write_bytes(b"2")
    (to / "b.html").unlink()
    assert send(FolderStore(to), folder.put(), verify_all=True).written == ("b.html", "a.html")
    (to / "a.html").write_bytes(b"2")
    assert send(FolderStore(to), folder.put(a_html=None)).left == ("a.html",)


@pytest.mark.parametrize("name", ["a", "a/b.html", "b.html", ".dateline.json"])
def test_links_below_the_folder_are_not_followed(folder: Files, tmp_path: Path, name: str) -> None:
    elsewhere, to = tmp_path / "elsewhere", tmp_path / "site"
    for place in (elsewhere, to, to / "a"):
        place.mkdir()
    (elsewhere / "b.html").write_bytes(b"theirs")
    (elsewhere / "file").write_bytes(b'{"file": ""}')
    if name == "a":
        (to / "a").rmdir()
    (to / name).symlink_to(elsewhere if name == "a" else elsewhere / "file")
    files = folder.have({"a/b.html": b"ours", "b.html": b"ours"})
    store = FolderStore(to)
    problem = {
        "a": "a link, and Dateline needs a folder here",
        ".dateline.json": "cannot be read: not a regular file",
    }.get(name, "a file that Dateline did not put there")
    with pytest.raises(TargetError, match=problem):
        send(store, files)
    if problem.startswith("a file"):
        send(store, files, take_over=True)
        assert files_in(to) == folder.tree
        assert not (to / name).is_symlink()
    assert files_in(elsewhere) == {"b.html": b"theirs", "file": b'{"file": ""}'}


def test_one_publishes_at_a_time_whatever_the_folder_is_called(
    folder: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "site").mkdir()
    (tmp_path / "link").symlink_to("site")
    files, seen = folder.put(a_html=b"1"), []

    def publish_too(phase: str, _done: int, _total: int) -> None:
        for to in ("link", f"{tmp_path}/site", f"file://{tmp_path}/site"):
            with pytest.raises(TargetError) as caught, closing(open_folder(PublishTo(to), Path())) as target:
                target.send(files, SendOptions(ID), no_progress)
            seen.append(caught.value.problem.problem)

    with closing(open_folder(PublishTo("site"), Path())) as target:
        target.send(files, SendOptions(ID), publish_too)
    assert set(seen) == {"another process on this machine is publishing there now"}


def test_the_folder_itself_may_be_a_link(folder: Files, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "site").symlink_to(tmp_path / "real")
    send(FolderStore(tmp_path / "site"), folder.put(a_html=b"1"))
    assert files_in(tmp_path / "real") == {"a.html": b"1"}


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_is_no_file_in_place_of_one_stops_it(folder: Files, tmp_path: Path, make: object) -> None:
    to = tmp_path / "site"
    to.mkdir()
    make(to / "b.html")  # type: ignore[operator]
    with pytest.raises(TargetError, match=r"site/b\.html: (cannot be written|a file that Dateline did not put there)"):
        send(FolderStore(to), folder.put(a_html=b"1", b_html=b"1", rss_xml=b"1"))
    assert not (to / "rss.xml").exists()


def test_a_folder_on_several_disks_gets_whole_files(
    folder: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = os.replace
    turn = Event()

    def as_on_disks(source: Path | str, target: Path | str) -> None:
        if os.path.dirname(source) != os.path.dirname(target):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        turn.wait(0.01)  # meanwhile, others could remove what this one has copied
        replace(source, target)

    monkeypatch.setattr(os, "replace", as_on_disks)
    send(FolderStore(tmp_path / "site"), folder.have({f"a/{number}.html": bytes(number) for number in range(8)}))
    assert files_in(tmp_path / "site") == folder.tree
    assert sum(1 for _ in (tmp_path / "site").rglob("*")) == 10


def test_what_a_killed_upload_was_writing_is_removed(folder: Files, tmp_path: Path) -> None:
    to = tmp_path / "site"
    to.mkdir()
    (to / f".dateline-{'0' * 16}").write_bytes(b"half")
    (to / f".dateline-{'1' * 16}").mkdir()  # of a build
    (to / ".dateline-mine").write_bytes(b"mine")
    send(FolderStore(to), folder.put(a_html=b"1"))
    assert {path.name for path in to.iterdir()} == {
        ".dateline-mine",
        f".dateline-{'1' * 16}",
        "a.html",
        ".dateline.json",
    }


def test_a_file_in_place_of_the_folder_stops_it(folder: Files, tmp_path: Path) -> None:
    (tmp_path / "site").write_bytes(b"")
    with pytest.raises(TargetError, match=r"site: cannot be (read|written)"):
        send(FolderStore(tmp_path / "site"), folder.put(a_html=b"1"))


def test_a_folder_is_named_by_a_path_or_a_url() -> None:
    posts = Path("/blog/posts")
    expected = {
        "/srv/my site": "/srv/my site",
        "../site": "/blog/site",
        "file:///srv/my%20site": "/srv/my site",
        "file://localhost/srv/site/": "/srv/site",
    }
    assert {to: str(folder_of(to, posts)) for to in expected} == expected


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_build_may_write_to_a_folder_that_was_published_to(
    published: PublishedSite, tmp_path: Path, is_killed: bool
) -> None:
    to = tmp_path / "site"
    send(FolderStore(to), published.built())
    if is_killed:
        (published.posts / "2025-01-10-post.md").unlink()
        published.post("2025-04-20-new.md", "New.\n", title="New")
        with pytest.raises(Killed):
            send(FaultyStore(FolderStore(to), kill_at=9), published.built())
    published.post("2025-04-21-newer.md", "Newer.\n", title="Newer")
    result = dateline("build", published.posts, "--output", to, "--accept")
    assert result.code == 0
    assert ".dateline.json" not in result.err
    files = published.built()
    assert files_in(to) == published.output
    assert send(FolderStore(to), files).written == ()
    (published.posts / "2025-04-21-newer.md").unlink()
    send(FolderStore(to), published.built())
    assert files_in(to) == published.output


@pytest.mark.slow
def test_killed_anywhere_the_next_publish_makes_the_folder_the_output(published: PublishedSite, tmp_path: Path) -> None:
    published.publish_to(f'to = "{tmp_path}/site"')
    survive_kills(published, lambda: files_in(tmp_path / "site"))
