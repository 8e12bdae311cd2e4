"""Character references in text from anybody."""

import html
import re

# No character has a number this long, and Python refuses to convert more than 4,300 digits.
ENDLESS = re.compile(r"&#[0-9]{100,};?")


def unescape(text: str) -> str:
    """Replace HTML's character references in `text`; one to no character, however long, becomes U+FFFD."""
    return html.unescape(ENDLESS.sub("&#xFFFD;", text) if "&#" in text else text)
