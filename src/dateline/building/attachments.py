"""Attach the media that the front matter of a post names: its picture, enclosures and transcripts."""

from urllib.parse import urlsplit

from dateline.building.link_resolver import LinkResolver, ResolvedLink
from dateline.building.lookup import Lookup
from dateline.cache.entry_tables import MediaInfo
from dateline.content.media import media_type_of
from dateline.content.urls import is_address
from dateline.errors import InputError, quoted
from dateline.model import Attached, Enclosure, Medium, Picture, Post, Reference, Transcript

# What media types with a duration begin with.
TIMED_MEDIA = ("audio/", "video/")
ROUNDING = 2  # pixels by which the height of another size of a picture may be off


def attach(post: Post, resolver: LinkResolver) -> tuple[Attached, list[ResolvedLink], list[tuple[Medium, InputError]]]:
    """Return the media of an entry and their links; or, if some are wrong, no media but the errors."""
    links: dict[Medium, ResolvedLink] = {}
    wrong: list[tuple[Medium, InputError]] = []
    listed: set[str] = set()
    for medium in post.media:
        try:
            links[medium] = _resolve(medium, resolver, listed)
        except InputError as error:
            if medium is not post.image or medium.key == "image":  # its other names are those of other tools
                wrong.append((medium, error))
    if wrong:
        return Attached(), [], wrong
    transcripts = post.episode.transcripts if post.episode else ()
    picture, sizes = _picture(post, links[post.image], resolver) if post.image in links else (None, [])
    attached = Attached(
        image=picture,
        enclosures=tuple(_enclosure(post, medium, links[medium], resolver.lookup) for medium in post.enclosures),
        transcripts=tuple(Transcript(links[medium].url, medium.media_type or "") for medium in transcripts),
    )
    return attached, [*links.values(), *sizes], []


def _resolve(medium: Medium, resolver: LinkResolver, listed: set[str]) -> ResolvedLink:
    """Return where a medium is; add an enclosure to the URLs that are `listed`. Raises InputError."""
    link = resolver.resolve(Reference(medium.target, True, medium.key))
    name = f"{medium.key}: {quoted(medium.target)}"
    if link.media is None and not is_address(medium.target):
        raise InputError(f"{name} is not a file", "write the path of one, or an address")
    if medium.key == "enclosure":
        if link.media is not None and not resolver.lookup.size(link.media):
            raise InputError(f"{name} is empty", "put the whole file there")
        if link.url in listed:  # readers would show it twice
            raise InputError(f"{name} is listed twice", "remove one")
        listed.add(link.url)
    return link


def _picture(post: Post, link: ResolvedLink, resolver: LinkResolver) -> tuple[Picture, list[ResolvedLink]]:
    """Return a picture, and links to the other sizes of it that pages show."""
    info = _size(link, resolver.lookup)
    media_type = media_type_of(link.media or urlsplit(link.url).path)
    picture = Picture(link.url, post.image_alt, media_type, info.width, info.height)
    if not post.image_on_page or info.width is None:
        return picture, []
    links = {info.width: link}
    for other in resolver.other_sizes(link):
        size = _size(other, resolver.lookup)
        if size.width and _is_same_picture(info, size):
            links.setdefault(size.width, other)
    sizes = tuple((links[width].url, width) for width in sorted(links)) if len(links) > 1 else ()
    return picture._replace(sizes=sizes), [other for other in links.values() if other is not link]


def _is_same_picture(size: MediaInfo, other: MediaInfo) -> bool:
    """Return whether two sizes have one shape; a part of a picture, like a square, is no size of it."""
    if not (size.width and size.height and other.width and other.height):
        return False
    return abs(other.width * size.height / size.width - other.height) <= ROUNDING


def _size(link: ResolvedLink, lookup: Lookup) -> MediaInfo:
    path = link.media or link.static
    return lookup.info(path, "picture") if path else MediaInfo()


def _enclosure(post: Post, medium: Medium, link: ResolvedLink, lookup: Lookup) -> Enclosure:
    path, media_type = link.media, medium.media_type or ""
    # The duration in front matter is that of the episode, which is the first enclosure.
    duration = post.episode.duration if post.episode and medium is post.enclosures[0] else None
    if duration is None and path and media_type.startswith(TIMED_MEDIA):
        duration = lookup.info(path, "recording").duration
    size = lookup.size(path) if path else medium.size
    return Enclosure(link.url, media_type, size or 0, medium.title, duration)
