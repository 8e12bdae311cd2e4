"""Sound and film, as far as feeds want to know about them. The one fence around tinytag."""

import os
from io import BufferedReader, FileIO
from pathlib import Path

from tinytag import TinyTag, TinyTagException

LONGEST = 1_000_000  # seconds; files that were never finished say more
MOST_READS = 2**23  # for a day of sound takes half as many, and to look for it in what is none takes for ever


def duration(file: Path) -> int | None:
    """How many seconds a file plays, a second at least; None where it does not tell.

    Its name does not matter: to look for the sound of another kind in it finds some by chance.
    """
    try:
        with _Bounded(FileIO(file)) as opened:
            kind = opened.peek(4)[:4]
            if _is_aac(kind):
                return None
            tag = TinyTag.get(file_obj=opened, tags=False)
    except (OSError, TinyTagException):
        return None
    seconds = tag.duration
    if seconds and kind in (b"RIFF", b"FORM") and tag.is_lossless and tag.bitrate:
        # It says how long it was to be: those who write as it comes do not know, and it may have been cut.
        seconds = min(seconds, os.path.getsize(file) / (tag.bitrate * 125))
    return max(1, round(seconds)) if seconds and seconds < LONGEST else None


def _is_aac(beginning: bytes) -> bool:
    """Whether a file is AAC in ADTS (ISO 13818-7, 6.2), which tinytag takes for a kind of MP3."""
    return beginning[:1] == b"\xff" and len(beginning) > 1 and beginning[1] & 0xF6 == 0xF0


class _Bounded(BufferedReader):
    """A file of which one cannot read so often that it never ends."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads > MOST_READS:
            raise OSError
        return super().read(size)
