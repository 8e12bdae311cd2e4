"""The posts that everything is measured on: a flat folder of Markdown files, made from a seed."""

import os
import re
from bisect import bisect
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from hashlib import blake2b
from itertools import accumulate
from pathlib import Path
from random import Random

from words import (
    AUTHORS,
    CODE,
    DEEDS,
    HEADINGS,
    OPENINGS,
    PAGES,
    PEOPLE,
    PLACES,
    REMARKS,
    TAGS,
    THINGS,
    TIMES,
)

SEED = 1
END = datetime(2025, 6, 1, tzinfo=UTC)
YEARS = timedelta(days=3652)
SMALLEST, LARGEST = 4000, 5000
# By what a word follows in Zipf's law: the second is half as common as the first.
_WEIGHTS = tuple(accumulate(1 / rank for rank in range(1, len(TAGS) + 1)))
_LATIN = str.maketrans("äåæãçéèíïłñöøóôßúüÆÖÉŁ", "aaaaceeiilnoooosuuAOEL")


@dataclass(frozen=True)
class Corpus:
    """What was written. `digest` is the same wherever seed and number of posts are."""

    folder: Path
    posts: int
    seed: int
    bytes: int
    digest: str
    newest: Path


def write_corpus(folder: Path, posts: int, seed: int = SEED) -> Corpus:
    """Write `posts` posts, spread evenly over ten years up to END, into a new folder.

    No two share a title or a second, and a body has SMALLEST to LARGEST bytes.
    """
    folder.mkdir(parents=True)
    titles: set[str] = set()
    digest = blake2b(digest_size=16)
    total = 0
    for number in range(posts):
        name, text = _post(Random(f"{seed}/{number}"), number, posts, titles)
        content = text.encode()
        (folder / name).write_bytes(content)
        digest.update(name.encode() + b"\0" + content)
        total += len(content)
    return Corpus(folder, posts, seed, total, digest.hexdigest(), folder / name)


def edited(number: int) -> str:
    """The sentence that edit `number` puts first."""
    return f"By edit number {number} this sentence says something else."


def edit(post: Path, number: int) -> None:
    """Change the first sentence of a post's body, in place, as an editor would who then saves."""
    head, body = post.read_text("utf-8").split("\n---\n", 1)
    _, rest = body.split(". ", 1)
    post.write_text(f"{head}\n---\n{edited(number)} {rest}", "utf-8")


def linked(corpus: Corpus, folder: Path) -> Path:
    """A second folder with the very same files in it, for a program that adds some of its own."""
    folder.mkdir(parents=True)
    for entry in os.scandir(corpus.folder):
        os.link(entry.path, folder / entry.name)
    return folder


def _post(random: Random, number: int, posts: int, titles: set[str]) -> tuple[str, str]:
    """A file's name and text. Every draw is from `random`, so a post depends on nothing but seed and number."""
    title = _title(random)
    while title in titles:
        title = _title(random)
    titles.add(title)
    author = random.randrange(len(AUTHORS))
    step = YEARS / posts
    moment = END - YEARS + number * step + random.random() * (step - timedelta(seconds=1))
    date = moment.replace(microsecond=0).astimezone(timezone(timedelta(hours=author % 5 - 6)))
    head = [
        f"title: {title}",
        f"date: {date.isoformat()}",
        f"author: {AUTHORS[author]}",
        f"summary: {_title(random)}, and {random.choice(REMARKS)}.",
        f"tags: [{', '.join(_tags(random))}]",
    ]
    text = "\n".join(["---", *head, "---", *_body(random)])
    return f"{date:%Y-%m-%d}-{_slug(title)}.md", text


def _title(random: Random) -> str:
    who, deed, what, where = (random.choice(words) for words in (PEOPLE, DEEDS, THINGS, PLACES))
    return _capital(f"{who} {deed} {what} {where}")


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.translate(_LATIN).lower()).strip("-")


def _tags(random: Random) -> list[str]:
    """Two or three tags, different ones."""
    wanted = random.choice((2, 3))
    found: dict[str, None] = {}
    while len(found) < wanted:
        found[TAGS[bisect(_WEIGHTS, random.random() * _WEIGHTS[-1])]] = None
    return [*found]


def _body(random: Random) -> list[str]:
    """Lines of Markdown, with a paragraph first and last, and footnotes below that."""
    wanted = random.randint(SMALLEST + 50, LARGEST - 200)
    notes = ["", f"[^1]: {_sentence(random)}"] if random.random() < 0.15 else []
    lines = [_paragraph(random) + (" It is on record.[^1]" if notes else "")]
    size = len("\n".join([*lines, *notes]).encode())
    while size < wanted - 900:
        block = ["", *_block(random)]
        size += len("\n".join(block).encode()) + 1
        lines += block
    last = []
    while size < wanted:
        last.append(_sentence(random))
        size += len(last[-1].encode()) + 1
    return [*lines, "", " ".join(last), *notes, ""]


def _block(random: Random) -> list[str]:
    """A paragraph two times in three, else something with more markup."""
    draw = random.random()
    if draw < 0.62:
        return [_paragraph(random)]
    if draw < 0.8:
        return [f"## {random.choice(HEADINGS)}", "", _paragraph(random)]
    if draw < 0.92:
        mark = random.choice(("-", "-", "1."))
        return [f"{mark} {_sentence(random)}" for _ in range(random.randint(3, 5))]
    if draw < 0.96:
        return ["```", random.choice(CODE), "```"]
    return _table(random) if draw < 0.98 else [f"> {_sentence(random)} {_sentence(random)}"]


def _table(random: Random) -> list[str]:
    years = range(2015, 2015 + random.randint(3, 6))
    rows = [f"| {year} | {random.randint(12, 980)} | {random.choice(THINGS)} |" for year in years]
    return ["| Year | Boats | Paid for |", "|---|--:|---|", *rows]


def _paragraph(random: Random) -> str:
    return " ".join(_sentence(random) for _ in range(random.randint(3, 6)))


def _sentence(random: Random) -> str:
    """One sentence with at most one thing marked up; only its end has a full stop with a space after it."""
    who, deed, what = random.choice(PEOPLE), random.choice(DEEDS), random.choice(THINGS)
    where, when, remark = random.choice(PLACES), random.choice(TIMES), random.choice(REMARKS)
    draw = random.random()
    if draw < 0.08:
        what = f"*{what}*"
    elif draw < 0.13:
        what = f"**{what}**"
    elif draw < 0.2:
        what = f"[{what}](https://example.org/{random.choice(PAGES)}/{random.randint(1, 900)})"
    elif draw < 0.22:
        what = f"{what} (`{random.choice(PAGES)}.csv`)"
    shape = random.randrange(5)
    if shape == 0:
        return f"{_capital(who)} {deed} {what} {where}."
    if shape == 1:
        return f"{random.choice(OPENINGS)}, {who} {deed} {what} {when}, and {remark}."
    if shape == 2:
        return f'"{_capital(remark)}," said {who}, who {deed} {what} {when}.'
    if shape == 3:
        return f"{_capital(when)}, {who} {deed} {what} {where}; {remark}."
    return f"{_capital(remark)}, although {who} {deed} {what} {when} – {where}, in fact."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
