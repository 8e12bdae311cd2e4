"""Template code becomes Markdown, or HTML that readers show; what is not known stays; nothing else changes."""

import time
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.content.config import MARKDOWNS
from dateline.render import render
from dateline.render.template_code import KINDS, constructs
from dateline.sites.links import LinkIndex
from dateline.sites.model import SitePost
from dateline.sites.template_code import Converted, convert

TABLE = Path(__file__).with_name("template_code") / "conversions.txt"
ROWS = [line.replace("⏎", "\n").split("\t") for line in TABLE.read_text("utf-8").splitlines()[2:]]
TEXTS = [text for _, text, *_ in ROWS]


def post(path: str, title: str, address: str = "", source: str = "") -> SitePost:
    return SitePost(path, source or f"content/{path}", f'---\ntitle: "{title}"\n---\nText.\n', address=address)


HERE = post("posts/here.md", "Here", "/posts/here/")
INDEX = LinkIndex(
    [
        HERE,
        post("posts/ferry.md", "The late ferry", "/posts/ferry/"),
        post("posts/2024-01-02-tides.md", "High tides", "/2024/01/02/tides.html", "_posts/2024-01-02-tides.md"),
    ]
)


def converted(text: str) -> Converted:
    return convert(text, partial(INDEX.find, HERE))
