"""Read what is above the text of an article in plain text: its title, its byline, its dates. Pure."""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import dropwhile, pairwise
from typing import NamedTuple

from dateline.sites.importers.article.lines import (
    MAX_LINE,
    SENTENCE,
    Byline,
    FoundDate,
    find_dates,
    is_boilerplate,
    is_date_line,
    is_name,
    is_prose,
    read_byline,
)

RULE = re.compile(r"[-=*_~•·#\s]{3,}+")
MAX_HEAD = 20  # paragraphs in which title, authors and date are looked for
_PARTS = re.compile(r"\s*[|•·—–]\s*")
_BY = re.compile(r"(?:(?:words|text|written|posted) )?by:?|authors?:", re.IGNORECASE)
_PAPER = re.compile(
    r"\b(?:news|times|post|journal|herald|gazette|daily|tribune|star|observer|chronicle|press|courier|echo|mail|today"
    r"|telegraph|guardian|review|weekly|online|magazine|reporter|standard|independent|sentinel|argus|advertiser)\b",
    re.IGNORECASE,
)


class Head(NamedTuple):
    """What is above the text of an article; `read` and `left_out` are the numbers of paragraphs that are not text."""

    titles: tuple[str, ...] = ()
    byline: Byline | None = None
    possible_names: tuple[str, ...] = ()
    dates: tuple[FoundDate, ...] = ()
    possible_dates: tuple[FoundDate, ...] = ()
    read: frozenset[int] = frozenset()
    left_out: frozenset[int] = frozenset()


class _Lines(NamedTuple):
    """Paragraphs, by number, which say who wrote the article, or when; the `other` may be a title, a name or a paper.

    `byline` is the first of `bylines`, and `top` the first of the `other`; without any, they are the `end`.
    """

    texts: Sequence[str]
    bylines: Mapping[int, Byline]
    dates: Mapping[int, list[FoundDate]]
    boilerplate: frozenset[int]
    other: Sequence[int]
    byline: int
    top: int
    end: int


def read_head(paragraphs: Sequence[str], paper: str) -> Head:
    """Find title, byline and dates in the first paragraphs of an article. `paper` is a name that is no title."""
    lines = _lines(paragraphs[:MAX_HEAD])
    lines = _lines(lines.texts[: _end(lines)])
    plain = {n: dates[0] for n, dates in lines.dates.items() if dates[0].kind == "plain"}
    # Days of the week are in mastheads, with the day of the issue.
    weekdays = {n for n, date in plain.items() if n < lines.byline and date.has_weekday}
    names = dict(_possible_names(lines))
    titles, masthead = _titles(lines, _candidates(lines, weekdays, names), min(weekdays, default=lines.end), paper)
    above = _above(titles, plain) | (weekdays if len(titles) > 1 else set())
    dated = lines.dates.keys() - above
    byline = lines.bylines.get(lines.byline)
    signed = {n for n, other in lines.bylines.items() if other is byline}
    return Head(
        titles=tuple(lines.texts[n] for n in titles),
        byline=byline,
        possible_names=tuple(names.values()),
        dates=(*(byline.dates if byline else ()), *_dates_of(lines, dated)),
        possible_dates=tuple(_dates_of(lines, above)),
        read=frozenset(dated | signed | set(titles if len(titles) == 1 else ())),
        left_out=lines.boilerplate | masthead | above,
    )


def _lines(texts: Sequence[str]) -> _Lines:
    bylines = _bylines(texts)
    dates = {n: dates for n, text in enumerate(texts) if n not in bylines and (dates := _dates_in(text))}
    boilerplate = frozenset(n for n, text in enumerate(texts) if is_boilerplate(text))
    known = bylines.keys() | dates.keys() | boilerplate
    other = [n for n, text in enumerate(texts) if n not in known and not RULE.fullmatch(text)]
    end = len(texts)
    return _Lines(texts, bylines, dates, boilerplate, other, min(bylines, default=end), min(other, default=end), end)


def _bylines(texts: Sequence[str]) -> dict[int, Byline]:
    bylines = {n: byline for n, text in enumerate(texts) if (byline := read_byline(text))}
    for n, (text, following) in enumerate(pairwise(texts)):
        if _BY.fullmatch(text) and (byline := read_byline(f"By {following}")):
            bylines |= {n: byline, n + 1: byline}
    return bylines


def _end(lines: _Lines) -> int:
    """Return the number of the first paragraph of the text: none of the next says who wrote the article, or when."""
    known = lines.bylines.keys() | lines.dates.keys()
    prose = (n for n, text in enumerate(lines.texts) if n not in lines.bylines and is_prose(text))
    return next((n for n in prose if known.isdisjoint(range(n + 1, n + 4))), lines.end)


def _dates_in(line: str) -> list[FoundDate]:
    """Return the dates of a line that has nothing else in it, or nothing else between signs like ``|``."""
    if len(line) > MAX_LINE:
        return []
    return [date for part in _PARTS.split(line) if is_date_line(part, dates := find_dates(part)) for date in dates]


def _above(titles: Sequence[int], dates: Iterable[int]) -> set[int]:
    """Return the dates above the title."""
    return {n for n in dates if not titles or n < titles[0]}


def _dates_of(lines: _Lines, numbers: Collection[int]) -> Iterator[FoundDate]:
    return (date for n in sorted(numbers) for date in lines.dates[n])


def _possible_names(lines: _Lines) -> Iterator[tuple[int, str]]:
    """Yield the paragraphs, below the first, that may name an author: beside a date, or before ``| Paper``."""
    for number in range(lines.top + 1, lines.end):
        name, *others = _PARTS.split(lines.texts[number])
        is_beside = bool(others) or not lines.dates.keys().isdisjoint((number - 1, number + 1))
        if is_beside and " " in name and is_name(name):
            yield number, name


def _candidates(lines: _Lines, weekdays: Collection[int], names: Collection[int]) -> Sequence[int]:
    """Return the paragraphs that may be the title: those above the byline and the date, if there are any."""
    dates = (n for n in lines.dates if n not in weekdays and n > lines.top)
    below = min(lines.byline, next(dates, lines.end))
    return [n for n in lines.other if n < below and n not in names] or lines.other


def _titles(lines: _Lines, candidates: Sequence[int], top: int, paper: str) -> tuple[Sequence[int], set[int]]:
    """Return the paragraphs that may be the title, of which there is one if it is certain; and those of the masthead.

    `top` is that of a weekday and a date, which belong to the masthead if the title follows.
    """
    papers = {n for n in candidates if _is_paper(lines.texts[n], paper)}
    at = bisect_left(candidates, top)
    before, after = candidates[:at], candidates[at:]
    if not after and len(before) == 1 and papers:
        return [], papers
    is_clear = len(after) == 1 and lines.bylines and not lines.texts[after[0]].endswith(".")
    if after and not is_clear and set(before) - papers:
        return [before[-1], after[0]], set()
    found = after or before
    titles = [*dropwhile(papers.__contains__, found[:-1]), *found[-1:]]
    return _best(lines, titles), set(candidates) - set(titles)


def _best(lines: _Lines, titles: Sequence[int]) -> Sequence[int]:
    """Return the first that may be the title, and the second if it may be that as well."""
    first, second = (*(lines.texts[n] for n in titles[:2]), "", "")[:2]
    is_standfirst = second.endswith((".", "!", "?")) or len(second) > max(SENTENCE, len(first))
    is_certain = (is_standfirst or not second) and (lines.bylines or not first.endswith("."))
    return titles[: 1 if is_certain else 2]


def _is_paper(text: str, paper: str) -> bool:
    """Return whether a line is the name of a newspaper, or its menu."""
    is_name = text.casefold() == paper.casefold() or (len(text.split()) <= 5 and _PAPER.search(text) is not None)
    return is_name or text.count("|") > 1
