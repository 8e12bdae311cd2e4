"""Runs of characters that two texts share, found without comparing every text with every other.

A run of RUN characters holds a block of BLOCK characters that begins at a multiple of STRIDE in one of the texts. So
of that one a digest of each such block is kept, of the other one of every block of that length: where no digest is in
both, no run is. Digests that agree prove nothing, so what they find is compared in full.
"""

import re
from array import array
from collections.abc import Collection, Iterable, Iterator
from zlib import crc32

RUN = 60  # characters; what is shorter tells too little
BLOCK = 30
STRIDE = RUN - BLOCK + 1
_MANY = 64  # places of one block in one text; more has only a text that says little

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
    """The runs that two texts share and that hold one of the blocks which begin `at` places of the first."""
    found: set[Run] = set()
    spans: dict[int, int] = {}  # how far the texts have been compared, by how far they are shifted
    for start in at:
        for place in _places(hidden, text[start : start + BLOCK]):
            if spans.get(place - start, -1) >= start + BLOCK:
                continue
            before, after = _back(text, hidden, start, place), _forth(text, hidden, start, place)
            spans[place - start] = start + after
            if before + after >= RUN:
                found.add((place - before, place + after))
    return sorted(found)


def _places(hidden: str, block: str) -> Iterator[int]:
    at = hidden.find(block)
    for _ in range(_MANY):
        if at < 0:
            return
        yield at
        at = hidden.find(block, at + 1)


def _forth(text: str, hidden: str, start: int, place: int) -> int:
    """How many characters agree from two places on."""
    length, step = BLOCK, BLOCK
    end = min(len(text) - start, len(hidden) - place)
    while step:
        reach = min(length + step, end)
        if reach > length and text[start + length : start + reach] == hidden[place + length : place + reach]:
            length, step = reach, step * 2
        else:
            step //= 2
    return length


def _back(text: str, hidden: str, start: int, place: int) -> int:
    """How many characters agree before two places."""
    length, step = 0, BLOCK
    end = min(start, place)
    while step:
        reach = min(length + step, end)
        if reach > length and text[start - reach : start - length] == hidden[place - reach : place - length]:
            length, step = reach, step * 2
        else:
            step //= 2
    return length


class Cover:
    """Which characters of a hidden text are public: those in a run that stands in `often` published posts or more."""

    def __init__(self, length: int, often: int, known: Iterable[Run] = ()) -> None:
        self._often = often
        self._counts = bytearray(length)
        self._public = bytearray(length)
        for start, end in known:
            self._public[start:end] = b"\1" * (end - start)

    def count(self, runs: Iterable[Run]) -> bool:
        """Count the runs of one more published post; gives whether more is public now."""
        starts = {at for start, end in runs for at in range(start, end - RUN + 1)}
        more = False
        for at in starts:
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
