"""List the outputs: feeds, a list of them, redirects, and files that are published as they are."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from html import escape
from itertools import chain
from pathlib import Path
from urllib.parse import quote

from dateline import formats
from dateline.building import BuildContext
from dateline.cache.database import Cache, Location, reopened
from dateline.comparison.published import is_feed
from dateline.content.assets import asset_problem, root_of
from dateline.content.media import rss_image_size
from dateline.content.post_addresses import alias_errors
from dateline.content.scan import STATIC_FOLDER, settled, stamp_of
from dateline.content.source import file_kind, file_stamp, line_of, read, static_files, static_folders
from dateline.content.urls import PAGE_ENDINGS, has_host, page_urls
from dateline.errors import Problem, SettingsError
from dateline.feed_formats import FORMATS
from dateline.feeds import Edition, Selection, filled
from dateline.formats.opml import OPML_FILE, opml
from dateline.hashing import digest
from dateline.model import Feed, Image, Publication
from dateline.output import Output
from dateline.paths import SETTINGS_FILE

_REDIRECT = """\
<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<title>{url}</title>
<link rel="canonical" href="{url}">
<meta http-equiv="refresh" content="0; url={url}">
</head>
<body><a href="{url}">{url}</a></body>
</html>
"""


def feed_outputs(editions: Sequence[Edition], *, slow: bool = False) -> Iterator[Output]:
    """Yield every feed in every format, and the list of feeds. `slow` makes them without templates of bytes."""
    for edition in editions:
        yield from _feeds_of(edition, slow=slow)
    headings = [feed.heading for edition in editions for feed in edition.feeds if feed.heading.current is None]
    if headings:
        key = digest([(heading.publication, heading.title, heading.base) for heading in headings])
        yield Output(OPML_FILE, "the list of feeds", key, lambda: headings, partial(map, opml), stage="feeds")


def _feeds_of(edition: Edition, *, slow: bool) -> Iterator[Output]:
    publication, location = edition.publication, edition.cache.location
    common = digest(publication)

    for selection in edition.feeds:
        heading = selection.heading
        own = (common, heading.title, heading.image, heading.generator, heading.previous, heading.next)
        key = digest((*own, heading.current, heading.complete, heading.tombstones, selection.shown))
        folder = publication.folder + selection.folder
        stage = "archives" if heading.current is not None else "more feeds" if selection.folder else "feeds"
        contents = lru_cache(maxsize=1)(partial(_contents, selection))
        for name in publication.formats:
            work = partial(map, partial(write_feed, name, location, slow=slow))
            path, *copies = publication.feed_paths(name)
            found = Output(
                path=folder + path,
                origin=f"the {FORMATS[name].label} feed" + (f" of the {selection.what}" if selection.what else ""),
                key=key,
                content=contents,
                work=work,
                format=name,
                items=selection.size + (heading.moved is not None),
                is_main=not folder,
                stage=stage,
                may_replace=_may_replace,
                weight=max(selection.size, 1),
            )
            yield found
            for copy in copies if heading.current is None else ():
                yield found._replace(path=folder + copy, is_copy=True)


# What a feed is written from, by any process: its heading, its folder, and the numbers of its posts.
_Contents = tuple[Feed, str, tuple[int, ...]]


def _contents(selection: Selection) -> _Contents:
    return selection.heading, selection.folder, tuple(selection.posts())


def write_feed(name: str, location: Location | None, contents: _Contents, *, slow: bool) -> Iterator[bytes]:
    """Yield a feed as a document in a format, piece by piece, with its entries from the cache at a location."""
    cache = reopened(location)
    return formats.write(name, _filled(contents, cache), cache.templates, slow=slow)


@lru_cache(maxsize=1)  # the formats of a feed come one after the other
def _filled(contents: _Contents, cache: Cache) -> Feed:
    return filled(*contents, cache)


def _may_replace(file: Path) -> bool:
    """Return whether a feed may replace a file that another program wrote: a page only if it is a feed, too."""
    return not file.name.endswith(PAGE_ENDINGS) or is_feed(file)


def redirect_outputs(context: BuildContext) -> tuple[list[Output], list[Problem]]:
    """Return redirects from old addresses of posts, and errors for those that another post has."""
    folder, publication = context.folder, context.publication
    found: list[Output] = []
    sources: dict[str, str] = {}
    wrong: dict[str, list[str]] = {}
    for path, url, aliases in context.cache.published.aliases(context.now):
        target = (url, publication.language)
        for alias in aliases:
            origin, work = f"the redirect of {path}", partial(redirect_page, *target)
            found.append(Output(alias, origin, digest(target), work, stage="pages"))
            urls = [publication.url + url for url in page_urls(alias)]
            other = sources.get(urls[0])
            if other:
                wrong.setdefault(path, []).append(f"{urls[0]} is an old address of {other} too")
            sources |= dict.fromkeys(urls, path)
    for url, owner in context.cache.published.owners(sources, context.now).items():
        if owner != sources[url]:
            wrong.setdefault(sources[url], []).append(f"{url} is the address of {owner}")
    errors = (alias_errors(read(folder, path)[0], problems) for path, problems in wrong.items())
    return found, [*chain.from_iterable(errors)]


def redirect_page(url: str, language: str) -> bytes:
    """Return a page that redirects to `url`, and names it as the canonical URL."""
    return _REDIRECT.format(url=escape(url), language=escape(language)).encode()


def file_outputs(
    context: BuildContext, media: Mapping[tuple[str, str], str]
) -> tuple[list[Output], dict[str, str], list[Problem]]:
    """Return files to publish as they are, the stamps of all that decides which those are, and errors.

    `media` says which post names each file that is not in the static folder, by where it is and its path in the output.
    """
    folder, assets = context.folder, context.publication.assets
    pictures, errors = _pictures(folder, context.publication)
    errors += _asset_errors(folder, assets)
    watched = {path: stamp_of(folder / path) for path in static_folders(folder)}
    static, more_errors = static_files(folder)
    named = {**{(path, path): by for path, by in pictures.items()}, **media}
    scanned_at = time.time_ns()
    found: list[Output] = []
    copies = {(path, path.removeprefix(f"{STATIC_FOLDER}/")): None for path in static}
    for (source, path), by in chain(named.items(), copies.items()):
        stamp = stamp_of(folder / source)
        key = stamp if settled(stamp, scanned_at) else ""
        origin = f"{source} (named by {by})" if by else source
        stage = "pages" if path.endswith(PAGE_ENDINGS) else "media"
        content = partial(_checked, folder, source, assets)
        found.append(Output(path, origin, key, content, is_static=not by, stage=stage))
        watched[source] = stamp
    return found, watched, errors + more_errors


def _checked(folder: Path, source: str, assets: Sequence[str]) -> Path:
    file_stamp(folder, source, root_of(folder, source, assets))
    return folder / source


def _asset_errors(folder: Path, assets: Iterable[str]) -> list[Problem]:
    line = line_of(folder, SETTINGS_FILE, "assets =", "assets=")
    found = filter(None, (asset_problem(folder, path) for path in assets))
    return [SettingsError(SETTINGS_FILE, line, f"assets: {problem}", remedy).problem for problem, remedy in found]


def _pictures(folder: Path, publication: Publication) -> tuple[dict[str, str], list[Problem]]:
    """Return the files that feed.toml names, and errors for those that are missing."""
    pictures: dict[str, str] = {}
    errors: list[Problem] = []
    for key, path in publication.pictures:
        if has_host(path):
            continue
        if file_kind(folder, path) == "file":
            pictures[path] = SETTINGS_FILE
        else:
            line = line_of(folder, SETTINGS_FILE, f'"{path}"', f"{key} =", f"{key}=")
            problem = f"{key}: there is no file '{path}' here"
            errors.append(
                SettingsError(SETTINGS_FILE, line, problem, "correct the path, or start a URL with https://").problem
            )
    return pictures, errors


def rss_image(folder: Path, publication: Publication) -> Image | None:
    """Return the logo, if RSS can carry it."""
    logo = publication.logo
    if not logo or has_host(logo):
        return None
    size = rss_image_size(folder / logo)
    return Image(publication.url + quote(logo), *size) if size else None
