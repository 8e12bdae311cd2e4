"""Atom 1.0 (RFC 4287)."""

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

from dateline.content.dates import in_utc
from dateline.content.ids import atom_id
from dateline.feed_formats import FORMATS
from dateline.formats import xml_feed
from dateline.formats.items import Document, Item, details, iso_datetime, split_footer
from dateline.formats.xml import parse_root, root_of
from dateline.formats.xml import texts as texts
from dateline.formats.xml_feed import ATOM, TOMBSTONES, XML_LANG, Tag, all_text, in_title, text_of
from dateline.model import Entry, Feed, Tombstone
from dateline.render.html import text_to_html

_ATOM = FORMATS["atom"]
_ROOT = f"{ATOM}feed"


def write(feed: Feed) -> bytes:
    """Serialise the feed as Atom in UTF-8, each entry with its authors, published and updated (in UTC).

    The feed itself has no author: it needs one only if an entry has none (4.1.1), and some readers show it instead of
    an entry's own.
    """
    from dateline.formats._feedgen import new_atom

    publication = feed.publication
    atom = new_atom(publication.language)
    atom.id(feed.id)
    atom.title(in_title(feed.title))
    atom.subtitle(in_title(publication.description))
    atom.updated(feed.updated)
    atom.rights(publication.rights and in_title(publication.rights))
    atom.icon(feed.icon)
    atom.logo(feed.logo)
    atom.generator(*(feed.generator or ("",)))
    atom.dateline.history = xml_feed.history_mark(feed)
    atom.dateline.add_tags(map(_tombstone_tag, feed.tombstones))
    atom.link(href=publication.feed_url(feed.base, "atom"), rel="self", type=_ATOM.media_type)
    atom.link(href=feed.home, rel="alternate", type="text/html")
    for relation, href in xml_feed.related_documents(feed, "atom"):
        atom.link(href=href, rel=relation, type=_ATOM.media_type)
    if publication.hub:
        atom.link(href=publication.hub, rel="hub")
    for entry in feed.entries:
        _add_entry(atom, entry, feed)
    return xml_feed.finish(atom.atom_str(pretty=True), publication)


def _add_entry(atom: Any, entry: Entry, feed: Feed) -> None:
    post, element = entry.post, atom.add_entry(order="append")
    element.id(atom_id(feed.publication.id, post.id))
    element.title(in_title(post.name))  # required (4.1.2)
    element.published(post.published)
    element.updated(post.updated)
    for author in post.authors:
        element.author(_not_empty({"name": author.name, "email": author.email, "uri": author.url}))
    links: list[dict[str, str | None]] = [{"href": post.canonical_url, "rel": "alternate", "type": "text/html"}]
    if post.related:
        links.append({"href": post.related, "rel": "related"})
    for found in entry.attached.enclosures:
        link = {"href": found.url, "rel": "enclosure", "type": found.media_type}
        links.append({**link, "length": str(found.size) if found.size else None, "title": found.title})
    for attributes in map(_not_empty, links):
        element.link(**attributes)  # writes the address, and our extension the rest
        element.dateline.links.append(attributes)
    # As HTML, like the content: programs that prefer plain text would show the summary instead of the content.
    element.summary(text_to_html(entry.summary), type="html")
    if entry.html:
        element.content(entry.html, type="html")
    for tag in post.tags:
        element.category(term=tag)
    if post.language != feed.publication.language:
        element.dateline.language = post.language
    atom.dateline.add_tags(xml_feed.picture_tags(entry), element.dateline)


def _tombstone_tag(tombstone: Tombstone) -> Tag:
    comment = (Tag("at:comment", tombstone.comment),) if tombstone.comment else ()
    return Tag("at:deleted-entry", None, {"ref": tombstone.id, "when": in_utc(tombstone.when)}, comment)


def _not_empty(attributes: Mapping[str, str | None]) -> dict[str, str]:
    return {key: value for key, value in attributes.items() if value}


def is_feed(content: bytes) -> bool:
    """Return whether a document is Atom, given at least its beginning."""
    return root_of(content) == _ROOT


def read(content: bytes, address: str) -> Document:
    """Read Atom 1.0. Raises InputError if it is anything else."""
    feed = parse_root(content, _ROOT)
    links = xml_feed.links_of(feed)
    return Document(
        address=address,
        format="atom",
        id=text_of(feed, f"{ATOM}id"),
        own_address=links.get("self"),
        previous=xml_feed.older_document(links),
        items=tuple(_item(entry) for entry in feed.iterfind(f"{ATOM}entry")),
        is_ours=text_of(feed, f"{ATOM}generator") == "Dateline",
        details=details("atom", _feed_fields(feed, links)),
    )


def _feed_fields(feed: Element, links: dict[str, str]) -> dict[str, str]:
    names = {"title": "title", "description": "subtitle", "rights": "rights", "icon": "icon", "logo": "logo"}
    deleted = feed.iterfind(f"{TOMBSTONES}deleted-entry")
    authors = _authors(feed)
    return {
        **{field: text_of(feed, ATOM + name) for field, name in names.items()},
        "language": feed.get(XML_LANG, ""),
        "url": links.get("alternate", ""),
        "hub": links.get("hub", ""),
        # Only entries without authors need one, so its absence is no change.
        **({"author": authors} if authors else {}),
        "tombstones": "\n".join(f"{entry.get('ref')} {entry.get('when')} {all_text(entry)}" for entry in deleted),
    }


def _authors(element: Element) -> str:
    """Return the authors of a feed or an entry with their addresses, as one text."""
    return ", ".join(" ".join(map(all_text, author)) for author in element.iterfind(f"{ATOM}author"))


def _item(entry: Element) -> Item:
    summary, (html, footer) = _summary(entry), split_footer(text_of(entry, f"{ATOM}content"))
    image, image_fields = xml_feed.read_picture(entry)
    links = (link for link in entry.iterfind(f"{ATOM}link") if link.get("rel") == "enclosure")
    enclosures = tuple(xml_feed.enclosure_of(link, "href", "type", "length", "title") for link in links)
    fields = {
        "author": _authors(entry),
        "language": entry.get(XML_LANG, ""),
        "related": xml_feed.links_of(entry).get("related", ""),
        "enclosure": "\n".join(map(" ".join, enclosures)),
        **image_fields,
    }
    return Item(
        id=text_of(entry, f"{ATOM}id"),
        url=xml_feed.links_of(entry).get("alternate", ""),
        title=text_of(entry, f"{ATOM}title"),
        published=iso_datetime(text_of(entry, f"{ATOM}published")),
        updated=iso_datetime(text_of(entry, f"{ATOM}updated")),
        authors=tuple(text_of(author, f"{ATOM}name") for author in entry.iterfind(f"{ATOM}author")),
        html=html or summary,
        summary=summary,
        tags=tuple(category.get("term", "") for category in entry.iterfind(f"{ATOM}category")),
        enclosures=enclosures,
        image=image,
        details=details("atom", fields),
        only_summary=not html,
        footer=footer,
    )


def _summary(entry: Element) -> str:
    """Return the summary as HTML. Dateline writes HTML today, and wrote plain text in earlier releases."""
    element = entry.find(f"{ATOM}summary")
    text = "" if element is None else element.text or ""
    return text if element is not None and element.get("type") == "html" else text_to_html(text)
