"""Hidden posts, looked for in all that published posts say. It costs what is looked for, once posts are indexed."""

import re
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import islice
from typing import NamedTuple

from dateline.build import BuildContext, Progress
from dateline.content.urls import page_key
from dateline.embargo.hidden_posts import Secret
from dateline.embargo.runs import Cover, Run, blocks, digest_of, places, shared, windows
from dateline.embargo.texts import Said, addresses, fingerprint, heading, published
from dateline.model import Entry
from dateline.parallel import map_in_order
from dateline.render.html import fill_slots

OFTEN = 3  # published posts in which a text has to stand to be one that everybody may know, like a footer
SETTINGS = 0  # in place of the number of a post: what feed.toml says of the publication
CHUNK = 50  # posts that are indexed in one go
WORTHWHILE = 500  # posts; to index fewer takes less time than to start processes

_Indexed = tuple[int, int, int, bytes, str]


class Index(NamedTuple):
    """Published posts, by number in the order in which they came out: what each shows, and digests of what it says.

    `notes` are those that are but a note on another one.
    """

    shown: Mapping[int, int]
    digests: Mapping[int, bytes]
    notes: Collection[int]


class Case:
    """A secret, and what was found of it: in which posts runs of its text stand, and in which its address or id."""

    def __init__(self, secret: Secret) -> None:
        self.secret = secret
        self.cover = Cover(len(secret.text), OFTEN)
        self.windows = windows(secret.text)
        self.runs: dict[int, list[Run]] = {}
        self.named: dict[int, str] = {}

    def leaks(self) -> Iterator[tuple[int, Run]]:
        """The posts that say what is not public, each with the first such run."""
        for number, runs in self.runs.items():
            told = next((hidden for run in runs if (hidden := self.cover.hides(run))), None)
            if told:
                yield number, told


def unproven(desk: BuildContext, numbers: Collection[int] | None) -> dict[int, int]:
    """The published posts, of `numbers` or of all, that are not in the index as they are now, with what they show.

    What is in the index was looked through for every hidden post; what is published no longer is taken out of it.
    """
    catalogue, compared = desk.cache, f"{desk.publication.content} {desk.publication.pages}"
    with catalogue.transaction():
        if catalogue.metadata("compared") != compared:
            catalogue.texts.forget()
            catalogue.set_metadata("compared", compared)
        shown, kept = _shown(desk, numbers), catalogue.texts.shown()
        catalogue.texts.forget_digests([number for number in kept if number not in shown])
    return {number: key for number, key in shown.items() if kept.get(number) != key}


def _shown(desk: BuildContext, numbers: Collection[int] | None) -> dict[int, int]:
    out = desk.cache.published
    shown = {number: key for number, _, key in out.oldest_first(desk.now)}
    shown |= out.entry_keys_by_number(desk.now, [number for number in out.corrections(desk.now) if number not in shown])
    return {number: key or 0 for number, key in shown.items() if numbers is None or number in numbers}


def index(desk: BuildContext, numbers: Collection[int] | None, progress: Progress) -> Index:
    """The index of published posts, of `numbers` or of all, brought up to date."""
    shown = _shown(desk, numbers)
    kept = {number: digests for number, key, digests in desk.cache.texts.digests() if shown.get(number) == key}
    made = renew(desk, {number: key for number, key in shown.items() if number not in kept}, progress)
    return Index(shown, kept | made, frozenset(desk.cache.published.corrections(desk.now)))


def renew(desk: BuildContext, posts: Mapping[int, int], progress: Progress) -> dict[int, bytes]:
    """Put posts, by number with what they show, into the index; gives their digests."""
    executor = desk.jobs.executor(worthwhile=len(posts) >= WORTHWHILE)
    found: dict[int, bytes] = {}
    for done, indexed in enumerate(map_in_order(executor, _indexed, _chunks(desk, [*posts.items()]))):
        progress("comparing", done * CHUNK, len(posts))
        with desk.cache.transaction():
            desk.cache.texts.keep(indexed)
        found.update((number, digests) for number, *_, digests, _ in indexed)
    return found


def said_by(desk: BuildContext, number: int) -> Said:
    """What is published of a post."""
    entry = _entry(desk, number)
    return published(entry, whole=_is_whole(desk, entry))


def _entry(desk: BuildContext, number: int) -> Entry:
    (entry,) = desk.cache.entries.get([number], fill_slots)
    return entry


def _is_whole(desk: BuildContext, entry: Entry) -> bool:
    """Whether the text of a post is published: in feeds, or on a page of its own."""
    has_page = desk.publication.pages and not entry.post.part and entry.post.url == entry.post.canonical_url
    return has_page or desk.publication.content == "full"


def _chunks(desk: BuildContext, missing: Sequence[tuple[int, int]]) -> Iterator[list[tuple[int, int, Entry, bool]]]:
    rest = iter(missing)
    while chunk := [(number, key, _entry(desk, number)) for number, key in islice(rest, CHUNK)]:
        yield [(number, key, entry, _is_whole(desk, entry)) for number, key, entry in chunk]


def _indexed(chunk: Sequence[tuple[int, int, Entry, bool]]) -> list[_Indexed]:
    found = []
    for number, key, entry, whole in chunk:
        said = published(entry, whole=whole)
        html = fingerprint(entry.html if whole else "")
        found.append((number, key, html, said.digests().tobytes(), said.text))
    return found


def search(desk: BuildContext, secrets: Iterable[Secret], posts: Index) -> list[Case]:
    """Look for secrets in published posts and in what feed.toml says of the publication."""
    cases = [Case(secret) for secret in secrets]
    told, digests = heading(desk.publication), _digests(cases)
    _compare(cases, SETTINGS, told.text, digests)
    _find(cases, SETTINGS, addresses(told.raw))
    wanted = _addresses(cases)
    # Whatever is found often is looked for no longer, so the order is always the same, and one that seldom changes.
    candidates = {number for number, found in posts.digests.items() if not digests.isdisjoint(_numbers(found))}
    for number in posts.shown if candidates else ():
        if number not in candidates or digests.isdisjoint(found := _numbers(posts.digests[number])):
            continue
        if not wanted.isdisjoint(found):
            _find(cases, number, addresses(said_by(desk, number).raw))
        # What a note says stands in its post as well, and that makes one post.
        if _compare(cases, number, desk.cache.texts.of(number), digests, counts=number not in posts.notes):
            digests = _digests(cases)
    for case in cases:
        _find_id(desk, case, posts)
    return cases


def met(desk: BuildContext, cases: Iterable[Case]) -> list[str]:
    """The documents, of those that were looked through, in which something of secrets may stand.

    An id that is no address has no digest, so it may stand in any.
    """
    cases = [*cases]
    digests, documents = _digests(cases), desk.cache.documents
    if any(case.secret.id for case in cases):
        return [*documents.keys()]
    return [path for path, found in documents.digests() if not digests.isdisjoint(_numbers(found))]


def mentions(desk: BuildContext, secrets: Iterable[Secret], posts: Index) -> dict[int, list[int]]:
    """The published posts that say the titles of secrets, by the numbers of both.

    Those that many posts say are left out: they are no secrets.
    """
    titles = [(secret.number, secret.title) for secret in secrets if secret.title]
    found: dict[int, list[int]] = {number: [] for number, _ in titles}
    for number, text in desk.cache.texts.all() if titles else ():
        for of, title in titles:
            if title in text and number in posts.shown and re.search(rf"(?<!\w){re.escape(title)}(?!\w)", text):
                found[of].append(number)
    return {of: sorted(numbers) for of, numbers in found.items() if len(numbers) < OFTEN}


def naming(desk: BuildContext, uris: Collection[str], posts: Index) -> int | None:
    """A published post in which one of some addresses stands."""
    wanted = frozenset(map(page_key, uris))
    digests = {digest_of(uri) for uri in wanted}
    for number in posts.shown:
        if not digests.isdisjoint(_numbers(posts.digests[number])) and wanted & addresses(said_by(desk, number).raw):
            return number
    return None


def _numbers(digests: bytes) -> "array[int]":
    return array("I", digests)


def _addresses(cases: Iterable[Case]) -> set[int]:
    return {digest_of(uri) for case in cases for uri in case.secret.addresses}


def _digests(cases: Sequence[Case]) -> set[int]:
    found = _addresses(cases)
    for case in cases:
        found.update(case.windows)
    return found


def _compare(cases: Iterable[Case], number: int, text: str, digests: Collection[int], *, counts: bool = True) -> bool:
    """Note which runs of the secrets stand in a text; gives whether more of them is public now, if that counts."""
    at = places(blocks(text), digests)
    more = False
    for case in cases if at else ():
        runs = shared(text, case.secret.text, at) if case.secret.text else []
        if runs:
            case.runs[number] = runs
            if counts and case.cover.count(runs):
                case.windows = windows(case.secret.text, case.cover.hidden())
                more = True
    return more


def _find(cases: Iterable[Case], number: int, found: Collection[str]) -> None:
    for case in cases:
        for uri in sorted(case.secret.addresses.intersection(found)):
            case.named.setdefault(number, uri)


def _find_id(desk: BuildContext, case: Case, posts: Index) -> None:
    """Look for an id that is no address: as the whole of a title or tag, or of an element or attribute of HTML."""
    id = case.secret.id
    if id is None:
        return
    whole = {number for number, text in desk.cache.texts.all() if id in text and id in text.split("\n")}
    inside = {*desk.cache.renderings.with_html(*forms(id))}
    for number in posts.shown:
        if number in whole or (number in inside and _is_whole(desk, _entry(desk, number))):
            case.named.setdefault(number, id)
    if id in heading(desk.publication).text.split("\n"):
        case.named.setdefault(SETTINGS, id)


def forms(id: str) -> tuple[str, str]:
    """How HTML holds an id as the whole of an attribute or an element."""
    return f'"{escape(id)}"', f">{escape(id, quote=False)}<"
