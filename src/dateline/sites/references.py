"""Follow what a post refers to: media of the source are copied, and paths that lead nowhere from here are rewritten."""

import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote, urljoin, urlsplit

from dateline.content.assets import is_media
from dateline.content.posts import body_of
from dateline.content.scan import PAGES_FOLDER, STATIC_FOLDER, is_post_file, is_text, leads_inside, path_among_pages
from dateline.content.urls import has_host
from dateline.errors import InputError
from dateline.fileio import open_regular
from dateline.model import Publication, Reference, Source
from dateline.render import host_of, render
from dateline.sites.files import parsed
from dateline.sites.model import Site, SitePost

# Never copied: pages, and what a page is made of.
_NO_MEDIA = (".html", ".htm", ".xhtml", ".php", ".css", ".scss")
_AROUND = r"""(?<![^\s("'<=:,\[]){}(?![^\s)"'>?#,\]])"""  # what may be next to an address in a text


class Followed(NamedTuple):
    """A post's text, with paths that lead somewhere from its new place; and the media to copy, by their paths there."""

    text: str
    media: dict[str, Path]


def follow(source: Path, site: Site, post: SitePost, text: str, publication: Publication) -> Followed:
    """Return what becomes of the references in the text of a post."""
    media: dict[str, Path] = {}
    for reference in dict.fromkeys(_references(Source(post.path, text), publication)):
        new = _new_target(source, site, post, reference, publication, media)
        if new != reference.target:
            text = re.sub(_AROUND.format(re.escape(reference.target)), lambda _, new=new: new, text)  # type: ignore[misc]
    return Followed(text, media)


def _references(post: Source, publication: Publication) -> Iterator[Reference]:
    read = parsed(post, publication)
    if read is None:
        return
    found, _ = read
    targets = [medium.target for medium in found.media]
    yield from (Reference(target, True, "media") for target in targets)
    body = body_of(post, found)
    try:
        yield from render(body, publication.markdown, "", False, publication.math, host=host_of(publication)).references
    except InputError:  # a build will say so
        return


def _new_target(
    source: Path, site: Site, post: SitePost, reference: Reference, publication: Publication, media: dict[str, Path]
) -> str:
    """Return what a reference names from now on, and add the file that it names to the media."""
    target = reference.target
    try:
        parts = urlsplit(target)
    except ValueError:
        return target
    path = target if reference.key else unquote(parts.path)
    if has_host(target) and parts.netloc.lower() == host_of(publication):
        path = unquote(parts.path)
    elif has_host(target) or parts.scheme or not path:
        return target
    if path.startswith("/"):
        media |= {place: file for place, file in _in_media_folders(site, path, publication) if _is_media(source, file)}
        return target
    return _new_relative(source, site, post, target, path, publication, media)


def _new_relative(
    source: Path, site: Site, post: SitePost, target: str, path: str, publication: Publication, media: dict[str, Path]
) -> str:
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(post.source), path))
    here = posixpath.dirname(post.path)
    if not beside.startswith("..") and _is_media(source, source / beside):
        place = posixpath.normpath(posixpath.join(here, path))
        published = _published(place)
        media[published] = source / beside
        return target if published == place else quote(posixpath.relpath(published, here or "."))
    for place, file in _in_media_folders(site, f"/{path}", publication):
        if _is_media(source, file):
            media[place] = file
            return target
    is_file = is_post_file(path) or os.path.lexists(source / beside)
    if is_file or not post.address or path.startswith(("@", "{", "|")):  # template code
        return target
    # A relative address starts from that of the page, where the generator left it as it is.
    address = urljoin(urljoin(publication.url, post.address), target)
    return address.removeprefix("https:").removeprefix("http:").removeprefix(f"//{host_of(publication)}")


def _published(place: str) -> str:
    """Return the path nearest to a place that is in the folder of posts, with no name that begins with ``_``."""
    in_pages = path_among_pages(place)
    names = (in_pages or place).split("/")
    path = "/".join(name.lstrip("_") or "media" for name in names if name != "..")
    return f"{PAGES_FOLDER}/{path}" if in_pages else path


def _in_media_folders(site: Site, path: str, publication: Publication) -> Iterator[tuple[str, Path]]:
    """Yield the paths in the folder of posts, and the files, that a path from the root of the site may stand for.

    From there, a build publishes media alone; all others go into the folder of static files, and those with a _, too.
    """
    home = urlsplit(publication.url).path
    below = path.removeprefix(home[:-1]) if home != "/" else path
    place = posixpath.normpath(below).lstrip("/")
    is_published = is_media(place) and not any(name.startswith("_") for name in place.split("/"))
    place = place if is_published else f"{STATIC_FOLDER}/{place}"
    for address in dict.fromkeys((path, below)):
        for folder, prefix in site.media:
            rest = posixpath.normpath(address.removeprefix(prefix.rstrip("/") + "/"))
            if address.startswith(prefix.rstrip("/") + "/") and not rest.startswith(("..", "/")):
                yield place, folder / rest


def _is_media(source: Path, file: Path) -> bool:
    """Return whether a file of the source may be copied: it is neither hidden, nor a post, nor a page."""
    if not is_text(str(file)) or "\0" in str(file) or not os.path.isfile(file):
        return False
    real, root = os.path.realpath(file), os.path.realpath(source)
    if not leads_inside(real, root):
        return False
    names = os.path.relpath(real, root).split(os.sep)
    return (
        not any(name.startswith(".") for name in names)
        and not names[-1].lower().endswith(_NO_MEDIA)
        and not is_post_file(names[-1])
        and not _is_template(file)
    )


def _is_template(file: Path) -> bool:
    """Return whether a file begins with front matter: a generator shows what it makes of it, as of a feed or a list."""
    try:
        with open(open_regular(file), "rb") as opened:
            return opened.read(4) in (b"---\n", b"---\r")
    except OSError:  # whoever copies it says why not
        return False
