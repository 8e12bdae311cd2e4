"""What a post carries beside its text, as templates see it, and as search engines do (schema.org)."""

from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from dateline.model import Enclosure, Entry, Picture, Transcript
from dateline.pages.locations import local
from dateline.pages.site import Site
from dateline.text import clock

_PLAYED = {"audio": "AudioObject", "video": "VideoObject"}
_KINDS = {"audio": "audio", "video": "video", "image": "picture", "text": "text"}
_FORMATS = {"plain": "text", "x-subrip": "SRT"}


class Length(NamedTuple):
    """How long something plays, for people (42:30) and for programs (PT42M30S)."""

    text: str
    iso: str


class TranscriptView(NamedTuple):
    """What is said in a recording, in writing. `format` is a word."""

    url: str
    type: str
    format: str


class EnclosureView(NamedTuple):
    """An enclosure on a page. `url` leads to it from this site, `address` from anywhere; `kind` and `size` are words,
    of which the latter is empty where nobody knows it.

    `player` is ``audio`` or ``video`` where the page is to play it, `preload` what of it that may ask for before, which
    is nothing from elsewhere. `captions` is the address of those of a film, `poster` that of a picture to show before.
    """

    name: str
    url: str
    address: str
    type: str
    kind: str
    size: str
    length: Length | None
    transcripts: tuple[TranscriptView, ...]
    player: str | None
    preload: str
    captions: str | None
    poster: str | None


def enclosure_views(site: Site, entry: Entry) -> tuple[EnclosureView, ...]:
    """The enclosures of an entry; the first is what its transcripts are of, and its picture stands for."""
    transcripts = [_transcript_view(site, transcript) for transcript in entry.attached.transcripts]
    views = (_enclosure_view(site, entry.html, enclosure) for enclosure in entry.attached.enclosures)
    return tuple(
        _first(site, view, transcripts, entry.attached.image) if number == 0 else view
        for number, view in enumerate(views)
    )


def _enclosure_view(site: Site, html: str, enclosure: Enclosure) -> EnclosureView:
    url = local(enclosure.url, site.publication.url, site.root)
    kind = _kind(enclosure.media_type)
    is_played = f'src="{escape(url, quote=False)}"' in html
    return EnclosureView(
        name=enclosure.title or unquote(urlsplit(enclosure.url).path.rpartition("/")[2]) or enclosure.url,
        url=url,
        address=enclosure.url,
        type=enclosure.media_type,
        kind=kind,
        size=size_text(enclosure.size),
        length=length(enclosure.duration) if enclosure.duration else None,
        transcripts=(),
        player=kind if kind in _PLAYED and not is_played else None,
        preload="none" if url == enclosure.url else "metadata",
        captions=None,
        poster=None,
    )


def _transcript_view(site: Site, transcript: Transcript) -> TranscriptView:
    url = local(transcript.url, site.publication.url, site.root)
    return TranscriptView(url, transcript.media_type, _format(transcript.media_type))


def _first(
    site: Site, view: EnclosureView, transcripts: Sequence[TranscriptView], image: Picture | None
) -> EnclosureView:
    # Browsers take captions from the site itself alone.
    captions = (
        found.url for found in transcripts if _essence(found.type) == "text/vtt" and found.url.startswith(site.root)
    )
    return view._replace(
        transcripts=tuple(transcripts),
        captions=next(captions, None),
        poster=local(image.url, site.publication.url, site.root) if image else None,
    )


def media_objects(entry: Entry) -> list[dict[str, Any]]:
    """The enclosures of an entry as MediaObjects of schema.org."""
    return [_media_object(enclosure) for enclosure in entry.attached.enclosures]


def _media_object(enclosure: Enclosure) -> dict[str, Any]:
    found = {
        "@type": _PLAYED.get(_kind(enclosure.media_type), "MediaObject"),
        "name": enclosure.title,
        "contentUrl": enclosure.url,
        "encodingFormat": enclosure.media_type,
        "contentSize": size_text(enclosure.size),
        "duration": length(enclosure.duration).iso if enclosure.duration else None,
    }
    return {key: value for key, value in found.items() if value}


def size_text(size: int) -> str:
    """Return a number of bytes in words: ``344 bytes``, ``1.2 MB``, ``12 MB``; a MB is a million. Nothing for 0."""
    if not size:
        return ""
    if size < 1000:
        return f"{size} byte{'' if size == 1 else 's'}"
    power = next((power for power in (1, 2, 3) if size < 999.5 * 1000**power), 4)
    amount = size / 1000**power
    digits = 1 if amount < 9.95 else 0
    return f"{amount:.{digits}f} {('kB', 'MB', 'GB', 'TB')[power - 1]}"


def length(seconds: int) -> Length:
    """How long something plays that lasts so many seconds."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{number}{sign}" for number, sign in ((hours, "H"), (minutes, "M"), (rest, "S")) if number]
    return Length(clock(seconds), f"PT{''.join(parts)}")


def _kind(media_type: str) -> str:
    """What something is, in a word."""
    return _KINDS.get(media_type.partition("/")[0]) or _format(media_type)


def _format(media_type: str) -> str:
    """How people call a format, where it is by the short name of its type: ``PDF``, ``VTT``."""
    name = _essence(media_type).partition("/")[2].partition("+")[0]
    return _FORMATS.get(name) or (name.upper() if len(name) <= 4 else "file")


def _essence(media_type: str) -> str:
    """A media type without its parameters."""
    return media_type.partition(";")[0].rstrip()
