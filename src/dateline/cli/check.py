"""Check, fix what can be fixed, and report it on the terminal."""

import sys
from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import Any

from dateline.commands.check import check
from dateline.messages.console import (
    print_annotations,
    print_counts,
    print_edits,
    print_findings,
    print_json,
    print_line,
    report_errors,
)
from dateline.messages.problems import groups_as_json, problem_as_json
from dateline.messages.progress import show_progress
from dateline.options import BuildOptions


def run_check(options: BuildOptions, fixes: Collection[str], form: str) -> None:
    """Check, apply the remedies with these names, if any, and report it as `form` says: text, json or github.

    Exits with 1 if a build would be refused.
    """
    posts, as_json, on_github = Path(options.posts), form == "json", form == "github"
    report: dict[str, Any] = {}
    reporting = report_errors(posts, as_json, on_github=on_github)
    with reporting, show_progress(hidden=as_json or on_github) as progress:
        if fixes:
            from dateline.commands.fix import fix
            from dateline.messages.fixes import fixes_as_json, fixes_lines

            show = (lambda _: None) if as_json else partial(print_edits, posts)
            fixed = fix(options, fixes, progress, show, is_rehearsal=options.dry_run)
            findings, report["fixed"] = fixed.findings, fixes_as_json(fixed.edits, posts)
            for line in fixes_lines(fixed, is_rehearsal=options.dry_run) if not as_json else ():
                print_line(line)
        else:
            findings = check(options, progress)
    if as_json:
        for name, problems in (("errors", findings.errors), ("remarks", findings.remarks)):
            report[name] = [problem_as_json(problem) for problem in problems]
        print_json(report | {"groups": groups_as_json(findings.errors + findings.remarks)})
    elif on_github:
        print_annotations((*findings.errors, *findings.remarks))
        print_counts(findings)
    else:
        print_findings(findings, posts, is_verbose=options.verbose, has_fixed=bool(fixes))
    sys.exit(1 if findings.errors else 0)
