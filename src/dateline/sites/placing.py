"""Choose the path of each post in the folder of posts, and see that no two have one address or one id. Pure."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import count
from unicodedata import normalize

from dateline.content.front_matter import split
from dateline.content.front_matter_keys import ADDRESSES
from dateline.content.ids import id_stem
from dateline.content.languages import edition_of
from dateline.content.scan import POST_ENDINGS, is_post_file
from dateline.content.urls import page_key
from dateline.errors import PostError, Problem
from dateline.model import Source
from dateline.sites.model import SitePost

_ODD = re.compile(r"[\x00-\x1f\x7f-\x9f\\\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_LONGEST = 200  # bytes of a name, so that a number and an ending still fit


def placed(posts: Iterable[SitePost], languages: Sequence[str] = ()) -> list[SitePost]:
    """Return posts with paths that posts can have: none is hidden, ignored or outside, and no two are the same.

    Paths that differ only in case count as the same, as they do on some file systems; and so do names from which two
    posts would get one id, in a publication in these languages.
    """
    taken: set[str] = set()
    found = []
    for post in posts:
        path = _plain(post.path)
        stem, ending = os.path.splitext(path)
        folder, _, name = stem.rpartition("/")
        if (not folder and name == "index") or name.lower().split(".")[0] == "readme":
            stem, path = f"{stem}-1", f"{stem}-1{ending}"
        has_id = bool(post.id) or _has_id(post)
        for number in count(2):
            claims = set(_claims(path, languages, has_id=has_id))
            if taken.isdisjoint(claims):
                break
            # The folder of a post called index has its name.
            path = f"{folder}-{number}/{name}{ending}" if folder and name == "index" else f"{stem}-{number}{ending}"
        taken |= claims
        found.append(post._replace(path=path))
    return found


def _has_id(post: SitePost) -> bool:
    with suppress(PostError):
        return split(Source(post.path, post.text))[0].get("id") is not None
    return False


def _claims(path: str, languages: Sequence[str], *, has_id: bool) -> Iterator[str]:
    """Yield what no other post may have: the path, and the name from which the id is made, after a slash."""
    yield path.casefold()
    if not has_id:
        yield "/" + id_stem(path, edition_of(path, None, languages), languages).casefold()


def apart(posts: Iterable[SitePost]) -> list[SitePost]:
    """Return posts of which no two have one address, or one id: the first keeps them.

    Generators write the page of one over that of another.
    """
    owners: dict[str, str] = {}
    found = []
    for post in posts:
        claimed = {page_key(post.address), post.id} - {""}
        if owner := next((owners[claim] for claim in claimed if claim in owners), None):
            keys = {**post.keys, **dict.fromkeys((*ADDRESSES, "slug"))}
            problem = f"had the same address as {owner}, so it gets another"
            remark = Problem(post.path, None, problem, "if they are the same post, remove one")
            post = post._replace(address="", id="", keys=keys, problems=(*post.problems, remark))
        else:
            owners |= dict.fromkeys(claimed, post.path)
        found.append(post)
    return found


def _plain(path: str) -> str:
    names = [_ODD.sub("-", name).strip().lstrip("._ ") for name in normalize("NFC", path).split("/")]
    *folders, name = [_shortened(name) for name in names if name] or ["post"]
    return "/".join((*folders, name if is_post_file(name) else name + POST_ENDINGS[0]))


def _shortened(name: str) -> str:
    stem, ending = os.path.splitext(name)
    return stem.encode()[:_LONGEST].decode(errors="ignore") + ending if len(name.encode()) > _LONGEST else name
