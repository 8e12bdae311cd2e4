"""Every page as a product, with the key of all that it shows; and what the user put in the place of ours."""

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from dateline.build.index import digest
from dateline.cache.database import Catalogue
from dateline.content.scan import TEMPLATES_FOLDER, stamp_of
from dateline.content.source import file_kind, read
from dateline.errors import PostError
from dateline.feeds import Selection
from dateline.formats.table import STYLE_FILE as FEED_STYLE_FILE
from dateline.model import Publication
from dateline.output import Product
from dateline.pages.lists import lists
from dateline.pages.locations import SCRIPT_FILE, STYLE_FILE, root_of
from dateline.pages.posts import of_posts
from dateline.pages.scene import Scene
from dateline.pages.site import Site, Templates

_HERE = os.path.dirname(os.path.abspath(__file__))


def pages(
    catalogue: Catalogue,
    publication: Publication,
    now: datetime,
    feeds: Sequence[Selection],
    folder: Path,
    files: Sequence[Product],
) -> tuple[list[Product], dict[str, str]]:
    """Every page and what goes with them, and the stamps of the user's templates.

    What is in _static, which is among the `files` of the output, takes the place of a page.
    """
    own = {product.path for product in files if product.is_static}
    found, watched = _pages(catalogue, publication, now, feeds, folder, "favicon.ico" in own)
    styles = _assets(FEED_STYLE_FILE) if publication.stylesheet and {*publication.formats} - {"json"} else ()
    return [product for product in (*styles, *found) if product.path not in own], watched


def _pages(
    catalogue: Catalogue,
    publication: Publication,
    now: datetime,
    feeds: Sequence[Selection],
    folder: Path,
    has_icon: bool,
) -> tuple[list[Product], dict[str, str]]:
    if not publication.pages:
        return [], {}
    templates, watched = _templates(folder)
    site = Site(publication, root_of(publication.url), templates, has_icon)
    scene = Scene(
        catalogue, site, now, feeds, catalogue.out.all(now), digest((publication, templates.digest, has_icon))
    )
    return [*_assets(STYLE_FILE, SCRIPT_FILE), *lists(scene), *of_posts(scene)], watched


def _templates(folder: Path) -> tuple[Templates, dict[str, str]]:
    """The templates that the user wrote, and the stamps by which a change of them shows. Raises PostError."""
    place = folder / TEMPLATES_FOLDER
    watched = {TEMPLATES_FOLDER: stamp_of(place)}
    if not watched[TEMPLATES_FOLDER]:
        return Templates(None, ""), watched
    contents = []
    seen: set[str] = set()
    for root, folders, names in os.walk(place, followlinks=True):
        path, real = os.path.relpath(root, folder), os.path.realpath(root)
        _check_inside(folder, path)
        if real in seen:  # a link to a folder that is read already, perhaps in a circle
            contents.append((path, real))
            folders.clear()
            continue
        seen.add(real)
        folders.sort()
        for path in (os.path.relpath(os.path.join(root, name), folder) for name in [*sorted(names), *folders]):
            watched[path] = stamp_of(folder / path)
            if os.path.isfile(folder / path):
                _check_inside(folder, path)
                contents.append((path, read(folder, path)[0].text))
    return Templates(os.path.abspath(place), digest(contents)), watched


def _check_inside(folder: Path, path: str) -> None:
    """Raise PostError where a link leads outside the folder of posts: what is there is nothing to publish."""
    if file_kind(folder, path) == "outside":
        raise PostError(path, None, "links outside the folder of posts", "put the file itself here")


def _assets(*names: str) -> Iterator[Product]:
    """Files of ours that are published as they are."""
    for name in names:
        place = os.path.join(_HERE, name)
        is_page = name != FEED_STYLE_FILE
        yield Product(name, f"Dateline's {name}", stamp_of(place), partial(Path, place), is_page=is_page)
