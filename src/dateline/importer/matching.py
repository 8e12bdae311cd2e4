"""Find the post of each entry of a feed, by what both have in common, and only if there is no doubt."""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from difflib import SequenceMatcher
from itertools import chain, product
from typing import Any, NamedTuple, TypeVar
from unicodedata import normalize
from urllib.parse import parse_qsl, unquote, urlsplit

from dateline.content.ids import slugify
from dateline.content.urls import page_key, without_tracking
from dateline.formats.items import Item
from dateline.text import unescape, without_controls

_INDEX_PAGE = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?)$", re.IGNORECASE)
_SUFFIX = re.compile(r"\.(?:html?|php|aspx?|md|markdown)$", re.IGNORECASE)
_MEDIUM_ID = re.compile(r"-[0-9a-f]{10,12}$")  # Medium appends the id of a story to its slug
_TAG = re.compile(
    r"</?(?:a|abbr|b|cite|code|del|em|i|ins|mark|q|s|small|span|strong|sub|sup|u|br)\b[^<>]*>", re.IGNORECASE
)
_PLAIN_PUNCTUATION = str.maketrans(
    {**dict.fromkeys("‘’‚‛`´′", "'"), **dict.fromkeys("“”„‟«»″", '"'), **dict.fromkeys("‐‑–—−", "-")}
)
_MIN_SIMILARITY = 0.6
MAX_PAIRS = 20  # posts that are listed for an entry in doubt

# What an entry and a post can have in common.
ID, LINK, SLUG, TITLE, DAY = "same id", "same address", "same slug", "same title", "same day"
NEXT_DAY, SIMILAR = "a day apart", "similar title"
KNOWN = "known beforehand"  # without a comparison
# The combinations of reasons that leave no doubt, the surest first; those that make a pair worth listing; and those
# by which posts are found that may be listed.
_SURE = (((ID,),), ((LINK,),), ((SLUG, TITLE, DAY),), ((SLUG, TITLE), (SLUG, DAY), (TITLE, DAY)))
_PLAUSIBLE = ((ID,), (LINK,), (SLUG,), (TITLE,), (SIMILAR,))
_SINGLE = ((ID,), (LINK,), (SLUG,), (TITLE,), (DAY,))

_Days = set[tuple[tzinfo | None, int]]  # each as a number, with the time zone in which it is that day
_Key = tuple[Hashable, ...]
_Index = Mapping[_Key, list[tuple[str | float, str]]]  # the paths of posts, with what they are sorted by
_Combinations = Iterable[tuple[str, ...]]
_Name = TypeVar("_Name", int, str)


class Candidate(NamedTuple):
    """A post that an entry may be, or an entry; `values` are compared with those for the same reason."""

    path: str
    values: Mapping[str, set[Any]]
    title: str
    published: datetime | None


class Pair(NamedTuple):
    """A post that an entry may be, and what they have in common."""

    path: str
    reasons: tuple[str, ...]


class Match(NamedTuple):
    """An entry, and the posts that it may be; if `certain`, the one post that it is."""

    item: Item
    pairs: tuple[Pair, ...]
    certain: bool


def candidate(
    path: str, ids: set[str], addresses: Iterable[str | None], slugs: set[str], title: str, published: datetime | None
) -> Candidate:
    """Return a post in the form in which it is compared; its day is the one that is written."""
    title = title_key(title)
    days: _Days = {(published.tzinfo, published.toordinal())} if published else set()
    values: dict[str, set[Any]] = {ID: ids, LINK: link_keys(addresses), SLUG: slugs, TITLE: {title}, DAY: days}
    return Candidate(path, {reason: found - {""} for reason, found in values.items()}, title, published)


def match(items: Sequence[Item], candidates: Sequence[Candidate], zone: tzinfo) -> list[Match]:
    """Find the post of each item, no two items with one id. `zone` is that of dates in the posts.

    A match is certain if the id or the address is the same, or two of slug, title and day, and if that is true of
    no other item and no other post. An item in doubt gets at most MAX_PAIRS posts, the likeliest. This takes
    linear time, no matter how many items and posts share a day or a title.
    """
    zones = {post.published.tzinfo for post in candidates if post.published}
    posts = {post.path: post for post in candidates}
    entries = [_entry(item, zone, zones) for item in items]
    certain = _certain(dict(enumerate(entries)), posts)
    taken = set(certain.values())
    # A post that certainly is another entry is no match for a weak reason, but worth a question for a strong one.
    searches = [
        (_sorted_index(post for post in candidates if post.path not in taken), _PLAUSIBLE),
        (_sorted_index(post for post in candidates if post.path in taken), tuple(chain(*_SURE))),
    ]

    def pairs_of(entry: Candidate) -> Iterator[Pair]:
        for index, combinations in searches:
            for path in _nearest(entry, index):
                reasons = _reasons(entry, posts[path])
                if any(set(combination).issubset(reasons) for combination in combinations):
                    yield Pair(path, reasons)

    matches = []
    for number, (item, entry) in enumerate(zip(items, entries, strict=True)):
        if path := certain.get(number):
            matches.append(Match(item, (Pair(path, _reasons(entry, posts[path])),), True))
        else:
            pairs = sorted(pairs_of(entry), key=lambda pair: (-len(pair.reasons), pair.path))
            matches.append(Match(item, tuple(pairs[:MAX_PAIRS]), False))
    return matches


def moment_of(item: Item) -> datetime | None:
    """Return when readers say that an item was published."""
    return item.published or item.updated


def _entry(item: Item, zone: tzinfo, zones: set[tzinfo | None]) -> Candidate:
    """Return an entry in the form of a post; its days are those that posts written in one of `zones` may have."""
    moment = moment_of(item)
    entry = candidate("", {item.id}, [item.url], slugs_of(item.url), item.heading, moment)
    days: _Days = set()
    if moment:
        moments = (moment, moment.astimezone(zone), moment.astimezone(UTC))
        days = {(other, day.toordinal()) for other in zones for day in (*moments, moment.astimezone(other))}
    return entry._replace(values={**entry.values, DAY: days})


def _certain(entries: Mapping[int, Candidate], posts: Mapping[str, Candidate]) -> dict[int, str]:
    """Return the paths of the posts that are certain, by the number of the entry."""
    certain: dict[int, str] = {}
    for combinations in _SURE:
        entry_index, post_index = _index(entries, combinations), _index(posts, combinations)
        pairs: set[tuple[int, str]] = set()
        crowd: set[int | str] = set()  # listing the pairs of larger groups would take the square of their size
        for key in entry_index.keys() & post_index.keys():
            numbers, paths = entry_index[key], post_index[key]
            if len(numbers) == len(paths) == 1:
                pairs.add((numbers[0], paths[0]))
            else:
                crowd.update(numbers, paths)
        times = Counter(chain.from_iterable(pairs))
        certain |= {n: path for n, path in pairs if times[n] == times[path] == 1 and crowd.isdisjoint((n, path))}
        # Those with one partner are certain, and those with more are in doubt: weaker reasons change neither.
        met = crowd.union(times)
        entries = {number: entry for number, entry in entries.items() if number not in met}
        posts = {path: post for path, post in posts.items() if path not in met}
    return certain


def _index(records: Mapping[_Name, Candidate], combinations: _Combinations) -> dict[_Key, list[_Name]]:
    """Group posts or entries by the values that they have for all reasons of a combination."""
    index = defaultdict[_Key, list[_Name]](list)
    for name, record in records.items():
        for key in _keys(record, combinations):
            index[key].append(name)
    return index


def _keys(record: Candidate, combinations: _Combinations) -> Iterator[_Key]:
    for reasons in combinations:
        yield from ((reasons, *values) for values in product(*(record.values[reason] for reason in reasons)))


def _sorted_index(candidates: Iterable[Candidate]) -> _Index:
    posts = {post.path: post for post in candidates}
    groups = _index(posts, _SINGLE)
    return {key: sorted((_rank(key, posts[path]), path) for path in paths) for key, paths in groups.items()}


def _rank(key: _Key, record: Candidate) -> str | float:
    """Return what orders a group: the title in that of a day, else the date."""
    if key[0] == (DAY,):
        return record.title
    return record.published.timestamp() if record.published else 0.0


def _nearest(entry: Candidate, index: _Index) -> Iterable[str]:
    """Return the posts that share a value with an entry; of many that share the same, those most like it."""
    found: dict[str, None] = {}
    for key in _keys(entry, _SINGLE):
        group = index.get(key, [])
        middle = bisect_left(group, (_rank(key, entry), ""))
        first = max(0, min(middle - MAX_PAIRS // 2, len(group) - MAX_PAIRS))
        found |= dict.fromkeys(path for _, path in group[first : first + MAX_PAIRS])
    return found


def _reasons(entry: Candidate, post: Candidate) -> tuple[str, ...]:
    """Return what an entry and a post have in common."""
    common = [reason for (reason,) in _SINGLE if not entry.values[reason].isdisjoint(post.values[reason])]
    if DAY not in common:
        days = {(zone, day + step) for zone, day in post.values[DAY] for step in (-1, 1)}
        common += [NEXT_DAY] * (not days.isdisjoint(entry.values[DAY]))
    elif TITLE not in common and _are_similar(entry.title, post.title):
        common.append(SIMILAR)
    return tuple(common)


def _are_similar(one: str, other: str) -> bool:
    matcher = SequenceMatcher(None, one[:200], other[:200])
    # The last ratio decides; the others are faster upper bounds of it.
    ratios = (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio)
    return bool(one and other) and all(ratio() >= _MIN_SIMILARITY for ratio in ratios)


def link_keys(addresses: Iterable[str | None]) -> set[str]:
    """Return addresses in a form that is the same for all addresses of one page."""
    return {key for address in addresses if address and (key := _link_key(address))}


def _link_key(address: str) -> str:
    try:
        parts = urlsplit(without_tracking(address.strip()))
        host = (parts.hostname or "").removeprefix("www.") + (f":{parts.port}" if parts.port else "")
    except ValueError:
        return ""
    page = normalize("NFC", page_key(f"https://{host}{parts.path}").removeprefix("https://"))
    page = _INDEX_PAGE.sub("/", page).rstrip("/")
    query = sorted(parse_qsl(parts.query, keep_blank_values=True))
    parameters = "&".join(f"{name}={value}" for name, value in query)
    # Some feeds give the home page as the address of every entry, which identifies none.
    return f"{page}?{parameters}" if host and ("/" in page or parameters) else ""


def slugs_of(address: str) -> set[str]:
    """Return the slugs that an address may be made of: its last part, with and without the id that Medium appends."""
    try:
        path = _INDEX_PAGE.sub("/", unquote(urlsplit(address).path))
    except ValueError:
        return set()
    last = _SUFFIX.sub("", path.rstrip("/").rpartition("/")[2])
    return {slug for name in (last, _MEDIUM_ID.sub("", last)) if (slug := slugify(name))}


def title_key(title: str) -> str:
    """Return a title in a form that ignores how quotation marks, dashes, capitals and entities are set."""
    text = normalize("NFKC", plain_title(title).translate(_PLAIN_PUNCTUATION).replace("…", "...")).casefold()
    return re.sub(r"\s*-+\s*", "-", " ".join(text.split()))


def plain_title(title: str) -> str:
    """Return a title as plain text on one line; in feeds it may be HTML."""
    return " ".join(without_controls(unescape(_TAG.sub("", unescape(title)))).split())
