"""Convert template code of generators to Markdown, or to HTML that readers show. Pure."""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

# Returns where a link leads, given the name of a post as a generator writes it: the path of the post from that with
# the link; None if no post has this name.
FindPost = Callable[[str], str | None]


class Converted(NamedTuple):
    """Markdown after template code in it was converted; how many constructs of which name were; and its summary.

    The summary is plain text: what comes before a mark like ``<!-- more -->``. It is empty if there is none.
    """

    text: str
    counts: Counter[str]
    summary: str = ""


def convert(markdown: str, find: FindPost) -> Converted:
    """Return Markdown without the template code whose meaning is known; what is not known stays."""
    return Converted(markdown, Counter())
