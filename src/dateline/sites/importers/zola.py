"""Import Zola sites: ``config.toml`` or ``zola.toml``, and ``content/``."""

import os
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from os.path import basename
from pathlib import Path
from urllib.parse import quote

from dateline.content.key_values import Fields, Value
from dateline.errors import Problem
from dateline.model import Publication, Source
from dateline.sites.addresses import absolute, in_ascii
from dateline.sites.authors import author_of
from dateline.sites.files import (
    feeds_in,
    first_file,
    folder_of,
    front_matter,
    has_date,
    inside,
    is_on,
    limit_of,
    markdown_files,
    parsed,
    read_config,
    read_front_matter,
    read_table,
    read_text,
    table_of,
    text_at,
    text_of,
    texts_of,
    walk,
)
from dateline.sites.model import MediaFolder, Site, SitePost, remark
from dateline.sites.site_data import feed_format

_CONFIGS = ("zola.toml", "config.toml")
_CONTENT = "content/"
_SECTION = "_index"
_ABOUT = ("title", "description")
# A date, or a moment, at the beginning of a file's name.
_DATED_NAME = re.compile(
    r"(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?)(?:\s?[_-](.+))?",
    re.DOTALL,
)
_FORBIDDEN = str.maketrans("", "", '<>:"/\\|?*')
_FEED = "give the old feed with --feed"


def detect(source: Path) -> bool:
    """Return whether a configuration has ``base_url``, which is Zola's own, and there is content."""
    return "base_url" in read_table(source, first_file(source, _CONFIGS)) and (source / _CONTENT).is_dir()


def settings(source: Path) -> Site:
    """Read the configuration."""
    name = first_file(source, _CONFIGS) or _CONFIGS[0]
    config = read_config(source, name)
    language = text_of(config.get("default_language")) or "en"
    of_languages = table_of(config.get("languages"))
    languages = [language, *(code for code in of_languages if code != language)]
    home = read_front_matter(source, f"{_CONTENT}_index.md").values
    about = (config.values, table_of(of_languages.get(language)), home)
    base = text_of(config.get("base_url")).removesuffix("/")
    feeds = _feeds(source, config)
    slugify = table_of(config.get("slugify"))
    return Site(
        {
            "url": base and f"{base}/",
            **{key: next(filter(None, (text_of(table.get(key)) for table in about)), "") for key in _ABOUT},
            "language": language,
            "languages": languages,
            "author": author_of(config.get("author")) or author_of(table_of(config.get("extra")).get("author")),
            "default_time": "00:00",
            "limit": limit_of(config.get("feed_limit")),
            "feed_files": feeds,
            "id": f"{base}/{feeds['atom']}" if "atom" in feeds else None,
        },
        media=tuple(_media(source, config)),
        feeds=feeds_in(source, folder_of(config.get("output_dir")) or "public", feeds.values()),
        problems=tuple(_problems(source, name, feeds.values())),
        config={
            "languages": languages[1:],
            "paths": text_of(slugify.get("paths")) or "on",
            "keep_dates": is_on(slugify.get("paths_keep_dates")),
            "ignored": texts_of(config.get("ignored_content")),
        },
    )


def _problems(source: Path, config: str, feeds: Iterable[str]) -> Iterator[Problem]:
    for feed in feeds:
        if os.path.isfile(source / "templates" / basename(feed)):
            problem = f"{feed} has a template of its own, so its ids may not be those of Zola"
            yield remark(source, config, None, problem, _FEED)


def _media(source: Path, config: Fields) -> Iterator[MediaFolder]:
    """Yield the folders whose files are at the root of the site; that of content has the files beside posts."""
    theme = folder_of(config.get("theme"))
    for name in ("static", *([f"themes/{theme}/static"] if theme else []), "content"):
        if os.path.isdir(source / name):
            yield MediaFolder(source / name)


def _feeds(source: Path, config: Fields) -> dict[str, str]:
    """Return the files of the feed by format: that of the site, or else of the section with most posts."""
    folder = ""
    if not is_on(config.get("generate_feeds") or config.get("generate_feed")):
        sections = _sections(source, "generate_feeds") + _sections(source, "generate_feed")
        if not sections:
            return {}
        pages = list(markdown_files(source, _CONTENT))
        folder = max(sections, key=lambda section: sum(path.startswith(_CONTENT + section) for path in pages))
    names = texts_of(config.get("feed_filenames")) or texts_of(config.get("feed_filename")) or ["atom.xml"]
    formats = {name: _format(source, name) for name in names if inside(name)}
    return {format: folder + name for name, format in sorted(formats.items()) if format}


def _format(source: Path, name: str) -> str:
    """Return the format of a feed: that of its template, or else of its name."""
    template = text_at(source, f"templates/{name}")
    return feed_format(template) if template else {"atom.xml": "atom", "rss.xml": "rss"}.get(name, "")


def _sections(source: Path, switch: str) -> list[str]:
    """Return the folders of sections in whose front matter a switch is on, each with a slash at its end."""
    sections = [path for path in markdown_files(source, _CONTENT) if path.endswith("/_index.md")]
    found = (path for path in sections if is_on(read_front_matter(source, path).get(switch)))
    return [path.removeprefix(_CONTENT).removesuffix("_index.md") for path in found]


def posts(source: Path, site: Site, publication: Publication) -> Iterator[SitePost | Problem]:
    """Yield sections and pages: those pages with a date, in the front matter or in a name, are posts."""
    drafts = tuple(_sections(source, "draft"))
    for path in walk(source, _CONTENT):
        if not path.endswith(".md") or any(fnmatchcase(f"/{path}", pattern) for pattern in site.config["ignored"]):
            continue
        file = read_text(source, path)
        if isinstance(file, Source):
            file = file._replace(text=file.text.lstrip())  # Zola allows blank lines before front matter
            yield _post(source, file, site, publication, path.removeprefix(_CONTENT).startswith(drafts))
        else:
            yield file


def _post(source: Path, file: Source, site: Site, publication: Publication, is_draft: bool) -> SitePost:
    fields = front_matter(file)
    stem, language = _stem_and_language(file.path, site)
    path = _path(file.path, stem, language, fields, site)
    problems: tuple[Problem, ...] = ()
    if path is None:
        problem = "Zola transliterates its name for the address, which Dateline does not"
        problems = (remark(source, file.path, None, problem, f"add slug:, or {_FEED}"),)
    is_hidden = path is None or is_draft or is_on(fields.get("draft"))
    address = "" if is_hidden else absolute(publication, path or "")
    keys = _keys(fields, stem) | ({"draft": "true"} if is_draft else {})
    return SitePost(
        file.path.removeprefix(_CONTENT),
        file.path,
        file.text,
        keys,
        quote(address, safe="/:%"),
        address,
        is_page=stem == _SECTION or not ("date" in keys or _is_dated(file, publication)),
        problems=problems,
    )


def _keys(fields: Fields, stem: str) -> dict[str, Value | None]:
    """Return what the name of a page says of it, where Dateline does not read that."""
    dated = _DATED_NAME.fullmatch(stem)
    keys: dict[str, Value | None] = {}
    if dated and "T" in dated[1] and not fields.get("date"):
        keys["date"] = dated[1]
    if dated and not dated[2] and not fields.get("slug"):  # a date alone is no name for Dateline
        keys["slug"] = stem
    return keys


def _is_dated(file: Source, publication: Publication) -> bool:
    found = parsed(file, publication)
    return found is None or has_date(*found)


def _stem_and_language(path: str, site: Site) -> tuple[str, str]:
    """Return the name of a page, which is its folder's for ``index``, and its language, empty for the main one."""
    *_, folder, name = path.split("/")
    stem, _, code = name.removesuffix(".md").partition(".")
    if code not in site.config["languages"]:
        stem, code = name.removesuffix(".md"), ""
    return (folder if stem == "index" else stem), code


def _path(path: str, stem: str, language: str, fields: Fields, site: Site) -> str | None:
    """Return the path of a page's address as Zola makes it; None if it cannot be known."""
    if written := text_of(fields.get("path")):
        return f"{written.strip('/')}/"
    *folders, file = path.removeprefix(_CONTENT).split("/")
    if stem == _SECTION:
        return _joined(language, *folders)
    dated = _DATED_NAME.fullmatch(stem)
    name = dated[2] if dated and dated[2] and not site.config["keep_dates"] else stem
    slug = _slug(text_of(fields.get("slug")) or name, site.config["paths"])
    if file.split(".")[0] == "index":
        folders = folders[:-1]
    return None if slug is None else _joined(language, *folders, slug)


def _joined(*parts: str) -> str:
    return "".join(f"{part}/" for part in parts if part)


def _slug(text: str, strategy: str) -> str | None:
    if strategy == "on":
        plain = in_ascii(text)
        return None if plain is None else re.sub("[^a-z0-9]+", "-", plain.lower()).strip("-")
    return text.rstrip(" .").translate(_FORBIDDEN) if strategy == "safe" else text
