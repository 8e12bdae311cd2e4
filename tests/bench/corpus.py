"""The posts that every program is measured on: a flat folder of Markdown files, generated from a seed."""

import os
import re
from bisect import bisect
from codecs import encode
from collections.abc import Sequence
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
TEN_YEARS = timedelta(days=3652)
ONE_MONTH = timedelta(days=30)  # up to END: all of it is May, in every zone that a post has
SMALLEST, LARGEST = 4000, 5000
DRAFTS = 50
# Where links go that leave the site: its own host would be looked up among the posts.
WEB = "https://example.com"
# Zipf's law: the second tag is half as common as the first.
_WEIGHTS = tuple(accumulate(1 / rank for rank in range(1, len(TAGS) + 1)))
_LATIN = str.maketrans("äåæãçéèíïłñöøóôßúüÆÖÉŁ", "aaaaceeiilnoooosuuAOEL")


@dataclass(frozen=True)
class Corpus:
    """The posts in a folder. `digest` depends on nothing but their number, the seed and the span."""

    folder: Path
    posts: int
    seed: int
    bytes: int
    digest: str
    newest: Path


def write_corpus(folder: Path, posts: int, seed: int = SEED, span: timedelta = TEN_YEARS) -> Corpus:
    """Write `posts` posts, spread evenly over the `span` before END, into a new folder.

    No two have the same title or the same second, and a body has SMALLEST to LARGEST bytes.
    """
    folder.mkdir(parents=True)
    titles: set[str] = set()
    names: list[str] = []
    digest = blake2b(digest_size=16)
    total = 0
    for number in range(posts):
        step = span / posts
        name, text = _post(Random(f"{seed}/{number}"), END - span + number * step, step, titles, names)
        names.append(name)
        content = text.encode()
        (folder / name).write_bytes(content)
        digest.update(name.encode() + b"\0" + content)
        total += len(content)
    return Corpus(folder, posts, seed, total, digest.hexdigest(), folder / name)


def write_drafts(folder: Path, seed: int = SEED) -> Path:
    """Write DRAFTS drafts, which have no phrase in common with posts, next to the posts. Returns the file of one."""
    for number in range(DRAFTS):
        _, text = _post(Random(f"{seed}/draft/{number}"), END, timedelta(days=1), set(), ())
        head, body = text.split("\n---\n", 1)
        head = re.sub(r"(?m)(?<=^title: ).*|(?<=^summary: ).*", lambda found: garbled(found[0]), head)
        draft = folder / f"draft-{number}.md"
        draft.write_text(f"{head}\ndraft: true\n---\n{garbled(body)}", "utf-8")
    return draft


def garbled(text: str) -> str:
    """Return Markdown with every word garbled, but URLs as they are."""
    return re.sub(
        r"https?:[^)\s]*|[A-Za-z]+", lambda found: found[0] if ":" in found[0] else encode(found[0], "rot13"), text
    )


def first_sentence(number: int) -> str:
    """The sentence that edit `number` puts first in a post."""
    return f"Edit number {number} changed this sentence."


def edit(post: Path, sentence: str) -> None:
    """Replace the first sentence of a post's body, in place, like an editor that saves the file."""
    head, body = post.read_text("utf-8").split("\n---\n", 1)
    _, rest = body.split(". ", 1)
    post.write_text(f"{head}\n---\n{sentence} {rest}", "utf-8")


def link_posts(corpus: Corpus, folder: Path) -> Path:
    """Make a second folder with hard links to the posts, for a program that needs files of its own next to them."""
    folder.mkdir(parents=True)
    for entry in os.scandir(corpus.folder):
        os.link(entry.path, folder / entry.name)
    return folder


def _post(
    random: Random, start: datetime, step: timedelta, titles: set[str], earlier: Sequence[str]
) -> tuple[str, str]:
    """The name and text of a post published within `step` after `start`, which may link to `earlier` ones."""
    title = _title(random)
    while title in titles:
        title = _title(random)
    titles.add(title)
    author = random.randrange(len(AUTHORS))
    moment = start + random.random() * (step - timedelta(seconds=1))
    date = moment.replace(microsecond=0).astimezone(timezone(timedelta(hours=author % 5 - 6)))
    head = [
        f"title: {title}",
        f"date: {date.isoformat()}",
        f"author: {AUTHORS[author]}",
        f"summary: {_title(random)}, and {random.choice(REMARKS)}.",
        f"tags: [{', '.join(_tags(random))}]",
    ]
    text = "\n".join(["---", *head, "---", *_body(random, earlier)])
    return f"{date:%Y-%m-%d}-{_slug(title)}.md", text


def _title(random: Random) -> str:
    who, deed, what, where = (random.choice(words) for words in (PEOPLE, DEEDS, THINGS, PLACES))
    return _capital(f"{who} {deed} {what} {where}")


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.translate(_LATIN).lower()).strip("-")


def _tags(random: Random) -> list[str]:
    """Two or three different tags."""
    wanted = random.choice((2, 3))
    found: dict[str, None] = {}
    while len(found) < wanted:
        found[TAGS[bisect(_WEIGHTS, random.random() * _WEIGHTS[-1])]] = None
    return [*found]


def _body(random: Random, earlier: Sequence[str]) -> list[str]:
    """Lines of Markdown: paragraphs first and last, other blocks between them, and perhaps a footnote."""
    wanted = random.randint(SMALLEST + 50, LARGEST - 200)
    notes = ["", f"[^1]: {_sentence(random, earlier)}"] if random.random() < 0.15 else []
    lines = [_paragraph(random, earlier) + (" It is on record.[^1]" if notes else "")]
    size = len("\n".join([*lines, *notes]).encode())
    while size < wanted - 900:
        block = ["", *_block(random, earlier)]
        size += len("\n".join(block).encode()) + 1
        lines += block
    last = []
    while size < wanted:
        last.append(_sentence(random, earlier))
        size += len(last[-1].encode()) + 1
    return [*lines, "", " ".join(last), *notes, ""]


def _block(random: Random, earlier: Sequence[str]) -> list[str]:
    """A paragraph two times in three, otherwise a block with more markup."""
    draw = random.random()
    if draw < 0.62:
        return [_paragraph(random, earlier)]
    if draw < 0.8:
        return [f"## {random.choice(HEADINGS)}", "", _paragraph(random, earlier)]
    if draw < 0.92:
        mark = random.choice(("-", "-", "1."))
        return [f"{mark} {_sentence(random, earlier)}" for _ in range(random.randint(3, 5))]
    if draw < 0.96:
        return ["```", random.choice(CODE), "```"]
    return _table(random) if draw < 0.98 else [f"> {_sentence(random, earlier)} {_sentence(random, earlier)}"]


def _table(random: Random) -> list[str]:
    years = range(2015, 2015 + random.randint(3, 6))
    rows = [f"| {year} | {random.randint(12, 980)} | {random.choice(THINGS)} |" for year in years]
    return ["| Year | Boats | Paid for |", "|---|--:|---|", *rows]


def _paragraph(random: Random, earlier: Sequence[str]) -> str:
    return " ".join(_sentence(random, earlier) for _ in range(random.randint(3, 6)))


def _sentence(random: Random, earlier: Sequence[str]) -> str:
    """One sentence with at most one piece of markup, and no full stop followed by a space inside it."""
    who, deed, what = random.choice(PEOPLE), random.choice(DEEDS), random.choice(THINGS)
    where, when, remark = random.choice(PLACES), random.choice(TIMES), random.choice(REMARKS)
    draw = random.random()
    if draw < 0.08:
        what = f"*{what}*"
    elif draw < 0.13:
        what = f"**{what}**"
    elif draw < 0.2:
        what = f"[{what}]({_target(random, earlier)})"
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


def _target(random: Random, earlier: Sequence[str]) -> str:
    """Where a link goes: one in ten to the file of an earlier post."""
    if earlier and random.random() < 0.1:
        return random.choice(earlier)
    return f"{WEB}/{random.choice(PAGES)}/{random.randint(1, 900)}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
