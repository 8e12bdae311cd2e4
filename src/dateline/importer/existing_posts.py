"""Read the posts of a folder as they are compared with the entries of a feed; some of them cannot be read."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin

from dateline.content.dates import read_date
from dateline.content.edit import source_with_keys
from dateline.content.front_matter import split
from dateline.content.ids import atom_id, slugify, split_date, stem_of
from dateline.content.key_values import Fields
from dateline.content.posts import read_post
from dateline.content.scan import scan
from dateline.content.source import read
from dateline.errors import InputError, PostError, Problem
from dateline.importer.matching import Candidate, candidate
from dateline.model import Author, Post, Publication, Source
from dateline.render import heading_text

# The keys of front matter that hold the date of publication, and the address, in some tool.
DATES = ("date", "publishdate")
ADDRESSES = ("permalink", "url")


class ExistingPost(NamedTuple):
    """A post, which may lack an author and, if it is not `is_dated`, a date: the feed may have them."""

    source: Source
    fields: Fields
    post: Post
    is_dated: bool


class RefusedPost(NamedTuple):
    """A post that cannot be read, with the keys that can, if there are any."""

    path: str
    fields: Fields | None
    error: PostError


Posts = Mapping[str, ExistingPost]


def read_posts(
    folder: Path, publication: Publication
) -> tuple[dict[str, ExistingPost], dict[str, RefusedPost], list[Problem]]:
    """Return all posts by path, those that cannot be read, and the errors."""
    found = scan(folder)
    errors = list(found.errors)
    posts: dict[str, ExistingPost] = {}
    refused: dict[str, RefusedPost] = {}
    for path in sorted(found.posts):
        fields = None
        try:
            source = read(folder, path)[0]
            fields, _ = split(source)
            posts[path] = existing_post(source, fields, publication)
        except PostError as error:
            errors += error.problems
            refused[path] = RefusedPost(path, fields, error)
    return posts, refused, errors


def existing_post(source: Source, fields: Fields, publication: Publication) -> ExistingPost:
    """Read a post. Raises PostError if more than an author or a date is wrong with it."""
    try:
        return ExistingPost(source, fields, read_with_author(source, publication), True)
    except PostError as error:
        if error.problem.problem != "date: missing":
            raise
    with_date = source_with_keys(source, {"date": "2000-01-01"})
    return ExistingPost(source, fields, read_with_author(with_date, publication), False)


def read_with_author(source: Source, publication: Publication) -> Post:
    """Read a post, which may lack an author."""
    return read_post(source, publication._replace(authors=publication.authors or (Author("Nobody"),)), heading_text)


def candidate_of(existing: ExistingPost, publication: Publication) -> Candidate:
    """Return a post in the form in which it is compared."""
    source, fields, post, is_dated = existing
    ids = {post.id, atom_id(publication.id, post.id)}
    if isinstance(guid := fields.get("guid"), str):  # exports from other programs have it
        ids.add(guid)
    written = [value for key in ADDRESSES if isinstance(value := fields.get(key), str)]
    addresses = [post.link, *(publication.url + alias for alias in post.aliases)]
    addresses += [urljoin(publication.url, address) for address in written]
    addresses += [post.url] if is_dated else []
    slugs = {slugify(str(fields.get("slug") or "")), slugify(split_date(stem_of(source.path))[1])}
    return candidate(source.path, ids, addresses, slugs, post.title, post.published if is_dated else None)


def candidate_of_refused(refused: RefusedPost, publication: Publication) -> Candidate:
    """Return a post that cannot be read in the form in which it is compared."""
    path, fields, _ = refused
    values = fields.values if fields else {}
    texts = {
        key: value if isinstance(value := values.get(key), str) else ""
        for key in ("id", "guid", "slug", "title", "date", *ADDRESSES)
    }
    name = path.rpartition("/")[2].partition(".")[0]
    day, rest = split_date(name)
    published = None
    with suppress(InputError):
        published = read_date(texts["date"] or day or "", publication.timezone, publication.default_time).moment
    addresses = [urljoin(publication.url, texts[key]) for key in ADDRESSES if texts[key]]
    return candidate(
        path,
        {texts["id"], texts["guid"]},
        addresses,
        {slugify(texts["slug"]), slugify(rest)},
        texts["title"],
        published,
    )
