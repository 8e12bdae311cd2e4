"""OPML 2.0: the list of a publication's feeds, which readers can import."""

from collections.abc import Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from dateline.content.languages import language_name
from dateline.formats.xml import parse_root
from dateline.model import Feed

OPML_FILE = "feeds.opml"
_GROUPS = ("tags", "authors")  # folders of feeds, which readers show as folders, too


def opml(feeds: Sequence[Feed]) -> bytes:
    """List `feeds`, the main one first, each once and in the format that is recommended.

    A reader subscribes to all that it is given: to list a feed in three formats would show each post three times.
    """
    main = feeds[0]
    root = Element("opml", version="2.0")
    SubElement(SubElement(root, "head"), "title").text = main.title
    body = SubElement(root, "body")
    groups: dict[tuple[str, ...], Element] = {(): body}

    def group(*names: str) -> Element:
        """Return the folder of these names, one in the other."""
        if names not in groups:
            groups[names] = SubElement(group(*names[:-1]), "outline", text=names[-1])
        return groups[names]

    for feed in feeds:
        publication = feed.publication
        names = [language_name(publication.edition)] if publication.edition else []
        if (kind := feed.base.removeprefix(publication.url).partition("/")[0]) in _GROUPS:
            names.append(main.publication.words().text(kind))
        attributes = {"type": "rss", "text": feed.title, "title": feed.title}
        url = publication.feed_url(feed.base, publication.formats[0])
        attributes |= {"xmlUrl": url, "htmlUrl": feed.home}
        SubElement(group(*names), "outline", attributes)
    ElementTree.indent(root)
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def feed_titles(content: bytes) -> list[tuple[str, str]]:
    """Return home page and title of each feed in a list that `opml` has written, in order. Raises InputError."""
    outlines = parse_root(content, "opml").iter("outline")
    return [(found.get("htmlUrl", ""), found.get("text", "")) for found in outlines if found.get("type") == "rss"]
