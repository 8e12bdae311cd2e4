"""Import Eleventy sites: what their configuration and data files say in literals, and posts with their data."""

import os
import posixpath
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin

from dateline.content.front_matter import split
from dateline.content.front_matter_keys import DATES, spellings
from dateline.content.key_values import Fields, Value
from dateline.errors import PostError, Problem
from dateline.model import Post, Publication, Source
from dateline.sites.addresses import absolute
from dateline.sites.data_cascade import ENDINGS, Cascade, inherited, without_code
from dateline.sites.files import is_on, parsed, read_text, table_of, text_of, texts_of, walk
from dateline.sites.js_literals import Script, read_script
from dateline.sites.model import MediaFolder, Site, SitePost, remark
from dateline.sites.output_templates import fill
from dateline.sites.site_data import authors_of, described, feed_settings, first_of, read_data, unknown_option

_CONFIGS = (".eleventy.js", *(f"eleventy.config.{ending}" for ending in ("js", "mjs", "cjs", "ts", "mts")))
_FOLDERS = {"input": ".", "output": "_site", "includes": "_includes", "data": "_data", "layouts": ""}
_FEED_SIGNS = {"atom": "<feed", "rss": "<rss", "json": "jsonfeed.org/version"}
_FEED_ENDINGS = (".xml", ".json", ".atom", ".rss")
_COLLECTIONS = {"all", "nav", "post", "posts"}
_EXCLUDED = spellings("eleventy_exclude_from_collections")
_DATES_OF_FILES = ("last modified", "created", "git last modified", "git created")
_AFTER_DATE = re.compile(r"\d{4}-\d{2}-\d{2}-(.*)")


def detect(source: Path) -> bool:
    """Return whether a folder has the configuration of an Eleventy site."""
    return any((source / name).is_file() for name in _CONFIGS)


def settings(source: Path) -> Site:
    """Read the configuration, the feed plugin's options or templates of feeds, and global data."""
    path = next((name for name in _CONFIGS if (source / name).is_file()), _CONFIGS[0])
    script = read_script(source, path)
    config = table_of(script.default()) | table_of(script.named("config"))
    folders = _folders(script, table_of(config.get("dir")))
    data: dict[str, Value] = {}
    for name in ("site", "meta", "metadata"):
        data |= read_data(source, f"{folders['data']}/{name}")[0]
    feeds = [*_plugin_feeds(script), *_feed_templates(source, folders)]
    found = first_of(*(described(table_of(feed.get("metadata"))) for feed in feeds), described(data))
    if not found:
        package = read_data(source, "package", (".json",))[0]
        found = described({key: value for key, value in package.items() if key != "name"})
    prefix = text_of(config.get("pathPrefix")).strip("/")
    if prefix and found.get("url") and not found["url"].rstrip("/").endswith(f"/{prefix}"):
        found["url"] = urljoin(found["url"], f"/{prefix}/")
    files = {text_of(feed["type"]): text_of(feed["outputPath"]).lstrip("/") for feed in reversed(feeds)}
    collections = [table_of(feed.get("collection")) for feed in feeds]
    limit = next(filter(None, (text_of(collection.get("limit")) for collection in collections)), "")
    found |= {"timezone": "UTC", "default_time": "00:00"} | feed_settings(files)
    found |= {"authors": authors_of(read_data(source, f"{folders['data']}/authors")[0])}
    found |= {"limit": int(limit)} if re.fullmatch(r"[1-9]\d{0,2}", limit) else {}
    found |= _languages(source, folders["input"], found.get("language", ""), script)
    output = [source / folders["output"] / file for file in files.values()]
    details = {
        "folders": folders,
        "collections": _COLLECTIONS | {text_of(collection.get("name")) for collection in collections},
        "ignored": tuple(_ignored(source, script)),
        "layouts": folders["layouts"],
        "aliases": {text_of(call[0]): text_of(call[1]) for call in script.calls("addLayoutAlias") if len(call) > 1},
    }
    problems = tuple(_problems(source, path, script))
    media = tuple(_media(source, folders["input"], script))
    return Site(found, media, tuple(file for file in output if file.is_file()), problems, details)


def _folders(script: Script, given: Mapping[str, Value]) -> dict[str, str]:
    """Return the folders of a site, all from its root; those of data and includes are named from the input's."""
    found = dict(_FOLDERS) | {name: path for name in _FOLDERS if (path := text_of(given.get(name)))}
    for name in _FOLDERS:
        for folder, *_ in filter(None, script.calls(f"set{name.capitalize()}Directory")):
            found[name] = text_of(folder) or found[name]
    found["layouts"] = found["layouts"] or found["includes"]
    for name in ("includes", "data", "layouts"):
        found[name] = posixpath.join(found["input"], found[name])
    paths = {name: posixpath.normpath(path.lstrip("/") or ".") for name, path in found.items()}
    return {name: _FOLDERS[name] if path.startswith("..") else path for name, path in paths.items()}


def _plugin_feeds(script: Script) -> Iterator[dict[str, Value]]:
    """Yield the options of the feed plugin, with its defaults."""
    for _, options, *_ in (arguments for arguments in script.calls("addPlugin") if len(arguments) > 1):
        if {"outputPath", "collection"} & table_of(options).keys():
            yield {"type": "atom", "outputPath": "/feed.xml"} | table_of(options)


def _feed_templates(source: Path, folders: Mapping[str, str]) -> Iterator[dict[str, Value]]:
    """Yield what templates of feeds say in their front matter, as options of the feed plugin."""
    for path in _input_files(source, folders):
        found = read_text(source, path) if path.endswith((".njk", ".liquid", ".hbs", ".xml")) else None
        if not isinstance(found, Source):
            continue
        try:
            fields, _ = split(found)
        except PostError:
            continue
        kind = next((kind for kind, sign in _FEED_SIGNS.items() if sign in found.text), "")
        address = text_of(fields.get("permalink"))
        if kind and address.endswith(_FEED_ENDINGS) and "{" not in address:
            yield {"type": kind, "outputPath": address, "metadata": table_of(fields.get("metadata"))}


def _languages(source: Path, folder: str, main: str, script: Script) -> dict[str, Any]:
    """Return the languages of a site: that of its plugin or metadata, and those of top folders."""
    options = [table_of(arguments[1]) for arguments in script.calls("addPlugin") if len(arguments) > 1]
    main = next(filter(None, (text_of(table.get("defaultLanguage")) for table in options)), main) or "en"
    names = sorted(entry.name for entry in os.scandir(source / folder) if entry.is_dir() and entry.name[0] not in "._")
    data = (read_data(source, posixpath.join(folder, name, name), ENDINGS)[0] for name in names)
    languages = list(dict.fromkeys(filter(None, [main, *(text_of(table.get("lang")) for table in data)])))
    return {"language": main} | ({"languages": languages} if len(languages) > 1 else {})


def _media(source: Path, folder: str, script: Script) -> Iterator[MediaFolder]:
    """Yield the folders that are copied into the site, and that of the input."""
    for copied, *_ in filter(None, script.calls("addPassthroughCopy")):
        to_others = {name: text_of(to) for name, to in table_of(copied).items()}
        for name in to_others or texts_of(copied):
            path = posixpath.normpath(re.split(r"/?[^/]*[*{]", name)[0] or ".")
            place = to_others.get(name) or posixpath.relpath(path, folder)
            if not path.startswith(("..", "/")) and (source / path).is_dir():
                yield MediaFolder(source / path, posixpath.normpath(f"/{place.lstrip('./')}"))
    yield MediaFolder(source / folder)


def _ignored(source: Path, script: Script) -> Iterator[str]:
    """Yield the patterns of files that are left out of the site."""
    found = read_text(source, ".eleventyignore")
    lines = found.text.splitlines() if isinstance(found, Source) else []
    calls = [text_of(arguments[0]) for arguments in script.calls("add") if arguments]
    yield from (line.strip().removeprefix("./").strip("/") for line in (*lines, *calls) if line.strip(" ./#!"))


def _problems(source: Path, path: str, script: Script) -> Iterator[Problem]:
    """Yield what cannot be read of the configuration, with the option that sets it."""
    if script.problem:
        yield script.problem
    for key, remedy in {"pathPrefix": "give the whole address with --url", "outputPath": "set feed_files"}.items():
        if key in script.unknown:
            yield unknown_option(source, path, script.line(key), key, f"{remedy}, if it is not the default")


def posts(source: Path, site: Site, publication: Publication) -> Iterator[SitePost | Problem]:
    """Yield the Markdown files of the input; those without a date are pages."""
    cascade = Cascade(source, site.config["collections"], site.config["layouts"], site.config["aliases"])
    for path in _input_files(source, site.config["folders"]):
        is_ignored = any(fnmatch(path, name) or path.startswith(f"{name}/") for name in site.config["ignored"])
        if is_ignored or not path.endswith((".md", ".markdown")):
            continue
        found = read_text(source, path)
        yield found if isinstance(found, Problem) else _post(source, site, found, cascade, publication)
    yield from cascade.problems


def _input_files(source: Path, folders: Mapping[str, str]) -> Iterator[str]:
    others = tuple(f"{folders[name]}/" for name in ("output", "includes", "data", "layouts") if folders[name] != ".")
    folder = "" if folders["input"] == "." else folders["input"]
    return (path for path in walk(source, folder, ["node_modules"]) if not path.startswith(others))


def _post(source: Path, site: Site, found: Source, cascade: Cascade, publication: Publication) -> SitePost:
    folder = site.config["folders"]["input"]
    path = found.path if folder == "." else found.path.removeprefix(f"{folder}/")
    text = without_code(found)
    read = parsed(Source(path, text), publication)
    if read is None:
        return SitePost(
            path, found.path, text, is_page=not re.search(r"\d{4}-\d\d-\d\d|^date:", f"{path}\n{text}", re.MULTILINE)
        )
    post, fields = read
    data = cascade.of(found.path, text_of(fields.get("layout")))
    values = data.values | {key: value for key, value in fields.values.items() if value != ""}
    keys = dict(inherited(fields, data))
    is_dated = _add_date(found.path, post, fields, keys)
    excluded = next((values[key] for key in _EXCLUDED if key in values), "")
    permalink = values.get("permalink", "")
    permalink = text_of(permalink.get("build", "") if isinstance(permalink, dict) else permalink)
    left_out = "no page" if permalink.lower() == "false" else ""
    if is_on(excluded) or site.config["collections"] & set(texts_of(excluded)):
        left_out = "left out of collections"
    keys |= {key: None for key in _EXCLUDED if key in fields.values}
    if "permalink" in fields.values and (permalink.lower() == "false" or "{" in permalink):
        keys["permalink"] = None
    problems = []
    address = fill(permalink, *_variables(path, post, values)) if permalink else _default_address(path)
    if left_out:
        keys["draft"] = "true"
        remedy = "remove draft: true to publish it"
        problems.append(remark(source, found.path, None, f"has {left_out}, so it is a draft", remedy))
    elif address is None:
        problem = f"permalink: {permalink} cannot be worked out, so the post gets an address and an id of its own"
        problems.append(remark(source, found.path, None, problem, "import with --feed, or write permalink: and id:"))
    is_hidden = left_out or address is None or post.draft or is_on(data.values.get("draft"))
    url = "" if is_hidden else _url(publication, address or "")
    return SitePost(path, found.path, text, keys, url, url, not is_dated, tuple(problems))


def _url(publication: Publication, address: str) -> str:
    """Return where a page is; its name is left out if it is index.html."""
    path = re.sub(r"(^|/)index(?:\.html|/)?$", r"\1", address)
    return absolute(publication, quote(path, safe="/%-._~!$&'()*+,;=:@"))


def _add_date(path: str, post: Post, fields: Fields, keys: dict[str, Value | None]) -> bool:
    """Return whether a post has a date, perhaps one anywhere in its path, which is added to its keys."""
    in_path = re.search(r"\d{4}-\d{2}-\d{2}", path)
    if text_of(fields.get("date")).lower() in _DATES_OF_FILES:
        keys["date"] = None
        return False
    if post.published.year == 1970 and not (fields.first(*DATES) or keys.get("date")) and in_path:
        keys["date"] = in_path[0]
    return post.published.year != 1970 or bool(fields.first(*DATES) or keys.get("date"))


def _variables(path: str, post: Post, values: Mapping[str, Value]) -> tuple[dict[str, str], dict[str, Any]]:
    """Return what templates of addresses know of a post: texts, and dates."""
    *folders, name = posixpath.splitext(path)[0].split("/")
    stem, folder = (
        match[1] if (match := _AFTER_DATE.search(text)) else text for text in (name, folders[-1] if folders else "")
    )
    found = {key: value for key, value in values.items() if isinstance(value, str)}
    found |= {"page.fileSlug": folder if stem == "index" else stem, "page.filePathStem": "/".join(["", *folders, stem])}
    return found, dict.fromkeys(("page.date", "date"), post.published)


def _default_address(path: str) -> str:
    folder, _, name = posixpath.splitext(path)[0].rpartition("/")
    is_folder = name == "index" or name == posixpath.basename(folder)
    return f"{folder}/" if is_folder else f"{folder}/{name}/".lstrip("/")
