"""Small functions on text from anybody."""

import html
import re
import unicodedata
from typing import Literal

# No character has a number this long, and Python refuses to convert more than 4,300 digits.
ENDLESS = re.compile(r"&#[0-9]{100,};?")
# Ends before an ASCII character, which never combines with the one before it, unless there is none for long.
_PIECE = re.compile(r".{1,1000}[^\x00-\x7f]{0,1000}", re.DOTALL)


def unescape(text: str) -> str:
    """Replace HTML's character references in `text`; one to no character, however long, becomes U+FFFD."""
    return html.unescape(ENDLESS.sub("&#xFFFD;", text) if "&#" in text else text)


def normalize(text: str, form: Literal["NFC", "NFKC"]) -> str:
    """Normalise text, piece by piece, since a run of combining marks takes time in the square of its length."""
    return "".join([unicodedata.normalize(form, piece) for piece in _PIECE.findall(text)])
