"""Import the dated notes of an Obsidian vault."""

import os
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, unquote

from dateline.content.assets import is_media
from dateline.content.front_matter import split
from dateline.content.front_matter_keys import ALIASES, KEYS
from dateline.content.ids import derived_id, post_slug, split_date
from dateline.content.key_values import Value
from dateline.content.media import IMAGES, media_type_of
from dateline.errors import InputError, PostError, Problem, SiteError, quoted
from dateline.importer.existing_posts import ExistingPost, existing_post
from dateline.model import Body, Publication, Source
from dateline.render import render
from dateline.render.template_code import constructs
from dateline.sites.files import markdown_files, read_config, read_text, table_of, text_of, texts_of, walk
from dateline.sites.model import MediaFolder, Site, SitePost, remark

# Where Obsidian and its plugins keep which folder is for what, as the keys that lead there.
_TEMPLATES = (("templates.json", "folder"), ("plugins/templater-obsidian/data.json", "templates_folder"))
_DAILY = (("daily-notes.json", "folder"), ("plugins/periodic-notes/data.json", "daily", "folder"))
# Properties that plugins add and Dateline does not know, the best first, by what they mean.
_DATES = {
    "date": ("date created", "date-created", "date_created", "created at", "created-at", "created_at", "creation date"),
    "updated": ("date modified", "date-modified", "date_modified", "date updated", "updated at", "updated_at"),
}
_LINK = re.compile(r"!?\[\[([^\[\]|\\]+)(?:\\?\|([^\[\]]*))?\]\]")
_PICTURE = re.compile(r"!\[[^\[\]\n]*\]\(([^()\s<>:]+)[)\s]")
# The name of a block, at its end, by which links lead to it; a formula can end in a similar way.
_BLOCK_NAME = re.compile(r"(?:^|(?<![ \t])[ \t]++)\^(?:[0-9a-f]{6}|[a-z0-9]++(?:-[a-z0-9]++)+)$", re.MULTILINE)
_SIZE = re.compile(r"(\d+)(?:x(\d+))?")
_ADDRESS = re.compile(r"/|https?://")

Files = Mapping[str, list[str]]  # paths of media by their names in lower case


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
    files: dict[str, list[str]] = defaultdict(list)
    for path in walk(source):
        if is_media(path):
            files[posixpath.basename(path).lower()].append(path)
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
    if text_of(fields.get("title")) == "" and not re.match(r"\s*# ", body.text):
        keys["title"] = name  # in Obsidian, other headings are no titles
    if not name:
        keys["slug"] = post_slug(found.post.title)
    text, problems = _embedding(source, note, body, files)
    head = note.text.removesuffix(body.text)
    text = _linked(source, path, text, publication, files)
    names, id = {posixpath.basename(path), found.post.url}, ""
    if taken & names:
        id = derived_id(publication.id, quote(path.removesuffix(".md")))
        keys["slug"] = post_slug(path.removesuffix(".md").replace("/", " "))
    taken |= names
    return SitePost(path, path, head + text, keys, id=id, problems=tuple(problems))


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
    keys: dict[str, Value | None] = {}
    for key, value in fields.values.items():
        if key in ALIASES:  # other names of the note, by which links call it
            keys[key] = [text for text in texts_of(value) if _ADDRESS.match(text)] or None
        elif key in IMAGES:
            image = _plain(value)
            keys[key] = (isinstance(image, str) and _media(found.source.path, image, files)) or image
        elif key in KEYS:
            keys[key] = _plain(value)
    if tags := [tag.removeprefix("#") for tag in texts_of(keys.get("tags"))]:
        keys["tags"] = [*tags]
    if text_of(fields.get("publish")).lower() == "false":
        keys |= {"publish": None, "draft": "true"}
    return {key: value for key, value in keys.items() if value != fields.values.get(key)}


def _plain(value: Value) -> Value:
    """Return a property with the names of notes in place of links to them, which YAML takes for lists of lists."""
    if isinstance(value, list):
        items = [item[0] if isinstance(item, list) and len(item) == 1 else item for item in value]
        return _plain(items[0]) if len(items) == 1 and items != value else [*map(_plain, items)]
    return _LINK.sub(lambda link: link[2] or link[1], value) if isinstance(value, str) else value


def _embedding(source: Path, note: Source, body: Body, files: Files) -> tuple[str, list[Problem]]:
    """Return the body of a note with media in place of links that embed them, and remarks on other such links."""
    parts: list[str] = []
    problems: list[Problem] = []
    position = 0
    for found in constructs(body.text):
        link = _LINK.fullmatch(found.text) if found.text.startswith("!") else None
        if not link:
            continue
        name = link[1].partition("#")[0].strip()
        path = _media(note.path, name, files)
        parts += body.text[position : found.start], _embedded(path, name, link[2] or "") if path else found.text
        position = found.end
        if not is_media(name):
            line = body.line + body.text.count("\n", 0, found.start)
            problem = f"{quoted(found.text)} shows the text of a note, which Dateline does not"
            problems.append(remark(source, note.path, line, problem, "copy that text, or leave it a link"))
    return _BLOCK_NAME.sub("", "".join((*parts, body.text[position:]))), problems


def _linked(source: Path, note: str, body: str, publication: Publication, files: Files) -> str:
    """Return the body of a note with the paths, from there, of pictures that it calls by name in Markdown."""
    names = {name: _media(note, unquote(name), files) for name in _PICTURE.findall(body)}
    folder = (source / note).parent
    wanted = {name: path for name, path in names.items() if path and not (folder / unquote(name)).is_file()}
    if not wanted:
        return body
    with suppress(InputError):  # which a build reports
        shown = {reference.target for reference in render(body, publication.markdown, "", False).references}
        for name in wanted.keys() & shown:
            body = body.replace(f"]({name}", f"]({quote(wanted[name])}")
    return body


def _media(note: str, name: str, files: Files) -> str:
    """Return the path, from a note, of a file that it calls by a name or the end of a path; empty if there is none."""
    folder = posixpath.dirname(note)
    wanted = posixpath.normpath(posixpath.join(folder, name) if name.startswith(".") else name.strip("/")).lower()
    same = [
        path for path in files.get(posixpath.basename(wanted), ()) if f"/{path.lower()}".endswith(f"/{wanted}")
    ]  # fmt: skip
    near = min(same, key=lambda path: (posixpath.dirname(path) != folder, path.count("/"), path), default="")
    return near and posixpath.relpath(near, folder or ".")


def _embedded(path: str, name: str, label: str) -> str:
    kind = (media_type_of(path) or "").partition("/")[0]
    target = quote(path)
    if kind in ("audio", "video"):
        return f'<{kind} controls src="{target}"></{kind}>'
    *labels, last = label.split("|")
    size = _SIZE.fullmatch(last.strip())
    text = " ".join(labels if size else [*labels, last]).strip()
    if kind != "image":
        return f"[{text or name}]({target})"
    width, height = size.groups() if size else (None, None)
    sizes = [f"{key}={value}" for key, value in (("width", width), ("height", height)) if value]
    return f"![{text}]({target})" + (f"{{{' '.join(sizes)}}}" if sizes else "")
