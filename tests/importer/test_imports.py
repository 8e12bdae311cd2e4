"""Sites of other generators and exports become publications, and subscribers of the old feed see nothing of it.

Each folder here is a case: `site/`, or any other file or folder that is the source; `feed.*`, the old feed as that
generator wrote it; `arguments.json`, further arguments; and `expected/`, the publication.
"""

import json
import os
import shutil
from pathlib import Path

import pytest
from conftest import dateline
from reader import make_reader
from readers.conftest import serving

from dateline.content.source import load_settings

HERE = Path(__file__).parent
CASES = sorted(folder.name for folder in HERE.iterdir() if (folder / "expected").is_dir() or (folder / "site").is_dir())
RECORD = ".dateline-import.json"
# Changes that the subscribers of an old feed would notice.
NOTICED = ("publication", "feed_moved", "feed_gone", "shown_again", "moves", "redated", "gone", "new", "dead_address")
NOW = "2026-06-01 12:00 Z"


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def source_of(case: str, tmp_path: Path) -> Path:
    """Return a copy of the source of a case."""
    folder = shutil.copytree(HERE / case, tmp_path / case)
    others = ("expected", "arguments.json", "README.md")
    return next(path for path in sorted(folder.iterdir()) if path.name not in others and path.stem != "feed")


def feeds_of(case: str) -> list[Path]:
    return sorted((HERE / case).glob("feed.*"))


def imported(case: str, source: Path, posts: Path) -> str:
    options = [option for feed in feeds_of(case) for option in ("--feed", str(feed))]
    if (arguments := HERE / case / "arguments.json").exists():
        options += json.loads(arguments.read_text())
    result = dateline("import", source, posts, *options)
    assert result.code == 0, result
    return result.out


@pytest.mark.parametrize("case", CASES)
def test_a_site_becomes_a_publication(case: str, tmp_path: Path) -> None:
    source, posts, expected = source_of(case, tmp_path), tmp_path / "posts", HERE / case / "expected"
    before = contents(source) if source.is_dir() else {"": source.read_bytes()}
    report = imported(case, source, posts)
    found = contents(posts)
    del found[RECORD]
    found["report.txt"] = report.replace(str(tmp_path), "…").replace(str(HERE), "…").encode()
    if "DATELINE_UPDATE_GOLDEN" in os.environ:
        shutil.rmtree(expected, ignore_errors=True)
        for path, content in found.items():
            (expected / path).parent.mkdir(parents=True, exist_ok=True)
            (expected / path).write_bytes(content)
    assert found == contents(expected)
    assert before == (contents(source) if source.is_dir() else {"": source.read_bytes()})
    assert imported(case, source, posts).count("Files: ") == 1
    del (again := contents(posts))[RECORD]
    assert again == {path: content for path, content in found.items() if path != "report.txt"}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_subscribers_see_nothing_of_the_move(case: str, tmp_path: Path) -> None:
    posts, output = tmp_path / "posts", tmp_path / "public"
    imported(case, source_of(case, tmp_path), posts)
    result = dateline("build", posts, "--output", output, "--accept", "--skip-invalid", now=NOW)
    assert result.code == 0, result
    for feed in feeds_of(case):
        result = dateline("diff", posts, "--output", output, "--against", feed, "--skip-invalid", "--json", now=NOW)
        changes = json.loads(result.out)
        assert result.code == 0, result
        assert not any(changes[kind] for kind in NOTICED), result


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in CASES if feeds_of(case)])
def test_a_reader_that_had_the_old_feed_finds_nothing_new(case: str, tmp_path: Path) -> None:
    (tmp_path / "served").mkdir()
    posts, output, place = tmp_path / "posts", tmp_path / "public", tmp_path / "served/feed"
    imported(case, source_of(case, tmp_path), posts)
    assert dateline("build", posts, "--output", output, "--accept", "--skip-invalid", now=NOW).code == 0
    (old, *_) = feeds_of(case)
    (new,) = [path for path in feed_files(posts, output) if media_type(path) == media_type(old)]
    with serving(tmp_path / "served") as server, make_reader(":memory:") as reader:
        server.conditional = False
        shutil.copy(old, place)
        reader.add_feed(server.url + place.name)
        reader.update_feeds()
        before = {entry.id for entry in reader.get_entries()}
        shutil.copy(new, place)
        updated = reader.update_feed(server.url + place.name)
        after = {entry.id for entry in reader.get_entries()}
    assert before
    assert updated is not None
    assert updated.new == 0
    assert after == before


def media_type(feed: Path) -> str:
    """Return the first word of a feed that says what it is."""
    return next(word for word in ("<rss", "<feed", "jsonfeed.org") if word in feed.read_text("utf-8"))


def feed_files(posts: Path, output: Path) -> list[Path]:
    """Return the files of the main feed."""
    publication, _ = load_settings(posts)
    return [output / publication.feed_path(format) for format in publication.formats]
