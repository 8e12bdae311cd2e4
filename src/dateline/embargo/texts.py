"""What can be compared of posts and documents: plain text, and whole addresses."""

import re
from array import array
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urljoin

from dateline.content.urls import page_key
from dateline.embargo.runs import RUN, blocks, digest_of
from dateline.hashing import checksum
from dateline.model import Entry, Publication
from dateline.render.html import html_to_text
from dateline.text import normalize, unescape

# An engine may curl quotation marks in one post and not in another; and what cannot be seen is no part of a text.
_STRAIGHT = (("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"'), *((unseen, "") for unseen in "\u00ad\u200b\u2060\ufeff"))
_TOLD = re.compile(r' (?:alt|title)="([^"]+)"')
# The values of attributes, which a page says where nobody reads them.
_ATTRIBUTE = re.compile(rf"""=\s*+(?:"([^"]{{{RUN},}}+)"|'([^']{{{RUN},}}+)')""")
_TARGET = re.compile(r"""(?:[hH][rR][eE][fF]|[sS][rR][cC])\s*+=\s*+["']?([^"'\s>]++)""")
_TAG = re.compile(r"</?[A-Za-z]")
_NO_TAG = re.compile(r"<(?![A-Za-z/!?])")
# What cannot be in an address, what ends one without its query and fragment, and the scheme before a colon.
_GAP = re.compile(r'[\s<>"]+')
_QUERY = re.compile(r"[?#]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*$")
_LONGEST_SCHEME = 20  # characters
# Every colon may follow the scheme of an address that reaches up to the next gap. Without a bound, a text of nothing
# but colons would hold as many addresses as characters, all of them long.
_LONGEST = 2000  # characters of an address; browsers take hardly more
_MOST_COLONS = 20  # in one address
_AFTER = ".,;:!?)]}'’”»*。，、…"  # what may stand after an address in a sentence


def text_of(html: str) -> str:
    """All that HTML says, in parts on lines of their own: its text, and what it says of pictures and the like."""
    text = _straight(html_to_text(html))
    told = _TOLD.findall(html) if '="' in html else ()
    return "\n".join([text, lines(map(unescape, told))]) if told else text


def lines(parts: Iterable[str]) -> str:
    """Parts of text, each on one line, in a form in which they can be compared."""
    return _straight("\n".join([" ".join(part.split()) for part in parts]))


def _straight(text: str) -> str:
    if not text.isascii():
        text = normalize(text, "NFC")
        for curled, straight in _STRAIGHT:
            text = text.replace(curled, straight)
    return text


def addresses(text: str) -> set[str]:
    """The URIs that stand in text or HTML as wholes, each in one form, also without its fragment and query.

    Takes time in proportion to the length of the text. Finds none longer than _LONGEST or with more than _MOST_COLONS.
    """
    if ":" not in text:
        return set()
    found: set[str] = set()
    for whole in _GAP.split(unescape(text)):
        if ":" in whole:
            for part in {whole, whole.rstrip(_AFTER), *whole.split("#"), *_QUERY.split(whole)}:
                found.update(_to_the_end(part))
    return set(map(page_key, found))


def _to_the_end(part: str) -> Iterator[str]:
    """The URIs that end where a part of a text does."""
    colon = len(part) - 1
    for _ in range(_MOST_COLONS):
        colon = part.rfind(":", max(0, len(part) - _LONGEST), colon)
        if colon < 0:
            return
        if scheme := _SCHEME.search(part, max(0, colon - _LONGEST_SCHEME), colon):
            yield part[scheme.start() :]


class Said(NamedTuple):
    """What something says: as text to be compared, and as text or HTML in which addresses stand."""

    text: str
    raw: str

    def digests(self) -> "array[int]":
        """Digests of all by which it can be found: of the blocks of its text, and of addresses."""
        found = blocks(self.text)
        found.extend(map(digest_of, addresses(self.raw)))
        return found


def published(entry: Entry, *, whole: bool) -> Said:
    """What an entry says, with or without its text."""
    post, html = entry.post, entry.html if whole else ""
    names = [author.name for author in post.authors]
    told, media = beside(entry)
    text = lines([post.title, entry.summary, *post.tags, *names, *told]) + "\n" + text_of(html)
    urls = [*(author.url or "" for author in post.authors), *media, *told]
    return Said(text, " ".join([post.id, post.canonical_url, post.title, entry.summary, *post.tags, *urls, html]))


def beside(entry: Entry) -> tuple[list[str], list[str]]:
    """What an entry says of the media that it carries, and their addresses."""
    image, enclosures, transcripts = entry.attached
    episode = entry.post.episode
    told = [image.alt if image else None, episode and episode.title, *(enclosure.title for enclosure in enclosures)]
    urls = [image.url] if image else []
    urls += [*(enclosure.url for enclosure in enclosures), *(transcript.url for transcript in transcripts)]
    return [text for text in told if text], urls


def heading(publication: Publication) -> Said:
    """What a publication says of itself."""
    told = [publication.title, publication.description, publication.rights or ""]
    names = [author.name for author in publication.authors]
    urls = [publication.hub, publication.icon, publication.logo, *(author.url for author in publication.authors)]
    if podcast := publication.podcast:
        told += [podcast.author, podcast.owner.name]
        urls += [podcast.image, podcast.owner.url]
    return Said(lines([*told, *names]), " ".join([*told, *(url for url in urls if url)]))


def of_page(document: bytes, url: str) -> Iterator[str]:
    """The whole text of a page, which may be by a template of the user's and anything; and what nobody sees there.

    `url` is where it will be: addresses may be relative to that.
    """
    page = _NO_TAG.sub("&lt;", document.decode())
    for match in _ATTRIBUTE.finditer(page):
        yield unescape(match[match.lastindex or 0])
    for comment in page.split("<!--")[1:]:
        yield unescape(comment.partition("-->")[0])
    written = dict.fromkeys(_TARGET.findall(page))
    targets = (unescape(target) for target in written if ":" not in target and len(target) <= _LONGEST)
    root = urljoin(url, "/").rstrip("/")
    yield " ".join([_joined(url, root, target) for target in targets])
    yield page


def _joined(url: str, root: str, target: str) -> str:
    """Where a target leads from a page below `root`; as it is where it cannot lead anywhere."""
    if target[:1] == "/" != target[1:2]:  # as most do: it takes a tenth of the time
        return root + target
    with suppress(ValueError):
        return urljoin(url, target)
    return target


def fingerprint(value: str) -> int:
    """A digest by which a value is known among a million others."""
    return checksum(value)


def said(value: str) -> Said:
    """What a value of a document says, whether it is HTML or not."""
    if _TAG.search(value):
        return Said(text_of(value), value)
    return Said(lines([value, unescape(value)] if "&" in value else [value]), value)
