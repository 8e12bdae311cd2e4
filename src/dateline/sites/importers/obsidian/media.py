"""Find the pictures and recordings of an Obsidian vault, which its notes call by name, wherever they are."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, unquote

from dateline.content.assets import is_media
from dateline.content.media import media_type_of
from dateline.errors import InputError, Problem, quoted
from dateline.model import Body, Publication, Source
from dateline.render import render
from dateline.render.template_code import constructs
from dateline.sites.conversion.markup import picture
from dateline.sites.files import walk
from dateline.sites.model import remark

LINK = re.compile(r"!?\[\[([^\[\]|\\]+)(?:\\?\|([^\[\]]*))?\]\]")
_PICTURE = re.compile(r"!\[[^\[\]\n]*\]\(([^()\s<>:]+)[)\s]")
# The name of a block, at its end, by which links lead to it; a formula can end in a similar way.
_BLOCK_NAME = re.compile(r"(?:^|(?<![ \t])[ \t]++)\^(?:[0-9a-f]{6}|[a-z0-9]++(?:-[a-z0-9]++)+)$", re.MULTILINE)
_SIZE = re.compile(r"(\d+)(?:x(\d+))?")

Files = Mapping[str, list[str]]  # paths of media by their names in lower case


def media_by_name(source: Path) -> Files:
    """Return the media of a vault."""
    files: dict[str, list[str]] = defaultdict(list)
    for path in walk(source):
        if is_media(path):
            files[posixpath.basename(path).lower()].append(path)
    return files


def embedding(source: Path, note: Source, body: Body, files: Files) -> tuple[str, list[Problem]]:
    """Return the body of a note with media in place of links that embed them, and remarks on other such links."""
    parts: list[str] = []
    problems: list[Problem] = []
    position = 0
    for found in constructs(body.text):
        link = LINK.fullmatch(found.text) if found.text.startswith("!") else None
        if not link:
            continue
        name = link[1].partition("#")[0].strip()
        path = find_media(note.path, name, files)
        parts += body.text[position : found.start], _embedded(path, name, link[2] or "") if path else found.text
        position = found.end
        if not is_media(name):
            line = body.line + body.text.count("\n", 0, found.start)
            problem = f"{quoted(found.text)} shows the text of a note, which Dateline does not"
            problems.append(remark(source, note.path, line, problem, "copy that text, or leave it a link"))
    return _BLOCK_NAME.sub("", "".join((*parts, body.text[position:]))), problems


def with_pictures(source: Path, note: str, body: str, publication: Publication, files: Files) -> str:
    """Return the body of a note with the paths, from there, of pictures that it calls by name in Markdown."""
    names = {name: find_media(note, unquote(name), files) for name in _PICTURE.findall(body)}
    folder = (source / note).parent
    wanted = {name: path for name, path in names.items() if path and not (folder / unquote(name)).is_file()}
    if not wanted:
        return body
    with suppress(InputError):  # which a build reports
        shown = {reference.target for reference in render(body, publication.markdown, "", False).references}
        for name in wanted.keys() & shown:
            body = body.replace(f"]({name}", f"]({quote(wanted[name])}")
    return body


def find_media(note: str, name: str, files: Files) -> str:
    """Return the path, from a note, of a file that it calls by a name or the end of a path; empty if there is none."""
    folder = posixpath.dirname(note)
    wanted = posixpath.normpath(posixpath.join(folder, name) if name.startswith(".") else name.strip("/")).lower()
    named = files.get(posixpath.basename(wanted), ())
    found = [path for path in named if f"/{path.lower()}".endswith(f"/{wanted}")]
    near = min(found, key=lambda path: (posixpath.dirname(path) != folder, path.count("/"), path), default="")
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
    return picture(target, text, dict(zip(("width", "height"), size.groups(""), strict=True)) if size else {})
