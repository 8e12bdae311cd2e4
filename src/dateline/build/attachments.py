"""What a post names in its front matter ─▶ what its entry carries: addresses, and what was read of files."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from dateline.build.links import Resolved, Shelf, resolve
from dateline.content.media_files import media_type_of
from dateline.content.urls import is_address
from dateline.errors import Unreadable, quoted
from dateline.model import Attached, Enclosure, Medium, Picture, Post, Reference, Transcript

# Of what an enclosure may be, what lasts.
LASTING = ("audio/", "video/")


class Measures(NamedTuple):
    """What was read of a file: width and height of a picture, and how many seconds a sound or film plays."""

    width: int | None = None
    height: int | None = None
    duration: int | None = None


class Files(Shelf, Protocol):
    """What there is to refer to, and what files hold."""

    def size(self, path: str) -> int:
        """The size in bytes of a file."""

    def measures(self, path: str, kind: str) -> Measures:
        """What can be read of a file, which is a ``picture`` or a ``recording``."""


def attach(post: Post, files: Files) -> tuple[Attached, list[Resolved], list[tuple[Medium, Unreadable]]]:
    """All that the entry of a post carries beside its text, where that lies, and what is wrong with the rest."""
    found: dict[Medium, Resolved] = {}
    wrong: list[tuple[Medium, Unreadable]] = []
    for medium in post.media:
        try:
            found[medium] = _resolved(medium, post, files)
        except Unreadable as error:
            wrong.append((medium, error))
    wrong += _twice(post, found)
    if wrong:
        return Attached(), [], wrong
    transcripts = post.episode.transcripts if post.episode else ()
    attached = Attached(
        image=_picture(found[post.image], post.image_alt, files) if post.image else None,
        enclosures=tuple(_enclosure(medium, found[medium], post, files) for medium in post.enclosures),
        transcripts=tuple(Transcript(found[medium].url, medium.media_type or "") for medium in transcripts),
    )
    return attached, list(found.values()), []


def _twice(post: Post, found: Mapping[Medium, Resolved]) -> Iterator[tuple[Medium, Unreadable]]:
    """Enclosures that are there already. To readers each would be one more."""
    urls: set[str] = set()
    for medium in post.enclosures:
        if medium in found:
            if found[medium].url in urls:
                yield medium, Unreadable(f"enclosure: {quoted(medium.target)} stands there twice", "remove one")
            urls.add(found[medium].url)


def _resolved(medium: Medium, post: Post, files: Files) -> Resolved:
    """Where a medium lies. Raises Unreadable where that is no file."""
    resolved = resolve(Reference(medium.target, True, medium.key), post, files)
    path = resolved.media
    if path is None:
        if not is_address(medium.target):
            raise Unreadable(f"{medium.key}: {quoted(medium.target)} leads to no file", "name one, or an address")
    elif medium.key == "enclosure" and not files.size(path):
        raise Unreadable(f"{medium.key}: {quoted(medium.target)} is empty", "put the whole file there")
    return resolved


def _picture(resolved: Resolved, alt: str | None, files: Files) -> Picture:
    path = resolved.media
    read = files.measures(path, "picture") if path else Measures()
    media_type = media_type_of(path or urlsplit(resolved.url).path)
    return Picture(resolved.url, alt, media_type, read.width, read.height)


def _enclosure(medium: Medium, resolved: Resolved, post: Post, files: Files) -> Enclosure:
    path, media_type = resolved.media, medium.media_type or ""
    # What is written is of the episode, which is the first.
    written = post.episode.duration if post.episode and medium is post.enclosures[0] else None
    read = None
    if written is None and path and media_type.startswith(LASTING):
        read = files.measures(path, "recording").duration
    size = files.size(path) if path else medium.size
    return Enclosure(resolved.url, media_type, size or 0, medium.title, written or read)
