"""Resolve what a post refers to: other posts, files to publish with it, and addresses on the web."""

import os
import posixpath
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from dateline.building import BuildContext
from dateline.building.lookup import Lookup
from dateline.content.assets import asset_paths, is_asset, is_media, path_in_assets, root_of
from dateline.content.ids import slugify
from dateline.content.link_keys import LinkKey, dated_keys, path_key, versions_key
from dateline.content.scan import STATIC_FOLDER, is_post_file, path_among_pages
from dateline.content.source import file_kind
from dateline.content.urls import is_address, page_key
from dateline.errors import InputError, quoted
from dateline.lazy_patterns import lazy_pattern
from dateline.model import Post, Reference
from dateline.paths import SETTINGS_FILE
from dateline.render.link_constructs import WrittenLink, as_written, is_in_text, read_link

# Top-level domains, except those that are also endings of source files.
_DOMAINS = set(
    """
    ai app at au be biz blog br ca ch cloud cn co com cz de dev dk edu es eu fi fr gov ie info int io it jp kr me mil mx
    net news nl no nz online org page pt ru se site social tech tv tw ua uk us wiki xyz
    """.split()
)
# Endings of pages on the web, which files among posts rarely have.
_PAGES = (".html", ".htm", ".php", ".asp", ".aspx", ".xhtml")
# A place on the page, in characters that no URL writes in another way.
_PLACE = lazy_pattern("#[A-Za-z0-9:._-]+")


class ResolvedLink(NamedTuple):
    """Where a reference leads.

    - `media`: the file that has to be published for it, relative to the folder of posts.
    - `published_at`: its path in the output, if that is not the same.
    - `taken_for_address`: it could have named a post or a file, but there is none.
    - `is_invalid`: there is one, which has errors.
    - `static`: the path of the file that it names in the static folder, where files are published anyway.
    """

    url: str
    media: str | None = None
    published_at: str | None = None
    taken_for_address: bool = False
    is_invalid: bool = False
    static: str | None = None


class LinkResolver:
    """Resolves the references of a post, as of when it is published. `lookup` has what they depend on."""

    def __init__(self, context: BuildContext, post: Post) -> None:
        self.lookup = Lookup(context)
        self._context = context
        self._post = post
        self._home = context.publication.url
        self._now = max(context.now, post.due)

    def resolve(self, reference: Reference) -> ResolvedLink:
        """Return where a reference leads. Raises InputError if that is not published."""
        if reference.key:
            return self._resolve_in_front_matter(reference)
        if _PLACE.fullmatch(reference.target) and not reference.embeds:  # most are footnotes
            return ResolvedLink(self._here + reference.target)
        if written := read_link(reference.target):
            return self._resolve_written(reference, written)
        return self._resolve_url(reference, self._post.canonical_url)

    @cached_property
    def _here(self) -> str:
        """The address of the post, to which that of a place on its page is added."""
        return urljoin(self._post.canonical_url, "#").removesuffix("#")

    def _resolve_in_front_matter(self, reference: Reference) -> ResolvedLink:
        """Resolve the name of a file, in which #, ? and % are ordinary, or a URL relative to the post's page here."""
        target, base = reference.target, self._post.url
        if is_address(target):
            return self._resolve_url(reference, base)
        path = self._below(target)
        if self.lookup.at(path) == "file":
            return self._file(path, reference)
        # Without the dot, a colon in a name would end a scheme.
        return self._resolve_path(reference, urlsplit(f"./{target}"), base)

    def _resolve_url(self, reference: Reference, base: str) -> ResolvedLink:
        """Resolve a URL relative to `base`, in which a relative path may be that of a file among the posts."""
        target = reference.target
        parts = urlsplit(target)
        if reference.embeds and not parts.netloc and not parts.path:
            raise _error(reference, "leads to no file", "write the path of one, or take it out")
        if not parts.netloc and parts.path[:1] not in ("", "/"):
            return self._resolve_path(reference, parts, base)
        is_ours = parts.netloc != "" and self._is_ours(parts.netloc)
        address = ResolvedLink(target if is_ours else urljoin(base, target))
        if not parts.path or (parts.netloc and not is_ours):
            return address
        return self._resolve_on_site(reference, parts, address)

    def _resolve_written(self, reference: Reference, written: WrittenLink) -> ResolvedLink:
        """Resolve a link written for another generator. If it leads nowhere, only its text stays."""
        name, suffix = written.target, written.suffix
        if written.is_path:
            return self._resolve_url(reference._replace(target=name + suffix), self._post.canonical_url)
        if not name:
            return ResolvedLink(self._post.canonical_url + suffix)
        paths = list(self._paths_of(name))
        links = (self._named(path, reference, suffix) for path in paths)
        if link := next(filter(None, links), None):
            return link
        keys = [(path_key(path), "") for path in paths]
        if "/" not in paths[-1]:
            keys.append((slugify(path_key(name)), ""))
            if post := chosen(self.lookup.by_keys(keys[-1]), self._post):
                return self._to_post(post, reference, suffix)
        text = f" {as_written(reference.target)}" if is_in_text(reference.target) else ""
        return ResolvedLink(text, taken_for_address=True, is_invalid=self.lookup.may_be_broken(keys))

    def _named(self, path: str, reference: Reference, suffix: str) -> ResolvedLink | None:
        """Return the link to the post or the media file that another generator would find at a path."""
        found = self.lookup.at(path)
        post = found if isinstance(found, Post) else self._post_without_ending(path)
        if post:
            return self._to_post(post, reference, suffix)
        if found == "file" and is_media(path):
            return self._file(path, reference, suffix)
        return self._static_or_asset(path, suffix)

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

    def _is_ours(self, host: str) -> bool:
        """Return whether this is the host of the publication."""
        publication = self._context.publication
        homes = (publication.url, publication.url_on_the_web or publication.url)
        return page_key(f"https://{host}") in [page_key(f"https://{urlsplit(url).netloc}") for url in homes]

    def _resolve_on_site(self, reference: Reference, parts: SplitResult, address: ResolvedLink) -> ResolvedLink:
        """Resolve a path from the root of the host, where other sites may be too, so that only sure matches count."""
        home, path, suffix = urlsplit(self._home).path, unquote(parts.path), _suffix(parts)
        # The path may be from before the publication moved below a folder of its host.
        paths = dict.fromkeys((path, f"/{path.removeprefix(home)}")) if path.startswith(home) else (path,)
        keys = [(path_key(path), "") for path in paths]
        dated = [key for path in paths for key in dated_keys(path, self._context.publication.old_permalinks)]
        if page := self._page(keys, reference, suffix, address):
            return page
        files = (self._static_or_asset(path, suffix) for path in paths)
        if file := next(filter(None, files), None):
            return file if file.media or file.url == address.url else address
        if page := self._page(dated, reference, suffix, address):
            return page
        is_dead = reference.embeds or path.startswith(home)
        return address._replace(taken_for_address=is_dead, is_invalid=self.lookup.may_be_broken([*keys, *dated]))

    def _page(
        self, keys: Sequence[LinkKey], reference: Reference, suffix: str, address: ResolvedLink
    ) -> ResolvedLink | None:
        """Return the link to the post that one of these keys finds, if any; pages cannot be embedded."""
        if reference.embeds:
            return None
        found = self.lookup.by_keys(*keys)
        at_address = [post for post in found if (path_key(unquote(post.url.removeprefix(self._home))), "") in keys]
        post = chosen(at_address or found, self._post)
        if post and at_address and self._is_hidden(post):
            return address  # the embargo finds the address of a hidden post wherever it is written
        return self._to_post(self._translated(post), reference, suffix) if post else None

    def _resolve_path(self, reference: Reference, parts: SplitResult, base: str) -> ResolvedLink:
        """Resolve a path from the folder of the post or, where nothing is there, from the folder of posts.

        If it is no path but an address, that is relative to `base`.
        """
        suffix, written = _suffix(parts), unquote(parts.path)
        for path in dict.fromkeys((self._below(written), posixpath.normpath(written))):
            found = self._at_path(path, reference, suffix)
            if isinstance(found, ResolvedLink):
                return found
            if found != "missing" or written.startswith("."):
                return _elsewhere(found, reference, parts, base)
        return self._static_or_asset(written, suffix) or _elsewhere("missing", reference, parts, base)

    def _at_path(self, path: str, reference: Reference, suffix: str) -> ResolvedLink | str:
        """Return the link to the post or file at a path, or else what `Lookup.at` says of it."""
        found = self.lookup.at(path)
        if found in ("folder", "missing"):
            found = self._post_without_ending(path) or found
        if isinstance(found, Post):
            return self._to_post(found, reference, suffix)
        if found == "file":
            return self._file(path, reference, suffix)
        to = path_in_assets(path, self._context.publication.assets)
        return (self._asset(path, to, suffix) if to else None) or found

    def _translated(self, post: Post) -> Post:
        """Return a post of the main language in that of the post with the link, if it is published in that."""
        own = self._post
        if post.edition or not own.edition or post.translation_key in ("", own.translation_key):
            return post  # a translation may link to its original
        versions = self.lookup.by_keys((versions_key(post), ""))
        found = [version for version in versions if version.edition == own.edition and not self._is_hidden(version)]
        return found[0] if len(found) == 1 else post

    def _post_without_ending(self, path: str) -> Post | None:
        """Return the post that would be at a path with another ending, or none, or with ``index`` after it."""
        key = path_key(path)
        return chosen([post for post in self.lookup.by_keys((key, "")) if path_key(post.path) == key], self._post)

    def _to_post(self, post: Post, reference: Reference, suffix: str) -> ResolvedLink:
        """Return the link to a post. Raises InputError if it is not published."""
        if post.withdrawn:
            raise _error(reference, "leads to a post that was withdrawn", "take the link out")
        if post.draft:
            raise _error(reference, "leads to a draft", "publish that first, or take the link out")
        if post.due > self._now:
            problem = f"leads to a post that is scheduled for {post.due:%Y-%m-%d %H:%M}"
            raise _error(reference, problem, "take the link out")
        return ResolvedLink(post.canonical_url + suffix)

    def _static_or_asset(self, path: str, suffix: str) -> ResolvedLink | None:
        """Return the link to a file that is published at a path of the site: from _static, or because of this link."""
        path = posixpath.normpath(f"/{path}").lstrip("/")
        static = f"{STATIC_FOLDER}/{path}"
        if self.lookup.exists(static) and file_kind(self._context.folder, static) == "file":
            return ResolvedLink(self._home + quote(path) + suffix, static=static)
        if not is_media(path):
            return None
        sources = asset_paths(path, self._context.publication.assets)
        return next(filter(None, (self._asset(source, path, suffix) for source in sources)), None)

    def _asset(self, source: str, path: str, suffix: str) -> ResolvedLink | None:
        """Return the link to a media file, which is published at a path of the site, if it is there."""
        context = self._context
        root = root_of(context.folder, source, context.publication.assets)
        is_there = self.lookup.exists(source) and is_asset(root, os.path.join(context.folder, source))
        return ResolvedLink(self._home + quote(path) + suffix, source, path) if is_there else None

    def _below(self, target: str) -> str:
        """Return the path, below the folder of posts, of a path that the post names."""
        return posixpath.normpath(posixpath.join(posixpath.dirname(self._post.path), target))

    def _file(self, path: str, reference: Reference, suffix: str = "") -> ResolvedLink:
        """Return the link to a file. Raises InputError if it is never published."""
        if is_post_file(path):
            raise _error(reference, "leads to a Markdown file that is not a post", "give it a name that a post has")
        below_pages = path_among_pages(path)
        inner = below_pages or path.removeprefix(f"{STATIC_FOLDER}/")
        if any(name.startswith(".") for name in path.split("/")) or inner.startswith("_") or "/_" in inner:
            remedy = "give it a name without a dot or _ before it"
            raise _error(reference, "leads to a file that is not published", remedy)
        if path == SETTINGS_FILE:
            raise _error(reference, "leads to the settings", "take the link out")
        to = below_pages or path
        return ResolvedLink(self._home + quote(to) + suffix, path, to)

    def other_sizes(self, link: ResolvedLink) -> Iterator[ResolvedLink]:
        """Yield links to the other sizes of a picture, which are published where they are: next to it."""
        picture = link.media or link.static
        if picture is None:
            return
        for name in self.lookup.other_sizes(picture):
            path = posixpath.join(posixpath.dirname(picture), name)
            url = urljoin(link.url, quote(f"./{name}"))
            if not self.lookup.exists(path):
                continue
            if link.static:
                yield ResolvedLink(url, static=path)
            elif link.published_at:
                to = posixpath.join(posixpath.dirname(link.published_at), name)
                if asset := self._asset(path, to, ""):
                    yield asset._replace(url=url)
            elif file_kind(self._context.folder, path) == "file":
                yield ResolvedLink(url, path)

    def _is_hidden(self, post: Post) -> bool:
        return post.kept_out or post.due > self._now


def _elsewhere(found: str, reference: Reference, parts: SplitResult, base: str) -> ResolvedLink:
    """Return the link to a path at which no post is, if a page may be there. Raises InputError if it names a file."""
    extension = posixpath.splitext(parts.path)[1].lower()
    is_page = not extension or extension in _PAGES or is_host(unquote(parts.path))
    if found != "broken" and (reference.embeds or not is_page):
        where = "outside the folder of posts" if found == "outside" else "not there"
        raise _error(reference, f"leads to a file that is {where}", remedy(reference))
    is_dead = found in ("broken", "missing") and not parts.path.endswith("/")
    return ResolvedLink(urljoin(base, reference.target), taken_for_address=is_dead, is_invalid=found == "broken")


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
    if "@" in target and "/" not in target:
        return f"for an e-mail address write mailto:{target}"
    if is_host(target):
        return f"for a web address write https://{target}"
    if is_media(urlsplit(target).path):
        return f"correct the path, put the file there, or add its folder to assets in {SETTINGS_FILE}"
    return "correct the path, or put the file there"


def is_host(target: str) -> bool:
    """Return whether someone who writes this as a link means a host on the web."""
    name, _, domain = target.partition("/")[0].lower().rpartition(".")
    return f"{name}.".startswith("www.") or (bool(name) and domain in _DOMAINS)


def _suffix(parts: SplitResult) -> str:
    """Return the query and the fragment."""
    return parts._replace(scheme="", netloc="", path="").geturl() if parts.query or parts.fragment else ""


def _error(reference: Reference, problem: str, remedy: str) -> InputError:
    kind = reference.key or ("media" if reference.embeds else "link")
    return InputError(f"{kind}: {quoted(reference.target)} {problem}", remedy)
