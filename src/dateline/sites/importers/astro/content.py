"""Find the collections of an Astro site, and the routes that show their entries."""

import os
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from dateline.model import Source
from dateline.sites.addresses import github_slug
from dateline.sites.files import read_text, table_of, text_of, texts_of, walk
from dateline.sites.literals.javascript import ENDINGS, Script, read_script

LANGUAGE_PARAMETERS = ("lang", "locale", "language")
_LISTS = ("page", "tag", "tags", "category", "author", "year", "archive", *LANGUAGE_PARAMETERS)
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
    path = next((stem + ending for ending in ENDINGS if os.path.isfile(source / f"{stem}{ending}")), "")
    return read_script(source, path) if path else Script("")


def collections(source: Path, src: str) -> Iterator[tuple[str, Collection]]:
    """Yield the collections by name: those that are configured, or else the folders of content."""
    scripts = [config_script(source, f"{src}/{stem}") for stem in ("content.config", "content/config")]
    declared = next(filter(None, (table_of(script.named("collections")) for script in scripts)), {})
    content = source / src / "content"
    folders = sorted(entry.name for entry in content.iterdir() if entry.is_dir()) if os.path.isdir(content) else []
    routes = list(_routes(source, f"{src}/pages"))
    for name in declared or folders:
        loader = table_of(declared.get(name)).get("loader", "")
        options = loader if isinstance(loader, dict) else {"base": loader}
        pattern = next(iter(texts_of(options.get("pattern"))), "")
        base = text_of(options.get("base")) or ("." if pattern else f"{src}/content/{name}")
        base = posixpath.normpath(base.lstrip("/"))
        folder = posixpath.normpath(posixpath.join(base, re.split(r"/?[^/]*[*{\[(]", pattern.lstrip("/"))[0]))
        if not folder.startswith(".."):
            yield name, Collection(folder, base, _routes_of(name, routes), bool(loader))


def named_collections(text: str) -> set[str]:
    """Return the collections whose entries a page or an endpoint reads, as far as it names them."""
    return set(_NAMES.findall(text))


def _routes(source: Path, pages: str) -> Iterator[tuple[str, set[str]]]:
    """Yield the routes that show one entry, with the collections that their pages name."""
    for path in walk(source, pages):
        route = posixpath.splitext(path)[0].removeprefix(f"{pages}/").removesuffix("/index")
        parameters = _PARAMETER.findall(route)
        if path.endswith(".astro") and parameters and parameters[-1] not in _LISTS:
            found = read_text(source, path)
            text = found.text if isinstance(found, Source) else ""
            named = named_collections(text)
            if named or _SHOWS.search(text) or parameters[-1] in ("slug", "id"):
                yield route, named


def _routes_of(name: str, routes: Sequence[tuple[str, set[str]]]) -> tuple[str, ...]:
    """Return the routes of a collection: their pages name it, or are in a folder of this name, or there is but one."""
    naming = sorted((len(named), route) for route, named in routes if name in named)
    unnamed = [route for route, named in routes if not named]
    in_folder = [route for route in unnamed if {name, f"{name}s"} & set(route.split("/"))]
    return tuple([route for _, route in naming] or in_folder or (unnamed if len(unnamed) == 1 else []))


def entry_id(path: str) -> str:
    """Return the id of an entry, given its path below the base of its collection."""
    return "/".join(map(github_slug, posixpath.splitext(path)[0].split("/"))).removesuffix("/index")


def page_path(routes: Sequence[str], entry: str, language: str, languages: Sequence[str]) -> str | None:
    """Return the path of the page of an entry; None if its route has parameters that are not known.

    A route may be in the folder of a language, or have one as a parameter, and leaves it out of the id then.
    """
    firsts = {route: route.split("/")[0] for route in routes}
    of_others = [route for route in routes if firsts[route] not in languages]
    route = next((route for route in routes if language and firsts[route] == language), [*of_others, *routes][0])
    *before, last = route.split("/")
    is_parameter = bool(before and set(_PARAMETER.findall(before[0])) & set(LANGUAGE_PARAMETERS))
    if is_parameter or firsts[route] == language or not last.startswith("[..."):
        entry = entry.removeprefix(f"{language}/")
    if is_parameter:
        before[0] = language
    path = "/".join((*before, _PARAMETER.sub(lambda _: entry, last, count=1)))
    return None if _PARAMETER.search(path) else path


def aliases(source: Path) -> dict[str, str]:
    """Return the folders that paths of imports and media may begin with other names for, with slashes at their ends."""
    found = read_text(source, "tsconfig.json")
    config = table_of(Script(f"export default {found.text}").default()) if isinstance(found, Source) else {}
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
