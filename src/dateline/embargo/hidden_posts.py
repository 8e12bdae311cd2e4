"""Posts that nobody may know of yet: drafts, and posts that are held. What they say, and where they will be."""

import json
import posixpath
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from dateline.build import BuildContext
from dateline.build.entries import render_posts
from dateline.cache.post_tables import PostRow
from dateline.content.ids import atom_id, is_uri
from dateline.content.scan import STATIC_FOLDER
from dateline.content.urls import page_key
from dateline.embargo.runs import RUN, Run
from dateline.embargo.texts import addresses, lines, text_of
from dateline.errors import PostError
from dateline.hashing import digest
from dateline.model import Post, Publication, Rendering
from dateline.render import render_key

SEPARATOR = "\0"  # between parts of a text; published ones have another, so no run goes from part to part
_LONG_ID = 20  # characters
_TITLE = (4, 20)  # words and characters, at least, of a title that few would write by chance


class Secret(NamedTuple):
    """A hidden post: what tells of it. `key` changes with all that this is made of.

    `text` is what it says, empty where nobody needs to guard it; `files` are the places in the output of files that
    it names, and `copied` those of them at which there was one when it was looked for. `public` are the runs of its
    text that stand in many published posts. `witnesses` are published posts, by number with the key of what they
    show, without which something may be a secret that is none now.
    """

    number: int
    post: Post
    key: str
    addresses: frozenset[str]
    text: str
    files: tuple[str, ...]
    copied: tuple[str, ...] = ()
    public: tuple[Run, ...] = ()
    witnesses: tuple[tuple[int, int], ...] = ()

    @property
    def state(self) -> str:
        """Why it is hidden."""
        return "a draft" if self.post.draft else f"held until {self.post.due:%Y-%m-%d %H:%M}"

    @property
    def id(self) -> str | None:
        """Its id where that is no address, and yet nothing that stands in a feed by chance."""
        id = self.post.id
        mixed = any(c.isdigit() for c in id) and any(c.isalpha() for c in id)
        return id if not is_uri(id) and (mixed or len(id) >= _LONG_ID) else None

    @property
    def title(self) -> str | None:
        """Its title, as text to be compared, where it is a distinctive one."""
        title = lines([self.post.title])
        words, characters = _TITLE
        return title if len(title.split()) >= words and len(title) >= characters else None


def secret_key(numbered: PostRow, publication: Publication) -> str:
    """What a secret is made of."""
    return digest((numbered.key, numbered.text_key, render_key(publication), publication))


def read_secrets(desk: BuildContext, numbers: Sequence[int]) -> list[Secret]:
    """The secrets of hidden posts. Of one that cannot be rendered, only where it will be. Raises PostChangedError."""
    secrets: list[Secret] = []
    made: list[tuple[int, str, Rendering]] = []
    for numbered, rendering, is_new in render_posts(desk, numbers, to_serialise=False):
        found = None if isinstance(rendering, PostError) else rendering
        if found and is_new:
            made.append((numbered.number, numbered.text_key + render_key(desk.publication), found))
        secrets.append(_secret(desk, numbered, found))
    with desk.cache.transaction():
        desk.cache.renderings.keep(made)
    return secrets


def own_urls(post: Post, publication: Publication) -> tuple[str, ...]:
    """Where a post will be; in a preview there, and on the web."""
    on_the_web = publication.url_on_the_web
    return (post.url, on_the_web + post.url.removeprefix(publication.url)) if on_the_web else (post.url,)


def hidden_addresses(post: Post, publication: Publication) -> frozenset[str]:
    """Where a hidden post will be, and its id, as addresses. (A link to the home page tells nobody anything.)"""
    uris = {*own_urls(post, publication), atom_id(publication.id, post.id), *([post.id] if is_uri(post.id) else [])}
    if post.link and post.embargo:
        uris.add(post.link)
    return frozenset(map(page_key, uris)) - {page_key(publication.url)}


def _secret(desk: BuildContext, numbered: PostRow, rendering: Rendering | None) -> Secret:
    post, publication = numbered.post, desk.publication
    html = rendering.html if rendering else ""
    text = ""
    if post.embargo:
        titles = [post.episode and post.episode.title, *(medium.title for medium in post.media)]
        told = [text for text in (post.summary, post.image_alt, *titles) if text]
        text = SEPARATOR.join([text_of(html), lines(told)]).replace("\n", SEPARATOR)
    return Secret(
        number=numbered.number,
        post=post,
        key=secret_key(numbered, publication),
        addresses=hidden_addresses(post, publication),
        text=text if any(len(part) >= RUN for part in text.split(SEPARATOR)) else "",
        files=tuple(sorted(set(_files(post, publication, rendering)))) if post.embargo and rendering else (),
    )


def _files(post: Post, publication: Publication, rendering: Rendering) -> Iterator[str]:
    """Places in the output of what the post refers to, whether it names a file or an address."""
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


def packed(secret: Secret) -> str:
    """What was found out about a secret, to be kept."""
    return json.dumps([secret.text, secret.files, secret.copied, secret.public, secret.witnesses], ensure_ascii=False)


def unpacked(numbered: PostRow, publication: Publication, kept: str) -> Secret:
    """A secret of which all was found out before."""
    text, files, copied, public, witnesses = json.loads(kept)
    return Secret(
        number=numbered.number,
        post=numbered.post,
        key=secret_key(numbered, publication),
        addresses=hidden_addresses(numbered.post, publication),
        text=text,
        files=tuple(files),
        copied=tuple(copied),
        public=tuple((start, end) for start, end in public),
        witnesses=tuple((number, shown) for number, shown in witnesses),
    )
