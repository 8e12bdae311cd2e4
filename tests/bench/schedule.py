"""The order in which everything is run, so that programs to be compared run side by side under the same load."""

import time
from collections.abc import Callable, Sequence
from itertools import chain, zip_longest

from cases import COLD, DRAFT, EDITED, SAME, STATELESS, Case, Key
from corpus import Corpus, edit, first_sentence, garbled
from measure import Cost, run, scan
from trash import Trash

# The least that any Python program does which looks at every post: start, and stat each file.
SCAN: Key = ("scandir and stat", STATELESS)
WARM = (SAME, EDITED, DRAFT)
STATES = (COLD, STATELESS, *WARM)
Costs = dict[Key, list[Cost]]
# Dateline reads a file again if it changed less than 2 s before the last build; after two builds this far apart, no
# file is that new.
_SETTLED = 2.5


def measure_all(
    ours: Sequence[Case],
    theirs: Sequence[Case],
    corpus: Corpus,
    runs: int,
    trash: Trash,
    say: Callable[[str], None],
) -> Costs:
    """Run every case `runs` times, in rounds. In each state, ours and theirs take turns, in their order.

    Raises BenchError if a program fails or writes the wrong output.
    """
    costs: Costs = {}
    sentence = None
    for number in range(1, runs + 1):
        trash.make_room()
        for state in STATES:
            cases = _in_turns(*([case for case in side if case.state == state] for side in (ours, theirs)))
            if state == STATELESS:
                _settle([*ours, *theirs])
                _settle(ours)
                costs.setdefault(SCAN, []).append(scan(corpus.folder))
            if state == EDITED:
                sentence = first_sentence(number)
                edit(corpus.newest, sentence)
            for case in cases:
                trash.move(*case.fresh)
                if case.draft:
                    edit(case.draft, garbled(first_sentence(number)))
                cost = run(case.command, case.folder)
                case.check(sentence)
                costs.setdefault(case.key, []).append(cost)
                say(f"run {number} of {runs}: {case.name}, {state}: {cost.seconds:.3f} s")
    return costs


def _in_turns(ours: Sequence[Case], theirs: Sequence[Case]) -> list[Case]:
    return [case for case in chain.from_iterable(zip_longest(ours, theirs)) if case is not None]


def _settle(cases: Sequence[Case]) -> None:
    """Wait, then bring up to date what the cases with a warm state build, so that nothing is left to do."""
    time.sleep(_SETTLED)
    for command, folder in dict.fromkeys((case.command, case.folder) for case in cases if case.state in WARM):
        run(command, folder)
