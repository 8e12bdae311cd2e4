"""What can be compared of posts and documents: plain text, and whole addresses."""

import json
import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any
from unicodedata import normalize
from urllib.parse import unquote

from dateline.model import Entry, Publication
from dateline.render.text import plain

# An engine may curl quotation marks in one post and not in another; and what cannot be seen is no part of a text.
_STRAIGHT = (("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"'), *((unseen, "") for unseen in "\u00ad\u200b\u2060\ufeff"))
_TOLD = re.compile(r' (?:alt|title)="([^"]+)"')
_HEAD = re.compile(r' content="([^"]+)"')
_TAG = re.compile(r"</?[A-Za-z]")
# What follows each colon, colons included, and what is a scheme before one.
_REST = re.compile(r'(?=(:[^\s<>"]+)):')
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*$")
_LONGEST_SCHEME = 20  # characters
_AFTER = ".,;:!?)]}'’”»*。，、…"  # what may stand after an address in a sentence
_INDEX = "/index.html"


def text_of(html: str) -> str:
    """All that HTML says, in parts on lines of their own: its text, and what it says of pictures and the like."""
    text = _straight(plain(html))
    told = _TOLD.findall(html) if '="' in html else ()
    return "\n".join([text, lines(map(unescape, told))]) if told else text


def lines(parts: Iterable[str]) -> str:
    """Parts of text, each on one line, in a form in which they can be compared."""
    return _straight("\n".join([" ".join(part.split()) for part in parts]))


def _straight(text: str) -> str:
    if not text.isascii():
        text = normalize("NFC", text)
        for curled, straight in _STRAIGHT:
            text = text.replace(curled, straight)
    return text


def addresses(text: str) -> set[str]:
    """The URIs that stand in text or HTML as wholes, each in one form, also without its fragment and query."""
    if ":" not in text:
        return set()
    told = unescape(text)
    found: set[str] = set()
    for rest in _REST.finditer(told):
        colon = rest.start()
        scheme = _SCHEME.search(told, max(0, colon - _LONGEST_SCHEME), colon)
        if scheme:
            found.add(scheme[0] + rest[1])
    wholes = found | {uri.rstrip(_AFTER) for uri in found}
    wholes |= {uri.partition("#")[0] for uri in wholes if "#" in uri}
    return {address(uri) for uri in wholes | {uri.partition("?")[0] for uri in wholes if "?" in uri}}


def address(uri: str) -> str:
    """A URI in the form in which those that lead to one page are the same."""
    if "%" in uri:
        uri = unquote(uri)
    if uri.startswith("http://"):
        uri = "https://" + uri.removeprefix("http://")
    return uri.removesuffix(_INDEX).rstrip("/")


def published(entry: Entry, *, whole: bool) -> tuple[str, str]:
    """What an entry says in a feed: as text to be compared, and as text in which addresses stand."""
    post, html = entry.post, entry.html if whole else ""
    names = [author.name for author in post.authors]
    told, media = beside(entry)
    text = lines([post.title, entry.summary, *post.tags, *names, *told]) + "\n" + text_of(html)
    urls = [*(author.url or "" for author in post.authors), *media, *told]
    return text, " ".join([post.id, post.canonical_url, post.title, entry.summary, *post.tags, *urls, html])


def beside(entry: Entry) -> tuple[list[str], list[str]]:
    """What an entry says of the media that it carries, and their addresses."""
    image, enclosures, transcripts = entry.attached
    episode = entry.post.episode
    told = [image.alt if image else None, episode and episode.title, *(enclosure.title for enclosure in enclosures)]
    urls = [image.url] if image else []
    urls += [*(enclosure.url for enclosure in enclosures), *(transcript.url for transcript in transcripts)]
    return [text for text in told if text], urls


def heading(publication: Publication) -> tuple[str, str]:
    """What a publication says of itself in its feeds, likewise."""
    told = [publication.title, publication.description, publication.rights or ""]
    names = [author.name for author in publication.authors]
    urls = [publication.hub, publication.icon, publication.logo, *(author.url for author in publication.authors)]
    if podcast := publication.podcast:
        told += [podcast.author, podcast.owner.name]
        urls += [podcast.image, podcast.owner.url]
    return lines([*told, *names]), " ".join([*told, *(url for url in urls if url)])


def values(document: bytes) -> Iterator[str]:
    """The text of every element and attribute of an XML document, or every string of a JSON document.

    A page, which may be by a template of the user's, is its whole text, and what it says in its head.
    """
    start = document.lstrip()[:5]
    if start[:1] == b"{":
        yield from _strings(json.loads(document))
        return
    if start != b"<?xml":
        page = document.decode()
        yield from map(unescape, _HEAD.findall(page))
        yield page
        return
    from xml.etree import ElementTree

    for element in ElementTree.fromstring(document).iter():  # noqa: S314 - it was written here
        yield from filter(None, (element.text, *element.attrib.values()))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def reading(value: str) -> str:
    """A value of a document as text to be compared, whether it is HTML or not."""
    if _TAG.search(value):
        return text_of(value)
    return lines([value, unescape(value)]) if "&" in value else lines([value])
