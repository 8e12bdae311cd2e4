"""How outputs are staged and moved: new folders as a whole, documents in pieces, and whatever comes in between."""

import errno
import hashlib
import json
import os
import random
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from conftest import NOW, PAGES, Site, cold

from dateline import output
from dateline.content.scan import stamp_of
from dateline.errors import BuildError, OutputError, PostError
from dateline.options import no_progress
from dateline.output import Output, Plan
from dateline.parallel import open_jobs

Known = dict[str, tuple[str, str]]


def planned(folder: Path, outputs: list[Output], known: Known | None = None, jobs: int = 1) -> Plan:
    folder.mkdir(exist_ok=True)
    with open_jobs(jobs) as workers:
        return output.plan(folder, outputs, known or {}, workers, no_progress, folder / ".dateline-0123456789abcdef")


def written(folder: Path, outputs: list[Output], known: Known | None = None, jobs: int = 1) -> Known:
    """What a build of these outputs notes about each file."""
    with output.interruptible():
        folder.mkdir(exist_ok=True)
        with output.without_leftovers(folder):
            return output.apply(folder, planned(folder, outputs, known, jobs))


def page(path: str, content: bytes = b"page", key: str = "key") -> Output:
    return Output(path, f"the page {path}", key, partial(bytes, content))


def tree(folder: Path) -> dict[str, bytes]:
    files = {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    return {path: content for path, content in files.items() if path != ".dateline.json"}


def digests(folder: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads((folder / ".dateline.json").read_text())
    return found


# Content


def pieces(text: bytes) -> Iterator[bytes]:
    yield from (text[start : start + 3] for start in range(0, len(text), 3))


def copied(file: Path) -> Path:
    return file


@pytest.mark.parametrize("has_work", [True, False])
@pytest.mark.parametrize("is_new", [True, False])
@pytest.mark.parametrize("kind", ["bytes", "pieces", "list", "file"])
def test_content_may_be_bytes_or_pieces_or_a_file(tmp_path: Path, kind: str, is_new: bool, has_work: bool) -> None:
    public, source = tmp_path / "public", tmp_path / "source"
    place = "a/b/c" if is_new else "c"

    def made(content: bytes, key: str) -> list[Output]:
        source.write_bytes(content)
        given: Any = source if kind == "file" else content
        single = {"bytes": bytes, "pieces": pieces, "list": lambda text: [text], "file": copied}[kind]
        work: Any = partial(map, single) if has_work else single
        if has_work:
            return [Output(place, "it", key, lambda: given, work)]
        return [Output(place, "it", key, lambda: work(given))]

    for content in (b"the first one", b"", b"another one", b"the other 12"):
        note = written(public, made(content, "key"))
        assert tree(public) == {place: content}
        assert digests(public) == {place: hashlib.sha256(content).hexdigest()}
        assert note == {place: ("key", stamp_of(public / place))}
        before = os.stat(public / place)
        again = written(public, made(content, "other key"), note)
        assert again == {place: ("other key", note[place][1])}
        assert os.stat(public / place) == before
        assert sorted(os.listdir(public)) == sorted([".dateline.json", place.partition("/")[0]])


def test_a_document_in_pieces_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    def document() -> Iterator[bytes]:
        return (b"%08d" % number * 2**15 for number in range(160))  # 40 MiB

    outputs = [Output("feed", "the feed", "", document)]
    for _ in range(2):  # the second one is compared
        tracemalloc.start()
        written(tmp_path / "public", outputs)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < 4 * 2**20
    assert os.path.getsize(tmp_path / "public/feed") == 40 * 2**20


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_proof_gets_the_whole_document(tmp_path: Path, jobs: int) -> None:
    seen: list[bytes] = []

    def accept(content: bytes) -> list[Any]:
        seen.append(content)
        return []

    source = tmp_path / "source"
    source.write_bytes(b"file")
    given: list[tuple[Any, Any]] = [(b"pieces", pieces), (b"bytes", bytes), (source, copied)]
    guarded = [
        Output(f"{n}/x", "it", "key", partial(copied, it), partial(map, work), proof=accept)
        for n, (it, work) in enumerate(given)
    ]
    others = [Output(f"more/{number}", "it", "key", lambda: b"other", partial(map, pieces)) for number in range(100)]
    written(tmp_path / "public", [*guarded, *others], jobs=jobs)
    assert seen == [b"pieces", b"bytes", b"file"]
    assert tree(tmp_path / "public") == {made.path: made.content() for made in others} | {
        "0/x": b"pieces",
        "1/x": b"bytes",
        "2/x": b"file",
    }


def test_a_document_in_pieces_is_compared_without_being_kept(tmp_path: Path) -> None:
    """Whether it is staged or not: a rehearsal without a folder to stage in writes nothing."""
    public = tmp_path / "public"
    outputs = [Output(name, "it", "key", lambda: b"text of it", partial(map, pieces)) for name in ("a", "b/c", "d")]
    written(public, outputs[:2])
    (public / "b/c").write_bytes(b"other text")
    plan = planned(public, outputs)
    staged = [file.differs and Path(file.staged).read_bytes() for file in plan.files]
    assert staged == [False, b"text of it", b"text of it"]
    (staging,) = public.glob(".dateline-*/")
    assert sum(path.is_file() for path in staging.rglob("*")) == 2
    before = sorted(public.rglob("*"))
    with open_jobs(1) as jobs:
        plan = output.plan(public, outputs, {}, jobs, no_progress, None)
    assert [(file.differs, file.size) for file in plan.files] == [(False, 10), (True, 10), (True, 10)]
    assert sorted(public.rglob("*")) == before


def failing(text: bytes) -> Iterator[bytes]:
    yield text
    raise PostError("a.md", 1, "wrong", "fix it")


@pytest.mark.parametrize("has_work", [True, False])
def test_an_error_between_pieces_leaves_nothing(tmp_path: Path, has_work: bool) -> None:
    public = tmp_path / "public"
    before = written(public, [page("a")])
    wrong = (
        Output("b/c", "it", "key", lambda: b"x", partial(map, failing))
        if has_work
        else Output("b/c", "it", "", lambda: failing(b"x"))
    )
    with pytest.raises(BuildError, match=r"a\.md:1: wrong; fix it"):
        written(public, [page("a", b"new", "new"), wrong], before)
    assert tree(public) == {"a": b"page"}
    assert sorted(os.listdir(public)) == [".dateline.json", "a"]


def test_pieces_never_replace_a_file_of_others_unless_it_is_the_same(tmp_path: Path) -> None:
    public = tmp_path / "public"
    public.mkdir()
    (public / "a").write_bytes(b"mine")
    with pytest.raises(BuildError, match="a file that Dateline did not write is where it goes; move it away"):
        written(public, [Output("a", "it", "key", lambda: pieces(b"ours"))])
    assert tree(public) == {"a": b"mine"}
    inode = os.stat(public / "a").st_ino
    written(public, [Output("a", "it", "key", lambda: pieces(b"mine"))])
    assert os.stat(public / "a").st_ino == inode


# New folders

# Runs a build that prints, as JSON, from where to where it renames; with a number, it is killed at that one.
RENAMES = """\
import json, os, signal, sys
kill_at, first = int(sys.argv.pop(1)), os.getpid()
found = []
def watch(event, given):
    if event == "os.rename" and os.getpid() == first and "/cache/" not in str(given[1]):
        if len(found) == kill_at:
            os.kill(first, signal.SIGKILL)
        found.append([str(given[0]), str(given[1])])
sys.addaudithook(watch)
from dateline.cli.fastpath import run
sys.argv[0] = "dateline"
try:
    run()
finally:
    print("\\n" + json.dumps(found))
"""


def renames(site: Site, kill_at: int = -1, *options: str) -> list[str] | None:
    """The paths in the output to which a build renames, in order; None if it was killed."""
    done = subprocess.run(
        [sys.executable, "-c", RENAMES, str(kill_at), "build", "--quiet", *options],
        cwd=site.root,
        env={**os.environ, "DATELINE_NOW": NOW},
        capture_output=True,
        text=True,
    )
    if done.returncode < 0:
        return None
    assert done.returncode == 0, done.stderr
    return [os.path.relpath(to, "public") for _, to in json.loads(done.stdout.splitlines()[-1])]


def with_pages(site: Site, count: int, body: str = "![Pic](media/pic.png)\n", tags: str = "[harbour]") -> None:
    site.write("feed.toml", PAGES + 'formats = ["rss"]\nlimit = 3\n')
    site.write("media/pic.png", b"picture")
    for number in range(count):
        site.post(f"{2020 + number % 4}-01-{number // 4 + 1:02}-post-{number}.md", body, tags=tags)


def test_a_new_folder_is_renamed_as_a_whole_and_main_feeds_come_last(site: Site) -> None:
    with_pages(site, 8)
    moved = renames(site)
    assert moved
    assert len(moved) == len(set(moved)) == len(os.listdir(site.public))
    assert moved[0] == ".dateline.json"
    assert {"2020", "2021", "2022", "2023", "media"} < set(moved)
    assert moved.index("2023") < moved.index("archive") < moved.index("rss.xml")
    assert moved[-1] == "rss.xml"
    site.post("2023-02-01-more.md", "New.\n")
    again = renames(site)
    assert again
    assert "2023/02" in again  # a new month
    assert not [path for path in again if path.startswith("2023/02/")]
    assert again.index("2023/02") < again.index("rss.xml")
    assert site.tree() == cold(site)


def test_pages_land_before_archives_and_feeds(tmp_path: Path) -> None:
    feeds = [
        Output("atom.xml", "it", "k", lambda: b"", format="atom", is_main=True),
        Output("archive/1/atom.xml", "it", "k", lambda: b"", format="atom"),
        Output("tags/a/atom.xml", "it", "k", lambda: b"", format="atom"),
    ]
    pages = [page(path) for path in ("2020/a.html", "index.html", "tags/a/index.html", "z/z.html", "archive/1/x.html")]
    public = tmp_path / "public"
    plan = planned(public, [*feeds, *pages])
    moved: list[str] = []
    real = os.rename, os.replace

    def rename(source: str, target: str) -> None:
        real[0](source, target)
        moved.append(os.path.relpath(target, public))

    with mock.patch("os.rename", rename), mock.patch("os.replace", rename), output.interruptible():
        output.apply(public, plan)
    assert moved == [".dateline.json", "2020", "index.html", "z", "archive", "tags", "atom.xml"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_next_build_finds_every_file_as_it_was_noted(tmp_path: Path, jobs: int) -> None:
    public = tmp_path / "public"
    outputs = [
        Output(f"{n % 7}/{n}/x", "it", "key", partial(int, n), partial(map, str_bytes), is_page=True)
        for n in range(200)
    ]
    outputs += [
        Output(f"{n}.xml", "it", "key", partial(int, n), partial(map, str_bytes), format="rss", items=n)
        for n in range(200)
    ]
    note = written(public, outputs, jobs=jobs)
    assert note == {made.path: ("key", stamp_of(public / made.path)) for made in outputs}
    assert tree(public) == {made.path: b"%d" % made.content() for made in outputs}

    def fail() -> int:
        raise AssertionError

    plan = planned(public, [made._replace(content=fail) for made in outputs], note)
    assert not any(file.differs for file in plan.files)


def str_bytes(number: int) -> bytes:
    return b"%d" % number


def sizes(numbers: Sequence[int]) -> list[bytes]:
    return [b"%d" % len(numbers)] * len(numbers)


@pytest.mark.parametrize("jobs", [1, 2])
def test_outputs_that_have_their_work_in_common_are_made_together_as_far_as_their_weight_allows(
    tmp_path: Path, jobs: int
) -> None:
    """Else a process could make all that takes long in one go, while the others have nothing left to do."""
    outputs = [Output(f"light/{n}", "it", "key", partial(int, n), sizes) for n in range(2000)]
    outputs += [Output(f"heavy/{n}", "it", "key", partial(int, n), sizes, weight=25) for n in range(30)]
    outputs += [Output(f"other/{n}", "it", "key", partial(bytes, 1), list) for n in range(3)]
    written(tmp_path / "public", outputs, jobs=jobs)
    made = tree(tmp_path / "public")
    most = {name: max(int(made[path]) for path in made if path.startswith(name)) for name in ("light", "heavy")}
    assert most["heavy"] == 10
    assert 100 < most["light"] <= 250
    assert {made[path] for path in made if path.startswith("other")} == {b"\0"}


def test_a_folder_that_appears_meanwhile_keeps_what_is_in_it(tmp_path: Path) -> None:
    public = tmp_path / "public"
    plan = planned(public, [page("a/b/c"), page("a/b/d"), page("a/e")])
    (public / "a/b").mkdir(parents=True)
    (public / "a/b/mine").write_bytes(b"mine")
    with output.interruptible():
        note = output.apply(public, plan)
    assert {path: content for path, content in tree(public).items() if path[0] != "."} == {
        "a/b/c": b"page",
        "a/b/d": b"page",
        "a/b/mine": b"mine",
        "a/e": b"page",
    }
    assert note == {path: ("key", stamp_of(public / path)) for path in ("a/b/c", "a/b/d", "a/e")}


@pytest.mark.parametrize("place", ["a", "a/b"])
def test_a_link_that_appears_meanwhile_is_not_followed(tmp_path: Path, place: str) -> None:
    public, outside = tmp_path / "public", tmp_path / "outside"
    outside.mkdir()
    plan = planned(public, [page("a/b/c/d"), page("a/b/e")])
    (public / place).parent.mkdir(exist_ok=True)
    (public / place).symlink_to(outside)
    with output.interruptible(), pytest.raises(OutputError, match="a link, and Dateline needs a folder here"):
        output.apply(public, plan)
    assert os.listdir(outside) == []


def test_a_link_that_replaces_a_folder_meanwhile_is_not_followed(tmp_path: Path) -> None:
    public, outside = tmp_path / "public", tmp_path / "outside"
    outside.mkdir()
    (public / "a").mkdir(parents=True)
    plan = planned(public, [page("a/b/c")])
    (public / "a").rmdir()
    (public / "a").symlink_to(outside)
    with output.interruptible(), pytest.raises(OutputError, match="a link, and Dateline needs a folder here"):
        output.apply(public, plan)
    assert os.listdir(outside) == []


def test_a_folder_above_that_vanishes_meanwhile_is_made_again(tmp_path: Path) -> None:
    public = tmp_path / "public"
    (public / "a").mkdir(parents=True)
    plan = planned(public, [page("a/b/c"), page("a/d")])
    (public / "a").rmdir()
    with output.interruptible():
        output.apply(public, plan)
    assert (public / "a/b/c").read_bytes() == (public / "a/d").read_bytes() == b"page"


def test_names_that_are_numbers_do_not_collide(tmp_path: Path) -> None:
    """Whatever is staged under a name of its own."""
    public = tmp_path / "public"
    public.mkdir()
    (public / "1").mkdir()
    outputs = [page(path, path.encode()) for path in ("0", "1/0", "2", "3/0", "new/0", "new/new/0", ".new/x", "4")]
    written(public, outputs)
    assert tree(public) == {made.path: made.path.encode() for made in outputs}


def test_of_new_folders_that_differ_in_case_only_one_is_moved(tmp_path: Path) -> None:
    """On macOS they are one folder, so that the other could not be moved any more."""
    public = tmp_path / "public"
    outputs = [page(path, path.encode()) for path in ("Photos/a", "photos/b", "é/c", "e\N{COMBINING ACUTE ACCENT}/d")]
    plan = planned(public, outputs)
    assert [file.new_folder for file in plan.files] == ["Photos", "e\N{COMBINING ACUTE ACCENT}", "", ""]
    with output.interruptible():
        output.apply(public, plan)
    assert {path for path in tree(public) if path[0] != "."} == {made.path for made in outputs}


def singly(*_: str) -> None:
    raise OSError(errno.EXDEV, "not here")


def test_new_folders_and_single_files_give_the_same(tmp_path: Path) -> None:
    """Whichever of the folders, at random, can be renamed, and whatever was there before."""
    chance = random.Random(17)
    rename = os.rename
    for round_ in range(25):
        public = tmp_path / f"public{round_}"
        known: Known = {}
        for _ in range(3):
            names = [chance.choice("abcd0") for _ in range(60)]
            paths = {"/".join(names[start : start + chance.randrange(1, 5)]) + ".html" for start in range(0, 60, 5)}
            outputs = [page(path, chance.choice([b"x", b"y"]) + path.encode(), str(chance.random())) for path in paths]

            def sometimes(source: str, target: str) -> None:
                (singly if chance.random() < 0.3 else rename)(source, target)

            with mock.patch("os.rename", sometimes):
                known = written(public, outputs, known if chance.random() < 0.5 else None)
            assert tree(public) == {made.path: made.content() for made in outputs}
            assert known == {made.path: (made.key, stamp_of(public / made.path)) for made in outputs}
            assert digests(public) == {
                path: hashlib.sha256(content).hexdigest() for path, content in sorted(tree(public).items())
            }
            folders = {str(above) for made in outputs for above in Path(made.path).parents if str(above) != "."}
            left = {path.relative_to(public).as_posix() for path in public.rglob("*") if path.is_dir()}
            assert left == folders


def empty(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


@pytest.mark.slow
@pytest.mark.parametrize("has_old", [False, True])
def test_a_build_killed_between_renames_leaves_whole_files_and_the_next_one_finishes(site: Site, has_old: bool) -> None:
    with_pages(site, 12)
    assert site.build("--quiet").code == 0
    old = site.tree() if has_old else {}
    with_pages(site, 12, "Edited.\n", tags="[beach]")
    new = cold(site)
    for kill_at in range(0, 60, 5):
        site.forget()
        empty(site.public)
        for path, content in old.items():
            (site.public / path).parent.mkdir(parents=True, exist_ok=True)
            (site.public / path).write_bytes(content)
        was_killed = renames(site, kill_at, "--accept") is None
        for path, content in site.tree().items():
            assert path.startswith(".dateline") or content in (new.get(path), old.get(path)), path
        assert site.build("--quiet", "--accept").code == 0
        assert site.tree() == new
        assert not [name for name in os.listdir(site.public) if name.startswith(".dateline-")]
        if not was_killed:
            break
