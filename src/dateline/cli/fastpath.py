"""The script ``dateline``. Help, the version and a build that has nothing to do end here.

So they need not wait for the rest of the program, or for click, to be loaded.
"""

import gc
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dateline import __version__
from dateline.cli.help import help_text
from dateline.messages.streams import prepare
from dateline.system import IS_SUPPORTED, UNSUPPORTED, restart

if TYPE_CHECKING:
    from dateline.options import BuildOptions


def script() -> None:
    """Run the command line, and then leave it to the system to free the memory, which can take a tenth of a build."""
    run()
    os._exit(0)  # what was printed is written, since that is not buffered


def run() -> None:
    """Run the command line. Exits with 130 if interrupted before the command begins, or after it has reported."""
    prepare()
    if sys.argv[1:] in (["--version"], ["version"]):
        sys.stdout.write(f"dateline, version {__version__}\n")
        return
    if sys.argv[1:] in (["--help"], ["-h"]):
        sys.stdout.write(help_text())
        return
    if not IS_SUPPORTED and not {"--version", "--help", "-h"} & {*sys.argv[1:]}:
        sys.stderr.write(f"error: {UNSUPPORTED}\n")
        sys.exit(1)
    if sys.getfilesystemencoding() != "utf-8" and os.environ.get("PYTHONUTF8") != "1":
        # File names are always UTF-8 here; that can only be set when an interpreter starts.
        os.environ["PYTHONUTF8"] = "1"
        restart(sys.executable, sys.orig_argv[1:])
    try:
        _run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)


def _run(arguments: list[str]) -> None:
    options = plain_options(arguments)
    try:
        os.getcwd()
    except OSError:  # it was removed, which is reported like any other error
        options = None
    if options is None:
        from dateline.cli.main import main

        main()
        return
    from dateline.cache.receipt import read_receipt
    from dateline.content.scan import scan

    # Few objects of a build are in reference cycles, and collecting garbage often takes time.
    gc.set_threshold(1_000_000)
    found = scan(options.posts)
    options = options._replace(scan=found, now=os.environ.get("DATELINE_NOW"))
    message = read_receipt(options, found)
    if message is None:
        from dateline.cli.build import run_build

        run_build(options)
    else:
        sys.stdout.write(message)


def plain_options(arguments: Sequence[str]) -> "BuildOptions | None":
    """Parse ``build`` with at most a folder of posts, --output, --cache, --jobs and --quiet; None for anything else."""
    if arguments[:1] != ["build"]:
        return None
    from dateline.options import MAX_JOBS, BuildOptions, default_posts

    values: dict[str, str] = {}
    folders: list[str] = []
    words = iter(arguments[1:])
    for word in words:
        if word in ("--output", "--cache", "--jobs"):
            values[word] = next(words, "-")
        elif word == "--quiet":
            values[word] = word.strip("-")
        else:
            folders.append(word)
    jobs = values.get("--jobs")
    if len(folders) > 1 or any(value.startswith("-") for value in (*folders, *values.values())):
        return None
    if jobs not in (None, *map(str, range(1, MAX_JOBS + 1))):
        return None
    posts = "".join(folders) or default_posts()
    return BuildOptions(
        posts,
        values.get("--output"),
        jobs=int(jobs) if jobs else None,
        cache_parent=values.get("--cache"),
        quiet="--quiet" in values,
    )
