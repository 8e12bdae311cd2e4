"""The names by which links of any generator find a post: its addresses, its path in the folder, its slug and its stem.

Both sides of the comparison are made here, so that a post is found without looking at all others. Paths begin with a
slash and have no ending and no ``index``, what translations have in common with ``=``; all other keys are slugs.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from unicodedata import normalize
from urllib.parse import unquote

from dateline.content.ids import slugify, split_date, stem_of
from dateline.content.scan import is_post_file
from dateline.content.urls import PAGE_ENDINGS, PLACEHOLDERS, slug_in
from dateline.lazy_patterns import lazy_pattern
from dateline.model import Post, Publication

LinkKey = tuple[str, str]  # the key, and a date like 2025-04-14 or the beginning of one; an empty one means any

_DATED = lazy_pattern(r"/(\d{4})/(\d{1,2})(?:/(\d{1,2}))?/([^/]+)")
_PARTS = {"year": r"\d{4}", "month": r"\d{1,2}", "day": r"\d{1,2}", "slug": "[^/]+"}
_LONGEST = 1000  # characters of a path that is compared with patterns


def path_key(path: str) -> str:
    """Return the key of a decoded path, of a file or of a page."""
    path = normalize("NFC", path).strip("/")
    if is_post_file(path) or path[-5:].lower().endswith(PAGE_ENDINGS):
        path = path[: path.rindex(".")]
    return f"/{path}".removesuffix("/index").rstrip("/")


def link_keys(post: Post, publication: Publication) -> set[LinkKey]:
    """Return the keys of a post: a path without a date, and a slug with each date that the post has."""
    address = unquote(post.url.removeprefix(publication.url))
    in_edition = address.removeprefix(f"{post.edition}/") if post.edition else address
    stem = stem_of(post.path, publication.languages)
    in_name, rest = split_date(stem)
    own = slug_in(in_edition, publication.permalink, post.published)
    slugs = {slugify(text) for text in {stem, rest, own or ""}}
    dates = {post.published.date().isoformat(), *([in_name] if in_name else [])}
    paths = {path_key(address), *map(path_key, (post.path, *post.aliases))}
    names = {*paths, *([versions_key(post)] if post.translation_key else [])}
    keys = {(name, "") for name in names if name}
    keys.update((slug, date) for slug in slugs if slug for date in dates)
    return keys


def versions_key(post: Post) -> str:
    """Return the key of all versions of a post in several languages."""
    return f"={post.translation_key}"


def dated_keys(path: str, old_permalinks: tuple[str, ...]) -> Iterator[LinkKey]:
    """Yield the slug and the date that a decoded path from the root of the site may have been made of."""
    key = path_key(path)
    if len(key) > _LONGEST:
        return
    if match := _DATED.fullmatch(key):
        *date, slug = match.groups()
        yield slugify(slug), _date(*date)
    for pattern in old_permalinks:
        if match := _compiled(pattern).fullmatch(key):
            parts = match.groupdict()
            yield slugify(parts["slug"]), _date(*map(parts.get, PLACEHOLDERS[:3]))


def _date(*parts: str | None) -> str:
    """Return as much of a date as is known from its beginning on."""
    known = parts[: parts.index(None)] if None in parts else parts
    return "-".join(f"{int(part or 0):02}" for part in known)


@lru_cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Return an expression for the keys of the paths that a permalink pattern makes."""
    regex = re.escape(path_key(unquote(pattern)))
    for name, part in _PARTS.items():
        first, *others = regex.split(re.escape(f"{{{name}}}"))
        regex = first + (f"(?P<{name}>{part})" + f"(?P={name})".join(others) if others else "")
    return re.compile(regex)
