"""Small functions on text that others wrote."""

import html
import re

# No character has a number of so many digits, and of more than 4,300 Python refuses to make a number.
ENDLESS = re.compile(r"&#[0-9]{100,};?")


def unescape(text: str) -> str:
    """What HTML's character references in `text` stand for; an endless one, as any that is none, for U+FFFD."""
    return html.unescape(ENDLESS.sub("&#xFFFD;", text) if "&#" in text else text)
