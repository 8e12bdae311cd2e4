"""Decide who wrote an article, when, and what its title is, by what was found in it; the rest is in doubt. Pure."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from dateline.errors import InputError, quoted
from dateline.model import Author, Publication
from dateline.sites.importers.article.lines import (
    Byline,
    Day,
    FoundDate,
    find_dates,
    handles,
    is_boilerplate,
    is_date_line,
    is_same_day,
    possible_days,
    read_day,
)
from dateline.sites.model import Doubt

_MAX_TAIL = 8  # paragraphs


class Article(NamedTuple):
    """An article, and what of it is in doubt: a title in doubt is the first that may be it, a date in doubt is empty.

    `date` is as front matter has it, without a `time` whose offset is not known. `body` is HTML, and its links are
    relative to `address`, where the article was published, if it says so. `left_out` are texts that are not in the
    body, and `read` those of which title, authors and date were made.
    """

    title: str = ""
    authors: tuple[Author, ...] = ()
    date: str = ""
    time: str = ""
    body: str = ""
    doubts: tuple[Doubt, ...] = ()
    left_out: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    summary: str = ""
    image: str = ""
    language: str = ""
    address: str = ""

    def with_title(self, title: str) -> "Article":
        """Return the article with this title, which its body does not begin with."""
        line = re.escape(escape(title, quote=False))
        body = re.sub(
            rf"<p>{line}(?:</p>|(<br>))|<br>{line}(?=<br>|</p>)", lambda m: "<p>" * bool(m[1]), self.body, count=1
        )
        return self._replace(title=title, body=body)


class Tail(NamedTuple):
    """What follows the text of an article: the addresses of its authors, dates, and the numbers of some paragraphs.

    `read` say when it was published; `left_out` are boilerplate, wherever it is, and say where to follow an author.
    """

    urls: dict[str, str]
    dates: list[FoundDate]
    read: set[int]
    left_out: set[int]


def read_tail(texts: Sequence[str], names: Sequence[str]) -> Tail:
    """Read the last paragraphs of an article that these authors wrote."""
    tail = Tail({}, [], set(), {number for number, text in enumerate(texts) if is_boilerplate(text)})
    for number in range(len(texts) - 1, max(-1, len(texts) - 1 - _MAX_TAIL), -1):
        text = texts[number]
        dates = find_dates(text)
        if urls := handles(text, names):
            tail.urls.update(urls)
            tail.left_out.add(number)
        elif is_date_line(text, dates) and dates[0].kind != "plain":
            tail.dates.extend(dates)
            tail.read.add(number)
        elif text and number not in tail.left_out:
            break
    return tail


def title_of(titles: Sequence[str], text: str) -> tuple[str, tuple[Doubt, ...]]:
    """Return the title, or with a doubt what may be one: the first of several, or the beginning of the text."""
    if len(titles) == 1 and not (titles[0].endswith(".") and not text):
        return titles[0], ()
    if titles:
        return titles[0], (Doubt("title", f"{quoted(titles[0])} may not be the title", tuple(titles)),)
    words = text.split()
    return " ".join(words[:8]) + "…" * (len(words) > 8), (Doubt("title", "no title"),)


def authors_of(byline: Byline | None, possible: Sequence[str]) -> tuple[tuple[Author, ...], tuple[Doubt, ...]]:
    """Return the authors that are certain, and the doubt about others."""
    if byline is None:
        return (), (Doubt("author", "no byline", _unique(possible)),)
    authors = tuple(map(Author, byline.names))
    if not byline.doubtful:
        return authors, ()
    choices = ", ".join(byline.names), ", ".join((*byline.names, *byline.doubtful))
    problem = f"{byline.doubtful[0]} may be another author, or a place"
    return authors, (Doubt("author", problem, tuple(filter(None, choices))),)


def date_of(
    dates: Iterable[FoundDate], possible: Iterable[FoundDate], publication: Publication
) -> tuple[str, str, tuple[Doubt, ...]]:
    """Return the date of publication, empty if it is in doubt; a time whose offset is not known; and the doubt."""
    days, unclear = _days(dates, publication)
    for problem, meant in unclear:
        if not any(is_same_day(day, other) for day in days[:1] for other in meant):
            return _without_date(problem, [*days, *meant])
    if any(not is_same_day(days[0], day) for day in days):
        return _without_date(f"different dates: {' and '.join(_unique(day.written for day in days))}", days)
    if days:
        return days[0].written, days[0].time_left_out, ()
    found = [day for date in possible for day in possible_days(date.text, publication)]
    problem = "the only date is above the title, and may be the day of reading" if found else "no date of publication"
    return _without_date(problem, found)


def _days(dates: Iterable[FoundDate], publication: Publication) -> tuple[list[Day], list[tuple[str, list[Day]]]]:
    """Return the days of publication, those with a time first; and what cannot be read, with the days it may mean."""
    days: list[Day] = []
    unclear: list[tuple[str, list[Day]]] = []
    for text in _unique(date.text for date in dates if date.kind != "updated"):
        try:
            days.append(read_day(text, publication))
        except InputError as error:
            unclear.append((error.problem, possible_days(text, publication)))
    return sorted(days, key=lambda day: not day.date.timed), unclear


def _without_date(problem: str, days: Iterable[Day]) -> tuple[str, str, tuple[Doubt, ...]]:
    return "", "", (Doubt("date", problem, _unique(day.written for day in days)),)


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
