"""What posts, settings, feeds and pages say, in a form that can be compared: texts, addresses and ids."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urljoin

from dateline import formats
from dateline.content.ids import is_uri
from dateline.content.urls import page_key
from dateline.formats.items import split_footer
from dateline.hashing import checksum
from dateline.lazy_patterns import lazy_pattern
from dateline.model import Entry, Publication
from dateline.render.html import html_to_text
from dateline.text import normalize, unescape

RUN = 60  # characters of a text; a shorter quotation gives too little away
SEPARATOR = "\0"  # between parts of a hidden text; no published text has it, so nothing is found across parts

# Python-Markdown may curl quotation marks where comrak does not; and invisible characters are not part of a text.
_STRAIGHT = (("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"'), *((unseen, "") for unseen in "\u00ad\u200b\u2060\ufeff"))
_DESCRIPTION = lazy_pattern(r' (?:alt|title)="([^"]+)"')
_TAG = lazy_pattern(r"</?[A-Za-z]")
_NO_TAG = lazy_pattern(r"<(?![A-Za-z/!?])")
_ATTRIBUTE = lazy_pattern(rf"""=\s*+(?:"([^"]{{{RUN},}}+)"|'([^']{{{RUN},}}+)')""")
_TARGET = lazy_pattern(r"""(?:[hH][rR][eE][fF]|[sS][rR][cC])\s*+=\s*+["']?([^"'\s>]++)""")
_LONG_ID = 20  # characters
_LONGEST_ID = 100
# The full value of an attribute, or text of an element. No character is in two matches.
_VALUE = lazy_pattern(rf'[>"]([^<>"]{{1,{_LONGEST_ID}}}+)(?=[<"])')
# What cannot be in an address, where its query and fragment begin, and the scheme before a colon.
_GAP = lazy_pattern(r'[\s<>"]+')
_QUERY = lazy_pattern(r"[?#]")
_SCHEME = lazy_pattern(r"[A-Za-z][A-Za-z0-9+.-]*$")
_LONGEST_SCHEME = 20  # characters
# Every colon may follow the scheme of an address that reaches up to the next gap. Without a limit, a text of colons
# alone would hold as many addresses as characters, all of them long.
LONGEST_ADDRESS = 2000  # characters; browsers hardly support more
_MOST_COLONS = 20  # in one address
_AFTER = ".,;:!?)]}'’”»*。，、…"  # what may follow an address in a sentence


class Comparable(NamedTuple):
    """`text` is plain text, in lines; `names` are the addresses in it, and short values that may be somebody's id."""

    text: str
    names: frozenset[str]


def comparable(texts: Iterable[str], htmls: Iterable[str] = (), uris: Iterable[str] = ()) -> Comparable:
    """Return what plain texts and HTML say, and the names in them; `uris` are more addresses."""
    texts, htmls = [*texts], [*htmls]
    names = addresses(" ".join([*texts, *htmls, *uris]))
    values = [*texts, *(unescape(value) for html in htmls for value in _VALUE.findall(html))]
    ids = {one_line(value) for value in values if len(value) <= _LONGEST_ID}
    names.update(id for id in ids if _is_distinctive(id) and page_key(id) not in names)
    return Comparable("\n".join([*map(one_line, texts), *map(text_of, htmls)]), frozenset(names))


def comparable_entry(entry: Entry, *, has_text: bool) -> Comparable:
    """Return what is published of an entry, with or without its text."""
    post, (image, enclosures, transcripts) = entry.post, entry.attached
    titles = [
        image and image.alt,
        post.image_caption,
        post.image_credit,
        post.episode and post.episode.title,
        *(enclosure.title for enclosure in enclosures),
    ]
    texts = [post.name, entry.summary, *post.tags, *(author.name for author in post.authors), *titles]
    urls = [
        post.id,
        post.canonical_url,
        post.related,
        post.canonical,
        image and image.url,
        *(author.url for author in post.authors),
    ]
    urls += [*(enclosure.url for enclosure in enclosures), *(transcript.url for transcript in transcripts)]
    return comparable(filter(None, texts), [entry.html] if has_text else [], filter(None, urls))


def comparable_settings(publication: Publication) -> Comparable:
    """Return what feed.toml says of the publication."""
    texts = [publication.title, publication.description, publication.rights]
    urls = [publication.hub, *(author.url for author in publication.authors)]
    urls += [picture for _, picture in publication.pictures]
    if podcast := publication.podcast:
        texts += [podcast.author, podcast.owner.name]
        urls.append(podcast.owner.url)
    texts += [author.name for author in publication.authors]
    for _, profile in publication.profiles:
        texts += [profile.bio, *(name for name, _ in profile.links)]
        urls += [url for _, url in profile.links]
    return comparable(filter(None, texts), uris=filter(None, urls))


def comparable_feed(document: bytes, format: str, known: Collection[int]) -> Comparable:
    """Return what a feed in a format says, without the HTML of posts that is `known` by its fingerprint."""
    # The footer of entries says nothing of any post but its own.
    found = dict.fromkeys(split_footer(text)[0] for text in formats.texts(format, document))
    values = [value for value in found if len(value) < RUN or checksum(value) not in known]
    texts = [value for value in values if not _TAG.search(value)]
    htmls = [value for value in values if _TAG.search(value)]
    return comparable(dict.fromkeys([*texts, *map(unescape, texts)]), htmls)


def comparable_page(document: bytes, url: str) -> Comparable:
    """Return what a page says, with comments and long attributes, which nobody sees.

    `url` is the address of the page, to which others may be relative.
    """
    page = _NO_TAG.sub("&lt;", document.decode())
    attributes = [unescape(match[match.lastindex or 0]) for match in _ATTRIBUTE.finditer(page)]
    comments = [comment.partition("-->")[0] for comment in page.split("<!--")[1:]]
    targets = [unescape(target) for target in dict.fromkeys(_TARGET.findall(page)) if ":" not in target]
    root = urljoin(url, "/").rstrip("/")
    uris = [_joined(url, root, target) for target in targets if len(target) <= LONGEST_ADDRESS]
    return comparable(dict.fromkeys(attributes), dict.fromkeys([page, *comments]), uris)


def _joined(url: str, root: str, target: str) -> str:
    """Return where a target leads from a page below `root`; the target itself if it is no valid address."""
    if target[:1] == "/" != target[1:2]:  # as most do: it takes a tenth of the time
        return root + target
    with suppress(ValueError):
        return urljoin(url, target)
    return target


def text_of(html: str) -> str:
    """Return the text of HTML on one line, followed by a line for each description of a picture or link."""
    descriptions = _DESCRIPTION.findall(html) if '="' in html else ()
    return "\n".join([_normal(html_to_text(html)), *(one_line(unescape(text)) for text in descriptions)])


def one_line(text: str) -> str:
    """Return plain text on one line, in comparable form."""
    return _normal(" ".join(text.split()))


def _normal(text: str) -> str:
    if not text.isascii():
        text = normalize(text, "NFC")
        for curled, straight in _STRAIGHT:
            text = text.replace(curled, straight)
    return text.replace(SEPARATOR, " ")


def name_of_id(id: str) -> str | None:
    """Return the name under which to look for an id; None for one that is no URI and that occurs by chance."""
    if is_uri(id):
        return page_key(id)
    return one_line(id) if _is_distinctive(one_line(id)) else None


def _is_distinctive(id: str) -> bool:
    return len(id) >= _LONG_ID or (any(map(str.isdigit, id)) and any(map(str.isalpha, id)))


def addresses(text: str) -> set[str]:
    """Return the URIs in text or HTML, each in one form, with and without its fragment and query.

    Takes time in proportion to the length of the text. A URI has at most 2,000 characters and 20 colons.
    """
    if ":" not in text:
        return set()
    found: set[str] = set()
    for word in _GAP.split(unescape(text)):
        if ":" in word:
            for part in {word, word.rstrip(_AFTER), *word.split("#"), *_QUERY.split(word)}:
                found.update(_uris_at_end(part))
    return set(map(page_key, found))


def _uris_at_end(part: str) -> Iterator[str]:
    colon = len(part) - 1
    for _ in range(_MOST_COLONS):
        colon = part.rfind(":", max(0, len(part) - LONGEST_ADDRESS), colon)
        if colon < 0:
            return
        if scheme := _SCHEME.search(part, max(0, colon - _LONGEST_SCHEME), colon):
            yield part[scheme.start() :]
