"""Make the addresses and the ids that Jekyll gives to posts and pages, from the names of files and front matter."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import quote

from dateline.cldr import MONTHS
from dateline.content.ids import is_letter_or_digit
from dateline.sites.addresses import WEEKDAYS, date_parts, expand

_STYLES = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}
_READABLE = "._~!$&'()+,;=@"  # stays in titles, but not in slugs


def pattern_of(permalink: str) -> str:
    """Return the pattern for posts that a configuration asks for, by name or as it is."""
    return _STYLES.get(permalink, permalink)


def suffix_of(permalink: str) -> str:
    """Return what patterns for pages, and for documents of collections, get at their end."""
    if permalink == "pretty" or permalink.endswith("/"):
        return "/"
    return ":output_ext" if permalink in _STYLES or permalink.endswith(":output_ext") else ""


def placeholders(slug: str, categories: Iterable[str], moment: datetime) -> dict[str, str]:
    """Return what placeholders for a post stand for, percent-encoded. `moment` is in the time zone of the site."""
    year, week, weekday = moment.isocalendar()
    day, month = WEEKDAYS[weekday - 1], MONTHS[moment.month - 1]
    found = date_parts(moment) | {
        "w_year": f"{year:04}",
        "week": f"{week:02}",
        "w_day": str(weekday),
        "short_day": day[:3],
        "long_day": day,
        "short_month": month[:3],
        "long_month": month,
        "title": slugify(slug, _READABLE),
        "slug": slugify(slug).lower(),
        "categories": "/".join(dict.fromkeys(category.lower() for category in categories)),
        "slugified_categories": "/".join(dict.fromkeys(slugify(category).lower() for category in categories)),
        "output_ext": ".html",
    }
    return {name: encoded(value) for name, value in found.items()}


def slugify(text: str, kept: str = "") -> str:
    """Return the letters, marks and digits of a text, and what is `kept`, with a hyphen for each run of others."""
    return "-".join("".join(c if is_letter_or_digit(c) or c in kept else " " for c in text).split())


def encoded(path: str) -> str:
    """Return a path as Jekyll writes it in addresses."""
    return quote(path, safe="/~!$&'()*+,;=:@")


def address_path(pattern: str, values: Mapping[str, str]) -> str:
    """Return the path, from the root of the site, of what has this pattern for its address, or this address."""
    path = f"/{expand(pattern, values)}".replace("..", "/").replace("./", "")
    return re.sub("/{2,}", "/", path)


def post_id(path: str, slug: str) -> str:
    """Return what Jekyll calls the id of a post whose page is at this path."""
    return f"{path.rstrip('/').rpartition('/')[0]}/{slug}"


def title_of(slug: str) -> str:
    """Return the title of a post that has none."""
    return " ".join(word.capitalize() for word in slug.split("-") if word)
