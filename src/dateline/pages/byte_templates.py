"""Write many pages without running a template for each: byte templates, cut out of a page that Jinja wrote.

What a page shows is taken apart into its texts and the rest, its shape: how many tags there are, say, and that there is
no picture. For each shape, Jinja writes one page with a placeholder for each text. Split there, it is the byte template
of all pages of that shape: their texts only have to be escaped, or put through the filter that the template names.

A placeholder can only be printed. It is true, since it stands for a text that is not empty; whatever else a template
does with it raises an error. Then Jinja writes every page of that shape. The texts that templates of ours do compare
are part of the shape (_KEPT). What these never show, like the user's own keys, can't even be printed.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple, NoReturn

from dateline.pages.views import EnclosureView, ListedView, PageView, PostView, TranscriptView, VersionView

# What a page shows except for its texts: names, each with a value. It can be hashed.
Shape = tuple[tuple[str, Any], ...]
# What is done to a text before it is printed, by the names of filters; the empty one is how any other is escaped.
Filters = Mapping[str, Callable[[str], str]]

# Noncharacters, which no text has: a text in a shape, the beginning and end of a slot, what separates texts.
_TEXT, _BEGIN, _END, _BETWEEN = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3"
_SLOT = re.compile(f"{_BEGIN}([0-9]+)([a-z]*){_END}")
_UNSEEN = object()  # in a shape
# Values and fields that are part of the shape as they are.
_KEPT_VALUES = ("menu",)
_KEPT = {
    PageView: ("language", "direction", "feeds"),
    PostView: ("language", "direction"),
    ListedView: ("language", "direction"),
    VersionView: ("language",),
    EnclosureView: ("kind", "player", "preload"),
    TranscriptView: ("format",),
}
_KEPT_AT: dict[type, frozenset[int]] = {
    view: frozenset(map(view._fields.index, names)) for view, names in _KEPT.items()
}
_NOTHING_KEPT: frozenset[int] = frozenset()


class ByteTemplate(NamedTuple):
    """The pieces of a page that all pages of a shape have in common, and what stands between each two of them.

    That is a place in a list of texts: first `filtered`, each with a filter, then `escaped`.
    """

    pieces: Sequence[str]
    between: Sequence[int]
    filtered: Sequence[tuple[int, str]]
    escaped: Sequence[int]

    def fill(self, texts: Sequence[str], filters: Filters) -> bytes:
        """Return the page that shows these texts."""
        shown = [filters[name](texts[number]) for number, name in self.filtered]
        # All at once, which takes much less time than one after the other.
        shown += filters[""](_BETWEEN.join([texts[number] for number in self.escaped])).split(_BETWEEN)
        pieces = [self.pieces[0]] * (2 * len(self.pieces) - 1)
        pieces[::2] = self.pieces
        pieces[1::2] = [shown[place] for place in self.between]
        return "".join(pieces).encode()


def take_apart(values: Mapping[str, Any]) -> tuple[Shape, list[str]]:
    """Return the shape of what a page shows, and its texts.

    The values are texts, numbers, truth values, None, views, and tuples of these.
    """
    texts: list[str] = []
    shape = [
        (name, value if name in _KEPT_VALUES else _apart((value,), _NOTHING_KEPT, texts)[0])
        for name, value in values.items()
    ]
    return tuple(shape), texts


def _apart(values: Sequence[Any], kept: frozenset[int], texts: list[str]) -> list[Any]:
    shape: list[Any] = []
    for at, value in enumerate(values):
        kind = type(value)
        if not value or value is True:
            shape.append(value if kind is not dict else _UNSEEN)
        elif kind is str or kind is int:
            if at in kept:
                shape.append(value)
            else:
                texts.append(value if kind is str else str(value))
                shape.append(_TEXT)
        elif at in kept:
            shape.append(value)
        elif kind is tuple:
            shape.append(tuple(_apart(value, _NOTHING_KEPT, texts)))
        elif isinstance(value, tuple):
            shape.append(tuple.__new__(kind, _apart(value, _KEPT_AT.get(kind, _NOTHING_KEPT), texts)))
        else:
            shape.append(_UNSEEN)
    return shape


def with_placeholders(shape: Shape) -> dict[str, Any]:
    """Return values of this shape with a placeholder for each text."""
    numbers = count()
    return {name: value if name in _KEPT_VALUES else _restored(value, numbers) for name, value in shape}


def _restored(shape: Any, numbers: Iterator[int]) -> Any:
    if shape is _TEXT:
        return Placeholder(next(numbers))
    if shape is _UNSEEN:
        return Unseen()
    if not isinstance(shape, tuple):
        return shape
    return tuple.__new__(type(shape), [_restored(part, numbers) for part in shape])


def cut(page: str) -> ByteTemplate:
    """Return the byte template that was written with placeholders."""
    parts = _SLOT.split(page)
    slots = [(int(number), name) for number, name in zip(parts[1::3], parts[2::3], strict=True)]
    filtered = list(dict.fromkeys(slot for slot in slots if slot[1]))
    escaped = list(dict.fromkeys(slot for slot in slots if not slot[1]))
    places = {slot: place for place, slot in enumerate([*filtered, *escaped])}
    return ByteTemplate(parts[::3], [places[slot] for slot in slots], filtered, [number for number, _ in escaped])


class CannotCutError(Exception):
    """A template looks at a text that may be another one on the next page."""


class Unseen:
    """Stands for something that pages don't show."""

    def _refuse(self, *_: object) -> NoReturn:
        raise CannotCutError

    # All that objects can do, unless their class says otherwise.
    __bool__ = __eq__ = __hash__ = __str__ = __repr__ = __format__ = _refuse


class Placeholder(Unseen):
    """Stands for a text that is not empty: the one with this number, perhaps put through a filter."""

    def __init__(self, number: int, filter_name: str = "") -> None:
        self._number, self._filter = number, filter_name

    def filtered(self, name: str) -> "Placeholder":
        """Return what a filter makes of the text."""
        return self._refuse() if self._filter else Placeholder(self._number, name)

    def __bool__(self) -> bool:
        return True

    def __html__(self) -> str:
        return f"{_BEGIN}{self._number}{self._filter}{_END}"

    def __format__(self, spec: str) -> str:
        return self._refuse() if spec or self._filter else self.__html__()
