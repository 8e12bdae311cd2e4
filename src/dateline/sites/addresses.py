"""Make the addresses that generators give to posts, from patterns with placeholders like ``:year``."""

import re
from collections.abc import Mapping
from datetime import datetime
from unicodedata import category, combining, normalize
from urllib.parse import unquote, urljoin, urlsplit

from dateline.cldr import MONTHS
from dateline.content.ids import is_letter_or_digit
from dateline.model import Publication

WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_AS_WORDS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "&": " and ", "’": "-"})
_FORMAT_FIELD = re.compile(r"\{(\w+)(?::([^{}]*))?\}")
_DATE_CODE = re.compile("%(-?[A-Za-z%])")
_CODES = dict(code.split("=") for code in "Y=year y=short_year m=month d=day j=y_day H=hour M=minute S=second".split())
# How generators transliterate what is not a letter of ASCII with marks: other small letters, and signs.
_LETTERS = {
    **dict(zip("абвгдеёжзиклмноп", "a b v g d e io zh z i k l m n o p".split(), strict=True)),
    **dict(zip("рстуфхцчшщъыьэюяіїєґ", "r s t u f kh ts ch sh shch ' y ' e iu ia i yi ie g'".split(), strict=True)),
    **dict(
        zip("αβγδεζηθικλμνξοπρσςτυφχψω", "a b g d e z e th i k l m n x o p r s s t u ph kh ps o".split(), strict=True)
    ),
    **dict(zip("æœþøłđðħıŧ", "ae oe th o l d d h i t".split(), strict=True)),
}
_IN_ASCII = str.maketrans(
    {
        **_LETTERS,
        **{letter.upper(): ascii.capitalize() for letter, ascii in _LETTERS.items()},
        **dict(zip("ßẞÆŒ°€©®×÷⁄", "ss SS AE OE deg EUR (c) (r) x / /".split(), strict=True)),
        **dict.fromkeys("‐‑‒–—―", "-"),
        **dict.fromkeys("‘’‚‛′", "'"),
        **dict.fromkeys("“”„‟″«»‹›", '"'),
        **dict.fromkeys("•·¡¿…", "!"),
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


def path_of(address: str, base: str = "") -> str:
    """Return the decoded path of an address, which may be relative to a base; empty if it cannot be read."""
    try:
        return unquote(urlsplit(urljoin(base, address)).path)
    except ValueError:
        return ""


def ascii_slug(text: str) -> str:
    """Return a slug in ASCII, as the filter ``slugify`` of Eleventy makes it; empty for text of another script."""
    plain = (in_ascii(normalize("NFC", text).translate(_AS_WORDS)) or "").lower()
    return re.sub(r"[^a-z\d]+", "-", re.sub(r"(?<=[a-z\d])'(?=[ts](?:\s|$))", "", plain)).strip("-")


def github_slug(text: str) -> str:
    """Return a slug as GitHub makes them of headings, and Astro of file names: signs go, and spaces become hyphens."""
    kept = (c for c in text.lower() if c in " -" or is_letter_or_digit(c) or category(c) == "Pc")
    return "".join(kept).replace(" ", "-")


def in_ascii(text: str) -> str | None:
    """Return text in ASCII as generators transliterate it; None if a character is in none of the scripts above."""
    letters = normalize("NFD", normalize("NFKC", text).translate(_IN_ASCII))
    plain = "".join(char for char in letters if not combining(char)).translate(_IN_ASCII)
    return plain if plain.isascii() else None


def format_fields(pattern: str, values: Mapping[str, str], moment: datetime) -> str | None:
    """Return a pattern with its fields, like ``{slug}`` or ``{date:%Y}``, replaced; None if one is not known."""
    parts = date_parts(moment)
    codes = {code: parts[name] for code, name in _CODES.items()}
    codes |= {f"-{code}": text.lstrip("0") or "0" for code, text in codes.items()}
    codes |= {"b": MONTHS[moment.month - 1][:3], "B": MONTHS[moment.month - 1], "%": "%"}

    def replaced(field: re.Match[str]) -> str:
        name, spec = field[1], field[2] or ""
        is_date = name == "date" and spec
        return _DATE_CODE.sub(lambda code: codes[code[1]], spec) if is_date else values[name + spec]

    try:
        return _FORMAT_FIELD.sub(replaced, pattern)
    except KeyError:
        return None
