"""Numbers, lists and colours, as messages have them."""

from collections.abc import Callable, Iterable, Sequence

from dateline.errors import printable

NAMED = 3  # how many titles a sentence names

Style = Callable[[str, str], str]


def plain(text: str, _colour: str) -> str:
    """A style that leaves text as it is."""
    return text


def joined(names: Sequence[str]) -> str:
    """The first few of some names, and how many more there are."""
    shown, more = names[:NAMED], len(names) - NAMED
    return printable(", ".join(shown)) + (f" and {more:,} more" if more > 0 else "")


def titles(names: Iterable[str]) -> str:
    """The first few of some titles, in quotation marks, and how many more there are."""
    return joined([f"“{name}”" for name in names])


def counted(number: int, noun: str) -> str:
    """``1 post``, ``1,000 posts``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def clock(seconds: int) -> str:
    """How long something lasts: ``42:30``, ``1:02:30``."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
