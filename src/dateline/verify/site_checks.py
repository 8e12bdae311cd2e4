"""What can be wrong with a site apart from its feeds: a function for each check, over what its servers answered."""

import re
from collections.abc import Collection, Iterator, Mapping
from html import escape
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from dateline.content.urls import page_key
from dateline.errors import FeedError, InputError, quoted
from dateline.feed_formats import FORMATS
from dateline.formats.items import ItemEnclosure
from dateline.http_client import Answer, Certificate
from dateline.importer.html_tree import parsed_html
from dateline.verify.feed_checks import failure, media_type_of, status_of
from dateline.verify.findings import Finding, finding
from dateline.verify.remedies import host_of
from dateline.verify.visits import Asked

_LONGEST = 1024 * 1024  # bytes in which a page has its head
_SOON = 14 * 24 * 60 * 60  # seconds
_RANGE = re.compile(r"bytes 0-0/(\d{1,18}|\*)")
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
_UNTYPED = ("", "application/octet-stream", "binary/octet-stream", "text/html", "text/plain")


class Page(NamedTuple):
    """A page, and the addresses of feeds that it should name, by their format."""

    address: str
    feeds: Mapping[str, str]
    is_ours: bool = True


def feeds_on(page: Answer) -> list[str]:
    """Return the addresses of the feeds that a page names in its head. Raises InputError if it cannot be read."""
    tree = parsed_html(page.body[:_LONGEST].decode("utf-8", "replace"))
    base = tree.find("base", href=True)
    found = []
    for link in tree.find_all("link", href=True):
        is_feed = link.get("type", "").partition(";")[0].strip().lower() in _FEED_TYPES
        if is_feed and "alternate" in link.get("rel", "").lower().split():
            try:
                found.append(urljoin(urljoin(page.address, base["href"] if base else ""), link["href"].strip()))
            except ValueError:  # no address
                continue
    return list(dict.fromkeys(found))


_FEED_TYPES = frozenset(format.media_type for format in FORMATS.values())


def check_page(page: Page, answer: Asked) -> Iterator[Finding]:
    """Check that a page is there and names the feeds that it should; one that is not ours may name others."""
    if isinstance(answer, FeedError) or answer.status != 200:
        if page.is_ours:
            yield _unanswered("answer", page.address, answer)
        return
    try:
        named = {page_key(address) for address in feeds_on(answer)}
    except InputError as error:
        yield finding("feed", page.address, f"a page that cannot be read: {error.problem}", answer.headers)
        return
    for format, address in page.feeds.items():
        if page_key(address) not in named:
            problem = f"does not name the {FORMATS[format].label} feed, so browsers and readers do not find it"
            yield finding(
                "discovery",
                page.address,
                problem,
                answer.headers,
                media_type=FORMATS[format].media_type,
                about=address,
                is_fault=page.is_ours or not named,
            )


def check_missing(address: str, page: Asked) -> Iterator[Finding]:
    """Check the answer for a page that is not there."""
    if isinstance(page, Answer) and page.status == 200:
        way = f"redirects to {quoted(page.address, 200)}" if page.redirects else "answers 200"
        yield finding("missing-page", address, f"there is no such page, and the server {way}", page.headers)


def check_https(address: str, answer: Asked) -> Iterator[Finding]:
    """Check that an http address leads to one of https."""
    if isinstance(answer, FeedError):
        problem = f"no answer, so people who type it do not get to https ({answer.problem.problem})"
        yield finding("https", address, problem, {}, is_fault=False)
    elif not answer.address.startswith("https:"):
        yield finding("https", address, "does not lead to https", answer.headers)


def check_certificate(address: str, certificate: Certificate, headers: Mapping[str, str], now: float) -> list[Finding]:
    """Check that a certificate does not end within two weeks, or is not in the last third of a shorter time."""
    left = certificate.ends - now
    if left > min(_SOON, (certificate.ends - certificate.begins) / 3):
        return []
    problem = f"its certificate ends in {max(left, 0) / 24 / 60 / 60:.0f} days, and then nobody gets the feeds"
    return [finding("certificate", address, problem, headers)]


def check_old_address(address: str, target: str, answer: Asked) -> Iterator[Finding]:
    """Check that an old address leads on to another, by a redirect or by a page of ours."""
    if isinstance(answer, FeedError) or answer.status != 200:
        yield _unanswered("old-address", address, answer)
    elif page_key(target) != page_key(answer.address) and escape(target).encode() not in answer.body:
        yield finding("old-address", address, f"does not lead to {quoted(target, 200)}", answer.headers)


def check_enclosure(enclosure: ItemEnclosure, answer: Asked) -> Iterator[Finding]:
    """Check the answer to a request for the first byte of an enclosure."""
    address = enclosure.url
    if isinstance(answer, FeedError) or answer.status not in (200, 206):
        yield _unanswered("enclosure", address, answer)
        return
    headers = answer.headers
    served, has_range = _length(answer)
    if answer.status == 200:
        yield finding("ranges", address, "ranges are not served, so players cannot jump or resume", headers)
    elif not has_range:
        problem = f"a range is served with Content-Range {quoted(headers.get('content-range', ''))}, not bytes 0-0"
        yield finding("ranges", address, problem, headers)
    written = int(enclosure.size) if _NUMBER.fullmatch(enclosure.size) else 0
    if served and written and served != written:
        problem = f"has {served:,} bytes, and the feed says {written:,}"
        yield finding("enclosure-length", address, problem, headers)
    yield from _check_type(enclosure, answer)


def _length(answer: Answer) -> tuple[int, bool]:
    """Return the length of a file by the answer with its first byte, 0 if not known, and whether the range is right."""
    match = _RANGE.fullmatch(answer.headers.get("content-range", "").strip())
    length = answer.headers.get("content-length", "") if answer.status == 200 else match[1] if match else ""
    return int(length) if _NUMBER.fullmatch(length) else 0, match is not None


def _check_type(enclosure: ItemEnclosure, answer: Answer) -> Iterator[Finding]:
    found, said = media_type_of(answer)[0], enclosure.media_type.partition(";")[0].strip().lower()
    is_alike = found not in _UNTYPED and found.partition("/")[0] == said.partition("/")[0]
    if "/" in said and found != said and not is_alike:
        problem = f"sent as {quoted(found)}, and the feed says {quoted(said)}" if found else "sent without a media type"
        is_fault = not host_of(answer.headers).is_fixed
        yield finding("enclosure-type", enclosure.url, problem, answer.headers, media_type=said[:60], is_fault=is_fault)


def https_hosts(addresses: Collection[str]) -> list[str]:
    """Return an http address for each host with https at its usual port: the first that is given, but for http."""
    hosts: dict[str, str] = {}
    for address in addresses:
        parts = urlsplit(address)
        if parts.scheme == "https" and parts.port in (None, 443):
            hosts.setdefault(parts.hostname or "", f"http{address.removeprefix('https').replace(':443/', '/', 1)}")
    return list(hosts.values())


def _unanswered(check: str, address: str, answer: Asked) -> Finding:
    """Return a fault for an address that answers with nothing, or not with what it should."""
    if isinstance(answer, FeedError):
        return failure(check, address, answer)
    return finding(check, address, f"the server answers {status_of(answer)}", answer.headers)
