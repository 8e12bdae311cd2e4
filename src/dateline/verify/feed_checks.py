"""What can be wrong with a feed on the web: a check for each, over what its server answered."""

import codecs
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator
from email.message import Message
from hashlib import sha256
from typing import NamedTuple

from dateline import formats
from dateline.content.urls import page_key
from dateline.errors import FeedError, InputError, quoted
from dateline.feed_formats import FORMATS
from dateline.formats.items import Document
from dateline.http_client import Answer
from dateline.verify.findings import Finding, finding
from dateline.verify.remedies import host_of
from dateline.verify.visits import FeedVisit

_SMALL = 4 * 1024  # bytes; compressing what fits into three packets gains readers next to nothing
_LONG = 24 * 60 * 60  # seconds for which a feed may be cached
_GENERIC_XML = frozenset({"application/xml", "text/xml", "application/rdf+xml"})
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([\w.:-]{1,40})["']""")
_NAMES = {name.lower(): name for name in ("Content-Type", "Content-Length", "ETag", "Last-Modified")}
_MAX_AGE = re.compile(r"""(?:^|[\s,])max-age\s*=\s*"?(\d{1,18})""", re.IGNORECASE)


class Feed(NamedTuple):
    """A feed that was read: what its server answered, first of all to a plain request, and what it says."""

    visit: FeedVisit
    answer: Answer
    document: Document

    @property
    def media_type(self) -> str:
        """The media type with which it is best served."""
        return FORMATS[self.document.format].served_as


class Check(NamedTuple):
    """A check that yields what is wrong. If `by_host`, it is no fault on a host that lets nobody change it."""

    name: str
    find: Callable[[Feed], Iterator[str]]
    by_host: bool = True


def read_feed(visit: FeedVisit) -> Feed | Finding:
    """Return the feed that a server answered with, or what is wrong if it did not."""
    address, plain = visit.wanted.address, visit.plain
    if isinstance(plain, FeedError):
        return failure("answer", address, plain)
    if plain.status != 200:
        return finding("answer", address, f"the server answers {status_of(plain)}", plain.headers)
    try:
        is_ours = is_same(plain, visit.wanted.expected)
        return Feed(visit, plain, formats.read(plain.body, plain.address, ours=is_ours))
    except InputError as error:
        return finding("feed", address, error.problem, plain.headers)


def check_feed(feed: Feed) -> Iterator[Finding]:
    """Yield what is wrong with a feed."""
    is_fixed = host_of(feed.answer.headers).is_fixed
    for check in FEED_CHECKS:
        for problem in check.find(feed):
            yield finding(
                check.name,
                feed.visit.wanted.address,
                problem,
                feed.answer.headers,
                media_type=feed.media_type,
                about=feed.answer.address,
                is_fault=not (check.by_host and is_fixed),
            )


def failure(check: str, address: str, error: FeedError) -> Finding:
    """Return a fault for an address that did not answer."""
    return Finding(check, error.problem._replace(path=address))


def status_of(answer: Answer) -> str:
    """Return the status of an answer, as messages show it."""
    return f"{answer.status} {answer.reason}".strip()


def media_type_of(answer: Answer) -> tuple[str, str]:
    """Return the media type of an answer and its charset, both in lower case and empty if they are missing."""
    written = answer.headers.get("content-type", "")
    message = Message()
    message["Content-Type"] = written[:200]
    found = message.get_content_type() if "/" in written else ""
    return found, (message.get_content_charset() or "") if found else ""


def is_same(answer: Answer, expected: str) -> bool:
    """Return whether an answer has content with this SHA-256."""
    return answer.status == 200 and sha256(answer.body).hexdigest() == expected


def _content(feed: Feed) -> Iterator[str]:
    expected, packed = feed.visit.wanted.expected, feed.visit.packed
    if not expected:
        return
    if not is_same(feed.answer, expected):
        yield "the server answers with other bytes than those that were sent"
    elif isinstance(packed, Answer) and not is_same(packed, expected):
        yield "the server answers with other bytes than those that were sent, where gzip is accepted"


def _type(feed: Feed) -> Iterator[str]:
    found, _ = media_type_of(feed.answer)
    format = FORMATS[feed.document.format]
    right = {format.media_type, *(_GENERIC_XML if format.is_xml else ("application/json",))}
    if not found:
        yield f"sent without a media type: browsers and readers have to guess that it is {format.label}"
    elif found not in right:
        yield f"sent as {quoted(found)}, and it is {format.label}"


def _charset(feed: Feed) -> Iterator[str]:
    found, charset = media_type_of(feed.answer)
    body, is_xml = feed.answer.body, FORMATS[feed.document.format].is_xml
    declared = _DECLARED.match(body.removeprefix(BOM_UTF8)) if is_xml else None
    encoding = declared[1].decode() if declared else "utf-8"
    if charset and _codec(charset) != _codec(encoding) and not body.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        yield f"sent with charset={quoted(charset)}, and it is in {quoted(encoding)}"
    elif not charset and found == "text/xml" and not body.isascii():
        yield "sent as text/xml without a charset, which some readers take for US-ASCII"


def _codec(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return name


def _validators(feed: Feed) -> Iterator[str]:
    if not {"etag", "last-modified"} & set(feed.answer.headers):
        yield "neither ETag nor Last-Modified: readers fetch it whole each time"


def _not_modified(feed: Feed) -> Iterator[str]:
    for header, answer in (("If-None-Match", feed.visit.etag), ("If-Modified-Since", feed.visit.since)):
        if problem := _no_304(answer):
            yield f"{header} is answered with {problem}, not 304: readers fetch it whole each time"


def _compression(feed: Feed) -> Iterator[str]:
    packed = feed.visit.packed
    if isinstance(packed, FeedError):
        yield f"no answer where gzip is accepted: {packed.problem.problem}"
    elif packed and packed.status != 200:
        yield f"the server answers {status_of(packed)} where gzip is accepted"
    elif packed and len(feed.answer.body) > _SMALL and not packed.headers.get("content-encoding"):
        yield "not compressed, although gzip is accepted"


def _compressed_etag(feed: Feed) -> Iterator[str]:
    packed = feed.visit.packed
    if not isinstance(packed, Answer) or packed.status != 200 or not packed.headers.get("content-encoding"):
        return
    plain = {"etag", "last-modified"} & set(feed.answer.headers)
    if plain and not {"etag", "last-modified"} & set(packed.headers):
        yield "compressed, it has neither ETag nor Last-Modified"
    elif problem := _no_304(feed.visit.packed_again):
        yield f"compressed, its own ETag or date is answered with {problem}, not 304"


def _no_304(answer: Answer | FeedError | None) -> str:
    """Return what came in place of the status 304; empty if it came, or was not asked for."""
    if isinstance(answer, FeedError):
        return f"no answer ({answer.problem.problem})"
    return status_of(answer) if answer and answer.status != 304 else ""


def _head(feed: Feed) -> Iterator[str]:
    head, headers = feed.visit.head, feed.answer.headers
    if isinstance(head, FeedError):
        yield f"HEAD is not answered: {head.problem.problem}"
    elif head and head.status != 200:
        yield f"HEAD is answered with {status_of(head)}, GET with 200"
    elif head:
        for name in (name for name in _NAMES if name in headers and name in head.headers):
            if headers[name].removeprefix("W/") != head.headers[name].removeprefix("W/"):
                yield f"HEAD is answered with another {_NAMES[name]} than GET"


def _self(feed: Feed) -> Iterator[str]:
    own, address = feed.document.own_address, feed.answer.address
    if own and feed.visit.wanted.in_full and _comparable(own) != _comparable(address):
        yield f"its self link is {quoted(own, 200)}, and it is at {quoted(address, 200)}"


def _comparable(address: str) -> tuple[bool, str]:
    return address.lower().startswith("https:"), page_key(address.partition("#")[0])


def _redirect(feed: Feed) -> Iterator[str]:
    for status, address in feed.answer.redirects:
        if status not in (301, 308):
            yield f"a temporary redirect ({status}) to {quoted(address, 200)}, which readers follow anew each time"


def _caching(feed: Feed) -> Iterator[str]:
    control = feed.answer.headers.get("cache-control", "")
    age = _MAX_AGE.search(control)
    if age and int(age[1]) > _LONG:
        yield f"Cache-Control is {quoted(control)}: readers may not ask again for {int(age[1]) / _LONG:,.0f} days"
    elif re.search(r"\bimmutable\b", control, re.IGNORECASE):
        yield f"Cache-Control is {quoted(control)}: readers need not ask again"


FEED_CHECKS = (
    Check("content", _content, by_host=False),
    Check("type", _type),
    Check("charset", _charset),
    Check("validators", _validators),
    Check("not-modified", _not_modified),
    Check("compression", _compression),
    Check("compressed-etag", _compressed_etag),
    Check("head", _head),
    Check("self", _self, by_host=False),
    Check("redirect", _redirect, by_host=False),
    Check("caching", _caching),
)
