"""Items before and after, as a reader compares them: by their ids, and by nothing else. Pure."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from dateline.diff.changes import Sight
from dateline.formats.items import Detail, Details, Item
from dateline.render.html import html_to_text
from dateline.text import normalize, unescape

# Shorter texts are the same by chance: "Photos below.".
_TELLING = 40
_SO_FAR = "so far it is in the archive only"


class Side(NamedTuple):
    """What stands in a feed, newest first: the items of the document that people subscribe to, and of its archives."""

    main: tuple[Item, ...]
    rest: tuple[Item, ...] = ()

    def by_id(self) -> dict[str, Item]:
        """All items, each id once."""
        found: dict[str, Item] = {}
        for item in (*self.main, *self.rest):
            found.setdefault(item.id, item)
        return found


class Elsewhere(NamedTuple):
    """What is known of items that neither side holds, because the documents that hold them were not looked at.

    Each is asked by an id. `stands` says whether the item stands in a document that stays as it is; `published` gives
    the date of a post that is out, even where no document will hold it, for it is too old for the feed's limit; `due`
    the moment at which it was to come out, which may be later.
    """

    stands: Callable[[str], bool]
    published: Callable[[str], datetime | None]
    due: Callable[[str], datetime | None]


def compare(before: Side, after: Side, elsewhere: Elsewhere, *, exact: bool) -> Iterator[Sight]:
    """What somebody sees who has all items of `before` and gets all of `after`.

    `exact` says that one program wrote both, in one format: otherwise texts count as the same where their words are.
    """
    seen = {item.id for item in (*before.main, *after.main)}
    for sight in _compared(before, after, elsewhere, exact):
        yield sight._replace(in_archive=sight.ids.isdisjoint(seen))


def _compared(before: Side, after: Side, elsewhere: Elsewhere, exact: bool) -> Iterator[Sight]:
    old, new = before.by_id(), after.by_id()
    left = {id: item for id, item in old.items() if id not in new and not elsewhere.stands(id)}
    come = {id: item for id, item in new.items() if id not in old and not elsewhere.stands(id)}
    told = {*left, *come}
    dates = {id: elsewhere.published(id) for id in left}
    lost = [item for id, item in left.items() if dates[id] is None]
    for was, now, because in list(_same_posts(lost, come.values())):
        yield Sight("shown_again", now.name, was, now, because, _differing(was, now, exact))
        del left[was.id], come[now.id]
    risen = {item.id for item in after.main} - {item.id for item in before.main}
    for id, was in old.items():
        if id in new:
            yield from _kept(was, new[id], exact, _SO_FAR if id in risen else "")
    for item in left.values():
        yield _left(item, dates[item.id])
    yield from _at_the_ends(before, after, come, told, elsewhere)


def _at_the_ends(
    before: Side, after: Side, come: Mapping[str, Item], told: Container[str], elsewhere: Elsewhere
) -> Iterator[Sight]:
    """What is new, what is old and shown for the first time, and what drops off the end.

    Items of `told` ids come or go, which is told in another way where they are not in `come`.
    """
    shown, showing = ({item.id for item in side.main} for side in (before, after))
    oldest = min((item.published for item in before.main if item.published), default=None)

    def is_older(item: Item) -> bool:
        came_out = elsewhere.due(item.id) or item.published
        return bool(came_out and oldest and came_out < oldest)

    for item in come.values():
        kind = "older" if is_older(item) else "new" if item.id in showing else "archived"
        yield Sight(kind, item.name, None, item)
    for item in after.main:
        if item.id not in shown and item.id not in told and is_older(item):
            yield Sight("older", item.name, None, item, _SO_FAR)
    for item in before.main:
        if item.id not in showing and item.id not in told:
            yield Sight("past_limit", item.name, item)


def _left(item: Item, published: datetime | None) -> Sight:
    """What becomes of an item that no document holds any more. `published` is the date of its post, if it is out."""
    if published is None:
        return Sight("gone", item.name, item)
    if item.published and published != item.published:
        return Sight("redated", item.name, item, published.isoformat(), "and it is too old for the feed now")
    return Sight("past_limit", item.name, item)


def _kept(was: Item, now: Item, exact: bool, because: str) -> Iterator[Sight]:
    """What is to be seen of an item whose id stays."""
    if _is_redated(was, now):
        yield Sight("redated", now.name, was, now, because)
    if fields := _differing(was, now, exact):
        yield Sight("updated", now.name, was, now, fields=fields)


def _is_redated(was: Item, now: Item) -> bool:
    return bool(was.published and now.published and was.published != now.published)


def _differing(was: Item, now: Item, exact: bool) -> tuple[str, ...]:
    """Which parts of an item differ, of those that readers show."""
    same = {
        "title": was.title == now.title if exact else words_of(was.title) == words_of(now.title),
        "text": _same_text(was, now, exact),
        "link": was.url == now.url,
        "author": _byline(was) == _byline(now),
        "date": _same_change(was, now),
        "tags": sorted(was.tags) == sorted(now.tags),
        "enclosure": _same_enclosures(was, now, exact),
        "image": was.image == now.image or not exact,
    }
    differing = [field for field, is_same in same.items() if not is_same]
    in_details = (detail.field for detail, _ in changed(was.details, now.details, exact))
    # Of what another program wrote, the fields above are compared as readers show them, and no closer.
    differing += (field for field in in_details if exact or field not in same)
    return tuple(dict.fromkeys(differing))


def changed(was: Details, now: Details, exact: bool) -> Iterator[tuple[Detail, Detail]]:
    """Yield the details that differ; of another program's, only those that neither side leaves empty."""
    others = {(detail.format, detail.field): detail for detail in now}
    for before in was:
        after = others.get((before.format, before.field))
        if after is None:
            continue
        is_said = exact or (before.text and after.text)
        if is_said and before.text != after.text and (exact or words_of(before.text) != words_of(after.text)):
            yield before, after


def _same_change(was: Item, now: Item) -> bool:
    """Whether the date of the last change is the same; one that only goes along with that of publication is."""
    before, after = was.updated or was.published, now.updated or now.published
    goes_along = _is_redated(was, now) and (before, after) == (was.published, now.published)
    return goes_along or before == after


def _same_text(was: Item, now: Item, exact: bool) -> bool:
    if (was.html, was.summary) == (now.html, now.summary):
        return True
    return not exact and words_of(was.html) == words_of(now.html)


def _same_enclosures(was: Item, now: Item, exact: bool) -> bool:
    """Whether enclosures are the same; of other programs, where they are is enough, as far as both sides tell."""
    if exact:
        return was.enclosures == now.enclosures
    number = 1 if was.has_one_enclosure or now.has_one_enclosure else None
    one, other = ([found.url for found in item.enclosures[:number]] for item in (was, now))
    return one == other


def words_of(html: str) -> str:
    """The words of HTML, or of text with character references in it."""
    return normalize(unescape(html_to_text(html)), "NFKC").casefold()


def _byline(item: Item) -> str:
    """Names as RSS joins them, so that formats can be compared."""
    return ", ".join(" and ".join(item.authors).replace(", ", " and ").split(" and "))


def _same_posts(left: Iterable[Item], come: Iterable[Item]) -> Iterator[tuple[Item, Item, str]]:
    """Items that are thought to be one post under two ids, and why; only where each has one that it can be."""
    rest, others = list(left), list(come)
    for because, key in _REASONS:
        pairs = list(_one_to_one(rest, others, key))
        yield from ((was, now, because) for was, now in pairs)
        found = {item.id for pair in pairs for item in pair}
        rest = [item for item in rest if item.id not in found]
        others = [item for item in others if item.id not in found]


def _telling_text(item: Item) -> str:
    words = words_of(item.html)
    return words if len(words) >= _TELLING else ""


def _title_and_day(item: Item) -> str:
    title = words_of(item.title)
    return f"{title} {item.published.astimezone(UTC):%Y-%m-%d}" if title and item.published else ""


_REASONS: tuple[tuple[str, Callable[[Item], str]], ...] = (
    ("address", lambda item: item.url),
    ("text", _telling_text),
    ("title and day", _title_and_day),
)


def _one_to_one(left: Iterable[Item], come: Iterable[Item], key: Callable[[Item], str]) -> Iterator[tuple[Item, Item]]:
    """Pairs of items of one key, where no others have it; an empty key is none."""
    old, new = _grouped(left, key), _grouped(come, key)
    for name, items in old.items():
        others = new.get(name, ())
        if name and len(items) == len(others) == 1:
            yield items[0], others[0]


def _grouped(items: Iterable[Item], key: Callable[[Item], str]) -> dict[str, list[Item]]:
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups
