"""References that are not absolute stay open in a rendering, as numbered slots, until `fill` closes them.

So a rendering does not depend on the publication's address or on any other file.
"""

import re
from collections.abc import Sequence
from html import escape

# Two noncharacters around a number: valid in XML, refused in posts, so nobody's text looks like a slot.
SLOT = "\ufdd0{}\ufdd1"
_SLOT = re.compile(SLOT.format(r"(\d+)"))


def shifted(html: str, by: int) -> str:
    """HTML whose slots have higher numbers, to stand behind other HTML with as many slots."""
    return _SLOT.sub(lambda match: SLOT.format(int(match[1]) + by), html) if by else html


def fill(html: str, urls: Sequence[str]) -> str:
    """Put `urls` into the slots of a rendering's HTML."""
    return _SLOT.sub(lambda match: escape(urls[int(match[1])]), html) if urls else html
