"""Import a Hexo site: the posts and drafts of its folder `source`, as Hexo 7 reads them."""

import os
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dateline.content.dates import EPOCH, read_date
from dateline.content.front_matter import split
from dateline.content.ids import split_date
from dateline.content.key_values import Fields, Value
from dateline.content.scan import bare, is_post_file
from dateline.errors import InputError, PostError, Problem
from dateline.model import Publication, Source
from dateline.sites.addresses import absolute
from dateline.sites.files import (
    feeds_in,
    first_file,
    first_text,
    folder_of,
    is_on,
    limit_of,
    read_first_config,
    read_text,
    table_of,
    text_at,
    text_of,
    texts_of,
    walk,
)
from dateline.sites.importers.hexo.addresses import address_path, named_parts
from dateline.sites.model import NO_MARKDOWN, MediaFolder, Site, SitePost, remark

CONFIGS = ("_config.yml", "_config.yaml", "_config.json")
_OTHER = (".adoc", ".ejs", ".htm", ".html", ".njk", ".org", ".pug", ".rst", ".swig", ".textile", ".txt")
_FEED = "hexo-generator-feed"
_FORMATS = {"atom": "atom", "rss2": "rss"}
_UNDATED = "no date, so it is a draft with that of the newest post", "write the day of its publication"
_ENCRYPTED = "encrypted with a password, so it is a draft now", "publish it without draft:, for everybody to read"
_BEFORE_ASSET = r"""(\]\(\s*+|src=["']?|\basset_(?:img|path|link)\s(?:[^%\n]*\s)?)"""


def detect(source: Path) -> bool:
    """Return whether there is a folder of posts below `source/` or the like, and Hexo in the configuration."""
    config = first_file(source, CONFIGS)
    named = re.search(r"^source_dir:[ \t]*(\S+)", text_at(source, config), re.MULTILINE)
    is_hexo = named or '"hexo"' in text_at(source, "package.json")
    folder = folder_of(named[1] if named else "", "source")
    return bool(config and is_hexo and os.path.isdir(source / folder / "_posts"))


def settings(source: Path) -> Site:
    """Read the configuration. Raises SiteError if it cannot be read."""
    found = read_first_config(source, *CONFIGS)
    config = found[1].values if found else {}
    folder = folder_of(config.get("source_dir"), "source") or "source"
    url = text_of(config.get("url")).rstrip("/")
    feed = _feed_settings(source, config, url)
    output = folder_of(config.get("public_dir"), "public") or "public"
    names = dict.fromkeys([*feed.get("feed_files", {}).values(), "atom.xml", "rss2.xml"])
    return Site(
        {
            "title": text_of(config.get("title")),
            "url": url,
            "description": first_text(config, "description", "subtitle"),
            "language": next(iter(texts_of(config.get("language"))), ""),
            "timezone": text_of(config.get("timezone")),
            "default_time": "00:00",
            "author": text_of(config.get("author")),
            **feed,
        },
        media=(MediaFolder(source / folder),),
        feeds=feeds_in(source, output, names),
        config={"values": config, "folder": folder, "feed": bool(feed)},
    )


def _feed_settings(source: Path, config: Mapping[str, Value], url: str) -> dict[str, Any]:
    """Return the settings by which the plugin for feeds writes them; none without the plugin."""
    if "feed" not in config and _FEED not in text_at(source, "package.json"):
        return {}
    feed = table_of(config.get("feed"))
    kinds = [kind for kind in texts_of(feed.get("type")) if kind in _FORMATS] or ["atom"]
    paths = [path.lstrip("/") for path in texts_of(feed.get("path"))][: len(kinds)]
    paths += [f"{kind}.xml" for kind in kinds[len(paths) :]]
    return {
        "id": f"{url}/" if url else "",
        "limit": limit_of(feed.get("limit") or "20"),
        "content": None if is_on(feed.get("content"), default=True) else "summary",
        "feed_files": {_FORMATS[kind]: path for kind, path in zip(kinds, paths, strict=True)},
    }


def posts(source: Path, site: Site, publication: Publication) -> Iterator[SitePost | Problem]:
    """Yield posts, then drafts, then pages."""
    folder = site.config["folder"]
    paths = list(walk(source, folder, ("node_modules",)))
    newest = EPOCH
    for name in ("_posts", "_drafts"):
        for path in paths:
            below = path.removeprefix(f"{folder}/{name}/")
            if below != path and (found := _read(source, path)):
                if not isinstance(found, Source):
                    yield found
                    continue
                post, moment = _post(found, below, source, site, publication, newest)
                newest = max(newest, moment or EPOCH)
                yield post._replace(path=f"drafts/{post.path}") if name == "_drafts" else post
    yield from _pages(source, folder, paths, publication)


def _pages(source: Path, folder: str, paths: Iterable[str], publication: Publication) -> Iterator[SitePost]:
    for path in paths:
        if "/_" not in path and is_post_file(path) and isinstance(page := read_text(source, path), Source):
            address = absolute(publication, quote(re.sub("(^|/)index$", r"\1", bare(path.removeprefix(f"{folder}/")))))
            address += "" if address.endswith("/") else ".html"
            yield SitePost(path, path, page.text, address=address, is_page=True)


def _read(source: Path, path: str) -> Source | Problem | None:
    if path.endswith(_OTHER):
        return remark(source, path, None, *NO_MARKDOWN)
    return read_text(source, path) if is_post_file(path) else None


def _post(
    found: Source, below: str, source: Path, site: Site, publication: Publication, newest: datetime
) -> tuple[SitePost, datetime | None]:
    """Return a post and its date; `below` is its path in the folder of posts, `newest` the date of undated drafts."""
    config = site.config["values"]
    try:
        fields, _ = split(found)
    except PostError:  # the import reports what cannot be read
        return SitePost(below, found.path, found.text), None
    named = named_parts(text_of(config.get("new_post_name")) or ":title.md", below)
    moment = _date(fields, named, publication)
    problems = [remark(source, found.path, *problem) for problem in _problems(fields, moment)]
    keys = dict(_keys(fields, named["title"], below, moment, newest))
    if problems or not found.path.startswith(f"{site.config['folder']}/_posts/"):
        keys["draft"] = "true"
    address = ""
    if moment and "draft" not in keys and text_of(fields.get("published")) != "false":
        path = address_path(fields, named["title"], moment, config, publication)
        address = path and absolute(publication, path)
    text = _with_assets(found, source) if is_on(config.get("post_asset_folder")) else found.text
    id = address if site.config["feed"] else ""
    return SitePost(below, found.path, text, keys, address, id, problems=tuple(problems)), moment


def _problems(fields: Fields, moment: datetime | None) -> Iterator[tuple[int | None, str, str]]:
    """Yield why a post becomes a draft, with a line: it has no date, which is none that is wrong, or a password."""
    if fields.get("date") is None and moment is None:
        yield None, *_UNDATED
    if fields.get("password") is not None:
        yield fields.lines.get("password"), *_ENCRYPTED


def _keys(
    fields: Fields, name: str, below: str, moment: datetime | None, newest: datetime
) -> Iterator[tuple[str, Value | None]]:
    """Yield what holds for a post and is not in its file, or not as Dateline reads it."""
    if fields.get("date") is None and not (moment and split_date(posixpath.basename(below))[0]):
        yield "date", (moment or newest).date().isoformat()
    if fields.get("password") is not None:
        yield "password", None
    if fields.get("title") is None:
        yield "title", posixpath.basename(name)


def _date(fields: Fields, named: Mapping[str, str], publication: Publication) -> datetime | None:
    in_name = (named.get("year", ""), *(named.get(key) or named.get(f"i_{key}") or "" for key in ("month", "day")))
    for text in (text_of(fields.get("date")), "-".join(part.zfill(2) for part in in_name)):
        with suppress(InputError):
            return read_date(text, publication.timezone, time()).moment
    return None


def _with_assets(post: Source, source: Path) -> str:
    """Return a post in which the names of files in its own folder, beside it, lead there."""
    folder = os.path.splitext(post.path)[0]
    text = post.text
    for path in walk(source, folder):
        name = re.escape(path.removeprefix(f"{folder}/"))
        beside = quote(posixpath.relpath(path, posixpath.dirname(post.path)))
        text = re.sub(rf"{_BEFORE_ASSET}(?:\./)?{name}(?=[\s)\"'])", rf"\g<1>{beside}", text)
    return text
