"""Check a publication on the web against its output folder."""

from contextlib import suppress
from pathlib import Path

from dateline.building.folders import cache_for, with_output
from dateline.cache.database import open_copy
from dateline.cache.sqlite import CacheError
from dateline.options import BuildOptions, Progress
from dateline.output.manifest import read_manifest
from dateline.pipeline import read_publication
from dateline.verify.findings import Verified
from dateline.verify.site import verify_published


def verify(options: BuildOptions, wait: float, progress: Progress) -> Verified:
    """Check the publication in a folder of posts, whose feeds should be those of its last build.

    Raises SettingsError and OutputError.
    """
    publication, _ = read_publication(options)
    options = with_output(options, publication.output)
    built, _ = read_manifest(Path(options.output or ""))
    return verify_published(publication, built, wait, progress, old_addresses(options))


def old_addresses(options: BuildOptions) -> dict[str, str]:
    """Return where the redirects of the last build lead, by their paths in the output; none without its cache."""
    publication, now = read_publication(options)
    options = with_output(options, publication.output)
    with suppress(CacheError):
        if paths := cache_for(options):
            with open_copy(paths) as cache:
                found = cache.published.aliases(now)
                return {path: url for _, url, aliases in found for path in aliases}
    return {}
