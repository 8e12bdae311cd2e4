"""Import a site, and report it on the terminal."""

import shlex
from contextlib import ExitStack

from dateline.messages.console import check_command, print_json, print_line, report_errors, show_progress
from dateline.messages.imports import import_as_json, import_lines
from dateline.sites.import_site import ImportOptions, import_site


def run_import(options: ImportOptions, *, address: str = "", as_json: bool, is_verbose: bool) -> None:
    """Import, and report. Exits with 1 if the source, or what the user gave, cannot be used.

    The page at an `address` is imported instead of the source.
    """
    posts = options.posts
    with report_errors(posts, as_json), show_progress(hidden=as_json) as progress, ExitStack() as stack:
        if address:
            from dateline.sites.importers.article.fetch import fetched  # and the library for that

            options = options._replace(source=stack.enter_context(fetched(address)), kind="article")
        report = import_site(options, progress)
    if as_json:
        print_json(import_as_json(report, posts, dry_run=options.dry_run))
        return
    for line in import_lines(report, posts, dry_run=options.dry_run, is_verbose=is_verbose):
        print_line(line)
    if not options.dry_run:
        folder = "" if str(posts) == "posts" else f" {shlex.quote(str(posts))}"
        print_line(f"Now see what is left to fix with: {check_command(posts)}")
        print_line(f"Look at it with: dateline preview{folder}")
        print_line(f"Publish it with: dateline build{folder}")
