"""Read the guide for ``dateline help``: the posts in posts/guide/ of the repository, which the wheel carries too."""

import re
from pathlib import Path
from typing import NamedTuple

from dateline.content.front_matter import split
from dateline.model import Source

_PACKAGE = Path(__file__).parents[1]
_FOLDERS = (_PACKAGE / "guide", _PACKAGE.parents[1] / "posts" / "guide")
_FILE = r"\d{4}-\d\d-\d\d-([\w-]+)(?:/index)?\.md"
_LINK = re.compile(rf"\[([^][]+)\]\((?:\.\./)?{_FILE}(?:#[^()\s]*)?\)")
_HEADING = re.compile(r"\s*# (.*)\n")


class Topic(NamedTuple):
    """A page of the guide. `text` is its title, underlined, and its body, in Markdown."""

    name: str
    summary: str
    text: str


def topics() -> dict[str, Topic]:
    """Return the pages of the guide by name, in reading order. The name is that of the file, without its date."""
    folder = next((folder for folder in _FOLDERS if folder.is_dir()), _FOLDERS[0])
    files = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*.md"))
    found = [_read(Source(path, (folder / path).read_text("utf-8"))) for path in files]
    return {topic.name: topic for topic in found}


def _read(source: Source) -> Topic:
    fields, body = split(source)
    text = body.text
    title = fields.get("title")
    if title is None and (heading := _HEADING.match(text)):
        title, text = heading[1].replace("*", ""), text[heading.end() :]
    text = _LINK.sub(r"\1 (dateline help \2)", text)
    name = re.sub(_FILE, r"\1", source.path)
    return Topic(name, str(fields.get("summary")), f"{title}\n{'=' * len(str(title))}\n\n{text.strip()}\n")
