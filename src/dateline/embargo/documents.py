"""What feeds and pages say, read from their bytes."""

import re
from collections.abc import Collection
from contextlib import suppress
from urllib.parse import urljoin

from dateline import formats
from dateline.embargo.comparable import LONGEST_ADDRESS, RUN, Comparable, comparable, comparable_values
from dateline.hashing import checksum
from dateline.text import unescape

_ATTRIBUTE = re.compile(rf"""=\s*+(?:"([^"]{{{RUN},}}+)"|'([^']{{{RUN},}}+)')""")
_TARGET = re.compile(r"""(?:[hH][rR][eE][fF]|[sS][rR][cC])\s*+=\s*+["']?([^"'\s>]++)""")
_NO_TAG = re.compile(r"<(?![A-Za-z/!?])")


def comparable_feed(document: bytes, path: str, known: Collection[int]) -> Comparable:
    """Return what a feed says, without the HTML of posts that is `known` by its fingerprint."""
    values = dict.fromkeys(formats.texts(path, document))
    return comparable_values([value for value in values if len(value) < RUN or checksum(value) not in known])


def comparable_page(document: bytes, url: str) -> Comparable:
    """Return what a page says, whatever template made it, with comments and long attributes, which nobody sees.

    `url` is the address of the page, to which others may be relative.
    """
    page = _NO_TAG.sub("&lt;", document.decode())
    attributes = [unescape(match[match.lastindex or 0]) for match in _ATTRIBUTE.finditer(page)]
    comments = [comment.partition("-->")[0] for comment in page.split("<!--")[1:]]
    targets = [unescape(target) for target in dict.fromkeys(_TARGET.findall(page)) if ":" not in target]
    root = urljoin(url, "/").rstrip("/")
    uris = [_joined(url, root, target) for target in targets if len(target) <= LONGEST_ADDRESS]
    return comparable(dict.fromkeys(attributes), dict.fromkeys([page, *comments]), uris)


def _joined(url: str, root: str, target: str) -> str:
    """Return where a target leads from a page below `root`; the target itself if it is no valid address."""
    if target[:1] == "/" != target[1:2]:  # as most do: it takes a tenth of the time
        return root + target
    with suppress(ValueError):
        return urljoin(url, target)
    return target
