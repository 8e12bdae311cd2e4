"""Make the addresses that generators give to posts, from patterns with placeholders like ``:year``."""

import re
from collections.abc import Mapping
from datetime import datetime
from unicodedata import combining, normalize

from dateline.model import Publication

# How generators transliterate what is not a letter of ASCII with marks.
_IN_ASCII = str.maketrans(
    {
        **dict(zip("øØłŁđĐðÐħĦıŧŦ", "oOlLdDdDhHitT", strict=True)),
        **dict(zip("ßẞæÆœŒþÞ°€©®", "ss SS ae AE oe OE th Th deg EUR (c) (r)".split(), strict=True)),
        **dict.fromkeys("‐‑‒–—―", "-"),
        **dict.fromkeys("‘’‚‛′", "'"),
        **dict.fromkeys("“”„‟″«»‹›", '"'),
        **dict.fromkeys("•·¡¿…", "!"),
        "×": "x",
        "÷": "/",
        "⁄": "/",
    }
)


def date_parts(moment: datetime) -> dict[str, str]:
    """Return the placeholders of a date that Hugo, Jekyll and Hexo have in common; times are as written."""
    return {
        "year": f"{moment.year:04}",
        "short_year": f"{moment.year % 100:02}",
        "month": f"{moment.month:02}",
        "i_month": str(moment.month),
        "day": f"{moment.day:02}",
        "i_day": str(moment.day),
        "y_day": f"{moment.timetuple().tm_yday:03}",
        "hour": f"{moment.hour:02}",
        "minute": f"{moment.minute:02}",
        "second": f"{moment.second:02}",
    }


def expand(pattern: str, values: Mapping[str, str]) -> str:
    """Return a pattern with its placeholders, a colon before each, replaced; unknown ones stay.

    Of several names that fit, the longest counts. Slashes that an empty value leaves side by side become one.
    """
    names = "|".join(sorted(map(re.escape, values), key=len, reverse=True))
    return re.sub("/{2,}", "/", re.sub(f":({names})", lambda match: values[match[1]], pattern))


def absolute(publication: Publication, path: str) -> str:
    """Return the address of a page at a path below the site's own."""
    return publication.url + path.removeprefix("/")


def in_ascii(text: str) -> str | None:
    """Return text in ASCII as generators transliterate it; None if a character is of another script, or an emoji."""
    plain = "".join(char for char in normalize("NFD", normalize("NFKC", text)) if not combining(char))
    plain = plain.translate(_IN_ASCII)
    return plain if plain.isascii() else None
