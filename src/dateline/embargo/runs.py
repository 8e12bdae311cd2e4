"""Runs of characters that two texts share, found without comparing every text with every other.

A run of RUN characters holds a block of BLOCK characters that begins at a multiple of STRIDE in one of the texts. So
of that one a digest of each such block is kept, of the other one of every block of that length: where no digest is in
both, no run is. Digests that agree prove nothing, so what they find is compared in full.
"""

import re
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from zlib import crc32

RUN = 60  # characters; what is shorter tells too little
BLOCK = 30
STRIDE = RUN - BLOCK + 1
_MANY = 64  # places of one block in one text; more has only a text that says little
_FEW = 64  # blocks; to look for more, one by one, takes longer than to go through a text once

Run = tuple[int, int]  # where it begins, and where it ends, in the hidden text


def blocks(text: str) -> "array[int]":
    """Digests of the blocks of a published text."""
    return _digests(text, range(0, len(text) - BLOCK + 1, STRIDE))


def windows(text: str, open_to: Iterable[Run] | None = None) -> "array[int]":
    """Digests of every block of a hidden text, or of what lies within some runs of it."""
    spans = [(0, len(text))] if open_to is None else open_to
    return _digests(text, (at for start, end in spans for at in range(start, end - BLOCK + 1)))


def digest_of(text: str) -> int:
    """The digest of any text."""
    return crc32(text.encode("utf-32-le", "surrogatepass"))


def _digests(text: str, starts: Iterable[int]) -> "array[int]":
    encoded = text.encode("utf-32-le", "surrogatepass")  # four bytes for each character
    return array("I", [crc32(encoded[4 * at : 4 * at + 4 * BLOCK]) for at in starts])


def places(blocks: Iterable[int], digests: Collection[int]) -> list[int]:
    """Where in a published text the blocks begin whose digests are among those of hidden ones."""
    return [STRIDE * nth for nth, digest in enumerate(blocks) if digest in digests]


def shared(text: str, hidden: str, at: Iterable[int]) -> list[Run]:
    """The runs of a hidden text of which every RUN characters stand in `text`, apart from each other and in order.

    `at` are the places of blocks in `text` that may stand in both.
    """
    # Each RUN characters that are shared hold such a block, so no more has to be compared than what is around one.
    reach = RUN - BLOCK
    wanted: dict[str, set[tuple[str, str]]] = {}
    for start in at:
        block, end = text[start : start + BLOCK], start + BLOCK
        wanted.setdefault(block, set()).add((text[max(0, start - reach) : start][::-1], text[end : end + reach]))
    begins = bytearray(len(hidden))  # where RUN characters begin that are shared
    for block, place in _places(hidden, wanted.keys()):
        end = place + BLOCK
        before, after = hidden[max(0, place - reach) : place][::-1], hidden[end : end + reach]
        for other_before, other_after in wanted[block]:
            first, last = place - _alike(before, other_before), end + _alike(after, other_after) - RUN
            if first <= last:
                begins[first : last + 1] = b"\1" * (last + 1 - first)
    return [(match.start(), match.end() - 1 + RUN) for match in re.finditer(rb"\x01+", begins)]


def _places(hidden: str, wanted: Collection[str]) -> Iterator[tuple[str, int]]:
    """Blocks that are wanted, each with some of the places at which it stands in a hidden text."""
    if len(wanted) > _FEW:
        counts: Counter[str] = Counter()
        for place in range(len(hidden) - BLOCK + 1):
            block = hidden[place : place + BLOCK]
            if block in wanted and counts[block] < _MANY:
                counts[block] += 1
                yield block, place
        return
    for block in wanted:
        place = hidden.find(block)
        for _ in range(_MANY):
            if place < 0:
                break
            yield block, place
            place = hidden.find(block, place + 1)


def _alike(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    if one == other:
        return len(one)
    return next((nth for nth, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


class Cover:
    """Which characters of a hidden text are public: those in a run that stands in `often` published posts or more."""

    def __init__(self, length: int, often: int, known: Iterable[Run] = ()) -> None:
        self._often = often
        self._counts = bytearray(length)
        self._public = bytearray(length)
        for start, end in known:
            self._public[start:end] = b"\1" * (end - start)

    def count(self, runs: Iterable[Run]) -> bool:
        """Count the runs of one more published post, as `shared` gives them; gives whether more is public now."""
        more = False
        for at in (at for start, end in runs for at in range(start, end - RUN + 1)):
            self._counts[at] = min(self._counts[at] + 1, self._often)
            if self._counts[at] == self._often and 0 in self._public[at : at + RUN]:
                self._public[at : at + RUN] = b"\1" * RUN
                more = True
        return more

    def hides(self, run: Run) -> Run | None:
        """The first RUN characters of a run, or more, that are not public."""
        start, end = run
        match = re.search(rb"\x00{%d,}" % RUN, self._public[start:end])
        return (start + match.start(), start + match.end()) if match else None

    def hidden(self) -> list[Run]:
        """All that is not public and long enough to be looked for."""
        return [match.span() for match in re.finditer(rb"\x00{%d,}" % RUN, self._public)]

    def public(self) -> list[Run]:
        """All that is public."""
        return [match.span() for match in re.finditer(rb"\x01+", self._public)]
