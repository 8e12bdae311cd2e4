"""The script ``dateline``. A build that has nothing to do ends here, before the rest of the program is loaded."""

import gc
import os
import sys

from dateline.cache.receipt import call_of, glance_at
from dateline.messages.streams import prepare


def run() -> None:
    """Run the command line. Exits with 130 where somebody interrupts what is not begun, or told already."""
    prepare()
    if sys.getfilesystemencoding() != "utf-8" and os.environ.get("PYTHONUTF8") != "1":
        # Names of files are UTF-8, whatever the environment says; only a new interpreter takes that to heart.
        os.environ["PYTHONUTF8"] = "1"
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    try:
        _run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)


def _run(arguments: list[str]) -> None:
    plain = call_of(arguments)
    if plain is None:
        from dateline.cli.main import main

        main()
        return
    call, jobs = plain
    # Little of what a build makes refers to itself, and to look for that again and again takes time.
    gc.set_threshold(100_000)
    glance = glance_at(call)
    if glance.says is not None:
        sys.stdout.write(glance.says)
        return
    from pathlib import Path

    from dateline.cli.commands import Call, run_build

    now = os.environ.get("DATELINE_NOW")
    run_build(
        Call(
            Path(call.posts),
            Path(call.output),
            quiet=call.quiet,
            jobs=jobs,
            now=now,
            cache=call.cache,
            plain=call,
            glance=glance,
        )
    )
