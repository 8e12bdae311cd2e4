"""Remember what a build read, so that the next one sees at once when it has nothing to do.

A receipt says: these files, with these stamps, gave that output, with its stamps, and this message. If anything
differs, or could differ unseen, the build runs. This imports next to nothing, since loading the rest of the program
takes longer than scanning ten thousand files.
"""

import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from itertools import chain
from typing import NamedTuple

from dateline.cache import maintenance
from dateline.content.scan import Scan, settled, stamp_of
from dateline.errors import printable
from dateline.fileio import replace_whole
from dateline.hashing import digest_bytes, versions
from dateline.options import BuildOptions
from dateline.paths import LOCK, MANIFEST, cache_paths


class BuildStamp(NamedTuple):
    """A digest of posts and their stamps, and stamps by path: of other files that the build read, and of the output.

    `passed_over` is what the scan counted.
    """

    versions: str
    posts: str
    passed_over: dict[str, int]
    watched: dict[str, str]
    outputs: dict[str, str]


def build_stamp(
    output: "str | os.PathLike[str]",
    scan: Scan,
    watched: Mapping[str, str],
    outputs: Mapping[str, str],
    started: int,
) -> BuildStamp | None:
    """Return the stamp of a build that began at `started`; None where a file's stamp could miss a later change."""
    if not all(settled(stamp, started) for stamps in (watched, scan.posts) for stamp in stamps.values()):
        return None
    outputs = {**outputs, MANIFEST: stamp_of(os.path.join(output, MANIFEST))}
    return BuildStamp(versions(), _digest_of(scan.posts), scan.passed_over, dict(watched), outputs)


def write_receipt(
    options: BuildOptions, output: str, stamp: BuildStamp, since: float, until: float | None, message: str
) -> None:
    """Store what a build with these options prints if it has nothing to do, as long as nothing in `stamp` changes.

    `output` is the output folder, which options need not name: a change in feed.toml changes the stamp.

    No post is published between `since` and `until`. If the receipt cannot be written, there is none.
    """
    paths = cache_paths(options.posts, options.cache_parent)
    with suppress(OSError):
        receipt = {
            "call": _call(options),
            "output": output,
            "stamp": stamp,
            "since": since,
            "until": until,
            "message": message,
        }
        content = json.dumps(receipt, ensure_ascii=False).encode("utf-8", "surrogatepass")
        if paths and len(content) <= maintenance.MAX_SIZE:
            replace_whole(paths.receipt, content)


def read_receipt(options: BuildOptions, scan: Scan) -> str | None:
    """Return what a build with these options prints, by the receipt of the last one; None if it has work to do."""
    paths = cache_paths(options.posts, options.cache_parent)
    if paths is None or options.now:
        return None
    try:
        maintenance.check(paths)
        receipt = json.loads(maintenance.read(paths.receipt))
        until = receipt["until"]
        in_time = receipt["since"] <= time.time() and (until is None or time.time() < until)
        stamp = BuildStamp(*receipt["stamp"])
        if receipt["call"] == _call(options) and in_time and _is_current(options, receipt["output"], scan, stamp):
            return "".join(f"{printable(line)}\n" for line in str(receipt["message"]).splitlines())
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        pass  # none, or a damaged one
    return None


def _call(options: BuildOptions) -> list[object]:
    """Return what the message of a build depends on; how many processes it takes is not part of it."""
    paths = os.fspath(options.posts), os.fspath(options.output or "")
    return [*paths, options.quiet, os.getcwd(), options.cache_parent]


def _is_current(options: BuildOptions, output: str, scan: Scan, stamp: BuildStamp) -> bool:
    return (
        not scan.errors
        and _digest_of(scan.posts) == stamp.posts
        and scan.passed_over == stamp.passed_over
        and stamp.versions == versions()
        and _is_unchanged(options.posts, stamp.watched)
        and _is_unchanged(output, stamp.outputs)
        and not os.path.lexists(os.path.join(output, LOCK))
    )


def _is_unchanged(folder: "str | os.PathLike[str]", stamps: Mapping[str, str]) -> bool:
    """Return whether files have these stamps. Their paths are relative to a folder, or absolute."""
    start = os.path.join(folder, "")
    return all(stamp_of(start + path if path[:1] != os.sep else path) == was for path, was in stamps.items())


def _digest_of(posts: Mapping[str, str]) -> str:
    """Return a digest of paths and stamps. (No path holds two slashes in a row.)"""
    joined = "//".join(chain.from_iterable(posts.items()))
    return digest_bytes(joined.encode("utf-8", "surrogatepass"))
