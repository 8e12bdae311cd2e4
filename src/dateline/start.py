"""The script ``dateline``. A build that has nothing to do ends here, before the rest of the program is loaded."""

import os
import sys

from dateline.receipt import told_again


def run() -> None:
    """Run the command line, with a line instead of a traceback where what it prints finds no room."""
    if sys.getfilesystemencoding() != "utf-8" and os.environ.get("PYTHONUTF8") != "1":
        # Names of files are UTF-8, whatever the environment says; only a new interpreter takes that to heart.
        os.environ["PYTHONUTF8"] = "1"
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    try:
        told = told_again(sys.argv[1:])
        if told is None:
            from dateline.cli import main

            main()
        else:
            sys.stdout.write(told)
            sys.stdout.flush()
    except OSError as error:
        if error.filename is not None:
            raise
        sys.stderr.write(f"error: cannot print: {error.strerror or error}\n")
        sys.exit(1)
