"""What is to stand in the output folder: feeds, a list of them, the files that posts name, and those of _static."""

import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from urllib.parse import quote

from dateline.cache.database import Catalogue
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
from dateline.hashing import digest
from dateline.model import Feed, Image, Publication
from dateline.output import Output
from dateline.render.html import fill_slots


def documents(catalogue: Catalogue, publication: Publication, selections: list[Selection]) -> Iterator[Output]:
    """The documents of every feed in every format, and the list of feeds."""
    common = digest(publication)

    @lru_cache(maxsize=1)  # the formats of one feed are asked for one after the other
    def feed(selection: Selection) -> Feed:
        return filled(
            selection, catalogue.entries.get(selection.posts(), fill_slots if publication.content == "full" else None)
        )

    for selection in selections:
        heading = selection.heading
        own = (common, heading.title, heading.image, heading.generator, heading.previous, heading.next)
        key = digest((*own, heading.current, heading.complete, heading.tombstones, selection.shown))
        for name in publication.formats:
            format = FORMATS[name]
            yield Output(
                path=selection.folder + format.filename,
                origin=f"the {format.name} feed" + (f" of the {selection.what}" if selection.what else ""),
                key=key,
                content=partial(feed, selection),
                work=partial(serialise, name),
                items=selection.size + (heading.moved is not None),
                is_main=not selection.folder,
            )
    listed = [selection.heading for selection in selections if selection.heading.current is None]
    if listed:
        about = digest((common, [(heading.title, heading.base) for heading in listed]))
        yield Output(OPML_FILE, "the list of feeds", about, lambda: listed, opml)


def redirects(
    folder: Path, catalogue: Catalogue, publication: Publication, now: datetime
) -> tuple[list[Output], list[DatelineError]]:
    """Pages at the old addresses of posts that are out; and what is wrong where one is an address of another post."""
    found: list[Output] = []
    places: dict[str, str] = {}
    wrong: dict[str, list[str]] = {}
    for path, url, aliases in catalogue.out.aliases(now):
        target = (url, publication.language)
        for alias in aliases:
            found.append(Output(alias, f"the redirect of {path}", digest(target), partial(redirect, *target)))
            place, _, name = alias.rpartition("/")
            addresses = [f"{place}/", place, alias] if name == "index.html" else [alias]
            urls = [publication.url + quote(address) for address in addresses]
            other = places.get(urls[0])
            if other:
                wrong.setdefault(path, []).append(f"{urls[0]} is an old address of {other} too")
            places |= dict.fromkeys(urls, path)
    owners = catalogue.out.owners(places, now)
    for url, owner in owners.items():
        if owner != places[url]:
            wrong.setdefault(places[url], []).append(f"{url} is the address of {owner}")
    errors = (wrong_aliases(read(folder, path)[0], problems) for path, problems in wrong.items())
    return found, [*chain.from_iterable(errors)]


def copies(
    folder: Path, publication: Publication, media: Mapping[str, str]
) -> tuple[list[Output], dict[str, str], list[DatelineError]]:
    """Files to publish as they are; the stamps of all on which it depends which those are; and what is wrong.

    `media` says which post names each file that is not in _static.
    """
    pictures, errors = _pictures(folder, publication)
    watched = {path: stamp_of(folder / path) for path in static_folders(folder)}
    static, more_errors = static_files(folder)
    named = {**pictures, **media}
    looked_at = time.time_ns()
    found: list[Output] = []
    pairs = [(path, path) for path in named] + [(path, path.removeprefix(f"{STATIC_FOLDER}/")) for path in static]
    for source, path in pairs:
        stamp = stamp_of(folder / source)
        key = stamp if settled(stamp, looked_at) else ""
        is_static = source != path
        origin = source if is_static else f"{source} (named by {named[source]})"
        found.append(Output(path, origin, key, partial(_checked, folder, source), is_static=is_static))
        watched[source] = stamp
    return found, watched, errors + more_errors


def _checked(folder: Path, source: str) -> Path:
    file_stamp(folder, source)
    return folder / source


def _pictures(folder: Path, publication: Publication) -> tuple[dict[str, str], list[DatelineError]]:
    """The files that feed.toml names, and the errors for those that are not there."""
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
            errors.append(
                SettingsError(SETTINGS_FILE, line, problem, "correct the path, or begin an address by https://")
            )
    return pictures, errors


def image(folder: Path, publication: Publication) -> Image | None:
    """The logo, where RSS can carry it."""
    logo = publication.logo
    if not logo or is_whole(logo):
        return None
    from dateline.content.image_size import rss_image_size

    size = rss_image_size(folder / logo)
    return Image(publication.url + quote(logo), *size) if size else None
