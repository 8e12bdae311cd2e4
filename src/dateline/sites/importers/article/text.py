"""Read a press article in plain text: its title, its authors, its date, and its paragraphs. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from html import escape
from itertools import groupby
from typing import NamedTuple, TypeVar

from dateline.model import Publication
from dateline.sites.importers.article.evidence import Article, authors_of, date_of, read_tail, title_of
from dateline.sites.importers.article.head import RULE, read_head
from dateline.sites.importers.article.lines import is_prose

_MAX_HEADING = 70
_WIDEST = 100  # characters of lines that a program has wrapped
_LEAST = 40  # characters of such a line, unless it is the last of its paragraph
_BULLET = re.compile(r"(?P<sign>[-*•‣▪◦])\s+(?=\S)|(?P<number>\d{1,3})[.)]\s+(?=\S)", re.ASCII)
_Item = TypeVar("_Item")


class Paragraph(NamedTuple):
    """A paragraph, or a line of one that is not wrapped. `is_tight` says that no blank line is before it."""

    text: str
    is_tight: bool = False
    is_quote: bool = False


def read_text(text: str, publication: Publication) -> Article:
    """Read an article in plain text, in which blank lines or long lines make paragraphs."""
    paragraphs, is_wrapped = _split(text)
    texts = [paragraph.text for paragraph in paragraphs]
    head = read_head(texts, publication.title)
    authors, author_doubts = authors_of(head.byline, head.possible_names)
    known = [*(author.name for author in authors), *(head.byline.doubtful if head.byline else ())]
    rest = _without(range(len(texts)), head.read | head.left_out)
    tail = read_tail(_chosen(texts, rest), known)
    read = head.read.union(_chosen(rest, tail.read))
    left_out = head.left_out.union(_chosen(rest, tail.left_out))
    kept = _chosen(paragraphs, _without(rest, read | left_out))
    date, time, date_doubts = date_of([*head.dates, *tail.dates], head.possible_dates, publication)
    title, title_doubts = title_of(head.titles, kept[0].text if kept else "")
    return Article(
        title=title,
        authors=tuple(author._replace(url=tail.urls.get(author.name)) for author in authors),
        date=date,
        time=time,
        body="\n".join(_blocks(kept, is_wrapped)),
        doubts=(*title_doubts, *author_doubts, *date_doubts),
        left_out=(*(head.byline.others if head.byline else ()), *_chosen(texts, left_out)),
        read=_chosen(texts, read),
    )


def _without(numbers: Iterable[int], others: Collection[int]) -> list[int]:
    return [number for number in numbers if number not in others]


def _chosen(items: Sequence[_Item], numbers: Iterable[int]) -> tuple[_Item, ...]:
    return tuple(items[number] for number in sorted(numbers))


def _split(text: str) -> tuple[list[Paragraph], bool]:
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
        if parts and _is_wrapped(parts[-1][-1], line, width):
            parts[-1].append(line)
        else:
            parts.append([line])
    for number, part in enumerate(parts):
        if joined := " ".join(part).strip():
            yield Paragraph(joined, number > 0, is_quote)


def _is_wrapped(above: str, line: str, width: int) -> bool:
    """Return whether a line goes on with what is above it, where its first word had no room."""
    is_item = _BULLET.match(line) is not None and not line[0].isdigit()
    return not is_item and len(above) >= _LEAST and 0 < width < len(above) + 1 + len(line.partition(" ")[0])


def _blocks(paragraphs: Sequence[Paragraph], is_wrapped: bool) -> Iterator[str]:
    """Yield paragraphs, headings, lists and quotes as HTML."""
    runs: list[list[Paragraph]] = []
    for paragraph in paragraphs:
        if runs and _belongs(paragraph, runs[-1], is_wrapped):
            runs[-1].append(paragraph)
        else:
            runs.append([paragraph])
    around: list[Sequence[Paragraph | None]] = [[None], *runs, [None]]
    for number, run in enumerate(runs):
        yield _block(around[number][-1], run, around[number + 2][0])


def _belongs(paragraph: Paragraph, run: Sequence[Paragraph], is_wrapped: bool) -> bool:
    """Return whether a paragraph makes one block with those before it."""
    first = run[0]
    item, other = _BULLET.match(first.text), _BULLET.match(paragraph.text)
    if item or other or first.is_quote or paragraph.is_quote:
        return _continues(item, other, len(run)) or (first.is_quote and paragraph.is_quote)
    return paragraph.is_tight and (is_wrapped or max(len(first.text), len(paragraph.text)) <= _LEAST)


def _continues(first: re.Match[str] | None, other: re.Match[str] | None, count: int) -> bool:
    """Return whether an item of a list, `count` after the first, belongs to that list."""
    if first is None or other is None or bool(first["sign"]) != bool(other["sign"]):
        return False
    return first["sign"] == other["sign"] if first["sign"] else int(first["number"]) + count == int(other["number"])


def _block(before: Paragraph | None, run: Sequence[Paragraph], after: Paragraph | None) -> str:
    """Return paragraphs that make one block as HTML."""
    first = run[0]
    bullet = _BULLET.match(first.text)
    lines = [escape(paragraph.text, quote=False) for paragraph in run]
    if RULE.fullmatch(first.text):
        return "<hr>" if before and after else ""
    if first.is_quote:
        return f"<blockquote><p>{'</p><p>'.join(lines)}</p></blockquote>"
    if bullet and (len(run) > 1 or bullet["sign"] in tuple("•‣▪◦")):
        return _list(bullet, lines)
    if len(run) == 1 and _is_heading(before, first, after):
        return f"<h2>{lines[0]}</h2>"
    return f"<p>{'<br>'.join(lines)}</p>"


def _list(bullet: re.Match[str], lines: Iterable[str]) -> str:
    items = "".join(f"<li>{_BULLET.sub('', line, count=1)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if bullet["sign"] else f'<ol start="{bullet["number"]}">{items}</ol>'


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
