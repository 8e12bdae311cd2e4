"""Which post is which entry of a feed: by what both say of themselves, and only where nothing else can be meant."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from difflib import SequenceMatcher
from itertools import product
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import parse_qsl, unquote, urlsplit

from dateline.content.ids import slugify
from dateline.content.urls import page_key
from dateline.formats.items import Item
from dateline.text import unescape, without_controls

# Parameters that say where a reader came from, and not where to go.
_TRACKING = re.compile(r"utm_.*|[a-z]*clid|mc_[ce]id|igshid|ref|ref_src|source|src|cmp|at_\w+|xtor|rss", re.IGNORECASE)
_FOLDER_PAGE = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?)$", re.IGNORECASE)
_ENDING = re.compile(r"\.(?:html?|php|aspx?|md|markdown)$", re.IGNORECASE)
_MEDIUM = re.compile(r"-[0-9a-f]{10,12}$")  # Medium puts the number of a story behind its slug
_TAG = re.compile(
    r"</?(?:a|abbr|b|cite|code|del|em|i|ins|mark|q|s|small|span|strong|sub|sup|u|br)\b[^<>]*>", re.IGNORECASE
)
_ALIKE = str.maketrans(
    {**dict.fromkeys("‘’‚‛`´′", "'"), **dict.fromkeys("“”„‟«»″", '"'), **dict.fromkeys("‐‑–—−", "-")}
)
_SIMILAR = 0.6
MAX_PAIRS = 20  # posts that are listed for an entry in doubt

# What is true of both, in words; and which of it together leaves no doubt, the surest first.
ID, LINK, SLUG, TITLE, DAY = "same id", "same address", "same slug", "same title", "same day"
NEXT_DAY, SIMILAR = "a day apart", "similar title"
_SURE = (
    ((ID,),),
    ((LINK,),),
    ((SLUG, TITLE, DAY),),
    ((SLUG, TITLE), (SLUG, DAY), (TITLE, DAY)),
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


class _Entry(NamedTuple):
    """What an entry says of itself, and the days that its moment falls on."""

    said: Candidate
    days: set[date]


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
    other item and no other post. An item in doubt gets at most MAX_PAIRS posts, the likeliest. This takes
    linear time, no matter how many items and posts share a day or a title.
    """
    entries = [_Entry(_candidate(item), _days(item, zone)) for item in items]
    posts = {candidate.path: candidate for candidate in candidates}
    certain = _certain(entries, posts)
    taken = set(certain.values())
    free, given = (
        _index(post for post in candidates if (post.path in taken) == is_taken) for is_taken in (False, True)
    )
    found = []
    for number, (item, entry) in enumerate(zip(items, entries, strict=True)):
        if path := certain.get(number):
            found.append(Match(item, (Pair(path, _reasons(entry, posts[path])),), True))
            continue
        pairs = [Pair(post.path, _reasons(entry, post)) for post in _near(free, entry)]
        # That another entry has a post for sure is a reason to let go of a weak match, and to ask about a strong one.
        strong = [Pair(post.path, _reasons(entry, post)) for post in _near(given, entry)]
        pairs += [pair for pair in strong if any(_is_sure(pair, sets) for sets in _SURE)]
        pairs = [pair for pair in pairs if _PLAUSIBLE.intersection(pair.reasons)]
        likeliest = sorted(pairs, key=lambda pair: (-len(pair.reasons), pair.path))[:MAX_PAIRS]
        found.append(Match(item, tuple(likeliest), False))
    return found


def _is_sure(pair: Pair, sets: Iterable[Collection[str]]) -> bool:
    return any(set(needed).issubset(pair.reasons) for needed in sets)


def _certain(entries: Sequence[_Entry], posts: Mapping[str, Candidate]) -> dict[int, str]:
    """The posts of entries, by number, whose post is certain."""
    zones = {post.published.tzinfo for post in posts.values() if post.published}
    of_posts = {path: _facts(post, _day_there(post)) for path, post in posts.items()}
    of_entries = {number: _facts(entry.said, _days_there(entry, zones)) for number, entry in enumerate(entries)}
    certain: dict[int, str] = {}
    for sets in _SURE:
        pairs, crowd = _met(of_entries, of_posts, sets)
        times = Counter(part for pair in pairs for part in pair)
        certain |= {n: path for n, path in pairs if times[n] == times[path] == 1 and crowd.isdisjoint((n, path))}
        # Those with one partner are certain, and those with more are in doubt; neither is looked at again.
        met = {*times, *crowd}
        of_entries = {number: facts for number, facts in of_entries.items() if number not in met}
        of_posts = {path: facts for path, facts in of_posts.items() if path not in met}
    return certain


_Facts = Mapping[str, Collection[object]]


def _met(
    of_entries: Mapping[int, _Facts], of_posts: Mapping[str, _Facts], sets: Iterable[Sequence[str]]
) -> tuple[set[tuple[int, str]], set[int | str]]:
    """Pairs that alone share a key; and all that share one with others, whose pairs would be too many."""
    groups: dict[object, tuple[list[int], list[str]]] = {}
    for path, facts in of_posts.items():
        for key in _shared(facts, sets):
            groups.setdefault(key, ([], []))[1].append(path)
    for number, facts in of_entries.items():
        for key in _shared(facts, sets):
            if key in groups:
                groups[key][0].append(number)
    pairs, crowd = set[tuple[int, str]](), set[int | str]()
    for numbers, paths in groups.values():
        if len(numbers) == len(paths) == 1:
            pairs.add((numbers[0], paths[0]))
        elif numbers:
            crowd.update(numbers, paths)
    return pairs, crowd


def _facts(said: Candidate, days: Collection[object]) -> _Facts:
    """What is said, by the reason that it is where both say the same."""
    return {ID: said.ids, LINK: said.links, SLUG: said.slugs, TITLE: {said.title} - {""}, DAY: days}


def _shared(facts: _Facts, sets: Iterable[Sequence[str]]) -> Iterator[object]:
    """Keys that an entry and a post share where all reasons of one of `sets` are true of both."""
    for reasons in sets:
        yield from ((reasons, *values) for values in product(*(facts[reason] for reason in reasons)))


def _day_there(post: Candidate) -> set[object]:
    """The day of a post, and the zone in which it was written."""
    return {(post.published.tzinfo, post.published.date())} if post.published else set()


def _days_there(entry: _Entry, zones: Collection[tzinfo | None]) -> set[object]:
    """The days of an entry, as posts of these zones may have them."""
    moment = entry.said.published
    return {(zone, day) for zone in zones for day in (*entry.days, moment.astimezone(zone).date())} if moment else set()


_Index = dict[tuple[str, object], list[tuple[str | float, str, Candidate]]]


def _index(candidates: Iterable[Candidate]) -> _Index:
    """Posts by what they may have in common with an entry, in order of what else tells them apart."""
    by: _Index = {}
    for candidate in candidates:
        for key in _keys(candidate):
            by.setdefault(key, []).append((_rank(key, candidate), candidate.path, candidate))
    for found in by.values():
        found.sort(key=lambda place: place[:2])
    return by


def _rank(key: tuple[str, object], candidate: Candidate) -> str | float:
    """Sort posts of one day by title, and others by date."""
    if key[0] == DAY:
        return candidate.title
    return candidate.published.timestamp() if candidate.published else 0.0


def _near(by: _Index, entry: _Entry) -> Iterable[Candidate]:
    """The posts that have something in common with an entry; of many that have the same, those most like it."""
    near: dict[str, Candidate] = {}
    for key in dict.fromkeys([*_keys(entry.said), *((DAY, day) for day in entry.days)]):
        group = by.get(key, ())
        place = bisect_left(group, _rank(key, entry.said), key=lambda place: place[0])
        first = max(0, min(place - MAX_PAIRS // 2, len(group) - MAX_PAIRS))
        near.update((path, candidate) for _, path, candidate in group[first : first + MAX_PAIRS])
    return near.values()


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


def _reasons(of: _Entry, post: Candidate) -> tuple[str, ...]:
    """What an entry and a post have in common."""
    entry, days = of
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
    if not one or not other:
        return False
    matcher = SequenceMatcher(None, one[:200], other[:200])
    # The last ratio decides; the others are upper bounds of it, and faster.
    return all(ratio() >= _SIMILAR for ratio in (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio))


def link_keys(addresses: Iterable[str | None]) -> set[str]:
    """Addresses in a form that is the same for all that lead to one page."""
    return {key for address in addresses if address and (key := _link_key(address))}


def _link_key(address: str) -> str:
    try:
        parts = urlsplit(address.strip())
        host = (parts.hostname or "").removeprefix("www.") + (f":{parts.port}" if parts.port else "")
    except ValueError:
        return ""
    page = normalize("NFC", page_key(f"https://{host}{parts.path}").removeprefix("https://"))
    page = _FOLDER_PAGE.sub("/", page).rstrip("/")
    query = sorted(pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(pair[0]))
    asked = "&".join(f"{name}={value}" for name, value in query)
    # A home page alone is the address of every entry of some feeds, and of none.
    return f"{page}?{asked}" if host and ("/" in page or asked) else ""


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
