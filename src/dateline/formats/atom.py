"""Atom 1.0 (RFC 4287)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

from dateline.content.dates import EPOCH, in_utc
from dateline.content.ids import atom_id
from dateline.feed_formats import FORMATS
from dateline.formats import xml_feed
from dateline.formats.items import Document, Item, details, iso_datetime, split_footer
from dateline.formats.templates import SAMPLE_TAG, Group, Layout, Templates, write_document
from dateline.formats.xml import parse_root, root_of
from dateline.formats.xml import texts as texts
from dateline.formats.xml_feed import ATOM, TOMBSTONES, XML_LANG, Tag, all_text, in_title, text_of
from dateline.model import Entry, Feed, Tombstone
from dateline.render.html import text_to_html

_ATOM = FORMATS["atom"]
_ROOT = f"{ATOM}feed"


class _Feed(NamedTuple):
    """What feedgen is given of a feed. The flags before the tags say which namespaces are needed."""

    id: str
    title: str
    description: str
    language: str
    updated: datetime
    own_url: str
    home: str
    rights: str | None = None
    icon: str | None = None
    logo: str | None = None
    generator: str | None = None
    version: str | None = None
    current: str | None = None
    previous: str | None = None
    next: str | None = None
    hub: str | None = None
    complete: bool = False
    at: bool = False
    media: bool = False
    tags: tuple[Tag, ...] = ()
    entries: "tuple[_Entry, ...]" = ()


class _Author(NamedTuple):
    name: str
    email: str | None = None
    url: str | None = None


class _Enclosure(NamedTuple):
    url: str
    media_type: str
    size: str | None = None
    title: str | None = None


class _Category(NamedTuple):
    term: str


class _Entry(NamedTuple):
    """What feedgen is given of an entry."""

    id: str
    title: str
    published: datetime
    updated: datetime
    url: str
    summary: str
    html: str
    related: str | None = None
    language: str | None = None
    authors: tuple[_Author, ...] = ()
    enclosures: tuple[_Enclosure, ...] = ()
    categories: tuple[_Category, ...] = ()
    tags: tuple[Tag, ...] = ()


def write(feed: Feed, known: Templates | None, *, slow: bool) -> Iterator[bytes]:
    """Yield the feed as Atom in UTF-8, each entry with its authors, published and updated (in UTC).

    The feed itself has no author: it needs one only if an entry has none (4.1.1), and some readers show it instead of
    an entry's own.
    """
    return write_document(_LAYOUT, feed, known, slow=slow)


def _feed_of(feed: Feed) -> _Feed:
    publication = feed.publication
    generator, version = feed.generator or (None, None)
    current, previous, next = xml_feed.related_documents(feed, "atom")
    return _Feed(
        id=feed.id,
        title=feed.title,
        description=publication.description,
        language=publication.language,
        updated=feed.updated,
        own_url=publication.feed_url(feed.base, "atom"),
        home=feed.home,
        rights=publication.rights,
        icon=feed.icon,
        logo=feed.logo,
        generator=generator,
        version=version,
        current=current,
        previous=previous,
        next=next,
        hub=publication.hub,
        complete=feed.complete,
        tags=tuple(map(_tombstone_tag, feed.tombstones)),
    )


def _tombstone_tag(tombstone: Tombstone) -> Tag:
    comment = (Tag("at:comment", tombstone.comment),) if tombstone.comment else ()
    return Tag("at:deleted-entry", None, {"ref": tombstone.id, "when": in_utc(tombstone.when)}, comment)


def _entry_of(entry: Entry, feed: Feed) -> _Entry:
    post, (image, enclosures, _) = entry.post, entry.attached
    found = ((e.url, e.media_type, str(e.size) if e.size else None, e.title) for e in enclosures)
    return _Entry(
        atom_id(feed.publication.id, post.id),
        post.name,  # required (4.1.2)
        post.published,
        post.updated,
        post.canonical_url,
        entry.summary,
        entry.html,
        post.related,
        None if post.language == feed.publication.language else post.language,
        tuple([_Author(author.name, author.email, author.url) for author in post.authors]),
        tuple(map(_Enclosure._make, found)) if enclosures else (),
        tuple(map(_Category, post.tags)),
        tuple(xml_feed.picture_tags(entry)) if image else (),
    )


def _by_feedgen(feed: _Feed) -> bytes:
    from dateline.formats._feedgen import new_atom

    atom = new_atom(feed.language)
    atom.id(feed.id)
    atom.title(in_title(feed.title))
    atom.subtitle(in_title(feed.description))
    atom.updated(feed.updated)
    atom.rights(feed.rights and in_title(feed.rights))
    atom.icon(feed.icon)
    atom.logo(feed.logo)
    atom.generator(feed.generator or "", feed.version)
    own = atom.dateline
    own.history = xml_feed.history_mark(feed.current, complete=feed.complete)
    own.prefixes = {prefix for prefix in ("at", "media") if getattr(feed, prefix)}
    own.tags = feed.tags
    atom.link(href=feed.own_url, rel="self", type=_ATOM.media_type)
    atom.link(href=feed.home, rel="alternate", type="text/html")
    for relation, href in zip(xml_feed.RELATIONS, (feed.current, feed.previous, feed.next), strict=True):
        if href:
            atom.link(href=href, rel=relation, type=_ATOM.media_type)
    if feed.hub:
        atom.link(href=feed.hub, rel="hub")
    for entry in feed.entries:
        _add_entry(atom, entry)
    return xml_feed.numeric_references(atom.atom_str(pretty=True))


def _add_entry(atom: Any, entry: _Entry) -> None:
    element = atom.add_entry(order="append")
    element.id(entry.id)
    element.title(in_title(entry.title))
    element.published(entry.published)
    element.updated(entry.updated)
    for name, email, uri in entry.authors:
        element.author(_not_empty({"name": name, "email": email, "uri": uri}))
    links: list[dict[str, str | None]] = [{"href": entry.url, "rel": "alternate", "type": "text/html"}]
    if entry.related:
        links.append({"href": entry.related, "rel": "related"})
    for url, media_type, size, title in entry.enclosures:
        links.append({"href": url, "rel": "enclosure", "type": media_type, "length": size, "title": title})
    for attributes in map(_not_empty, links):
        element.link(**attributes)  # writes the address, and our extension the rest
        element.dateline.links.append(attributes)
    # As HTML, like the content: programs that prefer plain text would show the summary instead of the content.
    element.summary(text_to_html(entry.summary), type="html")
    if entry.html:
        element.content(entry.html, type="html")
    for category in entry.categories:
        element.category(term=category.term)
    element.dateline.language = entry.language
    element.dateline.tags = entry.tags


def _not_empty(attributes: Mapping[str, str | None]) -> dict[str, str]:
    return {key: value for key, value in attributes.items() if value}


_SAMPLE = _Entry("-", "-", EPOCH, EPOCH, "-", "-", "")
_IN_ENTRY = {
    "authors": Group(_Author("-"), {}),
    "enclosures": Group(_Enclosure("-", "-"), {}),
    "categories": Group(_Category("-"), {}),
    "tags": Group(SAMPLE_TAG, {}),
}
_LAYOUT = Layout(
    "atom",
    _feed_of,
    _entry_of,
    _by_feedgen,
    Group(
        _Feed("-", "-", "-", "-", EPOCH, "-", "-", at=True, media=True),
        {"tags": Group(SAMPLE_TAG, {}), "entries": Group(_SAMPLE, _IN_ENTRY)},
    ),
)


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
