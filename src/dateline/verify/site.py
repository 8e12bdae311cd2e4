"""Check a live site: one that was just published, or any other."""

from collections.abc import Mapping
from typing import NamedTuple

from dateline.errors import Problem
from dateline.model import Publication
from dateline.options import Progress


class Finding(NamedTuple):
    """What the check with a name found: a fault, unless it is one that the host does not let anybody fix."""

    check: str
    problem: Problem
    is_fault: bool = True


class Verified(NamedTuple):
    """What was found at a site, and the addresses of the feeds that answer with the bytes that were sent."""

    findings: tuple[Finding, ...] = ()
    live: tuple[str, ...] = ()

    @property
    def faults(self) -> tuple[Problem, ...]:
        """What is wrong."""
        return tuple(finding.problem for finding in self.findings if finding.is_fault)

    @property
    def notes(self) -> tuple[Problem, ...]:
        """What is good to know, and no fault."""
        return tuple(finding.problem for finding in self.findings if not finding.is_fault)


def verify_published(
    publication: Publication,
    sent: Mapping[str, str],
    wait: float,
    progress: Progress,
    old: Mapping[str, str] | None = None,
) -> Verified:
    """Check a publication on the web, after waiting up to `wait` seconds until its feeds have the bytes that were sent.

    `sent` has the SHA-256 of files on the target by path: of all of them, or of those that changed and the main feeds.
    `old` has the URLs to which old addresses lead, by the paths of these in the output.
    """
    raise NotImplementedError


def verify_site(url: str, progress: Progress) -> Verified:
    """Check any site, given the URL of a page that names its feeds, or of a feed."""
    raise NotImplementedError
