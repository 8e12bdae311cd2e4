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
