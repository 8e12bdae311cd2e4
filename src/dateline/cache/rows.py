"""A post file as it is kept. What a Row holds is made in whatever process reads the file."""

from typing import NamedTuple

from dateline.cache.schema import ASIDE, DRAFT, MAIN, WITHDRAWN
from dateline.cache.serialize import encode
from dateline.hashing import checksum
from dateline.model import Post

# What is kept of a post or of an item that a note makes, by these columns.
Values = tuple[str | int, ...]
COLUMNS = """
    path part key head_key text_key id atom_id url canonical_url place day aliases
    published_at updated_at due_at fields seal
""".split()


class Label(NamedTuple):
    """A subject or a person by which posts are collected; `folded` tells two that share a slug apart."""

    kind: str
    slug: str
    name: str
    folded: str


class Before(NamedTuple):
    """What was known of a post file: the key of all of it, that of what the post is made of, and the post."""

    key: str
    head_key: str
    post: Post


class Row(NamedTuple):
    """A post file as it was read, in the form in which it is kept: it is made in whatever process.

    `labels` and `notes`, the values of the items that its notes make, are None where they are as they were.
    """

    path: str
    stamp: str
    values: Values
    labels: tuple[Label, ...] | None
    notes: tuple[Values, ...] | None


def values_of(keys: tuple[str, str, str], post: Post, atom_id: str, labels: tuple[Label, ...] = ()) -> Values:
    """What is kept of a post: `keys` are those of all of its file, of what it is made of, and of its text."""
    values = (
        post.path,
        post.part,
        *keys,
        post.id,
        atom_id,
        post.url,
        post.canonical_url,
        _place(post),
        post.published.date().isoformat(),
        encode(post.aliases),
        int(post.published.timestamp()),
        int(post.updated.timestamp()),
        int(post.due.timestamp()),
        encode(post),
    )
    return (*values, checksum(*values, *sorted(set(labels))))


def _place(post: Post) -> int:
    if post.kept_out:
        return DRAFT if post.draft else WITHDRAWN
    return ASIDE if post.part and not post.notes[0].announced else MAIN
