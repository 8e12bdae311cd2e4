"""Tell which files of a Jekyll site are what, and which front matter the configuration gives them. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from dateline.content.key_values import Value
from dateline.sites.files import folder_of, is_on, table_of, text_of, texts_of

POSTS, DRAFTS, PAGES = "_posts", "_drafts", ""
_SPECIAL = tuple("_#~")  # what the names of files begin with that Jekyll does not publish
_NEVER = ["node_modules", "vendor/bundle/", "vendor/cache/", "vendor/gems/", "vendor/ruby/"]


class Layout(NamedTuple):
    """How a site is laid out in its folder.

    `root` is the folder that Jekyll reads, and `home` that of its collections, both empty or with a slash at the end.
    `collections` are those with pages, by label.
    """

    root: str
    home: str
    excluded: Sequence[str]
    included: Sequence[str]
    collections: Mapping[str, Mapping[str, Value]]
    output: str


class Place(NamedTuple):
    """What a file is: `kind` is POSTS, DRAFTS, PAGES, or the label of a collection.

    `path` is relative to the folder of collections, or of pages; `above` are the folders of a folder of posts, and
    `below` is the path in that, or in that of the collection.
    """

    kind: str
    path: str
    above: Sequence[str]
    below: str


def layout_of(config: Mapping[str, Value]) -> Layout:
    """Return the layout of a site with this configuration."""
    collections = {label: table_of(table) for label, table in table_of(config.get("collections")).items()}
    return Layout(
        f"{folder}/" if (folder := folder_of(config.get("source"))) else "",
        f"{folder}/" if (folder := folder_of(config.get("collections_dir"))) else "",
        [*(path.removeprefix("./").lstrip("/") for path in texts_of(config.get("exclude"))), *_NEVER],
        texts_of(config.get("include")),
        {label: table for label, table in collections.items() if is_on(table.get("output"))},
        folder_of(config.get("destination"), "_site") or "_site",
    )


def place_of(path: str, layout: Layout) -> Place | None:
    """Return what a file is; None for one that Jekyll does not publish. `path` is relative to the source."""
    below_root = path.removeprefix(layout.root)
    if path.startswith(f"{layout.output}/") or _is_excluded(below_root, layout):
        return None
    below_home = below_root.removeprefix(layout.home)
    names = below_home.split("/")
    special = [i for i, name in enumerate(names) if name.startswith(_SPECIAL) and name not in layout.included]
    if not special:
        return Place(PAGES, below_root, (), below_root)
    first, last = special[0], len(names) - 1
    if {first + 1, last}.intersection(special) or not below_root.startswith(layout.home):
        return None
    above, name, below = names[:first], names[first], "/".join(names[first + 1 :])
    if name in (POSTS, DRAFTS):
        return Place(name, below_home, above, below)
    return Place(name[1:], below_home, (), below) if not above and name[1:] in layout.collections else None


def _is_excluded(path: str, layout: Layout) -> bool:
    names = path.split("/")
    folders = ["/".join(names[:end]) for end in range(1, len(names) + 1)]
    return (
        any(name.endswith("~") for name in names)
        or any(pattern and path.startswith(pattern) for pattern in layout.excluded)
        or any(fnmatchcase(folder, pattern) for pattern in layout.excluded for folder in folders)
    ) and not any(name in layout.included for name in (path, *names))


def defaults_for(place: Place, layout: Layout, sets: Value | None) -> dict[str, Value]:
    """Return what the list of `defaults` gives a file; of two scopes that fit, the longer path counts."""
    kind = {POSTS: "posts", DRAFTS: "posts", PAGES: "pages"}.get(place.kind, place.kind)
    found: dict[str, Value] = {}
    best: tuple[int, bool] | None = None
    for scope, values in _scopes(sets):
        path, only = text_of(scope.get("path")), text_of(scope.get("type"))
        if only not in ("", kind, kind.removesuffix("s")) or not _is_below(place.path, path, layout):
            continue
        rank = len(path.strip("/")), bool(only)
        if best is None or rank >= best:
            found, best = {**found, **values}, rank
        else:
            found = {**values, **found}
    return found


def _scopes(sets: Value | None) -> Iterator[tuple[dict[str, Value], dict[str, Value]]]:
    for item in sets if isinstance(sets, list) else ():
        table = table_of(item)
        yield table_of(table.get("scope")), table_of(table.get("values"))


def _is_below(path: str, scope: str, layout: Layout) -> bool:
    """Return whether a path is in the scope of defaults, which is the beginning of a path, or a pattern of one."""
    if layout.home:
        scope = scope.removeprefix(layout.home)
    if "*" not in scope:
        return path.startswith(scope)
    names, patterns = path.split("/"), scope.strip("/").split("/")
    if "**" in patterns:
        return fnmatchcase(path, f"{scope.strip('/').replace('**/', '*')}*")
    return len(names) >= len(patterns) and all(map(fnmatchcase, names, patterns))
