"""Move a publication in: give its posts the ids that subscribers know from its old feed."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dateline.comparison.published import published_at
from dateline.content.config import read_settings
from dateline.content.edit import create as create_post
from dateline.content.edit import write_keys
from dateline.content.edit_settings import LIVE, Settings, with_settings, write_settings
from dateline.content.source import read_settings_file
from dateline.content.urls import slug_in
from dateline.errors import PostError, Problem, SettingsError
from dateline.formats.items import Document, Item
from dateline.importer.existing_posts import (
    ExistingPost,
    Posts,
    existing_post,
    read_folder,
    read_with_author,
)
from dateline.importer.matching import KNOWN, Match, Pair, link_keys, match, moment_of
from dateline.importer.notes import notes_on
from dateline.importer.settings import (
    PostAddress,
    PostDate,
    Setting,
    address_path,
    date_settings,
    permalink_setting,
    settings_of_feeds,
    url_setting,
)
from dateline.importer.steps import Step, context_of, is_moved, step_of, with_drafts
from dateline.model import Publication

# Two zones that differ from any other, and from each other.
_ELSEWHERE = (ZoneInfo("Etc/GMT-14"), ZoneInfo("Etc/GMT+12"))


class Adoption(NamedTuple):
    """What becomes of every entry, in the order of the feeds, and notes on several together.

    `settings` are for feed.toml, and were written there if they are `accepted`. `refused` are the errors of posts that
    were left alone. If something was written, but feed.toml said that nobody is subscribed yet, the publication
    `goes_live`.
    """

    steps: list[Step]
    notes: list[str]
    settings: Sequence[Setting] = ()
    accepted: bool = False
    refused: Sequence[Problem] = ()
    goes_live: bool = False


NONE_KNOWN: Mapping[str, Item] = {}
Ask = Callable[[Match], str | None]
Accept = Callable[[Sequence[Setting]], bool]


def adopt(
    folder: Path,
    feeds: Iterable[str],
    ask: Ask = lambda _: None,
    accept: Accept = lambda _: False,
    *,
    create: bool = False,
    dry_run: bool = False,
    known: Mapping[str, Item] = NONE_KNOWN,
) -> Adoption:
    """Write what subscribers know from feeds into posts: ids, dates and addresses, and missing authors.

    `ask` returns the path of the post of an entry in doubt, or None. `accept` returns whether to write settings to
    feed.toml, with which what is written into the posts goes together. `create` adds a draft for each entry without a
    post. `known` has, by path, entries that posts certainly are; those of feeds count for more. Everything is worked
    out, and read back, before anything is written; with `dry_run`, nothing is. Posts that cannot be read are left
    alone. Raises FeedError if a feed cannot be read, SettingsError if feed.toml cannot.
    """
    text = read_settings_file(folder)
    publication, _ = read_settings(text)
    documents = [list(published_at(feed)) for feed in feeds]
    newest = [feed_documents[0] for feed_documents in documents]
    posts, refused, candidates, errors, pages = read_folder(folder, publication, known)
    items = [item for item in _items(chain.from_iterable(documents)) if pages.isdisjoint(link_keys([item.url]))]
    matches = list(_decided(match(items, candidates, publication.timezone), ask, refused))
    matches += _known_matches(known, matches, posts)
    derived = list(_derived(matches, newest, posts, publication))
    settings, intended, after = _effective(derived, text, posts, publication)
    accepted = bool(settings) and accept(settings)
    context = context_of(intended, after, posts, refused)
    steps = [step_of(found, context) for found in matches]
    if create:
        steps = list(with_drafts(steps, after, intended, folder))
    goes_live = not publication.live and (accepted or any(step.status in ("written", "created") for step in steps))
    if not dry_run:
        _write(folder, {**(_keys(settings) if accepted else {}), **(LIVE if goes_live else {})}, steps)
    errors += _missing_dates(posts, steps)
    notes = list(notes_on(steps, newest, after, intended))
    return Adoption(steps, notes, settings, accepted, sorted(errors, key=lambda error: error.sort_key), goes_live)


def _items(documents: Iterable[Document]) -> list[Item]:
    """Return the items of documents, the newest of those with one id, and each that has none."""
    items: dict[str, Item] = {}
    for item in chain.from_iterable(document.items for document in documents):
        items.setdefault(item.id or repr(item), item)
    return list(items.values())


def _known_matches(known: Mapping[str, Item], matches: Iterable[Match], posts: Posts) -> Iterator[Match]:
    """Yield the entries that posts are, apart from those that a feed has. Without an id of theirs, posts keep ours."""
    in_feeds = {found.pairs[0].path for found in matches if found.certain}
    for path, item in known.items():
        if path in posts and path not in in_feeds:
            yield Match(item._replace(id=item.id or posts[path].post.id), (Pair(path, (KNOWN,)),), True)


def _missing_dates(posts: Posts, steps: Iterable[Step]) -> Iterator[Problem]:
    """Yield the errors of posts that have no date and get none from a feed."""
    written = {step.post.path for step in steps if step.status == "written" and step.post}
    yield from (post.date_error for path, post in posts.items() if post.date_error and path not in written)


def _write(folder: Path, settings: Settings, steps: Sequence[Step]) -> None:
    if settings:
        write_settings(folder, settings)
    for step in steps:
        if step.draft:
            create_post(folder, step.draft)
    for step in steps:
        if step.status == "written" and step.post:
            write_keys(folder, step.post.path, step.written)


def _derived(
    matches: Sequence[Match], feeds: Sequence[Document], posts: Posts, publication: Publication
) -> Iterator[Setting]:
    """Yield settings that make dates, addresses and ids of posts the same as in feeds."""
    pairs = [
        (item, posts[pairs[0].path]) for item, pairs, is_certain in matches if is_certain and pairs[0].path in posts
    ]
    yield from date_settings([*_dates(pairs, publication)], publication)
    yield from url_setting([item.url for item, _ in pairs], publication)
    yield from permalink_setting([*_addresses(pairs, publication)], publication)
    shown = Counter(existing.post.edition for existing in posts.values() if not existing.post.draft)
    yield from settings_of_feeds(feeds, max(shown.values(), default=0), publication)


def _dates(pairs: Iterable[tuple[Item, ExistingPost]], publication: Publication) -> Iterator[PostDate]:
    """Yield the dates of posts that depend on settings, with those in the feed."""
    elsewhere = publication._replace(timezone=_ELSEWHERE[publication.timezone == _ELSEWHERE[0]])
    for item, existing in pairs:
        post, moment = existing.post, moment_of(item)
        if moment is None or not existing.is_dated:
            continue
        with suppress(PostError):
            if read_with_author(existing.source, elsewhere).published != post.published:
                yield PostDate(post.published.replace(tzinfo=None), post.timed, moment)


def _addresses(pairs: Iterable[tuple[Item, ExistingPost]], publication: Publication) -> Iterator[PostAddress]:
    """Yield the addresses in the feed of posts that may get them by a pattern."""
    for item, existing in pairs:
        post = existing.post
        home = publication.home_of(post.edition)
        path = address_path(item.url, home)
        if path and existing.is_dated:
            own = slug_in(post.url.removeprefix(home), publication.permalink, post.published)
            if own or is_moved(item, post, publication):  # else front matter gives it its address
                yield PostAddress(path, own, post.published)


def _effective(
    found: Sequence[Setting], text: str, posts: Posts, publication: Publication
) -> tuple[list[Setting], Publication, Posts]:
    """Return the settings that are valid and change something, and the publication and its posts with them.

    `text` is that of feed.toml.
    """
    useful: list[Setting] = []
    intended = publication
    for setting in found:
        with suppress(SettingsError):
            changed, _ = read_settings(with_settings(text, _keys([*useful, setting])))
            if changed != intended:
                useful.append(setting)
                intended = changed
    if not useful:
        return [], publication, posts
    after = {path: existing_post(post.source, intended) for path, post in posts.items()}
    if any(post.errors for post in after.values()):  # such as a time that does not exist in the zone
        others = [setting for setting in useful if setting.key not in ("timezone", "default_time")]
        return _effective(others if others != useful else [], text, posts, publication)
    return useful, intended, after


def _keys(settings: Iterable[Setting]) -> dict[tuple[str, str], str]:
    return {(setting.table, setting.key): setting.value for setting in settings}


def _decided(matches: Sequence[Match], ask: Ask, refused: Iterable[str]) -> Iterator[Match]:
    """Yield the matches, with what `ask` decides; no post goes to two entries, and none that is refused to any."""
    taken = {*refused, *(found.pairs[0].path for found in matches if found.certain)}
    for found in matches:
        free = {pair.path: pair for pair in found.pairs if pair.path not in taken}
        path = ask(found._replace(pairs=tuple(free.values()))) if free and not found.certain else None
        if path is None:
            yield found
        else:
            taken.add(path)
            yield Match(found.item, (free[path],), True)
