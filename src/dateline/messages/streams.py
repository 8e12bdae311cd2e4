"""Standard output and standard error, which may be missing, full, closed by their reader, or unable to encode a text.

A command does its work whatever happens to its messages, and its exit code tells of both.
"""

import codecs
import io
import json
import os
import sys
from contextlib import suppress
from typing import Any, TextIO

# The exit code that a shell reports for a program that a pipe ended: 128 and the number of SIGPIPE.
NOBODY_READS = 141


class Output(io.TextIOBase):
    r"""A standard stream that takes any text; characters that it cannot encode are written as ``\uXXXX``, as in JSON.

    Where standard output cannot be written, it ends the program: with NOBODY_READS if its reader is gone, else
    with 1 and a message. Where standard error cannot, the messages are lost, and the exit code is what remains.
    """

    encoding = "utf-8"  # what it takes; click goes around streams of ASCII
    errors = "strict"

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.buffer = _Bytes(self)  # click writes its scripts for shells there

    def write(self, text: str) -> int:
        """Write `text` at once."""
        encoding = self._stream.encoding or "utf-8"
        try:
            self._stream.write(text.encode(encoding, _ESCAPED).decode(encoding))
            self._stream.flush()
        except OSError as error:
            # What is left in the buffers would fail again when the program ends.
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
            if self is not sys.stderr:
                _give_up(error)
        return len(text)

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """The descriptor that it writes to."""
        return self._stream.fileno()


class _Bytes(io.RawIOBase):
    """Takes UTF-8 in place of text."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def write(self, data: Any) -> int:
        self._output.write(bytes(data).decode())
        return len(data)


def prepare() -> None:
    """Make standard input, output and error fit for use, whatever the program was started with.

    A descriptor that is missing is opened on the null device: else the next file to be opened, such as a feed, would
    get its number, and messages would be written into it.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    sys.stdin = sys.stdin or os.fdopen(0, encoding="utf-8", closefd=False)
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="backslashreplace")
    sys.stdout = Output(sys.stdout or os.fdopen(1, "w", encoding="utf-8", closefd=False))
    sys.stderr = Output(sys.stderr or os.fdopen(2, "w", encoding="utf-8", closefd=False))


def _give_up(error: OSError) -> None:
    if isinstance(error, BrokenPipeError):
        sys.exit(NOBODY_READS)
    sys.stderr.write(f"error: cannot print: {error.strerror or error}\n")
    sys.exit(1)


def _escape(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


_ESCAPED = "dateline.escaped"
codecs.register_error(_ESCAPED, _escape)
