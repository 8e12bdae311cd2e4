"""Find out what subscribers will see: compare the feeds of a plan with those that are published."""

import os
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import chain
from urllib.parse import quote, urlsplit

from dateline.comparison.changes import Change, ChangeReport
from dateline.comparison.compare_items import FeedItems, Lookup, compare, compare_headings
from dateline.comparison.context import DiffContext
from dateline.comparison.published import folder_url, is_address, other_feeds, published_at, walk_files
from dateline.content.corrections import corrected_id
from dateline.content.ids import id_stem, label_slug, post_id
from dateline.content.urls import page_key, page_paths
from dateline.errors import FeedError
from dateline.feed_formats import FORMATS
from dateline.feeds import FeedEntries, Selection, is_in_archive
from dateline.formats.items import Document, Item, split_footer
from dateline.model import Post

# In the order in which formats are read: those with ids as written first, and JSON, the fastest, before XML.
_ORDER = sorted(FORMATS, key=lambda name: (not FORMATS[name].keeps_ids, FORMATS[name].is_xml))
# If an item comes or goes, its changes in the feeds of tags follow from that, except a date that moved.
_COMES_OR_GOES = ("new", "older", "gone", "shown_again")


def compare_with_output(context: DiffContext) -> ChangeReport:
    """Return what subscribers will see when the plan is applied, by the feeds that are in the output now.

    Those are the ones under our names, whoever wrote them. As long as none of ours is there, feeds under other names
    are compared too; after that, they are `abandoned`.
    """
    abandoned, others = _other_feeds(context)
    return _against_output(context, others)._replace(abandoned=abandoned)


def compare_with(
    context: DiffContext, location: str, documents: Sequence[Document], staying: Sequence[Selection] = ()
) -> ChangeReport:
    """Return what subscribers of a feed and its archives, at an address or in a file, will see of the plan.

    The documents of archives that are `staying` as they are, in the format of the feed, need no items.
    """
    changes = [*_against(context, documents, staying), *_moves(context, documents[0], location)]
    return ChangeReport(location, _with_details(context, changes), abandoned=_other_feeds(context)[0])


def _other_feeds(context: DiffContext) -> tuple[tuple[str, ...], list[str]]:
    """Return the paths of feeds that another program left in the output, and those that ours are compared with."""
    found = other_feeds(context.folder, {*context.plan.manifest, *context.files})
    found = [path for path in found if not path.startswith(context.others)]
    if any(path in context.plan.manifest for path in context.paths_now.values()):
        return tuple(found), []
    # If a feed is at the top level, those in folders are taken for feeds of parts of the publication.
    return (), [path for path in found if "/" not in path] or found


def _against_output(context: DiffContext, others: Sequence[str]) -> ChangeReport:
    """Compare with the feeds under our names, and with `others` unless one of ours is there."""
    ours, paths = _feeds_in_output(context)
    if not ours:
        paths += others
    theirs = {path: documents for path in paths if (documents := _readable(_published(context, path)))}
    files = [*theirs, *(context.path("", name, new=False) for name in ours)]
    if not files:
        return _first_build(context)
    changes: list[Change] = []
    headings = list(_heading_changes(context, ours))
    for path, documents in theirs.items():
        changes += _against(context, documents)
        headings += _moves(context, documents[0], context.publication.url + quote(os.fsencode(path)))
    if ours:
        changes += _against_ours(context, ours, {change.kind for change in headings})
    return ChangeReport(str(context.folder / files[0]), _with_details(context, [*changes, *headings]))


def _published(context: DiffContext, path: str) -> Iterator[Document]:
    return published_at(str(context.folder / path), context.folder)


def nothing_published(context: DiffContext, unchecked: str) -> ChangeReport:
    """Return what subscribers will see if nothing was published before: everything is new."""
    return ChangeReport(None, _with_details(context, _all_new(context)), unchecked)


def _all_new(context: DiffContext) -> Iterator[Change]:
    """Yield the items of the main feed as new.

    They are made from the entries, some of which are in memory at a time: the feed may have thousands.
    """
    publication = context.publication
    keeps_ids = FORMATS[publication.formats[-1]].keeps_ids
    for main in context.selections[:1]:  # without a post, there is no feed
        for entry in FeedEntries(context.cache, publication, main.posts(), main.heading.moved):
            post, html = entry.post, split_footer(entry.html)[0] or entry.summary
            id = post.id if keeps_ids else context.atom_id(post.id)
            names, published = tuple(author.name for author in post.authors), post.published.replace(microsecond=0)
            item = Item(id, post.canonical_url, post.title, published, None, names, html, entry.summary, post.tags)
            yield Change("new", item.name, None, item._replace(html="", summary=""))


def _first_build(context: DiffContext) -> ChangeReport:
    hint = 'If you have published before, guard = "live" in feed.toml compares with the feed on the web.'
    unchecked = "First build: nothing to compare with yet."
    return nothing_published(context, f"{unchecked} {hint}" if context.publication.live else unchecked)


def _feeds_in_output(context: DiffContext) -> tuple[list[str], list[str]]:
    """Return the formats of main feeds in the output that we wrote, the best first, and the paths of others."""
    formats, now = context.publication.formats, context.paths_now
    names = [name for name in sorted(_ORDER, key=lambda name: name not in formats) if name in now]
    ours = [name for name in names if context.is_ours(now[name])]
    named = chain.from_iterable(map(context.publication.feed_paths, formats))
    paths = dict.fromkeys([*map(now.__getitem__, names), *named])
    return ours, [path for path in paths if (context.folder / path).is_file() and not context.is_ours(path)]


def _readable(documents: Iterator[Document]) -> list[Document]:
    """Return the documents before the first that cannot be read: a file that is no feed has no subscribers."""
    found = []
    with suppress(FeedError):
        for document in documents:
            found.append(document)  # noqa: PERF402 - keeps what was read before an error
    return found


def _against_ours(context: DiffContext, ours: Sequence[str], of_headings: Container[str]) -> list[Change]:
    """Compare items with those of the last build; `of_headings` are the kinds of changes to the feeds themselves."""
    if ours[0] not in context.publication.formats:
        path = context.path("", ours[0], new=False)
        content = (context.folder / path).read_bytes()
        return _against(context, _readable(walk_files(context.folder, path, content, ours=True)))
    changes = _since_last_build(context, ours)
    # Formats that make a URI of every id put the publication's id before those that are none.
    for name in ours[1:] if "publication" in of_headings else ():
        if not FORMATS[name].keeps_ids:
            changes += (c for c in _since_last_build(context, [name]) if c.kind == "shown_again")
    return changes


def _heading_changes(context: DiffContext, ours: Sequence[str]) -> Iterator[Change]:
    """Yield which feeds of ours end or move, and how they differ themselves."""
    changing = [name for name in ours if name in context.publication.formats and context.will_change("", name)]
    changed = {name: was for name in changing if (was := context.document("", name, new=False))}
    yield from _feeds_gone(context, ours, {context.paths_now[name] for name in changed})
    for name, was in changed.items():
        yield from _feed_differences(context, was, name, was.own_address or "", exact=True)


def _feeds_gone(context: DiffContext, ours: Iterable[str], moved: Container[str]) -> Iterator[Change]:
    """Yield the feeds that the plan removes, except those that `moved` and archives.

    Their addresses follow from the one that a main feed in the output gives as its own.
    """
    gone = [path for path in context.stale_feeds if not is_in_archive(path) and path not in moved]
    if gone:
        documents = ((name, context.document("", name, new=False)) for name in ours)
        bases = (folder_url(was.own_address or "", quote(context.paths_now[name])) for name, was in documents if was)
        base = next(filter(None, bases), context.publication.url)
        yield from (Change("feed_gone", base + quote(path), base + quote(path)) for path in gone)


def _moves(context: DiffContext, main: Document, address: str) -> Iterator[Change]:
    """Yield what happens to the feed at an address, or in a file, whose subscribers should find its items in ours."""
    was = next(filter(is_address, (main.own_address or "", main.address)), address)
    if main.format in context.publication.formats:
        yield from _feed_differences(context, main, main.format, was, exact=main.is_ours)
    elif not _is_feed(context, was):
        yield Change("feed_gone", was, was)


def _feed_differences(context: DiffContext, was: Document, name: str, address: str, *, exact: bool) -> Iterator[Change]:
    """Yield how a feed moves, if it was on the web, and differs itself from the new one in a format."""
    if is_address(address) and not _is_feed(context, address):
        yield Change("feed_moved", address, address, context.publication.feed_url(context.publication.url, name))
    if new := context.document("", name, new=True):
        yield from compare_headings(context.publication.title, was, new, exact=exact)


def _since_last_build(context: DiffContext, formats: Sequence[str]) -> list[Change]:
    """Compare with what the last build wrote, in some formats."""
    changes = list(_in_main_and_archives(context, formats))
    seen = {id: change.kind for change in changes if change.kind in _COMES_OR_GOES for id in change.ids}
    # If there are archives, every item is in them or in the main feed, in all formats.
    of_labels = _label_changes(context, formats if context.publication.archives == "off" else formats[:1])
    return changes + [
        change
        for change in of_labels
        if change.kind == "redated" or all(seen.get(id, change.kind) == change.kind for id in change.ids)
    ]


def _in_main_and_archives(context: DiffContext, formats: Sequence[str]) -> Iterator[Change]:
    """Compare the main feed and its archives. Reads few documents apart from those that differ."""
    filename = context.path("", formats[0], new=False)
    differing = [s.folder for s in context.main_and_archives if _will_change(context, s.folder, formats)]
    stale = [path for path in context.plan.stale if is_in_archive(path) and path.endswith(f"/{filename}")]
    if differing or stale:
        folders = list(dict.fromkeys(["", *differing]))
        left = dict.fromkeys([*folders, *(path.removesuffix(filename) for path in stale)])
        before = _our_items(context, left, formats, new=False)
        after = _our_items(context, folders, formats, new=True)
        lookup = _lookup(context, [s for s in context.main_and_archives if s.folder not in differing])
        yield from compare(before, after, lookup, exact=True)


def _will_change(context: DiffContext, folder: str, formats: Iterable[str]) -> bool:
    return any(context.will_change(folder, name) for name in formats)


def _feed_items(documents: Iterable[tuple[Item, ...]]) -> FeedItems:
    main, *archives = documents
    return FeedItems(main, tuple(chain.from_iterable(archives)))


def _our_items(context: DiffContext, folders: Iterable[str], formats: Sequence[str], *, new: bool) -> FeedItems:
    """Read the items of the main feed and its archives, which are in these folders of the output."""
    return _feed_items(context.items(folder, formats, new=new) for folder in folders)


def new_items(context: DiffContext, format: str, without: Sequence[Selection] = ()) -> FeedItems:
    """Read all items of the main feed and its archives, as they will be, in one format, but for some archives."""
    left_out = {selection.folder for selection in without}
    folders = [one.folder for one in context.main_and_archives if one.folder not in left_out]
    return _our_items(context, folders, [format], new=True)


def _lookup(context: DiffContext, staying: Sequence[Selection]) -> Lookup:
    """Return how to look up items in the feeds that stay as they are, and among the posts."""
    numbers = {number for selection in staying for number in selection.posts()}

    def is_elsewhere(id: str) -> bool:
        return bool(numbers) and context.cache.posts.number_of(context.atom_id(id)) in numbers

    def published(id: str) -> datetime | None:
        post = context.post(id)
        return post.published if post and context.is_published(post) else None

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
    """Return whether the post of a change still has the tag or the author whose feed is in a folder."""
    post = context.post(change.item.id) if change.item else None
    kind, slug, *_ = folder.split("/")
    if not slug:  # the feed of corrections, which keeps each until it is too old
        return True
    names = post.tags if post and kind == "tags" else [author.name for author in post.authors] if post else ()
    return any(label_slug(context.publication, kind, name) == slug for name in names)


def _against(context: DiffContext, documents: Sequence[Document], staying: Sequence[Selection] = ()) -> list[Change]:
    """Compare a feed, whoever wrote it, with all items of ours, but for those in archives that are `staying`."""
    name = documents[0].format
    formats = context.publication.formats
    chosen = name if name in formats else formats[0]
    after = new_items(context, chosen, staying)
    # No reader recognises an item that has neither an id nor an address.
    before = _feed_items(tuple(item for item in found.items if item.id) for found in documents)
    if FORMATS[name].keeps_ids != FORMATS[chosen].keeps_ids:
        before, after = (FeedItems(*(_with_atom_ids(context, items) for items in side)) for side in (before, after))
    exact = name == chosen and all(found.is_ours for found in documents)
    return list(compare(before, after, _lookup(context, staying), exact=exact))


def _with_atom_ids(context: DiffContext, items: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(item._replace(id=context.atom_id(item.id)) for item in items)


def _with_details(context: DiffContext, changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return each change once, with its post, and the addresses that stop working.

    Of a change found in several feeds, that in a main feed counts rather than that in an archive.
    """
    found: dict[tuple[str, str, str], Change] = {}
    for change in changes:
        feed = change.because if change.kind in ("arrives", "leaves") else ""
        key = change.kind, change.item.id if change.item else change.subject, feed
        if found.setdefault(key, change).in_archive:
            found[key] = change
    full = [_with_post(context, change) for change in found.values()]
    return (*full, *(Change("dead_address", url, url) for url in _dead_addresses(context, full)))


def _with_post(context: DiffContext, change: Change) -> Change:
    post = context.post(change.item.id) if change.item else None
    known_as = None
    if post and change.kind == "shown_again" and isinstance(change.was, Item):
        known_as = known_id(context, change.was, post)
    return change._replace(post=post and post.below(context.posts), known_as=known_as)


def known_id(context: DiffContext, was: Item, post: Post) -> str | None:
    """Return the id by which readers know the post of an item that was under another id, unless the post has its own.

    An id in a post is kept: its author, or `adopt`, knows of subscribers that the output does not show. The id of a
    correction contains that of its post. If it was moved to another post, its old id belongs to neither.
    """
    publication = context.publication
    corrected = context.cache.posts.by_path(post.path) if post.part else post
    if corrected is None:
        return None
    stem = id_stem(corrected.path, corrected.edition, publication.languages)
    if corrected.id != post_id(publication.id, stem):
        return None
    if not post.part:
        return was.id
    id = corrected_id(was.id, post.notes[0], publication.id)
    return id if id and context.post(id) is None else None


def _dead_addresses(context: DiffContext, changes: Sequence[Change]) -> list[str]:
    """Return the addresses of pages with items that will not be there, as far as posts and output show."""
    left = dict.fromkeys(filter(None, map(_left_address, changes)))
    if not left:
        return []
    url = context.publication.url
    moved = [(change.subject, str(change.now)) for change in changes if change.kind == "feed_moved"]
    hosts = {_host(address) for address in (url, *(was for was, _ in moved))}
    alive = {page_key(address.partition("#")[0]) for address in context.cache.published.addresses(context.now)}
    # A server that redirects the feed's old address is expected to redirect those of posts, too.
    bases = {folder_url(was, now.removeprefix(url)) or was.rpartition("/")[0] + "/" for was, now in moved}

    def is_alive(address: str) -> bool:
        redirected = (url + address.removeprefix(base) for base in bases if address.startswith(base))
        return any(page_key(new) in alive or _is_file(context, new) for new in (address, *redirected))

    return [address for address in left if _host(address) in hosts and not is_alive(address)]


def _host(address: str) -> str:
    with suppress(ValueError):
        return urlsplit(address).netloc
    return ""


def _left_address(change: Change) -> str | None:
    """Return the page that an item was on, if it is no longer on it."""
    was, now = change.was, change.now
    if not isinstance(was, Item) or change.kind not in ("shown_again", "updated", "gone", "redated"):
        return None
    return None if isinstance(now, Item) and now.page == was.page else was.page


def _is_file(context: DiffContext, address: str) -> bool:
    """Return whether a file of the output will be at an address, such as a redirect."""
    return any(path in context.site_files for path in _paths_at(context, address))


def _is_feed(context: DiffContext, address: str) -> bool:
    """Return whether a feed will be at an address."""
    files = context.site_files
    return any(path in files and files[path].output.is_feed for path in _paths_at(context, address))


def _paths_at(context: DiffContext, address: str) -> list[str]:
    """Return the paths in the output of the files that hosts may serve at an address.

    Hosts that have https redirect http to it.
    """
    home = context.publication.site_url
    if home.startswith("https:") and address.startswith("http:"):
        address = f"https{address.removeprefix('http')}"
    path = address.removeprefix(home).partition("#")[0].partition("?")[0]
    return page_paths(path) if address.startswith(home) else []
