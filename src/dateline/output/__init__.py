"""Writes outputs to the output folder: only those that differ, and never part of a file.

They are first staged in a folder of their own, then moved to their paths: a new folder with all that is in it, other
files one by one. The manifest has the old and the new paths before the first move, and the new ones after the last, so
that after a build that was killed the next one knows every file. A file of others is never overwritten or removed,
except a feed at one of our paths.
"""

from dateline.output.apply import apply, interruptible, without_leftovers
from dateline.output.lock import locked
from dateline.output.plan import STAGES, Output, Plan, PlannedFile, plan
from dateline.output.staging import Work

__all__ = [
    "STAGES",
    "Output",
    "Plan",
    "PlannedFile",
    "Work",
    "apply",
    "interruptible",
    "locked",
    "plan",
    "without_leftovers",
]
