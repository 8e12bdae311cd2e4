"""Compare items before and after as a feed reader does: by their ids and nothing else. Pure."""

from collections.abc import Callable, Container, Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from dateline.comparison.changes import Change
from dateline.formats.items import Details, Document, Item
from dateline.render.html import html_to_text
from dateline.text import normalize, unescape

_MIN_TEXT = 40  # characters; shorter texts, such as "Photos below.", may be equal by chance
_ONLY_ARCHIVE = "so far it is in the archive only"


class FeedItems(NamedTuple):
    """The items of a feed, newest first: those of the document that people subscribe to, and those of its archives."""

    main: tuple[Item, ...]
    archived: tuple[Item, ...] = ()

    def by_id(self) -> dict[str, Item]:
        """Return all items, each id once; those of the main document count."""
        found: dict[str, Item] = {}
        for item in (*self.main, *self.archived):
            found.setdefault(item.id, item)
        return found


class Lookup(NamedTuple):
    """Functions that look up, by id, an item that is on one side only because not all documents were read.

    `is_elsewhere` returns whether the item is in a document that does not change. `published` returns the date of a
    published post, even one that is too old for any document; `due` the moment it came out, which may be later.
    """

    is_elsewhere: Callable[[str], bool]
    published: Callable[[str], datetime | None]
    due: Callable[[str], datetime | None]


def compare(before: FeedItems, after: FeedItems, lookup: Lookup, *, exact: bool) -> Iterator[Change]:
    """Yield what a subscriber sees who has all items of `before` and gets all of `after`.

    If one program wrote both in one format, every letter counts (`exact`); else texts are equal if their words are.
    """
    in_main = _ids((*before.main, *after.main))
    for change in _compare(before, after, lookup, exact):
        yield change._replace(in_archive=bool(change.ids) and change.ids.isdisjoint(in_main))


def _compare(before: FeedItems, after: FeedItems, lookup: Lookup, exact: bool) -> Iterator[Change]:
    old, new = before.by_id(), after.by_id()
    removed, added = (
        {item.id: item for item in _without(one.values(), other) if not lookup.is_elsewhere(item.id)}
        for one, other in ((old, new), (new, old))
    )
    one_sided = {*removed, *added}
    dates = {id: lookup.published(id) for id in removed}
    unknown = [item for id, item in removed.items() if dates[id] is None]
    for was, now, because in list(same_posts(unknown, added.values())):
        yield Change("shown_again", now.name, was, now, because, _differing_fields(was, now, exact))
        del removed[was.id], added[now.id]
    risen = _without(after.main, one_sided | _ids(before.main))
    risen_ids = _ids(risen)
    for was in _without(old.values(), old.keys() - new.keys()):
        yield from _changed(was, new[was.id], risen_ids, exact)
    for item in removed.values():
        yield _removed(item, dates[item.id])
    yield from _first_shown(before, after, added.values(), risen, lookup, exact)
    for item in _without(before.main, one_sided | _ids(after.main)):
        yield Change("past_limit", item.name, item)


def _ids(items: Iterable[Item]) -> set[str]:
    return {item.id for item in items}


def _without(items: Iterable[Item], ids: Container[str]) -> list[Item]:
    return [item for item in items if item.id not in ids]


def _changed(was: Item, now: Item, risen: Container[str], exact: bool) -> Iterator[Change]:
    """Yield how an item changes that is on both sides; those of the ids in `risen` were in the archive only before."""
    if _is_redated(was, now):
        yield Change("redated", now.name, was, now, _ONLY_ARCHIVE if now.id in risen else "")
    if fields := _differing_fields(was, now, exact):
        yield Change("updated", now.name, was, now, fields=fields)
    # The footer may hold the title, or the first words of a text without one, the address and the authors.
    differing = {*fields} & {"title", "link", "author", *(() if now.title else ("text",))}
    if exact and was.footer != now.footer and not differing:
        yield Change("footer", "feed_footer", html_to_text(was.footer), html_to_text(now.footer))


def _removed(item: Item, published: datetime | None) -> Change:
    """Return what happens to an item that is in no document any more; `published` is its post's date, if it has one."""
    if published is None:
        return Change("gone", item.name, item)
    if item.published and published != item.published:
        return Change("redated", item.name, item, published.isoformat(), "and it is too old for the feed now")
    return Change("past_limit", item.name, item)


def _first_shown(
    before: FeedItems, after: FeedItems, added: Iterable[Item], risen: Iterable[Item], lookup: Lookup, exact: bool
) -> Iterator[Change]:
    """Yield the items `added` to the feed, and old ones that have `risen` from the archive into the main document."""
    main = _ids(after.main)
    oldest = min((item.published for item in before.main if item.published), default=None)

    def is_older(item: Item) -> bool:
        came_out = lookup.due(item.id) or item.published
        return bool(came_out and oldest and came_out < oldest)

    for item in added:
        # If another program's feed has no archive, ours is no surprise to the few readers that read it.
        is_surprise = is_older(item) and (exact or before.archived or item.id in main)
        yield Change("older" if is_surprise else "new" if item.id in main else "archived", item.name, None, item)
    yield from (Change("older", item.name, None, item, _ONLY_ARCHIVE) for item in risen if is_older(item))


def _is_redated(was: Item, now: Item) -> bool:
    return bool(was.published and now.published and was.published != now.published)


def _differing_fields(was: Item, now: Item, exact: bool) -> tuple[str, ...]:
    """Return which parts of an item differ, of those that readers show."""
    equal = {
        "title": was.title == now.title if exact else words_of(was.title) == words_of(now.title),
        "text": (was.html, was.summary) == (now.html, now.summary)
        or (not exact and words_of(was.html) == words_of(now.html)),
        "link": was.url == now.url,
        "author": _byline(was) == _byline(now),
        "date": _has_same_update(was, now),
        "tags": sorted(was.tags) == sorted(now.tags),
        "enclosure": _has_same_enclosures(was, now, exact),
        "image": was.image == now.image or not exact,
    }
    differing = [field for field, is_equal in equal.items() if not is_equal]
    in_details = (field for field, *_ in _differing_details(was.details, now.details, exact))
    # What another program wrote is compared in the fields above as readers show it, and no closer.
    differing += (field for field in in_details if exact or field not in equal)
    return tuple(dict.fromkeys(differing))


def _differing_details(was: Details, now: Details, exact: bool) -> Iterator[tuple[str, str, str]]:
    """Yield the field and both texts of details that differ; unless `exact`, only if neither is empty."""
    for (format, field), before in was.items():
        after = now.get((format, field), before)
        if before != after and (exact or (before and after and words_of(before) != words_of(after))):
            yield field, before, after


def compare_headings(title: str, was: Document, now: Document, *, exact: bool) -> Iterator[Change]:
    """Yield how a feed itself differs: its id, the guid of a podcast, and other fields by keys of feed.toml."""
    if was.id and now.id and was.id != now.id:
        yield Change("publication", title, was.id, now.id)
    if was.guid and was.guid.casefold() != now.guid.casefold():
        yield Change("podcast", title, was.guid, now.guid or None)
    for field, before, after in _differing_details(was.details, now.details, exact):
        yield Change("feed_updated", field, before.strip(), after.strip())


def _has_same_update(was: Item, now: Item) -> bool:
    """Return whether the dates of the last change are equal, or moved along with the date of publication."""
    before, after = was.updated or was.published, now.updated or now.published
    moved_along = _is_redated(was, now) and (before, after) == (was.published, now.published)
    return moved_along or before == after


def _has_same_enclosures(was: Item, now: Item, exact: bool) -> bool:
    """Return whether enclosures are equal; unless `exact`, only the addresses that both formats can carry count."""
    if exact:
        return was.enclosures == now.enclosures
    number = 1 if was.has_one_enclosure or now.has_one_enclosure else None
    one, other = ([found.url for found in item.enclosures[:number]] for item in (was, now))
    return one == other


def words_of(html: str) -> str:
    """Return the words of HTML, or of text with character references in it, in one form."""
    return normalize(unescape(html_to_text(html)), "NFKC").casefold()


def _byline(item: Item) -> str:
    """Join names as RSS does, so that formats can be compared."""
    return ", ".join(" and ".join(item.authors).replace(", ", " and ").split(" and "))


def _long_text(item: Item) -> str:
    words = words_of(item.html)
    return words if len(words) >= _MIN_TEXT else ""


def _title_and_day(item: Item) -> str:
    title = words_of(item.title)
    return f"{title} {item.published.astimezone(UTC):%Y-%m-%d}" if title and item.published else ""


# How a post under two ids is recognised, the surest way first; an item with an empty key has none.
_KEYS: tuple[tuple[str, Callable[[Item], str]], ...] = (
    ("address", lambda item: item.url),
    ("text", _long_text),
    ("title and day", _title_and_day),
)


def same_posts(removed: Iterable[Item], added: Iterable[Item]) -> Iterator[tuple[Item, Item, str]]:
    """Yield pairs of items that are probably one post under two ids, and why; only if no other item may be it."""
    old, new = list(removed), list(added)
    for because, key in _KEYS:
        others = _group(new, key)
        groups = [(items, others.get(name, [])) for name, items in _group(old, key).items() if name]
        pairs = [(was[0], now[0]) for was, now in groups if len(was) == len(now) == 1]
        yield from ((was, now, because) for was, now in pairs)
        paired = _ids(item for pair in pairs for item in pair)
        old, new = _without(old, paired), _without(new, paired)


def _group(items: Iterable[Item], key: Callable[[Item], str]) -> dict[str, list[Item]]:
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups
