"""What the checks of a site return."""

from typing import NamedTuple

from dateline.errors import Problem
from dateline.verify.remedies import Headers, host_of, remedy


class Finding(NamedTuple):
    """What the check with a name found: a fault, unless it is one that the host does not let anybody fix."""

    check: str
    problem: Problem
    is_fault: bool = True


class Verified(NamedTuple):
    """What was found at a site, and the addresses of feeds that answer with the bytes that were sent, or do not yet.

    `is_public` says whether any of it has a public address.
    """

    findings: tuple[Finding, ...] = ()
    live: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    is_public: bool = False

    @property
    def faults(self) -> tuple[Problem, ...]:
        """What is wrong."""
        return tuple(finding.problem for finding in self.findings if finding.is_fault)

    @property
    def notes(self) -> tuple[Problem, ...]:
        """What is good to know, and no fault."""
        return tuple(finding.problem for finding in self.findings if not finding.is_fault)


def finding(
    check: str,
    address: str,
    problem: str,
    headers: Headers,
    *,
    media_type: str = "",
    about: str = "",
    is_fault: bool = True,
) -> Finding:
    """Return what a check found at an address, with the remedy for the host that sent `headers`.

    The remedy is `about` another address, if that is given.
    """
    text = remedy(check, host_of(headers), about or address, media_type)
    found = Problem(address, None, problem, text, "error" if is_fault else "warning", is_relative=False)
    return Finding(check, found, is_fault)
