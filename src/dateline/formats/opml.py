"""OPML 2.0: the feeds of a publication in one list, which readers import."""

from collections.abc import Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from dateline.formats.table import FORMATS
from dateline.model import Feed

OPML_FILE = "feeds.opml"
# Readers show these as folders.
_GROUPS = {"tags": "Tags", "authors": "Authors"}


def opml(feeds: Sequence[Feed]) -> bytes:
    """List `feeds`, of which the first is the main one, each once and in the format that is recommended.

    A reader subscribes to all that it is given: to list three formats of a feed would show each post three times.
    """
    main = feeds[0]
    format = FORMATS[main.publication.formats[0]]
    root = Element("opml", version="2.0")
    SubElement(SubElement(root, "head"), "title").text = main.title
    body = SubElement(root, "body")
    groups: dict[str, Element] = {}
    for feed in feeds:
        kind = feed.base.removeprefix(main.base).partition("/")[0]
        if kind in _GROUPS and kind not in groups:
            groups[kind] = SubElement(body, "outline", text=_GROUPS[kind])
        SubElement(
            groups.get(kind, body),
            "outline",
            type="rss",
            text=feed.title,
            title=feed.title,
            xmlUrl=feed.base + format.filename,
            htmlUrl=feed.home,
        )
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"
