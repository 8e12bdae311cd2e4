"""The first hour of three newcomers, line by line: what they type, and all that they see.

Each has a folder in `journeys/`: what they bring along in `files/`, and the session in `session.txt`, where a line that
begins with ``$`` is typed. `DATELINE_UPDATE_GOLDEN=1` writes the sessions again; then read them, as a newcomer would.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import NOW, dateline

JOURNEYS = Path(__file__).parent / "journeys"


def typed(line: str, folder: Path) -> str:
    """What a line that is typed prints, with its exit code if that is not 0."""
    if re.fullmatch(r"dateline\b[^|<>;&*`]*", line):
        result = dateline(*shlex.split(line)[1:], cwd=folder)
        code, printed = result.code, result.err + result.out
    else:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=folder,
            env={**os.environ, "PATH": path, "DATELINE_NOW": NOW},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        code, printed = done.returncode, done.stdout
    # Sizes, and how many pages there are, change with every change of a template.
    printed = re.sub(r" *[\d,]+ bytes", "  N bytes", printed)
    printed = re.sub(r"^\d+ (pages|more feeds|other files|files) +(.*)", _row, printed, flags=re.MULTILINE)
    return f"$ {line}\n{printed}" + (f"(exit code {code})\n" if code else "")


def _row(row: re.Match[str]) -> str:
    return f"N {row[1]}  {re.sub(r'[0-9]+', 'N', row[2])}"


@pytest.mark.parametrize("name", sorted(path.name for path in JOURNEYS.iterdir()))
def test_a_newcomer_sees_what_the_session_shows(tmp_path: Path, name: str) -> None:
    shutil.copytree(JOURNEYS / name / "files", tmp_path, dirs_exist_ok=True)
    file = JOURNEYS / name / "session.txt"
    expected = file.read_text("utf-8")
    lines = re.findall(r"^\$ (.*)", expected, re.MULTILINE)
    seen = "\n".join(typed(line, tmp_path) for line in lines)
    if "DATELINE_UPDATE_GOLDEN" in os.environ:
        file.write_text(seen, "utf-8")
    else:
        assert seen == expected
