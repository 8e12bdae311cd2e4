"""Feed ─▶ bytes. Each format is a module of its own, which is loaded where it is written."""

from dateline.formats.table import FORMATS
from dateline.model import Feed

__all__ = ["FORMATS", "serialise"]


def load() -> None:
    """Load what `serialise` does, sooner than it would."""
    from dateline.formats import atom, rss  # noqa: F401


def serialise(format: str, feed: Feed) -> bytes:
    """The feed as a document, in UTF-8, of the format that FORMATS knows by this name."""
    if format == "rss":
        from dateline.formats.rss import serialise as write
    elif format == "atom":
        from dateline.formats.atom import serialise as write
    else:
        from dateline.formats.json_feed import serialise as write
    return write(feed)
