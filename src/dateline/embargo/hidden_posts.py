"""Hidden posts: what they say, where they will be, and which files they use."""

import json
import posixpath
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from dateline.building import BuildContext
from dateline.building.entries import render_posts
from dateline.cache.entry_tables import RenderingRow, rendering_row
from dateline.cache.serialize import PostRow
from dateline.content.ids import atom_id
from dateline.content.key_values import texts
from dateline.content.scan import STATIC_FOLDER
from dateline.content.urls import page_key
from dateline.embargo.comparable import RUN, SEPARATOR, addresses, name_of_id, one_line, text_of
from dateline.errors import PostError
from dateline.hashing import digest
from dateline.lazy_patterns import lazy_pattern
from dateline.model import Episode, Medium, Post, Publication, Rendering
from dateline.post_roles import GUARDED_FIELDS
from dateline.render import render_key

_ADDRESS = lazy_pattern(r"https?://\S+")
_LONG_TITLE = (4, 20)  # words and characters, at least, of a title that few would write by chance


class HiddenPost(NamedTuple):
    """A hidden post, under a key of everything that this is made from.

    `names` are its addresses and its id, `text` is what nobody may quote, in parts, and `files` are the paths in the
    output of the files that it uses. `public_by` are the published posts, by number with the key of what they show,
    that make a part of its text public, which is blanked out.
    """

    number: int
    post: Post
    key: str
    names: Collection[str]
    text: str
    files: Collection[str]
    public_by: Collection[tuple[int, str]] = ()

    def __str__(self) -> str:
        """Return how messages name it."""
        state = "draft" if self.post.draft else f"post scheduled for {self.post.due:%Y-%m-%d %H:%M}"
        return f"a {state} ({self.post.path})"

    @property
    def title(self) -> str | None:
        """Its title in comparable form, if it is distinctive."""
        title = one_line(self.post.title)
        words, characters = _LONG_TITLE
        return title if len(title.split()) >= words and len(title) >= characters else None

    def row(self) -> tuple[int, str, str, str]:
        """Return the form in which the cache keeps it: number, key, title, and what `from_cache` needs besides."""
        details = [[*self.names], self.text, [*self.files], [*self.public_by]]
        return self.number, self.key, self.post.title, json.dumps(details, ensure_ascii=False)


def key_of(row: PostRow, publication: Publication) -> str:
    """Return the key of a hidden post."""
    return digest((row.key, row.text_key, render_key(publication), publication))


def from_cache(row: PostRow, key: str, details: str) -> HiddenPost:
    """Return a hidden post that was searched for before."""
    return HiddenPost(row.number, row.post, key, *json.loads(details))


def read_hidden(context: BuildContext, numbers: Sequence[int]) -> list[HiddenPost]:
    """Return hidden posts. Of one that cannot be rendered, only the names are known. Raises PostChangedError."""
    found: list[HiddenPost] = []
    made: list[tuple[int, RenderingRow]] = []
    publication = context.publication
    for row, rendering, is_new in render_posts(context, numbers):
        post, text, files = row.post, "", set[str]()
        if not isinstance(rendering, PostError):
            if is_new:
                made.append((row.number, rendering_row(row.text_key + render_key(publication), rendering)))
            if post.embargo:
                text, files = _guarded_text(post, rendering), {*_files(post, publication, rendering)}
        key, names = key_of(row, publication), _names(post, publication)
        found.append(HiddenPost(row.number, post, key, names, text, files))
    with context.cache.transaction():
        context.cache.renderings.keep(made)
    return found


def urls_of(post: Post, publication: Publication) -> tuple[str, ...]:
    """Return where a post will be: on the web, and in a preview there too."""
    on_the_web = publication.url_on_the_web
    return (post.url, on_the_web + post.url.removeprefix(publication.url)) if on_the_web else (post.url,)


def _names(post: Post, publication: Publication) -> set[str]:
    uris = {*urls_of(post, publication), atom_id(publication.id, post.id)}
    if post.embargo:
        uris.update(filter(None, (post.link, post.canonical)))
    names = {*map(page_key, uris), name_of_id(post.id) or ""}
    return names - {"", page_key(publication.url)}  # a link to the home page gives nothing away


def _guarded_text(post: Post, rendering: Rendering) -> str:
    fields = [text for name in GUARDED_FIELDS if name != "extra" for text in _texts_in(getattr(post, name))]
    fields += texts(json.loads(post.extra, parse_int=str, parse_float=str)) if post.extra else ()
    lines = [*text_of(rendering.html).split("\n"), *map(one_line, fields)]
    # What is at an address on the web is no secret, and pages hold many addresses.
    parts = chain.from_iterable(map(_ADDRESS.split, lines))
    return SEPARATOR.join(part for part in parts if len(part) >= RUN)


def _texts_in(value: object) -> Iterator[str]:
    """Yield the texts of a field: a text itself, the titles of media and episodes, and all of these in a list."""
    match value:
        case str():
            yield value
        case Medium():
            yield value.title or ""
        case Episode():
            yield value.title or ""
            yield from _texts_in(value.transcripts)
        case tuple():
            for item in value:
                yield from _texts_in(item)


def _files(post: Post, publication: Publication, rendering: Rendering) -> Iterator[str]:
    """Yield the paths in the output of what a post refers to, by the path of a file or by an address."""
    targets = [*(reference.target for reference in rendering.references), *(medium.target for medium in post.media)]
    base = page_key(publication.url) + "/"
    for uri in addresses(" ".join([rendering.html, *(urljoin(post.url, target) for target in targets)])):
        if uri.startswith(base):
            yield uri.removeprefix(base)
    paths = [*(unquote(urlsplit(target).path) for target in targets), *(medium.target for medium in post.media)]
    for path in paths:
        below = posixpath.normpath(posixpath.join(posixpath.dirname(post.path), path))
        if below.startswith(f"{STATIC_FOLDER}/"):
            yield below.removeprefix(f"{STATIC_FOLDER}/")
