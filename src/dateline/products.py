"""What is to stand in the output folder: feeds, the files that posts name, and those of _static."""

import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from urllib.parse import quote

from dateline.entries import Made
from dateline.errors import DatelineError, PostError, SettingsError
from dateline.feeds import main_feed
from dateline.formats import FORMATS
from dateline.media import rss_image_size
from dateline.model import Feed, Image, Publication
from dateline.output import Product
from dateline.reading.settings import SETTINGS_FILE
from dateline.reading.sources import STATIC_FOLDER, file_kind, file_stat, line_of, static_files
from dateline.refresh import digest


def products(folder: Path, publication: Publication, made: Made) -> tuple[list[Product], list[DatelineError]]:
    """Everything that goes into the output folder, and what is wrong with it; feeds only where there are entries."""
    pictures, errors = _pictures(folder, publication)
    copies, more_errors = _copies(folder, {**pictures, **made.media})
    if not made.entries:
        return copies, errors + more_errors
    feed = main_feed(publication, made.entries, _image(folder, publication))
    return [*copies, *_documents(publication, feed)], errors + more_errors


def _documents(publication: Publication, feed: Feed) -> Iterator[Product]:
    for format in (FORMATS[name] for name in publication.formats):
        yield Product(
            path=format.filename,
            origin=f"the {format.name} feed",
            key=digest((format.name, feed)),
            make=partial(format.serialise, feed),
            items=len(feed.entries),
        )


def _copies(folder: Path, named: Mapping[str, str]) -> tuple[list[Product], list[DatelineError]]:
    """Files to publish as they are. `named` says who names each file that is not in _static."""
    found: list[Product] = []
    looked_at = time.time_ns()
    static, errors = static_files(folder)
    pairs = [(path, path) for path in named] + [(path, path.removeprefix(f"{STATIC_FOLDER}/")) for path in static]
    for source, path in pairs:
        try:
            stat = file_stat(folder, source)
        except PostError as error:
            errors.append(error)
        else:
            origin = f"{source} (named by {named[source]})" if source == path else source
            key = digest(stat) if stat.settled(looked_at) else ""
            found.append(Product(path, origin, key, partial(Path, folder, source)))
    return found, errors


def _pictures(folder: Path, publication: Publication) -> tuple[dict[str, str], list[DatelineError]]:
    """The files that feed.toml names, and the errors for those that are not there."""
    pictures: dict[str, str] = {}
    errors: list[DatelineError] = []
    for key, path in (("icon", publication.icon), ("logo", publication.logo)):
        if not path or ":" in path:
            continue
        if file_kind(folder, path) == "file":
            pictures[path] = SETTINGS_FILE
        else:
            line = line_of(folder, SETTINGS_FILE, f"{key} =", f"{key}=")
            problem = f"{key}: there is no file '{path}' here"
            errors.append(SettingsError(SETTINGS_FILE, line, problem, "correct the path"))
    return pictures, errors


def _image(folder: Path, publication: Publication) -> Image | None:
    """The logo, where RSS can carry it."""
    logo = publication.logo
    size = rss_image_size(folder / logo) if logo and ":" not in logo else None
    return Image(publication.url + quote(logo), *size) if logo and size else None
