"""Find the posts that links of a site name: by file, address, name, slug or title. Pure."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import unquote

from dateline.content.front_matter import split
from dateline.content.front_matter_keys import ALIASES
from dateline.content.ids import slugify, split_date
from dateline.content.link_keys import path_key
from dateline.content.scan import bare, is_post_file
from dateline.errors import DatelineError
from dateline.model import Source
from dateline.render.template_code import tokens
from dateline.sites.addresses import path_of
from dateline.sites.conversion.places import is_within
from dateline.sites.files import text_of, texts_of
from dateline.sites.model import SitePost
from dateline.text import edited


class Target(NamedTuple):
    """Where a link leads: the path of a post from that with the link, or the address of a page; and its title."""

    path: str
    title: str = ""


_UNSAFE = re.compile(r"[^\w/.~!$*+,;=@-]")  # in the path of a file, as part of an address
_LANGUAGE = re.compile(r"\.([A-Za-z]{2,3}(?:-[A-Za-z]{2,4})?)$")  # at the end of a file's name, without its ending
# The target of a link in Markdown, of a definition, and in HTML: a relative path, which no construct is part of.
_RELATIVE = r"(?![#?/]|[A-Za-z][\w+.-]*:)[^\s()<>\"'{}]+"
_BEFORE_TARGET = r"\]\([ \t]*<?|^[ ]{0,3}\[(?!\^)[^\[\]\n]+\]:[ \t]*<?|<a\s[^<>]*?\bhref=[\"']?"
_TARGET = re.compile(rf"(?:{_BEFORE_TARGET})(?P<target>{_RELATIVE})", re.MULTILINE)
_Table = dict[str, list[SitePost]]


class LinkIndex:
    """Posts and pages by all names by which links of a site may call them.

    A page, which is not imported yet, is found by its address alone.
    """

    def __init__(self, posts: Sequence[SitePost]) -> None:
        self._files: _Table = defaultdict(list)
        self._addresses: _Table = defaultdict(list)
        self._endings: dict[str, list[tuple[str, SitePost]]] = defaultdict(list)  # by the last name of a path
        self._slugs: _Table = defaultdict(list)
        self._titles: dict[int, str] = {}
        for post in posts:
            if post.address or not post.is_page:
                self._add(post)

    def _add(self, post: SitePost) -> None:
        title, slug, aliases = _names(post)
        self._titles[id(post)] = title
        files = {path_key(post.source), path_key(post.path)}
        addresses = {path_key(path_of(address)) for address in (post.address, *aliases)} - {""}
        for table, keys in ((self._files, files), (self._addresses, addresses)):
            for key in keys:
                table[key].append(post)
        for key in {key.casefold() for key in (*files, *addresses)}:
            self._endings[posixpath.basename(key)].append((key, post))
        stem = posixpath.basename(path_key(post.source))
        names = (stem, split_date(stem)[1], slug, title, *map(posixpath.basename, addresses))
        for key in {slugify(name) for name in names} - {""}:
            self._slugs[key].append(post)

    def find(self, post: SitePost, name: str) -> Target | None:
        """Return where a link in a post leads that calls another by this name; None if none has it, or several have."""
        path = unquote(name).strip()
        folder, language = posixpath.dirname(post.source), _language(post)
        below = path_key(posixpath.normpath(posixpath.join(folder, path.lstrip("/"))))
        whole = path_key(posixpath.normpath(f"/{path}").lstrip("/"))
        translated = (
            (f"{key}{language}" for key in (below, f"{below}/index", whole, f"{whole}/index")) if language else ()
        )
        ways = (
            *(self._files.get(key, []) for key in (*translated, below, whole)),
            self._addresses.get(whole, []),
            self._ending_in(whole.casefold()),
            self._slugs.get(slugify(bare(posixpath.basename(path.rstrip("/")))), []),
            self._slugs.get(slugify(path), []),
        )
        candidates = next(filter(None, ways), [])
        same = [candidate for candidate in candidates if _language(candidate) == language]
        target = _nearest(same or candidates, folder)
        return self._target(post, target) if target and (target.address or not target.is_page) else None

    def _ending_in(self, key: str) -> list[SitePost]:
        """Return the posts whose file, or address, ends in a path."""
        found = self._endings.get(posixpath.basename(key), [])
        return _unique(post for whole, post in found if whole.endswith(key))

    def _target(self, post: SitePost, target: SitePost) -> Target:
        title = self._titles[id(target)]
        if target.is_page:
            return Target(target.address, title)
        path = posixpath.relpath(target.path, posixpath.dirname(post.path) or ".")
        return Target(_UNSAFE.sub(lambda sign: "".join(f"%{byte:02X}" for byte in sign[0].encode()), path), title)

    def relink(self, post: SitePost, markdown: str) -> str:
        """Return the text of a post in which links to the files or the addresses of others lead to these posts' files.

        That is for relative links alone: those from the root of the site are found when it is built.
        """
        code = [(one.start, one.end) for one in tokens(markdown)]
        edits: list[tuple[int, int, str]] = []
        for match in _TARGET.finditer(markdown):
            path = re.split("[#?]", match["target"], maxsplit=1)[0]
            mark = match["target"][len(path) :]
            target = None if is_within(code, match.start("target")) else self._at(post, unquote(path))
            if target and unquote(target.path) != posixpath.normpath(unquote(path)):
                edits.append((*match.span("target"), target.path + mark))
        return edited(markdown, edits)

    def _at(self, post: SitePost, path: str) -> Target | None:
        """Return where a relative path leads, from the file of a post, from its page's address, or from the root."""
        below = path_key(posixpath.normpath(posixpath.join(posixpath.dirname(post.source), path)))
        address = path_key(path_of(path, post.address)) if post.address else ""
        files, pages = self._files.get(below, []), self._addresses.get(address, [])
        if is_post_file(path):
            pages = files or self._files.get(path_key(posixpath.normpath(path)), [])  # as notes are called
        found = _unique(pages or files)
        return self._target(post, found[0]) if len(found) == 1 else None


def _names(post: SitePost) -> tuple[str, str, list[str]]:
    """Return the title, the slug and the old addresses that a post has, as far as its front matter can be read."""
    try:
        fields, _ = split(Source(post.path, post.text))
    except DatelineError:
        return "", "", []
    title, slug = (text_of(post.keys.get(key)) or text_of(fields.get(key)) for key in ("title", "slug"))
    aliases = [alias for key in ALIASES for values in (post.keys, fields.values) for alias in texts_of(values.get(key))]
    return title, slug, aliases


def _language(post: SitePost) -> str:
    """Return what the name of a file ends with that is a translation, as ``.es``."""
    match = _LANGUAGE.search(bare(posixpath.basename(post.source)))
    return match[0] if match else ""


def _unique(posts: Iterable[SitePost]) -> list[SitePost]:
    return list({id(post): post for post in posts}.values())


def _nearest(posts: Sequence[SitePost], folder: str) -> SitePost | None:
    """Return the only post, or the one in the nearest folder, if there is one that is nearer than all others."""
    if len(posts) < 2:
        return posts[0] if posts else None
    distances = sorted((_distance(posixpath.dirname(post.source), folder), number) for number, post in enumerate(posts))
    return posts[distances[0][1]] if distances[0][0] < distances[1][0] else None


def _distance(one: str, other: str) -> int:
    names, others = one.split("/"), other.split("/")
    common = len(posixpath.commonprefix([names, others]))
    return len(names) + len(others) - 2 * common
