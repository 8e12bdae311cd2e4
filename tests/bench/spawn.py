"""Run one command in a process of its own, and print what it took: seconds, peak KiB, exit code.

A script, not a module to import. Linux counts as a child's peak what its parent held when it started it. So the child
is started from this small interpreter, run with -I -S, which imports next to nothing: no peak is inflated by more than
its 9 MiB, and only a peak below that cannot be told.
"""

import os
import sys
from time import perf_counter


def main() -> None:
    """``spawn.py ERRORS COMMAND…``: standard output of the command goes nowhere, its errors into the file ERRORS."""
    errors, *command = sys.argv[1:]
    files = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
    ]
    start = perf_counter()
    child = os.posix_spawn(command[0], command, os.environ, file_actions=files)
    # The peak is that of the largest single process among the command and the processes that it has waited for.
    _, status, usage = os.wait4(child, 0)
    seconds = perf_counter() - start
    print(seconds, usage.ru_maxrss, os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
