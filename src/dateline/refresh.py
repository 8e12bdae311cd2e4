"""Files ─▶ catalogue: reads what has changed since the last time, and nothing else."""

import hashlib
import sys
import time
from collections.abc import Callable
from pathlib import Path

from dateline import __version__, formats, render
from dateline.catalogue import Catalogue
from dateline.errors import DatelineError, PostError
from dateline.model import Post, Publication
from dateline.reading import dates, front_matter, zones
from dateline.reading.addresses import atom_id
from dateline.reading.posts import read_post
from dateline.reading.sources import CACHE_FOLDER, Scan, Stat, read, scan

CATALOGUE = f"{CACHE_FOLDER}/catalogue.sqlite"

Progress = Callable[[str, int, int], None]


def version() -> str:
    """All that a catalogue depends on beside the posts: this program's code, and the libraries under it."""
    code = sorted((file.name, *Stat.of(file.stat())[:2]) for file in Path(__file__).parent.rglob("*.py"))
    engines = (__version__, sys.version, dates.ENGINE, front_matter.ENGINE, render.ENGINES, formats.ENGINES)
    return digest((code, engines))


def digest(value: object) -> str:
    """A short digest of a value that has a faithful repr."""
    return hashlib.blake2b(repr(value).encode(errors="surrogatepass"), digest_size=16).hexdigest()


def reading_key(publication: Publication) -> str:
    """A digest of the settings that go into a Post."""
    return digest(
        (
            publication.id,
            publication.url,
            publication.language,
            publication.timezone.key,
            zones.rules(publication.timezone),
            publication.default_time,
            publication.authors,
            publication.named_authors,
            publication.permalink,
            render.library(publication.markdown),
        )
    )


def refresh(
    catalogue: Catalogue, folder: Path, publication: Publication, progress: Progress
) -> tuple[Scan, list[DatelineError]]:
    """Bring the catalogue up to date; gives what the scan found, and what is wrong with files."""
    started = time.time_ns()
    found = scan(folder)
    known = catalogue.stats()
    settings = reading_key(publication)
    same_settings = catalogue.about("settings") == settings
    last_scan = int(catalogue.about("scanned_at") or 0)
    errors: list[DatelineError] = list(found.errors)
    with catalogue.transaction():
        for path in known.keys() - found.posts.keys():
            catalogue.forget(path)
        for done, (path, stat) in enumerate(found.posts.items()):
            old_stat, old_key = known.get(path, (None, None))
            if same_settings and stat == old_stat and stat.settled(last_scan):
                continue
            progress("reading", done, len(found.posts))
            try:
                _read_in(catalogue, folder, path, publication, settings, old_key)
            except PostError as error:
                errors.append(error)
                catalogue.forget(path)
        catalogue.note("settings", settings)
        catalogue.note("scanned_at", str(started))
    return found, errors + _clashes(catalogue)


def _read_in(
    catalogue: Catalogue, folder: Path, path: str, publication: Publication, settings: str, old_key: str | None
) -> None:
    source, stat, bytes_digest = read(folder, path)
    key = f"{bytes_digest} {settings}"
    if key == old_key:
        catalogue.touch(path, stat)
    else:
        post, _ = read_post(source, publication, render.heading_text)
        catalogue.put(post, atom_id(publication.id, post.id), stat, key)


def _clashes(catalogue: Catalogue) -> list[DatelineError]:
    """Ids, in the form that Atom has them, and addresses are permanent and go by one post each."""
    return [
        *(
            _clash(posts, "id", posts[0].id, "rename one, or give it an id: of its own")
            for posts in catalogue.clashes("atom_id")
        ),
        *(_clash(posts, "address", posts[0].url, "give one a slug: of its own") for posts in catalogue.clashes("url")),
    ]


def _clash(posts: list[Post], key: str, value: str, remedy: str) -> DatelineError:
    first, *others = posts
    return PostError(first.path, None, f"{key}: {value} is also that of {', '.join(p.path for p in others)}", remedy)
