"""Check a live site: one that was just published, or any other."""

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from dateline.comparison.published import is_address
from dateline.content.urls import is_below, page_url
from dateline.errors import FeedError, InputError
from dateline.feed_formats import FEED_FOLDERS
from dateline.formats.items import ItemEnclosure, absolute
from dateline.http_client import Answer
from dateline.model import Publication
from dateline.options import Progress
from dateline.verify.feed_checks import Feed, check_feed, is_same, media_type_of, read_feed
from dateline.verify.findings import Finding, Verified, finding
from dateline.verify.site_checks import (
    Page,
    check_certificate,
    check_enclosure,
    check_https,
    check_missing,
    check_old_address,
    check_page,
    feeds_on,
    https_hosts,
)
from dateline.verify.visits import AT_ONCE, Asked, Connection, Visitor, Wanted, visit_feed

_MOST_FEEDS = 12  # that a page may name
_MORE_FEEDS = 60  # other than the main ones, whose content is checked after publishing
_SAMPLES = 3  # enclosures, and old addresses
_PAGE = 1024 * 1024  # bytes that are read of a page
FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 15.0  # seconds; each pause is twice as long as the one before
_CHECKING, _WAITING = "checking the site", "waiting for the host"


class _Site(NamedTuple):
    """What to check: feeds, pages that name them, the folder that all is in, and where old addresses lead."""

    feeds: Sequence[Wanted]
    pages: Sequence[Page]
    base: str
    old: Mapping[str, str] = {}


def verify_published(
    publication: Publication,
    sent: Mapping[str, str],
    wait: float,
    progress: Progress,
    old: Mapping[str, str] | None = None,
) -> Verified:
    """Check a publication on the web, after waiting up to `wait` seconds until its feeds have the bytes that were sent.

    `sent` has the SHA-256 of files on the target by path: of all of them, or of those that changed and the main feeds.
    `old` has the URLs to which old addresses lead, by the paths of these in the output.
    """
    visitor = Visitor(wait)
    feeds = [*_main_feeds(publication, sent), *islice(_more_feeds(publication, sent), _MORE_FEEDS)]
    _wait(visitor, [wanted for wanted in feeds if wanted.expected], wait, progress)
    pages = [
        Page(edition.url, {name: edition.feed_url(edition.url, name) for name in edition.formats}, edition.pages)
        for edition in publication.editions()
    ]
    leads = {publication.url + page_url(path): url for path, url in (old or {}).items()}
    return _verified(_Site(feeds, pages, publication.url, leads), visitor, progress)


def verify_site(url: str, progress: Progress) -> Verified:
    """Check any site, given the URL of a page that names its feeds, or of a feed."""
    visitor = Visitor()
    progress(_CHECKING, 0, 1)
    visit = visitor.one(visit_feed, Wanted(url, in_full=False))
    feed, plain = read_feed(visit), visit.plain
    if isinstance(feed, Feed):
        home = dict(feed.document.details).get((feed.document.format, "url"), "")
        address = absolute(feed.answer.address, home)
        pages = [Page(address, {feed.document.format: feed.answer.address}, is_ours=False)] if home else []
        return _verified(_Site([Wanted(url)], pages, urljoin(feed.answer.address, ".")), visitor, progress)
    if isinstance(plain, FeedError) or plain.status != 200 or "html" not in media_type_of(plain)[0]:
        return Verified((feed,))
    try:
        feeds = feeds_on(plain)
    except InputError as error:
        return Verified((finding("feed", url, f"a page that cannot be read: {error.problem}", plain.headers),))
    if not feeds:
        problem = "names no feed in its head, so browsers and readers do not find one"
        about = finding("discovery", url, problem, plain.headers, media_type="application/rss+xml", about="ADDRESS")
        return Verified((about,))
    wanted = [Wanted(address) for address in feeds[:_MOST_FEEDS]]
    return _verified(_Site(wanted, [], urljoin(plain.address, ".")), visitor, progress)


def _main_feeds(publication: Publication, sent: Mapping[str, str]) -> Iterator[Wanted]:
    for edition in publication.editions():
        for name in edition.formats:
            for number, path in enumerate(edition.feed_paths(name)):
                yield Wanted(edition.url + quote(path), sent.get(edition.folder + path, ""), in_full=not number)


def _more_feeds(publication: Publication, sent: Mapping[str, str]) -> Iterator[Wanted]:
    """Yield the feeds of tags, authors and corrections, and archives, of those that were sent."""
    names = tuple(f"/{path}" for name in publication.formats for path in publication.feed_paths(name))
    for path, digest in sent.items():
        if path.endswith(names) and not {*path.split("/")}.isdisjoint(FEED_FOLDERS):
            yield Wanted(publication.url + quote(path), digest, in_full=False)


def _wait(visitor: Visitor, feeds: Sequence[Wanted], wait: float, progress: Progress) -> None:
    """Wait until all feeds have the bytes that were sent, both with and without compression."""
    began, pause = time.monotonic(), FIRST_PAUSE
    while feeds and wait:
        # A few at a time: a host that has one new feed has most likely all of them.
        asked, later = feeds[:AT_ONCE], feeds[AT_ONCE:]
        found = visitor.each(_has_expected, asked)
        missing = [wanted for wanted, is_there in zip(asked, found, strict=True) if not is_there]
        feeds = [*missing, *later]
        left = began + wait - time.monotonic()
        if left <= 0:
            return
        if missing:
            progress(_WAITING, int(wait - left), int(wait))
            time.sleep(min(pause, left))
            pause = min(2 * pause, _LONGEST_PAUSE)


def _has_expected(connection: Connection, wanted: Wanted) -> bool:
    answers = (connection.ask(wanted.address, {"Accept-Encoding": coding}) for coding in ("identity", "gzip"))
    return all(isinstance(answer, Answer) and is_same(answer, wanted.expected) for answer in answers)


def _verified(site: _Site, visitor: Visitor, progress: Progress) -> Verified:
    read: list[Feed | Finding] = []
    for visit in visitor.each(visit_feed, site.feeds):
        read.append(read_feed(visit))
        progress(_CHECKING, len(read), len(site.feeds) + 1)
    feeds = [feed for feed in read if isinstance(feed, Feed)]
    findings = [found for found in read if isinstance(found, Finding)]
    findings += chain.from_iterable(map(check_feed, feeds))
    findings += _around(site, feeds, visitor)
    findings += _hosts(feeds, visitor)
    progress(_CHECKING, 1, 1)
    live = {feed.visit.wanted.address for feed in feeds if is_same(feed.answer, feed.visit.wanted.expected)}
    sent = [wanted.address for wanted in site.feeds if wanted.expected]
    return Verified(
        tuple(findings),
        live=tuple(address for address in sent if address in live),
        late=tuple(address for address in sent if address not in live),
        is_public=visitor.only_public,
    )


def _around(site: _Site, feeds: Sequence[Feed], visitor: Visitor) -> Iterator[Finding]:
    """Check pages, old addresses and enclosures."""
    pages = [*site.pages, *_newest_page(site, feeds)]
    for page, answer in zip(pages, visitor.each(_ask, [page.address for page in pages]), strict=True):
        yield from check_page(page, answer)
    missing = urljoin(site.base, f"{secrets.token_hex(8)}/")
    yield from check_missing(missing, visitor.one(_ask, missing))
    old = _spread(list(site.old))
    for address, answer in zip(old, visitor.each(_ask, old), strict=True):
        yield from check_old_address(address, site.old[address], answer)
    enclosures = _enclosures(feeds)
    for enclosure, answer in zip(enclosures, visitor.each(_first_byte, enclosures), strict=True):
        yield from check_enclosure(enclosure, answer)


def _newest_page(site: _Site, feeds: Sequence[Feed]) -> Iterator[Page]:
    """Yield the page of the newest post, if it is ours: it names the same feeds as the home page."""
    for home in (page for page in site.pages[:1] if page.is_ours):
        urls = (item.url for feed in feeds[:1] for item in feed.document.items if is_below(item.url, site.base))
        yield from (home._replace(address=url.partition("#")[0]) for url in islice(urls, 1))


def _hosts(feeds: Sequence[Feed], visitor: Visitor) -> Iterator[Finding]:
    """Check what concerns all of a host that has feeds: its certificate, and where http leads."""
    plain = https_hosts([feed.answer.address for feed in feeds])
    for address, answer in zip(plain, visitor.each(_ask, plain), strict=True):
        yield from check_https(address, answer)
    answers = {urlsplit(feed.answer.address).hostname or "": feed.answer for feed in feeds}
    for host, certificate in visitor.certificates.items():
        if host in answers:
            yield from check_certificate(f"https://{host}/", certificate, answers[host].headers, time.time())


def _ask(connection: Connection, address: str) -> Asked:
    return connection.ask(address, limit=_PAGE)


def _first_byte(connection: Connection, enclosure: ItemEnclosure) -> Asked:
    return connection.ask(enclosure.url, {"Range": "bytes=0-0"}, limit=1)


def _enclosures(feeds: Sequence[Feed]) -> list[ItemEnclosure]:
    """Return the enclosures of the newest items that have one."""
    items = (item for feed in feeds for item in feed.document.items)
    found = {enclosure.url: enclosure for item in items for enclosure in item.enclosures if is_address(enclosure.url)}
    return list(islice(found.values(), _SAMPLES))


def _spread(addresses: Sequence[str]) -> Sequence[str]:
    """Return a few of many addresses, from all over the list."""
    return addresses[:: max(1, len(addresses) // _SAMPLES)][:_SAMPLES]
