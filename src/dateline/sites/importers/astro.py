"""Import Astro sites: collections of content, at the addresses of the routes that show them, and Markdown pages."""

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
from dateline.sites.astro_content import Collection, collections, config_script, entry_id, page_path
from dateline.sites.files import parsed, read_text, table_of, text_of, walk
from dateline.sites.js_literals import ENDINGS, Script, read_script
from dateline.sites.model import MediaFolder, Site, SitePost, remark
from dateline.sites.site_data import authors_in, described, feed_settings, first_of, read_data

_MARKDOWN = (".md", ".mdx", ".markdown", ".mdown")
# Where people keep what a site is called, below the folder of its source.
_ABOUT = "consts constants config site.config siteConfig site config/site config/index data/site lib/site".split()
_LINK = re.compile(r"\blink:\s*`([^`$]*)\$\{[^`{}]*\}([^`$]*)`")
_SLICE = re.compile(r"\.slice\(\s*0\s*,\s*([1-9]\d{0,2})\s*\)")
_LANGUAGE = re.compile(r"<language>([\w-]+)</language>")
# Keys with which schemas of people hide posts, with the value that does not.
_SHOWN = {"isdraft": "false", "hide": "false", "isunlisted": "false", "ispublish": "true", "ispublished": "true"}


def detect(source: Path) -> bool:
    """Return whether a folder has the configuration of an Astro site."""
    return any((source / f"astro.config{ending}").is_file() for ending in ENDINGS)


def settings(source: Path) -> Site:
    """Read the configuration, the endpoint of the feed, and what constants say of the site."""
    script = config_script(source, "astro.config")
    config = table_of(script.default())
    folders = {key: text_of(config.get(key)) for key in ("srcDir", "publicDir", "outDir")}
    src, public, output = (
        posixpath.normpath((path or default).lstrip("./"))
        for path, default in zip(folders.values(), ("src", "public", "dist"), strict=True)
    )
    feed_path, feed = _feed(source, f"{src}/pages")
    options = next((table_of(call[0]) for call in feed.calls("rss") if call), {})
    found = first_of(*map(described, ({**options, "site": ""}, *_about(source, src))))
    base = text_of(config.get("base")).strip("/")
    address = text_of(config.get("site")) or text_of(options.get("site")) or found.get("url", "")
    found["url"] = urljoin(address, f"/{base}/") if base else address
    found |= {"timezone": "UTC", "default_time": "00:00"} | (feed_settings({"rss": feed_path}) if feed_path else {})
    found |= {"content": "summary"} if options and "content" not in feed.words else {}
    found |= {"limit": int(limit[1])} if (limit := _SLICE.search(feed.text)) else {}
    content = dict(collections(source, src))
    authors = [authors_in(source, content[name].folder) for name in ("authors", "author") if name in content]
    languages = _languages(table_of(config.get("i18n")))
    language = _LANGUAGE.search(feed.text)
    found["language"] = languages[0] if languages else (language[1] if language else found.get("language", ""))
    found |= {"authors": authors[0] if authors else {}, "languages": languages if len(languages) > 1 else []}
    link = _LINK.search(feed.text)
    details = {
        "pages": f"{src}/pages",
        "collections": content,
        "languages": languages,
        "slash": "" if text_of(config.get("trailingSlash")) == "never" else "/",
        "link": link.groups() if link else ("", ""),
        "feed_slash": "" if text_of(options.get("trailingSlash")) == "false" else "/",
    }
    media = (MediaFolder(source / public), MediaFolder(source / public, f"/{base}"))
    file = source / output / (feed_path or "rss.xml")
    return Site(found, media[: 2 if base else 1], (file,) if file.is_file() else (), tuple(_problems(script)), details)


def _problems(script: Script) -> Iterator[Problem]:
    if script.problem:
        yield script.problem


def _feed(source: Path, pages: str) -> tuple[str, Script]:
    """Return the path of the feed in the site, and the endpoint that writes it; both empty if there is none."""
    endpoints = (path for path in walk(source, pages) if path.endswith(ENDINGS) and "[" not in path)
    for path in sorted(endpoints, key=lambda path: (path.count("/"), path)):
        name = posixpath.splitext(path)[0].removeprefix(f"{pages}/")
        script = read_script(source, path) if name.endswith((".xml", ".rss")) else Script("")
        if "rss" in script.words:
            return name, script
    return "", Script("")


def _about(source: Path, src: str) -> Iterator[Mapping[str, Value]]:
    """Yield constants, and those of them that are tables which say what a site is called."""
    for name in _ABOUT:
        script = config_script(source, f"{src}/{name}")
        constants = script.constants | {"": script.default() or ""} or read_data(source, f"{src}/{name}")[0]
        yield constants
        for table in map(table_of, constants.values()):
            if {"title", "name", "siteTitle"} & table.keys() and len(table) > 1:
                yield table


def _languages(i18n: Mapping[str, Value]) -> list[str]:
    locales = i18n.get("locales", "")
    codes = [text_of(item.get("path") if isinstance(item, dict) else item) for item in locales]
    return list(dict.fromkeys(filter(None, [text_of(i18n.get("defaultLocale")), *codes])))


def posts(source: Path, site: Site, publication: Publication) -> Iterator[SitePost | Problem]:
    """Yield the entries of collections and the Markdown pages; those without a date are pages."""
    content: Mapping[str, Collection] = site.config["collections"]
    found: dict[str, list[SitePost | Problem]] = {}
    for name, collection in content.items():
        paths = (path for path in walk(source, collection.folder) if path.endswith(_MARKDOWN))
        found[name] = [_entry(source, site, path, name, publication) for path in paths]
    paths = (path for path in walk(source, site.config["pages"]) if path.endswith(_MARKDOWN))
    found[""] = [_entry(source, site, path, "", publication) for path in paths if "/_" not in path]
    has_posts = [name for name, items in found.items() if any(_is_post(item) for item in items)]
    for name, items in found.items():
        for item in items:
            is_below = isinstance(item, SitePost) and name and len(has_posts) > 1
            yield item._replace(path=f"{name}/{item.path}") if is_below else item
    unknown = [name for name in has_posts if name and not content[name].route]
    for name in unknown:
        problem = f"no page was found that shows the collection {name}, so its addresses are a guess"
        yield remark(source, content[name].folder, None, problem, "import with --feed, or check permalink in feed.toml")


def _is_post(item: SitePost | Problem) -> bool:
    return isinstance(item, SitePost) and not item.is_page


def _entry(source: Path, site: Site, file: str, name: str, publication: Publication) -> SitePost | Problem:
    """Return an entry of a collection, or without a name, a page."""
    collection = site.config["collections"].get(name) or Collection(site.config["pages"], site.config["pages"], "")
    read = read_text(source, file)
    if isinstance(read, Problem):
        return read
    stem = posixpath.splitext(posixpath.relpath(file, collection.folder))[0]
    path = f"{stem}.md"
    post = parsed(Source(path, read.text), publication)
    if post is None:
        return SitePost(
            path, file, read.text, is_page=not re.search(r"^\w*date:", read.text, re.MULTILINE | re.IGNORECASE)
        )
    fields = post[1]
    keys: dict[str, Value | None] = {}
    problems = []
    hidden = [key for key, shown in _SHOWN.items() if text_of(fields.get(key)).lower() not in ("", shown)]
    hidden += [part for part in path.split("/") if part[0] == "_"]
    if hidden:
        keys["draft"] = "true"
        problem = f"the site leaves it out ({hidden[0]}), so it is a draft"
        problems.append(remark(source, file, fields.lines.get(hidden[0]), problem, "remove draft: true to publish it"))
    languages = site.config["languages"]
    language = listed(path.split("/")[0], languages)
    if language and len(languages) > 1 and fields.first(*LANGUAGE) is None:
        keys["lang"] = language
    entry = text_of(fields.get("slug")) or entry_id(posixpath.relpath(file, collection.base))
    address = page_path(collection.route or f"{name}/[...slug]", entry) if name else re.sub(r"(^|/)index$", "", stem)
    is_dated = post[0].published.year != 1970 or fields.first(*DATES) is not None
    if hidden or post[0].draft or address is None:
        return SitePost(path, file, read.text, keys, is_page=not is_dated, problems=tuple(problems))
    url = absolute(publication, quote(address.strip("/")))
    linked = quote(entry.join(site.config["link"]).strip("/"))
    # The feed may link to addresses without `base`.
    id = urljoin(url, f"/{linked}") if linked and url.endswith(f"/{linked}") else url
    id = id.rstrip("/") + site.config["feed_slash"]
    return SitePost(path, file, read.text, keys, url + site.config["slash"], id, not is_dated, tuple(problems))
