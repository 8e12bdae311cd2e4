"""What can be compared of posts and documents: plain text, and whole addresses."""

import json
import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any
from urllib.parse import unquote

from dateline.model import Entry, Publication
from dateline.render.text import plain

# One character for one, so that lengths stay: an engine may curl quotation marks in one post and not in another.
_STRAIGHT = (("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"'))
_TOLD = re.compile(r' (?:alt|title)="([^"]+)"')
_TAG = re.compile(r"</?[A-Za-z]")
_BEFORE, _AFTER = "([{'‘“«*", ".,;:!?)]}'’”»*。，、…"
_INDEX = "/index.html"


def text_of(html: str) -> str:
    """All that HTML says, in parts on lines of their own: its text, and what it says of pictures and the like."""
    told = (unescape(value) for value in _TOLD.findall(html)) if '="' in html else ()
    return lines([plain(html), *told])


def lines(parts: Iterable[str]) -> str:
    """Parts of text, each on one line, in a form in which they can be compared."""
    text = "\n".join(" ".join(part.split()) for part in parts)
    if not text.isascii():
        for curled, straight in _STRAIGHT:
            text = text.replace(curled, straight)
    return text


def addresses(text: str) -> set[str]:
    """The URIs that stand in text or HTML as wholes, each in one form, also without its fragment and query."""
    if ":" not in text:
        return set()
    apart = unescape(text).replace('"', " ").replace("<", " ").replace(">", " ")
    found: set[str] = set()
    for word in {word for word in apart.split() if ":" in word[:-1]}:
        bare = word.lstrip(_BEFORE)
        for whole in {bare, bare.rstrip(_AFTER)}:
            without_fragment = whole.partition("#")[0]
            found.update(map(address, {whole, without_fragment, without_fragment.partition("?")[0]}))
    return found


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
    text = lines([post.title, entry.summary, *post.tags, *names]) + "\n" + text_of(html)
    urls = [author.url or "" for author in post.authors]
    return text, " ".join([post.id, post.canonical_url, post.title, entry.summary, *post.tags, *urls, html])


def heading(publication: Publication) -> tuple[str, str]:
    """What a publication says of itself in its feeds, likewise."""
    told = [publication.title, publication.description, publication.rights or ""]
    names = [author.name for author in publication.authors]
    urls = [publication.hub, publication.icon, publication.logo, *(author.url for author in publication.authors)]
    return lines([*told, *names]), " ".join([*told, *(url for url in urls if url)])


def values(document: bytes) -> Iterator[str]:
    """The text of every element and attribute of an XML document, or every string of a JSON document."""
    if document.lstrip()[:1] == b"{":
        yield from _strings(json.loads(document))
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
