"""A publication moves in: its posts get the ids by which the subscribers to its old feed know them."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin

from dateline.content.config import read_settings
from dateline.content.dates import date_and_time
from dateline.content.edit import create, source_with_keys, write_keys
from dateline.content.fields import Fields, Value
from dateline.content.front_matter import split
from dateline.content.ids import atom_id, is_uri, slugify, split_date, stem_of
from dateline.content.media import OF_EPISODES
from dateline.content.posts import AUTHORS, read_post
from dateline.content.scan import scan
from dateline.content.source import read, read_settings_file
from dateline.diff.published import published_at
from dateline.errors import PostError, Refused
from dateline.formats.items import Document, Item
from dateline.importer.drafts import Taken, author_names, draft_of, moment_of, written_moment
from dateline.importer.matching import Candidate, Match, Pair, candidate, link_keys, match
from dateline.model import Author, Post, Publication, Source
from dateline.render import heading_text

# What became of an entry.
WRITTEN, ALREADY, CREATED = "written", "there already", "created"
DOUBT, OTHER_ID, NO_POST, NO_ID, REFUSED = "in doubt", "another id", "no post", "no id", "refused"
_DATES = ("date", "publishdate")


class Request(NamedTuple):
    """What the user asks for: `create` drafts of entries that have no post; write nothing if `dry_run`."""

    posts: Path
    feeds: tuple[str, ...]
    create: bool = False
    dry_run: bool = False


class Step(NamedTuple):
    """What becomes of an entry: its post, or those that it may be; why; the keys that were written; what to know.

    `post` is what the file says then.
    """

    item: Item
    status: str
    path: str | None = None
    pairs: tuple[Pair, ...] = ()
    written: dict[str, Value] = {}  # noqa: RUF012 - nobody writes into it
    notes: tuple[str, ...] = ()
    post: Post | None = None


class Adoption(NamedTuple):
    """What became of every entry, as the feeds order them, and what there is to say of them together."""

    steps: tuple[Step, ...]
    notes: tuple[str, ...]


class _Known(NamedTuple):
    """A post as it is read even where it lacks a date or an author, which a feed may have."""

    source: Source
    fields: Fields
    post: Post
    is_dated: bool


Ask = Callable[[Match], str | None]


def adopt(request: Request, ask: Ask = lambda _: None) -> Adoption:
    """Write the ids, and dates and authors where there are none, of feeds' entries into the posts that they are.

    `ask` says which post an entry in doubt is; None is none of them. All that is to be written is worked out, and
    read back, before any is. Raises Refused where posts cannot be read, FeedError where a feed cannot.
    """
    publication, _ = read_settings(read_settings_file(request.posts))
    feeds = [list(published_at(place)) for place in request.feeds]
    posts = _posts(request.posts, publication)
    candidates = [_candidate(known, publication) for known in posts.values()]
    matches = match(_items(feeds), candidates, publication.timezone)
    steps = [_step(found, posts, publication) if found.certain else _without(found) for found in _decided(matches, ask)]
    drafts: list[Source] = []
    if request.create:
        steps, drafts = _with_drafts(steps, posts, publication, request.posts)
    if not request.dry_run:
        for draft in drafts:
            create(request.posts, draft)
        for step in steps:
            if step.status == WRITTEN and step.path:
                write_keys(request.posts, step.path, step.written)
    return Adoption(tuple(steps), tuple(_notes(steps, feeds, posts, publication)))


def _items(feeds: Sequence[Sequence[Document]]) -> list[Item]:
    """Every item once; of those with one id, the first, which is the newest."""
    found: dict[object, Item] = {}
    for item in (item for documents in feeds for document in documents for item in document.items):
        found.setdefault(item.id or item, item)
    return list(found.values())


def _posts(folder: Path, publication: Publication) -> dict[str, _Known]:
    """All posts by path. Raises Refused where some cannot be read."""
    found = scan(folder)
    errors = list(found.errors)
    posts: dict[str, _Known] = {}
    for path in sorted(found.posts):
        try:
            posts[path] = _known(read(folder, path)[0], publication)
        except PostError as error:
            errors.append(error)
    if errors:
        raise Refused(errors)
    return posts


def _known(source: Source, publication: Publication) -> _Known:
    fields, _ = split(source)
    try:
        return _Known(source, fields, _read(source, publication), True)
    except PostError as error:
        if error.problem != "date: missing":
            raise
    return _Known(source, fields, _read(source_with_keys(source, {"date": "2000-01-01"}), publication), False)


def _read(source: Source, publication: Publication) -> Post:
    """The post, to which a feed may have the author that it lacks."""
    authors = publication.authors or (Author("Nobody"),)
    return read_post(source, publication._replace(authors=authors), heading_text)


def _candidate(known: _Known, publication: Publication) -> Candidate:
    source, fields, post, is_dated = known
    ids = {post.id, atom_id(publication.id, post.id)}
    if isinstance(guid := fields.get("guid"), str):  # those who export from other programs write it
        ids.add(guid)
    elsewhere = [
        urljoin(publication.url, value) for key in ("permalink", "url") if isinstance(value := fields.get(key), str)
    ]
    addresses = [*(publication.url + alias for alias in post.aliases), *elsewhere, post.link]
    slugs = {slugify(str(fields.get("slug") or "")), slugify(split_date(stem_of(source.path))[1])}
    addresses += [post.url] if is_dated else []
    return candidate(source.path, ids, addresses, slugs, post.title, post.published if is_dated else None)


def _decided(matches: Sequence[Match], ask: Ask) -> Iterator[Match]:
    """Each match, with what `ask` says of those in doubt; no post goes to two entries."""
    given = {found.pairs[0].path for found in matches if found.certain}
    for found in matches:
        left = tuple(pair for pair in found.pairs if pair.path not in given)
        path = ask(found._replace(pairs=left)) if left and not found.certain else None
        if path is None:
            yield found
        else:
            given.add(path)
            yield Match(found.item, tuple(pair for pair in left if pair.path == path), True)


def _step(found: Match, posts: dict[str, _Known], publication: Publication) -> Step:
    """What is to be written into the post of an entry."""
    item, pairs, _ = found
    known = posts[pairs[0].path]
    step = Step(item, ALREADY, known.source.path, pairs, notes=tuple(_moved(item, known)), post=known.post)
    is_known_by_it = item.id in (known.post.id, atom_id(publication.id, known.post.id))
    if not item.id:
        return step._replace(status=NO_ID)
    if known.fields.get("id") is not None and not is_known_by_it:
        return step._replace(status=OTHER_ID, notes=(*step.notes, f"its id: is {known.post.id}, in the feed {item.id}"))
    keys: dict[str, Value] = {} if is_known_by_it else {"id": item.id}
    keys |= _missing(item, known, publication)
    if not keys:
        return step
    try:
        post = _read(source_with_keys(known.source, keys), publication)
    except PostError as error:
        return step._replace(status=REFUSED, notes=(*step.notes, error.problem))
    return step._replace(status=WRITTEN, written=keys, post=post)


def _without(found: Match) -> Step:
    """What to say of an entry that has no post for sure."""
    status = DOUBT if found.pairs else NO_POST if found.item.id else NO_ID
    return Step(found.item, status, pairs=found.pairs)


def _missing(item: Item, known: _Known, publication: Publication) -> Iterator[tuple[str, Value]]:
    """The date and the author that the feed has and the front matter has not."""
    fields = known.fields
    moment = moment_of(item)
    if moment and all(fields.get(key) is None for key in _DATES):
        yield "date", written_moment(moment, publication, split_date(stem_of(known.source.path))[0])
    names = author_names(item, publication)
    signed = [author.name for author in publication.authors]
    if names and names != signed and all(fields.get(key) is None for key in AUTHORS):
        yield "author", names[0] if len(names) == 1 else [*names]


def _moved(item: Item, known: _Known) -> Iterator[str]:
    """What readers would see of a date that is not the feed's."""
    moment = moment_of(item)
    is_written = any(known.fields.get(key) is not None for key in _DATES)
    if moment and is_written and abs(moment - known.post.published) >= timedelta(minutes=1):
        here, there = date_and_time(known.post.published), date_and_time(_there(moment, known.post))
        yield f"its date: is {here}, in the feed {there}"


def _there(moment: datetime, post: Post) -> datetime:
    return moment.astimezone(post.published.tzinfo)


def _with_drafts(
    steps: Sequence[Step], posts: dict[str, _Known], publication: Publication, folder: Path
) -> tuple[list[Step], list[Source]]:
    """The steps, with a new post for each entry that has none; and those posts."""
    done: list[Step] = []
    drafts: list[Source] = []
    taken = Taken(set(posts), {known.post.url for known in posts.values()}, {})
    for step in steps:
        if step.status == NO_POST:
            try:
                draft = draft_of(step.item, publication, folder, taken)
                post = _read(draft.source, publication)
            except PostError as error:
                done.append(step._replace(status=REFUSED, notes=(error.problem,)))
                continue
            taken.paths.add(post.path)
            taken.urls.add(post.url)
            drafts.append(draft.source)
            step = step._replace(status=CREATED, path=post.path, written=draft.keys, post=post, notes=draft.left_out)
        done.append(step)
    return done, drafts


def _notes(
    steps: Sequence[Step], feeds: Sequence[Sequence[Document]], posts: dict[str, _Known], publication: Publication
) -> Iterator[str]:
    """What concerns entries together: ids of an odd kind, addresses that change, posts that would be shown as new."""
    ours = [(step.item, step.post) for step in steps if step.post and step.status in (WRITTEN, ALREADY, CREATED)]
    odd = [item.id for item, _ in ours if not is_uri(item.id)]
    if odd:
        form = atom_id(publication.id, odd[0])
        yield f"ids that are no URIs, like {odd[0]}, stand as they are in RSS and JSON; in Atom this one is {form}"
    moved = [(item, post) for item, post in ours if item.url and not _leads_to(item.url, post, publication)]
    if moved:
        item, post = moved[0]
        told = "1 address changes," if len(moved) == 1 else f"{len(moved):,} addresses change, the first"
        yield f"{told} from {item.url} to {post.canonical_url}: see permalink in feed.toml, and aliases in posts"
    urls = [medium.target for step in steps if step.status == CREATED and step.post for medium in step.post.media]
    if at_home := next((url for url in urls if url.startswith(publication.url)), None):
        yield f"what drafts carry from your own site, such as {at_home}, has to stay there: copy it into _static"
    yield from _on_podcast(steps, feeds, publication)
    shown = min((len(documents[0].items) for documents in feeds), default=0)
    if shown < min(publication.limit, sum(not known.post.draft for known in posts.values())):
        yield (
            f"the old feed holds {shown} of these, and Dateline's would hold more, which readers would take for new: "
            f"set limit = {shown} in feed.toml"
        )


def _on_podcast(steps: Sequence[Step], feeds: Sequence[Sequence[Document]], publication: Publication) -> Iterator[str]:
    """What directories know the old feed by, and what is read in a podcast alone."""
    own = publication.podcast.guid if publication.podcast else ""
    for guid in dict.fromkeys(documents[0].guid for documents in feeds if documents[0].guid):
        if guid.lower() != own:
            yield f'directories know the old feed by its podcast:guid: set guid = "{guid}" below [podcast] in feed.toml'
    if not own and any(key in step.written for step in steps for key in OF_EPISODES):
        yield "what the drafts say of themselves as episodes is read where feed.toml has a table [podcast]"


def _leads_to(address: str, post: Post, publication: Publication) -> bool:
    """Whether who goes to an address comes to the post."""
    kept = [post.canonical_url, *(publication.url + alias for alias in post.aliases)]
    return not link_keys([address]).isdisjoint(link_keys(kept))
