"""What a build refuses, and in which words: each folder of tests/invalid/ holds posts/ and expected.txt.

expected.txt is what ``dateline build posts`` prints on standard error, to the letter. After a change that is
meant, write it anew and read the difference:

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


def expected(case: str) -> str:
    return (INVALID / case / "expected.txt").read_bytes().decode()


def test_there_are_invalid_cases_and_each_is_complete() -> None:
    assert CASES
    if UPDATE not in os.environ:
        for case in CASES:
            assert (INVALID / case / "posts").is_dir(), case
            assert expected(case).endswith("\n"), case


@pytest.mark.parametrize("case", CASES)
def test_build_refuses_with_exactly_these_lines(case: str, tmp_path: Path) -> None:
    shutil.copytree(INVALID / case / "posts", tmp_path / "posts")
    result = dateline("build", "posts", cwd=tmp_path)
    assert (result.code, result.out) == (1, "")
    assert not any(file.is_file() for file in (tmp_path / "public").rglob("*"))
    if UPDATE in os.environ:
        assert "CI" not in os.environ, "what is expected is never written by CI"
        (INVALID / case / "expected.txt").write_bytes(result.err.encode())
    assert result.err == expected(case)


@pytest.mark.parametrize("case", ["everything-wrong-in-one-run", "settings-missing-altogether"])
def test_a_process_of_its_own_prints_the_same(case: str, tmp_path: Path) -> None:
    shutil.copytree(INVALID / case / "posts", tmp_path / "posts")
    result = started("build", "posts", cwd=tmp_path)
    assert (result.code, result.out, result.err) == (1, "", expected(case))
    assert not (tmp_path / "public").exists()
