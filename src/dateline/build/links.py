"""What a post refers to: another post, a file to publish beside it, or an address on the web."""

import posixpath
from datetime import datetime
from typing import NamedTuple, Protocol
from urllib.parse import quote, unquote, urljoin, urlsplit

from dateline.content.config import SETTINGS_FILE
from dateline.content.scan import STATIC_FOLDER, index_files, is_post_file
from dateline.content.urls import is_address
from dateline.errors import Unreadable, quoted
from dateline.model import Post, Reference

# Endings that pages have on the web, and that few would give to a file among their posts.
_PAGES = (".html", ".htm", ".php", ".asp", ".aspx", ".xhtml")


class Resolved(NamedTuple):
    """Where a reference leads. `media` is the file, under the folder of posts, that has to be there for it.

    `taken_for_address`: it could have named a file, but there is none.
    """

    url: str
    media: str | None = None
    taken_for_address: bool = False


class Shelf(Protocol):
    """What there is to refer to: posts and other files, looked up by their path under the folder of posts."""

    @property
    def base(self) -> str:
        """The address under which files are published."""

    @property
    def now(self) -> datetime:
        """The moment at which what is referred to has to be out."""

    def look(self, path: str) -> Post | str:
        """The post at a path, or what else is there: ``file``, ``folder``, ``missing``, ``outside``, ``broken``."""


def resolve(reference: Reference, post: Post, shelf: Shelf) -> Resolved:
    """Resolve a relative reference in `post`. Raises Unreadable where it names what is not published."""
    target = reference.target
    # What the front matter names is the publication's own; the text stands on the post's page, wherever that is.
    address = Resolved(urljoin(post.url if reference.key else post.canonical_url, target))
    if reference.key and not is_address(target):
        if file := _by_its_name(reference, post, shelf):
            return file
        target = f"./{target}"  # lest a colon in a name end a scheme
    parts = urlsplit(target)
    if reference.embeds and not parts.netloc and not parts.path:
        raise _wrong(reference, "leads to no file", "write the path of one, or take it out")
    if parts.netloc or not parts.path or parts.path.startswith("/"):
        taken_for_address = reference.embeds and parts.path.startswith("/") and not _is_static(parts.path, shelf)
        return address._replace(taken_for_address=taken_for_address)
    path = posixpath.normpath(posixpath.join(posixpath.dirname(post.path), unquote(parts.path)))
    suffix = ("?" + parts.query if parts.query else "") + ("#" + parts.fragment if parts.fragment else "")
    found = "outside" if path.split("/")[0] == ".." else shelf.look(path)
    places = map(shelf.look, index_files(path)) if found == "folder" else (found,)
    linked = next((place for place in places if isinstance(place, Post)), None)
    if linked:
        return Resolved(_published(linked, reference, shelf.now).canonical_url + suffix)
    if found == "file":
        return Resolved(shelf.base + quote(_publishable(path, reference)) + suffix, path)
    if found != "broken" and (reference.embeds or _names_file(parts.path)):
        where = "outside the folder of posts" if found == "outside" else "not there"
        raise _wrong(reference, f"leads to a file that is {where}", _remedy(reference.target))
    return address._replace(taken_for_address=found == "missing" and not parts.path.endswith("/"))


def _is_static(path: str, shelf: Shelf) -> bool:
    """Whether a file that is copied as it is will be at this path of the publication's site."""
    home = urlsplit(shelf.base).path
    return path.startswith(home) and shelf.look(f"{STATIC_FOLDER}/{unquote(path.removeprefix(home))}") == "file"


def _by_its_name(reference: Reference, post: Post, shelf: Shelf) -> Resolved | None:
    """A file that front matter calls by its name, in which ``#``, ``?`` and ``%`` are characters like others."""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(post.path), reference.target))
    if path.split("/")[0] == ".." or shelf.look(path) != "file":
        return None
    return Resolved(shelf.base + quote(_publishable(path, reference)), path)


def _remedy(target: str) -> str:
    if "@" in target:
        return f"for an e-mail address write mailto:{target}"
    if target.startswith("www."):
        return f"for a web address write https://{target}"
    return "correct the path, or put the file there"


def _names_file(path: str) -> bool:
    extension = posixpath.splitext(path)[1].lower()
    return bool(extension) and extension not in _PAGES


def _published(linked: Post, reference: Reference, now: datetime) -> Post:
    if linked.withdrawn:
        raise _wrong(reference, "leads to a post that was withdrawn", "take the link out")
    if linked.draft:
        raise _wrong(reference, "leads to a draft", "publish that first, or take the link out")
    if linked.due > now:
        raise _wrong(reference, f"leads to a post that is held until {linked.due:%Y-%m-%d %H:%M}", "take the link out")
    return linked


def _publishable(path: str, reference: Reference) -> str:
    if is_post_file(path):
        raise _wrong(reference, "leads to a Markdown file that is not a post", "give it a name that a post has")
    inner = path.removeprefix(f"{STATIC_FOLDER}/")
    if any(name.startswith(".") for name in path.split("/")) or inner.startswith("_") or "/_" in inner:
        raise _wrong(reference, "leads to a file that is kept back", "give it a name without a dot or _ before it")
    if path == SETTINGS_FILE:
        raise _wrong(reference, "leads to the settings", "take the link out")
    return path


def _wrong(reference: Reference, problem: str, remedy: str) -> Unreadable:
    kind = reference.key or ("media" if reference.embeds else "link")
    return Unreadable(f"{kind}: {quoted(reference.target)} {problem}", remedy)
