"""The order in which everything is run, so that what is compared runs side by side under the same load."""

import shutil
import sys
import time
from collections.abc import Callable, Sequence
from itertools import chain, zip_longest

from cases import COLD, EDITED, SAME, Case, Key
from corpus import Corpus, edit, edited
from measure import Cost, run, scan

# The floor under any Python program that looks at every post: to start, and to ask for each file's stat.
START: Key = ("python -c pass", "")
SCAN: Key = ("scandir and stat", "")
Costs = dict[Key, list[Cost]]
# Dateline opens a file again that changed within 2 s before its last look; after two builds this far apart none is.
_SETTLED = 2.5


def measure_all(
    ours: Sequence[Case], theirs: Sequence[Case], corpus: Corpus, runs: int, say: Callable[[str], None]
) -> Costs:
    """Run every case, then every case again, so many times; in each state ours and theirs by turns, in their order.

    Raises BenchError where a program fails, or makes something else than it should.
    """
    costs: Costs = {}
    sentence = None
    for number in range(1, runs + 1):
        for state in (COLD, SAME, EDITED):
            cases = _by_turns(
                [case for case in ours if case.state == state], [case for case in theirs if case.state == state]
            )
            if state == SAME:
                _settle(cases, ours)
                costs.setdefault(START, []).append(run((sys.executable, "-c", "pass"), corpus.folder))
                costs.setdefault(SCAN, []).append(scan(corpus.folder))
            elif state == EDITED:
                sentence = edited(number)
                edit(corpus.newest, number)
            for case in cases:
                cost = _attempt(case)
                case.check(sentence)
                costs.setdefault(case.key, []).append(cost)
                say(f"run {number} of {runs}: {case.name}, {state}: {cost.seconds:.3f} s")
    return costs


def _by_turns(ours: Sequence[Case], theirs: Sequence[Case]) -> list[Case]:
    return [case for case in chain.from_iterable(zip_longest(ours, theirs)) if case is not None]


def _settle(cases: Sequence[Case], ours: Sequence[Case]) -> None:
    """Leave nothing to do: run each case once, and ours twice, each time after a while."""
    for again in (cases, [case for case in cases if case in ours]):
        time.sleep(_SETTLED)
        for case in again:
            _attempt(case)


def _attempt(case: Case) -> Cost:
    for path in case.fresh:
        if path.exists():
            shutil.rmtree(path)
    return run(case.command, case.folder)
