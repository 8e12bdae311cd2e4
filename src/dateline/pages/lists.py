"""Pages that list posts, and those that lead to such: home, tags and authors, the archive, and how to subscribe."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from urllib.parse import quote

from dateline.cache.published_posts import PublishedPost
from dateline.content.urls import INDEX_PAGE
from dateline.feeds import Selection, archive_folder
from dateline.hashing import digest
from dateline.output import Output
from dateline.pages import sitemap
from dateline.pages.locations import ARCHIVE_FOLDER, MISSING_PAGE, SUBSCRIBE_FOLDER
from dateline.pages.scene import Scene, product
from dateline.pages.site import ForLabel, ForMonth, ForSubscribers

MOST = 100  # posts on the page of a tag or an author; the archive has them all
LABELLED = ("tags/", "authors/", "corrections/")  # folders of feeds that have a page


def lists(scene: Scene) -> Iterator[Output]:
    """All pages but those of posts, and the sitemap of both."""
    months = _months(scene)
    yield from _home(scene)
    yield from _labels(scene)
    yield from _archive(scene, months)
    yield from _subscribe(scene)
    yield from _missing(scene)
    yield from _sitemaps(scene, [month for month, _ in months])


def _home(scene: Scene) -> Iterator[Output]:
    shown = scene.out[: scene.publication.limit]
    numbers = [post.number for post in shown]
    key = [post.entry_key for post in shown]
    yield product(scene, INDEX_PAGE, "the home page", "home", key, partial(scene.catalogue.entries.teasers, numbers))


def _labels(scene: Scene) -> Iterator[Output]:
    for feed in _of_labels(scene):
        kind, _, slug = feed.folder.rstrip("/").partition("/")
        # What the feed of a label shows is a key of all its posts, that of corrections one of its newest alone.
        published = scene.catalogue.published
        shown = feed.shown if slug else published.entry_keys(published.corrections(scene.now, MOST + 1))
        path, shows = f"{feed.folder}{INDEX_PAGE}", (feed.heading.title, shown)
        content = partial(_label, scene, kind.removesuffix("s"), slug, _name(scene, feed))
        yield product(scene, path, f"the page of the {feed.what}", "label", shows, content)


def _of_labels(scene: Scene) -> list[Selection]:
    """The feeds of tags and authors, and that of corrections."""
    return [feed for feed in scene.feeds if feed.folder.startswith(LABELLED)]


def _label(scene: Scene, kind: str, slug: str, name: str) -> ForLabel:
    if slug:
        numbers = scene.catalogue.labels.newest(f"{kind}s", slug, scene.now, MOST + 1)
    else:
        numbers = scene.catalogue.published.corrections(scene.now, MOST + 1)
    folder = quote(f"{kind}s/{slug}/" if slug else f"{kind}s/")
    return ForLabel(kind, folder, name, scene.catalogue.entries.teasers(numbers[:MOST]), len(numbers) > MOST)


def _name(scene: Scene, feed: Selection) -> str:
    """What a tag or an author is called."""
    return feed.heading.title.removeprefix(f"{scene.publication.title} · ")


def _archive(scene: Scene, months: Sequence[tuple[str, list[PublishedPost]]]) -> Iterator[Output]:
    """A page for each calendar month, of dates as written, and a list of them."""
    names = [month for month, _ in months]
    for newer, (month, posts), older in zip([None, *names], months, [*names[1:], None], strict=False):
        numbers = [post.number for post in posts]
        shows = (month, [post.entry_key for post in posts], older, newer)
        path = f"{archive_folder(month)}{INDEX_PAGE}"
        content = partial(_month, scene, month, numbers, older, newer)
        yield product(scene, path, f"the page of {month}", "month", shows, content)
    counts = [(month, len(posts)) for month, posts in months]
    yield product(scene, f"{ARCHIVE_FOLDER}{INDEX_PAGE}", "the archive's page", "archive", counts, lambda: counts)


def _months(scene: Scene) -> list[tuple[str, list[PublishedPost]]]:
    """Posts by month, newest first."""
    by_month = sorted(scene.out, key=lambda post: post.day[:7], reverse=True)
    return [(month, list(posts)) for month, posts in groupby(by_month, lambda post: post.day[:7])]


def _month(scene: Scene, month: str, numbers: Sequence[int], older: str | None, newer: str | None) -> ForMonth:
    return ForMonth(month, scene.catalogue.entries.teasers(numbers), older, newer)


def _subscribe(scene: Scene) -> Iterator[Output]:
    labels = [(feed.folder.partition("/")[0], quote(feed.folder), _name(scene, feed)) for feed in _of_labels(scene)]
    path = f"{SUBSCRIBE_FOLDER}{INDEX_PAGE}"
    yield product(scene, path, "the page to subscribe from", "subscribe", labels, lambda: ForSubscribers(labels))


def _missing(scene: Scene) -> Iterator[Output]:
    yield product(scene, MISSING_PAGE, "the page for what is not there", "missing", None, lambda: None)


def _sitemaps(scene: Scene, months: Sequence[str]) -> Iterator[Output]:
    """The addresses of all pages: in one file, or in several and a list of them."""
    home = scene.publication.url
    lists = ["", ARCHIVE_FOLDER, SUBSCRIBE_FOLDER, *map(archive_folder, months)]
    lists += [quote(feed.folder) for feed in _of_labels(scene)]
    places: list[sitemap.Place] = [(home + folder, None) for folder in lists]
    places += [(post.url, post.updated_at) for post in scene.out if post.has_page]
    parts = [places[first : first + sitemap.MOST] for first in range(0, len(places), sitemap.MOST)]
    if len(parts) == 1:
        yield _sitemap(sitemap.SITEMAP_FILE, parts[0])
        return
    files = [sitemap.part_file(number) for number, _ in enumerate(parts, 1)]
    yield from map(_sitemap, files, parts)
    urls = [home + file for file in files]
    yield Output(sitemap.SITEMAP_FILE, "the sitemap", digest(urls), lambda: urls, sitemap.sitemap_index, is_page=True)


def _sitemap(file: str, places: Sequence[sitemap.Place]) -> Output:
    return Output(file, "the sitemap", digest(places), lambda: places, sitemap.sitemap, is_page=True)
