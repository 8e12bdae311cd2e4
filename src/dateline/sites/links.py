"""Find the posts that links of a site name: by file, address, name, slug or title. Pure."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from dateline.content.front_matter import split
from dateline.content.ids import slugify, split_date
from dateline.content.link_keys import path_key
from dateline.content.scan import bare, is_post_file
from dateline.errors import DatelineError
from dateline.model import Source
from dateline.render.template_code import tokens
from dateline.sites.files import text_of
from dateline.sites.model import SitePost
from dateline.sites.places import fill


class Target(NamedTuple):
    """Where a link leads: the path of a post from that with the link, or the address of a page; and its title."""

    path: str
    title: str = ""


_UNSAFE = re.compile(r"[^\w/.~!$*+,;=@-]")  # in the path of a file, as part of an address
_LANGUAGE = re.compile(r"\.([A-Za-z]{2,3}(?:-[A-Za-z]{2,4})?)$")  # at the end of a file's name, without its ending
# The target of a link in Markdown, of a definition, and in HTML: a relative path, which no construct is part of.
_RELATIVE = r"(?![#?/]|[A-Za-z][\w+.-]*:)[^\s()<>\"'{}]+"
_TARGET = re.compile(
    rf"(?P<before>\]\([ \t]*<?|^[ ]{{0,3}}\[[^\[\]\n]+\]:[ \t]*<?|<a\s[^<>]*?\bhref=[\"']?)(?P<target>{_RELATIVE})",
    re.MULTILINE,
)


class LinkIndex:
    """Posts and pages by all names by which links of a site may call them.

    A page, which is not imported yet, is found by its address alone.
    """

    def __init__(self, posts: Sequence[SitePost]) -> None:
        self._files: dict[str, list[SitePost]] = defaultdict(list)
        self._addresses: dict[str, list[SitePost]] = defaultdict(list)
        self._by_last_name: dict[str, list[tuple[str, SitePost]]] = defaultdict(list)
        self._by_slug: dict[str, list[SitePost]] = defaultdict(list)
        self._titles: dict[str, str] = {}
        for post in posts:
            self._add(post)

    def _add(self, post: SitePost) -> None:
        stem = posixpath.basename(path_key(post.source))
        title, slug = _title_and_slug(post)
        self._titles[post.path] = title
        address = path_key(unquote(urlsplit(post.address).path)) if post.address else ""
        for key in dict.fromkeys((path_key(post.source), path_key(post.path))):
            self._files[key].append(post)
        if address:
            self._addresses[address].append(post)
        for key in dict.fromkeys(key.casefold() for key in (path_key(post.source), path_key(post.path), address)):
            if key:
                self._by_last_name[posixpath.basename(key)].append((key, post))
        names = (stem, split_date(stem)[1], slug, title, posixpath.basename(address))
        for key in {slugify(name) for name in names} - {""}:
            self._by_slug[key].append(post)

    def find(self, post: SitePost, name: str) -> Target | None:
        """Return where a link in a post leads that calls another by this name; None if none has it, or several have."""
        path = unquote(name).strip()
        folder = posixpath.dirname(post.source)
        below = path_key(posixpath.normpath(posixpath.join(folder, path.lstrip("/") if path.startswith("/") else path)))
        whole = path_key(posixpath.normpath(f"/{path}").lstrip("/"))
        suffix = _suffix(post)
        translated = [f"{below}{suffix}", f"{whole}{suffix}"] if suffix else []
        ways = (
            *(self._files.get(key, []) for key in (*translated, below)),
            *(table.get(whole, []) for table in (self._files, self._addresses)),
            self._ending_in(whole.casefold()),
            self._by_slug.get(slugify(bare(posixpath.basename(path.rstrip("/")))), []),
            self._by_slug.get(slugify(path), []),
        )
        candidates = next(filter(None, ways), [])
        target = _nearest([one for one in candidates if _suffix(one) == suffix] or candidates, folder)
        return self._target(post, target) if target else None

    def _ending_in(self, key: str) -> list[SitePost]:
        """Return the posts whose file, or address, ends in a path."""
        found = self._by_last_name.get(posixpath.basename(key), [])
        return _unique(post for whole, post in found if whole.endswith(key))

    def _target(self, post: SitePost, target: SitePost) -> Target:
        title = self._titles[target.path]
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
        number = 0
        for match in _TARGET.finditer(markdown):
            while number < len(code) and code[number][1] <= match.start("target"):
                number += 1
            is_in_code = number < len(code) and code[number][0] < match.end()
            path = re.split("[#?]", match["target"], maxsplit=1)[0]
            mark = match["target"][len(path) :]
            target = None if is_in_code else self._at(post, unquote(path))
            if target and target.path != path:
                edits.append((*match.span("target"), target.path + mark))
        return fill(markdown, edits)

    def _at(self, post: SitePost, path: str) -> Target | None:
        """Return where a relative path leads, from the file of a post or from its page's address."""
        below = path_key(posixpath.normpath(posixpath.join(posixpath.dirname(post.source), path)))
        address = path_key(unquote(urlsplit(urljoin(post.address, path)).path)) if post.address else ""
        files, pages = self._files.get(below, []), self._addresses.get(address, [])
        found = _unique(files if is_post_file(path) else pages or files)
        return self._target(post, found[0]) if len(found) == 1 else None


def _suffix(post: SitePost) -> str:
    """Return the language at the end of a file's name, with a dot before it; empty if there is none."""
    match = _LANGUAGE.search(bare(posixpath.basename(post.source)))
    return match[0] if match else ""


def _title_and_slug(post: SitePost) -> tuple[str, str]:
    try:
        fields, _ = split(Source(post.path, post.text))
    except DatelineError:
        return "", ""
    title, slug = (text_of(post.keys.get(key)) or text_of(fields.get(key)) for key in ("title", "slug"))
    return title, slug


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
