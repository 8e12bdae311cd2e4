"""Resolve what a post refers to: other posts, files to publish with it, and addresses on the web."""

import os
import posixpath
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from dateline.build import BuildContext
from dateline.cache.entry_tables import Dependency, MediaInfo
from dateline.content import media
from dateline.content.assets import asset_paths, is_asset, is_media, path_in_assets, root_of
from dateline.content.config import SETTINGS_FILE
from dateline.content.ids import slugify, split_date
from dateline.content.link_keys import LinkKey, dated_keys, path_key, versions_key
from dateline.content.scan import STATIC_FOLDER, UNSETTLED, is_post_file, settled, stamp_of
from dateline.content.source import file_kind
from dateline.content.urls import is_address, page_key
from dateline.errors import InputError, quoted
from dateline.model import Attached, Enclosure, Medium, Picture, Post, Reference, Transcript
from dateline.render.link_constructs import WrittenLink, as_written, is_in_text, read_link

# How the media types begin that have a duration.
TIMED_MEDIA = ("audio/", "video/")
# Ends of the names of hosts, without those that are endings of source code.
_DOMAINS = set(
    """
    ai app at au be biz blog br ca ch cloud cn co com cz de dev dk edu es eu fi fr gov ie info int io it jp kr me mil mx
    net news nl no nz online org page pt ru se site social tech tv tw ua uk us wiki xyz
    """.split()
)
# Endings of pages on the web, which few files among posts have.
_PAGES = (".html", ".htm", ".php", ".asp", ".aspx", ".xhtml")


class ResolvedLink(NamedTuple):
    """Where a reference leads.

    - `media`: the file that has to be published for it, relative to the folder of posts.
    - `published_at`: its path in the output, if that is not the same.
    - `taken_for_address`: it could have named a post or a file, but there is none.
    - `is_invalid`: there is one, which has errors.
    """

    url: str
    media: str | None = None
    published_at: str | None = None
    taken_for_address: bool = False
    is_invalid: bool = False


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
        if not reference.key and (written := read_link(target)):
            return self._resolve_written(reference, written)
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
        if parts.netloc and self._is_ours(parts):
            address = ResolvedLink(target)
        elif parts.netloc or not parts.path:
            return address
        if parts.path.startswith("/"):
            return self._resolve_on_site(reference, parts, address)
        return address if parts.netloc else self._resolve_path(reference, parts, address)

    def _resolve_written(self, reference: Reference, written: WrittenLink) -> ResolvedLink:
        """Resolve what another generator would have. Without an answer, there is no link, only its text."""
        if written.is_path:
            return self.resolve(reference._replace(target=written.target + written.suffix))
        name, suffix = written.target, written.suffix
        if not name:
            return ResolvedLink(self._post.canonical_url + suffix)
        paths = list(self._paths_of(name))
        for path in paths:
            found = self._look_up(path)
            post = found if isinstance(found, Post) else self._post_without_ending(path)
            if post:
                return self._to_post(post, reference, suffix)
            if found == "file" and is_media(path):
                return self._file(path, reference, suffix)
            if file := self._static_or_asset(path, suffix):
                return file
        keys = [(path_key(path), "") for path in paths]
        if "/" not in paths[-1]:
            keys.append((slugify(path_key(name)), ""))
            if post := chosen(self._ask(keys[-1]), self._post):
                return self._to_post(post, reference, suffix)
        text = f" {as_written(reference.target)}" if is_in_text(reference.target) else ""
        return ResolvedLink(text, taken_for_address=True, is_invalid=self._may_be_broken(keys))

    def _paths_of(self, name: str) -> Iterator[str]:
        """Yield the paths that a name may stand for: from the post, from the folder of posts, and from above that."""
        if not name.startswith("/"):
            yield self._below(name)
        path = posixpath.normpath(name.lstrip("/"))
        yield path
        names, above = path.split("/"), os.path.realpath(self._context.folder).split(os.sep)
        for count in range(len(names) - 1, 0, -1):
            if above[-count:] == names[:count]:
                yield "/".join(names[count:])

    def _may_be_broken(self, keys: Iterable[LinkKey]) -> bool:
        """Return whether the post that a link means may be one that cannot be read."""
        return not _keys_of_paths(self._context.broken).isdisjoint(key for key, _ in keys)

    def _is_ours(self, parts: SplitResult) -> bool:
        """Return whether an address is on the host of the publication."""
        publication = self._context.publication
        homes = (publication.url, publication.url_on_the_web or publication.url)
        return page_key(f"https://{parts.netloc}") in [page_key(f"https://{urlsplit(url).netloc}") for url in homes]

    def _resolve_on_site(self, reference: Reference, parts: SplitResult, address: ResolvedLink) -> ResolvedLink:
        """Resolve a path from the root of the site, where other sites may be too: it leads to what is surely meant."""
        home, path = urlsplit(self._home).path, unquote(parts.path)
        # The path may be from before the publication moved below a folder of its host.
        paths = [path, path[len(home) - 1 :]] if path.startswith(home) and home != "/" else [path]
        keys = [(path_key(path), "") for path in paths]
        if not reference.embeds:
            found = self._ask(*keys)
            at_address = [post for post in found if (path_key(unquote(post.url.removeprefix(self._home))), "") in keys]
            if post := chosen(at_address or found, self._post):
                # The proof that nothing gives a hidden post away judges its address, wherever it is written.
                is_judged = at_address and self._is_hidden(post)
                return address if is_judged else self._to_post(self._translated(post), reference, _suffix(parts))
        files = (self._static_or_asset(path, _suffix(parts)) for path in paths)
        if file := next(filter(None, files), None):
            return file if file.media else address
        patterns = self._context.publication.old_permalinks
        dated = [key for path in paths for key in dated_keys(path, patterns)]
        if not reference.embeds and (post := chosen(self._ask(*dated), self._post)):
            return self._to_post(self._translated(post), reference, _suffix(parts))
        is_dead = reference.embeds or path.startswith(home)
        return address._replace(taken_for_address=is_dead, is_invalid=self._may_be_broken([*keys, *dated]))

    def _resolve_path(self, reference: Reference, parts: SplitResult, address: ResolvedLink) -> ResolvedLink:
        """Resolve a path from the folder of the post or, where nothing is there, from the folder of posts."""
        suffix, written = _suffix(parts), unquote(parts.path)
        for path in dict.fromkeys((self._below(written), posixpath.normpath(written))):
            found = self._look_up(path)
            if found in ("folder", "missing"):
                found = self._post_without_ending(path) or found
            if isinstance(found, Post):
                return self._to_post(found, reference, suffix)
            if found == "file":
                return self._file(path, reference, suffix)
            to = path_in_assets(path, self._context.publication.assets)
            if to and (asset := self._asset(path, to, suffix)):
                return asset
            if found != "missing" or written.startswith("."):
                break
        else:
            if file := self._static_or_asset(written, suffix):
                return file
        extension = posixpath.splitext(parts.path)[1].lower()
        is_page = not extension or extension in _PAGES or is_host(written)
        is_file = reference.embeds or not is_page
        if is_file and found != "broken":
            where = "outside the folder of posts" if found == "outside" else "not there"
            raise _error(reference, f"leads to a file that is {where}", remedy(reference))
        is_dead = found in ("broken", "missing") and not parts.path.endswith("/")
        return address._replace(taken_for_address=is_dead, is_invalid=found == "broken")

    def _ask(self, *keys: LinkKey) -> list[Post]:
        """Return the posts that any of these keys finds, without those that have errors."""
        cache, now, broken = self._context.cache, self._context.now, self._context.broken
        found: dict[str, Post] = {}
        for key, date in keys:
            path = f"//{date}/{key}"
            answer = cache.dependencies.answer(key, date, now)
            posts = cache.posts.by_link_key(key, date) if answer else []
            has_broken = any(post.path in broken for post in posts)
            # No answer is like the other one, so the entry is built again next time.
            self.dependencies[path] = Dependency(path, UNSETTLED if has_broken else answer, "")
            found |= {post.path: post for post in posts if post.path not in broken}
        return list(found.values())

    def _translated(self, post: Post) -> Post:
        """Return a post of the main language in that of the post with the link, if it is published in that."""
        own = self._post
        if post.edition or not own.edition or post.translation_key in ("", own.translation_key):
            return post  # a translation may link to its original
        versions = self._ask((versions_key(post), ""))
        found = [version for version in versions if version.edition == own.edition and not self._is_hidden(version)]
        return found[0] if len(found) == 1 else post

    def _post_without_ending(self, path: str) -> Post | None:
        """Return the post that would be at a path with another ending, or none, or with ``index`` after it."""
        key = path_key(path)
        return chosen([post for post in self._ask((key, "")) if path_key(post.path) == key], self._post)

    def _to_post(self, post: Post, reference: Reference, suffix: str) -> ResolvedLink:
        self._check_published(post, reference)
        return ResolvedLink(post.canonical_url + suffix)

    def _static_or_asset(self, path: str, suffix: str) -> ResolvedLink | None:
        """Return the link to a file that is published at a path of the site: from _static, or because of this link."""
        path = posixpath.normpath(f"/{path}").lstrip("/")
        if self._look_up(f"{STATIC_FOLDER}/{path}") == "file":
            return ResolvedLink(self._home + quote(path) + suffix)
        if not is_media(path):
            return None
        sources = asset_paths(path, self._context.publication.assets)
        return next(filter(None, (self._asset(source, path, suffix) for source in sources)), None)

    def _asset(self, source: str, path: str, suffix: str) -> ResolvedLink | None:
        """Return the link to a media file, which is published at a path of the site, if it is there."""
        context = self._context
        full = os.path.join(context.folder, source)
        stamp = stamp_of(full)
        self.dependencies[source] = Dependency(source, None, stamp if settled(stamp, time.time_ns()) else UNSETTLED)
        if not is_asset(root_of(context.folder, source, context.publication.assets), full):
            return None
        return ResolvedLink(self._home + quote(path) + suffix, source, path)

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
                if medium is not post.image or medium.key == "image":  # its other names are those of other tools
                    wrong.append((medium, error))
        if wrong:
            return Attached(), [], wrong
        transcripts = post.episode.transcripts if post.episode else ()
        attached = Attached(
            image=self._picture(links[post.image]) if post.image in links else None,
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

    def _is_hidden(self, post: Post) -> bool:
        return post.kept_out or post.due > self._now

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


@lru_cache(maxsize=1)
def _keys_of_paths(paths: frozenset[str]) -> set[str]:
    stems = [path_key(path).rpartition("/")[2] for path in paths]
    return {*map(path_key, paths), *map(slugify, stems), *(slugify(split_date(stem)[1]) for stem in stems)}


def chosen(candidates: Sequence[Post], source: Post) -> Post | None:
    """Return the post that a link in `source` leads to: the only one, or the only one in its or the main language."""
    groups = (
        candidates,
        [post for post in candidates if post.edition == source.edition],
        [post for post in candidates if post.language == source.language],
        [post for post in candidates if not post.edition],
    )
    return next((found[0] for found in groups if len(found) == 1), None)


def remedy(reference: Reference) -> str:
    """Return how to fix a reference to something that is not there."""
    target = reference.target
    if "@" in target:
        return f"for an e-mail address write mailto:{target}"
    if is_host(target):
        return f"for a web address write https://{target}"
    if is_media(urlsplit(target).path):
        return f"correct the path, put the file there, or add its folder to assets in {SETTINGS_FILE}"
    return "correct the path, or put the file there"


def is_host(target: str) -> bool:
    """Return whether people who write this as a link mean a host on the web."""
    name, _, domain = target.partition("/")[0].lower().rpartition(".")
    return f"{name}.".startswith("www.") or (bool(name) and domain in _DOMAINS)


def _suffix(parts: SplitResult) -> str:
    """Return the query and the fragment."""
    return parts._replace(scheme="", netloc="", path="").geturl()


def _error(reference: Reference, problem: str, remedy: str) -> InputError:
    kind = reference.key or ("media" if reference.embeds else "link")
    return InputError(f"{kind}: {quoted(reference.target)} {problem}", remedy)
