"""Fetch a page, and save it as browsers do: with its address in it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from dateline.http_client import Client
from dateline.sites.importers.article import decoded


@contextmanager
def fetched(address: str) -> Iterator[Path]:
    """Give the file of the page at an http(s) address, which is deleted afterwards. Raises FeedError."""
    client = Client()
    raw, found = client.fetch(address)
    charset = re.search(r"charset=[\"']?([\w-]{1,40})", client.content_type, re.IGNORECASE)
    text = decoded(raw, charset[1] if charset else "")
    is_text = client.content_type.lower().startswith("text/plain")
    place = found.replace("--", "%2D%2D").replace(">", "%3E")  # which would end the comment
    with TemporaryDirectory(prefix="dateline-") as folder:
        file = Path(folder, "article.txt" if is_text else "article.html")
        mark = "" if is_text else f"<!-- saved from url=({len(place):04}){place} -->\n"
        file.write_text(f"\ufeff{mark}{text}", encoding="utf-8", newline="")
        yield file
