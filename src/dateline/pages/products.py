"""Which pages there are, each as a product with the key of all that it shows."""

import os
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from dateline.catalogue import Catalogue, Kept, Out
from dateline.errors import PostError
from dateline.feeds import Selection
from dateline.formats.table import STYLE_FILE as FEED_STYLE_FILE
from dateline.model import Publication
from dateline.output import Product
from dateline.pages import sitemap
from dateline.pages.nouns import ForLabel, ForMonth, ForPost, ForSubscribers, Site, Templates
from dateline.pages.places import (
    ARCHIVE_FOLDER,
    HOME_PAGE,
    MISSING_PAGE,
    SCRIPT_FILE,
    STYLE_FILE,
    SUBSCRIBE_FOLDER,
    file_of,
    month_folder,
    root_of,
)
from dateline.reading.files import STATIC_FOLDER, TEMPLATES_FOLDER, stamp_of, unreadable
from dateline.reading.sources import decoded
from dateline.refresh import digest

MOST = 100  # posts on the page of a tag or an author; the archive has them all
LABELLED = ("tags/", "authors/", "corrections/")  # folders of feeds that have a page
BATCH = 25  # posts that are taken out of the catalogue in one go
_HERE = os.path.dirname(os.path.abspath(__file__))


class Scene(NamedTuple):
    """What there is to choose pages from: `key` is that of what all pages have in common."""

    posts: Catalogue
    site: Site
    now: datetime
    feeds: Sequence[Selection]
    out: Sequence[Out]
    key: str

    @property
    def publication(self) -> Publication:
        """What feed.toml says."""
        return self.site.publication


def pages(
    posts: Catalogue,
    publication: Publication,
    now: datetime,
    feeds: Sequence[Selection],
    folder: Path,
    files: Sequence[Product],
) -> tuple[list[Product], dict[str, str]]:
    """Every page and what goes with them, and the stamps of the user's templates.

    What is in _static, which is among the `files` of the output, takes the place of a page.
    """
    own = {product.path for product in files if product.origin.startswith(f"{STATIC_FOLDER}/")}
    found, watched = _pages(posts, publication, now, feeds, folder, "favicon.ico" in own)
    styles = _assets(FEED_STYLE_FILE) if publication.stylesheet and {*publication.formats} - {"json"} else ()
    return [product for product in (*styles, *found) if product.path not in own], watched


def _pages(
    posts: Catalogue,
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
    scene = Scene(posts, site, now, feeds, posts.out(now), digest((publication, templates.digest, has_icon)))
    lists = [*_home(scene), *_labels(scene), *_archive(scene), *_subscribe(scene), *_missing(scene)]
    return [*_assets(STYLE_FILE, SCRIPT_FILE), *lists, *_of_posts(scene), *_sitemaps(scene)], watched


def _templates(folder: Path) -> tuple[Templates, dict[str, str]]:
    """The templates that the user wrote, and the stamps by which a change of them shows. Raises PostError."""
    place = folder / TEMPLATES_FOLDER
    watched = {TEMPLATES_FOLDER: stamp_of(place)}
    if not watched[TEMPLATES_FOLDER]:
        return Templates(None, ""), watched
    contents = []
    for root, folders, names in os.walk(place):
        folders.sort()
        for name in [*sorted(names), *folders]:
            file = os.path.join(root, name)
            path = os.path.relpath(file, folder)
            watched[path] = stamp_of(file)
            if os.path.isfile(file):
                contents.append((path, _text(file, path)))
    return Templates(os.path.abspath(place), digest(contents)), watched


def _text(file: str, path: str) -> str:
    try:
        return decoded(path, Path(file).read_bytes(), PostError)
    except OSError as error:
        raise unreadable(path, error, PostError) from None


def _work(name: str, site: Site, content: Any) -> bytes:
    """Write a page; what it takes is loaded where there is one to be written."""
    from dateline.pages import writing

    write: Callable[[Site, Any], bytes] = getattr(writing, f"write_{name}")
    return write(site, content)


def _product(scene: Scene, path: str, what: str, template: str, shows: object, content: Callable[[], Any]) -> Product:
    key = digest((scene.key, shows))
    return Product(path, what, key, content, partial(_work, template, scene.site), is_page=True)


def _of_posts(scene: Scene) -> Iterator[Product]:
    """The page of each post that has one here, which shows what came out before and after it as well."""
    home, out, site = scene.publication.url, scene.out, scene.site
    here = [place for place, post in enumerate(out) if post.is_here]
    paths = {out[place].number: file_of(out[place].url.removeprefix(home)) for place in here}
    entries = _Entries(scene, paths)
    links = [f"{post.title}\0{post.canonical_url}" for post in out]
    before, after = ["", *links], [*links[1:], ""]
    work = partial(_work, "post", site)
    for place in here:
        post = out[place]
        shows = f"{scene.key}\0{post.shown}\0{before[place]}\0{after[place]}".encode()
        yield Product(
            paths[post.number],
            f"the page of {post.path}",
            blake2b(shows, digest_size=16).hexdigest(),
            partial(entries.page, place),
            work,
            is_page=True,
        )


class _Entries:
    """Takes posts out of the catalogue in the order in which their pages are written, several in one go."""

    def __init__(self, scene: Scene, paths: dict[int, str]) -> None:
        self._scene = scene
        self._paths = paths
        self._order: list[tuple[str, int]] = []
        self._taken: dict[int, Kept] = {}

    def page(self, place: int) -> ForPost:
        """What the page of the post at this place, from the newest, shows."""
        out = self._scene.out
        post = out[place]
        if post.number not in self._taken:
            self._take(self._paths[post.number])
        newer = out[place - 1] if place else None
        older = out[place + 1] if place + 1 < len(out) else None
        return ForPost(
            self._taken.pop(post.number),
            older and (older.title, older.canonical_url),
            newer and (newer.title, newer.canonical_url),
        )

    def _take(self, path: str) -> None:
        self._order = self._order or sorted((path, number) for number, path in self._paths.items())
        first = bisect_left(self._order, (path, -1))
        numbers = [number for _, number in self._order[first : first + BATCH]]
        self._taken = {kept.number: kept for kept in self._scene.posts.kept(numbers)}


def _home(scene: Scene) -> Iterator[Product]:
    shown = scene.out[: scene.publication.limit]
    numbers = [post.number for post in shown]
    key = [post.shown for post in shown]
    yield _product(scene, HOME_PAGE, "the home page", "home", key, partial(scene.posts.teasers, numbers))


def _labels(scene: Scene) -> Iterator[Product]:
    for feed in _of_labels(scene):
        kind, _, slug = feed.folder.rstrip("/").partition("/")
        path, shows = f"{feed.folder}{HOME_PAGE}", (feed.heading.title, feed.shown)
        content = partial(_label, scene, kind.removesuffix("s"), slug, _name(scene, feed))
        yield _product(scene, path, f"the page of the {feed.what}", "label", shows, content)


def _of_labels(scene: Scene) -> list[Selection]:
    """The feeds of tags and authors, and that of corrections."""
    return [feed for feed in scene.feeds if feed.folder.startswith(LABELLED)]


def _label(scene: Scene, kind: str, slug: str, name: str) -> ForLabel:
    if slug:
        numbers = list(scene.posts.labelled(f"{kind}s", slug, scene.now, MOST + 1))
    else:
        numbers = scene.posts.corrections(scene.now, MOST + 1)
    folder = quote(f"{kind}s/{slug}/" if slug else f"{kind}s/")
    return ForLabel(kind, folder, name, scene.posts.teasers(numbers[:MOST]), len(numbers) > MOST)


def _name(scene: Scene, feed: Selection) -> str:
    """What a tag or an author is called."""
    return feed.heading.title.removeprefix(f"{scene.publication.title} · ")


def _archive(scene: Scene) -> Iterator[Product]:
    """A page for each calendar month, of dates as written, and a list of them."""
    months = _months(scene)
    names = [month for month, _ in months]
    for newer, (month, posts), older in zip([None, *names], months, [*names[1:], None], strict=False):
        numbers = [post.number for post in posts]
        shows = (month, [post.shown for post in posts], older, newer)
        path = f"{month_folder(month)}{HOME_PAGE}"
        content = partial(_month, scene, month, numbers, older, newer)
        yield _product(scene, path, f"the page of {month}", "month", shows, content)
    counts = [(month, len(posts)) for month, posts in months]
    yield _product(scene, f"{ARCHIVE_FOLDER}{HOME_PAGE}", "the archive's page", "archive", counts, lambda: counts)


def _months(scene: Scene) -> list[tuple[str, list[Out]]]:
    """Posts by month, newest first."""
    by_month = sorted(scene.out, key=lambda post: post.day[:7], reverse=True)
    return [(month, list(posts)) for month, posts in groupby(by_month, lambda post: post.day[:7])]


def _month(scene: Scene, month: str, numbers: Sequence[int], older: str | None, newer: str | None) -> ForMonth:
    return ForMonth(month, scene.posts.teasers(numbers), older, newer)


def _subscribe(scene: Scene) -> Iterator[Product]:
    labels = [(feed.folder.partition("/")[0], quote(feed.folder), _name(scene, feed)) for feed in _of_labels(scene)]
    path = f"{SUBSCRIBE_FOLDER}{HOME_PAGE}"
    yield _product(scene, path, "the page to subscribe from", "subscribe", labels, lambda: ForSubscribers(labels))


def _missing(scene: Scene) -> Iterator[Product]:
    yield _product(scene, MISSING_PAGE, "the page for what is not there", "missing", None, lambda: None)


def _sitemaps(scene: Scene) -> Iterator[Product]:
    """The addresses of all pages: in one file, or in several and a list of them."""
    home = scene.publication.url
    lists = ["", ARCHIVE_FOLDER, SUBSCRIBE_FOLDER, *(month_folder(month) for month, _ in _months(scene))]
    lists += [quote(feed.folder) for feed in _of_labels(scene)]
    places: list[sitemap.Place] = [(home + folder, None) for folder in lists]
    places += [(post.url, post.updated_at) for post in scene.out if post.is_here]
    parts = [places[first : first + sitemap.MOST] for first in range(0, len(places), sitemap.MOST)]
    if len(parts) == 1:
        yield _sitemap(sitemap.SITEMAP_FILE, parts[0])
        return
    files = [sitemap.part_file(number) for number, _ in enumerate(parts, 1)]
    yield from map(_sitemap, files, parts)
    urls = [home + file for file in files]
    yield Product(sitemap.SITEMAP_FILE, "the sitemap", digest(urls), lambda: urls, sitemap.sitemap_index, is_page=True)


def _sitemap(file: str, places: Sequence[sitemap.Place]) -> Product:
    return Product(file, "the sitemap", digest(places), lambda: places, sitemap.sitemap, is_page=True)


def _assets(*names: str) -> Iterator[Product]:
    """Files of ours that are published as they are."""
    for name in names:
        place = os.path.join(_HERE, name)
        is_page = name != FEED_STYLE_FILE
        yield Product(name, f"Dateline's {name}", stamp_of(place), partial(Path, place), is_page=is_page)
