"""Import the dated notes of an Obsidian vault."""

import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from dateline.content.front_matter import split
from dateline.content.front_matter_keys import ALIASES, KEYS
from dateline.content.ids import derived_id, post_slug, split_date
from dateline.content.key_values import Value
from dateline.content.media import IMAGES
from dateline.errors import PostError, Problem, SiteError
from dateline.importer.existing_posts import ExistingPost, existing_post
from dateline.model import Publication
from dateline.sites.files import markdown_files, read_config, read_text, table_of, text_of, texts_of
from dateline.sites.importers.obsidian.media import LINK, Files, embedding, find_media, media_by_name, with_pictures
from dateline.sites.model import MediaFolder, Site, SitePost, remark

# Where Obsidian and its plugins keep which folder is for what, as the keys that lead there.
_TEMPLATES = (("templates.json", "folder"), ("plugins/templater-obsidian/data.json", "templates_folder"))
_DAILY = (("daily-notes.json", "folder"), ("plugins/periodic-notes/data.json", "daily", "folder"))
# Properties that plugins add and Dateline does not know, the best first, by what they mean.
_DATES = {
    "date": ("date created", "date-created", "date_created", "created at", "created-at", "created_at", "creation date"),
    "updated": ("date modified", "date-modified", "date_modified", "date updated", "updated at", "updated_at"),
}
_ADDRESS = re.compile(r"/|https?://")


def detect(source: Path) -> bool:
    """Return whether this is the folder of a vault."""
    return (source / ".obsidian").is_dir()


def settings(source: Path) -> Site:
    """Return the name of a vault, and which of its folders hold no posts."""
    problems: list[Problem] = []
    folders = {
        kind: sorted({folder for row in rows if (folder := _folder(source, problems, *row))})
        for kind, rows in (("templates", _TEMPLATES), ("daily", _DAILY))
    }
    title = os.path.basename(os.path.realpath(source))
    return Site({"title": title}, (MediaFolder(source),), problems=tuple(problems), config=folders)


def posts(source: Path, site: Site, publication: Publication) -> Iterator[SitePost | Problem]:
    """Yield the notes that have a date; all others, except templates, are left out."""
    files = media_by_name(source)
    templates, daily = (tuple(f"{folder}/" for folder in site.config[kind]) for kind in ("templates", "daily"))
    taken: set[str] = set()
    for path in markdown_files(source):
        if not path.startswith(templates):
            yield _post(source, path, publication, files, taken, is_daily=path.startswith(daily))


def _folder(source: Path, problems: list[Problem], name: str, *keys: str) -> str:
    try:
        value: Value = read_config(source, f".obsidian/{name}").values
    except SiteError as error:
        problems.append(error.problem._replace(severity="warning"))
        return ""
    for key in keys[:-1]:
        value = table_of(table_of(value).get(key))
    return text_of(table_of(value).get(keys[-1])).strip("/")


def _post(
    source: Path, path: str, publication: Publication, files: Files, taken: set[str], *, is_daily: bool
) -> SitePost | Problem:
    """Return a note as a post, or why it is none; `taken` are the names and the addresses of posts before it."""
    note = read_text(source, path)
    if isinstance(note, Problem):
        return note
    if not note.text.startswith("---\n"):
        note = note._replace(text=f"---\n---\n{note.text}")
    try:
        found = existing_post(note, publication)
        fields, body = split(note)
    except PostError as error:
        return remark(source, path, *error.problem[1:4])
    name = split_date(posixpath.basename(path).removesuffix(".md"))[1]
    if is_daily or not (name or text_of(fields.get("title"))):
        problem = "a daily note, so it is left out"
        return remark(source, path, None, problem, "to publish it, name it like 2025-04-14 Title.md, in another folder")
    keys = {**_keys(found, files), **_dates(found)}
    if not found.is_dated and "date" not in keys:
        problem = "a note without a date, so it is left out"
        return remark(source, path, None, problem, "to publish it, add date: 2025-04-14 to its properties")
    keys |= _title(found, name, body.text)
    names, id = {posixpath.basename(path), found.post.url}, ""
    if not taken.isdisjoint(names):
        stem = path.removesuffix(".md")
        id, keys["slug"] = derived_id(publication.id, quote(stem)), post_slug(stem.replace("/", " "))
    taken |= names
    embedded, problems = embedding(source, note, body, files)
    text = with_pictures(source, path, embedded, publication, files)
    return SitePost(path, path, note.text.removesuffix(body.text) + text, keys, id=id, problems=tuple(problems))


def _title(found: ExistingPost, name: str, body: str) -> dict[str, Value | None]:
    """Return the keys for a note that is called by the name of its file, or whose name is a date alone."""
    keys: dict[str, Value | None] = {}
    if not text_of(found.fields.get("title")) and not re.match(r"\s*# ", body):
        keys["title"] = name  # in Obsidian, other headings are no titles
    if not name:
        keys["slug"] = post_slug(found.post.title)
    return keys


def _dates(found: ExistingPost) -> dict[str, Value | None]:
    """Return dates in properties of plugins under the keys that Dateline has for them."""
    keys: dict[str, Value | None] = {}
    for key, names in _DATES.items():
        name = found.fields.first(*names)
        if name and not (key == "date" and found.is_dated):
            keys |= {key: found.fields.values[name], name: None}
    return keys


def _keys(found: ExistingPost, files: Files) -> dict[str, Value | None]:
    """Return the properties that mean something else to Dateline, as it needs them."""
    fields = found.fields
    keys = {key: _meant(key, value, found.source.path, files) for key, value in fields.values.items()}
    if tags := [tag.removeprefix("#") for tag in texts_of(keys.get("tags"))]:
        keys["tags"] = [*tags]
    if text_of(fields.get("publish")).lower() == "false":
        keys |= {"publish": None, "draft": "true"}
    return {key: value for key, value in keys.items() if value != fields.values.get(key)}


def _meant(key: str, value: Value, note: str, files: Files) -> Value | None:
    if key in ALIASES:  # other names of the note, by which links call it
        return [text for text in texts_of(value) if _ADDRESS.match(text)] or None
    if key in IMAGES:
        image = _plain(value)
        return (isinstance(image, str) and find_media(note, image, files)) or image
    return _plain(value) if key in KEYS else value


def _plain(value: Value) -> Value:
    """Return a property with the names of notes in place of links to them, which YAML takes for lists of lists."""
    if isinstance(value, list):
        items = [item[0] if isinstance(item, list) and len(item) == 1 else item for item in value]
        return _plain(items[0]) if len(items) == 1 and items != value else [*map(_plain, items)]
    return LINK.sub(lambda link: link[2] or link[1], value) if isinstance(value, str) else value
