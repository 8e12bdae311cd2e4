"""Pictures, as far as feeds want to know about them. The one fence around imagesize."""

from pathlib import Path

import imagesize

# What RSS 2.0 allows for a channel's image.
MAX_WIDTH, MAX_HEIGHT = 144, 400
_TYPES = (".gif", ".jpeg", ".jpg", ".png")


def rss_image_size(file: Path) -> tuple[int, int] | None:
    """Width and height in pixels of a picture that RSS takes as a channel's image; None for any other."""
    if file.suffix.lower() not in _TYPES:
        return None
    size = image_size(file)
    return size if size and size[0] <= MAX_WIDTH and size[1] <= MAX_HEIGHT else None


def image_size(file: Path) -> tuple[int, int] | None:
    """Width and height in pixels of a picture; None where it does not tell."""
    try:
        width, height = imagesize.get(file)
    except (OSError, ValueError):
        return None
    return (int(width), int(height)) if width > 0 and height > 0 else None
