"""Find out whether a publication is online, although feed.toml says that it is not live yet."""

from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

from dateline.comparison.published import document, is_address, published_at
from dateline.errors import FeedError
from dateline.formats.items import Document
from dateline.model import Publication

TIME_LIMIT = 5.0  # seconds for each of two requests: a build without a network must not wait long


def address_online(publication: Publication, file: str) -> str:
    """Return an address at which a feed of the publication answers, or nothing.

    It is asked for where the feed in a `file` of the output says that it is, and at the publication's URL. No answer,
    and anything but such a feed, counts as nothing. Raises FeedError if the file cannot be read.
    """
    known = next(published_at(file))
    for address, only_public in _addresses(publication, known):
        with suppress(FeedError):
            if _is_same(_fetched(address, only_public=only_public), known, publication.id):
                return address
    return ""


def _addresses(publication: Publication, known: Document) -> Iterator[tuple[str, bool]]:
    """Yield where to ask, and whether only a public address may be.

    Whatever wrote the output folder must not have requests sent into the user's own network: only `url` may lead there.
    """
    format = known.format if known.format in publication.formats else publication.formats[0]
    own, of_settings = known.own_address or "", publication.feed_url(publication.url, format)
    if is_address(own) and own != of_settings:
        yield own, _host(own) != _host(publication.url)
    yield of_settings, False


def _host(address: str) -> str:
    with suppress(ValueError):
        return urlsplit(address).netloc
    return ""


def _fetched(address: str, *, only_public: bool) -> Document:
    from dateline.http_client import Client

    return document(*Client(only_public=only_public, time_limit=TIME_LIMIT).fetch(address))


def _is_same(found: Document, known: Document, id: str) -> bool:
    """Return whether a feed has the id of the known one or of the publication, or items with ids of theirs.

    Only Atom has an id of its own.
    """
    if found.id and found.id in (known.id, id):
        return True
    ids, beginning = {item.id for item in known.items if item.id}, f"{id.removesuffix('/')}/"
    return any(item.id in ids or item.id.startswith(beginning) for item in found.items)
