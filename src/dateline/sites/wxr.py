"""Read exports of WordPress (WXR): an RSS feed with everything that a site has, in elements of its own."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element

from dateline.content.scan import leads_inside, unreadable
from dateline.errors import InputError, SiteError, openable
from dateline.fileio import read_regular
from dateline.formats.xml import parse_large, root_of

MAX_SIZE = 128 * 1024 * 1024  # bytes of all files; WordPress exports what is of one author or of some years, too
_HEAD = 64 * 1024  # bytes within which a file says that it is an export
_EXCERPT = "excerpt/}encoded"


class Term(NamedTuple):
    """A category, a tag or another term of an item: its taxonomy, its name in addresses, and its name."""

    taxonomy: str
    slug: str
    name: str


class WxrItem(NamedTuple):
    """A post, a page, a file or anything else, from the file at a path relative to the source.

    `fields` are its elements by their names without namespaces, but `html` and `excerpt` are its text and summary.
    `meta` are its custom fields, of which several may have one name. `comments` are counted.
    """

    file: str
    fields: Mapping[str, str]
    html: str
    excerpt: str
    terms: Sequence[Term]
    meta: Sequence[tuple[str, str]]
    comments: int

    def get(self, name: str) -> str:
        """Return a field, or a custom field; empty if there is none."""
        return self.fields.get(name) or next((value for key, value in self.meta if key == name), "")


class Export(NamedTuple):
    """The fields of a site, the names of its authors by what they log in with, and everything else in it, in order."""

    fields: Mapping[str, str]
    authors: Mapping[str, str]
    items: Sequence[WxrItem]


def export_files(source: Path) -> list[str]:
    """Return the exports that a source is, or that are in its folder, as paths relative to it."""
    if not source.is_dir():
        return [""] if _is_export(source) else []
    root = os.path.realpath(source)
    names = sorted(entry.name for entry in os.scandir(source) if entry.name.lower().endswith(".xml"))
    return [name for name in names if leads_inside(str(source / name), root) and _is_export(source / name)]


def _is_export(file: Path) -> bool:
    if not os.path.isfile(file):
        return False
    try:
        with open(file, "rb") as opened:
            head = opened.read(_HEAD)
    except OSError:
        return False
    return b"wxr_version>" in head and root_of(head) == "rss"


def read_export(source: Path) -> Export:
    """Read a source of one or several files, into which large exports are split. Raises SiteError."""
    files = export_files(source) or ([""] if source.is_file() else [])
    if not files:
        raise SiteError(str(source), None, "no export of WordPress in it", "name the file that Tools > Export makes")
    if sum(os.path.getsize(source / file) for file in files) > MAX_SIZE:
        problem = f"larger than {MAX_SIZE // 1024 // 1024} MiB"
        raise SiteError(str(source), None, problem, "export the posts of some years at a time")
    channels = [_channel(source, file) for file in files]
    return Export(
        _fields(channels[0]),
        {login: name for channel in channels for login, name in _authors(channel)},
        [_item(file, item) for file, channel in zip(files, channels, strict=True) for item in channel.iter("item")],
    )


def _channel(source: Path, file: str) -> Element:
    path = openable(source, file)
    try:
        root = parse_large(read_regular(path, MAX_SIZE))
    except InputError as error:
        raise error.at(SiteError, path) from None
    except OSError as error:
        raise unreadable(path, error, SiteError) from None
    channel = root.find("channel")
    if channel is None:
        raise SiteError(path, None, "not an export of WordPress", "name the file that Tools > Export makes")
    return channel


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _fields(parent: Element) -> dict[str, str]:
    """Return the texts of elements that have no others in them."""
    return {_name(child): (child.text or "").strip() for child in parent if not len(child)}


def _authors(channel: Element) -> Iterator[tuple[str, str]]:
    for author in map(_fields, (child for child in channel if child.tag.endswith("}author"))):
        names = (author.get("author_display_name"), author.get("author_login"))
        yield author.get("author_login", ""), next(filter(None, names), "")


def _item(file: str, item: Element) -> WxrItem:
    texts = {child.tag: child.text or "" for child in item if _name(child) == "encoded"}
    meta = (_fields(child) for child in item if _name(child) == "postmeta")
    return WxrItem(
        file,
        _fields(item),
        html="".join(text for tag, text in texts.items() if not tag.endswith(_EXCERPT)),
        excerpt="".join(text for tag, text in texts.items() if tag.endswith(_EXCERPT)),
        terms=[
            Term(child.get("domain", ""), child.get("nicename", ""), (child.text or "").strip())
            for child in item.iter("category")
        ],
        meta=[(field.get("meta_key", ""), field.get("meta_value", "")) for field in meta],
        comments=sum(_name(child) == "comment" for child in item),
    )
