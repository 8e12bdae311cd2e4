"""What depends on the language of a text: in which direction it runs, and how a date is written in it."""

from datetime import datetime
from functools import lru_cache

from dateline.content.dates import MONTHS, day_in_words

_RIGHT_TO_LEFT = frozenset("ae ar arc ckb dv fa he khw ks lrc mzn nqo ps sd syr ug ur yi".split())
_SCRIPTS = frozenset("adlm arab aran hebr mand nkoo rohg samr syrc thaa".split())


@lru_cache
def direction(language: str) -> str:
    """``rtl`` or ``ltr``: that of the script that a language tag names, else of the one it is usually written in."""
    first, *others = language.lower().split("-")
    scripts = [part for part in others if len(part) == 4 and part.isalpha()]
    return "rtl" if (scripts[0] in _SCRIPTS if scripts else first in _RIGHT_TO_LEFT) else "ltr"


def is_english(language: str) -> bool:
    """Whether the words of our templates are in this language."""
    return language.partition("-")[0] == "en"


def date_text(moment: datetime, language: str) -> str:
    """The calendar date as written: ``14 April 2025`` in English, elsewhere ``2025-04-14``, which all can read."""
    if is_english(language):
        return day_in_words(moment)
    return f"{moment.year}-{moment.month:02}-{moment.day:02}"


def month_text(month: str, language: str) -> str:
    """A month like ``2025-04``: ``April 2025`` in English, elsewhere as it is."""
    year, _, number = month.partition("-")
    return f"{MONTHS[int(number) - 1]} {year}" if is_english(language) else month
