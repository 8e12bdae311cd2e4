"""Choose the path of each post in the folder of posts, and see that no two have one address. Pure."""

import os
import re
from collections.abc import Iterable
from itertools import count
from unicodedata import normalize

from dateline.content.front_matter_keys import ADDRESSES
from dateline.content.scan import POST_ENDINGS, is_post_file
from dateline.content.urls import page_key
from dateline.errors import Problem
from dateline.sites.model import SitePost

_ODD = re.compile(r"[\x00-\x1f\x7f-\x9f\\\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_LONGEST = 200  # bytes of a name, so that a number and an ending still fit


def placed(posts: Iterable[SitePost]) -> list[SitePost]:
    """Return posts with paths that posts can have: none is hidden, ignored or outside, and no two are the same.

    Paths that differ only in case count as the same, as they do on some file systems.
    """
    taken: set[str] = set()
    found = []
    for post in posts:
        path = _plain(post.path)
        stem, ending = os.path.splitext(path)
        folder, _, name = stem.rpartition("/")
        if (not folder and name == "index") or name.lower().split(".")[0] == "readme":
            stem, path = f"{stem}-1", f"{stem}-1{ending}"
        for number in count(2):
            if path.casefold() not in taken:
                break
            # The folder of a post called index has its name.
            path = f"{folder}-{number}/{name}{ending}" if folder and name == "index" else f"{stem}-{number}{ending}"
        taken.add(path.casefold())
        found.append(post._replace(path=path))
    return found


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
