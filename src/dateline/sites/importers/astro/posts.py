"""Read the entries of the collections of an Astro site, and its Markdown pages."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, urljoin

from dateline.content.front_matter_keys import LANGUAGE
from dateline.content.key_values import Fields, Value
from dateline.content.languages import listed
from dateline.errors import Problem
from dateline.model import Publication, Source
from dateline.sites.addresses import absolute
from dateline.sites.files import has_date, parsed, read_text, text_of, walk
from dateline.sites.importers.astro.content import Collection, entry_id, page_path, without_aliases
from dateline.sites.model import Site, SitePost, remark

_MARKDOWN = (".md", ".mdx", ".markdown", ".mdown")
_DATE = re.compile(r"^\w*date:", re.MULTILINE | re.IGNORECASE)
# Keys with which schemas of people hide posts, with the value that does not.
_SHOWN = {"isdraft": "false", "hide": "false", "isunlisted": "false", "ispublish": "true", "ispublished": "true"}


def posts(source: Path, site: Site, publication: Publication) -> Iterator[SitePost | Problem]:
    """Yield the entries of collections and the Markdown pages; those without a date are pages."""
    collections: Mapping[str, Collection] = site.config["collections"]
    found = {name: [*_entries(source, site, name, publication)] for name in (*collections, "")}
    shown = [name for name, items in found.items() if any(map(_is_post, items))]
    for name, items in found.items():
        folder = f"{name}/" if name and len(shown) > 1 else ""
        is_known = not name or _has_own_route(name, collections)
        yield from (_placed(item, folder, is_known) if isinstance(item, SitePost) else item for item in items)
    for name in filter(None, shown):
        yield from (remark(source, collections[name].folder, None, *text) for text in _remarks(name, site))


def _placed(item: SitePost, folder: str, is_known: bool) -> SitePost:
    """Return an entry with its path in a folder; without an address if it may be a tag or a person that has no page."""
    is_guess = item.is_page and not is_known
    return item._replace(path=folder + item.path, address="" if is_guess else item.address)


def _remarks(name: str, site: Site) -> Iterator[tuple[str, str]]:
    """Yield remarks on the posts of a collection, each with what to do."""
    if not site.config["collections"][name].routes:
        problem = f"no page was found that shows the collection {name}, so its addresses are a guess"
        yield problem, "import with --feed, or check permalink in feed.toml"
    if site.config["in_feed"] and name not in site.config["in_feed"]:
        problem = f"the site's feed leaves out the collection {name}, but Dateline's feeds have all posts"
        yield problem, "remove those that subscribers must not get"


def _has_own_route(name: str, collections: Mapping[str, Collection]) -> bool:
    """Return whether a route is known that shows a collection and no other."""
    routes = [collection.routes for collection in collections.values()]
    own = collections[name].routes
    return bool(own) and routes.count(own) == 1


def _is_post(item: SitePost | Problem) -> bool:
    return isinstance(item, SitePost) and not item.is_page


def _entries(source: Path, site: Site, name: str, publication: Publication) -> Iterator[SitePost | Problem]:
    """Yield the entries of a collection, or without a name, the pages."""
    collection = site.config["collections"].get(name) or Collection(site.config["pages"], site.config["pages"])
    for path in walk(source, collection.folder, ["node_modules"]):
        if path.endswith(_MARKDOWN) and (name or "/_" not in path):
            file = read_text(source, path)
            yield file if isinstance(file, Problem) else _entry(source, site, file, name, collection, publication)


def _entry(
    source: Path, site: Site, file: Source, name: str, collection: Collection, publication: Publication
) -> SitePost:
    text = without_aliases(file, site.config["aliases"])
    path = posixpath.splitext(posixpath.relpath(file.path, collection.folder))[0] + ".md"
    found = parsed(Source(path, text), publication)
    if found is None:
        return SitePost(path, file.path, text, is_page=not _DATE.search(text))
    post, fields = found
    languages = site.config["languages"]
    folders = (path.split("/")[0], posixpath.basename(collection.folder))
    language = listed(folders[0], languages) or listed(folders[1], languages) or ""
    slug = text_of(fields.get("slug"))
    keys = _keys(fields, language if len(languages) > 1 else "")
    problems: tuple[Problem, ...] = ()
    address = id = ""
    if hidden := _hidden(fields, path, collection):
        keys["draft"] = "true"
        problem = f"the site leaves it out ({hidden}), so it is a draft"
        problems = (remark(source, file.path, fields.lines.get(hidden), problem, "remove draft: true to publish it"),)
    elif not post.draft:
        below = posixpath.relpath(file.path, collection.base)
        entry = (slug or entry_id(below)) if name else re.sub(r"(^|/)index$", "", posixpath.splitext(below)[0])
        address, id = _addresses(site, publication, name, entry, language)
    return SitePost(path, file.path, text, keys, address, id, not has_date(post, fields), problems)


def _keys(fields: Fields, language: str) -> dict[str, Value | None]:
    """Return the language of an entry that says none, and the keys that mean nothing to Dateline, or something else."""
    dropped = [*_SHOWN, *(["slug"] if "/" in text_of(fields.get("slug")) else [])]
    keys: dict[str, Value | None] = {key: None for key in dropped if key in fields.values}
    return keys | ({"lang": language} if language and fields.first(*LANGUAGE) is None else {})


def _hidden(fields: Fields, path: str, collection: Collection) -> str:
    """Return the key, or the name of a file or folder, by which an entry is left out; empty for one that is shown."""
    keys = [key for key, shown in _SHOWN.items() if text_of(fields.get(key)).lower() not in ("", shown)]
    names = path.split("/")[-1 if collection.has_loader else 0 :]
    return next(iter([*keys, *(name for name in names if name[0] == "_")]), "")


def _addresses(site: Site, publication: Publication, name: str, entry: str, language: str) -> tuple[str, str]:
    """Return the address of an entry or a page, and its id in the feed, which is the link there; empty if unknown."""
    routes = site.config["collections"][name].routes or (f"{name}/[...slug]",) if name else ("[...page]",)
    path = page_path(routes, entry, language, site.config["languages"])
    if path is None:
        return "", ""
    page = absolute(publication, quote(path.strip("/")))
    link = site.config["link"]
    linked = quote(entry.join(link).strip("/")) if link else ""
    # The feed may link to addresses without `base`.
    id = urljoin(page, f"/{linked}") if linked and page.endswith(f"/{linked}") else page
    return page + site.config["slash"], id.rstrip("/") + site.config["feed_slash"]
