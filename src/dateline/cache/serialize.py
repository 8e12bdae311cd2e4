"""Convert posts, and what belongs to their entries, to JSON and back."""

import json
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar, get_args, get_type_hints

from dateline.cache.sqlite import ASIDE, DRAFT, INVALID, MAIN, PAGE, SITE, WITHDRAWN, CacheDamagedError
from dateline.errors import InputError, Problem
from dateline.hashing import checksum
from dateline.model import Attached, Post, Reference, TemplateCode

T = TypeVar("T")
# The values of a row of posts, by these columns, or of another table.
Values = tuple[str | int | bytes, ...]
COLUMNS = """
    path part key head_key text_key id atom_id url canonical_url status day aliases
    published_at updated_at due_at edition translation_key fields checksum
""".split()

_MOMENTS = Post._fields.index("published")  # then come the other two
_TEXT_KEY, _FIELDS = COLUMNS.index("text_key"), COLUMNS.index("fields")


class Label(NamedTuple):
    """A tag or an author that has a feed of its own. Its spellings have `folded` in common."""

    kind: str
    slug: str
    name: str
    folded: str


class PostFile(NamedTuple):
    """A post file as it was read, by any process, in the form in which the cache stores it.

    `values` is its row of posts, empty if it has not changed; `notes` are the rows of the items that its notes make.
    `link_keys` are the names by which links find it, each with a date or an empty one. `errors` are why the post is
    invalid. `rendering` is the row of a new rendering of its text, or why there is none; if it refers to nothing,
    `entry_key` says that its entry is complete.
    """

    path: str
    stamp: str
    values: Values = ()
    labels: Sequence[Label] = ()
    notes: Sequence[Values] = ()
    link_keys: Sequence[tuple[str, str]] = ()
    errors: Sequence[Problem] = ()
    rendering: Values | InputError = ()
    entry_key: int | None = None

    @property
    def text_key(self) -> str:
        """The key of its text."""
        return str(self.values[_TEXT_KEY])

    @property
    def fields(self) -> str:
        """The post as it was encoded."""
        return str(self.values[_FIELDS])


class PostRow(NamedTuple):
    """A post, its number in the cache, the keys of its file, front matter and text, and the post as it was encoded."""

    number: int
    key: str
    head_key: str
    text_key: str
    fields: str
    post: Post


def post_values(
    keys: tuple[str, str, str],
    post: Post,
    atom_id: str,
    labels: Collection[Label] = (),
    link_keys: Collection[tuple[str, str]] = (),
    *,
    is_valid: bool = True,
) -> Values:
    """Return the row of a post. `keys` are those of its file, of its front matter, and of its text."""
    if not is_valid and not post.draft:
        status = INVALID
    elif post.kept_out:
        status = DRAFT if post.draft else WITHDRAWN
    elif not post.in_feeds:
        status = PAGE if post.is_page else SITE
    else:
        status = ASIDE if post.part and not post.notes[0].announced else MAIN
    dates = _of_moments(post, datetime.isoformat)
    values = (
        post.path,
        post.part,
        *keys,
        post.id,
        atom_id,
        post.url,
        post.canonical_url,
        status,
        dates[0][:10],
        encode(post.aliases) if post.aliases else "[]",
        *_of_moments(post, _seconds),
        post.edition,
        post.translation_key,
        encode((*post[:_MOMENTS], *dates, *post[_MOMENTS + len(dates) :])),
    )
    return (*values, row_checksum(values, labels, link_keys))


def _of_moments(post: Post, of: Callable[[datetime], T]) -> tuple[T, T, T]:
    """Return what a function makes of `published`, `updated` and `due`, which are one object in most posts."""
    first = of(post.published)
    updated = first if post.updated is post.published else of(post.updated)
    return first, updated, first if post.due is post.published else of(post.due)


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def row_checksum(values: Values, labels: Collection[Label], link_keys: Collection[tuple[str, str]]) -> int:
    """Return the checksum of a row of posts, without that, and of the labels and link keys that belong to it."""
    return checksum(*values, *map("\n".join, sorted(labels)), *map("\n".join, sorted(link_keys)))


_decode = json.JSONDecoder().decode
encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, default=datetime.isoformat).encode


def encode_list(values: Sequence[object]) -> str:
    """Return values as a JSON array. Of what belongs to entries, most are empty, and calling the encoder takes 1 µs."""
    return encode(values) if values else "[]"


def _decoder(hint: Any) -> Callable[[Any], Any] | None:
    """Return what turns JSON into a value of this type; None if that is what JSON gives already."""
    types = [argument for argument in get_args(hint) if argument not in (type(None), ...)]
    if hint is datetime:
        return datetime.fromisoformat
    if hasattr(hint, "_make"):
        decoders = [
            (at, decode) for at, field in enumerate(get_type_hints(hint).values()) if (decode := _decoder(field))
        ]

        def decode_fields(values: list[Any]) -> Any:
            for at, decode in decoders:
                if values[at] is not None:
                    values[at] = decode(values[at])
            return hint._make(values)

        return decode_fields
    decode_item = _decoder(types[0]) if types else None
    if getattr(hint, "__origin__", None) is tuple:
        return (lambda values: tuple(map(decode_item, values))) if decode_item else tuple
    return decode_item


def _loader(hint: Any) -> Callable[[str], Any]:
    decode = _decoder(hint)

    def load(text: str) -> Any:
        try:
            values = _decode(text)
            return decode(values) if decode else values
        except (ValueError, TypeError, LookupError):
            raise CacheDamagedError from None

    return load


# What was encoded as a value of one type. Each raises CacheError if the text is not that.
decode_post: Callable[[str], Post] = _loader(Post)
decode_attached: Callable[[str], Attached] = _loader(Attached)
decode_references: Callable[[str], tuple[Reference, ...]] = _loader(tuple[Reference, ...])
decode_template_code: Callable[[str], tuple[TemplateCode, ...]] = _loader(tuple[TemplateCode, ...])
decode_texts: Callable[[str], tuple[str, ...]] = _loader(tuple[str, ...])
