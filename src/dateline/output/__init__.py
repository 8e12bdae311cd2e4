"""A tree of files ─▶ the output folder: only what differs, each file whole or not at all.

What differs is first written, all of it, into a folder of its own, and then put in place file by file. The manifest
holds the old and the new names before the first write and the new ones after the last, so that a build that
was killed leaves nothing that the next one does not know. What is not ours is never overwritten and never
removed, save a feed at one of our names.
"""

from dateline.output.apply import carry_out, interruptible, swept
from dateline.output.lock import locked
from dateline.output.plan import Plan, Planned, Product, plan

__all__ = ["Plan", "Planned", "Product", "carry_out", "interruptible", "locked", "plan", "swept"]
