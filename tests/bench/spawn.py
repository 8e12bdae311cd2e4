"""Run one command in a process of its own, and print its cost: seconds, peak KiB, exit code.

A script, not a module to import. Linux includes in a child's peak what its parent held when it started the child. So
the child is started from this small interpreter, run with -I -S, which imports next to nothing: only peaks below its
9 MiB are too high.
"""

import os
import sys
from time import perf_counter


def main() -> None:
    """``spawn.py ERRORS COMMAND…``: discard the command's output, and write its errors to the file ERRORS."""
    errors, *command = sys.argv[1:]
    files = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
    ]
    start = perf_counter()
    child = os.posix_spawn(command[0], command, os.environ, file_actions=files)
    # The peak is that of one process, the largest among the command and the processes that it waited for.
    _, status, usage = os.wait4(child, 0)
    seconds = perf_counter() - start
    print(seconds, usage.ru_maxrss, os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
