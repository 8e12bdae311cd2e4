"""List the outputs: feeds, a list of them, redirects, and files that are published as they are."""

import time
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from urllib.parse import quote

from dateline.build import BuildContext
from dateline.build.index import digest
from dateline.content.config import SETTINGS_FILE
from dateline.content.posts import wrong_aliases
from dateline.content.scan import STATIC_FOLDER, settled, stamp_of
from dateline.content.source import file_kind, file_stamp, line_of, read, static_files, static_folders
from dateline.content.urls import is_whole
from dateline.errors import DatelineError, SettingsError
from dateline.feeds import Selection, filled
from dateline.formats import FORMATS, serialise
from dateline.formats.opml import OPML_FILE, opml
from dateline.formats.redirect import redirect
from dateline.model import Feed, Image, Publication
from dateline.output import Product
from dateline.render.placeholders import fill


def feed_outputs(context: BuildContext, selections: list[Selection]) -> Iterator[Product]:
    """Yield every feed in every format, and the list of feeds."""
    cache, publication = context.cache, context.publication
    common = digest(publication)

    @lru_cache(maxsize=1)  # the formats of one feed are asked for one after the other
    def feed(selection: Selection) -> Feed:
        return filled(selection, cache.entries.get(selection.posts(), fill if publication.content == "full" else None))

    for selection in selections:
        heading = selection.heading
        own = (common, heading.title, heading.image, heading.generator, heading.previous, heading.next)
        key = digest((*own, heading.current, heading.complete, heading.tombstones, selection.shown))
        for name in publication.formats:
            format = FORMATS[name]
            yield Product(
                path=selection.folder + format.filename,
                origin=f"the {format.name} feed" + (f" of the {selection.what}" if selection.what else ""),
                key=key,
                content=partial(feed, selection),
                work=partial(serialise, name),
                items=selection.size + (heading.moved is not None),
                is_main=not selection.folder,
            )
    headings = [selection.heading for selection in selections if selection.heading.current is None]
    if headings:
        key = digest((common, [(heading.title, heading.base) for heading in headings]))
        yield Product(OPML_FILE, "the list of feeds", key, lambda: headings, opml)


def redirect_outputs(context: BuildContext) -> tuple[list[Product], list[DatelineError]]:
    """Return redirects from the old addresses of posts, and errors for those that are an address of another post."""
    folder, publication = context.folder, context.publication
    found: list[Product] = []
    sources: dict[str, str] = {}
    wrong: dict[str, list[str]] = {}
    for path, url, aliases in context.cache.published.aliases(context.now):
        target = (url, publication.language)
        for alias in aliases:
            found.append(Product(alias, f"the redirect of {path}", digest(target), partial(redirect, *target)))
            parent, _, name = alias.rpartition("/")
            addresses = [f"{parent}/", parent, alias] if name == "index.html" else [alias]
            urls = [publication.url + quote(address) for address in addresses]
            other = sources.get(urls[0])
            if other:
                wrong.setdefault(path, []).append(f"{urls[0]} is an old address of {other} too")
            sources |= dict.fromkeys(urls, path)
    for url, owner in context.cache.published.owners(sources, context.now).items():
        if owner != sources[url]:
            wrong.setdefault(sources[url], []).append(f"{url} is the address of {owner}")
    errors = (wrong_aliases(read(folder, path)[0], problems) for path, problems in wrong.items())
    return found, [*chain.from_iterable(errors)]


def file_outputs(
    context: BuildContext, media: Mapping[str, str]
) -> tuple[list[Product], dict[str, str], list[DatelineError]]:
    """Return files to publish as they are; the stamps of all that decides which those are; and what is wrong.

    `media` says which post names each file that is not in the static folder.
    """
    folder = context.folder
    pictures, errors = _pictures(folder, context.publication)
    watched = {path: stamp_of(folder / path) for path in static_folders(folder)}
    static, more_errors = static_files(folder)
    named = {**pictures, **media}
    scanned_at = time.time_ns()
    found: list[Product] = []
    pairs = [(path, path) for path in named] + [(path, path.removeprefix(f"{STATIC_FOLDER}/")) for path in static]
    for source, path in pairs:
        stamp = stamp_of(folder / source)
        key = stamp if settled(stamp, scanned_at) else ""
        is_static = source != path
        origin = source if is_static else f"{source} (named by {named[source]})"
        found.append(Product(path, origin, key, partial(_checked, folder, source), is_static=is_static))
        watched[source] = stamp
    return found, watched, errors + more_errors


def _checked(folder: Path, source: str) -> Path:
    file_stamp(folder, source)
    return folder / source


def _pictures(folder: Path, publication: Publication) -> tuple[dict[str, str], list[DatelineError]]:
    """Return the files that feed.toml names, and errors for those that are missing."""
    pictures: dict[str, str] = {}
    errors: list[DatelineError] = []
    cover = publication.podcast.image if publication.podcast else None
    for key, path in (("icon", publication.icon), ("logo", publication.logo), ("image", cover)):
        if not path or is_whole(path):
            continue
        if file_kind(folder, path) == "file":
            pictures[path] = SETTINGS_FILE
        else:
            line = line_of(folder, SETTINGS_FILE, f"{key} =", f"{key}=")
            problem = f"{key}: there is no file '{path}' here"
            errors.append(SettingsError(SETTINGS_FILE, line, problem, "correct the path, or start a URL with https://"))
    return pictures, errors


def rss_image(folder: Path, publication: Publication) -> Image | None:
    """Return the logo, if RSS can carry it."""
    logo = publication.logo
    if not logo or is_whole(logo):
        return None
    from dateline.content.image_size import rss_image_size

    size = rss_image_size(folder / logo)
    return Image(publication.url + quote(logo), *size) if size else None
