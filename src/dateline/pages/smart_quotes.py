"""Curly quotation marks, dashes and ellipses in plain text, like those that engines make of Markdown. Pure."""

import re

from dateline.lazy_patterns import lazy_pattern

# Code stays as it is: what stands between backticks, tags, attributes and calls.
_CODE = r"`[^`]*+`|</?[A-Za-z][^<>]*+>|(?<![\w-])[\w-]++=(?:\"[^\"]*+\"|'[^']*+')|(?<![\w.])[\w.]++\([^()]*+\)"
# Dashes stand between words or between spaces; before a word alone, they begin the name of an option.
_DASHES = r"(?<=[^\s-])---?(?=[^\s-])|(?<=\s)---?(?=\s)"
_SIGN = lazy_pattern(rf"(?P<code>{_CODE})|(?P<dash>{_DASHES})|(?P<dots>(?<!\.)\.\.\.(?!\.))|[\"']")
# An apostrophe at the beginning of a word: of years, unless a quotation mark follows, and of words.
_APOSTROPHE = lazy_pattern(r"'(?:\d\ds\b|\d\d\b(?!.{0,80}')|(?:tis|twas|til|em)\b|n')", re.IGNORECASE)
_CURLY = {'"': ("“", "”"), "'": ("‘", "’")}
_BEFORE_OPENING = frozenset(("", *"([{<-–—/“‘"))


def with_smart_quotes(text: str) -> str:
    """Return English text with typographic quotation marks, apostrophes, dashes and ellipses."""
    if not ('"' in text or "'" in text or "--" in text or "..." in text):
        return text
    opening: set[int] = set()  # places of quotation marks
    still_open = {'"': 0, "'": 0}

    def curly(match: re.Match[str]) -> str:
        sign, place = match[0], match.start()
        if match["code"]:
            return sign
        if match["dots"]:
            return "…"
        if match["dash"]:
            return "—" if sign == "---" else "–"
        before, after = text[max(place - 1, 0) : place], text[place + 1 : place + 2]
        is_first = before in _BEFORE_OPENING or before.isspace() or place - 1 in opening
        if is_first and after.strip() and not _APOSTROPHE.match(text, place):
            opening.add(place)
            still_open[sign] += 1
            return _CURLY[sign][0]
        if still_open[sign]:
            still_open[sign] -= not (before.isalnum() and after.isalnum())  # an apostrophe
        elif before.isdigit() and not after.isalpha():  # feet, inches
            return sign
        return _CURLY[sign][1]

    return _SIGN.sub(curly, text)
