"""Pictures, enclosures and episodes: read their front matter, and the size and length of their files.

Only this module uses imagesize and tinytag, which are loaded when a file is read.
"""

import os
import re
from collections.abc import Iterable
from functools import partial
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dateline.content import validators as read
from dateline.content.key_values import Fields, Value
from dateline.content.schema import ANYTHING, NUMBER, TEXT, YES_OR_NO, Schema, any_of, one_or_list, table_of
from dateline.content.urls import has_host, is_address, web_url
from dateline.errors import InputError, quoted
from dateline.lazy_patterns import lazy_pattern
from dateline.model import Episode, Medium, Publication

IMAGES = ("image", "cover", "featured_image", "featured-image", "featuredimage")
# Of an image, read from front matter or from its table: the field of a post, and the key in the table.
_IMAGE_TEXTS = {"image_alt": "alt", "image_caption": "caption", "image_credit": "credit"}
_IMAGE_SWITCHES = ("image_on_page", "image_in_feed")
# Without an address, the table means nothing, whatever else is in it.
_IMAGE = table_of(dict.fromkeys(("url", *_IMAGE_TEXTS.values()), ANYTHING), others=True)
_LENGTH = any_of(NUMBER, {"enum": [0, "0"]})
_ENCLOSURE = table_of({"file": TEXT, "url": TEXT, "type": TEXT, "title": TEXT, "length": _LENGTH})
MEDIA: dict[str, Schema] = {
    **dict.fromkeys(IMAGES, any_of(TEXT, _IMAGE, {"type": "array"})),
    **dict.fromkeys(_IMAGE_TEXTS, TEXT),
    **dict.fromkeys(_IMAGE_SWITCHES, YES_OR_NO),
    "enclosure": one_or_list(any_of(TEXT, _ENCLOSURE)),
}
# Read only if feed.toml has a [podcast]: otherwise they may mean anything.
OF_EPISODES: dict[str, Schema] = dict.fromkeys(
    ("episode", "season", "episode_title", "explicit", "duration", "episode_type", "transcript"), ANYTHING
)

# RFC 6838, section 4.2, and RFC 2045, section 5.1: two names, and parameters after them.
_NAME = r"[a-z0-9][a-z0-9!#$&^_.+-]*"
_WORD = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_MEDIA_TYPE = lazy_pattern(rf"{_NAME}/{_NAME}(?: *; *{_WORD}=(?:{_WORD}|{_QUOTED}))*")
_TEXT = lazy_pattern(r"text/|application/(?:[\w.-]+\+)?(?:json|xml)\b|image/svg\+xml")
_DURATION = lazy_pattern(r"(?:(?:(\d{1,3}):)?([0-5]?\d):)?([0-5]?\d)")
_EXAMPLE = "{url: https://example.org/talk.mp3, type: audio/mpeg, length: 12216320}"

# What RSS 2.0 allows for a channel's image.
MAX_WIDTH, MAX_HEIGHT = 144, 400
_RSS_IMAGES = (".gif", ".jpeg", ".jpg", ".png")
_OTHER_SIZE = lazy_pattern(r"(.+)(?:-\d{2,5}w|-\d{2,5}x\d{2,5}|@[2-4]x)(\.(?i:avif|gif|jpe?g|png|webp))")
MAX_SIZES = 20  # other files of one picture
LONGEST = 1_000_000  # seconds; unfinished files claim more
MOST_READS = 2**23  # a day of sound takes half as many; a search in a file without sound would never end

# Media types and the endings of their files, if not the type's own name. The table of the standard library
# differs between releases and machines.
_TYPES = {
    "application": """
        epub+zip=epub geo+json=geojson gzip=gz json manifest+json=webmanifest msword=doc pdf rtf
        vnd.ms-excel=xls vnd.ms-powerpoint=ppt vnd.oasis.opendocument.presentation=odp
        vnd.oasis.opendocument.spreadsheet=ods vnd.oasis.opendocument.text=odt
        vnd.openxmlformats-officedocument.presentationml.presentation=pptx
        vnd.openxmlformats-officedocument.spreadsheetml.sheet=xlsx
        vnd.openxmlformats-officedocument.wordprocessingml.document=docx
        wasm x-bittorrent=torrent x-subrip=srt x-tar=tar xml zip
    """,
    "audio": """
        aac aiff=aif,aiff flac midi=mid,midi mpeg=mp3,mp2 ogg=ogg,oga,opus,spx wav webm=weba x-m4a=m4a,m4b x-ms-wma=wma
    """,
    "font": "otf ttf woff woff2",
    "image": "avif bmp gif heic jpeg=jpg,jpeg jxl png svg+xml=svg tiff=tif,tiff webp x-icon=ico",
    "text": "calendar=ics css csv html=html,htm javascript=js,mjs plain=txt vtt x-opml=opml",
    "video": "mp4 mpeg=mpeg,mpg ogg=ogv quicktime=mov webm x-m4v=m4v x-matroska=mkv x-msvideo=avi",
}
_TYPE_BY_ENDING = {
    ending: f"{kind}/{name}"
    for kind, words in _TYPES.items()
    for name, _, endings in (word.partition("=") for word in words.split())
    for ending in (endings or name).split(",")
}


def read_image(fields: Fields, publication: Publication) -> dict[str, Any]:
    """Read ``image:``, or what other tools call it: a path, a URL or a table; and what is said of it.

    Returns fields of a post.
    """
    key = fields.first(*IMAGES)
    image, texts = (fields.take(key, partial(_image, key)) if key else None) or (None, {})
    for name in fields.among(_IMAGE_TEXTS):
        if text := fields.take(name, read.line_of_text):
            texts[name] = text
            if not key:
                fields.wrong(name, "set without an image", "add image: and the path of a picture, or remove it")
    shown = {"image_on_page": publication.image_on_page, "image_in_feed": publication.image_in_feed}
    for name in fields.among(_IMAGE_SWITCHES):
        if (switch := fields.take(name, read.yes_or_no)) is not None:
            shown[name] = switch
    shown["image_on_page"] = shown["image_on_page"] and publication.pages
    return {"image": image, **texts, **shown}


def read_enclosures(fields: Fields) -> tuple[Medium, ...]:
    """Read ``enclosure:``, one or a list, each a path or a table. Type and length are required for a URL."""
    return fields.take("enclosure", lambda value: tuple(read.each(_enclosure, read.as_list(value)))) or ()


def read_episode(fields: Fields) -> Episode | None:
    """Read the keys of an episode; None if the post has no enclosure."""
    if fields.get("enclosure") is None:
        return None
    take = fields.take
    return Episode(
        title=take("episode_title", read.line_of_text),
        number=take("episode", read.number),
        season=take("season", read.number),
        explicit=take("explicit", read.yes_or_no),
        duration=take("duration", _seconds),
        kind=take("episode_type", read.one_of("full", "trailer", "bonus")),
        transcripts=take("transcript", lambda value: tuple(read.each(_transcript, read.as_list(value)))) or (),
    )


def _target(value: Value) -> str:
    text = read.line_of_text(read.stripped(value))
    return web_url(text) if has_host(text) else text


def _image(key: str, value: Value) -> tuple[Medium | None, dict[str, str]]:
    """Read a picture, and the texts on it if it is a table that has them. Some tools write false for none."""
    first = read.as_list(value)[0] if value else ""
    table = {name.lower(): item for name, item in first.items()} if isinstance(first, dict) else {"url": first}
    target = next((table[name] for name in ("url", "src", "path", "file", "image") if table.get(name)), "")
    if target in ("", "true", "false"):
        return None, {}
    texts = {name: read.line_of_text(table[part]) for name, part in _IMAGE_TEXTS.items() if table.get(part)}
    return Medium(key, _target(target)), texts


def _table(value: Value, *known: str) -> tuple[str, dict[str, Value]]:
    """Return the file or URL that a value names, and its values for `known` keys."""
    if not isinstance(value, dict):
        return _target(value), {}
    read.check_keys(value, "file", "url", *known)
    named = [value[key] for key in ("file", "url") if value.get(key)]
    if len(named) != 1:
        raise InputError("both file and url" if named else "neither file nor url", "write one of them")
    return _target(named[0]), {key: value[key] for key in known if value.get(key)}


def _enclosure(value: Value) -> Medium:
    target, more = _table(value, "type", "length", "title")
    title = read.line_of_text(more["title"]) if "title" in more else None
    if not is_address(target):
        if "length" in more:
            raise InputError(f"length given for the file {quoted(target)}", "remove it: it is read from the file")
        return Medium("enclosure", target, _media_type(target, "enclosure", more), None, title)
    if not {"type", "length"} <= more.keys():
        missing = " and ".join(key for key in ("type", "length") if key not in more)
        raise InputError(f"{quoted(target)} is a URL without {missing}", f"write it like {_EXAMPLE}")
    size = 0 if more["length"] == "0" else read.number(more["length"])  # RSS says 0 for an unknown length
    return Medium("enclosure", target, _media_type(target, "enclosure", more), size, title)


def _transcript(value: Value) -> Medium:
    target, more = _table(value, "type")
    return Medium("transcript", target, _media_type(target, "transcript", more))


def _media_type(target: str, key: str, written: dict[str, Value]) -> str:
    """Return the media type as written, or by the ending of the target."""
    if "type" in written:
        name, semicolon, parameters = read.line_of_text(written["type"]).partition(";")
        text = name.lower() + semicolon + parameters
        if not _MEDIA_TYPE.fullmatch(text):
            raise InputError(f"{quoted(text)} is not a media type", "write it like audio/mpeg")
        return text
    found = media_type_of(target) or media_type_of(urlsplit(target).path)
    if found is None:
        kind = "url" if is_address(target) else "file"
        remedy = f"write {key}: {{{kind}: {target}, type: …}} with a media type like audio/mpeg"
        raise InputError(f"{quoted(target)} has an unknown ending", remedy)
    return found


def _seconds(value: Value) -> int:
    text = read.single(value).strip()
    if re.fullmatch(r"[1-9]\d{0,5}", text):
        return int(text)
    match = _DURATION.fullmatch(text)
    if not match or not any(part and int(part) for part in match.groups()):
        raise InputError(f"{quoted(text)} is not a duration", "write it like 1:02:30, 42:30, or in seconds")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def media_type_of(path: str) -> str | None:
    """Return the media type by a file's ending, or None if it is unknown."""
    return _TYPE_BY_ENDING.get(path.rpartition("/")[2].rpartition(".")[2].lower())


def content_type(path: str, media_type: str | None = None) -> str:
    """Return the header Content-Type of a file, by its media type, if that is known, else by its name."""
    media_type = media_type or media_type_of(path) or "application/octet-stream"
    has_charset = media_type.startswith("text/") or media_type == "application/xml"
    return f"{media_type}; charset=utf-8" if has_charset else media_type


def is_text(media_type: str) -> bool:
    """Return whether files of a media type are text, which is worth compressing."""
    return _TEXT.match(media_type) is not None


def other_sizes(names: Iterable[str]) -> dict[str, list[str]]:
    """Return the files of a folder that are other sizes of a picture in it, by the picture's name.

    They are named after it: ``quay-480w.jpg``, ``quay-800x600.jpg`` or ``quay@2x.jpg`` for ``quay.jpg``.
    """
    found: dict[str, list[str]] = {}
    for name in sorted(names):
        if match := _OTHER_SIZE.fullmatch(name):
            found.setdefault(match[1] + match[2], []).append(name)
    return {name: files[:MAX_SIZES] for name, files in found.items()}


def rss_image_size(file: Path) -> tuple[int, int] | None:
    """Return width and height in pixels of a picture that RSS allows as a channel's image, None for others."""
    size = image_size(file) if file.suffix.lower() in _RSS_IMAGES else None
    return size if size and size[0] <= MAX_WIDTH and size[1] <= MAX_HEIGHT else None


def image_size(file: Path) -> tuple[int, int] | None:
    """Return width and height of a picture in pixels; None if it cannot be read."""
    import imagesize

    try:
        width, height = imagesize.get(file)
    except (OSError, ValueError):
        return None
    return (int(width), int(height)) if width > 0 and height > 0 else None


def duration(file: Path) -> int | None:
    """Return the length of a recording in seconds, at least 1; None if it does not say.

    The name is ignored: with a wrong ending, some sound of that format would be found by chance.
    """
    from tinytag import TinyTag, TinyTagException

    try:
        with _Bounded(FileIO(file)) as opened:
            start = opened.peek(4)[:4]
            if start[:1] == b"\xff" and len(start) > 1 and start[1] & 0xF6 == 0xF0:
                return None  # AAC in ADTS (ISO 13818-7, 6.2), which tinytag takes for a kind of MP3
            tag = TinyTag.get(file_obj=opened, tags=False)
    except (OSError, TinyTagException):
        return None
    seconds = tag.duration
    if seconds and start in (b"RIFF", b"FORM") and tag.is_lossless and tag.bitrate:
        # The header is wrong for live streams and files that were cut.
        seconds = min(seconds, os.path.getsize(file) / (tag.bitrate * 125))
    return max(1, round(seconds)) if seconds and seconds < LONGEST else None


class _Bounded(BufferedReader):
    """A file that raises OSError after too many reads, since tinytag may never end."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads > MOST_READS:
            raise OSError
        return super().read(size)
