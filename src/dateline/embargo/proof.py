"""Prove that nothing that is published gives a hidden post away.

The cache keeps what published posts and documents say, and which hidden posts were searched for. One rule makes a build
with a cache find what one without it does: each of these texts was searched for each of these hidden posts, in vain.
So a hidden post that is new or has changed is searched for in all texts, and such a text for all hidden posts.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from urllib.parse import quote

from dateline.building import BuildContext
from dateline.content.urls import INDEX_PAGE, page_key
from dateline.embargo import findings
from dateline.embargo.comparable import (
    RUN,
    Comparable,
    comparable_entry,
    comparable_feed,
    comparable_page,
    comparable_settings,
)
from dateline.embargo.hidden_posts import HiddenPost, from_cache, key_of, read_hidden
from dateline.embargo.search import OFTEN, Hit, Search
from dateline.errors import BuildError, Problem
from dateline.feed_content import feed_html
from dateline.hashing import checksum
from dateline.model import Entry
from dateline.output import Output
from dateline.parallel import map_in_order
from dateline.paths import SETTINGS_FILE
from dateline.render.html import fill_slots

SETTINGS = 0  # feed.toml, among the numbers of posts
CHUNK = 50  # posts compared at a time
WORTHWHILE = 500  # posts; to compare fewer takes less time than to start processes


def guard(
    context: BuildContext,
    hidden: Sequence[int],
    shown: Collection[int] | None,
    outputs: Sequence[Output],
    output: Path,
) -> tuple[list[Output], list[Problem]]:
    """Return outputs that are searched for `hidden` posts when they are written, and notes on titles.

    `shown` are the numbers of the posts that some feed shows, None for all. Raises BuildError if a published post or
    the name of a file gives a hidden post away, and PostChangedError.
    """
    static = {item.path: item.origin for item in outputs if item.is_static}
    proof = _Proof(context, output, _published(context, shown), static)
    proof.check_posts(hidden)
    proven = context.cache.document_texts.keys()
    context.cache.document_texts.forget(proven.keys() - {item.path for item in outputs if item.work})
    return [
        item._replace(proof=partial(proof.check_document, item), is_proven=proven.get(item.path) == item.key)
        if item.work
        else item
        for item in outputs
    ], proof.notes


def _published(context: BuildContext, shown: Collection[int] | None) -> dict[int, str]:
    """Return the published posts by number, with the key of what they show: oldest first, then corrections."""
    out, publication = context.cache.published, context.publication
    keys = {number: key for number, _, key in out.oldest_first(context.now, on_site=True)}
    keys |= out.entry_keys_by_number(
        context.now, [number for number in out.corrections(context.now) if number not in keys]
    )
    end = f" {publication.content} {publication.pages}"
    return {number: f"{key}{end}" for number, key in keys.items() if shown is None or number in shown}


class _Proof:
    """The proof for one build. `static` are the sources of the files of _static, by their paths in the output."""

    def __init__(
        self, context: BuildContext, output: Path, published: Mapping[int, str], static: Mapping[str, str]
    ) -> None:
        self.notes: list[Problem] = []
        self._context = context
        self._cache = context.cache
        self._output = output
        self._published = published
        self._static = static
        self._static_at: dict[str, list[str]] = {}  # several may have one address: that of "a b" is that of "a%20b"
        for path in static:
            self._static_at.setdefault(page_key(context.publication.url + path), []).append(path)
        self._hidden: dict[int, HiddenPost] = {}
        self._reported: set[int] = set()

    def check_posts(self, numbers: Sequence[int]) -> None:
        """Search published posts, feed.toml and the names of files for the hidden posts with these numbers.

        Raises BuildError where something is found, and PostChangedError.
        """
        searched = self._cache.hidden_posts.searched()
        known = self._known(numbers, searched)
        quoted, mentioned = self._search_changed(known)
        fresh = read_hidden(self._context, [number for number in numbers if number not in known or number in quoted])
        hidden_posts = sorted([*known.values(), *fresh], key=lambda hidden: hidden.post.path)
        self._hidden = {hidden.number: hidden for hidden in hidden_posts}
        errors = self._search_all(fresh) if fresh else []
        errors += chain.from_iterable(map(self._check_files, hidden_posts))
        if errors:
            raise BuildError(dict.fromkeys(errors))  # a correction is in its post too
        titles = {number: title for number, (_, title, _) in searched.items()}
        mentioned |= {hidden.number for hidden in fresh if hidden.post.title != titles.get(hidden.number)}
        self._note_titles([hidden for hidden in hidden_posts if hidden.number in mentioned])

    def _known(self, numbers: Sequence[int], searched: Mapping[int, tuple[str, str, str]]) -> dict[int, HiddenPost]:
        """Return the hidden posts that are as they were when they were searched for; forget the others."""
        found: dict[int, HiddenPost] = {}
        for post in self._cache.posts.get([number for number in numbers if number in searched]):
            key, _, details = searched[post.number]
            hidden = from_cache(post, key, details)
            is_public = all(self._published.get(number) == shown for number, shown in hidden.public_by)
            if key == key_of(post, self._context.publication) and is_public:
                found[post.number] = hidden
        self._cache.hidden_posts.forget(searched.keys() - found.keys())
        return found

    def _search_changed(self, known: Mapping[int, HiddenPost]) -> tuple[set[int], set[int]]:
        """Search the posts that are not in the cache; return which hidden posts they quote, and which they mention."""
        texts = self._cache.post_texts
        stored = texts.keys()
        texts.forget(stored.keys() - self._published.keys())
        changed = [item for item in self._published.items() if item not in stored.items()]
        search = Search(known.values() if changed else ())
        titles = {number: title for number, hidden in known.items() if (title := hidden.title)}
        quoted: set[int] = set()
        mentioned: set[int] = set()
        executor = self._context.jobs.executor(worthwhile=len(changed) >= WORTHWHILE)
        for done, rows in enumerate(map_in_order(executor, _texts, _tasks(self._context, changed))):
            self._context.progress("comparing", done * CHUNK, len(changed))
            for *_, text in rows if known else ():
                quoted.update(hit.number for hit in search.find(*text))
                mentioned.update(number for number, title in titles.items() if title in text.text)
            with self._cache.transaction():  # both or nothing, or a build that is killed here breaks the rule
                self._cache.hidden_posts.forget(quoted)
                texts.keep(rows)
        return quoted, mentioned

    def _search_all(self, fresh: Sequence[HiddenPost]) -> list[Problem]:
        """Search all that is published for hidden posts; keep those of which nothing is found."""
        cache, search = self._cache, Search(fresh)
        hits = self._hits_in_posts(search)
        errors: list[Problem] = []
        clean: list[HiddenPost] = []
        for hidden in fresh:
            own = hits.get(hidden.number, [])
            if wrong := self._errors(hidden, search, own):
                errors += wrong
            else:
                public_by = {owner: self._published[owner] for owner, _ in own if owner}
                clean.append(hidden._replace(text=search.texts[hidden.number], public_by=public_by.items()))
        self._hidden |= {hidden.number: hidden for hidden in clean}
        with cache.transaction():
            cache.document_texts.forget([path for path, text in cache.document_texts.all() if search.find(*text)])
            cache.hidden_posts.keep(hidden.row() for hidden in clean)
        return errors

    def _hits_in_posts(self, search: Search) -> dict[int, list[tuple[int, Hit]]]:
        """Return what feed.toml and published posts say of each hidden post; what is public is blanked out."""
        corrections = {*self._cache.published.corrections(self._context.now)}
        found: dict[int, list[tuple[int, Hit]]] = {}
        for owner in (SETTINGS, *self._published):
            text = self._cache.post_texts.get(owner) if owner else comparable_settings(self._context.publication)
            hits = search.find(*text)
            for hit in hits:
                found.setdefault(hit.number, []).append((owner, hit))
            if owner not in corrections:  # their posts say the same
                search.count(hits)
        return found

    def _errors(self, hidden: HiddenPost, search: Search, found: Iterable[tuple[int, Hit]]) -> list[Problem]:
        """Return the first error of each kind in each published post."""
        first: dict[tuple[int, str], str] = {}
        for owner, hit in found:
            if shown := search.shown(hit):
                first.setdefault((owner, self._kind(hit)), shown)
        paths = self._paths({owner for owner, _ in first})
        return [
            findings.in_post(self._context, paths[owner], hidden, kind, shown) for (owner, kind), shown in first.items()
        ]

    def _kind(self, hit: Hit) -> str:
        return findings.kind_of_name(self._context, self._hidden[hit.number], hit.name) if hit.name else "text"

    def _paths(self, numbers: Collection[int]) -> dict[int, str]:
        paths = {row.number: row.post.path for row in self._cache.posts.get(numbers)}
        return {SETTINGS: SETTINGS_FILE, **paths} if SETTINGS in numbers else paths

    def _check_files(self, hidden: HiddenPost) -> Iterator[Problem]:
        """Yield what is wrong with files of _static that a hidden post uses, or that are where it will be."""
        publication = self._context.publication
        by_settings = {picture for _, picture in publication.pictures}
        at_its_address = {path for name in hidden.names for path in self._static_at.get(name, ())}
        for path in sorted(at_its_address.union(self._static.keys() & hidden.files)):
            source = self._static[path]
            uris = (page_key(publication.url + path), page_key(publication.url + source))
            if path in at_its_address:
                yield findings.in_file(source, hidden, "page")
            elif source not in by_settings and not any(map(self._cache.post_texts.is_named, uris)):
                yield findings.in_file(source, hidden, "file")

    def _note_titles(self, posts: Sequence[HiddenPost]) -> None:
        """Note where titles of hidden posts are in published ones, except those that many have."""
        titles = [(hidden, title, set[int]()) for hidden in posts if (title := hidden.title)]
        for owner, (text, _) in self._cache.post_texts.all() if titles else ():
            for _, title, owners in titles:
                if title in text and re.search(rf"(?<!\w){re.escape(title)}(?!\w)", text):
                    owners.add(owner)
        for hidden, _, owners in titles:
            paths = self._paths(owners).values() if len(owners) < OFTEN else ()
            title = hidden.post.title
            self.notes += dict.fromkeys(findings.in_post(self._context, path, hidden, "title", title) for path in paths)

    def check_document(self, item: Output, content: bytes) -> list[Problem]:
        """Search a document for all hidden posts; return what is wrong, once for each of them."""
        path, url = item.path, self._context.publication.url + quote(item.path)
        text = (
            comparable_feed(content, item.format, self._known_html) if item.is_feed else comparable_page(content, url)
        )
        hits = self._search.find(*text)
        if item.key and not hits:
            self._cache.document_texts.keep([(path, item.key, 0, self._without_post(text, url))])
        errors: list[Problem] = []
        for hit in hits:
            if hit.number not in self._reported:
                self._reported.add(hit.number)
                file, hidden, shown = str(self._output / path), self._hidden[hit.number], self._search.shown(hit)
                errors.append(findings.in_document(file, item.origin, hidden, self._kind(hit), shown or ""))
        return errors

    @cached_property
    def _search(self) -> Search:
        return Search(self._hidden.values())

    @cached_property
    def _known_html(self) -> set[int]:
        return self._cache.post_texts.html()

    def _without_post(self, page: Comparable, url: str) -> Comparable:
        """Return what the page of a post says beyond the post itself, with the edges of its text."""
        own_text, own_names = self._cache.post_texts.at(url.removesuffix(INDEX_PAGE))
        text = page.text
        for line in own_text.split("\n"):
            if len(line) > 2 * RUN:
                text = text.replace(line, f"{line[: RUN - 1]}\n{line[1 - RUN :]}")
        return Comparable(text, page.names.difference(own_names))


_Task = tuple[int, str, Entry, bool]  # number, key, entry, and whether its text is published


def _tasks(context: BuildContext, posts: Sequence[tuple[int, str]]) -> Iterator[list[_Task]]:
    for start in range(0, len(posts), CHUNK):
        yield [(number, key, *_entry(context, number)) for number, key in posts[start : start + CHUNK]]


def _entry(context: BuildContext, number: int) -> tuple[Entry, bool]:
    """Return an entry, and whether its text is published: in feeds, or on a page of its own."""
    (entry,) = context.cache.entries.get([number], fill_slots)
    post, publication = entry.post, context.publication
    if publication.content == "full":
        entry = entry._replace(html=feed_html(entry))
    has_page = publication.pages and not post.part and post.url == post.canonical_url
    return entry, has_page or publication.content == "full"


def _texts(tasks: Sequence[_Task]) -> list[tuple[int, str, int, Comparable]]:
    return [
        (number, key, checksum(entry.html if has_text else ""), comparable_entry(entry, has_text=has_text))
        for number, key, entry, has_text in tasks
    ]
