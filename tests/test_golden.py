"""What feeds and pages say, to the byte: each folder of tests/golden/ holds posts/, and public/ as it has to come out.

The expected files are the specification. After a change that is meant, write them anew and read the difference:

    DATELINE_UPDATE_GOLDEN=1 .venv/bin/pytest tests/test_golden.py
    git diff tests/golden

``{version}`` in the expected files of the case "generator" stands for the version of Dateline. Files that Dateline
copies into every site with pages are compared with its own: no case keeps them.
"""

import codecs
import os
import shutil
from pathlib import Path

import pytest
from conftest import NOW

import dateline
from dateline import __version__
from dateline.formats import read
from dateline.options import BuildOptions
from dateline.pipeline import build

GOLDEN = Path(__file__).parent / "golden"
SOURCE = Path(dateline.__file__).parent
CASES = sorted(path.name for path in GOLDEN.iterdir() if path.is_dir())
COPIED = {name: (SOURCE / "pages" / name).read_bytes() for name in ("style.css", "copy.js")}
FEEDS = {"rss.xml", "atom.xml", "feed.json"}
UPDATE = "DATELINE_UPDATE_GOLDEN"


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, by path; what the output says of itself is not compared."""
    files = (file for file in folder.rglob("*") if file.is_file() and file.name != ".dateline.json")
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def write_anew(case: Path, made: dict[str, bytes]) -> None:
    """Take what was made as what is expected."""
    shutil.rmtree(case / "public", ignore_errors=True)
    for path, content in made.items():
        if COPIED.get(path) == content:
            continue
        file = case / "public" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if case.name == "generator":
            content = content.replace(__version__.encode(), b"{version}")
        file.write_bytes(content)


def test_there_are_golden_cases_and_each_is_complete() -> None:
    assert CASES
    if UPDATE not in os.environ:
        for case in CASES:
            assert (GOLDEN / case / "posts" / "feed.toml").is_file(), case
            assert {path.name for path in (GOLDEN / case / "public").glob("*")} >= FEEDS, case


def posts_of(case: str, folder: Path) -> Path:
    """Copy the posts of a case into a folder, with neither pages nor a stylesheet unless it says that it has pages."""
    posts = folder / "posts"
    shutil.copytree(GOLDEN / case / "posts", posts)
    settings = posts / "feed.toml"
    written = settings.read_bytes()
    if not _has_pages(written):  # most cases are of what feeds say
        mark = codecs.BOM_UTF8 if written.startswith(codecs.BOM_UTF8) else b""
        settings.write_bytes(mark + b"pages = false\nstylesheet = false\n" + written.removeprefix(mark))
    return posts


def expected_of(case: str) -> dict[str, bytes]:
    """Every file that has to come out of a case."""
    has_pages = _has_pages((GOLDEN / case / "posts" / "feed.toml").read_bytes())
    expected = (COPIED if has_pages else {}) | tree(GOLDEN / case / "public")
    if case == "generator":
        expected = {path: content.replace(b"{version}", __version__.encode()) for path, content in expected.items()}
    return expected


def _has_pages(settings: bytes) -> bool:
    return b"pages = true" in settings


@pytest.mark.parametrize("case", CASES)
def test_output_is_what_the_golden_folder_holds(case: str, tmp_path: Path) -> None:
    build(BuildOptions(posts_of(case, tmp_path), tmp_path / "public", now=NOW, cache=False))
    made = tree(tmp_path / "public")
    if UPDATE in os.environ:
        assert "CI" not in os.environ, "what is expected is never written by CI"
        write_anew(GOLDEN / case, made)
        return
    expected = expected_of(case)
    assert sorted(made) == sorted(expected)
    for path, content in expected.items():
        if content.isascii() or path in FEEDS:
            assert made[path].decode() == content.decode(), path
        assert made[path] == content, path


@pytest.mark.parametrize("case", CASES)
def test_a_first_build_says_that_all_items_of_the_main_feeds_are_new(case: str, tmp_path: Path) -> None:
    changes = build(BuildOptions(posts_of(case, tmp_path), tmp_path / "public", NOW, cache=False)).changes.of("new")
    told = {
        (change.item.id, change.item.title, change.item.url, change.item.published, change.subject)
        for change in changes
        if change.item
    }
    # That of corrections has a folder of its own, like the editions in other languages.
    files = [file for file in (tmp_path / "public").rglob("feed.json") if _is_main(file.relative_to(tmp_path))]
    items = [item for file in files for item in read(file.read_bytes(), "https://example.org/feed.json").items]
    assert told == {(item.id, item.title, item.url, item.published, item.name) for item in items}
    assert len(changes) == len(items)


def _is_main(file: Path) -> bool:
    return len(file.parts) < 4 and file.parts[1] != "corrections"
