"""Read exports of Ghost: JSON with the tables of its database, whose rows name one another by their ids."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from dateline.errors import SiteError, openable
from dateline.formats.items import aware_or_none
from dateline.sites.files import files_like, read_large
from dateline.sites.html.posts import moment_of

_REMEDY = "name the file that Settings > Export makes, or its folder"


class Row:
    """A row of a table, of which each column may be missing, or hold anything."""

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self._columns = columns

    def __getitem__(self, column: str) -> str:
        """Return a text, without white space at its ends, or a number as text; empty for anything else."""
        value = self._columns.get(column)
        return str(value).strip() if isinstance(value, str | int) else ""

    def first(self, *columns: str) -> str:
        """Return the first of these columns that is not empty."""
        return next(filter(None, map(self.__getitem__, columns)), "")

    def is_on(self, column: str) -> bool:
        """Return whether a column says yes."""
        return self[column] in ("1", "True")

    def date(self, column: str) -> datetime | None:
        """Return a date, which old versions write in milliseconds."""
        text = self[column]
        if not text.isdecimal():
            return moment_of(text)
        with suppress(ValueError, OverflowError, OSError):
            return aware_or_none(datetime.fromtimestamp(int(text) // 1000, UTC))
        return None


class Post(NamedTuple):
    """A post, or a page; what else is known about it; its authors and its tags, the main ones first."""

    row: Row
    metadata: Row
    authors: Sequence[Row]
    tags: Sequence[Row]

    @property
    def is_page(self) -> bool:
        """Whether it is a page, which old versions say in another way."""
        return self.row["type"] == "page" or self.row.is_on("page")

    @property
    def is_emailed(self) -> bool:
        """Whether it was only sent as a newsletter."""
        return self.row["status"] == "sent" or self.metadata.is_on("email_only")

    @property
    def is_published(self) -> bool:
        """Whether it has a page on the site, or will have one."""
        return self.row["status"] in ("published", "scheduled") and not self.is_emailed

    @property
    def is_public(self) -> bool:
        """Whether everybody may read it."""
        return self.row["visibility"] in ("", "public")

    @property
    def public_tags(self) -> list[Row]:
        """The tags that readers see."""
        return [tag for tag in self.tags if tag["visibility"] != "internal" and not tag["name"].startswith("#")]


class Export(NamedTuple):
    """The settings of a site and its posts, from the file at a path relative to the source."""

    file: str
    settings: Row
    posts: Sequence[Post]


def export_files(source: Path) -> list[str]:
    """Return the exports that a source is, or that are in its folder, as paths relative to it."""
    return files_like(source, ".json", lambda head: b'"exported_on"' in head and b'"data"' in head)


def read_export(source: Path) -> Export:
    """Read a source. Raises SiteError, also if there are several exports in a folder, each of which has everything."""
    files = export_files(source) or ([""] if source.is_file() else [])
    if len(files) != 1:
        problem = f"several exports: {', '.join(files)}" if files else "no export of Ghost in it"
        raise SiteError(str(source), None, problem, _REMEDY)
    path = openable(source, files[0])
    try:
        data = json.loads(read_large(source, files[0]).decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise SiteError(path, None, "not in UTF-8", "export it again") from None
    except (ValueError, RecursionError):
        raise SiteError(path, None, "JSON that cannot be read", "export it again") from None
    for key in ("db", 0, "data"):  # old versions have no list of databases
        with suppress(LookupError, TypeError):
            data = data[key]
    if not isinstance(data, dict) or not isinstance(data.get("posts"), list):
        raise SiteError(path, None, "not an export of Ghost", _REMEDY)
    return _export(files[0], data)


def _export(file: str, data: Mapping[str, Any]) -> Export:
    metadata = {row["post_id"]: row for row in _rows(data, "posts_meta")}
    users = {row["id"]: row for row in _rows(data, "users")}
    authors = _of_posts(data, "posts_authors", "author_id", users)
    tags = _of_posts(data, "posts_tags", "tag_id", {row["id"]: row for row in _rows(data, "tags")})
    posts = [
        Post(
            row,
            metadata.get(row["id"], row),  # where old versions have it
            authors[row["id"]] or [users[id] for id in [row["author_id"]] if id in users],
            tags[row["id"]],
        )
        for row in _rows(data, "posts")
    ]
    settings = {row["key"]: row["value"] for row in _rows(data, "settings")}
    return Export(file, Row(settings), posts)


def _rows(data: Mapping[str, Any], table: str) -> Iterator[Row]:
    found = data.get(table)
    yield from (Row(row) for row in found if isinstance(row, dict)) if isinstance(found, list) else ()


def _of_posts(
    data: Mapping[str, Any], table: str, column: str, others: Mapping[str, Row]
) -> defaultdict[str, list[Row]]:
    """Return, for each post, the rows of another table that belong to it, in their order."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    links = sorted(_rows(data, table), key=lambda row: int(row["sort_order"]) if row["sort_order"].isdecimal() else 0)
    for link in links:
        if link[column] in others:
            found[link["post_id"]].append(others[link[column]])
    return found
