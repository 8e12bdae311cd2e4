"""Report what is wrong with a live site, as text and as JSON. Nothing here prints."""

from collections.abc import Iterable, Iterator
from typing import Any

from dateline.errors import printable
from dateline.lazy_patterns import lazy_pattern
from dateline.text import Style, counted, joined, unstyled
from dateline.verify.findings import Finding, Verified

_ADDRESS = lazy_pattern(r"'https?:[^']*'")


def verified_lines(verified: Verified, where: str, style: Style = unstyled) -> Iterator[str]:
    """Yield a line for each fault, then for each note, and at last how many faults there are."""
    faults, notes = (
        [*_lines(found for found in verified.findings if found.is_fault == is_fault)] for is_fault in (True, False)
    )
    yield from (style("fault: ", "red") + line for line in faults)
    yield from (style("note: ", "yellow") + line for line in notes)
    if verified.live:
        yield f"Online as it was built: {counted(len(verified.live), 'feed')}."
    yield f"{counted(len(faults), 'fault')} found." if faults else f"Nothing is wrong with {printable(where)}."


def _lines(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield a line for the same at several addresses, with the details of the first and its remedy."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.check, _ADDRESS.sub("", finding.problem.problem)), []).append(finding)
    for group in groups.values():
        addresses = joined([finding.problem.path for finding in group])
        yield f"{addresses}: {printable(f'{group[0].problem.problem}; {group[0].problem.remedy}')}"


def verified_as_json(verified: Verified) -> dict[str, Any]:
    """Return what was found, for programs to read."""
    found: dict[str, list[dict[str, str]]] = {"faults": [], "notes": []}
    for check, problem, is_fault in verified.findings:
        values = {"check": check, "address": problem.path, "problem": problem.problem, "remedy": problem.remedy}
        found["faults" if is_fault else "notes"].append(values)
    return {**found, "live": list(verified.live)}
