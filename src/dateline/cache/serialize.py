"""Posts, and what is attached to their entries, as the cache keeps them: text from which they can be made again."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from dateline.cache.sqlite import ASIDE, DRAFT, MAIN, WITHDRAWN, CacheDamagedError
from dateline.hashing import checksum
from dateline.model import Attached, Author, Enclosure, Episode, Medium, Note, Picture, Post, Transcript, Withdrawal

# The values of a row of posts, by these columns.
Values = tuple[str | int, ...]
COLUMNS = """
    path part key head_key text_key id atom_id url canonical_url place day aliases
    published_at updated_at due_at fields checksum
""".split()


class Label(NamedTuple):
    """A tag or an author that has a feed of its own. Two that share a slug differ in `folded`."""

    kind: str
    slug: str
    name: str
    folded: str


class PostFile(NamedTuple):
    """A post file as it was read, by any process, in the form in which it is kept.

    `values`, its row of posts, `labels`, and `notes`, the rows of the items that its notes make, are None if they have
    not changed.
    """

    path: str
    stamp: str
    values: Values | None = None
    labels: tuple[Label, ...] | None = None
    notes: tuple[Values, ...] | None = None


def post_values(keys: tuple[str, str, str], post: Post, atom_id: str, labels: tuple[Label, ...] = ()) -> Values:
    """Return the row of a post. `keys` are those of its whole file, of its front matter, and of its text."""
    if post.kept_out:
        place = DRAFT if post.draft else WITHDRAWN
    else:
        place = ASIDE if post.part and not post.notes[0].announced else MAIN
    values = (
        post.path,
        post.part,
        *keys,
        post.id,
        atom_id,
        post.url,
        post.canonical_url,
        place,
        post.published.date().isoformat(),
        encode(post.aliases),
        int(post.published.timestamp()),
        int(post.updated.timestamp()),
        int(post.due.timestamp()),
        encode(post),
    )
    return (*values, checksum(*values, *sorted(set(labels))))


encode = json.JSONEncoder(ensure_ascii=False, default=datetime.isoformat).encode


def _decode_note(values: list[Any]) -> Note:
    kind, date, published, *rest = values
    return Note(kind, date, datetime.fromisoformat(published), *rest)


def _decode_withdrawal(values: list[Any]) -> Withdrawal:
    moment, reason = values
    return Withdrawal(datetime.fromisoformat(moment), reason)


def _decode_media(values: list[list[Any]]) -> tuple[Medium, ...]:
    return tuple(Medium(*medium) for medium in values)


def _decode_episode(values: list[Any]) -> Episode:
    *rest, transcripts = values
    return Episode._make([*rest, _decode_media(transcripts)])


# Fields of posts that JSON does not give back as they were.
_DECODERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("published", "updated", "due"), datetime.fromisoformat),
    **dict.fromkeys(("tags", "aliases"), tuple),
    "authors": lambda values: tuple(Author(*author) for author in values),
    "notes": lambda values: tuple(map(_decode_note, values)),
    "withdrawn": _decode_withdrawal,
    "image": lambda values: Medium(*values),
    "enclosures": _decode_media,
    "episode": _decode_episode,
}
_PLACES = [(Post._fields.index(name), decode) for name, decode in _DECODERS.items()]


def decode_post(text: str) -> Post:
    """Return the post that was encoded. Raises CacheError."""
    try:
        values = json.loads(text)
        for place, decode in _PLACES:
            if values[place] is not None:
                values[place] = decode(values[place])
        return Post._make(values)
    except (ValueError, TypeError, LookupError):
        raise CacheDamagedError from None


def encode_attached(attached: Attached) -> str:
    """Return the media of an entry as text; empty if there are none."""
    return encode(attached) if any(attached) else ""


def decode_attached(text: str) -> Attached:
    """Return what was encoded."""
    if not text:
        return Attached()
    image, enclosures, transcripts = json.loads(text)
    return Attached(
        Picture(*image) if image else None,
        tuple(Enclosure(*enclosure) for enclosure in enclosures),
        tuple(Transcript(*transcript) for transcript in transcripts),
    )
