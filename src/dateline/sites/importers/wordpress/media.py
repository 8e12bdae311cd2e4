"""Find the files that were uploaded to a site, which posts name by ids, by pages of their own, or as recordings."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from dateline.content.key_values import Value
from dateline.formats.items import Item, ItemEnclosure
from dateline.importer.drafts import media_keys
from dateline.model import Publication
from dateline.sites.importers.wordpress.wxr import WxrItem

_DURATION = re.compile(r'"duration";s:\d+:"([\d:]+)"')


class MediaFile(NamedTuple):
    """A file that was uploaded: its address, its alternative text, and its caption in HTML."""

    url: str
    alt: str = ""
    caption: str = ""


class Library(NamedTuple):
    """The files of a site by their ids, and the ids of those that were uploaded for the post."""

    files: Mapping[str, MediaFile]
    own: Sequence[str] = ()

    def wanted(self, ids: str) -> Iterator[MediaFile]:
        """Yield the files with ids in a text, with commas between; those of the post if it is empty."""
        for id in re.findall(r"\d+", ids) or self.own:
            if id in self.files:
                yield self.files[id]


def uploads(items: Mapping[str, WxrItem]) -> tuple[dict[str, MediaFile], dict[str, list[str]]]:
    """Return the files by their ids, and their ids by that of the post for which they were uploaded."""
    files: dict[str, MediaFile] = {}
    own: dict[str, list[str]] = {}
    for id, item in items.items():
        if item.kind == "attachment":
            files[id] = MediaFile(item.get("attachment_url"), item.get("_wp_attachment_image_alt"), item.excerpt)
            own.setdefault(item.get("post_parent"), []).append(id)
    return files, own


def addresses_of(items: Mapping[str, WxrItem], files: Mapping[str, MediaFile]) -> dict[str, str]:
    """Return addresses by what links have in their place: the id of a page or a file, or the page of a file."""
    addresses = {id: files[id].url if id in files else item.get("link") for id, item in items.items()}
    return addresses | {items[id].get("link"): file.url for id, file in files.items()}


def followed(addresses: Mapping[str, str], address: str) -> str:
    """Return the address of the page, or the file, that a link names by a number, or by the page of the file."""
    with suppress(ValueError):
        query = parse_qs(urlsplit(address).query)
        number = next((query[key][0] for key in ("p", "page_id", "attachment_id") if key in query), "")
        return addresses.get(number or (address if "/" in address else "")) or address
    return address


def enclosures_of(item: WxrItem, publication: Publication) -> tuple[dict[str, Value], list[tuple[str, str]]]:
    """Return the keys for the recordings of a post, as WordPress and plugins for podcasts keep them, and remarks."""
    found = []
    for value in (value for key, value in item.meta if key == "enclosure"):
        address, size, kind, *more = [*value.split("\n"), "", "", ""]
        duration = _DURATION.search("".join(more))
        found.append(ItemEnclosure(address.strip(), kind.strip(), size.strip(), "", duration[1] if duration else ""))
    if not found and item.get("audio_file"):
        found.append(ItemEnclosure(item.get("audio_file"), "", item.get("filesize_raw"), "", item.get("duration")))
    entry = Item("", "", item.get("title"), None, None, (), "", "", (), tuple(found))
    keys, left_out = media_keys(entry, publication.podcast)
    return keys, [(what, how) for what, _, how in (note.rpartition("; ") for note in left_out)]
