"""Enclosures and transcripts as templates see them."""

from html import escape
from urllib.parse import unquote, urlsplit

from dateline.cldr import size_text
from dateline.model import Enclosure, Entry
from dateline.pages import Site
from dateline.pages.views import EnclosureView, TimeText, TranscriptView
from dateline.text import clock

# Names of the `words` for kinds and formats; any other has its own name, like PDF.
_KINDS = {"audio": "audio", "video": "video", "image": "picture", "text": "text"}
_FORMATS = {"plain": "text", "x-subrip": "SRT"}
_PLAYED = ("audio", "video")


def enclosure_views(site: Site, entry: Entry) -> tuple[EnclosureView, ...]:
    """Return the enclosures of an entry; its transcripts and image belong to the first."""
    attached = entry.attached
    views = [_enclosure_view(site, entry.html, enclosure) for enclosure in attached.enclosures]
    if views:
        transcripts = [
            TranscriptView(site.local(transcript.url), transcript.media_type, _format(transcript.media_type))
            for transcript in attached.transcripts
        ]
        # Browsers take captions only from the site itself.
        vtt = [found.url for found in transcripts if found.type.partition(";")[0].rstrip() == "text/vtt"]
        views[0] = views[0]._replace(
            transcripts=tuple(transcripts),
            captions=next((url for url in vtt if url.startswith(site.root)), None),
            poster=site.local(attached.image.url) if attached.image else None,
        )
    return tuple(views)


def sound_view(site: Site, entry: Entry) -> tuple[EnclosureView, ...]:
    """Return the sound of an episode, to play in a list."""
    views = (_enclosure_view(site, "", enclosure) for enclosure in entry.attached.enclosures[:1])
    return tuple(view for view in views if view.player == "audio")


def _enclosure_view(site: Site, html: str, enclosure: Enclosure) -> EnclosureView:
    url = site.local(enclosure.url)
    kind = media_kind(enclosure.media_type)
    is_played = f'src="{escape(url, quote=False)}"' in html
    return EnclosureView(
        name=enclosure.title or unquote(urlsplit(enclosure.url).path.rpartition("/")[2]) or enclosure.url,
        url=url,
        address=enclosure.url,
        type=enclosure.media_type,
        kind=kind,
        size=size_text(enclosure.size, site.publication.words().language),
        length=length(enclosure.duration) if enclosure.duration else None,
        player=kind if kind in _PLAYED and not is_played else None,
        preload="none" if url == enclosure.url else "metadata",
    )


def length(seconds: int) -> TimeText:
    """Return how long something plays, given in seconds."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{number}{sign}" for number, sign in ((hours, "H"), (minutes, "M"), (rest, "S")) if number]
    return TimeText(clock(seconds), f"PT{''.join(parts)}")


def media_kind(media_type: str) -> str:
    """Return what people call a medium: a word, or the name of one in `words`."""
    return _KINDS.get(media_type.partition("/")[0]) or _format(media_type)


def _format(media_type: str) -> str:
    """Return what people call a format, if that is the short name of its type: ``PDF``, ``VTT``; else ``file``."""
    name = media_type.partition(";")[0].rstrip().partition("/")[2].partition("+")[0]
    return _FORMATS.get(name) or (name.upper() if len(name) <= 4 else "file")
