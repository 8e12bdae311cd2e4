"""Atom 1.0 (RFC 4287)."""

from dateline.content.ids import atom_id
from dateline.formats._feedgen import (
    AtomEntry,
    Whole,
    add_link,
    history_mark,
    in_title,
    new_atom,
    picture_tags,
    tag_entry,
    write_atom,
)
from dateline.formats.table import FORMATS, history, stylesheet
from dateline.model import Author, Entry, Feed
from dateline.render.html import text_to_html

_ATOM = FORMATS["atom"]


def serialise(feed: Feed) -> bytes:
    """Write the feed as an Atom document in UTF-8, each entry with its authors, published and updated (in UTC).

    The feed itself has no author: it needs one only where an entry has none (4.1.1), and some readers show it instead
    of an entry's own.
    """
    publication = feed.publication
    atom, whole = new_atom(publication.language)
    atom.id(feed.id)
    atom.title(in_title(feed.title))
    atom.subtitle(in_title(publication.description))
    atom.updated(feed.updated)
    atom.rights(publication.rights and in_title(publication.rights))
    atom.icon(feed.icon)
    atom.logo(feed.logo)
    atom.generator(*(feed.generator or ("",)))
    whole.history = history_mark(feed)
    whole.tombstones = feed.tombstones
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
    element.title(in_title(post.title))
    element.published(post.published)
    element.updated(post.updated)
    for author in post.authors:
        element.author(_person(author))
    add_link(element, href=post.canonical_url, rel="alternate", type="text/html")
    for enclosure in attached.enclosures:
        more = {"length": str(enclosure.size) if enclosure.size else None, "title": enclosure.title}
        known = {key: value for key, value in more.items() if value}
        add_link(element, href=enclosure.url, rel="enclosure", type=enclosure.media_type, **known)
    # As HTML, like the content: programs that prefer plain text would show the summary instead of the content.
    element.summary(text_to_html(entry.summary), type="html")
    if entry.html:
        element.content(entry.html, type="html")
    for tag in post.tags:
        element.category(term=tag)
    if post.language != feed.publication.language:
        element.dateline.language = post.language
    tag_entry(whole, element, picture_tags(entry))


def _person(author: Author) -> dict[str, str]:
    person = {"name": author.name, "email": author.email, "uri": author.url}
    return {key: value for key, value in person.items() if value}
