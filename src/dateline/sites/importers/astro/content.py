"""Find the collections of an Astro site, and the routes that show their entries."""

import os
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from dateline.content.key_values import Value
from dateline.model import Source
from dateline.sites.addresses import github_slug
from dateline.sites.files import first_file, table_of, text_at, text_of, texts_of, walk
from dateline.sites.literals.javascript import ENDINGS, Script, read_script

_LANGUAGES = ("lang", "locale", "language")
_LISTS = ("page", "tag", "tags", "category", "author", "year", "archive", *_LANGUAGES)
_PARAMETER = re.compile(r"\[(?:\.\.\.)?([\w-]+)\]")
_SHOWS = re.compile(r"<Content\b|\brender\(")
_NAMES = re.compile(r"\bget(?:Collection|Entry|EntryBySlug)\(\s*[\"'`]([\w-]+)")


class Collection(NamedTuple):
    """A collection: its folder or file, what the ids of entries start from, and routes of their pages, if known.

    Files whose names begin with ``_`` are left out; without a loader, so are folders.
    """

    folder: str
    base: str
    routes: tuple[str, ...] = ()
    has_loader: bool = False


def config_script(source: Path, stem: str) -> Script:
    """Return the script of this name, whatever its ending; an empty one if there is none."""
    path = first_file(source, (stem + ending for ending in ENDINGS))
    return read_script(source, path) if path else Script("")


def collections(source: Path, src: str) -> Iterator[tuple[str, Collection]]:
    """Yield the collections by name: those that are configured, or else the folders of content."""
    stems = (posixpath.join(src, stem) for stem in ("content.config", "content/config"))
    declared = next(filter(None, (table_of(config_script(source, stem).named("collections")) for stem in stems)), {})
    content = source / src / "content"
    folders = sorted(entry.name for entry in content.iterdir() if entry.is_dir()) if os.path.isdir(content) else []
    routes = list(_routes(source, posixpath.join(src, "pages")))
    for name in declared or folders:
        loader = table_of(declared.get(name)).get("loader", "")
        base, folder = _place(posixpath.join(src, "content", name), loader)
        if not folder.startswith(".."):
            yield name, Collection(folder, base, _routes_of(name, routes), bool(loader))


def _place(default: str, loader: Value) -> tuple[str, str]:
    """Return what the ids of a collection's entries start from, and the folder that they are in."""
    options = loader if isinstance(loader, dict) else {"base": loader}
    pattern = next(iter(texts_of(options.get("pattern"))), "")
    base = posixpath.normpath((text_of(options.get("base")) or ("." if pattern else default)).lstrip("/"))
    return base, posixpath.normpath(posixpath.join(base, re.split(r"/?[^/]*[*{\[(]", pattern.lstrip("/"))[0]))


def named_collections(text: str) -> set[str]:
    """Return the collections whose entries a page or an endpoint reads, as far as it names them."""
    return set(_NAMES.findall(text))


def _routes(source: Path, pages: str) -> Iterator[tuple[str, set[str]]]:
    """Yield the routes that show one entry, with the collections that their pages name."""
    for path in walk(source, pages):
        route = posixpath.splitext(path)[0].removeprefix(f"{pages}/").removesuffix("/index")
        parameters = _PARAMETER.findall(route)
        if path.endswith(".astro") and parameters and parameters[-1] not in _LISTS:
            text = text_at(source, path)
            named = named_collections(text)
            if named or _SHOWS.search(text) or parameters[-1] in ("slug", "id"):
                yield route, named


def _routes_of(name: str, routes: Sequence[tuple[str, set[str]]]) -> tuple[str, ...]:
    """Return the routes of a collection: their pages name it, or are in a folder of this name, or there is but one."""
    naming = sorted((len(named), route) for route, named in routes if name in named)
    if naming:
        return tuple(route for _, route in naming)
    unnamed = [route for route, named in routes if not named]
    in_folder = [route for route in unnamed if {name, f"{name}s"} & set(route.split("/"))]
    return tuple(in_folder or (unnamed if len(unnamed) == 1 else ()))


def entry_id(path: str) -> str:
    """Return the id of an entry, given its path below the base of its collection."""
    return "/".join(map(github_slug, posixpath.splitext(path)[0].split("/"))).removesuffix("/index")


def page_path(routes: Sequence[str], entry: str, language: str, languages: Sequence[str]) -> str | None:
    """Return the path of the page of an entry; None if its route has parameters that are not known.

    A route may be in the folder of a language, or have one as a parameter, and leaves it out of the id then.
    """
    route, is_own = _route(routes, language, languages)
    *folders, last = route.split("/")
    is_parameter = bool(folders and set(_PARAMETER.findall(folders[0])) & set(_LANGUAGES))
    if is_own or is_parameter or not last.startswith("[..."):
        entry = entry.removeprefix(f"{language}/")
    if is_parameter:
        folders[0] = language
    path = "/".join((*folders, _PARAMETER.sub(lambda _: entry, last, count=1)))
    return None if _PARAMETER.search(path) else path


def _route(routes: Sequence[str], language: str, languages: Sequence[str]) -> tuple[str, bool]:
    """Return the route of an entry in a language, and whether it is in the folder of that."""
    of_languages = {route: route.split("/")[0] for route in routes if route.split("/")[0] in languages}
    own = [route for route in routes if language and of_languages.get(route) == language]
    return next(iter([*own, *(route for route in routes if route not in of_languages), *routes])), bool(own)


def aliases(source: Path) -> dict[str, str]:
    """Return the folders that paths of imports and media may begin with other names for, with slashes at their ends."""
    config = table_of(Script(f"export default {text_at(source, 'tsconfig.json')}").default())
    options = table_of(config.get("compilerOptions"))
    base = text_of(options.get("baseUrl"))
    folders = {name: next(iter(texts_of(paths)), "") for name, paths in table_of(options.get("paths")).items()}
    return {
        name[:-1]: posixpath.normpath(posixpath.join(base, folder[:-1])) + "/"
        for name, folder in folders.items()
        if name.endswith("/*") and len(name) > 2 and folder.endswith("/*") and ".." not in folder
    }


def without_aliases(found: Source, names: Mapping[str, str]) -> str:
    """Return the text of a file with paths that start from it in place of those that begin with an alias."""
    pattern = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    folder = posixpath.dirname(found.path)
    relative = {name: posixpath.relpath(path, folder) + "/" for name, path in names.items()}
    written = rf"""(?<=[\s("'])(?:{pattern})(?=[\w-])"""
    return re.sub(written, lambda match: relative[match[0]], found.text) if names else found.text
