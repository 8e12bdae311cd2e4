"""Read exports of WordPress (WXR): an RSS feed with everything that a site has, in elements of its own."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element

from dateline.errors import InputError, SiteError, openable
from dateline.formats.xml import parse_large, root_of
from dateline.sites.files import files_like, read_large

_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_EXCERPT = "excerpt/}encoded"  # after the version
_NAMESPACE = "wordpress.org/export/"
_REMEDY = "name the file that Tools > Export makes, or its folder"


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

    @property
    def kind(self) -> str:
        """What WordPress calls the type of a post, as which it keeps everything."""
        return self.get("post_type")

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
    return files_like(source, ".xml", lambda head: b"wxr_version>" in head and root_of(head) == "rss")


def read_export(source: Path) -> Export:
    """Read a source of one or several files, into which large sites are exported. Raises SiteError."""
    files = export_files(source) or ([""] if source.is_file() else [])
    channels = [_channel(source, file) for file in files]
    if not channels:
        raise SiteError(str(source), None, "no export of WordPress in it", _REMEDY)
    return Export(
        _fields(channels[0]),
        {login: name for channel in channels for login, name in _authors(channel)},
        [_item(file, item) for file, channel in zip(files, channels, strict=True) for item in channel.iter("item")],
    )


def _channel(source: Path, file: str) -> Element:
    try:
        root = parse_large(read_large(source, file))
    except InputError as error:
        raise error.at(SiteError, openable(source, file)) from None
    channel = root.find("channel")
    if channel is None or not any(_NAMESPACE in element.tag for element in channel.iter()):
        raise SiteError(openable(source, file), None, "not an export of WordPress", _REMEDY)
    return channel


def _fields(parent: Element) -> dict[str, str]:
    """Return the texts of elements that have no others in them."""
    return {child.tag.rpartition("}")[2]: (child.text or "").strip() for child in parent if not len(child)}


def _authors(channel: Element) -> Iterator[tuple[str, str]]:
    for author in map(_fields, channel.iterfind("{*}author")):
        login = author.get("author_login", "")
        yield login, author.get("author_display_name") or login


def _item(file: str, item: Element) -> WxrItem:
    excerpts = (child.text for child in item.iterfind("{*}encoded") if child.tag.endswith(_EXCERPT))
    meta = map(_fields, item.iterfind("{*}postmeta"))
    return WxrItem(
        file,
        _fields(item),
        html=item.findtext(_CONTENT, ""),
        excerpt=next(excerpts, "") or "",
        terms=[
            Term(child.get("domain", ""), child.get("nicename", ""), (child.text or "").strip())
            for child in item.iter("category")
        ],
        meta=[(field.get("meta_key", ""), field.get("meta_value", "")) for field in meta],
        comments=len(item.findall("{*}comment")),
    )
