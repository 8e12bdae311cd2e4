"""Sound and film, as far as feeds want to know about them. The one fence around tinytag."""

from pathlib import Path

from tinytag import TinyTag, TinyTagException


def duration(file: Path) -> int | None:
    """How many seconds a file plays, a second at least; None where it does not tell."""
    try:
        seconds = TinyTag.get(file, tags=False).duration
    except (OSError, TinyTagException):
        return None
    return max(1, round(seconds)) if seconds else None
