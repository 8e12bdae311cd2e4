"""Read the posts of a folder as they are compared with the entries of a feed; some of them cannot be read."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin

from dateline.content.front_matter_keys import ADDRESSES
from dateline.content.ids import atom_id, slugify, split_date, stem_of
from dateline.content.key_values import Fields
from dateline.content.posts import parse_post, read_post
from dateline.content.scan import path_among_pages, scan
from dateline.content.source import read
from dateline.errors import PostError, Problem
from dateline.formats.items import Item
from dateline.importer.matching import Candidate, candidate, link_keys
from dateline.model import Author, Post, Publication, Source
from dateline.render import beginning


class ExistingPost(NamedTuple):
    """A post, which may lack an author, and a date if there is a `date_error`: the feed may have them.

    A post with other `errors` is refused.
    """

    source: Source
    fields: Fields
    post: Post
    date_error: Problem | None
    errors: tuple[Problem, ...]

    @property
    def is_dated(self) -> bool:
        """Whether the post has a date."""
        return self.date_error is None


Posts = Mapping[str, ExistingPost]


class Folder(NamedTuple):
    """The posts by path, the errors of those that are refused by path, all as candidates, and all errors.

    `pages` are the keys of the links to pages: old feeds may have them as entries.
    """

    posts: dict[str, ExistingPost]
    refused: dict[str, Sequence[Problem]]
    candidates: list[Candidate]
    errors: list[Problem]
    pages: set[str]


def read_folder(folder: Path, publication: Publication, known: Mapping[str, Item]) -> Folder:
    """Read the posts in a folder, as far as they can be read. `known` has entries that some of them are, by path."""
    scanned = scan(folder, publication.output)
    found = Folder({}, {}, [], list(scanned.errors), set())
    for path in sorted(scanned.posts):
        is_page = path_among_pages(path) is not None
        try:
            existing = existing_post(read(folder, path)[0], publication)
        except PostError as error:
            found.refused[path] = error.problems
            own = _candidate_by_name(path, known.get(path))
        else:
            own = _candidate_of(existing, publication, known.get(path))
            if existing.errors:
                found.refused[path] = existing.errors
            elif is_page:
                found.pages.update(link_keys([existing.post.url]))
            else:
                found.posts[path] = existing
        if not is_page:
            found.candidates.append(own)
    found.errors.extend(chain.from_iterable(found.refused.values()))
    return found


def existing_post(source: Source, publication: Publication) -> ExistingPost:
    """Read a post. Raises PostError if the front matter cannot be read, or the file cannot be a post."""
    post, fields = parse_post(source, _with_author(publication), beginning)
    errors = [problem for problem in fields.problems if problem.severity == "error"]
    date_error = next((error for error in errors if error.problem.startswith("date: missing")), None)
    return ExistingPost(source, fields, post, date_error, tuple(error for error in errors if error != date_error))


def read_with_author(source: Source, publication: Publication) -> Post:
    """Read a post, which may lack an author. Raises PostError."""
    return read_post(source, _with_author(publication), beginning)


def _with_author(publication: Publication) -> Publication:
    return publication._replace(authors=publication.authors or (Author("Nobody"),))


def _candidate_of(existing: ExistingPost, publication: Publication, known: Item | None) -> Candidate:
    source, fields, post, *_ = existing
    ids = {post.id, atom_id(publication.id, post.id)}
    if isinstance(guid := fields.get("guid"), str):  # exports from other programs have it
        ids.add(guid)
    written = [value for key in ADDRESSES if isinstance(value := fields.get(key), str)]
    addresses = [post.link, post.related, post.canonical, *(publication.url + alias for alias in post.aliases)]
    for address in written:
        with suppress(ValueError):  # it is none
            addresses.append(urljoin(publication.url, address))
    if known:
        ids.add(known.id)
        addresses.append(known.url)
    elif existing.is_dated:
        addresses.append(post.url)
    slugs = {
        slugify(str(fields.get("slug") or "")),
        slugify(split_date(stem_of(source.path, publication.languages))[1]),
    }
    return candidate(source.path, ids, addresses, slugs, post.name, post.published if existing.is_dated else None)


def _candidate_by_name(path: str, known: Item | None) -> Candidate:
    day, rest = split_date(path.rpartition("/")[2].rpartition(".")[0])
    published = None
    with suppress(ValueError):  # no such day
        published = datetime.fromisoformat(day or "").replace(tzinfo=UTC)
    ids, addresses = ({known.id}, [known.url]) if known else (set[str](), [])
    return candidate(path, ids, addresses, {slugify(rest)}, "", published)
