"""Read a press article in plain text: its title, its authors, its date, and its paragraphs. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby, pairwise
from typing import NamedTuple

from dateline.errors import InputError, quoted
from dateline.model import Author, Publication
from dateline.sites.importers.article.lines import (
    MAX_LINE,
    Byline,
    Day,
    FoundDate,
    find_dates,
    handles,
    is_boilerplate,
    is_date_line,
    is_name,
    is_same_day,
    possible_days,
    read_byline,
    read_day,
)
from dateline.sites.model import Doubt

MAX_HEAD = 20  # paragraphs in which title, authors and date are looked for
MAX_TAIL = 8
_MAX_TITLE = 200
_MAX_HEADING = 70
_WIDEST = 100  # characters of lines that a program has wrapped
_LEAST = 40  # characters of such a line, unless it is the last of its paragraph
_SENTENCE = 60  # characters of what may be a line of a head, if it ends with a full stop
_BULLET = re.compile(r"(?P<sign>[-*•‣▪◦])\s+(?=\S)|(?P<number>\d{1,3})[.)]\s+(?=\S)", re.ASCII)
_PARTS = re.compile(r"\s*[|•·—–]\s*")
_BY = re.compile(r"(?:(?:words|text|written|posted) )?by:?|authors?:", re.IGNORECASE)
_RULE = re.compile(r"[-=*_~•·#\s]{3,}+")
_PAPER = re.compile(
    r"\b(?:news|times|post|journal|herald|gazette|daily|tribune|star|observer|chronicle|press|courier|echo|mail|today"
    r"|telegraph|guardian|review|weekly|online|magazine|reporter|standard|independent|sentinel|argus|advertiser)\b",
    re.IGNORECASE,
)


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


class Paragraph(NamedTuple):
    """A paragraph, or a line of one that is not wrapped. `is_tight` says that no blank line is before it."""

    text: str
    is_tight: bool = False
    is_quote: bool = False


class Head(NamedTuple):
    """What is before the text of an article; `read` and `left_out` are the numbers of paragraphs that are not text."""

    titles: tuple[str, ...] = ()
    byline: Byline | None = None
    possible_names: tuple[str, ...] = ()
    dates: tuple[FoundDate, ...] = ()
    possible_dates: tuple[FoundDate, ...] = ()
    read: frozenset[int] = frozenset()
    left_out: frozenset[int] = frozenset()


def read_text(text: str, publication: Publication) -> Article:
    """Read an article in plain text, in which blank lines or long lines make paragraphs."""
    paragraphs, is_wrapped = split(text)
    head = read_head([paragraph.text for paragraph in paragraphs[:MAX_HEAD]], publication.title)
    gone = head.read | head.left_out
    rest = [(number, paragraph) for number, paragraph in enumerate(paragraphs) if number not in gone]
    authors, author_doubts = authors_of(head.byline, head.possible_names)
    known = [*(author.name for author in authors), *(head.byline.doubtful if head.byline else ())]
    urls: dict[str, str] = {}
    tail_dates: list[FoundDate] = []
    read, left_out = set(head.read), set(head.left_out)
    for number, paragraph in reversed(rest[-MAX_TAIL:]):
        dates = find_dates(paragraph.text)
        if found := handles(paragraph.text, known):
            urls |= found
            left_out.add(number)
        elif is_date_line(paragraph.text, dates) and dates[0].kind != "plain":
            tail_dates += dates
            read.add(number)
        elif not is_boilerplate(paragraph.text):
            break
    left_out |= {number for number, paragraph in rest if is_boilerplate(paragraph.text)}
    kept = [paragraph for number, paragraph in rest if number not in left_out | read]
    date, time, date_doubts = date_of([*head.dates, *tail_dates], head.possible_dates, publication)
    title, title_doubts = title_of(head.titles, kept)
    return Article(
        title=title,
        authors=tuple(author._replace(url=urls.get(author.name)) for author in authors),
        date=date,
        time=time,
        body="\n".join(_blocks(kept, is_wrapped)),
        doubts=(*title_doubts, *author_doubts, *date_doubts),
        left_out=(
            *(head.byline.others if head.byline else ()),
            *(paragraphs[number].text for number in sorted(left_out)),
        ),
        read=tuple(paragraphs[number].text for number in sorted(read)),
    )


def split(text: str) -> tuple[list[Paragraph], bool]:
    """Split a text into paragraphs, and return whether its lines are wrapped, which are joined then."""
    lines = [re.sub(r"[ \t\xa0]+", " ", line).strip() for line in text.split("\n")]
    groups = [list(group) for has_text, group in groupby(lines, bool) if has_text]
    width = max((len(line) for group in groups if len(group) > 1 for line in group), default=0)
    width = width if width <= _WIDEST else 0
    return [paragraph for group in groups for paragraph in _paragraphs(group, width)], width > 0


def _paragraphs(lines: Sequence[str], width: int) -> Iterator[Paragraph]:
    """Yield the paragraphs of lines that no blank line separates."""
    is_quote = all(line.startswith(">") for line in lines)
    parts: list[list[str]] = []
    for line in (line.lstrip("> ") if is_quote else line for line in lines):
        last = parts[-1][-1] if parts else ""
        is_full = len(last) >= _LEAST and width < len(last) + 1 + len(line.partition(" ")[0])
        if width and is_full and not (_BULLET.match(line) and not line[0].isdigit()):
            parts[-1].append(line)
        else:
            parts.append([line])
    for number, part in enumerate(parts):
        if joined := " ".join(part).strip():
            yield Paragraph(joined, number > 0, is_quote)


def read_head(texts: Sequence[str], paper: str) -> Head:
    """Find title, byline and dates in the first paragraphs of an article. `paper` is a name that is no title."""
    bylines = {n: byline for n, text in enumerate(texts) if (byline := read_byline(text))}
    for n, (text, following) in enumerate(pairwise(texts)):
        if _BY.fullmatch(text) and (byline := read_byline(f"By {following}")):
            bylines |= {n: byline, n + 1: byline}
    dates = {n: dates for n, text in enumerate(texts) if n not in bylines and (dates := _dates_in(text))}
    end = next((n for n, text in enumerate(texts) if is_prose(text) and not _near({*bylines, *dates}, n)), len(texts))
    at = min((n for n in bylines if n < end), default=end)
    boilerplate = {n for n in range(end) if is_boilerplate(texts[n])}
    free = [n for n in range(end) if not (n in bylines or n in dates or n in boilerplate or _RULE.fullmatch(texts[n]))]
    tops = [n for n in dates if n < at and dates[n][0].has_weekday and dates[n][0].kind == "plain"]
    below = min([at, *(n for n in dates if n not in tops and n > min(free, default=end))])
    names = dict(_possible_names(texts[:end], min(free, default=end), dates))
    candidates = [n for n in free if n < below and n not in names] or free
    titles, masthead = _titles(texts, candidates, tops[0] if tops else end, paper, is_signed=at < end)
    first = min(titles, default=end)
    is_before = {n for n in dates if n < first and dates[n][0].kind == "plain"}
    is_before |= set(tops) if len(titles) > 1 else set()
    dated = [n for n in dates if n < end and n not in is_before]
    byline = bylines.get(at)
    return Head(
        titles=tuple(texts[n] for n in titles),
        byline=byline,
        possible_names=tuple(names.values()),
        dates=(*(byline.dates if byline else ()), *(date for n in dated for date in dates[n])),
        possible_dates=tuple(date for n in sorted(is_before) for date in dates[n]),
        read=frozenset({*dated, *(titles if len(titles) == 1 else ()), *(n for n in bylines if bylines[n] is byline)}),
        left_out=frozenset(boilerplate | masthead | is_before),
    )


def is_prose(text: str) -> bool:
    """Return whether a paragraph is text, by its length and its full stops, rather than a line of a head."""
    if read_byline(text) or is_boilerplate(text):
        return False
    return len(text) > _MAX_TITLE or (len(text) >= _SENTENCE and re.search(r"[.]\W*$|[.]\s", text) is not None)


def _near(numbers: set[int], number: int) -> bool:
    """Return whether one of the next paragraphs says who wrote the article, or when, so that this one is no text."""
    return not numbers.isdisjoint(range(number + 1, number + 4))


def _dates_in(line: str) -> list[FoundDate]:
    """Return the dates of a line that has nothing else in it, or nothing else between signs like ``|``."""
    if len(line) > MAX_LINE:
        return []
    return [date for part in _PARTS.split(line) if is_date_line(part, dates := find_dates(part)) for date in dates]


def _titles(
    texts: Sequence[str], candidates: Sequence[int], top: int, paper: str, *, is_signed: bool
) -> tuple[list[int], set[int]]:
    """Return the paragraphs that may be the title, of which there is one if it is certain; and those of the masthead.

    `top` is that of a weekday and a date, which belong to the masthead if the title follows.
    """

    def is_paper(number: int) -> bool:
        text = texts[number]
        is_menu = text.count("|") > 1
        return is_menu or text.casefold() == paper.casefold() or (len(text.split()) <= 5 and bool(_PAPER.search(text)))

    before, after = [n for n in candidates if n < top], [n for n in candidates if n > top]
    is_clear = is_signed and len(after) == 1 and not texts[after[0]].endswith(".")
    if before and after and not is_clear and not all(map(is_paper, before)):
        return [before[-1], after[0]], set()
    if before and not after and len(before) == 1 and is_paper(before[0]):
        return [], set(before)
    masthead = before if after else []
    found = after or before
    while len(found) > 1 and is_paper(found[0]):
        masthead, found = [*masthead, found[0]], found[1:]
    if not found:
        return [], set(masthead)
    first, second = texts[found[0]], texts[found[1]] if len(found) > 1 else ""
    is_standfirst = second.endswith((".", "!", "?")) or len(second) > max(_SENTENCE, len(first))
    is_certain = (not second or is_standfirst) and (is_signed or not first.endswith("."))
    return found[: 1 if is_certain else 2], set(masthead)


def _possible_names(texts: Sequence[str], first: int, dates: dict[int, list[FoundDate]]) -> Iterator[tuple[int, str]]:
    """Yield the paragraphs, below the first, that may name an author: beside a date, or before ``| Paper``."""
    for number in range(first + 1, len(texts)):
        name, *others = _PARTS.split(texts[number])
        is_beside = bool(others) or number - 1 in dates or number + 1 in dates
        if is_beside and " " in name and is_name(name):
            yield number, name


def authors_of(byline: Byline | None, possible: Sequence[str]) -> tuple[tuple[Author, ...], tuple[Doubt, ...]]:
    """Return the authors that are certain, and the doubt about others."""
    if byline is None:
        return (), (Doubt("author", "no byline", tuple(dict.fromkeys(possible))),)
    certain = ", ".join(byline.names)
    doubts: list[Doubt] = []
    if byline.doubtful:
        every = ", ".join((*byline.names, *byline.doubtful))
        problem = f"{byline.doubtful[0]} may be another author, or a place"
        doubts.append(Doubt("author", problem, (certain, every) if certain else (every,)))
    return tuple(map(Author, byline.names)), tuple(doubts)


def date_of(
    dates: Iterable[FoundDate], possible: Iterable[FoundDate], publication: Publication
) -> tuple[str, str, tuple[Doubt, ...]]:
    """Return the date of publication, empty if it is in doubt; a time whose offset is not known; and the doubt."""
    texts = dict.fromkeys(date.text for date in dates if date.kind != "updated")
    days: list[Day] = []
    errors: list[tuple[str, str]] = []
    for text in texts:
        try:
            days.append(read_day(text, publication))
        except InputError as error:
            errors.append((text, error.problem))
    days.sort(key=lambda day: not day.date.timed)
    choices = [day.written for day in days]
    for text, problem in errors:
        meant = possible_days(text, publication)
        if not days or not any(is_same_day(days[0], read_day(day, publication)) for day in meant):
            return "", "", (Doubt("date", problem, tuple(dict.fromkeys([*choices, *meant]))),)
    if any(not is_same_day(days[0], day) for day in days):
        listed = " and ".join(dict.fromkeys(choices))
        return "", "", (Doubt("date", f"different dates: {listed}", tuple(dict.fromkeys(choices))),)
    if days:
        return choices[0], days[0].time_left_out, ()
    found = []
    for date in possible:
        try:
            found.append(read_day(date.text, publication).written)
        except InputError:
            found += possible_days(date.text, publication)
    problem = "the only date is above the title, and may be the day of reading" if found else "no date of publication"
    return "", "", (Doubt("date", problem, tuple(dict.fromkeys(found))),)


def title_of(titles: Sequence[str], kept: Sequence[Paragraph]) -> tuple[str, tuple[Doubt, ...]]:
    """Return the title, or what may be one with a doubt."""
    if len(titles) == 1 and not (titles[0].endswith(".") and not kept):
        return titles[0], ()
    if titles:
        return titles[0], (Doubt("title", f"{quoted(titles[0])} may not be the title", tuple(titles)),)
    words = kept[0].text.split() if kept else []
    return " ".join(words[:8]) + "…" if len(words) > 8 else " ".join(words), (Doubt("title", "no title"),)


def _blocks(paragraphs: Sequence[Paragraph], is_wrapped: bool) -> Iterator[str]:
    """Yield paragraphs, headings, lists and quotes as HTML."""
    number = 0
    while number < len(paragraphs):
        run = _run(paragraphs, number, is_wrapped)
        items = paragraphs[number : number + run]
        first = items[0]
        around = (
            paragraphs[number - 1] if number else None,
            paragraphs[number + run] if number + run < len(paragraphs) else None,
        )
        number += run
        bullet = _BULLET.match(first.text)
        lines = [escape(item.text, quote=False) for item in items]
        if _RULE.fullmatch(first.text):
            yield "<hr>" if all(around) else ""
        elif first.is_quote:
            yield f"<blockquote>{''.join(f'<p>{line}</p>' for line in lines)}</blockquote>"
        elif bullet and (run > 1 or bullet["sign"] in tuple("•‣▪◦")):
            name, start = ("ul", "") if bullet["sign"] else ("ol", f' start="{bullet["number"]}"')
            inner = "".join(f"<li>{_BULLET.sub('', line, count=1)}</li>" for line in lines)
            yield f"<{name}{start}>{inner}</{name}>"
        elif run == 1 and _is_heading(around[0], first, around[1]):
            yield f"<h2>{lines[0]}</h2>"
        else:
            yield f"<p>{'<br>'.join(lines)}</p>"


def _run(paragraphs: Sequence[Paragraph], number: int, is_wrapped: bool) -> int:
    """Return how many paragraphs, from one on, make one block."""
    first, end = paragraphs[number], number + 1
    bullet = _BULLET.match(first.text)
    while end < len(paragraphs):
        following = paragraphs[end]
        other = _BULLET.match(following.text)
        if bullet or other or first.is_quote or following.is_quote:
            if not (_continues(bullet, other, end - number) or (first.is_quote and following.is_quote)):
                break
        elif not (following.is_tight and (is_wrapped or max(len(first.text), len(following.text)) <= _LEAST)):
            break
        end += 1
    return end - number


def _continues(first: re.Match[str] | None, other: re.Match[str] | None, count: int) -> bool:
    """Return whether an item of a list, `count` after the first, belongs to that list."""
    if first is None or other is None or bool(first["sign"]) != bool(other["sign"]):
        return False
    return first["sign"] == other["sign"] if first["sign"] else int(first["number"]) + count == int(other["number"])


def _is_heading(before: Paragraph | None, paragraph: Paragraph, after: Paragraph | None) -> bool:
    text = paragraph.text
    if before is None or after is None or paragraph.is_tight or after.is_tight or len(text) > _MAX_HEADING:
        return False
    is_short = len(text.split()) <= 10 and (text[-1].isalnum() or text.endswith("’s"))
    return (
        is_short
        and not text[0].islower()
        and any(map(str.isalpha, text))
        and is_prose(before.text)
        and is_prose(after.text)
    )
