"""Search published texts, one after the other, for all hidden posts at once.

A run of RUN characters that two texts share contains a block of BLOCK characters that begins at a multiple of STRIDE in
one of them. So every STRIDE-th block of one is looked up among all blocks of the other: if none is there, they share no
run, and nothing else has to be compared.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dateline.embargo.comparable import RUN, SEPARATOR
from dateline.embargo.hidden_posts import HiddenPost

BLOCK = 30
STRIDE = RUN - BLOCK + 1
OFTEN = 3  # published posts that make public what they share, such as a footer
_MOST_BLOCKS = 500_000  # of hidden texts to hold in memory; if there are more, hold every STRIDE-th
_FEW = 64  # blocks; checking more one by one takes longer than reading the texts once

Run = tuple[int, int]  # start and end in the hidden text


class Hit(NamedTuple):
    """What a published text says of the hidden post with this number: one of its names, or a run of its text."""

    number: int
    name: str | None = None
    run: Run | None = None


class Search:
    """A search for hidden posts. `texts` are what nobody may quote, by number."""

    def __init__(self, posts: Iterable[HiddenPost]) -> None:
        self.texts: dict[int, str] = {}
        self._named: dict[str, list[int]] = {}
        self._counts: dict[int, bytearray] = {}
        for post in posts:
            self.texts[post.number] = post.text
            for name in post.names:
                self._named.setdefault(name, []).append(post.number)
        self._index_blocks()

    def _index_blocks(self) -> None:
        is_small = sum(map(len, self.texts.values())) <= _MOST_BLOCKS
        step, self._step = (1, STRIDE) if is_small else (STRIDE, 1)
        self._blocks = {block for text in self.texts.values() for block in _blocks(text, step)}

    def find(self, text: str, names: Iterable[str]) -> list[Hit]:
        """Return the names and runs of hidden posts in a published text, names first."""
        hits = [Hit(number, name) for name in sorted(self._named.keys() & names) for number in self._named[name]]
        if not self._blocks.isdisjoint(found := _blocks(text, self._step)):
            block_starts = [nth * self._step for nth, block in enumerate(found) if block in self._blocks]
            for number, hidden in self.texts.items():
                hits += [Hit(number, run=run) for run in _shared_runs(hidden, text, block_starts)]
        return hits

    def count(self, hits: Iterable[Hit]) -> None:
        """Count the runs in one more published post, and blank out in `texts` what OFTEN posts share."""
        public: dict[int, list[int]] = {}
        for number, _, run in hits:
            if run:
                counts = self._counts.setdefault(number, bytearray(len(self.texts[number])))
                for at in range(run[0], run[1] - RUN + 1):
                    counts[at] += 1
                    if counts[at] == OFTEN:
                        public.setdefault(number, []).append(at)
        for number, starts in public.items():
            self.texts[number] = _blanked(self.texts[number], starts)
        if public:
            self._index_blocks()

    def shown(self, hit: Hit) -> str | None:
        """Return what a message quotes of a hit; None for a run that has turned out to be public."""
        if hit.run is None:
            return hit.name
        start, end = hit.run
        parts = self.texts[hit.number][start:end].split(SEPARATOR)
        return next((part for part in parts if len(part) >= RUN), None)


def _blocks(text: str, step: int) -> list[str]:
    return [text[at : at + BLOCK] for at in range(0, len(text) - BLOCK + 1, step)]


def _shared_runs(hidden: str, published: str, block_starts: Sequence[int]) -> list[Run]:
    """Return the runs of a hidden text of which every RUN characters are in a published one; in order, with gaps.

    `block_starts`: where blocks begin, in the published text, that may be in both. Takes time in proportion to the
    length of the texts.
    """
    # Half of what a block lacks is shared on one side of it at least. Most pairs of texts end here.
    half = (RUN - BLOCK) // 2
    if len(block_starts) <= _FEW and not any(
        published[at : at + BLOCK + half] in hidden or published[max(0, at - half) : at + BLOCK] in hidden
        for at in block_starts
    ):
        return []
    windows = {
        published[start : start + RUN] for at in block_starts for start in range(max(0, at - RUN + BLOCK), at + 1)
    }
    begins = bytes([hidden[at : at + RUN] in windows for at in range(len(hidden) - RUN + 1)])
    return [(match.start(), match.end() - 1 + RUN) for match in re.finditer(rb"\x01+", begins)]


def _blanked(text: str, starts: Iterable[int]) -> str:
    is_blank = bytearray(len(text))
    for start in starts:
        is_blank[start : start + RUN] = b"\1" * RUN
    return "".join([SEPARATOR if blank else character for character, blank in zip(text, is_blank, strict=True)])
