"""Read the posts and pages of a Hugo site, and what holds for them though it is not in their files."""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from dateline.content.dates import EPOCH, read_date
from dateline.content.front_matter import locate, split
from dateline.content.front_matter_keys import ADDRESSES, DATES, KEYS, LATE_DATES, NESTING, UPDATED
from dateline.content.ids import split_date
from dateline.content.key_values import Value
from dateline.content.urls import has_host, is_address, output_path
from dateline.content.validators import NO, YES, as_list
from dateline.errors import InputError, PostError, Problem
from dateline.importer.html_to_markdown import html_to_markdown
from dateline.model import Publication, Source
from dateline.sites.files import (
    is_on,
    read_text,
    text_of,
    texts_of,
    value_in,
)
from dateline.sites.importers.hugo.addresses import Page, address
from dateline.sites.importers.hugo.content import (
    HTML,
    OTHERS,
    Cascades,
    File,
    cascades_of,
    files_of,
    inherited,
    sections_of,
)
from dateline.sites.importers.hugo.languages import Language
from dateline.sites.model import Site, SitePost, remark

_FILE_NAME = ":filename"
_FROM_CASCADES = KEYS.difference(ADDRESSES, NESTING, ("slug",))
_DATES = ["date", "publishdate", "pubdate", "published", "lastmod", "modified"]

Values = Mapping[str, Value]


class _Date(NamedTuple):
    """The date of a page, with the key that it is under, as written, and as read."""

    key: str
    text: str
    moment: datetime


def posts(source: Path, site: Site, publication: Publication) -> Iterator[SitePost | Problem]:
    """Yield the files of content: those that have a date are posts."""
    languages: Sequence[Language] = site.config["languages"]
    files = sorted(files_of(source, site.config["folders"], languages))
    cascades = cascades_of(source, files)
    pages = (file for file in files if not file.is_section and not file.language.is_disabled)
    found = [_post(source, file, cascades, publication) for file in pages]
    # Where two have one address, the one that is published keeps it.
    yield from sorted(found, key=lambda item: isinstance(item, SitePost) and item.keys.get("draft") == "true")


def _post(source: Path, file: File, cascades: Cascades, publication: Publication) -> SitePost | Problem:
    text = read_text(source, file.path)
    if isinstance(text, Problem):
        return text
    if file.path.endswith(OTHERS):
        return remark(source, file.path, None, "not in Markdown, so it is left out", "convert it, and import again")
    try:
        own = split(text)[0].values
    except PostError as error:
        return remark(source, file.path, *error.problem[1:4])
    cascaded = {key: value for key, value in inherited(file, cascades).items() if key not in own}
    values = {**cascaded, **own}
    page, date = _page(file, values, cascades, publication)
    path = address(page, file.language.config, file.language.prefix)
    home = text_of(file.language.config.get("baseurl"))
    id = f"{(home if has_host(home) else publication.url).rstrip('/')}/{path}"
    is_page = not page.name or not (date.text or split_date(page.name)[0])
    return SitePost(
        path=file.place,
        source=file.path,
        text=_from_html(text, id, publication) if file.path.endswith(HTML) and not is_page else text.text,
        keys=_keys(cascaded, values, date, page.name, path),
        address=publication.url + path,
        id=id,
        is_page=is_page,
    )


def _page(file: File, values: Values, cascades: Cascades, publication: Publication) -> tuple[Page, _Date]:
    """Return what the address of a page is made of, and its date."""
    folder, name = file.page
    date = _date(file.language.config, values, name, publication)
    title, slug, url = (text_of(values.get(key)) for key in ("title", "slug", "url"))
    slug = slug or (split_date(name)[1] if date.key == _FILE_NAME else "")
    sections = sections_of(folder, file.language, cascades)
    return Page(folder, name, sections, title, slug, "" if has_host(url) else url, date.moment), date


def _date(config: Values, values: Values, name: str, publication: Publication) -> _Date:
    """Return the date that Hugo shows, by the order of keys in its configuration; one that cannot be read is none."""
    order = texts_of(value_in(config, "frontmatter", "date")) or [":default"]
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


def _keys(cascaded: Values, values: Values, date: _Date, name: str, path: str) -> dict[str, Value | None]:
    """Return what is to be written into the front matter of a page at a path."""
    keys: dict[str, Value | None] = {key: value for key, value in cascaded.items() if key in _FROM_CASCADES}
    if date.text and date.key != _date_key(values, name):
        keys["date"] = date.text
    keys |= dict.fromkeys(_unusable(values))
    written = as_list(values.get("aliases") or [])
    if (aliases := _from_root(written, path)) != written:
        keys["aliases"] = aliases
    if is_on(values.get("draft")) or text_of(values.get("published")).lower() in NO:
        keys["draft"] = "true"
    return keys


def _unusable(values: Values) -> Iterator[str]:
    """Yield the keys that Dateline cannot use: patterns, paths that no file can have, and slugs with slashes."""
    url = text_of(values.get("url"))
    if ":" in url or (url and output_path(url.removeprefix("/")) is None):
        yield "url"
    if re.search(r"[/\\]", text_of(values.get("slug"))):
        yield "slug"


def _from_root(aliases: list[Value], path: str) -> list[Value]:
    """Return the aliases of a page as paths from the root; to Hugo, others start from the folder that its own is in."""
    above = posixpath.dirname(f"/{unquote(path)}".rstrip("/"))
    return [
        posixpath.normpath(posixpath.join(above, alias))
        if isinstance(alias, str) and not is_address(alias) and not alias.startswith("#")
        else alias
        for alias in aliases
    ]


def _date_key(values: Values, name: str) -> str:
    """Return the key of the date that Dateline takes."""
    keys = [*DATES, *([_FILE_NAME] if split_date(name)[0] else []), *LATE_DATES, *UPDATED]
    return next((key for key in keys if key == _FILE_NAME or values.get(key)), "")


def _from_html(text: Source, address: str, publication: Publication) -> str:
    """Return a text in HTML as Markdown; as it is if it cannot be converted."""
    (*_, start), _ = locate(text)
    with suppress(InputError):
        return text.text[:start] + html_to_markdown(text.text[start:], address, publication.markdown) + "\n"
    return text.text
