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
from dateline.errors import InputError, PostError, Problem, SiteError
from dateline.importer.html_to_markdown import html_to_markdown
from dateline.model import Publication, Source
from dateline.sites.addresses import absolute, in_ascii
from dateline.sites.files import front_matter, inside, is_on, read_text, table_of, text_of, walk
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
    """Posts of one row of POSTS: their folder, the pattern of their names, and the folder of their addresses."""

    folder: str
    pattern: str
    to: str


def detect(source: Path) -> bool:
    """Return whether there is a configuration with names of Nikola's."""
    file = read_text(source, _CONFIG) if (source / _CONFIG).is_file() else None
    return isinstance(file, Source) and "SITE_URL" in file.text and "POSTS" in file.text


def settings(source: Path) -> Site:
    """Read what the configuration assigns literals to, and report what else matters."""
    file = read_text(source, _CONFIG)
    if isinstance(file, Problem):
        raise SiteError(*file[:4])
    values, unknown = read_literals(str(source / _CONFIG), file.text)
    written = values.get("DEFAULT_LANG")
    language = written if isinstance(written, str) and written else "en"
    config = {**_DEFAULTS, **values, "DEFAULT_LANG": language}

    def text(name: str) -> str:
        value = config.get(name)
        return text_of(value.get(language) if isinstance(value, dict) else value)

    url = text("SITE_URL").rstrip("/")
    translations = {language: "", **{str(code): path for code, path in table_of(config.get("TRANSLATIONS")).items()}}
    languages = [code for code in translations if code != language]
    feeds = dict(_feed_files(config))
    output = source / (inside(config.get("OUTPUT_FOLDER")) or "output")
    return Site(
        {
            "title": text("BLOG_TITLE"),
            "url": url and f"{url}/",
            "id": f"{url}/{feeds['atom']}" if url and "atom" in feeds else None,
            "description": text("BLOG_DESCRIPTION"),
            "language": language.replace("_", "-"),
            "languages": [code.replace("_", "-") for code in translations] if languages else [],
            "timezone": text("TIMEZONE"),
            "default_time": "00:00",
            "author": text("BLOG_AUTHOR"),
            "limit": limit if type(limit := config["FEED_LENGTH"]) is int and limit > 0 else None,
            "feed_files": feeds,
        },
        media=tuple(_media(source, config)),
        feeds=tuple(output / feed for feed in feeds.values() if inside(feed) and (output / feed).is_file()),
        problems=tuple(remarks_on(unknown, _REMEDIES)),
        config={**config, "languages": languages, "translations": translations},
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
            if inside(folder) and isinstance(to, str) and (source / folder).is_dir():
                yield MediaFolder(source / folder, f"/{to.strip('/')}/" if to.strip("/") else "/")


def _groups(config: Mapping[str, Any], name: str) -> Iterator[_Group]:
    rows = config.get(name)
    for row in rows if isinstance(rows, list | tuple) else ():
        if isinstance(row, list | tuple) and len(row) >= 2 and isinstance(row[0], str):
            to = row[1].get(config["DEFAULT_LANG"]) if isinstance(row[1], dict) else row[1]
            folder, pattern = os.path.split(row[0].replace("\\", "/"))
            if (plain := inside(folder)) is not None and isinstance(to, str):
                yield _Group(plain, pattern, to)


def posts(source: Path, site: Site, publication: Publication) -> Iterator[SitePost | Problem]:
    """Yield the posts and the pages; what is neither Markdown nor HTML is left out."""
    seen: set[str] = set()
    for name in ("POSTS", "PAGES"):
        for group in _groups(site.config, name):
            for path in walk(source, group.folder):
                if path in seen or path.endswith(".meta") or not fnmatchcase(os.path.basename(path), group.pattern):
                    continue
                seen.add(path)
                if is_post_file(path) or path.endswith(".html"):
                    post = _post(source, path, group, site.config, publication)
                    yield post._replace(is_page=name == "PAGES") if isinstance(post, SitePost) else post
                elif name == "PAGES":
                    yield SitePost(path, path, "", is_page=True)
                else:
                    problem = "left out: it is neither Markdown nor HTML"
                    yield remark(source, path, None, problem, "convert it to Markdown, with pandoc, say")


def _post(
    source: Path, path: str, group: _Group, config: Mapping[str, Any], publication: Publication
) -> SitePost | Problem:
    file = read_text(source, path)
    if isinstance(file, Problem):
        return file
    bare, ending = os.path.splitext(path)
    stem, _, language = bare.rpartition(".")
    if language not in config["languages"]:
        stem, language = bare, ""
    own, is_apart = _metadata(source, file)
    # A translation has what it does not say itself from the post that it translates.
    original = read_text(source, f"{stem}{ending}") if language else None
    known = {**(_metadata(source, original)[0] if isinstance(original, Source) else {}), **own}
    is_html = ending == ".html"
    keys: dict[str, Value | None] = {
        key: value for key, value in known.items() if key != "slug" and (is_apart or is_html or key not in own)
    }
    for key in ("date", "updated"):  # an offset from UTC, as Nikola itself writes it
        if _OFFSET.search(date := text_of(known.get(key))):
            keys[key] = _OFFSET.sub("", date)
    status = text_of(known.get("status"))
    remarks = []
    if status == "private":
        keys |= {"status": None, "draft": "true"}
        remarks.append(("its status is private, so it is imported as a draft", "remove draft: to publish it"))
    slug = text_of(known.get("slug")) or _slug(os.path.basename(stem))
    if not slug:
        problem = "its address is not known, as Nikola transliterates its name"
        remarks.append((problem, "add slug:, or give the old feed with --feed"))
    address = ""
    if slug and status not in ("private", "draft"):
        address = absolute(publication, quote(_path(stem, slug, language, group, known, config), safe="/%"))
    text = f"---\n---\n{file.text}" if is_apart else file.text
    if is_html:
        try:
            body = file.text if is_apart else file.text[locate(file)[0].body :]
            text = f"---\n---\n{html_to_markdown(body, address or publication.url, publication.markdown)}\n"
        except (InputError, PostError) as error:
            return remark(source, path, None, f"left out: {error}", "correct it to import it")
    return SitePost(
        f"{bare}.md" if is_html else path,
        path,
        text,
        keys,
        address,
        text_of(known.get("guid")) or address,
        problems=tuple(remark(source, path, None, *said) for said in remarks),
    )


def _metadata(source: Path, file: Source) -> tuple[dict[str, Value], bool]:
    """Return the metadata of a post, and whether they are in a file of their own."""
    path = f"{os.path.splitext(file.path)[0]}.meta"
    meta = read_text(source, path) if (source / path).is_file() else None
    if isinstance(meta, Source):
        return front_matter(meta._replace(path=file.path)).values, True
    return front_matter(file).values, False


def _slug(name: str) -> str:
    """Return the slug that Nikola makes of the name of a file; an empty one if it cannot be known."""
    return re.sub(r"[-\s]+", "-", re.sub(r"[^+\w\s-]", "", in_ascii(name) or "").strip().lower())


def _path(
    stem: str, slug: str, language: str, group: _Group, metadata: Mapping[str, Value], config: Mapping[str, Any]
) -> str:
    """Return the path of a post's address below that of the site."""
    folder = os.path.relpath(os.path.dirname(stem) or ".", group.folder or ".")
    is_pretty = is_on(metadata.get("pretty_url"), default=bool(config["PRETTY_URLS"])) and slug != "index"
    prefix = text_of(config["translations"].get(language))
    path = posixpath.normpath(posixpath.join(prefix, group.to.strip("/"), folder, slug))
    return f"{path}/" if is_pretty else f"{path}.html"
