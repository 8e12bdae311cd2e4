"""What pages are chosen from, and the product that each becomes."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from dateline.cache.database import Cache
from dateline.cache.published_posts import PublishedPost
from dateline.feeds import Selection
from dateline.hashing import digest
from dateline.model import Publication
from dateline.output import Output
from dateline.pages.site import Site


class Scene(NamedTuple):
    """What there is to choose pages from: `key` is that of what all pages have in common."""

    catalogue: Cache
    site: Site
    now: datetime
    feeds: Sequence[Selection]
    out: Sequence[PublishedPost]
    key: str

    @property
    def publication(self) -> Publication:
        """What feed.toml says."""
        return self.site.publication


def work(name: str, site: Site, content: Any) -> bytes:
    """Write a page; what it takes is loaded where there is one to be written."""
    from dateline.pages import writers

    write: Callable[[Site, Any], bytes] = getattr(writers, f"write_{name}")
    return write(site, content)


def product(scene: Scene, path: str, what: str, template: str, shows: object, content: Callable[[], Any]) -> Output:
    """A page that is written by `template` from what `content` gives; `shows` is all that it shows, as a key."""
    key = digest((scene.key, shows))
    return Output(path, what, key, content, partial(work, template, scene.site), is_page=True)
