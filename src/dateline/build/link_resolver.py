"""Resolve what a post refers to: other posts, files to publish with it, and addresses on the web."""

import os
import posixpath
import time
from typing import NamedTuple
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from dateline.build import BuildContext
from dateline.cache.entry_tables import Dependency, MediaInfo
from dateline.content import media
from dateline.content.config import SETTINGS_FILE
from dateline.content.scan import STATIC_FOLDER, UNSETTLED, index_files, is_post_file, settled, stamp_of
from dateline.content.source import file_kind
from dateline.content.urls import is_address
from dateline.errors import InputError, quoted
from dateline.model import Attached, Enclosure, Medium, Picture, Post, Reference, Transcript

# How the media types begin that have a duration.
TIMED_MEDIA = ("audio/", "video/")
# Endings of pages on the web, which few files among posts have.
_PAGES = (".html", ".htm", ".php", ".asp", ".aspx", ".xhtml")


class ResolvedLink(NamedTuple):
    """Where a reference leads. `media` is the file, below the folder of posts, that has to be published for it.

    `taken_for_address`: it could have named a file, but there is none.
    """

    url: str
    media: str | None = None
    taken_for_address: bool = False


class LinkResolver:
    """Resolves the references of a post, as of when it is published, and records what they depend on."""

    def __init__(self, context: BuildContext, post: Post) -> None:
        self.dependencies: dict[str, Dependency] = {}
        self.media_info: list[tuple[str, str, str, MediaInfo]] = []
        self._context = context
        self._post = post
        self._home = context.publication.url
        self._now = max(context.now, post.due)

    def resolve(self, reference: Reference) -> ResolvedLink:
        """Return where a reference leads. Raises InputError if that is not published."""
        target, post = reference.target, self._post
        # Front matter is relative to the post's address in this publication, the text to its page, wherever that is.
        address = ResolvedLink(urljoin(post.url if reference.key else post.canonical_url, target))
        if reference.key and not is_address(target):
            # Front matter calls a file by its name, in which #, ? and % are ordinary.
            path = self._below(target)
            if self._look_up(path) == "file":
                return self._file(path, reference)
            target = f"./{target}"  # or a colon in a name would end a scheme
        parts = urlsplit(target)
        if reference.embeds and not parts.netloc and not parts.path:
            raise _error(reference, "leads to no file", "write the path of one, or take it out")
        if parts.netloc or not parts.path:
            return address
        if parts.path.startswith("/"):
            return address._replace(taken_for_address=reference.embeds and not self._is_static(parts.path))
        return self._resolve_path(reference, parts, address)

    def _resolve_path(self, reference: Reference, parts: SplitResult, address: ResolvedLink) -> ResolvedLink:
        suffix = parts._replace(scheme="", path="").geturl()  # query and fragment
        path = self._below(unquote(parts.path))
        found = self._look_up(path)
        if found == "folder":
            found = next((post for post in map(self._look_up, index_files(path)) if isinstance(post, Post)), found)
        if isinstance(found, Post):
            self._check_published(found, reference)
            return ResolvedLink(found.canonical_url + suffix)
        if found == "file":
            return self._file(path, reference, suffix)
        extension = posixpath.splitext(parts.path)[1].lower()
        if found != "broken" and (reference.embeds or (extension and extension not in _PAGES)):
            where = "outside the folder of posts" if found == "outside" else "not there"
            raise _error(reference, f"leads to a file that is {where}", _remedy(reference.target))
        return address._replace(taken_for_address=found == "missing" and not parts.path.endswith("/"))

    def attach(self) -> tuple[Attached, list[ResolvedLink], list[tuple[Medium, InputError]]]:
        """Return the media of the entry, their links, and what is wrong with them: then there are no media."""
        post = self._post
        links: dict[Medium, ResolvedLink] = {}
        wrong: list[tuple[Medium, InputError]] = []
        listed: set[str] = set()
        for medium in post.media:
            try:
                link = links[medium] = self._resolve_medium(medium)
                if medium.key == "enclosure":
                    if link.url in listed:  # readers would show it twice
                        raise InputError(f"enclosure: {quoted(medium.target)} is listed twice", "remove one")
                    listed.add(link.url)
            except InputError as error:
                wrong.append((medium, error))
        if wrong:
            return Attached(), [], wrong
        transcripts = post.episode.transcripts if post.episode else ()
        attached = Attached(
            image=self._picture(links[post.image]) if post.image else None,
            enclosures=tuple(self._enclosure(medium, links[medium]) for medium in post.enclosures),
            transcripts=tuple(Transcript(links[medium].url, medium.media_type or "") for medium in transcripts),
        )
        return attached, list(links.values()), []

    def _below(self, target: str) -> str:
        """Return the path, below the folder of posts, of a path that the post names."""
        return posixpath.normpath(posixpath.join(posixpath.dirname(self._post.path), target))

    def _look_up(self, path: str) -> Post | str:
        """Return the post at a path, or what else is there: file, folder, missing, outside or broken."""
        if path.split("/")[0] == "..":
            return "outside"
        context = self._context
        is_broken = path in context.broken
        post = None if is_broken else context.cache.posts.by_path(path)
        if post is not None:
            self.dependencies[path] = Dependency(path, context.cache.dependencies.target(path, context.now), "")
            return post
        stamp = stamp_of(os.path.join(context.folder, path))
        if is_broken or not settled(stamp, time.time_ns()):
            stamp = UNSETTLED  # which no file has, so that the entry is built again next time
        self.dependencies[path] = Dependency(path, None, stamp)
        return "broken" if is_broken else file_kind(context.folder, path)

    def _file(self, path: str, reference: Reference, suffix: str = "") -> ResolvedLink:
        """Return the link to a file. Raises InputError if it is never published."""
        if is_post_file(path):
            raise _error(reference, "leads to a Markdown file that is not a post", "give it a name that a post has")
        inner = path.removeprefix(f"{STATIC_FOLDER}/")
        if any(name.startswith(".") for name in path.split("/")) or inner.startswith("_") or "/_" in inner:
            remedy = "give it a name without a dot or _ before it"
            raise _error(reference, "leads to a file that is not published", remedy)
        if path == SETTINGS_FILE:
            raise _error(reference, "leads to the settings", "take the link out")
        return ResolvedLink(self._home + quote(path) + suffix, path)

    def _is_static(self, path: str) -> bool:
        """Return whether a static file will be published at this path of the site."""
        home = urlsplit(self._home).path
        inner = f"{STATIC_FOLDER}/{unquote(path.removeprefix(home))}"
        return path.startswith(home) and self._look_up(inner) == "file"

    def _check_published(self, linked: Post, reference: Reference) -> None:
        if linked.withdrawn:
            raise _error(reference, "leads to a post that was withdrawn", "take the link out")
        if linked.draft:
            raise _error(reference, "leads to a draft", "publish that first, or take the link out")
        if linked.due > self._now:
            problem = f"leads to a post that is scheduled for {linked.due:%Y-%m-%d %H:%M}"
            raise _error(reference, problem, "take the link out")

    def _resolve_medium(self, medium: Medium) -> ResolvedLink:
        link = self.resolve(Reference(medium.target, True, medium.key))
        if link.media is None:
            if not is_address(medium.target):
                problem = f"{medium.key}: {quoted(medium.target)} is not a file"
                raise InputError(problem, "write the path of one, or an address")
        elif medium.key == "enclosure" and not self._size(link.media):
            raise InputError(f"{medium.key}: {quoted(medium.target)} is empty", "put the whole file there")
        return link

    def _size(self, path: str) -> int:
        return int(stamp_of(os.path.join(self._context.folder, path)).partition(" ")[0] or 0)

    def _info(self, path: str, kind: str) -> MediaInfo:
        """Return what is known of a ``picture`` or ``recording``; read the file unless the cache knows it."""
        stamp = self.dependencies[path].stamp
        if known := self._context.cache.dependencies.media_info(path, kind, stamp):
            return known
        file = self._context.folder / path
        if kind == "picture":
            info = MediaInfo(*(media.image_size(file) or ()))
        else:
            info = MediaInfo(duration=media.duration(file))
        if stamp != UNSETTLED:
            self.media_info.append((path, kind, stamp, info))
        return info

    def _picture(self, link: ResolvedLink) -> Picture:
        info = self._info(link.media, "picture") if link.media else MediaInfo()
        media_type = media.media_type_of(link.media or urlsplit(link.url).path)
        return Picture(link.url, self._post.image_alt, media_type, info.width, info.height)

    def _enclosure(self, medium: Medium, link: ResolvedLink) -> Enclosure:
        post, path, media_type = self._post, link.media, medium.media_type or ""
        # The duration in front matter is that of the episode, which is the first enclosure.
        duration = post.episode.duration if post.episode and medium is post.enclosures[0] else None
        if duration is None and path and media_type.startswith(TIMED_MEDIA):
            duration = self._info(path, "recording").duration
        size = self._size(path) if path else medium.size
        return Enclosure(link.url, media_type, size or 0, medium.title, duration)


def _remedy(target: str) -> str:
    if "@" in target:
        return f"for an e-mail address write mailto:{target}"
    if target.startswith("www."):
        return f"for a web address write https://{target}"
    return "correct the path, or put the file there"


def _error(reference: Reference, problem: str, remedy: str) -> InputError:
    kind = reference.key or ("media" if reference.embeds else "link")
    return InputError(f"{kind}: {quoted(reference.target)} {problem}", remedy)
