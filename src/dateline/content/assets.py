"""Folders of media that posts name by the paths of a site: those of feed.toml's `assets`, usually outside the posts.

They may be anywhere in the git work tree that the posts are in, or else in the folder above the posts. Only pictures,
sound, films, fonts and documents in them are published, and only those that a post names.
"""

import os
import posixpath
from collections.abc import Iterator, Sequence
from pathlib import Path

from dateline.content.key_values import Value
from dateline.content.media import media_type_of
from dateline.content.scan import leads_inside
from dateline.content.validators import line_of_text
from dateline.errors import InputError, quoted
from dateline.lazy_patterns import lazy_pattern

# Media types of what runs or styles a page, or may be a program's settings.
_NO_MEDIA = lazy_pattern(r"text/(?:css|html|javascript|x-opml)|application/(?:json|manifest\+json|wasm|xml)")


def asset_folder(value: Value) -> str:
    """Read the path of a folder, relative to that of posts. Raises InputError."""
    path = line_of_text(value)
    if path.startswith("/") or "\\" in path or any(_is_hidden(name) for name in path.split("/")):
        raise InputError(f"{quoted(path)} is not a relative folder that is shown", 'write it like "../static"')
    return posixpath.normpath(path)


def _is_hidden(name: str) -> bool:
    return name.startswith(".") and name not in (".", "..")


def asset_problem(folder: Path, path: str) -> tuple[str, str] | None:
    """Return what is wrong with a folder of assets, and the remedy."""
    full = folder / path
    if not full.is_dir():
        return f"there is no folder '{path}' here", "correct the path, which is relative to feed.toml"
    top = _top(folder)
    if not leads_inside(str(full), top) or any(map(_is_hidden, _inner(str(full), top))):
        return f"'{path}' is outside {top}", "copy what posts name into the folder of posts"
    return None


def _top(folder: Path) -> str:
    """Return the git work tree that the posts are in, or the folder above them."""
    real = Path(os.path.realpath(folder))
    return str(next((above for above in (real, *real.parents) if (above / ".git").exists()), real.parent))


def asset_paths(path: str, assets: Sequence[str]) -> Iterator[str]:
    """Yield where a file may be, relative to the folder of posts, that a link calls by a path from the site's root.

    Sites differ in whether the name of the folder is part of the path.
    """
    if not path.startswith("_") and "/_" not in path:
        yield path
    first, _, rest = path.partition("/")
    for asset in assets:
        yield posixpath.join(asset, path)
        if rest and first == posixpath.basename(asset):
            yield posixpath.join(asset, rest)


def path_in_assets(path: str, assets: Sequence[str]) -> str | None:
    """Return the path below a folder of assets that a path relative to the folder of posts leads into."""
    return next((path.removeprefix(f"{asset}/") for asset in assets if path.startswith(f"{asset}/")), None)


def root_of(folder: Path, path: str, assets: Sequence[str]) -> str:
    """Return the real path of the folder that a file to be published, named by a post, must not lead out of."""
    outer = (asset for asset in assets if path.startswith(f"{asset}/"))
    return os.path.realpath(folder / next(outer, "") if path.startswith("../") else folder)


def is_asset(root: str, full: str) -> bool:
    """Return whether a path leads to a media file below `root`, a real path, that is not hidden."""
    real, inner = os.path.realpath(full), _inner(full, root)
    return inner[0] != ".." and not any(map(_is_hidden, inner)) and is_media(real) and os.path.isfile(real)


def _inner(path: str, root: str) -> list[str]:
    return os.path.relpath(os.path.realpath(path), root).split(os.sep)


def is_media(path: str) -> bool:
    """Return whether files with this ending are published from folders of assets."""
    found = media_type_of(path)
    return found is not None and not _NO_MEDIA.fullmatch(found)
