"""Decide what becomes of each entry of a feed: which keys its post gets, or that it becomes a draft."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Literal, NamedTuple

from dateline.content.dates import date_and_time, read_date
from dateline.content.edit import source_with_keys
from dateline.content.front_matter_keys import AUTHORS, DATES, LATE_DATES
from dateline.content.ids import atom_id
from dateline.content.key_values import Value
from dateline.content.urls import slug_in
from dateline.content.validators import as_list
from dateline.errors import InputError, PostError, Problem
from dateline.formats.items import Item
from dateline.importer.drafts import Taken, author_names, draft_of, one_or_list, written_moment
from dateline.importer.existing_posts import ExistingPost, Posts, read_with_author
from dateline.importer.matching import Match, Pair, link_keys, moment_of
from dateline.importer.settings import address_path
from dateline.model import Post, Publication, Source

# What became of an entry.
Status = Literal["written", "there already", "created", "in doubt", "another id", "no post", "no id", "refused"]


class Step(NamedTuple):
    """An entry, what becomes of it, and its post, as it is after that; without one, the posts that it may be.

    `written` are the keys that the front matter gets. `draft` is the file of a new post.
    """

    item: Item
    status: Status
    pairs: tuple[Pair, ...] = ()
    post: Post | None = None
    written: Mapping[str, Value] = MappingProxyType({})
    notes: tuple[str, ...] = ()
    draft: Source | None = None


class Context(NamedTuple):
    """A publication, its posts and the errors of those that are `refused`, by path; and whose page each address is.

    `before` are the posts with the settings that are in feed.toml, with which ids may differ.
    """

    publication: Publication
    posts: Posts
    before: Posts
    refused: Mapping[str, Sequence[Problem]]
    addresses: Mapping[str, str]


def context_of(
    publication: Publication, posts: Posts, before: Posts, refused: Mapping[str, Sequence[Problem]]
) -> Context:
    """Return what it takes to decide about entries."""
    addresses = {key: path for path, existing in posts.items() for key in link_keys([existing.post.url])}
    return Context(publication, posts, before, refused, addresses)


def step_of(found: Match, context: Context) -> Step:
    """Return what becomes of an entry: if its post is certain, the keys to write into that."""
    item, pairs, is_certain = found
    refused = context.refused
    if pairs and all(pair.path in refused for pair in pairs):
        problems = _problems(refused[pairs[0].path]) if len(pairs) == 1 else ()
        return Step(item, "refused", pairs, notes=problems)
    if is_certain:
        return _certain_step(item, pairs, context)
    return Step(item, "in doubt" if pairs else "no post" if item.id else "no id", pairs)


def _certain_step(item: Item, pairs: tuple[Pair, ...], context: Context) -> Step:
    """Return the keys to write into the post of an entry, unless it has another id or is invalid with them."""
    path = pairs[0].path
    publication, existing = context.publication, context.posts[path]
    step = Step(item, "there already", pairs, existing.post)
    if not item.id:
        return step._replace(status="no id", notes=tuple(_notes_on_date(item, existing.post)))
    both = existing.post, context.before[path].post
    has_id = all(item.id in (post.id, atom_id(publication.id, post.id)) for post in both)
    if existing.fields.get("id") is not None and not has_id:
        note = f"id: {existing.post.id} here, {item.id} in the feed"
        return step._replace(status="another id", notes=(*_notes_on_date(item, existing.post), note))
    required: dict[str, Value] = {} if has_id else {"id": item.id}
    required |= _missing_keys(item, existing, publication)
    try:
        post = read_with_author(source_with_keys(existing.source, required), publication)
    except PostError as error:
        return step._replace(status="refused", notes=_problems(error.problems))
    keys, post = _with_keys_of_feed(item, existing, post, required, context)
    notes = tuple(_notes_on_date(item, post))
    return step._replace(status="written" if keys else "there already", written=keys, post=post, notes=notes)


def _problems(errors: Iterable[Problem]) -> tuple[str, ...]:
    return tuple(error.problem for error in errors)


def _missing_keys(item: Item, existing: ExistingPost, publication: Publication) -> Iterator[tuple[str, Value]]:
    """Yield the date and the author of an entry, if the post has none."""
    fields, moment = existing.fields, moment_of(item)
    if moment and not existing.is_dated:
        yield "date", written_moment(moment, publication, None)
    names = author_names(item.authors, publication)
    is_default = names == [author.name for author in publication.authors]
    if names and not is_default and all(fields.get(key) is None for key in AUTHORS):
        yield "author", one_or_list(names)


def _with_keys_of_feed(
    item: Item, existing: ExistingPost, post: Post, keys: dict[str, Value], context: Context
) -> tuple[dict[str, Value], Post]:
    """Add keys that give a post the date and the address of its entry, each of which is tried out first."""
    publication = context.publication
    if moment := _better_date(item, existing, post, publication):
        dated = {**keys, "date": written_moment(moment, publication, f"{post.published:%Y-%m-%d}")}
        changed = _read_with_keys(existing, dated, publication)
        if changed and changed.published == moment:
            keys, post = dated, changed
    for more in _address_keys(item, existing, post, context):
        changed = _read_with_keys(existing, keys | more, publication)
        if changed and not is_moved(item, changed, publication):
            return keys | more, changed
    return keys, post


def _read_with_keys(existing: ExistingPost, keys: Mapping[str, Value], publication: Publication) -> Post | None:
    with suppress(PostError):
        return read_with_author(source_with_keys(existing.source, keys), publication)
    return None


def _better_date(item: Item, existing: ExistingPost, post: Post, publication: Publication) -> datetime | None:
    """Return the date of an entry, if it differs from the post's only in its time or its zone.

    It may differ more if front matter has no date, or has it under another key: tools disagree on which they show.
    """
    written = [str(value) for key in (*DATES, *LATE_DATES) if (value := existing.fields.get(key)) is not None]
    moment = item.published if written else moment_of(item)
    if moment is None or moment == post.published:
        return None
    dates = set()
    for text in written:
        with suppress(InputError):
            dates.add(read_date(text, publication.timezone, publication.default_time, [publication.language]).moment)
    is_near = abs(moment - post.published) < timedelta(days=1)
    return moment if is_near or moment in dates or not written else None


def _address_keys(item: Item, existing: ExistingPost, post: Post, context: Context) -> Iterator[dict[str, Value]]:
    """Yield keys that may keep the address of an entry, the best first: as the post's own, or as a redirect to it."""
    publication = context.publication
    path = address_path(item.url, publication.url)
    is_taken = any(context.addresses.get(key, post.path) != post.path for key in link_keys([item.url]))
    if not path or is_taken or not is_moved(item, post, publication):
        return
    in_edition = address_path(item.url, publication.home_of(post.edition))
    slug = slug_in(in_edition or "", publication.permalink, post.published)
    if slug and existing.fields.get("slug") is None:
        yield {"slug": slug}
    if existing.fields.get("url") is None:
        yield {"url": f"/{path}"}
    yield {"aliases": one_or_list([*as_list(existing.fields.get("aliases") or []), f"/{path}"])}


def _notes_on_date(item: Item, post: Post) -> Iterator[str]:
    """Yield a note on a date other than the feed's, since readers will see the entry move."""
    published, moment = post.published, moment_of(item)
    if moment and moment != published:
        in_feed = date_and_time(moment.astimezone(published.tzinfo))
        yield f"date: {date_and_time(published)} here, {in_feed} in the feed"


def is_moved(item: Item, post: Post, publication: Publication) -> bool:
    """Return whether the page of an entry is neither the post's own nor one that redirects to it."""
    addresses = [post.canonical_url, post.related, *(publication.url + alias for alias in post.aliases)]
    return bool(item.url) and link_keys([item.url]).isdisjoint(link_keys(addresses))


def with_drafts(steps: Iterable[Step], posts: Posts, publication: Publication, folder: Path) -> Iterator[Step]:
    """Yield the steps, with a new post for each entry that has none."""
    taken = Taken(set(posts), {existing.post.url for existing in posts.values()}, {})
    for step in steps:
        if step.status != "no post":
            yield step
            continue
        try:
            draft, keys, left_out = draft_of(step.item, publication, folder, taken)
            post = read_with_author(draft, publication)
        except (PostError, InputError) as error:
            problems = _problems(error.problems) if isinstance(error, PostError) else (error.problem,)
            yield step._replace(status="refused", notes=problems)
        else:
            taken.paths.add(post.path)
            taken.urls.add(post.url)
            yield Step(step.item, "created", (), post, keys, tuple(left_out), draft)
