"""What the name and the content of a media file say: its media type, a picture's size, how long a recording plays.

Only this module uses imagesize and tinytag, which are loaded when a file is read.
"""

import os
from io import BufferedReader, FileIO
from pathlib import Path

# What RSS 2.0 allows for a channel's image.
MAX_WIDTH, MAX_HEIGHT = 144, 400
_RSS_IMAGES = (".gif", ".jpeg", ".jpg", ".png")
LONGEST = 1_000_000  # seconds; files that were never finished claim more
MOST_READS = 2**23  # a day of sound takes half as many, while searching a file without any would never end

# Media types, each with the endings that say it, or with none where that is the type's own name. A table of our own:
# that of the standard library differs between its releases, and adds what a machine knows.
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
    "text": "calendar=ics css csv html=html,htm javascript=js,mjs plain=txt vtt",
    "video": "mp4 mpeg=mpeg,mpg ogg=ogv quicktime=mov webm x-m4v=m4v x-matroska=mkv x-msvideo=avi",
}
_TYPE_BY_ENDING = {
    ending: f"{kind}/{name}"
    for kind, words in _TYPES.items()
    for name, _, endings in (word.partition("=") for word in words.split())
    for ending in (endings or name).split(",")
}


def media_type_of(path: str) -> str | None:
    """Return the media type that a file's name says, or None if it says none."""
    return _TYPE_BY_ENDING.get(path.rpartition("/")[2].rpartition(".")[2].lower())


def rss_image_size(file: Path) -> tuple[int, int] | None:
    """Return width and height, in pixels, of a picture that RSS allows as a channel's image; None for any other."""
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
    """Return how many seconds a recording plays, at least 1; None if it does not say.

    Its name is ignored: searching a file for the sound of another format finds some by chance.
    """
    from tinytag import TinyTag, TinyTagException

    try:
        with _Bounded(FileIO(file)) as opened:
            start = opened.peek(4)[:4]
            if _is_aac(start):
                return None
            tag = TinyTag.get(file_obj=opened, tags=False)
    except (OSError, TinyTagException):
        return None
    seconds = tag.duration
    if seconds and start in (b"RIFF", b"FORM") and tag.is_lossless and tag.bitrate:
        # The header says how long it was meant to be: a live stream does not know, and the file may have been cut.
        seconds = min(seconds, os.path.getsize(file) / (tag.bitrate * 125))
    return max(1, round(seconds)) if seconds and seconds < LONGEST else None


def _is_aac(start: bytes) -> bool:
    """Return whether a file is AAC in ADTS (ISO 13818-7, 6.2), which tinytag takes for a kind of MP3."""
    return start[:1] == b"\xff" and len(start) > 1 and start[1] & 0xF6 == 0xF0


class _Bounded(BufferedReader):
    """A file that raises OSError after too many reads, since tinytag may go on for ever."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads > MOST_READS:
            raise OSError
        return super().read(size)
