"""What the pages of an edition are chosen from: its posts, labels and menu, and the user's templates."""

import os
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from dateline.cache.database import Cache
from dateline.cache.published_posts import PublishedPost
from dateline.cache.sqlite import SITE
from dateline.content.scan import TEMPLATES_FOLDER, stamp_of
from dateline.content.source import file_kind, read
from dateline.errors import PostError
from dateline.feeds import Edition, Selection, labels_on_site
from dateline.hashing import digest
from dateline.model import Publication, Theme
from dateline.pages import CORRECTIONS_FOLDER, Site, Templates, Versions
from dateline.pages.assets import EXTRA_STYLE, FAVICONS
from dateline.pages.menu import site_menu

_LABEL_FOLDERS = ("tags/", "authors/", CORRECTIONS_FOLDER)  # of the feeds that have a page


class PageContext(NamedTuple):
    """What the pages of an edition are chosen from. `key` stands for everything that all of them have in common.

    `labels` are the tags and authors that have a page, and the corrections. `out` are the posts in lists, newest first,
    and `own_pages` the user's own pages. `homes` are the versions of the home page, `versions` those of posts by their
    translation keys.
    """

    cache: Cache
    publication: Publication
    site: Site
    now: datetime
    labels: Sequence[Selection]
    out: Sequence[PublishedPost]
    own_pages: Sequence[PublishedPost]
    key: str
    homes: Versions
    versions: Mapping[str, Versions]


def page_contexts(
    editions: Sequence[Edition], now: datetime, templates: Templates, own: Collection[str]
) -> Sequence[PageContext]:
    """Return the contexts of all editions; `own` are the paths of the user's files in _static."""
    publications = [edition.publication for edition in editions]

    def versions(urls: Mapping[str, str]) -> Versions:
        found = tuple((each.language, urls[each.edition]) for each in publications if each.edition in urls)
        return found if len(found) > 1 else ()

    homes = versions({publication.edition: publication.url for publication in publications})
    translations = editions[0].cache.published.translations(now) if homes else {}
    of_posts = {key: found for key, urls in translations.items() if (found := versions(urls))}
    icon = next((name for name in FAVICONS if name in own), FAVICONS[0])
    contexts = []
    for publication, cache, feeds in editions:
        out, own_pages = cache.published.all(now), cache.published.pages(now)
        labels = _labels(feeds, cache, now, out)
        site = Site(
            publication,
            urlsplit(publication.site_url).path,
            templates._replace(
                language=publication.language,
                own_words=publication.words_replaced(),
                is_podcast=publication.is_podcast,
            ),
            icon,
            EXTRA_STYLE in own,
            any(feed.folder == CORRECTIONS_FOLDER for feed in labels),
        )
        site = site._replace(menu=site_menu(site, cache.published.menu(now)))
        key = digest((publication._replace(theme=Theme()), templates.digest, *site[3:]))
        contexts.append(PageContext(cache, publication, site, now, labels, out, own_pages, key, homes, of_posts))
    return contexts


def _labels(
    feeds: Sequence[Selection], cache: Cache, now: datetime, out: Sequence[PublishedPost]
) -> Sequence[Selection]:
    """Return what has a page as well as feeds: the corrections, tags and authors; those of posts outside feeds, too."""
    labels = [feed for feed in feeds if feed.folder.startswith(_LABEL_FOLDERS)]
    if not any(post.status == SITE for post in out):
        return labels
    corrections = [feed for feed in labels if feed.folder == CORRECTIONS_FOLDER]
    return [*corrections, *labels_on_site(feeds, cache, now)]


def user_templates(folder: Path, language: str) -> tuple[Templates, dict[str, str]]:
    """Return the user's templates, and the stamps by which a change of them is noticed. Raises PostError."""
    top = folder / TEMPLATES_FOLDER
    watched = {TEMPLATES_FOLDER: stamp_of(top)}
    if not watched[TEMPLATES_FOLDER]:
        return Templates(None, "", language), watched
    contents = []
    seen: set[str] = set()
    for root, folders, names in os.walk(top, followlinks=True):
        path, real = os.path.relpath(root, folder), os.path.realpath(root)
        _check_inside(folder, path)
        if real in seen:  # a link to a folder that has been read, perhaps in a circle
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
    return Templates(os.path.abspath(top), digest(contents), language), watched


def _check_inside(folder: Path, path: str) -> None:
    """Raise PostError for a link that leads outside the folder of posts: what is there must not be published."""
    if file_kind(folder, path) == "outside":
        raise PostError(path, None, "links outside the folder of posts", "put the file itself here")


def versions_of(context: PageContext, post: PublishedPost) -> Versions:
    """Return the versions of a post that has a page here."""
    versions = context.versions.get(post.translation_key, ())
    # Two posts of one language that have a key in common are no versions of one text.
    return versions if any(url == post.url for _, url in versions) else ()


def month_of(post: PublishedPost) -> str:
    """Return the month of a post's date as written, like ``2025-04``."""
    return post.day[:7]
