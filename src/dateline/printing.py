"""What is printed, and what becomes of a program whose words find no room."""

import os
import sys
from contextlib import suppress
from typing import NoReturn, TextIO

# As a shell tells of a program that a pipe ended: 128 and the number of SIGPIPE.
NOBODY_READS = 141


def put(text: str, stream: TextIO) -> None:
    """Print `text` at once. Ends the program where that cannot be done, or nobody reads on."""
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        _give_up(error, stream)


def _give_up(error: OSError, stream: TextIO) -> NoReturn:
    # What is still to be printed would fail again at the very end.
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    if isinstance(error, BrokenPipeError):
        sys.exit(NOBODY_READS)
    if stream is not sys.stderr:
        put(f"error: cannot print: {error.strerror or error}\n", sys.stderr)
    sys.exit(1)
