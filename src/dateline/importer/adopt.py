"""Move a publication in: give its posts the ids that subscribers know from its old feed."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Literal, NamedTuple
from urllib.parse import urljoin

from dateline.content.dates import date_and_time
from dateline.content.edit import create as create_post
from dateline.content.edit import source_with_keys, write_keys
from dateline.content.front_matter import split
from dateline.content.front_matter_keys import AUTHORS
from dateline.content.ids import atom_id, is_uri, slugify, split_date, stem_of
from dateline.content.key_values import Fields, Value
from dateline.content.media import OF_EPISODES
from dateline.content.posts import read_post
from dateline.content.scan import scan
from dateline.content.source import load_settings, read
from dateline.diff.published import published_at
from dateline.errors import BuildError, InputError, PostError
from dateline.formats.items import Document, Item
from dateline.importer.drafts import Taken, author_names, draft_of, one_or_list, written_moment
from dateline.importer.matching import Candidate, Match, Pair, candidate, link_keys, match, moment_of
from dateline.model import Author, Post, Publication, Source
from dateline.render import heading_text

# What became of an entry.
Status = Literal["written", "there already", "created", "in doubt", "another id", "no post", "no id", "refused"]
_DATES = ("date", "publishdate")


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


class Adoption(NamedTuple):
    """What becomes of every entry, in the order of the feeds, and notes on several together."""

    steps: list[Step]
    notes: list[str]


class _ExistingPost(NamedTuple):
    """A post, which may lack an author and, if it is not `is_dated`, a date: the feed may have them."""

    source: Source
    fields: Fields
    post: Post
    is_dated: bool


_Posts = Mapping[str, _ExistingPost]
Ask = Callable[[Match], str | None]


def adopt(
    folder: Path, feeds: Iterable[str], ask: Ask = lambda _: None, *, create: bool = False, dry_run: bool = False
) -> Adoption:
    """Write the ids of the entries of feeds into their posts, and dates and authors into those that have none.

    `ask` returns the path of the post of an entry in doubt, or None. `create` adds a draft for each entry without a
    post. Everything is worked out, and read back, before anything is written; with `dry_run`, nothing is.
    Raises BuildError if posts cannot be read, FeedError if a feed cannot.
    """
    publication, _ = load_settings(folder)
    documents = [list(published_at(feed)) for feed in feeds]
    items: dict[str, Item] = {}  # of those with one id, the first, which is the newest
    for item in chain.from_iterable(document.items for document in chain(*documents)):
        items.setdefault(item.id or repr(item), item)
    posts = _posts(folder, publication)
    candidates = [_candidate(post, publication) for post in posts.values()]
    matches = match(list(items.values()), candidates, publication.timezone)
    steps = [_step(found, posts, publication) for found in _decided(matches, ask)]
    if create:
        steps = list(_with_drafts(steps, posts, publication, folder))
    if not dry_run:
        _write(folder, steps)
    newest = [feed_documents[0] for feed_documents in documents]
    return Adoption(steps, list(_notes(steps, newest, posts, publication)))


def _write(folder: Path, steps: Sequence[Step]) -> None:
    for step in steps:
        if step.draft:
            create_post(folder, step.draft)
    for step in steps:
        if step.status == "written" and step.post:
            write_keys(folder, step.post.path, step.written)


def _posts(folder: Path, publication: Publication) -> _Posts:
    """Return all posts by path. Raises BuildError if some cannot be read."""
    found = scan(folder)
    errors = list(found.errors)
    posts: dict[str, _ExistingPost] = {}
    for path in sorted(found.posts):
        try:
            posts[path] = _existing_post(read(folder, path)[0], publication)
        except PostError as error:
            errors += error.problems
    if errors:
        raise BuildError(errors)
    return posts


def _existing_post(source: Source, publication: Publication) -> _ExistingPost:
    fields, _ = split(source)
    try:
        return _ExistingPost(source, fields, _read(source, publication), True)
    except PostError as error:
        if [problem.problem for problem in error.problems] != ["date: missing"]:
            raise
    with_date = source_with_keys(source, {"date": "2000-01-01"})
    return _ExistingPost(source, fields, _read(with_date, publication), False)


def _read(source: Source, publication: Publication) -> Post:
    """Read a post, which may lack an author."""
    return read_post(source, publication._replace(authors=publication.authors or (Author("Nobody"),)), heading_text)


def _candidate(existing: _ExistingPost, publication: Publication) -> Candidate:
    source, fields, post, is_dated = existing
    ids = {post.id, atom_id(publication.id, post.id)}
    if isinstance(guid := fields.get("guid"), str):  # exports from other programs have it
        ids.add(guid)
    written = [value for key in ("permalink", "url") if isinstance(value := fields.get(key), str)]
    addresses = [post.link, *(publication.url + alias for alias in post.aliases)]
    addresses += [urljoin(publication.url, address) for address in written]
    addresses += [post.url] if is_dated else []
    slugs = {slugify(str(fields.get("slug") or "")), slugify(split_date(stem_of(source.path))[1])}
    return candidate(source.path, ids, addresses, slugs, post.title, post.published if is_dated else None)


def _decided(matches: Sequence[Match], ask: Ask) -> Iterator[Match]:
    """Yield the matches, with what `ask` decides; no post goes to two entries."""
    taken = {found.pairs[0].path for found in matches if found.certain}
    for found in matches:
        free = {pair.path: pair for pair in found.pairs if pair.path not in taken}
        path = ask(found._replace(pairs=tuple(free.values()))) if free and not found.certain else None
        if path is None:
            yield found
        else:
            taken.add(path)
            yield Match(found.item, (free[path],), True)


def _step(found: Match, posts: _Posts, publication: Publication) -> Step:
    """Return what becomes of an entry: if its post is certain, the keys to write into that."""
    item, pairs, is_certain = found
    if not is_certain:
        return Step(item, "in doubt" if pairs else "no post" if item.id else "no id", pairs)
    existing = posts[pairs[0].path]
    step = Step(item, "there already", pairs, existing.post, notes=tuple(_notes_on_date(item, existing)))
    has_id = item.id in (existing.post.id, atom_id(publication.id, existing.post.id))
    if not item.id:
        return step._replace(status="no id")
    if existing.fields.get("id") is not None and not has_id:
        note = f"id: {existing.post.id} here, {item.id} in the feed"
        return step._replace(status="another id", notes=(*step.notes, note))
    keys: dict[str, Value] = {} if has_id else {"id": item.id}
    keys |= _missing_keys(item, existing, publication)
    if not keys:
        return step
    try:
        post = _read(source_with_keys(existing.source, keys), publication)
    except PostError as error:
        return step._replace(status="refused", notes=(*step.notes, error.problem.problem))
    return step._replace(status="written", written=keys, post=post)


def _missing_keys(item: Item, existing: _ExistingPost, publication: Publication) -> Iterator[tuple[str, Value]]:
    """Yield the date and the author of an entry, if the front matter has none."""
    fields, moment = existing.fields, moment_of(item)
    if moment and all(fields.get(key) is None for key in _DATES):
        yield "date", written_moment(moment, publication, split_date(stem_of(existing.source.path))[0])
    names = author_names(item, publication)
    is_default = names == [author.name for author in publication.authors]
    if names and not is_default and all(fields.get(key) is None for key in AUTHORS):
        yield "author", one_or_list(names)


def _notes_on_date(item: Item, existing: _ExistingPost) -> Iterator[str]:
    """Yield a note on a date other than the feed's, since readers will see the entry move."""
    published, moment = existing.post.published, moment_of(item)
    is_written = any(existing.fields.get(key) is not None for key in _DATES)
    if moment and is_written and abs(moment - published) >= timedelta(minutes=1):
        in_feed = date_and_time(moment.astimezone(published.tzinfo))
        yield f"date: {date_and_time(published)} here, {in_feed} in the feed"


def _with_drafts(steps: Iterable[Step], posts: _Posts, publication: Publication, folder: Path) -> Iterator[Step]:
    """Yield the steps, with a new post for each entry that has none."""
    taken = Taken(set(posts), {existing.post.url for existing in posts.values()}, {})
    for step in steps:
        if step.status != "no post":
            yield step
            continue
        try:
            draft, keys, left_out = draft_of(step.item, publication, folder, taken)
            post = _read(draft, publication)
        except (PostError, InputError) as error:
            problem = error.problem.problem if isinstance(error, PostError) else error.problem
            yield step._replace(status="refused", notes=(problem,))
        else:
            taken.paths.add(post.path)
            taken.urls.add(post.url)
            yield Step(step.item, "created", (), post, keys, tuple(left_out), draft)


def _notes(steps: Iterable[Step], feeds: list[Document], posts: _Posts, publication: Publication) -> Iterator[str]:
    """Yield notes on ids that are not URIs, URLs that change, files to copy, and settings to change."""
    ours = [step for step in steps if step.status in ("written", "there already", "created")]
    yield from _notes_on_addresses(ours, publication)
    if files := _own_files(ours, publication):
        yield f"drafts refer to files on your own site, such as {files[0]}; copy them into _static, to keep them there"
    yield from _notes_on_podcast(ours, feeds, publication)
    listed = min((len(feed.items) for feed in feeds), default=0)
    if listed < min(publication.limit, sum(not existing.post.draft for existing in posts.values())):
        yield (
            "the new feed would be longer than the old one, and readers would show the other entries as new; "
            f"set limit = {listed} in feed.toml"
        )


def _notes_on_addresses(steps: Sequence[Step], publication: Publication) -> Iterator[str]:
    odd_ids = [step.item.id for step in steps if not is_uri(step.item.id)]
    if odd_ids:
        form = atom_id(publication.id, odd_ids[0])
        yield f"ids that are not URIs, like {odd_ids[0]}, are kept in RSS and JSON; in Atom this one becomes {form}"
    moved = [(step.item.url, step.post) for step in steps if step.post and _is_moved(step.item, step.post, publication)]
    if moved:
        url, post = moved[0]
        changes = "1 address changes," if len(moved) == 1 else f"{len(moved):,} addresses change, the first"
        remedy = "to keep old links working, set permalink in feed.toml, or aliases: in the posts"
        yield f"{changes} from {url} to {post.canonical_url}; {remedy}"


def _is_moved(item: Item, post: Post, publication: Publication) -> bool:
    addresses = [post.canonical_url, *(publication.url + alias for alias in post.aliases)]
    return bool(item.url) and link_keys([item.url]).isdisjoint(link_keys(addresses))


def _own_files(steps: Iterable[Step], publication: Publication) -> list[str]:
    """Return the URLs, on the publication's own site, of files that drafts refer to."""
    drafts = [step.post for step in steps if step.draft and step.post]
    return [file.target for draft in drafts for file in draft.media if file.target.startswith(publication.url)]


def _notes_on_podcast(steps: Iterable[Step], feeds: list[Document], publication: Publication) -> Iterator[str]:
    own = publication.podcast.guid if publication.podcast else ""
    for guid in dict.fromkeys(feed.guid for feed in feeds if feed.guid):
        if guid.lower() != own:
            yield f'directories know the old feed by its podcast:guid; set guid = "{guid}" under [podcast] in feed.toml'
    if not own and any(key in step.written for step in steps for key in OF_EPISODES):
        yield "the episode keys in the drafts are ignored until feed.toml has a table [podcast]"
