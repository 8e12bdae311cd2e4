"""Import a Hexo site: the posts and drafts of its folder `source`, as Hexo 7 reads them."""

import hashlib
import os
import posixpath
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, time
from pathlib import Path
from typing import Any
from unicodedata import normalize
from urllib.parse import quote, unquote

from dateline.content.dates import EPOCH, read_date
from dateline.content.front_matter import split
from dateline.content.ids import split_date
from dateline.content.key_values import Fields, Value
from dateline.content.scan import is_post_file
from dateline.errors import InputError, PostError, Problem
from dateline.model import Publication, Source
from dateline.sites.addresses import absolute, date_parts, expand
from dateline.sites.files import is_on, read_first_config, read_text, table_of, text_of, texts_of, walk
from dateline.sites.model import MediaFolder, Site, SitePost, remark

CONFIGS = ("_config.yml", "_config.yaml", "_config.json")
_OTHER = (".adoc", ".ejs", ".htm", ".html", ".njk", ".org", ".pug", ".rst", ".swig", ".textile", ".txt")
_FEED = "hexo-generator-feed"
_FORMATS = {"atom": "atom", "rss2": "rss"}
_NO_MARKDOWN = "left out, since it is no Markdown", "convert it, and import again"
_UNDATED = "no date, so it got that of the newest post", "write the day on which you publish it"
_ENCRYPTED = "encrypted with a password, so it is a draft now", "publish it without draft:, for everybody to read"
# What names of files may begin with, for a date in them.
_PARTS = {
    "year": r"\d{4}",
    "month": r"\d\d",
    "day": r"\d\d",
    "i_month": r"\d\d?",
    "i_day": r"\d\d?",
    "hash": r"[0-9a-f]{12}",
}
_BEFORE_ASSET = r"""(\]\(\s*+|src=["']?|\basset_(?:img|path|link)\s(?:[^%\n]*\s)?)"""
_SPECIAL = re.compile(r"""[\s~`!@#$%^&*()\-_+=\[\]{}|\\;:"'<>,.?/]+""")
_LETTERS = str.maketrans({"Æ": "AE", "æ": "ae", "Ø": "O", "ø": "o", "Œ": "OE", "œ": "oe", "Ł": "L", "ł": "l", "ß": "s"})


def detect(source: Path) -> bool:
    """Return whether there is a folder of posts below `source/` or the like, and Hexo in the configuration."""
    found = next((read_text(source, name) for name in CONFIGS if (source / name).is_file()), None)
    package = read_text(source, "package.json") if (source / "package.json").is_file() else None
    folder = re.search(r"^source_dir:[ \t]*(\S+)", found.text, re.MULTILINE) if isinstance(found, Source) else None
    is_hexo = folder or (isinstance(package, Source) and '"hexo"' in package.text)
    return bool(found and is_hexo and (source / (folder[1] if folder else "source") / "_posts").is_dir())


def settings(source: Path) -> Site:
    """Read the configuration. Raises SiteError if it cannot be read."""
    found = read_first_config(source, *CONFIGS)
    config = found[1].values if found else {}
    folder = text_of(config.get("source_dir")) or "source"
    url = text_of(config.get("url")).rstrip("/")
    values: dict[str, Any] = {
        "title": text_of(config.get("title")),
        "url": url,
        "description": text_of(config.get("description")) or text_of(config.get("subtitle")),
        "language": next(iter(texts_of(config.get("language"))), ""),
        "timezone": text_of(config.get("timezone")),
        "default_time": "00:00",
        "author": text_of(config.get("author")),
    }
    package = read_text(source, "package.json") if (source / "package.json").is_file() else None
    has_feed = "feed" in config or (isinstance(package, Source) and _FEED in package.text)
    feed = table_of(config.get("feed"))
    if has_feed:
        kinds = [kind for kind in texts_of(feed.get("type")) if kind in _FORMATS] or ["atom"]
        paths = [path.lstrip("/") for path in texts_of(feed.get("path"))][: len(kinds)]
        paths += [f"{kind}.xml" for kind in kinds[len(paths) :]]
        values["feed_files"] = {_FORMATS[kind]: path for kind, path in zip(kinds, paths, strict=True)}
        values["id"] = f"{url}/" if url else ""
        values["limit"] = (
            int(text_of(feed.get("limit")) or 20) if text_of(feed.get("limit") or "20").isdecimal() else None
        )
        values["content"] = None if is_on(feed.get("content"), default=True) else "summary"
    output = source / (text_of(config.get("public_dir")) or "public")
    names = dict.fromkeys([*values.get("feed_files", {}).values(), "atom.xml", "rss2.xml"])
    feeds = tuple(output / name for name in names if (output / name).is_file())
    return Site(
        values, (MediaFolder(source / folder),), feeds, (), {"values": config, "folder": folder, "feed": has_feed}
    )


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
                newest = max(newest, moment)
                yield post._replace(path=f"drafts/{post.path}") if name == "_drafts" else post
    for path in paths:
        if "/_" not in path and is_post_file(path) and isinstance(page := read_text(source, path), Source):
            yield SitePost(path, path, page.text, is_page=True)


def _read(source: Path, path: str) -> Source | Problem | None:
    if path.endswith(_OTHER):
        return remark(source, path, None, *_NO_MARKDOWN)
    return read_text(source, path) if is_post_file(path) else None


def _post(
    found: Source, below: str, source: Path, site: Site, publication: Publication, newest: datetime
) -> tuple[SitePost, datetime]:
    """Return a post and its date; `below` is its path in the folder of posts, `newest` the date of undated drafts."""
    config = site.config["values"]
    post = SitePost(below, found.path, found.text)
    try:
        fields, _ = split(found)
    except PostError:  # the import reports what cannot be read
        return post, EPOCH
    named = _in_name(text_of(config.get("new_post_name")) or ":title.md", below)
    keys: dict[str, Value | None] = {}
    problems = []
    is_draft = not found.path.startswith(f"{site.config['folder']}/_posts/")
    moment = _date(fields, named, publication)
    if moment and fields.get("date") is None and not split_date(posixpath.basename(below))[0]:
        keys["date"] = moment.date().isoformat()
    elif moment is None and is_draft:
        keys["date"] = newest.date().isoformat()
        problems.append(remark(source, found.path, None, *_UNDATED))
    if fields.get("password") is not None:
        is_draft, keys["password"] = True, None
        problems.append(remark(source, found.path, fields.lines.get("password"), *_ENCRYPTED))
    if fields.get("title") is None:
        keys["title"] = posixpath.basename(named["title"])
    if is_draft:
        keys["draft"] = "true"
    is_hidden = is_draft or text_of(fields.get("published")) == "false"
    path = "" if is_hidden or moment is None else _path(fields, named["title"], moment, config, publication)
    address = absolute(publication, path) if path else ""
    text = _with_assets(found, source) if is_on(config.get("post_asset_folder")) else found.text
    post = post._replace(text=text, keys=keys, address=address, id=address if site.config["feed"] else "")
    return post._replace(problems=tuple(problems)), moment or EPOCH


def _in_name(pattern: str, below: str) -> dict[str, str]:
    """Return what the path of a post says: its title, which is in its address, and perhaps parts of its date."""
    stem = os.path.splitext(below)[0]
    parts = re.split(r":(\w*[^_\W])", os.path.splitext(pattern)[0])
    names = parts[1::2]
    parts[1::2] = [f"({_PARTS.get(name, '.+?')})" for name in names]
    parts[::2] = map(re.escape, parts[::2])
    is_simple = len(set(names)) == len(names) and len({*names} - _PARTS.keys()) < 3
    found = re.fullmatch("".join(parts), stem) if is_simple else None
    named = dict(zip(names, found.groups(), strict=True)) if found else {}
    return {"title": _slugize(stem), **named}


def _date(fields: Fields, named: Mapping[str, str], publication: Publication) -> datetime | None:
    in_name = (named.get("year", ""), *(named.get(key) or named.get(f"i_{key}") or "" for key in ("month", "day")))
    for text in (text_of(fields.get("date")), "-".join(part.zfill(2) for part in in_name)):
        with suppress(InputError):
            return read_date(text, publication.timezone, time()).moment
    return None


def _path(fields: Fields, slug: str, moment: datetime, config: Mapping[str, Value], publication: Publication) -> str:
    """Return the path of the page of a post; empty if it depends on what is not known."""
    has_assets = is_on(config.get("post_asset_folder"))
    path = text_of(fields.get("permalink"))
    if not path:
        local = moment.astimezone(publication.timezone)
        stamp = f"{slug}{int(moment.timestamp())}".encode()
        values = {
            key: text_of(value)
            for key, value in (*table_of(config.get("permalink_defaults")).items(), *fields.values.items())
        }
        values |= date_parts(local) | {
            "title": slug,
            "name": posixpath.basename(slug),
            "post_title": _slugize(text_of(fields.get("title"))).lower(),
            "timestamp": str(int(moment.timestamp())),
            "hash": hashlib.sha1(stamp, usedforsecurity=False).hexdigest()[:12],
            "category": _category(fields, config),
        }
        path = expand(text_of(config.get("permalink")) or ":year/:month/:day/:title/", values)
        if re.search(r":[a-z]", path):
            return ""
    if has_assets and not path.endswith(("/", ".html")):
        path += "/"
    pretty = table_of(config.get("pretty_urls"))
    if not is_on(pretty.get("trailing_index"), default=True):
        path = re.sub(r"(^|/)index\.html$", r"\1", path)
    if not is_on(pretty.get("trailing_html"), default=True) and not path.endswith("/index.html"):
        path = path.removesuffix(".html")
    return "/" + quote(unquote(re.sub("/{2,}", "/", path)).lstrip("/"), safe=";,/?:@&=+$-_.!~*'()#")


def _category(fields: Fields, config: Mapping[str, Value]) -> str:
    """Return the last category in addresses; those in one list are each below the one before it."""
    found = fields.get("categories") or fields.get("category") or []
    last = found[-1] if isinstance(found, list) and found and isinstance(found[-1], list) else found
    mapped = table_of(config.get("category_map"))
    slugs = [_slugize(text_of(mapped.get(name)) or name) for name in texts_of(last)]
    path = "/".join(slugs) or text_of(config.get("default_category")) or "uncategorized"
    return path.lower() if text_of(config.get("filename_case")) == "1" else path


def _slugize(text: str) -> str:
    """Return a text for an address: Latin letters without marks, and a hyphen for each run of signs and spaces."""
    plain = "".join(base if (base := normalize("NFD", c)[0]).isascii() else c for c in text.translate(_LETTERS))
    return _SPECIAL.sub("-", plain).strip("-")


def _with_assets(post: Source, source: Path) -> str:
    """Return a post in which the names of files in its own folder, beside it, lead there."""
    folder = os.path.splitext(post.path)[0]
    text = post.text
    for path in walk(source, folder) if (source / folder).is_dir() else ():
        name = re.escape(path.removeprefix(f"{folder}/"))
        beside = quote(posixpath.relpath(path, posixpath.dirname(post.path)))
        text = re.sub(rf"{_BEFORE_ASSET}(?:\./)?{name}(?=[\s)\"'])", rf"\g<1>{beside}", text)
    return text
