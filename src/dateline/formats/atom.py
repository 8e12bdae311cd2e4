"""Atom 1.0 (RFC 4287)."""

from dateline.formats._feedgen import (
    AtomEntry,
    Whole,
    add_link,
    history_mark,
    new_atom,
    picture_tag,
    tag_entry,
    write_atom,
)
from dateline.formats.table import FORMATS, history, stylesheet
from dateline.model import Author, Entry, Feed
from dateline.reading.addresses import atom_id

_ATOM = FORMATS["atom"]


def serialise(feed: Feed) -> bytes:
    """The feed as an Atom document in UTF-8, each entry with its authors, published and updated (in UTC)."""
    publication = feed.publication
    atom, whole = new_atom(publication.language)
    atom.id(feed.id)
    atom.title(feed.title)
    atom.subtitle(publication.description)
    atom.updated(feed.updated)
    atom.rights(publication.rights)
    atom.icon(feed.icon)
    atom.logo(feed.logo)
    atom.generator(*(feed.generator or ("",)))
    whole.history = history_mark(feed)
    whole.tombstones = feed.tombstones
    for author in feed.authors:
        atom.author(_person(author))
    atom.link(href=feed.base + _ATOM.filename, rel="self", type=_ATOM.media_type)
    atom.link(href=feed.home, rel="alternate", type="text/html")
    for relation, href in history(feed, _ATOM).items():
        atom.link(href=href, rel=relation, type=_ATOM.media_type)
    if publication.hub:
        atom.link(href=publication.hub, rel="hub")
    for entry in feed.entries:
        _add_entry(atom.add_entry(order="append"), entry, feed, whole)
    return write_atom(atom, stylesheet(publication))


def _add_entry(element: AtomEntry, entry: Entry, feed: Feed, whole: Whole) -> None:
    post, attached = entry.post, entry.attached
    element.id(atom_id(feed.publication.id, post.id))
    element.title(post.title)
    element.published(post.published)
    element.updated(post.updated)
    for author in post.authors:
        element.author(_person(author))
    add_link(element, href=post.canonical_url, rel="alternate", type="text/html")
    for enclosure in attached.enclosures:
        title = {"title": enclosure.title} if enclosure.title else {}
        length = str(enclosure.size)
        add_link(element, href=enclosure.url, rel="enclosure", type=enclosure.media_type, length=length, **title)
    element.summary(entry.summary)
    if entry.html:
        element.content(entry.html, type="html")
    for tag in post.tags:
        element.category(term=tag)
    if post.language != feed.publication.language:
        element.dateline.language = post.language
    if attached.image:
        tag_entry(whole, element, [picture_tag(attached.image)])


def _person(author: Author) -> dict[str, str]:
    person = {"name": author.name, "email": author.email, "uri": author.url}
    return {key: value for key, value in person.items() if value}
