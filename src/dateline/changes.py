"""What is new, changed and gone in a feed, read from its bytes before and after: no private record."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_ATOM = "{http://www.w3.org/2005/Atom}"


class Item(NamedTuple):
    """An item as it stands in a feed: what identifies it, its title, and all of it in one form."""

    id: str
    title: str
    whole: str


class Changes(NamedTuple):
    """Items of a feed, in its order. `gone` are those of before that stand in it no longer."""

    new: tuple[Item, ...] = ()
    changed: tuple[tuple[Item, Item], ...] = ()
    gone: tuple[Item, ...] = ()


def compare(before: bytes | None, after: bytes) -> Changes:
    """Compare two documents of one format. Without one before, everything is new."""
    old, new = _items(before) if before else {}, _items(after)
    return Changes(
        new=tuple(item for id, item in new.items() if id not in old),
        changed=tuple((old[id], item) for id, item in new.items() if id in old and old[id].whole != item.whole),
        gone=tuple(item for id, item in old.items() if id not in new),
    )


def _items(document: bytes) -> Mapping[str, Item]:
    """The items of an RSS, Atom or JSON feed by id. What cannot be read as a feed has none."""
    try:
        if document.lstrip()[:1] == b"{":
            items = [_json_item(item) for item in json.loads(document).get("items", [])]
        else:
            items = _xml_items(document)
    except (ValueError, AttributeError, TypeError, RecursionError):
        return {}
    return {item.id: item for item in items}


def _json_item(item: dict[str, Any]) -> Item:
    return Item(str(item.get("id", "")), str(item.get("title", "")), json.dumps(item, sort_keys=True))


def _xml_items(document: bytes) -> list[Item]:
    from xml.etree import ElementTree

    try:
        root = ElementTree.fromstring(document)  # noqa: S314 - expat bounds the expansion of entities
    except ElementTree.ParseError:
        return []
    return [_xml_item(element) for tag in ("item", f"{_ATOM}entry") for element in root.iter(tag)]


def _xml_item(element: "Element") -> Item:
    from xml.etree import ElementTree

    def text(*names: str) -> str:
        return next((found for name in names if (found := element.findtext(name))), "")

    element.tail = None  # the indentation of what follows
    id = text("guid", f"{_ATOM}id", "link")
    return Item(id, text("title", f"{_ATOM}title"), ElementTree.tostring(element, encoding="unicode"))
