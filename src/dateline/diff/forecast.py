"""Forecast what subscribers will see: compare the feeds of a plan with those that are published."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from urllib.parse import quote

from dateline.content.ids import feed_slug
from dateline.diff.changes import Change, ChangeReport
from dateline.diff.compare import FeedItems, Lookup, compare, compare_headings
from dateline.diff.context import DiffContext
from dateline.diff.details import with_details
from dateline.diff.published import is_address, other_feeds, published_at, walk_files
from dateline.errors import FeedError, reason_of
from dateline.feed_formats import FORMATS
from dateline.feeds import Selection
from dateline.formats.items import Document, Item

_FILENAMES = {name: format.filename for name, format in FORMATS.items()}
# In the order in which formats are read: those with ids as written first, and JSON, the fastest, before XML.
_ORDER = sorted(FORMATS, key=lambda name: (not FORMATS[name].keeps_ids, FORMATS[name].is_xml))
# If an item comes or goes, its changes in the feeds of tags follow from that, except a date that moved.
_COMES_OR_GOES = ("new", "older", "gone", "shown_again")


def forecast(context: DiffContext, against: str | None) -> ChangeReport:
    """Return what subscribers will see when the plan is applied.

    The new feeds are compared with those in the output under our names, whoever wrote them, or with the feed `against`,
    an address or a file, and its archives. As long as none of ours is there, feeds under other names are compared too;
    after that, they are `abandoned`. Raises FeedError.
    """
    others = other_feeds(context.folder, {*context.plan.manifest, *context.files, *_FILENAMES.values()})
    abandoned = others if any(name in context.plan.manifest for name in _FILENAMES.values()) else []
    try:
        if against:
            documents = list(published_at(against))
            changes = [*_against(context, documents), *_moves(context, documents[0], against)]
            report = ChangeReport(against, with_details(context, changes))
        else:
            report = _against_output(context, [] if abandoned else others)
    except OSError as error:  # of a feed that was there a moment before
        path = os.fsdecode(error.filename or context.folder)
        remedy = "try again when no other program writes there"
        raise FeedError(path, None, f"cannot be read: {reason_of(error)}", remedy) from None
    return report._replace(abandoned=tuple(abandoned))


def _against_output(context: DiffContext, others: Sequence[str]) -> ChangeReport:
    """Compare with the feeds under our names, and with `others` unless one of ours is there."""
    ours, theirs = _feeds_in_output(context)
    # If a feed is at the top level, those in folders are taken for feeds of parts of the publication.
    paths = [] if ours else [path for path in others if "/" not in path] or others
    found = {path: documents for path in paths if (documents := _readable(published_at(str(context.folder / path))))}
    files = [*(_FILENAMES[name] for name in (*theirs, *ours)), *found]
    if not files:
        items = context.items("", context.publication.formats[-1:], new=True)
        new = with_details(context, (Change("new", item.name, None, item) for item in items))
        hint = 'If you have published before, guard = "live" in feed.toml compares with the feed on the web.'
        return ChangeReport(None, new, f"First build: nothing to compare with yet. {hint}")
    changes = [change for documents in (*theirs.values(), *found.values()) for change in _against(context, documents)]
    headings = [*_ended_feeds(context, ours, theirs), *_heading_changes(context, ours, theirs)]
    if ours:
        has_other_id = any(change.kind == "publication" for change in headings)
        changes += _against_ours(context, ours, has_other_id=has_other_id)
    for path, documents in found.items():
        headings += _moves(context, documents[0], context.publication.url + quote(path))
    return ChangeReport(str(context.folder / files[0]), with_details(context, [*changes, *headings]))


def _feeds_in_output(context: DiffContext) -> tuple[list[str], dict[str, list[Document]]]:
    """Return the formats of feeds in the output that we wrote, the best first, and the documents of others by format.

    A file that is no feed has no subscribers.
    """
    ours, theirs = [], {}
    formats = context.publication.formats
    for name in sorted(_ORDER, key=lambda name: name not in formats):
        file = context.folder / _FILENAMES[name]
        if not file.is_file() or (name not in formats and file.name not in context.plan.stale):
            continue
        if context.is_ours(file.name):
            ours.append(name)
        elif documents := _readable(published_at(str(file))):
            theirs[name] = documents
    return ours, theirs


def _readable(documents: Iterator[Document]) -> list[Document]:
    """Return the documents before the first that cannot be read."""
    found = []
    with suppress(FeedError):
        for document in documents:
            found.append(document)  # noqa: PERF402 - keeps what was read before an error
    return found


def _against_ours(context: DiffContext, ours: Sequence[str], *, has_other_id: bool) -> list[Change]:
    """Compare items with those of the last build; `has_other_id`: the publication has."""
    if ours[0] not in context.publication.formats:
        file = context.folder / _FILENAMES[ours[0]]
        return _against(context, _readable(walk_files(file, file.read_bytes(), ours=True)))
    changes = _since_last_build(context, ours)
    # Formats that make a URI of every id put the publication's id before those that are none.
    for name in ours[1:] if has_other_id else ():
        if not FORMATS[name].keeps_ids:
            changes += (c for c in _since_last_build(context, [name]) if c.kind == "shown_again")
    return changes


def _main_document(
    context: DiffContext, name: str, theirs: Mapping[str, Sequence[Document]], *, new: bool = False
) -> Document | None:
    """Return the main document in a format, as it is or as it will be (`new`)."""
    is_theirs = name in theirs and not new
    return theirs[name][0] if is_theirs else context.document(_FILENAMES[name], new=new)


def _ended_feeds(
    context: DiffContext, ours: Sequence[str], theirs: Mapping[str, Sequence[Document]]
) -> Iterator[Change]:
    """Yield the feeds that will not be there: of formats, tags or authors."""
    paths = [path for path in context.plan.stale if path.rpartition("/")[2] in _FILENAMES.values()]
    ended = [path for path in paths if not path.startswith("archive/")]
    if not ended:
        return
    first = next((_main_document(context, name, theirs) for name in (*theirs, *ours)), None)
    folder, _, filename = ((first and first.own_address) or "").rpartition("/")
    base = f"{folder}/" if filename in _FILENAMES.values() else context.publication.url
    yield from (Change("feed_gone", base + quote(path), base + quote(path)) for path in ended)


def _heading_changes(
    context: DiffContext, ours: Sequence[str], theirs: Mapping[str, Sequence[Document]]
) -> Iterator[Change]:
    """Yield which feeds move, and how they differ themselves."""
    for name in (name for name in (*theirs, *ours) if context.will_change(_FILENAMES[name])):
        was, now = (_main_document(context, name, theirs, new=new) for new in (False, True))
        if was is None or now is None:
            continue
        if was.own_address and is_address(was.own_address) and was.own_address != now.own_address:
            yield Change("feed_moved", was.own_address, was.own_address, now.own_address)
        yield from compare_headings(context.publication.title, was, now, exact=name in ours)


def _moves(context: DiffContext, main: Document, address: str) -> Iterator[Change]:
    """Yield what happens to the feed at an address, or in a file, whose subscribers should find its items in ours."""
    name = main.format
    was = next(filter(is_address, (main.own_address or "", main.address, address)), None)
    now = context.publication.url + _FILENAMES[name]
    if name not in context.publication.formats:
        yield Change("feed_gone", was or address, was or address)
        return
    if was and was != now:
        yield Change("feed_moved", was, was, now)
    if following := context.document(_FILENAMES[name], new=True):
        yield from compare_headings(context.publication.title, main, following, exact=main.is_ours)


def _since_last_build(context: DiffContext, formats: Sequence[str]) -> list[Change]:
    """Compare with what the last build wrote, in some formats."""
    changes = list(_in_main_and_archives(context, formats))
    seen = {id: change.kind for change in changes if change.kind in _COMES_OR_GOES for id in change.ids}
    # If there are archives, every item is in them or in the main feed, in all formats.
    of_labels = _label_changes(context, formats if context.publication.archives == "off" else formats[:1])
    return changes + [
        c for c in of_labels if c.kind == "redated" or all(seen.get(id, c.kind) == c.kind for id in c.ids)
    ]


def _in_main_and_archives(context: DiffContext, formats: Sequence[str]) -> Iterator[Change]:
    """Compare the main feed and its archives. Reads few documents apart from those that differ."""
    filename = _FILENAMES[formats[0]]
    differing = [s.folder for s in context.main_and_archives if _will_change(context, s.folder, formats)]
    stale = [path for path in context.plan.stale if path.startswith("archive/") and path.endswith(f"/{filename}")]
    if differing or stale:
        folders = list(dict.fromkeys(["", *differing]))
        left = [path.removesuffix(filename) for path in stale]
        before = _feed_items([context.items(folder, formats, new=False) for folder in (*folders, *left)])
        after = _feed_items([context.items(folder, formats, new=True) for folder in folders])
        lookup = _lookup(context, [s for s in context.main_and_archives if s.folder not in differing])
        yield from compare(before, after, lookup, exact=True)


def _will_change(context: DiffContext, folder: str, formats: Iterable[str]) -> bool:
    return any(context.will_change(folder + _FILENAMES[name]) for name in formats)


def _feed_items(documents: Sequence[tuple[Item, ...]]) -> FeedItems:
    main, *archives = documents
    return FeedItems(main, tuple(item for items in archives for item in items))


def _lookup(context: DiffContext, staying: Sequence[Selection]) -> Lookup:
    """Return what is known about items by the documents that stay as they are, and by the posts that are published."""
    numbers = {number for selection in staying for number in selection.posts()}

    def is_elsewhere(id: str) -> bool:
        return bool(numbers) and context.cache.posts.number_of(context.atom_id(id)) in numbers

    def published(id: str) -> datetime | None:
        post = context.post(id)
        return post.published if post and not post.kept_out and post.due <= context.now else None

    def due(id: str) -> datetime | None:
        post = context.post(id)
        return post.due if post else None

    return Lookup(is_elsewhere, published, due)


def _label_changes(context: DiffContext, formats: Sequence[str]) -> Iterator[Change]:
    """Yield what changes in the feeds of tags and authors, which items may also enter or leave."""
    lookup = _lookup(context, ())
    for selection in context.selections:
        folder = selection.folder
        is_label = folder and selection.heading.current is None
        if not is_label or not _will_change(context, folder, formats):
            continue
        was, now = (FeedItems(context.items(folder, formats, new=new)) for new in (False, True))
        for change in compare(was, now, lookup, exact=True) if was.main else ():
            if change.kind in ("new", "older"):
                yield Change("arrives", change.subject, None, change.now, selection.what)
            elif change.kind != "past_limit":
                yield change
            elif not _has_label(context, change, folder):
                yield Change("leaves", change.subject, change.was, None, selection.what)


def _has_label(context: DiffContext, change: Change, folder: str) -> bool:
    """Tell whether the post of a change still has the tag or the author whose feed is in a folder."""
    post = context.post(change.item.id) if change.item else None
    kind, slug, *_ = folder.split("/")
    if not slug:  # the feed of corrections, which each is in until it is too old
        return True
    names = post.tags if post and kind == "tags" else [author.name for author in post.authors] if post else ()
    return any(feed_slug(name) == slug for name in names)


def _against(context: DiffContext, documents: Sequence[Document]) -> list[Change]:
    """Compare a feed that anybody wrote with all items of ours."""
    name = documents[0].format
    formats = context.publication.formats
    chosen = name if name in formats else formats[0]
    after = _feed_items([context.items(found.folder, [chosen], new=True) for found in context.main_and_archives])
    # No reader recognises an item that has neither an id nor an address.
    before = _feed_items([tuple(item for item in found.items if item.id) for found in documents])
    if FORMATS[name].keeps_ids != FORMATS[chosen].keeps_ids:
        before, after = (FeedItems(*(_with_atom_ids(context, items) for items in side)) for side in (before, after))
    exact = name == chosen and all(found.is_ours for found in documents)
    return list(compare(before, after, _lookup(context, ()), exact=exact))


def _with_atom_ids(context: DiffContext, items: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(item._replace(id=context.atom_id(item.id)) for item in items)
