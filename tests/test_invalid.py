"""What a build refuses, and in which words: each folder of tests/invalid/ holds posts/ and expected.txt.

expected.txt is what ``dateline build posts --verbose`` prints on standard error, to the letter; grouped.txt, which some
folders have, what it prints without ``--verbose``. After a change that is meant, write them anew and read the
difference:

    DATELINE_UPDATE_INVALID=1 .venv/bin/pytest tests/test_invalid.py
    git diff tests/invalid
"""

import os
import shutil
from pathlib import Path

import pytest
from conftest import dateline, started

INVALID = Path(__file__).parent / "invalid"
CASES = sorted(path.name for path in INVALID.iterdir() if path.is_dir())
UPDATE = "DATELINE_UPDATE_INVALID"


GROUPED = [case for case in CASES if (INVALID / case / "grouped.txt").exists()]


def expected(case: str, name: str = "expected.txt") -> str:
    return (INVALID / case / name).read_bytes().decode()


def test_there_are_invalid_cases_and_each_is_complete() -> None:
    assert CASES
    if UPDATE not in os.environ:
        for case in CASES:
            assert (INVALID / case / "posts").is_dir(), case
            assert expected(case).endswith("\n"), case


@pytest.mark.parametrize("case", CASES)
def test_build_refuses_with_exactly_these_lines(case: str, tmp_path: Path) -> None:
    assert refused(case, tmp_path, "expected.txt", "--verbose") == expected(case)


@pytest.mark.parametrize("case", GROUPED)
def test_what_many_posts_have_is_one_paragraph(case: str, tmp_path: Path) -> None:
    assert refused(case, tmp_path, "grouped.txt") == expected(case, "grouped.txt")


def refused(case: str, folder: Path, name: str, *options: str) -> str:
    """Return the errors of a build, which replace what is expected if that is to be written."""
    shutil.copytree(INVALID / case / "posts", folder / "posts")
    result = dateline("build", "posts", *options, cwd=folder)
    assert (result.code, result.out) == (1, "")
    assert not any(file.is_file() for file in (folder / "public").rglob("*"))
    if UPDATE in os.environ:
        assert "CI" not in os.environ, "what is expected is never written by CI"
        (INVALID / case / name).write_bytes(result.err.encode())
    return result.err


@pytest.mark.parametrize("case", ["everything-wrong-in-one-run", "settings-missing-altogether"])
def test_a_process_of_its_own_prints_the_same(case: str, tmp_path: Path) -> None:
    shutil.copytree(INVALID / case / "posts", tmp_path / "posts")
    result = started("build", "posts", "--verbose", cwd=tmp_path)
    assert (result.code, result.out, result.err) == (1, "", expected(case))
    assert not (tmp_path / "public").exists()
