"""Derive settings with which dates, addresses and ids are as an old feed has them. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time
from functools import cache
from typing import NamedTuple, TypeVar
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo, available_timezones

from dateline.comparison.published import is_address
from dateline.content import validators as read
from dateline.content.dates import read_date
from dateline.content.ids import publication_id
from dateline.content.podcast import podcast_guid
from dateline.content.urls import INDEX_PAGE, PAGE_ENDINGS, permalink_pattern, slug_in, without_tracking
from dateline.errors import InputError
from dateline.formats.items import Document
from dateline.model import Publication

# Of zones with the same clock, the one that most people know.
_COMMON = """
    UTC America/New_York America/Chicago America/Denver America/Los_Angeles America/Phoenix America/Halifax
    America/St_Johns America/Mexico_City America/Bogota America/Caracas America/Santiago America/Sao_Paulo
    America/Argentina/Buenos_Aires Europe/London Europe/Lisbon Europe/Berlin Europe/Athens Europe/Istanbul
    Europe/Moscow Africa/Cairo Africa/Johannesburg Africa/Lagos Africa/Nairobi Asia/Jerusalem Asia/Tehran Asia/Dubai
    Asia/Karachi Asia/Kolkata Asia/Kathmandu Asia/Dhaka Asia/Bangkok Asia/Shanghai Asia/Singapore Asia/Tokyo Asia/Seoul
    Australia/Perth Australia/Adelaide Australia/Darwin Australia/Brisbane Australia/Sydney Pacific/Auckland
    Pacific/Honolulu America/Anchorage
""".split()
_REGIONS = "Africa America Antarctica Asia Atlantic Australia Europe Indian Pacific".split()
_MIDNIGHT = time()
_DATES = 100  # that all zones are tried on
_FINALISTS = 8  # zones that are tried on all dates
_MIN_GAIN = 2  # dates that have to agree before a zone, or a time of day, counts as more than chance
_ADDRESSES = 300  # that patterns are tried on
_MAX_PATTERNS = 10
_INDEX = re.compile(r"index\.html?$")
_DATE_IN_NAME = re.compile(r"\d{4}-\d\d-\d\d-(?=.)")

T = TypeVar("T")


class Setting(NamedTuple):
    """A key of feed.toml, in a `table` if that is not empty, its value, and why it should have that."""

    table: str
    key: str
    value: str
    reason: str


class PostDate(NamedTuple):
    """When a post was published: as written in the post, in no zone, and by the feed. `timed` as in `Date`."""

    written: datetime
    timed: bool
    moment: datetime


class PostAddress(NamedTuple):
    """The address of a post in the feed, as a path below the publication's, its slug by our rules, and its date."""

    path: str
    slug: str | None
    published: datetime


class _Fit(NamedTuple):
    """How many dates agree in a zone, with the best time of day for those without one."""

    agreeing: int
    zone: ZoneInfo
    default_time: time


def date_settings(dates: Sequence[PostDate], publication: Publication) -> Iterator[Setting]:
    """Yield the time zone and the default time, if with others more dates agree with the feed's."""
    zone, default_time = publication.timezone, publication.default_time
    now = _agreeing(dates, zone, default_time)
    if now == len(dates):
        return
    best = _best_fit(dates, zone, default_time)
    is_likely = (
        best.zone.key in ("UTC", zone.key)
        or best.agreeing - now >= _MIN_GAIN
        or _MIN_GAIN < best.agreeing == len(dates)
    )
    if best.agreeing <= now or not is_likely:
        return
    reason = f"{best.agreeing:,} of {len(dates):,} dates agree with the feed then, {now:,} now"
    if best.zone.key != zone.key:
        yield Setting("", "timezone", best.zone.key, reason)
    if best.default_time != default_time:
        yield Setting("", "default_time", f"{best.default_time:%H:%M}", reason)


def _best_fit(dates: Sequence[PostDate], zone: ZoneInfo, default_time: time) -> _Fit:
    sample = _sample(dates, _DATES)
    names = list(dict.fromkeys((zone.key, *_zones())))

    def rank(fit: _Fit) -> tuple[int, bool, int, int]:
        """Rank by dates that agree, a usual time of day, offsets as in the feed, and how well the zone is known."""
        moments = (date.moment for date in sample)
        offsets = sum(moment.astimezone(fit.zone).utcoffset() == moment.utcoffset() for moment in moments)
        is_usual = fit.default_time in (default_time, _MIDNIGHT)
        return fit.agreeing, is_usual, offsets, -names.index(fit.zone.key)

    rough = sorted((_rough_fit(sample, ZoneInfo(name), default_time) for name in names), key=rank, reverse=True)
    fits = (_rough_fit(dates, fit.zone, default_time) for fit in rough[:_FINALISTS])
    return max((fit._replace(agreeing=_agreeing(dates, fit.zone, fit.default_time)) for fit in fits), key=rank)


@cache
def _zones() -> list[str]:
    """Return the names of time zones, those that most people know first."""
    known = available_timezones()
    others = (name for name in known if name.partition("/")[0] in _REGIONS)
    return [
        *filter(known.__contains__, _COMMON),
        *sorted(others, key=lambda name: (name.rpartition("/")[2].isupper(), name)),
    ]


def _rough_fit(dates: Iterable[PostDate], zone: ZoneInfo, default_time: time) -> _Fit:
    """Return how many dates agree, if clocks never change."""
    agreeing = 0
    times: Counter[time] = Counter()
    for date in dates:
        local = date.moment.astimezone(zone).replace(tzinfo=None)
        if date.timed:
            agreeing += local == date.written
        elif local.date() == date.written.date() and not local.second:
            times[local.time()] += 1
    usual = max((default_time, _MIDNIGHT), key=lambda one: times[one])
    best = max(sorted(times), key=lambda one: times[one], default=usual)
    if times[best] <= max(times[usual], _MIN_GAIN):
        best = usual
    return _Fit(agreeing + times[best], zone, best)


def _agreeing(dates: Iterable[PostDate], zone: ZoneInfo, default_time: time) -> int:
    """Return how many dates agree; -1 if a post could not be read, since its time does not exist or exists twice."""
    try:
        return sum(date.moment == _moment(date, zone, default_time) for date in dates)
    except InputError:
        return -1


def _moment(date: PostDate, zone: ZoneInfo, default_time: time) -> datetime:
    return read_date(f"{date.written:%Y-%m-%d %H:%M:%S}"[: None if date.timed else 10], zone, default_time).moment


def permalink_setting(addresses: Sequence[PostAddress], publication: Publication) -> Iterator[Setting]:
    """Yield a pattern for the addresses of posts, if with that more of them can stay as they are, and at least half."""
    sample = _sample(addresses, _ADDRESSES)
    votes = Counter(pattern for address in sample for pattern in _patterns(address))
    patterns = [pattern for pattern, _ in votes.most_common(_MAX_PATTERNS)]
    best = max(patterns, key=lambda pattern: _staying(sample, pattern), default=publication.permalink)
    now, then = (_staying(addresses, pattern) for pattern in (publication.permalink, best))
    if then > now and then[0] * 2 >= len(addresses):
        reason = f"{then[0]:,} of {len(addresses):,} addresses can stay then, {now[0]:,} now"
        yield Setting("", "permalink", unquote(best), reason)


def _staying(addresses: Iterable[PostAddress], pattern: str) -> tuple[int, int]:
    """Return how many addresses fit a pattern, and how many of them without another slug."""
    slugs = [(slug_in(path, pattern, published), own) for path, own, published in addresses]
    return sum(slug is not None for slug, _ in slugs), sum(slug == own for slug, own in slugs if slug)


def _sample(values: Sequence[T], size: int) -> Sequence[T]:
    """Return about that many values, evenly spread."""
    return values[:: -(-len(values) // size) or 1]


def _patterns(address: PostAddress) -> Iterator[str]:
    """Yield the patterns that an address may have been made with."""
    ending = next((ending for ending in ("/", *PAGE_ENDINGS) if address.path.endswith(ending)), "")
    *folders, name = address.path.removesuffix(ending).split("/")
    for value, placeholder in zip(
        f"{address.published:%Y-%m-%d}".split("-"), ("{year}", "{month}", "{day}"), strict=True
    ):
        if value in folders:
            folders[folders.index(value)] = placeholder
    prefixes = [""]
    if _DATE_IN_NAME.match(name):
        prefixes.append("{year}-{month}-{day}-")
    for prefix in prefixes:
        pattern = "/" + "/".join((*folders, f"{prefix}{{slug}}{ending}"))
        try:
            yield permalink_pattern(unquote(pattern))
        except InputError:
            continue


def settings_of_feeds(feeds: Sequence[Document], posts: int, publication: Publication) -> Iterator[Setting]:
    """Yield what feeds say about themselves. `posts` is the number of posts that a feed may show."""
    if id := next(filter(_is_publication_id, (feed.id for feed in feeds)), None):
        yield Setting("", "id", id, "the old feed's own id")
    languages = set(filter(None, map(_language, feeds)))
    if len(languages) == 1:
        yield Setting("", "language", languages.pop(), "the old feed's")
    yield from _limit_setting(feeds, posts, publication)
    for feed in feeds:
        if file := feed_file_of(feed, publication):
            yield Setting("feed_files", feed.format, file, "where the old feed is")
    if publication.podcast:
        yield from _guid_setting(feeds, publication, publication.podcast.guid)


def _guid_setting(feeds: Sequence[Document], publication: Publication, own: str) -> Iterator[Setting]:
    """Yield the guid of an old podcast or, unless ours was chosen, the one that its address gives."""
    address = next(filter(None, map(feed_address, feeds)), "")
    if guid := next((feed.guid for feed in feeds if feed.guid), ""):
        yield Setting("podcast", "guid", guid.lower(), "directories know the podcast by it")
    elif address and own == podcast_guid(publication.feed_url(publication.url, "rss")):
        yield Setting("podcast", "guid", podcast_guid(address), "it follows from the old feed's address")


def _limit_setting(feeds: Iterable[Document], posts: int, publication: Publication) -> Iterator[Setting]:
    """Yield the number of entries in the shortest feed, if ours would have more. An export is not a feed."""
    listed = min((len(feed.items) for feed in feeds if feed.left_out is None), default=0)
    if 0 < listed < min(publication.limit, posts):
        reason = "readers would show the entries that the old feed does not have as new"
        yield Setting("", "limit", str(listed), reason)


def feed_file_of(feed: Document, publication: Publication) -> str | None:
    """Return the path in the output of a file that is served where a feed is, or was; None if there is none."""
    path = address_path(feed_address(feed), publication.url)
    return unquote(path + INDEX_PAGE if path.endswith("/") else path) if path else None


def feed_address(feed: Document) -> str:
    """Return the address of a feed on the web; empty if it is not known."""
    return next(filter(is_address, (feed.own_address or "", feed.address)), "")


def _is_publication_id(text: str | None) -> bool:
    try:
        return bool(text and publication_id(text))
    except InputError:
        return False


def _language(feed: Document) -> str | None:
    try:
        return read.language(feed.details.get((feed.format, "language"), "").strip())
    except InputError:
        return None


def url_setting(addresses: Sequence[str], publication: Publication) -> Iterator[Setting]:
    """Yield the URL of the publication with or without ``www.``, as most of the old addresses have it."""
    hosts = Counter(host for address in addresses if (host := _host(address)))
    own = _host(publication.url)
    known, number = hosts.most_common(1)[0] if hosts else (own, 0)
    if known != own and _without_www(known) == _without_www(own):
        url = publication.url.replace(own, known, 1)
        yield Setting("", "url", url, f"{number:,} of {len(addresses):,} addresses begin like this")


def address_path(address: str, home: str) -> str | None:
    """Return an address as a percent-encoded path below `home`, with any scheme, with or without ``www.``.

    None if it is elsewhere, or has a query.
    """
    addresses = (without_tracking(address.partition("#")[0]), home)
    page, base = (_without_www(url.partition("://")[2]) for url in addresses)
    if not page.startswith(base) or "?" in page:
        return None
    return quote(unquote(_INDEX.sub("", page.removeprefix(base))))


def _host(address: str) -> str:
    return address.partition("://")[2].partition("/")[0].lower()


def _without_www(host: str) -> str:
    return host.removeprefix("www.")
