"""Write to standard output and standard error, which may be missing, full, closed, or unable to encode a text.

A command does its work even if its messages get lost; its exit code reports both.
"""

import codecs
import io
import os
import sys
from contextlib import suppress
from typing import Any, TextIO

NOBODY_READS = 141  # 128 + SIGPIPE: what a shell reports for a program whose output nobody reads any more


class Output(io.TextIOBase):
    r"""A standard stream that takes any text; characters that it cannot encode are written as ``\uXXXX``, as in JSON.

    If standard output cannot be written, the program exits: with NOBODY_READS if its reader is gone, else with 1
    and a message. If standard error cannot, the messages are lost, and only the exit code remains.
    """

    encoding = "utf-8"  # since it takes any text; click bypasses streams in ASCII
    errors = "strict"

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.buffer = _Bytes(self)  # click writes shell completion scripts to it

    def write(self, text: str) -> int:
        """Write `text` at once."""
        encoding = self._stream.encoding or "utf-8"
        try:
            self._stream.write(text.encode(encoding, _ESCAPED).decode(encoding))
            self._stream.flush()
        except OSError as error:
            # What is left in the buffers would fail again when the program exits.
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
            if isinstance(error, BrokenPipeError) and self is not sys.stderr:
                sys.exit(NOBODY_READS)
            if self is not sys.stderr:
                sys.stderr.write(f"error: cannot print: {error.strerror or error}\n")
                sys.exit(1)
        return len(text)

    def isatty(self) -> bool:
        """Return whether it is a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Return the descriptor that it writes to."""
        return self._stream.fileno()


class _Bytes(io.RawIOBase):
    """The same stream for bytes of UTF-8."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def write(self, data: Any) -> int:
        self._output.write(bytes(data).decode())
        return len(data)


def prepare() -> None:
    """Make standard input, output and error usable, however the program was started.

    A missing descriptor is opened on the null device. Otherwise the next file to be opened, such as a feed, would get
    its number, and messages would be written into it.
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


def _escape(error: UnicodeError) -> tuple[str, int]:
    import json  # it is rarely needed, and takes a while to load

    assert isinstance(error, UnicodeEncodeError)
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


_ESCAPED = "dateline.escaped"
codecs.register_error(_ESCAPED, _escape)
