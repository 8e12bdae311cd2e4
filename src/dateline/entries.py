"""Posts ─▶ entries: renders what the catalogue has no rendering of, and resolves what posts refer to."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from pathlib import Path
from urllib.parse import unquote

from dateline.catalogue import Catalogue
from dateline.errors import DatelineError, PostError, Refused, Unreadable
from dateline.model import Entry, Post, Publication
from dateline.reading.posts import read_post
from dateline.reading.sources import file_kind, line_of, read
from dateline.references import Shelf, resolve
from dateline.refresh import Progress
from dateline.render import Reference, Rendering, fill, heading_text, library, render


class Changed(Exception):  # noqa: N818 - no fault: the build begins again
    """A post, at the path that it holds, was edited between being read and being rendered."""

    def error(self) -> PostError:
        """What to tell where it happens again and again."""
        return PostError(str(self), None, "it changes while it is being read", "try again when it is saved")


@dataclass(frozen=True, slots=True)
class Made:
    """Entries, the media that have to be there for them and the post that wants each, and what is wrong."""

    entries: list[Entry] = field(default_factory=list)
    media: dict[str, str] = field(default_factory=dict)
    errors: list[DatelineError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Desk:
    """What is at hand for making entries. Posts at `broken` paths have been reported already."""

    catalogue: Catalogue
    folder: Path
    publication: Publication
    now: datetime
    broken: frozenset[str] = frozenset()


def make_entries(desk: Desk, posts: Iterable[Post], progress: Progress) -> Made:
    """Make an entry of each post, in order; posts in which something is wrong come out as errors."""
    made = Made()
    posts = list(posts)
    for done, post in enumerate(posts):
        progress("rendering", done, len(posts))
        try:
            entry, media = make_entry(desk, post)
        except Refused as refused:
            made.errors.extend(refused.errors)
        else:
            made.entries.append(entry)
            for path in media:
                made.media.setdefault(path, post.path)
    return made


def make_entry(desk: Desk, post: Post) -> tuple[Entry, list[str]]:
    """The entry of a post, and the media that it wants. Raises Refused, or Changed."""
    try:
        rendering = rendering_of(desk, post)
    except PostError as error:
        raise Refused([error]) from None
    shelf = shelf_of(desk, post)
    urls: list[str] = []
    media: list[str] = []
    errors: list[DatelineError] = []
    for reference in rendering.references:
        try:
            resolved = resolve(reference, post, shelf)
        except Unreadable as error:
            line = line_of(desk.folder, post.path, *_spellings(reference))
            errors.append(PostError(post.path, line, error.problem, error.remedy))
        else:
            urls.append(resolved.url)
            media += [resolved.media] if resolved.media else []
    if errors:
        raise Refused(errors)
    html = fill(rendering.html, urls) if desk.publication.content == "full" else ""
    return Entry(post, html, post.summary or rendering.summary or post.title), media


def shelf_of(desk: Desk, post: Post) -> Shelf:
    """What `post` may refer to when it comes out."""
    return Shelf(
        post=desk.catalogue.at,
        kind=lambda path: "broken" if path in desk.broken else file_kind(desk.folder, path),
        base=desk.publication.url,
        now=max(desk.now, post.due),
    )


def rendering_of(desk: Desk, post: Post) -> Rendering:
    """The rendering of a post, made now or before."""
    prefix = hashlib.blake2b(post.id.encode(), digest_size=4).hexdigest()
    smart = desk.publication.smart_quotes
    if smart is None:
        smart = post.language.split("-")[0] == "en"
    manner = f" {prefix} {smart} {library(desk.publication.markdown)}"
    rendering = desk.catalogue.rendering(post.path, manner)
    if rendering is None:
        rendering = _render(desk, post, prefix, smart)
        desk.catalogue.keep_rendering(post.path, manner, rendering)
    return rendering


def _render(desk: Desk, post: Post, prefix: str, smart: bool) -> Rendering:
    source, _, bytes_digest = read(desk.folder, post.path)
    if desk.catalogue.key(post.path) != f"{bytes_digest} {desk.catalogue.about('settings')}":
        raise Changed(post.path)
    _, body = read_post(source, desk.publication, heading_text)
    try:
        return render(body.text, engine=desk.publication.markdown, footnote_prefix=prefix, smart_quotes=smart)
    except Unreadable as error:
        line = line_of(desk.folder, post.path, error.culprit) or body.line
        raise PostError(post.path, line, error.problem, error.remedy) from None


def _spellings(reference: Reference) -> tuple[str, ...]:
    """How a reference may stand in the Markdown that it came from."""
    target = reference.target
    return target, escape(target), unquote(target), target.rpartition("/")[2]
