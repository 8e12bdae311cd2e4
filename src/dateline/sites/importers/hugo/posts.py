"""Read the posts and pages of a Hugo site, and what holds for them though it is not in their files."""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from fnmatch import fnmatchcase
from itertools import chain
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from dateline.content.dates import EPOCH, read_date
from dateline.content.front_matter import locate, split
from dateline.content.front_matter_keys import ADDRESSES, DATES, KEYS, LATE_DATES, NESTING, UPDATED
from dateline.content.ids import split_date
from dateline.content.key_values import Value
from dateline.content.scan import is_post_file
from dateline.content.urls import has_host, is_address, output_path
from dateline.content.validators import NO, YES, as_list
from dateline.errors import InputError, PostError, Problem
from dateline.importer.html_to_markdown import html_to_markdown
from dateline.model import Publication, Source
from dateline.sites.files import front_matter, is_on, lower_keys, read_text, table_of, text_of, texts_of, walk
from dateline.sites.importers.hugo.addresses import Page, address
from dateline.sites.importers.hugo.settings import Folder, Language
from dateline.sites.model import Site, SitePost, remark

_HTML = (".html", ".htm")
_OTHERS = (".gotmpl", ".org", ".adoc", ".asciidoc", ".ad", ".rst", ".pandoc", ".pdc")  # that Hugo makes pages of
_FILE_NAME = ":filename"
_DATES = ["date", "publishdate", "pubdate", "published", "lastmod", "modified"]
_CHOICE = re.compile(r"([^{}]*)\{([^{}]*)\}([^{}]*)")

Values = Mapping[str, Value]


class _File(NamedTuple):
    """A file of content: its path in the source, its folder below that of content, and its name without endings.

    `place` is where it goes in the folder of posts.
    """

    path: str
    folder: str
    stem: str
    place: str
    language: Language

    @property
    def is_section(self) -> bool:
        return self.stem == "_index"


class _Date(NamedTuple):
    """The date of a page, with the key that it is under, as written, and as read."""

    key: str
    text: str
    moment: datetime


class _Cascade(NamedTuple):
    """Front matter for the pages that a pattern for their paths, such as ``/posts/**``, matches; an empty one all."""

    pattern: str
    values: Values


# By the key of a language and a folder, which is a section of its own to Hugo.
_Cascades = Mapping[tuple[str, str], Sequence[_Cascade]]


def posts(source: Path, site: Site, publication: Publication) -> Iterator[SitePost | Problem]:
    """Yield the files of content: those that have a date are posts."""
    languages: Sequence[Language] = site.config["languages"]
    files = sorted(_files(source, site.config["folders"], languages))
    cascades = {(file.language.key, file.folder): _cascades_in(source, file) for file in files if file.is_section}
    pages = (file for file in files if not file.is_section and not file.language.is_disabled)
    found = [_post(source, file, cascades, publication) for file in pages]
    # Where two have one address, the one that is published keeps it.
    yield from sorted(found, key=lambda item: isinstance(item, SitePost) and item.keys.get("draft") == "true")


def _files(source: Path, folders: Sequence[Folder], languages: Sequence[Language]) -> Iterator[_File]:
    """Yield the files that Hugo makes pages of. Others in the folder of a bundle belong to it."""
    by_key = {language.key: language for language in languages}
    seen: set[str] = set()
    for folder in folders:
        own = by_key.get(folder.language, languages[0])
        paths = [path for path in walk(source, folder.path) if path not in seen]
        seen.update(paths)
        found = [
            _file(path, posixpath.join(folder.below, path.removeprefix(f"{folder.path}/")), own, by_key)
            for path in paths
            if is_post_file(path) or path.endswith((*_HTML, *_OTHERS))
        ]
        bundles = {file.folder for file in found if file.stem == "index" and file.folder}
        for file in found:
            above = file.folder if file.stem != "index" else posixpath.dirname(file.folder)
            if bundles.isdisjoint(_upwards(above)):
                yield file


def _file(path: str, below: str, own: Language, languages: Mapping[str, Language]) -> _File:
    (whole, ending), folder = posixpath.splitext(below), posixpath.dirname(below)
    rest, _, suffix = posixpath.basename(whole).rpartition(".")
    language = languages.get(suffix.lower()) if rest and len(languages) > 1 else None
    ending = ".md" if ending in _HTML else ending
    if language:
        place = posixpath.join(folder, f"{rest}.{language.code or suffix}{ending}")
        return _File(path, folder, rest, place, language)
    is_main = own is next(iter(languages.values()))
    return _File(
        path, folder, posixpath.basename(whole), posixpath.join("" if is_main else own.code, whole + ending), own
    )


def _upwards(folder: str) -> list[str]:
    """Return a folder and those above it, the nearest first; an empty text is the folder of content."""
    names = folder.split("/") if folder else []
    return ["/".join(names[:number]) for number in range(len(names), -1, -1)]


def _cascades_in(source: Path, file: _File) -> list[_Cascade]:
    found = read_text(source, file.path)
    return _cascades(front_matter(found).get("cascade")) if isinstance(found, Source) else []


def _cascades(value: Value | None) -> list[_Cascade]:
    """Read a table, or a list of tables, that holds for pages, not for the pages of sections."""
    found = []
    for table in map(lower_keys, map(table_of, as_list(value or []))):
        target = table_of(table.get("_target") or table.get("target"))
        if _matches("page", text_of(target.get("kind")) or "page"):
            found.append(_Cascade(text_of(target.get("path")), {**table_of(table.get("params")), **table}))
    return found


def _holding(file: _File, cascades: _Cascades) -> dict[str, Value]:
    """Return what cascades set for a page: those of the nearest section count most, and of one, the first."""
    language, path = file.language, f"/{posixpath.join(file.folder, file.stem)}".removesuffix("/index")
    of_sections = (cascades.get((language.key, folder), ()) for folder in _upwards(file.folder))
    found: dict[str, Value] = {}
    for cascade in chain(*of_sections, _cascades(language.config.get("cascade"))):
        if not cascade.pattern or _matches(path, cascade.pattern):
            found = {**cascade.values, **found}
    return found


def _matches(path: str, pattern: str) -> bool:
    """Return whether a pattern matches, as in ``{/posts/**,/notes/*}``, where only two stars stand for slashes."""
    choice = _CHOICE.fullmatch(pattern.lower())
    patterns = [f"{choice[1]}{part}{choice[3]}" for part in choice[2].split(",")] if choice else [pattern.lower()]
    return any(
        fnmatchcase(path.lower(), one) and ("**" in one or path.count("/") == one.count("/")) for one in patterns
    )


def _post(source: Path, file: _File, cascades: _Cascades, publication: Publication) -> SitePost | Problem:
    text = read_text(source, file.path)
    if isinstance(text, Problem):
        return text
    if file.path.endswith(_OTHERS):
        return remark(source, file.path, None, "not in Markdown, so it is left out", "convert it, and import again")
    try:
        own = split(text)[0].values
    except PostError as error:
        return remark(source, file.path, *error.problem[1:4])
    holding = {key: value for key, value in _holding(file, cascades).items() if key not in own}
    values = {**holding, **own}
    page, date = _page(file, values, cascades, publication)
    path = address(page, file.language.config, file.language.prefix)
    home = text_of(file.language.config.get("baseurl"))
    id = f"{home.rstrip('/')}/{path}" if has_host(home) else publication.url + path
    is_page = not page.name or not (date.text or split_date(page.name)[0])
    is_draft = is_on(values.get("draft")) or text_of(values.get("published")).lower() in NO
    return SitePost(
        path=file.place,
        source=file.path,
        text=_from_html(text, id, publication) if file.path.endswith(_HTML) and not is_page else text.text,
        keys=_keys(holding, values, date, page.name, path) | ({"draft": "true"} if is_draft else {}),
        address=publication.url + path,
        id=id,
        is_page=is_page,
    )


def _page(file: _File, values: Values, cascades: _Cascades, publication: Publication) -> tuple[Page, _Date]:
    """Return what the address of a page is made of, and its date. A bundle has the name of its folder."""
    folder, name = posixpath.split(file.folder) if file.stem == "index" else (file.folder, file.stem)
    date = _date(file.language.config, values, name, publication)
    title, slug, url = (text_of(values.get(key)) for key in ("title", "slug", "url"))
    slug = slug or (split_date(name)[1] if date.key == _FILE_NAME else "")
    sections = _sections(folder, file.language, cascades)
    return Page(folder, name, sections, title, slug, "" if has_host(url) else url, date.moment), date


def _sections(folder: str, language: Language, cascades: _Cascades) -> list[str]:
    """Return the names of the sections that a page is in: a folder below the top is one if it has a page of its own."""
    own = (above for above in _upwards(folder) if "/" not in above or (language.key, above) in cascades)
    return list(filter(None, next(own).split("/")))


def _date(config: Values, values: Values, name: str, publication: Publication) -> _Date:
    """Return the date that Hugo shows, by the order of keys in its configuration; one that cannot be read is none."""
    order = texts_of(table_of(config.get("frontmatter")).get("date")) or [":default"]
    found = _Date("", "", EPOCH)
    for key in chain.from_iterable(_DATES if key == ":default" else [key.lower()] for key in order):
        text = split_date(name)[0] or "" if key == _FILE_NAME else text_of(values.get(key))
        if text.lower() in {"", *YES, *NO}:
            continue
        try:
            return _Date(key, text, read_date(text, publication.timezone, publication.default_time).moment)
        except InputError:
            found = found if found.text else _Date(key, text, EPOCH)
    return found


def _keys(holding: Values, values: Values, date: _Date, name: str, path: str) -> dict[str, Value | None]:
    """Return what is to be written into the front matter of a page at a path."""
    keys: dict[str, Value | None] = {
        key: value for key, value in holding.items() if key in KEYS and key not in (*ADDRESSES, *NESTING, "slug")
    }
    if date.text and date.key != _date_key(values, name):
        keys["date"] = date.text
    # What Dateline cannot use: patterns, paths that no file can have, and slugs with slashes.
    url, slug = text_of(values.get("url")), text_of(values.get("slug"))
    keys |= {"url": None} if ":" in url or (url and output_path(url.removeprefix("/")) is None) else {}
    keys |= {"slug": None} if re.search(r"[/\\]", slug) else {}
    aliases = as_list(values.get("aliases") or [])
    if any(_is_relative(alias) for alias in aliases):
        # To Hugo, they start from the folder that the page's own is in.
        above = posixpath.dirname(f"/{unquote(path)}".rstrip("/"))
        keys["aliases"] = [
            posixpath.normpath(posixpath.join(above, text_of(alias))) if _is_relative(alias) else alias
            for alias in aliases
        ]
    return keys


def _date_key(values: Values, name: str) -> str:
    """Return the key of the date that Dateline takes."""
    keys = [*DATES, *([_FILE_NAME] if split_date(name)[0] else []), *LATE_DATES, *UPDATED]
    return next((key for key in keys if key == _FILE_NAME or values.get(key)), "")


def _is_relative(alias: Value) -> bool:
    return isinstance(alias, str) and not is_address(alias) and not alias.startswith("#")


def _from_html(text: Source, address: str, publication: Publication) -> str:
    """Return a text in HTML as Markdown; as it is if it cannot be converted."""
    (*_, start), _ = locate(text)
    with suppress(InputError):
        return text.text[:start] + html_to_markdown(text.text[start:], address, publication.markdown) + "\n"
    return text.text
