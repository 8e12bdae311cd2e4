"""Which post is which entry of a feed: by what both say of themselves, and only where nothing else can be meant."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from difflib import SequenceMatcher
from html import unescape
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import parse_qsl, unquote, urlsplit

from dateline.reading.addresses import slugify
from dateline.reading.characters import without_controls
from dateline.subscribers.items import Item

# Parameters that say where a reader came from, and not where to go.
_TRACKING = re.compile(r"utm_.*|[a-z]*clid|mc_[ce]id|igshid|ref|ref_src|source|src|cmp|at_\w+|xtor|rss", re.IGNORECASE)
_FOLDER_PAGE = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?)$", re.IGNORECASE)
_ENDING = re.compile(r"\.(?:html?|php|aspx?|md|markdown)$", re.IGNORECASE)
_MEDIUM = re.compile(r"-[0-9a-f]{10,12}$")  # Medium puts the number of a story behind its slug
_TAG = re.compile(
    r"</?(?:a|abbr|b|cite|code|del|em|i|ins|mark|q|s|small|span|strong|sub|sup|u|br)\b[^>]*>", re.IGNORECASE
)
_ALIKE = str.maketrans(
    {**dict.fromkeys("‘’‚‛`´′", "'"), **dict.fromkeys("“”„‟«»″", '"'), **dict.fromkeys("‐‑–—−", "-")}
)
_SIMILAR = 0.6

# What is true of both, in words; and which of it together leaves no doubt, the surest first.
ID, LINK, SLUG, TITLE, DAY = "same id", "same address", "same slug", "same title", "same day"
NEXT_DAY, SIMILAR = "a day apart", "similar title"
_SURE = (
    ({ID},),
    ({LINK},),
    ({SLUG, TITLE, DAY},),
    ({SLUG, TITLE}, {SLUG, DAY}, {TITLE, DAY}),
)
_PLAUSIBLE = {ID, LINK, SLUG, TITLE, SIMILAR}


class Candidate(NamedTuple):
    """What a post or an entry says of itself: all in the form in which it is compared, and when it was published."""

    path: str
    ids: frozenset[str]
    links: frozenset[str]
    slugs: frozenset[str]
    title: str
    published: datetime | None


class Pair(NamedTuple):
    """A post that an entry may be, and what speaks for it."""

    path: str
    reasons: tuple[str, ...]


class Match(NamedTuple):
    """An entry, and the posts that it may be; where `certain`, there is one and it is that."""

    item: Item
    pairs: tuple[Pair, ...]
    certain: bool


def match(items: Sequence[Item], candidates: Sequence[Candidate], zone: tzinfo) -> list[Match]:
    """Find the post of each item, no two items with one id. `zone` is that of dates in the posts.

    A match is certain where an id or an address is the same, or two of slug, title and day, and that goes for no
    other item and no other post.
    """
    pairs = _pairs(items, candidates, zone)
    certain: dict[int, str] = {}
    doubtful: set[int | str] = set()
    for sets in _SURE:
        sure = [(number, pair.path) for number, found in enumerate(pairs) for pair in found if _is_sure(pair, sets)]
        taken = {*certain, *certain.values(), *doubtful}
        free = [(number, path) for number, path in sure if number not in taken and path not in taken]
        times = Counter(part for both in free for part in both)
        for number, path in free:
            if times[number] == times[path] == 1:
                certain[number] = path
            else:
                doubtful |= {number, path}
    taken_for_sure = set(certain.values())
    return [_match(item, pairs[number], certain.get(number), taken_for_sure) for number, item in enumerate(items)]


def _match(item: Item, pairs: Sequence[Pair], path: str | None, taken: Collection[str]) -> Match:
    """What was found for an item: the post at `path` for sure, or some that it may be."""
    if path is not None:
        return Match(item, tuple(pair for pair in pairs if pair.path == path), True)
    # That another entry has the post for sure is a reason to let go of a weak match, and to ask about a strong one.
    left = (pair for pair in pairs if pair.path not in taken or any(_is_sure(pair, sets) for sets in _SURE))
    return Match(item, tuple(sorted(left, key=lambda pair: (-len(pair.reasons), pair.path))), False)


def _is_sure(pair: Pair, sets: Iterable[set[str]]) -> bool:
    return any(needed.issubset(pair.reasons) for needed in sets)


def _pairs(items: Sequence[Item], candidates: Sequence[Candidate], zone: tzinfo) -> list[list[Pair]]:
    """For each item the posts that it may be, found by what they have in common and not by trying all."""
    by: dict[tuple[str, object], list[Candidate]] = {}
    for candidate in candidates:
        for key in _keys(candidate):
            by.setdefault(key, []).append(candidate)
    found = []
    for item in items:
        entry, days = _candidate(item), _days(item, zone)
        wanted = [*_keys(entry), *((DAY, day) for day in days)]
        near = {candidate.path: candidate for key in wanted for candidate in by.get(key, ())}
        reasons = ((path, _reasons(entry, days, candidate)) for path, candidate in near.items())
        found.append([Pair(path, told) for path, told in reasons if _PLAUSIBLE.intersection(told)])
    return found


def _keys(candidate: Candidate) -> Iterator[tuple[str, object]]:
    yield from ((ID, id) for id in candidate.ids)
    yield from ((LINK, link) for link in candidate.links)
    yield from ((SLUG, slug) for slug in candidate.slugs)
    if candidate.title:
        yield TITLE, candidate.title
    if candidate.published:
        yield from ((DAY, day) for day in {candidate.published.date(), candidate.published.astimezone(UTC).date()})


def _candidate(item: Item) -> Candidate:
    """What an item says of itself, in the form in which it is compared."""
    return Candidate(
        "",
        frozenset({item.id} - {""}),
        frozenset(link_keys([item.url])),
        frozenset(slugs_of(item.url)),
        title_key(item.title),
        item.published or item.updated,
    )


def _reasons(entry: Candidate, days: Collection[date], post: Candidate) -> tuple[str, ...]:
    """What is true of an entry, which falls on `days`, and of a post."""
    same_title = bool(entry.title) and entry.title == post.title
    day = post.published.date() if post.published else None
    same_day = day in days or _is_same_day(entry.published, post.published)
    told = {
        ID: bool(entry.ids & post.ids),
        LINK: bool(entry.links & post.links),
        SLUG: bool(entry.slugs & post.slugs),
        TITLE: same_title,
        DAY: same_day,
        NEXT_DAY: not same_day and day is not None and any(abs(day - other) <= timedelta(days=1) for other in days),
        SIMILAR: same_day and not same_title and _are_similar(entry.title, post.title),
    }
    return tuple(reason for reason, is_so in told.items() if is_so)


def _days(item: Item, zone: tzinfo) -> set[date]:
    """The days that an entry's moment falls on: as it is written, in the zone of the posts, and in UTC."""
    moment = item.published or item.updated
    return {moment.date(), moment.astimezone(zone).date(), moment.astimezone(UTC).date()} if moment else set()


def _is_same_day(moment: datetime | None, written: datetime | None) -> bool:
    """Whether a moment is on the day of another, where that was written."""
    return moment is not None and written is not None and moment.astimezone(written.tzinfo).date() == written.date()


def _are_similar(one: str, other: str) -> bool:
    return bool(one and other) and SequenceMatcher(None, one[:200], other[:200]).ratio() >= _SIMILAR


def link_keys(addresses: Iterable[str | None]) -> set[str]:
    """Addresses in a form that is the same for all that lead to one page."""
    return {key for address in addresses if address and (key := _link_key(address))}


def _link_key(address: str) -> str:
    try:
        parts = urlsplit(address.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    path = _FOLDER_PAGE.sub("/", normalize("NFC", unquote(parts.path))).rstrip("/")
    query = sorted(pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(pair[0]))
    place = host.removeprefix("www.") + (f":{port}" if port not in (None, 80, 443) else "")
    asked = "&".join(f"{name}={value}" for name, value in query)
    # A home page alone is the address of every entry of some feeds, and of none.
    return f"{place}{path}?{asked}" if place and (path or asked) else ""


def slugs_of(address: str) -> set[str]:
    """The slugs that an address may be made of: its last part, also without the number that Medium puts there."""
    try:
        path = _FOLDER_PAGE.sub("/", unquote(urlsplit(address).path))
    except ValueError:
        return set()
    last = _ENDING.sub("", path.rstrip("/").rpartition("/")[2])
    return {slug for name in (last, _MEDIUM.sub("", last)) if (slug := slugify(name))}


def title_key(title: str) -> str:
    """A title in a form that is the same however its quotation marks, dashes, capitals and entities are written."""
    text = normalize("NFKC", plain_title(title).translate(_ALIKE).replace("…", "...")).casefold()
    return re.sub(r"\s*-+\s*", "-", " ".join(text.split()))


def plain_title(title: str) -> str:
    """A title as plain text on one line; in feeds it may be HTML."""
    return " ".join(without_controls(unescape(_TAG.sub("", unescape(title)))).split())
