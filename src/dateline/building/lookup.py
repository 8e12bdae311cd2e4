"""Look up the posts and files that an entry refers to, and record the answers, so that changes are noticed."""

import os
import time
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from dateline.building import BuildContext
from dateline.cache.entry_tables import Dependency, MediaInfo
from dateline.content import media
from dateline.content.ids import slugify, split_date
from dateline.content.link_keys import LinkKey, path_key
from dateline.content.scan import UNSETTLED, is_text, settled, stamp_of
from dateline.content.source import file_kind
from dateline.model import Post

# After the path of a picture, stands for its other sizes among the dependencies; no path of a file ends like this.
_SIZES = "/"


class Lookup:
    """Looks up posts and files for one entry, which is built again once an answer has changed.

    - `dependencies`: what was looked up, with the answers. No answer equals UNSETTLED, so the next build looks again.
    - `media_info`: what was read from media files that the cache did not know, as path, kind, stamp and info.
    """

    def __init__(self, context: BuildContext) -> None:
        self.dependencies: dict[str, Dependency] = {}
        self.media_info: list[tuple[str, str, str, MediaInfo]] = []
        self._context = context

    def by_keys(self, *keys: LinkKey) -> list[Post]:
        """Return the posts that any of these keys finds, without those that have errors."""
        cache, now, broken = self._context.cache, self._context.now, self._context.broken
        found: dict[str, Post] = {}
        for key, date in keys:
            answer = cache.dependencies.answer(key, date, now)
            posts = cache.posts.by_link_key(key, date) if answer else []
            has_broken = any(post.path in broken for post in posts)
            self._record(f"//{date}/{key}", UNSETTLED if has_broken else answer)
            found |= {post.path: post for post in posts if post.path not in broken}
        return list(found.values())

    def may_be_broken(self, keys: Iterable[LinkKey]) -> bool:
        """Return whether any of these keys may find a post that cannot be read."""
        return not _keys_of_paths(self._context.broken).isdisjoint(key for key, _ in keys)

    def at(self, path: str) -> Post | str:
        """Return the post at a path, or what else is there: file, folder, missing, outside or broken."""
        context = self._context
        if path.split("/")[0] == "..":
            return "outside"
        if path in context.broken:
            self._record(path, None, UNSETTLED)
            return "broken"
        if found := context.cache.dependencies.post_at(path, context.now):
            post, target = found
            self._record(path, target)
            return post
        return file_kind(context.folder, path) if self.exists(path) else "missing"

    def exists(self, path: str) -> bool:
        """Return whether there is a file or a folder at a path."""
        stamp = stamp_of(os.path.join(self._context.folder, path))
        self._record(path, None, stamp if settled(stamp, time.time_ns()) else UNSETTLED)
        return stamp != ""

    def size(self, path: str) -> int:
        """Return the size of a file, in bytes."""
        return int(stamp_of(os.path.join(self._context.folder, path)).partition(" ")[0] or 0)

    def other_sizes(self, path: str) -> list[str]:
        """Return the names of the other sizes of a picture, files that are next to it."""
        names = _other_sizes(self._context, path)
        self._record(path + _SIZES, None, " ".join(names))
        return names

    def info(self, path: str, kind: str) -> MediaInfo:
        """Return what is known of a ``picture`` or ``recording`` once looked up; read it unless the cache knows it."""
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

    def _record(self, path: str, target: str | None, stamp: str = "") -> None:
        self.dependencies[path] = Dependency(path, target, stamp)


def _other_sizes(context: BuildContext, path: str) -> list[str]:
    folder, name = os.path.split(path)
    found = {} if context.sizes is None else context.sizes
    if folder not in found:
        try:
            names = os.listdir(context.folder / folder)
        except OSError:
            names = []
        found[folder] = media.other_sizes(filter(is_text, names))
    return found[folder].get(name, [])


def current_stamps(context: BuildContext, paths: Iterable[str]) -> dict[str, str]:
    """Return what dependencies without a target say now: the stamps of files, and the other sizes of pictures."""
    return {
        path: " ".join(_other_sizes(context, path.removesuffix(_SIZES)))
        if path.endswith(_SIZES)
        else stamp_of(os.path.join(context.folder, path))
        for path in paths
    }


def watched_files(folder: Path, stamps: Mapping[str, str]) -> dict[str, str]:
    """Return the stamps of files, and those of folders in which other sizes of pictures may be put."""
    folders = {os.path.dirname(path.removesuffix(_SIZES)) for path in stamps if path.endswith(_SIZES)}
    files = {path: stamp for path, stamp in stamps.items() if not path.endswith(_SIZES)}
    return {**files, **{path: stamp_of(folder / path) for path in folders}}


@lru_cache(maxsize=1)
def _keys_of_paths(paths: frozenset[str]) -> set[str]:
    stems = [path_key(path).rpartition("/")[2] for path in paths]
    return {*map(path_key, paths), *map(slugify, stems), *(slugify(split_date(stem)[1]) for stem in stems)}
