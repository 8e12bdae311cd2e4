"""Import Nikola sites: ``conf.py``, and the folders of posts that it names."""

import os
import posixpath
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from dateline.content.front_matter import locate
from dateline.content.key_values import Value
from dateline.content.scan import is_post_file
from dateline.errors import InputError, PostError, Problem
from dateline.importer.html_to_markdown import html_to_markdown
from dateline.model import Publication, Source
from dateline.sites.addresses import absolute, in_ascii
from dateline.sites.files import (
    feeds_in,
    front_matter,
    inside,
    is_on,
    limit_of,
    read_needed,
    read_text,
    table_of,
    text_at,
    text_of,
    walk,
)
from dateline.sites.literals.python import read_literals, remarks_on
from dateline.sites.model import MediaFolder, Site, SitePost, remark

_CONFIG = "conf.py"
_DEFAULTS: dict[str, Any] = {
    "FEED_LENGTH": 10,
    "FILES_FOLDERS": {"files": ""},
    "IMAGE_FOLDERS": {"images": ""},
    "POSTS": (("posts/*.md", "posts", "post.tmpl"),),
    "PRETTY_URLS": True,
}
_OFFSET = re.compile(r"\bUTC(?=[+-]\d)")
# Settings that posts depend on, and what to do if one is not a literal.
_REMEDIES = {
    "BLOG_TITLE": "give it with --title",
    "SITE_URL": "give it with --url",
    "BLOG_AUTHOR": "give it with --author",
    "BLOG_DESCRIPTION": "set description in feed.toml",
    "DEFAULT_LANG": "set language in feed.toml",
    "TIMEZONE": "give it with --timezone",
    "TRANSLATIONS": "set languages in feed.toml",
    "FEED_LENGTH": "set limit in feed.toml",
    "PRETTY_URLS": "give the old feed with --feed",
    "POSTS": "write it as a literal in a copy of the site, and import that",
}


class _Group(NamedTuple):
    """A row of POSTS or PAGES: their folder, the pattern of their names, and the folder of their addresses."""

    folder: str
    pattern: str
    to: str
    is_page: bool


def detect(source: Path) -> bool:
    """Return whether there is a configuration with names of Nikola's."""
    text = text_at(source, _CONFIG)
    return "SITE_URL" in text and "POSTS" in text


def settings(source: Path) -> Site:
    """Read what the configuration assigns literals to, and report what else matters."""
    values, unknown = read_literals(str(source / _CONFIG), read_needed(source, _CONFIG).text)
    written = values.get("DEFAULT_LANG")
    language = written if isinstance(written, str) and written else "en"
    config = {**_DEFAULTS, **values, "DEFAULT_LANG": language}

    def text(name: str) -> str:
        value = config.get(name)
        return text_of(value.get(language) if isinstance(value, dict) else value)

    url = text("SITE_URL").rstrip("/")
    translations = {language: "", **{str(code): path for code, path in table_of(config.get("TRANSLATIONS")).items()}}
    feeds = dict(_feed_files(config))
    return Site(
        {
            "title": text("BLOG_TITLE"),
            "url": url and f"{url}/",
            "id": f"{url}/{feeds['atom']}" if url and "atom" in feeds else None,
            "description": text("BLOG_DESCRIPTION"),
            "language": language.replace("_", "-"),
            "languages": [code.replace("_", "-") for code in translations],
            "timezone": text("TIMEZONE"),
            "default_time": "00:00",
            "author": text("BLOG_AUTHOR"),
            "limit": limit_of(config["FEED_LENGTH"]),
            "feed_files": feeds,
        },
        media=tuple(_media(source, config)),
        feeds=feeds_in(source, inside(config.get("OUTPUT_FOLDER")) or "output", feeds.values()),
        problems=tuple(remarks_on(unknown, _REMEDIES)),
        config={**config, "translations": translations},
    )


def _feed_files(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if config.get("GENERATE_RSS", True):
        name = config.get("RSS_FILENAME_BASE", "rss"), config.get("RSS_EXTENSION", ".xml")
        yield "rss", posixpath.join(text_of(config.get("RSS_PATH")).strip("/"), "".join(map(text_of, name)))
    if config.get("GENERATE_ATOM"):
        folder = text_of(config.get("ATOM_PATH")) or text_of(config.get("INDEX_PATH"))
        name = config.get("ATOM_FILENAME_BASE", "index"), config.get("ATOM_EXTENSION", ".atom")
        yield "atom", posixpath.join(folder.strip("/"), "".join(map(text_of, name)))


def _media(source: Path, config: Mapping[str, Any]) -> Iterator[MediaFolder]:
    for name in ("FILES_FOLDERS", "IMAGE_FOLDERS"):
        for folder, to in table_of(config[name]).items():
            if inside(folder) and isinstance(to, str) and os.path.isdir(source / folder):
                yield MediaFolder(source / folder, posixpath.join("/", to.strip("/"), ""))


def _groups(config: Mapping[str, Any], name: str) -> Iterator[_Group]:
    rows = config.get(name)
    for row in rows if isinstance(rows, list | tuple) else ():
        if isinstance(row, list | tuple) and len(row) >= 2 and isinstance(row[0], str):
            to = row[1].get(config["DEFAULT_LANG"]) if isinstance(row[1], dict) else row[1]
            folder, pattern = posixpath.split(row[0].replace("\\", "/"))
            if (plain := inside(folder)) is not None and isinstance(to, str):
                yield _Group(plain, pattern, to, is_page=name == "PAGES")


def posts(source: Path, site: Site, publication: Publication) -> Iterator[SitePost | Problem]:
    """Yield the posts and the pages; what is neither Markdown nor HTML is left out."""
    seen: set[str] = set()
    for group in (*_groups(site.config, "POSTS"), *_groups(site.config, "PAGES")):
        paths = (path for path in walk(source, group.folder) if fnmatchcase(posixpath.basename(path), group.pattern))
        for path in paths:
            if path not in seen and not path.endswith(".meta"):
                seen.add(path)
                yield _read(source, path, group, site.config, publication)


def _read(
    source: Path, path: str, group: _Group, config: Mapping[str, Any], publication: Publication
) -> SitePost | Problem:
    if is_post_file(path) or path.endswith(".html"):
        file = read_text(source, path)
        return file if isinstance(file, Problem) else _post(source, file, group, config, publication)
    if group.is_page:
        return SitePost(path, path, "", is_page=True)
    problem = "left out: it is neither Markdown nor HTML"
    return remark(source, path, None, problem, "convert it to Markdown, with pandoc, say")


def _post(
    source: Path, file: Source, group: _Group, config: Mapping[str, Any], publication: Publication
) -> SitePost | Problem:
    bare, ending = posixpath.splitext(file.path)
    stem, language = _stem_and_language(bare, config)
    own, is_apart = _metadata(source, file.path)
    # A translation has what it does not say itself from the post that it translates.
    known = _metadata(source, f"{stem}{ending}")[0] | own
    status = text_of(known.get("status"))
    slug = text_of(known.get("slug")) or _slug(posixpath.basename(stem))
    address = ""
    if slug and status not in ("private", "draft"):
        address = absolute(publication, quote(_path(stem, slug, language, group, known, config), safe="/%"))
    try:
        text = _text(file, is_apart, address, publication)
    except (InputError, PostError) as error:
        return remark(source, file.path, None, f"left out: {error}", "correct it to import it")
    return SitePost(
        f"{bare}.md" if ending == ".html" else file.path,
        file.path,
        text,
        _keys(known, {} if is_apart or ending == ".html" else own),
        address,
        text_of(known.get("guid")) or address,
        group.is_page,
        tuple(remark(source, file.path, None, *said) for said in _remarks(status, slug)),
    )


def _stem_and_language(path: str, config: Mapping[str, Any]) -> tuple[str, str]:
    """Return a path without its language, and that, which is empty for the main one."""
    stem, _, language = path.rpartition(".")
    is_other = language in config["translations"] and language != config["DEFAULT_LANG"]
    return (stem, language) if is_other else (path, "")


def _text(file: Source, is_apart: bool, address: str, publication: Publication) -> str:
    """Return the text of a post, whose metadata may be apart, as Markdown. Raises InputError and PostError."""
    if not file.path.endswith(".html"):
        return f"---\n---\n{file.text}" if is_apart else file.text
    body = file.text if is_apart else file.text[locate(file)[0].body :]
    return f"---\n---\n{html_to_markdown(body, address or publication.url, publication.markdown)}\n"


def _keys(known: Mapping[str, Value], kept: Mapping[str, Value]) -> dict[str, Value | None]:
    """Return what holds for a post and is not kept in its text, or not in a form that Dateline reads."""
    keys: dict[str, Value | None] = {key: value for key, value in known.items() if key != "slug" and key not in kept}
    for key in ("date", "updated"):  # an offset from UTC, as Nikola itself writes it
        if _OFFSET.search(date := text_of(known.get(key))):
            keys[key] = _OFFSET.sub("", date)
    return keys | ({"status": None, "draft": "true"} if text_of(known.get("status")) == "private" else {})


def _remarks(status: str, slug: str) -> Iterator[tuple[str, str]]:
    if status == "private":
        yield "its status is private, so it is imported as a draft", "remove draft: to publish it"
    if not slug:
        problem = "its address is not known, as Nikola transliterates its name"
        yield problem, "add slug:, or give the old feed with --feed"


def _metadata(source: Path, path: str) -> tuple[dict[str, Value], bool]:
    """Return the metadata of a post, and whether they are in a file of their own."""
    apart = text_at(source, f"{posixpath.splitext(path)[0]}.meta")
    return front_matter(Source(path, apart or text_at(source, path))).values, bool(apart)


def _slug(name: str) -> str:
    """Return the slug that Nikola makes of the name of a file; an empty one if it cannot be known."""
    return re.sub(r"[-\s]+", "-", re.sub(r"[^+\w\s-]", "", in_ascii(name) or "").strip().lower())


def _path(
    stem: str, slug: str, language: str, group: _Group, metadata: Mapping[str, Value], config: Mapping[str, Any]
) -> str:
    """Return the path of a post's address below that of the site."""
    folder = posixpath.relpath(posixpath.dirname(stem) or ".", group.folder)
    is_pretty = is_on(metadata.get("pretty_url"), default=bool(config["PRETTY_URLS"])) and slug != "index"
    prefix = text_of(config["translations"].get(language))
    path = posixpath.normpath(posixpath.join(prefix, group.to.strip("/"), folder, slug))
    return f"{path}/" if is_pretty else f"{path}.html"
