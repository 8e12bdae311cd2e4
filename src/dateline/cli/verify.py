"""Check a live site, and report it on the terminal."""

import sys
from functools import partial
from pathlib import Path

from dateline.commands.verify import verify
from dateline.messages.console import print_json, print_line, report_errors, styled
from dateline.messages.progress import show_progress
from dateline.messages.verify import verified_as_json, verified_lines
from dateline.options import BuildOptions
from dateline.verify.site import verify_site


def run_verify(where: str, output: Path | None, wait: float, *, as_json: bool) -> None:
    """Check a folder of posts, or an address: something with ://. Exits with 1 if something is wrong."""
    is_address = "://" in where
    check = partial(verify_site, where) if is_address else partial(verify, BuildOptions(where, output), wait)
    with report_errors(Path() if is_address else Path(where), as_json), show_progress(hidden=as_json) as progress:
        verified = check(progress)
    if as_json:
        print_json(verified_as_json(verified))
    else:
        for line in verified_lines(verified, where if is_address else "the site", styled):
            print_line(line)
    sys.exit(1 if verified.faults else 0)
