"""Read the posts of an Eleventy site."""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import quote

from dateline.content.key_values import Fields, Value
from dateline.errors import Problem
from dateline.model import Post, Publication, Source
from dateline.sites.addresses import absolute
from dateline.sites.files import has_date, is_on, parsed, read_text, text_of, texts_of, title_of_text
from dateline.sites.importers.eleventy.cascade import EXCLUDED, Cascade, inherited, without_code
from dateline.sites.importers.eleventy.permalinks import fill
from dateline.sites.importers.eleventy.settings import input_files
from dateline.sites.model import Site, SitePost, remark

_DATES_OF_FILES = ("last modified", "created", "git last modified", "git created")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def posts(source: Path, site: Site, publication: Publication) -> Iterator[SitePost | Problem]:
    """Yield the Markdown files of the input; those without a date are pages."""
    config = site.config
    cascade = Cascade(source, config)
    for path in input_files(source, config["folders"]):
        is_ignored = any(fnmatch(path, name) or path.startswith(f"{name}/") for name in config["ignored"])
        if path.endswith((".md", ".markdown")) and not is_ignored:
            found = read_text(source, path)
            yield found if isinstance(found, Problem) else _post(source, site, found, cascade, publication)
        elif path.endswith((".html", ".njk", ".liquid")) and _DATE.search(path) and not is_ignored:
            yield remark(source, path, None, "not imported, since it is not Markdown", "rewrite it in Markdown")
    yield from cascade.problems


def _post(source: Path, site: Site, file: Source, cascade: Cascade, publication: Publication) -> SitePost:
    path = file.path.removeprefix(f"{site.config['folders']['input']}/")
    text, unknown = without_code(file)
    found = parsed(Source(path, text), publication)
    if found is None:
        return SitePost(path, file.path, text, is_page=not _seems_dated(path, text))
    post, fields = found
    data = cascade.of(file.path, text_of(fields.get("layout")))
    values = data.values | {key: value for key, value in fields.values.items() if value != ""}
    keys = dict(inherited(fields, data))
    is_dated = _add_date(file.path, post, fields, keys)
    if not (is_dated or post.title or keys.get("title")):
        keys["title"] = title_of_text(Source(path, text), post, publication)
    permalink = _permalink(values)
    hidden = _hidden(values, site, permalink)
    keys |= _replaced(fields, hidden, permalink)
    date = post.published.astimezone(UTC)
    address = fill(permalink, _variables(path, values), date) if permalink else _default_address(path)
    is_draft = hidden or post.draft or is_on(data.values.get("draft"))
    url = "" if is_draft else _url(publication, address)
    remarks = _remarks(unknown, hidden, permalink, address)
    problems = tuple(remark(source, file.path, None, *text) for text in remarks)
    return SitePost(path, file.path, text, keys, url, url, not is_dated, problems)


def _seems_dated(path: str, text: str) -> bool:
    """Return whether a file that cannot be read is a post rather than a page."""
    return bool(_DATE.search(path) or re.search("^date:", text, re.MULTILINE))


def _replaced(fields: Fields, hidden: str, permalink: str) -> dict[str, Value | None]:
    """Return the keys that Dateline has for what a post says to Eleventy alone."""
    keys: dict[str, Value | None] = {"draft": "true"} if hidden else {}
    if "permalink" in fields.values and (hidden or "{" in permalink):
        keys["permalink"] = None
    return keys | {key: None for key in EXCLUDED if key in fields.values}


def _permalink(values: Mapping[str, Value]) -> str:
    written = values.get("permalink", "")
    return text_of(written.get("build", "false") if isinstance(written, dict) else written)


def _remarks(unknown: Sequence[str], hidden: str, permalink: str, address: str | None) -> Iterator[tuple[str, str]]:
    """Yield remarks on a post, each with what to do."""
    yield from ((f"{key}: no literal, so it is not known", f"write {key}: and its value") for key in unknown)
    if hidden:
        yield f"{hidden}, so it is a draft", "remove draft: true to publish it"
    elif address is None:
        problem = f"permalink: {permalink} cannot be worked out, so only --feed tells its address"
        yield problem, "import with --feed, and set permalink in feed.toml"


def _hidden(values: Mapping[str, Value], site: Site, permalink: str) -> str:
    """Return why a post is not shown; empty if it is."""
    if permalink.lower() == "false":
        return "has no page (permalink: false)"
    excluded = next((values[key] for key in EXCLUDED if key in values), "")
    is_excluded = is_on(excluded) or site.config["collections"] & set(texts_of(excluded))
    return "left out of collections (eleventyExcludeFromCollections)" if is_excluded else ""


def _add_date(path: str, post: Post, fields: Fields, keys: dict[str, Value | None]) -> bool:
    """Return whether a post has a date, perhaps one anywhere in its path, which is added to its keys."""
    if text_of(fields.get("date")).lower() in _DATES_OF_FILES:
        keys["date"] = None
        return False
    is_dated = has_date(post, fields) or bool(keys.get("date"))
    in_path = _DATE.search(path)
    if not is_dated and in_path:
        keys["date"] = in_path[0]
    return is_dated or bool(in_path)


def _variables(path: str, values: Mapping[str, Value]) -> dict[str, str]:
    """Return the texts that templates of addresses know of a post."""
    *folders, name = posixpath.splitext(path)[0].split("/")
    stem = _without_date(name)
    slug = stem if stem != "index" else _without_date(folders[-1]) if folders else ""
    found = {key: value for key, value in values.items() if isinstance(value, str)}
    return found | {"page.fileSlug": slug, "page.filePathStem": "/".join(["", *folders, stem])}


def _without_date(name: str) -> str:
    match = re.search(rf"{_DATE.pattern}-(.*)", name)
    return match[1] if match else name


def _default_address(path: str) -> str:
    folder, _, name = posixpath.splitext(path)[0].rpartition("/")
    is_folder = name == "index" or name == posixpath.basename(folder)
    return f"{folder}/" if is_folder else f"{folder}/{name}/"


def _url(publication: Publication, address: str | None) -> str:
    """Return where a page is, empty if that is not known; its name is left out if it is index.html."""
    if address is None:
        return ""
    path = re.sub(r"(^|/)index(?:\.html|/)?$", r"\1", address)
    return absolute(publication, quote(path, safe="/%-._~!$&'()*+,;=:@"))
