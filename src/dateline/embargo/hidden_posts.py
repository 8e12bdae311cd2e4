"""Hidden posts: what they say, where they will be, and which files they use."""

import json
import posixpath
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from dateline.build.entries import Desk, renderings
from dateline.build.index import digest
from dateline.cache.posts import Numbered
from dateline.content.scan import STATIC_FOLDER
from dateline.content.urls import atom_id
from dateline.embargo.comparable import RUN, SEPARATOR, address, addresses, name_of_id, one_line, text_of
from dateline.errors import PostError
from dateline.model import Post, Publication, Rendering
from dateline.render import manner

# The fields of a post that nobody may quote while it is hidden, beside its text.
GUARDED_FIELDS: dict[str, Callable[[Post], Iterable[str | None]]] = {
    "summary": lambda post: [post.summary],
    "image": lambda post: [post.image.title] if post.image else [],
    "image_alt": lambda post: [post.image_alt],
    "enclosures": lambda post: [medium.title for medium in post.enclosures],
    "episode": lambda post: (
        [post.episode.title, *(medium.title for medium in post.episode.transcripts)] if post.episode else []
    ),
}
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

    def details(self) -> str:
        """Return what `from_cache` needs beside the post."""
        return json.dumps([[*self.names], self.text, [*self.files], [*self.public_by]], ensure_ascii=False)


def key_of(numbered: Numbered, publication: Publication) -> str:
    """Return the key of a hidden post."""
    return digest((numbered.key, numbered.text_key, manner(publication), publication))


def from_cache(numbered: Numbered, key: str, details: str) -> HiddenPost:
    """Return a hidden post that was searched for before."""
    return HiddenPost(numbered.number, numbered.post, key, *json.loads(details))


def read_hidden(desk: Desk, numbers: Sequence[int]) -> list[HiddenPost]:
    """Return hidden posts. Of one that cannot be rendered, only the names are known. Raises Changed."""
    found: list[HiddenPost] = []
    made: list[tuple[int, str, Rendering]] = []
    publication = desk.publication
    for numbered, rendering, is_new in renderings(desk, numbers, to_serialise=False):
        post, text, files = numbered.post, "", set[str]()
        if not isinstance(rendering, PostError):
            if is_new:
                made.append((numbered.number, numbered.text_key + manner(publication), rendering))
            if post.embargo:
                text, files = _guarded_text(post, rendering), {*_files(post, publication, rendering)}
        key, names = key_of(numbered, publication), _names(post, publication)
        found.append(HiddenPost(numbered.number, post, key, names, text, files))
    with desk.catalogue.transaction():
        desk.catalogue.renderings.keep(made)
    return found


def urls_of(post: Post, publication: Publication) -> tuple[str, ...]:
    """Return where a post will be: on the web, and in a preview there too."""
    on_the_web = publication.url_on_the_web
    return (post.url, on_the_web + post.url.removeprefix(publication.url)) if on_the_web else (post.url,)


def _names(post: Post, publication: Publication) -> set[str]:
    uris = {*urls_of(post, publication), atom_id(publication.id, post.id)}
    if post.link and post.embargo:
        uris.add(post.link)
    names = {*map(address, uris), name_of_id(post.id) or ""}
    return names - {"", address(publication.url)}  # a link to the home page gives nothing away


def _guarded_text(post: Post, rendering: Rendering) -> str:
    fields = [text for texts_of in GUARDED_FIELDS.values() for text in texts_of(post) if text]
    parts = [*text_of(rendering.html).split("\n"), *map(one_line, fields)]
    return SEPARATOR.join(part for part in parts if len(part) >= RUN)


def _files(post: Post, publication: Publication, rendering: Rendering) -> Iterator[str]:
    """Yield the paths in the output of what a post refers to, by the path of a file or by an address."""
    targets = [*(reference.target for reference in rendering.references), *(medium.target for medium in post.media)]
    base = address(publication.url) + "/"
    for uri in addresses(" ".join([rendering.html, *(urljoin(post.url, target) for target in targets)])):
        if uri.startswith(base):
            yield uri.removeprefix(base)
    paths = [*(unquote(urlsplit(target).path) for target in targets), *(medium.target for medium in post.media)]
    for path in paths:
        below = posixpath.normpath(posixpath.join(posixpath.dirname(post.path), path))
        if below.startswith(f"{STATIC_FOLDER}/"):
            yield below.removeprefix(f"{STATIC_FOLDER}/")
