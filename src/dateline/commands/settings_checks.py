"""The check of feed.toml."""

from pathlib import Path

from dateline.commands.file_checks import Found, unknown_keys
from dateline.content.config import KEYS
from dateline.content.key_values import Fields
from dateline.content.media import MAX_HEIGHT, MAX_WIDTH, image_size, rss_image_size
from dateline.content.podcast import MAX_COVER, MIN_COVER, is_cover
from dateline.content.urls import has_host
from dateline.feed_formats import FORMATS
from dateline.model import Podcast, Publication


def check_settings(folder: Path, publication: Publication, fields: Fields) -> Found:
    """Report what subscribers would miss with these settings, and keys that nothing reads."""
    yield from unknown_keys(fields, KEYS)
    for key, default in (("description", "the title"), ("language", "en")):
        if fields.get(key) is None:
            yield key, f"none, so {default} is used", f'add {key} = "…"'
    yield from _not_carried(publication)
    if publication.podcast:
        yield from _podcast(folder, publication.podcast)
    if "'unsafe-inline'" in dict(publication.allow).get("style", ()):
        problem = "inline has browsers apply any style in a page, wherever it comes from"
        yield "allow.style", problem, "put styles of your own into files in _static, if you can"
    logo = publication.logo
    if logo and (has_host(logo) or not rss_image_size(folder / logo)):
        remedy = f"put a GIF, JPEG or PNG of at most {MAX_WIDTH} by {MAX_HEIGHT} pixels among the posts and name it"
        yield "logo", "left out of RSS", remedy


def _not_carried(publication: Publication) -> Found:
    """Report what only some formats carry, if none of these is built."""
    settings = (
        ("tombstones", "them", publication.tombstones, [name for name, one in FORMATS.items() if one.has_tombstones]),
        ("podcast", "it", publication.podcast, [name for name, one in FORMATS.items() if one.has_podcast]),
    )
    for key, them, is_set, able in settings:
        if is_set and not {*able} & {*publication.formats}:
            labels = " or ".join(FORMATS[name].label for name in able)
            yield key, f"only {labels} carries {them}, and it is not built", f'add "{able[0]}" to formats'


def _podcast(folder: Path, podcast: Podcast) -> Found:
    if not has_host(podcast.image):
        width, height = image_size(folder / podcast.image) or (None, None)
        if not is_cover(podcast.image, width, height):
            remedy = f"make it a JPEG or PNG, square, of {MIN_COVER} to {MAX_COVER} pixels a side"
            yield "podcast", "image: Apple does not accept this picture", remedy
