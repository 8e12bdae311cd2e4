"""Small sites for tests, and what becomes of them."""

import json
from pathlib import Path
from typing import Any

from conftest import dateline


def site(folder: Path, files: dict[str, str]) -> Path:
    """Write the files of a site."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def feed(folder: Path, kind: str) -> dict[str, Any]:
    """Return the items of the publication that a site becomes, by title."""
    posts, output = folder.parent / "posts", folder.parent / "public"
    for arguments in (("import", "--from", kind, folder, posts), ("build", posts, "--output", output)):
        result = dateline(*arguments)
        assert result.code == 0, result
    return {item["title"]: item for item in json.loads((output / "feed.json").read_bytes())["items"]}
