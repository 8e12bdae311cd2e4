"""What a build looked at, kept so that the next one can tell at a glance that it has nothing to do.

A receipt says: these files, as their stamps had it, gave that output, as its stamps have it since. It is an
answer kept whole, and changes none: where anything differs, or could differ unseen, the build is done. It
imports next to nothing, since to load the rest of the program takes longer than to look at ten thousand files.
"""

import json
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from dateline.cache import directory
from dateline.content.scan import Scan, scan, settled, stamp_of
from dateline.errors import printable
from dateline.fileio import replace_whole
from dateline.paths import LOCK, MANIFEST, cache_paths
from dateline.versions import versions

MAX_JOBS = 64


class Look(NamedTuple):
    """Stamps by path: of posts, in one text; of what else was looked at; and of the output."""

    versions: str
    posts: str
    watched: dict[str, str]
    outputs: dict[str, str]


class PlainCall(NamedTuple):
    """How the program was called: the folders of posts and output, whether it is to be quiet, where, and --cache."""

    posts: str
    output: str
    quiet: bool
    folder: str
    cache: str | None


class Glance(NamedTuple):
    """A scan, when it was begun, and what to say where that is all there is to do."""

    found: Scan
    started: int
    says: str | None


def look(
    output: "str | os.PathLike[str]",
    posts: Mapping[str, str],
    watched: Mapping[str, str],
    outputs: Mapping[str, str],
    started: int,
) -> Look | None:
    """What a build that began at `started` looked at; None where some stamp could not tell of a later change."""
    if not all(settled(stamp, started) for stamps in (watched, posts) for stamp in stamps.values()):
        return None
    outputs = {**outputs, MANIFEST: stamp_of(os.path.join(output, MANIFEST))}
    return Look(versions(), _joined(posts), dict(watched), outputs)


def keep(call: PlainCall, look: Look, since: float, until: float | None, says: str) -> None:
    """Keep what a build that has nothing to do is to say to this call, as long as what was looked at is as it was.

    `since` and `until` are the moments between which no post comes out. Where it cannot be kept, it is not.
    """
    cache = cache_paths(call.posts, call.cache)
    text = json.dumps({"call": call, "look": look, "since": since, "until": until, "says": says}, ensure_ascii=False)
    content = text.encode("utf-8", "surrogatepass")
    if cache and len(content) <= directory.MAX_SIZE:
        with suppress(OSError):
            replace_whole(cache.receipt, content)


def glance_at(call: PlainCall) -> Glance:
    """Look whether this call has nothing to do, by the receipt of the last one."""
    started = time.time_ns()
    found = scan(call.posts)
    return Glance(found, started, _told_again(call, found))


def _told_again(call: PlainCall, found: Scan) -> str | None:
    cache = cache_paths(call.posts, call.cache)
    if cache is None or os.environ.get("DATELINE_NOW"):
        return None
    try:
        directory.check(cache)
        receipt = json.loads(directory.read(cache.receipt))
        until = receipt["until"]
        in_time = receipt["since"] <= time.time() and (until is None or time.time() < until)
        if receipt["call"] == list(call) and in_time and _is_so_still(call, found, Look(*receipt["look"])):
            return "".join(f"{printable(line)}\n" for line in str(receipt["says"]).splitlines())
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        pass  # none, or one that nobody can read
    return None


def call_of(arguments: Sequence[str]) -> tuple[PlainCall, int | None] | None:
    """The plainest calls: ``build``, with a folder of posts and --output, --cache, --jobs and --quiet at most.

    Gives the number of jobs beside the call, since what there is to say does not depend on it.
    """
    posts = None
    values: dict[str, str] = {}
    quiet = False
    command, *rest = arguments or [""]
    while command == "build" and rest:
        word = rest.pop(0)
        if word == "--quiet":
            quiet = True
        elif word in ("--output", "--cache", "--jobs") and rest and not rest[0].startswith("-"):
            values[word] = rest.pop(0)
        elif posts is None and not word.startswith("-"):
            posts = word
        else:
            return None
    jobs = values.get("--jobs")
    number = jobs or "1"
    if command != "build" or not number.isdecimal() or len(number) > 2 or not 0 < int(number) <= MAX_JOBS:
        return None
    posts = posts or "posts"
    beside = os.path.normpath(os.path.join(posts, "..", "public"))
    try:
        here = os.getcwd()
    except OSError:  # it was removed
        return None
    call = PlainCall(posts, values.get("--output") or beside, quiet, here, values.get("--cache"))
    return call, int(jobs) if jobs else None


def _is_so_still(call: PlainCall, found: Scan, look: Look) -> bool:
    return (
        not found.errors
        and _joined(found.posts) == look.posts
        and look.versions == versions()
        and all(stamp_of(os.path.join(call.posts, path)) == stamp for path, stamp in look.watched.items())
        and all(stamp_of(os.path.join(call.output, path)) == stamp for path, stamp in look.outputs.items())
        and not os.path.lexists(os.path.join(call.output, LOCK))
    )


def _joined(posts: Mapping[str, str]) -> str:
    """Paths and their stamps as one text. (No path holds two slashes in a row.)"""
    return "//".join(part for pair in posts.items() for part in pair)
