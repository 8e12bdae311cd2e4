"""Reads character references in text that others wrote."""

import html
import re

# No character has a number of so many digits, and Python refuses to read one of more than 4,300.
ENDLESS = re.compile(r"&#[0-9]{100,};?")


def unescape(text: str) -> str:
    """Replace HTML's character references by what they stand for: U+FFFD if the number is too large."""
    return html.unescape(ENDLESS.sub("&#xFFFD;", text) if "&#" in text else text)
