"""Read the entries of the collections of an Astro site, and its Markdown pages."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, urljoin

from dateline.content.front_matter_keys import DATES, LANGUAGE
from dateline.content.key_values import Value
from dateline.content.languages import listed
from dateline.errors import Problem
from dateline.model import Publication, Source
from dateline.sites.addresses import absolute
from dateline.sites.files import parsed, read_text, text_of, walk
from dateline.sites.importers.astro.content import Collection, entry_id, page_path, without_aliases
from dateline.sites.model import Site, SitePost, remark

_MARKDOWN = (".md", ".mdx", ".markdown", ".mdown")
# Keys with which schemas of people hide posts, with the value that does not.
_SHOWN = {"isdraft": "false", "hide": "false", "isunlisted": "false", "ispublish": "true", "ispublished": "true"}


def posts(source: Path, site: Site, publication: Publication) -> Iterator[SitePost | Problem]:
    """Yield the entries of collections and the Markdown pages; those without a date are pages."""
    content: Mapping[str, Collection] = site.config["collections"]
    found: dict[str, list[SitePost | Problem]] = {}
    for name, collection in content.items():
        paths = (path for path in walk(source, collection.folder, ["node_modules"]) if path.endswith(_MARKDOWN))
        found[name] = [_entry(source, site, path, name, publication) for path in paths]
    paths = (path for path in walk(source, site.config["pages"]) if path.endswith(_MARKDOWN))
    found[""] = [_entry(source, site, path, "", publication) for path in paths if "/_" not in path]
    has_posts = [name for name, items in found.items() if any(_is_post(item) for item in items)]
    for name, items in found.items():
        for item in items:
            is_below = isinstance(item, SitePost) and name and len(has_posts) > 1
            yield item._replace(path=f"{name}/{item.path}") if is_below else item
    for name in filter(None, has_posts):
        yield from (remark(source, content[name].folder, None, *text) for text in _remarks(name, site))


def _remarks(name: str, site: Site) -> Iterator[tuple[str, str]]:
    """Yield what is to be known of the posts of a collection, and what to do."""
    if not site.config["collections"][name].routes:
        problem = f"no page was found that shows the collection {name}, so its addresses are a guess"
        yield problem, "import with --feed, or check permalink in feed.toml"
    if site.config["in_feed"] and name not in site.config["in_feed"]:
        problem = f"the site's feed leaves out the collection {name}, but Dateline's feeds have all posts"
        yield problem, "remove those that subscribers must not get"


def _is_post(item: SitePost | Problem) -> bool:
    return isinstance(item, SitePost) and not item.is_page


def _entry(source: Path, site: Site, file: str, name: str, publication: Publication) -> SitePost | Problem:
    """Return an entry of a collection, or without a name, a page."""
    collection = site.config["collections"].get(name) or Collection(site.config["pages"], site.config["pages"])
    read = read_text(source, file)
    if isinstance(read, Problem):
        return read
    text = without_aliases(read, site.config["aliases"])
    path = posixpath.splitext(posixpath.relpath(file, collection.folder))[0] + ".md"
    found = parsed(Source(path, text), publication)
    if found is None:
        return SitePost(path, file, text, is_page=not re.search(r"^\w*date:", text, re.MULTILINE | re.IGNORECASE))
    post, fields = found
    keys: dict[str, Value | None] = {key: None for key in _SHOWN if key in fields.values}
    hidden = [key for key, shown in _SHOWN.items() if text_of(fields.get(key)).lower() not in ("", shown)]
    parts = path.split("/")[-1 if collection.has_loader else 0 :]
    hidden += [part for part in parts if part[0] == "_"]
    problems = []
    if hidden:
        keys["draft"] = "true"
        problem = f"the site leaves it out ({hidden[0]}), so it is a draft"
        problems.append(remark(source, file, fields.lines.get(hidden[0]), problem, "remove draft: true to publish it"))
    folders = (path.split("/")[0], posixpath.basename(collection.folder))
    language = next(filter(None, (listed(folder, site.config["languages"]) for folder in folders)), "")
    if language and len(site.config["languages"]) > 1 and fields.first(*LANGUAGE) is None:
        keys["lang"] = language
    slug = text_of(fields.get("slug"))
    keys |= {"slug": None} if "/" in slug else {}
    address = id = ""
    if not (hidden or post.draft):
        below = posixpath.relpath(file, collection.base)
        entry = (slug or entry_id(below)) if name else re.sub(r"(^|/)index$", "", posixpath.splitext(below)[0])
        address, id = _addresses(site, publication, name, entry, language)
    is_dated = post.published.year != 1970 or fields.first(*DATES) is not None
    return SitePost(path, file, text, keys, address, id, not is_dated, tuple(problems))


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
