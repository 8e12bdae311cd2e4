"""Which entries go into which feed, and what each feed says of itself."""

from collections.abc import Sequence
from urllib.parse import quote

from dateline import HOME, __version__
from dateline.model import Entry, Feed, Image, Publication


def main_feed(publication: Publication, entries: Sequence[Entry], image: Image | None = None) -> Feed:
    """The feed that people subscribe to: the publication's own, with its newest entries."""
    return Feed(
        publication=publication,
        id=publication.id,
        title=publication.title,
        home=publication.url,
        base=publication.url,
        updated=max(entry.post.updated for entry in entries),
        entries=tuple(entries),
        icon=_absolute(publication, publication.icon),
        logo=_absolute(publication, publication.logo),
        image=image,
        generator=("Dateline", __version__, HOME) if publication.generator else None,
    )


def _absolute(publication: Publication, picture: str | None) -> str | None:
    """The address of a picture that feed.toml names by its path or its address."""
    return picture and (picture if ":" in picture else publication.url + quote(picture))
