"""Make the addresses that Hugo gives to pages. Pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from unicodedata import category, normalize
from urllib.parse import quote

from dateline.cldr import MONTHS
from dateline.content.ids import is_letter_or_digit
from dateline.sites.addresses import WEEKDAYS, date_parts, expand
from dateline.sites.files import is_on, table_of, text_of, value_in

_UNQUOTED = "/~$&+,:;=@%!'()*"
_KEPT = "./\\_#+~-@"  # besides letters, marks and digits
_ENCODED = re.compile("%[0-9A-Fa-f]{2}")
_SECTIONS = re.compile(r":sections\[(?:(?P<index>\d{1,3}|last)|(?P<start>\d{0,3}):(?P<end>\d{0,3}|last))\]")


class Page(NamedTuple):
    """What an address is made of.

    `folder` and `name` are those of the file, or the parent folder and the name of a bundle; `sections` is the part of
    the folder whose parts are sections to Hugo. `url` may be a pattern. `date` is as written.
    """

    folder: str
    name: str
    sections: Sequence[str]
    title: str
    slug: str
    url: str
    date: datetime


def address(page: Page, config: Mapping[str, Any], prefix: str) -> str:
    """Return the path of a page below the site's address, percent-encoded; `prefix` is the folder of its language."""
    if page.url and ":" not in page.url:
        path = page.url[1:] if page.url.startswith("/") else prefix + page.url
        return _quoted(path if path.endswith("/") or "." in path else f"{path}/")
    section = page.folder.partition("/")[0]
    ugly = config.get("uglyurls")
    ending = ".html" if is_on(table_of(ugly).get(section) if isinstance(ugly, dict) else ugly) else "/"
    if pattern := page.url or _pattern(config, section):
        # Hugo reads what it made of a pattern as a query, in which a plus sign is a space.
        path = urlize(expand(_with_sections(pattern, page.sections), _values(page)), config).replace("+", " ")
    else:
        path = f"{page.folder}/{page.slug or page.name}"
    path = re.sub("/{2,}", "/", path.strip("/"))
    return _quoted(prefix + urlize(path + ending, config))


def _pattern(config: Mapping[str, Any], section: str) -> str:
    """Return the pattern of a section; that of pages without one is under a slash."""
    for table in map(table_of, (value_in(config, "permalinks", "page"), config.get("permalinks"))):
        for key, pattern in table.items():
            if key.strip("/") == section.lower() and text_of(pattern):
                return text_of(pattern)
    return ""


def _values(page: Page) -> dict[str, str]:
    parts = date_parts(page.date)
    month, day = MONTHS[page.date.month - 1], WEEKDAYS[page.date.weekday()]
    return parts | {
        "monthname": month,
        "weekday": str(page.date.isoweekday() % 7),
        "weekdayname": day,
        "yearday": parts["y_day"].lstrip("0"),
        # Hugo takes layouts of dates, as those of Go, too.
        "2006": parts["year"],
        "06": parts["short_year"],
        "01": parts["month"],
        "02": parts["day"],
        "January": month,
        "Jan": month[:3],
        "Monday": day,
        "Mon": day[:3],
        "section": page.folder.partition("/")[0],
        "sections": "/".join(page.sections),
        "title": page.title,
        "slug": page.slug or page.title,
        **dict.fromkeys(("filename", "contentbasename"), page.name),
        **dict.fromkeys(("slugorfilename", "slugorcontentbasename"), page.slug or page.name),
    }


def _with_sections(pattern: str, sections: Sequence[str]) -> str:
    """Return a pattern with the parts of the sections that it names, as in ``:sections[1:]``, put in."""

    def part(match: re.Match[str]) -> str:
        if index := match["index"]:
            return "".join(sections[-1:] if index == "last" else sections[int(index) : int(index) + 1])
        end = -1 if match["end"] == "last" else int(match["end"] or len(sections))
        return "/".join(sections[int(match["start"] or 0) : end])

    return _SECTIONS.sub(part, pattern)


def urlize(text: str, config: Mapping[str, Any]) -> str:
    """Return a path as Hugo writes it: spaces become hyphens, and characters that are not usual in URLs go."""
    if is_on(config.get("removepathaccents")):
        text = "".join(c for c in normalize("NFD", text) if category(c) != "Mn")
    kept = (
        c
        for position, c in enumerate(text)
        if is_letter_or_digit(c) or c in _KEPT or c.isspace() or _ENCODED.match(text, position)
    )
    path = " ".join("".join(kept).split()).replace(" -", "-").replace("- ", "-").replace(" ", "-")
    return path if is_on(config.get("disablepathtolower")) else path.lower()


def _quoted(path: str) -> str:
    return quote(path, safe=_UNQUOTED)
