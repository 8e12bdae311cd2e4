"""Read the posts of an Eleventy site."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from datetime import UTC
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import quote

from dateline.content.front_matter_keys import DATES
from dateline.content.key_values import Fields, Value
from dateline.errors import Problem
from dateline.model import Post, Publication, Source
from dateline.sites.addresses import absolute
from dateline.sites.files import is_on, parsed, read_text, text_of, texts_of
from dateline.sites.importers.eleventy.cascade import EXCLUDED, Cascade, inherited, without_code
from dateline.sites.importers.eleventy.permalinks import fill
from dateline.sites.importers.eleventy.settings import input_files
from dateline.sites.model import Site, SitePost, remark

_DATES_OF_FILES = ("last modified", "created", "git last modified", "git created")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def posts(source: Path, site: Site, publication: Publication) -> Iterator[SitePost | Problem]:
    """Yield the Markdown files of the input; those without a date are pages."""
    config = site.config
    cascade = Cascade(source, config["collections"], config["folders"]["layouts"], config["aliases"], config["base"])
    for path in input_files(source, config["folders"]):
        is_ignored = any(fnmatch(path, name) or path.startswith(f"{name}/") for name in config["ignored"])
        if path.endswith((".md", ".markdown")) and not is_ignored:
            found = read_text(source, path)
            yield found if isinstance(found, Problem) else _post(source, site, found, cascade, publication)
        elif path.endswith((".html", ".njk", ".liquid")) and _DATE.search(path) and not is_ignored:
            yield remark(source, path, None, "not imported, since it is not Markdown", "rewrite it in Markdown")
    yield from cascade.problems


def _post(source: Path, site: Site, found: Source, cascade: Cascade, publication: Publication) -> SitePost:
    folder = site.config["folders"]["input"]
    path = found.path if folder == "." else found.path.removeprefix(f"{folder}/")
    text, unknown = without_code(found)
    read = parsed(Source(path, text), publication)
    if read is None:
        is_post = _DATE.search(path) or re.search("^date:", text, re.MULTILINE)
        return SitePost(path, found.path, text, is_page=not is_post)
    post, fields = read
    data = cascade.of(found.path, text_of(fields.get("layout")))
    values = data.values | {key: value for key, value in fields.values.items() if value != ""}
    keys = dict(inherited(fields, data))
    is_dated = _add_date(found.path, post, fields, keys)
    permalink = values.get("permalink", "")
    permalink = text_of(permalink.get("build", "false") if isinstance(permalink, dict) else permalink)
    date = post.published.astimezone(UTC)
    address = fill(permalink, _variables(path, values), date) if permalink else _default_address(path)
    hidden = _hidden(values, site, permalink)
    remarks = {f"{key}: no literal, so it is not known": f"write {key}: and its value" for key in unknown}
    if hidden:
        keys["draft"] = "true"
        remarks[f"{hidden}, so it is a draft"] = "remove draft: true to publish it"
    elif address is None:
        problem = f"permalink: {permalink} cannot be worked out, so only --feed tells its address"
        remarks[problem] = "import with --feed, and set permalink in feed.toml"
    if "permalink" in fields.values and (hidden or "{" in permalink):
        keys["permalink"] = None
    keys |= {key: None for key in EXCLUDED if key in fields.values}
    is_shown = not (hidden or address is None or post.draft or is_on(data.values.get("draft")))
    url = _url(publication, address or "") if is_shown else ""
    problems = (remark(source, found.path, None, problem, remedy) for problem, remedy in remarks.items())
    return SitePost(path, found.path, text, keys, url, url, not is_dated, tuple(problems))


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
    is_dated = post.published.year != 1970 or bool(fields.first(*DATES) or keys.get("date"))
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


def _url(publication: Publication, address: str) -> str:
    """Return where a page is; its name is left out if it is index.html."""
    path = re.sub(r"(^|/)index(?:\.html|/)?$", r"\1", address)
    return absolute(publication, quote(path, safe="/%-._~!$&'()*+,;=:@"))
